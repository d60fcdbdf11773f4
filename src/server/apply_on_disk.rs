//! Changes on disk, for clients that take no edits; and the journal's lines about those that an editor made.

use crate::server::lsp::errors::{RequestError, Result};
use crate::server::pending_edits::EditorChange;
use crate::workspace::change::plan::Plan;
use crate::workspace::change::{journal, transaction};
use crate::workspace::discover;

/// As on the command line, unless an editor holds another text of a file. `warn` is told what the user should know all
/// the same.
pub fn apply_on_disk(plan: &Plan, warn: &mut dyn FnMut(String)) -> Result<()> {
    let (root, _) = discover::increment_of(&plan.folder)
        .ok_or_else(|| RequestError::UnknownIncrement(format!("{} is in no project.", plan.id)))?;
    for file in &plan.files {
        if std::fs::read(&file.path).ok().as_deref() != Some(&file.before) {
            return Err(RequestError::NotChanged(format!(
                "{} of {} has unsaved changes, and this editor takes no edits. Save it and try again.",
                file.side.file_name(),
                plan.id
            )));
        }
    }
    let said = std::cell::RefCell::new(Vec::new());
    let result = transaction::commit(&root, plan, &|note: &str| said.borrow_mut().push(note.to_owned()));
    let noted = journal::note(&root, plan, "editor, on disk", result.as_ref().copied().map_err(String::as_str));
    said.into_inner().into_iter().chain(noted.err()).for_each(warn);
    result.map_err(RequestError::NotChanged)
}

/// Gives what the user should know of a journal that cannot be written.
pub fn note_in_journal(changes: &[EditorChange], result: &std::result::Result<(), String>) -> Option<String> {
    let mut warning = None;
    for change in changes.iter().filter(|change| !change.offered.files.is_empty()) {
        let Some((root, _)) = discover::increment_of(&change.folder) else { continue };
        let plan = Plan {
            id: change.id(),
            folder: change.folder.clone(),
            from: (change.offered.from.spec.clone(), change.offered.from.metadata.clone()),
            to: change.offered.to.clone(),
            forced: change.forced,
            reason: change.reason.clone(),
            files: Vec::new(),
            rests_on: Vec::new(),
        };
        let result = result.as_ref().copied().map_err(String::as_str);
        warning = journal::note(&root, &plan, "editor", result).err().or(warning);
    }
    warning
}
