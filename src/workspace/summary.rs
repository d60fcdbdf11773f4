//! An increment as lists show it: in, its two files and its progress; out, one compact record for the index, `status`,
//! the status bar and our own messages.

use std::borrow::{Borrow, Cow};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::increment::{Increment, Source};
use crate::model::parse::spec;
use crate::model::rules::Code;
use crate::model::sort;
use crate::model::status::{Side, Status};
use crate::model::work::{Count, Progress};
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::discover::{self, Scope};
use crate::workspace::documents::Documents;
use crate::workspace::fs::paths::slashed;
use crate::workspace::fs::reader::Want;
use crate::workspace::{parallel, project};

/// Small, since a server keeps one for each increment.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The project's folder.
    pub root: Arc<Path>,
    pub folder: Arc<Path>,
    pub title: Option<Box<str>>,
    pub created: Option<Box<str>>,
    /// That is what spec.md says, and not metadata.json.
    pub created_in_spec: bool,
    /// That of spec.md where it has one, else that of metadata.json.
    pub status: Option<Word>,
    pub spec_status: Option<Word>,
    pub metadata_status: Option<Word>,
    /// The two disagree, and the project does not accept that.
    pub desynced: bool,
    /// One of the two files cannot be read, so nobody knows what is open.
    pub unreadable: bool,
    /// Only known where whole files were read: of the open increments, or of all if asked for.
    pub progress: Option<Box<Progress>>,
}

/// Nearly all statuses are one of a few words, which nobody has to keep for each increment anew.
pub type Word = Cow<'static, str>;

fn word(status: &str) -> Word {
    Status::canonical(status).map_or_else(|| Word::Owned(status.to_owned()), |status| Word::Borrowed(status.as_str()))
}

impl Summary {
    pub fn of(
        root: &Arc<Path>,
        folder: &Arc<Path>,
        increment: &Increment,
        progress: Option<Progress>,
        settings: &Settings,
    ) -> Summary {
        let is_accepted = || settings.ignored_by(root, folder, Code::StatusDesync).is_some();
        Summary {
            root: Arc::clone(root),
            folder: Arc::clone(folder),
            title: increment.title().map(Box::from),
            created: increment.created().map(Box::from),
            created_in_spec: increment.spec.parsed.created.is_some(),
            status: increment.status_text().map(word),
            spec_status: increment.spec.parsed.status_text().map(word),
            metadata_status: increment.metadata.parsed.status_text().map(word),
            desynced: increment.is_desynced() && !is_accepted(),
            unreadable: increment.is_unreadable(),
            progress: progress.map(Box::new),
        }
    }

    /// Reads one increment, none where neither file is there; `all` also counts the work of one that is not open.
    pub fn read(
        root: &Arc<Path>,
        folder: &Arc<Path>,
        documents: &Documents,
        settings: &Settings,
        all: bool,
    ) -> Option<Summary> {
        let depth = if all { Depth::Work } else { Depth::Followed };
        let (increment, work) = check::load(folder, documents, settings, depth);
        let progress = work.map(|work| work.progress);
        (!increment.is_nothing()).then(|| Summary::of(root, folder, &increment, progress, settings))
    }

    pub fn id(&self) -> Cow<'_, str> {
        project::name_of(&self.folder).map_or_else(|| Cow::Owned(project::id_of(&self.folder)), Cow::Borrowed)
    }

    /// `0087 Auth security hardening`: the number to find it by, then what it is; the folder's name where there is no title.
    pub fn name(&self) -> String {
        let id = self.id();
        let title = self.title.as_deref().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let is_number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
        let Some((number, rest)) = id.split_once('-').filter(|(number, rest)| is_number(number) && !rest.is_empty())
        else {
            return if title.is_empty() { id.into_owned() } else { title };
        };
        // Some titles begin with the number themselves.
        let lower = title.to_ascii_lowercase();
        let head = if lower.starts_with("increment ") { "increment ".len() } else { 0 };
        let plain = match title[head..].strip_prefix(number) {
            Some(behind) if !behind.starts_with(char::is_alphanumeric) => {
                behind.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | '-' | '–' | '—'))
            }
            _ => title.as_str(),
        };
        format!("{number} {}", if plain.is_empty() { rest } else { plain })
    }

    /// The status that the word of the increment stands for.
    pub fn meaning(&self) -> Option<Status> {
        self.status.as_deref().and_then(Status::meaning)
    }

    /// The file that one would look into: spec.md, unless there is none.
    pub fn status_file(&self) -> &'static str {
        if self.spec_status.is_none() && self.metadata_status.is_some() && !self.unreadable {
            return Side::Metadata.file_name();
        }
        Side::Spec.file_name()
    }

    /// What spec.md says, or else metadata.json.
    pub fn status(&self) -> Option<&str> {
        self.spec_status.as_deref().or(self.metadata_status.as_deref())
    }

    /// What the caches are made from: the status of the increment, or what metadata.json alone says.
    pub fn status_for_cache(&self, side: Side) -> Option<&str> {
        match side {
            Side::Spec => self.status(),
            Side::Metadata => self.metadata_status.as_deref(),
        }
    }

    pub fn is_open(&self) -> bool {
        self.status.as_deref().and_then(Status::meaning).is_some_and(Status::is_open)
    }

    /// Nothing is counted where nothing is known.
    pub fn progress(&self) -> Progress {
        self.progress.as_deref().copied().unwrap_or_default()
    }

    pub fn to_json(&self) -> Value {
        let Progress { tasks, criteria, .. } = self.progress();
        json!({
            "id": self.id(), "root": slashed(&self.root), "specStatus": self.spec_status,
            "metadataStatus": self.metadata_status, "desync": self.desynced, "unreadable": self.unreadable,
            "tasks": tasks, "criteria": criteria, "title": self.title, "created": self.created,
        })
    }
}

/// All increments of a project, in the order of their names.
pub fn read_project(root: &Path, scope: &Scope, documents: &Documents, settings: &Settings, all: bool) -> Vec<Summary> {
    let folders = discover::increments(root, scope).increments;
    let root: &Arc<Path> = &Arc::from(root);
    let read = |folders: &[Arc<Path>]| -> Vec<Summary> {
        folders.iter().filter_map(|folder| Summary::read(root, folder, documents, settings, all)).collect()
    };
    parallel::parts(&folders, read).into_iter().flatten().collect()
}

/// The open increments for a line that names so many: only of those more than the frontmatter is read.
pub fn read_for_line(root: &Path, settings: &Settings, most: usize) -> Vec<Summary> {
    let folders = discover::increments(root, &settings.scope()).increments;
    let documents = Documents::closed(&discover::increments_folder(root));
    let root: &Arc<Path> = &Arc::from(root);
    let read = |folders: &[Arc<Path>]| -> Vec<Summary> {
        let line = |folder: &Arc<Path>| {
            let path = folder.join(Side::Spec.file_name());
            let spec = documents.source(&path, settings.max_file_size, Want::Frontmatter);
            if matches!(&spec, Source::Text(head) if !spec::may_be_open(head)) {
                return None;
            }
            let increment = Increment::read(&project::id_of(folder), spec, Source::Missing);
            // Then metadata.json decides.
            let increment = if increment.status_side() == Side::Metadata {
                check::load(folder, &documents, settings, Depth::Statuses).0
            } else {
                increment
            };
            let line = Summary::of(root, folder, &increment, None, settings);
            if !line.is_open() {
                return line.unreadable.then_some(line);
            }
            // What decides the order may stand in metadata.json.
            if line.created.is_some() { Some(line) } else { Summary::read(root, folder, &documents, settings, false) }
        };
        folders.iter().filter_map(line).collect()
    };
    let mut lines: Vec<Summary> = parallel::parts(&folders, read).into_iter().flatten().collect();
    sort_oldest_first(&mut lines);
    for line in lines.iter_mut().filter(|line| !line.unreadable).take(most) {
        if let Some(read) = Summary::read(root, &line.folder.clone(), &documents, settings, false) {
            *line = read;
        }
    }
    lines
}

/// `[0047-us-task-linkage] ████████ 52/52 tasks | 9/12 ACs`: the oldest open increments, and how many more.
pub fn text<'l>(lines: impl IntoIterator<Item = &'l Summary>, most: usize) -> String {
    let (mut open, others): (Vec<&Summary>, Vec<&Summary>) = lines.into_iter().partition(|line| line.is_open());
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

pub fn sort_oldest_first<L: Borrow<Summary>>(lines: &mut [L]) {
    sort::by(lines, |a, b| oldest_first(a.borrow()).cmp(&oldest_first(b.borrow())));
}

/// Increments without a date come last: nothing says they are old.
fn oldest_first(line: &Summary) -> (bool, &str, Cow<'_, str>) {
    (line.created.is_none(), line.created.as_deref().unwrap_or(""), line.id())
}

fn part(line: &Summary) -> String {
    let Progress { tasks, criteria, .. } = line.progress();
    let mark = if line.desynced { "⚠ " } else { "" };
    // What is not counted is not shown: `0/0 tasks` would read as if nothing were done.
    let tasks = tasks.of("tasks").map(|done| format!("{} {done}", bar(tasks, 8)));
    let progress: Vec<String> = tasks.into_iter().chain(criteria.of("ACs")).collect();
    format!("{mark}[{}] {}", line.id(), progress.join(" | ")).trim_end().to_owned()
}

pub fn bar(count: Count, width: usize) -> String {
    let filled = (count.done * width).checked_div(count.total).unwrap_or(0);
    "█".repeat(filled) + &"░".repeat(width - filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, created: Option<&str>, status: &str, metadata: &str) -> Summary {
        let progress = Progress {
            tasks: Count { done: 3, total: 4, ..Count::default() },
            criteria: Count { done: 1, total: 2, ..Count::default() },
            ..Progress::default()
        };
        Summary {
            root: Arc::from(Path::new("/p")),
            folder: discover::increments_folder(Path::new("/p")).join(id).into(),
            title: None,
            created: created.map(Box::from),
            created_in_spec: created.is_some(),
            status: Some(word(status)),
            spec_status: Some(word(status)),
            metadata_status: Some(word(metadata)),
            desynced: status != metadata,
            unreadable: false,
            progress: Some(Box::new(progress)),
        }
    }

    #[test]
    fn a_name_says_each_thing_once() {
        let named = |id: &str, title: Option<&str>| {
            Summary { title: title.map(Box::from), ..line(id, None, "active", "active") }.name()
        };
        assert_eq!(named("0087-auth", Some("Auth Security  Hardening\n")), "0087 Auth Security Hardening");
        assert_eq!(named("0087-auth", Some("0087: Auth")), "0087 Auth");
        assert_eq!(named("0087-auth", Some("Increment 0087 - Auth")), "0087 Auth");
        assert_eq!(named("0087-auth", Some("00870 things")), "0087 00870 things");
        assert_eq!(named("0043G-auth", None), "0043G auth");
        assert_eq!(named("0087-auth", Some("  ")), "0087 auth");
        assert_eq!(named("auth", None), "auth");
        assert_eq!(named("auth", Some("Login")), "Login");
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
        let uncounted = Summary { progress: None, ..line("0005-e", None, "active", "active") };
        assert_eq!(text(&[uncounted], 2), "[0005-e]");
    }
}
