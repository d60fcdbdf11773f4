//! A project's desyncs in a period, and what they have in common; and how the command line asks for them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::{Timestamp, ToSpan as _, civil, tz::TimeZone};

use crate::cli::error::ArgumentError;
use crate::git::commit::PastCommit;
use crate::git::project_history::{PastDesync, ProjectHistory};
use crate::model::rules::one_line;
use crate::model::sort;

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum HistoryFormat {
    Table,
    Json,
    /// Counts of the whole project
    Openmetrics,
}

/// The time that is asked about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Period {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Period {
    pub fn holds(self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
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
    pub fn commit(&self, at: usize) -> &PastCommit {
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
    pub fn counts(&self, of: impl Fn(&PastCommit) -> Vec<String>) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in self.desyncs.iter().flat_map(|it| of(self.commit(it.start))) {
            *counts.entry(name).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        sort::by(&mut counts, |a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
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

    pub fn by_month(&self) -> Vec<(String, usize)> {
        let mut months = self.counts(|commit| vec![commit.date.get(..7).unwrap_or_default().to_owned()]);
        sort::by(&mut months, Ord::cmp);
        months
    }
}

pub fn time(commit: &PastCommit) -> Option<Timestamp> {
    commit.date.parse().ok()
}
