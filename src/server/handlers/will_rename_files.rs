//! Renaming an increment's folder takes its name in both files along.

use std::path::{Path, PathBuf};

use tower_lsp::ls_types::{RenameFilesParams, WorkspaceEdit};

use crate::model::edit::Edit;
use crate::model::increment_number;
use crate::model::status::Side;
use crate::server::lsp::position;
use crate::server::snapshot::Snapshot;
use crate::server::workspace_edit;
use crate::workspace::check::{self, Depth};
use crate::workspace::{discover, project};

pub fn will_rename_files(snapshot: &Snapshot<'_>, params: &RenameFilesParams) -> Option<WorkspaceEdit> {
    let path = |uri: &str| position::parse_uri(uri).and_then(|uri| snapshot.path(&uri));
    let mut changes = Vec::new();
    for file in &params.files {
        let (Some(old), Some(new)) = (path(&file.old_uri), path(&file.new_uri)) else { continue };
        changes.extend(renamed(snapshot, &old, &new));
    }
    let edits = changes.iter().map(|(path, before, edit)| (path.as_path(), before.as_slice(), edit));
    if changes.is_empty() { None } else { workspace_edit::of_edits(snapshot, edits).ok() }
}

/// The edits that give both files the new name, where they hold the old one.
fn renamed(snapshot: &Snapshot<'_>, old: &Path, new: &Path) -> Vec<(PathBuf, Vec<u8>, Edit)> {
    let is_increment = discover::increment_of(old).is_some_and(|(_, folder)| folder == old);
    let (old_id, new_id) = (project::id_of(old), project::id_of(new));
    // Anything else would need quoting, differently in each file; `id-mismatch` says what is left to do.
    let plain = new_id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !is_increment || !plain || increment_number::of(&new_id).is_none() {
        return Vec::new();
    }
    let (increment, _) = check::load_shown(old, snapshot.documents, snapshot.settings(old), Depth::Work);
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
