//! `undo`: what this tool changed, taken back; in the terminal and as a command of the server.

use std::fs;

use serde_json::{Value, json};

use crate::client::Client;
use crate::project::{Project, is_one_error, metadata_text, spec_text};
use crate::repository::Repository;

const ID: &str = "0001-first";
const OTHER: &str = "0002-second";

fn texts(project: &Project, id: &str) -> [String; 2] {
    ["spec.md", "metadata.json"].map(|file| project.read(id, file))
}

fn list(project: &Project) -> Vec<Value> {
    let run = project.run(&["undo", "--list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    listed["changes"].as_array().unwrap().clone()
}

#[test]
fn back_and_forth_and_what_the_list_says() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let run = project.run(&["undo"]);
    assert_eq!((run.code, run.err.as_str()), (2, "error: there is no change to undo\n"));
    let before = texts(&project, ID);
    project.run(&["close", "1"]);
    let after = texts(&project, ID);

    let run = project.run(&["undo", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("-status: completed\n+status: active"), "{}", run.out);
    assert_eq!(texts(&project, ID), after);

    let run = project.run(&["undo"]);
    assert_eq!(
        (run.code, run.out.as_str(), run.err.as_str()),
        (0, "0001-first: spec.md completed → active, metadata.json completed → active (undone)\n", "")
    );
    assert_eq!(texts(&project, ID), before, "byte for byte");
    let changes = list(&project);
    assert_eq!(changes.iter().map(|it| it["state"].as_str().unwrap()).collect::<Vec<_>>()[0], "possible");
    assert_eq!(changes[0]["undoes"], changes[1]["change"]);
    assert_eq!(changes[1]["state"], format!("undone by {}", changes[0]["change"].as_str().unwrap()));

    project.run(&["undo"]);
    assert_eq!(texts(&project, ID), after, "the undo undone");
    let run = project.run(&["undo", "--change", changes[1]["change"].as_str().unwrap()]);
    assert_eq!((run.code, texts(&project, ID)), (0, before), "by its name: {}", run.err);
    let run = project.run(&["undo", "--change", changes[1]["change"].as_str().unwrap()]);
    assert_eq!(run.code, 0);
    assert_eq!(run.out, "Nothing to undo: 0001-first is as it was before the change to completed.\n");
    let run = project.run(&["undo", "7"]);
    assert_eq!((run.code, run.err.as_str()), (2, "error: there is no change of `7` to undo\n"));
}

#[test]
fn a_sync_of_all_is_taken_back_as_a_whole() {
    let project = Project::new();
    for (id, spec) in [(ID, "active"), (OTHER, "paused"), ("_archive/0003-third", "planning")] {
        project.increment(id, spec, "completed");
    }
    let ids = [ID, OTHER, "_archive/0003-third"];
    let before = ids.map(|id| texts(&project, id));
    project.run(&["sync", "--all", "--yes", "--include-archived"]);
    let after = ids.map(|id| texts(&project, id));
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    let run = project.run(&["undo"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 3), "{}{}", run.out, run.err);
    assert_eq!(ids.map(|id| texts(&project, id)), before);
    project.run(&["undo"]);
    assert_eq!(ids.map(|id| texts(&project, id)), after, "and as a whole again");
    project.run(&["undo", "2"]);
    assert_eq!(texts(&project, OTHER), before[1]);
    assert_eq!(texts(&project, ID), after[0], "one of them alone");
}

#[test]
fn where_it_is_overwritten_it_says_by_whom_and_sets_the_statuses_back() {
    let repository = Repository::new();
    let project = &repository.project;
    project.increment(OTHER, "active", "active");
    repository.run(&["close", "1", "2"]);
    // Somebody writes elsewhere in the file: that is none of its business.
    fs::write(project.path(OTHER, "spec.md"), spec_text(OTHER, "completed") + "\nMore.\n").unwrap();
    project.write(ID, "spec.md", spec_text(ID, "paused"));
    repository.commit("Pause it by hand");
    let seen = [texts(project, ID), texts(project, OTHER)];
    let run = repository.run(&["undo"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let mut lines = run.err.lines();
    assert_eq!(
        lines.next(),
        Some("error: the change of 0001-first to completed cannot be undone: spec.md has changed since")
    );
    let note = lines.next().unwrap();
    assert!(
        note.starts_with("note: spec.md says paused since 20") && note.ends_with("by Anna: Pause it by hand"),
        "{note}"
    );
    assert_eq!(lines.next(), Some("hint: `--yes` sets the statuses back, and leaves everything else as it is"));
    assert_eq!(run.out, "Nothing was changed.\n");
    assert_eq!([texts(project, ID), texts(project, OTHER)], seen, "all or none");

    let run = repository.run(&["undo", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
    let metadata: Value = serde_json::from_str(&project.read(ID, "metadata.json")).unwrap();
    assert_eq!(metadata["status"], "active");
    assert_eq!(project.read(OTHER, "spec.md"), spec_text(OTHER, "active") + "\nMore.\n");
    assert_eq!(project.read(OTHER, "metadata.json"), metadata_text(OTHER, "active"), "byte for byte where it can be");
}

#[test]
fn what_cannot_be_undone_says_why() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    project.run(&["close", "1"]);
    let journal = project.root.join(".specweave/state/specweave-lsp/journal.jsonl");
    let mut line: Value = serde_json::from_str(&fs::read_to_string(&journal).unwrap()).unwrap();
    assert!(!line.to_string().contains("A title"), "only what was replaced is kept: {line}");

    let after = texts(&project, ID);
    fs::create_dir_all(project.folder("_archive")).unwrap();
    fs::rename(project.folder(ID), project.folder("_archive/0001-first")).unwrap();
    assert_eq!(project.run(&["undo"]).code, 0, "it is found where it was archived");
    assert_eq!(project.read("_archive/0001-first", "spec.md"), spec_text(ID, "active"));
    fs::remove_dir_all(project.folder("_archive")).unwrap();
    let run = project.run(&["undo"]);
    assert!(run.code == 2 && run.err.contains("the increment is not in the project any more"), "{}", run.err);

    // As an earlier version wrote it, and as nobody did.
    project.increment(ID, "active", "active");
    for (what, value) in
        [("files", json!([])), ("folder", json!("../../outside")), ("files", json!([{"file": "../x"}]))]
    {
        let whole = line.clone();
        line[what] = value;
        fs::write(&journal, format!("{line}\n")).unwrap();
        line = whole;
        fs::write(project.path(ID, "spec.md"), &after[0]).unwrap();
        fs::write(project.path(ID, "metadata.json"), &after[1]).unwrap();
        let run = project.run(&["undo"]);
        match what {
            "folder" => assert_eq!(run.code, 0, "it is looked for by its name: {}", run.err),
            _ => assert!(run.code == 2 && run.err.contains("error: "), "{}", run.err),
        }
    }
}

#[test]
fn the_server_takes_back_what_it_changed_and_what_the_terminal_did() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let before = texts(&project, ID);
    let mut client = Client::open(&project);
    let refused = client.execute("specweave-lsp.undo", json!({})).unwrap_err();
    assert_eq!(refused["data"]["kind"], "nothing-to-undo");
    let [spec, metadata] = ["spec.md", "metadata.json"].map(|file| client.open_file(&project.path(ID, file)));
    client.execute("specweave-lsp.close", json!({"increment": ID})).unwrap();
    assert!(client.text(&spec).contains("completed") && client.text(&metadata).contains("approvedAt"));
    client.catch_up();
    client.execute("specweave-lsp.undo", json!({"increment": 1})).unwrap();
    assert_eq!([client.text(&spec), client.text(&metadata)], before, "in the editor, nothing of it saved");
    assert_eq!(texts(&project, ID), before);
    drop(client);

    project.run(&["close", "1"]);
    let mut client = Client::open(&project);
    let answer = client.execute("specweave-lsp.undo", json!({})).unwrap();
    assert_eq!(answer["changed"][0]["status"], "active");
    assert_eq!(texts(&project, ID), before, "an editor that has none of the files open");
    project.run(&["set", "1", "paused"]);
    project.run(&["set", "1", "active", "--force"]);
    project.write(ID, "spec.md", spec_text(ID, "planning"));
    drop(client);
    let mut client = Client::open(&project);
    let refused = client.execute("specweave-lsp.undo", json!({"increment": ID})).unwrap_err();
    assert_eq!(refused["data"]["kind"], "changed-since");
    client.execute("specweave-lsp.undo", json!({"increment": ID, "statuses": true})).unwrap();
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "paused"));
    let run = project.run(&["undo", "--list"]);
    assert!(run.out.contains("editor") && run.err.is_empty(), "{}{}", run.out, run.err);
    assert!(!is_one_error(&run.err));
}

#[test]
fn a_tick_is_taken_back_in_all_its_files() {
    let project = Project::new();
    project.write(ID, "spec.md", spec_text(ID, "active") + "\n- [ ] **AC-US1-01**: it works\n");
    project.write(ID, "metadata.json", metadata_text(ID, "active"));
    project.write(ID, "tasks.md", "### T-001: a\n**Status**: [ ] pending\n\n### T-002: b\n**Status**: [ ] pending\n");
    let all = || ["spec.md", "metadata.json", "tasks.md"].map(|file| project.read(ID, file));
    let before = all();
    let run = project.run(&["tick", "1", "T-001", "AC-US1-01"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let after = all();
    assert!(before[0] != after[0] && before[2] != after[2]);
    let run = project.run(&["undo"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(run.out.contains("T-001") && run.out.contains("→ open (undone)"), "{}", run.out);
    assert_eq!(all(), before);
    project.run(&["undo"]);
    assert_eq!(all(), after);
    project.write(ID, "tasks.md", before[2].replace("pending", "in progress"));
    let run = project.run(&["undo"]);
    assert!(run.code == 1 && run.err.contains("tasks.md has changed since"), "{}", run.err);
    assert!(run.err.contains("hint: mark it with `specweave-lsp tick --open`"), "{}", run.err);
}

/// Facts about either side, where one has to be chosen; asked of git and the journal.
#[test]
fn who_chooses_is_told_who_changed_what() {
    let repository = Repository::new();
    let project = &repository.project;
    project.increment(ID, "active", "completed");
    project.write(ID, "tasks.md", "### T-001: a\n**Status**: [x] completed\n### T-002: b\n");
    repository.commit("Close it in one file");
    project.increment(OTHER, "active", "active");
    repository.run(&["set", "2", "paused"]);
    project.write(OTHER, "spec.md", spec_text(OTHER, "active"));
    let mut client = Client::open(project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let evidence = client.request("specweave/evidence", json!({"increment": spec}));
    let [of_spec, of_metadata] = ["spec", "metadata"].map(|side| evidence[side].as_str().unwrap().to_owned());
    assert!(of_spec.starts_with("since 20") && of_spec.ends_with(" by Anna: first"), "{of_spec}");
    assert!(of_metadata.ends_with(" by Anna: Close it in one file"), "{of_metadata}");
    assert_eq!(evidence["work"], "1 of 2 tasks are open");
    let here = json!({"textDocument": {"uri": spec}, "position": {"line": 3, "character": 10}});
    let hover = client.request("textDocument/hover", here);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("Close it in one file") && text.ends_with("- 1 of 2 tasks are open"), "{text}");

    let other = client.open_file(&project.path(OTHER, "spec.md"));
    let evidence = client.request("specweave/evidence", json!({"increment": other}));
    let ours = evidence["metadata"].as_str().unwrap();
    assert!(ours.ends_with(", by specweave-lsp (set), not committed yet"), "{ours}");
    assert!(evidence["spec"].as_str().unwrap().starts_with("not committed yet, file written 20"), "{evidence}");
    project.increment(OTHER, "active", "active");
    let agreed = client.try_request("specweave/evidence", json!({"increment": other})).unwrap_err();
    assert_eq!(agreed["data"]["kind"], "nothing-to-do");
}
