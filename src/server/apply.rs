//! Changes of status as workspace edits.

use std::collections::HashMap;

use tower_lsp::ls_types::*;

use super::position;
use super::session::Session;
use crate::model::edits::Refusal;
use crate::model::reading;
use crate::workspace::plan::{FileChange, Plan};

impl Session {
    /// One workspace edit for all plans: plain text edits, open documents first and with their version, since a
    /// client that stops half-way stops at a file nobody is looking at.
    pub(super) fn edit(&self, plans: &[Plan]) -> Result<WorkspaceEdit, Refusal> {
        let mut changes: Vec<(&FileChange, Option<i32>)> = plans
            .iter()
            .flat_map(|plan| &plan.files)
            .map(|file| (file, self.overlay.get(&file.path).map(|document| document.version)))
            .collect();
        changes.sort_by_key(|(_, version)| version.is_none());
        let mut edits = Vec::new();
        for (file, version) in changes {
            let uri = self.uri(&file.path).ok_or_else(|| format!("{} has no URI.", file.path.display()))?;
            let (text, _) = reading::mask(&file.before);
            let range = position::range(&text, &file.edit.span, self.encoding());
            edits.push((uri, version, TextEdit { range, new_text: file.edit.text.clone() }));
        }
        Ok(if self.client.document_changes {
            let edits = edits.into_iter().map(|(uri, version, edit)| TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: vec![OneOf::Left(edit)],
            });
            WorkspaceEdit {
                document_changes: Some(DocumentChanges::Edits(edits.collect())),
                ..WorkspaceEdit::default()
            }
        } else {
            let changes: HashMap<Uri, Vec<TextEdit>> =
                edits.into_iter().map(|(uri, _, edit)| (uri, vec![edit])).collect();
            WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
        })
    }
}
