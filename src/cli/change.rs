//! `specweave-lsp close` and `set`: the transitions, all or nothing, on disk.

use std::path::Path;

use clap::Args;

use crate::cli::common::Common;
use crate::cli::console::{self, CommandResult, Verdict, print};
use crate::cli::error::{ArgumentError, CliError};
use crate::cli::output::diff;
use crate::cli::projects::{self, Reach};
use crate::cli::recover;
use crate::model::status::Status;
use crate::workspace::change::apply::apply;
use crate::workspace::change::journal::{Cause, Origin};
use crate::workspace::change::plan::{self, Plan, PlanInput, TransitionRequest};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;

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
    /// Bypass checks (open tasks or acceptance criteria, a desync); still all or nothing, and noted in the journal
    #[arg(long)]
    force: bool,
    /// Print what would change, as a diff that `patch -p1` applies in the project's folder, and change nothing
    #[arg(long)]
    dry_run: bool,
}

fn parse_status(text: &str) -> Result<Status, ArgumentError> {
    Status::meaning(text)
        .ok_or_else(|| Status::nearest(text).map_or(ArgumentError::Status, |nearest| ArgumentError::Slip { nearest }))
}

pub fn close(args: &CloseArgs, common: &Common) -> CommandResult {
    run(&args.wanted, Status::Completed, Origin::Close, &args.how, common)
}

pub fn set(args: &SetArgs, common: &Common) -> CommandResult {
    run(std::slice::from_ref(&args.wanted), args.status, Origin::Set, &args.how, common)
}

fn run(wanted: &[String], goal: Status, origin: Origin, how: &How, common: &Common) -> CommandResult {
    let given = common.given()?;
    let selections = projects::only(wanted, Reach::Increments, common, &given)?;
    projects::warn_of_mistakes(&selections);
    if !how.dry_run {
        projects::tell_links(common);
    }
    let base = projects::base(&selections);
    let request = TransitionRequest { goal, reason: how.reason.clone(), force: how.force };
    let (mut verdict, mut missing_in_journal) = (Verdict::Fine, None);
    let mut only_shown = Vec::new();
    let cause = Cause::from(origin);
    for selection in &selections {
        let settings = selection.settings();
        if how.dry_run {
            recover::recover_if_possible(&selection.root, settings);
        } else {
            recover::recover(&selection.root, settings)?;
        }
        let mut is_changed = false;
        for folder in &selection.folders {
            let Some(plan) = planned(folder, &request, settings, &mut verdict)? else { continue };
            if how.dry_run {
                only_shown.push(plan);
                continue;
            }
            match apply(&selection.root, &plan, cause.clone(), &console::notice) {
                Ok(outcome) => {
                    missing_in_journal = outcome.missing_in_journal.or(missing_in_journal);
                    print(format!("{}\n", diff::summary(&plan)))?;
                    is_changed = true;
                }
                Err(error) => {
                    console::error(&error);
                    verdict = Verdict::Failed;
                }
            }
        }
        // Once for all of them: it reads the whole project.
        if is_changed {
            recover::refresh_caches(&selection.root, settings);
        }
    }
    if how.dry_run {
        diff::show(&base, &only_shown)?;
    }
    missing_in_journal.iter().for_each(console::warning);
    Ok(verdict)
}

/// `None` where there is nothing to do, or it cannot be done; that has been said then.
fn planned(
    folder: &Path,
    request: &TransitionRequest,
    settings: &Settings,
    verdict: &mut Verdict,
) -> Result<Option<Plan>, CliError> {
    let plan = match plan::transition(&PlanInput::read(folder, &Documents::default(), settings), request) {
        Ok(plan) => plan,
        Err(error) => {
            console::error(&error);
            if error.is_check() {
                console::hint("use --force to bypass this check");
            }
            *verdict = verdict.worse(if error.is_check() { Verdict::Findings } else { Verdict::Failed });
            return Ok(None);
        }
    };
    if !plan.files.is_empty() {
        return Ok(Some(plan));
    }
    print(format!("{}: already {}\n", plan.id, request.goal))?;
    if request.reason.is_some() {
        console::warn(&format!("the reason was not recorded, since {} was not changed", plan.id));
    }
    Ok(None)
}
