//! `specweave-lsp undo`: takes back what this tool changed.

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::choose;
use crate::cli::common::{Common, Format};
use crate::cli::console::{self, CommandResult, Verdict, page, print, print_json};
use crate::cli::error::CliError;
use crate::cli::output::diff;
use crate::cli::projects;
use crate::cli::recover;
use crate::git::evidence::Witnesses;
use crate::git::repository::Repository;
use crate::model::increment_number;
use crate::model::rules::one_line;
use crate::model::sort;
use crate::model::status::Side;
use crate::workspace::change::apply::apply;
use crate::workspace::change::journal::{self, Cause, JournalEntry, Origin};
use crate::workspace::change::plan::Plan;
use crate::workspace::change::undo::{self, UndoError};
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::fs::paths::slashed;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp undo                    the last change, a `sync --all` as a whole; again brings it back
  specweave-lsp undo 47                 the last change of this increment
  specweave-lsp undo --list             what can be undone
  specweave-lsp undo --dry-run          the diff")]
pub struct UndoArgs {
    /// Only this increment (`0047-name`, `47`) [default: all that the last command changed]
    #[arg(value_name = "INCREMENT")]
    wanted: Option<String>,
    /// A change that is not the last one: its name in `--list`
    #[arg(long, value_name = "CHANGE", conflicts_with = "wanted")]
    change: Option<String>,
    /// List the changes, newest first, and whether they can be undone
    #[arg(long, conflicts_with_all = ["change", "dry_run", "yes"])]
    list: bool,
    /// How to list
    #[arg(long, value_enum, default_value = "table", requires = "list")]
    format: Format,
    /// Print what would change, as a diff that `patch -p1` applies in the project's folder, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask: where the bytes cannot be put back, set the statuses back
    #[arg(long, short)]
    yes: bool,
}

/// A change, in its project.
struct Noted<'s> {
    root: &'s PathBuf,
    settings: &'s Settings,
    entry: JournalEntry,
}

pub fn run(args: &UndoArgs, common: &Common) -> CommandResult {
    let selections = projects::all(common, &common.given()?)?;
    let base = projects::base(&selections);
    let mut noted: Vec<Noted> = Vec::new();
    for selection in &selections {
        if args.list || args.dry_run {
            recover::recover_if_possible(&selection.root, selection.settings());
        } else {
            recover::recover(&selection.root, selection.settings())?;
        }
        let (entries, bad) = journal::read(&selection.root)?;
        bad.iter().for_each(|line| console::warn(&line.to_string()));
        noted.extend(entries.into_iter().map(|entry| Noted {
            root: &selection.root,
            settings: selection.settings(),
            entry,
        }));
    }
    sort::by(&mut noted, |a, b| a.entry.time.cmp(&b.entry.time));
    let is_meant =
        |entry: &JournalEntry| args.wanted.as_deref().is_none_or(|wanted| is_named(wanted, &entry.increment));
    if args.list {
        noted.retain(|it| it.entry.is_done() && is_meant(&it.entry));
        return list(&noted, args.format);
    }
    let wanted = chosen(&noted, args, &is_meant);
    if wanted.is_empty() {
        return Err(CliError::NothingToUndo(args.change.clone().or(args.wanted.clone())));
    }
    undo(&wanted, args, &base)
}

/// By id or number; the increment may be gone.
pub fn is_named(wanted: &str, id: &str) -> bool {
    id == wanted || wanted.parse().is_ok_and(|number: u64| increment_number::of(id) == Some(number))
}

fn chosen<'n, 's>(
    noted: &'n [Noted<'s>],
    args: &UndoArgs,
    is_meant: &dyn Fn(&JournalEntry) -> bool,
) -> Vec<&'n Noted<'s>> {
    if let Some(change) = &args.change {
        return noted.iter().filter(|it| it.entry.is_done() && it.entry.id == *change).collect();
    }
    let entries: Vec<JournalEntry> = noted.iter().map(|it| it.entry.clone()).collect();
    let last = undo::last(&entries, args.wanted.as_ref().map(|_| is_meant));
    let is_last = |it: &&Noted<'_>| last.iter().any(|entry| **entry == it.entry);
    noted.iter().rev().filter(is_last).collect()
}

/// All of them, or none where one cannot be undone.
fn undo(wanted: &[&Noted<'_>], args: &UndoArgs, base: &Path) -> CommandResult {
    let (mut plans, mut back, mut verdict) = (Vec::new(), Vec::new(), Verdict::Fine);
    for it in wanted {
        match undo::plan(it.root, &it.entry, &Documents::default(), it.settings) {
            Ok(plan) => plans.push((it.root.clone(), plan)),
            Err(error @ UndoError::Already { .. }) => print(format!("{}\n", capital(&error.to_string())))?,
            Err(error @ UndoError::Overwritten { .. }) => {
                console::error(&error);
                say_who(it, &error);
                verdict = Verdict::Findings;
                match undo::statuses(it.root, &it.entry, &Documents::default(), it.settings) {
                    Ok(plan) => back.push((it.root.clone(), plan)),
                    Err(error) => console::error(&error),
                }
            }
            Err(error) => {
                console::error(&error);
                verdict = Verdict::Failed;
            }
        }
    }
    if verdict == Verdict::Failed {
        return Ok(verdict);
    }
    if args.dry_run {
        diff::show(base, plans.iter().chain(&back).map(|(_, plan)| plan))?;
        return Ok(verdict);
    }
    if verdict == Verdict::Findings {
        if back.is_empty() || !is_agreed(&plans, &back, args)? {
            print("Nothing was changed.\n")?;
            return Ok(verdict);
        }
        plans.append(&mut back);
    }
    carry_out(&plans, wanted)
}

fn is_agreed(plans: &[(PathBuf, Plan)], back: &[(PathBuf, Plan)], args: &UndoArgs) -> Result<bool, CliError> {
    if args.yes {
        return Ok(true);
    }
    if std::io::stdin().is_terminal() {
        let lines: Vec<String> = plans.iter().chain(back).map(|(_, plan)| diff::statuses(plan)).collect();
        return choose::confirm(&lines);
    }
    console::hint("`--yes` sets the statuses back, and leaves everything else as it is");
    Ok(false)
}

fn carry_out(plans: &[(PathBuf, Plan)], wanted: &[&Noted<'_>]) -> CommandResult {
    let cause = Cause::from(Origin::Undo);
    let (mut verdict, mut missing_in_journal) = (Verdict::Fine, None);
    for (root, plan) in plans {
        match apply(root, plan, cause.clone(), &console::notice) {
            Ok(outcome) => {
                missing_in_journal = outcome.missing_in_journal.or(missing_in_journal);
                print(format!("{} (undone)\n", diff::statuses(plan)))?;
            }
            Err(error) => {
                console::error(&error);
                verdict = Verdict::Failed;
            }
        }
    }
    missing_in_journal.iter().for_each(console::warning);
    let mut refreshed = HashSet::new();
    for it in wanted.iter().filter(|it| refreshed.insert(it.root)) {
        recover::refresh_caches(it.root, it.settings);
    }
    Ok(verdict)
}

/// Who changed what since, as far as git and the journal tell.
fn say_who(it: &Noted<'_>, error: &UndoError) {
    let UndoError::Overwritten { folder, files, .. } = error else { return };
    let repository = Repository::around(it.root).ok();
    let journal = journal::read(it.root).map(|(entries, _)| entries).unwrap_or_default();
    let witnesses = Witnesses { repository: repository.as_ref(), journal: &journal };
    let (increment, _) = check::load(folder, &Documents::default(), it.settings, Depth::Work);
    for side in Side::BOTH.into_iter().filter(|side| files.contains(&(*side).into())) {
        let status = increment.file(side).parsed.status_text().map_or("no status".to_owned(), one_line);
        let since = witnesses.since(folder, &increment, side).map(|since| format!(" {since}")).unwrap_or_default();
        console::note(&format!("{} says {status}{since}", side.file_name()));
    }
}

fn list(noted: &[Noted<'_>], format: Format) -> CommandResult {
    let rows: Vec<(&Noted<'_>, String)> = noted.iter().rev().map(|it| (it, state(it, noted))).collect();
    if format == Format::Json {
        let row = |(it, state): &(&Noted<'_>, String)| {
            let JournalEntry { id, run, time, increment, from, to, way, undoes, .. } = &it.entry;
            json!({"change": id, "run": run, "time": time, "increment": increment, "root": slashed(it.root),
                   "from": from, "to": to, "way": way, "undoes": undoes, "state": state})
        };
        print_json(&json!({"version": 1, "changes": rows.iter().map(row).collect::<Vec<_>>()}))?;
        return Ok(Verdict::Fine);
    }
    if rows.is_empty() {
        print("No changes were made with this tool.\n")?;
        return Ok(Verdict::Fine);
    }
    let mut table = console::table();
    table.set_header(["CHANGE", "TIME", "INCREMENT", "SPEC.MD", "METADATA.JSON", "TO", "BY", "UNDO"]);
    for (it, state) in &rows {
        let shown = |status: &Option<String>| status.as_deref().map_or("-".to_owned(), one_line);
        table.add_row([
            if it.entry.id.is_empty() { "-".to_owned() } else { it.entry.id.clone() },
            it.entry.time.clone(),
            it.entry.increment.clone(),
            shown(&it.entry.from.spec),
            shown(&it.entry.from.metadata),
            one_line(&it.entry.to),
            it.entry.way.clone(),
            state.clone(),
        ]);
    }
    table.leave_out(&[3, 4, 6]);
    page(console::lines(&table))?;
    Ok(Verdict::Fine)
}

/// Whether a change can be undone, in a few words.
fn state(it: &Noted<'_>, noted: &[Noted<'_>]) -> String {
    let by = noted.iter().rev().find(|other| other.entry.undoes.as_deref().is_some_and(|id| id == it.entry.id));
    match undo::plan(it.root, &it.entry, &Documents::default(), it.settings) {
        Ok(_) => "possible".to_owned(),
        Err(UndoError::Already { .. }) => match by {
            Some(by) => format!("undone by {}", by.entry.id),
            None => "nothing to undo".to_owned(),
        },
        Err(UndoError::Overwritten { .. }) => "changed since".to_owned(),
        Err(UndoError::NotThere { .. }) => "not there any more".to_owned(),
        Err(_) => "impossible".to_owned(),
    }
}

fn capital(text: &str) -> String {
    crate::workspace::hint::sentence(text)
}
