//! Renaming an increment's folder takes its name in both files along. Nothing in a text is renamed.

use std::path::Path;

use tower_lsp::jsonrpc;
use tower_lsp::ls_types::{PrepareRenameResponse, RenameFilesParams, TextDocumentPositionParams, WorkspaceEdit};

use crate::model::edit::Edit;
use crate::model::status::Side;
use crate::model::{increment, outline};
use crate::server::position;
use crate::server::session::{Session, refuse};
use crate::workspace::check::{self, Depth};
use crate::workspace::{discover, project};

impl Session {
    /// Says what to do instead where somebody might try; elsewhere another extension may have an answer.
    pub fn prepare_rename(&self, place: &TextDocumentPositionParams) -> jsonrpc::Result<Option<PrepareRenameResponse>> {
        let Some((look, offset)) = self.look_under(place) else { return Ok(None) };
        if look.status_at(offset).is_some() {
            return Err(refuse("A status is not renamed but changed, in both files: use a code action here."));
        }
        if look.name_at(offset).is_some() || outline::mention_at(&look.text.text, offset).is_some() {
            return Err(refuse("Names are not renamed here; to rename an increment, rename its folder."));
        }
        Ok(None)
    }

    pub fn will_rename_files(&self, params: &RenameFilesParams) -> Option<WorkspaceEdit> {
        let path = |uri: &str| position::parse_uri(uri).as_ref().and_then(position::path_of);
        let mut changes = Vec::new();
        for file in &params.files {
            let (Some(old), Some(new)) = (path(&file.old_uri), path(&file.new_uri)) else { continue };
            changes.extend(self.renamed(&old, &new));
        }
        let edits = changes.iter().map(|(path, before, edit)| (path.as_path(), before.as_slice(), edit));
        if changes.is_empty() { None } else { self.workspace_edit(edits).ok() }
    }

    /// The edits that give both files the new name, where they hold the old one.
    fn renamed(&self, old: &Path, new: &Path) -> Vec<(std::path::PathBuf, Vec<u8>, Edit)> {
        let is_increment = discover::increment_of(old).is_some_and(|(_, folder)| folder == old);
        let (old_id, new_id) = (project::id_of(old), project::id_of(new));
        // Anything else would need quoting, differently in each file; `id-mismatch` says what is left to do.
        let plain = new_id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !is_increment || !plain || increment::number(&new_id).is_none() {
            return Vec::new();
        }
        let (increment, _) = check::load(old, &self.documents, &self.settings, Depth::Work);
        let edit = |side: Side| {
            let file = increment.file(side);
            let name = file.parsed.name.as_ref()?;
            let said = name.value.as_text()?;
            // Many write the bare number.
            let number = |id: &str| id.split('-').next().unwrap_or_default().to_owned();
            let text = match said {
                _ if said == old_id => new_id.clone(),
                _ if said == number(&old_id) => number(&new_id),
                _ => return None,
            };
            (text != said)
                .then(|| (old.join(side.file_name()), file.bytes().to_vec(), Edit { span: name.span.clone(), text }))
        };
        Side::BOTH.into_iter().filter_map(edit).collect()
    }
}
