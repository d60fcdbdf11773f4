//! Which findings the client has not seen yet, and what it was sent last.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tower_lsp::ls_types::{Diagnostic, PublishDiagnosticsParams, Range};

use crate::model::file_kind::FileKind;
use crate::server::diagnostics::convert;
use crate::server::diagnostics::published::{Message, Published};
use crate::server::snapshot::Snapshot;
use crate::workspace::check::LocatedFinding;
use crate::workspace::config::file::{self, ConfigFile};
use crate::workspace::fs::path_map::PathMap;
use crate::workspace::fs::reader::Want;
use crate::workspace::{config_findings, discover, project, specweave_caches};

/// While messages keep coming in, findings are still sent this often.
const LONGEST_SILENCE: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
pub struct Diagnostics {
    published: Published,
    /// Increments, projects' caches and their settings whose findings may be others than the client knows.
    increments: BTreeSet<PathBuf>,
    caches: BTreeSet<PathBuf>,
    settings: BTreeSet<PathBuf>,
    /// Files that were just opened.
    opened: PathMap<()>,
    /// Since when something is pending.
    since: Option<Instant>,
    /// For which revision of the index each project's caches were last looked at: a letter typed in a text changes no
    /// status, and is no reason to read them.
    caches_at: PathMap<u64>,
}

impl Diagnostics {
    pub fn increment_changed(&mut self, folder: &Path, now: Instant) {
        self.since.get_or_insert(now);
        self.increments.insert(folder.to_path_buf());
    }

    pub fn caches_changed(&mut self, root: &Path, now: Instant) {
        self.since.get_or_insert(now);
        self.caches_at.remove(root);
        self.caches.insert(root.to_path_buf());
    }

    pub fn settings_changed(&mut self, root: &Path, now: Instant) {
        self.since.get_or_insert(now);
        self.settings.insert(root.to_path_buf());
    }

    pub fn opened(&mut self, path: &Path) {
        self.opened.insert(path, ());
    }

    pub fn closed(&mut self, path: &Path) {
        self.opened.remove(path);
    }

    /// The client's text changed there.
    pub fn edited(&mut self, path: &Path, range: Range) {
        self.published.touched(path, range);
    }

    pub fn is_pending(&self) -> bool {
        self.since.is_some()
    }

    pub fn is_overdue(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| since + LONGEST_SILENCE <= now)
    }

    /// What the client was sent about a file.
    pub fn of(&self, path: &Path) -> &[Diagnostic] {
        self.published.of(path)
    }

    /// The client was sent something about an increment.
    pub fn has_any(&self, folder: &Path) -> bool {
        FileKind::ALL.into_iter().any(|file| !self.of(&file_of(folder, file)).is_empty())
    }

    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.published.paths()
    }

    /// What has to be sent now.
    pub fn flush(&mut self, snapshot: &Snapshot<'_>) -> Vec<PublishDiagnosticsParams> {
        self.since = None;
        let mut messages = Vec::new();
        let mut add = |path: &Path, found: Vec<Message>| {
            let version = snapshot.version(path).filter(|_| snapshot.capabilities.diagnostic_versions);
            let params = |Message { uri, diagnostics }| PublishDiagnosticsParams { uri, diagnostics, version };
            messages.extend(found.into_iter().map(params));
        };
        let increments = std::mem::take(&mut self.increments);
        let mut projects = std::mem::take(&mut self.caches);
        projects.extend(increments.iter().filter_map(|folder| discover::increment_of(folder)).map(|(root, _)| root));
        for folder in increments {
            for (file, diagnostics) in FileKind::ALL.into_iter().zip(of_increment(snapshot, &folder)) {
                let path = file_of(&folder, file);
                let opened = self.opened.remove(&path).is_some();
                add(&path, self.published.difference(&path, || snapshot.uri(&path), diagnostics, opened));
            }
        }
        let revision = snapshot.index.revision();
        for root in projects {
            if self.caches_at.insert(&root, revision) != Some(revision) {
                self.flush_caches(&root, snapshot, &mut add);
                // What its `ignore` entries match may be something else now.
                if snapshot.projects.get(&root).is_some_and(|project| !project.config.settings.ignore.is_empty()) {
                    self.settings.insert(root);
                }
            }
        }
        for root in std::mem::take(&mut self.settings) {
            self.flush_settings(&root, snapshot, &mut add);
        }
        messages
    }

    fn flush_settings(&mut self, root: &Path, snapshot: &Snapshot<'_>, add: &mut dyn FnMut(&Path, Vec<Message>)) {
        let path = file::path(root);
        let opened = self.opened.remove(&path).is_some();
        add(&path, self.published.difference(&path, || snapshot.uri(&path), of_settings(snapshot, root), opened));
    }

    /// What is stale in SpecWeave's own caches of a project.
    fn flush_caches(&mut self, root: &Path, snapshot: &Snapshot<'_>, add: &mut dyn FnMut(&Path, Vec<Message>)) {
        let has_caches = snapshot.projects.get(root).is_some_and(|project| project.has_caches);
        let paths =
            [specweave_caches::STATUS_LINE, specweave_caches::ACTIVE].map(|name| specweave_caches::path(root, name));
        let found = if has_caches {
            let status_of = |id: &str, side| snapshot.status(root, id, side);
            specweave_caches::findings(
                root,
                snapshot.documents,
                snapshot.settings(root),
                snapshot.encoding(),
                status_of,
                || snapshot.open_summaries(root),
            )
        } else if paths.iter().any(|path| !self.of(path).is_empty()) {
            // The cache went away, and what was said about it goes too.
            Vec::new()
        } else {
            return;
        };
        for path in paths {
            let is_accepted = |stale: &specweave_caches::Stale, finding: &LocatedFinding| {
                let folder = discover::increments_folder(root).join(&stale.id);
                snapshot.settings(root).ignored_by(root, &folder, finding.code).is_some()
            };
            let here = found.iter().filter(|(of, stale, finding)| *of == path && !is_accepted(stale, finding));
            let diagnostics =
                here.map(|(_, _, finding)| convert::diagnostic(finding, |_| None, snapshot.capabilities)).collect();
            add(&path, self.published.difference(&path, || snapshot.uri(&path), diagnostics, false));
        }
    }
}

/// What is wrong with a project's settings, in the text that the editor shows.
fn of_settings(snapshot: &Snapshot<'_>, root: &Path) -> Vec<Diagnostic> {
    let Some(project) = snapshot.projects.get(root) else { return Vec::new() };
    let known = &project.config.file;
    let open = snapshot.documents.get(&file::path(root)).filter(|_| !known.is_refused);
    let typed = open.map(|document| ConfigFile::of(document.source(file::LARGEST, Want::Whole)));
    let shown = typed.as_ref().unwrap_or(known);
    let unused: Vec<usize> = match project.is_read {
        true => (0..shown.layer.ignore.len()).filter(|at| snapshot.is_unused(root, &shown.layer.ignore[*at])).collect(),
        false => Vec::new(),
    };
    let findings = config_findings::findings(shown, &unused, &project.config.settings, snapshot.encoding());
    findings.iter().map(|finding| convert::diagnostic(finding, |_| None, snapshot.capabilities)).collect()
}

fn file_of(folder: &Path, file: FileKind) -> PathBuf {
    project::file(folder, file.file_name())
}

/// The diagnostics of an increment, file by file.
fn of_increment(snapshot: &Snapshot<'_>, folder: &Path) -> [Vec<Diagnostic>; FileKind::ALL.len()] {
    let related = |file: FileKind| snapshot.uri(&folder.join(file.file_name()));
    let mut found = FileKind::ALL.map(|_| Vec::new());
    snapshot.index.with(folder, |entry| {
        for finding in &entry.findings {
            found[finding.file as usize].push(convert::diagnostic(finding, related, snapshot.capabilities));
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_changes_is_sent_after_a_while() {
        let mut diagnostics = Diagnostics::default();
        let start = Instant::now();
        assert!(!diagnostics.is_pending());
        diagnostics.increment_changed(Path::new("/a"), start);
        diagnostics.increment_changed(Path::new("/b"), start + LONGEST_SILENCE / 2);
        assert!(diagnostics.is_pending() && !diagnostics.is_overdue(start));
        assert!(diagnostics.is_overdue(start + LONGEST_SILENCE), "since the first of them");
    }
}
