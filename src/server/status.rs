//! What an editor's status bar and its list of increments show. Made from the index, never by reading files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tower_lsp::ls_types::notification::Notification;

use super::position;
use super::session::Session;
use crate::model::findings::one_line;
use crate::model::progress::Progress;
use crate::model::status::{Side, Status};
use crate::workspace::discover;
use crate::workspace::index::{Shown, Tally};
use crate::workspace::project::{self, Project};
use crate::workspace::status::{self, Line, count_json};

pub const REQUEST: &str = "specweave/status";
pub const INCREMENTS_REQUEST: &str = "specweave/increments";

/// While somebody types, a status bar need not follow each key; with thousands of open increments it would cost.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// A tooltip is looked at, not read: so many increments of a kind are named in it.
const NAMED_IN_TOOLTIP: usize = 10;

struct StatusChanged;

impl Notification for StatusChanged {
    type Params = Value;
    const METHOD: &'static str = REQUEST;
}

struct IncrementsChanged;

impl Notification for IncrementsChanged {
    type Params = Value;
    const METHOD: &'static str = "specweave/incrementsChanged";
}

/// What the status is made from: revision of the index, settings, number of projects.
type Basis = (u64, u64, usize);

/// What the client knows.
#[derive(Default)]
pub struct Told {
    /// The client is ready, and the search for projects has begun.
    pub(super) started: bool,
    basis: Option<Basis>,
    last: Option<Instant>,
    status: Value,
}

impl Session {
    /// Told only once everything has been read: numbers that count up help nobody.
    fn has_status_news(&self) -> bool {
        let wanted = self.client.status || self.client.increments;
        wanted && self.told.started && self.reading == 0 && self.told.basis != Some(self.basis())
    }

    /// When there is something to tell.
    pub(super) fn status_due(&self) -> Option<Instant> {
        self.has_status_news().then(|| self.told.last.map_or_else(Instant::now, |last| last + SHORTEST_PAUSE))
    }

    fn basis(&self) -> Basis {
        (self.index.revision(), self.epoch, self.projects.len())
    }

    pub(super) fn tell_status(&mut self) {
        if self.status_due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.told.last = Some(Instant::now());
        let first = self.told.basis.is_none();
        let before = self.told.basis.replace(self.basis()).map(|(revision, ..)| revision);
        if self.client.status {
            let status = self.status();
            if first || status != self.told.status {
                self.outbox.notify::<StatusChanged>(status.clone());
                self.told.status = status;
            }
        }
        if self.client.increments && before != Some(self.index.revision()) {
            self.outbox.notify::<IncrementsChanged>(json!({}));
        }
    }

    pub(super) fn status(&self) -> Value {
        let mut projects: Vec<&Project> = self.projects.values().collect();
        projects.sort_by(|a, b| a.root.cmp(&b.root));
        let mut open = Vec::new();
        let (mut shown, mut tooltips) = (Vec::new(), Vec::new());
        let (mut errors, mut warnings) = (0, 0);
        for project in &projects {
            let tally = self.index.tally(&project.root, Tally::clone);
            let uris = FolderUris::of(project);
            let lines = |folders: &mut dyn Iterator<Item = &PathBuf>| -> Vec<Line> {
                let line = |folder: &PathBuf| self.index.with(folder, |entry| entry.shown.line(&project.root, folder));
                folders.filter_map(line).collect()
            };
            let mut here = lines(&mut tally.open.iter());
            status::sort_oldest_first(&mut here);
            let closed = lines(&mut tally.desynced.difference(&tally.open));
            let out_of_step = here.iter().chain(&closed).filter(|line| line.desynced);
            errors += tally.desynced.len() + tally.errors;
            warnings += tally.warnings;
            shown.push(json!({
                "root": position::uri_of(&project.shown),
                "open": here.iter().map(|line| open_json(&uris, line)).collect::<Vec<_>>(),
                "desynced": out_of_step.map(|line| desynced_json(&uris, line)).collect::<Vec<_>>(),
                "counts": {
                    "increments": tally.increments, "open": tally.open.len(), "desyncs": tally.desynced.len(),
                    "errors": tally.errors, "warnings": tally.warnings,
                },
            }));
            tooltips.push(self.tooltip(project, &tally, &here, &closed));
            open.extend(here);
        }
        let severity = match (errors, warnings) {
            (0, 0) => "information",
            (0, _) => "warning",
            _ => "error",
        };
        let text =
            if projects.is_empty() { String::new() } else { status::text(&open, self.settings.max_increments_in_line) };
        let mut status = json!({"projects": shown, "text": text, "severity": severity});
        if self.unread > 0 {
            tooltips.push(format!("{} increments were not read: reading was stopped.", self.unread));
            status["unread"] = json!(self.unread);
        }
        status["tooltip"] = json!(tooltips.join("\n\n"));
        status
    }

    /// Markdown: what is open and what is out of step, each with a link to its spec.md.
    fn tooltip(&self, project: &Project, tally: &Tally, open: &[Line], closed: &[Line]) -> String {
        let name = project.shown.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut text = format!("**{}**", escape(&name));
        let out_of_step = tally.desynced.len();
        text.push_str(&format!(": {} open of {} increments", tally.open.len(), tally.increments));
        if out_of_step > 0 {
            text.push_str(&format!(", **{out_of_step} out of step**"));
        }
        for lines in [open, closed] {
            text.push_str(if text.contains("\n\n") { "\n" } else { "\n\n" });
            for line in lines.iter().take(NAMED_IN_TOOLTIP) {
                text.push_str(&self.tooltip_line(line));
            }
            if lines.len() > NAMED_IN_TOOLTIP {
                text.push_str(&format!("- and {} more\n", lines.len() - NAMED_IN_TOOLTIP));
            }
        }
        text.trim_end().to_owned()
    }

    fn tooltip_line(&self, line: &Line) -> String {
        let link = self
            .uri(&line.folder.join(Side::Spec.file_name()))
            .map_or_else(|| escape(&line.id), |uri| format!("[{}]({})", escape(&line.id), uri.as_str()));
        let said =
            |status: &Option<String>| status.as_deref().map_or("no status".to_owned(), |it| escape(&one_line(it)));
        let state = if line.desynced {
            format!("⚠ spec.md: {}, metadata.json: {}", said(&line.spec_status), said(&line.metadata_status))
        } else {
            said(&line.spec_status)
        };
        let Progress { tasks, criteria } = line.progress;
        let progress = [tasks.of("tasks"), criteria.of("ACs")].into_iter().flatten();
        let progress: String = progress.map(|done| format!(", {done}")).collect();
        format!("- {link} {state}{progress}\n")
    }

    /// All increments of all projects.
    pub(super) fn increments(&self) -> Value {
        let uris: HashMap<&Path, FolderUris<'_>> =
            self.projects.values().map(|project| (project.root.as_path(), FolderUris::of(project))).collect();
        let increments = self.index.map(|folder, entry| {
            let uris = uris.get(&*entry.project)?;
            let shown = &entry.shown;
            let open = shown.is_open();
            let count = |count: fn(&Progress) -> Value| shown.progress.as_ref().filter(|_| open).map(count);
            Some(json!({
                "id": project::id_of(folder),
                "root": position::uri_of(&uris.project.shown),
                "folder": uris.get(folder),
                "title": shown.title, "status": shown.spec_status, "metadataStatus": shown.metadata_status,
                "desync": shown.desynced, "open": open, "created": shown.created,
                "tasks": count(|progress| count_json(progress.tasks)),
                "criteria": count(|progress| count_json(progress.criteria)),
                "next": next(shown),
            }))
        });
        json!({"increments": increments})
    }
}

fn open_json(uris: &FolderUris<'_>, line: &Line) -> Value {
    json!({
        "id": line.id, "folder": uris.get(&line.folder), "title": line.title, "status": line.spec_status,
        "metadataStatus": line.metadata_status, "desync": line.desynced, "tasks": count_json(line.progress.tasks),
        "criteria": count_json(line.progress.criteria),
    })
}

fn desynced_json(uris: &FolderUris<'_>, line: &Line) -> Value {
    json!({
        "id": line.id, "folder": uris.get(&line.folder), "status": line.spec_status,
        "metadataStatus": line.metadata_status,
    })
}

/// The URIs of a project's increments. There may be thousands, and nearly all differ in their last part only.
struct FolderUris<'p> {
    project: &'p Project,
    increments: PathBuf,
    base: Option<String>,
}

impl FolderUris<'_> {
    fn of(project: &Project) -> FolderUris<'_> {
        let increments = discover::increments_folder(&project.root);
        let base = position::uri_of(&project.shown_path(&increments)).map(|uri| uri.as_str().to_owned());
        FolderUris { project, increments, base }
    }

    fn get(&self, folder: &Path) -> Option<String> {
        let needs_no_escape = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name = folder.file_name().and_then(|name| name.to_str()).filter(|name| name.chars().all(needs_no_escape));
        match (name, &self.base) {
            (Some(name), Some(base)) if folder.parent() == Some(&self.increments) => Some(format!("{base}/{name}")),
            _ => position::uri_of(&self.project.shown_path(folder)).map(|uri| uri.as_str().to_owned()),
        }
    }
}

/// The statuses one step away from what spec.md says, or metadata.json if it says nothing.
fn next(shown: &Shown) -> Vec<&'static str> {
    let status = shown.spec_status.as_deref().or(shown.metadata_status.as_deref()).and_then(Status::meaning);
    status.map_or(&[][..], Status::next).iter().map(|status| status.as_str()).collect()
}

/// Text that markdown must not take for anything else.
pub(super) fn escape(text: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation() && !matches!(c, '-' | '.' | ',' | ':' | '/' | '\'');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}
