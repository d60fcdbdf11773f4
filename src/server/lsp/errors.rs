//! What can go wrong in a request. The client gets a sentence for people and `data.kind` for programs.

use std::path::PathBuf;

use serde_json::json;
use tower_lsp::jsonrpc::{self, ErrorCode};

use crate::model::transition::TransitionError;
use crate::workspace::change::error::{ChangeError, JournalError};
use crate::workspace::change::plan::PlanError;
use crate::workspace::change::tick::TickError;
use crate::workspace::change::undo::UndoError;
use crate::workspace::fs::writable::NotWritable;
use crate::workspace::hint::Hint as _;
use crate::workspace::select::SelectError;

pub type Result<T> = std::result::Result<T, RequestError>;

#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("{0}")]
    InvalidParams(String),
    /// No open project has such an increment, or several have.
    #[error("{}", .0.sentences())]
    Select(#[from] SelectError),
    #[error("There is no increment at {0} in the open projects.")]
    UnknownIncrement(String),
    #[error("{0} is not one of the open projects.")]
    UnknownProject(String),
    #[error("{}", .0.sentences())]
    Plan(#[from] PlanError),
    #[error("{}", .0.sentences())]
    Transition(#[from] TransitionError),
    #[error("{}", .0.sentences())]
    Tick(#[from] TickError),
    #[error("{}", .0.sentences())]
    NotWritable(#[from] NotWritable),
    #[error("{}", .0.sentences())]
    Undo(#[from] UndoError),
    #[error("{}", .0.sentences())]
    Journal(#[from] JournalError),
    #[error("There is no change to undo.")]
    NothingToUndo,
    /// The change on disk failed.
    #[error("{}", .0.sentences())]
    Change(#[from] ChangeError),
    #[error("{} has no URI.", .0.display())]
    NoUri(PathBuf),
    #[error("{0} was changed since this action was offered. Ask for code actions again.")]
    ContentModified(String),
    #[error("{0}")]
    EditorRefused(String),
    /// A fix of the text that is shown would undo what the other program did.
    #[error("{file} of {id} was changed on disk by another program; reload it and try again.")]
    Outdated { id: String, file: &'static str },
    /// The editor has not made the change (yet).
    #[error("{0}")]
    NotChanged(String),
    /// The editor made half of a change, and that half was undone, or could not be.
    #[error("{0}")]
    HalfChanged(String),
    #[error("{0}")]
    NotRenamed(&'static str),
    #[error("The editor did not open the file.")]
    NotShown,
    #[error("There is nothing to change any more.")]
    NothingToDo,
    #[error("The server is shutting down.")]
    ShutDown,
    #[error("The request failed inside specweave-lsp; its log (stderr) says why.")]
    Internal,
}

/// The protocol's codes for a request that was right and could not be carried out, and for one whose texts have changed.
const REQUEST_FAILED: i64 = -32803;

impl RequestError {
    pub fn kind(&self) -> &'static str {
        match self {
            RequestError::InvalidParams(_) => "invalid-params",
            RequestError::Select(_) | RequestError::UnknownIncrement(_) => "unknown-increment",
            RequestError::UnknownProject(_) => "unknown-project",
            RequestError::Plan(PlanError::Transition(error)) | RequestError::Transition(error) => kind_of(error),
            RequestError::Tick(TickError::Unknown { .. } | TickError::NoWork { .. }) => "unknown-item",
            RequestError::Tick(TickError::DoneByLedger { .. } | TickError::OpenByLedger { .. }) => "ledger",
            RequestError::Plan(_) | RequestError::Tick(_) | RequestError::NoUri(_) => "impossible",
            RequestError::Undo(UndoError::Overwritten { .. }) => "changed-since",
            RequestError::Undo(_) | RequestError::Journal(_) => "impossible",
            RequestError::NothingToUndo => "nothing-to-undo",
            RequestError::Change(_) => "not-changed",
            RequestError::NotWritable(_) => "not-writable",
            RequestError::ContentModified(_) => "content-modified",
            RequestError::EditorRefused(_) => "editor-refused",
            RequestError::NotChanged(_) => "not-changed",
            RequestError::HalfChanged(_) => "half-changed",
            RequestError::NotRenamed(_) => "not-renamed",
            RequestError::NotShown => "not-shown",
            RequestError::Outdated { .. } => "outdated",
            RequestError::NothingToDo => "nothing-to-do",
            RequestError::ShutDown => "shut-down",
            RequestError::Internal => "internal",
        }
    }
}

fn kind_of(error: &TransitionError) -> &'static str {
    match error {
        TransitionError::OpenWork { .. } => "gate",
        TransitionError::Desynced { .. } => "desync",
        _ => "impossible",
    }
}

impl From<RequestError> for jsonrpc::Error {
    fn from(error: RequestError) -> jsonrpc::Error {
        let code = match error {
            RequestError::ContentModified(_) => ErrorCode::ContentModified,
            RequestError::Internal => ErrorCode::InternalError,
            _ => ErrorCode::ServerError(REQUEST_FAILED),
        };
        jsonrpc::Error { code, message: error.to_string().into(), data: Some(json!({"kind": error.kind()})) }
    }
}
