//! What is written down about a change under way, so that a crash can be undone or finished.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::file_kind::FileKind;
use crate::workspace::change::journal::JournalEntry;

/// Names, check sums and the bytes that the journal keeps take no more, however JSON writes them.
pub const LARGEST_RECORD: u64 = 4 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Preparing,
    Committing,
    /// A step of "committing" failed: what was replaced is being put back.
    Undoing,
}

/// What is written down about a change under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    pub phase: Phase,
    /// Relative to the project.
    pub folder: PathBuf,
    /// Part of the names of all files of this change.
    pub token: String,
    pub to: String,
    /// The tasks and criteria that are ticked; none in a change of status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    pub files: Vec<RecordedFile>,
    /// The journal's line, for whoever finishes the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<JournalEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordedFile {
    #[serde(rename = "side")]
    pub file: RecordedKind,
    /// Check sums of the old and the new text; the same for a file that the change rests on and leaves as it is.
    pub before: u64,
    pub after: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordedKind {
    Spec,
    Metadata,
    Tasks,
}

impl RecordedKind {
    /// None for the files that are never changed.
    pub fn of(file: FileKind) -> Option<RecordedKind> {
        match file {
            FileKind::Spec => Some(RecordedKind::Spec),
            FileKind::Metadata => Some(RecordedKind::Metadata),
            FileKind::Tasks => Some(RecordedKind::Tasks),
            FileKind::Ledger | FileKind::Verification => None,
        }
    }
}

impl From<RecordedKind> for FileKind {
    fn from(kind: RecordedKind) -> FileKind {
        match kind {
            RecordedKind::Spec => FileKind::Spec,
            RecordedKind::Metadata => FileKind::Metadata,
            RecordedKind::Tasks => FileKind::Tasks,
        }
    }
}
