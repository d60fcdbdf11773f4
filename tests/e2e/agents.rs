//! What coding agents are told. `agents/*.json` holds one message of each agent for each moment, as recorded or in
//! the form that its documentation gives (`source` says which), and where in the answer the agent looks for the text.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Client, uri};
use crate::project::{BINARY, Project, start};
use crate::repository::Repository;

pub const ID: &str = "0048-next";
pub const AGENTS: [&str; 5] = ["claude-code", "codex", "copilot-cli", "cursor", "gemini-cli"];
pub const DESYNC: &str = "spec.md says `active`, metadata.json says `completed`";

/// One agent's messages about one project.
pub struct Agent<'p> {
    pub project: &'p Project,
    pub messages: Value,
}

impl Agent<'_> {
    pub fn new<'p>(name: &str, project: &'p Project) -> Agent<'p> {
        let path = format!("{}/tests/e2e/agents/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let root = project.root.display().to_string().replace('\\', r"\\");
        Agent { project, messages: serde_json::from_str(&text.replace("$PROJECT", &root)).unwrap() }
    }

    /// Plays a moment; gives what the model would read.
    #[track_caller]
    pub fn plays(&self, moment: &str) -> Option<String> {
        self.plays_with(moment, |_| {})
    }

    #[track_caller]
    pub fn plays_with(&self, moment: &str, change: impl FnOnce(&mut Value)) -> Option<String> {
        let mut message = self.messages[moment]["message"].clone();
        change(&mut message);
        let answer = hook(&self.project.root, &message.to_string(), &[])?;
        let at = self.messages[moment]["answer"].as_str().expect("a moment at which something may be said");
        let text = answer.pointer(at).and_then(Value::as_str);
        Some(text.unwrap_or_else(|| panic!("{moment}: {answer} has nothing at {at}")).to_owned())
    }

    /// An edit of one file: the agent's messages before and after it.
    #[track_caller]
    pub fn edits(&self, file: &str, old: &str, new: &str) -> Option<String> {
        self.edits_in(ID, file, old, new)
    }

    #[track_caller]
    pub fn edits_in(&self, id: &str, file: &str, old: &str, new: &str) -> Option<String> {
        let about = |message: &mut Value| {
            let text = message.to_string().replace(ID, id).replace("metadata.json", file);
            *message = serde_json::from_str(&text).unwrap();
        };
        assert_eq!(self.plays_with("before-edit", about), None, "before an edit nothing is said");
        let text = self.project.read(id, file);
        assert!(text.contains(old), "{text}");
        self.project.write(id, file, text.replace(old, new));
        self.plays_with("after-edit", about)
    }
}

/// Runs the hook on a message. It may only be silent, or answer with JSON that fits into a few words.
#[track_caller]
pub fn hook(folder: &Path, message: &str, args: &[&str]) -> Option<Value> {
    let mut hook = Command::new(BINARY);
    hook.arg("agent-hook").args(args).current_dir(folder);
    hook.env_remove("CLAUDE_PROJECT_DIR").env_remove("npm_command");
    hook.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::piped());
    let mut hook = start(&mut hook, Command::spawn);
    hook.stdin.take().unwrap().write_all(message.as_bytes()).unwrap();
    let output = hook.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{out}");
    if out.is_empty() {
        return None;
    }
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_short(&answer);
    Some(answer)
}

#[track_caller]
fn assert_short(answer: &Value) {
    match answer {
        Value::String(text) => assert!(text.chars().count() <= 600, "{text}"),
        Value::Object(members) => members.values().for_each(assert_short),
        _ => {}
    }
}

/// A project with a healthy increment.
pub fn healthy() -> Project {
    let project = Project::new();
    project.increment(ID, "active", "active");
    project
}

#[test]
fn an_edit_that_desyncs_brings_one_message_and_others_none() {
    for name in AGENTS {
        let project = healthy();
        let agent = Agent::new(name, &project);
        assert_eq!(agent.edits("spec.md", "A title", "Another title"), None, "{name}");
        let told = agent.edits("metadata.json", "\"active\"", "\"completed\"").unwrap_or_else(|| panic!("{name}"));
        assert!(told.contains(DESYNC) && told.contains(ID), "{name}: {told}");
        let fix = "specweave-lsp sync .specweave/increments/0048-next --from metadata --yes";
        assert!(told.contains(fix), "{name}: {told}");
        assert_eq!(agent.edits("spec.md", "Another title", "A title"), None, "{name}: it has been told");
        let run = project.run(&fix.split(' ').skip(1).collect::<Vec<_>>());
        assert_eq!(run.code, 0, "{name}: the command puts it right: {}", run.err);
        assert_eq!(agent.edits("spec.md", "A title", "Another title"), None, "{name}: after sync, nothing false");
        let again = agent.edits("spec.md", "status: completed", "status: active").unwrap_or_default();
        assert!(again.contains(DESYNC) && again.contains("--from spec"), "{name}, the same again: {again}");
    }
}

#[test]
fn at_the_end_of_a_turn_what_is_left_is_told_once() {
    for name in AGENTS {
        let project = healthy();
        project.increment("0049-other", "active", "completed");
        let agent = Agent::new(name, &project);
        assert_eq!(agent.plays("turn-end"), None, "{name}: nothing was edited");
        assert!(agent.edits("metadata.json", "\"active\"", "\"completed\"").is_some(), "{name}");
        let left = agent.plays("turn-end").unwrap_or_else(|| panic!("{name}"));
        assert!(
            left.contains(DESYNC) && left.contains("specweave-lsp sync") && !left.contains("0049"),
            "{name}: {left}"
        );
        assert_eq!(agent.plays("turn-end"), None, "{name}: once");
        project.run(&["sync", ID, "--yes"]);
        assert_eq!(agent.plays("turn-end"), None, "{name}: it was put right");
        project.write(ID, "metadata.json", "{");
        assert!(agent.plays("turn-end").is_some_and(|left| left.contains("metadata.json:1")), "{name}: by the shell");
    }
}

/// Agents say so when a hook has already made them go on.
#[test]
fn a_turn_is_not_made_to_go_on_for_ever() {
    for (name, key, value) in [("claude-code", "stop_hook_active", json!(true)), ("cursor", "loop_count", json!(1))] {
        let project = healthy();
        let agent = Agent::new(name, &project);
        agent.edits("metadata.json", "\"active\"", "\"completed\"").unwrap();
        assert_eq!(agent.plays_with("turn-end", |message| message[key] = value), None, "{name}");
    }
}

#[test]
fn what_was_there_before_is_not_the_agents_doing() {
    for name in AGENTS {
        let project = Project::new();
        project.increment(ID, "active", "completed");
        let agent = Agent::new(name, &project);
        assert_eq!(agent.edits("spec.md", "A title", "Another title"), None, "{name}");
        assert_eq!(agent.plays("turn-end"), None, "{name}");
    }
    // Without a message before the edit nobody knows; it is told, and true.
    let project = Project::new();
    project.increment(ID, "active", "completed");
    let agent = Agent::new("claude-code", &project);
    assert!(agent.plays("after-edit").is_some_and(|told| told.contains(DESYNC)));
    assert_eq!(agent.plays("after-edit"), None);
}

#[test]
fn two_agents_hear_of_their_own_increments() {
    let project = healthy();
    project.increment("0049-other", "active", "active");
    let one = Agent::new("claude-code", &project);
    let mut other = Agent::new("claude-code", &project);
    other.messages = serde_json::from_str(&other.messages.to_string().replace("6f1c2f0e-52a4", "second-one")).unwrap();
    let first = one.edits("metadata.json", "\"active\"", "\"completed\"").unwrap();
    let second = other.edits_in("0049-other", "spec.md", "status: active", "status: paused").unwrap();
    assert!(first.contains(ID) && !first.contains("0049") && second.contains("0049-other") && !second.contains(ID));
    assert_eq!(other.edits_in("0049-other", "spec.md", "A title", "B"), None);
    let (first, second) = (one.plays("turn-end").unwrap(), other.plays("turn-end").unwrap());
    assert!(first.contains(ID) && !first.contains("0049"), "{first}");
    assert!(second.contains("0049-other") && !second.contains(ID), "{second}");
}

/// All at once, as an agent runs the hooks of tool calls that it makes at once: each is told, and none is lost.
#[test]
fn hooks_that_run_at_once() {
    let project = Project::new();
    let ids: Vec<String> = (1..=12).map(|number| format!("{number:04}-x")).collect();
    ids.iter().for_each(|id| project.increment(id, "active", "completed"));
    let agent = Agent::new("claude-code", &project);
    let told = std::thread::scope(|scope| {
        let agent = &agent;
        let edit = |id: &String| {
            let message = agent.messages["after-edit"]["message"].to_string().replace(ID, id);
            scope.spawn(move || hook(&agent.project.root, &message, &[]).is_some())
        };
        let hooks: Vec<_> = ids.iter().map(edit).collect();
        hooks.into_iter().map(|hook| hook.join().unwrap()).filter(|told| *told).count()
    });
    assert_eq!(told, ids.len());
    let left = agent.plays("turn-end").unwrap();
    assert!(left.starts_with("specweave-lsp: 12 increments still have 12 problems"), "{left}");
}

/// D9. The same id in a nested project, a folder that is no increment, an archive: each once was a false alarm.
#[test]
fn no_false_alarms() {
    let project = healthy();
    let nested = "repositories/acme/api/.specweave/increments/0048-next";
    std::fs::create_dir_all(project.root.join(nested)).unwrap();
    std::fs::write(project.root.join(nested).join("spec.md"), "---\nstatus: active\n---\n").unwrap();
    std::fs::write(project.root.join(nested).join("metadata.json"), "{\"status\": \"completed\"}\n").unwrap();
    project.write("notes", "a.md", "x");
    project.increment("_archive/0001-old", "active", "completed");
    let quiet = |file: &Path| hook(Path::new("/"), &json!({"tool_input": {"file_path": file}}).to_string(), &[]);
    for file in ["0048-next/spec.md", "notes/a.md", "_archive/0001-old/spec.md", "0099-gone/spec.md", "x.json"] {
        assert_eq!(quiet(&project.root.join(".specweave/increments").join(file)), None, "{file}");
    }
    assert_eq!(quiet(&project.root.join("README.md")), None);
    assert_eq!(quiet(Path::new(r"C:\p\.specweave\increments\0048-next\spec.md")), None);
    let told = quiet(&project.root.join(nested).join("spec.md")).unwrap().to_string();
    assert!(told.contains(&format!("/{nested} --from spec")), "the path tells which: {told}");
}

#[test]
fn what_is_no_message_of_an_agent_brings_nothing() {
    let project = Project::incident();
    for message in ["", "hello", "{", "[1]", "{}", r#"{"hook_event_name": "SessionStart", "session_id": "1"}"#] {
        assert_eq!(hook(&project.root, message, &[]), None, "{message}");
    }
    assert_eq!(project.files("0047-us-task-linkage"), ["metadata.json", "spec.md"]);
    assert!(!project.root.join(".specweave/state").exists(), "nor does it leave anything behind");
}

/// What an agent can say that knows no more than a path.
#[test]
fn the_moment_can_be_named() {
    let project = Project::incident();
    let message = r#"{"file_path": ".specweave/increments/0047-us-task-linkage/spec.md"}"#;
    assert_eq!(hook(&project.root, message, &["--event", "before-edit"]), None);
    let answer = hook(&project.root, message, &["--event", "after-edit"]).unwrap();
    assert!(answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap().contains(DESYNC));
}

#[test]
fn other_findings_say_what_to_do_too() {
    let project = healthy();
    let agent = Agent::new("claude-code", &project);
    let told = agent.edits("spec.md", "status: active", "status: actve").unwrap();
    assert!(told.contains("`actve`") && told.contains("disagree"), "{told}");
    let told = agent.edits("spec.md", "status: actve", "status: [").unwrap();
    assert!(told.contains("spec.md:4") && told.contains("specweave-lsp check .specweave/"), "{told}");
    project.increment(ID, "active", "active");
    project.write(ID, "tasks.md", "### T-001: x\n**Status**: [ ] pending\n");
    project.write(ID, "metadata.json", project.read(ID, "metadata.json").replace("active", "completed"));
    let told = agent.edits("spec.md", "status: active", "status: completed").unwrap();
    assert!(told.contains("1 of 1 task") && told.contains("specweave-lsp set .specweave/"), "{told}");
}

#[test]
fn a_commit_of_what_is_not_in_order_is_refused() {
    for name in AGENTS {
        let repository = Repository::new();
        repository.project.increment(ID, "active", "active");
        repository.commit("healthy");
        let agent = Agent::new(name, &repository.project);
        let command = |command: &str| {
            agent.plays_with("before-commit", |message| {
                let text = message.to_string().replace("git commit -m 'Close 0048'", command);
                *message = serde_json::from_str(&text).unwrap();
            })
        };
        assert_eq!(agent.plays("before-commit"), None, "{name}: nothing is staged");
        repository.project.increment(ID, "active", "completed");
        assert_eq!(agent.plays("before-commit"), None, "{name}: that is not staged");
        for adds in ["git add -A && git commit -m x", "git commit -am x", "git add .specweave && git commit -m x"] {
            assert!(command(adds).is_some_and(|refused| refused.contains(DESYNC)), "{name}: {adds}");
        }
        for others in ["git add README.md && git commit -m x", "make && git commit -m x", "git add -p && git commit"] {
            assert_eq!(command(others), None, "{name}: {others}");
        }
        repository.git(&["add", "--all"]);
        let refused = agent.plays("before-commit").unwrap_or_else(|| panic!("{name}"));
        let fix = "specweave-lsp sync .specweave/increments/0048-next --yes && git add .specweave/increments/0048-next";
        assert!(refused.contains(DESYNC) && refused.contains(fix), "{name}: {refused}");
        assert_eq!(command("git commit --no-verify -m x"), None, "{name}: on purpose");
        assert_eq!(command("ls"), None, "{name}");
        assert_eq!(command("cd / && git commit -m x"), None, "{name}: in no repository");
        repository.project.run(&["sync", ID, "--yes"]);
        let half = agent.plays("before-commit").unwrap_or_else(|| panic!("{name}"));
        assert!(half.contains("Fix: `git add .specweave") && !half.contains("sync"), "{name}: {half}");
        assert_eq!(command("git add --all && git commit -m x"), None, "{name}: what is committed is in order");
        assert_eq!(command("git commit -am x"), None, "{name}: the same");
        repository.git(&["add", "--all"]);
        assert_eq!(agent.plays("before-commit"), None, "{name}");
    }
}

/// What is kept of a session is private, small, out of git's sight, and goes when there are many.
#[test]
fn sessions_are_forgotten() {
    let repository = Repository::new();
    let project = &repository.project;
    project.increment(ID, "active", "active");
    repository.commit("healthy");
    let agent = Agent::new("claude-code", project);
    for session in 0..40 {
        agent.plays_with("after-edit", |message| message["session_id"] = json!(format!("../../{session}")));
    }
    let state = project.root.join(".specweave/state/specweave-lsp");
    let entries: Vec<_> = std::fs::read_dir(state).unwrap().map(|entry| entry.unwrap()).collect();
    let files: Vec<_> = entries.iter().filter(|it| it.file_name().to_string_lossy().starts_with("agent-")).collect();
    assert_eq!(files.len(), 32);
    for file in files {
        let metadata = file.metadata().unwrap();
        assert!(metadata.len() < 1000);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077, 0);
    }
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
}

#[test]
fn the_instructions_are_ten_lines() {
    let run = Project::new().run(&["agent-instructions"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 10), "{}", run.out);
}

/// Agents hand their own state to the command of a status line.
#[test]
fn the_status_line_does_not_wait_for_its_input() {
    let project = Project::incident();
    let mut line = Command::new(BINARY);
    line.args(["status", "--line"]).current_dir(&project.root).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut line = start(&mut line, Command::spawn);
    let input = line.stdin.take();
    let text = std::io::read_to_string(line.stdout.take().unwrap()).unwrap();
    assert!(text.contains("0047-us-task-linkage") && text.trim_end().lines().count() == 1, "{text}");
    assert!(line.wait().unwrap().success());
    drop(input);
}

/// What Claude Code 2.1's language client sends: it opens a file when the agent edits it, keeps it open, and sends it
/// again for the agent's own edits only.
struct ClaudeCode<'p> {
    project: &'p Project,
    client: Client,
}

impl ClaudeCode<'_> {
    fn start(project: &Project) -> ClaudeCode<'_> {
        let recorded = include_str!("clients/initialize-claude-code-2.1.197.json");
        let recorded =
            recorded.replace("file:///p", &uri(&project.root)).replace("\"/p\"", &json!(project.root).to_string());
        let mut params: Value = serde_json::from_str(&recorded).unwrap();
        params["processId"] = json!(std::process::id());
        ClaudeCode { project, client: Client::start(params) }
    }

    /// The codes that the agent is shown of the file it edits.
    fn edits(&mut self, file: &str, old: &str, new: &str) -> Vec<String> {
        let path = self.project.path(ID, file);
        let text = self.project.read(ID, file).replace(old, new);
        self.project.write(ID, file, &text);
        let uri = uri(&path);
        match self.client.documents.contains_key(&uri) {
            true => self.client.change(&uri, &text),
            false => drop(self.client.open_file(&path)),
        }
        self.client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
        self.client.catch_up();
        let published = self.client.published.get(&uri).map(|(published, _)| published["diagnostics"].clone());
        let codes = published.as_ref().and_then(Value::as_array).into_iter().flatten();
        codes.map(|diagnostic| diagnostic["code"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn the_language_client_of_claude_code() {
    let project = healthy();
    let mut claude = ClaudeCode::start(&project);
    assert_eq!(claude.edits("spec.md", "A title", "B"), [""; 0]);
    assert_eq!(claude.edits("metadata.json", "active", "completed"), ["status-desync"]);
    assert_eq!(project.run(&["sync", ID, "--from", "metadata", "--yes"]).code, 0);
    assert_eq!(claude.edits("spec.md", "B", "C"), [""; 0]);
}

#[test]
fn the_language_client_of_claude_code_after_a_sync_of_the_other_file() {
    let project = healthy();
    let mut claude = ClaudeCode::start(&project);
    assert_eq!(claude.edits("spec.md", "A title", "B"), [""; 0]);
    assert_eq!(claude.edits("metadata.json", "active", "completed"), ["status-desync"]);
    assert_eq!(project.run(&["sync", ID, "--from", "spec", "--yes"]).code, 0);
    assert_eq!(claude.edits("spec.md", "B", "C"), [""; 0], "the open metadata.json is older than the disk");
}

/// D9. The command of the plugin's hooks, in a shell as Claude Code runs it.
#[cfg(unix)]
#[test]
fn the_plugins_command_is_silent_where_there_is_nothing_to_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let read = |path: &str| -> Value {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let hooks = read("editors/claude-code/hooks/hooks.json");
    let commands: Vec<&str> = ["PreToolUse", "PostToolUse", "Stop"]
        .map(|event| hooks["hooks"][event][0]["hooks"][0]["command"].as_str().unwrap())
        .to_vec();
    assert!(commands.iter().all(|command| *command == commands[0]), "{commands:?}");
    for plugin in ["claude-code", "claude-code-lsp"] {
        let version = &read(&format!("editors/{plugin}/.claude-plugin/plugin.json"))["version"];
        assert_eq!(version, env!("CARGO_PKG_VERSION"), "{plugin}");
    }

    let project = Project::incident();
    let message = json!({"hook_event_name": "PostToolUse", "tool_name": "Edit", "tool_input": {"file_path": project.path("0047-us-task-linkage", "spec.md")}});
    let programs = tempfile::tempdir().unwrap();
    let program = |name: &str, text: &str| {
        let path = programs.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let run = || {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(commands[0]).env_clear().env("PATH", programs.path()).stdin(Stdio::piped());
        let mut shell = shell.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // A program that does not read closes its input.
        let _ = shell.stdin.take().unwrap().write_all(message.to_string().as_bytes());
        let output = shell.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(run(), "", "nothing is installed");
    program("npx", "exit 1");
    assert_eq!(run(), "", "npm cannot fetch it");
    program("npx", &format!("[ \"$1\" = -y ] && npm_command=exec exec {BINARY} agent-hook"));
    let told = run();
    assert!(told.contains(DESYNC) && told.contains("npx -y specweave-lsp sync"), "{told}");
    program("npx", "exit 1");
    program("specweave-lsp", "echo \"error: unrecognized subcommand '$1'\" >&2; exit 2");
    assert_eq!(run(), "", "a version that has no hook yet");
    program("specweave-lsp", &format!("exec {BINARY} \"$@\""));
    assert!(run().contains("`specweave-lsp sync "));
}
