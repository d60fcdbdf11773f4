//! Which repository a folder lies in, and what git says about it.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use crate::git::error::GitError;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::paths::{canonicalize, slashed};

/// What git sets for a hook and what decides which repository a command is about.
const DIR: &str = "GIT_DIR";
const WORK_TREE: &str = "GIT_WORK_TREE";

/// Without `input` git ends by itself.
#[derive(Debug)]
pub struct Conversation {
    pub process: Child,
    pub input: ChildStdin,
    pub output: BufReader<ChildStdout>,
}

/// A question that git is at work on, while others are asked.
#[derive(Debug)]
pub struct Asked {
    process: Option<Child>,
    /// Another git, whose answer is what this one is asked about.
    source: Option<Child>,
    folder: PathBuf,
}

impl Asked {
    /// What git prints.
    pub fn answer(mut self) -> Result<Vec<u8>, GitError> {
        let process = self.process.take().ok_or_else(|| GitError::NotStarted(std::io::ErrorKind::BrokenPipe.into()))?;
        let answer = of(process.wait_with_output().map_err(GitError::NotStarted)?, &self.folder)?;
        // Cut short, its lines would be taken for all there are.
        if let Some(source) = self.source.take() {
            of(source.wait_with_output().map_err(GitError::NotStarted)?, &self.folder)?;
        }
        Ok(answer)
    }
}

impl Drop for Asked {
    /// Nobody wants to know any more.
    fn drop(&mut self) {
        for mut process in [self.process.take(), self.source.take()].into_iter().flatten() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A repository with a work tree.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The top folder of the work tree, without symbolic links.
    pub top: PathBuf,
    /// Where git is run: the current folder, unless another repository is meant.
    pub from: PathBuf,
    /// Variables that would lead git to another repository than this one.
    without: Vec<String>,
}

impl Repository {
    /// The repository that `start` lies in: the innermost one, be it an independent clone or a submodule below another.
    /// A hook's variables count for the repository that they are about.
    pub fn around(start: &Path) -> Result<Repository, GitError> {
        let here = std::env::current_dir().map_err(GitError::CurrentFolder)?;
        let of_hook = Repository::discover(&here, Vec::new()).map(Repository::of_whole_work_tree);
        match of_hook {
            Ok(repository) if repository.holds(start) => Ok(repository),
            Err(error) if start == here => Err(error),
            _ => {
                let local = run(Command::new("git").args(["rev-parse", "--local-env-vars"]), start)?;
                let without = String::from_utf8_lossy(&local).lines().map(str::to_owned).collect();
                Repository::discover(start, without)
            }
        }
    }

    /// That of the current folder, before git has been asked which one that is: it can be told nothing but its questions.
    pub fn assumed() -> Result<Repository, GitError> {
        let from = std::env::current_dir().map_err(GitError::CurrentFolder)?;
        Ok(Repository { top: PathBuf::new(), from, without: Vec::new() })
    }

    /// Whether git says of both the same.
    pub fn is_asked_as(&self, other: &Repository) -> bool {
        self.from == other.from && self.without == other.without
    }

    /// `folder` is in the work tree, and in that of no other repository inside it.
    fn holds(&self, folder: &Path) -> bool {
        let below_top = folder.ancestors().take_while(|above| *above != self.top);
        folder.starts_with(&self.top) && below_top.into_iter().all(|above| !above.join(".git").exists())
    }

    fn discover(from: &Path, without: Vec<String>) -> Result<Repository, GitError> {
        let mut repository = Repository { top: PathBuf::new(), from: from.to_path_buf(), without };
        let top = path(&repository.line(&["rev-parse", "--show-toplevel"])?);
        repository.top = canonicalize(&top).map_err(FileError::when("open", &top))?;
        Ok(repository)
    }

    /// Where GIT_DIR alone is set, as in the hooks of a linked worktree, git takes the current folder for the top one.
    /// A hook manager may have gone into a subfolder meanwhile.
    fn of_whole_work_tree(self) -> Repository {
        if std::env::var_os(DIR).is_none() || std::env::var_os(WORK_TREE).is_some() {
            return self;
        }
        let git_dir = |repository: &Repository| repository.line(&["rev-parse", "--absolute-git-dir"]).ok();
        match Repository::discover(&self.from, vec![DIR.to_owned()]) {
            Ok(found) if git_dir(&found) == git_dir(&self) => Repository { from: found.top.clone(), ..found },
            _ => self,
        }
    }

    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new("git");
        command.arg("--literal-pathspecs").args(args).current_dir(&self.from);
        self.without.iter().for_each(|name| {
            command.env_remove(name);
        });
        // A look takes no lock away from the user's own git, and its messages are recognised in one language.
        command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
        command
    }

    /// A git that is told by and by what it is asked.
    pub fn converse<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Conversation, GitError> {
        let mut command = self.command(args);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.map_err(GitError::not_started)?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(input), Some(output)) => Ok(Conversation { process, input, output: BufReader::new(output) }),
            _ => Err(GitError::NotStarted(std::io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// Lets git begin, for several questions at once.
    pub fn begin<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Asked, GitError> {
        self.begin_with(Stdio::null(), args)
    }

    /// The same about each line that git prints to another question.
    pub fn begin_about<A: AsRef<OsStr>>(
        &self,
        lines: &[&str],
        args: impl IntoIterator<Item = A>,
    ) -> Result<Asked, GitError> {
        let mut command = self.command(lines);
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut source = started.map_err(GitError::not_started)?;
        let lines = source.stdout.take().map_or_else(Stdio::null, Stdio::from);
        let mut asked = self.begin_with(lines, args)?;
        asked.source = Some(source);
        Ok(asked)
    }

    fn begin_with<A: AsRef<OsStr>>(&self, input: Stdio, args: impl IntoIterator<Item = A>) -> Result<Asked, GitError> {
        let mut command = self.command(args);
        let started = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let process = Some(started.map_err(GitError::not_started)?);
        Ok(Asked { process, source: None, folder: self.from.clone() })
    }

    /// What git prints.
    pub fn ask<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Vec<u8>, GitError> {
        run(&mut self.command(args), &self.from)
    }

    /// The one line git prints.
    pub fn line(&self, args: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut line = self.ask(args)?;
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        Ok(line)
    }

    /// A path that git gives, which it counts from the top of the work tree.
    pub fn whole(&self, path: &Path) -> PathBuf {
        if path.as_os_str().is_empty() { self.top.clone() } else { self.top.join(path) }
    }
}

fn run(command: &mut Command, folder: &Path) -> Result<Vec<u8>, GitError> {
    of(command.stdin(Stdio::null()).output().map_err(GitError::not_started)?, folder)
}

fn of(output: Output, folder: &Path) -> Result<Vec<u8>, GitError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::refused(&String::from_utf8_lossy(&output.stderr), folder))
}

/// A path as git wants it: with `/`, on Windows too.
pub fn for_git(path: &Path) -> Cow<'_, OsStr> {
    match slashed(path) {
        _ if cfg!(not(windows)) => Cow::Borrowed(path.as_os_str()),
        text => Cow::Owned(OsString::from(text.into_owned())),
    }
}

/// A path as git writes it.
pub fn path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(bytes).replace('/', "\\"))
}
