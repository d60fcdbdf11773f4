//! `specweave-lsp history` without an increment: every desync of the project, and what they have in common.

use std::cell::RefCell;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::common::Common;
use crate::cli::console::{self, CommandResult, Verdict, print, print_json};
use crate::cli::error::CliError;
use crate::cli::output::history_metrics;
use crate::cli::output::table::Cell;
use crate::cli::output::words::{brief_day, count, day, how_long, number, short};
use crate::cli::progress::ProgressLine;
use crate::cli::project_story::{HistoryFormat, Period, Told, time};
use crate::cli::{interrupt, projects};
use crate::git::commit::PastCommit;
use crate::git::project_history::{self, HistoryProgress, PastDesync};
use crate::git::repository::Repository;
use crate::model::rules::one_line;
use crate::model::sort;
use crate::workspace::config::Settings;
use crate::workspace::config::layer::Layer;
use crate::workspace::config::project::Given;
use crate::workspace::fs::paths::slashed;
use crate::workspace::{discover, project};

pub fn run(period: &Period, format: HistoryFormat, common: &Common) -> CommandResult {
    let given = Given::new(Layer { include_archived: Some(true), ..common.layer()? });
    interrupt::ends_cleanly();
    let mut told = Vec::new();
    for selection in projects::all(common, &given)? {
        told.push(read(&selection.root, *period, selection.settings())?);
    }
    match format {
        HistoryFormat::Json => {
            print_json(&json!({"version": 1, "projects": told.iter().map(as_json).collect::<Vec<_>>()}))?
        }
        HistoryFormat::Openmetrics => print(history_metrics::report(&told))?,
        HistoryFormat::Table => {
            let several = told.len() > 1;
            for it in &told {
                let heading = if several { format!("{}\n", it.root.display()) } else { String::new() };
                print(heading + &text(it))?;
            }
        }
    }
    if told.iter().any(|it| it.history.is_shallow) {
        console::warn("this clone is shallow: nothing is known of what came before");
        console::hint("`git fetch --unshallow` gets the rest");
    }
    Ok(Verdict::Fine)
}

fn read(root: &Path, period: Period, settings: &Settings) -> Result<Told, CliError> {
    let repository = Repository::around(root)?;
    let from_top = root.strip_prefix(&repository.top).unwrap_or(Path::new(""));
    let progress = HistoryBar::default();
    let increments = discover::increments_folder(from_top);
    let mut history = project_history::read(&repository, &increments, settings.max_file_size, &progress)?;
    drop(progress);
    let commits = &history.commits;
    let mut desyncs = std::mem::take(&mut history.desyncs);
    desyncs.retain(|it| period.holds(time(&commits[it.start]), it.end.and_then(|end| time(&commits[end]))));
    sort::by_key(&mut desyncs, |it| (it.end.is_some(), it.start));
    Ok(Told { root: root.to_path_buf(), history, desyncs, now: Timestamp::now() })
}

#[derive(Default)]
struct HistoryBar(RefCell<Option<ProgressLine>>);

impl HistoryProgress for HistoryBar {
    fn begin(&self, what: &'static str, of: usize) {
        // The one before goes first.
        self.0.replace(None);
        self.0.replace(Some(ProgressLine::new(of, 5_000, what)));
    }

    fn step(&self) {
        if let Some(line) = &*self.0.borrow() {
            line.more(1);
        }
    }
}

fn text(told: &Told) -> String {
    let read = format!(
        "{} and {} were read.\n",
        count(told.history.commits.len(), "commit"),
        count(told.history.increments, "increment")
    );
    if told.desyncs.is_empty() {
        return format!("No desync is in this history. {read}");
    }
    let mut table = console::table();
    let metadata = Cell::from("METADATA.JSON").brief("METADATA");
    let cells = ["", "INCREMENT", "SINCE", "LASTED", "SPEC.MD"].map(Cell::from).into_iter();
    table.set_header(cells.chain([metadata, "ENDED IN".into(), "DIVERGED IN".into()]));
    for desync in &told.desyncs {
        let [spec, metadata] =
            desync.statuses.clone().map(|status| status.map_or("-".to_owned(), |text| one_line(&text)));
        let end = match desync.end {
            None => "still open".to_owned(),
            Some(end) if desync.is_removed => format!("{} (removed)", named(told.commit(end))),
            Some(end) => named(told.commit(end)),
        };
        let merges: Vec<String> = desync.merges.iter().map(|&at| named(told.commit(at))).collect();
        let merges = if merges.is_empty() { String::new() } else { format!("; brought back by {}", merges.join(", ")) };
        let start = told.commit(desync.start);
        let cut = if desync.is_cut { "before " } else { "" };
        let id = project::id_of(&desync.folder);
        table.add_row([
            Cell::from(if desync.end.is_none() { "open" } else { "" }),
            Cell::from(id.as_str()).brief(number(&id)),
            Cell::from(day(&start.date)).brief(brief_day(&start.date, told.now)),
            how_long(told.seconds(desync)).into(),
            spec.into(),
            metadata.into(),
            format!("{end}{merges}").into(),
            format!("{cut}{}: {}", named(start), one_line(&start.subject)).into(),
        ]);
    }
    table.make_brief(&[2, 5, 1]);
    table.leave_out(&[6, 4, 5, 2]);
    table.keep_of_last(40);
    let mut text = console::lines(&table);
    text.push('\n');
    let open = told.open();
    text += &format!("{}, {open} still open. {read}", count(told.desyncs.len(), "desync"));
    let median = told.median().map(|median| format!("half of those that ended did so within {}", how_long(median)));
    let longest = told.longest().map(|it| {
        let id = project::id_of(&it.folder);
        let open = if it.end.is_none() { ", still open" } else { "" };
        format!("the longest lasted {} ({id}{open})", how_long(told.seconds(it)))
    });
    let lives: Vec<String> = [median, longest].into_iter().flatten().collect();
    text += &format!("{}\n", crate::workspace::hint::sentence(&lives.join("; ")));
    let groups = [
        ("By month", told.by_month()),
        ("By author", told.by_author()),
        ("By agent", told.by_agent()),
        ("By kind of commit", told.by_kind()),
    ];
    for (what, counts) in groups {
        let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        if !counts.is_empty() {
            text += &format!("{what}: {}\n", counts.join(", "));
        }
    }
    text
}

/// `1f2e3d4c5b by Anna (with Claude)`
fn named(commit: &PastCommit) -> String {
    let agents = commit.agents();
    let with = if agents.is_empty() { String::new() } else { format!(" (with {})", one_line(&agents.join(", "))) };
    let merge = if commit.parents.len() > 1 { "merge " } else { "" };
    format!("{merge}{} by {}{with}", short(&commit.id), one_line(&commit.author))
}

fn as_json(told: &Told) -> Value {
    let commit = |at: usize| {
        let it = told.commit(at);
        json!({"commit": it.id, "author": it.author, "email": it.email, "agents": it.agents(), "date": it.date,
               "subject": it.subject, "kind": it.kind()})
    };
    let desync = |it: &PastDesync| {
        json!({
            "increment": project::id_of(&it.folder), "folder": slashed(&it.folder),
            "folderNow": slashed(&it.folder_now), "specStatus": it.statuses[0], "metadataStatus": it.statuses[1],
            "start": commit(it.start), "end": it.end.map(commit), "removed": it.is_removed, "cut": it.is_cut,
            "broughtBackBy": it.merges.iter().map(|&at| commit(at)).collect::<Vec<_>>(), "seconds": told.seconds(it),
        })
    };
    let counts = |counts: Vec<(String, usize)>| -> Vec<Value> {
        counts.iter().map(|(name, count)| json!({"name": name, "desyncs": count})).collect()
    };
    json!({
        "root": slashed(&told.root), "commits": told.history.commits.len(), "increments": told.history.increments,
        "shallow": told.history.is_shallow,
        "desyncs": told.desyncs.iter().map(desync).collect::<Vec<_>>(),
        "summary": {
            "desyncs": told.desyncs.len(), "open": told.open(), "medianSeconds": told.median(),
            "longestSeconds": told.longest().map(|it| told.seconds(it)), "months": counts(told.by_month()),
            "authors": counts(told.by_author()), "agents": counts(told.by_agent()), "kinds": counts(told.by_kind()),
        },
    })
}
