//! Reads one file, no more of it than needed, whatever stands in its place.

use std::fs::File;
#[cfg(not(unix))]
use std::io::Read as _;
use std::io::{self, ErrorKind};
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;

use crate::model::increment::Source;
use crate::model::parse::spec;
use crate::model::status::Side;
use crate::workspace::fs::held;
#[cfg(not(unix))]
use crate::workspace::fs::held::patiently;

/// How much of a file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    Whole,
    /// As far as the frontmatter goes.
    Frontmatter,
}

impl Want {
    /// As much as tells the status.
    pub fn of(side: Side) -> Want {
        match side {
            Side::Spec => Want::Frontmatter,
            Side::Metadata => Want::Whole,
        }
    }
}

/// Real frontmatter fits into the first read of this size; less would cost a second read, more a larger buffer.
const FIRST_READ: usize = 4096;

/// A folder held open. What lies in it is found from there: with thousands of files the way from the root of the disk
/// takes a good part of the time.
#[derive(Debug)]
pub struct Base {
    #[cfg(unix)]
    path: PathBuf,
    #[cfg(unix)]
    folder: File,
}

#[cfg(not(unix))]
impl Base {
    /// Windows has nothing of the kind.
    pub fn open(_: &Path) -> Option<Base> {
        None
    }
}

#[cfg(unix)]
impl Base {
    pub fn open(path: &Path) -> Option<Base> {
        Some(Base { path: path.to_path_buf(), folder: File::open(path).ok()? })
    }

    fn below<'p>(&self, path: &'p Path) -> Option<&'p [u8]> {
        let rest = path.as_os_str().as_encoded_bytes().strip_prefix(self.path.as_os_str().as_encoded_bytes())?;
        rest.strip_prefix(b"/")
    }
}

/// The file at `path`, if it is not larger than `limit` bytes.
pub fn read(path: &Path, limit: u64, want: Want) -> Source {
    read_from(None, path, limit, want)
}

/// As `read`; `base` is a folder it probably lies in.
pub fn read_from(base: Option<&Base>, path: &Path, limit: u64, want: Want) -> Source {
    match try_read(base, path, limit, want) {
        Ok(source) => source,
        // A network drive may say so; a local one never does.
        Err(error) if error.kind() == ErrorKind::Interrupted => read_from(base, path, limit, want),
        Err(error) if is_missing(&error) && !path.is_symlink() => Source::Missing,
        Err(error) => Source::Unreadable(reason(&error)),
    }
}

fn try_read(base: Option<&Base>, path: &Path, limit: u64, want: Want) -> io::Result<Source> {
    let mut file = open(base, path)?;
    let size = match quick_size(&file).filter(|size| (1..=limit).contains(size)) {
        Some(size) => size,
        // Empty, too large, or no file.
        None => match what_is(&file)? {
            What::File(size) => size,
            What::Folder => return Ok(Source::Unreadable("it is a directory".to_owned())),
            What::Other => return Ok(Source::Unreadable("it is not a regular file".to_owned())),
        },
    };
    if size > limit {
        return Ok(Source::Unreadable(too_large(size, limit)));
    }
    let all = size as usize;
    // All of it, and one byte more to see whether it has grown. Then one read is enough.
    let mut step = all + 1;
    let mut bytes = Vec::new();
    if want == Want::Frontmatter {
        // On the stack, and only what is needed of it is kept: nearly all of a file is its body.
        let mut first = [BLANK; FIRST_READ];
        let first = read_first(&mut file, &mut first)?;
        let end = spec::head(first);
        bytes.extend_from_slice(&first[..end.unwrap_or(first.len())]);
        if end.is_some() || first.is_empty() || first.len() == all {
            return Ok(Source::Text(bytes));
        }
        step = bytes.len();
    }
    loop {
        bytes.reserve_exact(step);
        let read = read_more(&mut file, &mut bytes, step)?;
        if bytes.len() as u64 > limit {
            return Ok(Source::Unreadable(too_large(bytes.len() as u64, limit)));
        }
        if read == 0 || bytes.len() == all || (want == Want::Frontmatter && spec::head(&bytes).is_some()) {
            return Ok(Source::Text(bytes));
        }
        step = bytes.len();
    }
}

/// Opens without waiting: a FIFO in the file's place would block an ordinary open for ever.
#[cfg(unix)]
fn open(base: Option<&Base>, path: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match base.and_then(|base| Some((base, base.below(path)?))) {
        Some((base, rest)) => openat(&base.folder, rest, flags, Mode::empty()),
        None => openat(CWD, path, flags, Mode::empty()),
    };
    Ok(File::from(file?))
}

#[cfg(not(unix))]
fn open(_: Option<&Base>, path: &Path) -> io::Result<File> {
    patiently(|| File::open(path)).map_err(|error| match error.kind() {
        // Windows does not open a folder as a file, and says that it may not be opened at all.
        ErrorKind::PermissionDenied if path.is_dir() => ErrorKind::IsADirectory.into(),
        _ => error,
    })
}

/// A place for a byte, which costs nothing before it is read where the system lets us say so.
#[cfg(unix)]
const BLANK: std::mem::MaybeUninit<u8> = std::mem::MaybeUninit::uninit();
#[cfg(not(unix))]
const BLANK: u8 = 0;

#[cfg(unix)]
fn read_first<'b>(file: &mut File, bytes: &'b mut [std::mem::MaybeUninit<u8>]) -> io::Result<&'b [u8]> {
    Ok(rustix::io::pread(file, bytes, 0)?.0)
}

#[cfg(not(unix))]
fn read_first<'b>(file: &mut File, bytes: &'b mut [u8]) -> io::Result<&'b [u8]> {
    let count = file.read(bytes)?;
    Ok(&bytes[..count])
}

/// One read of at most `step` bytes behind those that are there, into room that is there already.
#[cfg(unix)]
fn read_more(file: &mut File, bytes: &mut Vec<u8>, _: usize) -> io::Result<usize> {
    let at = bytes.len() as u64;
    Ok(rustix::io::retry_on_intr(|| rustix::io::pread(&mut *file, rustix::buffer::spare_capacity(bytes), at))?)
}

#[cfg(not(unix))]
fn read_more(file: &mut File, bytes: &mut Vec<u8>, step: usize) -> io::Result<usize> {
    file.take(step as u64).read_to_end(bytes)
}

/// The size of what may be a file: asked twice for each of thousands of increments, and told in two thirds of the time that
/// `fstat` takes.
#[cfg(unix)]
fn quick_size(file: &File) -> Option<u64> {
    rustix::fs::seek(file, rustix::fs::SeekFrom::End(0)).ok()
}

#[cfg(not(unix))]
fn quick_size(_: &File) -> Option<u64> {
    None
}

enum What {
    /// Of this size.
    File(u64),
    Folder,
    Other,
}

#[cfg(unix)]
fn what_is(file: &File) -> io::Result<What> {
    let stat = rustix::fs::fstat(file)?;
    Ok(match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
        rustix::fs::FileType::RegularFile => What::File(stat.st_size as u64),
        rustix::fs::FileType::Directory => What::Folder,
        _ => What::Other,
    })
}

#[cfg(not(unix))]
fn what_is(file: &File) -> io::Result<What> {
    let metadata = file.metadata()?;
    Ok(match metadata.is_file() {
        true => What::File(metadata.len()),
        false if metadata.is_dir() => What::Folder,
        false => What::Other,
    })
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

pub fn too_large(size: u64, limit: u64) -> String {
    format!("it has {} KiB, more than the limit of {} KiB{LIMITED_BY}", size.div_ceil(1024), limit / 1024)
}

/// How the limit of nearly all files can be changed.
pub const LIMITED_BY: &str = " (setting maxFileSizeKiB)";

/// An error of the system as a clause.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        _ if held::is_held(error) => "another program has it open".to_owned(),
        ErrorKind::IsADirectory => "it is a directory".to_owned(),
        ErrorKind::NotFound => "it is a symbolic link to something that is not there".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            // One clause: ours goes on behind it, or ends with a full stop of its own.
            let text = text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.');
            // Only the first letter of a plain word: what follows may be a path.
            let first = text.chars().next().unwrap_or_default();
            match text[first.len_utf8()..].starts_with(|c: char| c.is_lowercase()) {
                true => format!("{}{}", first.to_lowercase(), &text[first.len_utf8()..]),
                false => text.to_owned(),
            }
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
    fn a_reason_is_one_clause_without_a_full_stop() {
        let said = |text: &str| reason(&io::Error::other(text));
        assert_eq!(said("no /proc/self/exe available. Is /proc mounted?"), "no /proc/self/exe available");
        assert_eq!(said("The disk is gone."), "the disk is gone");
        assert_eq!(said("No space left on device (os error 28)"), "no space left on device");
        assert_eq!(said("a.b is odd"), "a.b is odd");
    }

    #[test]
    fn whatever_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(matches!(read(&at("nothing"), 100, Want::Whole), Source::Missing));
        std::fs::create_dir(at("folder")).unwrap();
        assert!(unreadable(read(&at("folder"), 100, Want::Whole)).contains("it is a directory"));
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
            // What somebody has put into it is still there afterwards.
            use std::io::{Read as _, Write as _};
            let mut fifo = File::options().read(true).write(true).open(at("fifo")).unwrap();
            fifo.write_all(b"x").unwrap();
            assert!(unreadable(read(&at("fifo"), 100, Want::Whole)).contains("regular"));
            assert_eq!(fifo.read(&mut [0; 2]).unwrap(), 1);
            std::os::unix::fs::symlink("/dev/zero", at("zeros")).unwrap();
            assert!(unreadable(read(&at("zeros"), 100, Want::Frontmatter)).contains("regular"));
        }
    }

    #[test]
    fn all_of_a_file_however_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metadata.json");
        for length in [0, 1, FIRST_READ - 1, FIRST_READ, FIRST_READ + 1, 3 * FIRST_READ] {
            let written: Vec<u8> = (0..length).map(|at| at as u8).collect();
            std::fs::write(&path, &written).unwrap();
            assert!(matches!(read(&path, 1 << 20, Want::Whole), Source::Text(bytes) if bytes == written), "{length}");
            if length > 0 {
                assert!(unreadable(read(&path, length as u64 - 1, Want::Whole)).contains("more than the limit"));
            }
        }
    }

    #[test]
    fn no_more_than_the_frontmatter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spec.md");
        let long = format!("---\nstatus: active\n---\n{}", "x".repeat(100_000));
        std::fs::write(&path, &long).unwrap();
        let Source::Text(bytes) = read(&path, 1 << 20, Want::Frontmatter) else { panic!() };
        assert_eq!(bytes, b"---\nstatus: active\n---\n");
        let late = format!("---\nx: |\n{}\nstatus: active\n---\n", "  y\n".repeat(10_000));
        std::fs::write(&path, &late).unwrap();
        let Source::Text(bytes) = read(&path, 1 << 20, Want::Frontmatter) else { panic!() };
        assert_eq!(bytes, late.as_bytes());
    }
}
