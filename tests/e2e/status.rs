//! What status bars and lists of increments are told.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

/// A client that shows a status bar and a list of increments.
fn open(project: &Project) -> Client {
    let mut capabilities = capabilities();
    capabilities["experimental"] = json!({"specweaveStatus": true, "specweaveIncrements": true});
    let folders = json!([{"uri": uri(&project.root), "name": "project"}]);
    Client::start(json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders}))
}

fn told(client: &mut Client) -> Value {
    client.wait("the status", |message| message["method"] == "specweave/status")["params"].take()
}

fn asked(client: &mut Client) -> Value {
    client.request("specweave/status", json!({}))
}

/// The incident, with its 52 tasks and 12 criteria.
fn incident() -> Project {
    let project = Project::incident();
    let tasks: String = (1..=52).map(|n| format!("### T-{n:03}: x\n**Status**: [x] completed\n\n")).collect();
    project.write(ID, "tasks.md", tasks);
    let criterion = |n: usize| format!("- [{}] **AC-US1-{n:02}**: y\n", if n <= 9 { 'x' } else { ' ' });
    let criteria: String = (1..=12).map(criterion).collect();
    project.write(ID, "spec.md", spec_text(ID, "active") + &criteria);
    project
}

#[test]
fn the_incident_in_the_status_bar() {
    let project = incident();
    project.increment("0001-first", "completed", "completed");
    let mut client = open(&project);
    let status = told(&mut client);
    assert_eq!(status["text"], "⊗ 0047 active ≠ completed");
    assert_eq!(status["severity"], "error");
    let folder = uri(&project.folder(ID));
    assert_eq!(
        status["projects"],
        json!([{
            "root": uri(&project.root),
            "open": [{
                "id": ID, "folder": folder, "title": "A title", "status": "active", "metadataStatus": "completed",
                "desync": true, "tasks": {"done": 52, "total": 52}, "criteria": {"done": 9, "total": 12},
            }],
            "desynced": [{"id": ID, "folder": folder, "status": "active", "metadataStatus": "completed"}],
            "counts": {"increments": 2, "open": 1, "desyncs": 1, "errors": 0, "warnings": 0},
        }])
    );
    let tooltip = status["tooltip"].as_str().unwrap();
    let link = format!("[{ID}]({}/spec.md)", folder);
    assert!(tooltip.contains("1 open of 2 increments, **1 desync**"), "{tooltip}");
    assert!(
        tooltip.contains(&format!("- {link} ⊗ spec.md: active, metadata.json: completed, 52/52 tasks, 9/12 ACs")),
        "{tooltip}"
    );
    assert_eq!(asked(&mut client), status, "the request gives the same object");
    assert_eq!(client.request("specweave/status", Value::Null), status, "with and without params");

    // Another program repairs it.
    project.write(ID, "spec.md", spec_text(ID, "completed"));
    let status = told(&mut client);
    assert_eq!((&status["text"], &status["severity"]), (&json!("no open increments"), &json!("information")));
    assert_eq!(status["projects"][0]["counts"]["desyncs"], 0);
}

#[test]
fn the_editors_text_counts_and_nothing_is_said_twice() {
    let project = incident();
    let mut client = open(&project);
    told(&mut client);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let text = client.text(&spec);
    // Typing elsewhere changes nothing of it; then a criterion is ticked off, and a second of the same kind.
    client.change(&spec, &format!("{text}\nSome prose.\n"));
    client.change(&spec, &text.replace("- [ ] **AC-US1-10", "- [x] **AC-US1-10"));
    let status = told(&mut client);
    assert_eq!(status["projects"][0]["open"][0]["criteria"], json!({"done": 10, "total": 12}));
    // Closed unsaved, the file counts again.
    client.close(&spec);
    assert_eq!(told(&mut client)["projects"][0]["open"][0]["criteria"]["done"], 9);
}

#[test]
fn a_hundred_are_named_and_all_are_counted() {
    let project = Project::new();
    (1..=130).for_each(|at| {
        project.increment(&format!("{at:04}-x"), "active", if at > 10 { "completed" } else { "active" })
    });
    let status = told(&mut open(&project));
    let of_project = &status["projects"][0];
    let listed = |list: &str| of_project[list].as_array().unwrap().len();
    assert_eq!((listed("open"), listed("desynced")), (100, 100));
    assert_eq!((&of_project["counts"]["open"], &of_project["counts"]["desyncs"]), (&json!(130), &json!(120)));
    assert!(status["tooltip"].as_str().unwrap().contains("- and 120 more"), "{status}");
}

#[test]
fn only_who_asked_is_told() {
    let project = incident();
    let mut client = Client::open(&project);
    client.catch_up();
    project.write(ID, "metadata.json", metadata_text(ID, "active"));
    let metadata = uri(&project.path(ID, "metadata.json"));
    client.wait_findings(&metadata, &[]);
    assert_eq!(asked(&mut client)["severity"], "information");
    let methods = client.unclaimed_methods();
    assert!(methods.iter().all(|method| !method.starts_with("specweave/")), "{methods:?}");
}

#[test]
fn a_workspace_without_projects_has_nothing_to_show() {
    let folder = tempfile::tempdir().unwrap();
    let mut capabilities = capabilities();
    capabilities["experimental"] = json!({"specweaveStatus": true});
    let folders = json!([{"uri": uri(folder.path()), "name": "x"}]);
    let mut client =
        Client::start(json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders}));
    let nothing = json!({"projects": [], "text": "", "severity": "information", "tooltip": ""});
    assert_eq!(told(&mut client), nothing);
}

#[test]
fn warnings_and_closed_desyncs_show() {
    let project = Project::new();
    project.increment("0001-odd", "activ", "activ");
    let mut client = open(&project);
    let calm = told(&mut client);
    assert_eq!(calm["severity"], "information", "old warnings do not colour it");
    assert_eq!(calm["projects"][0]["counts"]["warnings"], 1);
    // Not open by its spec.md, and the first to know of all the same.
    project.increment("0002-other-way-round", "completed", "active");
    client.wait("the desync", |message| message["params"]["severity"] == "error");
    let status = asked(&mut client);
    assert_eq!(status["text"], "⊗ 0002 completed ≠ active");
    assert_eq!(status["projects"][0]["desynced"][0]["id"], "0002-other-way-round");
    assert!(status["tooltip"].as_str().unwrap().contains("0002-other-way-round](file://"));
}

#[test]
fn several_are_counted() {
    let project = Project::new();
    for number in 1..=4 {
        project.increment(&format!("000{number}-x"), "active", "active");
    }
    let mut client = open(&project);
    assert_eq!(told(&mut client)["text"], "0001 +3");
    for number in 2..=4 {
        project.write(&format!("000{number}-x"), "metadata.json", metadata_text(&format!("000{number}-x"), "paused"));
    }
    let status = client.wait("the desyncs", |message| message["params"]["text"] == "⊗ 3 desyncs")["params"].take();
    let counts = json!({"increments": 4, "open": 4, "desyncs": 3, "errors": 0, "warnings": 0});
    assert_eq!(status["projects"][0]["counts"], counts, "each once");
}

#[test]
fn a_long_list_comes_in_pages() {
    let project = Project::new();
    let ids: Vec<String> = (1..=401).map(|number| format!("{number:04}-x")).collect();
    ids.iter().for_each(|id| project.increment(id, "completed", "completed"));
    let mut client = open(&project);
    let mut listed = Vec::new();
    let mut pages = Vec::new();
    let mut from = json!(0);
    while !from.is_null() {
        let mut page = client.request("specweave/increments", json!({"from": from}));
        let rows = page["increments"].as_array().unwrap();
        pages.push(rows.len());
        listed.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        from = page["next"].take();
    }
    assert_eq!(listed, ids);
    assert_eq!(pages, [200, 200, 1]);
    let beyond = client.request("specweave/increments", json!({"from": u64::MAX}));
    assert_eq!(beyond, json!({"increments": [], "next": null}));
    for wrong in [json!({"from": "0001-x"}), json!({"from": -1}), json!(7)] {
        let error = client.try_request("specweave/increments", wrong).unwrap_err();
        assert_eq!(error["code"], -32602);
        assert!(error["message"].as_str().unwrap().starts_with("invalid"), "{error}");
    }
}

#[test]
fn the_list_of_increments() {
    let project = incident();
    project.increment("0001-first", "completed", "completed");
    let mut client = open(&project);
    let list = client.request("specweave/increments", json!({}));
    assert_eq!(
        list["increments"],
        json!([
            {
                "id": "0001-first", "root": uri(&project.root), "folder": uri(&project.folder("0001-first")),
                "title": "A title", "status": "completed", "metadataStatus": "completed", "desync": false,
                "open": false, "created": "2025-11-20", "tasks": null, "criteria": null,
                "next": ["active", "abandoned"],
            },
            {
                "id": ID, "root": uri(&project.root), "folder": uri(&project.folder(ID)),
                "title": "A title", "status": "active", "metadataStatus": "completed", "desync": true,
                "open": true, "created": "2025-11-20", "tasks": {"done": 52, "total": 52},
                "criteria": {"done": 9, "total": 12},
                "next": ["backlog", "paused", "ready_for_review", "abandoned"],
            },
        ])
    );
    client.catch_up();
    client.forget();
    // No count changes, yet the list does.
    project.write("0001-first", "spec.md", spec_text("0001-first", "abandoned"));
    project.write("0001-first", "metadata.json", metadata_text("0001-first", "abandoned"));
    client.wait("news of the list", |message| message["method"] == "specweave/incrementsChanged");
    let list = client.request("specweave/increments", Value::Null);
    assert_eq!(list["increments"][0]["status"], "abandoned");
}
