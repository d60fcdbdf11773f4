//! Everything that can happen.

use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tower_lsp::ls_types::*;

use crate::server::lsp::errors::Result;
use crate::server::lsp::ext::{Page, PageParams};
use crate::server::snapshot::Snapshot;
use crate::workspace::scan::ScanEvent;
use crate::workspace::watch::WatchEvent;

pub type Events = UnboundedSender<Event>;
pub type Reply<T> = oneshot::Sender<Result<T>>;
/// A request that changes nothing, with its reply.
pub type SnapshotRequest = Box<dyn FnOnce(&Snapshot<'_>) + Send>;

pub enum Event {
    Initialize(Box<InitializeParams>, Reply<InitializeResult>),
    Initialized,
    DidOpen(DidOpenTextDocumentParams),
    DidChange(DidChangeTextDocumentParams),
    DidSave(DidSaveTextDocumentParams),
    DidClose(DidCloseTextDocumentParams),
    DidChangeWatchedFiles(Vec<FileEvent>),
    DidChangeWorkspaceFolders(WorkspaceFoldersChangeEvent),
    DidChangeConfiguration(Value),
    /// The client's answer to what its settings are.
    Configuration(Value),
    Look(SnapshotRequest),
    CodeActionResolve(Box<CodeAction>, Reply<CodeAction>),
    ExecuteCommand(ExecuteCommandParams, Reply<Option<LSPAny>>),
    Diagnostic(DocumentDiagnosticParams, Reply<DocumentDiagnosticReportResult>),
    WorkspaceDiagnostic(WorkspaceDiagnosticParams, Reply<WorkspaceDiagnosticReportResult>),
    SpecweaveStatus(Reply<Box<RawValue>>),
    SpecweaveIncrements(PageParams, Reply<Page>),
    Disk(WatchEvent),
    Scan(ScanEvent),
    /// The client has made a progress bar, or has none after all.
    ProgressCreated(NumberOrString, bool),
    ProgressCancelled(NumberOrString),
    /// The editor has answered the edit with this number, perhaps with a refusal.
    EditAnswered {
        id: u64,
        refusal: Option<String>,
    },
    EditorEnded,
    Shutdown(Reply<()>),
    /// The client has left.
    Exit,
}
