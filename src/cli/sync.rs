//! `specweave-lsp sync`: fixes desyncs on disk.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::choose::{self, DesyncQuestion};
use crate::cli::common::Common;
use crate::cli::console::{self, CommandResult, Verdict, print};
use crate::cli::error::CliError;
use crate::cli::output::diff;
use crate::cli::output::words::count;
use crate::cli::progress::ProgressLine;
use crate::cli::projects::{self, Reach, Selection};
use crate::cli::recover;
use crate::model::generation::Generation;
use crate::model::preference::Preference;
use crate::model::rules::Code;
use crate::model::status::Side;
use crate::workspace::change::apply::apply;
use crate::workspace::change::journal::{Cause, Origin};
use crate::workspace::change::notice::ChangeNotice;
use crate::workspace::change::plan::{self, Plan, PlanError, PlanInput};
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::config::layer::Layer;
use crate::workspace::config::project::Given;
use crate::workspace::documents::Documents;
use crate::workspace::parallel;
use clap::{Args, ValueEnum};

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
    /// Whose status is kept; `auto` keeps the one further along the lifecycle [default: ask, or the setting preferredSource]
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

impl From {
    fn preference(self) -> Preference {
        match self {
            From::Metadata => Preference::Metadata,
            From::Spec => Preference::Spec,
            From::Auto => Preference::Auto,
        }
    }
}

pub fn run(args: &SyncArgs, common: &Common) -> CommandResult {
    let preferred = args.from.map(From::preference);
    let given = Given::new(Layer { preferred, ..common.layer()? });
    let selections = projects::named_or_all(&args.wanted, Reach::Increments, common, &given)?;
    projects::warn_of_mistakes(&selections);
    for selection in &selections {
        if args.dry_run {
            recover::recover_if_possible(&selection.root, selection.settings());
        } else {
            recover::recover(&selection.root, selection.settings())?;
        }
    }
    if !args.dry_run {
        projects::tell_links(common);
    }
    let incomplete = selections.iter().any(|selection| selection.incomplete);
    let on_terminal = std::io::stdin().is_terminal() && !args.yes && !args.dry_run;
    // Whoever says which side is right is not asked about each.
    if on_terminal && !args.all && args.from.is_none() {
        return ask(&selections, args, &given, incomplete);
    }
    let (plans, refused) = plans(&selections, args);
    let failed = incomplete || refused;
    if plans.is_empty() {
        if !failed {
            print(nothing(&selections))?;
        }
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    if args.dry_run {
        let base = projects::base(&selections);
        diff::show(&base, plans.iter().map(|(_, plan)| plan))?;
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    if on_terminal {
        let summaries: Vec<String> = plans.iter().map(|(_, plan)| diff::summary(plan)).collect();
        if !choose::confirm(&summaries)? {
            print(UNCHANGED)?;
            return Ok(Verdict::Findings);
        }
    } else if !args.yes && !args.all && args.wanted.is_empty() {
        return Err(CliError::NothingAsked);
    }
    let failed = carry_out(&plans, &given)? || failed;
    Ok(if failed { Verdict::Failed } else { Verdict::Fine })
}

const NOTHING: &str = "Nothing to do: the statuses agree.\n";
const ACCEPTED: &str = "Nothing to do: the project accepts the desyncs that are left.\n";
const UNCHANGED: &str = "Nothing was changed.\n";

/// Why there is nothing to do.
fn nothing(selections: &[Selection]) -> &'static str {
    let is_accepted = |(selection, folder): (&Selection, Arc<Path>)| {
        let settings = selection.settings();
        settings.ignored_by(&selection.root, &folder, Code::StatusDesync).is_some() && is_desynced(&folder, settings)
    };
    if folders(selections).any(is_accepted) { ACCEPTED } else { NOTHING }
}

/// A question for each desync.
fn ask(selections: &[Selection], args: &SyncArgs, given: &Given, incomplete: bool) -> CommandResult {
    let mut questions = Vec::new();
    let mut failed = incomplete;
    for (selection, folder) in candidates(selections, args) {
        let (root, settings) = (&selection.root, selection.settings());
        match planned(root, &folder, settings, None, !args.wanted.is_empty()) {
            Ok(None) => {}
            // The suggested side cannot be taken over, and the other one perhaps.
            Err(refusal) if !is_desynced(&folder, settings) => {
                console::error(&refusal);
                failed = true;
            }
            _ => questions.push(DesyncQuestion {
                root: root.clone(),
                folder: folder.to_path_buf(),
                settings: Arc::clone(&selection.config.settings),
            }),
        }
    }
    if questions.is_empty() {
        if !failed {
            print(nothing(selections))?;
        }
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    let chosen = choose::ask(&questions)?.filter(|chosen| !chosen.plans.is_empty());
    let Some(chosen) = chosen else {
        print(UNCHANGED)?;
        return Ok(Verdict::Findings);
    };
    failed |= carry_out(&chosen.plans, given)?;
    if chosen.left > 0 {
        print(format!("{} left out of sync.\n", count(chosen.left, "increment")))?;
    }
    Ok(match (failed, chosen.left) {
        (true, _) => Verdict::Failed,
        (false, 0) => Verdict::Fine,
        _ => Verdict::Findings,
    })
}

/// All that are named; else those that are out of sync, since a whole project is read in full for a few of them.
fn candidates<'s>(selections: &'s [Selection], args: &SyncArgs) -> Vec<(&'s Selection, Arc<Path>)> {
    if args.wanted.is_empty() {
        return desynced(selections);
    }
    folders(selections).collect()
}

fn folders(selections: &[Selection]) -> impl Iterator<Item = (&Selection, Arc<Path>)> {
    selections.iter().flat_map(|it| it.folders.iter().map(move |folder| (it, Arc::clone(folder))))
}

fn desynced(selections: &[Selection]) -> Vec<(&Selection, Arc<Path>)> {
    let of = |selection: &Selection| {
        let is_wanted = |folder: &&Arc<Path>| is_desynced(folder, selection.settings());
        let read = |part: &[Arc<Path>]| part.iter().filter(is_wanted).cloned().collect::<Vec<_>>();
        parallel::parts(&selection.folders, read).concat()
    };
    selections.iter().flat_map(|it| of(it).into_iter().map(move |folder| (it, folder))).collect()
}

fn is_desynced(folder: &Path, settings: &Settings) -> bool {
    check::load(folder, &Documents::default(), settings, Depth::Statuses).0.is_desynced()
}

/// What is to be done without asking, and whether something was refused (and said).
fn plans(selections: &[Selection], args: &SyncArgs) -> (Vec<(PathBuf, Plan)>, bool) {
    let keep = match args.from {
        Some(From::Metadata) => Some(Side::Metadata),
        Some(From::Spec) => Some(Side::Spec),
        Some(From::Auto) | None => None,
    };
    let named = !args.wanted.is_empty();
    let mut plans = Vec::new();
    let mut refused = false;
    for (selection, folder) in candidates(selections, args) {
        match planned(&selection.root, &folder, selection.settings(), keep, named) {
            Ok(plan) => plans.extend(plan.map(|plan| (selection.root.clone(), plan))),
            Err(refusal) => {
                console::error(&refusal);
                refused = true;
            }
        }
    }
    (plans, refused)
}

/// True when something failed, and was said.
fn carry_out(plans: &[(PathBuf, Plan)], given: &Given) -> Result<bool, CliError> {
    let (mut failed, mut not_tried, mut missing_in_journal) = (false, 0, None);
    let cause = Cause::from(Origin::Sync);
    let progress = ProgressLine::new(plans.len(), 100, "Changing");
    for (at, (root, plan)) in plans.iter().enumerate() {
        let say = |notice: &ChangeNotice| progress.aside(|| console::notice(notice));
        match apply(root, plan, cause.clone(), &say) {
            Ok(outcome) => {
                missing_in_journal = outcome.missing_in_journal.or(missing_in_journal);
                progress.aside(|| print(format!("{}\n", diff::summary(plan))))?;
            }
            Err(error) => {
                progress.aside(|| console::error(&error));
                failed = true;
                if error.is_lock_held() {
                    not_tried = plans.len() - at - 1;
                    break;
                }
            }
        }
        progress.more(1);
    }
    drop(progress);
    if not_tried > 0 {
        console::warn(&format!("skipped the other {}", count(not_tried, "increment")));
    }
    missing_in_journal.iter().for_each(console::warning);
    let mut roots: Vec<&PathBuf> = plans.iter().map(|(root, _)| root).collect();
    roots.dedup();
    roots.into_iter().for_each(|root| recover::refresh_caches(root, &given.in_project(root).settings));
    Ok(failed)
}

/// The change of one increment; `None` when its statuses agree. An increment that was not named and has no usable
/// pair of statuses is for `check` to report, not for `sync`; one whose desync the project accepts stays as it is.
fn planned(
    root: &Path,
    folder: &Path,
    settings: &Settings,
    keep: Option<Side>,
    named: bool,
) -> Result<Option<Plan>, PlanError> {
    let subject = PlanInput::read(folder, &Documents::default(), settings);
    let increment = &subject.increment;
    let is_right = increment.generation == Some(Generation::Three) && increment.is_status_in_metadata_alone();
    let is_accepted = !named && settings.ignored_by(root, folder, Code::StatusDesync).is_some();
    if increment.is_nothing()
        || is_right
        || is_accepted
        || (!increment.is_desynced() && (increment.both().is_some() || !named))
    {
        return Ok(None);
    }
    plan::sync(&subject, keep).map(Some)
}
