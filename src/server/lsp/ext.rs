//! Our own messages, as docs/protocol.md shows them.

use std::borrow::Cow;
use std::path::{MAIN_SEPARATOR_STR, Path};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tower_lsp::ls_types::Uri;

use crate::model::status::Status;
use crate::model::work::Count;
use crate::server::lsp::position;
use crate::workspace::discover;
use crate::workspace::project::{self, Project};
use crate::workspace::summary::Summary;

/// Request and notification: what an editor's status bar shows.
pub const STATUS: &str = "specweave/status";
/// Request: a page of all increments.
pub const INCREMENTS: &str = "specweave/increments";
/// Request: what there is to know where one of two statuses has to be chosen.
pub const EVIDENCE: &str = "specweave/evidence";
/// Notification: the increments are others than they were when the client asked for them.
pub const INCREMENTS_CHANGED: &str = "specweave/incrementsChanged";
/// Notification: a change has arrived in all its files. The editor saves exactly the documents named.
pub const APPLIED: &str = "specweave/applied";

/// Which of the increments are asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct PageParams {
    /// So many come before it: 0, or what the page before gave as `next`.
    #[serde(default)]
    pub from: usize,
}

/// The increment by a URI in it.
#[derive(Clone, Debug, Deserialize)]
pub struct EvidenceParams {
    pub increment: String,
}

/// Sentences without a capital letter and full stop.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// Since when spec.md has its status, and who gave it.
    pub spec: Option<String>,
    pub metadata: Option<String>,
    /// What is open, and what the last verification found.
    pub work: String,
}

#[derive(Debug, Serialize)]
pub struct AppliedParams {
    pub title: String,
    pub files: Vec<AppliedFile>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppliedFile {
    pub uri: Option<Uri>,
    pub version: Option<i32>,
    /// What the user typed before or since would be saved with it.
    pub other_changes: bool,
}

/// A project's part of the status.
pub struct ProjectStatus<'p> {
    pub uris: FolderUris<'p>,
    /// Oldest first.
    pub open: Vec<Summary>,
    /// Out of step, though not open.
    pub closed: Vec<Summary>,
    pub counts: Counts,
}

#[derive(Serialize)]
pub struct Counts {
    pub increments: usize,
    pub open: usize,
    pub desyncs: usize,
    pub errors: usize,
    pub warnings: usize,
}

/// A status bar names a few. With thousands the answer would take ten times as long, half of it in tower-lsp, which
/// takes each answer apart; `specweave/increments` gives all, page by page.
const MOST_LISTED: usize = 100;

pub fn status(
    projects: &[ProjectStatus<'_>],
    text: &str,
    label: &str,
    severity: &str,
    tooltip: &str,
    unread: usize,
) -> Box<RawValue> {
    #[derive(Serialize)]
    struct StatusParams<'s> {
        projects: Vec<StatusOfProject<'s>>,
        text: &'s str,
        label: &'s str,
        severity: &'s str,
        tooltip: &'s str,
        #[serde(skip_serializing_if = "Option::is_none")]
        unread: Option<usize>,
    }
    #[derive(Serialize)]
    struct StatusOfProject<'s> {
        root: Option<&'s Uri>,
        open: Vec<Open<'s>>,
        desynced: Vec<Desynced<'s>>,
        counts: &'s Counts,
    }
    fn part<'s>(numbers: &'s ProjectStatus<'_>) -> StatusOfProject<'s> {
        let desynced = numbers.open.iter().chain(&numbers.closed).filter(|line| line.desynced);
        StatusOfProject {
            root: numbers.uris.root.as_ref(),
            open: numbers.open.iter().take(MOST_LISTED).map(|line| Open::of(line, &numbers.uris)).collect(),
            desynced: desynced.take(MOST_LISTED).map(|line| Desynced::of(line, &numbers.uris)).collect(),
            counts: &numbers.counts,
        }
    }
    let unread = Some(unread).filter(|unread| *unread > 0);
    written(&StatusParams { projects: projects.iter().map(part).collect(), text, label, severity, tooltip, unread })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Open<'s> {
    id: Cow<'s, str>,
    name: String,
    folder: Option<String>,
    title: Option<&'s str>,
    status: Option<&'s str>,
    metadata_status: Option<&'s str>,
    meaning: Option<&'static str>,
    desync: bool,
    tasks: Count,
    criteria: Count,
}

impl Open<'_> {
    fn of<'s>(line: &'s Summary, uris: &FolderUris<'_>) -> Open<'s> {
        Open {
            id: line.id(),
            name: line.name(),
            folder: uris.get(&line.folder),
            title: line.title.as_deref(),
            status: line.status.as_deref(),
            metadata_status: line.metadata_status.as_deref(),
            meaning: line.meaning().map(Status::as_str),
            desync: line.desynced,
            tasks: line.progress().tasks,
            criteria: line.progress().criteria,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Desynced<'s> {
    id: Cow<'s, str>,
    name: String,
    folder: Option<String>,
    status: Option<&'s str>,
    metadata_status: Option<&'s str>,
}

impl Desynced<'_> {
    fn of<'s>(line: &'s Summary, uris: &FolderUris<'_>) -> Desynced<'s> {
        Desynced {
            id: line.id(),
            name: line.name(),
            folder: uris.get(&line.folder),
            status: line.status.as_deref(),
            metadata_status: line.metadata_status.as_deref(),
        }
    }
}

/// One row of the list of increments.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncrementRow {
    id: String,
    name: String,
    root: Option<Uri>,
    folder: Option<String>,
    title: Option<Box<str>>,
    status: Option<String>,
    metadata_status: Option<String>,
    meaning: Option<&'static str>,
    desync: bool,
    open: bool,
    created: Option<Box<str>>,
    tasks: Option<Count>,
    criteria: Option<Count>,
    next: Vec<&'static str>,
}

impl IncrementRow {
    pub fn of(folder: &Path, shown: &Summary, uris: &FolderUris<'_>) -> IncrementRow {
        let open = shown.is_open();
        let progress = shown.progress.as_deref().filter(|_| open);
        IncrementRow {
            id: project::id_of(folder),
            name: shown.name(),
            root: uris.root.clone(),
            folder: uris.get(folder),
            title: shown.title.clone(),
            status: shown.status.as_deref().map(str::to_owned),
            metadata_status: shown.metadata_status.as_deref().map(str::to_owned),
            meaning: shown.meaning().map(Status::as_str),
            desync: shown.desynced,
            open,
            created: shown.created.clone(),
            tasks: progress.map(|progress| progress.tasks),
            criteria: progress.map(|progress| progress.criteria),
            next: next(shown),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Page {
    pub increments: Vec<IncrementRow>,
    pub next: Option<usize>,
    /// The words for each status, so that every list uses the same.
    pub statuses: [StatusWords; Status::ALL.len()],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusWords {
    status: &'static str,
    title: &'static str,
    says: &'static str,
    takes_reason: bool,
}

impl StatusWords {
    pub fn all() -> [StatusWords; Status::ALL.len()] {
        Status::ALL.map(|status| StatusWords {
            status: status.as_str(),
            title: status.title(),
            says: status.says(),
            takes_reason: status.takes_reason(),
        })
    }
}

/// The statuses one step away.
fn next(shown: &Summary) -> Vec<&'static str> {
    shown.meaning().map_or(&[][..], Status::next).iter().map(|status| status.as_str()).collect()
}

fn written(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|error| {
        tracing::error!("an answer could not be written: {error}");
        RawValue::NULL.to_owned()
    })
}

/// The URIs of a project's increments: nearly all differ in their last part only.
pub struct FolderUris<'p> {
    pub project: &'p Project,
    root: Option<Uri>,
    /// With a separator at the end.
    increments: Option<String>,
    base: Option<String>,
}

impl FolderUris<'_> {
    pub fn of(project: &Project) -> FolderUris<'_> {
        let increments = discover::increments_folder(&project.root);
        let base = position::uri_of(&project.shown_path(&increments)).map(|uri| uri.as_str().to_owned());
        let increments = increments.to_str().map(|path| format!("{path}{MAIN_SEPARATOR_STR}"));
        FolderUris { project, root: position::uri_of(&project.shown), increments, base }
    }

    pub fn get(&self, folder: &Path) -> Option<String> {
        let needs_no_escape = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        let name = folder.to_str().zip(self.increments.as_deref()).and_then(|(path, above)| path.strip_prefix(above));
        match (name.filter(|name| name.bytes().all(needs_no_escape)), &self.base) {
            (Some(name), Some(base)) => Some(format!("{base}/{name}")),
            _ => position::uri_of(&self.project.shown_path(folder)).map(|uri| uri.as_str().to_owned()),
        }
    }
}
