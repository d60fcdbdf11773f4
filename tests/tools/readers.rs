//! SARIF's own schema, and the parsers of OpenMetrics and of Prometheus' older text format.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::project::{Project, metadata_text};
use crate::repository::Repository;
use crate::{tools, with_tools};

const ID: &str = "0047-us-task-linkage";

/// Gives `text` to a Python program that has the tools' packages; its output, or its complaint.
fn python(program: &str, text: &str) -> Result<String, String> {
    let mut command = with_tools(tools().join("python/bin/python"), &tools());
    let mut child = command
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = if output.status.success() { &output.stdout } else { &output.stderr };
    let said = String::from_utf8_lossy(said).into_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}

#[track_caller]
fn validate(sarif: &str) {
    python(VALIDATE, sarif).unwrap_or_else(|complaint| panic!("{complaint}\n{sarif}"));
}

/// Every kind of finding that files alone can bring about, in two projects whose paths need escaping.
fn all_kinds() -> Project {
    let project = Project::incident();
    project.write("0001-a", "spec.md", "no frontmatter\n");
    project.write("0001-a", "metadata.json", "{\"status\": \"active\", \"id\": \"other\", \"status\": \"active\"}");
    project.write("0001E-b", "spec.md", "---\nstatus: 5\nnever: closes\n");
    project.write("0001E-b", "metadata.json", "[]");
    project.write("0002-c", "spec.md", [b"---\nstatus: act\xff\n---\n".as_slice()].concat());
    project.write(
        "0003-d",
        "spec.md",
        "---\n{title: \"😀\", status: \"50 %, \\n:: \\\"actve\\\"\"}\n---\n- [ ] **AC-1**: x\n",
    );
    project.write("0003-d", "metadata.json", "{\"status\": \"completed\"}");
    project.increment("0004-done", "completed", "completed");
    project.write("0004-done", "tasks.md", "### T-001: a\n");
    let nested = project.root.join("a \"quoted\", 50% näme/.specweave/increments/0005-e");
    fs::create_dir_all(&nested).unwrap();
    fs::write(nested.join("spec.md"), crate::project::spec_text("0005-e", "active")).unwrap();
    fs::write(nested.join("metadata.json"), metadata_text("0005-e", "paused")).unwrap();
    second_generation(&project);
    let settings = r#"{"exlude": [], "ignore": [
        {"increment": "0004-*", "code": "completed-with-open-work", "reason": "50 %, \"as it was\" 😀"},
        {"increment": "0099-*", "code": "id-mismatch", "reason": "x"}
    ]}"#;
    fs::write(project.root.join(".specweave/lsp.json"), settings).unwrap();
    let state = project.root.join(".specweave/state");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("active-increment.json"), "{\"ids\": [\"0004-done\"]}").unwrap();
    project
}

/// What can be wrong with tasks, ledger and verification; one increment that is done, and a folder without a number.
fn second_generation(project: &Project) {
    let done = r#"{"t":"T-01","e":"done","by":"a","at":"2026-09-08T10:00:00Z","evidence":"x"}"#;
    let claim = r#"{"t":"T-05","e":"claim","by":"a","at":"2026-09-08T10:00:00Z"}"#;
    let task = "### T-01 A\n- AC: AC-01, AC-07 | Files: a | Test: -\n- [ ] open\n";
    let verified = r#"{"ok": true, "ranAt": "2026-09-08T11:00:00Z", "acs": {"total": 9, "done": 9}, "tasks": {"total": 9, "done": 9}}"#;
    let spec = "---\nstatus: completed\n---\n# F\n- [ ] AC-01: a\n- [ ] AC-02: b\n## Tasks\n### T-09 x\n- AC: - | Files: a | Test: -\n- [ ] open\n";
    let id = "0006-f";
    project.write(id, "spec.md", spec);
    project.write(id, "metadata.json", metadata_text(id, "completed"));
    project.write(id, "tasks.md", task);
    project.write(id, "ledger.jsonl", format!("{done}\n{claim}\n{{\n"));
    fs::create_dir_all(project.path(id, "reports")).unwrap();
    project.write(id, "reports/verify.json", verified);
    project.increment("0007-done", "active", "active");
    project.write("0007-done", "tasks.md", "### T-001: a\n**Status**: [x] completed\n");
    project.increment("notes", "active", "active");
}

const VALIDATE: &str = r#"
import json, sys, jsonschema
schema = json.load(open("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"))
errors = list(jsonschema.Draft4Validator(schema).iter_errors(json.load(sys.stdin)))
sys.exit("\n".join(f"{list(error.absolute_path)}: {error.message}" for error in errors) or 0)
"#;

#[test]
fn sarif_follows_its_schema() {
    let project = all_kinds();
    let run = project.run(&["check", "--deep", "--format", "sarif"]);
    assert_eq!(run.code, 1, "{}", run.err);
    validate(&run.out);
    let complaint = python(VALIDATE, &run.out.replace("\"note\"", "\"information\"")).unwrap_err();
    assert!(complaint.contains("'information' is not one of"), "the schema is looked at: {complaint}");
    let log: Value = serde_json::from_str(&run.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let mut seen: Vec<&str> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    results.iter().for_each(|it| assert_eq!(rules[it["ruleIndex"].as_u64().unwrap() as usize]["id"], it["ruleId"]));
    seen.sort_unstable();
    seen.dedup();
    // The other two are about unsaved documents.
    assert_eq!(seen.len(), rules.len() - 2, "{seen:?}");

    let nothing = Project::new();
    validate(&nothing.run(&["check", "--format", "sarif"]).out);
}

#[test]
fn sarif_names_places_as_code_hosts_know_them() {
    let repository = Repository::new();
    let nested = repository.root().join("apps/a b/.specweave/increments").join(ID);
    fs::create_dir_all(&nested).unwrap();
    fs::write(nested.join("spec.md"), "---\n{title: \"😀\", status: active}\n---\n").unwrap();
    fs::write(nested.join("metadata.json"), metadata_text(ID, "completed")).unwrap();
    repository.git(&["add", "--all"]);
    for args in [&["check", "apps", "--format", "sarif"][..], &["check", "--staged", "--format", "sarif"]] {
        let run = repository.run(args);
        validate(&run.out);
        let log: Value = serde_json::from_str(&run.out).unwrap();
        let result = &log["runs"][0]["results"][0];
        let place = |file: &str, line: u32, start: u32, end: u32| {
            json!({
                "artifactLocation": {"uri": format!("apps/a%20b/.specweave/increments/{ID}/{file}"), "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": line, "startColumn": start, "endLine": line, "endColumn": end},
            })
        };
        assert_eq!(result["locations"], json!([{"physicalLocation": place("spec.md", 2, 22, 28)}]));
        assert_eq!(result["relatedLocations"][0]["physicalLocation"], place("metadata.json", 3, 14, 23));
        let root = log["runs"][0]["originalUriBaseIds"]["%SRCROOT%"]["uri"].as_str().unwrap();
        assert_eq!(root, format!("file://{}/", repository.root().display()));
    }
}

const PARSE: &str = r#"
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
text = sys.stdin.read()
def samples(parse):
    return [[family.type, sample.name, sample.labels, sample.value] for family in parse(text) for sample in family.samples]
new, old = samples(openmetrics), samples(prometheus)
assert new == old, (new, old)
print(json.dumps(new))
"#;

#[test]
fn openmetrics_are_read_by_both_parsers() {
    let project = all_kinds();
    let run = project.run(&["check", "--format", "openmetrics", "--exit-zero", "--severity", "id-mismatch=off"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let samples: Vec<(String, String, Value, f64)> = serde_json::from_str(&python(PARSE, &run.out).unwrap()).unwrap();
    assert!(samples.iter().all(|(kind, ..)| kind == "gauge"));
    let nested = project.root.join("a \"quoted\", 50% näme");
    let value = |name: &str, labels: Value| {
        let found: Vec<f64> = samples.iter().filter(|it| it.1 == name && it.2 == labels).map(|it| it.3).collect();
        assert_eq!(found.len(), 1, "{name} {labels}\n{}", run.out);
        found[0]
    };
    let report: Value = serde_json::from_str(&project.run(&["check", "--format", "json"]).out).unwrap();
    for at in report["projects"].as_array().unwrap() {
        let labels = json!({"project": at["root"]});
        let counts = [
            ("increments", "scanned"),
            ("increments_healthy", "healthy"),
            ("desyncs", "desyncs"),
            ("findings_ignored", "ignored"),
        ];
        for (name, count) in counts {
            assert_eq!(value(&format!("specweave_{name}"), labels.clone()), at[count].as_f64().unwrap());
        }
    }
    let finding = |root: &std::path::Path, code: &str, severity: &str| {
        value("specweave_findings", json!({"project": root, "finding": code, "severity": severity}))
    };
    assert_eq!(finding(&nested, "status-desync", "error"), 1.0, "a desync counts once");
    assert_eq!(finding(&nested, "duplicate-key", "error"), 0.0, "what is not there is there as 0");
    assert_eq!(finding(&project.root, "duplicate-key", "error"), 1.0);
    assert!(samples.iter().all(|(_, _, labels, _)| labels["finding"] != "id-mismatch"), "what is off is not counted");
}

const STEPS: &str = r#"
import json, sys, yaml
workflow = yaml.safe_load(sys.stdin)
print(json.dumps([step["run"] for step in workflow["jobs"]["statuses"]["steps"] if "run" in step]))
"#;

#[test]
fn the_documented_workflow_does_what_it_says() {
    let workflow = crate::documented("docs/ci.md", ".github/workflows/specweave.yml");
    let steps: Vec<String> = serde_json::from_str(&python(STEPS, &workflow).unwrap()).unwrap();
    let repository = Repository::new();
    let mut codes = Vec::new();
    for status in ["active", "completed"] {
        repository.project.increment(ID, "active", status);
        // The first one installs the program.
        for step in &steps[1..] {
            let mut shell = with_tools("bash", repository.root());
            codes.push(crate::repository::finish(shell.args(["-e", "-c", step])).code);
        }
        validate(&fs::read_to_string(repository.root().join("specweave.sarif")).unwrap());
    }
    assert_eq!(codes, [0, 0, 0, 1], "{steps:?}");
}
