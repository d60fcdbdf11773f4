//! The edit of a code action that was chosen.

use tower_lsp::ls_types::CodeAction;

use crate::model::status::Side;
use crate::server::handlers::code_action::edit_and_command;
use crate::server::handlers::offer::ActionData;
use crate::server::handlers::planning;
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::lsp::position;
use crate::server::pending_edits::hash;
use crate::server::snapshot::Snapshot;
use crate::server::workspace_edit;
use crate::workspace::discover;

/// With what could not be fixed, where an action is about several increments.
pub fn code_action_resolve(snapshot: &Snapshot<'_>, mut action: CodeAction) -> Result<(CodeAction, Vec<RequestError>)> {
    let data = action.data.clone().and_then(|data| serde_json::from_value(data).ok());
    match data {
        None => Ok((action, Vec::new())),
        Some(ActionData::FixAll { project }) => {
            let (plans, refusals) = planning::sync_all(snapshot, &snapshot.desynced(&project), None);
            if plans.is_empty() {
                return Err(refusals.into_iter().next().unwrap_or(RequestError::NothingToDo));
            }
            action.edit = Some(workspace_edit::of_plans(snapshot, &plans)?);
            Ok((action, refusals))
        }
        Some(ActionData::Increment { increment, goal, spec, metadata }) => {
            let path = position::parse_uri(&increment).and_then(|uri| snapshot.path(&uri));
            let Some((_, folder)) = path.as_deref().and_then(discover::increment_of) else {
                return Err(RequestError::UnknownIncrement(increment));
            };
            planning::up_to_date(snapshot, &folder)?;
            let input = planning::input(snapshot, &folder);
            let current = Side::BOTH.map(|side| hash(input.increment.file(side).bytes()));
            if current != [spec, metadata] {
                return Err(RequestError::ContentModified(input.increment.id));
            }
            let plan = planning::plan(&input, &goal).and_then(planning::not_empty).and_then(planning::editable)?;
            let (edit, command) = edit_and_command(snapshot, &plan)?;
            (action.edit, action.command) = (Some(edit), command);
            Ok((action, Vec::new()))
        }
    }
}
