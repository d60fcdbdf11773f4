//! opencode in its own loop: it edits with its own tools, and hands its model what the language server says.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::agent;
use crate::project::Project;

const ID: &str = "0048-next";

struct Model {
    process: Child,
    port: String,
}

impl Drop for Model {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Lets opencode make these tool calls in a project; gives what its model was told of each.
fn plays(project: &Project, script: &[Value]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (calls, log) = (folder.path().join("calls.json"), folder.path().join("log"));
    fs::write(&calls, json!(script).to_string()).unwrap();
    let mut model = Command::new("python3");
    model.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/model.py")).arg(&calls).arg(&log);
    let mut process = model.stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let model = Model { process, port: port.trim().to_owned() };
    let config = json!({
        "lsp": {"specweave": {"command": ["specweave-lsp"], "extensions": [".md", ".json"]}},
        "provider": {"stub": {
            "npm": "@ai-sdk/openai-compatible",
            "options": {"baseURL": format!("http://127.0.0.1:{}/v1", model.port), "apiKey": "none"},
            "models": {"m": {"tool_call": true}},
        }},
        "model": "stub/m", "small_model": "stub/m", "permission": {"*": "allow"},
    });
    fs::write(project.root.join("opencode.json"), config.to_string()).unwrap();
    let mut opencode = agent("opencode", folder.path());
    for switched_off in ["AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD"] {
        opencode.env(format!("OPENCODE_DISABLE_{switched_off}"), "1");
    }
    let output = opencode.args(["run", "go"]).current_dir(&project.root).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let log = fs::read_to_string(log).unwrap();
    let last: Vec<Value> = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let told = last.iter().filter(|message| message["role"] == "tool").map(|message| message["content"].to_string());
    let told: Vec<String> = told.collect();
    assert_eq!(told.len(), script.len(), "{said}\n{told:#?}");
    told
}

fn read(project: &Project, file: &str) -> Value {
    json!({"name": "read", "args": {"filePath": project.path(ID, file)}})
}

fn edit(project: &Project, file: &str, old: &str, new: &str) -> Value {
    json!({"name": "edit", "args": {"filePath": project.path(ID, file), "oldString": old, "newString": new}})
}

#[test]
fn an_edit_that_desyncs_brings_one_message_and_others_none() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let told = plays(
        &project,
        &[
            read(&project, "spec.md"),
            edit(&project, "spec.md", "A title", "Another title"),
            read(&project, "metadata.json"),
            edit(&project, "metadata.json", "\"active\"", "\"completed\""),
        ],
    );
    assert!(told[1].contains("applied") && !told[1].contains("LSP errors"), "{}", told[1]);
    assert_eq!(told[3].matches("The statuses disagree").count(), 1, "{}", told[3]);
    assert!(told[3].contains("spec.md says `active`, metadata.json says `completed`"), "{}", told[3]);
}
