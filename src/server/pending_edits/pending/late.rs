//! Editors that show one of two texts much later than the other, or both: nothing is taken back while it may still come, and
//! what was given up is taken up again when it does.

use std::time::{Duration, Instant};

use crate::server::pending_edits::change::hash;
use crate::server::pending_edits::judge::{FileState, TrackedFile, current};
use crate::server::pending_edits::pending::{GRACE, PendingEdit};
use crate::server::pending_edits::repair::Attempt;
use crate::server::snapshot::Snapshot;

/// An editor that shows one of two texts may show the other when its user saves it (vim-lsp).
pub(super) const LATE: Duration = Duration::from_secs(120);
/// How long a text that comes later still is recognised as ours.
pub(super) const WATCHED: Duration = Duration::from_secs(600);

impl PendingEdit {
    /// Until when the second text is waited for.
    pub(super) fn wait_until(&mut self, now: Instant) -> Instant {
        *self.late.get_or_insert(now + LATE)
    }

    /// Something was heard of one of its files: a reason to look soon.
    pub(super) fn heard(&mut self, now: Instant) {
        self.news = true;
        if self.late.is_some() {
            self.deadline = self.deadline.min(now + GRACE);
        }
    }

    /// A text that comes when it was over already is one half, and the other is what it was before.
    pub(super) fn take_up_again(
        mut self,
        until: Instant,
        snapshot: &Snapshot<'_>,
        now: Instant,
    ) -> Option<PendingEdit> {
        if now >= until {
            return None;
        }
        // What the editor was asked for last, and says it did, comes before anything else is decided.
        let is_decided = self.attempt == Attempt::Forward || !self.is_under_way(snapshot);
        if std::mem::take(&mut self.news) && is_decided {
            let count = self.files.iter().filter(|file| has_arrived(file, snapshot)).count();
            if count > 0 && count < self.files.len() {
                self.files.iter_mut().for_each(|file| file.saved = false);
                (self.attempt, self.attempts) = (Attempt::Forward, 1);
                (self.answered, self.overdue, self.refusal) = (true, true, None);
                (self.late, self.over, self.deadline) = (None, None, now + GRACE);
            }
        }
        Some(self)
    }

    /// The editor says that it made the last edit, and a file of it has the text that the edit was made for: the new one
    /// may come with the next save. An edit of the other file would be one too many then.
    pub(super) fn is_under_way(&self, snapshot: &Snapshot<'_>) -> bool {
        self.said().accepted && self.files.iter().any(|file| file.is_asked && is_pending(file, snapshot))
    }

    /// While one file was taken back the other one came after all.
    pub(super) fn came_after_all(&self, snapshot: &Snapshot<'_>) -> bool {
        self.attempt == Attempt::Back && self.files.iter().any(|file| !file.is_asked && has_arrived(file, snapshot))
    }

    /// Exactly one of the files shows the change, the editor says that all do, and nothing speaks against it. Or it is
    /// what was to finish or undo it that does not show yet.
    pub(super) fn may_come_late(&self, states: &[FileState], snapshot: &Snapshot<'_>) -> bool {
        if self.attempt != Attempt::Forward {
            return self.is_under_way(snapshot);
        }
        self.said().accepted
            && states.contains(&FileState::Good)
            && self.files.iter().zip(states).all(|(file, state)| match state {
                FileState::Good | FileState::Unseen => true,
                FileState::Untouched => is_pending(file, snapshot),
                FileState::Garbled(_) => false,
            })
    }

    /// It is over, and one of its texts may still come.
    pub(super) fn watched(self, now: Instant) -> PendingEdit {
        PendingEdit { over: Some(now + WATCHED), news: false, ..self }
    }
}

fn has_arrived(file: &TrackedFile, snapshot: &Snapshot<'_>) -> bool {
    current(snapshot, &file.path).is_some_and(|current| hash(&current) == file.edit.after)
}

fn is_pending(file: &TrackedFile, snapshot: &Snapshot<'_>) -> bool {
    !file.saved && current(snapshot, &file.path).is_some_and(|current| hash(&current) == file.sent.before)
}
