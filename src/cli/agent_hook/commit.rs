//! Before a `git commit`: what `check --staged` finds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::call::Call;
use super::findings::Edited;
use super::message::{self, command};
use super::shell::{self, CommitCommand};
use crate::cli::common::Common;
use crate::cli::staged;
use crate::git::pre_commit::quoted;
use crate::git::repository::{self, Repository};
use crate::model::rules::{Code, Severity};
use crate::workspace::config::file::ConfigFile;
use crate::workspace::config::project::Given;
use crate::workspace::discover;
use crate::workspace::fs::paths::{canonicalize, slashed};
use crate::workspace::report::Reported;

/// Why the commit is not to be made; `None` also where that cannot be found out.
pub fn refusal(call: &Call, common: &Common, given: &Given) -> Option<String> {
    let commit = shell::commit(call.command.as_deref()?)?;
    // git, and with it all that looks into the index, counts from the current folder.
    std::env::set_current_dir(call.base.join(&commit.folder)).ok()?;
    let look = staged::look(&[], common, given, false).ok()?;
    let mut reasons: Vec<Reported> = look.report.findings.into_iter().filter(is_reason).collect();
    if commit.stages {
        // What is in the index now may not be what is committed; what is wrong in both will be.
        reasons.retain(|it| is_on_disk(it, given));
        for increment in added(&commit, call, &look.repository, given) {
            if !reasons.iter().any(|it| folder(it) == increment.folder) {
                reasons.extend(increment.findings.into_iter().filter(is_reason));
            }
        }
    }
    let first = reasons.first()?;
    let lines: Vec<String> = reasons.iter().map(line).collect();
    Some(message::fitted(
        "specweave-lsp: not committed, because of what the commit would hold:",
        &lines,
        &fix(first, &call.base, given),
    ))
}

/// The increments that have changed and that the command adds whole, before it commits.
fn added(commit: &CommitCommand, call: &Call, repository: &Repository, given: &Given) -> Vec<Edited> {
    if !commit.adds_all && commit.adds.is_empty() {
        return Vec::new();
    }
    let Ok(changed) = repository.ask(["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"]) else {
        return Vec::new();
    };
    let whole = |path: &PathBuf| canonicalize(&call.base.join(path)).ok();
    let added: Vec<PathBuf> = commit.adds.iter().filter_map(whole).collect();
    // `XY PATH`
    let paths = changed.split(|byte| *byte == 0).filter_map(|entry| Some(repository::path(entry.get(3..)?)));
    let folders: BTreeSet<PathBuf> =
        paths.filter_map(|path| Some(discover::increment_of(&repository.whole(&path))?.1)).collect();
    let covered = |folder: &PathBuf| commit.adds_all || added.iter().any(|path| folder.starts_with(path));
    folders.into_iter().filter(covered).filter_map(|folder| Edited::read(&folder, given)).collect()
}

fn is_reason(reported: &Reported) -> bool {
    reported.finding.severity == Severity::Error && !reported.is_twin()
}

fn folder(reported: &Reported) -> PathBuf {
    let path = reported.root.join(&reported.path);
    path.parent().map_or(path.clone(), Path::to_path_buf)
}

fn is_on_disk(reported: &Reported, given: &Given) -> bool {
    if reported.finding.code == Code::InvalidConfig {
        return !ConfigFile::read(&reported.root).mistakes.is_empty();
    }
    let on_disk = Edited::read(&folder(reported), given);
    on_disk.is_some_and(|it| it.findings.iter().any(|there| there.finding.code == reported.finding.code))
}

fn line(reported: &Reported) -> String {
    format!("{}: {}", reported.subject(), reported.finding.message)
}

fn fix(reported: &Reported, base: &Path, given: &Given) -> String {
    let folder = match reported.increment {
        Some(_) => folder(reported),
        None => reported.root.join(&reported.path),
    };
    let add = format!("git add {}", quoted(&slashed(folder.strip_prefix(base).unwrap_or(&folder))));
    match reported.finding.code {
        // Only half of a change is staged: the work tree has the other half.
        Code::StatusDesync if !is_on_disk(reported, given) => format!("Fix: `{add}`, then commit again."),
        Code::StatusDesync => {
            format!("Fix: `{} && {add}`, then commit again.", command("sync --yes", &folder, base))
        }
        _ => format!("Fix it, run `{add}`, then commit again."),
    }
}
