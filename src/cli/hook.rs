//! `specweave-lsp hook`: git's pre-commit hook.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::common::{Common, parse_severity};
use crate::cli::console::{self, CommandResult, Verdict, print};
use crate::cli::error::CliError;
use crate::cli::output::{text, words};
use crate::cli::projects;
use crate::cli::staged::{self, StagedReport};
use crate::git::pre_commit::{self, Installed, Uninstalled, quoted};
use crate::git::repository::Repository;
use crate::model::rules::{Code, Severity};
use crate::workspace::check::{self as increments, Depth};
use crate::workspace::documents::Documents;
use crate::workspace::fs::paths::slashed;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp hook install      from now on no commit adds a desync
  specweave-lsp hook run          what the hook does; for husky, lefthook and others
  git commit --no-verify          bypasses the hook once")]
pub struct HookArgs {
    #[command(subcommand)]
    action: HookAction,
}

#[derive(Debug, Subcommand)]
enum HookAction {
    /// Install the hook in this repository; an existing hook is kept and runs first
    Install,
    /// Remove the hook and restore the previous one
    Uninstall,
    /// Check what is staged, and refuse the commit if anything is found (what the hook runs)
    Run(RunArgs),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Increments (`0047-name`, `47`) or files in them [default: those that something is staged in]
    #[arg(value_name = "PATH|INCREMENT")]
    wanted: Vec<String>,
    /// Refuse the commit from this severity on
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = parse_severity)]
    fail_on: Severity,
}

/// How to bypass this once, whatever the hook says.
const PASS: &str = "git commit --no-verify";

pub fn run(args: &HookArgs, common: &Common) -> CommandResult {
    match &args.action {
        HookAction::Install => install(common),
        HookAction::Uninstall => uninstall(common),
        HookAction::Run(args) => refuse(args, common).map_err(|error| CliError::Unchecked(Box::new(error))),
    }
}

fn install(common: &Common) -> CommandResult {
    let repository = Repository::around(&projects::start(common)?)?;
    let program = std::env::current_exe().map_err(CliError::CurrentProgram)?;
    let installed = pre_commit::install(&repository, &program)?;
    let hook = pre_commit::path(&repository)?;
    print(match installed {
        Installed::New => format!("Installed {}\n", hook.display()),
        Installed::Already => format!("{} is already installed.\n", hook.display()),
        Installed::Beside(kept) => {
            format!("Installed {}\nThe existing hook runs first; it was moved to {}\n", hook.display(), kept.display())
        }
    })?;
    Ok(Verdict::Fine)
}

fn uninstall(common: &Common) -> CommandResult {
    let repository = Repository::around(&projects::start(common)?)?;
    let hook = pre_commit::path(&repository)?;
    print(match pre_commit::uninstall(&repository)? {
        Uninstalled::Removed => format!("Removed {}\n", hook.display()),
        Uninstalled::Restored => format!("Restored {} as it was before.\n", hook.display()),
        Uninstalled::Nothing => format!("Nothing to do: {} is not a hook of specweave-lsp.\n", hook.display()),
    })?;
    Ok(Verdict::Fine)
}

/// Silent when all is well: a hook that always talks is not read.
fn refuse(args: &RunArgs, common: &Common) -> CommandResult {
    let look = staged::look(&args.wanted, common, &common.given()?, false)?;
    let reasons = look.report.findings.iter().filter(|it| it.finding.severity >= args.fail_on && !it.is_twin());
    let count = reasons.count();
    if count == 0 {
        return Ok(Verdict::Fine);
    }
    print(text::findings(&look.report, &|path| look.text(path), args.fail_on))?;
    console::error_text(&format!("commit refused: {} in what is staged", words::count(count, "finding")));
    print(advice(&look))?;
    Ok(Verdict::Findings)
}

/// The commands that fix what is staged, and the one that bypasses this once.
fn advice(look: &StagedReport) -> String {
    let desynced = look.report.findings.iter().filter(|it| it.finding.code == Code::StatusDesync && !it.is_twin());
    let (mut to_sync, mut to_add) = (Vec::new(), Vec::new());
    for reported in desynced {
        let settings = look.settings(&reported.root).unwrap_or_default();
        let folder = reported.root.join(&reported.path);
        let folder = folder.parent().unwrap_or(&folder);
        let (on_disk, _) = increments::load(folder, &Documents::default(), &settings, Depth::Statuses);
        let shown = quoted(&shown(folder, &look.repository));
        // Only half of a change was staged: the work tree has the other half.
        if on_disk.both().is_none() || on_disk.is_desynced() {
            to_sync.push(shown.clone());
        }
        to_add.push(shown);
    }
    let mut lines = Vec::new();
    if !to_add.is_empty() {
        let add = format!("git add {}", to_add.join(" "));
        lines.push((
            "To fix it:",
            match to_sync.as_slice() {
                [] => add,
                some => format!("specweave-lsp sync {} && {add}", some.join(" ")),
            },
        ));
    }
    lines.push(("To commit once without this check:", PASS.to_owned()));
    lines.iter().map(|(what, command)| format!("{what}\n  {command}\n")).collect()
}

/// A path as the user can type it where they ran git, which tells a hook in a variable.
fn shown(path: &Path, repository: &Repository) -> String {
    let below = PathBuf::from(std::env::var_os("GIT_PREFIX").unwrap_or_default());
    let from = repository.whole(&below);
    let common = from.ancestors().find(|folder| path.starts_with(folder)).unwrap_or(&repository.top);
    let up = from.strip_prefix(common).map_or(0, |rest| rest.components().count());
    let down = path.strip_prefix(common).unwrap_or(path);
    match Path::new(&"../".repeat(up)).join(down) {
        here if here.as_os_str().is_empty() => ".".to_owned(),
        path => slashed(&path).into_owned(),
    }
}
