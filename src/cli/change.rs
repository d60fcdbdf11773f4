//! `specweave-lsp close` and `set`: the transitions, all or nothing, on disk.

use clap::Args;

use crate::cli::projects::{self, Reach};
use crate::cli::{Common, Outcome, Verdict, complain, print, sync};
use crate::model::status::Status;
use crate::workspace::change::plan::{self, PlanInput, TransitionRequest};
use crate::workspace::change::{journal, transaction};
use crate::workspace::documents::Documents;
use crate::workspace::state_files;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp close 47 --dry-run      what would change
  specweave-lsp close 47 48             both, each all or nothing
  specweave-lsp close 47 --force        although tasks are open")]
pub struct CloseArgs {
    /// Increments (`0047-name`, `47`) or paths
    #[arg(value_name = "INCREMENT", required = true)]
    wanted: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp set 47 paused --reason \"waits for the design\"
  specweave-lsp set 47 active            back to work
  specweave-lsp set 47 abandoned --dry-run")]
pub struct SetArgs {
    /// An increment (`0047-name`, `47`) or a path
    #[arg(value_name = "INCREMENT")]
    wanted: String,
    /// planning, active, backlog, paused, ready_for_review, completed or abandoned
    #[arg(value_parser = parse_status)]
    status: Status,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct How {
    /// Why; kept in metadata.json where SpecWeave has a place for it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Pass gates (open tasks or criteria, a desync); still all or nothing, and noted in the journal
    #[arg(long)]
    force: bool,
    /// Print what would change, as a diff that `patch -p1` applies in the project's folder, and change nothing
    #[arg(long)]
    dry_run: bool,
}

fn parse_status(text: &str) -> Result<Status, String> {
    Status::meaning(text).ok_or_else(|| match Status::nearest(text) {
        Some(nearest) => format!("it is no status; the nearest is `{nearest}`"),
        None => format!("it is no status; {}", Status::all_named()),
    })
}

pub fn close(args: &CloseArgs, common: &Common) -> Outcome {
    run(&args.wanted, Status::Completed, "close", &args.how, common)
}

pub fn set(args: &SetArgs, common: &Common) -> Outcome {
    run(std::slice::from_ref(&args.wanted), args.status, "set", &args.how, common)
}

fn run(wanted: &[String], goal: Status, way: &str, how: &How, common: &Common) -> Outcome {
    let settings = common.settings()?;
    let selections = projects::only(wanted, Reach::Increments, common, &settings)?;
    let wish = TransitionRequest { goal, reason: how.reason.clone(), force: how.force };
    let (mut verdict, mut not_noted) = (Verdict::Fine, None);
    for selection in &selections {
        if how.dry_run {
            sync::recover_if_possible(&selection.root, &settings);
        } else {
            sync::recover(&selection.root, &settings)?;
        }
        for folder in &selection.folders {
            let plan = match plan::transition(&PlanInput::read(folder, &Documents::default(), &settings), &wish) {
                Ok(plan) => plan,
                Err(error) if error.is_check() => {
                    complain(&format!("{error} `--force` bypasses this check."));
                    verdict = worse(verdict, Verdict::Findings);
                    continue;
                }
                Err(error) => {
                    complain(&error.to_string());
                    verdict = Verdict::Failed;
                    continue;
                }
            };
            if plan.files.is_empty() {
                print(format!("{}: is {goal} already\n", plan.id))?;
                if how.reason.is_some() {
                    complain(&format!("The reason was not recorded, since {} was not changed.", plan.id));
                }
                continue;
            }
            if how.dry_run {
                print(sync::diff(&projects::base(&selections), &plan))?;
                continue;
            }
            let result = transaction::commit(&selection.root, &plan, &complain);
            let noted = journal::note(&selection.root, &plan, way, result.as_ref().copied().map_err(String::as_str));
            not_noted = noted.err().or(not_noted);
            match result {
                Ok(()) => {
                    print(format!("{}\n", sync::summary(&plan)))?;
                    state_files::refresh(&selection.root, &settings, &complain);
                }
                Err(message) => {
                    complain(&message);
                    verdict = Verdict::Failed;
                }
            }
        }
    }
    not_noted.iter().for_each(|note| complain(note));
    Ok(verdict)
}

fn worse(a: Verdict, b: Verdict) -> Verdict {
    if a == Verdict::Failed { a } else { b }
}
