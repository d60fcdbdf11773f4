//! What has become of a file that an editor was asked to change.

use std::path::{Path, PathBuf};

use ropey::Rope;
use tower_lsp::ls_types::Range;

use crate::model::edit::Edit;
use crate::model::file_kind::FileKind;
use crate::model::increment::{IncrementFile, Source};
use crate::model::status::Side;
use crate::server::lsp::commands::OfferedEdit;
use crate::server::lsp::position;
use crate::server::pending_edits::change::hash;
use crate::server::snapshot::Snapshot;
use crate::workspace::change::tick;
use crate::workspace::fs::reader::{self, Want};
use crate::workspace::line_index::Encoding;

/// One file of a change.
#[derive(Debug)]
pub struct TrackedFile {
    pub file: FileKind,
    pub path: PathBuf,
    pub edit: OfferedEdit,
    /// The tasks and criteria that are ticked or opened; none in a change of status.
    pub items: Vec<String>,
    pub goal: String,
    /// What it says if the change is undone.
    pub from: Option<String>,
    pub sent: Sent,
    /// The last attempt has an edit of it.
    pub is_asked: bool,
    /// The editor has saved it since.
    pub saved: bool,
    /// The texts the document has had since, the first being the one the edit was made for, where that is known.
    pub texts: Vec<Vec<u8>>,
}

/// The edit as the client got it last, to recognise it on another text.
#[derive(Clone, Debug)]
pub struct Sent {
    pub range: Range,
    pub new_text: String,
    /// The hash of the text it was made for.
    pub before: String,
}

#[derive(Debug, PartialEq)]
pub enum FileState {
    /// It says what it should.
    Good,
    /// Our edit is not in it.
    Untouched,
    /// The editor says it did it, and shows no text: the file is in a buffer that is not attached to this server. It
    /// is believed, and the user is told to save, since undoing what cannot be seen could destroy what was typed.
    Unseen,
    /// Our edit hit a text it was not made for; this is that text.
    Garbled(Vec<u8>),
}

/// What the client says of the edit.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// The file is to be as it was before.
    pub back: bool,
    /// The client answered, and did not refuse.
    pub accepted: bool,
}

impl TrackedFile {
    pub fn state(&self, said: Said, snapshot: &Snapshot<'_>) -> FileState {
        let current = current(snapshot, &self.path).unwrap_or_default();
        let wanted = if said.back { self.from.as_deref() } else { Some(self.goal.as_str()) };
        // A file that was not there any more is as it was when it is empty again.
        let gone = said.back && current.is_empty();
        let says = self.says(&current);
        if gone || says.as_deref() == wanted && (!said.back || self.texts.contains(&current)) {
            return FileState::Good;
        }
        let is_open = snapshot.documents.get(&self.path).is_some();
        match self.hit(snapshot.encoding()) {
            Some([before, after]) if *after == current => FileState::Garbled(before.clone()),
            _ if said.accepted && !is_open && hash(&current) == self.sent.before => FileState::Unseen,
            _ => FileState::Untouched,
        }
    }

    /// The status, or the state of the items.
    pub fn says(&self, bytes: &[u8]) -> Option<String> {
        let side = Side::BOTH.into_iter().find(|side| FileKind::from(*side) == self.file);
        match side {
            Some(side) if self.items.is_empty() => status_of(side, bytes),
            _ => tick::state(self.file, &self.items, bytes).map(str::to_owned),
        }
    }

    /// The edit as the client got it, found again between two texts the document has had.
    fn hit(&self, encoding: Encoding) -> Option<&[Vec<u8>; 2]> {
        self.texts.array_windows().rev().find(|[before, after]| {
            let Ok(text) = std::str::from_utf8(before) else { return false };
            let span = position::bytes(&Rope::from_str(text), self.sent.range, encoding);
            let edit = Edit { span, text: self.sent.new_text.clone() };
            hash(before) != self.sent.before && edit.apply(before) == *after
        })
    }
}

/// What a file says now: what an editor wrote to disk a moment ago counts.
pub fn current(snapshot: &Snapshot<'_>, path: &Path) -> Option<Vec<u8>> {
    let limit = snapshot.settings(path).max_file_size;
    let source = match snapshot.documents.get(path) {
        Some(document) => document.source(limit, Want::Whole),
        None => reader::read(path, limit, Want::Whole),
    };
    match source {
        Source::Text(bytes) => Some(bytes),
        _ => None,
    }
}

pub fn status_of(side: Side, bytes: &[u8]) -> Option<String> {
    IncrementFile::read(side, Source::Text(bytes.to_vec())).parsed.status_text().map(str::to_owned)
}
