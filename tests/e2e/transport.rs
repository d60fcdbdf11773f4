//! The ways an editor reaches the server.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::client::{Client, capabilities, uri};
use crate::project::{BINARY, Project, run_in};

/// What an editor says first and last.
fn say(mut channel: impl Write) {
    let messages = [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}),
        json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}),
        // As lsp-mode sends it; the others leave the params out, or send null.
        json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown", "params": {}}),
        json!({"jsonrpc": "2.0", "method": "exit"}),
    ];
    for message in messages {
        let body = message.to_string();
        write!(channel, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
}

/// What is answered to that.
fn talk(mut channel: impl Read + Write) -> String {
    say(&mut channel);
    let mut answer = String::new();
    channel.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let mut server = Command::new(BINARY).args(["--socket", &port, "--clientProcessId", "1"]).spawn().unwrap();
    let (stream, _) = listener.accept().unwrap();
    let answer = talk(stream);
    assert!(answer.contains("\"name\":\"specweave-lsp\""), "{answer}");
    assert!(answer.contains("\"id\":2") && !answer.contains("\"error\""), "{answer}");
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let mut server = Command::new(BINARY).args(["lsp", "--pipe", path.to_str().unwrap()]).spawn().unwrap();
    let (stream, _) = listener.accept().unwrap();
    let answer = talk(stream);
    assert!(answer.contains("\"name\":\"specweave-lsp\""), "{answer}");
    assert!(answer.contains("\"id\":2") && !answer.contains("\"error\""), "{answer}");
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

/// Editors in Node.js and Neovim give sockets, others pipes; who replays a session gives files.
#[cfg(unix)]
#[test]
fn standard_streams_of_every_kind() {
    use std::fs::File;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    let start =
        |input: Stdio, output: Stdio| Command::new(BINARY).arg("--stdio").stdin(input).stdout(output).spawn().unwrap();
    let (near, far) = UnixStream::pair().unwrap();
    let far = OwnedFd::from(far);
    let mut server = start(far.try_clone().unwrap().into(), far.into());
    let by_socket = talk(near);
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert!(by_socket.contains("\"id\":2") && !by_socket.contains("\"error\""), "{by_socket}");

    let folder = tempfile::tempdir().unwrap();
    let (said, answered) = (folder.path().join("said"), folder.path().join("answered"));
    say(File::create(&said).unwrap());
    let mut server = start(File::open(&said).unwrap().into(), File::create(&answered).unwrap().into());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_to_string(&answered).unwrap(), by_socket, "files");

    let mut server = start(Stdio::piped(), Stdio::piped());
    say(server.stdin.take().unwrap());
    let mut by_pipe = String::new();
    server.stdout.take().unwrap().read_to_string(&mut by_pipe).unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert_eq!(by_pipe, by_socket, "pipes");
}

#[test]
fn nobody_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path(), &["--pipe", "nowhere"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("error: cannot reach the client through the pipe nowhere: no such file or directory\n"),
        "{}",
        run.err
    );
}

#[test]
fn a_person_at_a_terminal_gets_help() {
    let output = Command::new("script")
        .args(["-qec", BINARY, "/dev/null"])
        .stdin(Stdio::null())
        .output()
        .expect("`script` (Debian: bsdutils) is needed for this test");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("Usage:") && shown.contains("specweave-lsp demo"), "{shown}");
}

/// The pipes stay open, as they do when somebody else holds them: only the editor's process is gone.
#[cfg(target_os = "linux")]
#[test]
fn the_death_of_the_editor_ends_the_server() {
    let project = Project::incident();
    let mut editor = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    let mut client = Client::start(json!({
        "processId": editor.id(), "capabilities": capabilities(),
        "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
    }));
    client.catch_up();
    editor.kill().unwrap();
    editor.wait().unwrap();
    assert_eq!(client.ended(), 1);
}

/// It may live in another container, where its number means nothing here.
#[test]
fn an_editor_that_cannot_be_found_is_no_reason_to_end() {
    let project = Project::incident();
    let mut client = Client::start(json!({
        "processId": 2_000_000_000, "capabilities": capabilities(),
        "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
    }));
    client.catch_up();
}
