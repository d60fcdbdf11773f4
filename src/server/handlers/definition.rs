//! From one of the two statuses to the other, and from where something is named to where it is defined.

use std::path::{Path, PathBuf};

use tower_lsp::ls_types::{GotoDefinitionParams, GotoDefinitionResponse, Location, Position, Range};

use crate::model::file_kind::FileKind;
use crate::model::parse::Span;
use crate::model::parse::work::{self, Doc, Item, Kind};
use crate::model::status::Side;
use crate::server::handlers::file_context::{FileContext, Text};
use crate::server::snapshot::Snapshot;

pub fn definition(snapshot: &Snapshot<'_>, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let (file, offset) = FileContext::under(snapshot, &params.text_document_position_params)?;
    if let Some((side, _)) = file.status_at(offset) {
        return status_location(snapshot, &file, side.other()).map(GotoDefinitionResponse::Scalar);
    }
    let (kind, span) = work::mention_at(&file.text.text, offset)?;
    let name = &file.text.text[span];
    definition_of(snapshot, &file, kind, name).map(GotoDefinitionResponse::Scalar)
}

fn definition_of(snapshot: &Snapshot<'_>, file: &FileContext, kind: Kind, name: &str) -> Option<Location> {
    if kind == Kind::Increment {
        let spec = snapshot.increment(&file.root, name)?.join(Side::Spec.file_name());
        let start = Position::new(0, 0);
        return Some(Location { uri: snapshot.uri(&spec)?, range: Range::new(start, start) });
    }
    let (path, text) = home(snapshot, file, kind);
    let item = home_items(file, kind, &text).into_iter().find(|item| is(item, kind, name, &text.text))?;
    location(snapshot, &path, &text, &item.name)
}

/// The file in which such things are defined.
pub fn home(snapshot: &Snapshot<'_>, file: &FileContext, kind: Kind) -> (PathBuf, Text) {
    let path = file.folder.join(home_file(file, kind));
    let text = Text::of(snapshot, &path);
    (path, text)
}

pub fn status_location(snapshot: &Snapshot<'_>, file: &FileContext, side: Side) -> Option<Location> {
    let field = file.increment.file(side).parsed.status_field()?;
    let path = file.folder.join(side.file_name());
    location(snapshot, &path, &Text::of(snapshot, &path), &field.span)
}

pub fn home_file(file: &FileContext, kind: Kind) -> &'static str {
    if kind == Kind::Task { FileKind::from(file.work.task_file()).file_name() } else { Side::Spec.file_name() }
}

/// What is defined in the home of such things, whose text this is.
pub fn home_items(file: &FileContext, kind: Kind, home: &Text) -> Vec<Item> {
    let in_tasks = home_file(file, kind) == FileKind::Tasks.file_name();
    work::parse(&home.text, if in_tasks { Doc::Tasks } else { Doc::Spec }).items
}

pub fn is(item: &Item, kind: Kind, name: &str, text: &str) -> bool {
    item.kind == kind && text[item.name.clone()] == *name
}

pub fn location(snapshot: &Snapshot<'_>, path: &Path, text: &Text, span: &Span) -> Option<Location> {
    Some(Location { uri: snapshot.uri(path)?, range: text.range(span) })
}
