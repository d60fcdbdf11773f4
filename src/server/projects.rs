//! The projects that are watched over, and how their files are called.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tower_lsp::ls_types::Uri;

use crate::model::sort;
use crate::server::lsp::ext::FolderUris;
use crate::server::lsp::position;
use crate::workspace::config::project::Given;
use crate::workspace::config::{Settings, file};
use crate::workspace::fs::path_map::PathMap;
use crate::workspace::project::Project;
use crate::workspace::{discover, links, specweave_caches};

#[derive(Debug, Default)]
pub struct Projects {
    /// By canonical root.
    by_root: PathMap<Project>,
    /// Where no project is.
    elsewhere: Arc<Settings>,
}

impl Projects {
    /// False when it is known.
    pub fn add(&mut self, project: Project) -> bool {
        let new = !self.by_root.contains(&project.root);
        if new {
            let root = project.root.clone();
            self.by_root.insert(&root, project);
        }
        new
    }

    pub fn remove(&mut self, root: &Path) {
        self.by_root.remove(root);
    }

    pub fn get(&self, root: &Path) -> Option<&Project> {
        self.by_root.get(root)
    }

    pub fn get_mut(&mut self, root: &Path) -> Option<&mut Project> {
        self.by_root.get_mut(root)
    }

    pub fn contains(&self, root: &Path) -> bool {
        self.by_root.contains(root)
    }

    pub fn len(&self) -> usize {
        self.by_root.values().count()
    }

    /// In the order of their roots.
    pub fn sorted(&self) -> Vec<&Project> {
        let mut projects: Vec<&Project> = self.by_root.values().collect();
        sort::by(&mut projects, |a, b| a.root.cmp(&b.root));
        projects
    }

    pub fn roots(&self) -> Vec<PathBuf> {
        self.sorted().into_iter().map(|project| project.root.clone()).collect()
    }

    /// What counts for a file or folder: the settings of the innermost project around it.
    pub fn settings(&self, path: &Path) -> &Arc<Settings> {
        self.around(path).map_or(&self.elsewhere, |project| &project.config.settings)
    }

    /// Takes what the client says of its settings now.
    pub fn configure(&mut self, given: &Given, epoch: u64) {
        self.elsewhere = Arc::new(given.settings());
        for project in self.by_root.values_mut() {
            project.configure(given.over(Arc::clone(&project.config.file)), epoch);
        }
    }

    fn around(&self, path: &Path) -> Option<&Project> {
        // They may be nested.
        let around = self.by_root.values().filter(|project| project.holds(path));
        around.max_by_key(|project| project.root.as_os_str().len())
    }

    /// The URI of a file, spelled as the client spells the project.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        position::uri_of(&self.around(path).map_or_else(|| path.to_path_buf(), |project| project.shown_path(path)))
    }

    /// What a project's `.specweave` or its increments' folder leads to is part of it, by whatever path it was reached.
    pub fn known_as(&self, path: PathBuf) -> PathBuf {
        if discover::increment_of(&path).is_some() {
            return path;
        }
        let links = self.sorted().into_iter().flat_map(|project| links::linked(&project.root));
        let inside = |(link, target): (PathBuf, PathBuf)| Some(link.join(path.strip_prefix(target).ok()?));
        links.into_iter().find_map(inside).unwrap_or(path)
    }

    /// By the projects' roots.
    pub fn folder_uris(&self) -> HashMap<&Path, FolderUris<'_>> {
        self.by_root.values().map(|project| (project.root.as_path(), FolderUris::of(project))).collect()
    }

    /// The project whose own settings lie in this file, by its name or by a link.
    pub fn with_settings(&self, path: &Path) -> Option<&Project> {
        let by_link = |project: &&Project| project.config.file.leads_to.as_deref() == Some(path);
        let by_name = file::project_of(path).and_then(|root| self.by_root.get(root));
        by_name.or_else(|| self.by_root.values().find(by_link))
    }

    /// The project one of whose caches this file is, and which.
    pub fn with_cache(&self, path: &Path) -> Option<(&Project, &'static str)> {
        let cache =
            [specweave_caches::STATUS_LINE, specweave_caches::ACTIVE].into_iter().find(|name| path.ends_with(name))?;
        let project = self.by_root.values().find(|project| specweave_caches::path(&project.root, cache) == path)?;
        Some((project, cache))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_as_the_client_calls_the_innermost_project() {
        let at = |path: &str| {
            if cfg!(windows) { PathBuf::from(format!("C:{path}").replace('/', r"\")) } else { path.into() }
        };
        let mut projects = Projects::default();
        let add = |projects: &mut Projects, root: &str, shown: &str| {
            let project = Project { root: at(root), ..Project::new(at(shown)) };
            projects.add(project)
        };
        assert!(add(&mut projects, "/r", "/outer") && add(&mut projects, "/r/n", "/inner"));
        assert!(!add(&mut projects, "/r", "/other"), "known");
        // Windows' paths begin with a drive.
        let uri = |path: &str| projects.uri(&at(path)).unwrap().as_str().replace("file:///C:/", "file:///");
        assert_eq!(uri("/r/n/spec.md"), "file:///inner/spec.md");
        assert_eq!(uri("/r/nn/spec.md"), "file:///outer/nn/spec.md");
        assert_eq!(uri("/elsewhere/spec.md"), "file:///elsewhere/spec.md");
        let cache = at("/r/.specweave/state/status-line.json");
        let (project, name) = projects.with_cache(&cache).unwrap();
        assert_eq!((project.root.as_path(), name), (at("/r").as_path(), "status-line.json"));
    }
}
