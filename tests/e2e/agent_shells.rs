//! What coding agents are told of what they do in a shell: it says nothing of files, but its command may name them.

use serde_json::{Value, json};

use crate::agents::{AGENTS, Agent, DESYNC, ID, healthy, hook};
use crate::project::Project;
use crate::repository::Repository;

/// A command that does this: the agent's messages before and after it.
fn runs(agent: &Agent, name: &str, command: &str, change: impl FnOnce(&Project)) -> Option<String> {
    assert_eq!(before(agent, command), None, "{name}: before `{command}`");
    change(agent.project);
    after(agent, name, command)
}

fn before(agent: &Agent, command: &str) -> Option<String> {
    agent.plays_with("before-commit", |message| with_command(message, command))
}

fn after(agent: &Agent, name: &str, command: &str) -> Option<String> {
    let mut message = agent.messages["before-commit"]["message"].clone();
    with_command(&mut message, command);
    match name {
        "copilot-cli" => message["toolResult"] = json!({"resultType": "success"}),
        "cursor" => {
            message["hook_event_name"] = json!("postToolUse");
            message["tool_name"] = json!("Shell");
            message["tool_input"] = json!({"command": command});
        }
        "gemini-cli" => message["hook_event_name"] = json!("AfterTool"),
        _ => message["hook_event_name"] = json!("PostToolUse"),
    }
    let answer = hook(&agent.project.root, &message.to_string(), &[])?;
    let at = agent.messages["after-edit"]["answer"].as_str().unwrap();
    Some(answer.pointer(at).and_then(Value::as_str).unwrap_or_else(|| panic!("{name}: {answer}")).to_owned())
}

/// Wherever the agent has it; Copilot CLI's is JSON in a string.
fn with_command(message: &mut Value, command: &str) {
    const RECORDED: &str = "git commit -m 'Close 0048'";
    match message {
        Value::String(text) if text == RECORDED => command.clone_into(text),
        Value::String(text) if text.contains(RECORDED) => {
            let quoted = json!(command).to_string();
            *text = text.replace(RECORDED, quoted.trim_matches('"'));
        }
        Value::Object(members) => members.values_mut().for_each(|member| with_command(member, command)),
        _ => {}
    }
}

fn complete(project: &Project) {
    project.increment(ID, "active", "completed");
}

#[test]
fn a_command_that_desyncs_brings_one_message_and_others_none() {
    for name in AGENTS {
        let project = healthy();
        let agent = Agent::new(name, &project);
        let metadata = format!(".specweave/increments/{ID}/metadata.json");
        assert_eq!(runs(&agent, name, "npm test", |_| ()), None, "{name}");
        assert_eq!(runs(&agent, name, &format!("cat {metadata}"), |_| ()), None, "{name}");
        let told = runs(&agent, name, &format!("sed -i s/active/completed/ {metadata}"), complete);
        let told = told.unwrap_or_else(|| panic!("{name}"));
        assert!(told.contains(DESYNC) && told.contains("--from metadata --yes"), "{name}: {told}");
        assert_eq!(runs(&agent, name, &format!("cat {metadata}"), |_| ()), None, "{name}: once");
        let left = agent.plays("turn-end").unwrap_or_else(|| panic!("{name}"));
        assert!(left.contains(DESYNC), "{name}: {left}");
        let fix = format!("specweave-lsp sync .specweave/increments/{ID} --from metadata --yes");
        let sync = |project: &Project| assert_eq!(project.run(&["sync", ID, "--from", "metadata", "--yes"]).code, 0);
        assert_eq!(runs(&agent, name, &fix, sync), None, "{name}: after sync");
        assert_eq!(agent.plays("turn-end"), None, "{name}: after sync");
    }
}

#[test]
fn what_a_command_only_reads_is_not_its_doing() {
    for name in AGENTS {
        let project = Project::new();
        complete(&project);
        let agent = Agent::new(name, &project);
        let command = format!("cat .specweave/increments/{ID}/spec.md");
        assert_eq!(after(&agent, name, &command), None, "{name}: nobody looked before");
        assert_eq!(runs(&agent, name, &command, |_| ()), None, "{name}");
        assert_eq!(agent.plays("turn-end"), None, "{name}");
    }
}

#[test]
fn a_command_that_writes_of_a_commit_makes_none() {
    for name in AGENTS {
        let repository = Repository::new();
        repository.project.increment(ID, "active", "active");
        repository.commit("healthy");
        complete(&repository.project);
        repository.git(&["add", "--all"]);
        let agent = Agent::new(name, &repository.project);
        for quiet in
            ["cat > release.sh <<'EOF'\ngit commit -m x\nEOF", "make # then git commit", "grep 'git commit' -r ."]
        {
            assert_eq!(before(&agent, quiet), None, "{name}: {quiet}");
        }
        for commits in ["bash -lc 'git commit -m x'", "if true; then git commit -m x; fi", "env A=1 git commit -m x"] {
            let refused = before(&agent, commits).unwrap_or_else(|| panic!("{name}: {commits}"));
            assert!(refused.contains(DESYNC), "{name}: {refused}");
        }
    }
}
