//! The files of a change, all or nothing, on disk.
//!
//! Every step is announced in a record before it is taken, so that whoever comes next can finish or undo what a
//! crash left:
//!
//! 1. record "preparing": the new texts are written beside their targets, the old ones kept under a second name;
//! 2. record "committing": from here on the change counts; spec.md is renamed into place, then metadata.json,
//!    then tasks.md;
//! 3. all are read back, the journal gets its line, the old texts and the record go.
//!
//! A crash in 1 is undone, one in 2 is finished; where not every file can be finished any more, all are undone. The
//! record holds names, check sums and the line for the journal, and nothing in it can name a file outside the increment
//! it is about.

use std::fs;
use std::path::Path;

use crate::workspace::change::error::{ChangeError, JournalError};
use crate::workspace::change::journal::{self, JournalEntry};
use crate::workspace::change::lock::{PeerLock, ProjectLock};
use crate::workspace::change::notice::{ChangeNotice, Say};
use crate::workspace::change::plan::Plan;
use crate::workspace::change::record::Phase;
use crate::workspace::change::recovery;
use crate::workspace::change::state_folder::state_folder;
use crate::workspace::change::steps::PendingChange;
use crate::workspace::fs::atomic::{keep, rename, write_beside};
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::held::patiently;

/// Carries a plan out. Gives why the journal does not hold it, if so.
pub fn commit(
    root: &Path,
    plan: &Plan,
    entry: &JournalEntry,
    say: Say<'_>,
) -> Result<Option<JournalError>, ChangeError> {
    if plan.files.is_empty() {
        return Ok(None);
    }
    let lock = ProjectLock::take(&state_folder(root), say)?;
    recovery::recover_locked(root, &lock, say)?;
    let change = PendingChange::new(root, plan, entry).map_err(|error| ChangeError::NothingChanged(Box::new(error)))?;
    prepare(&change, plan, say).map_err(|error| give_up(&change, error))?;
    replace(&change).map_err(|error| roll_back(&change, error))?;
    let outcome = verify(plan);
    // As long as the record is there, a crash does not lose this line.
    let noted = if outcome.is_ok() { journal::note(root, entry) } else { Ok(()) };
    // All files have their new text: what cannot be removed now does not make a failure of it.
    if let Err(why) = change.clean_up() {
        say(&ChangeNotice::LeftBehind { id: plan.id.clone(), why });
    }
    outcome.map(|()| noted.err())
}

/// After this nothing has changed yet, and nothing but the renames is left to do.
fn prepare(change: &PendingChange<'_>, plan: &Plan, say: Say<'_>) -> Result<(), ChangeError> {
    change.write_record(Phase::Preparing)?;
    let peer = PeerLock::take(&change.locked_file(), &change.record.token, say)?;
    let targets = change.targets()?;
    for target in &targets {
        let file = plan.files.iter().find(|file| file.file == target.file);
        let Some(file) = file else { continue };
        write_beside(&target.path, &target.new, &file.after()).map_err(FileError::when("write", &target.path))?;
        keep(&target.path, &target.old).map_err(FileError::when("back up", &target.path))?;
    }
    change.sync(&targets)?;
    for target in &targets {
        target.unchanged(&change.id)?;
    }
    // Until the record is gone the peer's lock stays; it goes with the rest.
    peer.keep();
    Ok(())
}

fn replace(change: &PendingChange<'_>) -> Result<(), ChangeError> {
    change.write_record(Phase::Committing)?;
    let targets = change.targets()?;
    for target in &targets {
        target.unchanged(&change.id)?;
        if target.is_changed() {
            rename(&target.new, &target.path).map_err(FileError::when("replace", &target.path))?;
        }
    }
    Ok(change.sync(&targets)?)
}

/// What is on disk now is what counts.
fn verify(plan: &Plan) -> Result<(), ChangeError> {
    for file in &plan.files {
        let text = patiently(|| fs::read(&file.path)).map_err(FileError::when("read back", &file.path))?;
        if text != file.after() {
            return Err(ChangeError::ChangedMeanwhile { id: plan.id.clone(), file: file.file });
        }
    }
    Ok(())
}

/// Before anything counted: everything goes away again.
fn give_up(change: &PendingChange<'_>, error: ChangeError) -> ChangeError {
    let undone = change.clean_up();
    let error = Box::new(ChangeError::NothingChanged(Box::new(error)));
    match undone {
        Ok(()) => *error,
        Err(why) => ChangeError::Unfinished { id: change.id.clone(), error, why: Box::new(why) },
    }
}

/// After it counted: what was replaced is put back.
fn roll_back(change: &PendingChange<'_>, error: ChangeError) -> ChangeError {
    // If even this cannot be written the files are put back all the same. Whoever comes next sees what can still
    // be finished and what not; so this does not promise that nothing was changed before all is gone.
    let _ = change.write_record(Phase::Undoing);
    let undone = change.targets().and_then(|targets| change.put_back(&targets)).and_then(|()| change.clean_up());
    let error = Box::new(error);
    match undone {
        Ok(()) => ChangeError::NothingChanged(error),
        Err(why) => ChangeError::Unfinished { id: change.id.clone(), error, why: Box::new(why) },
    }
}
