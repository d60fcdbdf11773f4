//! From what somebody wants to the plan that does it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::status::{Side, Status};
use crate::server::lsp::commands;
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::snapshot::Snapshot;
use crate::workspace::change::plan::{self, Plan, PlanInput, TransitionRequest};
use crate::workspace::fs::writable;
use crate::workspace::{discover, project};

/// What is wanted of one increment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    /// The status of this file in both: `spec` or `metadata`.
    Sync(String),
    /// This status in both files, and nothing else.
    Write(String),
    /// This status, along SpecWeave's table.
    Transition(String),
}

impl Goal {
    pub fn sync(keep: Side) -> Goal {
        Goal::Sync(commands::side_name(keep).to_owned())
    }

    pub fn write(status: Status) -> Goal {
        Goal::Write(status.as_str().to_owned())
    }

    pub fn transition(status: Status) -> Goal {
        Goal::Transition(status.as_str().to_owned())
    }
}

pub fn input(snapshot: &Snapshot<'_>, folder: &Path) -> PlanInput {
    PlanInput::read(folder, snapshot.documents, snapshot.settings(folder))
}

/// What the editor shows of an increment is what it is.
pub fn up_to_date(snapshot: &Snapshot<'_>, folder: &Path) -> Result<()> {
    for side in Side::BOTH {
        if snapshot.documents.is_outdated(&project::file(folder, side.file_name())) {
            return Err(RequestError::Outdated { id: project::id_of(folder), file: side.file_name() });
        }
    }
    Ok(())
}

/// The same for a command: without an editor that takes edits, it changes what is on disk.
pub fn commandable(snapshot: &Snapshot<'_>, folder: &Path) -> Result<()> {
    if snapshot.capabilities.apply_edit { up_to_date(snapshot, folder) } else { Ok(()) }
}

/// The files of a plan are as the editor shows them, where it is the editor that changes them.
pub fn shown(snapshot: &Snapshot<'_>, plan: &Plan) -> Result<()> {
    let outdated = plan.files.iter().find(|file| snapshot.documents.is_outdated(&file.path));
    match outdated.filter(|_| snapshot.capabilities.apply_edit) {
        Some(file) => Err(RequestError::Outdated { id: plan.id.clone(), file: file.file.file_name() }),
        None => Ok(()),
    }
}

/// Nothing is read or looked up for it.
pub fn plan(input: &PlanInput, goal: &Goal) -> Result<Plan> {
    let status = |name: &str| Status::canonical(name).ok_or_else(|| unknown_status(name));
    match goal {
        Goal::Sync(side) => sync(input, commands::side_named(side)),
        Goal::Write(name) => Ok(plan::both(input, status(name)?)?),
        Goal::Transition(name) => {
            transition(input, &TransitionRequest { goal: status(name)?, reason: None, force: false })
        }
    }
}

pub fn sync(input: &PlanInput, keep: Option<Side>) -> Result<Plan> {
    Ok(plan::sync(input, keep)?)
}

pub fn transition(input: &PlanInput, request: &TransitionRequest) -> Result<Plan> {
    Ok(plan::transition(input, request)?)
}

pub fn unknown_status(name: &str) -> RequestError {
    RequestError::InvalidParams(match Status::nearest(name) {
        Some(nearest) => format!("`{name}` is not a status. Did you mean `{nearest}`?"),
        None => format!("`{name}` is not a status; {}.", Status::all_named()),
    })
}

/// An action that changes nothing is none.
pub fn not_empty(plan: Plan) -> Result<Plan> {
    if plan.files.is_empty() { Err(RequestError::NothingToDo) } else { Ok(plan) }
}

/// What may not be written on disk is not changed in the editor: it could only be saved half.
pub fn editable(plan: Plan) -> Result<Plan> {
    let root = discover::increment_of(&plan.folder).map(|(root, _)| root).unwrap_or_default();
    for file in &plan.files {
        writable::editable(&root, &plan.id, file.file, &file.path)?;
    }
    Ok(plan)
}

/// The fixes that can be made, and why the others cannot: one odd file does not keep the rest from being fixed.
pub fn sync_all(snapshot: &Snapshot<'_>, folders: &[PathBuf], keep: Option<Side>) -> (Vec<Plan>, Vec<RequestError>) {
    let (mut plans, mut refusals) = (Vec::new(), Vec::new());
    for folder in folders {
        let planned = commandable(snapshot, folder).and_then(|()| sync(&input(snapshot, folder), keep));
        match planned.and_then(editable) {
            Ok(plan) if plan.files.is_empty() => {}
            Ok(plan) => plans.push(plan),
            Err(refusal) => refusals.push(refusal),
        }
    }
    (plans, refusals)
}
