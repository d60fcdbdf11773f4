//! What other programs do is seen, through our own watcher or the client's, once and rightly.

use std::process::Command;

use serde_json::json;

use crate::client::{Client, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

#[test]
fn the_incident_appears_while_the_editor_is_open() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &[]);
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    client.wait_findings(&uri(&project.path(ID, "metadata.json")), &["status-desync \"completed\""]);
}

#[test]
fn the_clients_watcher_is_heard() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut capabilities = crate::client::capabilities();
    capabilities["workspace"]["didChangeWatchedFiles"] =
        json!({"dynamicRegistration": true, "relativePatternSupport": true});
    let mut client = Client::start(json!({
        "clientInfo": {"name": "Visual Studio Code", "version": "1.139.1"},
        "capabilities": capabilities, "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
    }));
    let registered = client.wait("the registration", |m| m["method"] == "client/registerCapability");
    assert_eq!(registered["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    client.catch_up();
    let metadata = uri(&project.path(ID, "metadata.json"));
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": metadata, "type": 2}]}));
    client.wait_findings(&metadata, &["status-desync \"completed\""]);
}

#[test]
fn a_checkout_of_a_thousand_increments_ends_right() {
    let project = Project::new();
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@t.invalid", "-c", "core.autocrlf=false"])
            .args(args)
            .current_dir(&project.root)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let ids: Vec<String> = (1..=1000).map(|number| format!("{number:04}-feature")).collect();
    ids.iter().for_each(|id| project.increment(id, "active", "active"));
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "in step"]);
    git(&["checkout", "-qb", "broken"]);
    for id in &ids {
        project.write(id, "spec.md", spec_text(id, "planning"));
        project.write(
            id,
            "metadata.json",
            metadata_text(id, if id.starts_with("0500") { "planning" } else { "completed" }),
        );
    }
    git(&["commit", "-qam", "out of step"]);
    git(&["checkout", "-q", "main"]);

    let mut client = Client::open(&project);
    let first = client.open_file(&project.path(&ids[0], "spec.md"));
    client.wait_findings(&first, &[]);
    client.close(&first);
    client.catch_up();
    project.open_folders();
    git(&["checkout", "-q", "broken"]);
    let specs: Vec<String> = ids.iter().map(|id| uri(&project.path(id, "spec.md"))).collect();
    client.until("999 increments are out of step", |client| {
        let told = |spec: &String| client.published.get(spec).is_some_and(|(p, _)| p["diagnostics"] != json!([]));
        specs.iter().filter(|spec| told(spec)).count() == 999
    });
    client.catch_up();
    assert!(!client.published.contains_key(&specs[499]), "0500 stayed in step");
    for spec in specs.iter().enumerate().filter(|(at, _)| *at != 499).map(|(_, spec)| spec) {
        assert_eq!(client.findings(spec), ["status-desync \"planning\""]);
    }

    git(&["checkout", "-q", "main"]);
    client.until("all are in step again", |client| {
        client.published.values().all(|(params, _)| params["diagnostics"] == json!([]))
    });
}
