//! `specweave-lsp history`: when the two statuses of an increment diverged, in which commit, and for how long; without an
//! increment, those of the whole project.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::common::Common;
use crate::cli::console::{self, CommandResult, Verdict, page, print_json};
use crate::cli::error::CliError;
use crate::cli::output::colours::palette;
use crate::cli::output::table::Cell;
use crate::cli::output::words::{brief_day, day, how_long, short};
use crate::cli::project_history;
use crate::cli::project_story::{self, HistoryFormat, Period};
use crate::cli::projects::{self, Reach};
use crate::git::history::{self, Desync, History, StatusChange};
use crate::git::names::Removed;
use crate::git::repository::Repository;
use crate::model::increment::Increment;
use crate::model::parse::StatusField;
use crate::model::rules::one_line;
use crate::model::status::Side;
use crate::workspace::check::{self, Depth};
use crate::workspace::config::layer::Layer;
use crate::workspace::config::project::Given;
use crate::workspace::documents::Documents;
use crate::workspace::fs::paths::slashed;
use crate::workspace::{discover, project, select};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp history                         every desync the project has had, and a summary
  specweave-lsp history --since 2026-01-01      those of this year
  specweave-lsp history --format openmetrics    for Prometheus
  specweave-lsp history 47                      who made them diverge, when, and who fixed it
  specweave-lsp history 47 --format json        the same for programs, with every commit that changed it")]
pub struct HistoryArgs {
    /// An increment (`0047-name`, `47`) or a path; also an archived or a removed one [default: the whole project]
    #[arg(value_name = "INCREMENT")]
    wanted: Option<String>,
    /// Only desyncs that were there on or after this day
    #[arg(long, value_name = "DATE", value_parser = project_story::parse_since, conflicts_with = "wanted")]
    since: Option<Timestamp>,
    /// Only desyncs that were there on or before this day
    #[arg(long, value_name = "DATE", value_parser = project_story::parse_until, conflicts_with = "wanted")]
    until: Option<Timestamp>,
    /// How to report
    #[arg(long, value_enum, default_value = "table")]
    format: HistoryFormat,
}

pub fn run(args: &HistoryArgs, common: &Common) -> CommandResult {
    match &args.wanted {
        Some(wanted) => one(wanted, args.format, common),
        None => project_history::run(&Period { since: args.since, until: args.until }, args.format, common),
    }
}

fn one(wanted: &str, format: HistoryFormat, common: &Common) -> CommandResult {
    let given = Given::new(Layer { include_archived: Some(true), ..common.layer()? });
    let (root, folder, repository) = find(wanted, common, &given)?;
    let settings = given.in_project(&root).settings;
    let from_top = folder.strip_prefix(&repository.top).unwrap_or(&folder);
    let history = history::read(&repository, from_top, settings.max_file_size)?;
    let (now, _) = check::load(&folder, &Documents::default(), &settings, Depth::Statuses);
    if history.changes.is_empty() && now.is_nothing() {
        return Err(CliError::InNoCommit(folder));
    }
    let story = Story { root: &root, id: project::id_of(&folder), history: &history, now: &now };
    match format {
        HistoryFormat::Json => print_json(&story.json())?,
        HistoryFormat::Table => page(story.text())?,
        HistoryFormat::Openmetrics => return Err(CliError::OnlyOfProject),
    }
    let unknown = history.desyncs.iter().any(|desync| history.changes[desync.start].is_cut);
    if let Some(cut) = history.changes.iter().find(|change| change.is_cut) {
        console::warn(&format!(
            "this clone is shallow: nothing is known before {}{}",
            short(&cut.commit),
            if unknown { ", nor where the statuses diverged" } else { "" },
        ));
        console::hint("`git fetch --unshallow` gets the rest");
    }
    Ok(if unknown { Verdict::Failed } else { Verdict::Fine })
}

/// The increment's project and folder. One that is gone is looked for in what was removed.
fn find(wanted: &str, common: &Common, given: &Given) -> Result<(PathBuf, PathBuf, Repository), CliError> {
    let named = projects::only(&[wanted.to_owned()], Reach::Increments, common, given);
    let there = match &named {
        Ok(selections) => selections.iter().find_map(|it| Some((it.root.clone(), it.folders.first()?.to_path_buf()))),
        // Several are there: that one of them was somewhere else once does not make it the one that is meant.
        Err(CliError::Select(error)) if error.is_ambiguous() => return Err(error.clone().into()),
        Err(_) => None,
    };
    if let Some((root, folder)) = there {
        let repository = Repository::around(&root)?;
        return Ok((root, folder, repository));
    }
    let mut removed: Vec<(String, (PathBuf, PathBuf, Repository))> = Vec::new();
    for selection in projects::all(common, given)? {
        let repository = Repository::around(&selection.root)?;
        let from_top = selection.root.strip_prefix(&repository.top).unwrap_or(Path::new("")).to_path_buf();
        for folder in Removed::begin(&repository, &discover::increments_folder(&from_top))?.folders()? {
            let id = project::id_of(folder);
            // Gone from several folders, it is followed from the last one.
            if !removed.iter().any(|(known, (root, ..))| *known == id && *root == selection.root) {
                removed.push((id, (selection.root.clone(), repository.whole(folder), repository.clone())));
            }
        }
    }
    let names: Vec<(String, usize)> = removed.iter().enumerate().map(|(at, (id, _))| (id.clone(), at)).collect();
    match (select::one(wanted, &names), named) {
        (Ok(at), _) => Ok(removed.swap_remove(at).1),
        (Err(error), _) if error.is_ambiguous() => Err(error.into()),
        (Err(_), Err(error)) => Err(error),
        (Err(error), Ok(_)) => Err(error.into()),
    }
}

struct Story<'a> {
    root: &'a Path,
    id: String,
    history: &'a History,
    /// As it lies on disk.
    now: &'a Increment,
}

impl Story<'_> {
    /// Something was changed and not committed yet.
    fn is_changed(&self) -> bool {
        let last = self.history.changes.last().map(|change| statuses(&change.increment));
        last.unwrap_or_default() != statuses(self.now)
    }

    fn text(&self) -> String {
        let changes = &self.history.changes;
        let mut table = console::table();
        let metadata = Cell::from("METADATA.JSON").brief("METADATA");
        let cells = ["", "DATE", "COMMIT", "AUTHOR", "SPEC.MD"].map(Cell::from).into_iter();
        table.set_header(cells.chain([metadata, "SUBJECT".into()]));
        let today = Timestamp::now();
        let mut before = None;
        for (at, change) in changes.iter().enumerate() {
            let statuses = statuses(&change.increment);
            let matters = self.history.desyncs.iter().any(|desync| desync.start == at || desync.end == Some(at));
            // Commits that leave both as they were tell nothing here.
            if before.replace(statuses.clone()) == Some(statuses.clone()) && !matters {
                continue;
            }
            let [spec, metadata] = statuses;
            table.add_row([
                mark(&change.increment),
                Cell::from(day(&change.date)).brief(brief_day(&change.date, today)),
                short(&change.commit).into(),
                one_line(&change.author).into(),
                spec.into(),
                metadata.into(),
                one_line(&change.subject).into(),
            ]);
        }
        if self.is_changed() {
            let [spec, metadata] = statuses(self.now);
            let cells = ["now", "-", "-", &spec, &metadata, "(not committed)"].map(Cell::from);
            table.add_row(std::iter::once(mark(self.now)).chain(cells));
        }
        table.make_brief(&[1, 5, 0]);
        table.leave_out(&[3]);
        table.keep_of_last(30);
        let mut text = console::lines(&table);
        text.push('\n');
        for desync in &self.history.desyncs {
            let _ = writeln!(text, "{}", self.sentence(desync));
        }
        if self.history.desyncs.is_empty() {
            let _ = writeln!(text, "The statuses of {} agree in every commit.", self.id);
        }
        if self.is_changed() && self.now.is_desynced() && !self.is_open() {
            let _ = writeln!(text, "They disagree now, in the work tree (not committed).");
        }
        text
    }

    /// The last commit is desynced.
    fn is_open(&self) -> bool {
        self.history.desyncs.iter().any(|desync| desync.end.is_none())
    }

    fn sentence(&self, desync: &Desync) -> String {
        let by = |at: usize| {
            let change = &self.history.changes[at];
            format!("{} by {} on {}", short(&change.commit), one_line(&change.author), day(&change.date))
        };
        let start = &self.history.changes[desync.start];
        let diverged = if start.is_cut {
            format!("The statuses had already diverged in {}, where this clone begins", short(&start.commit))
        } else {
            format!("The statuses diverged in {}", by(desync.start))
        };
        let lasted = self.seconds(desync).map(how_long).unwrap_or_default();
        match desync.end {
            Some(end) => format!("{diverged}; back in sync after {lasted} in {}.", by(end)),
            None if self.now.is_desynced() => format!("{diverged}, and still disagree after {lasted}."),
            None => format!("{diverged}; back in sync, which is not committed yet."),
        }
    }

    fn seconds(&self, desync: &Desync) -> Option<i64> {
        let time = |at: usize| self.history.changes[at].date.parse::<Timestamp>().ok();
        let end = match desync.end {
            Some(end) => time(end)?,
            None => Timestamp::now(),
        };
        Some(end.as_second() - time(desync.start)?.as_second())
    }

    fn json(&self) -> Value {
        let status = |increment: &Increment, side| increment.file(side).parsed.status_text().map(str::to_owned);
        let state = |increment: &Increment| {
            json!({
                "specStatus": status(increment, Side::Spec), "metadataStatus": status(increment, Side::Metadata),
                "desync": increment.is_desynced(),
            })
        };
        let change = |change: &StatusChange| {
            let mut value = json!({
                "commit": change.commit, "author": change.author, "email": change.email, "date": change.date,
                "subject": change.subject, "folder": slashed(&change.folder), "cut": change.is_cut,
            });
            if let (Value::Object(value), Value::Object(state)) = (&mut value, state(&change.increment)) {
                value.extend(state);
            }
            value
        };
        let commits: Vec<Value> = self.history.changes.iter().map(change).collect();
        let at = |at: usize| commits[at].clone();
        let desyncs: Vec<Value> = self
            .history
            .desyncs
            .iter()
            .map(|it| json!({"start": at(it.start), "end": it.end.map(at), "seconds": self.seconds(it)}))
            .collect();
        json!({
            "version": 1, "increment": self.id, "root": slashed(self.root), "shallow": self.history.is_shallow,
            "desyncs": desyncs, "now": state(self.now), "commits": commits,
        })
    }
}

fn mark(increment: &Increment) -> Cell {
    Cell::from(if increment.is_desynced() { "desync" } else { "" })
        .brief(if increment.is_desynced() { "≠" } else { "" })
        .style(palette().error)
}

/// Both statuses as a table shows them.
fn statuses(increment: &Increment) -> [String; 2] {
    Side::BOTH.map(|side| {
        let file = increment.file(side);
        match &file.parsed.status {
            StatusField::Is(field) => field.value.as_text().map_or(format!("({})", field.value.kind()), one_line),
            StatusField::Unknown if file.is_text() => "(unreadable)".to_owned(),
            _ => "-".to_owned(),
        }
    })
}
