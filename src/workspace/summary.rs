//! The increments as people follow them: what is open, how far it is, what is desynced.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::increment::{Increment, Source};
use crate::model::parse::spec;
use crate::model::progress::{Count, Progress};
use crate::model::status::{Side, Status};
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::discover::{self, Scope};
use crate::workspace::documents::Documents;
use crate::workspace::fs::reader::Want;
use crate::workspace::{parallel, project};

#[derive(Debug)]
pub struct Line {
    pub id: String,
    pub root: PathBuf,
    pub folder: PathBuf,
    pub title: Option<String>,
    pub created: Option<String>,
    pub spec_status: Option<String>,
    pub metadata_status: Option<String>,
    pub desynced: bool,
    /// One of the two files cannot be read, so nobody knows what is open.
    pub unreadable: bool,
    /// Only known for increments whose whole files were read: the open ones, or all if asked for.
    pub progress: Progress,
}

impl Line {
    pub fn is_open(&self) -> bool {
        self.spec_status.as_deref().and_then(Status::meaning).is_some_and(Status::is_open)
    }

    /// Reads one increment; `all` also counts the work of one that is not open.
    pub fn read(root: &Path, folder: &Path, documents: &Documents, settings: &Settings, all: bool) -> Line {
        let depth = if all { Depth::Work } else { Depth::Followed };
        let (increment, progress) = check::load(folder, documents, settings, depth);
        Line::new(root, folder, increment, progress)
    }

    fn new(root: &Path, folder: &Path, increment: Increment, progress: Option<Progress>) -> Line {
        Line {
            root: root.to_path_buf(),
            folder: folder.to_path_buf(),
            title: increment.title().map(str::to_owned),
            created: increment.created().map(str::to_owned),
            spec_status: increment.spec.parsed.status_text().map(str::to_owned),
            metadata_status: increment.metadata.parsed.status_text().map(str::to_owned),
            desynced: increment.is_desynced(),
            unreadable: increment.is_unreadable(),
            progress: progress.unwrap_or_default(),
            id: increment.id,
        }
    }

    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id, "root": self.root.to_string_lossy(), "specStatus": self.spec_status, "metadataStatus": self.metadata_status,
            "desync": self.desynced, "unreadable": self.unreadable, "tasks": self.progress.tasks,
            "criteria": self.progress.criteria, "title": self.title, "created": self.created,
        })
    }
}

/// All increments of a project, in the order of their names.
pub fn read_project(root: &Path, scope: &Scope, documents: &Documents, settings: &Settings, all: bool) -> Vec<Line> {
    let folders = discover::increments(root, scope).increments;
    let read = |folders: &[Arc<Path>]| -> Vec<Line> {
        folders.iter().map(|folder| Line::read(root, folder, documents, settings, all)).collect()
    };
    parallel::shares(&folders, read).into_iter().flatten().collect()
}

/// The open increments for a line that names so many: only of those more than the frontmatter is read.
pub fn read_for_line(root: &Path, scope: &Scope, settings: &Settings, most: usize) -> Vec<Line> {
    let folders = discover::increments(root, scope).increments;
    let documents = Documents::closed(&discover::increments_folder(root));
    let read = |folders: &[Arc<Path>]| -> Vec<Line> {
        let line = |folder: &Arc<Path>| {
            let path = folder.join(Side::Spec.file_name());
            let spec = documents.source(&path, settings.max_file_size, Want::Frontmatter);
            if matches!(&spec, Source::Text(head) if !spec::may_be_open(head)) {
                return None;
            }
            let increment = Increment::read(&project::id_of(folder), spec, Source::Missing);
            let line = Line::new(root, folder, increment, None);
            if !line.is_open() {
                return line.unreadable.then_some(line);
            }
            // What decides the order may stand in metadata.json.
            Some(if line.created.is_some() { line } else { Line::read(root, folder, &documents, settings, false) })
        };
        folders.iter().filter_map(line).collect()
    };
    let mut lines: Vec<Line> = parallel::shares(&folders, read).into_iter().flatten().collect();
    sort_oldest_first(&mut lines);
    for line in lines.iter_mut().filter(|line| !line.unreadable).take(most) {
        *line = Line::read(root, &line.folder, &documents, settings, false);
    }
    lines
}

/// `[0047-us-task-linkage] ████████ 52/52 tasks | 9/12 ACs`: the oldest open increments, and how many more.
pub fn text<'l>(lines: impl IntoIterator<Item = &'l Line>, most: usize) -> String {
    let (mut open, others): (Vec<&Line>, Vec<&Line>) = lines.into_iter().partition(|line| line.is_open());
    sort_oldest_first(&mut open);
    let mut parts: Vec<String> = open.iter().take(most).map(|line| part(line)).collect();
    if open.len() > most {
        parts.push(format!("(+{} more)", open.len() - most));
    }
    if parts.is_empty() {
        parts.push("no open increments".to_owned());
    }
    let unreadable = open.iter().chain(&others).filter(|line| line.unreadable).count();
    if unreadable > 0 {
        parts.push(format!("⚠ {unreadable} unreadable"));
    }
    parts.join(" · ")
}

pub fn sort_oldest_first<L: Borrow<Line>>(lines: &mut [L]) {
    lines.sort_by(|a, b| oldest_first(a.borrow()).cmp(&oldest_first(b.borrow())));
}

/// Increments without a date come last: nothing says they are old.
fn oldest_first(line: &Line) -> (bool, &str, &str) {
    (line.created.is_none(), line.created.as_deref().unwrap_or(""), &line.id)
}

fn part(line: &Line) -> String {
    let Progress { tasks, criteria } = line.progress;
    let mark = if line.desynced { "⚠ " } else { "" };
    // What is not counted is not shown: `0/0 tasks` would read as if nothing were done.
    let tasks = tasks.of("tasks").map(|done| format!("{} {done}", bar(tasks, 8)));
    let progress: Vec<String> = tasks.into_iter().chain(criteria.of("ACs")).collect();
    format!("{mark}[{}] {}", line.id, progress.join(" | ")).trim_end().to_owned()
}

pub fn bar(count: Count, width: usize) -> String {
    let filled = (count.done * width).checked_div(count.total).unwrap_or(0);
    "█".repeat(filled) + &"░".repeat(width - filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, created: Option<&str>, status: &str, metadata: &str) -> Line {
        Line {
            id: id.to_owned(),
            root: PathBuf::new(),
            folder: PathBuf::new(),
            title: None,
            created: created.map(str::to_owned),
            spec_status: Some(status.to_owned()),
            metadata_status: Some(metadata.to_owned()),
            desynced: status != metadata,
            unreadable: false,
            progress: Progress { tasks: Count { done: 3, total: 4 }, criteria: Count { done: 1, total: 2 } },
        }
    }

    #[test]
    fn the_oldest_open_increments() {
        let lines = [
            line("0003-c", Some("2025-11-03"), "planned", "planned"),
            line("0001-a", Some("2025-11-01"), "completed", "completed"),
            line("0002-b", Some("2025-11-02"), "active", "completed"),
            line("0004-d", None, "backlog", "backlog"),
        ];
        assert_eq!(
            text(&lines, 2),
            "⚠ [0002-b] ██████░░ 3/4 tasks | 1/2 ACs · [0003-c] ██████░░ 3/4 tasks | 1/2 ACs · (+1 more)"
        );
        assert_eq!(text(&lines[1..2], 2), "no open increments");
        let uncounted = Line { progress: Progress::default(), ..line("0005-e", None, "active", "active") };
        assert_eq!(text(&[uncounted], 2), "[0005-e]");
    }
}
