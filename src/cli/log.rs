//! `specweave-lsp log`: the journal of changes this tool made.

use clap::Args;
use serde_json::json;

use crate::cli::common::{Common, Format};
use crate::cli::console::{self, CommandResult, Verdict, print, print_json};
use crate::cli::{projects, recover};
use crate::model::increment_number;
use crate::model::rules::one_line;
use crate::workspace::change::journal::{self, JournalEntry};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp log                    all changes, oldest first
  specweave-lsp log 47 --format json   those of one increment, for programs")]
pub struct LogArgs {
    /// Only this increment (`0047-name`, `47`)
    #[arg(value_name = "INCREMENT")]
    wanted: Option<String>,
    /// How to report
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub fn run(args: &LogArgs, common: &Common) -> CommandResult {
    let given = common.given()?;
    let mut entries: Vec<JournalEntry> = Vec::new();
    for selection in projects::all(common, &given)? {
        recover::recover_if_possible(&selection.root, selection.settings());
        let (read, bad) = journal::read(&selection.root)?;
        bad.iter().for_each(|line| console::warn(&line.to_string()));
        entries.extend(read);
    }
    if let Some(wanted) = &args.wanted {
        // An increment may be gone; its past is not.
        entries.retain(|entry| {
            entry.increment == *wanted
                || wanted.parse().is_ok_and(|number: u64| increment_number::of(&entry.increment) == Some(number))
        });
    }
    entries.sort_by(|a, b| a.time.cmp(&b.time));
    if args.format == Format::Json {
        print_json(&json!({"version": 1, "changes": entries}))?;
    } else if entries.is_empty() {
        print("No changes were made with this tool.\n")?;
    } else {
        print(table(&entries))?;
    }
    Ok(Verdict::Fine)
}

fn table(entries: &[JournalEntry]) -> String {
    let mut table = console::plain_table();
    table.set_header(["TIME", "INCREMENT", "SPEC.MD", "METADATA.JSON", "TO", "BY", "RESULT"]);
    for entry in entries {
        let shown = |status: &Option<String>| status.as_deref().map_or("-".to_owned(), one_line);
        table.add_row([
            entry.time.clone(),
            entry.increment.clone(),
            shown(&entry.from.spec),
            shown(&entry.from.metadata),
            entry.items.iter().map(String::as_str).chain([&*one_line(&entry.to)]).collect::<Vec<_>>().join(" "),
            if entry.forced { format!("{} --force", entry.way) } else { entry.way.clone() },
            entry.result.clone(),
        ]);
    }
    console::keep_whole(&mut table, 1);
    console::lines(&table)
}
