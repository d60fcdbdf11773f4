//! `specweave-lsp status`: the open increments and how far they are.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::common::{Common, Format};
use crate::cli::console::{self, CommandResult, Verdict, page, print, print_json};
use crate::cli::output::colours::{Palette, palette};
use crate::cli::output::one;
use crate::cli::output::paths::from_here;
use crate::cli::output::table::Cell;
use crate::cli::output::words::count;
use crate::cli::watch_screen::{RowList, WatchView};
use crate::cli::{projects, recover, watch};
use crate::model::rules::one_line;
use crate::model::sort;
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
    /// Keep running and redraw when files change; arrow keys and Enter look into an increment, `q` quits
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
        let view = Watched { roots: &roots, given: &given, all: args.all };
        return watch::run(&roots, &given, &view);
    }
    projects::warn_of_mistakes(&selections);
    let mut lines = read(&roots, &given, args.all);
    if args.format == Format::Json {
        sort::by(&mut lines, |a, b| (&a.root, a.id()).cmp(&(&b.root, b.id())));
        let increments: Vec<_> = lines.iter().map(Summary::to_json).collect();
        print_json(&json!({"version": 1, "increments": increments}))?;
    } else {
        page(table(&lines, args.all).text())?;
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
    sort::by(&mut lines, |a, b| b.desynced.cmp(&a.desynced).then_with(|| (&a.root, a.id()).cmp(&(&b.root, b.id()))));
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

/// The increments as a table, and below it what is to be done.
fn table(lines: &[Summary], all: bool) -> RowList {
    if lines.is_empty() {
        let text = if all { "No increments." } else { "No open increments." };
        return RowList { head: text.to_owned(), ..RowList::default() };
    }
    let mut table = console::table();
    table.set_header(["", "INCREMENT", "STATUS", "", "TASKS", "CRITERIA", "TITLE"]);
    table.leave_out(&[6, 3, 5]);
    // The same id may be there in several projects.
    let several = lines.windows(2).any(|pair| pair[0].root != pair[1].root);
    let Palette { error, good, .. } = *palette();
    for line in lines {
        let id = if several { format!("{}/{}", from_here(&line.root), line.id()) } else { line.id().into_owned() };
        let (spec, metadata) = (shown(&line.spec_status), shown(&line.metadata_status));
        let (mark, status) = if line.unreadable {
            (Cell::from("⊗").style(error), Cell::from("cannot be read").style(error))
        } else if line.desynced {
            (Cell::from("⊗").style(error), Cell::from(format!("{spec} ≠ {metadata}")).style(error))
        } else {
            (Cell::from(""), Cell::from(shown(&line.status)))
        };
        let tasks = line.progress().tasks;
        // A bar without tasks would read as if nothing were done.
        let bar = Cell::from(if tasks.total == 0 { String::new() } else { summary::bar(tasks, 8) });
        table.add_row([
            mark,
            Cell::from(id).link(line.folder.join(line.status_file())),
            status,
            if tasks.total > 0 && tasks.open() == 0 { bar.style(good) } else { bar },
            Cell::from(fraction(tasks)),
            Cell::from(fraction(line.progress().criteria)),
            Cell::from(one_line(line.title.as_deref().unwrap_or_default())),
        ]);
    }
    let mut shown = table.lines().into_iter();
    let head = shown.next().unwrap_or_default();
    let rows = lines.iter().map(|line| line.folder.to_path_buf()).zip(shown).collect();
    let mut foot = Vec::new();
    let desyncs = lines.iter().filter(|line| line.desynced).count();
    if desyncs > 0 {
        let what = count(desyncs, "increment");
        foot.push(format!("{what} out of sync (spec.md ≠ metadata.json); fix with `specweave-lsp sync`."));
    }
    let unreadable = lines.iter().filter(|line| line.unreadable).count();
    if unreadable > 0 {
        foot.push(format!("{} cannot be read; `specweave-lsp check` says why.", count(unreadable, "increment")));
    }
    RowList { head, rows, foot }
}

/// What `--watch` shows.
struct Watched<'a> {
    roots: &'a [PathBuf],
    /// The settings may change too.
    given: &'a Given,
    all: bool,
}

impl WatchView for Watched<'_> {
    fn list(&self) -> RowList {
        table(&read(self.roots, self.given, self.all), self.all)
    }

    fn one(&self, folder: &Path) -> String {
        let root = discover::increment_of(folder).map(|(root, _)| root).unwrap_or_default();
        one::text(folder, &self.given.in_project(&root).settings)
    }
}

fn shown(status: &Option<Word>) -> String {
    status.as_deref().map_or("-".to_owned(), one_line)
}

fn fraction(count: Count) -> String {
    if count.total == 0 { "-".to_owned() } else { format!("{}/{}", count.done, count.total) }
}
