//! The one owner of all state. It takes events in the order they came, in a thread of its own, and never waits:
//! what takes long runs in other threads and comes back as an event.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{self, Error};
use tower_lsp::ls_types::*;

use crate::server::actions::Offers;
use crate::server::apply::Underway;
use crate::server::capabilities::Capabilities;
use crate::server::outbox::{Answer, Outbox};
use crate::server::progress::Reading;
use crate::server::projects::folder_path;
use crate::server::publish::Published;
use crate::server::status::Told;
use crate::server::{commands, direct, parent, position};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::index::Index;
use crate::workspace::project::Project;
use crate::workspace::scan::ScanEvent;
use crate::workspace::watch::{WatchEvent, Watcher};

/// An increment is read again when its files have been quiet for so long: a program that writes one file and then
/// the other (a close, a checkout) is not caught between the two.
pub(super) const QUIET: Duration = Duration::from_millis(150);
/// While messages keep coming in, findings are still sent this often.
const LONGEST_SILENCE: Duration = Duration::from_millis(50);

pub type Reply<T> = oneshot::Sender<jsonrpc::Result<T>>;

pub type Question = Box<dyn FnOnce(&Session) + Send>;

/// Everything that can happen.
pub enum Event {
    Initialize(Box<InitializeParams>, Reply<InitializeResult>),
    Initialized,
    Opened(DidOpenTextDocumentParams),
    Edited(DidChangeTextDocumentParams),
    Saved(DidSaveTextDocumentParams),
    Closed(DidCloseTextDocumentParams),
    FilesChanged(Vec<FileEvent>),
    FoldersChanged(WorkspaceFoldersChangeEvent),
    Settings(Value),
    /// The client's answer to what its settings are.
    Configured(Value),
    Actions(Box<CodeActionParams>, Reply<Option<CodeActionResponse>>),
    ResolveAction(Box<CodeAction>, Reply<CodeAction>),
    Execute(ExecuteCommandParams, Reply<Option<LSPAny>>),
    /// A question that changes nothing: hover, completion, symbols ….
    Look(Question),
    /// A request that is answered past tower-lsp.
    Ask(direct::Request, Answer),
    Diagnostics(DocumentDiagnosticParams, Reply<DocumentDiagnosticReportResult>),
    WorkspaceDiagnostics(WorkspaceDiagnosticParams, Reply<WorkspaceDiagnosticReportResult>),
    Disk(WatchEvent),
    Scan(ScanEvent),
    /// The client has made a place for this progress.
    ShowsProgress(NumberOrString),
    CancelProgress(NumberOrString),
    ParentGone,
    /// The client has left.
    End,
    Shutdown(Reply<()>),
    /// The editor has answered the change with this number, perhaps with an excuse.
    Applied {
        number: u64,
        excuse: Option<String>,
    },
}

pub struct Session {
    pub(super) events: Sender<Event>,
    pub(super) outbox: Outbox,
    pub(super) client: Capabilities,
    pub(super) settings: Arc<Settings>,
    /// As they were told at the start, and as they were told last.
    pub(super) initial_settings: Value,
    pub(super) current_settings: Value,
    /// How often they have changed.
    pub(super) epoch: u64,
    pub(super) documents: Documents,
    pub(super) index: Arc<Index>,
    /// By canonical root.
    pub(super) projects: HashMap<PathBuf, Project>,
    /// The client's workspace folders.
    pub(super) folders: Vec<PathBuf>,
    pub(super) published: Published,
    pub(super) watcher: Option<Watcher>,
    /// Increments whose files changed on disk, and when they did so last.
    pub(super) unsettled: HashMap<PathBuf, Instant>,
    /// Projects in which something other than an increment's files changed.
    pub(super) unlisted: HashMap<PathBuf, Instant>,
    /// Increments whose open documents changed: read when the queue is empty, or when somebody asks.
    pub(super) edited: BTreeSet<PathBuf>,
    /// Projects whose caches are to be looked at.
    pub(super) stale_caches: BTreeSet<PathBuf>,
    /// Increments with news for the client.
    pub(super) news: BTreeSet<PathBuf>,
    /// Files that were just opened.
    pub(super) greet: HashSet<PathBuf>,
    /// Since when there are some.
    pub(super) news_since: Instant,
    pub(super) complained: HashSet<String>,
    /// Changes that the editor has been asked for.
    pub(super) underway: Vec<Underway>,
    pub(super) last_number: u64,
    /// What the last code actions would change, for the look at what came of them.
    pub(super) offers: RefCell<Offers>,
    /// Increments whose two texts were both changed and not saved; and since when one of them is.
    pub(super) unsaved_pairs: HashMap<PathBuf, Option<Instant>>,
    /// How many workspace folders and projects are being read.
    pub(super) reading: usize,
    pub(super) progress: Reading,
    /// How many increments a reading that was stopped has left out.
    pub(super) unread: usize,
    /// What was asked about increments before all were read.
    pub(super) waiting: Vec<Event>,
    pub(super) told: Told,
    /// For which revision of the index and which settings lenses and hints were last asked to be drawn again.
    pub(super) decorated: (u64, u64),
    /// What there was to complain about before the client took messages.
    pub(super) early_complaints: Vec<String>,
}

/// Runs until the client has left.
pub fn run(events: Sender<Event>, inbox: &Receiver<Event>, outbox: Outbox) {
    let mut session = Session {
        client: Capabilities::of(&InitializeParams::default(), Default::default()),
        settings: Arc::default(),
        initial_settings: Value::Null,
        current_settings: Value::Null,
        epoch: 0,
        documents: Documents::default(),
        index: Arc::default(),
        projects: HashMap::new(),
        folders: Vec::new(),
        published: Published::default(),
        watcher: None,
        unsettled: HashMap::new(),
        unlisted: HashMap::new(),
        edited: BTreeSet::new(),
        stale_caches: BTreeSet::new(),
        news: BTreeSet::new(),
        greet: HashSet::new(),
        news_since: Instant::now(),
        complained: HashSet::new(),
        underway: Vec::new(),
        last_number: 0,
        offers: RefCell::default(),
        unsaved_pairs: HashMap::new(),
        reading: 0,
        progress: Reading::default(),
        unread: 0,
        waiting: Vec::new(),
        told: Told::default(),
        decorated: (0, 0),
        early_complaints: Vec::new(),
        events,
        outbox,
    };
    loop {
        let event = match session.next_deadline() {
            None => match inbox.recv() {
                Ok(event) => Some(event),
                Err(_) => return,
            },
            Some(deadline) => match inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            },
        };
        if matches!(event, Some(Event::End)) {
            return;
        }
        // A panic is a bug in one request; the session and its documents outlive it.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let idle = event.is_none();
            if let Some(event) = event {
                session.take(event);
            }
            session.settle(idle);
        }));
        if outcome.is_err() {
            tracing::error!("a request failed; the session goes on");
        }
    }
}

impl Session {
    fn next_deadline(&self) -> Option<Instant> {
        let quiet = self.unsettled.values().chain(self.unlisted.values()).min().map(|last| *last + QUIET);
        // With news waiting, an empty queue is the moment to send them.
        let send = self.is_waiting().then(Instant::now);
        [quiet, send, self.next_judgement(), self.progress_due(), self.status_due()].into_iter().flatten().min()
    }

    /// What is due now: increments that became quiet, and news when no event is waiting (or they wait too long).
    fn settle(&mut self, idle: bool) {
        let now = Instant::now();
        let due = |times: &mut HashMap<PathBuf, Instant>| -> Vec<PathBuf> {
            let due: Vec<PathBuf> =
                times.iter().filter(|(_, last)| **last + QUIET <= now).map(|(path, _)| path.clone()).collect();
            due.iter().for_each(|path| {
                times.remove(path);
            });
            due
        };
        self.show_progress();
        for root in due(&mut self.unlisted) {
            self.watch_and_scan(&root);
        }
        for folder in due(&mut self.unsettled) {
            self.read(&folder);
        }
        if !self.underway.is_empty() {
            // What the editor saves next is compared with what the disk said before.
            self.catch_up();
            self.judge_underway();
        }
        if self.is_waiting() && (idle || self.news_since + LONGEST_SILENCE <= now) {
            self.send_news();
        }
        if idle {
            self.tell_status();
        }
    }

    /// There is something to read or to say.
    pub(super) fn is_waiting(&self) -> bool {
        !self.news.is_empty() || !self.edited.is_empty() || !self.stale_caches.is_empty()
    }

    pub(super) fn note(&mut self, folder: &Path) {
        self.note_the_time();
        self.news.insert(folder.to_path_buf());
    }

    pub(super) fn note_the_time(&mut self) {
        if !self.is_waiting() {
            self.news_since = Instant::now();
        }
    }

    /// Reads what was edited. A burst of changes is read once.
    pub(super) fn catch_up(&mut self) {
        while let Some(folder) = self.edited.pop_first() {
            self.read(&folder);
        }
    }

    pub(super) fn take(&mut self, event: Event) {
        if !matches!(event, Event::Edited(_)) {
            self.catch_up();
        }
        match event {
            Event::Initialize(params, reply) => {
                let result = self.initialize(&params);
                let _ = reply.send(Ok(result));
            }
            Event::Initialized => self.initialized(),
            Event::Opened(params) => self.opened(params.text_document),
            Event::Edited(params) => self.edited(params),
            Event::Saved(params) => self.saved(&params.text_document.uri),
            Event::Closed(params) => self.closed(&params.text_document.uri),
            Event::FilesChanged(changes) => {
                changes
                    .iter()
                    .filter_map(|change| position::path_of(&change.uri))
                    .for_each(|path| self.disk_changed(&path));
            }
            Event::FoldersChanged(change) => self.folders_changed(&change),
            Event::Settings(value) => self.settings_changed(&value),
            Event::Configured(value) => self.configured(&value),
            Event::Actions(params, reply) => {
                let actions = self.code_actions(&params);
                let _ = reply.send(Ok(Some(actions)));
            }
            Event::ResolveAction(action, reply) => {
                let _ = reply.send(self.resolve_action(*action));
            }
            // Before all increments have been read some would be missed.
            event @ Event::Execute(..) if self.reading > 0 => self.waiting.push(event),
            Event::Ask(request, answer) if self.reading > 0 && request.is_about_all() => {
                self.waiting.push(Event::Ask(request, answer));
            }
            // A report is about all of them, also when a reading was stopped.
            Event::Execute(params, reply) if self.unread > 0 && params.command == commands::REPORT => {
                self.waiting.push(Event::Execute(params, reply));
                self.scan_all();
            }
            Event::Execute(params, reply) => self.execute(params, reply),
            Event::Ask(request, answer) => self.answer(request, answer),
            Event::Look(question) => question(self),
            Event::Diagnostics(params, reply) => {
                let _ = reply.send(Ok(self.pulled(&params)));
            }
            Event::WorkspaceDiagnostics(params, reply) => {
                let _ = reply.send(Ok(self.pulled_workspace(&params)));
            }
            Event::Disk(WatchEvent::Paths(paths)) => paths.iter().for_each(|path| self.disk_changed(path)),
            Event::Disk(WatchEvent::Watching(root)) => self.scan(&root),
            Event::Disk(WatchEvent::WatchingFolder(folder)) => self.discover(folder),
            Event::Disk(WatchEvent::Overflow) => {
                let roots: Vec<PathBuf> = self.projects.keys().cloned().collect();
                // Watched anew too: what was made meanwhile may not have been.
                roots.iter().for_each(|root| self.watch_and_scan(root));
            }
            Event::Disk(WatchEvent::Blind(message)) => self.complain(MessageType::WARNING, message),
            Event::Scan(report) => self.scanned(report),
            Event::Shutdown(reply) => {
                let _ = reply.send(Ok(()));
            }
            Event::End => {}
            // Between two events nothing is half done: what was begun on disk has ended, or will be recovered.
            Event::ParentGone => {
                tracing::warn!("the editor's process has ended, and so does this server");
                std::process::exit(1);
            }
            Event::ShowsProgress(token) => self.shows_progress(token),
            Event::CancelProgress(token) => self.progress_cancelled(&token),
            Event::Applied { number, excuse } => self.applied(number, excuse),
        }
    }

    /// Says a thing once.
    pub(super) fn complain(&mut self, typ: MessageType, message: String) {
        if self.complained.insert(message.clone()) {
            tracing::warn!("{message}");
            self.outbox.show(typ, message);
        }
    }

    fn initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        if let Some(process) = params.process_id {
            let events = self.events.clone();
            parent::watch(process, move || {
                let _ = events.send(Event::ParentGone);
            });
        }
        let options = params.initialization_options.clone().unwrap_or(Value::Null);
        let (settings, complaints) = Settings::parse(&options);
        self.initial_settings = options.clone();
        self.current_settings = options;
        self.client = Capabilities::of(params, settings.delivery);
        self.settings = Arc::new(settings);
        self.early_complaints = complaints;
        self.folders = workspace_folders(params);
        InitializeResult {
            capabilities: self.client.offer(),
            server_info: Some(ServerInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        }
    }

    fn initialized(&mut self) {
        for complaint in std::mem::take(&mut self.early_complaints) {
            self.complain(MessageType::WARNING, complaint);
        }
        let registrations = self.client.registrations();
        if !registrations.is_empty() {
            self.outbox.request::<request::RegisterCapability>(RegistrationParams { registrations }, |result| {
                if let Err(error) = result {
                    tracing::warn!("the client refused a registration: {error}");
                }
            });
        }
        if self.client.own_watcher {
            let events = self.events.clone();
            self.watcher = Some(Watcher::start(move |change| {
                let _ = events.send(Event::Disk(change));
            }));
        }
        self.ask_for_settings();
        for folder in self.folders.clone() {
            self.watch_and_discover(folder);
        }
        self.told.started = true;
    }
}

#[allow(deprecated, reason = "older clients only send rootUri or rootPath")]
fn workspace_folders(params: &InitializeParams) -> Vec<PathBuf> {
    match &params.workspace_folders {
        Some(folders) if !folders.is_empty() => folders.iter().filter_map(|folder| folder_path(&folder.uri)).collect(),
        _ => {
            let root = params.root_uri.as_ref().and_then(folder_path);
            root.or_else(|| params.root_path.as_ref().map(PathBuf::from)).into_iter().collect()
        }
    }
}

/// An answer to a request that cannot be carried out.
pub(super) fn refuse(message: impl Into<String>) -> Error {
    Error { code: jsonrpc::ErrorCode::ServerError(REQUEST_FAILED), message: message.into().into(), data: None }
}

/// The protocol's code for a request that was right and could not be carried out.
const REQUEST_FAILED: i64 = -32803;
