//! `workspace/executeCommand`: the same changes for menus, palettes and clients without code actions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tower_lsp::ls_types::*;

use crate::model::status::{Preference, Side, Status};
use crate::server::position;
use crate::server::session::{Reply, Session, refuse};
use crate::workspace::change::apply::apply;
use crate::workspace::change::journal::Origin;
use crate::workspace::change::notice::ChangeNotice;
use crate::workspace::change::plan::{self, Plan, TransitionRequest};
use crate::workspace::hint::{Hint as _, sentence};
use crate::workspace::report::Report;
use crate::workspace::{discover, project, select};

pub const SYNC: &str = "specweave-lsp.sync";
pub const SYNC_ALL: &str = "specweave-lsp.syncAll";
pub const SET_STATUS: &str = "specweave-lsp.setStatus";
pub const CLOSE: &str = "specweave-lsp.close";
pub const REPORT: &str = "specweave-lsp.report";
/// Runs behind a code action's edit, and looks at what the editor made of it.
pub const VERIFY: &str = "specweave-lsp.verify";
/// Shows a file of an increment: what a code lens about a count leads to.
pub const OPEN: &str = "specweave-lsp.open";
pub const NAMES: [&str; 7] = [SYNC, SYNC_ALL, SET_STATUS, CLOSE, REPORT, OPEN, VERIFY];

/// `increment` is a URI where two projects may have the same id.
pub fn sync(increment: &str, keep: Side) -> Command {
    let from = if keep == Side::Spec { "spec" } else { "metadata" };
    command(
        format!("Set {} status from {}", keep.other().file_name(), keep.file_name()),
        SYNC,
        json!({"increment": increment, "from": from}),
    )
}

pub fn sync_all(project: &str) -> Command {
    command("Fix all status desyncs in this project".to_owned(), SYNC_ALL, json!({"project": project}))
}

pub fn set_status(increment: &str, goal: Status) -> Command {
    command(format!("Change status to {goal}"), SET_STATUS, json!({"increment": increment, "status": goal.as_str()}))
}

pub fn close(increment: &str) -> Command {
    command("Close increment".to_owned(), CLOSE, json!({"increment": increment}))
}

/// Shows a file.
pub fn open(title: &str, uri: &str) -> Command {
    command(title.to_owned(), OPEN, json!({"uri": uri}))
}

pub fn report() -> Command {
    command("Report all findings".to_owned(), REPORT, json!({}))
}

pub fn verify(title: &str, offer: u64) -> Command {
    command(title.to_owned(), VERIFY, json!({"offer": offer}))
}

fn command(title: String, name: &str, argument: Value) -> Command {
    Command { title, command: name.to_owned(), arguments: Some(vec![argument]) }
}

impl Session {
    pub(super) fn execute(&mut self, params: ExecuteCommandParams, reply: Reply<Option<LSPAny>>) {
        let argument = params.arguments.into_iter().next().unwrap_or(Value::Null);
        if params.command == REPORT {
            self.send_news();
            let _ = reply.send(Ok(Some(self.report())));
            return;
        }
        if params.command == OPEN {
            return self.open_file(&argument, reply);
        }
        if params.command == VERIFY {
            let offer =
                argument.get("offer").and_then(Value::as_u64).and_then(|number| self.offers.borrow().get(number));
            return match offer {
                Some(plan) => self.verify(vec![plan], reply),
                // Long forgotten: what the files say is in the findings.
                None => {
                    let _ = reply.send(Ok(None));
                }
            };
        }
        let plans = match params.command.as_str() {
            CLOSE => self.planned_transition(&argument, Some(Status::Completed)),
            SYNC => self.planned_sync(&argument),
            SYNC_ALL => self.planned_sync_all(&argument),
            SET_STATUS => self.planned_transition(&argument, None),
            other => Err(format!("There is no command `{other}`; there are {}.", NAMES.join(", "))),
        };
        match plans {
            Ok(plans) => self.apply(plans, reply),
            Err(refusal) => {
                let _ = reply.send(Err(refuse(refusal)));
            }
        }
    }

    /// Only files of increments: a command is no way to open anything else.
    fn open_file(&self, argument: &Value, reply: Reply<Option<LSPAny>>) {
        let uri = argument.get("uri").and_then(Value::as_str).and_then(position::parse_uri);
        let path = uri.as_ref().and_then(position::path_of);
        let known = path.as_deref().and_then(discover::increment_of).is_some_and(|(_, it)| self.index.contains(&it));
        let (Some(uri), Some(path), true) = (uri, path, known) else {
            let _ = reply.send(Err(refuse(format!(
                "The command needs `{{\"uri\": …}}` of an increment's file, not {argument}."
            ))));
            return;
        };
        if !self.client.show_document {
            self.outbox
                .show(MessageType::INFO, format!("This editor opens no files for a server; see {}.", path.display()));
            let _ = reply.send(Ok(None));
            return;
        }
        let params = ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: None };
        self.outbox.request::<request::ShowDocument>(params, |answer| {
            let _ = reply.send(match answer {
                Ok(ShowDocumentResult { success: true }) => Ok(None),
                _ => Err(refuse("The editor did not open the file.")),
            });
        });
    }

    fn planned_sync(&self, argument: &Value) -> Result<Vec<Plan>, String> {
        let folder = self.increment_named(argument)?;
        let plan = plan::sync(&self.subject(&folder), side_kept(argument)?).map_err(|error| error.sentences())?;
        Ok(vec![self.editable(plan)?])
    }

    /// All that can be fixed; what cannot is said.
    fn planned_sync_all(&self, argument: &Value) -> Result<Vec<Plan>, String> {
        let keep = side_kept(argument)?;
        let desynced = match argument.get("project").and_then(Value::as_str) {
            None => self.all_desynced(),
            Some(uri) => {
                let path = position::parse_uri(uri).as_ref().and_then(position::path_of);
                let root = path.filter(|path| self.projects.contains_key(path));
                self.desynced(&root.ok_or_else(|| format!("{uri} is not one of the open projects."))?)
            }
        };
        let (plans, refusals) = self.plan_all(&desynced, keep);
        if let (true, Some(refusal)) = (plans.is_empty(), refusals.first()) {
            return Err(refusal.clone());
        }
        refusals.into_iter().for_each(|refusal| self.outbox.show(MessageType::WARNING, refusal));
        Ok(plans)
    }

    fn planned_transition(&self, argument: &Value, goal: Option<Status>) -> Result<Vec<Plan>, String> {
        let folder = self.increment_named(argument)?;
        let wanted = argument.get("status").and_then(Value::as_str);
        let goal = match (goal, wanted) {
            (Some(goal), _) => goal,
            (None, None) => return Err("The command needs `\"status\"`, one of SpecWeave's seven.".to_owned()),
            (None, Some(wanted)) => Status::meaning(wanted)
                .ok_or_else(|| format!("`{wanted}` is no status; the nearest is `{}`.", Status::nearest(wanted)))?,
        };
        let reason = match argument.get("reason") {
            None | Some(Value::Null) => None,
            Some(Value::String(reason)) => Some(reason.clone()),
            Some(other) => return Err(format!("`reason` must be a text, not `{other}`.")),
        };
        let wish = TransitionRequest { goal, reason, force: false };
        let plan = plan::transition(&self.subject(&folder), &wish);
        let plan = plan.map_err(|error| error.sentences())?;
        Ok(vec![self.editable(plan)?])
    }

    /// The folder of the increment that `argument` names by id, number or file URI.
    fn increment_named(&self, argument: &Value) -> Result<PathBuf, String> {
        let name = match argument.get("increment").unwrap_or(argument) {
            Value::String(name) => name.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err("The command needs `{\"increment\": …}` with an id, a number or a file URI.".to_owned()),
        };
        if let Some(path) = position::parse_uri(&name).as_ref().and_then(position::path_of) {
            let folder = discover::increment_of(&path).map(|(_, folder)| folder);
            let known = folder.filter(|folder| self.index.contains(folder));
            return known.ok_or_else(|| format!("{name} lies in no increment of the open projects."));
        }
        let folders = self.index.folders(|_, _| true);
        let names: Vec<(String, &Path)> = folders.iter().map(|folder| (project::id_of(folder), &**folder)).collect();
        select::one(&name, &names).map(Path::to_path_buf).map_err(|error| error.sentences())
    }

    /// Sends the edit and answers what came of it.
    fn apply(&mut self, plans: Vec<Plan>, reply: Reply<Option<LSPAny>>) {
        let changed: Vec<Value> = plans.iter().filter(|plan| !plan.files.is_empty()).map(shown).collect();
        let done = json!({"applied": true, "changed": changed});
        if changed.is_empty() {
            let _ = reply.send(Ok(Some(done)));
            return;
        }
        if self.client.apply_edit {
            self.apply_in_editor(plans, done, reply);
        } else {
            let _ = reply.send(self.apply_on_disk(&plans).map(|()| Some(done)).map_err(refuse));
        }
    }

    /// For clients that take no edits: as on the command line, unless an editor holds another text of a file.
    fn apply_on_disk(&mut self, plans: &[Plan]) -> Result<(), String> {
        let mut not_noted = None;
        let outcome = plans.iter().try_for_each(|plan| {
            let (root, _) =
                discover::increment_of(&plan.folder).ok_or_else(|| format!("{} has no project.", plan.id))?;
            for file in &plan.files {
                let on_disk = std::fs::read(&file.path).ok();
                if on_disk.as_deref() != Some(&file.before) {
                    return Err(format!(
                        "{} of {} has unsaved changes, and this editor takes no edits; save it and try again.",
                        file.side.file_name(),
                        plan.id
                    ));
                }
            }
            let say = |notice: &ChangeNotice| self.outbox.show(MessageType::WARNING, sentence(&notice.to_string()));
            let outcome = apply(&root, plan, Origin::EditorOnDisk, &say).map_err(|error| error.sentences())?;
            not_noted = outcome.missing_in_journal.or(not_noted.take());
            self.read(&plan.folder);
            Ok(())
        });
        // Also when a later one fails: these are changed.
        if let Some(error) = not_noted {
            self.outbox.show(MessageType::WARNING, error.sentences());
        }
        outcome
    }

    /// The same object that `check --format json` prints.
    fn report(&self) -> Value {
        let mut report = Report::default();
        let mut projects: Vec<_> = self.projects.values().collect();
        projects.sort_by(|a, b| a.root.cmp(&b.root));
        for project in projects {
            let folders = self.index.folders(|_, entry| *entry.summary.root == *project.root);
            let noteworthy =
                |folder: &Arc<Path>| self.index.with(folder, |entry| !entry.findings.is_empty()).unwrap_or(false);
            let (noteworthy, healthy): (Vec<_>, Vec<_>) = folders.into_iter().partition(noteworthy);
            report.add_project(&project.root, healthy.len());
            for folder in noteworthy {
                let sharing = project.numbers.sharing_with(&project.root, &folder);
                report.add_increment(&project.root, &folder, &self.documents, &self.settings, &sharing, false);
            }
            report.add_caches(&project.root, &self.documents, &self.settings, |id| self.spec_status(&project.root, id));
        }
        serde_json::to_value(report.to_json()).unwrap_or_else(|error| {
            tracing::error!("the report could not be written: {error}");
            Value::Null
        })
    }
}

fn shown(plan: &Plan) -> Value {
    let files: Vec<&str> = plan.files.iter().map(|file| file.side.file_name()).collect();
    json!({"increment": plan.id, "status": plan.to, "files": files, "specStatus": plan.from.0, "metadataStatus": plan.from.1})
}

fn side_kept(argument: &Value) -> Result<Option<Side>, String> {
    match argument.get("from") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str().and_then(Preference::parse) {
            Some(Preference::Spec) => Ok(Some(Side::Spec)),
            Some(Preference::Metadata) => Ok(Some(Side::Metadata)),
            Some(Preference::Auto) => Ok(None),
            None => Err(format!("`from` must be `metadata`, `spec` or `auto`, not `{value}`.")),
        },
    }
}
