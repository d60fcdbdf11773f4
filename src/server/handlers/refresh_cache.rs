//! For one of SpecWeave's caches with something stale in it: what its own updater would write.

use std::path::Path;

use tower_lsp::ls_types::WorkspaceEdit;

use crate::model::edit::Edit;
use crate::server::lsp::errors::Result;
use crate::server::snapshot::Snapshot;
use crate::server::workspace_edit;
use crate::workspace::discover::Scope;
use crate::workspace::{specweave_caches, summary};

/// The cache's name and the edit that refreshes it; `None` when nothing in it is stale.
pub fn refresh_cache(snapshot: &Snapshot<'_>, path: &Path) -> Option<(&'static str, Result<WorkspaceEdit>)> {
    let (project, cache) = snapshot.projects.with_cache(path)?;
    let before = snapshot.text(path)?;
    let (documents, settings) = (snapshot.documents, snapshot.settings(&project.root));
    let lines = summary::read_project(&project.root, &Scope::default(), documents, settings, false);
    let content = specweave_caches::content(cache, &lines, documents, settings);
    let stale = specweave_caches::stale(cache, &before, |id, side| snapshot.status(&project.root, id, side));
    if stale.is_empty() && specweave_caches::outdated(cache, &before, &content).is_none() {
        return None;
    }
    let text = format!("{content:#}");
    let edit = Edit { span: 0..before.len(), text };
    Some((cache, workspace_edit::of_edits(snapshot, [(path, before.as_slice(), &edit)].into_iter())))
}
