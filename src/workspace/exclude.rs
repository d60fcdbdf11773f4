//! The globs of the setting `exclude`, with the meaning they have in a .gitignore.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

#[derive(Clone, Debug, Default)]
pub struct Excludes {
    /// Those that can be read.
    globs: Arc<[String]>,
    matcher: Option<Arc<Gitignore>>,
}

impl Excludes {
    /// The globs that can be read, and a sentence part for each that cannot.
    pub fn new(globs: &[String]) -> (Excludes, Vec<String>) {
        let mut builder = GitignoreBuilder::new("");
        let mut bad = Vec::new();
        let mut good = Vec::new();
        for glob in globs {
            match builder.add_line(None, glob) {
                Ok(_) => good.push(glob.clone()),
                Err(error) => bad.push(error.to_string()),
            }
        }
        let matcher = builder.build().map_err(|error| bad.push(error.to_string())).ok();
        let matcher = matcher.filter(|matcher| !matcher.is_empty()).map(Arc::new);
        (Excludes { globs: good.into(), matcher }, bad)
    }

    pub fn globs(&self) -> &[String] {
        &self.globs
    }

    /// Whether the folder at `path` is excluded; the globs are relative to `project`.
    pub fn covers(&self, path: &Path, project: &Path) -> bool {
        let below = |path| Path::strip_prefix(path, project).unwrap_or(path);
        self.matcher.as_ref().is_some_and(|matcher| matcher.matched_path_or_any_parents(below(path), true).is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_mean_what_they_mean_to_git() {
        let (excludes, bad) = Excludes::new(&["**/fixtures/**".into(), "0001-*".into()]);
        assert_eq!(bad, Vec::<String>::new());
        let covers = |path: &str| excludes.covers(Path::new(path), Path::new("/p"));
        assert!(covers("test/fixtures/app"));
        assert!(covers("/p/.specweave/increments/0001-x"));
        assert!(!covers("/p/.specweave/increments/0002-x"));
        assert_eq!(Excludes::new(&["[z-a]".into()]).1.len(), 1);
    }
}
