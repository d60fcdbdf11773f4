//! Asks which side of a desync is right, and shows what suggests either.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anstyle::Style;

use crate::cli::console;
use crate::cli::error::CliError;
use crate::cli::output::colours::{STRONG, palette};
use crate::cli::output::paths::from_here;
use crate::cli::output::words::count;
use crate::git::evidence::{self, Witnesses};
use crate::git::repository::Repository;
use crate::model::increment::Increment;
use crate::model::rules::one_line;
use crate::model::status::Side;
use crate::workspace::change::journal;
use crate::workspace::change::plan::{self, Plan, PlanError, PlanInput};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;

const FAINT: Style = Style::new().dimmed();

/// What was chosen.
#[derive(Debug)]
pub struct Chosen {
    pub plans: Vec<(PathBuf, Plan)>,
    /// So many desyncs stay as they are.
    pub left: usize,
}

/// An increment that has a side to choose.
pub struct DesyncQuestion {
    pub root: PathBuf,
    pub folder: PathBuf,
    /// Those of its project.
    pub settings: Arc<Settings>,
}

enum Choice {
    Take(Side),
    Leave,
    /// The suggested side, here and everywhere behind it.
    All,
    /// None from here on.
    Done,
    Quit,
}

/// Asks for each desync. None when the user does not want anything changed.
pub fn ask(questions: &[DesyncQuestion]) -> Result<Option<Chosen>, CliError> {
    let mut chosen = Chosen { plans: Vec::new(), left: 0 };
    let mut all = false;
    for (at, question) in questions.iter().enumerate() {
        let subject = PlanInput::read(&question.folder, &Documents::default(), &question.settings);
        let suggested = subject.preferred_side();
        let plan = |side| plan::sync(&subject, Some(side));
        let answer = if all {
            Choice::All
        } else {
            say(&described(question, &subject, suggested, (at + 1, questions.len())))?;
            answer(&plan)?
        };
        let side = match answer {
            Choice::Take(side) => Some(side),
            Choice::All => {
                all = true;
                None
            }
            Choice::Leave => {
                chosen.left += 1;
                continue;
            }
            Choice::Done => {
                chosen.left += questions.len() - at;
                break;
            }
            Choice::Quit => return Ok(None),
        };
        match plan::sync(&subject, side) {
            Ok(plan) => chosen.plans.push((question.root.clone(), plan)),
            Err(error) => {
                console::error(&error);
                chosen.left += 1;
            }
        }
    }
    Ok(Some(chosen))
}

fn answer(plan: &impl Fn(Side) -> Result<Plan, PlanError>) -> Result<Choice, CliError> {
    loop {
        say(
            "Keep the status of [m]etadata.json or [s]pec.md? [n]either, [a]ll remaining as suggested, [d]one, [q]uit without changes: ",
        )?;
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let read = read.map_err(CliError::NotAsked)?;
        let side = match line.trim().to_lowercase().as_str() {
            "m" | "metadata" => Side::Metadata,
            "s" | "spec" => Side::Spec,
            "n" | "no" | "neither" => return Ok(Choice::Leave),
            "a" | "all" => return Ok(Choice::All),
            "d" | "done" => return Ok(Choice::Done),
            "q" | "quit" => return Ok(Choice::Quit),
            // The end of the input: whoever was there is gone.
            _ if read == 0 => return Ok(Choice::Quit),
            _ => {
                say("Type m, s, n, a, d or q, then Enter.\n")?;
                continue;
            }
        };
        match plan(side) {
            Ok(_) => return Ok(Choice::Take(side)),
            Err(error) => console::error(&error),
        }
    }
}

/// Both values, and what speaks for them.
fn described(question: &DesyncQuestion, subject: &PlanInput, suggested: Side, (at, of): (usize, usize)) -> String {
    let increment = &subject.increment;
    let repository = Repository::around(&question.root).ok();
    let journal = journal::read(&question.root).map(|(entries, _)| entries).unwrap_or_default();
    let witnesses = Witnesses { repository: repository.as_ref(), journal: &journal };
    let values = Side::BOTH.map(|side| value(increment, side));
    let width = values.iter().map(|value| value.chars().count()).max().unwrap_or(0);
    let place = match from_here(&question.root).as_str() {
        "." => String::new(),
        root => format!("in {root} "),
    };
    let good = palette().good;
    let mut text = format!("\n{STRONG}{}{STRONG:#} {FAINT}{place}({at} of {of}){FAINT:#}\n", increment.id);
    for (side, value) in Side::BOTH.into_iter().zip(values) {
        let letter = if side == Side::Spec { "s" } else { "m" };
        let since = witnesses.since(&question.folder, increment, side);
        let since = since.map(|since| format!("  {since}")).unwrap_or_default();
        let mark = if side == suggested { format!("  {good}← suggested{good:#}") } else { String::new() };
        text += &format!("  [{letter}] {:<13}  {value:<width$}{FAINT}{since}{FAINT:#}{mark}\n", side.file_name());
    }
    text + &format!("      {}\n", evidence::work(subject.work.as_ref()))
}

fn value(increment: &Increment, side: Side) -> String {
    let field = increment.file(side).parsed.status_field();
    field.map_or("-".to_owned(), |field| match field.value.as_text() {
        Some(text) => one_line(text),
        None => format!("({})", field.value.kind()),
    })
}

fn say(text: &str) -> Result<(), CliError> {
    let mut err = anstream::stderr();
    err.write_all(text.as_bytes()).and_then(|()| err.flush()).map_err(CliError::NotAsked)
}

/// `Change 2 increments? [y/N]`, after what would change.
pub fn confirm(summaries: &[String]) -> Result<bool, CliError> {
    let list: String = summaries.iter().map(|summary| format!("{summary}\n")).collect();
    say(&format!("{list}Change {}? [y/N] ", count(summaries.len(), "increment")))?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(CliError::NotAsked)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
