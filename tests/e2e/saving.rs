//! After a change an editor that asks for it is told what to save, and what else would be saved with it.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

fn open(project: &Project) -> Client {
    let mut capabilities = capabilities();
    capabilities["experimental"] = json!({"specweaveApplied": true});
    let folders = json!([{"uri": uri(&project.root), "name": "project"}]);
    Client::start(json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders}))
}

fn to_save(client: &mut Client) -> Value {
    client.wait("what to save", |message| message["method"] == "specweave/applied")["params"].take()
}

#[test]
fn a_quick_fix_names_the_document_it_changed() {
    let project = Project::incident();
    let mut client = open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.open_file(&project.path(ID, "metadata.json"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let fix = client.actions_at_finding(&spec).remove(0);
    client.apply(&fix["edit"]);
    client.request_command(&fix["command"]).unwrap();
    let saved = to_save(&mut client);
    assert_eq!(saved["files"], json!([{"uri": spec, "version": 2, "otherChanges": false}]));
    assert_eq!(saved["title"], format!("Set status of {ID} to completed"));
}

#[test]
fn what_the_user_typed_is_told_of() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut client = open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let metadata = client.open_file(&project.path(ID, "metadata.json"));
    client.change(&spec, &(spec_text(ID, "active") + "Typed, and not saved.\n"));
    client.execute("specweave-lsp.close", json!({"increment": ID})).unwrap();
    let saved = to_save(&mut client);
    assert_eq!(
        saved["files"],
        json!([
            {"uri": spec, "version": 3, "otherChanges": true},
            {"uri": metadata, "version": 2, "otherChanges": false},
        ])
    );
}

/// This editor writes closed files to disk at once, so nothing is left to be saved.
#[test]
fn what_is_on_disk_already_is_not_named() {
    let project = Project::incident();
    let mut client = open(&project);
    client.execute("specweave-lsp.sync", json!({"increment": 47, "from": "spec"})).unwrap();
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.execute("specweave-lsp.close", json!({"increment": 47})).unwrap();
    let saved = to_save(&mut client);
    assert_eq!(
        saved["files"],
        json!([{"uri": spec, "version": 2, "otherChanges": false}]),
        "the first sync was not told"
    );
}

/// Neovim and VS Code take the mark off a text and put it back when they save.
#[test]
fn a_byte_order_mark_that_the_editor_keeps_to_itself_is_no_other_change() {
    let project = Project::incident();
    project.write(ID, "spec.md", format!("\u{feff}{}", spec_text(ID, "active")));
    let mut client = open(&project);
    let spec = uri(&project.path(ID, "spec.md"));
    client.did_open(&spec, &spec_text(ID, "active"));
    client.execute("specweave-lsp.sync", json!({"increment": ID, "from": "metadata"})).unwrap();
    let saved = to_save(&mut client);
    assert_eq!(saved["files"][0]["uri"], spec);
    assert_eq!(saved["files"][0]["otherChanges"], false);
}
