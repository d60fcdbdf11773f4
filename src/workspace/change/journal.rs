//! What this tool changed, when, from what to what: one JSON line each, with the few bytes that were replaced, so that it
//! can be taken back. A journal that cannot be written never stands in the way of a change.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::model::increment::Source;
use crate::workspace::change::error::JournalError;
use crate::workspace::change::plan::{self, Plan};
use crate::workspace::change::replaced::ReplacedFile;
use crate::workspace::change::state_folder::{self, open_private, state_folder};
use crate::workspace::fs::atomic::check_sum;
use crate::workspace::fs::atomic::rename;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::reader::{self, Want};

/// Beyond this the journal starts anew; the one before is kept. About 5,000 changes.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// ISO 8601, UTC.
    pub time: String,
    pub increment: String,
    pub from: Statuses,
    /// The status; `done` or `open` for tasks and criteria.
    pub to: String,
    /// The tasks and criteria that were ticked or opened; none for a change of status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// `sync`, `close`, `set`, `tick` on the command line; `editor` for a change through an editor.
    pub way: String,
    pub forced: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `done`, or why it was not.
    pub result: String,
    /// A name of its own, to take this change back by. Earlier versions gave none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The same for all changes of one command.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
    /// The `id` of the change that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// The increment's folder, from that of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ReplacedFile>,
}

impl JournalEntry {
    /// What a plan will have done.
    pub fn of(root: &Path, plan: &Plan, cause: &Cause) -> JournalEntry {
        JournalEntry {
            time: plan::now(),
            increment: plan.id.clone(),
            from: Statuses { spec: plan.from.0.clone(), metadata: plan.from.1.clone() },
            to: plan.to.clone(),
            items: plan.items.clone(),
            way: cause.origin.as_str().to_owned(),
            forced: plan.forced,
            reason: plan.reason.clone(),
            result: DONE.to_owned(),
            id: name(&plan.id),
            run: cause.run.clone(),
            undoes: plan.undoes.clone(),
            folder: plan.folder.strip_prefix(root).map(Path::to_path_buf).ok(),
            files: plan.files.iter().filter_map(|file| ReplacedFile::of(&plan.folder, file)).collect(),
        }
    }

    /// The same change, which failed.
    pub fn failed(&self, failure: &str) -> JournalEntry {
        JournalEntry { result: failure.to_owned(), files: Vec::new(), ..self.clone() }
    }

    pub fn is_done(&self) -> bool {
        self.result == DONE
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statuses {
    pub spec: Option<String>,
    pub metadata: Option<String>,
}

pub const DONE: &str = "done";

/// Who wants a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Sync,
    Close,
    Set,
    Tick,
    Undo,
    /// The editor makes it in its own documents.
    Editor,
    /// Asked for in an editor that takes no edits.
    EditorOnDisk,
}

impl Origin {
    /// As the journal and `specweave-lsp log` name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Sync => "sync",
            Origin::Close => "close",
            Origin::Set => "set",
            Origin::Tick => "tick",
            Origin::Undo => "undo",
            Origin::Editor => "editor",
            Origin::EditorOnDisk => "editor, on disk",
        }
    }
}

/// Who wants a change, and in which run of a command.
#[derive(Clone, Debug)]
pub struct Cause {
    pub origin: Origin,
    pub run: String,
}

/// A run with one change.
impl From<Origin> for Cause {
    fn from(origin: Origin) -> Cause {
        Cause { origin, run: name(origin.as_str()) }
    }
}

/// A short name that no other change of this project has.
fn name(of: &str) -> String {
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    let given = GIVEN.fetch_add(1, Ordering::Relaxed);
    let what = format!("{of} {given} {} {}", std::process::id(), jiff::Timestamp::now().as_nanosecond());
    format!("{:016x}", check_sum(what.as_bytes()))[..10].to_owned()
}

/// Writes down that a change was made.
pub fn note(root: &Path, entry: &JournalEntry) -> Result<(), JournalError> {
    write(root, entry).map_err(|error| JournalError::Misses(FileError::new("write", &path(root), error)))
}

/// Writes down a change that failed. There is no error: nothing was changed, and that has been said.
pub fn note_failure(root: &Path, entry: &JournalEntry, failure: &str) {
    if let Err(error) = write(root, &entry.failed(failure)) {
        tracing::debug!("{}: {error}", path(root).display());
    }
}

/// The same for a change that a crash interrupted: the crash may have come after its line was written.
pub fn note_once(root: &Path, entry: &JournalEntry) -> Result<(), JournalError> {
    let is_noted = read(root).is_ok_and(|(entries, _)| entries.iter().any(|noted| noted.id == entry.id));
    if is_noted { Ok(()) } else { note(root, entry) }
}

pub fn path(root: &Path) -> PathBuf {
    state_folder(root).join("journal.jsonl")
}

fn older(root: &Path) -> PathBuf {
    state_folder(root).join("journal.1.jsonl")
}

fn write(root: &Path, entry: &JournalEntry) -> io::Result<()> {
    let path = path(root);
    state_folder::create(&state_folder(root))?;
    if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGEST) {
        rename(&path, &older(root))?;
    }
    let mut file = open_private(&path)?;
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    if is_cut_off(&mut file)? {
        line.insert(0, b'\n');
    }
    // One write of one line: two processes cannot mix theirs.
    file.write_all(&line)?;
    // The record of the change goes next, and with it what else is known of it.
    file.sync_data()
}

/// A crash or a full disk may have left half a line; the next one must not be lost with it.
fn is_cut_off(file: &mut File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != [b'\n'])
}

/// A line of the journal that is no entry.
#[derive(Debug)]
pub struct BadLine {
    path: PathBuf,
    line: usize,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: not a journal entry; skipped", self.path.display(), self.line)
    }
}

/// All entries, oldest first; and the lines that are none.
pub fn read(root: &Path) -> Result<(Vec<JournalEntry>, Vec<BadLine>), JournalError> {
    let (mut entries, mut bad) = (Vec::new(), Vec::new());
    for path in [older(root), path(root)] {
        match reader::read(&path, 2 * LARGEST, Want::Whole) {
            Source::Text(text) => {
                let lines = text.split(|byte| *byte == b'\n').enumerate();
                for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
                    match serde_json::from_slice(line) {
                        Ok(entry) => entries.push(entry),
                        Err(_) => bad.push(BadLine { path: path.clone(), line: at + 1 }),
                    }
                }
            }
            Source::Missing => {}
            Source::Unreadable(reason) => return Err(JournalError::Unreadable { path, reason }),
        }
    }
    Ok((entries, bad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_changes_have_the_same_name() {
        let names = ["0001-x"; 100].map(name);
        assert!(
            names.iter().all(|name| name.len() == 10 && name.bytes().all(|byte| byte.is_ascii_hexdigit())),
            "{names:?}"
        );
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), names.len());
    }

    #[test]
    fn it_is_read_back_private_and_rotates() {
        let root = tempfile::tempdir().unwrap();
        let plan = Plan {
            id: "0001-x".to_owned(),
            folder: root.path().join("x"),
            from: (Some("active".to_owned()), None),
            to: "completed".to_owned(),
            items: Vec::new(),
            forced: true,
            reason: None,
            undoes: None,
            files: Vec::new(),
            rests_on: Vec::new(),
        };
        let entry = JournalEntry::of(root.path(), &plan, &Origin::Close.into());
        note(root.path(), &entry).unwrap();
        note_failure(root.path(), &entry, "no");
        note_once(root.path(), &entry).unwrap();
        let (entries, others) = read(root.path()).unwrap();
        assert!(others.is_empty(), "{others:?}");
        assert_eq!(entries.iter().map(|entry| entry.result.as_str()).collect::<Vec<_>>(), ["done", "no"]);
        assert!(entries[0].forced && entries[0].from.metadata.is_none());
        open_private(&path(root.path())).unwrap().write_all(b"{\"time\": \"20").unwrap();
        note(root.path(), &entry).unwrap();
        let (entries, others) = read(root.path()).unwrap();
        assert_eq!(entries.len(), 3, "half a line does not take the next one with it");
        assert!(
            others[0].to_string().contains("journal.jsonl:3: not a journal entry") && others.len() == 1,
            "{others:?}"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path(root.path())).unwrap().permissions().mode() & 0o077, 0);
        }
        assert!(entries[0].is_done() && !entries[1].is_done());
        fs::write(path(root.path()), "x".repeat(4 << 20)).unwrap();
        note(root.path(), &entry).unwrap();
        assert!(!older(root.path()).exists(), "4 MiB are not too large yet");
        fs::write(path(root.path()), "x".repeat((4 << 20) + 1)).unwrap();
        note(root.path(), &entry).unwrap();
        assert!(older(root.path()).exists());
        let (entries, others) = read(root.path()).unwrap();
        assert_eq!((entries.len(), others.len()), (1, 1), "what is no entry is passed over, and said");
    }
}
