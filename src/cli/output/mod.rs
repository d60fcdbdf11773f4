//! The report as people and other programs read it.

pub mod github;
pub mod openmetrics;
pub mod sarif;
pub mod text;

use std::path::{Path, PathBuf};

use crate::workspace::report::{Report, Reported};

/// The folder that paths count from: the repository's, since that is what code hosts know, or else the outermost
/// project's.
fn base(report: &Report) -> PathBuf {
    let mut roots = report.projects.iter().map(|project| project.root.as_path());
    let Some(first) = roots.next() else { return PathBuf::new() };
    let common =
        roots.fold(first, |common, root| common.ancestors().find(|folder| root.starts_with(folder)).unwrap_or(common));
    common.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(common).to_path_buf()
}

fn path_from(base: &Path, reported: &Reported) -> PathBuf {
    from_base(base, &reported.root.join(&reported.path))
}

fn from_base(base: &Path, whole: &Path) -> PathBuf {
    whole.strip_prefix(base).unwrap_or(whole).to_path_buf()
}
