//! Habits of real editors besides what they do with edits (`editors.rs`): each was observed in the editor it is named after.

use std::fs;
use std::io::ErrorKind;

use serde_json::{Value, json};

use crate::client::{Answer, Client, Manner, apply_edits, path, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

fn session(spec: &str, metadata: &str) -> (Project, Client, String, String) {
    let project = Project::new();
    project.increment(ID, spec, metadata);
    let mut client = Client::open(&project);
    client.catch_up();
    let (spec, metadata) = (uri(&project.path(ID, "spec.md")), uri(&project.path(ID, "metadata.json")));
    (project, client, spec, metadata)
}

fn open_as(client: &mut Client, uri: &str, language: &str, version: i64, text: &str) {
    client.documents.insert(uri.to_owned(), (version, text.to_owned()));
    let document = json!({"uri": uri, "languageId": language, "version": version, "text": text});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
}

fn close(client: &mut Client) -> Result<Value, Value> {
    client.execute("specweave-lsp.close", json!({"increment": ID}))
}

/// The edited text of one file of a workspace edit.
fn edited(client: &Client, edit: &Value, uri: &str) -> String {
    let changes = edit["documentChanges"].as_array().unwrap();
    let change = changes.iter().find(|change| change["textDocument"]["uri"] == uri).unwrap();
    apply_edits(&client.text(uri), change["edits"].as_array().unwrap(), client.encoding())
}

/// Opens the other file with its old text, answers, and sends the new text 150 ms later; versions jump.
#[test]
fn neovim_answers_before_it_tells_the_second_change() {
    let (project, mut client, spec, metadata) = session("active", "active");
    open_as(&mut client, &spec, "markdown", 0, &spec_text(ID, "active"));
    let manner: Manner = Box::new(|client, edit| {
        let uris: Vec<String> = client.documents.keys().cloned().collect();
        let spec = &uris[0];
        let metadata = spec.replace("spec.md", "metadata.json");
        let text = edited(client, edit, spec);
        client.documents.get_mut(spec).unwrap().0 = 4;
        client.change(spec, &text);
        let old = fs::read_to_string(path(&metadata)).unwrap();
        open_as(client, &metadata, "json", 0, &old);
        Some(Answer::Result(json!({"applied": true})))
    });
    client.manners = vec![manner].into();
    let number = client
        .ask("workspace/executeCommand", json!({"command": "specweave-lsp.close", "arguments": [{"increment": ID}]}));
    client.until("the second document", |client| client.documents.contains_key(&metadata));
    assert_eq!(client.text(&metadata), metadata_text(ID, "active"));
    let late = metadata_text(ID, "completed");
    client.change(&metadata, &late);
    client.answer(number).unwrap();
    assert_eq!(client.text(&spec), spec_text(ID, "completed"));
    assert_eq!(client.text(&metadata), late, "nothing was taken back");
    assert!(client.shown.is_empty(), "{:?}", client.shown);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"), "saving is the editor's");
}

/// Asks for the diagnostics of a document with a range it has no business to send, and without what it was told before.
#[test]
fn neovim_0_11_pulls_with_a_stray_range() {
    let project = Project::incident();
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    let mut client = Client::start(json!({
        "capabilities": {"textDocument": {"diagnostic": {}}},
        "initializationOptions": {"diagnostics": {"delivery": "pull"}},
        "workspaceFolders": folders,
    }));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
    let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": spec}, "range": range}));
    assert_eq!(report["items"][0]["code"], "status-desync", "{report}");
}

#[test]
fn eglot_opens_twice_saves_with_the_text_and_starts_at_0_again() {
    let (project, mut client, spec, _) = session("active", "completed");
    let text = spec_text(ID, "active");
    open_as(&mut client, &spec, "markdown", 0, &text);
    open_as(&mut client, &spec, "markdown", 0, &text);
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let fixed = spec_text(ID, "completed");
    client.change(&spec, &fixed);
    project.write(ID, "spec.md", &fixed);
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": spec}, "text": fixed}));
    client.wait_findings(&spec, &[]);
    // Its buffer is read again: closed, opened, and at version 0.
    client.close(&spec);
    project.write(ID, "spec.md", &text);
    open_as(&mut client, &spec, "markdown", 0, &text);
    client.wait_findings(&spec, &["status-desync \"active\""]);
    client.change(&spec, &fixed);
    client.wait_findings(&spec, &[]);
}

#[test]
fn lsp_mode_saves_with_a_version() {
    let (project, mut client, spec, _) = session("active", "completed");
    open_as(&mut client, &spec, "markdown", 0, &spec_text(ID, "active"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let fixed = spec_text(ID, "completed");
    client.change(&spec, &fixed);
    project.write(ID, "spec.md", &fixed);
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": spec, "version": 1}}));
    client.wait_findings(&spec, &[]);
}

/// Writes the closed file by itself, under another name that it then renames, opens it with its new text and no language,
/// never closes it, sends whole texts, and says the file was created.
#[test]
fn kak_lsp_writes_the_closed_file_at_once() {
    let (project, mut client, spec, metadata) = session("active", "active");
    open_as(&mut client, &spec, "markdown", 1, &spec_text(ID, "active"));
    let manner: Manner = Box::new(|client, edit| {
        let uris: Vec<String> = client.documents.keys().cloned().collect();
        let spec = &uris[0];
        let metadata = spec.replace("spec.md", "metadata.json");
        let text = edited(client, edit, &metadata);
        let beside = path(&metadata) + ".new";
        fs::write(&beside, &text).unwrap();
        while let Err(error) = fs::rename(&beside, path(&metadata)) {
            // Windows replaces no file that somebody is reading.
            assert!(cfg!(windows) && error.kind() == ErrorKind::PermissionDenied, "{error}");
        }
        open_as(client, &metadata, "", 1, &text);
        client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": metadata, "type": 1}]}));
        let text = edited(client, edit, spec);
        client.change(spec, &text);
        Some(Answer::Result(json!({"applied": true})))
    });
    client.manners = vec![manner].into();
    close(&mut client).unwrap();
    assert_eq!(client.text(&spec), spec_text(ID, "completed"));
    assert!(project.read(ID, "metadata.json").contains("\"completed\""));
    assert_eq!(client.text(&metadata), project.read(ID, "metadata.json"));
    assert!(client.shown.is_empty(), "{:?}", client.shown);
    for _ in 0..3 {
        client.notify("workspace/didChangeConfiguration", json!({"settings": {}}));
    }
    // It says `exit` and nothing before it.
    client.notify("exit", Value::Null);
    assert_eq!(client.hang_up(), 1, "the protocol's code for an exit without a shutdown");
}

/// Reports files only when it writes them itself; what another program does comes through our own watcher.
#[test]
fn helix_has_no_watcher() {
    let mut params: Value = serde_json::from_str(include_str!("clients/initialize-helix-25.07.1.json")).unwrap();
    if let Some(inner) = params.get("params") {
        params = inner.clone();
    }
    let project = Project::new();
    project.increment(ID, "active", "active");
    params["processId"] = Value::Null;
    params["rootUri"] = json!(uri(&project.root));
    params["workspaceFolders"] = json!([{"uri": uri(&project.root), "name": "p"}]);
    let mut client = Client::start(params);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &[]);
    client.catch_up();
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
}
