//! Single files, handled so that they survive: written beside their target and flushed, kept under a second name,
//! refused before they are touched.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::model::status::Side;
use crate::workspace::fs::reader;

/// Refuses before anything is touched: what the user made read-only is not replaced behind their back.
pub fn writable(id: &str, side: Side, target: &Path) -> Result<(), String> {
    let name = side.file_name();
    let metadata = fs::metadata(target).map_err(|error| at(target, "cannot be read", &error))?;
    if !metadata.is_file() {
        return Err(format!("{} is not a regular file; nothing was changed.", target.display()));
    }
    if !is_own(&metadata) {
        return Err(format!(
            "{name} of {id} belongs to another user; nothing was changed. Take it over with `sudo chown $USER {}` and try again.",
            target.display()
        ));
    }
    let folder = target.parent().unwrap_or(target);
    if metadata.permissions().readonly() || !may_write(target) {
        return Err(format!(
            "{name} of {id} is read-only; nothing was changed. Allow writing with `chmod u+w {}` and try again.",
            target.display()
        ));
    }
    if !may_write(folder) {
        return Err(format!(
            "The folder of {name} of {id} is read-only; nothing was changed. Allow writing with `chmod u+w {}` and try again.",
            folder.display()
        ));
    }
    Ok(())
}

/// What takes a file's place belongs to who writes it, and only root can give it to the owner before.
/// Whether a file of a project may be changed at all: writable, and not behind a link that leads out of the project.
pub fn editable(root: &Path, id: &str, side: Side, path: &Path) -> Result<(), String> {
    let target = path.canonicalize().map_err(|error| at(path, "cannot be found", &error))?;
    let root = root.canonicalize().map_err(|error| at(root, "cannot be found", &error))?;
    if !target.starts_with(root) {
        return Err(leads_out(id, side, &target));
    }
    writable(id, side, &target)
}

pub fn leads_out(id: &str, side: Side, target: &Path) -> String {
    format!(
        "{} of {id} is a symbolic link to {}, outside the project, and is not written; edit it there.",
        side.file_name(),
        target.display()
    )
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

/// Writes `bytes` to `new`, with the mode and owner of `target`.
pub fn write_beside(target: &Path, new: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = new.file_name().unwrap_or_default();
    let folder = new.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(name).rand_bytes(0).tempfile_in(folder)?;
    file.write_all(bytes)?;
    like(target, file.as_file())?;
    file.as_file().sync_all()?;
    file.keep().map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn like(target: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let (wanted, is) = (fs::metadata(target)?, file.metadata()?);
    if (wanted.uid(), wanted.gid()) != (is.uid(), is.gid()) {
        std::os::unix::fs::fchown(file, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    file.set_permissions(wanted.permissions())
}

#[cfg(not(unix))]
fn like(target: &Path, file: &File) -> io::Result<()> {
    file.set_permissions(fs::metadata(target)?.permissions())
}

/// Gives the old text a second name. Where the file system has no hard links, a copy does.
pub fn keep(target: &Path, old: &Path) -> io::Result<()> {
    match fs::hard_link(target, old) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::AlreadyExists) => {
            write_beside(target, old, &fs::read(target)?)
        }
        result => result,
    }
}

pub fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if !is_gone(&error) => Err(at(path, "cannot be removed", &error)),
        _ => Ok(()),
    }
}

/// `None` if there is no such file. One that cannot be read now is not taken for one that somebody changed.
pub fn file_sum(path: &Path) -> Result<Option<u64>, String> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(check_sum(&bytes))),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(at(path, "cannot be read", &error)),
    }
}

pub fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// FNV-1a: tells texts apart, the same in every version of this program.
pub fn check_sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Without this a rename may be lost with the power.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        // The whole folder went away: there is nothing to keep.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        folder => folder?.sync_all(),
    }
}

#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

pub fn at(path: &Path, what: &str, error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull => " Make room on the disk and try again.",
        io::ErrorKind::PermissionDenied => " Check who may write there and try again.",
        _ => "",
    };
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        _ => reader::reason(error),
    };
    format!("{} {what}: {reason}.{remedy}", path.display())
}

/// Waits until `ready` gives something, looking again every few milliseconds.
pub fn wait_for<T>(limit: Duration, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        match ready() {
            Some(value) => return Some(value),
            None if Instant::now() >= end => return None,
            // Locks that other programs hold give no sign when they go.
            None => thread::sleep(Duration::from_millis(5)), // a poll with a limit, not a guess
        }
    }
}
