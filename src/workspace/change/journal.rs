//! What this tool changed, when, from what to what: one JSON line each. It never holds what files contain, and a
//! journal that cannot be written never stands in the way of a change.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::increment::Source;
use crate::workspace::change::lock::open_private;
use crate::workspace::change::plan::{self, Plan};
use crate::workspace::change::transaction::state_folder;
use crate::workspace::fs::atomic::at;
use crate::workspace::fs::reader::{self, Want};

/// Beyond this the journal starts anew; the one before is kept. About 5,000 changes.
const LARGEST: u64 = 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// ISO 8601, UTC.
    pub time: String,
    pub increment: String,
    pub from: Statuses,
    pub to: String,
    /// `sync`, `close`, `set` on the command line; `editor` for a change through an editor.
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

/// Notes what came of a plan. The error is for the user to know, once: it would be the same for every plan. There is
/// none where nothing was changed, and that has been said.
pub fn note(root: &Path, plan: &Plan, way: &str, result: Result<(), &str>) -> Result<(), String> {
    let entry = Entry {
        time: plan::now(),
        increment: plan.id.clone(),
        from: Statuses { spec: plan.from.0.clone(), metadata: plan.from.1.clone() },
        to: plan.to.clone(),
        way: way.to_owned(),
        forced: plan.forced,
        reason: plan.reason.clone(),
        result: result.err().unwrap_or(DONE).to_owned(),
    };
    match write(root, &entry) {
        Err(error) if result.is_ok() => {
            let why = at(&path(root), "cannot be written", &error);
            Err(format!("The journal does not hold what was just changed: {why}"))
        }
        _ => Ok(()),
    }
}

fn path(root: &Path) -> PathBuf {
    state_folder(root).join("journal.jsonl")
}

fn older(root: &Path) -> PathBuf {
    state_folder(root).join("journal.1.jsonl")
}

fn write(root: &Path, entry: &Entry) -> io::Result<()> {
    let path = path(root);
    crate::workspace::change::lock::make_state_folder(&state_folder(root))?;
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

/// All entries, oldest first; and a sentence about each line that is none.
pub fn read(root: &Path) -> io::Result<(Vec<Entry>, Vec<String>)> {
    let (mut entries, mut others) = (Vec::new(), Vec::new());
    for path in [older(root), path(root)] {
        match reader::read(&path, 2 * LARGEST, Want::Whole) {
            Source::Text(text) => {
                let lines = text.split(|byte| *byte == b'\n').enumerate();
                for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
                    match serde_json::from_slice(line) {
                        Ok(entry) => entries.push(entry),
                        Err(_) => {
                            others.push(format!("{}, line {}, is no entry, and left out.", path.display(), at + 1));
                        }
                    }
                }
            }
            Source::Missing => {}
            Source::Unreadable(reason) => return Err(io::Error::other(format!("{}: {reason}", path.display()))),
        }
    }
    Ok((entries, others))
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
            forced: true,
            reason: None,
            files: Vec::new(),
            rests_on: Vec::new(),
        };
        note(root.path(), &plan, "close", Ok(())).unwrap();
        note(root.path(), &plan, "close", Err("no")).unwrap();
        let (entries, others) = read(root.path()).unwrap();
        assert!(others.is_empty(), "{others:?}");
        assert_eq!(entries.iter().map(|entry| entry.result.as_str()).collect::<Vec<_>>(), ["done", "no"]);
        assert!(entries[0].forced && entries[0].from.metadata.is_none());
        open_private(&path(root.path())).unwrap().write_all(b"{\"time\": \"20").unwrap();
        note(root.path(), &plan, "close", Ok(())).unwrap();
        let (entries, others) = read(root.path()).unwrap();
        assert_eq!(entries.len(), 3, "half a line does not take the next one with it");
        assert!(others[0].contains("journal.jsonl, line 3, is no entry") && others.len() == 1, "{others:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path(root.path())).unwrap().permissions().mode() & 0o077, 0);
        }
        fs::write(path(root.path()), "x".repeat(LARGEST as usize + 1)).unwrap();
        note(root.path(), &plan, "close", Ok(())).unwrap();
        assert!(older(root.path()).exists());
        let (entries, others) = read(root.path()).unwrap();
        assert_eq!((entries.len(), others.len()), (1, 1), "what is no entry is passed over, and said");
    }
}
