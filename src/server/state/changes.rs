//! Changes of status: through the editor, or on disk.

use std::collections::HashMap;
use std::time::Instant;

use serde_json::{Value, json};
use tower_lsp::jsonrpc;
use tower_lsp::ls_types::*;

use crate::server::apply_on_disk::{apply_on_disk, note_in_journal};
use crate::server::event::Event;
use crate::server::handlers::execute_command::Task;
use crate::server::handlers::specweave_applied::specweave_applied;
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::lsp::ext;
use crate::server::pending_edits::{CommandReply, EditorChange, Effect};
use crate::server::state::State;
use crate::server::workspace_edit;
use crate::workspace::change::journal::{Cause, Origin};
use crate::workspace::change::plan::Plan;
use crate::workspace::change::tick;

impl State {
    /// What is planned now is planned for what is on disk now.
    pub fn before_change(&mut self) {
        self.workspace.forget_disk();
    }

    pub fn carry_out(&mut self, task: Task, reply: CommandReply) {
        match task {
            Task::Answer(value) => {
                let _ = reply.send(Ok(Some(value).filter(|value| !value.is_null())));
            }
            Task::Verify(change) => self.verify(change, reply),
            Task::Show { uri, path } => self.show(uri, &path, reply),
            Task::Ask { question, choices, command } => self.ask(question, choices, command, reply),
            Task::Apply { plans, refusals } => {
                refusals.iter().for_each(|refusal| self.warn(refusal.to_string()));
                self.apply(plans, reply);
            }
        }
    }

    fn show(&mut self, uri: Uri, path: &std::path::Path, reply: CommandReply) {
        if !self.client.capabilities().show_document {
            let message = format!("This editor opens no files for a server. The file is {}.", path.display());
            self.client.show(MessageType::INFO, message);
            let _ = reply.send(Ok(None));
            return;
        }
        let params = ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: None };
        self.client.request::<request::ShowDocument>(params, |answer| {
            let shown = matches!(answer, Ok(ShowDocumentResult { success: true }));
            let _ = reply.send(if shown { Ok(None) } else { Err(RequestError::NotShown) });
        });
    }

    /// A question that is closed without an answer changes nothing.
    fn ask(&mut self, question: String, choices: Vec<String>, command: ExecuteCommandParams, reply: CommandReply) {
        let choice = |title: String| MessageActionItem { title, properties: HashMap::default() };
        let params = ShowMessageRequestParams {
            typ: MessageType::WARNING,
            message: question,
            actions: Some(choices.into_iter().chain([CANCEL.to_owned()]).map(choice).collect()),
        };
        let events = self.events.clone();
        self.client.request::<request::ShowMessageRequest>(params, move |answer| match answer {
            Ok(Some(chosen)) if chosen.title != CANCEL => {
                let _ = events.send(Event::ExecuteCommand(with_reason(command, &chosen.title), reply));
            }
            _ => drop(reply.send(Ok(Some(json!({"applied": false, "changed": []}))))),
        });
    }

    /// Makes a change and answers what came of it.
    fn apply(&mut self, plans: Vec<Plan>, reply: CommandReply) {
        let changed: Vec<Value> = plans.iter().filter(|plan| !plan.files.is_empty()).map(shown).collect();
        let done = json!({"applied": true, "changed": changed});
        if changed.is_empty() {
            let _ = reply.send(Ok(Some(done)));
        } else if self.client.capabilities().apply_edit {
            self.apply_in_editor(&plans, done, reply);
        } else {
            let cause = Cause::from(Origin::EditorOnDisk);
            let result = plans.iter().try_for_each(|plan| self.apply_on_disk(plan, &cause));
            let _ = reply.send(result.map(|()| Some(done)));
        }
    }

    fn apply_on_disk(&mut self, plan: &Plan, cause: &Cause) -> Result<()> {
        let client = &mut self.client;
        apply_on_disk(plan, cause, |warning| client.show(MessageType::WARNING, warning))?;
        self.check(&plan.folder);
        Ok(())
    }

    /// Asks the editor for a change, and answers once it is known what came of it.
    fn apply_in_editor(&mut self, plans: &[Plan], done: Value, reply: CommandReply) {
        let snapshot = self.workspace.snapshot(self.client.capabilities());
        let edit = match workspace_edit::of_plans(&snapshot, plans) {
            Ok(edit) => edit,
            Err(error) => {
                let _ = reply.send(Err(error));
                return;
            }
        };
        let changes = plans.iter().map(|plan| EditorChange::of_plan(plan, &snapshot)).collect();
        let (id, label) = self.pending_edits.ask(changes, done, reply, &snapshot, Instant::now());
        self.send_edit(id, label, edit);
    }

    /// Judges a change that the editor has made by itself, from a code action. It is answered at once: Eglot does
    /// nothing while it waits, and would not send the new texts.
    fn verify(&mut self, change: EditorChange, reply: CommandReply) {
        let snapshot = self.workspace.snapshot(self.client.capabilities());
        self.pending_edits.verify(change, &snapshot, Instant::now());
        self.judge_edits();
        let _ = reply.send(Ok(None));
    }

    fn send_edit(&mut self, id: u64, label: String, edit: WorkspaceEdit) {
        let events = self.events.clone();
        let params = ApplyWorkspaceEditParams { label: Some(label), edit };
        self.client.request::<EditRequest>(params, move |answer| {
            let _ = events.send(Event::EditAnswered { id, refusal: refusal(answer) });
        });
    }

    pub fn edit_answered(&mut self, id: u64, refusal: Option<String>) {
        self.pending_edits.answered(id, refusal, Instant::now());
    }

    pub fn judge_edits(&mut self) {
        let snapshot = self.workspace.snapshot(self.client.capabilities());
        for effect in self.pending_edits.judge(&snapshot, Instant::now()) {
            self.carry_out_effect(effect);
        }
    }

    fn carry_out_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Send { id, label, edit } => self.send_edit(id, label, edit),
            Effect::Warn(message) => self.client.show(MessageType::WARNING, message),
            Effect::Fail(message) => self.client.show(MessageType::ERROR, message),
            Effect::Arrived { title, changes } => self.arrived(title, &changes),
            Effect::Journal { changes, failure } => {
                note_in_journal(&self.snapshot(), &changes, failure.as_deref())
                    .into_iter()
                    .for_each(|warning| self.warn(warning));
            }
            Effect::Reply(reply, answer) => {
                let _ = reply.send(answer);
            }
        }
    }

    fn arrived(&mut self, title: String, changes: &[EditorChange]) {
        // An editor may write one of the files to disk at once: the pair is remembered from here, not from then.
        for change in changes.iter().filter(|change| change.offered.files.len() > 1) {
            self.workspace.expect_saving(&change.folder);
            self.check(&change.folder);
        }
        if self.client.capabilities().applied {
            self.before_change();
            if let Some(params) = specweave_applied(&self.snapshot(), title, changes) {
                self.client.notify_of(ext::APPLIED, &params);
            }
        }
    }
}

const CANCEL: &str = "Cancel";

fn with_reason(mut command: ExecuteCommandParams, reason: &str) -> ExecuteCommandParams {
    if let Some(Value::Object(argument)) = command.arguments.first_mut() {
        argument.insert("reason".to_owned(), reason.into());
    }
    command
}

/// `workspace/applyEdit`, of whatever is answered: lsp-mode answers `applied: null` when it refuses.
enum EditRequest {}

impl request::Request for EditRequest {
    type Params = ApplyWorkspaceEditParams;
    type Result = Value;
    const METHOD: &'static str = request::ApplyWorkspaceEdit::METHOD;
}

/// Why the editor says that it did not make an edit.
fn refusal(answer: jsonrpc::Result<Value>) -> Option<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Some(error.message.into_owned()),
    };
    let reason = answer.get("failureReason").and_then(Value::as_str);
    match answer.get("applied").and_then(Value::as_bool) {
        Some(true) => None,
        Some(false) => Some(reason.unwrap_or("it gave no reason").to_owned()),
        None => Some("its answer was empty".to_owned()),
    }
}

fn shown(plan: &Plan) -> Value {
    let files: Vec<&str> = plan.files.iter().map(|file| file.file.file_name()).collect();
    if !plan.items.is_empty() {
        return json!({"increment": plan.id, "items": plan.items, "done": plan.to == tick::DONE, "files": files});
    }
    json!({"increment": plan.id, "status": plan.to, "files": files, "specStatus": plan.from.0, "metadataStatus": plan.from.1})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_editors() {
        let refused = |answer: Value| refusal(Ok(answer));
        assert_eq!(refused(json!({"applied": true})), None);
        assert_eq!(refused(json!({"applied": false, "failureReason": "busy"})).as_deref(), Some("busy"));
        assert_eq!(refused(json!({"applied": false})).as_deref(), Some("it gave no reason"));
        assert_eq!(refused(json!({"applied": null})).as_deref(), Some("its answer was empty"));
        assert_eq!(refused(Value::Null).as_deref(), Some("its answer was empty"));
        assert_eq!(refusal(Err(jsonrpc::Error::internal_error())).as_deref(), Some("Internal error"));
    }
}
