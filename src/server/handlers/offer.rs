//! A code action on its way to the client, and what it carries until it is chosen.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::{Command, WorkspaceEdit};

use crate::model::rules::Code;
use crate::server::handlers::planning::Goal;

/// What an action needs to know when it is chosen.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum ActionData {
    FixAll {
        #[serde(rename = "fixAll")]
        project: PathBuf,
    },
    /// With the hashes of the two texts it was offered for.
    Increment { increment: String, goal: Goal, spec: String, metadata: String },
}

/// An action on its way to the client.
pub(super) struct Offer {
    pub(super) title: String,
    pub(super) kind: &'static str,
    /// The findings it is about.
    pub(super) about: Vec<Code>,
    pub(super) preferred: bool,
    pub(super) content: Content,
    /// The command that does the same, for clients that take no edits in code actions.
    pub(super) command: Command,
}

pub(super) enum Content {
    /// With the command that looks at what became of it, if there is one.
    Edit(Box<WorkspaceEdit>, Option<Command>),
    /// The edit is made when it is chosen.
    Data(ActionData),
    /// Only the command does it: it asks the user something first.
    Command,
    Refused(String),
}
