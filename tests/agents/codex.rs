//! Codex in its own loop, with the hooks that docs/editors/agents.md gives for it.

use std::fs;

use serde_json::{Value, json};

use crate::model::Model;
use crate::project::BINARY;
use crate::repository::Repository;
use crate::{agent, documented};

const ID: &str = "0048-next";
const DESYNC: &str = "spec.md says `active`, metadata.json says `completed`";

fn patch(file: &str, old: &str, new: &str) -> Value {
    let path = format!(".specweave/increments/{ID}/{file}");
    let patch = format!("*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n");
    json!({"name": "apply_patch", "input": patch})
}

fn shell(command: &str) -> Value {
    json!({"name": "exec_command", "args": {"cmd": command}})
}

/// Lets Codex make these tool calls in a repository; gives what its model was told since, in order.
fn plays(repository: &Repository, script: &[Value]) -> Vec<String> {
    let model = Model::playing(script);
    let home = model.home.path();
    // A model of this name is known to take patches as text.
    let provider = format!("name = \"stub\"\nbase_url = \"{}\"\nwire_api = \"responses\"\n", model.url);
    let config = format!("model = \"gpt-5.5\"\nmodel_provider = \"stub\"\n[model_providers.stub]\n{provider}");
    fs::write(home.join("config.toml"), config).unwrap();
    fs::write(home.join("hooks.json"), documented("docs/editors/agents.md", "## Codex")).unwrap();
    let mut codex = agent("codex", home);
    // Only hooks that somebody has looked at are run, and here nobody can be asked; the sandbox needs what a container lacks.
    codex.args(["exec", "--dangerously-bypass-hook-trust", "--sandbox", "danger-full-access", "go"]);
    for (name, value) in [("NAME", "A"), ("EMAIL", "a@example.org")] {
        codex.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    let told = model.told(codex.env("CODEX_HOME", home).current_dir(repository.root()));
    let since = told.iter().skip_while(|message| message["type"] == "message");
    since.map(Value::to_string).collect()
}

#[test]
fn a_session_hears_once_is_refused_a_commit_and_puts_it_right() {
    let repository = Repository::new();
    repository.project.increment(ID, "active", "active");
    repository.commit("healthy");
    let told = plays(
        &repository,
        &[
            patch("spec.md", "title: \"A title\"", "title: \"Another title\""),
            patch("metadata.json", "  \"status\": \"active\",", "  \"status\": \"completed\","),
            shell("git add --all && git commit --message refused"),
            // Its shell is a login shell, which sets the PATH anew.
            shell(&format!("{BINARY} sync .specweave/increments/{ID} --from metadata --yes")),
            patch("spec.md", "title: \"Another title\"", "title: \"A title\""),
            shell("git add --all && git commit --message in-step"),
        ],
    );
    let ours: Vec<&String> = told.iter().filter(|message| message.contains(DESYNC)).collect();
    assert_eq!(ours.len(), 2, "one after the edit, one for the commit: {told:#?}");
    assert!(ours[0].contains("\"developer\"") && ours[0].contains("--from metadata --yes"), "{}", ours[0]);
    assert!(ours[1].contains("blocked") && ours[1].contains("refused"), "{}", ours[1]);
    assert_eq!(repository.git(&["log", "-1", "--format=%s"]), "in-step\n", "{told:#?}");
}

#[test]
fn a_turn_that_leaves_a_desync_goes_on_once() {
    let repository = Repository::new();
    repository.project.increment(ID, "active", "active");
    let told = plays(&repository, &[patch("spec.md", "status: active", "status: paused")]);
    let ours: Vec<&String> = told.iter().filter(|message| message.contains("The statuses disagree")).collect();
    assert_eq!(ours.len(), 2, "after the edit, and at the end of the turn: {told:#?}");
    assert!(ours[1].contains("at the end of the turn"), "{}", ours[1]);
}
