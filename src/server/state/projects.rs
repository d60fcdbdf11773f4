//! Projects come, go and are read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tower_lsp::ls_types::*;

use crate::server::event::Event;
use crate::server::handlers::initialize::folder_path;
use crate::server::lsp::uri;
use crate::server::scan::Notice;
use crate::server::state::State;
use crate::workspace::discover::{self, Listing};
use crate::workspace::fs::paths;
use crate::workspace::hint::sentence;
use crate::workspace::links;
use crate::workspace::project::{Numbers, Project};
use crate::workspace::scan::{self, ScanEvent};
use crate::workspace::watch::WatchEvent;

impl State {
    /// Looked for only once the folder is watched: a project made in between would go unseen.
    pub fn watch_and_discover(&mut self, folder: PathBuf) {
        self.scan.begin();
        match self.folders.watcher() {
            Some(watcher) => watcher.folder(&folder),
            None => self.discover(folder),
        }
    }

    fn discover(&mut self, folder: PathBuf) {
        self.discover_in(folder, None);
    }

    /// Perhaps a project was made there, or a folder that has one in it.
    pub fn look_for_projects(&mut self, path: &Path) {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let is_specweave = name == discover::PROJECT_FOLDER;
        if discover::is_passed_over(&name) && !is_specweave || !path.is_dir() {
            return;
        }
        let start = if is_specweave { path.parent().unwrap_or(path) } else { path };
        // The folder as its client spells it, and what lies in it likewise.
        let part_of = |folder: &PathBuf| {
            let below = start.strip_prefix(folder).map(Path::to_path_buf).ok();
            let below =
                below.or_else(|| Some(start.strip_prefix(paths::canonicalize(folder).ok()?).ok()?.to_path_buf()));
            Some((folder.clone(), folder.join(below?)))
        };
        if let Some((folder, part)) = self.folders.all().iter().find_map(part_of) {
            self.scan.begin();
            self.discover_in(folder, Some(part));
        }
    }

    fn discover_in(&mut self, folder: PathBuf, part: Option<PathBuf>) {
        let events = self.events.clone();
        let watcher = self.folders.watcher().cloned();
        scan::discover(folder, part, self.config.given().clone(), watcher, move |report| {
            let _ = events.send(Event::Scan(report));
        });
    }

    pub fn add_project(&mut self, shown: PathBuf) {
        let mut project = Project::new(shown);
        let root = project.root.clone();
        if self.workspace.projects().contains(&root) {
            return;
        }
        project.configure(self.config.given().in_project(&root), self.config.generation());
        if self.workspace.projects_mut().add(project) {
            self.diagnostics.settings_changed(&root, Instant::now());
            self.workspace.index().touch();
            self.watch_and_scan(&root);
        }
    }

    /// A project that was come upon by one of its documents, or by what happened on disk, before a folder led to it: the
    /// URIs of its closed files begin as the client's own do.
    pub fn add_project_at(&mut self, root: &Path, document: Option<&Uri>) {
        let of_document = || {
            let path = uri::to_path(document?)?;
            links::found_at(&path).filter(|found| links::root_of(found) == root).map(Path::to_path_buf)
        };
        let shown = of_document().or_else(|| self.folders.spelled(root));
        self.add_project(shown.unwrap_or_else(|| root.to_path_buf()));
    }

    /// Read only once it is watched, a project has no moment in which a change goes unseen. A project whose folder
    /// went, or came back, needs its watch set anew too.
    pub fn watch_and_scan(&mut self, root: &Path) {
        self.scan.begin();
        match self.folders.watcher() {
            Some(watcher) => watcher.project(root),
            None => self.scan_project(root),
        }
    }

    fn scan_project(&mut self, root: &Path) {
        let Some(project) = self.workspace.projects().get(root) else { return self.scan_ended() };
        let events = self.events.clone();
        let job = scan::Job {
            root: root.to_path_buf(),
            index: Arc::clone(self.workspace.index()),
            settings: Arc::clone(&project.config.settings),
            encoding: self.encoding(),
            epoch: project.epoch,
            stop: self.scan.stop_flag(),
            watcher: self.folders.watcher().cloned(),
        };
        scan::project(job, move |report| {
            let _ = events.send(Event::Scan(report));
        });
    }

    pub fn scan_all(&mut self) {
        self.workspace.projects().roots().iter().for_each(|root| self.scan_again(root));
    }

    pub fn scan_again(&mut self, root: &Path) {
        self.scan.begin();
        self.scan_project(root);
    }

    fn scan_ended(&mut self) {
        let notices = self.scan.end();
        self.send_progress(notices.into_iter().flatten());
    }

    fn send_progress(&mut self, notices: impl IntoIterator<Item = Notice>) {
        for notice in notices {
            match notice {
                Notice::Progress(params) => self.client.notify::<notification::Progress>(&params),
                Notice::Warning(message) => self.client.show(MessageType::WARNING, message),
                Notice::Create(token) => {
                    let events = self.events.clone();
                    let params = WorkDoneProgressCreateParams { token: token.clone() };
                    self.client.request::<request::WorkDoneProgressCreate>(params, move |result| {
                        let _ = events.send(Event::ProgressCreated(token, result.is_ok()));
                    });
                }
            }
        }
    }

    pub fn progress_created(&mut self, token: &NumberOrString, created: bool) {
        if created {
            let notices = self.scan.created(token);
            self.send_progress(notices);
        } else {
            self.scan.not_created(token);
        }
    }

    pub fn progress_cancelled(&mut self, token: &NumberOrString) {
        self.scan.cancel(token);
    }

    pub fn scanned(&mut self, report: ScanEvent) {
        match report {
            ScanEvent::Projects { folder, projects } => {
                if self.folders.contains(&folder) {
                    projects.into_iter().for_each(|project| self.add_project(project));
                }
                self.scan_ended();
            }
            ScanEvent::Listed { project, listing } => self.listed(&project, &listing),
            ScanEvent::Read { project, folders } => self.increments_read(&project, &folders),
            ScanEvent::Recovered { note } => self.client.show_once(MessageType::WARNING, note),
            ScanEvent::Done { project, epoch } => {
                if let Some(watcher) = self.folders.watcher().filter(|_| !self.workspace.projects().contains(&project))
                {
                    // Closed while it was read, and watched on.
                    watcher.forget(&project);
                }
                self.look_for_caches(&project);
                self.project_read(&project, epoch);
                tracing::info!("read {}", project.display());
                self.scan_ended();
            }
        }
    }

    fn listed(&mut self, root: &Path, listing: &Listing) {
        for error in &listing.errors {
            let message = format!("{} Its increments are not checked.", sentence(&error.to_string()));
            self.client.show_once(MessageType::ERROR, message);
        }
        let notice = self.scan.found(listing.increments.len(), self.client.capabilities().progress);
        self.send_progress(notice);
        let Some(project) = self.workspace.projects_mut().get_mut(root) else { return };
        project.numbers = Numbers::all(&listing.increments);
        let is_listed = |folder: &Path| {
            let bytes = folder.as_os_str();
            listing.increments.binary_search_by(|listed| listed.as_os_str().cmp(bytes)).is_ok()
        };
        for folder in self.workspace.index().folders(|folder, entry| *entry.summary.root == *root && !is_listed(folder))
        {
            self.check(&folder);
        }
    }

    fn increments_read(&mut self, root: &Path, folders: &[Arc<Path>]) {
        let notice = self.scan.read(folders.len());
        self.send_progress(notice);
        let known = self.workspace.projects().contains(root);
        for folder in folders {
            if !known {
                // The workspace folder was closed while the scan ran.
                self.workspace.remove(folder);
            } else if self.workspace.has_open(folder) {
                self.check(folder);
            } else if self.workspace.has_findings(folder) || self.diagnostics.has_any(folder) {
                self.diagnostics.increment_changed(folder, Instant::now());
            }
        }
    }

    pub fn folders_changed(&mut self, change: &WorkspaceFoldersChangeEvent) {
        let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| folder_path(&folder.uri)).collect()
        };
        for folder in self.folders.change(paths(&change.added), &paths(&change.removed)) {
            self.watch_and_discover(folder);
        }
        self.workspace.projects().roots().iter().for_each(|root| self.remove_if_orphan(root));
    }

    /// A project that no folder is about goes, unless a document of it is open.
    pub fn remove_if_orphan(&mut self, root: &Path) {
        let Some(project) = self.workspace.projects().get(root) else { return };
        let shown = paths::canonicalize(&project.shown).unwrap_or_else(|_| project.shown.clone());
        if !self.folders.are_about(root) && !self.folders.are_about(&shown) && !self.workspace.has_open(root) {
            self.remove_project(root);
        }
    }

    /// A `.specweave` that was a link may lead to another project now, or nowhere.
    pub fn remove_if_elsewhere(&mut self, specweave: &Path) {
        let projects = self.workspace.projects().sorted().into_iter();
        let is_elsewhere = |project: &&Project| {
            let link = project.shown.join(discover::PROJECT_FOLDER);
            links::known_as(&link) == specweave && links::root_of(&project.shown) != project.root
        };
        let Some(root) = projects.into_iter().find(is_elsewhere).map(|project| project.root.clone()) else { return };
        self.remove_project(&root);
        // Another folder may be about it all the same.
        self.folders.all().to_vec().into_iter().for_each(|folder| self.watch_and_discover(folder));
    }

    pub fn remove_project(&mut self, root: &Path) {
        if let Some(watcher) = self.folders.watcher() {
            watcher.forget(root);
        }
        // What waits to be checked would be noted once more.
        self.check_edited();
        for folder in self.workspace.index().folders(|_, entry| *entry.summary.root == *root) {
            self.workspace.remove(&folder);
            self.diagnostics.increment_changed(&folder, Instant::now());
        }
        self.flush();
        self.workspace.projects_mut().remove(root);
        self.diagnostics.settings_changed(root, Instant::now());
        self.workspace.index().touch();
    }

    pub fn watched(&mut self, change: WatchEvent) {
        match change {
            WatchEvent::Paths(paths) => paths.iter().for_each(|path| self.disk_changed(path)),
            WatchEvent::Watching(root) => {
                // They may have changed before anybody watched.
                self.reload_settings(&root);
                self.scan_project(&root);
            }
            WatchEvent::WatchingFolder(folder) => self.discover(folder),
            // Watched anew too: what was made meanwhile may not have been.
            WatchEvent::Missed(root) => {
                self.workspace.forget_disk();
                self.reload_settings(&root);
                self.scan.begin();
                self.scan_project(&root);
            }
            WatchEvent::Overflow => {
                self.workspace.forget_disk();
                for root in self.workspace.projects().roots() {
                    self.reload_settings(&root);
                    self.watch_and_scan(&root);
                }
            }
            WatchEvent::Blind(message) => {
                self.workspace.watch_failed();
                self.client.show_once(MessageType::WARNING, message);
            }
        }
    }
}
