//! What counts in one project: what was given for all of them, over what its own file says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::workspace::config::Settings;
use crate::workspace::config::file::ConfigFile;
use crate::workspace::config::layer::Layer;
use crate::workspace::{discover, links};

/// What flags or an editor say, for all projects; stronger than their files.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub layer: Arc<Layer>,
}

/// The settings of a project, and the file they come from as far as nothing stronger was given.
#[derive(Clone, Debug, Default)]
pub struct ProjectConfig {
    pub settings: Arc<Settings>,
    pub file: Arc<ConfigFile>,
}

impl Given {
    pub fn new(layer: Layer) -> Given {
        Given { layer: Arc::new(layer) }
    }

    /// Where no project is.
    pub fn settings(&self) -> Settings {
        Settings::of(&[&self.layer])
    }

    pub fn in_project(&self, root: &Path) -> ProjectConfig {
        self.over(Arc::new(ConfigFile::read(root)))
    }

    pub fn over(&self, file: Arc<ConfigFile>) -> ProjectConfig {
        ProjectConfig { settings: Arc::new(Settings::of(&[&file.layer, &self.layer])), file }
    }

    /// Whether a nested project is left out: by what was given, whose globs count from `folder`, or by the file of a
    /// project that it lies in. Those above `folder` are not asked, except the one that `folder` lies in.
    pub fn excludes(&self, root: &Path, folder: &Path) -> bool {
        self.excludes_below(|| discover::project_above(folder), root, folder)
    }

    /// The same with what is known of the project that `folder` lies in.
    fn excludes_below(&self, above: impl Fn() -> Option<PathBuf>, root: &Path, folder: &Path) -> bool {
        if let Some(exclude) = &self.layer.exclude {
            return exclude.covers(root, folder);
        }
        let top = above().unwrap_or_else(|| folder.to_path_buf());
        self.excluded_around(root, &top, ConfigFile::read)
    }

    /// The same by the files alone that `read` gives, of the projects from `top` on.
    pub fn excluded_around(&self, root: &Path, top: &Path, read: impl Fn(&Path) -> ConfigFile) -> bool {
        // The globs are about what lies below.
        if root == top {
            return false;
        }
        if let Some(exclude) = &self.layer.exclude {
            return exclude.covers(root, top);
        }
        let around = root.ancestors().skip(1).take_while(|above| above.starts_with(top));
        around.into_iter().any(|above| {
            let file = read(above);
            file.layer.exclude.as_ref().is_some_and(|exclude| exclude.covers(root, above))
        })
    }

    /// The projects a workspace folder is about, each once, by where their files really are.
    pub fn projects(&self, folder: &Path) -> Vec<PathBuf> {
        self.projects_around(discover::project_above(folder), folder)
    }

    /// The same where the project that `folder` is or lies in is known: to find it a folder of increments is looked into.
    pub fn projects_around(&self, above: Option<PathBuf>, folder: &Path) -> Vec<PathBuf> {
        let is_excluded = |project: &Path| self.excludes_below(|| above.clone(), project, folder);
        let mut roots: Vec<PathBuf> = Vec::new();
        for root in discover::projects(above.clone(), folder, is_excluded).iter().map(|it| links::root_of(it)) {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        roots
    }
}
