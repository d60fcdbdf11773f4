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
        if std::mem::take(&mut self.news) {
            let arrived = |file: &&TrackedFile| {
                current(snapshot, &file.path).is_some_and(|current| hash(&current) == file.edit.after)
            };
            let count = self.files.iter().filter(arrived).count();
            if count > 0 && count < self.files.len() {
                self.files.iter_mut().for_each(|file| file.saved = false);
                (self.attempt, self.attempts) = (Attempt::Forward, 1);
                (self.answered, self.overdue, self.refusal) = (true, true, None);
                (self.late, self.over, self.deadline) = (None, None, now + GRACE);
            }
        }
        Some(self)
    }

    /// Exactly one of the files shows the change, the editor says that all do, and nothing speaks against it: the other
    /// text may come with the next save.
    pub(super) fn may_come_late(&self, states: &[FileState], snapshot: &Snapshot<'_>) -> bool {
        let pending = |file: &TrackedFile| {
            let as_before = current(snapshot, &file.path).is_some_and(|current| hash(&current) == file.sent.before);
            !file.saved && as_before
        };
        self.attempt == Attempt::Forward
            && self.said().accepted
            && states.contains(&FileState::Good)
            && self.files.iter().zip(states).all(|(file, state)| match state {
                FileState::Good | FileState::Unseen => true,
                FileState::Untouched => pending(file),
                FileState::Garbled(_) => false,
            })
    }

    /// It is over, and one of its texts may still come.
    pub(super) fn watched(self, now: Instant) -> PendingEdit {
        PendingEdit { over: Some(now + WATCHED), news: false, ..self }
    }
}
