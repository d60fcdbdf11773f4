//! What an editor shows about an increment besides findings. Each feature is a question that changes nothing.

mod completion;
mod folding;
mod hover;
mod inlay;
mod lens;
mod links;
mod navigation;
mod rename;
mod symbols;

use std::path::{Path, PathBuf};

use ropey::Rope;
use tower_lsp::ls_types::{Location, Position, Range, TextDocumentPositionParams, Uri, request};

use crate::model::file_kind::FileKind;
use crate::model::increment::{Increment, Source};
use crate::model::parse::{self, Field, Span};
use crate::model::progress::Progress;
use crate::model::status::Side;
use crate::server::position;
use crate::server::session::Session;
use crate::workspace::check::{self, Depth};
use crate::workspace::discover;
use crate::workspace::fs::reader::Want;
use crate::workspace::line_index::Encoding;

/// Which of an increment's files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    File(Side),
    Tasks,
}

/// A file's text, for questions about many places in it.
pub(super) struct Text {
    pub text: String,
    rope: Rope,
    encoding: Encoding,
}

impl Text {
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
pub(super) struct Look {
    pub root: PathBuf,
    pub folder: PathBuf,
    pub uri: Uri,
    pub part: Part,
    pub text: Text,
    pub increment: Increment,
    pub progress: Progress,
}

impl Session {
    fn title(&self, folder: &Path) -> Option<String> {
        self.index.with(folder, |entry| entry.summary.title.as_deref().map(str::to_owned))?
    }

    /// `None` for a file that is not one of a known increment's.
    pub(super) fn look_at(&self, uri: &Uri) -> Option<Look> {
        let path = position::path_of(uri)?;
        let (root, folder) = discover::increment_of(&path)?;
        let part = if path == folder.join(FileKind::Tasks.file_name()) {
            Part::Tasks
        } else {
            Part::File(Side::BOTH.into_iter().find(|side| path == folder.join(side.file_name()))?)
        };
        if !self.index.contains(&folder) {
            return None;
        }
        let (increment, progress) = check::load(&folder, &self.documents, &self.settings, Depth::Work);
        let text = match part {
            Part::File(side) => Text::new(increment.file(side).bytes(), self.encoding()),
            Part::Tasks => self.text_of(&path),
        };
        Some(Look { root, folder, uri: uri.clone(), part, text, increment, progress: progress.unwrap_or_default() })
    }

    fn look_under(&self, place: &TextDocumentPositionParams) -> Option<(Look, usize)> {
        let look = self.look_at(&place.text_document.uri)?;
        let offset = look.text.offset(place.position);
        Some((look, offset))
    }

    fn text_of(&self, path: &Path) -> Text {
        match check::source(path, &self.documents, &self.settings, Want::Whole) {
            Source::Text(bytes) => Text::new(&bytes, self.encoding()),
            _ => Text::new(&[], self.encoding()),
        }
    }

    fn location(&self, path: &Path, text: &Text, span: &Span) -> Option<Location> {
        Some(Location { uri: self.uri(path)?, range: text.range(span) })
    }

    /// An increment of the project a text names, if there is one.
    fn named(&self, root: &Path, id: &str) -> Option<PathBuf> {
        let folder = discover::increments_folder(root).join(id);
        self.index.contains(&folder).then_some(folder)
    }

    /// What is drawn into the text depends on both files; an editor asks again only for the one that was changed.
    pub(super) fn refresh_decorations(&mut self) {
        let basis = (self.index.revision(), self.epoch);
        if self.decorated == basis || self.documents.paths().next().is_none() {
            return;
        }
        self.decorated = basis;
        let log = |result| {
            if let Err(error) = result {
                tracing::debug!("refresh: {error}");
            }
        };
        if self.client.code_lens_refresh {
            self.outbox.request::<request::CodeLensRefresh>((), log);
        }
        if self.client.inlay_hint_refresh {
            self.outbox.request::<request::InlayHintRefreshRequest>((), log);
        }
    }
}

impl Look {
    /// The status under `offset`, its ends included, if this file holds one there.
    fn status_at(&self, offset: usize) -> Option<(Side, &Field)> {
        let Part::File(side) = self.part else { return None };
        let field = self.increment.file(side).parsed.status_field()?;
        covers(&field.span, offset).then_some((side, field))
    }

    /// The increment's own name under `offset`.
    fn name_at(&self, offset: usize) -> Option<&Field> {
        let Part::File(side) = self.part else { return None };
        self.increment.file(side).parsed.name.as_ref().filter(|field| covers(&field.span, offset))
    }
}

/// A cursor behind a word is still on it.
fn covers(span: &Span, offset: usize) -> bool {
    (span.start..=span.end).contains(&offset)
}
