//! Files that another program holds: on Windows a virus scanner, a search index or an editor may have one open for a
//! moment, and nobody else may replace, remove or read it then.

use std::io;
use std::time::Duration;

use crate::workspace::fs::poll::poll;

/// Far longer than a scanner needs for a small file; whoever waits for a command hardly notices.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does it again while another program holds the file.
pub fn patiently<T>(act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    retry(PATIENCE, may_pass, act)
}

fn retry<T>(
    limit: Duration,
    may_pass: impl Fn(&io::Error) -> bool,
    mut act: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    let mut last = None;
    let done = poll(limit, || match act() {
        Err(error) if may_pass(&error) => {
            last = Some(error);
            None
        }
        result => Some(result),
    });
    match (done, last) {
        (Some(result), _) => result,
        (None, Some(error)) => Err(error),
        (None, None) => act(),
    }
}

/// Windows refuses access to a file that is about to be removed, or was opened by somebody who lets nobody else in: the
/// same error as for a lack of rights.
fn may_pass(error: &io::Error) -> bool {
    is_held(error) || cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied
}

/// Another program has the file open and lets nobody in.
pub fn is_held(error: &io::Error) -> bool {
    /// ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION and ERROR_USER_MAPPED_FILE.
    const HELD: [i32; 3] = [32, 33, 1224];
    cfg!(windows) && error.raw_os_error().is_some_and(|raw| HELD.contains(&raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn as_long_as_it_may_pass() {
        let mut errors =
            vec![io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied, io::ErrorKind::PermissionDenied];
        let result = retry(
            LONG,
            |error| error.kind() == io::ErrorKind::PermissionDenied,
            || -> io::Result<()> { Err(errors.pop().unwrap().into()) },
        );
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::NotFound, "what does not pass is told at once");
        let mut left = 3;
        let result = retry(
            LONG,
            |_| true,
            || {
                left -= 1;
                if left == 0 { Ok(7) } else { Err(io::ErrorKind::PermissionDenied.into()) }
            },
        );
        assert_eq!(result.unwrap(), 7);
    }

    #[test]
    fn not_for_ever() {
        let mut tries = 0;
        let result = retry(
            Duration::ZERO,
            |_| true,
            || -> io::Result<()> {
                tries += 1;
                Err(io::ErrorKind::PermissionDenied.into())
            },
        );
        assert_eq!((result.unwrap_err().kind(), tries), (io::ErrorKind::PermissionDenied, 1));
    }

    #[cfg(windows)]
    #[test]
    fn a_file_that_is_let_go_in_time_is_replaced() {
        use crate::workspace::fs::{atomic, error};
        use std::os::windows::fs::OpenOptionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (new, target) = (folder.path().join("new"), folder.path().join("target"));
        std::fs::write(&new, "new").unwrap();
        std::fs::write(&target, "old").unwrap();
        let hold = || std::fs::File::options().read(true).share_mode(0).open(&target).unwrap();
        let held = hold();
        let error = atomic::rename(&new, &target).unwrap_err();
        assert!(is_held(&error) || error.kind() == io::ErrorKind::PermissionDenied, "{error}");
        let error = std::fs::read(&target).unwrap_err();
        assert_eq!(error::why(&error), "another program has it open", "{error}");
        assert_eq!(std::fs::read_to_string(&new).unwrap(), "new");
        let (begun, wait) = std::sync::mpsc::channel();
        let scanner = std::thread::spawn(move || {
            wait.recv().unwrap();
            drop(held);
        });
        begun.send(()).unwrap();
        atomic::rename(&new, &target).unwrap();
        scanner.join().unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "new");
    }
}
