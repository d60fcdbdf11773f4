//! Each message of the client becomes an event, handed over before the first wait: the handlers run concurrently,
//! and only so do document changes stay in their order.

use std::sync::mpsc::Sender;

use tokio::sync::oneshot;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;

use crate::server::outbox::failed_inside;
use crate::server::session::{Event, Reply, Session};

pub struct Backend {
    pub events: Sender<Event>,
}

impl Backend {
    fn tell(&self, event: Event) {
        if self.events.send(event).is_err() {
            tracing::error!("the session has ended");
        }
    }

    async fn ask<T>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.tell(event(reply));
        answer.await.unwrap_or_else(|_| Err(failed_inside()))
    }
}

/// What tower-lsp does not route.
impl Backend {
    /// Requests of our own are answered elsewhere (`direct.rs`); only those before `initialize` and after `shutdown` come
    /// this way, for tower-lsp to refuse them.
    pub async fn out_of_turn(&self) -> Result<()> {
        Err(failed_inside())
    }

    pub async fn progress_cancelled(&self, params: WorkDoneProgressCancelParams) {
        self.tell(Event::CancelProgress(params.token));
    }
}

impl Backend {
    async fn look<T: Send + 'static>(&self, question: impl FnOnce(&Session) -> T + Send + 'static) -> Result<T> {
        self.ask(|reply| {
            Event::Look(Box::new(|session| {
                let _ = reply.send(Ok(question(session)));
            }))
        })
        .await
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        self.ask(|reply| Event::Initialize(Box::new(params), reply)).await
    }

    async fn initialized(&self, _: InitializedParams) {
        self.tell(Event::Initialized);
    }

    /// Answered in its turn: what was asked before is answered before.
    async fn shutdown(&self) -> Result<()> {
        self.ask(Event::Shutdown).await
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.tell(Event::Opened(params));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.tell(Event::Edited(params));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.tell(Event::Saved(params));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.tell(Event::Closed(params));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.tell(Event::FilesChanged(params.changes));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.tell(Event::FoldersChanged(params.event));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.tell(Event::Settings(params.settings));
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.ask(|reply| Event::Actions(Box::new(params), reply)).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        self.ask(|reply| Event::ResolveAction(Box::new(action), reply)).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        self.ask(|reply| Event::Execute(params, reply)).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        self.look(move |session| session.hover(&params)).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        self.look(move |session| session.completion(&params)).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.look(move |session| session.code_lenses(&params)).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.look(move |session| session.inlay_hints(&params)).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.look(move |session| session.definition(&params)).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        self.look(move |session| session.references(&params)).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.look(move |session| session.document_symbols(&params)).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.look(move |session| session.document_links(&params)).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.look(move |session| session.folding_ranges(&params)).await
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        self.look(move |session| session.prepare_rename(&params)).await?
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        self.look(move |session| session.prepare_rename(&params.text_document_position).map(|_| None)).await?
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        self.look(move |session| session.will_rename_files(&params)).await
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        self.ask(|reply| Event::Diagnostics(params, reply)).await
    }

    async fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> Result<WorkspaceDiagnosticReportResult> {
        self.ask(|reply| Event::WorkspaceDiagnostics(params, reply)).await
    }
}
