//! What this tool changed, when, from what to what: one JSON line each. It never holds what files contain, and a
//! journal that cannot be written never stands in the way of a change.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::increment::Source;
use crate::workspace::change::error::JournalError;
use crate::workspace::change::plan::{self, Plan};
use crate::workspace::change::state_folder::{self, open_private, state_folder};
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::reader::{self, Want};

/// Beyond this the journal starts anew; the one before is kept. About 5,000 changes.
const LARGEST: u64 = 1024 * 1024;

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
            Origin::Editor => "editor",
            Origin::EditorOnDisk => "editor, on disk",
        }
    }
}

/// Notes what came of a plan: that it was done, or the sentence that says why not. There is no error where nothing was
/// changed, and that has been said.
pub fn record(root: &Path, plan: &Plan, origin: Origin, failure: Option<&str>) -> Result<(), JournalError> {
    let entry = JournalEntry {
        time: plan::now(),
        increment: plan.id.clone(),
        from: Statuses { spec: plan.from.0.clone(), metadata: plan.from.1.clone() },
        to: plan.to.clone(),
        items: plan.items.clone(),
        way: origin.as_str().to_owned(),
        forced: plan.forced,
        reason: plan.reason.clone(),
        result: failure.unwrap_or(DONE).to_owned(),
    };
    match write(root, &entry) {
        Err(error) if failure.is_none() => Err(JournalError::Misses(FileError::new("write", &path(root), error))),
        _ => Ok(()),
    }
}

fn path(root: &Path) -> PathBuf {
    state_folder(root).join("journal.jsonl")
}

fn older(root: &Path) -> PathBuf {
    state_folder(root).join("journal.1.jsonl")
}

fn write(root: &Path, entry: &JournalEntry) -> io::Result<()> {
    let path = path(root);
    state_folder::create(&state_folder(root))?;
    if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGEST) {
        fs::rename(&path, older(root))?;
    }
    let mut file = open_private(&path)?;
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    if is_cut_off(&mut file)? {
        line.insert(0, b'\n');
    }
    // One write of one line: two processes cannot mix theirs.
    file.write_all(&line)
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
            files: Vec::new(),
            rests_on: Vec::new(),
        };
        record(root.path(), &plan, Origin::Close, None).unwrap();
        record(root.path(), &plan, Origin::Close, Some("no")).unwrap();
        let (entries, others) = read(root.path()).unwrap();
        assert!(others.is_empty(), "{others:?}");
        assert_eq!(entries.iter().map(|entry| entry.result.as_str()).collect::<Vec<_>>(), ["done", "no"]);
        assert!(entries[0].forced && entries[0].from.metadata.is_none());
        open_private(&path(root.path())).unwrap().write_all(b"{\"time\": \"20").unwrap();
        record(root.path(), &plan, Origin::Close, None).unwrap();
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
        fs::write(path(root.path()), "x".repeat(LARGEST as usize + 1)).unwrap();
        record(root.path(), &plan, Origin::Close, None).unwrap();
        assert!(older(root.path()).exists());
        let (entries, others) = read(root.path()).unwrap();
        assert_eq!((entries.len(), others.len()), (1, 1), "what is no entry is passed over, and said");
    }
}
