//! Closing and other changes of status: what is offered, what stands in the way, what is noted.

use serde_json::{Value, json};

use crate::client::{Client, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";
const OPEN_TASK: &str = "### T-001: a\n**Status**: [ ] pending\n";

fn transitions(client: &mut Client, uri: &str) -> Vec<Value> {
    // The lines of the status in metadata.json and in spec.md.
    let here = json!({"start": {"line": 2, "character": 0}, "end": {"line": 3, "character": 9}});
    let params = json!({"textDocument": {"uri": uri}, "range": here,
                        "context": {"diagnostics": [], "only": ["refactor"]}});
    client.request("textDocument/codeAction", params).as_array().unwrap().clone()
}

fn titles(actions: &[Value]) -> Vec<String> {
    let disabled = |action: &Value| if action.get("disabled").is_some() { " (disabled)" } else { "" };
    actions.iter().map(|action| action["title"].as_str().unwrap().to_owned() + disabled(action)).collect()
}

#[test]
fn the_steps_from_each_status_are_offered() {
    for (status, expected) in [
        (
            "active",
            &[
                "Close increment 0047-us-task-linkage",
                "Change status of 0047-us-task-linkage to `backlog`",
                "Change status of 0047-us-task-linkage to `paused`",
                "Change status of 0047-us-task-linkage to `ready_for_review`",
                "Change status of 0047-us-task-linkage to `abandoned`",
            ][..],
        ),
        (
            "completed",
            &[
                "Change status of 0047-us-task-linkage to `active`",
                "Change status of 0047-us-task-linkage to `abandoned`",
            ],
        ),
        (
            "ready_for_review",
            &[
                "Close increment 0047-us-task-linkage",
                "Change status of 0047-us-task-linkage to `active`",
                "Change status of 0047-us-task-linkage to `abandoned`",
            ],
        ),
    ] {
        let project = Project::new();
        project.increment(ID, status, status);
        let mut client = Client::open(&project);
        let metadata = client.open_file(&project.path(ID, "metadata.json"));
        assert_eq!(titles(&transitions(&mut client, &metadata)), expected);
    }
}

#[test]
fn a_gate_disables_with_its_reason() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    project.write(ID, "tasks.md", OPEN_TASK);
    let mut client = Client::open(&project);
    let tasks = client.open_file(&project.path(ID, "tasks.md"));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let actions = transitions(&mut client, &spec);
    assert_eq!(actions[0]["disabled"]["reason"], "0047-us-task-linkage cannot be closed yet: 1 of 1 tasks are open.");
    assert!(actions[0].get("edit").is_none());
    let refused = client.execute("specweave-lsp.close", json!({"increment": 47})).unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("1 of 1 tasks are open"));
    let wrong = client.execute("specweave-lsp.close", json!({"increment": 47, "force": "yes"})).unwrap_err();
    assert!(wrong["message"].as_str().unwrap().contains("`force` must be true or false"), "{wrong}");
    // Ticked off in the editor, unsaved: the text counts.
    client.change(&tasks, &OPEN_TASK.replace("[ ]", "[x]"));
    assert!(transitions(&mut client, &spec)[0].get("disabled").is_none());
}

#[test]
fn checks_are_bypassed_when_that_is_asked_for() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    project.write(ID, "tasks.md", OPEN_TASK);
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let metadata = client.open_file(&project.path(ID, "metadata.json"));
    client.execute("specweave-lsp.close", json!({"increment": ID, "force": true})).unwrap();
    assert!(client.text(&spec).contains("status: completed"));
    assert!(client.text(&metadata).contains("\"status\": \"completed\""));
}

#[test]
fn a_desync_stands_in_the_way() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let actions = transitions(&mut client, &spec);
    assert!(
        actions.iter().all(|action| action["disabled"]["reason"].as_str().unwrap().contains("disagree")),
        "{actions:?}"
    );
}

#[test]
fn set_status_takes_the_shortest_way_and_keeps_the_reason() {
    let project = Project::new();
    project.increment(ID, "completed", "completed");
    let mut client = Client::open(&project);
    client
        .execute("specweave-lsp.setStatus", json!({"increment": ID, "status": "paused", "reason": "waiting for B"}))
        .unwrap();
    let metadata: Value = serde_json::from_str(&project.read(ID, "metadata.json")).unwrap();
    assert_eq!(metadata["status"], "paused");
    assert_eq!(metadata["pausedReason"], "waiting for B");
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "paused"));
    client.execute("specweave-lsp.setStatus", json!({"increment": ID, "status": "active"})).unwrap();
    let metadata: Value = serde_json::from_str(&project.read(ID, "metadata.json")).unwrap();
    assert!(metadata.get("pausedReason").is_none() && metadata.get("pausedAt").is_none(), "cleared: {metadata}");
}

#[test]
fn unsaved_and_half_saved_are_said() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let metadata = client.open_file(&project.path(ID, "metadata.json"));
    client.execute("specweave-lsp.close", json!({"increment": ID})).unwrap();
    let save = |client: &mut Client, uri: &str, file: &str| {
        project.write(ID, file, client.text(uri));
        client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    };
    save(&mut client, &spec, "spec.md");
    client.wait_findings(&metadata, &["half-saved \"completed\""]);
    save(&mut client, &metadata, "metadata.json");
    client.wait_findings(&metadata, &[]);

    // A desync fixed in the editor and not saved.
    client.tell_unsaved = true;
    project.write(ID, "metadata.json", metadata_text(ID, "active"));
    client.change(&metadata, &metadata_text(ID, "active"));
    client.wait_findings(&metadata, &["status-desync \"active\""]);
    client.change(&metadata, &metadata_text(ID, "completed"));
    client.wait_findings(&metadata, &["unsaved-fix \"completed\""]);
    save(&mut client, &metadata, "metadata.json");
    client.wait_findings(&metadata, &[]);
}

#[test]
fn completed_with_open_work_is_said_while_it_is_open() {
    let project = Project::new();
    project.increment(ID, "completed", "completed");
    project.write(ID, "tasks.md", OPEN_TASK);
    let mut client = Client::open(&project);
    client.catch_up();
    let spec = uri(&project.path(ID, "spec.md"));
    assert!(!client.published.contains_key(&spec), "whole files are only read where one is open");
    let tasks = client.open_file(&project.path(ID, "tasks.md"));
    client.wait_findings(&spec, &["completed-with-open-work \"completed\""]);
    client.change(&tasks, &OPEN_TASK.replace("[ ]", "[x]"));
    client.wait_findings(&spec, &[]);
}

#[test]
fn a_stale_cache_is_said_and_follows() {
    let project = Project::new();
    project.increment(ID, "completed", "completed");
    let state = project.root.join(".specweave/state");
    std::fs::create_dir_all(&state).unwrap();
    let cache = state.join("active-increment.json");
    std::fs::write(&cache, format!("{{\"ids\": [\"{ID}\"]}}")).unwrap();
    let mut client = Client::open(&project);
    let cache_uri = uri(&cache);
    client.wait_findings(&cache_uri, &[&format!("stale-status-line {ID:?}")]);
    let actions = client.actions_at_finding(&cache_uri);
    assert_eq!(actions[0]["title"], "Refresh active-increment.json as SpecWeave would");
    client.apply(&actions[0]["edit"].clone());
    client.wait_findings(&cache_uri, &[]);
    let refreshed: Value = serde_json::from_str(&std::fs::read_to_string(&cache).unwrap()).unwrap();
    assert_eq!(refreshed["ids"], json!([]));
    assert_eq!(project.run(&["check"]).code, 0);
    std::fs::write(&cache, format!("{{\"ids\": [\"{ID}\"]}}")).unwrap();
    client.wait_findings(&cache_uri, &[&format!("stale-status-line {ID:?}")]);
    assert!(project.run(&["check"]).out.contains("info[stale-status-line]"));
}

#[test]
fn a_cache_in_a_folder_that_was_made_later_is_seen() {
    let project = Project::new();
    project.increment(ID, "completed", "completed");
    let mut client = Client::open(&project);
    client.catch_up();
    let state = project.root.join(".specweave/state");
    std::fs::create_dir_all(&state).unwrap();
    let cache = state.join("active-increment.json");
    std::fs::write(&cache, format!("{{\"ids\": [\"{ID}\"]}}")).unwrap();
    client.wait_findings(&uri(&cache), &[&format!("stale-status-line {ID:?}")]);
    std::fs::write(&cache, "{\"ids\": []}").unwrap();
    client.wait_findings(&uri(&cache), &[]);
}

#[test]
fn the_command_line_closes_sets_and_remembers() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    project.write(ID, "tasks.md", OPEN_TASK);
    let gate = project.run(&["close", "47"]);
    assert_eq!(gate.code, 1);
    assert_eq!(
        gate.err,
        "error: 0047-us-task-linkage cannot be closed yet: 1 of 1 tasks are open\nhint: use --force to bypass this check\n"
    );
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
    let dry = project.run(&["close", "47", "--force", "--dry-run"]);
    assert!(dry.out.contains("+status: completed") && dry.out.contains("+  \"status\": \"completed\""), "{}", dry.out);
    let run = project.run(&["close", "47", "--force"]);
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "0047-us-task-linkage: spec.md active → completed, metadata.json active → completed\n")
    );
    assert_eq!(project.run(&["close", "47"]).out, "0047-us-task-linkage: already completed\n");
    assert_eq!(project.run(&["set", "47", "abandoned", "--reason", "no use"]).code, 0);
    let log: Value = serde_json::from_str(&project.run(&["log", "--format", "json"]).out).unwrap();
    let changes: Vec<(&str, bool, &str)> = log["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            (change["way"].as_str().unwrap(), change["forced"].as_bool().unwrap(), change["to"].as_str().unwrap())
        })
        .collect();
    assert_eq!(changes, [("close", true, "completed"), ("set", false, "abandoned")]);
    assert!(project.run(&["log", "47"]).out.contains("close --force"));
    assert_eq!(project.files(ID), ["metadata.json", "spec.md", "tasks.md"]);
    assert_eq!(project.run(&["set", "47", "nonsense"]).code, 2);
}

#[test]
fn a_client_that_writes_one_file_at_once_is_told_to_save_the_other() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut client = Client::open(&project);
    let metadata = client.open_file(&project.path(ID, "metadata.json"));
    client.catch_up();
    // The closed spec.md is changed on disk, the open metadata.json in its buffer, as Kakoune does.
    client.execute("specweave-lsp.setStatus", json!({"increment": ID, "status": "paused"})).unwrap();
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "paused"));
    client.wait_findings(&metadata, &["half-saved \"paused\""]);
}

#[test]
fn a_reason_on_the_way_is_not_left_behind() {
    let project = Project::new();
    project.increment(ID, "paused", "paused");
    assert_eq!(project.run(&["set", "47", "planning", "--reason", "rework"]).code, 0);
    assert!(!project.read(ID, "metadata.json").contains("rework"), "it was not for the stations on the way");
    let log: Value = serde_json::from_str(&project.run(&["log", "--format", "json"]).out).unwrap();
    assert_eq!(log["changes"][0]["reason"], "rework");
}
