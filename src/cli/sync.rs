//! `specweave-lsp sync`: puts desyncs right on disk.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use similar::TextDiff;

use crate::cli::choose::{self, Question};
use crate::cli::output::text;
use crate::cli::progress::Progress;
use crate::cli::projects::{self, Reach, Selection};
use crate::cli::{Common, Outcome, Verdict, complain, print};
use crate::model::status::{Preference, Side};
use crate::workspace::change::plan::{self, Plan, PlanInput};
use crate::workspace::change::{journal, transaction};
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::state_files;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp sync                                 on a terminal: a question for each desync
  specweave-lsp sync 47                              only this increment
  specweave-lsp sync --all --yes                     everything, no questions
  specweave-lsp sync --all --from metadata           metadata.json is right everywhere
  specweave-lsp sync --all --dry-run > fix.patch     look first; `patch -p1 < fix.patch` applies it")]
pub struct SyncArgs {
    /// Increments (`0047-name`, `47`) or paths [default: every desynced one, after asking]
    #[arg(value_name = "INCREMENT")]
    wanted: Vec<String>,
    /// Every desynced increment of the project
    #[arg(long, conflicts_with = "wanted")]
    all: bool,
    /// Whose status is kept; `auto` keeps the one further along the lifecycle [default: ask, or auto]
    #[arg(long, value_enum)]
    from: Option<From>,
    /// Print what would change, as a diff that `patch -p1` applies in the project's folder, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    Metadata,
    Spec,
    Auto,
}

pub fn run(args: &SyncArgs, common: &Common) -> Outcome {
    let mut settings = common.settings()?;
    settings.preferred = Preference::Auto;
    let selections = projects::named_or_all(&args.wanted, Reach::Increments, common, &settings)?;
    for selection in &selections {
        if args.dry_run {
            recover_if_possible(&selection.root, &settings);
        } else {
            recover(&selection.root, &settings)?;
        }
    }
    let incomplete = selections.iter().any(|selection| selection.incomplete);
    let on_terminal = std::io::stdin().is_terminal() && !args.yes && !args.dry_run;
    // Whoever says which side is right is not asked about each.
    if on_terminal && !args.all && args.from.is_none() {
        return ask(&selections, args, &settings, incomplete);
    }
    let (plans, refused) = plans(&selections, args, &settings);
    let failed = incomplete || refused;
    if plans.is_empty() {
        if !failed {
            print(NOTHING)?;
        }
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    if args.dry_run {
        let base = projects::base(&selections);
        print(plans.iter().flat_map(|(_, plan)| diff(&base, plan)).collect::<Vec<u8>>())?;
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    if on_terminal {
        let summaries: Vec<String> = plans.iter().map(|(_, plan)| summary(plan)).collect();
        if !choose::confirm(&summaries)? {
            print(UNCHANGED)?;
            return Ok(Verdict::Findings);
        }
    } else if !args.yes && !args.all && args.wanted.is_empty() {
        return Err(
            "Not on a terminal, so nothing was asked or changed; use --all, --yes or name the increments.".to_owned()
        );
    }
    let failed = carry_out(&plans, &settings)? || failed;
    Ok(if failed { Verdict::Failed } else { Verdict::Fine })
}

const NOTHING: &str = "Nothing to do: the statuses agree.\n";
const UNCHANGED: &str = "Nothing was changed.\n";

/// A question for each desync.
fn ask(selections: &[Selection], args: &SyncArgs, settings: &Settings, incomplete: bool) -> Outcome {
    let mut questions = Vec::new();
    let mut failed = incomplete;
    for (root, folder) in folders(selections) {
        let (increment, _) = check::load(folder, &Documents::default(), settings, Depth::Statuses);
        match planned(folder, settings, None, !args.wanted.is_empty()) {
            Ok(None) => {}
            // The suggested side cannot be taken over, and the other one perhaps.
            Err(refusal) if !increment.is_desynced() => {
                complain(&refusal);
                failed = true;
            }
            _ => questions.push(Question { root: root.to_path_buf(), folder: folder.to_path_buf() }),
        }
    }
    if questions.is_empty() {
        if !failed {
            print(NOTHING)?;
        }
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    let chosen = choose::ask(&questions, settings)?.filter(|chosen| !chosen.plans.is_empty());
    let Some(chosen) = chosen else {
        print(UNCHANGED)?;
        return Ok(Verdict::Findings);
    };
    failed |= carry_out(&chosen.plans, settings)?;
    if chosen.left > 0 {
        print(format!("{} left out of step.\n", text::count(chosen.left, "increment")))?;
    }
    Ok(match (failed, chosen.left) {
        (true, _) => Verdict::Failed,
        (false, 0) => Verdict::Fine,
        _ => Verdict::Findings,
    })
}

fn folders(selections: &[Selection]) -> impl Iterator<Item = (&Path, &Path)> {
    selections.iter().flat_map(|it| it.folders.iter().map(|folder| (it.root.as_path(), &**folder)))
}

/// What is to be done without asking, and whether something was refused (and said).
fn plans(selections: &[Selection], args: &SyncArgs, settings: &Settings) -> (Vec<(PathBuf, Plan)>, bool) {
    let keep = match args.from {
        Some(From::Metadata) => Some(Side::Metadata),
        Some(From::Spec) => Some(Side::Spec),
        Some(From::Auto) | None => None,
    };
    let named = !args.wanted.is_empty();
    let mut plans = Vec::new();
    let mut refused = false;
    for (root, folder) in folders(selections) {
        match planned(folder, settings, keep, named) {
            Ok(plan) => plans.extend(plan.map(|plan| (root.to_path_buf(), plan))),
            Err(refusal) => {
                complain(&refusal);
                refused = true;
            }
        }
    }
    (plans, refused)
}

/// True when something failed, and was said.
fn carry_out(plans: &[(PathBuf, Plan)], settings: &Settings) -> Result<bool, String> {
    let (mut failed, mut not_tried, mut not_noted) = (false, 0, None);
    let progress = Progress::new(plans.len(), "Changing");
    for (at, (root, plan)) in plans.iter().enumerate() {
        let say = |note: &str| progress.aside(|| complain(note));
        let result = transaction::commit(root, plan, &say);
        let noted = journal::note(root, plan, "sync", result.as_ref().copied().map_err(String::as_str));
        not_noted = noted.err().or(not_noted);
        progress.aside(|| match &result {
            Ok(()) => print(format!("{}\n", summary(plan))),
            Err(message) => {
                complain(message);
                failed = true;
                Ok(())
            }
        })?;
        progress.one_more();
        if result.is_err_and(|error| transaction::is_held_up(root, &error)) {
            not_tried = plans.len() - at - 1;
            break;
        }
    }
    drop(progress);
    if not_tried > 0 {
        complain(&format!("The other {not_tried} were not tried."));
    }
    not_noted.iter().for_each(|note| complain(note));
    let mut roots: Vec<&PathBuf> = plans.iter().map(|(root, _)| root).collect();
    roots.dedup();
    roots.into_iter().for_each(|root| state_files::refresh(root, settings, &complain));
    Ok(failed)
}

/// Puts right what an interrupted run left behind, and says so.
pub fn recover(root: &Path, settings: &Settings) -> Result<(), String> {
    recovered(root, settings, transaction::recover(root, &complain)?);
    Ok(())
}

/// The same for a command that only looks: where nothing may be written it still looks, and says what is left.
pub fn recover_if_possible(root: &Path, settings: &Settings) {
    match transaction::recover_if_free(root, &complain) {
        Ok(any) => recovered(root, settings, any),
        Err(message) => complain(&message),
    }
}

/// The run that was interrupted did not come to it.
fn recovered(root: &Path, settings: &Settings, any: bool) {
    if any {
        state_files::refresh(root, settings, &complain);
    }
}

/// The change of one increment; `None` when its statuses agree. An increment that was not named and has no usable
/// pair of statuses is for `check` to report, not for `sync`.
fn planned(folder: &Path, settings: &Settings, keep: Option<Side>, named: bool) -> Result<Option<Plan>, String> {
    let subject = PlanInput::read(folder, &Documents::default(), settings);
    let increment = &subject.increment;
    if increment.is_nothing() || (!increment.is_desynced() && (increment.both().is_some() || !named)) {
        return Ok(None);
    }
    plan::sync(&subject, keep).map(Some)
}

/// `0047-x: spec.md active → completed`.
pub fn summary(plan: &Plan) -> String {
    let parts: Vec<String> = plan
        .files
        .iter()
        .map(|file| {
            let before = if file.side == Side::Spec { &plan.from.0 } else { &plan.from.1 };
            let before = before.as_deref().map_or("(none)".to_owned(), crate::model::rules::one_line);
            format!("{} {before} → {}", file.side.file_name(), crate::model::rules::one_line(&plan.to))
        })
        .collect();
    format!("{}: {}", plan.id, parts.join(", "))
}

/// A unified diff with paths relative to the (outermost) project, byte for byte.
pub fn diff(root: &Path, plan: &Plan) -> Vec<u8> {
    let mut text = Vec::new();
    for file in &plan.files {
        let after = file.after();
        let path = file.path.strip_prefix(root).unwrap_or(&file.path).display().to_string();
        let diff = TextDiff::from_lines(file.before.as_slice(), after.as_slice());
        let mut unified = diff.unified_diff();
        // Writing into memory cannot fail.
        let _ = unified.header(&format!("a/{path}"), &format!("b/{path}")).to_writer(&mut text);
    }
    text
}
