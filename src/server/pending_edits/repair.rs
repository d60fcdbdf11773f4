//! A change that arrived in part: how it is finished, or undone.

use std::path::PathBuf;

use crate::model::edit::{self, Edit};
use crate::model::file_kind::FileKind;
use crate::model::parse;
use crate::model::status::Side;
use crate::server::pending_edits::change::{apply, hash, revert};
use crate::server::pending_edits::judge::{FileState, TrackedFile, current};
use crate::server::snapshot::Snapshot;
use crate::workspace::change::tick;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attempt {
    Forward,
    /// The rest of a change, or the whole of it on texts that changed meanwhile.
    Finish,
    Back,
}

/// A file, its text, and the edit of it that is wanted.
pub type TargetEdit = (PathBuf, Vec<u8>, Edit);

/// Somebody was faster than the edit: the user, or another program.
pub fn is_typed(file: &TrackedFile, state: &FileState, snapshot: &Snapshot<'_>) -> bool {
    let differs_from = |known: &str| current(snapshot, &file.path).is_some_and(|current| hash(&current) != known);
    match state {
        FileState::Garbled(_) => true,
        FileState::Untouched => differs_from(&file.sent.before),
        FileState::Unseen => false,
        FileState::Good => differs_from(&file.edit.after),
    }
}

/// The texts that an attempt wants, as edits of what is there now.
pub fn targets(
    files: &[TrackedFile],
    states: &[FileState],
    attempt: Attempt,
    snapshot: &Snapshot<'_>,
) -> Option<Vec<TargetEdit>> {
    let mut targets = Vec::new();
    for (file, state) in files.iter().zip(states).filter(|(_, state)| **state != FileState::Unseen) {
        let current = current(snapshot, &file.path)?;
        let wanted = wanted(file, state, attempt, &current)?;
        let (before, _) = parse::mask(&current);
        let (after, _) = parse::mask(&wanted);
        if let Some(edit) = edit::between(&before, &after) {
            targets.push((file.path.clone(), current, edit));
        }
    }
    (!targets.is_empty()).then_some(targets)
}

fn wanted(file: &TrackedFile, state: &FileState, attempt: Attempt, current: &[u8]) -> Option<Vec<u8>> {
    let base = match state {
        FileState::Garbled(text) => text.clone(),
        _ => current.to_vec(),
    };
    let with_goal = |goal: &str| -> Option<Vec<u8>> {
        let side = Side::BOTH.into_iter().find(|side| FileKind::from(*side) == file.file);
        let edit = match side {
            Some(side) if file.items.is_empty() => edit::set_status(side, &base, goal).ok()?,
            _ => tick::edit(file.file, &file.items, &base, goal == tick::DONE).ok()?,
        };
        Some(edit.map_or_else(|| base.clone(), |edit| edit.apply(&base)))
    };
    if attempt != Attempt::Back {
        return apply(&file.edit, &base).or_else(|| with_goal(&file.goal));
    }
    match revert(&file.edit, current) {
        Some(before) => Some(before),
        None if *state == FileState::Good => with_goal(file.from.as_deref()?),
        None => Some(base),
    }
}
