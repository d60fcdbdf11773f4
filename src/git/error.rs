//! What can go wrong between this program and git.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::workspace::fs::error::{FileError, why};
use crate::workspace::hint::Hint;

#[derive(Debug, Error)]
pub enum GitError {
    #[error("cannot find the program `git`")]
    NotInstalled,
    #[error("cannot run git: {}", why(.0))]
    NotStarted(io::Error),
    #[error("cannot find the current directory: {}", why(.0))]
    CurrentFolder(io::Error),
    #[error("{} is not in a git repository", .0.display())]
    NoRepository(PathBuf),
    #[error("{} is in a bare repository or in git's own directory, which has no work tree", .0.display())]
    NoWorkTree(PathBuf),
    #[error("the repository of {} has no commits yet", .0.display())]
    NoCommits(PathBuf),
    /// Anything else, in git's words.
    #[error("git failed in {}: {said}", folder.display())]
    Failed { folder: PathBuf, said: String },
    #[error("cannot read git's object {name}: {}", why(source))]
    Object { name: String, source: io::Error },
    #[error("cannot ask git for {}: its name has a line break", .0.display())]
    LineBreak(PathBuf),
    #[error(transparent)]
    File(#[from] FileError),
}

impl GitError {
    pub fn not_started(error: io::Error) -> GitError {
        match error.kind() {
            io::ErrorKind::NotFound => GitError::NotInstalled,
            _ => GitError::NotStarted(error),
        }
    }

    /// From what git says on stderr. It ends with the same code for all of these, so its words have to tell them apart;
    /// they are English, since it is run with `LC_ALL=C`.
    pub fn refused(stderr: &str, folder: &Path) -> GitError {
        let folder = folder.to_path_buf();
        if stderr.contains("not a git repository") {
            return GitError::NoRepository(folder);
        }
        if stderr.contains("must be run in a work tree") {
            return GitError::NoWorkTree(folder);
        }
        if stderr.contains("does not have any commits yet") || stderr.contains("bad revision 'HEAD'") {
            return GitError::NoCommits(folder);
        }
        let said = stderr.lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
        let said = said.or(stderr.lines().next()).unwrap_or("no error message");
        let said = said.trim_start_matches("fatal: ").trim_start_matches("error: ").trim_end_matches('.');
        GitError::Failed { folder, said: said.to_owned() }
    }
}

impl Hint for GitError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            GitError::NotInstalled => "install git",
            GitError::NoRepository(_) => "change to a directory in a repository, or create one with `git init`",
            GitError::NoWorkTree(_) => "change to a directory in a work tree",
            GitError::File(error) => return error.hint(),
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
