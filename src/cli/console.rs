//! What goes to the terminal: reports to stdout, errors, hints and notes to stderr.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use crate::cli::error::CliError;
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

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const NOTE: Style = Style::new().bold();

/// `error: …`, and `hint: …` where the error knows what to do next.
pub fn error(error: &impl Hint) {
    labelled("error", ERROR, &error.to_string());
    error.hint().iter().for_each(|text| hint(text));
}

pub fn error_text(text: &str) {
    labelled("error", ERROR, text);
}

/// An error that stops nothing.
pub fn warning(error: &impl Hint) {
    warn(&error.to_string());
    error.hint().iter().for_each(|text| hint(text));
}

pub fn warn(text: &str) {
    labelled("warning", WARNING, text);
}

pub fn hint(text: &str) {
    labelled("hint", HINT, text);
}

pub fn note(text: &str) {
    labelled("note", NOTE, text);
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

/// A table without lines, as wide as the terminal; a terminal that does not know its width counts as none.
pub fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if table.width().is_some_and(|width| width > 0) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

/// Ids are never broken into two lines: one could not copy them.
pub fn keep_whole(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// The table's lines without the blanks at their ends.
pub fn lines(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
