//! The scan of a large project shows how far it is, and can be cancelled.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

/// A little more than a scan is shown for.
const MANY: usize = 2100;

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
fn a_large_scan_shows_how_far_it_is() {
    let project = large();
    let mut client = start(&project);
    let created = client.wait("a token", |message| message["method"] == "window/workDoneProgress/create");
    let token = created["params"]["token"].clone();
    let before = client.unclaimed_methods();
    assert!(before.iter().all(|method| method != "$/progress"), "the client knows no token yet: {before:?}");
    let begin = progress(&mut client, "begin");
    assert_eq!((&begin["token"], &begin["value"]["cancellable"]), (&token, &json!(true)));
    let end = progress(&mut client, "end");
    assert_eq!(end["value"]["message"], format!("{MANY} of {MANY} increments"));
    assert_eq!(client.shown, Vec::<String>::new());
}

/// Whether the cancel comes in time depends on the machine; what is said fits in both cases.
#[test]
fn a_scan_that_is_cancelled_says_what_it_left_out() {
    let project = large();
    let mut client = start(&project);
    let created = client.wait("a token", |message| message["method"] == "window/workDoneProgress/create");
    client.notify("window/workDoneProgress/cancel", json!({"token": created["params"]["token"]}));
    let end = progress(&mut client, "end")["value"]["message"].take();
    let unread = client.request("specweave/status", json!({}))["unread"].as_u64().unwrap_or(0) as usize;
    assert_eq!(end, format!("{} of {MANY} increments", MANY - unread));
    let said = format!("{unread} of {MANY} increments are not checked until");
    assert_eq!(client.shown.iter().filter(|message| message.contains(&said)).count(), usize::from(unread > 0));
    assert_eq!(client.shown.len(), usize::from(unread > 0), "{:?}", client.shown);
    let last = format!("{:05}-x", MANY - 1);
    project.write(&last, "metadata.json", metadata_text(&last, "active"));
    client.wait_findings(&uri(&project.path(&last, "spec.md")), &["status-desync \"completed\""]);
    let report = client.execute("specweave-lsp.report", json!({})).unwrap();
    assert_eq!(report["projects"][0]["scanned"], MANY, "a report reads the rest");
}
