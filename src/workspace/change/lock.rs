//! Who may change a project now: one process of this tool at a time, and none while SpecWeave holds its own lock.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::model::increment::Source;
use crate::workspace::change::error::LockError;
use crate::workspace::change::notice::{ChangeNotice, Say};
use crate::workspace::change::state_folder;
use crate::workspace::fs::atomic::rename;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::flush;
use crate::workspace::fs::held::patiently;
use crate::workspace::fs::poll::poll;
use crate::workspace::fs::reader::{self, Want};
use crate::workspace::process;

/// A change takes milliseconds; whoever holds the lock longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// Who waits for so long is told what for.
const A_WHILE: Duration = Duration::from_secs(2);
/// SpecWeave takes a lock of this age for abandoned.
const STALE_AFTER: Duration = Duration::from_secs(300);

/// A number, and a line break; nothing larger is read into memory.
const LONGEST_PID: u64 = 64;

/// Held while one change is made; the system releases it when the process dies.
#[derive(Debug)]
pub struct ProjectLock {
    _file: File,
}

impl ProjectLock {
    pub fn take(state_folder: &Path, say: Say<'_>) -> Result<ProjectLock, LockError> {
        let path = state_folder.join("lock");
        let file = lock_file(state_folder, &path)?;
        let waiting = || ChangeNotice::Waiting { lock: path.clone(), seconds: PATIENCE.as_secs() };
        match wait_and_say(waiting, say, || try_lock(&file, &path).transpose()) {
            Some(taken) => Ok(taken.map(|()| ProjectLock { _file: file })?),
            None => Err(LockError::Held { lock: path, seconds: PATIENCE.as_secs() }),
        }
    }

    /// `None` while another process has it.
    pub fn take_if_free(state_folder: &Path) -> Result<Option<ProjectLock>, LockError> {
        let path = state_folder.join("lock");
        let file = lock_file(state_folder, &path)?;
        Ok(try_lock(&file, &path)?.map(|()| ProjectLock { _file: file }))
    }
}

fn wait_and_say<T>(
    waiting: impl Fn() -> ChangeNotice,
    say: Say<'_>,
    mut ready: impl FnMut() -> Option<T>,
) -> Option<T> {
    let since = Instant::now();
    let mut said = false;
    poll(PATIENCE, || {
        let it = ready();
        if it.is_none() && !said && since.elapsed() > A_WHILE {
            said = true;
            say(&waiting());
        }
        it
    })
}

fn lock_file(folder: &Path, path: &Path) -> Result<File, FileError> {
    state_folder::create(folder).map_err(FileError::when("create", folder))?;
    state_folder::open_private(path).map_err(FileError::when("open", path))
}

fn try_lock(file: &File, path: &Path) -> Result<Option<()>, FileError> {
    match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(FileError::new("lock", path, error)),
    }
}

/// SpecWeave's convention: a folder `<file>.lock.d` that holds a `pid`. Released on drop unless kept.
#[derive(Debug)]
pub struct PeerLock {
    held: Option<(PathBuf, String)>,
}

impl PeerLock {
    /// `token` is part of the name the lock has until it is complete, so that `release` finds it after a crash.
    pub fn take(file: &Path, token: &str, say: Say<'_>) -> Result<PeerLock, LockError> {
        let folder = lock_folder(file);
        let draft = draft_folder(file, token);
        let make = || -> io::Result<()> {
            fs::create_dir(&draft)?;
            let mut pid = File::create_new(draft.join("pid"))?;
            pid.write_all(std::process::id().to_string().as_bytes())?;
            // After a power cut an empty pid would be nobody's.
            flush::file(&pid)
        };
        make().map_err(FileError::when("create", &draft))?;
        let lock = PeerLock { held: Some((file.to_path_buf(), token.to_owned())) };
        let seconds = PATIENCE.as_secs();
        let (of, at) = (file.to_path_buf(), folder.clone());
        let waiting = || ChangeNotice::WaitingForPeer { file: of.clone(), lock: at.clone(), seconds };
        let taken = wait_and_say(waiting, say, || match rename_if_free(&draft, &folder) {
            Ok(()) => Some(Ok(())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if is_stale(&folder) {
                    let _ = fs::remove_dir_all(&folder);
                }
                None
            }
            Err(error) => Some(Err(error)),
        });
        match taken {
            Some(Ok(())) => Ok(lock),
            Some(Err(error)) => Err(FileError::new("create", &folder, error).into()),
            None => Err(LockError::HeldByPeer { file: of, lock: at, seconds }),
        }
    }

    /// Leaves the lock to whoever cleans up the change.
    pub fn keep(mut self) {
        self.held = None;
    }

    /// Removes a lock that this tool took with `token`, in this process or one that crashed; never SpecWeave's.
    pub fn release(file: &Path, token: &str) -> Result<(), LockError> {
        let folder = lock_folder(file);
        let draft = draft_folder(file, token);
        remove_folder(&draft)?;
        let pid = holder(&folder)?;
        let ours = pid.is_some_and(|pid| token.starts_with(&format!("{pid:08x}")));
        if ours {
            // As it came, it goes with its pid in it: a crash in between leaves a name that can be attributed.
            rename(&folder, &draft).map_err(FileError::when("remove", &folder))?;
            remove_folder(&draft)?;
        }
        Ok(())
    }
}

impl Drop for PeerLock {
    fn drop(&mut self) {
        if let Some((file, token)) = &self.held
            && let Err(error) = PeerLock::release(file, token)
        {
            tracing::warn!("{error}");
        }
    }
}

/// A lock appears with its pid in it: a crash in between would leave one that nobody can attribute.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    exclusive_or_plain(|| Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?), || plain_rename(from, to))
}

/// Where the file system cannot (network drives, memory cards) a plain rename does: a lock folder that is there is never
/// empty, and none is replaced.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exclusive_or_plain(
    exclusive: impl FnOnce() -> io::Result<()>,
    plain: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    match exclusive() {
        Err(error) if flush::is_unsupported(&error) => plain(),
        result => result,
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    plain_rename(from, to)
}

fn plain_rename(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    match fs::rename(from, to) {
        // Windows says this in other words when somebody was faster.
        Err(_) if from.exists() && to.exists() => Err(io::ErrorKind::AlreadyExists.into()),
        result => result,
    }
}

fn remove_folder(folder: &Path) -> Result<(), FileError> {
    match patiently(|| fs::remove_dir_all(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::new("remove", folder, error)),
        _ => Ok(()),
    }
}

fn draft_folder(file: &Path, token: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{token}.lock"))
}

fn lock_folder(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock.d");
    PathBuf::from(name)
}

/// The process that a lock folder names, if it names one.
fn holder(folder: &Path) -> Result<Option<u32>, LockError> {
    match reader::read(&folder.join("pid"), LONGEST_PID, Want::Whole) {
        Source::Text(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(|text| text.trim().parse().ok())),
        Source::Missing => Ok(None),
        Source::Unreadable(reason) => Err(LockError::UnknownHolder { lock: folder.to_path_buf(), reason }),
    }
}

/// Its process is dead, or nobody has touched it for long.
fn is_stale(folder: &Path) -> bool {
    let pid = holder(folder).ok().flatten();
    if pid.is_some_and(|pid| !process::is_alive(pid)) {
        return true;
    }
    let age = fs::metadata(folder).and_then(|metadata| metadata.modified()).ok();
    age.and_then(|modified| SystemTime::now().duration_since(modified).ok()).is_some_and(|age| age > STALE_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// As a change of this process has it.
    fn token() -> String {
        format!("{:08x}0badcafe", std::process::id())
    }

    /// No system gives so high a number to a process.
    const DEAD: &str = "999999999";

    #[test]
    fn one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state/specweave-lsp");
        let held = ProjectLock::take(&state, &|_| ()).unwrap();
        assert!(ProjectLock::take_if_free(&state).unwrap().is_none());
        drop(held);
        // A program that another test starts at this moment may have it for an instant.
        ProjectLock::take(&state, &|_| ()).unwrap();
    }

    #[test]
    fn who_waits_is_told_once() {
        let (told, polled_since) = (Cell::new(0), Cell::new(0));
        let say = |_: &ChangeNotice| told.set(told.get() + 1);
        let waiting = || ChangeNotice::Waiting { lock: PathBuf::new(), seconds: 1 };
        assert_eq!(wait_and_say(waiting, &say, || Some(1)), Some(1));
        assert_eq!(told.get(), 0, "nobody had to wait");
        let ready = || {
            polled_since.set(polled_since.get() + told.get());
            (polled_since.get() > 3).then_some(2)
        };
        assert_eq!(wait_and_say(waiting, &say, ready), Some(2));
        assert_eq!(told.get(), 1);
    }

    #[test]
    fn the_peers_lock_appears_with_its_process_and_goes_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("metadata.json");
        let lock = PeerLock::take(&file, &token(), &|_| ()).unwrap();
        let pid = fs::read_to_string(folder.path().join("metadata.json.lock.d/pid")).unwrap();
        assert_eq!(pid, std::process::id().to_string());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the draft has become the lock");
        PeerLock::release(&file, "00000000").unwrap();
        assert!(lock_folder(&file).is_dir(), "it is another's");
        drop(lock);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_lock_of_a_dead_process_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("metadata.json");
        let abandoned = lock_folder(&file);
        fs::create_dir(&abandoned).unwrap();
        fs::write(abandoned.join("pid"), DEAD).unwrap();
        let lock = PeerLock::take(&file, &token(), &|_| ()).unwrap();
        assert_eq!(holder(&abandoned).unwrap(), Some(std::process::id()));
        lock.keep();
        assert!(abandoned.is_dir(), "kept for whoever cleans up");
    }

    #[test]
    fn a_lock_is_stale_by_its_process() {
        let folder = tempfile::tempdir().unwrap();
        for (pid, stale) in [(std::process::id().to_string(), false), (DEAD.to_owned(), true)] {
            fs::write(folder.path().join("pid"), &pid).unwrap();
            assert_eq!(is_stale(folder.path()), stale, "{pid}");
        }
        assert!(!is_stale(&folder.path().join("not there")));
    }

    #[cfg(any(target_os = "linux", target_os = "macos"))]
    #[test]
    fn drives_that_cannot_rename_exclusively() {
        use rustix::io::Errno;
        let outcome = |errno: Errno| {
            let mut plain = false;
            let result = exclusive_or_plain(
                || Err(errno.into()),
                || {
                    plain = true;
                    Ok(())
                },
            );
            (result.is_ok(), plain)
        };
        for errno in [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::INVAL, Errno::NOSYS] {
            assert_eq!(outcome(errno), (true, true), "{errno}");
        }
        for errno in [Errno::EXIST, Errno::ACCESS, Errno::ROFS] {
            assert_eq!(outcome(errno), (false, false), "{errno}");
        }
    }

    #[test]
    fn a_plain_rename_takes_no_lock_that_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, lock) = (folder.path().join("draft"), folder.path().join("lock"));
        fs::create_dir(&draft).unwrap();
        fs::create_dir(&lock).unwrap();
        assert_eq!(plain_rename(&draft, &lock).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        fs::remove_dir(&lock).unwrap();
        plain_rename(&draft, &lock).unwrap();
        assert!(lock.is_dir() && !draft.exists());
    }
}
