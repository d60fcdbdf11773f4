//! `specweave-lsp history` without an increment: every desync of the project, and what they have in common.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan as _, civil, tz::TimeZone};
use serde_json::{Value, json};

use crate::cli::common::Common;
use crate::cli::console::{self, CommandResult, Verdict, print, print_json};
use crate::cli::error::{ArgumentError, CliError};
use crate::cli::history::{HistoryFormat, day, how_long, short};
use crate::cli::output::history_metrics;
use crate::cli::output::words::count;
use crate::cli::progress::ProgressLine;
use crate::cli::{interrupt, projects};
use crate::git::commit::Commit;
use crate::git::project_history::{self, PastDesync, Progress, ProjectHistory};
use crate::git::repository::Repository;
use crate::model::rules::one_line;
use crate::workspace::config::Settings;
use crate::workspace::{discover, project};

/// The time that is asked about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Period {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Period {
    fn holds(self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
        self.since.is_none_or(|since| to.is_none_or(|to| to >= since))
            && self.until.is_none_or(|until| from.is_none_or(|from| from <= until))
    }
}

/// `2026-01-31`, in the user's own time zone, or a whole time.
pub fn parse_since(text: &str) -> Result<Timestamp, ArgumentError> {
    parse(text, 0)
}

/// The end of that day.
pub fn parse_until(text: &str) -> Result<Timestamp, ArgumentError> {
    parse(text, 1)
}

fn parse(text: &str, days: i64) -> Result<Timestamp, ArgumentError> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let day = text.parse::<civil::Date>().and_then(|date| date.checked_add(days.days()));
    let start = day.and_then(|day| day.to_zoned(TimeZone::try_system().unwrap_or(TimeZone::UTC)));
    Ok(start.map_err(|_| ArgumentError::Date(text.to_owned()))?.timestamp())
}

/// A project and what became of it.
pub struct Told {
    pub root: PathBuf,
    pub history: ProjectHistory,
    /// Those of the period that is asked about, the open ones first.
    pub desyncs: Vec<PastDesync>,
    pub now: Timestamp,
}

impl Told {
    pub fn commit(&self, at: usize) -> &Commit {
        &self.history.commits[at]
    }

    pub fn seconds(&self, desync: &PastDesync) -> i64 {
        let end = desync.end.and_then(|end| time(self.commit(end))).unwrap_or(self.now);
        time(self.commit(desync.start)).map_or(0, |start| (end.as_second() - start.as_second()).max(0))
    }

    /// The middle one of those that have ended.
    pub fn median(&self) -> Option<i64> {
        let mut lives: Vec<i64> =
            self.desyncs.iter().filter(|it| it.end.is_some()).map(|it| self.seconds(it)).collect();
        lives.sort_unstable();
        lives.get(lives.len() / 2).copied()
    }

    pub fn longest(&self) -> Option<&PastDesync> {
        self.desyncs.iter().max_by_key(|it| self.seconds(it))
    }

    pub fn open(&self) -> usize {
        self.desyncs.iter().filter(|it| it.end.is_none()).count()
    }

    /// How many begin with each of what `of` gives for the commit, the most frequent first.
    pub fn counts(&self, of: impl Fn(&Commit) -> Vec<String>) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in self.desyncs.iter().flat_map(|it| of(self.commit(it.start))) {
            *counts.entry(name).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }

    pub fn by_author(&self) -> Vec<(String, usize)> {
        self.counts(|commit| vec![one_line(&commit.author)])
    }

    pub fn by_agent(&self) -> Vec<(String, usize)> {
        self.counts(|commit| commit.agents().iter().map(|agent| one_line(agent)).collect())
    }

    pub fn by_kind(&self) -> Vec<(String, usize)> {
        self.counts(|commit| vec![commit.kind().to_owned()])
    }

    fn by_month(&self) -> Vec<(String, usize)> {
        let mut months = self.counts(|commit| vec![commit.date.get(..7).unwrap_or_default().to_owned()]);
        months.sort();
        months
    }
}

fn time(commit: &Commit) -> Option<Timestamp> {
    commit.date.parse().ok()
}

pub fn run(period: &Period, format: HistoryFormat, common: &Common) -> CommandResult {
    let settings = Settings { include_archived: true, ..common.settings()? };
    interrupt::ends_cleanly();
    let mut told = Vec::new();
    for selection in projects::all(common, &settings)? {
        told.push(read(&selection.root, *period, &settings)?);
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
    let progress = Bar::default();
    let increments = discover::increments_folder(from_top);
    let mut history = project_history::read(&repository, &increments, settings.max_file_size, &progress)?;
    drop(progress);
    let commits = &history.commits;
    let mut desyncs = std::mem::take(&mut history.desyncs);
    desyncs.retain(|it| period.holds(time(&commits[it.start]), it.end.and_then(|end| time(&commits[end]))));
    desyncs.sort_by_key(|it| (it.end.is_some(), it.start));
    Ok(Told { root: root.to_path_buf(), history, desyncs, now: Timestamp::now() })
}

#[derive(Default)]
struct Bar(RefCell<Option<ProgressLine>>);

impl Progress for Bar {
    fn begin(&self, what: &'static str, of: usize) {
        // The one before goes first.
        self.0.replace(None);
        self.0.replace(Some(ProgressLine::new(of, 2_000, what)));
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
    let mut table = console::plain_table();
    table.set_header(["", "INCREMENT", "SINCE", "LASTED", "SPEC.MD", "METADATA.JSON", "PARTED IN", "ENDED IN"]);
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
        table.add_row([
            if desync.end.is_none() { "⚠".to_owned() } else { String::new() },
            project::id_of(&desync.folder),
            day(&start.date),
            how_long(told.seconds(desync)),
            spec,
            metadata,
            format!("{cut}{}: {}", named(start), one_line(&start.subject)),
            format!("{end}{merges}"),
        ]);
    }
    console::keep_whole(&mut table, 1);
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
fn named(commit: &Commit) -> String {
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
            "increment": project::id_of(&it.folder), "folder": it.folder.to_string_lossy(),
            "folderNow": it.folder_now.to_string_lossy(), "specStatus": it.statuses[0], "metadataStatus": it.statuses[1],
            "start": commit(it.start), "end": it.end.map(commit), "removed": it.is_removed, "cut": it.is_cut,
            "broughtBackBy": it.merges.iter().map(|&at| commit(at)).collect::<Vec<_>>(), "seconds": told.seconds(it),
        })
    };
    let counts = |counts: Vec<(String, usize)>| -> Vec<Value> {
        counts.iter().map(|(name, count)| json!({"name": name, "desyncs": count})).collect()
    };
    json!({
        "root": told.root, "commits": told.history.commits.len(), "increments": told.history.increments,
        "shallow": told.history.is_shallow,
        "desyncs": told.desyncs.iter().map(desync).collect::<Vec<_>>(),
        "summary": {
            "desyncs": told.desyncs.len(), "open": told.open(), "medianSeconds": told.median(),
            "longestSeconds": told.longest().map(|it| told.seconds(it)), "months": counts(told.by_month()),
            "authors": counts(told.by_author()), "agents": counts(told.by_agent()), "kinds": counts(told.by_kind()),
        },
    })
}
