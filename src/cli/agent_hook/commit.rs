//! Before a `git commit`: what `check --staged` finds.

use std::path::Path;

use super::call::Call;
use super::findings::Edited;
use super::message::{self, command};
use super::shell;
use crate::cli::{Common, staged};
use crate::git::hooks::quoted;
use crate::model::rules::{Code, Severity};
use crate::workspace::config::Settings;
use crate::workspace::report::Reported;

/// Why the commit is not to be made; `None` also where that cannot be found out.
pub fn refusal(call: &Call, common: &Common, settings: &Settings) -> Option<String> {
    let commit = shell::commit(call.command.as_deref()?)?;
    // git, and with it all that looks into the index, counts from the current folder.
    std::env::set_current_dir(call.base.join(&commit.folder)).ok()?;
    let look = staged::look(&[], common, settings, false).ok()?;
    let reasons: Vec<&Reported> = look.report.findings.iter().filter(|it| is_reason(it)).collect();
    let reasons: Vec<&Reported> = match commit.stages {
        // What is in the index now may not be what is committed; what is wrong in both will be.
        true => reasons.into_iter().filter(|it| is_on_disk(it, settings)).collect(),
        false => reasons,
    };
    let first = reasons.first()?;
    let lines: Vec<String> = reasons.iter().map(|it| line(it)).collect();
    Some(message::fitted(
        "specweave-lsp: not committed, since what is staged is not in order:",
        &lines,
        &fix(first, &call.base, settings),
    ))
}

fn is_reason(reported: &Reported) -> bool {
    reported.finding.severity == Severity::Error && !reported.is_twin()
}

fn on_disk(reported: &Reported, settings: &Settings) -> Option<Edited> {
    Edited::read(reported.root.join(&reported.path).parent()?, settings)
}

fn is_on_disk(reported: &Reported, settings: &Settings) -> bool {
    let on_disk = on_disk(reported, settings);
    on_disk.is_some_and(|it| it.findings.iter().any(|there| there.finding.code == reported.finding.code))
}

fn line(reported: &Reported) -> String {
    format!("{}: {}", reported.increment, reported.finding.message)
}

fn fix(reported: &Reported, base: &Path, settings: &Settings) -> String {
    let path = reported.root.join(&reported.path);
    let folder = path.parent().unwrap_or(&path);
    let add = format!("git add {}", quoted(&folder.strip_prefix(base).unwrap_or(folder).display().to_string()));
    match reported.finding.code {
        // Only half of a change is staged: the work tree has the other half.
        Code::StatusDesync if !is_on_disk(reported, settings) => format!("Fix: `{add}`, then commit again."),
        Code::StatusDesync => {
            format!("Fix: `{} && {add}`, then commit again.", command("sync --yes", folder, base))
        }
        _ => format!("Fix it, run `{add}`, then commit again."),
    }
}
