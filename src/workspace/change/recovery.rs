//! Finishes or undoes what an interrupted run left in a project.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::file_kind::FileKind;
use crate::model::increment::Increment;
use crate::model::sort;
use crate::model::status::Side;
use crate::workspace::change::error::ChangeError;
use crate::workspace::change::journal;
use crate::workspace::change::lock::ProjectLock;
use crate::workspace::change::notice::{Agreement, ChangeNotice, KeptForeign, Say};
use crate::workspace::change::record::Phase;
use crate::workspace::change::state_folder::{RECORD_PREFIX, state_folder};
use crate::workspace::change::steps::{Held, PendingChange, Target};
use crate::workspace::fs::atomic::{file_sum, remove, rename};
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::reader::{self, Want};

/// Says what was done, one notice for each change. Waits for a change under way. Whether there was anything to do.
pub fn recover(root: &Path, say: Say<'_>) -> Result<bool, ChangeError> {
    let folder = state_folder(root);
    if !is_left(&folder) {
        return Ok(false);
    }
    let lock = ProjectLock::take(&folder, say)?;
    recover_locked(root, &lock, say)
}

/// The same for who only looks: a change under way is not waited for, it was not interrupted.
pub fn recover_if_free(root: &Path, say: Say<'_>) -> Result<bool, ChangeError> {
    let folder = state_folder(root);
    if !is_left(&folder) {
        return Ok(false);
    }
    match ProjectLock::take_if_free(&folder)? {
        Some(lock) => recover_locked(root, &lock, say),
        None => Ok(false),
    }
}

/// The same for who holds the lock.
pub fn recover_locked(root: &Path, _lock: &ProjectLock, say: Say<'_>) -> Result<bool, ChangeError> {
    let folder = state_folder(root);
    let left = leftovers(&folder).map_err(FileError::when("list", &folder))?;
    let (records, halves): (Vec<_>, Vec<_>) =
        left.into_iter().partition(|path| path.extension().is_some_and(|extension| extension == "json"));
    let any = !records.is_empty();
    for record in records {
        say(&finish_or_undo(&PendingChange::recorded(root, record)?)?);
    }
    // Half-written records: what they would have announced was never begun.
    for half in halves {
        remove(&half)?;
    }
    Ok(any)
}

/// The common case costs one look: no folder, or nothing in it that a run leaves behind.
fn is_left(folder: &Path) -> bool {
    leftovers(folder).is_ok_and(|left| !left.is_empty())
}

/// Files in the state folder that a finished run would have removed.
fn leftovers(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(RECORD_PREFIX) {
            left.push(entry.path());
        }
    }
    sort::by(&mut left, Ord::cmp);
    Ok(left)
}

/// Fixes what a crash left of this change.
fn finish_or_undo(change: &PendingChange<'_>) -> Result<ChangeNotice, ChangeError> {
    let targets = change.targets()?;
    let phase = change.record.phase;
    let finished = phase == Phase::Committing && can_be_finished(change, &targets)?;
    // While it was only prepared nothing was touched, and what others do with the files is no concern of it.
    let foreign = if phase == Phase::Preparing { None } else { foreign(&targets)? };
    if finished {
        finish(change, &targets)?;
    } else if phase != Phase::Preparing {
        change.put_back(&targets)?;
    }
    if finished && let Some(entry) = &change.record.entry {
        // The change counts; without its line it cannot be taken back, and that is all.
        if let Err(error) = journal::note_once(change.root, entry) {
            tracing::warn!("{error}");
        }
    }
    change.clean_up()?;
    let kept = foreign.map(|file| KeptForeign { file, agreement: agreement(change) });
    let record = &change.record;
    Ok(ChangeNotice::Recovered {
        id: change.id.clone(),
        items: record.items.clone(),
        to: record.to.clone(),
        finished,
        kept,
    })
}

/// Whether every file has its new text or can still get it. A file that somebody else changed since is not
/// touched; its status then says which way the other one has to go for the two to agree.
fn can_be_finished(change: &PendingChange<'_>, targets: &[Target]) -> Result<bool, FileError> {
    for target in targets {
        let can = match target.held()? {
            Held::After => true,
            Held::Before => file_sum(&target.new)? == Some(target.after),
            Held::Foreign => says_goal(change, target.file),
        };
        if !can {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Of what somebody else wrote since.
fn says_goal(change: &PendingChange<'_>, file: FileKind) -> bool {
    let side = Side::BOTH.into_iter().find(|side| FileKind::from(*side) == file);
    let record = &change.record;
    record.items.is_empty()
        && side.is_some_and(|side| increment(change).file(side).parsed.status_text() == Some(&record.to))
}

fn finish(change: &PendingChange<'_>, targets: &[Target]) -> Result<(), FileError> {
    for target in targets {
        if target.held()? == Held::Before {
            rename(&target.new, &target.path).map_err(FileError::when("replace", &target.path))?;
        }
    }
    change.sync(targets)
}

/// The first file that somebody else changed.
fn foreign(targets: &[Target]) -> Result<Option<FileKind>, FileError> {
    for target in targets {
        if target.held()? == Held::Foreign {
            return Ok(Some(target.file));
        }
    }
    Ok(None)
}

fn increment(change: &PendingChange<'_>) -> Increment {
    let source = |side: Side| reader::read(&change.folder.join(side.file_name()), u64::MAX / 2, Want::Whole);
    Increment::read(&change.id, source(Side::Spec), source(Side::Metadata))
}

fn agreement(change: &PendingChange<'_>) -> Agreement {
    let increment = increment(change);
    match increment.both() {
        None => Agreement::Unknown,
        // The statuses were no part of it.
        Some(_) if !change.record.items.is_empty() => Agreement::Unknown,
        Some(_) if increment.is_desynced() => Agreement::Disagree,
        Some(_) => Agreement::Agree,
    }
}
