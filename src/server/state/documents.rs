//! Documents open, change, are saved and close; files change on disk.

use std::path::{Path, PathBuf};
use std::time::Instant;

use tower_lsp::ls_types::*;

use crate::server::handlers::did_change::did_change;
use crate::server::lsp::position;
use crate::server::state::State;
use crate::workspace::config::file;
use crate::workspace::{discover, specweave_caches};

impl State {
    pub fn did_open(&mut self, document: &TextDocumentItem) {
        let Some(path) = self.workspace.open(document) else { return };
        if let Some(open) = self.workspace.document(&path) {
            self.pending_edits.text_changed(&path, &open.text, Instant::now());
        }
        if let Some(root) = file::project_of(&path).filter(|root| discover::is_project(root)) {
            self.add_opened_project(root, &document.uri);
            self.diagnostics.opened(&path);
            self.diagnostics.settings_changed(root, Instant::now());
        }
        if let Some((root, folder)) = discover::increment_of(&path) {
            self.add_opened_project(&root, &document.uri);
            self.diagnostics.opened(&path);
            self.check(&folder);
        }
    }

    pub fn did_change(&mut self, params: &DidChangeTextDocumentParams) {
        let Some(path) = self.workspace.path(&params.text_document.uri) else { return };
        let encoding = self.client.capabilities().encoding;
        let (workspace, diagnostics) = (&mut self.workspace, &mut self.diagnostics);
        did_change(&path, params, encoding, workspace, diagnostics, &mut self.pending_edits);
        self.text_changed(&path);
    }

    pub fn did_save(&mut self, uri: &Uri) {
        if let Some(path) = self.workspace.path(uri) {
            self.workspace.saved(&path, uri);
            self.pending_edits.saved(&path, Instant::now());
            self.text_changed(&path);
            if let Some(root) = file::project_of(&path) {
                self.reload_settings(root);
            }
        }
    }

    pub fn did_close(&mut self, uri: &Uri) {
        let Some(path) = self.workspace.path(uri) else { return };
        if self.workspace.close(&path, uri) {
            self.text_changed(&path);
        }
        if self.workspace.document(&path).is_some() {
            return;
        }
        self.diagnostics.closed(&path);
        let root = discover::increment_of(&path).map(|(root, _)| root);
        if let Some(root) = root.or_else(|| file::project_of(&path).map(Path::to_path_buf)) {
            self.remove_if_orphan(&root);
        }
    }

    fn text_changed(&mut self, path: &Path) {
        if let Some(root) = self.workspace.projects().with_cache(path).map(|(project, _)| project.root.clone()) {
            self.look_for_caches(&root);
        }
        if let Some(root) = file::project_of(path).filter(|root| self.workspace.projects().contains(root)) {
            self.diagnostics.settings_changed(root, Instant::now());
        }
        if let Some((_, folder)) = discover::increment_of(path) {
            self.diagnostics.increment_changed(&folder, Instant::now());
            self.workspace.edited(&folder);
        }
    }

    pub fn watched_files_changed(&mut self, changes: &[FileEvent]) {
        for path in changes.iter().filter_map(|change| position::path_of(&change.uri)) {
            self.disk_changed(&path);
        }
    }

    /// Something at `path` changed on disk: perhaps an increment's file, perhaps a folder above it.
    pub fn disk_changed(&mut self, path: &Path) {
        let now = Instant::now();
        self.workspace.disk_changed(path);
        self.pending_edits.disk_changed(path, now);
        if path.ends_with(discover::PROJECT_FOLDER) {
            self.remove_if_elsewhere(path);
        }
        if let Some((root, folder)) = discover::increment_of(path) {
            if self.workspace.projects().contains(&root) {
                self.debounce.increment_changed(folder, now);
            } else if self.folders.are_about(&root) && discover::is_project(&root) && !self.is_excluded(&root) {
                self.add_project_at(&root, None);
            }
            return;
        }
        if let Some(project) = self.workspace.projects().with_settings(path) {
            return self.debounce.settings_changed(project.root.clone(), now);
        }
        // SpecWeave's caches. The folder they are in may be a new one, which has to be watched.
        let state = |root: &Path| {
            let state = root.join(discover::PROJECT_FOLDER).join("state");
            path != state && path.starts_with(state)
        };
        let roots = self.workspace.projects().roots();
        if let Some(root) = roots.iter().find(|root| state(root)) {
            if path
                .file_name()
                .is_some_and(|name| name == specweave_caches::STATUS_LINE || name == specweave_caches::ACTIVE)
            {
                self.look_for_caches(root);
            }
            return;
        }
        let above = |root: &Path| path.starts_with(root.join(discover::PROJECT_FOLDER)) || root.starts_with(path);
        let known: Vec<PathBuf> = roots.into_iter().filter(|root| above(root)).collect();
        if known.is_empty() {
            // What makes a `.specweave` a project was put into it.
            let made = path.parent().filter(|parent| parent.ends_with(discover::PROJECT_FOLDER)).and_then(Path::parent);
            match made.filter(|root| discover::is_project(root) && !self.is_excluded(root)) {
                Some(root) => self.add_project_at(root, None),
                None => self.look_for_projects(path),
            }
        }
        known.into_iter().for_each(|root| self.debounce.project_changed(root, now));
    }

    pub fn look_for_caches(&mut self, root: &Path) {
        if let Some(project) = self.workspace.projects_mut().get_mut(root) {
            let names = [specweave_caches::STATUS_LINE, specweave_caches::ACTIVE];
            project.has_caches = names.iter().any(|name| specweave_caches::path(root, name).exists());
            self.diagnostics.caches_changed(root, Instant::now());
        }
    }
}
