//! What can go wrong with a change on disk.

use std::path::PathBuf;

use thiserror::Error;

use crate::model::file_kind::FileKind;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::writable::NotWritable;
use crate::workspace::hint::{Hint, sentence};

/// Why there is no lock.
#[derive(Debug, Error)]
pub enum LockError {
    #[error("another specweave-lsp process has held the lock of this project for {seconds} s ({})", lock.display())]
    Held { lock: PathBuf, seconds: u64 },
    #[error("SpecWeave is changing {} and has held its lock for {seconds} s ({})", file.display(), lock.display())]
    HeldByPeer { file: PathBuf, lock: PathBuf, seconds: u64 },
    #[error("cannot read {}: {reason}", lock.display())]
    UnknownHolder { lock: PathBuf, reason: String },
    #[error(transparent)]
    File(#[from] FileError),
}

impl Hint for LockError {
    fn hint(&self) -> Option<String> {
        match self {
            LockError::Held { .. } => Some("end that process and try again".to_owned()),
            LockError::HeldByPeer { .. } => Some("try again when it is done".to_owned()),
            LockError::UnknownHolder { lock, .. } => Some(format!("remove {} and try again", lock.display())),
            LockError::File(error) => error.hint(),
        }
    }
}

#[derive(Debug, Error)]
pub enum ChangeError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    NotWritable(#[from] NotWritable),
    #[error("{} of {id} was changed by another program since it was read", file.file_name())]
    ChangedSinceRead { id: String, file: FileKind },
    #[error("{} of {id} was changed by another program at the same moment", file.file_name())]
    ChangedMeanwhile { id: String, file: FileKind },
    #[error("{id} is not in the project {}", root.display())]
    OutsideProject { id: String, root: PathBuf },
    /// A file in the state folder that has the name of a record and is none.
    #[error("{} is not a record of specweave-lsp", .0.display())]
    NotARecord(PathBuf),
    #[error("cannot read {}: {reason}", path.display())]
    RecordUnreadable { path: PathBuf, reason: String },
    /// It failed, and everything is as it was.
    #[error("{} Nothing was changed", sentence(&.0.to_string()))]
    NothingChanged(Box<ChangeError>),
    /// It failed, and putting everything back failed too.
    #[error("{} {}", sentence(&error.to_string()), sentence(&Unfinished { id, why }.to_string()))]
    Unfinished { id: String, error: Box<ChangeError>, why: Box<ChangeError> },
}

impl ChangeError {
    /// Another process holds the project and hangs: the next change would wait in vain too.
    pub fn is_lock_held(&self) -> bool {
        match self {
            ChangeError::Lock(LockError::Held { .. }) => true,
            ChangeError::NothingChanged(error) => error.is_lock_held(),
            _ => false,
        }
    }
}

impl Hint for ChangeError {
    fn hint(&self) -> Option<String> {
        match self {
            ChangeError::Lock(error) => error.hint(),
            ChangeError::File(error) => error.hint(),
            ChangeError::NotWritable(error) => error.hint(),
            ChangeError::ChangedSinceRead { .. } => Some("run the command again".to_owned()),
            ChangeError::ChangedMeanwhile { id, .. } => Some(format!("look at it with `specweave-lsp check {id}`")),
            ChangeError::OutsideProject { .. } => None,
            ChangeError::NotARecord(_) => Some("look at the file and remove it".to_owned()),
            ChangeError::RecordUnreadable { .. } => Some("make the file readable or remove it".to_owned()),
            ChangeError::NothingChanged(error) | ChangeError::Unfinished { error, .. } => error.hint(),
        }
    }
}

/// What a change left behind that could not be removed now.
pub struct Unfinished<'e> {
    pub id: &'e str,
    pub why: &'e ChangeError,
}

impl std::fmt::Display for Unfinished<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the next command will clean up after the change of {}: {}", self.id, self.why)
    }
}

/// What is wrong with the journal.
#[derive(Debug, Error)]
pub enum JournalError {
    #[error("the journal does not hold what was just changed: {0}")]
    Misses(FileError),
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
}

impl Hint for JournalError {
    fn hint(&self) -> Option<String> {
        match self {
            JournalError::Misses(error) => error.hint(),
            JournalError::Unreadable { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> ChangeError {
        LockError::Held { lock: PathBuf::from("lock"), seconds: 20 }.into()
    }

    fn changed() -> ChangeError {
        ChangeError::ChangedMeanwhile { id: "0001-a".to_owned(), file: FileKind::Spec }
    }

    #[test]
    fn only_a_lock_that_is_held_stops_the_changes_after_it() {
        assert!(held().is_lock_held());
        assert!(ChangeError::NothingChanged(Box::new(held())).is_lock_held());
        assert!(!ChangeError::NothingChanged(Box::new(changed())).is_lock_held());
        let peer = LockError::HeldByPeer { file: PathBuf::new(), lock: PathBuf::new(), seconds: 20 };
        assert!(!ChangeError::from(peer).is_lock_held(), "SpecWeave holds one increment, not the project");
    }

    #[test]
    fn a_hint_says_what_to_do_next() {
        let hint = |error: ChangeError| error.hint().unwrap_or_default();
        assert_eq!(hint(held()), "end that process and try again");
        assert_eq!(hint(changed()), "look at it with `specweave-lsp check 0001-a`");
        let unfinished =
            ChangeError::Unfinished { id: "0001-a".to_owned(), error: Box::new(changed()), why: Box::new(held()) };
        assert_eq!(hint(unfinished), "look at it with `specweave-lsp check 0001-a`");
        assert_eq!(hint(ChangeError::NotARecord(PathBuf::from("r"))), "look at the file and remove it");
    }
}
