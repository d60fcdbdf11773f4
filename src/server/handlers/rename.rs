//! Nothing in a text is renamed; a client that asks is told what to do instead.

use tower_lsp::ls_types::{PrepareRenameResponse, TextDocumentPositionParams};

use crate::model::parse::work;
use crate::server::handlers::file_context::FileContext;
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::snapshot::Snapshot;

/// Says what to do instead where somebody might try; elsewhere another extension may have an answer.
pub fn prepare_rename(
    snapshot: &Snapshot<'_>,
    place: &TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>> {
    let Some((file, offset)) = FileContext::under(snapshot, place) else { return Ok(None) };
    if file.status_at(offset).is_some() {
        return Err(RequestError::NotRenamed(
            "A status is not renamed but changed, in both files: use a code action here.",
        ));
    }
    if file.name_at(offset).is_some() || work::mention_at(&file.text.text, offset).is_some() {
        return Err(RequestError::NotRenamed("Names are not renamed here; to rename an increment, rename its folder."));
    }
    Ok(None)
}
