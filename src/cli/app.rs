//! The commands, their help, and which of them runs.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::cli::common::{Color, Common};
use crate::cli::console::{self, Verdict};
use crate::cli::deferred::Deferred;
use crate::cli::error::CliError;
use crate::cli::{
    agent_hook, agent_instructions, change, check, completions, config, demo, history, hook, log, lsp, status, sync,
    tick, undo,
};

/// Keeps the two statuses of a SpecWeave increment in sync: the one in spec.md and the one in metadata.json
#[derive(Debug, Parser)]
#[command(name = "specweave-lsp", version, about, max_term_width = 100)]
#[command(after_help = "Examples:
  specweave-lsp check                     all findings of the project you are in
  specweave-lsp sync --all --dry-run      what fixing every desync would change
  specweave-lsp close 47                  set it to completed, in both files
  specweave-lsp tick 47 T-003             mark a task as done
  specweave-lsp undo                      take the last change back
  specweave-lsp status                    the open increments
  specweave-lsp history                   every desync that there has been, and a summary
  specweave-lsp history 47                when its statuses diverged, and who did it
  specweave-lsp hook install              from now on no commit adds a desync
  specweave-lsp demo                      see what it is for, in ten seconds

Exit codes: 0 nothing found, 1 findings or a failed check, 2 wrong use, an unreadable project or a failed write.")]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    channel: lsp::ChannelArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the language server (what editors start; the default)
    Lsp(Deferred<lsp::LspArgs>),
    /// Report all findings: desyncs, unreadable files, unknown statuses, and others
    Check(Deferred<check::CheckArgs>),
    /// Fix desyncs: copy the status of one file to the other, and change nothing else
    Sync(Deferred<sync::SyncArgs>),
    /// Close increments whose tasks and acceptance criteria are done, in both files or in neither
    Close(Deferred<change::CloseArgs>),
    /// Change the status of an increment, in both files or in neither
    Set(Deferred<change::SetArgs>),
    /// Mark tasks and acceptance criteria as done, or as open again
    Tick(Deferred<tick::TickArgs>),
    /// Take back the last change made with this tool, in both files
    Undo(Deferred<undo::UndoArgs>),
    /// Show what happened: the changes made with this tool, the commits, the events of the ledgers
    Log(Deferred<log::LogArgs>),
    /// Show the open increments and their progress
    Status(Deferred<status::StatusArgs>),
    /// Show in which commits statuses diverged, who did it, and for how long: of an increment, or of the whole project
    History(Deferred<history::HistoryArgs>),
    /// Show the settings of the project and where each comes from, or write a first `.specweave/lsp.json`
    Config(config::ConfigArgs),
    /// Manage git's pre-commit hook, which refuses commits with a desync
    Hook(hook::HookArgs),
    /// Tell a coding agent what its edits did to the statuses (what the hook of an agent runs)
    AgentHook(Deferred<agent_hook::AgentHookArgs>),
    /// Print ten lines for AGENTS.md or CLAUDE.md
    #[command(after_help = agent_instructions::EXAMPLES)]
    AgentInstructions,
    /// Print a completion script for your shell
    Completions(Deferred<completions::CompletionsArgs>),
    /// Show what it is for: a desync and its fix in a temporary project, through a real LSP session
    Demo(Deferred<demo::DemoArgs>),
}

pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.common.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    // The server has its own log; an agent may take a hook's warning for its answer.
    if !matches!(cli.command, Some(Command::Lsp(_) | Command::AgentHook(_)) | None) {
        warnings_to_stderr();
    }
    let outcome = match cli.command {
        Some(Command::Lsp(args)) => lsp::run(&args.channel),
        Some(Command::Check(args)) => check::run(&args, &cli.common),
        Some(Command::Sync(args)) => sync::run(&args, &cli.common),
        Some(Command::Close(args)) => change::close(&args, &cli.common),
        Some(Command::Set(args)) => change::set(&args, &cli.common),
        Some(Command::Tick(args)) => tick::run(&args, &cli.common),
        Some(Command::Undo(args)) => undo::run(&args, &cli.common),
        Some(Command::Log(args)) => log::run(&args, &cli.common),
        Some(Command::Status(args)) => status::run(&args, &cli.common),
        Some(Command::History(args)) => history::run(&args, &cli.common),
        Some(Command::Config(args)) => config::run(&args, &cli.common),
        Some(Command::Hook(args)) => hook::run(&args, &cli.common),
        Some(Command::AgentHook(args)) => agent_hook::run(&args, &cli.common),
        Some(Command::AgentInstructions) => agent_instructions::run(),
        Some(Command::Completions(args)) => completions::run(&args, Cli::command()),
        Some(Command::Demo(args)) => demo::run(&args),
        // An editor starts the bare name with a pipe; a person at a terminal wants to know what this is.
        None if cli.channel.is_given() || !std::io::stdin().is_terminal() => lsp::run(&cli.channel),
        None => Cli::command().print_help().map(|()| Verdict::Fine).map_err(CliError::Output),
    };
    match outcome {
        Ok(verdict) => ExitCode::from(verdict.exit_code()),
        Err(error) => {
            console::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// What nobody waits for an answer about must not be lost either.
fn warnings_to_stderr() {
    // With stderr gone the subscriber's own complaint would be a panic.
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr);
    log.without_time().with_target(false).with_ansi(false).log_internal_errors(false).init();
}
