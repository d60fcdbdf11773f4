//! `specweave-lsp status`: the open increments and how far they are.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::projects;
use super::{Common, Outcome, Verdict, print, print_json, sync};
use crate::model::findings::one_line;
use crate::model::progress::Count;
use crate::workspace::overlay::Overlay;
use crate::workspace::status::{self, Line};

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// One line, for a prompt, tmux or an agent's status line
    #[arg(long, conflicts_with = "format")]
    line: bool,
    /// Also the increments that are not open
    #[arg(long)]
    all: bool,
    /// How to report
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// How many increments `--line` names
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    max_increments: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Format {
    Table,
    Json,
}

pub fn run(args: &StatusArgs, common: &Common) -> Outcome {
    let settings = common.settings()?;
    let selections = projects::all(common, &settings)?;
    let incomplete = selections.iter().any(|selection| selection.incomplete);
    let scope = projects::scope(&settings);
    for selection in &selections {
        sync::recover_if_possible(&selection.root, &settings);
    }
    let mut lines: Vec<Line> = selections
        .iter()
        .flat_map(|selection| status::read_project(&selection.root, &scope, &Overlay::default(), &settings, args.all))
        .filter(|line| args.all || line.is_open() || line.desynced)
        .collect();
    if args.line {
        print(format!("{}\n", status::text(&lines, usize::from(args.max_increments))))?;
    } else if args.format == Format::Json {
        let increments: Vec<_> = lines.iter().map(Line::to_json).collect();
        print_json(&json!({"version": 1, "increments": increments}))?;
    } else {
        lines.sort_by(|a, b| b.desynced.cmp(&a.desynced).then_with(|| (&a.root, &a.id).cmp(&(&b.root, &b.id))));
        print(table(&lines, args.all))?;
    }
    Ok(if incomplete { Verdict::Failed } else { Verdict::Fine })
}

fn table(lines: &[Line], all: bool) -> String {
    if lines.is_empty() {
        return if all { "There are no increments.\n" } else { "No increment is open.\n" }.to_owned();
    }
    let mut table = super::plain_table();
    table.set_header(["", "INCREMENT", "STATUS", "TASKS", "", "ACS", "TITLE"]);
    for line in lines {
        let (spec, metadata) = (shown(&line.spec_status), shown(&line.metadata_status));
        let status = if line.desynced { format!("{spec} ≠ {metadata} (metadata.json)") } else { spec };
        table.add_row([
            if line.desynced { "⚠".to_owned() } else { String::new() },
            line.id.clone(),
            status,
            status::bar(line.progress.tasks, 8),
            fraction(line.progress.tasks),
            fraction(line.progress.criteria),
            one_line(line.title.as_deref().unwrap_or_default()),
        ]);
    }
    let desyncs = lines.iter().filter(|line| line.desynced).count();
    let mut text: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    if desyncs > 0 {
        text.push_str(&format!(
            "\n{} out of step; put right with `specweave-lsp sync`.\n",
            super::human::count(desyncs, "increment")
        ));
    }
    text
}

fn shown(status: &Option<String>) -> String {
    status.as_deref().map_or("-".to_owned(), one_line)
}

fn fraction(count: Count) -> String {
    if count.total == 0 { "-".to_owned() } else { format!("{}/{}", count.done, count.total) }
}
