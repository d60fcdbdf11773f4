//! `workspace/executeCommand`: the same changes for menus, palettes and clients without code actions.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tower_lsp::ls_types::{ExecuteCommandParams, Uri};

use crate::model::preference::Preference;
use crate::model::sort;
use crate::model::status::{Side, Status};
use crate::server::handlers::planning;
use crate::server::handlers::specweave_report::specweave_report;
use crate::server::lsp::commands::{
    self, CLOSE, OPEN, OfferedChange, REPORT, SET_STATUS, SYNC, SYNC_ALL, TICK, UNDO, VERIFY,
};
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::lsp::position;
use crate::server::pending_edits::EditorChange;
use crate::server::snapshot::Snapshot;
use crate::workspace::change::journal::{self, JournalEntry};
use crate::workspace::change::plan::{Plan, TransitionRequest};
use crate::workspace::change::tick::{self, TickRequest};
use crate::workspace::change::undo::{self, UndoError};
use crate::workspace::{discover, project, select};

/// What a command comes to.
pub enum Task {
    Answer(Value),
    /// Look at what an editor made of a code action.
    Verify(EditorChange),
    Show {
        uri: Uri,
        path: PathBuf,
    },
    /// Ask the user, and run the command again with the answer as its reason.
    Ask {
        question: String,
        choices: Vec<String>,
        command: ExecuteCommandParams,
    },
    /// Make these changes, and say why others were left out.
    Apply {
        plans: Vec<Plan>,
        refusals: Vec<RequestError>,
    },
}

/// An editor can ask its user to choose, not to type. The last is what SpecWeave itself writes.
const WHY_ABANDONED: [&str; 3] = ["No longer needed", "Replaced by another increment", "No reason provided"];

pub fn execute_command(snapshot: &Snapshot<'_>, params: ExecuteCommandParams) -> Result<Task> {
    let command = params.clone();
    let argument = params.arguments.into_iter().next().unwrap_or(Value::Null);
    let one = |plan: Plan| Task::Apply { plans: vec![plan], refusals: Vec::new() };
    match params.command.as_str() {
        REPORT => Ok(Task::Answer(specweave_report(snapshot))),
        OPEN => open(snapshot, &argument),
        // An argument that is none: what the files say is in the diagnostics.
        VERIFY => Ok(verify(snapshot, argument).map_or(Task::Answer(Value::Null), Task::Verify)),
        CLOSE => transition(snapshot, &argument, Some(Status::Completed)).map(one),
        SET_STATUS => match transition(snapshot, &argument, None)? {
            plan if snapshot.capabilities.questions && abandons(&plan) && argument.get("reason").is_none() => {
                let question = format!("Abandon {}? metadata.json keeps the reason.", plan.id);
                Ok(Task::Ask { question, choices: WHY_ABANDONED.map(str::to_owned).to_vec(), command })
            }
            plan => Ok(one(plan)),
        },
        SYNC => sync(snapshot, &argument).map(one),
        SYNC_ALL => sync_all(snapshot, &argument),
        TICK => tick(snapshot, &argument).map(one),
        UNDO => undo(snapshot, &argument),
        other => Err(RequestError::InvalidParams(format!(
            "There is no command `{other}`. The commands are {}.",
            commands::NAMES.join(", ")
        ))),
    }
}

fn abandons(plan: &Plan) -> bool {
    plan.to == Status::Abandoned.as_str() && !plan.files.is_empty()
}

/// Only files of increments: a command is no way to open anything else.
fn open(snapshot: &Snapshot<'_>, argument: &Value) -> Result<Task> {
    let uri = argument.get("uri").and_then(Value::as_str).and_then(position::parse_uri);
    let path = uri.as_ref().and_then(|uri| snapshot.path(uri));
    let known =
        path.as_deref().and_then(discover::increment_of).is_some_and(|(_, folder)| snapshot.index.contains(&folder));
    match (uri, path) {
        (Some(uri), Some(path)) if known => Ok(Task::Show { uri, path }),
        _ => Err(RequestError::InvalidParams(format!(
            "The command needs `{{\"uri\": …}}` of an increment's file, not {argument}."
        ))),
    }
}

fn verify(snapshot: &Snapshot<'_>, argument: Value) -> Option<EditorChange> {
    let offered: OfferedChange = serde_json::from_value(argument).ok()?;
    let path = snapshot.path(&position::parse_uri(&offered.increment)?)?;
    let (_, folder) = discover::increment_of(&path)?;
    snapshot.index.contains(&folder).then(|| EditorChange::of_offer(&folder, offered))
}

fn sync(snapshot: &Snapshot<'_>, argument: &Value) -> Result<Plan> {
    let folder = increment_named(snapshot, argument)?;
    planning::commandable(snapshot, &folder)?;
    planning::sync(&planning::input(snapshot, &folder), side_kept(argument)?).and_then(planning::editable)
}

/// All that can be fixed; what cannot is said.
fn sync_all(snapshot: &Snapshot<'_>, argument: &Value) -> Result<Task> {
    let keep = side_kept(argument)?;
    let desynced = match argument.get("project").and_then(Value::as_str) {
        None => snapshot.all_desynced(),
        Some(uri) => {
            let path = position::parse_uri(uri).and_then(|uri| snapshot.path(&uri));
            let root = path.filter(|path| snapshot.projects.contains(path));
            snapshot.desynced(&root.ok_or_else(|| RequestError::UnknownProject(uri.to_owned()))?)
        }
    };
    let (plans, mut refusals) = planning::sync_all(snapshot, &desynced, keep);
    if plans.is_empty() && !refusals.is_empty() {
        return Err(refusals.swap_remove(0));
    }
    Ok(Task::Apply { plans, refusals })
}

/// The last change of an increment, or all that the last command changed, in whichever of the open projects that was.
/// `statuses` asks for the change of status alone, where something else was written since.
fn undo(snapshot: &Snapshot<'_>, argument: &Value) -> Result<Task> {
    let folder = match argument.get("increment") {
        None | Some(Value::Null) => None,
        Some(_) => Some(increment_named(snapshot, argument)?),
    };
    let only_statuses = argument.get("statuses").and_then(Value::as_bool) == Some(true);
    let of = folder.as_deref().and_then(discover::increment_of).map(|(root, _)| root);
    let mut noted: Vec<(PathBuf, JournalEntry)> = Vec::new();
    let roots = snapshot.projects.roots().into_iter();
    for root in roots.filter(|root| of.as_deref().is_none_or(|of| of == *root)) {
        let (entries, _) = journal::read(&root)?;
        noted.extend(entries.into_iter().map(|entry| (root.clone(), entry)));
    }
    sort::by(&mut noted, |(_, a), (_, b)| a.time.cmp(&b.time));
    let entries: Vec<JournalEntry> = noted.iter().map(|(_, entry)| entry.clone()).collect();
    let id = folder.as_deref().map(project::id_of);
    let is_meant = |entry: &JournalEntry| id.as_deref() == Some(&entry.increment);
    let last = undo::last(&entries, id.as_ref().map(|_| &is_meant as &dyn Fn(&JournalEntry) -> bool));
    if last.is_empty() {
        return Err(RequestError::NothingToUndo);
    }
    let (mut plans, mut already) = (Vec::new(), None);
    for entry in last {
        let Some((root, _)) = noted.iter().find(|(_, noted)| noted == entry) else { continue };
        if let Some(folder) = undo::folder(root, entry) {
            planning::commandable(snapshot, &folder)?;
        }
        let back = if only_statuses { undo::statuses } else { undo::plan };
        match back(root, entry, snapshot.documents, snapshot.settings(root)) {
            Ok(plan) => plans.push(planning::editable(plan)?),
            Err(error @ UndoError::Already { .. }) => already = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(error) = already.filter(|_| plans.is_empty()) {
        return Err(error.into());
    }
    Ok(Task::Apply { plans, refusals: Vec::new() })
}

fn transition(snapshot: &Snapshot<'_>, argument: &Value, goal: Option<Status>) -> Result<Plan> {
    let folder = increment_named(snapshot, argument)?;
    planning::commandable(snapshot, &folder)?;
    let wanted = argument.get("status").and_then(Value::as_str);
    let goal = match (goal, wanted) {
        (Some(goal), _) => goal,
        (None, None) => {
            return Err(invalid("The command needs `\"status\"`, one of SpecWeave's seven."));
        }
        (None, Some(wanted)) => Status::meaning(wanted).ok_or_else(|| planning::unknown_status(wanted))?,
    };
    let reason = match argument.get("reason") {
        None | Some(Value::Null) => None,
        Some(Value::String(reason)) => Some(reason.clone()).filter(|reason| !reason.trim().is_empty()),
        Some(other) => return Err(invalid(&format!("`reason` must be a text, not `{other}`."))),
    };
    let force = match argument.get("force") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(force)) => *force,
        Some(other) => return Err(invalid(&format!("`force` must be true or false, not `{other}`."))),
    };
    let request = TransitionRequest { goal, reason, force };
    planning::transition(&planning::input(snapshot, &folder), &request).and_then(planning::editable)
}

fn tick(snapshot: &Snapshot<'_>, argument: &Value) -> Result<Plan> {
    let folder = increment_named(snapshot, argument)?;
    let Some(item) = argument.get("item").and_then(Value::as_str) else {
        return Err(invalid("The command needs `\"item\"`, the name of a task or an acceptance criterion."));
    };
    let done = match argument.get("done") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(done)) => *done,
        Some(other) => return Err(invalid(&format!("`done` must be true or false, not `{other}`."))),
    };
    let request = TickRequest { items: vec![item.to_owned()], done };
    let plan = tick::tick(&planning::input(snapshot, &folder), &request)?.plan;
    planning::shown(snapshot, &plan)?;
    planning::editable(plan)
}

/// The folder of the increment that `argument` names by id, number or file URI.
fn increment_named(snapshot: &Snapshot<'_>, argument: &Value) -> Result<PathBuf> {
    let name = match argument.get("increment").unwrap_or(argument) {
        Value::String(name) => name.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(invalid("The command needs `{\"increment\": …}` with an id, a number or a file URI.")),
    };
    if let Some(path) = position::parse_uri(&name).and_then(|uri| snapshot.path(&uri)) {
        let folder = discover::increment_of(&path).map(|(_, folder)| folder);
        let known = folder.filter(|folder| snapshot.index.contains(folder));
        return known.ok_or(RequestError::UnknownIncrement(name));
    }
    let folders = snapshot.index.folders(|_, _| true);
    let names: Vec<(String, &Path)> = folders.iter().map(|folder| (project::id_of(folder), &**folder)).collect();
    Ok(select::one(&name, &names)?.to_path_buf())
}

fn side_kept(argument: &Value) -> Result<Option<Side>> {
    match argument.get("from") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str().and_then(Preference::parse) {
            Some(Preference::Spec) => Ok(Some(Side::Spec)),
            Some(Preference::Metadata) => Ok(Some(Side::Metadata)),
            Some(Preference::Auto) => Ok(None),
            None => Err(invalid(&format!("`from` must be `metadata`, `spec` or `auto`, not `{value}`."))),
        },
    }
}

fn invalid(message: &str) -> RequestError {
    RequestError::InvalidParams(message.to_owned())
}
