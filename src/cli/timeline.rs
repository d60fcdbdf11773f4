//! What happened to increments, in one order: what this tool changed, what was committed, what agents did with tasks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::output::words::{number, short};
use crate::cli::undo::is_named;
use crate::git::commit::{self, PastCommit};
use crate::git::error::GitError;
use crate::git::repository::Repository;
use crate::git::tree_changes;
use crate::model::increment::Source;
use crate::model::parse::ledger::{self, EventKind};
use crate::model::rules::one_line;
use crate::model::sort;
use crate::workspace::change::journal::{self, JournalEntry};
use crate::workspace::config::Settings;
use crate::workspace::discover::{self, Scope};
use crate::workspace::exclude::Excludes;
use crate::workspace::fs::reader::{self, Want};
use crate::workspace::project;

/// Where an event is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventSource {
    Ledger,
    Journal,
    Git,
}

impl EventSource {
    pub fn as_str(self) -> &'static str {
        match self {
            EventSource::Ledger => "ledger",
            EventSource::Journal => "specweave-lsp",
            EventSource::Git => "git",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEvent {
    /// None where what stands there is no time.
    pub when: Option<Timestamp>,
    /// As it is written.
    pub time: String,
    pub written: EventSource,
    pub increments: Vec<String>,
    pub what: String,
    pub by: String,
    /// `done`, or why it was not; of our own changes.
    pub result: Option<String>,
}

impl TimelineEvent {
    /// `0001-x`, or `0001-x and 3 more`
    pub fn about(&self) -> String {
        self.about_by(|id| id)
    }

    /// `0001`, or `0001 and 3 more`
    pub fn about_in_brief(&self) -> String {
        self.about_by(number)
    }

    fn about_by(&self, name: impl Fn(&str) -> &str) -> String {
        match &self.increments[..] {
            [] => String::new(),
            [one] => name(one).to_owned(),
            [first, others @ ..] => format!("{} and {} more", name(first), others.len()),
        }
    }

    pub fn json(&self) -> Value {
        json!({"time": self.time, "origin": self.written.as_str(), "increments": self.increments, "what": self.what,
               "by": self.by, "result": self.result})
    }
}

#[derive(Debug, Default)]
pub struct Timeline {
    pub events: Vec<TimelineEvent>,
    /// What could not be read; the rest is there all the same.
    pub troubles: Vec<String>,
    /// A whole file is among them.
    pub incomplete: bool,
}

impl Timeline {
    /// Of a project, or of the increment of it that is wanted.
    pub fn read(&mut self, root: &Path, wanted: Option<&str>, settings: &Settings) {
        let is_meant = |id: &str| wanted.is_none_or(|wanted| is_named(wanted, id));
        self.journal(root, &is_meant);
        self.ledgers(root, &is_meant, settings);
        if let Err(error) = self.commits(root, &is_meant) {
            // Without a repository, or a commit, there is nothing to tell.
            match error {
                GitError::NoRepository(_) | GitError::NoCommits(_) | GitError::NotInstalled => {}
                error => self.miss(error.to_string()),
            }
        }
    }

    /// Only what this tool changed.
    pub fn read_own(&mut self, root: &Path, wanted: Option<&str>) {
        self.journal(root, &|id| wanted.is_none_or(|wanted| is_named(wanted, id)));
    }

    pub fn sort(&mut self) {
        sort::by(&mut self.events, |a, b| (a.when, a.written, &a.time).cmp(&(b.when, b.written, &b.time)));
    }

    fn journal(&mut self, root: &Path, is_meant: &dyn Fn(&str) -> bool) {
        match journal::read(root) {
            Ok((entries, bad)) => {
                self.troubles.extend(bad.iter().map(ToString::to_string));
                self.events.extend(entries.iter().filter(|entry| is_meant(&entry.increment)).map(of_entry));
            }
            Err(error) => self.miss(error.to_string()),
        }
    }

    fn miss(&mut self, trouble: String) {
        self.troubles.push(trouble);
        self.incomplete = true;
    }

    fn ledgers(&mut self, root: &Path, is_meant: &dyn Fn(&str) -> bool, settings: &Settings) {
        for (id, path) in ledgers(root).into_iter().filter(|(id, _)| is_meant(id)) {
            let bytes = match reader::read(&path, settings.max_file_size, Want::Whole) {
                Source::Text(bytes) => bytes,
                Source::Missing => continue,
                Source::Unreadable(reason) => {
                    self.miss(format!("cannot read {}: {reason}", path.display()));
                    continue;
                }
            };
            let text = String::from_utf8_lossy(&bytes);
            let read = ledger::parse(&text);
            for problem in &read.problems {
                let line = text[..problem.line.start].matches('\n').count() + 1;
                self.troubles.push(format!("{}:{line}: not an event; skipped", path.display()));
            }
            self.events.extend(read.events.iter().map(|event| TimelineEvent {
                when: Some(event.at),
                time: event.at_text.clone(),
                written: EventSource::Ledger,
                increments: vec![id.clone()],
                what: of_ledger(&event.kind, &event.task, event.note.as_deref().or(event.evidence.as_deref())),
                by: one_line(&event.by),
                result: None,
            }));
        }
    }

    /// Those that changed a file of an increment.
    fn commits(&mut self, root: &Path, is_meant: &dyn Fn(&str) -> bool) -> Result<(), GitError> {
        let repository = Repository::around(root)?;
        let from_top = root.strip_prefix(&repository.top).unwrap_or(Path::new(""));
        let increments = repository.whole(&discover::increments_folder(from_top));
        let commits = commit::all(&repository)?;
        tree_changes::read(&repository, &commits, &increments, |at, files| {
            let ids = files.iter().filter_map(|file| Some(project::id_of(&discover::increment_of(&file.path)?.1)));
            let ids: BTreeSet<String> = ids.filter(|id| is_meant(id)).collect();
            // A merge changes what its other side did, and that has its own lines.
            if !ids.is_empty() && commits[at].parents.len() < 2 {
                self.events.push(of_commit(&commits[at], ids.into_iter().collect()));
            }
            Ok(())
        })
    }
}

/// Each ledger of a project, with the increment that it belongs to.
pub fn ledgers(root: &Path) -> Vec<(String, PathBuf)> {
    let scope = Scope { include_archived: true, exclude: Excludes::default() };
    let folders = discover::increments(root, &scope).increments;
    folders.iter().map(|folder| (project::id_of(folder), folder.join("ledger.jsonl"))).collect()
}

fn of_entry(entry: &JournalEntry) -> TimelineEvent {
    let shown = |status: &Option<String>| status.as_deref().map_or("-".to_owned(), one_line);
    let (spec, metadata) = (shown(&entry.from.spec), shown(&entry.from.metadata));
    let from = if spec == metadata { spec } else { format!("{spec} ≠ {metadata}") };
    let what = match &entry.items[..] {
        [] => format!("{from} → {}", one_line(&entry.to)),
        items => format!("{} → {}", items.join(", "), one_line(&entry.to)),
    };
    let reason = entry.reason.as_deref().map(|reason| format!(" ({})", one_line(reason))).unwrap_or_default();
    let force = if entry.forced { " --force" } else { "" };
    let undoes = entry.undoes.as_deref().filter(|_| entry.way != "undo").map(|_| ", undo").unwrap_or_default();
    TimelineEvent {
        when: entry.time.parse().ok(),
        time: entry.time.clone(),
        written: EventSource::Journal,
        increments: vec![entry.increment.clone()],
        what: what + &reason,
        by: format!("{}{force}{undoes}", entry.way),
        result: Some(entry.result.clone()),
    }
}

fn of_commit(commit: &PastCommit, increments: Vec<String>) -> TimelineEvent {
    let agents = commit.agents();
    let with = if agents.is_empty() { String::new() } else { format!(", {}", one_line(&agents.join(", "))) };
    TimelineEvent {
        when: commit.date.parse().ok(),
        time: commit.date.clone(),
        written: EventSource::Git,
        increments,
        what: format!("{} {}", short(&commit.id), one_line(&commit.subject)),
        by: format!("{}{with}", one_line(&commit.author)),
        result: None,
    }
}

fn of_ledger(kind: &EventKind, task: &str, note: Option<&str>) -> String {
    let what = match kind {
        EventKind::Claim => format!("{task} claimed"),
        EventKind::Done => format!("{task} done"),
        EventKind::Release => format!("{task} released"),
        EventKind::Block => format!("{task} blocked"),
        EventKind::Skip => format!("{task} skipped"),
        EventKind::Increment => "note".to_owned(),
        EventKind::Unknown(kind) => format!("{} {}", one_line(task), one_line(kind)),
    };
    match note {
        Some(note) => format!("{what}: {}", one_line(note)),
        None => what,
    }
}
