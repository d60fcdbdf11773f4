//! `specweave-lsp check`: all findings, for people and programs.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::cli::common::{Common, parse_severity};
use crate::cli::console::{CommandResult, Verdict};
use crate::cli::output::report_format::{ReportFormat, Shown};
use crate::cli::output::text;
use crate::cli::progress::ProgressLine;
use crate::cli::projects::{self, Reach, Selection};
use crate::cli::{recover, staged};
use crate::model::rules::Severity;
use crate::workspace::documents::Documents;
use crate::workspace::report::Report;
use crate::workspace::summary::{self, Summary};
use crate::workspace::{discover, parallel};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp check                              everything in the project
  specweave-lsp check 47 apps/web                  one increment, and all in a folder
  specweave-lsp check --staged                     the next commit instead of the work tree
  specweave-lsp check --deep --fail-on warning     strict: open tasks in a completed increment fail too
  specweave-lsp check --format sarif > x.sarif     for code scanning; docs/ci.md has a whole workflow")]
pub struct CheckArgs {
    /// Increments (`0047-name`, `47`), files or folders [default: the whole project]
    #[arg(value_name = "PATH|INCREMENT")]
    wanted: Vec<String>,
    /// Look at what the next commit will hold (git's index), not at the work tree [default: what is staged]
    #[arg(long)]
    staged: bool,
    /// How to report
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
    /// Read whole files too, to find completed increments with open tasks or acceptance criteria
    #[arg(long)]
    deep: bool,
    /// Show the line of each finding, also of infos and notes
    #[arg(long, short)]
    verbose: bool,
    /// Exit with 1 from this severity on
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = parse_severity)]
    fail_on: Severity,
    /// Exit with 0 whatever is found
    #[arg(long)]
    exit_zero: bool,
}

pub fn run(args: &CheckArgs, common: &Common) -> CommandResult {
    let given = common.given()?;
    if args.staged {
        let staged = staged::look(&args.wanted, common, &given, args.deep)?;
        args.format.write(&Shown {
            report: &staged.report,
            settings: &|root| staged.settings(root),
            texts: &|path| staged.text(path),
            staged: true,
            verbose: args.verbose,
            complete: true,
        })?;
        return Ok(verdict(args, &staged.report));
    }
    let selections = projects::named_or_all(&args.wanted, Reach::Folders, common, &given)?;
    for selection in &selections {
        recover::recover_if_possible(&selection.root, selection.settings());
    }
    let report = report(&selections, args.deep, args.wanted.is_empty());
    let complete = !selections.iter().any(|selection| selection.incomplete);
    let settings = |root: &Path| {
        let of = selections.iter().find(|selection| selection.root == root);
        of.map(|selection| Arc::clone(&selection.config.settings))
    };
    args.format.write(&Shown {
        report: &report,
        settings: &settings,
        texts: &text::on_disk,
        staged: false,
        verbose: args.verbose,
        complete,
    })?;
    if !complete {
        return Ok(Verdict::Failed);
    }
    Ok(verdict(args, &report))
}

fn verdict(args: &CheckArgs, report: &Report) -> Verdict {
    let failed = report.worst().is_some_and(|worst| worst >= args.fail_on);
    if failed && !args.exit_zero { Verdict::Findings } else { Verdict::Fine }
}

/// Reads the selected increments, on all cores, into one report. `whole`: they are all that there are.
pub fn report(selections: &[Selection], deep: bool, whole: bool) -> Report {
    let mut report = Report::default();
    let progress = ProgressLine::new(selections.iter().map(|it| it.folders.len()).sum(), 5_000, "Checking");
    for selection in selections {
        let settings = selection.settings();
        let documents = Documents::closed(&discover::increments_folder(&selection.root));
        let read = |folders: &[Arc<Path>]| {
            let mut part = Report::default();
            part.add_project(&selection.root, 0);
            for some in folders.chunks(64) {
                for folder in some {
                    let sharing = selection.numbers.sharing_with(&selection.root, folder);
                    part.add_increment(&selection.root, folder, &documents, settings, &sharing, deep);
                }
                progress.more(some.len());
            }
            part
        };
        let parts = parallel::parts(&selection.folders, read);
        report.add_project(&selection.root, 0);
        parts.into_iter().for_each(|part| report.join(part));
        // A cache names a few increments at most; only those are looked at once more.
        report.add_caches(
            &selection.root,
            &Documents::default(),
            settings,
            |id, side| {
                // Also one that was not asked about.
                let folder = Arc::from(discover::increments_folder(&selection.root).join(id));
                let root = Arc::from(selection.root.as_path());
                let summary = Summary::read(&root, &folder, &Documents::default(), settings, false)?;
                summary.status_for_cache(side).map(str::to_owned)
            },
            || {
                summary::read_project(
                    &selection.root,
                    &discover::Scope::default(),
                    &Documents::default(),
                    settings,
                    false,
                )
            },
        );
        let unused = match whole {
            true => report.unused(&selection.root, settings, deep, &selection.folders),
            // What was not looked at may be what an entry is about.
            false => Vec::new(),
        };
        report.add_config(&selection.root, &selection.config, &unused);
    }
    report
}
