//! What goes to the terminal: reports to stdout, errors, hints and notes to stderr.

use std::io::{IsTerminal as _, Write};

use anstyle::Style;

use crate::cli::error::CliError;
use crate::cli::output::colours::{STRONG, palette};
use crate::cli::output::pager;
use crate::cli::output::table::Table;
use crate::workspace::change::notice::ChangeNotice;
use crate::workspace::hint::Hint;

/// What a command came to.
pub type CommandResult = Result<Verdict, CliError>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    Findings,
    /// Something was wrong and has been said already.
    Failed,
}

impl Verdict {
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Fine => 0,
            Verdict::Findings => 1,
            Verdict::Failed => 2,
        }
    }

    pub fn worse(self, other: Verdict) -> Verdict {
        if self.exit_code() >= other.exit_code() { self } else { other }
    }
}

/// `error: …`, and `hint: …` where the error knows what to do next.
pub fn error(error: &impl Hint) {
    error_text(&error.to_string());
    error.hint().iter().for_each(|text| hint(text));
}

pub fn error_text(text: &str) {
    labelled("error", palette().error.bold(), text);
}

/// An error that stops nothing.
pub fn warning(error: &impl Hint) {
    warn(&error.to_string());
    error.hint().iter().for_each(|text| hint(text));
}

pub fn warn(text: &str) {
    labelled("warning", palette().warning.bold(), text);
}

pub fn hint(text: &str) {
    labelled("hint", palette().hint.bold(), text);
}

pub fn note(text: &str) {
    labelled("note", STRONG, text);
}

pub fn notice(notice: &ChangeNotice) {
    match notice {
        ChangeNotice::LeftBehind { .. } => warn(&notice.to_string()),
        _ => note(&notice.to_string()),
    }
}

fn labelled(label: &str, style: Style, text: &str) {
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#}: {}", text.trim_end_matches('.'));
}

/// Writes a report to stdout. A reader that has seen enough (`| head`) is no error.
pub fn print(text: impl AsRef<[u8]>) -> Result<(), CliError> {
    write_to(anstream::stdout().lock(), text.as_ref())
}

/// The same for what may be longer than a screen: a person reads it in their pager.
pub fn page(text: impl AsRef<[u8]>) -> Result<(), CliError> {
    let text = text.as_ref();
    let shown = if is_coloured() { text.to_vec() } else { plain(text) };
    if pager::show(&shown).map_err(CliError::Output)? { Ok(()) } else { print(text) }
}

/// What is no text of ours (a diff) goes out byte for byte; only a terminal is kept from what files could tell it.
pub fn page_raw(text: &[u8]) -> Result<(), CliError> {
    if std::io::stdout().is_terminal() || is_coloured() { page(text) } else { write_to(std::io::stdout().lock(), text) }
}

/// Whether colours on stdout are wanted.
pub fn is_coloured() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

fn plain(text: &[u8]) -> Vec<u8> {
    anstream::adapter::strip_bytes(text).into_vec()
}

pub fn print_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::Output(error.into()))?;
    // JSON has no colours that could have to be taken out.
    write_to(std::io::stdout().lock(), format!("{text}\n").as_bytes())
}

fn write_to(mut out: impl Write, text: &[u8]) -> Result<(), CliError> {
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(CliError::Output(error)),
        _ => Ok(()),
    }
}

/// How wide the terminal is; a terminal that does not know its width counts as none.
pub fn width() -> Option<usize> {
    let (width, _) = std::io::stdout().is_terminal().then(crossterm::terminal::size)?.ok()?;
    (width > 0).then_some(usize::from(width))
}

/// A table as wide as the terminal.
pub fn table() -> Table {
    Table::new(width())
}

pub fn lines(table: &Table) -> String {
    table.lines().iter().map(|line| format!("{line}\n")).collect()
}
