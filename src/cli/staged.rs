//! `check --staged`: the increments as the next commit will hold them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::common::Common;
use crate::cli::error::CliError;
use crate::cli::projects::{self, Reach};
use crate::git::repository::Repository;
use crate::git::staged::{self, Commit, StagedLook};
use crate::model::increment::Source;
use crate::model::rules::RuleContext;
use crate::model::work::ParsedTexts;
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::config::project::Given;
use crate::workspace::fs::paths;
use crate::workspace::report::Report;
use crate::workspace::{discover, project, select};

/// What is found in the next commit, and the texts it was found in.
pub struct StagedReport {
    pub repository: Repository,
    pub report: Report,
    commit: Commit,
}

impl StagedReport {
    pub fn text(&self, path: &Path) -> Source {
        self.commit.texts.get(path).cloned().unwrap_or_default()
    }

    pub fn settings(&self, root: &Path) -> Option<Arc<Settings>> {
        let project = self.commit.projects.iter().find(|project| project.root == root)?;
        Some(Arc::clone(&project.config.settings))
    }
}

/// Looks at what `wanted` names, staged or not; without names at all increments that something is staged in.
pub fn look(wanted: &[String], common: &Common, given: &Given, deep: bool) -> Result<StagedReport, CliError> {
    let start = projects::start(common)?;
    let look = StagedLook::begin(Repository::assumed()?)?;
    let repository = Repository::around(&holder(wanted, common, given).unwrap_or_else(|| start.clone()))?;
    let staged = look.finish(&repository)?;
    let (mut folders, mut roots) = (staged.touched(), staged.touched_settings());
    if !wanted.is_empty() {
        folders = named(wanted, &folders, &repository, common, given)?;
        roots.clear();
    } else if common.project.is_some() {
        // Only the project that was named, and those in it.
        let project = discover::project_above(&start).unwrap_or(start);
        folders.retain(|folder| repository.whole(folder).starts_with(&project));
        roots.retain(|root| repository.whole(root).starts_with(&project));
    }
    let commit = staged.commit(&repository, &folders, &roots, given)?;
    let mut report = Report::default();
    for project in &commit.projects {
        report.add_project(&project.root, 0);
        for folder in &project.folders {
            let depth = if deep { Depth::Work } else { Depth::Statuses };
            let text = |name: &str, _| commit.texts.get(&folder.join(name)).cloned().unwrap_or_default();
            let (increment, work) = check::load_from(&project::id_of(folder), depth, &mut ParsedTexts::default(), text);
            let same_number = project.numbers.sharing_with(&project.root, folder);
            let around = RuleContext { same_number: &same_number, work: work.as_ref(), ..RuleContext::default() };
            report.add_read(&project.root, folder, &increment, around, &project.config.settings);
        }
        report.add_config(&project.root, &project.config, &[]);
    }
    Ok(StagedReport { repository, report, commit })
}

/// The project whose repository is asked: that of the first increment that is named and there.
fn holder(wanted: &[String], common: &Common, given: &Given) -> Option<PathBuf> {
    let first = wanted.first()?;
    let named = projects::only(std::slice::from_ref(first), Reach::Folders, common, given).ok()?;
    named.into_iter().next().map(|selection| selection.root)
}

/// The folders that are named, from the top of the work tree. A path need not be on disk any more.
fn named(
    wanted: &[String],
    touched: &BTreeSet<PathBuf>,
    repository: &Repository,
    common: &Common,
    given: &Given,
) -> Result<BTreeSet<PathBuf>, CliError> {
    let ids: Vec<(String, &PathBuf)> = touched.iter().map(|folder| (project::id_of(folder), folder)).collect();
    let mut folders = BTreeSet::new();
    for name in wanted {
        if let Some(folder) = inside(name, repository) {
            folders.insert(folder);
        } else if let Ok(folder) = select::one(name, &ids) {
            folders.insert(folder.clone());
        } else {
            for selection in projects::only(std::slice::from_ref(name), Reach::Folders, common, given)? {
                for folder in selection.folders {
                    let Ok(folder) = folder.strip_prefix(&repository.top) else {
                        return Err(CliError::OutsideRepository { name: name.clone(), top: repository.top.clone() });
                    };
                    folders.insert(folder.to_path_buf());
                }
            }
        }
    }
    Ok(folders)
}

/// The increment that a path lies in, be it there or not.
fn inside(name: &str, repository: &Repository) -> Option<PathBuf> {
    let whole = paths::canonicalize_existing(&staged::normal(&std::env::current_dir().ok()?.join(name))?);
    let (_, folder) = discover::increment_of(whole.strip_prefix(&repository.top).ok()?)?;
    Some(folder)
}
