//! `specweave-lsp sync`: puts desyncs right on disk.

use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use clap::{Args, ValueEnum};
use similar::TextDiff;

use super::projects::{self, Reach};
use super::{Common, Outcome, Verdict, complain, human, print};
use crate::model::status::{Preference, Side};
use crate::workspace::evaluate::{self, Depth};
use crate::workspace::overlay::Overlay;
use crate::workspace::plan::{self, Plan};
use crate::workspace::settings::Settings;
use crate::workspace::{caches, journal, transaction};

#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Increments (`0047-name`, `47`) or paths [default: every desynced one, after asking]
    #[arg(value_name = "INCREMENT")]
    wanted: Vec<String>,
    /// Every desynced increment of the project
    #[arg(long, conflicts_with = "wanted")]
    all: bool,
    /// Whose status is kept; `auto` keeps the one further along the lifecycle
    #[arg(long, value_enum, default_value = "auto")]
    from: From,
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
    let keep = match args.from {
        From::Metadata => Some(Side::Metadata),
        From::Spec => Some(Side::Spec),
        From::Auto => None,
    };
    settings.preferred = Preference::Auto;
    let selections = projects::named_or_all(&args.wanted, Reach::Increments, common, &settings)?;
    let mut failed = selections.iter().any(|selection| selection.incomplete);
    let named = !args.wanted.is_empty();
    let mut plans: Vec<(&Path, Plan)> = Vec::new();
    for selection in &selections {
        if args.dry_run {
            recover_if_possible(&selection.root, &settings);
        } else {
            recover(&selection.root, &settings)?;
        }
        for folder in &selection.folders {
            match planned(folder, &settings, keep, named) {
                Ok(Some(plan)) => plans.push((&selection.root, plan)),
                Ok(None) => {}
                Err(refusal) => {
                    complain(&refusal);
                    failed = true;
                }
            }
        }
    }
    if plans.is_empty() {
        if !failed {
            print("Nothing to do: the statuses agree.\n")?;
        }
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    if args.dry_run {
        let base = projects::base(&selections);
        print(plans.iter().flat_map(|(_, plan)| diff(&base, plan)).collect::<Vec<u8>>())?;
        return Ok(if failed { Verdict::Failed } else { Verdict::Fine });
    }
    if !args.yes && !confirmed(&plans, args.all || named)? {
        print("Nothing was changed.\n")?;
        return Ok(Verdict::Findings);
    }
    for (root, plan) in &plans {
        let result = transaction::commit(root, plan, &complain);
        journal::note(root, plan, "sync", result.as_ref().copied().map_err(String::as_str));
        match result {
            Ok(()) => print(format!("{}\n", summary(plan)))?,
            Err(message) => {
                complain(&message);
                failed = true;
            }
        }
    }
    for selection in &selections {
        if plans.iter().any(|(root, _)| *root == selection.root) {
            caches::refresh(&selection.root, &settings).iter().for_each(|note| complain(note));
        }
    }
    Ok(if failed { Verdict::Failed } else { Verdict::Fine })
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
        caches::refresh(root, settings).iter().for_each(|note| complain(note));
    }
}

/// The change of one increment; `None` when its statuses agree. An increment that was not named and has no usable
/// pair of statuses is for `check` to report, not for `sync`.
fn planned(folder: &Path, settings: &Settings, keep: Option<Side>, named: bool) -> Result<Option<Plan>, String> {
    let overlay = Overlay::default();
    let (increment, _) = evaluate::load(folder, &overlay, settings, Depth::Statuses);
    if increment.is_nothing() || (!increment.is_desynced() && (increment.both().is_some() || !named)) {
        return Ok(None);
    }
    plan::sync(folder, &overlay, settings, keep).map(Some)
}

/// On a terminal the user is asked. Anywhere else an explicit choice is asked for on the command line.
fn confirmed(plans: &[(&Path, Plan)], explicit: bool) -> Result<bool, String> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return if explicit {
            Ok(true)
        } else {
            Err("Not on a terminal, so nothing was asked or changed; use --all, --yes or name the increments."
                .to_owned())
        };
    }
    let mut question = String::new();
    for (_, plan) in plans {
        let _ = writeln!(question, "{}", summary(plan));
    }
    let _ = write!(question, "Change {}? [y/N] ", human::count(plans.len(), "increment"));
    let mut err = anstream::stderr();
    err.write_all(question.as_bytes()).and_then(|()| err.flush()).map_err(|error| error.to_string())?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(|error| format!("The answer cannot be read: {error}."))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// `0047-x: spec.md active → completed`.
pub fn summary(plan: &Plan) -> String {
    let parts: Vec<String> = plan
        .files
        .iter()
        .map(|file| {
            let before = if file.side == Side::Spec { &plan.from.0 } else { &plan.from.1 };
            let before = before.as_deref().map_or("(none)".to_owned(), crate::model::findings::one_line);
            format!("{} {before} → {}", file.side.file_name(), crate::model::findings::one_line(&plan.to))
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
