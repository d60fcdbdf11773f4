//! The one way to disk: in, a plan and who wants it; out, whether the files say so now, and whether the journal knows.

use std::path::Path;

use crate::workspace::change::error::{ChangeError, JournalError};
use crate::workspace::change::journal::{self, Cause, JournalEntry};
use crate::workspace::change::notice::Say;
use crate::workspace::change::plan::Plan;
use crate::workspace::change::transaction;
use crate::workspace::hint::Hint;

/// The files are changed.
#[derive(Debug)]
pub struct Outcome {
    /// Why the journal does not hold the change. The user has to know, once: it would be the same for every plan.
    pub missing_in_journal: Option<JournalError>,
}

/// Carries a plan out under the project's lock, and notes in the journal what came of it, also when it failed.
pub fn apply(root: &Path, plan: &Plan, cause: impl Into<Cause>, say: Say<'_>) -> Result<Outcome, ChangeError> {
    if plan.files.is_empty() {
        return Ok(Outcome { missing_in_journal: None });
    }
    let entry = JournalEntry::of(root, plan, &cause.into());
    match transaction::commit(root, plan, &entry, say) {
        Ok(missing_in_journal) => Ok(Outcome { missing_in_journal }),
        Err(error) => {
            journal::note_failure(root, &entry, &error.sentences());
            Err(error)
        }
    }
}
