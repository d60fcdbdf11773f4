//! SARIF 2.1.0, which code scanning reads.

use std::path::Path;

use serde_json::{Value, json};

use crate::model::rules::{Code, Severity};
use crate::server::lsp::position;
use crate::workspace::fs::paths::slashed;
use crate::workspace::line_index::LineCol;
use crate::workspace::report::{Report, Reported};

/// The name under which SARIF's readers know the folder that paths count from.
const ROOT: &str = "%SRCROOT%";

/// `complete` is false when some part of a project could not be looked at.
pub fn report(report: &Report, complete: bool) -> Value {
    let base = crate::cli::output::paths::base(report);
    let rules: Vec<Value> = Code::ALL
        .iter()
        .map(|code| {
            json!({
                "id": code.as_str(),
                "shortDescription": {"text": code.meaning()},
                "defaultConfiguration": {"level": level(code.severity())},
            })
        })
        .collect();
    // A desync is one result with two places.
    let all = report.findings.iter().chain(&report.ignored);
    let results: Vec<Value> = all.filter(|it| !it.is_twin()).map(|it| result(it, &base)).collect();
    let mut run = json!({
        "tool": {"driver": {"name": "specweave-lsp", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": complete}],
        "results": results,
    });
    if let Some(uri) = position::uri_of(&base) {
        let uri = format!("{}/", uri.as_str().trim_end_matches('/'));
        run["originalUriBaseIds"] = json!({ROOT: {"uri": uri}});
    }
    json!({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})
}

fn result(reported: &Reported, base: &Path) -> Value {
    let finding = &reported.finding;
    let file = crate::cli::output::paths::path_from(base, reported);
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == finding.code),
        "level": level(finding.severity),
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place(base, &file, finding.start, finding.end)}],
        "properties": {
            "increment": reported.increment,
            "specStatus": reported.spec_status,
            "metadataStatus": reported.metadata_status,
        },
    });
    if let Some(reason) = &reported.reason {
        // Not in the file it is about, but in the project's settings.
        result["suppressions"] = json!([{"kind": "external", "status": "accepted", "justification": reason}]);
    }
    if !finding.related.is_empty() {
        let locations = finding.related.iter().map(|related| {
            let other = crate::cli::output::paths::from_base(base, &reported.root.join(reported.path_of(related.file)));
            json!({
                "physicalLocation": place(base, &other, related.start, related.end),
                "message": {"text": related.message},
            })
        });
        result["relatedLocations"] = locations.collect();
    }
    result
}

fn place(base: &Path, file: &Path, start: LineCol, end: LineCol) -> Value {
    json!({
        "artifactLocation": {"uri": relative_uri(base, file), "uriBaseId": ROOT},
        "region": {
            "startLine": start.line + 1, "startColumn": start.column + 1,
            "endLine": end.line + 1, "endColumn": end.column + 1,
        },
    })
}

fn relative_uri(base: &Path, file: &Path) -> String {
    let uri = |path: &Path| position::uri_of(path).map(|uri| uri.as_str().to_owned());
    let relative = uri(base).zip(uri(&base.join(file))).and_then(|(base, file)| {
        Some(file.strip_prefix(base.trim_end_matches('/'))?.trim_start_matches('/').to_owned())
    });
    relative.unwrap_or_else(|| slashed(file).into_owned())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    }
}
