//! Edits of bytes as the protocol's workspace edits.

use std::collections::HashMap;
use std::path::Path;

use tower_lsp::ls_types::*;

use crate::model::edit::Edit;
use crate::model::parse;
use crate::model::sort;
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::lsp::position;
use crate::server::snapshot::Snapshot;
use crate::workspace::change::plan::Plan;

/// An edit of a file, and the text it was made for.
pub type FileEdit<'e> = (&'e Path, &'e [u8], &'e Edit);

/// One workspace edit for all plans.
pub fn of_plans(snapshot: &Snapshot<'_>, plans: &[Plan]) -> Result<WorkspaceEdit> {
    let files = plans.iter().flat_map(|plan| &plan.files);
    of_edits(snapshot, files.map(|file| (file.path.as_path(), file.before.as_slice(), &file.edit)))
}

/// Plain text edits, one a file, open documents first and with their version, since a client that stops half-way stops at
/// a file nobody is looking at.
pub fn of_edits<'e>(snapshot: &Snapshot<'_>, edits: impl Iterator<Item = FileEdit<'e>>) -> Result<WorkspaceEdit> {
    let mut changes = Vec::new();
    for (path, before, edit) in edits {
        let uri = snapshot.uri(path).ok_or_else(|| RequestError::NoUri(path.to_path_buf()))?;
        let (text, _) = parse::mask(before);
        let range = position::range(&text, &edit.span, snapshot.encoding());
        changes.push((uri, snapshot.version(path), TextEdit { range, new_text: edit.text.clone() }));
    }
    sort::by_key(&mut changes, |(_, version, _)| version.is_none());
    Ok(if snapshot.capabilities.document_changes {
        let edits = changes.into_iter().map(|(uri, version, edit)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: vec![OneOf::Left(edit)],
        });
        WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(edits.collect())), ..WorkspaceEdit::default() }
    } else {
        let changes: HashMap<Uri, Vec<TextEdit>> =
            changes.into_iter().map(|(uri, _, edit)| (uri, vec![edit])).collect();
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    })
}
