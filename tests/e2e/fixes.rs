//! Quick fixes and commands: byte-exact, both ways, for open and closed files.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

/// The fixes; the transitions, offered everywhere, are left to their own tests.
fn titles(actions: &[Value]) -> Vec<&str> {
    let fixes = actions.iter().filter(|action| !action["kind"].as_str().unwrap().starts_with("refactor"));
    fixes.map(|action| action["title"].as_str().unwrap()).collect()
}

#[test]
fn both_directions_and_the_preferred_one() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let actions = client.actions_at_finding(&spec);
    assert_eq!(
        titles(&actions),
        [
            "Set spec.md status to `completed` (from metadata.json)",
            "Set metadata.json status to `active` (from spec.md)",
        ]
    );
    assert_eq!(actions[0]["isPreferred"], true);
    assert!(actions[1].get("isPreferred").is_none());
    assert_eq!(actions[0]["diagnostics"][0]["code"], "status-desync");
    let edit = &actions[0]["edit"]["documentChanges"];
    assert_eq!(edit[0]["textDocument"]["version"], 1, "an open document has its version");
    let closed = &actions[1]["edit"]["documentChanges"][0]["textDocument"];
    assert!(closed["version"].is_null() && closed.get("version").is_some(), "a closed one has an explicit null");

    client.apply(&actions[0]["edit"].clone());
    client.wait_findings(&spec, &[]);
    assert_eq!(client.text(&spec), spec_text(ID, "completed"));
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "completed"));
}

#[test]
fn the_other_direction_edits_the_closed_file() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let actions = client.actions_at_finding(&spec);
    client.apply(&actions[1]["edit"].clone());
    client.wait_findings(&spec, &[]);
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
}

#[test]
fn the_preferred_side_is_a_setting() {
    let project = Project::incident();
    let mut client = Client::start(json!({
        "capabilities": capabilities(), "initializationOptions": {"preferredSource": "spec"},
        "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
    }));
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let actions = client.actions_at_finding(&spec);
    let preferred: Vec<&Value> = actions.iter().filter(|action| action["isPreferred"] == true).collect();
    assert_eq!(preferred.len(), 1);
    assert_eq!(preferred[0]["title"], "Set metadata.json status to `active` (from spec.md)");
}

#[test]
fn an_unknown_word_is_put_right_in_both_files() {
    let project = Project::new();
    project.increment(ID, "complted", "complted");
    let mut client = Client::open(&project);
    let metadata = uri(&project.path(ID, "metadata.json"));
    client.wait_findings(&metadata, &["unknown-status \"complted\""]);
    let actions = client.actions_at_finding(&metadata);
    assert_eq!(titles(&actions), ["Change status to `completed` in both files"]);
    client.apply(&actions[0]["edit"].clone());
    client.wait_findings(&metadata, &[]);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "completed"));
}

#[test]
fn an_alias_is_no_warning_but_can_be_spelled_out() {
    let project = Project::new();
    project.increment(ID, "planned", "planned");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &[]);
    let on = |line: u32| json!({"start": {"line": line, "character": 3}, "end": {"line": line, "character": 3}});
    assert_eq!(titles(&client.actions(&spec, on(3))), ["Change status to `planning` in both files"]);
    assert!(titles(&client.actions(&spec, on(1))).is_empty(), "only where the status is");
}

#[test]
fn all_desyncs_of_the_project_at_once() {
    let project = Project::incident();
    project.increment("0048-next", "ready_for_review", "active");
    project.increment("0049-fine", "active", "active");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    client.wait_findings(&uri(&project.path("0048-next", "spec.md")), &["status-desync \"ready_for_review\""]);
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
    let params = json!({"textDocument": {"uri": spec}, "range": whole,
                        "context": {"diagnostics": [], "only": ["source.fixAll.specweave"]}});
    let actions = client.request("textDocument/codeAction", params);
    assert_eq!(titles(actions.as_array().unwrap()), ["Fix all status desyncs in this project"]);
    assert_eq!(actions[0]["kind"], "source.fixAll.specweave");
    assert!(actions[0].get("edit").is_none(), "worked out when it is chosen");
    let resolved = client.request("codeAction/resolve", actions[0].clone());
    client.apply(&resolved["edit"]);
    client.wait_findings(&spec, &[]);
    client.wait_findings(&uri(&project.path("0048-next", "metadata.json")), &[]);
    assert_eq!(project.read("0048-next", "metadata.json"), metadata_text("0048-next", "ready_for_review"));
    assert_eq!(client.text(&spec), spec_text(ID, "completed"));
}

#[test]
fn commands_do_the_same_and_say_what_they_did() {
    let project = Project::incident();
    project.increment("0048-next", "paused", "active");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let done = client.execute("specweave-lsp.sync", json!({"increment": 47, "from": "metadata"})).unwrap();
    assert_eq!(done["changed"][0]["increment"], ID);
    assert_eq!(done["changed"][0]["files"], json!(["spec.md"]));
    client.wait_findings(&spec, &[]);
    client.execute("specweave-lsp.syncAll", json!({"from": "spec"})).unwrap();
    assert_eq!(project.read("0048-next", "metadata.json"), metadata_text("0048-next", "paused"));
    let report = client.execute("specweave-lsp.report", json!({})).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(report["projects"][0]["scanned"], 2);
    let again = client.execute("specweave-lsp.sync", json!({"increment": uri(&project.path(ID, "spec.md"))})).unwrap();
    assert_eq!(again["changed"], json!([]), "nothing to do is said, not done");
}

#[test]
fn commands_refuse_with_a_reason() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let mut refused =
        |command: &str, argument: Value| client.execute(command, argument).unwrap_err()["message"].to_string();
    assert!(
        refused("specweave-lsp.sync", json!({"increment": "0047-us-task-linkge"}))
            .contains("Did you mean `0047-us-task-linkage`?")
    );
    assert!(refused("specweave-lsp.sync", json!({"increment": 47, "from": "there"})).contains("`from` must be"));
    assert!(refused("specweave-lsp.sync", json!({})).contains("an id, a number or a file URI"));
    assert!(refused("specweave-lsp.nothing", json!({})).contains("There is no command"));
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
}

#[test]
fn a_client_without_versions_or_literals_gets_what_it_can_use() {
    let project = Project::incident();
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    let mut client =
        Client::start(json!({"capabilities": {"workspace": {"applyEdit": true}}, "workspaceFolders": folders}));
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let actions = client.actions_at_finding(&spec);
    assert_eq!(actions[0]["command"], "specweave-lsp.sync", "a plain command");
    let command = json!({"command": actions[0]["command"], "arguments": actions[0]["arguments"]});
    client.request("workspace/executeCommand", command);
    assert!(client.edits[0].get("documentChanges").is_none());
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
}

#[test]
fn one_odd_file_does_not_keep_the_others_from_being_fixed() {
    let project = Project::incident();
    project.write("0048-odd", "spec.md", "---\nstatus: [a]\n---\n");
    project.write("0048-odd", "metadata.json", "{\"status\": 5}");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let done = client.execute("specweave-lsp.syncAll", json!({})).unwrap();
    assert_eq!(done["changed"].as_array().unwrap().len(), 1);
    client.wait_findings(&spec, &[]);
    assert!(client.shown[0].contains("0048-odd") && client.shown[0].contains("a number"), "{:?}", client.shown);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_written_is_not_offered() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (project, elsewhere) = (Project::incident(), tempfile::tempdir().unwrap());
    let outside = elsewhere.path().join("spec.md");
    std::fs::rename(project.path(ID, "spec.md"), &outside).unwrap();
    symlink(&outside, project.path(ID, "spec.md")).unwrap();
    let metadata = project.path(ID, "metadata.json");
    std::fs::set_permissions(&metadata, std::fs::Permissions::from_mode(0o444)).unwrap();
    let mut client = Client::open(&project);
    let metadata = uri(&metadata);
    client.wait_findings(&metadata, &["status-desync \"completed\""]);
    let actions = client.actions_at_finding(&metadata);
    let reasons: Vec<&str> =
        actions.iter().take(2).map(|a| a["disabled"]["reason"].as_str().unwrap_or("none")).collect();
    assert!(reasons[0].contains("outside the project") && reasons[1].contains("read-only"), "{reasons:?}");
}

/// An editor that asks for the edit of an action, and its command, when it is chosen.
fn resolving(project: &Project) -> Client {
    let mut capabilities = capabilities();
    capabilities["textDocument"]["codeAction"]["resolveSupport"] = json!({"properties": ["edit", "command"]});
    Client::start(json!({
        "capabilities": capabilities, "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
    }))
}

#[test]
fn an_edit_is_made_when_its_action_is_chosen() {
    let project = Project::incident();
    let mut client = resolving(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let actions = client.actions_at_finding(&spec);
    assert!(
        actions.iter().all(|action| action.get("edit").is_none() && action.get("command").is_none()),
        "{actions:?}"
    );
    let action = client.request("codeAction/resolve", actions[0].clone());
    client.apply(&action["edit"]);
    assert_eq!(client.request_command(&action["command"]).unwrap(), Value::Null);
    client.wait_findings(&spec, &[]);
    client.catch_up();
    assert_eq!(client.text(&spec), spec_text(ID, "completed"));
    let log = project.run(&["log", "--format", "json"]).out;
    assert_eq!(
        log.matches("\"folder\"").count(),
        1,
        "the command that came with it looked at what became of it: {log}"
    );
}

#[test]
fn an_action_whose_files_have_changed_is_refused() {
    let project = Project::incident();
    let mut client = resolving(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let actions = client.actions_at_finding(&spec);
    client.change(&spec, &spec_text(ID, "paused"));
    let error = client.try_request("codeAction/resolve", actions[0].clone()).unwrap_err();
    assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32801), &json!("content-modified")), "{error}");
    // The closed file counts as it is on disk now, whether or not anybody has said that it changed.
    client.change(&spec, &spec_text(ID, "active"));
    let actions = client.actions_at_finding(&spec);
    project.write(ID, "metadata.json", metadata_text(ID, "abandoned"));
    let error = client.try_request("codeAction/resolve", actions[0].clone()).unwrap_err();
    assert_eq!(error["data"]["kind"], "content-modified", "{error}");
}

#[test]
fn errors_have_kinds_for_programs() {
    let project = Project::incident();
    let id = "0048-open-work";
    project.increment(id, "active", "active");
    project.write(id, "tasks.md", "### T-001: a\n**Status**: [ ] pending\n");
    let mut client = Client::open(&project);
    client.catch_up();
    for (command, argument, kind) in [
        ("close", json!({"increment": id}), "gate"),
        ("close", json!({"increment": ID}), "desync"),
        ("close", json!({"increment": "0099-none"}), "unknown-increment"),
        ("setStatus", json!({"increment": id, "status": "donne"}), "invalid-params"),
        ("syncAll", json!({"project": "file:///nowhere"}), "unknown-project"),
        ("nothing", json!({}), "invalid-params"),
    ] {
        let error = client.execute(&format!("specweave-lsp.{command}"), argument).unwrap_err();
        assert_eq!(error["data"]["kind"], kind, "{error}");
    }
}
