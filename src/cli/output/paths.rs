//! Paths as reports show them.

use std::path::{Path, PathBuf};

use crate::workspace::fs::paths::{canonicalize, slashed};
use crate::workspace::report::{Report, Reported};

/// The folder that paths count from: the repository's, since that is what code hosts know, or else the outermost
/// project's.
pub fn base(report: &Report) -> PathBuf {
    let mut roots = report.projects.iter().map(|project| project.root.as_path());
    let Some(first) = roots.next() else { return PathBuf::new() };
    let common =
        roots.fold(first, |common, root| common.ancestors().find(|folder| root.starts_with(folder)).unwrap_or(common));
    common.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(common).to_path_buf()
}

pub fn path_from(base: &Path, reported: &Reported) -> PathBuf {
    from_base(base, &reported.root.join(&reported.path))
}

pub fn from_base(base: &Path, whole: &Path) -> PathBuf {
    whole.strip_prefix(base).unwrap_or(whole).to_path_buf()
}

/// With `/` everywhere, as git does it. From the current folder where the project lies in it, else from the project's.
pub fn shown_path(root: &Path, path: &Path) -> String {
    below_here(root).map_or_else(|| slashed(path).into_owned(), |root| slashed(&root.join(path)).into_owned())
}

fn below_here(root: &Path) -> Option<PathBuf> {
    let here = canonicalize(&std::env::current_dir().ok()?).ok()?;
    root.strip_prefix(here).ok().map(Path::to_path_buf)
}

/// A project's folder as seen from the current one.
pub fn from_here(root: &Path) -> String {
    match below_here(root) {
        Some(rest) if rest.as_os_str().is_empty() => ".".to_owned(),
        Some(rest) => slashed(&rest).into_owned(),
        None => root.display().to_string(),
    }
}
