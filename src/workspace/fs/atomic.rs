//! Single files, handled so that they survive a crash: written beside their target and flushed, or kept under a second name.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::workspace::fs::error::FileError;

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

pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if !is_gone(&error) => Err(FileError::new("remove", path, error)),
        _ => Ok(()),
    }
}

/// `None` if there is no such file. One that cannot be read now is not taken for one that somebody changed.
pub fn file_sum(path: &Path) -> Result<Option<u64>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(check_sum(&bytes))),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(FileError::new("read", path, error)),
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
