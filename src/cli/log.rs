//! `specweave-lsp log`: the journal of changes this tool made.

use clap::Args;
use serde_json::json;

use crate::cli::{Common, Format, Outcome, Verdict, complain, print, print_json, projects, sync};
use crate::model::increment;
use crate::model::rules::one_line;
use crate::workspace::change::journal::{self, Entry};
use crate::workspace::fs::atomic::at;

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

pub fn run(args: &LogArgs, common: &Common) -> Outcome {
    let settings = common.settings()?;
    let mut entries: Vec<Entry> = Vec::new();
    for selection in projects::all(common, &settings)? {
        sync::recover_if_possible(&selection.root, &settings);
        let (read, others) = journal::read(&selection.root)
            .map_err(|error| at(&selection.root, "has a journal that cannot be read", &error))?;
        others.iter().for_each(|other| complain(other));
        entries.extend(read);
    }
    if let Some(wanted) = &args.wanted {
        // An increment may be gone; its past is not.
        entries.retain(|entry| {
            entry.increment == *wanted
                || wanted.parse().is_ok_and(|number: u64| increment::number(&entry.increment) == Some(number))
        });
    }
    entries.sort_by(|a, b| a.time.cmp(&b.time));
    if args.format == Format::Json {
        print_json(&json!({"version": 1, "changes": entries}))?;
    } else if entries.is_empty() {
        print("No change was made with this tool.\n")?;
    } else {
        print(table(&entries))?;
    }
    Ok(Verdict::Fine)
}

fn table(entries: &[Entry]) -> String {
    let mut table = crate::cli::plain_table();
    table.set_header(["TIME", "INCREMENT", "SPEC.MD", "METADATA.JSON", "TO", "BY", "RESULT"]);
    for entry in entries {
        let shown = |status: &Option<String>| status.as_deref().map_or("-".to_owned(), one_line);
        table.add_row([
            entry.time.clone(),
            entry.increment.clone(),
            shown(&entry.from.spec),
            shown(&entry.from.metadata),
            one_line(&entry.to),
            if entry.forced { format!("{} --force", entry.way) } else { entry.way.clone() },
            entry.result.clone(),
        ]);
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
