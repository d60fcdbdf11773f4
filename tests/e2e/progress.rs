//! A reading that takes more than a moment shows how far it is, and can be stopped.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

/// Enough to take the server longer than the moment it waits before it shows anything.
const MANY: usize = 12_000;

fn large() -> Project {
    let project = Project::new();
    for number in 0..MANY {
        let id = format!("{number:05}-x");
        std::fs::create_dir(project.folder(&id)).unwrap();
        std::fs::write(project.path(&id, "spec.md"), spec_text(&id, "completed")).unwrap();
        std::fs::write(project.path(&id, "metadata.json"), metadata_text(&id, "completed")).unwrap();
    }
    project
}

fn start(project: &Project) -> Client {
    let mut capabilities = capabilities();
    capabilities["window"] = json!({"workDoneProgress": true});
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    Client::start(json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders}))
}

fn progress(client: &mut Client, kind: &str) -> Value {
    let wanted = |message: &Value| message["method"] == "$/progress" && message["params"]["value"]["kind"] == kind;
    client.wait(&format!("progress: {kind}"), wanted)["params"].take()
}

#[test]
fn a_long_reading_shows_how_far_it_is_and_can_be_stopped() {
    let project = large();
    let mut client = start(&project);
    let created = client.wait("a token", |message| message["method"] == "window/workDoneProgress/create");
    let token = created["params"]["token"].clone();
    let before = client.unclaimed_methods();
    assert!(before.iter().all(|method| method != "$/progress"), "the client knows no token yet: {before:?}");
    let begin = progress(&mut client, "begin");
    assert_eq!((&begin["token"], &begin["value"]["cancellable"]), (&token, &json!(true)));
    let report = progress(&mut client, "report");
    assert!(report["value"]["message"].as_str().unwrap().ends_with(&format!("of {MANY} increments")), "{report}");
    let end = progress(&mut client, "end");
    assert_eq!(end["value"]["message"], format!("{MANY} of {MANY} increments"));
    assert_eq!(client.shown, Vec::<String>::new());

    // Stopped, it says what that means.
    let mut client = start(&project);
    let token = progress(&mut client, "begin")["token"].take();
    client.notify("window/workDoneProgress/cancel", json!({"token": token}));
    progress(&mut client, "end");
    client.until("it is said", |client| !client.shown.is_empty());
    let unread = client.request("specweave/status", json!({}))["unread"].as_u64().expect("some are missing");
    assert!(unread > 0 && unread <= MANY as u64, "{unread}");
    let last = format!("{:05}-x", MANY - 1);
    project.write(&last, "metadata.json", metadata_text(&last, "active"));
    client.wait_findings(&uri(&project.path(&last, "spec.md")), &["status-desync \"completed\""]);
    let report = client.execute("specweave-lsp.report", json!({})).unwrap();
    assert_eq!(report["projects"][0]["scanned"], MANY, "a report reads the rest");
    assert!(client.shown[0].contains(&format!("of {MANY} increments are not checked until")), "{:?}", client.shown);
}
