//! What the server knows, in parts that know nothing of each other; here and in the files below they work together.

use std::path::Path;
use std::time::Instant;

use tower_lsp::ls_types::*;

use crate::server::client::Client;
use crate::server::config::Config;
use crate::server::decorations::Decorations;
use crate::server::diagnostics::Diagnostics;
use crate::server::disk_debounce::Debounce;
use crate::server::event::Events;
use crate::server::folders::Folders;
use crate::server::lsp::ext;
use crate::server::pending_edits::PendingEdits;
use crate::server::scan::Scan;
use crate::server::snapshot::Snapshot;
use crate::server::status_bar::{Basis, StatusBar};
use crate::server::workspace::{Checked, Workspace};
use crate::workspace::line_index::Encoding;

mod changes;
mod documents;
mod lifecycle;
mod projects;
mod settings;

pub struct State {
    events: Events,
    client: Client,
    config: Config,
    workspace: Workspace,
    folders: Folders,
    diagnostics: Diagnostics,
    debounce: Debounce,
    pending_edits: PendingEdits,
    scan: Scan,
    status: StatusBar,
    decorations: Decorations,
    /// The client is ready, and the search for projects has begun.
    started: bool,
}

impl State {
    pub fn new(events: Events, client: Client) -> State {
        State {
            events,
            client,
            config: Config::default(),
            workspace: Workspace::new(),
            folders: Folders::default(),
            diagnostics: Diagnostics::default(),
            debounce: Debounce::default(),
            pending_edits: PendingEdits::default(),
            scan: Scan::default(),
            status: StatusBar::default(),
            decorations: Decorations::default(),
            started: false,
        }
    }

    pub fn snapshot(&self) -> Snapshot<'_> {
        self.workspace.snapshot(self.client.capabilities())
    }

    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// What the user should know beside the answer to a request.
    pub fn warn(&self, message: impl Into<String>) {
        self.client.show(MessageType::WARNING, message);
    }

    fn encoding(&self) -> Encoding {
        self.client.capabilities().encoding
    }

    // --- increments

    fn check(&mut self, folder: &Path) {
        let checked = self.workspace.check(folder, self.encoding());
        self.note(checked);
    }

    /// Checks what was edited since.
    pub fn check_edited(&mut self) {
        for checked in self.workspace.check_edited(self.encoding()) {
            self.note(checked);
        }
    }

    fn note(&mut self, checked: Checked) {
        let now = Instant::now();
        checked.increments.iter().for_each(|folder| self.diagnostics.increment_changed(folder, now));
        checked.again.iter().for_each(|(folder, moment)| self.debounce.check_at(folder, *moment));
    }

    // --- what is due

    pub fn deadline(&self) -> Option<Instant> {
        let now = Instant::now();
        // With diagnostics pending, an empty queue is the moment to send them.
        let send = self.diagnostics.is_pending().then_some(now);
        let draw = self.decorations.are_due().then_some(now);
        [self.debounce.deadline(), send, draw, self.pending_edits.deadline(), self.status_deadline(now)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does what is due; `idle`: no event is waiting.
    pub fn settle(&mut self, idle: bool) {
        let now = Instant::now();
        let due = self.debounce.take_due(now);
        due.settings.iter().for_each(|root| self.reload_settings(root));
        for root in &due.projects {
            self.reload_settings(root);
            self.watch_and_scan(root);
        }
        due.increments.iter().for_each(|folder| self.check(folder));
        if !self.pending_edits.is_idle() {
            // What the editor saves next is compared with what the disk said before.
            self.check_edited();
            self.judge_edits();
        }
        let send = self.diagnostics.is_pending() && (idle || self.diagnostics.is_overdue(now));
        if send {
            self.flush();
        }
        // Neither of these in the turn that sends diagnostics, which they would hold up; but at some time, however many
        // messages come.
        if self.decorations.are_due_in_this_turn() {
            self.redraw();
        }
        let is_overdue = || self.status_deadline(now).is_some_and(|due| self.status.is_overdue(due, now));
        let send_status = if idle { !send } else { is_overdue() };
        if send_status {
            self.send_status();
        }
    }

    /// Sends what the client has not seen yet.
    pub fn flush(&mut self) {
        self.check_edited();
        let snapshot = self.workspace.snapshot(self.client.capabilities());
        let messages = self.diagnostics.flush(&snapshot);
        let changed = !messages.is_empty();
        let (pull, refresh) = (self.client.capabilities().pull, self.client.capabilities().diagnostic_refresh);
        for message in messages.iter().filter(|_| !pull) {
            self.client.notify::<notification::PublishDiagnostics>(message);
        }
        self.decorations.set_due();
        if changed && pull && refresh {
            self.client.refresh::<request::WorkspaceDiagnosticRefresh>();
        }
    }

    fn redraw(&mut self) {
        let (revision, generation) = (self.workspace.index().revision(), self.config.generation());
        if !self.decorations.are_stale(revision, generation) || !self.workspace.has_documents() {
            return;
        }
        if self.client.capabilities().code_lens_refresh {
            self.client.refresh::<request::CodeLensRefresh>();
        }
        if self.client.capabilities().inlay_hint_refresh {
            self.client.refresh::<request::InlayHintRefreshRequest>();
        }
    }

    // --- status

    fn status_basis(&self) -> Basis {
        Basis {
            revision: self.workspace.index().revision(),
            generation: self.config.generation(),
            projects: self.workspace.projects().len(),
            unread: self.scan.unread(),
        }
    }

    /// Sent only once everything has been read: numbers that count up help nobody.
    fn status_deadline(&self, now: Instant) -> Option<Instant> {
        let wanted = self.client.capabilities().status || self.client.capabilities().increments;
        let ready = wanted && self.started && !self.scan.is_running();
        if ready { self.status.deadline(self.status_basis(), now) } else { None }
    }

    fn send_status(&mut self) {
        let now = Instant::now();
        if self.status_deadline(now).is_none_or(|due| due > now) {
            return;
        }
        let basis = self.status_basis();
        let snapshot = self.workspace.snapshot(self.client.capabilities());
        let update = self.status.update(basis, &snapshot, now);
        if let Some(status) = update.status {
            self.client.notify_of(ext::STATUS, &*status);
        }
        if update.increments {
            self.client.notify_of(ext::INCREMENTS_CHANGED, &serde_json::json!({}));
        }
    }

    pub fn current_status(&mut self) -> Box<serde_json::value::RawValue> {
        let basis = self.status_basis();
        let snapshot = self.workspace.snapshot(self.client.capabilities());
        (*self.status.current(basis, &snapshot)).to_owned()
    }
}
