//! What is written down about a change under way, so that a crash can be undone or finished.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::status::Side;

/// Names and check sums take no more.
pub const LARGEST_RECORD: u64 = 64 * 1024;

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
    pub files: Vec<RecordedFile>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordedFile {
    pub side: RecordedSide,
    /// Check sums of the old and the new text; the same for a file that the change rests on and leaves as it is.
    pub before: u64,
    pub after: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordedSide {
    Spec,
    Metadata,
}

impl RecordedSide {
    pub fn side(self) -> Side {
        match self {
            RecordedSide::Spec => Side::Spec,
            RecordedSide::Metadata => Side::Metadata,
        }
    }
}
