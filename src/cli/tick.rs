//! `specweave-lsp tick`: marks tasks and acceptance criteria done or open, all that are named or none.

use std::path::Path;

use clap::Args;

use crate::cli::common::Common;
use crate::cli::console::{self, CommandResult, Verdict, print};
use crate::cli::error::CliError;
use crate::cli::output::diff;
use crate::cli::projects::{self, Reach};
use crate::cli::recover;
use crate::model::parse::work::Kind;
use crate::workspace::change::apply::apply;
use crate::workspace::change::journal::Origin;
use crate::workspace::change::plan::PlanInput;
use crate::workspace::change::tick::{self, TickRequest, Ticked};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp tick 47 T-003 T-004            both tasks are done
  specweave-lsp tick 47 AC-US1-02 --open       the criterion is not met after all
  specweave-lsp tick 47 T-003 --dry-run        what would change

Where an increment has a ledger (SpecWeave 2 and later), `specweave task done` marks a task as done.")]
pub struct TickArgs {
    /// An increment (`0047-name`, `47`) or a path
    #[arg(value_name = "INCREMENT")]
    wanted: String,
    /// Tasks (`T-003`) and acceptance criteria (`AC-US1-02`)
    #[arg(value_name = "ID", required = true)]
    items: Vec<String>,
    /// Mark them as open again
    #[arg(long)]
    open: bool,
    /// Print what would change, as a diff that `patch -p1` applies in the project's folder, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: &TickArgs, common: &Common) -> CommandResult {
    let given = common.given()?;
    let selections = projects::only(std::slice::from_ref(&args.wanted), Reach::Increments, common, &given)?;
    projects::warn_of_mistakes(&selections);
    let request = TickRequest { items: args.items.clone(), done: !args.open };
    if !args.dry_run {
        projects::tell_links(common);
    }
    for selection in &selections {
        let settings = selection.settings();
        if args.dry_run {
            recover::recover_if_possible(&selection.root, settings);
        } else {
            recover::recover(&selection.root, settings)?;
        }
        for folder in &selection.folders {
            one(&selection.root, folder, &request, args.dry_run, settings)?;
        }
    }
    Ok(Verdict::Fine)
}

fn one(root: &Path, folder: &Path, request: &TickRequest, dry_run: bool, settings: &Settings) -> Result<(), CliError> {
    let subject = PlanInput::read(folder, &Documents::default(), settings);
    let Ticked { plan, unchanged } = tick::tick(&subject, request)?;
    if dry_run {
        return diff::show(root, [&plan]);
    }
    if !plan.files.is_empty() {
        let outcome = apply(root, &plan, Origin::Tick, &console::notice)?;
        print(format!("{}\n", diff::summary(&plan)))?;
        outcome.missing_in_journal.iter().for_each(console::warning);
        recover::refresh_caches(root, settings);
    }
    let is_met = |name: &str| subject.work.as_ref().is_some_and(|work| !work.is_open(Kind::Criterion, name));
    for name in &unchanged {
        let note = if !request.done && name.starts_with("AC") && is_met(name) {
            "; it counts as done while the tasks that name it are"
        } else {
            ""
        };
        print(format!("{}: {name} is already {}{note}\n", plan.id, plan.to))?;
    }
    Ok(())
}
