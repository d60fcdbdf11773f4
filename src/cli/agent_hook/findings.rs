//! What is found in the increments that a call is about: the one place where the hook asks the workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::call::Call;
use crate::cli::recover;
use crate::model::rules::{Code, Severity};
use crate::model::sort;
use crate::model::status::Side;
use crate::workspace::change::lock::ProjectLock;
use crate::workspace::change::state_folder::state_folder;
use crate::workspace::config::file::ConfigFile;
use crate::workspace::config::project::Given;
use crate::workspace::discover;
use crate::workspace::documents::Documents;
use crate::workspace::fs::poll::poll;
use crate::workspace::project::{self, Numbers};
use crate::workspace::report::{Report, Reported};

/// What a change of this tool's own takes at most on a busy machine; an agent waits for it.
const A_CHANGE: Duration = Duration::from_secs(1);

/// An increment that an agent edits, and what is wrong with it.
pub struct Edited {
    pub root: PathBuf,
    pub folder: PathBuf,
    pub id: String,
    /// The file of the two that the call is about; its status is what the agent wants.
    pub side: Option<Side>,
    /// The most severe first.
    pub findings: Vec<Reported>,
}

/// The increments that the call's files lie in. A file in a folder that is none is nobody's.
pub fn edited(call: &Call, given: &Given) -> Vec<Edited> {
    let mut edited: Vec<Edited> = Vec::new();
    for file in &call.files {
        let Some((_, folder)) = discover::increment_of(file) else { continue };
        let side = Side::BOTH.into_iter().find(|side| folder.join(side.file_name()) == *file);
        match edited.iter_mut().find(|known| known.folder == folder) {
            // Both were edited: neither says more than the other.
            Some(known) => known.side = None,
            None => edited.extend(Edited::read(&folder, given).map(|it| Edited { side, ..it })),
        }
    }
    edited
}

impl Edited {
    /// `None` where there is no increment, or one that nobody is to look at.
    pub fn read(folder: &Path, given: &Given) -> Option<Edited> {
        let (root, folder) = discover::increment_of(folder)?;
        let settings = given.in_project(&root).settings;
        let scope = settings.scope();
        if !discover::in_scope(&root, &folder, &scope) || !folder.is_dir() {
            return None;
        }
        // A nested project that the ones around it leave out. A flag's globs do not count from so far above.
        let by_files = given.layer.exclude.is_none();
        if by_files && root.ancestors().last().is_some_and(|top| given.excluded_around(&root, top, ConfigFile::read)) {
            return None;
        }
        let look = || {
            let numbers = Numbers::all(&discover::increments(&root, &scope).increments);
            let mut report = Report::default();
            report.add_project(&root, 0);
            let same_number = numbers.sharing_with(&root, &folder);
            report.add_increment(&root, &folder, &Documents::default(), &settings, &same_number, true);
            report.findings
        };
        let mut findings = look();
        if findings.iter().any(|it| it.finding.code == Code::StatusDesync) {
            // A change of two files that is under way, or was cut off, is no disagreement.
            poll(A_CHANGE, || match ProjectLock::take_if_free(&state_folder(&root)) {
                Ok(None) => None,
                free_or_read_only => Some(free_or_read_only),
            });
            recover::recover_if_possible(&root, &settings);
            findings = look();
        }
        // A hint helps a person who looks at the file; an agent would take it for something to do.
        findings.retain(|it| !it.is_twin() && it.finding.severity >= Severity::Warning);
        sort::by_key(&mut findings, |it| std::cmp::Reverse(it.finding.severity));
        Some(Edited { id: project::id_of(&folder), side: None, findings, root, folder })
    }

    pub fn keys(&self) -> BTreeSet<String> {
        self.findings.iter().map(key).collect()
    }

    pub fn error_keys(&self) -> BTreeSet<String> {
        self.findings.iter().filter(|it| it.finding.severity == Severity::Error).map(key).collect()
    }

    pub fn keep(&mut self, keys: &BTreeSet<String>) {
        self.findings.retain(|it| keys.contains(&key(it)));
    }
}

/// What makes a finding the same as before. Not its message, which may count what is open, nor its line.
fn key(reported: &Reported) -> String {
    let status = |status: &Option<String>| status.clone().unwrap_or_default();
    let finding = &reported.finding;
    match finding.code {
        Code::StatusDesync => {
            format!("{} {} {}", finding.code, status(&reported.spec_status), status(&reported.metadata_status))
        }
        // There may be one for each task; each names its own.
        Code::TaskDesync | Code::IgnoredEvent | Code::UnknownReference => {
            format!("{} {}", finding.code, finding.message)
        }
        _ => format!("{} {}", finding.code, finding.file.file_name()),
    }
}
