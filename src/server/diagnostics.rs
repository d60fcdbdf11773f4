//! Findings on their way to the client: sent, or answered when it asks.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use tower_lsp::ls_types::*;

use crate::model::file_kind::FileKind;
use crate::model::status::Side;
use crate::server::position;
use crate::server::publish::{self, Message};
use crate::server::session::Session;
use crate::workspace::{discover, project, state_files};

impl Session {
    pub(super) fn send_news(&mut self) {
        self.catch_up();
        let mut changed = false;
        let news = std::mem::take(&mut self.news);
        let mut touched: BTreeSet<PathBuf> = std::mem::take(&mut self.stale_caches);
        touched.extend(news.iter().filter_map(|folder| discover::increment_of(folder)).map(|(root, _)| root));
        for folder in news {
            for side in Side::BOTH {
                let path = folder.join(side.file_name());
                let greet = self.greet.remove(&path);
                let Some(uri) = self.uri(&path) else { continue };
                let diagnostics = self.diagnostics(&folder, side);
                changed |= self.publish(&path, uri, diagnostics, greet);
            }
        }
        for root in touched {
            changed |= self.publish_caches(&root);
        }
        self.tell_status();
        self.refresh_decorations();
        if changed && self.client.pull && self.client.diagnostic_refresh {
            self.outbox.request::<request::WorkspaceDiagnosticRefresh>((), |result| {
                if let Err(error) = result {
                    tracing::debug!("refresh: {error}");
                }
            });
        }
    }

    /// Something is to be said of an increment, or was said.
    pub(super) fn has_findings(&self, folder: &Path) -> bool {
        let told = |side: Side| !self.published.of(&project::file(folder, side.file_name())).is_empty();
        self.index.with(folder, |entry| !entry.findings.is_empty()) == Some(true) || Side::BOTH.into_iter().any(told)
    }

    /// What spec.md of an increment says, as far as it is known.
    pub(super) fn spec_status(&self, root: &Path, id: &str) -> Option<String> {
        let folder = discover::increments_folder(root).join(id);
        self.index.with(&folder, |entry| entry.summary.spec_status.as_deref().map(str::to_owned)).flatten()
    }

    pub(super) fn publish(&mut self, path: &Path, uri: Uri, diagnostics: Vec<Diagnostic>, greet: bool) -> bool {
        let messages = self.published.difference(path, uri, diagnostics, greet);
        let changed = !messages.is_empty();
        for Message { uri, diagnostics } in messages {
            if !self.client.pull {
                let version = self.documents.get(path).map(|document| document.version);
                let params = PublishDiagnosticsParams { uri, diagnostics, version };
                self.outbox.notify::<notification::PublishDiagnostics>(params);
            }
        }
        changed
    }

    /// What is stale in SpecWeave's own caches of a project.
    pub(super) fn publish_caches(&mut self, root: &Path) -> bool {
        let has_caches = self.projects.get(root).is_some_and(|project| project.has_caches);
        let paths = [state_files::STATUS_LINE, state_files::ACTIVE].map(|name| state_files::path(root, name));
        let found = if has_caches {
            let status_of = |id: &str| self.spec_status(root, id);
            state_files::findings(root, &self.documents, &self.settings, self.encoding(), status_of)
        } else if paths.iter().any(|path| !self.published.of(path).is_empty()) {
            // The cache went away, and what was said about it goes too.
            Vec::new()
        } else {
            return false;
        };
        let mut changed = false;
        for path in paths {
            let here = found.iter().filter(|(of, ..)| *of == path);
            let diagnostics = here.map(|(_, _, placed)| publish::diagnostic(placed, |_| None, &self.client)).collect();
            if let Some(uri) = self.uri(&path) {
                changed |= self.publish(&path, uri, diagnostics, false);
            }
        }
        changed
    }

    /// The URI of a file: the client's own spelling when it is open.
    pub(super) fn uri(&self, path: &Path) -> Option<Uri> {
        if let Some(document) = self.documents.get(path) {
            return position::parse_uri(&document.uri);
        }
        // The innermost project: they may be nested.
        let around = self.projects.values().filter(|project| project.holds(path));
        let project = around.max_by_key(|project| project.root.as_os_str().len());
        position::uri_of(&project.map_or_else(|| path.to_path_buf(), |project| project.shown_path(path)))
    }

    pub(super) fn diagnostics(&self, folder: &Path, side: Side) -> Vec<Diagnostic> {
        let related = |file: FileKind| self.uri(&folder.join(file.file_name()));
        let diagnostics = self.index.with(folder, |entry| {
            let of_side = entry.findings.iter().filter(|finding| finding.file == side.into());
            of_side.map(|finding| publish::diagnostic(finding, related, &self.client)).collect()
        });
        diagnostics.unwrap_or_default()
    }

    pub(super) fn pulled(&mut self, params: &DocumentDiagnosticParams) -> DocumentDiagnosticReportResult {
        self.send_news();
        let path = position::path_of(&params.text_document.uri);
        let items = path.map(|path| self.published.of(&path).to_vec()).unwrap_or_default();
        let result_id = publish::result_id(&items);
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

    pub(super) fn pulled_workspace(&mut self, params: &WorkspaceDiagnosticParams) -> WorkspaceDiagnosticReportResult {
        self.send_news();
        let previous: HashMap<PathBuf, &str> = params
            .previous_result_ids
            .iter()
            .filter_map(|known| Some((position::path_of(&known.uri)?, known.value.as_str())))
            .collect();
        let mut paths: BTreeSet<PathBuf> = self.published.paths().cloned().collect();
        paths.extend(previous.keys().cloned());
        let items = paths.into_iter().filter_map(|path| {
            let uri = self.uri(&path)?;
            let version = self.documents.get(&path).map(|document| i64::from(document.version));
            let items = self.published.of(&path).to_vec();
            let result_id = publish::result_id(&items);
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
}
