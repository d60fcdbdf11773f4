//! The projects' own settings: read again when they change, on disk or in the client.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tower_lsp::ls_types::Uri;

use crate::server::state::State;
use crate::workspace::config::file::ConfigFile;
use crate::workspace::fs::paths::canonicalize;

impl State {
    /// The file of a project's settings may say something else now.
    pub fn reload_settings(&mut self, root: &Path) {
        let file = ConfigFile::read(root);
        let Some(project) = self.workspace.projects_mut().get_mut(root) else { return };
        let known = &project.config.file;
        self.diagnostics.settings_changed(root, Instant::now());
        let linked = file.leads_to.as_deref().and_then(Path::parent);
        if let Some((folder, watcher)) = linked.zip(self.folders.watcher()) {
            watcher.new_folders(folder);
            watcher.look_at(&folder.into());
        }
        if (file.is_there, &file.text, &file.mistakes) == (known.is_there, &known.text, &known.mistakes) {
            return;
        }
        let excludes = known.layer.exclude.is_some() || file.layer.exclude.is_some();
        let epoch = self.config.project_changed();
        project.configure(self.config.given().over(Arc::new(file)), epoch);
        tracing::info!("read the settings of {}", root.display());
        for folder in self.workspace.out_of_scope() {
            self.check(&folder);
        }
        self.scan_again(root);
        if excludes {
            self.reconsider_projects();
        }
    }

    /// All increments have been read under these settings, so what nothing matches is known.
    pub fn project_read(&mut self, root: &Path, epoch: u64) {
        let is_whole = self.scan.is_whole();
        if let Some(project) = self.workspace.projects_mut().get_mut(root) {
            project.is_read = is_whole && project.epoch == epoch;
            self.diagnostics.settings_changed(root, Instant::now());
        }
    }

    /// What is excluded now goes, and what is not any more is looked for.
    pub fn reconsider_projects(&mut self) {
        for root in self.workspace.projects().roots() {
            if self.is_excluded(&root) {
                self.remove_project(&root);
            }
        }
        for folder in self.folders.all().to_vec() {
            self.watch_and_discover(folder);
        }
    }

    /// A project that the settings leave out in each of the workspace folders it lies in.
    pub fn is_excluded(&self, root: &Path) -> bool {
        let given = self.config.given();
        let folders = self.folders.all().iter().filter_map(|folder| canonicalize(folder).ok());
        let mut around = folders.filter(|folder| root.starts_with(folder)).peekable();
        around.peek().is_some() && around.all(|folder| root != folder && given.excludes(root, &folder))
    }

    /// An editor may open a `document` of a project that none of its folders holds.
    pub fn add_opened_project(&mut self, root: &Path, document: &Uri) {
        if !self.workspace.projects().contains(root) && !self.is_excluded(root) {
            // Its other files are called as this one is.
            self.add_project_at(root, Some(document));
        }
    }
}
