//! The command line: one file a command. JSON and reports go to stdout, everything else to stderr.

pub mod agent_hook;
pub mod agent_instructions;
pub mod change;
pub mod check;
pub mod choose;
pub mod completions;
pub mod demo;
pub mod history;
pub mod hook;
pub mod log;
pub mod lsp;
pub mod output;
pub mod progress;
pub mod projects;
pub mod staged;
pub mod status;
pub mod sync;
pub mod watch;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets};

use crate::model::rules::{Code, Severity};
use crate::workspace::config::Settings;
use crate::workspace::exclude::Excludes;

/// Keeps the two statuses of a SpecWeave increment in agreement: the one in spec.md and the one in metadata.json.
#[derive(Debug, Parser)]
#[command(name = "specweave-lsp", version, about, max_term_width = 100)]
#[command(after_help = "Examples:
  specweave-lsp check                     all findings of the project you are in
  specweave-lsp sync --all --dry-run      what fixing every desync would change
  specweave-lsp close 47                  completed, in both files
  specweave-lsp status                    the open increments
  specweave-lsp history 47                when its statuses parted, and by whom
  specweave-lsp hook install              no commit brings in a desync from now on
  specweave-lsp demo                      see what it is for, in ten seconds

Exit codes: 0 nothing to report, 1 findings or a gate, 2 wrong use, an unreadable project or a failed write.")]
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
    /// Speak the Language Server Protocol (what editors start; also without `lsp`)
    Lsp(lsp::LspArgs),
    /// Report all findings: desyncs, unreadable files, unknown statuses …
    Check(check::CheckArgs),
    /// Fix desyncs: set one file's status to the other's, and change nothing else
    Sync(sync::SyncArgs),
    /// Close increments: both files, all or nothing, once their tasks and criteria are done
    Close(change::CloseArgs),
    /// Take an increment to another status: both files, all or nothing
    Set(change::SetArgs),
    /// Show the changes that were made with this tool
    Log(log::LogArgs),
    /// Show the open increments and how far they are
    Status(status::StatusArgs),
    /// Show when the two statuses of an increment parted, in which commit, and for how long
    History(history::HistoryArgs),
    /// git's pre-commit hook: no commit brings in a desync
    Hook(hook::HookArgs),
    /// Tell a coding agent what its edits did to the statuses (what the hook of an agent runs)
    AgentHook(agent_hook::AgentHookArgs),
    /// Print ten lines for AGENTS.md or CLAUDE.md
    #[command(after_help = agent_instructions::EXAMPLES)]
    AgentInstructions,
    /// Print what your shell needs to complete these commands
    Completions(completions::CompletionsArgs),
    /// Play the incident of increment 0047 in a temporary project, through a real LSP session
    Demo(demo::DemoArgs),
}

#[derive(Debug, Args)]
pub struct Common {
    /// The project's folder, or one inside it [default: found upward from the current folder]
    #[arg(long, global = true, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Also look into `_archive`, `_abandoned` and other buckets
    #[arg(long, global = true)]
    include_archived: bool,
    /// Leave out increments or nested projects that match this glob, as in a .gitignore (repeatable)
    #[arg(long, global = true, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Files larger than this are reported, not read
    #[arg(long, global = true, value_name = "KIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..))]
    max_file_size_kib: u64,
    /// Give a finding another severity: `unknown-status=error`, `id-mismatch=off` (repeatable)
    #[arg(long, global = true, value_name = "CODE=SEVERITY", value_parser = severity_override)]
    severity: Vec<(Code, Option<Severity>)>,
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

fn severity_override(text: &str) -> Result<(Code, Option<Severity>), String> {
    let (code, severity) = text.split_once('=').ok_or("write CODE=SEVERITY")?;
    let code = Code::parse(code).ok_or_else(|| format!("there is no finding `{code}`"))?;
    match severity {
        "off" => Ok((code, None)),
        _ => match Severity::parse(severity) {
            Some(severity) => Ok((code, Some(severity))),
            None => Err(format!("`{severity}` is not off, hint, information, warning or error")),
        },
    }
}

/// How what is a table for people is told to programs.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

/// What a command came to. An error is a sentence, and what to do.
pub type Outcome = Result<Verdict, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    Findings,
    /// Something was wrong and has been said already.
    Failed,
}

impl Common {
    fn settings(&self) -> Result<Settings, String> {
        let (exclude, bad) = Excludes::new(&self.exclude);
        if let Some(bad) = bad.first() {
            return Err(format!("--exclude cannot be read: {bad}."));
        }
        Ok(Settings {
            include_archived: self.include_archived,
            exclude,
            max_file_size: self.max_file_size_kib.saturating_mul(1024),
            severity: self.severity.iter().copied().collect(),
            ..Settings::default()
        })
    }
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
        Some(Command::Log(args)) => log::run(&args, &cli.common),
        Some(Command::Status(args)) => status::run(&args, &cli.common),
        Some(Command::History(args)) => history::run(&args, &cli.common),
        Some(Command::Hook(args)) => hook::run(&args, &cli.common),
        Some(Command::AgentHook(args)) => agent_hook::run(&args, &cli.common),
        Some(Command::AgentInstructions) => agent_instructions::run(),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Demo(args)) => demo::run(&args),
        // An editor starts the bare name with a pipe; a person at a terminal wants to know what this is.
        None if cli.channel.is_given() || !std::io::stdin().is_terminal() => lsp::run(&cli.channel),
        None => Cli::command().print_help().map(|()| Verdict::Fine).map_err(|error| error.to_string()),
    };
    match outcome {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Findings) => ExitCode::from(1),
        Ok(Verdict::Failed) => ExitCode::from(2),
        Err(message) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}

/// What nobody waits for an answer about must not be lost either.
fn warnings_to_stderr() {
    // With stderr gone the subscriber's own complaint would be a panic.
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr);
    log.without_time().with_target(false).with_ansi(false).log_internal_errors(false).init();
}

/// One sentence on stderr.
pub fn complain(message: &str) {
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "specweave-lsp: {message}");
}

/// Writes a report to stdout. A reader that has seen enough (`| head`) is no error.
pub fn print(text: impl AsRef<[u8]>) -> Result<(), String> {
    write_to(anstream::stdout().lock(), text.as_ref())
}

fn write_to(mut out: impl Write, text: &[u8]) -> Result<(), String> {
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("The output cannot be written: {error}."))
        }
        _ => Ok(()),
    }
}

/// A table without lines, as wide as the terminal; a terminal that does not know its width counts as none.
pub fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if table.width().is_some_and(|width| width > 0) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

pub fn print_json(value: &impl serde::Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    // JSON has no colours that could have to be taken out.
    write_to(std::io::stdout().lock(), format!("{text}\n").as_bytes())
}
