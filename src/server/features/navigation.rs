//! From one of the two statuses to the other, from where something is named to where it stands, and back.

use std::path::Path;

use tower_lsp::ls_types::{GotoDefinitionParams, GotoDefinitionResponse, Location, Position, Range, ReferenceParams};

use crate::model::file_kind::FileKind;
use crate::model::outline::{self, Item, Kind};
use crate::model::parse::Span;
use crate::model::status::Side;
use crate::server::features::{Look, Text};
use crate::server::session::Session;

impl Session {
    pub fn definition(&self, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
        let (look, offset) = self.look_under(&params.text_document_position_params)?;
        if let Some((side, _)) = look.status_at(offset) {
            return self.status_location(&look, side.other()).map(GotoDefinitionResponse::Scalar);
        }
        let (kind, span) = outline::mention_at(&look.text.text, offset)?;
        let name = &look.text.text[span];
        self.definition_of(&look, kind, name).map(GotoDefinitionResponse::Scalar)
    }

    fn definition_of(&self, look: &Look, kind: Kind, name: &str) -> Option<Location> {
        if kind == Kind::Increment {
            let spec = self.named(&look.root, name)?.join(Side::Spec.file_name());
            let start = Position::new(0, 0);
            return Some(Location { uri: self.uri(&spec)?, range: Range::new(start, start) });
        }
        let (path, text) = self.home(look, kind);
        let item = outline::items(&text.text).into_iter().find(|item| is(item, kind, name, &text.text))?;
        self.location(&path, &text, &item.name)
    }

    /// The file in which such things are defined.
    pub(super) fn home(&self, look: &Look, kind: Kind) -> (std::path::PathBuf, Text) {
        let path = look.folder.join(home_file(kind));
        let text = self.text_of(&path);
        (path, text)
    }

    pub fn references(&self, params: &ReferenceParams) -> Option<Vec<Location>> {
        let (look, offset) = self.look_under(&params.text_document_position)?;
        let with_declaration = params.context.include_declaration;
        if let Some((side, _)) = look.status_at(offset) {
            let sides = Side::BOTH.into_iter().filter(|other| with_declaration || *other != side);
            return Some(sides.filter_map(|side| self.status_location(&look, side)).collect());
        }
        let (kind, span) = outline::mention_at(&look.text.text, offset)?;
        if kind == Kind::Increment {
            return None;
        }
        let name = &look.text.text[span];
        let mut found = Vec::new();
        for file in [FileKind::Spec.file_name(), FileKind::Tasks.file_name()] {
            let path = look.folder.join(file);
            let text = self.text_of(&path);
            for span in self.mentions_in(&path, &text, kind, name, with_declaration) {
                found.extend(self.location(&path, &text, &span));
            }
        }
        Some(found)
    }

    fn mentions_in(&self, path: &Path, text: &Text, kind: Kind, name: &str, with_declaration: bool) -> Vec<Span> {
        let declared = path.ends_with(home_file(kind)).then(|| {
            outline::items(&text.text).into_iter().find(|item| is(item, kind, name, &text.text)).map(|item| item.name)
        });
        let declared = declared.flatten();
        let named =
            outline::mentions(&text.text).filter(|(found, span)| *found == kind && text.text[span.clone()] == *name);
        named.map(|(_, span)| span).filter(|span| with_declaration || Some(span) != declared.as_ref()).collect()
    }

    fn status_location(&self, look: &Look, side: Side) -> Option<Location> {
        let field = look.increment.file(side).parsed.status_field()?;
        let path = look.folder.join(side.file_name());
        self.location(&path, &self.text_of(&path), &field.span)
    }
}

fn home_file(kind: Kind) -> &'static str {
    if kind == Kind::Task { FileKind::Tasks.file_name() } else { FileKind::Spec.file_name() }
}

pub(super) fn is(item: &Item, kind: Kind, name: &str, text: &str) -> bool {
    item.kind == kind && text[item.name.clone()] == *name
}
