//! The files of an increment by what they are, and what they are called.

use crate::model::status::Side;

/// One of the files of an increment that a finding can be in, in the order they are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    Spec,
    Metadata,
    Tasks,
    /// What was done when, a line of JSON each.
    Ledger,
    /// The report of the last verification.
    Verification,
}

impl FileKind {
    pub const ALL: [FileKind; 5] =
        [FileKind::Spec, FileKind::Metadata, FileKind::Tasks, FileKind::Ledger, FileKind::Verification];

    /// From the increment's folder, with `/` between its parts.
    pub fn file_name(self) -> &'static str {
        match self {
            FileKind::Spec => Side::Spec.file_name(),
            FileKind::Metadata => Side::Metadata.file_name(),
            FileKind::Tasks => "tasks.md",
            FileKind::Ledger => "ledger.jsonl",
            FileKind::Verification => "reports/verify.json",
        }
    }
}

impl From<Side> for FileKind {
    fn from(side: Side) -> FileKind {
        match side {
            Side::Spec => FileKind::Spec,
            Side::Metadata => FileKind::Metadata,
        }
    }
}
