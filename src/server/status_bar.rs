//! What an editor's status bar shows. Made from the index, never by reading files.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use crate::model::rules::one_line;
use crate::model::status::Side;
use crate::model::work::Progress;
use crate::server::lsp::ext::{self, Counts, FolderUris, ProjectStatus};
use crate::server::markdown::escape;
use crate::server::snapshot::Snapshot;
use crate::workspace::index::Tally;
use crate::workspace::project::Project;
use crate::workspace::summary::{self, Summary, Word};

mod text;

/// While somebody types, a status bar need not follow each key; with thousands of open increments it would cost.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// So much later than it is due it is sent even while other messages come.
const LONGEST_DELAY: Duration = Duration::from_millis(50);
/// A tooltip is looked at, not read: so many increments of a kind are named in it.
const NAMED_IN_TOOLTIP: usize = 10;

/// What the status is made from: while it is the same, so is the status.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Basis {
    pub revision: u64,
    pub generation: u64,
    pub projects: usize,
    pub unread: usize,
}

#[derive(Debug, Default)]
pub struct StatusBar {
    /// What the client was sent last, and when.
    sent_basis: Option<Basis>,
    sent_at: Option<Instant>,
    sent: Option<Arc<RawValue>>,
    /// As it was last written, sent or not.
    written: Option<(Basis, Arc<RawValue>)>,
}

/// What is to be sent.
#[derive(Debug, Default)]
pub struct StatusUpdate {
    pub status: Option<Arc<RawValue>>,
    pub increments: bool,
}

impl StatusBar {
    /// When to send the status, if the client does not know this one.
    pub fn deadline(&self, basis: Basis, now: Instant) -> Option<Instant> {
        let known = self.sent_basis == Some(basis);
        (!known).then(|| self.sent_at.map_or(now, |last| last + SHORTEST_PAUSE))
    }

    /// The first one is not put off.
    pub fn is_overdue(&self, due: Instant, now: Instant) -> bool {
        self.sent_at.is_none() || due + LONGEST_DELAY <= now
    }

    pub fn update(&mut self, basis: Basis, snapshot: &Snapshot<'_>, now: Instant) -> StatusUpdate {
        let mut update = StatusUpdate::default();
        if self.deadline(basis, now).is_none_or(|due| due > now) {
            return update;
        }
        self.sent_at = Some(now);
        let before = self.sent_basis.replace(basis).map(|sent| sent.revision);
        if snapshot.capabilities.status {
            let status = self.current(basis, snapshot);
            if self.sent.as_ref().is_none_or(|sent| sent.get() != status.get()) {
                self.sent = Some(Arc::clone(&status));
                update.status = Some(status);
            }
        }
        update.increments = snapshot.capabilities.increments && before != Some(basis.revision);
        update
    }

    /// Written once for all who ask, until something in it changes.
    pub fn current(&mut self, basis: Basis, snapshot: &Snapshot<'_>) -> Arc<RawValue> {
        if let Some((known, status)) = &self.written
            && *known == basis
        {
            return Arc::clone(status);
        }
        let status: Arc<RawValue> = write(snapshot, basis.unread).into();
        self.written = Some((basis, Arc::clone(&status)));
        status
    }
}

fn write(snapshot: &Snapshot<'_>, unread: usize) -> Box<RawValue> {
    let projects: Vec<ProjectStatus<'_>> =
        snapshot.projects.sorted().into_iter().map(|project| of_project(snapshot, project)).collect();
    let mut tooltips: Vec<String> = projects.iter().map(|project| tooltip(snapshot, project)).collect();
    if unread > 0 {
        tooltips.push(format!("{unread} increments were not read: the scan was cancelled."));
    }
    // Old warnings do not colour it: they would be there for good, and nobody would look any more.
    let alarming = projects.iter().any(|project| project.counts.desyncs + project.counts.errors > 0);
    let severity = if alarming { "error" } else { "information" };
    let text = text::text(&projects);
    let label = text::label(&projects);
    ext::status(&projects, &text, &label, severity, &tooltips.join("\n\n"), unread)
}

fn of_project<'p>(snapshot: &Snapshot<'_>, project: &'p Project) -> ProjectStatus<'p> {
    let tally = snapshot.index.tally(&project.root, Tally::clone);
    let line = |folder: &Arc<Path>| snapshot.index.with(folder, |entry| entry.summary.clone());
    let mut open: Vec<Summary> = tally.open.iter().filter_map(line).collect();
    summary::sort_oldest_first(&mut open);
    ProjectStatus {
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

/// Markdown: what is open and what disagrees, each with a link to its spec.md.
fn tooltip(snapshot: &Snapshot<'_>, project: &ProjectStatus<'_>) -> String {
    let shown = &project.uris.project.shown;
    let name = shown.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Counts { increments, open, desyncs, .. } = project.counts;
    let mut text = format!("**{}**: {open} open of {increments} increments", escape(&name));
    if desyncs > 0 {
        text.push_str(&format!(", **{desyncs} desync{}**", if desyncs == 1 { "" } else { "s" }));
    }
    for lines in [&project.open, &project.closed] {
        text.push_str(if text.contains("\n\n") { "\n" } else { "\n\n" });
        for line in lines.iter().take(NAMED_IN_TOOLTIP) {
            text.push_str(&tooltip_line(snapshot, line));
        }
        if lines.len() > NAMED_IN_TOOLTIP {
            text.push_str(&format!("- and {} more\n", lines.len() - NAMED_IN_TOOLTIP));
        }
    }
    text.trim_end().to_owned()
}

fn tooltip_line(snapshot: &Snapshot<'_>, line: &Summary) -> String {
    let link = snapshot
        .uri(&line.folder.join(Side::Spec.file_name()))
        .map_or_else(|| escape(&line.id()), |uri| format!("[{}]({})", escape(&line.id()), uri.as_str()));
    let said = |status: &Option<Word>| status.as_deref().map_or("no status".to_owned(), |it| escape(&one_line(it)));
    let state = if line.desynced {
        format!("⊗ spec.md: {}, metadata.json: {}", said(&line.spec_status), said(&line.metadata_status))
    } else {
        said(&line.status)
    };
    let Progress { tasks, criteria, .. } = line.progress();
    let progress = [tasks.of("tasks"), criteria.of("ACs")].into_iter().flatten();
    let progress: String = progress.map(|done| format!(", {done}")).collect();
    format!("- {link} {state}{progress}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_keep_coming_do_not_put_it_off_for_ever() {
        let now = Instant::now();
        let never_sent = StatusBar::default();
        assert!(never_sent.is_overdue(now, now));
        let sent = StatusBar { sent_at: Some(now), ..StatusBar::default() };
        assert!(!sent.is_overdue(now, now));
        assert!(sent.is_overdue(now, now + LONGEST_DELAY));
    }
}
