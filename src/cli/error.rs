//! Why a command does not come to its end, and with which exit code.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::git::error::GitError;
use crate::git::pre_commit::HookError;
use crate::model::status::Status;
use crate::workspace::change::error::{ChangeError, JournalError};
use crate::workspace::change::plan::PlanError;
use crate::workspace::change::tick::TickError;
use crate::workspace::fs::error::{FileError, why};
use crate::workspace::hint::Hint;
use crate::workspace::select::{SelectError, did_you_mean};

#[derive(Debug, Error)]
pub enum CliError {
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Hook(#[from] HookError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Select(#[from] SelectError),
    #[error(transparent)]
    Tick(#[from] TickError),
    #[error("cannot find the current directory: {}", why(.0))]
    CurrentFolder(io::Error),
    #[error("cannot find the path of this program: {}", why(.0))]
    CurrentProgram(io::Error),
    #[error("no SpecWeave project in {} or any parent directory", .0.display())]
    NoProject(PathBuf),
    /// `missing` is the first part of the path that is not there.
    #[error("no such file or directory: {name}")]
    NoSuchPath { name: String, nearest: Vec<String> },
    #[error("{0} is not in an increment")]
    NotInIncrement(String),
    #[error("{0} is not in a SpecWeave project")]
    NotInProject(String),
    #[error("{name} is outside the repository {}", top.display())]
    OutsideRepository { name: String, top: PathBuf },
    #[error("{} is not in any commit of this history", .0.display())]
    InNoCommit(PathBuf),
    #[error("cannot read the glob of --exclude: {0}")]
    BadGlob(String),
    #[error("there is no change{} to undo", .0.as_deref().map(|of| format!(" of `{of}`")).unwrap_or_default())]
    NothingToUndo(Option<String>),
    #[error("metrics are of the whole project, not of one increment")]
    OnlyOfProject,
    #[error("{} exists already", .0.display())]
    ConfigThere(PathBuf),
    #[error("{} is a symbolic link that leads out of the project", .0.display())]
    ConfigOutside(PathBuf),
    #[error("nothing was changed, since there is no terminal to ask for confirmation")]
    NothingAsked,
    #[error("agent-hook reads a coding agent's message from standard input")]
    NoAgent,
    #[error("--watch needs a terminal")]
    NoTerminal,
    #[error("cannot watch files: {}", why(.0))]
    NotWatched(io::Error),
    #[error("cannot draw on the terminal: {}", why(.0))]
    NotDrawn(io::Error),
    #[error("cannot ask for confirmation: {}", why(.0))]
    NotAsked(io::Error),
    #[error("cannot write the output: {}", why(.0))]
    Output(io::Error),
    #[error("cannot reach the client through {channel}: {}", why(error))]
    NoClient { channel: String, error: io::Error },
    /// The hook could not look at what is staged.
    #[error("{0}")]
    Unchecked(Box<CliError>),
}

impl CliError {
    /// 1 is for what was found; what went wrong is 2.
    pub fn exit_code(&self) -> u8 {
        2
    }
}

impl Hint for CliError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            CliError::Change(error) => return error.hint(),
            CliError::File(error) => return error.hint(),
            CliError::Git(error) => return error.hint(),
            CliError::Hook(error) => return error.hint(),
            CliError::Journal(error) => return error.hint(),
            CliError::Plan(error) => return error.hint(),
            CliError::Select(error) => return error.hint(),
            CliError::Tick(error) => return error.hint(),
            CliError::NoProject(_) => "change to a directory with a `.specweave` folder, or name one with --project",
            CliError::NoSuchPath { nearest, .. } => return did_you_mean(nearest),
            CliError::NotInIncrement(_) => "name an increment by its id, number or path",
            CliError::NotInProject(_) => "neither it nor any parent directory has a `.specweave` folder",
            CliError::ConfigThere(_) => "`specweave-lsp config` shows what counts; edit the file, or remove it first",
            CliError::ConfigOutside(_) => "settings are never read from outside the project",
            CliError::NothingAsked => "use --all or --yes, or name the increments",
            CliError::NoAgent => "`specweave-lsp agent-hook --help` has an example",
            CliError::CurrentProgram(_) if cfg!(target_os = "linux") && !Path::new("/proc/self").exists() => {
                "mount /proc first"
            }
            CliError::NoTerminal => "leave it out to print the table once",
            CliError::Demo(DemoError::Unexpected(_)) => "please report this",
            CliError::Unchecked(error) => {
                let first = error.hint().map(|hint| format!("{hint}; ")).unwrap_or_default();
                return Some(format!("{first}to commit without checking the statuses, run `git commit --no-verify`"));
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

#[derive(Debug, Error)]
pub enum DemoError {
    #[error("cannot create a temporary directory: {}", why(.0))]
    NoFolder(io::Error),
    #[error("cannot start the server: {}", why(.0))]
    NotStarted(io::Error),
    #[error("lost the connection to the server: {}", why(.0))]
    Lost(io::Error),
    #[error("the server did not send JSON: {0}")]
    NoJson(#[from] serde_json::Error),
    #[error("the server ended with {0}")]
    Ended(std::process::ExitStatus),
    /// The server did not do what the demonstration is about.
    #[error("the server {0}")]
    Unexpected(String),
}

/// Why a value on the command line is none; clap says which.
#[derive(Debug, Error)]
pub enum ArgumentError {
    #[error("not a status; did you mean `{nearest}`?")]
    Slip { nearest: Status },
    #[error("not a status; {}", Status::all_named())]
    Status,
    #[error("expected hint, information, warning or error")]
    Severity,
    #[error("`{0}` is not a day such as 2026-01-31, nor a time")]
    Date(String),
    #[error("expected CODE=SEVERITY")]
    NoOverride,
    #[error("no finding has the code `{0}`")]
    Code(String),
    #[error("`{0}` is not off, hint, information, warning or error")]
    Override(String),
}
