//! The history of projects as counts for Prometheus. Only gauges, as in the report of `check`: what a rebase takes out of
//! the history goes out of the counts too.

use std::fmt::Write as _;

use crate::cli::output::openmetrics::{escaped, header, path_label};
use crate::cli::project_story::Told;

/// A gauge with a label, of each of these.
type Labelled = (&'static str, &'static str, &'static str, fn(&Told) -> Vec<(String, usize)>);

pub fn report(projects: &[Told]) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: &dyn Fn(&Told) -> Option<String>| {
        header(&mut text, name, help);
        for told in projects {
            if let Some(value) = value(told) {
                let _ = writeln!(text, "{name}{{project=\"{}\"}} {value}", path_label(&told.root));
            }
        }
    };
    let number = |number: usize| Some(number.to_string());
    gauge("specweave_history_commits", "Commits that were read.", &|told| number(told.history.commits.len()));
    gauge("specweave_history_desyncs", "Desyncs that there have been.", &|told| number(told.desyncs.len()));
    gauge("specweave_history_desyncs_open", "Those that the last commit still has.", &|told| number(told.open()));
    gauge("specweave_history_desync_median_seconds", "How long half of those that ended lasted at most.", &|told| {
        told.median().map(|seconds| seconds.to_string())
    });
    gauge("specweave_history_desync_longest_seconds", "How long the longest one lasted, or lasts.", &|told| {
        told.longest().map(|longest| told.seconds(longest).to_string())
    });
    gauge(
        "specweave_history_desync_oldest_open_seconds",
        "For how long the oldest open one has been there.",
        &|told| {
            let open = told.desyncs.iter().filter(|desync| desync.end.is_none());
            Some(open.map(|desync| told.seconds(desync)).max().unwrap_or(0).to_string())
        },
    );
    let labelled: [Labelled; 3] = [
        ("specweave_history_desyncs_by_author", "author", "Desyncs, by whose commit began them.", Told::by_author),
        (
            "specweave_history_desyncs_by_agent",
            "agent",
            "Desyncs that began in a commit with a coding agent.",
            Told::by_agent,
        ),
        ("specweave_history_desyncs_by_kind", "kind", "Desyncs, by the kind of commit that began them.", Told::by_kind),
    ];
    for (name, label, help, counts) in labelled {
        header(&mut text, name, help);
        for told in projects {
            let root = path_label(&told.root);
            for (value, count) in counts(told) {
                let _ = writeln!(text, "{name}{{project=\"{root}\",{label}=\"{}\"}} {count}", escaped(&value));
            }
        }
    }
    text + "# EOF\n"
}
