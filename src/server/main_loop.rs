//! The one owner of all state. It takes events in the order they came, one after the other, and never waits: what takes
//! long runs in other threads and comes back as an event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::server::client::Client;
use crate::server::event::{Event, Events};
use crate::server::handlers::code_action_resolve::code_action_resolve;
use crate::server::handlers::diagnostic::{diagnostic, workspace_diagnostic};
use crate::server::handlers::execute_command::execute_command;
use crate::server::handlers::specweave_increments::specweave_increments;
use crate::server::lsp::commands;
use crate::server::state::State;

pub struct MainLoop {
    state: State,
    inbox: UnboundedReceiver<Event>,
    /// What was asked about increments before all were read.
    waiting: Vec<Event>,
}

impl MainLoop {
    pub fn new(events: Events, inbox: UnboundedReceiver<Event>, client: Client) -> MainLoop {
        MainLoop { state: State::new(events, client), inbox, waiting: Vec::new() }
    }

    /// Runs until the client has left.
    pub async fn run(mut self) {
        loop {
            let event = self.next().await;
            if matches!(event, Some(Event::Exit)) {
                return;
            }
            // A panic is a bug in one request; the server and its documents outlive it.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let idle = event.is_none();
                if let Some(event) = event {
                    self.handle(event);
                }
                self.state.settle(idle);
            }));
            if outcome.is_err() {
                tracing::error!("a request failed; the server goes on");
            }
        }
    }

    /// The next event; `None` when none is there and something is due.
    async fn next(&mut self) -> Option<Event> {
        if let Ok(event) = self.inbox.try_recv() {
            return Some(event);
        }
        let Some(deadline) = self.state.deadline() else { return self.inbox.recv().await.or(Some(Event::Exit)) };
        if deadline <= Instant::now() {
            // What else has arrived comes first.
            tokio::task::yield_now().await;
            return self.inbox.try_recv().ok();
        }
        match tokio::time::timeout_at(deadline.into(), self.inbox.recv()).await {
            Ok(event) => event.or(Some(Event::Exit)),
            Err(_) => None,
        }
    }

    fn handle(&mut self, event: Event) {
        // A burst of changes is checked once.
        if !matches!(event, Event::DidChange(_)) {
            self.state.check_edited();
        }
        let was_scanning = self.state.scan().is_running();
        match event {
            Event::DidOpen(params) => self.state.did_open(&params.text_document),
            Event::DidChange(params) => self.state.did_change(&params),
            Event::DidSave(params) => self.state.did_save(&params.text_document.uri),
            Event::DidClose(params) => self.state.did_close(&params.text_document.uri),
            Event::DidChangeWatchedFiles(changes) => self.state.watched_files_changed(&changes),
            Event::DidChangeWorkspaceFolders(change) => self.state.folders_changed(&change),
            Event::DidChangeConfiguration(value) => self.state.settings_changed(&value),
            Event::Configuration(value) => self.state.configure(&value),
            Event::Disk(change) => self.state.watched(change),
            Event::Scan(report) => self.state.scanned(report),
            Event::ProgressCreated(token, created) => self.state.progress_created(&token, created),
            Event::ProgressCancelled(token) => self.state.progress_cancelled(&token),
            Event::EditAnswered { id, refusal } => self.state.edit_answered(id, refusal),
            event => self.handle_request(event),
        }
        if was_scanning && !self.state.scan().is_running() {
            std::mem::take(&mut self.waiting).into_iter().for_each(|event| self.handle(event));
        }
    }

    fn handle_request(&mut self, event: Event) {
        match event {
            // Before all increments have been read some would be missed.
            event @ (Event::ExecuteCommand(..) | Event::SpecweaveStatus(_) | Event::SpecweaveIncrements(..))
                if self.state.scan().is_running() =>
            {
                self.waiting.push(event);
            }
            // A report is about all of them, also when a scan was cancelled.
            Event::ExecuteCommand(params, reply)
                if self.state.scan().unread() > 0 && params.command == commands::REPORT =>
            {
                self.waiting.push(Event::ExecuteCommand(params, reply));
                self.state.scan_all();
            }
            Event::ExecuteCommand(params, reply) => {
                self.state.before_change();
                if params.command == commands::REPORT {
                    self.state.flush();
                }
                match execute_command(&self.state.snapshot(), params) {
                    Ok(task) => self.state.carry_out(task, reply),
                    Err(error) => drop(reply.send(Err(error))),
                }
            }
            Event::CodeActionResolve(action, reply) => {
                self.state.before_change();
                let resolved = code_action_resolve(&self.state.snapshot(), *action);
                let resolved = resolved.map(|(action, refusals)| {
                    refusals.iter().for_each(|refusal| self.state.warn(refusal.to_string()));
                    action
                });
                drop(reply.send(resolved));
            }
            Event::Look(look) => look(&self.state.snapshot()),
            Event::SpecweaveStatus(reply) => drop(reply.send(Ok(self.state.current_status()))),
            Event::SpecweaveIncrements(page, reply) => {
                drop(reply.send(Ok(specweave_increments(&self.state.snapshot(), page))));
            }
            Event::Diagnostic(params, reply) => {
                self.state.flush();
                drop(reply.send(Ok(diagnostic(&self.state.snapshot(), self.state.diagnostics(), &params))));
            }
            Event::WorkspaceDiagnostic(params, reply) => {
                self.state.flush();
                drop(reply.send(Ok(workspace_diagnostic(&self.state.snapshot(), self.state.diagnostics(), &params))));
            }
            event => self.handle_lifecycle(event),
        }
    }

    fn handle_lifecycle(&mut self, event: Event) {
        match event {
            Event::Initialize(params, reply) => drop(reply.send(Ok(self.state.initialize(&params)))),
            Event::Initialized => self.state.initialized(),
            Event::Shutdown(reply) => {
                // What still waits is refused, by dropping its reply, and before this is answered.
                self.waiting.clear();
                self.state.shut_down();
                drop(reply.send(Ok(())));
            }
            // Between two events nothing is half done: what was begun on disk has ended, or will be recovered.
            Event::EditorEnded => {
                tracing::warn!("the editor's process has ended, and so does this server");
                std::process::exit(1);
            }
            _ => {}
        }
    }
}
