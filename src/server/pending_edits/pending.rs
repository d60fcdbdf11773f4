//! The changes that the editor has been asked for, until it is known what came of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::ls_types::{LSPAny, WorkspaceEdit};

use crate::model::file_kind::FileKind;
use crate::server::lsp::commands::OfferedEdit;
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::pending_edits::change::{EditorChange, hash, revert};
use crate::server::pending_edits::judge::{FileState, Said, Sent, TrackedFile, current};
use crate::server::pending_edits::repair::{self, Attempt};
use crate::server::snapshot::Snapshot;
use crate::server::{lsp::position, workspace_edit};

#[cfg(test)]
mod campaign;
mod late;
#[cfg(test)]
mod tests;

/// After its answer an editor may take a while to send the new texts: Emacs waits for half a second of idleness.
const GRACE: Duration = Duration::from_millis(1500);
/// An editor that has said nothing for so long is asking its user, or gone.
const SILENCE: Duration = Duration::from_secs(8);
/// So many texts of a document are kept; a user may type for all of that time.
const MOST_TEXTS: usize = 64;
/// How long an answer is still waited for after that; its user may be away.
const GIVEN_UP: Duration = Duration::from_secs(3600);
/// Forward, then finish, then undo: more would be a fight with the editor.
const MOST_ATTEMPTS: usize = 3;

pub type CommandReply = oneshot::Sender<Result<Option<LSPAny>>>;

#[derive(Default)]
pub struct PendingEdits {
    edits: Vec<PendingEdit>,
    last_id: u64,
}

struct PendingEdit {
    id: u64,
    changes: Vec<EditorChange>,
    files: Vec<TrackedFile>,
    attempt: Attempt,
    attempts: usize,
    /// When to judge what has come of it.
    deadline: Instant,
    answered: bool,
    /// Nothing has arrived although the editor says it did it, and it was given more time.
    overdue: bool,
    /// Only one of the files has arrived: until when the other is waited for.
    late: Option<Instant>,
    /// It is over, and is taken up again if one of its texts comes until then.
    over: Option<Instant>,
    /// A text came since it was over.
    news: bool,
    /// Why the editor says it did not do it.
    refusal: Option<String>,
    /// What a command is answered once it is done.
    done: Value,
    reply: Option<CommandReply>,
}

/// What is to be done now, in this order: what there is to say comes before the answer, since lsp-mode loses messages
/// that arrive together with the answer it waits for.
pub enum Effect {
    Send {
        id: u64,
        label: String,
        edit: WorkspaceEdit,
    },
    Warn(String),
    Fail(String),
    /// The changes have arrived in all their files.
    Arrived {
        title: String,
        changes: Vec<EditorChange>,
    },
    /// What is to be written to the journal.
    Journal {
        changes: Vec<EditorChange>,
        /// Why they were not made.
        failure: Option<String>,
    },
    Reply(CommandReply, Result<Option<LSPAny>>),
}

impl PendingEdits {
    /// Nothing is to be judged.
    pub fn is_idle(&self) -> bool {
        self.edits.iter().all(|edit| edit.over.is_some() && !edit.news)
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.edits.iter().map(|edit| edit.over.unwrap_or(edit.deadline)).min()
    }

    /// A change that the editor is to be asked for; gives its id and the label to ask with.
    pub fn ask(
        &mut self,
        changes: Vec<EditorChange>,
        done: Value,
        reply: CommandReply,
        snapshot: &Snapshot<'_>,
        now: Instant,
    ) -> (u64, String) {
        let label = label(&changes);
        let edit =
            PendingEdit { deadline: now + SILENCE, done, reply: Some(reply), ..self.track(changes, snapshot, now) };
        self.edits.push(edit);
        (self.last_id, label)
    }

    /// A change that the editor has made by itself, from a code action.
    pub fn verify(&mut self, change: EditorChange, snapshot: &Snapshot<'_>, now: Instant) {
        let edit = PendingEdit { answered: true, ..self.track(vec![change], snapshot, now) };
        self.edits.push(edit);
    }

    fn track(&mut self, changes: Vec<EditorChange>, snapshot: &Snapshot<'_>, now: Instant) -> PendingEdit {
        self.last_id += 1;
        // What becomes of an older change of the same increment is the user's own doing now.
        let changed = |other: &EditorChange| changes.iter().any(|change| change.folder == other.folder);
        self.edits.retain(|edit| edit.over.is_none() || !edit.changes.iter().any(changed));
        let tracked = |change: &EditorChange| -> Vec<TrackedFile> {
            let track = |(file, path, edit): (FileKind, std::path::PathBuf, &OfferedEdit)| TrackedFile {
                file,
                texts: texts(&path, edit, snapshot),
                path,
                edit: edit.clone(),
                items: change.offered.items.clone(),
                goal: change.offered.to.clone(),
                from: change.from(file).map(str::to_owned),
                sent: Sent { range: edit.range, new_text: edit.new_text.clone(), before: edit.before.clone() },
                is_asked: true,
                saved: false,
            };
            change.files().map(track).collect()
        };
        PendingEdit {
            id: self.last_id,
            files: changes.iter().flat_map(tracked).collect(),
            changes,
            attempt: Attempt::Forward,
            attempts: 1,
            deadline: now + GRACE,
            answered: false,
            overdue: false,
            late: None,
            over: None,
            news: false,
            refusal: None,
            done: Value::Null,
            reply: None,
        }
    }

    /// The editor's answer: only a reason to look soon.
    pub fn answered(&mut self, id: u64, refusal: Option<String>, now: Instant) {
        if let Some(edit) = self.edits.iter_mut().find(|edit| edit.id == id) {
            edit.answered = true;
            edit.refusal = refusal;
            edit.deadline = now + GRACE;
        }
    }

    /// Remembers the text that a document has now, for the changes it is part of.
    pub fn text_changed(&mut self, path: &Path, text: &ropey::Rope, now: Instant) {
        for edit in &mut self.edits {
            let Some(file) = edit.files.iter_mut().find(|file| file.path == path) else { continue };
            if edit.over.is_none() {
                file.texts.push(text.to_string().into_bytes());
                if file.texts.len() > MOST_TEXTS {
                    // The first is the one the edit was made for.
                    file.texts.remove(1);
                }
            }
            edit.heard(now);
        }
    }

    /// The editor has saved this document as it is: what is not in it now is not in the editor either.
    pub fn saved(&mut self, path: &Path, now: Instant) {
        for edit in &mut self.edits {
            if let Some(file) = edit.files.iter_mut().find(|file| file.path == path) {
                file.saved = true;
                edit.heard(now);
            }
        }
    }

    /// A file may have been written by an editor that does not open it.
    pub fn disk_changed(&mut self, path: &Path, now: Instant) {
        let is_about = |edit: &&mut PendingEdit| edit.files.iter().any(|file| file.path == path);
        self.edits.iter_mut().filter(is_about).for_each(|edit| edit.heard(now));
    }

    /// Ends what has arrived, and judges what is due.
    pub fn judge(&mut self, snapshot: &Snapshot<'_>, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        for edit in std::mem::take(&mut self.edits) {
            self.edits.extend(edit.judge(snapshot, now, &mut effects));
        }
        effects
    }
}

/// The texts that are known of a document a change is made in.
fn texts(path: &Path, edit: &OfferedEdit, snapshot: &Snapshot<'_>) -> Vec<Vec<u8>> {
    let Some(document) = snapshot.documents.get(path) else { return current(snapshot, path).into_iter().collect() };
    let seen: Vec<Vec<u8>> =
        document.previous.iter().chain([&document.text]).map(|text| text.to_string().into_bytes()).collect();
    let is_before = |text: &&Vec<u8>| hash(text) == edit.before;
    let before = seen.iter().find(is_before).cloned().or_else(|| seen.iter().find_map(|text| revert(edit, text)));
    before.into_iter().chain(seen).collect()
}

impl PendingEdit {
    fn said(&self) -> Said {
        Said { back: self.attempt == Attempt::Back, accepted: self.answered && self.refusal.is_none() }
    }

    /// `None` when it is forgotten.
    fn judge(mut self, snapshot: &Snapshot<'_>, now: Instant, effects: &mut Vec<Effect>) -> Option<PendingEdit> {
        if let Some(until) = self.over {
            self = self.take_up_again(until, snapshot, now)?;
            if self.over.is_some() {
                return Some(self);
            }
        }
        let states: Vec<FileState> = self.files.iter().map(|file| file.state(self.said(), snapshot)).collect();
        let due = now >= self.deadline;
        let arrived = |state: &FileState| matches!(state, FileState::Good | FileState::Unseen);
        let believed = states.contains(&FileState::Good) && states.iter().all(arrived);
        let untouched = states.iter().all(|state| *state == FileState::Untouched);
        if states.iter().all(|state| *state == FileState::Good) || (due && believed) {
            self.warn_of_unseen(&states, effects);
            let seen = !states.contains(&FileState::Unseen);
            return self.settle(seen, now, effects);
        }
        if !due {
            return Some(self);
        }
        if !self.answered && untouched {
            // Perhaps it is asking its user. The one who gave the command is told; the answer is still judged.
            self.reply_unchanged(
                "The editor has not answered yet and nothing was changed; if it still makes the change, it will be checked.",
                effects,
            );
            self.deadline = now + GIVEN_UP;
            return Some(self);
        }
        if self.answered && !self.overdue && untouched && self.is_as_before(snapshot) {
            self.reply_unchanged(
                "The editor says it made the change and has not shown it yet; it will be checked.",
                effects,
            );
            self.overdue = true;
            self.deadline = now + SILENCE;
            return Some(self);
        }
        if self.may_come_late(&states, snapshot) {
            let until = self.wait_until(now);
            if now < until {
                self.reply_unchanged(
                    "The editor says it made the change and has shown it in one file only; save both files.",
                    effects,
                );
                self.deadline = until;
                return Some(self);
            }
        }
        self.repair(&states, snapshot, now, effects)
    }

    fn reply_unchanged(&mut self, message: &str, effects: &mut Vec<Effect>) {
        if let Some(reply) = self.reply.take() {
            effects.push(Effect::Reply(reply, Err(RequestError::NotChanged(message.to_owned()))));
        }
    }

    /// The editor made no excuse, and its texts are those the change was made for. Eglot sends the new ones only when its
    /// user pauses, and not while it waits for the answer to a command.
    fn is_as_before(&self, snapshot: &Snapshot<'_>) -> bool {
        let as_before = |file: &TrackedFile| {
            current(snapshot, &file.path).is_some_and(|current| hash(&current) == file.sent.before)
        };
        self.refusal.is_none() && self.attempt == Attempt::Forward && self.files.iter().all(as_before)
    }

    fn warn_of_unseen(&self, states: &[FileState], effects: &mut Vec<Effect>) {
        for (file, _) in self.files.iter().zip(states).filter(|(_, state)| **state == FileState::Unseen) {
            effects.push(Effect::Warn(format!(
                "The editor changed {} of {} in a buffer that specweave-lsp cannot see. Save it, or only half of the change \
                 reaches the disk.",
                file.file.file_name(),
                names(&self.changes)
            )));
        }
    }

    /// `seen`: all its texts were.
    fn settle(mut self, seen: bool, now: Instant, effects: &mut Vec<Effect>) -> Option<PendingEdit> {
        let failure = if self.attempt == Attempt::Back {
            let message = format!(
                "{} was not changed: the editor made only part of the change{}. That part was undone; nothing is lost. Try again.",
                names(&self.changes),
                self.refusal_in_brackets()
            );
            effects.push(Effect::Fail(message.clone()));
            Some(message)
        } else {
            // What cannot be seen cannot be saved together.
            if seen {
                let (title, changes) = (label(&self.changes), self.changes.clone());
                effects.push(Effect::Arrived { title, changes });
            }
            None
        };
        effects.push(Effect::Journal { changes: self.changes.clone(), failure: failure.clone() });
        let complete = failure.is_none() && seen;
        if let Some(reply) = self.reply.take() {
            let answer = match failure {
                None => Ok(Some(self.done.take())),
                Some(message) => Err(RequestError::HalfChanged(message)),
            };
            effects.push(Effect::Reply(reply, answer));
        }
        (!complete).then(|| self.watched(now))
    }

    fn repair(
        mut self,
        states: &[FileState],
        snapshot: &Snapshot<'_>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Option<PendingEdit> {
        let nothing = states.iter().all(|state| *state == FileState::Untouched);
        // A file that was saved without the change has lost it for good.
        let typed = self.files.iter().zip(states).any(|(file, state)| {
            repair::is_typed(file, state, snapshot) || (file.saved && *state == FileState::Untouched && !nothing)
        });
        let next: &[Attempt] = match self.attempt {
            // It may come after all, and meet an edit that was made for another text.
            Attempt::Finish if self.is_under_way(snapshot) => &[],
            Attempt::Forward if typed => &[Attempt::Finish, Attempt::Back],
            _ if nothing || self.attempts >= MOST_ATTEMPTS => &[],
            Attempt::Forward | Attempt::Finish => &[Attempt::Back],
            Attempt::Back if self.came_after_all(snapshot) => &[Attempt::Finish],
            Attempt::Back => &[],
        };
        let mut possible = next
            .iter()
            .filter_map(|&attempt| Some((attempt, repair::targets(&self.files, states, attempt, snapshot)?)));
        let found = possible.next().and_then(|(attempt, targets)| {
            let edits = targets.iter().map(|(path, before, edit)| (path.as_path(), before.as_slice(), edit));
            Some((attempt, workspace_edit::of_edits(snapshot, edits).ok()?, targets))
        });
        drop(possible);
        let Some((attempt, edit, targets)) = found else {
            self.give_up(nothing, snapshot, effects);
            return Some(self.watched(now));
        };
        self.files.iter_mut().for_each(|file| file.is_asked = false);
        for (path, before, edit) in targets {
            if let Some(file) = self.files.iter_mut().find(|file| file.path == path) {
                let (text, _) = crate::model::parse::mask(&before);
                let range = position::range(&text, &edit.span, snapshot.encoding());
                (file.is_asked, file.saved) = (true, false);
                file.texts = vec![before.clone(), edit.apply(&before)];
                file.sent = Sent { range, new_text: edit.text, before: hash(&before) };
            }
        }
        self.attempt = attempt;
        self.attempts += 1;
        (self.answered, self.late) = (false, None);
        self.deadline = now + SILENCE;
        effects.push(Effect::Send { id: self.id, label: label(&self.changes), edit });
        Some(self)
    }

    fn give_up(&mut self, nothing: bool, snapshot: &Snapshot<'_>, effects: &mut Vec<Effect>) {
        let (names, refusal) = (names(&self.changes), self.refusal_in_brackets());
        let error = if nothing && self.attempt == Attempt::Forward {
            let message =
                format!("The editor did not make the change of {names}{refusal}. Nothing was changed; try again.");
            match &self.refusal {
                Some(_) => RequestError::EditorRefused(message),
                None => RequestError::NotChanged(message),
            }
        } else {
            let says = |file: &TrackedFile| {
                let says = current(snapshot, &file.path).and_then(|text| file.says(&text));
                format!("{} says {}", file.file.file_name(), says.unwrap_or_else(|| "nothing".to_owned()))
            };
            RequestError::HalfChanged(format!(
                "The editor made only part of the change of {names}{refusal}, and it could not be undone: {}. Undo the \
                 change in the editor, or run `specweave-lsp sync`.",
                self.files.iter().map(says).collect::<Vec<_>>().join(", ")
            ))
        };
        effects.push(Effect::Fail(error.to_string()));
        effects.push(Effect::Journal { changes: self.changes.clone(), failure: Some(error.to_string()) });
        if let Some(reply) = self.reply.take() {
            effects.push(Effect::Reply(reply, Err(error)));
        }
    }

    fn refusal_in_brackets(&self) -> String {
        self.refusal.as_ref().map_or(String::new(), |refusal| format!(" ({refusal})"))
    }
}

fn label(changes: &[EditorChange]) -> String {
    match changes {
        [change] if !change.offered.items.is_empty() => {
            format!("Mark {} of {} as {}", change.offered.items.join(", "), change.id(), change.offered.to)
        }
        [change] => format!("Set status of {} to {}", change.id(), change.offered.to),
        _ => "Fix status desyncs".to_owned(),
    }
}

fn names(changes: &[EditorChange]) -> String {
    let ids: BTreeSet<String> = changes.iter().map(EditorChange::id).collect();
    ids.into_iter().collect::<Vec<_>>().join(", ")
}
