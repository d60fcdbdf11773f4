//! What a session has been told, so that it hears of each thing once: a small file for each session, beside the journal.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::call::Call;

use crate::model::sort;
use crate::workspace::change::state_folder::{self, open_private, state_folder};
use crate::workspace::discover;
use crate::workspace::fs::atomic::check_sum;
use crate::workspace::fs::poll::poll;
use crate::workspace::links;

/// Sessions end without a word; the oldest files go when there are more.
const MOST_SESSIONS: usize = 32;
/// A session that edits more increments forgets the first of them.
const MOST_INCREMENTS: usize = 200;
/// Far more than the two allow; what is larger is not ours.
const LARGEST: u64 = 1024 * 1024;
/// An agent's hooks for several edits run at once, each for some milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

pub struct Memory {
    file: File,
    saved: Vec<Remembered>,
    entries: Vec<Remembered>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Remembered {
    folder: PathBuf,
    /// What was there when the session was last heard of.
    known: BTreeSet<String>,
    /// What was there before its first edit.
    before: BTreeSet<String>,
    /// What was said at the end of a turn.
    said: BTreeSet<String>,
}

impl Memory {
    /// `None` without a session, or where nothing can be kept; then everything is news.
    pub fn open(call: &Call, root: &Path) -> Option<Memory> {
        let root = project(call).unwrap_or_else(|| root.to_path_buf());
        let path = path(call, &root)?;
        let folder = state_folder(&root);
        state_folder::create(&folder).ok()?;
        if !path.exists() {
            forget_oldest(&folder);
        }
        Memory::read(&path)
    }

    /// `None` where the session has edited nothing.
    pub fn open_existing(call: &Call) -> Option<Memory> {
        let path = path(call, &project(call)?)?;
        path.symlink_metadata().ok().and_then(|_| Memory::read(&path))
    }

    fn read(path: &Path) -> Option<Memory> {
        let mut file = open_private(path).ok()?;
        poll(PATIENCE, || match file.try_lock() {
            Ok(()) => Some(true),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(false),
        })
        .filter(|locked| *locked)?;
        let mut text = Vec::new();
        (&mut file).take(LARGEST).read_to_end(&mut text).ok()?;
        // A file that is empty, or was cut off, remembers nothing.
        let saved: Vec<Remembered> = serde_json::from_slice(&text).unwrap_or_default();
        Some(Memory { file, entries: saved.clone(), saved })
    }

    pub fn folders(&self) -> Vec<PathBuf> {
        self.entries.iter().map(|entry| entry.folder.clone()).collect()
    }

    /// What is gone is news when it comes back; what has come without an edit of ours is news after the next one.
    pub fn before_edit(&mut self, folder: &Path, current: &BTreeSet<String>) {
        match self.entry(folder) {
            Some(entry) => {
                entry.known.retain(|key| current.contains(key));
                entry.before.retain(|key| current.contains(key));
                entry.said.retain(|key| current.contains(key));
            }
            None => self.add(folder, current, current),
        }
    }

    /// Takes this for what was there before, where nothing is known.
    pub fn before_first(&mut self, folder: &Path, current: &BTreeSet<String>) {
        if self.entry(folder).is_none() {
            self.add(folder, current, current);
        }
    }

    /// Gives what is new.
    pub fn after_edit(&mut self, folder: &Path, current: &BTreeSet<String>) -> BTreeSet<String> {
        let Some(entry) = self.entry(folder) else {
            self.add(folder, current, &BTreeSet::new());
            return current.clone();
        };
        let news = current.difference(&entry.known).cloned().collect();
        entry.known.clone_from(current);
        news
    }

    /// Gives which of the errors the session brought and has not been told of at the end of a turn.
    pub fn turn_end(
        &mut self,
        folder: &Path,
        current: &BTreeSet<String>,
        errors: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let Some(entry) = self.entry(folder) else { return BTreeSet::new() };
        let left: BTreeSet<String> = errors.difference(&entry.before).cloned().collect();
        let news = left.difference(&entry.said).cloned().collect();
        entry.before.retain(|key| current.contains(key));
        entry.known.clone_from(current);
        entry.said = left;
        news
    }

    fn entry(&mut self, folder: &Path) -> Option<&mut Remembered> {
        self.entries.iter_mut().find(|entry| entry.folder == folder)
    }

    fn add(&mut self, folder: &Path, known: &BTreeSet<String>, before: &BTreeSet<String>) {
        let surplus = (self.entries.len() + 1).saturating_sub(MOST_INCREMENTS);
        self.entries.drain(..surplus);
        self.entries.push(Remembered {
            folder: folder.to_path_buf(),
            known: known.clone(),
            before: before.clone(),
            said: BTreeSet::new(),
        });
    }

    /// What cannot be kept is said again; nothing else depends on it.
    pub fn save(mut self) {
        if self.entries == self.saved {
            return;
        }
        let Ok(text) = serde_json::to_vec(&self.entries) else { return };
        let written = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        if let Err(error) = written.and_then(|_| self.file.write_all(&text)) {
            tracing::debug!("What the session was told cannot be kept: {error}");
        }
    }
}

/// A session's id may hold anything; its check sum is a name everywhere.
/// The one that the session was started in.
fn project(call: &Call) -> Option<PathBuf> {
    discover::project_above(&call.home).map(|found| links::root_of(&found))
}

fn path(call: &Call, root: &Path) -> Option<PathBuf> {
    let sum = check_sum(call.session.as_deref()?.as_bytes());
    Some(state_folder(root).join(format!("{PREFIX}{sum:016x}.json")))
}

const PREFIX: &str = "agent-";

fn forget_oldest(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    let mut sessions: Vec<_> =
        ours.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    sort::by(&mut sessions, Ord::cmp);
    let surplus = (sessions.len() + 1).saturating_sub(MOST_SESSIONS);
    for (_, path) in &sessions[..surplus] {
        // Another process may have been faster.
        let _ = fs::remove_file(path);
    }
}
