//! What coding agents get, as far as it goes through the command line.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::project::{BINARY, Project};

const ID: &str = "0047-us-task-linkage";

/// Runs the hook on an agent's message about an edited file; gives its exit code and what the agent would read.
fn hook(edited: &Path) -> (i32, String) {
    let path = format!("{}:{}", Path::new(BINARY).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut hook = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/editors/agents/after-edit.sh"))
        .env("PATH", path)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let message = json!({"tool_name": "Edit", "tool_input": {"file_path": edited, "new_string": "x\n"}});
    let mut input = hook.stdin.take().unwrap();
    writeln!(input, "{message}").unwrap();
    drop(input);
    let output = hook.wait_with_output().unwrap();
    assert!(output.stdout.is_empty(), "an agent takes standard output for something else");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_hook_tells_of_the_increment_that_was_edited() {
    let project = Project::incident();
    project.increment("0048-next", "active", "active");
    for file in ["spec.md", "metadata.json", "tasks.md"] {
        let (code, told) = hook(&project.path(ID, file));
        assert_eq!(code, 2, "{told}");
        let json = told.find("{\"").or_else(|| told.find("{\n")).expect("findings as JSON");
        let found: Value = serde_json::from_str(&told[json..]).unwrap();
        assert_eq!(found["findings"][0]["code"], "status-desync");
        assert_eq!(found["findings"][0]["increment"], ID);
    }
    assert_eq!(hook(&project.path("0048-next", "spec.md")), (0, String::new()), "not of another one");
    assert_eq!(hook(&project.path("_archive/0001-old", "spec.md")), (0, String::new()));
    assert_eq!(hook(&project.root.join("README.md")), (0, String::new()));
    project.run(&["sync", "--all", "--yes"]);
    assert_eq!(hook(&project.path(ID, "spec.md")), (0, String::new()));
}

/// Agents hand their own state to the command of a status line.
#[test]
fn the_status_line_does_not_wait_for_its_input() {
    let project = Project::incident();
    let mut line = Command::new(BINARY)
        .args(["status", "--line"])
        .current_dir(&project.root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = line.stdin.take();
    let text = std::io::read_to_string(line.stdout.take().unwrap()).unwrap();
    assert!(text.contains(ID) && text.trim_end().lines().count() == 1, "{text}");
    assert!(line.wait().unwrap().success());
    drop(input);
}
