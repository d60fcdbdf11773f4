//! Projects come, go and change on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tower_lsp::ls_types::*;

use crate::server::session::{Event, Session};
use crate::workspace::hint::sentence;
use crate::workspace::project::{Numbers, Project};
use crate::workspace::scan::{self, ScanEvent};
use crate::workspace::{discover, state_files};

impl Session {
    /// Looked for only once the folder is watched: a project made in between would go unseen.
    pub(super) fn watch_and_discover(&mut self, folder: PathBuf) {
        self.reading_began();
        match &self.watcher {
            Some(watcher) => watcher.folder(&folder),
            None => self.discover(folder),
        }
    }

    pub(super) fn discover(&mut self, folder: PathBuf) {
        let events = self.events.clone();
        scan::discover(folder, self.scope(), move |report| {
            let _ = events.send(Event::Scan(report));
        });
    }

    pub(super) fn add_project(&mut self, shown: PathBuf) {
        let project = Project::new(shown);
        let root = project.root.clone();
        if self.projects.contains_key(&root) {
            return;
        }
        self.projects.insert(root.clone(), project);
        self.index.touch();
        self.watch_and_scan(&root);
    }

    /// Read only once it is watched, a project has no moment in which a change goes unseen. A project whose folder
    /// went, or came back, needs its watch set anew too.
    pub(super) fn watch_and_scan(&mut self, root: &Path) {
        self.reading_began();
        match &self.watcher {
            Some(watcher) => watcher.project(root),
            None => self.scan(root),
        }
    }

    pub(super) fn scan(&mut self, root: &Path) {
        if !self.projects.contains_key(root) {
            return self.read_through();
        }
        let events = self.events.clone();
        let job = scan::Job {
            root: root.to_path_buf(),
            scope: self.scope(),
            index: Arc::clone(&self.index),
            settings: Arc::clone(&self.settings),
            encoding: self.encoding(),
            epoch: self.epoch,
            stop: Arc::clone(&self.progress.stop),
            watcher: self.watcher.clone(),
        };
        scan::project(job, move |report| {
            let _ = events.send(Event::Scan(report));
        });
    }

    pub(super) fn scan_all(&mut self) {
        let roots: Vec<PathBuf> = self.projects.keys().cloned().collect();
        for root in roots {
            self.reading_began();
            self.scan(&root);
        }
    }

    /// A workspace folder or a project has been read. What was asked before all were is due then.
    pub(super) fn read_through(&mut self) {
        self.reading = self.reading.saturating_sub(1);
        if self.reading == 0 {
            self.reading_ended();
            std::mem::take(&mut self.waiting).into_iter().for_each(|event| self.take(event));
        }
    }

    pub(super) fn scanned(&mut self, report: ScanEvent) {
        match report {
            ScanEvent::Projects { folder, projects } => {
                if self.folders.contains(&folder) {
                    projects.into_iter().for_each(|project| self.add_project(project));
                }
                self.read_through();
            }
            ScanEvent::Listed { project: root, listing } => {
                for error in &listing.errors {
                    let message = format!("{} Its increments are not checked.", sentence(&error.to_string()));
                    self.complain(MessageType::ERROR, message);
                }
                self.reading_found(listing.increments.len());
                let Some(project) = self.projects.get_mut(&root) else { return };
                project.numbers = Numbers::all(&listing.increments);
                let listed = |folder: &Path| {
                    let bytes = folder.as_os_str();
                    listing.increments.binary_search_by(|listed| listed.as_os_str().cmp(bytes)).is_ok()
                };
                for folder in self.index.folders(|folder, entry| *entry.summary.root == *root && !listed(folder)) {
                    self.read(&folder);
                }
            }
            ScanEvent::Read { project, folders } => {
                self.reading_went_on(folders.len());
                let known = self.projects.contains_key(&project);
                for folder in folders {
                    if !known {
                        // The folder was closed while the scan ran.
                        self.index.remove(&folder);
                    } else if self.documents.paths().any(|path| path.starts_with(&folder)) {
                        self.read(&folder);
                    } else if self.has_findings(&folder) {
                        self.note(&folder);
                    }
                }
            }
            ScanEvent::Recovered { note } => self.complain(MessageType::WARNING, note),
            ScanEvent::Done { project } => {
                if let Some(watcher) = self.watcher.as_ref().filter(|_| !self.projects.contains_key(&project)) {
                    // Closed while it was read, and watched on.
                    watcher.forget(&project);
                }
                self.look_for_caches(&project);
                tracing::info!("read {}", project.display());
                self.read_through();
            }
        }
    }

    pub(super) fn folders_changed(&mut self, change: &WorkspaceFoldersChangeEvent) {
        let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| folder_path(&folder.uri)).collect()
        };
        let removed = paths(&change.removed);
        self.folders.retain(|folder| !removed.contains(folder));
        for folder in paths(&change.added) {
            if !self.folders.contains(&folder) {
                self.folders.push(folder.clone());
                self.watch_and_discover(folder);
            }
        }
        // Projects that no folder is about any more go, unless a document of theirs is open.
        let kept: Vec<PathBuf> = self.folders.iter().map(|f| f.canonicalize().unwrap_or_else(|_| f.clone())).collect();
        let orphan = |root: &PathBuf| {
            !kept.iter().any(|folder| folder.starts_with(root) || root.starts_with(folder))
                && !self.documents.paths().any(|path| path.starts_with(root))
        };
        let orphans: Vec<PathBuf> = self.projects.keys().filter(|root| orphan(root)).cloned().collect();
        for root in orphans {
            if let Some(watcher) = &self.watcher {
                watcher.forget(&root);
            }
            for folder in self.index.folders(|_, entry| *entry.summary.root == *root) {
                self.index.remove(&folder);
                self.note(&folder);
            }
            self.send_news();
            self.projects.remove(&root);
            self.index.touch();
        }
    }

    /// Something at `path` changed on disk: perhaps an increment's file, perhaps a folder above it.
    pub(super) fn disk_changed(&mut self, path: &Path) {
        let now = Instant::now();
        if let Some((root, folder)) = discover::increment_of(path) {
            if self.projects.contains_key(&root) {
                self.unsettled.insert(folder, now);
            }
            return;
        }
        // SpecWeave's caches. The folder they are in may be a new one, which has to be watched.
        let state = |root: &PathBuf| {
            let state = root.join(discover::PROJECT_FOLDER).join("state");
            path != state && path.starts_with(state)
        };
        if let Some(root) = self.projects.keys().find(|root| state(root)).cloned() {
            if path.file_name().is_some_and(|name| name == state_files::STATUS_LINE || name == state_files::ACTIVE) {
                self.look_for_caches(&root);
            }
            return;
        }
        let above = |root: &Path| path.starts_with(root.join(discover::PROJECT_FOLDER)) || root.starts_with(path);
        let known: Vec<PathBuf> = self.projects.keys().filter(|root| above(root)).cloned().collect();
        if known.is_empty() {
            let is_new = path.file_name().is_some_and(|name| name == discover::PROJECT_FOLDER) && path.is_dir();
            if let Some(root) = path.parent().filter(|_| is_new) {
                self.add_project(root.to_path_buf());
            }
        }
        known.into_iter().for_each(|root| {
            self.unlisted.insert(root, now);
        });
    }

    pub(super) fn look_for_caches(&mut self, root: &Path) {
        if let Some(project) = self.projects.get_mut(root) {
            let names = [state_files::STATUS_LINE, state_files::ACTIVE];
            project.has_caches = names.iter().any(|name| state_files::path(root, name).exists());
            self.note_the_time();
            self.stale_caches.insert(root.to_path_buf());
        }
    }
}

/// A workspace folder keeps the client's spelling: the URIs of closed files are made from it.
pub(super) fn folder_path(uri: &Uri) -> Option<PathBuf> {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    uri.to_file_path().filter(|path| is_file && path.is_absolute()).map(std::borrow::Cow::into_owned)
}
