//! opencode in its own loop: it edits with its own tools, and hands its model what the language server says.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::agent;
use crate::model::Model;
use crate::project::Project;

const ID: &str = "0048-next";

fn server() -> Value {
    json!({"specweave": {"command": ["specweave-lsp"], "extensions": [".md", ".json"]}})
}

fn opencode(home: &Path) -> Command {
    let mut opencode = agent("opencode", home);
    for switched_off in ["AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD"] {
        opencode.env(format!("OPENCODE_DISABLE_{switched_off}"), "1");
    }
    opencode
}

/// Lets opencode make these tool calls in a project; gives what its model was told of each.
fn plays(project: &Project, script: &[Value]) -> Vec<String> {
    let model = Model::playing(script);
    let config = json!({
        "lsp": server(),
        "provider": {"stub": {
            "npm": "@ai-sdk/openai-compatible",
            "options": {"baseURL": model.url, "apiKey": "none"},
            "models": {"m": {"tool_call": true}},
        }},
        "model": "stub/m", "small_model": "stub/m", "permission": {"*": "allow"},
    });
    fs::write(project.root.join("opencode.json"), config.to_string()).unwrap();
    let mut opencode = opencode(model.home.path());
    let messages = model.told(opencode.args(["run", "go"]).current_dir(&project.root));
    let of_tools = messages.iter().filter(|message| message["role"] == "tool");
    let told: Vec<String> = of_tools.map(|message| message["content"].to_string()).collect();
    assert_eq!(told.len(), script.len(), "{told:#?}");
    told
}

fn read(project: &Project, file: &str) -> Value {
    json!({"name": "read", "args": {"filePath": project.path(ID, file)}})
}

fn edit(project: &Project, file: &str, old: &str, new: &str) -> Value {
    json!({"name": "edit", "args": {"filePath": project.path(ID, file), "oldString": old, "newString": new}})
}

fn shell(command: &str) -> Value {
    json!({"name": "bash", "args": {"command": command, "description": "Work in the shell"}})
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

#[test]
fn after_sync_in_its_shell_it_is_told_nothing_false() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let told = plays(
        &project,
        &[
            read(&project, "metadata.json"),
            // Now the server has the text from before the edit; without the pause it may not.
            shell("sleep 2"),
            edit(&project, "metadata.json", "\"active\"", "\"completed\""),
            // A model takes seconds for each step, the stand-in for it none; the server hears of the disk in between.
            shell("sleep 2 && specweave-lsp sync 48 --from spec --yes && sleep 2"),
            read(&project, "spec.md"),
            edit(&project, "spec.md", "A title", "Another title"),
        ],
    );
    assert_eq!(told[2].matches("The statuses disagree").count(), 1, "{}", told[2]);
    assert!(told[5].contains("applied") && !told[5].contains("LSP errors"), "{}", told[5]);
}

/// What it says without any model.
#[test]
fn its_own_command_shows_the_findings_of_both_files() {
    let project = Project::new();
    project.increment(ID, "active", "completed");
    fs::write(project.root.join("opencode.json"), json!({"lsp": server()}).to_string()).unwrap();
    let home = tempfile::tempdir().unwrap();
    let spec = project.path(ID, "spec.md");
    let output = opencode(home.path())
        .args(["debug", "lsp", "diagnostics"])
        .arg(&spec)
        .current_dir(&project.root)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    let told: Value =
        serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{shown}{}", String::from_utf8_lossy(&output.stderr)));
    for file in ["spec.md", "metadata.json"] {
        let found = &told[project.path(ID, file).to_str().unwrap()];
        assert_eq!(found[0]["code"], "status-desync", "{told:#}");
    }
}
