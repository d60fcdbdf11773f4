//! Each message of the client becomes an event, sent before the first wait: the handlers of tower-lsp run concurrently,
//! and only so do document changes stay in their order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;

use crate::server::event::{Event, Events, Reply};
use crate::server::handlers::code_action::code_action;
use crate::server::handlers::code_lens::code_lens;
use crate::server::handlers::completion::completion;
use crate::server::handlers::definition::definition;
use crate::server::handlers::document_link::document_link;
use crate::server::handlers::document_symbol::document_symbol;
use crate::server::handlers::folding_range::folding_range;
use crate::server::handlers::hover::{hover, with_evidence};
use crate::server::handlers::inlay_hint::inlay_hint;
use crate::server::handlers::references::references;
use crate::server::handlers::rename::prepare_rename;
use crate::server::handlers::specweave_evidence::specweave_evidence;
use crate::server::handlers::will_rename_files::will_rename_files;
use crate::server::handlers::workspace_symbol::workspace_symbol;
use crate::server::lsp::errors::{self, RequestError};
use crate::server::lsp::ext::{Evidence, EvidenceParams, Page, PageParams};
use crate::server::snapshot::Snapshot;

pub struct Backend {
    events: Events,
    /// The client has asked for `shutdown`.
    shutdown: Arc<AtomicBool>,
}

impl Backend {
    pub fn new(events: Events, shutdown: Arc<AtomicBool>) -> Backend {
        Backend { events, shutdown }
    }

    fn send(&self, event: Event) {
        if self.events.send(event).is_err() {
            tracing::debug!("the main loop has ended");
        }
    }

    async fn ask<T>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.send(event(reply));
        // A reply is lost in a panic, or dropped when the server ends.
        let lost =
            || if self.shutdown.load(Ordering::Relaxed) { RequestError::ShutDown } else { RequestError::Internal };
        Ok(answer.await.unwrap_or_else(|_| Err(lost()))?)
    }

    /// A request that changes nothing.
    async fn look<T: Send + 'static>(&self, look: impl FnOnce(&Snapshot<'_>) -> T + Send + 'static) -> Result<T> {
        self.try_look(|snapshot| Ok(look(snapshot))).await
    }

    async fn try_look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Snapshot<'_>) -> errors::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ask(|reply| {
            Event::Look(Box::new(|snapshot| {
                let _ = reply.send(look(snapshot));
            }))
        })
        .await
    }
}

/// Asks other programs without keeping the main loop.
async fn beside<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    Ok(tokio::task::spawn_blocking(ask).await.map_err(|_| RequestError::Internal)?)
}

/// What tower-lsp has no name for.
impl Backend {
    pub async fn specweave_status(&self, _: LSPAny) -> Result<Box<RawValue>> {
        self.ask(Event::SpecweaveStatus).await
    }

    pub async fn specweave_increments(&self, params: PageParams) -> Result<Page> {
        self.ask(|reply| Event::SpecweaveIncrements(params, reply)).await
    }

    pub async fn specweave_evidence(&self, params: EvidenceParams) -> Result<Evidence> {
        let undecided = self.try_look(move |snapshot| specweave_evidence(snapshot, &params)).await?;
        beside(move || undecided.evidence()).await
    }

    pub async fn progress_cancelled(&self, params: WorkDoneProgressCancelParams) {
        self.send(Event::ProgressCancelled(params.token));
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        self.ask(|reply| Event::Initialize(Box::new(params), reply)).await
    }

    async fn initialized(&self, _: InitializedParams) {
        self.send(Event::Initialized);
    }

    /// Answered in its turn: what was asked before is answered before.
    async fn shutdown(&self) -> Result<()> {
        self.ask(Event::Shutdown).await
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.send(Event::DidOpen(params));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.send(Event::DidChange(params));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.send(Event::DidSave(params));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.send(Event::DidClose(params));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.send(Event::DidChangeWatchedFiles(params.changes));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.send(Event::DidChangeWorkspaceFolders(params.event));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.send(Event::DidChangeConfiguration(params.settings));
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.look(move |snapshot| Some(code_action(snapshot, &params))).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        self.ask(|reply| Event::CodeActionResolve(Box::new(action), reply)).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        self.ask(|reply| Event::ExecuteCommand(params, reply)).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let Some((hover, undecided)) = self.look(move |snapshot| hover(snapshot, &params)).await? else {
            return Ok(None);
        };
        match undecided {
            None => Ok(Some(hover)),
            Some(undecided) => beside(move || Some(with_evidence(hover, &undecided))).await,
        }
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        self.look(move |snapshot| completion(snapshot, &params)).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.look(move |snapshot| code_lens(snapshot, &params)).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.look(move |snapshot| inlay_hint(snapshot, &params)).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.look(move |snapshot| definition(snapshot, &params)).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        self.look(move |snapshot| references(snapshot, &params)).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.look(move |snapshot| document_symbol(snapshot, &params)).await
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        self.look(move |snapshot| Some(WorkspaceSymbolResponse::Flat(workspace_symbol(snapshot, &params)))).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.look(move |snapshot| document_link(snapshot, &params)).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.look(move |snapshot| folding_range(snapshot, &params)).await
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        self.try_look(move |snapshot| prepare_rename(snapshot, &params)).await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        self.try_look(move |snapshot| prepare_rename(snapshot, &params.text_document_position).map(|_| None)).await
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        self.look(move |snapshot| will_rename_files(snapshot, &params)).await
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        self.ask(|reply| Event::Diagnostic(params, reply)).await
    }

    async fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> Result<WorkspaceDiagnosticReportResult> {
        self.ask(|reply| Event::WorkspaceDiagnostic(params, reply)).await
    }
}
