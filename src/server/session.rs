//! The one owner of all state. It takes events in the order they came, in a thread of its own, and never waits:
//! what takes long runs in other threads and comes back as an event.

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

use super::capabilities::Capabilities;
use super::outbox::Outbox;
use super::position;
use super::publish::{self, Message, Published};
use crate::model::status::Side;
use crate::workspace::discover::{self, Scope};
use crate::workspace::evaluate::{Depth, TASKS_FILE};
use crate::workspace::index::{Index, View};
use crate::workspace::overlay::Overlay;
use crate::workspace::place::Encoding;
use crate::workspace::project::{self, Numbers, Project};
use crate::workspace::scan::{self, Report};
use crate::workspace::settings::{SECTION, Settings};
use crate::workspace::watch::{Change, Watcher};

/// An increment is read again when its files have been quiet for so long: a program that writes one file and then
/// the other (a close, a checkout) is not caught between the two.
const QUIET: Duration = Duration::from_millis(150);
/// While messages keep coming in, findings are still sent this often.
const LONGEST_SILENCE: Duration = Duration::from_millis(50);

pub type Reply<T> = oneshot::Sender<jsonrpc::Result<T>>;

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
    /// `None`: something changed, and the client has to be asked.
    Settings(Option<Value>),
    Actions(Box<CodeActionParams>, Reply<Option<CodeActionResponse>>),
    ResolveAction(Box<CodeAction>, Reply<CodeAction>),
    Execute(ExecuteCommandParams, Reply<Option<LSPAny>>),
    Diagnostics(DocumentDiagnosticParams, Reply<DocumentDiagnosticReportResult>),
    WorkspaceDiagnostics(WorkspaceDiagnosticParams, Reply<WorkspaceDiagnosticReportResult>),
    Disk(Change),
    Scan(Report),
}

pub struct Session {
    pub(super) events: Sender<Event>,
    pub(super) outbox: Outbox,
    pub(super) client: Capabilities,
    pub(super) settings: Arc<Settings>,
    pub(super) overlay: Overlay,
    pub(super) index: Arc<Index>,
    /// By canonical root.
    pub(super) projects: HashMap<PathBuf, Project>,
    /// The client's workspace folders.
    folders: Vec<PathBuf>,
    published: Published,
    watcher: Option<Watcher>,
    /// Increments whose files changed on disk, and when they did so last.
    unsettled: HashMap<PathBuf, Instant>,
    /// Projects in which something other than an increment's files changed.
    unlisted: HashMap<PathBuf, Instant>,
    /// Increments whose open documents changed: read when the queue is empty, or when somebody asks.
    edited: BTreeSet<PathBuf>,
    /// Increments with news for the client.
    news: BTreeSet<PathBuf>,
    /// Files that were just opened.
    greet: HashSet<PathBuf>,
    /// Since when there are some.
    news_since: Instant,
    complained: HashSet<String>,
    /// How many workspace folders and projects are being read.
    reading: usize,
    waiting_commands: Vec<(ExecuteCommandParams, Reply<Option<LSPAny>>)>,
    /// What there was to complain about before the client took messages.
    early_complaints: Vec<String>,
}

/// Runs until every sender of events is gone.
pub fn run(events: Sender<Event>, inbox: &Receiver<Event>, outbox: Outbox) {
    let mut session = Session {
        client: Capabilities::of(&InitializeParams::default(), Default::default()),
        settings: Arc::default(),
        overlay: Overlay::default(),
        index: Arc::default(),
        projects: HashMap::new(),
        folders: Vec::new(),
        published: Published::default(),
        watcher: None,
        unsettled: HashMap::new(),
        unlisted: HashMap::new(),
        edited: BTreeSet::new(),
        news: BTreeSet::new(),
        greet: HashSet::new(),
        news_since: Instant::now(),
        complained: HashSet::new(),
        reading: 0,
        waiting_commands: Vec::new(),
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
        let send = (!self.news.is_empty() || !self.edited.is_empty()).then(Instant::now);
        [quiet, send].into_iter().flatten().min()
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
        for root in due(&mut self.unlisted) {
            self.watch_and_scan(&root);
        }
        for folder in due(&mut self.unsettled) {
            self.read(&folder);
        }
        let waiting = !self.news.is_empty() || !self.edited.is_empty();
        if waiting && (idle || self.news_since + LONGEST_SILENCE <= now) {
            self.send_news();
        }
    }

    fn note(&mut self, folder: &Path) {
        self.note_the_time();
        self.news.insert(folder.to_path_buf());
    }

    fn note_the_time(&mut self) {
        if self.news.is_empty() && self.edited.is_empty() {
            self.news_since = Instant::now();
        }
    }

    /// Reads what was edited. A burst of changes is read once.
    fn catch_up(&mut self) {
        while let Some(folder) = self.edited.pop_first() {
            self.read(&folder);
        }
    }

    fn take(&mut self, event: Event) {
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
            Event::Settings(value) => self.settings_changed(value),
            Event::Actions(params, reply) => {
                let actions = self.code_actions(&params);
                let _ = reply.send(Ok(Some(actions)));
            }
            Event::ResolveAction(action, reply) => {
                let _ = reply.send(self.resolve_action(*action));
            }
            // A command about increments that have not been read yet would miss some of them.
            Event::Execute(params, reply) if self.reading > 0 => self.waiting_commands.push((params, reply)),
            Event::Execute(params, reply) => self.execute(params, reply),
            Event::Diagnostics(params, reply) => {
                let _ = reply.send(Ok(self.pulled(&params)));
            }
            Event::WorkspaceDiagnostics(params, reply) => {
                let _ = reply.send(Ok(self.pulled_workspace(&params)));
            }
            Event::Disk(Change::Paths(paths)) => paths.iter().for_each(|path| self.disk_changed(path)),
            Event::Disk(Change::Watching(root)) => self.scan(&root),
            Event::Disk(Change::WatchingFolder(folder)) => self.discover(folder),
            Event::Disk(Change::Overflow) => self.scan_all(),
            Event::Disk(Change::Blind(message)) => self.complain(MessageType::WARNING, message),
            Event::Scan(report) => self.scanned(report),
        }
    }

    /// Says a thing once.
    pub(super) fn complain(&mut self, typ: MessageType, message: String) {
        if self.complained.insert(message.clone()) {
            tracing::warn!("{message}");
            self.outbox.show(typ, message);
        }
    }

    // --- the beginning

    fn initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        let options = params.initialization_options.clone().unwrap_or(Value::Null);
        let (settings, complaints) = Settings::parse(&options);
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
    }

    // --- documents

    fn opened(&mut self, document: TextDocumentItem) {
        let Some(path) = position::path_of(&document.uri) else { return };
        let uri = document.uri.as_str().to_owned();
        self.overlay.open(path.clone(), uri, document.version, &document.text);
        if let Some((root, folder)) = discover::increment_of(&path) {
            // An editor may open a file of a project that none of its folders holds.
            if !self.projects.contains_key(&root) {
                self.add_project(root);
            }
            self.greet.insert(path);
            self.read(&folder);
        }
    }

    fn edited(&mut self, params: DidChangeTextDocumentParams) {
        let uri = &params.text_document.uri;
        let Some(path) = position::path_of(uri) else { return };
        let encoding = self.client.encoding;
        let Some(document) = self.overlay.get_mut(&path) else {
            return tracing::warn!("a change of {} was not taken: it was never opened", uri.as_str());
        };
        document.version = params.text_document.version;
        for change in params.content_changes {
            match change.range {
                None => document.text = ropey::Rope::from_str(&change.text),
                Some(range) => {
                    self.published.touched(&path, range);
                    let bytes = position::bytes(&document.text, range, encoding);
                    let chars = document.text.byte_to_char(bytes.start)..document.text.byte_to_char(bytes.end);
                    document.text.remove(chars.clone());
                    document.text.insert(chars.start, &change.text);
                }
            }
        }
        self.document_changed(&path);
    }

    fn saved(&mut self, uri: &Uri) {
        if let Some(path) = position::path_of(uri) {
            self.document_changed(&path);
        }
    }

    fn closed(&mut self, uri: &Uri) {
        let Some(path) = position::path_of(uri) else { return };
        self.greet.remove(&path);
        if self.overlay.close(&path).is_some() {
            self.document_changed(&path);
        }
    }

    fn document_changed(&mut self, path: &Path) {
        if let Some((_, folder)) = discover::increment_of(path) {
            self.note_the_time();
            self.edited.insert(folder);
        }
    }

    // --- increments

    /// Reads an increment and notes the news, also for those that share its number.
    pub(super) fn read(&mut self, folder: &Path) {
        let Some((root, _)) = discover::increment_of(folder) else { return };
        let scope = self.scope();
        let in_scope = discover::in_scope(&root, folder, &scope);
        let Some(project) = self.projects.get_mut(&root) else { return };
        let name = project::name_in_project(&root, folder);
        let sharing = project.numbers.sharing(&name);
        let there = in_scope && self.read_into_index(&root, folder, &sharing);
        let Some(project) = self.projects.get_mut(&root) else { return };
        let changed = if there { project.numbers.add(name) } else { project.numbers.remove(&name) };
        if !there {
            self.index.remove(folder);
        }
        self.note(folder);
        if changed && !sharing.is_empty() {
            let increments = root.join(discover::PROJECT_FOLDER).join(discover::INCREMENTS_FOLDER);
            for other in sharing {
                self.read(&increments.join(other));
            }
        }
    }

    fn read_into_index(&self, root: &Path, folder: &Path, sharing: &[String]) -> bool {
        let watched_files = [Side::Spec.file_name(), Side::Metadata.file_name(), TASKS_FILE];
        let open = watched_files.iter().any(|name| self.overlay.get(&folder.join(name)).is_some());
        let depth = if open { Depth::Work } else { Depth::Statuses };
        let view = View { overlay: &self.overlay, settings: &self.settings, encoding: self.encoding() };
        self.index.read(&Arc::from(root), folder, depth, sharing, view)
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.client.encoding
    }

    pub(super) fn scope(&self) -> Scope {
        Scope { include_archived: self.settings.include_archived, exclude: self.settings.exclude.clone() }
    }

    // --- projects

    /// Looked for only once the folder is watched: a project made in between would go unseen.
    fn watch_and_discover(&mut self, folder: PathBuf) {
        self.reading += 1;
        match &self.watcher {
            Some(watcher) => watcher.folder(&folder),
            None => self.discover(folder),
        }
    }

    fn discover(&mut self, folder: PathBuf) {
        let events = self.events.clone();
        scan::discover(folder, self.scope(), move |report| {
            let _ = events.send(Event::Scan(report));
        });
    }

    fn add_project(&mut self, shown: PathBuf) {
        let project = Project::new(shown);
        let root = project.root.clone();
        if self.projects.contains_key(&root) {
            return;
        }
        self.projects.insert(root.clone(), project);
        self.watch_and_scan(&root);
    }

    /// Read only once it is watched, a project has no moment in which a change goes unseen. A project whose folder
    /// went, or came back, needs its watch set anew too.
    fn watch_and_scan(&mut self, root: &Path) {
        self.reading += 1;
        match &self.watcher {
            Some(watcher) => watcher.project(root),
            None => self.scan(root),
        }
    }

    fn scan(&mut self, root: &Path) {
        if !self.projects.contains_key(root) {
            return self.read_through();
        }
        let events = self.events.clone();
        let (index, settings) = (Arc::clone(&self.index), Arc::clone(&self.settings));
        scan::project(root.to_path_buf(), self.scope(), index, settings, self.encoding(), move |report| {
            let _ = events.send(Event::Scan(report));
        });
    }

    fn scan_all(&mut self) {
        let roots: Vec<PathBuf> = self.projects.keys().cloned().collect();
        for root in roots {
            self.reading += 1;
            self.scan(&root);
        }
    }

    /// A workspace folder or a project has been read. Commands that came before all were are due then.
    fn read_through(&mut self) {
        self.reading = self.reading.saturating_sub(1);
        if self.reading == 0 {
            for (params, reply) in std::mem::take(&mut self.waiting_commands) {
                self.execute(params, reply);
            }
        }
    }

    fn scanned(&mut self, report: Report) {
        match report {
            Report::Projects { folder, projects } => {
                if self.folders.contains(&folder) {
                    projects.into_iter().for_each(|project| self.add_project(project));
                }
                self.read_through();
            }
            Report::Listed { project: root, listing } => {
                for (path, error) in &listing.errors {
                    let reason = crate::workspace::disk::reason(error);
                    let message =
                        format!("{} cannot be listed: {reason}. Its increments are not checked.", path.display());
                    self.complain(MessageType::ERROR, message);
                }
                let Some(project) = self.projects.get_mut(&root) else { return };
                project.numbers =
                    Numbers::of(listing.increments.iter().map(|folder| project::name_in_project(&root, folder)));
                let listed: HashSet<&PathBuf> = listing.increments.iter().collect();
                let gone = self.index.folders(|entry| *entry.project == *root);
                for folder in gone.into_iter().filter(|folder| !listed.contains(folder)) {
                    self.read(&folder);
                }
            }
            Report::Read { folders } => {
                for folder in folders {
                    let Some((root, _)) = discover::increment_of(&folder) else { continue };
                    if !self.projects.contains_key(&root) {
                        // The folder was closed while the scan ran.
                        self.index.remove(&folder);
                    } else if self.overlay.paths().any(|path| path.starts_with(&folder)) {
                        self.read(&folder);
                    } else {
                        self.note(&folder);
                    }
                }
            }
            Report::Done { project } => {
                tracing::info!("read {}", project.display());
                self.read_through();
            }
        }
    }

    fn folders_changed(&mut self, change: &WorkspaceFoldersChangeEvent) {
        let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| folder_path(&folder.uri)).collect()
        };
        let removed = paths(&change.removed);
        self.folders.retain(|folder| !removed.contains(folder));
        for folder in paths(&change.added) {
            if !self.folders.contains(&folder) {
                self.folders.push(folder.clone());
                self.watch_and_discover(folder);
            }
        }
        // Projects that no folder is about any more go, unless a document of theirs is open.
        let kept: Vec<PathBuf> = self.folders.iter().map(|f| f.canonicalize().unwrap_or_else(|_| f.clone())).collect();
        let orphan = |root: &PathBuf| {
            !kept.iter().any(|folder| folder.starts_with(root) || root.starts_with(folder))
                && !self.overlay.paths().any(|path| path.starts_with(root))
        };
        let orphans: Vec<PathBuf> = self.projects.keys().filter(|root| orphan(root)).cloned().collect();
        for root in orphans {
            if let Some(watcher) = &self.watcher {
                watcher.forget(&root);
            }
            for folder in self.index.folders(|entry| *entry.project == *root) {
                self.index.remove(&folder);
                self.note(&folder);
            }
            self.send_news();
            self.projects.remove(&root);
        }
    }

    // --- the disk

    /// Something at `path` changed on disk: perhaps an increment's file, perhaps a folder above it.
    fn disk_changed(&mut self, path: &Path) {
        let now = Instant::now();
        if let Some((root, folder)) = discover::increment_of(path) {
            if self.projects.contains_key(&root) {
                self.unsettled.insert(folder, now);
            }
            return;
        }
        let above = |root: &Path| path.starts_with(root.join(discover::PROJECT_FOLDER)) || root.starts_with(path);
        let known: Vec<PathBuf> = self.projects.keys().filter(|root| above(root)).cloned().collect();
        if known.is_empty() {
            let is_new = path.file_name().is_some_and(|name| name == discover::PROJECT_FOLDER) && path.is_dir();
            if let Some(root) = path.parent().filter(|_| is_new) {
                self.add_project(root.to_path_buf());
            }
        }
        known.into_iter().for_each(|root| {
            self.unlisted.insert(root, now);
        });
    }

    // --- settings

    fn ask_for_settings(&mut self) {
        if !self.client.configuration {
            return;
        }
        let items = vec![ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) }];
        let events = self.events.clone();
        self.outbox.request::<request::WorkspaceConfiguration>(
            ConfigurationParams { items },
            move |answer| match answer {
                Ok(mut values) => {
                    // A client without such settings answers null, or an empty list or object.
                    let value = if values.is_empty() { Value::Null } else { values.swap_remove(0) };
                    let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                    if !empty {
                        let _ = events.send(Event::Settings(Some(value)));
                    }
                }
                Err(error) => tracing::warn!("the client did not tell its settings: {error}"),
            },
        );
    }

    fn settings_changed(&mut self, value: Option<Value>) {
        let value = match value {
            Some(value) if value.is_object() => value,
            _ => return self.ask_for_settings(),
        };
        let (settings, complaints) = Settings::parse(&value);
        complaints.into_iter().for_each(|complaint| self.complain(MessageType::WARNING, complaint));
        self.settings = Arc::new(settings);
        for folder in self.index.folders(|_| true) {
            if !discover::increment_of(&folder)
                .is_some_and(|(root, _)| discover::in_scope(&root, &folder, &self.scope()))
            {
                self.read(&folder);
            }
        }
        self.scan_all();
    }

    // --- findings, on their way out

    pub(super) fn send_news(&mut self) {
        self.catch_up();
        let mut changed = false;
        for folder in std::mem::take(&mut self.news) {
            for side in Side::BOTH {
                let path = folder.join(side.file_name());
                let greet = self.greet.remove(&path);
                let Some(uri) = self.uri(&path) else { continue };
                let diagnostics = self.diagnostics(&folder, side);
                for Message { uri, diagnostics } in self.published.difference(&path, uri, diagnostics, greet) {
                    changed = true;
                    if !self.client.pull {
                        let version = self.overlay.get(&path).map(|document| document.version);
                        let params = PublishDiagnosticsParams { uri, diagnostics, version };
                        self.outbox.notify::<notification::PublishDiagnostics>(params);
                    }
                }
            }
        }
        if changed && self.client.pull && self.client.diagnostic_refresh {
            self.outbox.request::<request::WorkspaceDiagnosticRefresh>((), |result| {
                if let Err(error) = result {
                    tracing::debug!("refresh: {error}");
                }
            });
        }
    }

    /// The URI of a file: the client's own spelling when it is open.
    pub(super) fn uri(&self, path: &Path) -> Option<Uri> {
        if let Some(document) = self.overlay.get(path) {
            return position::parse_uri(&document.uri);
        }
        let (root, _) = discover::increment_of(path)?;
        let shown = self.projects.get(&root).map_or_else(|| path.to_path_buf(), |project| project.shown_path(path));
        position::uri_of(&shown)
    }

    fn diagnostics(&self, folder: &Path, side: Side) -> Vec<Diagnostic> {
        let related = self.uri(&folder.join(side.other().file_name()));
        let diagnostics = self.index.with(folder, |entry| {
            let of_side = entry.findings.iter().filter(|finding| finding.side == side);
            of_side.map(|finding| publish::diagnostic(finding, related.clone(), &self.client)).collect()
        });
        diagnostics.unwrap_or_default()
    }

    fn pulled(&mut self, params: &DocumentDiagnosticParams) -> DocumentDiagnosticReportResult {
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

    fn pulled_workspace(&mut self, params: &WorkspaceDiagnosticParams) -> WorkspaceDiagnosticReportResult {
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
            let version = self.overlay.get(&path).map(|document| i64::from(document.version));
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

/// A workspace folder keeps the client's spelling: the URIs of closed files are made from it.
fn folder_path(uri: &Uri) -> Option<PathBuf> {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    uri.to_file_path().filter(|path| is_file && path.is_absolute()).map(std::borrow::Cow::into_owned)
}

/// An answer to a request that cannot be carried out.
pub(super) fn refuse(message: impl Into<String>) -> Error {
    Error { code: jsonrpc::ErrorCode::ServerError(REQUEST_FAILED), message: message.into().into(), data: None }
}

/// The protocol's code for a request that was right and could not be carried out.
const REQUEST_FAILED: i64 = -32803;
