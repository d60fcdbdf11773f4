//! Increments of SpecWeave 2 and 3 beside those of 1: where their status is, what counts as done, how they are closed.

use serde_json::Value;

use crate::client::{Client, uri};
use crate::project::{Project, Run};

const ONE: &str = "0001-first";
const TWO: &str = "0002-second";
const THREE: &str = "0003-third";

const DONE: &str = r#"{"t":"T-01","e":"done","by":"a@b","at":"2026-10-08T10:00:00.000Z","evidence":"npm test"}"#;
const VERIFIED: &str = r#"{"ok": true, "ranAt": "2026-10-08T11:00:00.000Z", "acs": {"total": 1, "done": 1}, "tasks": {"total": 1, "done": 1, "skipped": 0, "open": 0}}"#;
const SPEC: &str = "# Find things\n\n## Acceptance Criteria\n- [ ] AC-01: It finds\n\n## Tasks\n\n### T-01 Look\n- AC: AC-01 | Files: a | Test: npm test\n- [ ] open\n";

fn metadata(id: &str, status: &str) -> String {
    format!("{{\n  \"id\": \"{id}\",\n  \"status\": \"{status}\"\n}}\n")
}

/// An increment of generation 3, with a ledger that says that its one task is done.
fn third(project: &Project, status: &str) {
    project.write(
        THREE,
        "spec.md",
        SPEC.replace("- [ ] open", "- [x] done by a@b 2026-10-08T10:00:00.000Z — npm test"),
    );
    project.write(THREE, "metadata.json", metadata(THREE, status));
    project.write(THREE, "ledger.jsonl", format!("{DONE}\n"));
}

fn verify(project: &Project, id: &str) {
    std::fs::create_dir_all(project.path(id, "reports")).unwrap();
    project.write(id, "reports/verify.json", VERIFIED);
}

/// `code path` of each finding.
fn findings(run: &Run) -> Vec<String> {
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let name = |path: &Value| path.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let found = report["findings"].as_array().unwrap().iter();
    found.map(|it| format!("{} {}", it["code"].as_str().unwrap(), name(&it["path"]))).collect()
}

fn check(project: &Project) -> Vec<String> {
    findings(&project.run(&["check", "--deep", "--format", "json"]))
}

#[test]
fn a_status_in_metadata_alone_counts() {
    let project = Project::new();
    third(&project, "active");
    project.increment(ONE, "completed", "completed");
    assert_eq!(findings(&project.run(&["check", "--format", "json"])), Vec::<String>::new(), "right in generation 3");
    let run = project.run(&["status", "--line"]);
    assert_eq!(run.out, "[0003-third] ████████ 1/1 tasks | 1/1 ACs\n", "{}", run.err);
    let status: Value = serde_json::from_str(&project.run(&["status", "--format", "json"]).out).unwrap();
    let [open] = status["increments"].as_array().unwrap().as_slice() else { panic!("{status}") };
    assert_eq!((&open["id"], &open["title"]), (&Value::from(THREE), &Value::from("Find things")), "B15: the H1");
    assert_eq!(open["specStatus"], Value::Null);
}

#[test]
fn in_the_first_generation_it_counts_too_and_is_told() {
    let project = Project::new();
    project.write(ONE, "spec.md", "# A\n- [ ] **AC-US1-01**: a\n");
    project.write(ONE, "metadata.json", metadata(ONE, "active"));
    project.write(ONE, "tasks.md", "### T-001: a\n");
    assert_eq!(findings(&project.run(&["check", "--format", "json"])), ["missing-status spec.md"]);
    assert_eq!(project.run(&["status", "--line"]).out, "[0001-first] ░░░░░░░░ 0/1 tasks | 0/1 ACs\n", "B12");
    project.write(ONE, "metadata.json", metadata(ONE, "completed"));
    assert_eq!(check(&project), ["missing-status spec.md", "completed-with-open-work metadata.json"], "B13");
    assert_eq!(project.run(&["status", "--line"]).out, "no open increments\n");
}

#[test]
fn the_third_generation_is_closed_in_metadata_alone() {
    let project = Project::new();
    third(&project, "active");
    verify(&project, THREE);
    assert_eq!(check(&project), ["ready-to-close metadata.json"]);
    let spec = project.read(THREE, "spec.md");
    let run = project.run(&["close", THREE]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(project.read(THREE, "spec.md"), spec, "no frontmatter is added");
    let metadata: Value = serde_json::from_str(&project.read(THREE, "metadata.json")).unwrap();
    assert_eq!(metadata["status"], "completed");
    assert!(metadata["approvedAt"].is_string() && metadata["readyForReviewAt"].is_string(), "{metadata}");
    assert_eq!(check(&project), Vec::<String>::new(), "an unticked criterion is no open work");
}

#[test]
fn a_mirror_of_the_status_is_kept_in_step() {
    let project = Project::new();
    third(&project, "active");
    let spec = project.read(THREE, "spec.md");
    project.write(THREE, "spec.md", format!("---\nstatus: active\n---\n{spec}"));
    assert_eq!(project.run(&["close", THREE]).code, 0);
    assert_eq!(project.read(THREE, "spec.md"), format!("---\nstatus: completed\n---\n{spec}"));
}

#[test]
fn what_keeps_later_generations_open() {
    let project = Project::new();
    third(&project, "active");
    let refused = |says: &str| {
        let run = project.run(&["close", THREE]);
        assert!(run.code == 1 && run.err.contains(says), "{says}: {}", run.err);
        assert!(project.read(THREE, "metadata.json").contains("active"));
    };
    project.write(THREE, "ledger.jsonl", "");
    project.write(THREE, "spec.md", SPEC);
    refused("1 of 1 tasks and 1 of 1 acceptance criteria are open");
    project.write(THREE, "ledger.jsonl", format!("{DONE}\n"));
    project.write(THREE, "spec.md", SPEC.replace("- AC: AC-01 |", "- AC: - |"));
    refused("1 of 1 acceptance criteria are open");
    project.write(THREE, "spec.md", SPEC);
    std::fs::create_dir_all(project.path(THREE, "reports")).unwrap();
    project.write(THREE, "reports/verify.json", VERIFIED.replace("true", "false"));
    refused("reports/verify.json does not say ok");
    project.write(THREE, "reports/verify.json", VERIFIED.replace("T11:", "T09:"));
    refused("reports/verify.json is out of date");
    assert_eq!(check(&project), ["task-desync spec.md", "stale-verification verify.json"]);
    assert_eq!(project.run(&["close", THREE, "--force"]).code, 0);
    assert_eq!(project.run(&["set", THREE, "active"]).code, 0);
}

#[test]
fn later_generations_say_planned() {
    let project = Project::new();
    project.write(TWO, "spec.md", "---\nstatus: backlog\n---\n");
    project.write(TWO, "metadata.json", metadata(TWO, "backlog"));
    project.write(TWO, "tasks.md", "### T-01 A\n- AC: - | Files: a | Test: -\n- [ ] open\n");
    assert_eq!(project.run(&["set", TWO, "planning"]).code, 0);
    assert!(project.read(TWO, "spec.md").contains("status: planned\n"));
    assert!(project.read(TWO, "metadata.json").contains("\"planned\""));
}

#[test]
fn each_disagreement_is_told_where_it_is() {
    let project = Project::new();
    project.write(
        TWO,
        "spec.md",
        "---\nstatus: completed\n---\n- [ ] AC-01: a\n- [ ] AC-02: b\n## Tasks\n### T-09 x\n",
    );
    project.write(TWO, "metadata.json", metadata(TWO, "completed"));
    let tasks = "### T-01 A\n- AC: AC-01, AC-07 | Files: a | Test: -\n- [ ] open\n### T-02 B\n- AC: AC-01 | Files: a | Test: -\n- [ ] open\n";
    project.write(TWO, "tasks.md", tasks);
    let event =
        |task: &str, event: &str| format!(r#"{{"t":"{task}","e":"{event}","by":"a","at":"2026-09-08T10:00:00Z"}}"#);
    let ledger = [DONE, &event("T-02", "done"), &event("T-02", "claim"), &event("T-05", "claim"), "{"].join("\n");
    project.write(TWO, "ledger.jsonl", ledger);
    assert_eq!(
        check(&project),
        [
            "completed-with-open-work spec.md",
            "uncovered-criterion spec.md",
            "shadowed-tasks spec.md",
            "unknown-reference tasks.md",
            "task-desync tasks.md",
            "task-desync tasks.md",
            "ignored-event ledger.jsonl",
            "open-claim ledger.jsonl",
            "open-claim ledger.jsonl",
            "unknown-reference ledger.jsonl",
            "ignored-event ledger.jsonl",
        ]
    );
    let reasoned = metadata(TWO, "completed").replace("\"status\"", "\"closeReason\": \"moved\",\n  \"status\"");
    project.write(TWO, "metadata.json", reasoned);
    assert!(project.run(&["check", "--deep"]).out.contains("info[completed-with-open-work]"));
}

/// A8.
#[test]
fn a_folder_without_a_number_is_checked() {
    let project = Project::new();
    project.increment("notes", "active", "completed");
    project.increment("0005_x", "active", "active");
    project.increment("_drafts", "active", "completed");
    project.write("empty", "README.md", "");
    let found = check(&project);
    let unnumbered = found.iter().filter(|it| **it == "unnumbered-increment spec.md").count();
    let desynced = found.iter().filter(|it| it.starts_with("status-desync")).count();
    assert_eq!((unnumbered, desynced), (2, 2), "{found:?}");
    assert_eq!(project.run(&["sync", "notes", "--yes"]).code, 0);
    assert_eq!(project.run(&["status", "--format", "json"]).out.matches("\"id\"").count(), 1, "empty folders are none");
}

/// A8. `FS-016` and the like are SpecWeave's too; what is in a bucket is looked at when it is asked for.
#[test]
fn whatever_it_is_called_an_increment_is_checked_or_said_to_be_in_a_bucket() {
    let names = ["FS-016", "0010", "0006e-x", "0005_x", "notes"];
    let buckets = ["_archive/_dup-0209-x", "_archive/2024/0008-x", "abandoned/0007-x", "done/0009-x", ".trash/0011-x"];
    let project = Project::new();
    names.iter().chain(&buckets).for_each(|id| project.increment(id, "active", "completed"));
    let desynced = |args: &[&str]| -> Vec<String> {
        let run = project.run(&[&["check", "--format", "json"], args].concat());
        let report: Value = serde_json::from_str(&run.out).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let found =
            findings.filter(|it| it["code"] == "status-desync" && it["path"].as_str().unwrap().ends_with(".md"));
        found
            .map(|it| it["path"].as_str().unwrap().replace(".specweave/increments/", "").replace("/spec.md", ""))
            .collect()
    };
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let expected = |names: &[&str]| sorted(names.iter().map(|&name| name.to_owned()).collect());
    assert_eq!(sorted(desynced(&[])), expected(&names));
    assert_eq!(sorted(desynced(&["--include-archived"])), expected(&[&names[..], &buckets].concat()));
    for path in buckets {
        let run = project.run(&["sync", &format!(".specweave/increments/{path}"), "--from", "spec", "--yes"]);
        assert_eq!(run.code, 0, "{path}: {}{}", run.out, run.err);
        assert!(project.read(path, "metadata.json").contains("\"active\""), "{path}");
    }
}

#[test]
fn the_ledger_is_followed() {
    let project = Project::new();
    third(&project, "active");
    verify(&project, THREE);
    let mut client = Client::open(&project);
    let [spec, metadata, ledger, verification] =
        ["spec.md", "metadata.json", "ledger.jsonl", "reports/verify.json"].map(|it| uri(&project.path(THREE, it)));
    client.wait_findings(&metadata, &["ready-to-close \"active\""]);
    project.write(THREE, "ledger.jsonl", format!("{DONE}\nnot JSON\n"));
    client.wait_findings(&ledger, &["ignored-event \"not JSON\""]);
    project.write(THREE, "ledger.jsonl", format!("{}\n", DONE.replace("done", "claim")));
    client.wait_findings(&ledger, &[]);
    client.wait_findings(&metadata, &[]);
    client.wait_findings(&verification, &["stale-verification \"true\""]);
    project.write(THREE, "ledger.jsonl", format!("{DONE}\n").replace("a@b", "else"));
    client.wait_findings(&spec, &["task-desync \"- [x] done by a@b 2026-10-08T10:00:00.000Z — npm test\""]);
    client.wait_findings(&verification, &[]);
}

#[test]
fn a_verification_of_another_time_is_seen() {
    let project = Project::new();
    third(&project, "active");
    verify(&project, THREE);
    let mut client = Client::open(&project);
    client.wait_findings(&uri(&project.path(THREE, "metadata.json")), &["ready-to-close \"active\""]);
    let verification = uri(&project.path(THREE, "reports/verify.json"));
    project.open_folders();
    project.write(THREE, "reports/verify.json", VERIFIED.replace("T11:", "T09:"));
    client.wait_findings(&verification, &["stale-verification \"true\""]);
}

#[test]
fn a_task_is_put_right_from_the_ledger() {
    let project = Project::new();
    third(&project, "active");
    project.write(THREE, "spec.md", SPEC);
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(THREE, "spec.md"));
    client.wait_findings(&spec, &["task-desync \"- [ ] open\""]);
    let actions = client.actions_at_finding(&spec);
    let fix = actions.iter().find(|action| action["title"] == "Update `T-01` from the ledger").expect("a fix");
    assert_eq!((&fix["kind"], &fix["diagnostics"][0]["code"]), (&"quickfix".into(), &"task-desync".into()));
    client.apply(&fix["edit"].clone());
    client.wait_findings(&spec, &[]);
    let expected = SPEC.replace("- [ ] open", "- [x] done by a@b 2026-10-08T10:00:00.000Z — npm test");
    assert_eq!(client.text(&spec), expected, "the line that SpecWeave would write");
}

#[test]
fn caches_are_what_specweave_would_write() {
    let project = Project::new();
    let state = project.root.join(".specweave/state");
    std::fs::create_dir_all(&state).unwrap();
    // C1: 199 of 200 are not all.
    let task = |at: usize, mark: &str| format!("### T-{at:03}: a\n**Status**: [{mark}] x\n");
    let tasks: String = (1..=200).map(|at| task(at, if at == 200 { " " } else { "x" })).collect();
    project.increment(ONE, "active", "active");
    project.write(ONE, "tasks.md", tasks);
    // C2: by metadata.json, the latest activity first.
    third(&project, "active");
    let dated = |id: &str, at: &str| {
        metadata(id, "active").replace("\"status\"", &format!("\"lastActivity\": \"{at}\",\n  \"status\""))
    };
    project.write(ONE, "metadata.json", dated(ONE, "2026-01-01T00:00:00.000Z"));
    project.write(THREE, "metadata.json", dated(THREE, "2026-02-01T00:00:00.000Z"));
    project.increment(TWO, "active", "completed");
    let cache = |name: &str| -> Value { serde_json::from_slice(&std::fs::read(state.join(name)).unwrap()).unwrap() };
    std::fs::write(state.join("active-increment.json"), r#"{"ids": []}"#).unwrap();
    std::fs::write(state.join("status-line.json"), r#"{"activeIncrements": []}"#).unwrap();
    let stale = |project: &Project| check(project).iter().filter(|it| it.starts_with("stale-status-line")).count();
    assert_eq!(stale(&project), 2, "C4: an open increment is missing in each");
    assert_eq!(project.run(&["sync", TWO, "--from", "metadata"]).code, 0);
    assert_eq!(cache("active-increment.json")["ids"], serde_json::json!([THREE, ONE]));
    let shown = cache("status-line.json")["activeIncrements"].clone();
    assert_eq!((shown[0]["id"].as_str(), shown[0]["percentage"].as_u64()), (Some(ONE), Some(99)), "{shown}");
    assert_eq!(stale(&project), 0);
    project.write(ONE, "tasks.md", task(1, "x"));
    assert_eq!(stale(&project), 1, "C4: stale counts");
    assert_eq!(project.run(&["tick", ONE, "T-001", "--open"]).code, 0);
    assert_eq!(stale(&project), 0);
    let text = std::fs::read_to_string(state.join("status-line.json")).unwrap();
    std::fs::write(state.join("status-line.json"), text.replace("\"openCount\": 1", "\"openCount\": 7")).unwrap();
    let told = project.run(&["check"]).out;
    assert!(told.contains("SpecWeave's cache counts 7 open increments; now it is 1."), "C4: {told}");
}

/// The one action about the work at a line of a document.
fn tick_at(client: &mut Client, document: &str, line: usize) -> Value {
    let at = serde_json::json!({"line": line, "character": 0});
    let actions = client.actions(document, serde_json::json!({"start": at, "end": at}));
    let mut found = actions.into_iter().filter(|action| action["kind"] == "refactor.rewrite.work");
    let action = found.next().expect("an action");
    assert_eq!(found.next(), None);
    action
}

#[test]
fn work_is_ticked_off_on_its_line() {
    let project = Project::new();
    project.write(ONE, "spec.md", "---\nstatus: active\n---\n- [ ] **AC-US1-01**: a\r\n");
    project.write(ONE, "metadata.json", metadata(ONE, "active"));
    project.write(ONE, "tasks.md", "### T-001: a\n**Status**: [x] completed\n### T-002: b\n");
    project.write(THREE, "spec.md", SPEC);
    project.write(THREE, "metadata.json", metadata(THREE, "active"));
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ONE, "spec.md"));
    let action = tick_at(&mut client, &spec, 3);
    assert_eq!(action["title"], "Tick `AC-US1-01`");
    client.apply(&action["edit"].clone());
    assert_eq!(client.text(&spec), "---\nstatus: active\n---\n- [x] **AC-US1-01**: a\r\n");
    assert_eq!(tick_at(&mut client, &spec, 3)["title"], "Untick `AC-US1-01`");
    let tasks = client.open_file(&project.path(ONE, "tasks.md"));
    let action = tick_at(&mut client, &tasks, 0);
    assert_eq!(action["title"], "Mark task `T-001` as open");
    client.apply(&action["edit"].clone());
    assert_eq!(client.text(&tasks), "### T-001: a\n**Status**: [ ] pending\n### T-002: b\n");
    let why = tick_at(&mut client, &tasks, 2)["disabled"]["reason"].clone();
    assert_eq!(why, "T-002 has neither a box nor a status line. Add the line `**Status**: [ ] pending`.");
    let third = client.open_file(&project.path(THREE, "spec.md"));
    let why = tick_at(&mut client, &third, 7)["disabled"]["reason"].clone();
    assert_eq!(
        why,
        "T-01 of 0003-third is done when the ledger says so. Run `specweave task done T-01 0003-third --run \"TEST COMMAND\"`."
    );
}
