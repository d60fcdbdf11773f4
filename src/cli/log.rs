//! `specweave-lsp log`: what happened to the increments, in one order.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::common::{Common, Format};
use crate::cli::console::{self, CommandResult, Verdict, page, print, print_json};
use crate::cli::output::table::Cell;
use crate::cli::output::words::brief_day;
use crate::cli::timeline::{Timeline, TimelineEvent};
use crate::cli::undo::is_named;
use crate::cli::{follow, projects, recover};
use crate::model::sort;
use crate::workspace::change::journal::{self, JournalEntry};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp log                    what this tool changed, what was committed, what the ledgers say; oldest first
  specweave-lsp log 47 --format json   what happened to one increment, for programs
  specweave-lsp log --own              only what this tool changed
  specweave-lsp log --follow           and what comes")]
pub struct LogArgs {
    /// Only this increment (`0047-name`, `47`)
    #[arg(value_name = "INCREMENT")]
    wanted: Option<String>,
    /// Only the changes made with this tool
    #[arg(long)]
    own: bool,
    /// Stay, and print what is new
    #[arg(long, short)]
    follow: bool,
    /// How to report
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub fn run(args: &LogArgs, common: &Common) -> CommandResult {
    let selections = projects::all(common, &common.given()?)?;
    selections.iter().for_each(|it| recover::recover_if_possible(&it.root, it.settings()));
    let roots: Vec<PathBuf> = selections.iter().map(|it| it.root.clone()).collect();
    let read = || {
        let mut timeline = Timeline::default();
        for selection in &selections {
            let root = &selection.root;
            if args.own {
                timeline.read_own(root, args.wanted.as_deref());
            } else {
                timeline.read(root, args.wanted.as_deref(), selection.settings());
            }
        }
        timeline.sort();
        timeline
    };
    let timeline = read();
    timeline.troubles.iter().for_each(|trouble| console::warn(trouble));
    let events = timeline.events;
    let is_json = args.format == Format::Json;
    if args.follow {
        let line = |event: &TimelineEvent| if is_json { event.json().to_string() } else { line(event) };
        return follow::run(&roots, Vec::new(), &read, &line);
    }
    if is_json {
        let changes = own(&roots, args.wanted.as_deref());
        let events: Vec<_> = events.iter().map(TimelineEvent::json).collect();
        print_json(&json!({"version": 1, "changes": changes, "events": events}))?;
    } else if events.is_empty() {
        print(if args.own { "No changes were made with this tool.\n" } else { "Nothing has happened yet.\n" })?;
    } else {
        page(table(&events))?;
    }
    Ok(if timeline.incomplete { Verdict::Failed } else { Verdict::Fine })
}

/// The journal's lines; the bytes that they keep are for `undo`.
fn own(roots: &[PathBuf], wanted: Option<&str>) -> Vec<JournalEntry> {
    let entries = roots.iter().filter_map(|root| journal::read(root).ok()).flat_map(|(entries, _)| entries);
    let mut entries: Vec<JournalEntry> = entries
        .filter(|entry| wanted.is_none_or(|wanted| is_named(wanted, &entry.increment)))
        .map(|entry| JournalEntry { files: Vec::new(), ..entry })
        .collect();
    sort::by(&mut entries, |a, b| a.time.cmp(&b.time));
    entries
}

fn row(event: &TimelineEvent) -> [String; 5] {
    let failed = event.result.as_deref().filter(|result| *result != journal::DONE);
    let what = match failed {
        Some(why) => format!("{}: failed: {why}", event.what),
        None => event.what.clone(),
    };
    [shown(event), event.written.as_str().to_owned(), event.about(), event.by.clone(), what]
}

/// `2025-11-20 09:41`, in UTC: the three tell time differently.
fn shown(event: &TimelineEvent) -> String {
    event.when.map_or_else(|| event.time.clone(), |when| when.strftime("%Y-%m-%d %H:%M").to_string())
}

fn line(event: &TimelineEvent) -> String {
    row(event).join("  ")
}

fn table(events: &[TimelineEvent]) -> String {
    let mut table = console::table();
    table.set_header(["TIME (UTC)", "FROM", "INCREMENT", "BY", "WHAT"]);
    let now = Timestamp::now();
    events.iter().for_each(|event| {
        let [time, from, about, by, what] = row(event).map(Cell::from);
        let [time, about] = [time.brief(brief_day(&event.time, now)), about.brief(event.about_in_brief())];
        table.add_row([time, from, about, by, what]);
    });
    table.make_brief(&[0, 2]);
    // What happened tells mostly where it is written down, and often by whom.
    table.leave_out(&[1, 3]);
    table.keep_of_last(40);
    console::lines(&table)
}
