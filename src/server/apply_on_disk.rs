//! Changes on disk, for clients that take no edits; and the journal's lines about those that an editor made.

use std::cell::RefCell;

use crate::server::lsp::errors::{RequestError, Result};
use crate::server::pending_edits::EditorChange;
use crate::server::snapshot::Snapshot;
use crate::workspace::change::apply::apply;
use crate::workspace::change::journal::{self, Cause, JournalEntry, Origin};
use crate::workspace::change::notice::ChangeNotice;
use crate::workspace::change::plan::Plan;
use crate::workspace::discover;
use crate::workspace::hint::{Hint as _, sentence};

/// As on the command line, unless an editor holds another text of a file. `warn` gets what the user should know all the
/// same.
pub fn apply_on_disk(plan: &Plan, cause: &Cause, warn: impl FnMut(String)) -> Result<()> {
    let (root, _) =
        discover::increment_of(&plan.folder).ok_or_else(|| RequestError::UnknownIncrement(plan.id.clone()))?;
    for file in &plan.files {
        if std::fs::read(&file.path).ok().as_deref() != Some(&file.before) {
            return Err(RequestError::NotChanged(format!(
                "{} of {} has unsaved changes, and this editor takes no edits. Save it and try again.",
                file.file.file_name(),
                plan.id
            )));
        }
    }
    let warnings = RefCell::new(Vec::new());
    let say = |notice: &ChangeNotice| warnings.borrow_mut().push(sentence(&notice.to_string()));
    let result = apply(&root, plan, cause.clone(), &say);
    let not_noted = result.as_ref().ok().and_then(|outcome| outcome.missing_in_journal.as_ref());
    let not_noted = not_noted.map(|error| error.sentences());
    warnings.into_inner().into_iter().chain(not_noted).for_each(warn);
    Ok(result.map(drop)?)
}

/// `failure`: why they were not made. Gives what the user should know of a journal that cannot be written.
pub fn note_in_journal(snapshot: &Snapshot<'_>, changes: &[EditorChange], failure: Option<&str>) -> Option<String> {
    let cause = Cause::from(Origin::Editor);
    let mut warning = None;
    for change in changes.iter().filter(|change| !change.offered.files.is_empty()) {
        let Some((root, _)) = discover::increment_of(&change.folder) else { continue };
        let plan = Plan {
            id: change.id(),
            folder: change.folder.clone(),
            from: (change.offered.from.spec.clone(), change.offered.from.metadata.clone()),
            to: change.offered.to.clone(),
            items: change.offered.items.clone(),
            forced: change.forced,
            reason: change.reason.clone(),
            undoes: change.undoes.clone(),
            files: change.made(snapshot),
            rests_on: Vec::new(),
        };
        let entry = JournalEntry::of(&root, &plan, &cause);
        let noted = match failure {
            None => journal::note(&root, &entry),
            Some(failure) => {
                journal::note_failure(&root, &entry, failure);
                Ok(())
            }
        };
        warning = noted.err().map(|error| error.sentences()).or(warning);
    }
    warning
}
