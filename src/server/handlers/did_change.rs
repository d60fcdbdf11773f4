//! A text that changed in the editor.

use std::path::Path;
use std::time::Instant;

use tower_lsp::ls_types::DidChangeTextDocumentParams;

use crate::server::diagnostics::Diagnostics;
use crate::server::pending_edits::PendingEdits;
use crate::server::workspace::Workspace;
use crate::workspace::line_index::Encoding;

pub fn did_change(
    path: &Path,
    params: &DidChangeTextDocumentParams,
    encoding: Encoding,
    workspace: &mut Workspace,
    diagnostics: &mut Diagnostics,
    pending_edits: &mut PendingEdits,
) {
    for change in &params.content_changes {
        if !workspace.edit(path, &params.text_document, change, encoding) {
            return tracing::warn!("a change of {} was ignored: it is not open", params.text_document.uri.as_str());
        }
        if let Some(range) = change.range {
            diagnostics.edited(path, range);
        }
        if let Some(document) = workspace.document(path) {
            pending_edits.text_changed(path, &document.text, Instant::now());
        }
    }
}
