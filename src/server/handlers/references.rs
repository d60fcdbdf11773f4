//! Where a status, story, criterion or task is named.

use std::path::Path;

use tower_lsp::ls_types::{Location, ReferenceParams};

use crate::model::file_kind::FileKind;
use crate::model::parse::Span;
use crate::model::parse::work::{self, Kind};
use crate::model::status::Side;
use crate::server::handlers::definition::{home_file, home_items, is, location, status_location};
use crate::server::handlers::file_context::{FileContext, Text};
use crate::server::snapshot::Snapshot;

pub fn references(snapshot: &Snapshot<'_>, params: &ReferenceParams) -> Option<Vec<Location>> {
    let (file, offset) = FileContext::under(snapshot, &params.text_document_position)?;
    let with_declaration = params.context.include_declaration;
    if let Some((side, _)) = file.status_at(offset) {
        let sides = Side::BOTH.into_iter().filter(|other| with_declaration || *other != side);
        return Some(sides.filter_map(|side| status_location(snapshot, &file, side)).collect());
    }
    let (kind, span) = work::mention_at(&file.text.text, offset)?;
    if kind == Kind::Increment {
        return None;
    }
    let name = &file.text.text[span];
    let mut found = Vec::new();
    for other in [Side::Spec.file_name(), FileKind::Tasks.file_name()] {
        let path = file.folder.join(other);
        let text = Text::of(snapshot, &path);
        for span in mentions_in(&file, &path, &text, kind, name, with_declaration) {
            found.extend(location(snapshot, &path, &text, &span));
        }
    }
    Some(found)
}

fn mentions_in(
    file: &FileContext,
    path: &Path,
    text: &Text,
    kind: Kind,
    name: &str,
    with_declaration: bool,
) -> Vec<Span> {
    let declared = path.ends_with(home_file(file, kind)).then(|| {
        home_items(file, kind, text).into_iter().find(|item| is(item, kind, name, &text.text)).map(|item| item.name)
    });
    let declared = declared.flatten();
    let named = work::mentions(&text.text).filter(|(found, span)| *found == kind && text.text[span.clone()] == *name);
    named.map(|(_, span)| span).filter(|span| with_declaration || Some(span) != declared.as_ref()).collect()
}
