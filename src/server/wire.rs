//! The objects of answers with many rows: those of our own methods, as docs/protocol.md shows them, and symbols.

use std::borrow::Cow;
use std::path::{MAIN_SEPARATOR_STR, Path};

use serde::Serialize;
use serde_json::value::RawValue;
use tower_lsp::ls_types::{Range, SymbolKind, Uri};

use crate::model::progress::Count;
use crate::model::status::Status;
use crate::server::position;
use crate::workspace::discover;
use crate::workspace::index::Name;
use crate::workspace::project::{self, Project};
use crate::workspace::summary::Summary;

/// A project's part of the status.
pub struct Numbers<'p> {
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

pub fn status(numbers: &[Numbers<'_>], text: &str, severity: &str, tooltip: &str, unread: usize) -> Box<RawValue> {
    #[derive(Serialize)]
    struct All<'s> {
        projects: Vec<Part<'s>>,
        text: &'s str,
        severity: &'s str,
        tooltip: &'s str,
        #[serde(skip_serializing_if = "Option::is_none")]
        unread: Option<usize>,
    }
    #[derive(Serialize)]
    struct Part<'s> {
        root: Option<&'s Uri>,
        open: Vec<Open<'s>>,
        desynced: Vec<Desynced<'s>>,
        counts: &'s Counts,
    }
    fn part<'s>(numbers: &'s Numbers<'_>) -> Part<'s> {
        let desynced = numbers.open.iter().chain(&numbers.closed).filter(|line| line.desynced);
        Part {
            root: numbers.uris.root.as_ref(),
            open: numbers.open.iter().map(|line| Open::of(line, &numbers.uris)).collect(),
            desynced: desynced.map(|line| Desynced::of(line, &numbers.uris)).collect(),
            counts: &numbers.counts,
        }
    }
    let unread = Some(unread).filter(|unread| *unread > 0);
    written(&All { projects: numbers.iter().map(part).collect(), text, severity, tooltip, unread })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Open<'s> {
    id: Cow<'s, str>,
    folder: Option<String>,
    title: Option<&'s str>,
    status: Option<&'s str>,
    metadata_status: Option<&'s str>,
    desync: bool,
    tasks: Count,
    criteria: Count,
}

impl Open<'_> {
    fn of<'s>(line: &'s Summary, uris: &FolderUris<'_>) -> Open<'s> {
        Open {
            id: line.id(),
            folder: uris.get(&line.folder),
            title: line.title.as_deref(),
            status: line.spec_status.as_deref(),
            metadata_status: line.metadata_status.as_deref(),
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
    folder: Option<String>,
    status: Option<&'s str>,
    metadata_status: Option<&'s str>,
}

impl Desynced<'_> {
    fn of<'s>(line: &'s Summary, uris: &FolderUris<'_>) -> Desynced<'s> {
        Desynced {
            id: line.id(),
            folder: uris.get(&line.folder),
            status: line.spec_status.as_deref(),
            metadata_status: line.metadata_status.as_deref(),
        }
    }
}

/// One row of the list of increments.
pub fn increment(folder: &Path, shown: &Summary, uris: &FolderUris<'_>) -> Box<RawValue> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Increment<'s> {
        id: &'s str,
        root: Option<&'s Uri>,
        folder: Option<String>,
        title: Option<&'s str>,
        status: Option<&'s str>,
        metadata_status: Option<&'s str>,
        desync: bool,
        open: bool,
        created: Option<&'s str>,
        tasks: Option<Count>,
        criteria: Option<Count>,
        next: Vec<&'static str>,
    }
    let open = shown.is_open();
    let progress = shown.progress.as_deref().filter(|_| open);
    written(&Increment {
        id: &project::id_of(folder),
        root: uris.root.as_ref(),
        folder: uris.get(folder),
        title: shown.title.as_deref(),
        status: shown.spec_status.as_deref(),
        metadata_status: shown.metadata_status.as_deref(),
        desync: shown.desynced,
        open,
        created: shown.created.as_deref(),
        tasks: progress.map(|progress| progress.tasks),
        criteria: progress.map(|progress| progress.criteria),
        next: next(shown),
    })
}

pub fn increments(rows: &[Box<RawValue>], next: Option<usize>) -> Box<RawValue> {
    #[derive(Serialize)]
    struct Page<'s> {
        increments: &'s [Box<RawValue>],
        next: Option<usize>,
    }
    written(&Page { increments: rows, next })
}

/// An increment that was searched for.
pub fn symbol(name: &Name<'_>, uri: String, shown: &Summary) -> Box<RawValue> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Symbol<'s> {
        name: String,
        kind: SymbolKind,
        location: Location,
        container_name: &'s str,
    }
    #[derive(Serialize)]
    struct Location {
        uri: String,
        range: Range,
    }
    let title = Some(name.title).filter(|title| !title.is_empty());
    let status = shown.spec_status.as_deref().or(shown.metadata_status.as_deref());
    written(&Symbol {
        name: title.map_or_else(|| name.id.to_owned(), |title| format!("{}: {title}", name.id)),
        kind: SymbolKind::PACKAGE,
        location: Location { uri, range: Range::default() },
        container_name: status.unwrap_or("no status"),
    })
}

/// The statuses one step away from what spec.md says, or metadata.json if it says nothing.
fn next(shown: &Summary) -> Vec<&'static str> {
    let status = shown.spec_status.as_deref().or(shown.metadata_status.as_deref()).and_then(Status::meaning);
    status.map_or(&[][..], Status::next).iter().map(|status| status.as_str()).collect()
}

pub fn written(value: &impl Serialize) -> Box<RawValue> {
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
