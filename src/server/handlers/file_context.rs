//! What most requests are about: a place in one of an increment's files.

use std::path::{Path, PathBuf};

use ropey::Rope;
use tower_lsp::ls_types::{Position, Range, TextDocumentPositionParams, Uri};

use crate::model::file_kind::FileKind;
use crate::model::increment::Increment;
use crate::model::parse::work::{Doc, Item};
use crate::model::parse::{self, Field, Span};
use crate::model::status::Side;
use crate::model::work::{Progress, Work};
use crate::server::lsp::position;
use crate::server::snapshot::Snapshot;
use crate::workspace::check::{self, Depth};
use crate::workspace::discover;
use crate::workspace::line_index::Encoding;

/// Which of an increment's files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DocumentKind {
    File(Side),
    Tasks,
}

impl DocumentKind {
    /// How stories, criteria and tasks are read from it.
    pub fn doc(self) -> Doc {
        if self == DocumentKind::Tasks { Doc::Tasks } else { Doc::Spec }
    }
}

/// A file's text, for questions about many places in it.
pub struct Text {
    pub text: String,
    rope: Rope,
    encoding: Encoding,
}

impl Text {
    /// An empty one where there is none.
    pub fn of(snapshot: &Snapshot<'_>, path: &Path) -> Text {
        Text::new(&snapshot.text(path).unwrap_or_default(), snapshot.encoding())
    }

    fn new(bytes: &[u8], encoding: Encoding) -> Text {
        let text = parse::mask(bytes).0.into_owned();
        Text { rope: Rope::from_str(&text), text, encoding }
    }

    pub fn range(&self, span: &Span) -> Range {
        position::range_in(&self.rope, span, self.encoding)
    }

    pub fn offset(&self, at: Position) -> usize {
        position::bytes(&self.rope, Range::new(at, at), self.encoding).start
    }
}

/// One of an increment's files, and the increment it belongs to, as the editor has them.
pub struct FileContext {
    pub root: PathBuf,
    pub folder: PathBuf,
    pub uri: Uri,
    pub kind: DocumentKind,
    pub text: Text,
    pub increment: Increment,
    pub progress: Progress,
    pub work: Work,
}

impl FileContext {
    /// `None` for a file that is not one of a known increment's.
    pub fn at(snapshot: &Snapshot<'_>, uri: &Uri) -> Option<FileContext> {
        let path = snapshot.path(uri)?;
        let (root, folder) = discover::increment_of(&path)?;
        let kind = if path == folder.join(FileKind::Tasks.file_name()) {
            DocumentKind::Tasks
        } else {
            DocumentKind::File(Side::BOTH.into_iter().find(|side| path == folder.join(side.file_name()))?)
        };
        if !snapshot.knows(&root, &folder) {
            return None;
        }
        let (increment, work) = check::load_shown(&folder, snapshot.documents, snapshot.settings(&folder), Depth::Work);
        let text = match kind {
            DocumentKind::File(side) => Text::new(increment.file(side).bytes(), snapshot.encoding()),
            DocumentKind::Tasks => Text::of(snapshot, &path),
        };
        Some(FileContext {
            root,
            folder,
            uri: uri.clone(),
            kind,
            text,
            increment,
            progress: work.as_ref().map(|work| work.progress).unwrap_or_default(),
            work: work.unwrap_or_default(),
        })
    }

    /// Whether one of its items is done, after all that is known of it.
    pub fn done(&self, item: &Item) -> Option<bool> {
        item.done().map(|_| !self.work.is_open(item.kind, &self.text.text[item.name.clone()]))
    }

    /// And the place in it, in bytes.
    pub fn under(snapshot: &Snapshot<'_>, place: &TextDocumentPositionParams) -> Option<(FileContext, usize)> {
        let file = FileContext::at(snapshot, &place.text_document.uri)?;
        let offset = file.text.offset(place.position);
        Some((file, offset))
    }

    /// The status under `offset`, its ends included, if this file holds one there.
    pub fn status_at(&self, offset: usize) -> Option<(Side, &Field)> {
        let DocumentKind::File(side) = self.kind else { return None };
        let field = self.increment.file(side).parsed.status_field()?;
        covers(&field.span, offset).then_some((side, field))
    }

    /// The increment's own name under `offset`.
    pub fn name_at(&self, offset: usize) -> Option<&Field> {
        let DocumentKind::File(side) = self.kind else { return None };
        self.increment.file(side).parsed.name.as_ref().filter(|field| covers(&field.span, offset))
    }
}

/// A cursor behind a word is still on it.
fn covers(span: &Span, offset: usize) -> bool {
    (span.start..=span.end).contains(&offset)
}
