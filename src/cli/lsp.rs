//! `specweave-lsp [lsp]`: the language server.

use std::path::PathBuf;

use clap::Args;

use crate::cli::console::{CommandResult, Verdict};
use crate::cli::error::CliError;
use crate::server::lsp::transport::Channel;
use crate::server::run;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp lsp                         on standard input and output, as most editors start it
  specweave-lsp lsp --socket 9257           over TCP; the editor listens
  SPECWEAVE_LSP_LOG=debug specweave-lsp     with a log on stderr: error, warn, info, debug or trace")]
pub struct LspArgs {
    #[command(flatten)]
    pub channel: ChannelArgs,
}

/// The channels VS Code's client names, and the process it belongs to.
#[derive(Debug, Args)]
#[group(multiple = true)]
pub struct ChannelArgs {
    /// Use standard input and output (the default)
    #[arg(long)]
    stdio: bool,
    /// Connect to this TCP port on this machine
    #[arg(long, value_name = "PORT", conflicts_with = "stdio")]
    socket: Option<u16>,
    /// Connect to this Unix socket or named pipe
    #[arg(long, value_name = "PATH", conflicts_with_all = ["stdio", "socket"])]
    pipe: Option<PathBuf>,
    /// The editor's process; `initialize` names it too
    #[arg(long = "clientProcessId", value_name = "PID", hide = true)]
    client_process_id: Option<u32>,
}

impl ChannelArgs {
    pub fn is_given(&self) -> bool {
        self.stdio || self.socket.is_some() || self.pipe.is_some()
    }
}

/// What goes to the log on stderr: `error`, `warn` (the default), `info`, `debug` or `trace`.
const LOG_VARIABLE: &str = "SPECWEAVE_LSP_LOG";

pub fn run(channel: &ChannelArgs) -> CommandResult {
    let level = std::env::var(LOG_VARIABLE).ok().and_then(|level| level.parse().ok()).unwrap_or(tracing::Level::WARN);
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false);
    // With stderr gone the subscriber's own complaint would be a panic.
    log.log_internal_errors(false).init();
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    let channel = match (&channel.socket, &channel.pipe) {
        (Some(port), _) => Channel::Socket(*port),
        (_, Some(path)) => Channel::Pipe(path.clone()),
        _ => Channel::Stdio,
    };
    let shown = match &channel {
        Channel::Stdio => "standard input and output".to_owned(),
        Channel::Socket(port) => format!("TCP port {port}"),
        Channel::Pipe(path) => format!("the pipe {}", path.display()),
    };
    match run::serve(channel) {
        Ok(true) => Ok(Verdict::Fine),
        // The protocol wants it so: `exit` without `shutdown` is not a clean end.
        Ok(false) => Ok(Verdict::Findings),
        Err(error) => Err(CliError::NoClient { channel: shown, error }),
    }
}
