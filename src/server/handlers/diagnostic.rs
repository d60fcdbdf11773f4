//! Diagnostics for clients that ask for them.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use tower_lsp::ls_types::*;

use crate::server::diagnostics::{Diagnostics, result_id};
use crate::server::snapshot::Snapshot;

pub fn diagnostic(
    snapshot: &Snapshot<'_>,
    diagnostics: &Diagnostics,
    params: &DocumentDiagnosticParams,
) -> DocumentDiagnosticReportResult {
    let path = snapshot.path(&params.text_document.uri);
    let items = path.map(|path| diagnostics.of(&path).to_vec()).unwrap_or_default();
    let result_id = result_id(&items);
    let report = if params.previous_result_id.as_ref() == Some(&result_id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        })
    } else {
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
        })
    };
    DocumentDiagnosticReportResult::Report(report)
}

pub fn workspace_diagnostic(
    snapshot: &Snapshot<'_>,
    diagnostics: &Diagnostics,
    params: &WorkspaceDiagnosticParams,
) -> WorkspaceDiagnosticReportResult {
    let previous: HashMap<PathBuf, &str> = params
        .previous_result_ids
        .iter()
        .filter_map(|known| Some((snapshot.path(&known.uri)?, known.value.as_str())))
        .collect();
    let mut paths: BTreeSet<PathBuf> = diagnostics.paths().map(Path::to_path_buf).collect();
    paths.extend(previous.keys().cloned());
    let items = paths.into_iter().filter_map(|path| {
        let uri = snapshot.uri(&path)?;
        let version = snapshot.version(&path).map(i64::from);
        let items = diagnostics.of(&path).to_vec();
        let result_id = result_id(&items);
        Some(if previous.get(&path) == Some(&result_id.as_str()) {
            let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id };
            WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report,
            })
        } else {
            let result_id = Some(result_id);
            let full_document_diagnostic_report = FullDocumentDiagnosticReport { result_id, items };
            WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report,
            })
        })
    });
    WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items: items.collect() })
}
