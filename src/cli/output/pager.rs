//! What is longer than the screen goes to the pager of whoever reads it; never what a program reads.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use unicode_width::UnicodeWidthStr as _;

/// Ends at once where all fits after all, leaves colours alone, and leaves on the screen what was read.
const LESS: &str = "FRX";

/// Shows the text in a pager. False where it is to be printed as it is: nobody reads it, it is short, or there is no pager.
pub fn show(text: &[u8]) -> io::Result<bool> {
    let Some(program) = program().filter(|_| io::stdout().is_terminal() && !fits(text)) else { return Ok(false) };
    // It ends the pager's reading, not this program before its pager.
    #[cfg(unix)]
    let (_signals, _interrupts) = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let signal = {
            let _inside = runtime.enter();
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?
        };
        (runtime, signal)
    };
    let mut command = command(&program);
    if env::var_os("LESS").is_none() {
        command.env("LESS", LESS);
    }
    let mut pager = match command.stdin(Stdio::piped()).spawn() {
        Ok(pager) => pager,
        Err(_) => return Ok(false),
    };
    if let Some(mut input) = pager.stdin.take() {
        // Whoever has seen enough ends it before all is written.
        let _ = input.write_all(text);
    }
    pager.wait()?;
    Ok(true)
}

/// `SPECWEAVE_PAGER`, else `PAGER`, else `less`; nothing and `cat` mean none.
fn program() -> Option<String> {
    let named = ["SPECWEAVE_PAGER", "PAGER"].into_iter().find_map(|name| env::var(name).ok());
    let program = named.unwrap_or_else(|| "less".to_owned());
    let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    (!is_dumb && !matches!(program.trim(), "" | "cat")).then_some(program)
}

/// As git does: a shell only where the text needs one, for its failure to start anything cannot be told from the pager's.
fn command(program: &str) -> Command {
    if cfg!(unix) && program.contains(|c: char| "|&;<>()$`\\\"'*?[#~=%".contains(c)) {
        let mut command = Command::new("sh");
        command.args(["-c", program]);
        return command;
    }
    let mut words = program.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Whether the screen holds all of it and the next prompt.
fn fits(text: &[u8]) -> bool {
    let (width, height) =
        crossterm::terminal::size().map_or((80, 24), |(w, h)| (usize::from(w).max(1), usize::from(h)));
    let plain = anstream::adapter::strip_str(&String::from_utf8_lossy(text)).to_string();
    let rows: usize = plain.lines().map(|line| line.width().div_ceil(width).max(1)).sum();
    rows < height
}
