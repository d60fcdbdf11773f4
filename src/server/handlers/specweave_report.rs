//! The command that reports all findings: the same object that `check --format json` prints.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::server::snapshot::Snapshot;
use crate::workspace::report::Report;

pub fn specweave_report(snapshot: &Snapshot<'_>) -> Value {
    let mut report = Report::default();
    for project in snapshot.projects.sorted() {
        let folders = snapshot.index.folders(|_, entry| *entry.summary.root == *project.root);
        let has_findings = |folder: &Arc<Path>| {
            snapshot.index.with(folder, |entry| !entry.findings.is_empty() || !entry.ignored.is_empty()) == Some(true)
        };
        let (with_findings, healthy): (Vec<_>, Vec<_>) = folders.into_iter().partition(has_findings);
        let (documents, settings) = (snapshot.documents, snapshot.settings(&project.root));
        let all: Vec<Arc<Path>> = healthy.iter().chain(&with_findings).cloned().collect();
        report.add_project(&project.root, healthy.len());
        for folder in with_findings {
            let sharing = project.numbers.sharing_with(&project.root, &folder);
            report.add_increment(&project.root, &folder, documents, settings, &sharing, false);
        }
        report.add_caches(
            &project.root,
            documents,
            settings,
            |id, side| snapshot.status(&project.root, id, side),
            || snapshot.open_summaries(&project.root),
        );
        let unused = report.unused(&project.root, settings, false, &all);
        report.add_config(&project.root, &project.config, &unused);
    }
    serde_json::to_value(report.to_json()).unwrap_or_else(|error| {
        tracing::error!("the report could not be written: {error}");
        Value::Null
    })
}
