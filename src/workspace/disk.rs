//! Reading one file, no more of it than needed, whatever stands in its place.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::model::frontmatter;
use crate::model::increment::Source;

/// How much of a file is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Whole,
    /// As far as the frontmatter goes.
    Frontmatter,
}

/// Real frontmatter fits into the first read of this size; less would cost a second read, more a larger buffer.
const FIRST_READ: u64 = 4096;

/// The file at `path`, if it is not larger than `limit` bytes.
pub fn read(path: &Path, limit: u64, want: Want) -> Source {
    match try_read(path, limit, want) {
        Ok(source) => source,
        Err(error) if is_missing(&error) && !path.is_symlink() => Source::Missing,
        Err(error) => Source::Unreadable(reason(&error)),
    }
}

fn try_read(path: &Path, limit: u64, want: Want) -> io::Result<Source> {
    let mut file = open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Ok(Source::Unreadable("a folder stands in its place".to_owned()));
    }
    if !metadata.is_file() {
        return Ok(Source::Unreadable("it is not a regular file".to_owned()));
    }
    if metadata.len() > limit {
        return Ok(Source::Unreadable(too_large(metadata.len(), limit)));
    }
    let mut bytes = Vec::new();
    let mut step = if want == Want::Frontmatter { FIRST_READ } else { limit + 1 };
    loop {
        let read = Read::by_ref(&mut file).take(step).read_to_end(&mut bytes)? as u64;
        if bytes.len() as u64 > limit {
            return Ok(Source::Unreadable(too_large(bytes.len() as u64, limit)));
        }
        if read < step || frontmatter::is_complete(&bytes) {
            return Ok(Source::Text(bytes));
        }
        step = bytes.len() as u64;
    }
}

/// Opens without waiting: a FIFO in the file's place would block an ordinary open for ever.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

pub fn too_large(size: u64, limit: u64) -> String {
    format!("it has {} KiB, more than the limit of {} KiB (setting maxFileSizeKiB)", size.div_ceil(1024), limit / 1024)
}

/// An error of the system as a clause.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "it is a symbolic link to something that is not there".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreadable(source: Source) -> String {
        match source {
            Source::Unreadable(reason) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whatever_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(matches!(read(&at("nothing"), 100, Want::Whole), Source::Missing));
        std::fs::create_dir(at("folder")).unwrap();
        assert!(unreadable(read(&at("folder"), 100, Want::Whole)).contains("folder"));
        std::fs::write(at("large"), [b'x'; 3000]).unwrap();
        assert!(unreadable(read(&at("large"), 2048, Want::Whole)).contains("3 KiB, more than the limit of 2 KiB"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("loop", at("loop")).unwrap();
            assert!(unreadable(read(&at("loop"), 100, Want::Whole)).contains("symbolic link"));
            std::os::unix::fs::symlink("nowhere", at("dangling")).unwrap();
            assert!(unreadable(read(&at("dangling"), 100, Want::Whole)).contains("not there"));
            let made = std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap();
            assert!(made.success());
            assert!(unreadable(read(&at("fifo"), 100, Want::Whole)).contains("regular"));
        }
    }

    #[test]
    fn no_more_than_the_frontmatter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spec.md");
        let long = format!("---\nstatus: active\n---\n{}", "x".repeat(100_000));
        std::fs::write(&path, &long).unwrap();
        let Source::Text(bytes) = read(&path, 1 << 20, Want::Frontmatter) else { panic!() };
        assert_eq!(bytes.len(), 4096);
        let late = format!("---\nx: |\n{}\nstatus: active\n---\n", "  y\n".repeat(10_000));
        std::fs::write(&path, &late).unwrap();
        let Source::Text(bytes) = read(&path, 1 << 20, Want::Frontmatter) else { panic!() };
        assert_eq!(bytes, late.as_bytes());
    }
}
