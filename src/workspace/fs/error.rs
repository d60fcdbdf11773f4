//! What could not be done with a file or folder.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::workspace::fs::{held, reader};
use crate::workspace::hint::Hint;

#[derive(Debug, Error)]
#[error("cannot {action} {}: {}", path.display(), why(source))]
pub struct FileError {
    /// A verb: `write`, `read`, `create` …
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    pub fn new(action: &'static str, path: &Path, source: io::Error) -> FileError {
        FileError { action, path: path.to_path_buf(), source }
    }

    /// For `map_err`.
    pub fn when(action: &'static str, path: &Path) -> impl Fn(io::Error) -> FileError {
        move |source| FileError::new(action, path, source)
    }

    pub fn kind(&self) -> ErrorKind {
        self.source.kind()
    }
}

impl Hint for FileError {
    fn hint(&self) -> Option<String> {
        let hint = match self.kind() {
            _ if held::is_held(&self.source) => "close the file there and try again",
            // Windows says the same of a file that is in use and of one that may not be written.
            ErrorKind::PermissionDenied if cfg!(windows) => {
                "check the permissions, close the file in other programs, and try again"
            }
            ErrorKind::StorageFull => "free some disk space and try again",
            ErrorKind::PermissionDenied => "check the permissions and try again",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// An error of the system about something that was meant to be there, as a clause.
pub fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        _ => reader::reason(error),
    }
}
