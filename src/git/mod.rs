//! git, asked through its own program: only git knows every way in which a repository, its index and its hooks can be
//! laid out (worktrees, temporary indexes, `core.hooksPath`, the variables that a hook is called with).

pub mod blame;
pub mod history;
pub mod hooks;
pub mod objects;
pub mod staged;

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What git sets for a hook and what decides which repository a command is about.
const DIR: &str = "GIT_DIR";
const WORK_TREE: &str = "GIT_WORK_TREE";

/// A repository with a work tree.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The top folder of the work tree, without symbolic links.
    pub top: PathBuf,
    /// Where git is run: the current folder, unless another repository is meant.
    from: PathBuf,
    /// Variables that would lead git to another repository than this one.
    without: Vec<String>,
}

impl Repository {
    /// The repository that `start` lies in. A hook's variables count for the repository that they are about.
    pub fn around(start: &Path) -> Result<Repository, String> {
        let here = std::env::current_dir().map_err(|error| format!("The current folder cannot be found: {error}."))?;
        let of_hook = Repository::discover(&here, Vec::new()).map(Repository::of_whole_work_tree);
        match of_hook {
            Ok(repository) if start.starts_with(&repository.top) => Ok(repository),
            Err(message) if start == here => Err(message),
            _ => {
                let local = run(Command::new("git").args(["rev-parse", "--local-env-vars"]), start)?;
                let without = String::from_utf8_lossy(&local).lines().map(str::to_owned).collect();
                Repository::discover(start, without)
            }
        }
    }

    fn discover(from: &Path, without: Vec<String>) -> Result<Repository, String> {
        let mut repository = Repository { top: PathBuf::new(), from: from.to_path_buf(), without };
        let top = path(&repository.line(&["rev-parse", "--show-toplevel"])?);
        repository.top = top.canonicalize().map_err(|error| format!("{} cannot be opened: {error}.", top.display()))?;
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

    /// What git prints.
    pub fn ask<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Vec<u8>, String> {
        run(&mut self.command(args), &self.from)
    }

    /// The one line git prints.
    pub fn line(&self, args: &[&str]) -> Result<Vec<u8>, String> {
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

fn run(command: &mut Command, folder: &Path) -> Result<Vec<u8>, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(&error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(refusal(&String::from_utf8_lossy(&output.stderr), folder))
}

fn not_started(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "The program `git` was not found, which this needs; install it.".to_owned(),
        _ => format!("The program `git` cannot be started: {error}."),
    }
}

/// git's refusal as a sentence.
fn refusal(stderr: &str, folder: &Path) -> String {
    let place = folder.display();
    if stderr.contains("not a git repository") {
        return format!("{place} lies in no git repository; go into one, or make one with `git init`.");
    }
    if stderr.contains("must be run in a work tree") {
        return format!(
            "{place} belongs to a bare repository or to git's own folder, so there is no work tree; go into one."
        );
    }
    if stderr.contains("does not have any commits yet") || stderr.contains("bad revision 'HEAD'") {
        return format!("The repository of {place} has no commit yet, so it has no history.");
    }
    let said = stderr.lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    let said = said.or(stderr.lines().next()).unwrap_or("it ended without a word");
    let said = said.trim_start_matches("fatal: ").trim_start_matches("error: ").trim_end_matches('.');
    format!("git cannot answer in {place}: {said}.")
}

/// A path as git writes it.
pub fn path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
