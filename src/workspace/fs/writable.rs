//! Refuses before anything is touched: what the user made read-only is not replaced behind their back, and what lies
//! outside the project is not written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::file_kind::FileKind;
use crate::workspace::fs::error::FileError;
#[cfg(windows)]
use crate::workspace::fs::held::patiently;
use crate::workspace::fs::paths::canonicalize;
use crate::workspace::hint::Hint;
use crate::workspace::links;

/// Why a file of an increment is not written.
#[derive(Debug, Error)]
pub enum NotWritable {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} is not a regular file", .0.display())]
    NotRegular(PathBuf),
    #[error("{} of {id} belongs to another user", file.file_name())]
    OtherOwner { id: String, file: FileKind, path: PathBuf },
    #[error("{} of {id} is read-only", file.file_name())]
    ReadOnly { id: String, file: FileKind, path: PathBuf },
    #[error("the directory of {} of {id} is read-only", file.file_name())]
    ReadOnlyFolder { id: String, file: FileKind, path: PathBuf },
    #[error("{} of {id} is a symbolic link to {}, outside the project", file.file_name(), target.display())]
    LeadsOut { id: String, file: FileKind, target: PathBuf },
}

impl Hint for NotWritable {
    fn hint(&self) -> Option<String> {
        match self {
            NotWritable::File(error) => error.hint(),
            NotWritable::NotRegular(_) => None,
            NotWritable::OtherOwner { path, .. } => {
                Some(format!("take it over with `sudo chown $USER {}` and try again", path.display()))
            }
            NotWritable::ReadOnly { path, .. } | NotWritable::ReadOnlyFolder { path, .. } => {
                Some(match cfg!(windows) {
                    true => format!("make it writable with `attrib -r \"{}\"` and try again", path.display()),
                    false => format!("make it writable with `chmod u+w {}` and try again", path.display()),
                })
            }
            NotWritable::LeadsOut { .. } => {
                Some("edit the file there; nothing outside the project is written".to_owned())
            }
        }
    }
}

/// Whether a file of a project may be changed at all: writable, and not behind a link that leads out of the project.
pub fn editable(root: &Path, id: &str, file: FileKind, path: &Path) -> Result<(), NotWritable> {
    let target = canonicalize(path).map_err(FileError::when("find", path))?;
    if !links::holds(root, &target).map_err(FileError::when("find", root))? {
        return Err(NotWritable::LeadsOut { id: id.to_owned(), file, target });
    }
    writable(id, file, &target)
}

/// Whether the file may be replaced. What takes its place belongs to who writes it, and only root can give it back to
/// another owner.
pub fn writable(id: &str, file: FileKind, target: &Path) -> Result<(), NotWritable> {
    let id = || id.to_owned();
    let metadata = fs::metadata(target).map_err(FileError::when("read", target))?;
    if !metadata.is_file() {
        return Err(NotWritable::NotRegular(target.to_path_buf()));
    }
    if !is_own(&metadata) {
        return Err(NotWritable::OtherOwner { id: id(), file, path: target.to_path_buf() });
    }
    if metadata.permissions().readonly() || !may_write(target) {
        return Err(NotWritable::ReadOnly { id: id(), file, path: target.to_path_buf() });
    }
    may_replace(target).map_err(FileError::when("replace", target))?;
    let folder = target.parent().unwrap_or(target);
    if !may_write(folder) {
        return Err(NotWritable::ReadOnlyFolder { id: id(), file, path: folder.to_path_buf() });
    }
    Ok(())
}

#[cfg(unix)]
fn is_own(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid();
    user.is_root() || metadata.uid() == user.as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> bool {
    true
}

#[cfg(unix)]
fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn may_write(_: &Path) -> bool {
    true
}

#[cfg(not(windows))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere nobody can keep a file from being replaced")]
fn may_replace(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A program that has the file open may keep others from replacing it: better known before anything is touched.
#[cfg(windows)]
fn may_replace(path: &Path) -> io::Result<()> {
    use std::os::windows::fs::OpenOptionsExt as _;
    /// The right to remove and to rename.
    const DELETE: u32 = 0x0001_0000;
    patiently(|| fs::File::options().access_mode(DELETE).open(path)).map(drop)
}
