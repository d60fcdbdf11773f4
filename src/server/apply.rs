//! Changes of status through the editor: sent as workspace edits, then judged by the texts that come back.
//!
//! No editor rolls back, several apply half of an edit or an outdated one, and answer `applied: true`. So the answer
//! only says when to look; what counts is what the documents say then. A change that arrived in one file only is
//! finished where the user typed meanwhile, and taken back otherwise.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use tower_lsp::jsonrpc;
use tower_lsp::ls_types::*;

use crate::model::edit::{self, Edit};
use crate::model::increment::Source;
use crate::model::parse;
use crate::model::parse::{metadata, spec};
use crate::model::status::Side;
use crate::server::position;
use crate::server::session::{Event, Reply, Session, refuse};
use crate::workspace::change::journal::{self, Origin};
use crate::workspace::change::plan::{FileChange, Plan};
use crate::workspace::fs::reader::Want;
use crate::workspace::hint::Hint as _;
use crate::workspace::{check, discover};

/// After its answer an editor may take a while to send the new texts: Emacs waits for half a second of idleness.
const GRACE: Duration = Duration::from_millis(1500);
/// An editor that has said nothing for so long is asking its user, or gone.
const SILENCE: Duration = Duration::from_secs(8);
/// Forward, then finish, then take back: more would be a quarrel with the editor.
const MOST_ATTEMPTS: usize = 3;

/// A change that the editor has been asked for.
pub(super) struct Underway {
    number: u64,
    files: Vec<Tracked>,
    attempt: Attempt,
    attempts: usize,
    /// When to judge what has come of it.
    deadline: Instant,
    answered: bool,
    /// Nothing has arrived although the editor says it did it, and it was given more time.
    waiting_on: bool,
    /// Why the editor says it did not do it.
    excuse: Option<String>,
    plans: Vec<Plan>,
    done: Value,
    reply: Option<Reply<Option<LSPAny>>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Attempt {
    Forward,
    /// The rest of a change, or the whole of it on texts that changed meanwhile.
    Finish,
    Back,
}

/// One file of it.
struct Tracked {
    change: FileChange,
    goal: String,
    /// What it says if it is taken back.
    from: Option<String>,
    /// The edit as the client got it, to recognise it on another text.
    sent: Edit,
    sent_before: Vec<u8>,
    /// The texts the document has had since, the first being the one the edit was made for.
    texts: Vec<Vec<u8>>,
}

/// What has become of a file.
#[derive(Debug, PartialEq)]
enum State {
    /// It says what it should.
    Good,
    /// Our edit is not in it.
    Untouched,
    /// The editor says it did it, and shows no text: the file is in a buffer that is not attached to this server. It
    /// is believed, and the user is told to save, since taking back what cannot be seen could destroy what was typed.
    Unseen,
    /// Our edit hit a text it was not made for; this is that text.
    Garbled(Vec<u8>),
}

impl Session {
    /// One workspace edit for all plans: plain text edits, one a file, open documents first and with their version,
    /// since a client that stops half-way stops at a file nobody is looking at.
    pub(super) fn edit(&self, plans: &[Plan]) -> Result<WorkspaceEdit, String> {
        let changes = plans.iter().flat_map(|plan| &plan.files);
        self.workspace_edit(changes.map(|file| (file.path.as_path(), file.before.as_slice(), &file.edit)))
    }

    pub(super) fn workspace_edit<'e>(
        &self,
        changes: impl Iterator<Item = (&'e Path, &'e [u8], &'e Edit)>,
    ) -> Result<WorkspaceEdit, String> {
        let mut edits = Vec::new();
        for (path, before, edit) in changes {
            let version = self.documents.get(path).map(|document| document.version);
            let uri = self.uri(path).ok_or_else(|| format!("{} has no URI.", path.display()))?;
            let (text, _) = parse::mask(before);
            let range = position::range(&text, &edit.span, self.encoding());
            edits.push((uri, version, TextEdit { range, new_text: edit.text.clone() }));
        }
        edits.sort_by_key(|(_, version, _)| version.is_none());
        Ok(if self.client.document_changes {
            let edits = edits.into_iter().map(|(uri, version, edit)| TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: vec![OneOf::Left(edit)],
            });
            WorkspaceEdit {
                document_changes: Some(DocumentChanges::Edits(edits.collect())),
                ..WorkspaceEdit::default()
            }
        } else {
            let changes: HashMap<Uri, Vec<TextEdit>> =
                edits.into_iter().map(|(uri, _, edit)| (uri, vec![edit])).collect();
            WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
        })
    }

    /// Asks the editor for a change, and answers once it is known what came of it.
    pub(super) fn apply_in_editor(&mut self, plans: Vec<Plan>, done: Value, reply: Reply<Option<LSPAny>>) {
        let edit = match self.edit(&plans) {
            Ok(edit) => edit,
            Err(refusal) => {
                let _ = reply.send(Err(refuse(refusal)));
                return;
            }
        };
        let label = label(&plans);
        let number = self.track(plans, done, Some(reply), false);
        self.send_edit(number, label, edit);
    }

    /// Judges a change that the editor has made by itself, from a code action. It is answered at once: Eglot does
    /// nothing while it waits, and would not send the new texts. But what there is to say comes first: lsp-mode loses
    /// messages that arrive together with the answer it waits for.
    pub(super) fn verify(&mut self, plans: Vec<Plan>, reply: Reply<Option<LSPAny>>) {
        let number = self.track(plans, Value::Null, None, true);
        let documents = &self.documents;
        if let Some(underway) = self.underway.iter_mut().find(|underway| underway.number == number) {
            for file in &mut underway.files {
                if let Some(document) = documents.get(&file.change.path) {
                    file.texts.extend(document.previous.iter().map(|text| text.to_string().into_bytes()));
                    file.texts.push(document.text.to_string().into_bytes());
                }
            }
        }
        self.judge_underway();
        let _ = reply.send(Ok(None));
    }

    fn track(&mut self, plans: Vec<Plan>, done: Value, reply: Option<Reply<Option<LSPAny>>>, answered: bool) -> u64 {
        self.last_number += 1;
        let files = plans.iter().flat_map(|plan| {
            plan.files.iter().map(|file| Tracked {
                change: file.clone(),
                goal: plan.to.clone(),
                from: if file.side == Side::Spec { plan.from.0.clone() } else { plan.from.1.clone() },
                sent: file.edit.clone(),
                sent_before: file.before.clone(),
                texts: vec![file.before.clone()],
            })
        });
        self.underway.push(Underway {
            number: self.last_number,
            files: files.collect(),
            attempt: Attempt::Forward,
            attempts: 1,
            deadline: Instant::now() + if answered { GRACE } else { SILENCE },
            answered,
            waiting_on: false,
            excuse: None,
            plans,
            done,
            reply,
        });
        self.last_number
    }

    fn send_edit(&self, number: u64, label: String, edit: WorkspaceEdit) {
        let events = self.events.clone();
        let params = ApplyWorkspaceEditParams { label: Some(label), edit };
        self.outbox.request::<request::ApplyWorkspaceEdit>(params, move |answer| {
            let excuse = match answer {
                Ok(ApplyWorkspaceEditResponse { applied: true, .. }) => None,
                Ok(answer) => Some(answer.failure_reason.unwrap_or_else(|| "it gave no reason".to_owned())),
                // tower-lsp's own words for an answer that is none.
                Err(error) if error.message.starts_with("invalid type") => Some("its answer was empty".to_owned()),
                Err(jsonrpc::Error { message, .. }) => Some(message.into_owned()),
            };
            let _ = events.send(Event::Applied { number, excuse });
        });
    }

    pub(super) fn applied(&mut self, number: u64, excuse: Option<String>) {
        if let Some(underway) = self.underway.iter_mut().find(|underway| underway.number == number) {
            underway.answered = true;
            underway.excuse = excuse;
            underway.deadline = Instant::now() + GRACE;
        }
    }

    /// Remembers a text that a document had, for the changes it is part of.
    pub(super) fn trace(&mut self, path: &Path) {
        let Some(document) = self.documents.get(path) else { return };
        for file in self.underway.iter_mut().flat_map(|underway| &mut underway.files) {
            if file.change.path == path {
                file.texts.push(document.text.to_string().into_bytes());
            }
        }
    }

    pub(super) fn next_judgement(&self) -> Option<Instant> {
        self.underway.iter().map(|underway| underway.deadline).min()
    }

    /// Ends what has arrived, and judges what is due.
    pub(super) fn judge_underway(&mut self) {
        for mut underway in std::mem::take(&mut self.underway) {
            let states: Vec<State> = underway.files.iter().map(|file| self.state(file, &underway)).collect();
            let due = Instant::now() >= underway.deadline;
            let believed =
                states.contains(&State::Good) && states.iter().all(|s| matches!(s, State::Good | State::Unseen));
            if states.iter().all(|state| *state == State::Good) || (due && believed) {
                self.warn_of_unseen(&underway, &states);
                self.settle_change(underway);
            } else if !due {
                self.underway.push(underway);
            } else if !underway.answered && states.iter().all(|state| *state == State::Untouched) {
                // Perhaps it is asking its user. The one who gave the command is told; the answer is still judged.
                if let Some(reply) = underway.reply.take() {
                    let message = "The editor has not answered yet and nothing was changed; if it still makes the change, it will be checked.";
                    let _ = reply.send(Err(refuse(message)));
                }
                underway.deadline = Instant::now() + Duration::from_secs(3600);
                self.underway.push(underway);
            } else if underway.answered && !underway.waiting_on && self.is_as_before(&underway, &states) {
                if let Some(reply) = underway.reply.take() {
                    let message = "The editor says it made the change and has not shown it yet; it will be checked.";
                    let _ = reply.send(Err(refuse(message)));
                }
                underway.waiting_on = true;
                underway.deadline = Instant::now() + SILENCE;
                self.underway.push(underway);
            } else {
                self.put_right(underway, &states);
            }
        }
    }

    /// The editor made no excuse, and its texts are those the change was made for. Eglot sends the new ones only when its
    /// user pauses, and not while it waits for the answer to a command.
    fn is_as_before(&self, underway: &Underway, states: &[State]) -> bool {
        underway.excuse.is_none()
            && underway.attempt == Attempt::Forward
            && states.iter().all(|state| *state == State::Untouched)
            && underway
                .files
                .iter()
                .all(|file| self.current(&file.change.path).is_some_and(|current| current == file.sent_before))
    }

    pub(super) fn current(&self, path: &Path) -> Option<Vec<u8>> {
        match check::source(path, &self.documents, &self.settings, Want::Whole) {
            Source::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn state(&self, file: &Tracked, underway: &Underway) -> State {
        let attempt = underway.attempt;
        let current = self.current(&file.change.path).unwrap_or_default();
        let wanted = if attempt == Attempt::Back { file.from.as_deref() } else { Some(file.goal.as_str()) };
        let says = status_of(file.change.side, &current);
        // A file that was not there any more is as it was when it is empty again.
        let gone = attempt == Attempt::Back && current.is_empty();
        if gone || says.as_deref() == wanted && (attempt != Attempt::Back || file.texts.contains(&current)) {
            return State::Good;
        }
        // The edit as the client got it, found again between two texts the document has had.
        let (before, _) = parse::mask(&file.sent_before);
        let range = position::range(&before, &file.sent.span, self.encoding());
        let hit = file.texts.windows(2).rev().find(|pair| {
            let Ok(text) = std::str::from_utf8(&pair[0]) else { return false };
            let span = position::bytes(&ropey::Rope::from_str(text), range, self.encoding());
            let edit = Edit { span, text: file.sent.text.clone() };
            pair[0] != file.sent_before && edit.apply(&pair[0]) == pair[1]
        });
        match hit {
            Some(pair) if pair[1] == current => State::Garbled(pair[0].clone()),
            _ if underway.answered
                && underway.excuse.is_none()
                && current == file.sent_before
                && self.documents.get(&file.change.path).is_none() =>
            {
                State::Unseen
            }
            _ => State::Untouched,
        }
    }

    fn warn_of_unseen(&self, underway: &Underway, states: &[State]) {
        for (file, _) in underway.files.iter().zip(states).filter(|(_, state)| **state == State::Unseen) {
            let message = format!(
                "The editor changed {} of {} in a buffer that specweave-lsp cannot see; save it, or the change is half done.",
                file.change.side.file_name(),
                names(&underway.plans)
            );
            self.outbox.show(MessageType::WARNING, message);
        }
    }

    fn settle_change(&mut self, mut underway: Underway) {
        let answer = match underway.attempt {
            Attempt::Forward | Attempt::Finish => Ok(Some(underway.done.take())),
            Attempt::Back => {
                let message = format!(
                    "{} was not changed: the editor changed only part of it{}. That part was taken back; nothing is lost. Try again.",
                    names(&underway.plans),
                    underway.excuse.as_ref().map_or(String::new(), |excuse| format!(" ({excuse})"))
                );
                self.outbox.show(MessageType::ERROR, message.clone());
                Err(refuse(message))
            }
        };
        if answer.is_ok() {
            // An editor may write one of the files to disk at once: the pair is remembered from here, not from then.
            for plan in underway.plans.iter().filter(|plan| plan.files.len() > 1) {
                self.unsaved_pairs.insert(plan.folder.clone(), None);
                self.read(&plan.folder);
            }
            self.tell_applied(&label(&underway.plans), &underway.plans);
        }
        self.note_in_journal(&underway.plans, answer.as_ref().map(|_| ()).map_err(|error| error.message.as_ref()));
        if let Some(reply) = underway.reply {
            let _ = reply.send(answer);
        }
    }

    fn put_right(&mut self, mut underway: Underway, states: &[State]) {
        let nothing = states.iter().all(|state| *state == State::Untouched);
        let typed = underway.files.iter().zip(states).any(|(file, state)| match state {
            State::Garbled(_) => true,
            // Another text than the one it was made for: the user, or another program, was faster.
            State::Untouched => self.current(&file.change.path).is_some_and(|current| current != file.sent_before),
            State::Unseen => false,
            State::Good => self.current(&file.change.path).is_some_and(|current| current != file.change.after()),
        });
        let next: &[Attempt] = match underway.attempt {
            Attempt::Forward if typed => &[Attempt::Finish, Attempt::Back],
            _ if nothing || underway.attempts >= MOST_ATTEMPTS => &[],
            Attempt::Forward | Attempt::Finish => &[Attempt::Back],
            Attempt::Back => &[],
        };
        let possible = next.iter().find_map(|&attempt| Some((attempt, self.targets(&underway, states, attempt)?)));
        let Some((attempt, targets)) = possible else { return self.give_up(underway, nothing) };
        let edit =
            self.workspace_edit(targets.iter().map(|(path, before, edit)| (path.as_path(), before.as_slice(), edit)));
        let Ok(edit) = edit else { return self.give_up(underway, nothing) };
        for (path, before, edit) in targets {
            if let Some(file) = underway.files.iter_mut().find(|file| file.change.path == path) {
                file.texts = vec![before.clone(), edit.apply(&before)];
                file.sent = edit;
                file.sent_before = before;
            }
        }
        underway.attempt = attempt;
        underway.attempts += 1;
        underway.answered = false;
        underway.deadline = Instant::now() + SILENCE;
        let label = label(&underway.plans);
        self.send_edit(underway.number, label, edit);
        self.underway.push(underway);
    }

    /// The texts that an attempt wants, as edits of what is there now.
    fn targets(
        &self,
        underway: &Underway,
        states: &[State],
        attempt: Attempt,
    ) -> Option<Vec<(PathBuf, Vec<u8>, Edit)>> {
        let mut targets = Vec::new();
        for (file, state) in underway.files.iter().zip(states).filter(|(_, state)| **state != State::Unseen) {
            let current = self.current(&file.change.path)?;
            let base = match state {
                State::Garbled(text) => text.clone(),
                _ => current.clone(),
            };
            let status = |goal: &str| -> Option<Vec<u8>> {
                Some(match edit::set_status(file.change.side, &base, goal).ok()? {
                    Some(edit) => edit.apply(&base),
                    None => base.clone(),
                })
            };
            let wanted = match attempt {
                Attempt::Back if current == file.change.after() => file.change.before.clone(),
                Attempt::Back if *state == State::Good => status(file.from.as_deref()?)?,
                Attempt::Back => base,
                _ if base == file.change.before => file.change.after(),
                _ => status(&file.goal)?,
            };
            let (before, _) = parse::mask(&current);
            let (after, _) = parse::mask(&wanted);
            if let Some(edit) = edit::between(&before, &after) {
                targets.push((file.change.path.clone(), current, edit));
            }
        }
        (!targets.is_empty()).then_some(targets)
    }

    fn give_up(&mut self, underway: Underway, nothing: bool) {
        let excuse = underway.excuse.as_ref().map_or(String::new(), |excuse| format!(" ({excuse})"));
        let names = names(&underway.plans);
        let message = if nothing && underway.attempt == Attempt::Forward {
            format!("The editor did not make the change of {names}{excuse}. Nothing was changed; try again.")
        } else {
            let says: Vec<String> = underway
                .files
                .iter()
                .map(|file| {
                    let says = self.current(&file.change.path).and_then(|text| status_of(file.change.side, &text));
                    format!("{} says {}", file.change.side.file_name(), says.unwrap_or_else(|| "nothing".to_owned()))
                })
                .collect();
            format!(
                "The editor changed only part of {names}{excuse}, and it could not be put right: {}. Undo the change in the \
                 editor, or run `specweave-lsp sync`.",
                says.join(", ")
            )
        };
        self.outbox.show(MessageType::ERROR, message.clone());
        self.note_in_journal(&underway.plans, Err(&message));
        if let Some(reply) = underway.reply {
            let _ = reply.send(Err(refuse(message)));
        }
    }

    fn note_in_journal(&self, plans: &[Plan], result: Result<(), &str>) {
        let mut not_noted = None;
        for plan in plans.iter().filter(|plan| !plan.files.is_empty()) {
            if let Some((root, _)) = discover::increment_of(&plan.folder) {
                not_noted = journal::record(&root, plan, Origin::Editor, result.err()).err().or(not_noted);
            }
        }
        if let Some(error) = not_noted {
            self.outbox.show(MessageType::WARNING, error.sentences());
        }
    }
}

fn status_of(side: Side, bytes: &[u8]) -> Option<String> {
    let reading = match side {
        Side::Spec => spec::read(bytes),
        Side::Metadata => metadata::read(bytes),
    };
    reading.status_text().map(str::to_owned)
}

fn label(plans: &[Plan]) -> String {
    match plans {
        [plan] => format!("Set status of {} to {}", plan.id, plan.to),
        _ => "Fix status desyncs".to_owned(),
    }
}

fn names(plans: &[Plan]) -> String {
    let ids: HashSet<&str> = plans.iter().map(|plan| plan.id.as_str()).collect();
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.join(", ")
}
