//! Where projects are found, and how they come and go.

use std::fs;

use serde_json::json;
use specweave_lsp::workspace::fs::paths::canonicalize;

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";
const DESYNC: &[&str] = &["status-desync \"active\""];

fn start(folders: &[&std::path::Path], options: serde_json::Value) -> Client {
    let folders: Vec<_> = folders.iter().map(|folder| json!({"uri": uri(folder), "name": "f"})).collect();
    Client::start(json!({
        "capabilities": capabilities(), "workspaceFolders": folders, "initializationOptions": options,
    }))
}

#[test]
fn a_folder_inside_a_project_and_nested_projects() {
    let project = Project::incident();
    let nested = project.root.join("repositories/acme/api");
    let increment = nested.join(".specweave/increments").join(ID);
    fs::create_dir_all(&increment).unwrap();
    fs::write(increment.join("spec.md"), spec_text(ID, "active")).unwrap();
    fs::write(increment.join("metadata.json"), metadata_text(ID, "paused")).unwrap();
    fs::create_dir_all(project.root.join("src/deep")).unwrap();
    let mut client = start(&[&project.root.join("src/deep")], json!({}));
    client.wait_findings(&uri(&project.path(ID, "spec.md")), DESYNC);
    drop(client);
    let mut client = start(&[&project.root], json!({}));
    client.wait_findings(&uri(&project.path(ID, "spec.md")), DESYNC);
    client.wait_findings(&uri(&increment.join("spec.md")), DESYNC);
    let report = client.execute("specweave-lsp.report", json!({})).unwrap();
    assert_eq!(report["projects"].as_array().unwrap().len(), 2);
}

#[test]
fn folders_come_and_go_while_running() {
    let (one, two) = (Project::incident(), Project::incident());
    let mut client = start(&[&one.root], json!({}));
    let (first, second) = (uri(&one.path(ID, "spec.md")), uri(&two.path(ID, "spec.md")));
    client.wait_findings(&first, DESYNC);
    let change = |added: &[&Project], removed: &[&Project]| {
        let folders = |projects: &[&Project]| -> Vec<_> {
            projects.iter().map(|p| json!({"uri": uri(&p.root), "name": "f"})).collect()
        };
        json!({"event": {"added": folders(added), "removed": folders(removed)}})
    };
    client.notify("workspace/didChangeWorkspaceFolders", change(&[&two], &[]));
    client.wait_findings(&second, DESYNC);
    client.notify("workspace/didChangeWorkspaceFolders", change(&[], &[&one]));
    client.until("the findings of the removed folder go", |c| c.published[&first].0["diagnostics"] == json!([]));
    one.increment("0050-later", "active", "paused");
    two.increment("0050-later", "active", "paused");
    client.wait_findings(&uri(&two.path("0050-later", "spec.md")), DESYNC);
    assert!(!client.published.contains_key(&uri(&one.path("0050-later", "spec.md"))));
}

#[test]
fn archives_and_excludes() {
    let project = Project::incident();
    project.increment("_archive/0001-old", "active", "completed");
    project.increment("0002-left-out", "active", "completed");
    let old = uri(&project.path("_archive/0001-old", "spec.md"));
    let left_out = uri(&project.path("0002-left-out", "spec.md"));
    let mut client = start(&[&project.root], json!({"exclude": ["0002-*"]}));
    client.wait_findings(&uri(&project.path(ID, "spec.md")), DESYNC);
    client.catch_up();
    assert!(!client.published.contains_key(&old) && !client.published.contains_key(&left_out));
    client
        .notify("workspace/didChangeConfiguration", json!({"settings": {"specweave-lsp": {"includeArchived": true}}}));
    client.wait_findings(&old, DESYNC);
    client.wait_findings(&left_out, DESYNC);
    client
        .notify("workspace/didChangeConfiguration", json!({"settings": {"specweave-lsp": {"includeArchived": false}}}));
    client.until("the archived findings go", |c| c.published[&old].0["diagnostics"] == json!([]));
}

#[test]
fn a_project_that_is_made_while_running() {
    let folder = tempfile::tempdir().unwrap();
    let root = canonicalize(folder.path()).unwrap();
    let mut client = start(&[&root], json!({}));
    client.catch_up();
    let increment = root.join(".specweave/increments").join(ID);
    fs::create_dir_all(&increment).unwrap();
    fs::write(increment.join("spec.md"), spec_text(ID, "active")).unwrap();
    fs::write(increment.join("metadata.json"), metadata_text(ID, "paused")).unwrap();
    client.wait_findings(&uri(&increment.join("spec.md")), DESYNC);
}

#[test]
fn a_file_outside_every_folder_brings_its_project() {
    let project = Project::incident();
    let mut client = start(&[], json!({}));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, DESYNC);
}

#[cfg(unix)]
#[test]
fn loops_unreadable_folders_and_linked_projects() {
    use std::os::unix::fs::symlink;
    let project = Project::incident();
    symlink(&project.root, project.root.join("loop")).unwrap();
    symlink(project.folder(ID), project.root.join(".specweave/increments/0048-linked")).unwrap();
    project.write("0049-circle", "metadata.json", metadata_text("0049-circle", "active"));
    symlink("spec.md", project.path("0049-circle", "spec.md")).unwrap();
    let link = canonicalize(project.base()).unwrap().with_extension("link");
    symlink(&project.root, &link).unwrap();
    let mut client = start(&[&link], json!({}));
    // The client's own spelling of the folder is kept in what it is told.
    let shown = link.join(".specweave/increments").join(ID).join("spec.md");
    client.wait_findings(&uri(&shown), DESYNC);
    let circle = uri(&link.join(".specweave/increments/0049-circle/spec.md"));
    client.until("the unreadable file is said", |c| {
        c.published.get(&circle).is_some_and(|(p, _)| p["diagnostics"][0]["code"] == "unreadable-file")
    });
    let opened = client.open_file(&shown);
    client.change(&opened, &spec_text(ID, "completed"));
    client.wait_findings(&opened, &[]);
    drop(client);
    fs::remove_file(&link).unwrap();
}

#[test]
fn settings_come_and_go() {
    let project = Project::new();
    project.increment(ID, "actve", "actve");
    let mut client = Client::spawn();
    client.settings = json!({"diagnostics": {"severity": {"unknown-status": "hint"}}});
    client.initialize(json!({
        "capabilities": capabilities(), "workspaceFolders": [{"uri": uri(&project.root), "name": "f"}],
        "initializationOptions": {"diagnostics": {"severity": {"unknown-status": "error"}}},
    }));
    let spec = uri(&project.path(ID, "spec.md"));
    let is = |client: &Client, severity: u64| {
        client.published.get(&spec).is_some_and(|(params, _)| params["diagnostics"][0]["severity"] == severity)
    };
    client.until("the configuration counts", |client| is(client, 4));
    client.settings = json!({});
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.until("what was said at the start counts again", |client| is(client, 1));
    client.notify("workspace/didChangeConfiguration", json!({"settings": {"editor": {"fontSize": 12}}}));
    client.catch_up();
    assert!(is(&client, 1) && client.shown.is_empty(), "other programs' settings are not ours: {:?}", client.shown);
}

#[test]
fn settings_are_not_asked_for_while_typing() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path("0047-us-task-linkage", "spec.md"));
    let text = client.text(&spec);
    let asked =
        |client: &Client| client.unclaimed_methods().iter().filter(|it| *it == "workspace/configuration").count();
    client.until("the settings are asked for", |client| asked(client) > 0);
    for n in 0..50 {
        client.change(&spec, &format!("{text}{n}\n"));
    }
    client.catch_up();
    assert_eq!(asked(&client), 1);
}
