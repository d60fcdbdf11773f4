//! `specweave-lsp status`: the open increments and how far they are.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{Cell, Color};
use serde_json::json;

use crate::cli::common::{Common, Format};
use crate::cli::console::{self, CommandResult, Verdict, print, print_json};
use crate::cli::output::paths::from_here;
use crate::cli::output::words::count;
use crate::cli::{projects, recover, watch};
use crate::model::rules::one_line;
use crate::model::work::Count;
use crate::workspace::config::layer::Layer;
use crate::workspace::config::project::Given;
use crate::workspace::discover;
use crate::workspace::documents::Documents;
use crate::workspace::links;
use crate::workspace::summary::{self, Summary, Word};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp status               what is open, desyncs first
  specweave-lsp status --watch       the same, redrawn while you work
  specweave-lsp status --line        for a prompt:  PS1='$(specweave-lsp status --line 2>/dev/null) $ '
                                     for tmux:      set -g status-right '#(cd #{pane_current_path} && specweave-lsp status --line)'")]
pub struct StatusArgs {
    /// One line, for a prompt, tmux or an agent's status line
    #[arg(long, conflicts_with = "format")]
    line: bool,
    /// Keep running and redraw when files change; `q` quits
    #[arg(long, conflicts_with_all = ["format", "line"])]
    watch: bool,
    /// Also the increments that are not open
    #[arg(long)]
    all: bool,
    /// How to report
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// How many increments `--line` names [default: 2]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    max_increments: Option<u16>,
}

pub fn run(args: &StatusArgs, common: &Common) -> CommandResult {
    let layer = Layer { max_increments_in_line: args.max_increments.map(usize::from), ..common.layer()? };
    let given = Given::new(layer);
    if args.line {
        return line(common, &given);
    }
    let selections = projects::all(common, &given)?;
    for selection in &selections {
        recover::recover_if_possible(&selection.root, selection.settings());
    }
    let roots: Vec<PathBuf> = selections.iter().map(|selection| selection.root.clone()).collect();
    if args.watch {
        // The settings may change too.
        return watch::run(&roots, &given, || table(&read(&roots, &given, args.all), args.all));
    }
    projects::warn_of_mistakes(&selections);
    let mut lines = read(&roots, &given, args.all);
    if args.format == Format::Json {
        lines.sort_by(|a, b| (&a.root, a.id()).cmp(&(&b.root, b.id())));
        let increments: Vec<_> = lines.iter().map(Summary::to_json).collect();
        print_json(&json!({"version": 1, "increments": increments}))?;
    } else {
        print(table(&lines, args.all))?;
    }
    let incomplete = selections.iter().any(|selection| selection.incomplete);
    Ok(if incomplete { Verdict::Failed } else { Verdict::Fine })
}

/// Desyncs first.
fn read(roots: &[PathBuf], given: &Given, all: bool) -> Vec<Summary> {
    let of_project = |root: &PathBuf| {
        let settings = given.in_project(root).settings;
        summary::read_project(root, &settings.scope(), &Documents::default(), &settings, all)
    };
    let mut lines: Vec<Summary> = roots
        .iter()
        .flat_map(of_project)
        .filter(|line| all || line.is_open() || line.desynced || line.unreadable)
        .collect();
    lines.sort_by(|a, b| b.desynced.cmp(&a.desynced).then_with(|| (&a.root, a.id()).cmp(&(&b.root, b.id()))));
    lines
}

/// A prompt asks at every command: only the project one is in, nothing that is not shown, and nothing is written.
fn line(common: &Common, given: &Given) -> CommandResult {
    let root = match discover::project_above(&projects::start(common)?) {
        Some(found) => links::root_of(&found),
        // A prompt is shown everywhere; outside a project there is nothing to say, and nothing to search for.
        None => return Ok(Verdict::Fine),
    };
    let settings = given.in_project(&root).settings;
    let lines = summary::read_for_line(&root, &settings, settings.max_increments_in_line);
    print(format!("{}\n", summary::text(&lines, settings.max_increments_in_line)))?;
    Ok(Verdict::Fine)
}

fn table(lines: &[Summary], all: bool) -> String {
    if lines.is_empty() {
        return if all { "No increments.\n" } else { "No open increments.\n" }.to_owned();
    }
    let mut table = console::plain_table();
    table.set_header(["", "INCREMENT", "STATUS", "TASKS", "", "CRITERIA", "TITLE"]);
    // Whether colours are wanted is decided where the text is printed.
    table.enforce_styling();
    // The same id may be there in several projects.
    let several = lines.windows(2).any(|pair| pair[0].root != pair[1].root);
    for line in lines {
        let id = if several { format!("{}/{}", from_here(&line.root), line.id()) } else { line.id().into_owned() };
        let (spec, metadata) = (shown(&line.spec_status), shown(&line.metadata_status));
        let (mark, status) = if line.unreadable {
            (Cell::new("⚠").fg(Color::Red), Cell::new("cannot be read").fg(Color::Red))
        } else if line.desynced {
            (Cell::new("⚠").fg(Color::Red), Cell::new(format!("{spec} ≠ {metadata} (metadata.json)")).fg(Color::Red))
        } else {
            (Cell::new(""), Cell::new(spec))
        };
        let tasks = line.progress().tasks;
        // A bar without tasks would read as if nothing were done.
        let bar = Cell::new(if tasks.total == 0 { String::new() } else { summary::bar(tasks, 8) });
        table.add_row([
            mark,
            Cell::new(id),
            status,
            if tasks.total > 0 && tasks.open() == 0 { bar.fg(Color::Green) } else { bar },
            Cell::new(fraction(tasks)),
            Cell::new(fraction(line.progress().criteria)),
            Cell::new(one_line(line.title.as_deref().unwrap_or_default())),
        ]);
    }
    let desyncs = lines.iter().filter(|line| line.desynced).count();
    console::keep_whole(&mut table, 1);
    let mut text = console::lines(&table);
    if desyncs > 0 {
        text.push_str(&format!("\n{} out of sync; fix with `specweave-lsp sync`.\n", count(desyncs, "increment")));
    }
    let unreadable = lines.iter().filter(|line| line.unreadable).count();
    if unreadable > 0 {
        text.push_str(&format!(
            "\n{} cannot be read; `specweave-lsp check` says why.\n",
            count(unreadable, "increment")
        ));
    }
    text
}

fn shown(status: &Option<Word>) -> String {
    status.as_deref().map_or("-".to_owned(), one_line)
}

fn fraction(count: Count) -> String {
    if count.total == 0 { "-".to_owned() } else { format!("{}/{}", count.done, count.total) }
}
