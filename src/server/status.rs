//! What an editor's status bar shows. Made from the index, never by reading files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tower_lsp::ls_types::notification::Notification;

use crate::model::progress::Progress;
use crate::model::rules::one_line;
use crate::model::status::Side;
use crate::server::session::Session;
use crate::server::wire::{self, Counts, FolderUris, Numbers};
use crate::workspace::index::Tally;
use crate::workspace::project::Project;
use crate::workspace::summary::{self, Summary, Word};

pub const STATUS: &str = "specweave/status";

/// While somebody types, a status bar need not follow each key; with thousands of open increments it would cost.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// A tooltip is looked at, not read: so many increments of a kind are named in it.
const NAMED_IN_TOOLTIP: usize = 10;

struct IncrementsChanged;

impl Notification for IncrementsChanged {
    type Params = Value;
    const METHOD: &'static str = "specweave/incrementsChanged";
}

/// What the status is made from: revision of the index, settings, number of projects, increments that were left out.
type Basis = (u64, u64, usize, usize);

/// What the client knows.
#[derive(Default)]
pub struct Told {
    /// The client is ready, and the search for projects has begun.
    pub(super) started: bool,
    basis: Option<Basis>,
    last: Option<Instant>,
    status: Option<Arc<RawValue>>,
    /// As it was last written, told or not.
    written: Option<(Basis, Arc<RawValue>)>,
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
        (self.index.revision(), self.epoch, self.projects.len(), self.unread)
    }

    pub(super) fn tell_status(&mut self) {
        if self.status_due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.told.last = Some(Instant::now());
        let before = self.told.basis.replace(self.basis()).map(|(revision, ..)| revision);
        if self.client.status {
            let status = self.status();
            if self.told.status.as_ref().is_none_or(|told| told.get() != status.get()) {
                self.outbox.notify_written(STATUS, &status);
                self.told.status = Some(status);
            }
        }
        if self.client.increments && before != Some(self.index.revision()) {
            self.outbox.notify::<IncrementsChanged>(json!({}));
        }
    }

    /// Written once for all who ask, until something in it changes.
    pub(super) fn status(&mut self) -> Arc<RawValue> {
        let basis = self.basis();
        if let Some((known, status)) = &self.told.written
            && *known == basis
        {
            return Arc::clone(status);
        }
        let status = self.write_status();
        self.told.written = Some((basis, Arc::clone(&status)));
        status
    }

    fn write_status(&self) -> Arc<RawValue> {
        let mut projects: Vec<&Project> = self.projects.values().collect();
        projects.sort_by(|a, b| a.root.cmp(&b.root));
        let numbers: Vec<Numbers<'_>> = projects.into_iter().map(|project| self.numbers(project)).collect();
        let mut tooltips: Vec<String> = numbers.iter().map(|numbers| self.tooltip(numbers)).collect();
        if self.unread > 0 {
            tooltips.push(format!("{} increments were not read: reading was stopped.", self.unread));
        }
        let counts = numbers.iter().map(|numbers| &numbers.counts);
        let severity = match counts.fold((0, 0), |sum, it| (sum.0 + it.desyncs + it.errors, sum.1 + it.warnings)) {
            (0, 0) => "information",
            (0, _) => "warning",
            _ => "error",
        };
        let open = numbers.iter().flat_map(|numbers| &numbers.open);
        let text = match numbers.is_empty() {
            true => String::new(),
            false => summary::text(open, self.settings.max_increments_in_line),
        };
        wire::status(&numbers, &text, severity, &tooltips.join("\n\n"), self.unread).into()
    }

    fn numbers<'p>(&self, project: &'p Project) -> Numbers<'p> {
        let tally = self.index.tally(&project.root, Tally::clone);
        let line = |folder: &Arc<Path>| self.index.with(folder, |entry| entry.summary.clone());
        let mut open: Vec<Summary> = tally.open.iter().filter_map(line).collect();
        summary::sort_oldest_first(&mut open);
        Numbers {
            uris: FolderUris::of(project),
            open,
            closed: tally.desynced.difference(&tally.open).filter_map(line).collect(),
            counts: Counts {
                increments: tally.increments,
                open: tally.open.len(),
                desyncs: tally.desynced.len(),
                errors: tally.errors,
                warnings: tally.warnings,
            },
        }
    }

    /// Markdown: what is open and what is out of step, each with a link to its spec.md.
    fn tooltip(&self, numbers: &Numbers<'_>) -> String {
        let shown = &numbers.uris.project.shown;
        let name = shown.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Counts { increments, open, desyncs, .. } = numbers.counts;
        let mut text = format!("**{}**: {open} open of {increments} increments", escape(&name));
        if desyncs > 0 {
            text.push_str(&format!(", **{desyncs} out of step**"));
        }
        for lines in [&numbers.open, &numbers.closed] {
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

    fn tooltip_line(&self, line: &Summary) -> String {
        let link = self
            .uri(&line.folder.join(Side::Spec.file_name()))
            .map_or_else(|| escape(&line.id()), |uri| format!("[{}]({})", escape(&line.id()), uri.as_str()));
        let said = |status: &Option<Word>| status.as_deref().map_or("no status".to_owned(), |it| escape(&one_line(it)));
        let state = if line.desynced {
            format!("⚠ spec.md: {}, metadata.json: {}", said(&line.spec_status), said(&line.metadata_status))
        } else {
            said(&line.spec_status)
        };
        let Progress { tasks, criteria } = line.progress();
        let progress = [tasks.of("tasks"), criteria.of("ACs")].into_iter().flatten();
        let progress: String = progress.map(|done| format!(", {done}")).collect();
        format!("- {link} {state}{progress}\n")
    }

    /// By the projects' roots.
    pub(super) fn folder_uris(&self) -> HashMap<&Path, FolderUris<'_>> {
        self.projects.values().map(|project| (project.root.as_path(), FolderUris::of(project))).collect()
    }
}

/// Text that markdown must not take for anything else.
pub(super) fn escape(text: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation() && !matches!(c, '-' | '.' | ',' | ':' | '/' | '\'');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}
