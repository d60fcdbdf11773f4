//! Who may change a project now: one process of this tool at a time, and none while SpecWeave holds its own lock.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::model::increment::Source;
use crate::workspace::change::transaction::{Say, draft_in};
use crate::workspace::fs::atomic::{at, wait_for};
use crate::workspace::fs::reader::{self, Want};

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
    pub fn take(state_folder: &Path, say: Say<'_>) -> Result<ProjectLock, String> {
        let path = state_folder.join("lock");
        let file = lock_file(state_folder, &path)?;
        let whom = || format!("another specweave-lsp (lock {})", path.display());
        match wait_and_say(whom, say, || try_lock(&file, &path).transpose()) {
            Some(taken) => taken.map(|()| ProjectLock { _file: file }),
            None => Err(never_ends(state_folder)),
        }
    }

    /// `None` while another process has it.
    pub fn take_if_free(state_folder: &Path) -> Result<Option<ProjectLock>, String> {
        let path = state_folder.join("lock");
        let file = lock_file(state_folder, &path)?;
        Ok(try_lock(&file, &path)?.map(|()| ProjectLock { _file: file }))
    }
}

pub fn never_ends(state_folder: &Path) -> String {
    format!(
        "Another specweave-lsp is changing this project and does not come to an end (lock {}); end it and try again.",
        state_folder.join("lock").display()
    )
}

fn wait_and_say<T>(whom: impl Fn() -> String, say: Say<'_>, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let since = Instant::now();
    let mut said = false;
    wait_for(PATIENCE, || {
        let it = ready();
        if it.is_none() && !said && since.elapsed() > A_WHILE {
            said = true;
            say(&format!("Waiting for {}, for at most {} seconds.", whom(), PATIENCE.as_secs()));
        }
        it
    })
}

fn lock_file(state_folder: &Path, path: &Path) -> Result<File, String> {
    make_state_folder(state_folder).map_err(|error| at(state_folder, "cannot be made", &error))?;
    open_private(path).map_err(|error| at(path, "cannot be opened", &error))
}

fn try_lock(file: &File, path: &Path) -> Result<Option<()>, String> {
    match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(at(path, "cannot be locked", &error)),
    }
}

/// Only the user can look into it, and git does not see it, whatever the project's own .gitignore says.
pub fn make_state_folder(folder: &Path) -> io::Result<()> {
    stays_in_project(folder)?;
    if !folder.is_dir() {
        if let Some(above) = folder.parent() {
            fs::create_dir_all(above)?;
        }
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    let ignore = folder.join(".gitignore");
    let write = || -> io::Result<()> {
        let mut file = draft_in(folder)?;
        file.write_all(b"*\n")?;
        file.persist(&ignore).map(drop).map_err(|error| error.error)
    };
    // A crash may have come in between. Without it the folder only shows up as untracked.
    if !ignore.exists()
        && let Err(error) = write()
    {
        tracing::warn!("{}: {error}", folder.display());
    }
    Ok(())
}

/// A repository can bring links along: nothing of ours is written where one of them leads.
fn stays_in_project(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|above| above.symlink_metadata().is_ok());
    // `.specweave/state/specweave-lsp`
    let (Some(there), Some(root)) = (there, folder.ancestors().nth(3)) else { return Ok(()) };
    if there.canonicalize()?.starts_with(root.canonicalize()?) {
        return Ok(());
    }
    Err(io::Error::other(format!("{} is a symbolic link out of the project; remove it", there.display())))
}

/// A file only the user can read. A line at the end of whatever a link leads to could do harm there.
pub fn open_private(path: &Path) -> io::Result<File> {
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is no regular file; remove it"));
    }
    let mut options = File::options();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// SpecWeave's convention: a folder `<file>.lock.d` that holds a `pid`. Released on drop unless kept.
#[derive(Debug)]
pub struct PeerLock {
    held: Option<(PathBuf, String)>,
}

impl PeerLock {
    /// `token` is part of the name the lock has until it is complete, so that `release` finds it after a crash.
    pub fn take(file: &Path, token: &str, say: Say<'_>) -> Result<PeerLock, String> {
        let folder = lock_folder(file);
        let draft = draft_folder(file, token);
        let make = || -> io::Result<()> {
            fs::create_dir(&draft)?;
            let mut pid = File::create_new(draft.join("pid"))?;
            pid.write_all(std::process::id().to_string().as_bytes())?;
            // After a power cut an empty pid would be nobody's.
            pid.sync_all()
        };
        make().map_err(|error| at(&draft, "cannot be made", &error))?;
        let lock = PeerLock { held: Some((file.to_path_buf(), token.to_owned())) };
        let whom = || format!("SpecWeave, which is changing {} (lock {})", file.display(), folder.display());
        let taken = wait_and_say(whom, say, || match rename_if_free(&draft, &folder) {
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
            Some(Err(error)) => Err(at(&folder, "cannot be made", &error)),
            None => Err(format!(
                "SpecWeave is changing {} (lock {}); try again when it is done.",
                file.display(),
                folder.display()
            )),
        }
    }

    /// Leaves the lock to whoever cleans up the change.
    pub fn keep(mut self) {
        self.held = None;
    }

    /// Removes a lock that this tool took with `token`, in this process or one that crashed; never SpecWeave's.
    pub fn release(file: &Path, token: &str) -> Result<(), String> {
        let folder = lock_folder(file);
        let draft = draft_folder(file, token);
        remove_folder(&draft)?;
        let pid = holder(&folder).map_err(|reason| format!("{} cannot be looked into: {reason}.", folder.display()))?;
        let ours = pid.is_some_and(|pid| token.starts_with(&format!("{pid:08x}")));
        if ours {
            // As it came, it goes with its pid in it: a crash in between leaves a name that can be attributed.
            fs::rename(&folder, &draft).map_err(|error| at(&folder, "cannot be removed", &error))?;
            remove_folder(&draft)?;
        }
        Ok(())
    }
}

impl Drop for PeerLock {
    fn drop(&mut self) {
        if let Some((file, token)) = &self.held
            && let Err(message) = PeerLock::release(file, token)
        {
            tracing::warn!("{message}");
        }
    }
}

/// A lock appears with its pid in it: a crash in between would leave one that nobody can attribute.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // This file system cannot; a lock folder that is there is never empty, and a rename does not replace it.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => plain_rename(from, to),
        result => Ok(result?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    plain_rename(from, to)
}

fn plain_rename(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { fs::rename(from, to) }
}

fn remove_folder(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(folder, "cannot be removed", &error)),
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
fn holder(folder: &Path) -> Result<Option<u32>, String> {
    match reader::read(&folder.join("pid"), LONGEST_PID, Want::Whole) {
        Source::Text(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(|text| text.trim().parse().ok())),
        Source::Missing => Ok(None),
        Source::Unreadable(reason) => Err(reason),
    }
}

/// Its process is dead, or nobody has touched it for long.
fn is_stale(folder: &Path) -> bool {
    let pid = holder(folder).ok().flatten().and_then(|pid| i32::try_from(pid).ok());
    if pid.is_some_and(|pid| !is_alive(pid)) {
        return true;
    }
    let age = fs::metadata(folder).and_then(|metadata| metadata.modified()).ok();
    age.and_then(|modified| SystemTime::now().duration_since(modified).ok()).is_some_and(|age| age > STALE_AFTER)
}

#[cfg(unix)]
fn is_alive(pid: i32) -> bool {
    let Some(pid) = rustix::process::Pid::from_raw(pid) else { return false };
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_alive(_: i32) -> bool {
    true
}
