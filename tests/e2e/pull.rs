//! Diagnostics for clients that ask for them.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, spec_text};

const ID: &str = "0047-us-task-linkage";

fn pulling(project: &Project) -> Client {
    let mut capabilities = capabilities();
    capabilities["textDocument"]["diagnostic"] = json!({"dynamicRegistration": false});
    capabilities["workspace"]["diagnostics"] = json!({"refreshSupport": true});
    Client::start(json!({
        "capabilities": capabilities, "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
    }))
}

fn codes(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
}

#[test]
fn documents_are_pulled_and_nothing_is_pushed() {
    let project = Project::incident();
    let mut client = pulling(&project);
    let provider = &client.result["capabilities"]["diagnosticProvider"];
    assert_eq!(provider["workspaceDiagnostics"], true);
    assert_eq!(provider["interFileDependencies"], true);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let full = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": spec}}));
    assert_eq!(full["kind"], "full");
    assert_eq!(codes(&full["items"]), ["status-desync"]);
    let known = json!({"textDocument": {"uri": spec}, "previousResultId": full["resultId"]});
    assert_eq!(client.request("textDocument/diagnostic", known.clone())["kind"], "unchanged");
    client.change(&spec, &spec_text(ID, "completed"));
    project.write(ID, "spec.md", spec_text(ID, "completed"));
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": spec}}));
    let clean = client.request("textDocument/diagnostic", known);
    assert_eq!((clean["kind"].as_str(), codes(&clean["items"]).len()), (Some("full"), 0));
    assert!(client.published.is_empty(), "never both");
}

#[test]
fn the_workspace_is_pulled_and_changes_elsewhere_ask_for_it_again() {
    let project = Project::incident();
    let mut client = pulling(&project);
    client.until("the scan asks for a pull", |client| client.refreshes > 0);
    let report = client.request("workspace/diagnostic", json!({"previousResultIds": []}));
    let items = report["items"].as_array().unwrap();
    let mut files: Vec<&str> =
        items.iter().map(|item| item["uri"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    files.sort_unstable();
    assert_eq!(files, ["metadata.json", "spec.md"]);
    let known: Vec<Value> = items.iter().map(|item| json!({"uri": item["uri"], "value": item["resultId"]})).collect();
    let again = client.request("workspace/diagnostic", json!({"previousResultIds": known}));
    assert!(again["items"].as_array().unwrap().iter().all(|item| item["kind"] == "unchanged"), "{again}");
    let before = client.refreshes;
    project.write(ID, "spec.md", spec_text(ID, "completed"));
    client.until("the change on disk asks for a pull", |client| client.refreshes > before);
    let after = client.request("workspace/diagnostic", json!({"previousResultIds": known}));
    assert!(after["items"].as_array().unwrap().iter().all(|item| item["items"] == json!([])), "{after}");
}

#[test]
fn a_client_can_insist() {
    let project = Project::incident();
    for (delivery, pulls) in [("push", false), ("pull", true)] {
        let mut client = Client::start(json!({
            "capabilities": capabilities(), "initializationOptions": {"diagnostics": {"delivery": delivery}},
            "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
        }));
        assert_eq!(client.result["capabilities"].get("diagnosticProvider").is_some(), pulls);
        client.catch_up();
    }
}
