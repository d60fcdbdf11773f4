//! What an agent says on standard input, whichever it is.
//!
//! | agent | event | session | tool | file | shell command |
//! |---|---|---|---|---|---|
//! | Claude Code | `hook_event_name`: `PreToolUse`, `PostToolUse`, `Stop` | `session_id` | `tool_name` | `tool_input.file_path` | `tool_input.command` |
//! | Codex | the same, and `turn_id` | the same | the same | in the patch, `tool_input.command` | `tool_input.command` |
//! | Gemini CLI | `BeforeTool`, `AfterTool`, `AfterAgent` | the same | the same | `tool_input.file_path` | `tool_input.command` |
//! | Copilot CLI | none, or Claude Code's with a `timestamp` | `sessionId` | `toolName` | `toolArgs.path` | `toolArgs.command` |
//! | Cursor | `preToolUse`, `postToolUse`, `afterFileEdit`, `beforeShellExecution`, `stop` | `conversation_id` | `tool_name` | `file_path` | `command` |

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Moment {
    /// A file is about to be edited: notes what is wrong already
    BeforeEdit,
    /// A file was edited: tells what is wrong since
    AfterEdit,
    /// A shell command is about to run: refuses a `git commit` of what `check --staged` fails for
    BeforeCommit,
    /// The agent has finished: tells what is still wrong in the increments it edited
    TurnEnd,
}

/// Whose form the answer has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Also any that is not known: its form is the one that others took over.
    ClaudeCode,
    Codex,
    CopilotCli,
    Cursor,
    GeminiCli,
}

#[derive(Debug)]
pub struct Call {
    pub agent: Agent,
    pub moment: Moment,
    /// As the agent calls it, for the answer.
    pub event: Option<String>,
    pub session: Option<String>,
    /// Where the agent works: its commands run there, and relative paths count from there.
    pub base: PathBuf,
    /// The folder the session was started for; unlike `base` it stays when the agent changes folders.
    pub home: PathBuf,
    pub files: Vec<PathBuf>,
    /// The files are what a shell command names, which it may as well only read.
    pub by_shell: bool,
    pub command: Option<String>,
    /// The turn goes on already because a hook wanted it to.
    pub again: bool,
}

impl Call {
    /// `None` for what is no message of an agent's, or is about nothing that matters here.
    pub fn parse(text: &[u8], moment: Option<Moment>) -> Option<Call> {
        let Value::Object(message) = serde_json::from_slice(text).ok()? else { return None };
        let event = string(&message, &["hook_event_name", "hookEventName"]);
        let tool = string(&message, &["tool_name", "toolName"]);
        let input = arguments(&message);
        let patches = patch(&input).is_some();
        let edits = tool.as_deref().is_none_or(is_edit) && string(&input, &["command"]).as_deref() != Some("view");
        let runs = tool.as_deref().is_none_or(is_shell);
        let base = base(&message);
        let command = string(&input, &["command"]).or_else(|| string(&message, &["command"])).filter(|_| runs);
        let mut files = if edits || patches { files(&message, &input, &base) } else { Vec::new() };
        let by_shell = files.is_empty() && command.is_some();
        if let Some(command) = command.as_deref().filter(|_| by_shell) {
            files = super::shell::increment_files(command, &base);
        }
        let mut call = Call {
            agent: agent(&message, event.as_deref()),
            moment: Moment::AfterEdit,
            session: string(&message, &["session_id", "sessionId", "conversation_id"]),
            files,
            by_shell,
            command,
            again: flag(&message, "stop_hook_active")
                || message.get("loop_count").is_some_and(|it| it.as_u64() > Some(0)),
            home: home(&message, &base),
            base,
            event,
        };
        call.moment = moment.or_else(|| call.moment_of(&message))?;
        let matters = match call.moment {
            Moment::BeforeEdit | Moment::AfterEdit => !call.files.is_empty(),
            Moment::BeforeCommit => call.command.is_some(),
            Moment::TurnEnd => true,
        };
        matters.then_some(call)
    }

    fn moment_of(&self, message: &Map<String, Value>) -> Option<Moment> {
        let before = if self.files.is_empty() || self.by_shell { Moment::BeforeCommit } else { Moment::BeforeEdit };
        match self.event.as_deref() {
            Some("PreToolUse" | "preToolUse" | "BeforeTool") => Some(before),
            Some("beforeShellExecution") => Some(Moment::BeforeCommit),
            Some("PostToolUse" | "postToolUse" | "AfterTool" | "afterFileEdit") => Some(Moment::AfterEdit),
            Some("Stop" | "stop" | "agentStop" | "AfterAgent") => Some(Moment::TurnEnd),
            Some(_) => None,
            None if message.contains_key("toolResult") => Some(Moment::AfterEdit),
            None if message.contains_key("toolName") => Some(before),
            None if message.contains_key("stopReason") => Some(Moment::TurnEnd),
            None => (!self.files.is_empty()).then_some(Moment::AfterEdit),
        }
    }
}

fn agent(message: &Map<String, Value>, event: Option<&str>) -> Agent {
    let has = |key: &str| message.contains_key(key);
    match event {
        _ if has("conversation_id") || has("cursor_version") => Agent::Cursor,
        Some("BeforeTool" | "AfterTool" | "AfterAgent") => Agent::GeminiCli,
        _ if has("turn_id") => Agent::Codex,
        _ if has("sessionId") || has("toolName") || has("timestamp") => Agent::CopilotCli,
        _ => Agent::ClaudeCode,
    }
}

/// What the tool was called with. Copilot CLI's may be JSON in a string.
fn arguments(message: &Map<String, Value>) -> Map<String, Value> {
    let value = ["tool_input", "toolArgs", "toolInput"].iter().find_map(|key| message.get(*key));
    match value {
        Some(Value::Object(input)) => input.clone(),
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => Map::new(),
    }
}

fn string(map: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| map.get(*key)?.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn flag(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn workspace_root(message: &Map<String, Value>) -> Option<PathBuf> {
    message.get("workspace_roots")?.as_array()?.first()?.as_str().map(PathBuf::from)
}

fn base(message: &Map<String, Value>) -> PathBuf {
    let said = string(message, &["cwd"]).map(PathBuf::from).or_else(|| workspace_root(message));
    said.or_else(|| std::env::current_dir().ok()).unwrap_or_default()
}

fn home(message: &Map<String, Value>, base: &Path) -> PathBuf {
    let started = std::env::var_os("CLAUDE_PROJECT_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    started.or_else(|| workspace_root(message)).unwrap_or_else(|| base.to_path_buf())
}

/// A tool that changes files, by its name: no list of names lasts as long as these parts of them.
fn is_edit(tool: &str) -> bool {
    let tool = tool.to_lowercase();
    ["edit", "write", "replace", "create", "patch", "insert"].iter().any(|part| tool.contains(part))
}

fn is_shell(tool: &str) -> bool {
    let tool = tool.to_lowercase();
    ["bash", "shell", "terminal", "exec"].iter().any(|part| tool.contains(part))
}

const FILE_KEYS: [&str; 5] = ["file_path", "filePath", "path", "absolute_path", "notebook_path"];

/// Each file the tool was to change, from the root of the file system.
fn files(message: &Map<String, Value>, input: &Map<String, Value>, base: &Path) -> Vec<PathBuf> {
    let mut named: Vec<String> =
        string(input, &FILE_KEYS).or_else(|| string(message, &FILE_KEYS)).into_iter().collect();
    for several in ["files", "edits", "replacements"] {
        for item in input.get(several).and_then(Value::as_array).into_iter().flatten() {
            match item {
                Value::String(path) => named.push(path.clone()),
                Value::Object(item) => named.extend(string(item, &FILE_KEYS)),
                _ => {}
            }
        }
    }
    named.extend(patch(input).into_iter().flat_map(str::lines).filter_map(patched).map(str::to_owned));
    named.iter().filter_map(|name| crate::git::staged::normal(&base.join(name))).collect()
}

/// A patch as Codex writes it: what `apply_patch` is called with, as a tool or by the shell.
fn patch(input: &Map<String, Value>) -> Option<&str> {
    let texts = ["command", "input", "patch"].iter().filter_map(|key| input.get(*key)?.as_str());
    texts.into_iter().find(|text| text.contains("*** Begin Patch"))
}

/// The file that a line of it is about.
fn patched(line: &str) -> Option<&str> {
    let head = line.trim().strip_prefix("*** ")?;
    ["Update File: ", "Add File: ", "Delete File: ", "Move to: "].iter().find_map(|kind| head.strip_prefix(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(message: &Value) -> Option<Call> {
        Call::parse(message.to_string().as_bytes(), None)
    }

    #[test]
    fn what_is_no_call_of_ours_is_passed_over() {
        for text in ["", "{", "[]", "null", "\"x\"", "{}", r#"{"hook_event_name": "Notification"}"#] {
            assert!(Call::parse(text.as_bytes(), None).is_none(), "{text}");
        }
        let read =
            json!({"hook_event_name": "PostToolUse", "tool_name": "Read", "tool_input": {"file_path": "/p/spec.md"}});
        assert!(parse(&read).is_none(), "reading changes nothing");
        let view = json!({"toolName": "str_replace_editor", "toolArgs": {"command": "view", "path": "/p/spec.md"}, "toolResult": {}});
        assert!(parse(&view).is_none(), "nor does this");
        let odd = json!({"hook_event_name": 5, "tool_input": ["x"], "session_id": {}, "cwd": 1, "loop_count": "many"});
        assert!(parse(&odd).is_none());
    }

    #[test]
    fn a_patch_names_its_files() {
        let patch = "*** Begin Patch\n*** Update File: a/spec.md\n@@\n-x\n+y\n*** Add File: b.md\n+*** no\n*** Move to: c.md\n*** End Patch";
        let message = json!({"hook_event_name": "PostToolUse", "turn_id": "1", "cwd": "/p", "tool_name": "apply_patch", "tool_input": {"command": patch}});
        let call = parse(&message).unwrap();
        assert_eq!(call.agent, Agent::Codex);
        assert_eq!(call.files, ["/p/a/spec.md", "/p/b.md", "/p/c.md"].map(PathBuf::from));
        assert_eq!(call.command, None, "a patch is no shell command");
        let by_shell = json!({"hook_event_name": "PreToolUse", "turn_id": "1", "cwd": "/p", "tool_name": "Bash", "tool_input": {"command": format!("apply_patch <<'EOF'\n{patch}\nEOF\n")}});
        let call = parse(&by_shell).unwrap();
        assert_eq!((call.files.len(), call.moment), (3, Moment::BeforeEdit), "Codex applies it itself");
    }

    #[test]
    fn paths_count_from_where_the_agent_works() {
        let message = json!({"cwd": "/p/src", "tool_input": {"file_path": "../.specweave/increments/0001-a/spec.md"}});
        let call = parse(&message).unwrap();
        assert_eq!(call.files, [PathBuf::from("/p/.specweave/increments/0001-a/spec.md")]);
        assert_eq!((call.moment, call.agent), (Moment::AfterEdit, Agent::ClaudeCode));
    }

    #[cfg(windows)]
    #[test]
    fn paths_of_windows() {
        for path in [r"C:\p\.specweave\increments\0001-a\spec.md", "C:/p/.specweave/increments/0001-a/spec.md"] {
            let call = parse(&json!({"cwd": r"C:\p", "tool_input": {"file_path": path}})).unwrap();
            let (root, folder) = crate::workspace::discover::increment_of(&call.files[0]).unwrap();
            assert_eq!(root, Path::new(r"C:\p"));
            assert_eq!(folder, Path::new(r"C:\p\.specweave\increments\0001-a"));
        }
    }
}
