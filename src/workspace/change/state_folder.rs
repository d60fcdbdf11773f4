//! Where this tool keeps its own files in a project; SpecWeave keeps its caches beside it and git ignores both.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::workspace::discover::PROJECT_FOLDER;
use crate::workspace::fs::atomic::{draft, persist};
use crate::workspace::fs::held::patiently;
use crate::workspace::fs::paths::canonicalize;

/// What a run leaves behind only when it is interrupted begins so.
pub const RECORD_PREFIX: &str = "change-";

pub fn state_folder(root: &Path) -> PathBuf {
    root.join(PROJECT_FOLDER).join("state").join("specweave-lsp")
}

/// A file among the tool's own that becomes another one by renaming; the next command removes it if this one dies.
pub fn draft_in(state_folder: &Path) -> io::Result<NamedTempFile> {
    draft(RECORD_PREFIX, ".tmp", state_folder)
}

/// Only the user can look into it, and git does not see it, whatever the project's own .gitignore says.
pub fn create(folder: &Path) -> io::Result<()> {
    stays_in_project(folder)?;
    if !folder.is_dir() {
        if let Some(above) = folder.parent() {
            fs::create_dir_all(above)?;
        }
        match private_folder().create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    // Without it the folder only shows up as untracked.
    if let Err(error) = ignore_all(&folder.join(".gitignore")) {
        tracing::warn!("{}: {error}", folder.display());
    }
    Ok(())
}

/// Whole or not at all. Nobody has the lock yet, and agents run several hooks at once: another process may take the draft
/// for one that a dead process left, and clear it away.
fn ignore_all(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let write = || {
        let mut file = draft_in(folder)?;
        file.write_all(b"*\n")?;
        persist(file, path)
    };
    for _ in 0..MOST_CLEARED {
        if path.symlink_metadata().is_ok() {
            return Ok(());
        }
        match write() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => return done,
        }
    }
    write()
}

/// So often in a row hardly anybody clears away.
const MOST_CLEARED: usize = 10;

fn private_folder() -> fs::DirBuilder {
    #[cfg_attr(windows, allow(unused_mut, reason = "a new folder has its parent's rights there"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// A repository can bring links along: nothing of ours is written where one of them leads.
fn stays_in_project(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|above| above.symlink_metadata().is_ok());
    // `.specweave/state/specweave-lsp`: `.specweave` itself is the user's to link.
    let (Some(there), Some(specweave)) = (there, folder.ancestors().nth(2)) else { return Ok(()) };
    if !there.starts_with(specweave) || canonicalize(there)?.starts_with(canonicalize(specweave)?) {
        return Ok(());
    }
    Err(io::Error::other(format!("{} is a symbolic link that leads out of the project; remove it", there.display())))
}

/// A file only the user can read. A line at the end of whatever a link leads to could do harm there.
pub fn open_private(path: &Path) -> io::Result<File> {
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is not a regular file; remove it"));
    }
    let mut options = File::options();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    patiently(|| options.open(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    /// As hooks of parallel tool calls do, beside a command that clears away what a dead one has left.
    #[test]
    fn many_may_create_it_at_once() {
        for _ in 0..20 {
            let root = tempfile::tempdir().unwrap();
            let folder = state_folder(root.path());
            let start = Barrier::new(8);
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        start.wait();
                        create(&folder).unwrap();
                        for entry in fs::read_dir(&folder).unwrap().flatten() {
                            if entry.file_name() != ".gitignore" {
                                let _ = fs::remove_file(entry.path());
                            }
                        }
                        assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n", "never half of it");
                    });
                }
            });
            assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
        }
    }

    #[test]
    fn what_the_user_wrote_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = state_folder(root.path());
        create(&folder).unwrap();
        let ignore = folder.join(".gitignore");
        fs::write(&ignore, "# the user's own\n").unwrap();
        create(&folder).unwrap();
        assert_eq!(fs::read_to_string(&ignore).unwrap(), "# the user's own\n");
    }
}
