//! Marking tasks and acceptance criteria done or open: `specweave-lsp tick` and the command of the server.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, is_one_error};

const ONE: &str = "0001-first";
const THREE: &str = "0003-third";
const SPEC: &str = "---\r\nstatus: active\r\n---\r\n- [ ] **AC-US1-01**: a\r\n- [ ] **AC-US1-02**: b";
const TASKS: &str = "### T-001: a\n**Status**: [ ] pending\n\n### T-002: b\n- [ ] one\n- [ ] two\n\n### T-003: c\n**Status**:  Completed  <!-- at last -->\n";

fn project() -> Project {
    let project = Project::new();
    project.write(ONE, "spec.md", SPEC);
    project.write(ONE, "metadata.json", "{\"status\": \"active\"}");
    project.write(ONE, "tasks.md", TASKS);
    project.write(
        THREE,
        "spec.md",
        "# A\n- [ ] AC-01: a\n## Tasks\n### T-01 A\n- AC: AC-01 | Files: a | Test: b\n- [ ] open\n",
    );
    project.write(THREE, "metadata.json", "{\"status\": \"active\"}");
    project
}

#[test]
fn the_terminal_ticks_all_that_is_named_and_nothing_else() {
    let project = project();
    let names = ["tick", "1", "t-1", "AC-US1-02"];
    let dry = project.run(&[&names[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{}", dry.err);
    assert!(dry.out.contains("-**Status**: [ ] pending\n+**Status**: [x] completed\n"), "{}", dry.out);
    assert_eq!((project.read(ONE, "spec.md"), project.read(ONE, "tasks.md")), (SPEC.to_owned(), TASKS.to_owned()));

    let run = project.run(&names);
    assert_eq!((run.code, run.out.as_str()), (0, "0001-first: T-001, AC-US1-02 → done\n"), "{}", run.err);
    assert_eq!(project.read(ONE, "spec.md"), SPEC.replace("[ ] **AC-US1-02", "[x] **AC-US1-02"));
    assert_eq!(project.read(ONE, "tasks.md"), TASKS.replace("[ ] pending", "[x] completed"));
    let log: Value = serde_json::from_str(&project.run(&["log", "--format", "json"]).out).unwrap();
    let entry = &log["changes"][0];
    assert_eq!((&entry["way"], &entry["to"], &entry["result"]), (&json!("tick"), &json!("done"), &json!("done")));
    assert_eq!(entry["items"], json!(["T-001", "AC-US1-02"]));
    let table = project.run(&["log"]).out;
    assert!(table.contains("T-001, AC-US1-02 → done"), "{table}");

    assert_eq!(project.run(&names).out, "0001-first: T-001 is already done\n0001-first: AC-US1-02 is already done\n");
    let run = project.run(&["tick", ONE, "T-001", "AC-US1-02", "T-003", "--open"]);
    assert_eq!((run.code, run.out.as_str()), (0, "0001-first: T-001, AC-US1-02, T-003 → open\n"), "{}", run.err);
    assert_eq!(project.read(ONE, "spec.md"), SPEC);
    assert_eq!(project.read(ONE, "tasks.md"), TASKS.replace("Completed", "Pending"), "the comment and the blanks stay");
}

#[test]
fn all_or_nothing_and_it_says_why() {
    let project = project();
    let refused = |names: &[&str], says: &str| {
        let run = project.run(&[&["tick", ONE], names].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{names:?}");
        assert!(is_one_error(&run.err) && run.err.contains(says), "{names:?}: {}", run.err);
        assert_eq!((project.read(ONE, "spec.md"), project.read(ONE, "tasks.md")), (SPEC.to_owned(), TASKS.to_owned()));
    };
    refused(&["T-001", "T-030"], "hint: did you mean `T-003`, ");
    refused(&["AC-US1-01", "T-002"], "error: T-002 has neither a box nor a status line\n");
    refused(&["US-001"], "no task or acceptance criterion `US-001` in 0001-first\n");
    let run = project.run(&["tick", "7", "T-001"]);
    assert!(run.code == 2 && run.err.contains("no such increment: `7`"), "{}", run.err);
    // What is read-only stays, and so does the other file.
    let path = project.path(ONE, "tasks.md");
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    refused(&["AC-US1-01", "T-001"], "tasks.md of 0001-first is read-only");
}

#[test]
fn a_task_of_the_ledger_is_left_to_specweave() {
    let project = project();
    let before = project.read(THREE, "spec.md");
    let run = project.run(&["tick", "3", "AC-01", "T-01"]);
    assert_eq!(
        run.err,
        "error: T-01 of 0003-third is done when the ledger says so\n\
         hint: run `specweave task done T-01 0003-third --run \"TEST COMMAND\"`\n"
    );
    assert_eq!((run.code, project.read(THREE, "spec.md")), (2, before.clone()));
    assert_eq!(project.run(&["tick", "3", "AC-01"]).out, "0003-third: AC-01 → done\n");
    assert_eq!(project.read(THREE, "spec.md"), before.replace("- [ ] AC-01", "- [x] AC-01"));
}

/// The counts in SpecWeave's cache follow.
#[test]
fn the_caches_follow() {
    let project = project();
    let state = project.root.join(".specweave/state");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("status-line.json"), r#"{"activeIncrements": []}"#).unwrap();
    assert_eq!(project.run(&["tick", "1", "T-001"]).code, 0);
    let cache: Value = serde_json::from_slice(&std::fs::read(state.join("status-line.json")).unwrap()).unwrap();
    assert_eq!(cache["activeIncrements"][0]["completed"], 2, "{cache}");
}

#[test]
fn the_server_ticks_open_documents_through_the_editor() {
    let project = project();
    let mut client = Client::open(&project);
    let tasks = client.open_file(&project.path(ONE, "tasks.md"));
    client.catch_up();
    let typed = format!("# typed\n{TASKS}");
    client.change(&tasks, &typed);
    let answer = client.execute("specweave-lsp.tick", json!({"increment": ONE, "item": "T-001", "done": true}));
    let expected = json!({"increment": ONE, "items": ["T-001"], "done": true, "files": ["tasks.md"]});
    assert_eq!(answer.unwrap(), json!({"applied": true, "changed": [expected]}));
    assert_eq!(client.text(&tasks), typed.replace("[ ] pending", "[x] completed"));
    assert_eq!(project.read(ONE, "tasks.md"), TASKS, "the editor saves, not the server");
    let by_uri = json!({"increment": tasks, "item": "T-001", "done": false});
    assert_eq!(client.execute("specweave-lsp.tick", by_uri.clone()).unwrap()["changed"][0]["done"], false);
    assert_eq!(client.text(&tasks), typed);
    assert_eq!(client.execute("specweave-lsp.tick", by_uri).unwrap()["changed"], json!([]), "it is open already");
    // A closed file goes the same way.
    let spec = uri(&project.path(ONE, "spec.md"));
    let answer = client.execute("specweave-lsp.tick", json!({"increment": "1", "item": "AC-US1-01"})).unwrap();
    assert_eq!(answer["changed"][0]["files"], json!(["spec.md"]));
    assert_eq!(client.text(&spec), SPEC.replace("[ ] **AC-US1-01", "[x] **AC-US1-01"));

    for (argument, kind, says) in [
        (json!({"increment": "1", "item": "T-009"}), "unknown-item", "No task or acceptance criterion `T-009`"),
        (json!({"increment": "1", "item": "T-002"}), "impossible", "T-002 has neither a box nor a status line."),
        (json!({"increment": "3", "item": "T-01"}), "ledger", "Run `specweave task done T-01 0003-third"),
        (json!({"increment": "9", "item": "T-01"}), "unknown-increment", "No such increment: `9`."),
        (json!({"increment": "1"}), "invalid-params", "The command needs `\"item\"`"),
        (json!({"increment": "1", "item": "T-001", "done": "x"}), "invalid-params", "`done` must be true or false"),
    ] {
        let error = client.execute("specweave-lsp.tick", argument).unwrap_err();
        assert_eq!(error["data"]["kind"], kind);
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
}

#[test]
fn without_an_editor_that_takes_edits_the_file_itself_is_ticked() {
    let project = project();
    let mut all = capabilities();
    all["workspace"]["applyEdit"] = json!(false);
    let folders = json!([{"uri": uri(&project.root), "name": "project"}]);
    let mut client = Client::start(json!({"processId": null, "capabilities": all, "workspaceFolders": folders}));
    let answer = client.execute("specweave-lsp.tick", json!({"increment": "1", "item": "T-001"})).unwrap();
    assert_eq!(answer["applied"], true);
    assert_eq!(project.read(ONE, "tasks.md"), TASKS.replace("[ ] pending", "[x] completed"));
    let log = project.run(&["log"]).out;
    assert!(log.contains("editor, on disk"), "{log}");
}
