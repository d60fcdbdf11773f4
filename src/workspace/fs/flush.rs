//! On disk before the next step, as far as the disk can promise that.

use std::fs::File;
use std::io;

/// macOS asks the drive itself (F_FULLFSYNC), which network drives and memory cards do not know.
pub fn file(file: &File) -> io::Result<()> {
    flush(|| file.sync_all(), || plain(file))
}

/// The names in it.
#[cfg(unix)]
pub fn folder(folder: &File) -> io::Result<()> {
    match file(folder) {
        // There is nothing better to be had.
        Err(error) if is_unsupported(&error) => Ok(()),
        result => result,
    }
}

fn flush(whole: impl Fn() -> io::Result<()>, plain: impl Fn() -> io::Result<()>) -> io::Result<()> {
    match whole() {
        Err(error) if is_unsupported(&error) => plain(),
        result => result,
    }
}

#[cfg(unix)]
fn plain(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fsync(file)?)
}

#[cfg(not(unix))]
fn plain(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// The file system does not have what was asked of it.
#[cfg(unix)]
pub fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let known = [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS, Errno::INVAL, Errno::NOTTY];
    error.kind() == io::ErrorKind::Unsupported
        || error.raw_os_error().is_some_and(|raw| known.iter().any(|errno| errno.raw_os_error() == raw))
}

#[cfg(not(unix))]
pub fn is_unsupported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_the_drive_does_not_know_is_asked_of_the_system() {
        use rustix::io::Errno;
        let tried = |errno: Errno| {
            let plain = Cell::new(0);
            let result = flush(
                || Err(errno.into()),
                || {
                    plain.set(plain.get() + 1);
                    Ok(())
                },
            );
            (result.is_ok(), plain.get())
        };
        for errno in [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::INVAL, Errno::NOTTY, Errno::NOSYS] {
            assert_eq!(tried(errno), (true, 1), "{errno}");
        }
        // A disk that is full or broken has not written, whatever a second call says.
        for errno in [Errno::IO, Errno::NOSPC, Errno::DQUOT, Errno::ROFS] {
            assert_eq!(tried(errno), (false, 0), "{errno}");
        }
    }

    #[test]
    fn what_was_flushed_is_not_flushed_again() {
        let plain = Cell::new(false);
        flush(
            || Ok(()),
            || {
                plain.set(true);
                Ok(())
            },
        )
        .unwrap();
        assert!(!plain.get());
        let written = tempfile::tempfile().unwrap();
        file(&written).unwrap();
        super::plain(&written).unwrap();
    }
}
