//! Single files, handled so that they survive a crash: written beside their target and flushed, or kept under a second name.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::workspace::fs::error::FileError;
use crate::workspace::fs::flush;
use crate::workspace::fs::held::patiently;

/// Writes `bytes` to `new`, with the mode and owner of `target`.
pub fn write_beside(target: &Path, new: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = new.file_name().unwrap_or_default();
    let folder = new.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(name).rand_bytes(0).make_in(folder, |path| create(target, path))?;
    file.write_all(bytes)?;
    like(target, file.as_file())?;
    flush::file(file.as_file())?;
    file.disable_cleanup(true);
    Ok(())
}

/// Renames over whatever is there.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    patiently(|| fs::rename(from, to))
}

/// A file that disappears unless `persist` is called.
pub fn draft(prefix: &str, suffix: &str, folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(prefix).suffix(suffix);
    #[cfg(windows)]
    return builder.make_in(folder, |path| File::create_new(path));
    #[cfg(not(windows))]
    builder.tempfile_in(folder)
}

/// Gives a draft its name.
#[cfg(not(windows))]
pub fn persist(draft: NamedTempFile, target: &Path) -> io::Result<()> {
    draft.persist(target).map(drop).map_err(|error| error.error)
}

/// Gives a draft its name. The standard library's renaming takes long paths on Windows, which that of `tempfile` does not.
#[cfg(windows)]
pub fn persist(draft: NamedTempFile, target: &Path) -> io::Result<()> {
    let mut path = draft.into_temp_path();
    rename(&path, target)?;
    path.disable_cleanup(true);
    Ok(())
}

#[cfg(unix)]
fn create(_: &Path, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Hidden and the like are given to a file as it is made.
#[cfg(windows)]
fn create(target: &Path, path: &Path) -> io::Result<File> {
    use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
    /// FILE_ATTRIBUTE_HIDDEN, _SYSTEM, _ARCHIVE and _NOT_CONTENT_INDEXED.
    const KEPT: u32 = 0x2 | 0x4 | 0x20 | 0x2000;
    let attributes = fs::metadata(target)?.file_attributes() & KEPT;
    File::options().read(true).write(true).create_new(true).attributes(attributes).open(path)
}

#[cfg(unix)]
fn like(target: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let (wanted, is) = (fs::metadata(target)?, file.metadata()?);
    if (wanted.uid(), wanted.gid()) != (is.uid(), is.gid()) {
        std::os::unix::fs::fchown(file, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    match file.set_permissions(wanted.permissions()) {
        // Network drives and memory cards have no modes; all their files have the same.
        Err(error) if flush::is_unsupported(&error) => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn like(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Gives the old text a second name. Where the file system has no hard links, a copy does.
pub fn keep(target: &Path, old: &Path) -> io::Result<()> {
    match patiently(|| fs::hard_link(target, old)) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::AlreadyExists) => {
            write_beside(target, old, &fs::read(target)?)
        }
        result => result,
    }
}

pub fn remove(path: &Path) -> Result<(), FileError> {
    match patiently(|| fs::remove_file(path)) {
        Err(error) if !is_gone(&error) => Err(FileError::new("remove", path, error)),
        _ => Ok(()),
    }
}

/// `None` if there is no such file. One that cannot be read now is not taken for one that somebody changed.
pub fn file_sum(path: &Path) -> Result<Option<u64>, FileError> {
    match patiently(|| fs::read(path)) {
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
        folder => flush::folder(&folder?),
    }
}

#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
