//! What happens to a running server: no more watches, a client that does not listen, half a message, folders that go
//! while they are read, files that turn into something else, a clock that goes backwards.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{BINARY, Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

fn hello(project: &Project) -> Value {
    hello_to(&project.root)
}

pub fn hello_to(root: &Path) -> Value {
    json!({
        "processId": null, "capabilities": capabilities(),
        "workspaceFolders": [{"uri": uri(root), "name": "p"}],
    })
}

#[test]
fn without_watches_the_editor_is_still_served_and_it_is_said() {
    for (call, says) in [("inotify_add_watch", "fs.inotify.max_user_watches"), ("inotify_init1", "may go unseen")] {
        let project = Project::incident();
        let inject = format!("inject={call}:error={}", if call == "inotify_init1" { "EMFILE" } else { "ENOSPC" });
        let mut command = Command::new("strace");
        command.args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={call}"),
            "-e",
            &inject,
            BINARY,
            "--stdio",
        ]);
        let mut client = Client::spawn_as(&mut command);
        client.initialize(hello(&project));
        client.until("it is said", |client| client.shown.iter().any(|text| text.contains(says)));
        assert!(client.shown.iter().all(|text| text.contains("`specweave-lsp check`")), "{:?}", client.shown);
        let spec = client.open_file(&project.path(ID, "spec.md"));
        client.wait_findings(&spec, &["status-desync \"active\""]);
        client.change(&spec, &spec_text(ID, "completed"));
        client.wait_findings(&spec, &[]);
    }
}

/// The change counts, and what is missing of the audit trail is said: in the editor and on the command line.
#[test]
fn a_change_that_the_journal_cannot_hold_is_said() {
    let says =
        |text: &str| text.contains("he journal does not hold what was just changed") && text.contains("journal.jsonl");
    let project = Project::incident();
    std::fs::create_dir_all(project.root.join(".specweave/state/specweave-lsp/journal.jsonl")).unwrap();
    let mut client = Client::start(hello(&project));
    client.execute("specweave-lsp.sync", json!({"increment": ID, "from": "metadata"})).unwrap();
    client.until("it is said", |client| client.shown.iter().any(|text| says(text)));
    drop(client);
    let run = project.run(&["set", "47", "active", "--force"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(says(&run.err), "{}", run.err);
}

fn frame(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Far more answers than a pipe holds are waiting before the first is read.
#[test]
fn a_client_that_does_not_listen_for_a_while_loses_nothing() {
    answers_wait_for_a_listener(std::io::pipe().unwrap());
}

/// As some parents make their own output, which their children inherit.
#[test]
fn an_output_that_does_not_block_loses_nothing() {
    let (output, its_end) = std::io::pipe().unwrap();
    let flags = rustix::fs::fcntl_getfl(&its_end).unwrap();
    rustix::fs::fcntl_setfl(&its_end, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    answers_wait_for_a_listener((output, its_end));
}

fn answers_wait_for_a_listener((mut output, its_end): (std::io::PipeReader, std::io::PipeWriter)) {
    const QUESTIONS: usize = 3_000;
    let project = Project::incident();
    let mut process = Command::new(BINARY).arg("--stdio").stdin(Stdio::piped()).stdout(its_end).spawn().unwrap();
    let mut input = process.stdin.take().unwrap();
    let spec = uri(&project.path(ID, "spec.md"));
    let document = |status: &str, version: usize| json!({"uri": spec, "languageId": "markdown", "version": version, "text": spec_text(ID, status)});
    let mut send = |message: Value| input.write_all(&frame(&message)).unwrap();
    send(json!({"jsonrpc": "2.0", "id": "first", "method": "initialize", "params": hello(&project)}));
    send(json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document("active", 1)}}),
    );
    for number in 0..QUESTIONS {
        let status = if number % 2 == 0 { "completed" } else { "paused" };
        let text = json!([{"text": spec_text(ID, status)}]);
        let change = json!({"textDocument": {"uri": spec, "version": number + 2}, "contentChanges": text});
        send(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": change}));
        let place = json!({"line": 3, "character": 9});
        let question = json!({"textDocument": {"uri": spec}, "range": {"start": place, "end": place}, "context": {"diagnostics": []}});
        send(json!({"jsonrpc": "2.0", "id": number, "method": "textDocument/codeAction", "params": question}));
    }
    send(json!({"jsonrpc": "2.0", "id": "last", "method": "shutdown"}));
    // Only now somebody listens.
    let (told, all_answered) = std::sync::mpsc::channel();
    let reading = std::thread::spawn(move || {
        let (mut bytes, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            let read = output.read(&mut chunk).unwrap();
            if read == 0 {
                return bytes;
            }
            bytes.extend_from_slice(&chunk[..read]);
            let tail = &bytes[bytes.len().saturating_sub(read + 32)..];
            if tail.windows(11).any(|window| window == b"\"id\":\"last\"") {
                told.send(()).unwrap();
            }
        }
    });
    all_answered.recv().unwrap();
    send(json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(process.wait().unwrap().code(), Some(0));
    let said = String::from_utf8(reading.join().unwrap()).unwrap();
    assert!(said.len() > 2 << 20, "only {} bytes: no pipe was full", said.len());
    for number in 0..QUESTIONS {
        assert!(
            said.contains(&format!("\"id\":{number}}}")) || said.contains(&format!("\"id\":{number},")),
            "answer {number}"
        );
    }
    let last = said.rfind("textDocument/publishDiagnostics").expect("findings");
    assert!(said.contains("\"id\":\"last\""));
    assert!(said[last..].contains("`paused`"), "the last text counts");
}

#[test]
fn half_a_message_is_the_end() {
    let project = Project::incident();
    let mut process = Command::new(BINARY).arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut input = process.stdin.take().unwrap();
    let whole = frame(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello(&project)}));
    input.write_all(&whole).unwrap();
    input.write_all(&whole[..whole.len() / 2]).unwrap();
    drop(input);
    assert_eq!(process.wait().unwrap().code(), Some(1), "a client that leaves in the middle has not left well");
}

#[test]
fn folders_that_go_while_they_are_read() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    for round in 0..30 {
        for number in 100..160 {
            project.increment(&format!("0{number}-x"), "active", "completed");
        }
        // The report reads whatever is there at the time.
        let id = client.ask("workspace/executeCommand", json!({"command": "specweave-lsp.report", "arguments": []}));
        for number in 100..160 {
            std::fs::remove_dir_all(project.folder(&format!("0{number}-x"))).unwrap();
        }
        client.answer(id).unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
    let gone = |client: &Client| {
        client.published.iter().all(|(uri, (said, _))| uri.contains(ID) || said["diagnostics"] == json!([]))
    };
    client.until("nothing is said of what is gone", gone);
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
}

#[test]
fn files_that_turn_into_something_else() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let path = project.path(ID, "spec.md");
    let metadata = metadata_text(ID, "completed");
    for (what, make) in [
        ("regular", &["mkfifo"][..]),
        ("regular", &["ln", "-s", "/dev/zero"]),
        ("regular", &["ln", "-s", "/dev/tty"]),
        ("directory", &["mkdir"]),
        ("link", &["ln", "-s", "/nowhere/at/all"]),
    ] {
        std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir(&path)).unwrap();
        assert!(Command::new(make[0]).args(&make[1..]).arg(&path).status().unwrap().success());
        let says = |client: &Client| {
            let said = &client.published[&spec].0["diagnostics"][0];
            said["code"] == "unreadable-file" && said["message"].as_str().unwrap().contains(what)
        };
        client.until(&format!("{make:?} is unreadable"), says);
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, spec_text(ID, "completed")).unwrap();
    client.until("all is well again", |client| client.published[&spec].0["diagnostics"] == json!([]));
    assert_eq!(project.read(ID, "metadata.json"), metadata);
}

#[test]
fn ten_thousand_levels_deep() {
    let project = Project::incident();
    project.write("0001-json", "spec.md", spec_text("0001-json", "active"));
    project.write(
        "0001-json",
        "metadata.json",
        format!("{{\"status\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000)),
    );
    project.write("0002-yaml", "spec.md", format!("---\nstatus: {}1{}\n---\n", "[".repeat(10_000), "]".repeat(10_000)));
    project.write("0002-yaml", "metadata.json", metadata_text("0002-yaml", "active"));
    let mut client = Client::open(&project);
    let metadata = uri(&project.path("0001-json", "metadata.json"));
    let spec = uri(&project.path("0002-yaml", "spec.md"));
    client.until("both are said", |client| {
        [(&metadata, "invalid-metadata"), (&spec, "invalid-frontmatter")].iter().all(|(uri, code)| {
            client.published.get(*uri).is_some_and(|(said, _)| said["diagnostics"][0]["code"] == *code)
        })
    });
}

/// The time is only written down; nothing is decided by it.
#[test]
fn a_clock_that_goes_backwards() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    for (clock, args) in
        [("2025-11-20 10:00:00", ["set", "47", "paused"]), ("2001-01-01 00:00:00", ["set", "47", "active"])]
    {
        let ran =
            Command::new("faketime").arg(clock).arg(BINARY).args(args).current_dir(&project.root).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
    assert!(project.read(ID, "metadata.json").contains("\"lastActivity\": \"2001-01-01T"));
    let log = project.run(&["log", "--format", "json"]);
    let entries: Value = serde_json::from_str(&log.out).unwrap();
    let times: Vec<&str> =
        entries["changes"].as_array().unwrap().iter().map(|it| &it["time"].as_str().unwrap()[..10]).collect();
    assert_eq!(times.len(), 2, "{}", log.out);
    assert_eq!(project.run(&["check"]).code, 0);
}
