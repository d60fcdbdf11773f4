//! D8. What a shell or an agent does to a file that is open in an editor which does not read it again.

use serde_json::{Value, json};

use crate::client::{Client, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

/// An agent's client: what it edited stays open, and is never sent again when a shell command changes the file.
struct Agent {
    /// Dropped before the project: Wine removes no folder that a server still watches.
    client: Client,
    project: Project,
    spec: String,
    metadata: String,
}

impl Agent {
    fn new() -> Agent {
        let project = Project::new();
        project.increment(ID, "active", "active");
        let client = Client::start(json!({
            "processId": null, "rootUri": uri(&project.root),
            "capabilities": {
                "workspace": {"configuration": false, "workspaceFolders": false},
                "textDocument": {
                    "synchronization": {"didSave": true},
                    "publishDiagnostics": {"relatedInformation": true, "versionSupport": false},
                },
            },
        }));
        let (spec, metadata) = (uri(&project.path(ID, "spec.md")), uri(&project.path(ID, "metadata.json")));
        let mut agent = Agent { project, client, spec, metadata };
        agent.client.catch_up();
        agent
    }

    /// The agent's own tool: it writes the file and tells the server.
    fn edit(&mut self, file: &str, text: &str) {
        self.project.write(ID, file, text);
        let uri = uri(&self.project.path(ID, file));
        if self.client.documents.contains_key(&uri) {
            self.client.change(&uri, text);
        } else {
            self.client.did_open(&uri, text);
        }
        self.client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    }

    /// Waits until the two files are told to be out of step, as an error, or not to be.
    fn told(&mut self, what: &str, desync: bool) {
        let uris = [self.spec.clone(), self.metadata.clone()];
        self.client.until(what, |client| {
            let all = uris.iter().filter_map(|uri| client.published.get(uri));
            let all: Vec<&Value> = all.flat_map(|(params, _)| params["diagnostics"].as_array().unwrap()).collect();
            all.iter().any(|it| it["code"] == "status-desync" && it["severity"] == 1) == desync
                && (desync || all.is_empty())
        });
    }

    fn advice(&self) -> String {
        let all = [&self.spec, &self.metadata].into_iter().filter_map(|uri| self.client.published.get(uri));
        all.map(|(params, _)| params["diagnostics"].to_string()).collect()
    }
}

#[test]
fn what_a_shell_does_to_files_that_an_agent_keeps_open_is_seen() {
    let mut agent = Agent::new();
    agent.edit("metadata.json", &metadata_text(ID, "completed"));
    agent.told("the agent's own desync is told", true);
    agent.project.run(&["sync", "47", "--from", "spec", "--yes"]);
    agent.told("the shell has put it right", false);
    agent.edit("spec.md", &spec_text(ID, "active").replace("A title", "Another title"));
    agent.client.catch_up();
    agent.told("the agent edits the title: still in step", false);
    let spec = agent.project.read(ID, "spec.md").replace("status: active", "status: paused");
    agent.project.write(ID, "spec.md", spec);
    agent.told("the shell's desync in a file that is open", true);
    let advice = agent.advice();
    assert!(advice.contains("reload"), "{advice}");
    assert!(!advice.to_lowercase().contains("save "), "saving would overwrite the other program's change: {advice}");
}

/// An agent that opened the file before its edit: what the shell brings back is no save on its way.
#[test]
fn an_edit_that_a_shell_takes_back_after_it_was_saved_is_over() {
    for edited in ["metadata.json", "spec.md"] {
        let mut agent = Agent::new();
        agent.client.did_open(&agent.spec, &spec_text(ID, "active"));
        agent.client.did_open(&agent.metadata, &metadata_text(ID, "active"));
        agent.client.catch_up();
        let (text, from) = match edited {
            "spec.md" => (spec_text(ID, "completed"), "metadata"),
            _ => (metadata_text(ID, "completed"), "spec"),
        };
        agent.edit(edited, &text);
        agent.told("the agent's own desync is told", true);
        agent.project.run(&["sync", "47", "--from", from, "--yes"]);
        agent.told("the shell has put it right", false);
    }
}

/// An edit right after the shell's: what was heard of the disk counts, though it has not been quiet for long.
#[test]
fn an_edit_is_judged_by_what_is_on_disk_by_then() {
    let mut agent = Agent::new();
    let (spec, metadata) = (agent.spec.clone(), agent.metadata.clone());
    agent.client.did_open(&spec, &spec_text(ID, "active"));
    agent.edit("metadata.json", &metadata_text(ID, "completed"));
    agent.told("the agent's own desync is told", true);
    agent.project.write(ID, "metadata.json", metadata_text(ID, "active"));
    agent.client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": metadata, "type": 2}]}));
    agent.client.change(&spec, &spec_text(ID, "active").replace("A title", "Another title"));
    let report = agent.client.request("textDocument/diagnostic", json!({"textDocument": {"uri": spec}}));
    assert_eq!(report["items"], json!([]));
}

/// What the agent's user typed in an editor is an edit, and stands for the file.
#[test]
fn an_edit_counts_and_not_the_disk() {
    let mut agent = Agent::new();
    let (spec, text) = (agent.spec.clone(), spec_text(ID, "active"));
    agent.client.did_open(&spec, &text);
    agent.client.change(&spec, &spec_text(ID, "paused"));
    agent.told("typed and not saved", true);
    agent.project.write(ID, "metadata.json", metadata_text(ID, "paused"));
    agent.client.until("the texts agree", |client| client.findings(&spec).is_empty());
}

/// An editor that read the file a moment before the shell changed it, and opens it a moment after.
#[test]
fn a_text_that_was_opened_too_late_is_no_edit() {
    let mut agent = Agent::new();
    let spec = agent.spec.clone();
    agent.client.did_open(&spec, &spec_text(ID, "active"));
    agent.client.catch_up();
    agent.project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    let metadata = agent.metadata.clone();
    agent.client.did_open(&metadata, &metadata_text(ID, "active"));
    agent.client.until("the open text is told to be older", |client| {
        client.published.get(&metadata).is_some_and(|(params, _)| params.to_string().contains("reload"))
    });
    agent.told("what the shell did", true);
    let advice = agent.advice();
    assert!(!advice.to_lowercase().contains("save "), "{advice}");
    // An edit is one from then on, and what is on disk is still another program's.
    agent.client.change(&metadata, &metadata_text(ID, "active").replace("feature", "bug"));
    agent.client.until("the user goes on with the older text", |client| {
        client.published.get(&metadata).is_some_and(|(params, _)| params.to_string().contains("unsaved-fix"))
    });
    let advice = agent.advice();
    assert!(advice.contains("before you save") && !advice.contains("Save "), "{advice}");
}
