//! The commands we offer, as menus, lenses and code actions name them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_lsp::ls_types::{Command, Range};

use crate::model::status::{Side, Status};

pub const SYNC: &str = "specweave-lsp.sync";
pub const SYNC_ALL: &str = "specweave-lsp.syncAll";
pub const SET_STATUS: &str = "specweave-lsp.setStatus";
pub const CLOSE: &str = "specweave-lsp.close";
/// Takes a change back that was made with this tool.
pub const UNDO: &str = "specweave-lsp.undo";
pub const REPORT: &str = "specweave-lsp.report";
/// Runs after a code action's edit, and looks at what the editor made of it.
pub const VERIFY: &str = "specweave-lsp.verify";
/// Shows a file of an increment: where a code lens about a count leads.
pub const OPEN: &str = "specweave-lsp.open";
/// Ticks a task or criterion off, or opens it again.
pub const TICK: &str = "specweave-lsp.tick";
pub const NAMES: [&str; 9] = [SYNC, SYNC_ALL, SET_STATUS, CLOSE, TICK, UNDO, REPORT, OPEN, VERIFY];

/// `increment` is a URI where two projects may have the same id.
pub fn sync(increment: &str, keep: Side) -> Command {
    let from = side_name(keep);
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

pub fn verify(title: &str, change: &OfferedChange) -> Command {
    command(title.to_owned(), VERIFY, serde_json::to_value(change).unwrap_or_default())
}

fn command(title: String, name: &str, argument: Value) -> Command {
    Command { title, command: name.to_owned(), arguments: Some(vec![argument]) }
}

/// How arguments name the two files.
pub fn side_name(side: Side) -> &'static str {
    match side {
        Side::Spec => "spec",
        Side::Metadata => "metadata",
    }
}

pub fn side_named(name: &str) -> Option<Side> {
    Side::BOTH.into_iter().find(|side| side_name(*side) == name)
}

/// The change behind a code action: all that is needed to judge what the editor made of it, and to undo it.
/// Whoever offers it keeps nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedChange {
    /// The URI of its spec.md.
    pub increment: String,
    pub from: StatusPair,
    pub to: String,
    /// The tasks and criteria that are ticked or opened; none in a change of status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    pub files: Vec<OfferedEdit>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StatusPair {
    pub spec: Option<String>,
    pub metadata: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedEdit {
    /// The name of the file.
    pub file: String,
    /// Hashes of the text the edit was made for and of the one it gives.
    pub before: String,
    pub after: String,
    /// The edit as the client got it, to recognise it on another text.
    pub range: Range,
    pub new_text: String,
    /// Where it starts, in bytes, and what it replaces.
    pub start: usize,
    pub replaced: String,
}
