//! The client's workspace folders, and our own watcher over them and their projects.

use std::path::{Path, PathBuf};

use crate::workspace::fs::paths::canonicalize;
use crate::workspace::watch::Watcher;
use crate::workspace::{discover, links};

#[derive(Default)]
pub struct Folders {
    folders: Vec<PathBuf>,
    watcher: Option<Watcher>,
}

impl Folders {
    /// As the client spells them.
    pub fn set(&mut self, folders: Vec<PathBuf>) {
        self.folders = folders;
    }

    pub fn all(&self) -> &[PathBuf] {
        &self.folders
    }

    pub fn contains(&self, folder: &Path) -> bool {
        self.folders.iter().any(|known| known == folder)
    }

    /// Takes the client's word for what has changed; gives the folders that are new.
    pub fn change(&mut self, added: Vec<PathBuf>, removed: &[PathBuf]) -> Vec<PathBuf> {
        self.folders.retain(|folder| !removed.contains(folder));
        let mut new = Vec::new();
        for folder in added {
            if !self.contains(&folder) {
                self.folders.push(folder.clone());
                new.push(folder);
            }
        }
        new
    }

    /// A project that a folder lies in or leads to, or that lies in a folder.
    pub fn are_about(&self, root: &Path) -> bool {
        self.folders.iter().any(|folder| {
            let folder = canonicalize(folder).unwrap_or_else(|_| folder.clone());
            let leads_to = || discover::project_above(&folder).is_some_and(|found| links::root_of(&found) == *root);
            folder.starts_with(root) || root.starts_with(&folder) || leads_to()
        })
    }

    /// How the client would spell the root of a project that a folder lies in, or that lies in a folder.
    pub fn spelled(&self, root: &Path) -> Option<PathBuf> {
        self.folders.iter().find_map(|folder| {
            let real = canonicalize(folder).ok()?;
            if let Ok(below) = root.strip_prefix(&real) {
                return Some(if below.as_os_str().is_empty() { folder.clone() } else { folder.join(below) });
            }
            let levels = real.strip_prefix(root).ok()?.components().count();
            folder
                .ancestors()
                .nth(levels)
                .filter(|above| canonicalize(above).is_ok_and(|it| it == root))
                .map(Path::to_path_buf)
        })
    }

    pub fn watch_with(&mut self, watcher: Watcher) {
        self.watcher = Some(watcher);
    }

    pub fn watcher(&self) -> Option<&Watcher> {
        self.watcher.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_and_go() {
        let mut folders = Folders::default();
        folders.set(vec!["/a".into(), "/b".into()]);
        assert_eq!(folders.change(vec!["/c".into(), "/b".into()], &["/a".into()]), [PathBuf::from("/c")]);
        assert!(!folders.contains(Path::new("/a")) && folders.contains(Path::new("/b")));
        let (around, inside, beside) = (Path::new("/"), Path::new("/c/nested"), Path::new("/cc"));
        assert!(folders.are_about(around) && folders.are_about(inside) && !folders.are_about(beside));
    }

    #[cfg(unix)]
    #[test]
    fn a_root_is_spelled_as_the_folders_are() {
        let base = tempfile::tempdir().unwrap();
        let real = canonicalize(base.path()).unwrap();
        std::fs::create_dir_all(real.join("project/src")).unwrap();
        std::os::unix::fs::symlink(real.join("project"), real.join("link")).unwrap();
        let spelled = |folder: &str, root: &str| {
            let folders = Folders { folders: vec![real.join(folder)], watcher: None };
            folders.spelled(&real.join(root)).map(|root| root.strip_prefix(&real).unwrap().display().to_string())
        };
        assert_eq!(spelled("link", "project").as_deref(), Some("link"));
        assert_eq!(spelled("link", "project/src").as_deref(), Some("link/src"));
        assert_eq!(spelled("link/src", "project").as_deref(), Some("link"), "a folder inside the project");
        assert_eq!(spelled("project", "project").as_deref(), Some("project"));
        assert_eq!(spelled("link", "elsewhere"), None);
    }
}
