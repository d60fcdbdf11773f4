//! Counts for those who watch many projects: a node exporter's textfile, or a push gateway. Only gauges, so that the
//! text is valid in the older Prometheus format too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::model::rules::{Code, Severity};
use crate::workspace::config::Settings;
use crate::workspace::fs::paths::slashed;
use crate::workspace::report::{ProjectCount, Report};

/// What counts in a project of the report.
pub type SettingsOf<'a> = &'a dyn Fn(&Path) -> Option<Arc<Settings>>;

pub fn report(report: &Report, settings: SettingsOf<'_>) -> String {
    let mut text = String::new();
    let mut counts = |name: &str, help: &str, count: fn(&ProjectCount) -> usize| {
        header(&mut text, name, help);
        for project in &report.projects {
            let _ = writeln!(text, "{name}{{project=\"{}\"}} {}", path_label(&project.root), count(project));
        }
    };
    counts("specweave_increments", "Increments that were checked.", |project| project.scanned);
    counts("specweave_increments_healthy", "Increments without a desync or another error.", |project| project.healthy);
    counts("specweave_desyncs", "Increments whose two statuses disagree.", |project| project.desyncs);
    counts("specweave_findings_ignored", "Findings that the project accepts.", |project| project.ignored);
    header(&mut text, "specweave_findings", "Findings; one desync counts once.");
    for project in &report.projects {
        for ((code, severity), count) in findings(report, &project.root, settings) {
            let _ = writeln!(
                text,
                "specweave_findings{{project=\"{}\",finding=\"{code}\",severity=\"{}\"}} {count}",
                path_label(&project.root),
                severity.as_str()
            );
        }
    }
    text + "# EOF\n"
}

/// Also the findings that are not there: a series that comes and goes cannot be alerted on.
fn findings(report: &Report, root: &Path, settings: SettingsOf<'_>) -> BTreeMap<(Code, Severity), usize> {
    let settings = settings(root).unwrap_or_default();
    let mut counts: BTreeMap<(Code, Severity), usize> = BTreeMap::new();
    for &code in Code::ALL {
        if let Some(severity) = settings.severity(code, code.severity()) {
            counts.insert((code, severity), 0);
        }
    }
    for reported in report.findings.iter().filter(|it| it.root == root && !it.is_twin()) {
        *counts.entry((reported.finding.code, reported.finding.severity)).or_default() += 1;
    }
    counts
}

pub fn header(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

pub fn path_label(path: &Path) -> String {
    escaped(&slashed(path))
}

/// As a label's value.
pub fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n")
}
