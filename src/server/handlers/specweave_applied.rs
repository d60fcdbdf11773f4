//! What an editor is to save after a change: most leave it unsaved, and hooks and CI read the disk.

use std::path::Path;

use crate::server::lsp::commands::OfferedEdit;
use crate::server::lsp::ext::{AppliedFile, AppliedParams};
use crate::server::pending_edits::{EditorChange, hash};
use crate::server::snapshot::Snapshot;

/// `None` when nothing is to be saved.
pub fn specweave_applied(snapshot: &Snapshot<'_>, title: String, changes: &[EditorChange]) -> Option<AppliedParams> {
    let files = changes.iter().flat_map(EditorChange::files);
    let files: Vec<AppliedFile> = files.filter_map(|(_, path, edit)| unsaved(snapshot, &path, edit)).collect();
    (!files.is_empty()).then_some(AppliedParams { title, files })
}

fn unsaved(snapshot: &Snapshot<'_>, path: &Path, edit: &OfferedEdit) -> Option<AppliedFile> {
    let on_disk = hash(&std::fs::read(path).unwrap_or_default());
    let current = hash(&snapshot.text(path)?);
    let version = snapshot.version(path);
    // Saved already, or written to disk without a document.
    if on_disk == current && (version.is_some() || on_disk == edit.after) {
        return None;
    }
    let other_changes = on_disk != edit.before || (version.is_some() && current != edit.after);
    Some(AppliedFile { uri: snapshot.uri(path), version, other_changes })
}
