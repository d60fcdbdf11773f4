//! Changes of status through the editor: sent as workspace edits, then judged by the texts that come back.
//!
//! No editor rolls back, several apply half of an edit or an outdated one, and answer `applied: true`. So the answer
//! only says when to look; what counts is what the documents say then. A change that arrived in one file only is
//! finished where the user typed meanwhile, and undone otherwise.

mod change;
mod judge;
mod pending;
mod repair;

pub use change::{EditorChange, hash};
pub use pending::{CommandReply, Effect, PendingEdits};
