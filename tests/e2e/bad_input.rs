//! Whatever a client sends, the session lives and says what is wrong.

use serde_json::{Value, json};

use crate::client::{Client, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

/// The session still does its work.
fn lives(client: &mut Client, project: &Project) {
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let report = client.execute("specweave-lsp.report", json!({})).unwrap();
    assert_eq!(report["projects"][0]["desyncs"], 1);
}

#[test]
fn garbage_on_the_wire() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    for (garbage, code) in [
        ("Content-Length: 5\r\n\r\n{bad}", -32700),
        ("Content-Length: 2\r\n\r\n[]", -32600),
        ("Content-Length: nonsense\r\n\r\n", -32700),
        ("Content-Length: 4\r\n\r\n\u{fffd}x", -32700),
        ("Nothing: here\r\n\r\n", -32700),
        ("Content-Length: 29\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\": 1}", -32600),
    ] {
        client.write(garbage.as_bytes());
        let error =
            client.wait(&format!("an error for {garbage:?}"), |m| m["id"].is_null() && m.get("error").is_some());
        assert_eq!(error["error"]["code"], code, "{garbage:?}");
    }
    lives(&mut client, &project);
}

/// JSON by its grammar; but one such message would end tower-lsp's session.
#[test]
fn values_that_no_program_holds() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    for member in [r#""id":1,"result":"#, r#""method":"a","params":"#, r#""method":"a","more":"#] {
        for value in [r#""\ud800""#, "1e999", r#"{"\u0024serde_json::private::RawValue":"{"}"#] {
            let body = format!(r#"{{"jsonrpc":"2.0",{member}{value}}}"#);
            client.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
            let error = client.wait(&format!("an error for {body}"), |m| m["id"].is_null() && m.get("error").is_some());
            assert_eq!(error["error"]["code"], -32600, "{body}");
        }
    }
    lives(&mut client, &project);
}

#[test]
fn unknown_methods_and_wrong_parameters() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let code = |answer: Result<Value, Value>| answer.unwrap_err()["code"].as_i64().unwrap();
    assert_eq!(code(client.try_request("textDocument/nothing", json!({}))), -32601);
    assert_eq!(code(client.try_request("textDocument/codeAction", json!({"range": 5}))), -32602);
    client.notify("nothing/atAll", json!({}));
    client.notify("$/unknown", json!([]));
    client.notify("textDocument/didOpen", json!({"what": 1}));
    client.notify("textDocument/didChange", json!(5));
    client.send(&json!({"jsonrpc": "2.0", "id": 999, "result": null}));
    lives(&mut client, &project);
}

#[test]
fn documents_that_were_never_opened_and_places_that_are_not_there() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = uri(&project.path(ID, "spec.md"));
    let at = |line: u32, character: u32| json!({"line": line, "character": character});
    let edit = |uri: &str, start: Value, end: Value| {
        json!({"textDocument": {"uri": uri, "version": 7},
               "contentChanges": [{"range": {"start": start, "end": end}, "text": "x"}]})
    };
    client.notify("textDocument/didChange", edit(&spec, at(0, 0), at(0, 1)));
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": spec}}));
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": spec}}));
    lives(&mut client, &project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.notify("textDocument/didChange", edit(&spec, at(u32::MAX, u32::MAX), at(u32::MAX, 0)));
    client.notify("textDocument/didChange", edit(&spec, at(7, 9000), at(2, 0)));
    client.actions(&spec, json!({"start": at(500, 0), "end": at(400, 9)}));
    // Opened twice, as Emacs does: the second text counts.
    client.did_open(&spec, &spec_text(ID, "active"));
    lives(&mut client, &project);
}

#[test]
fn other_schemes_are_ignored() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    for uri in
        ["untitled:Untitled-1", "git:/x/.specweave/increments/0001-x/spec.md?HEAD", "https://example.org/spec.md"]
    {
        client.did_open(uri, "---\nstatus: [\n---\n");
        client.change(uri, "x");
        assert!(
            client
                .actions(uri, json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}))
                .is_empty()
        );
        client.close(uri);
    }
    lives(&mut client, &project);
}

#[test]
fn a_document_of_fifty_megabytes() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = uri(&project.path(ID, "spec.md"));
    let text = spec_text(ID, "active") + &"x".repeat(50 * 1024 * 1024);
    client.did_open(&spec, &text);
    client.wait_findings(&spec, &["unreadable-file \"\""]);
    let message = client.published[&spec].0["diagnostics"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("51201 KiB, more than the limit of 1024 KiB"), "{message}");
    client.change(&spec, &spec_text(ID, "active"));
    lives(&mut client, &project);
}

#[test]
fn a_message_before_initialize_is_refused() {
    let project = Project::incident();
    let mut client = Client::spawn();
    const OURS: [&str; 2] = ["specweave/status", "specweave/increments"];
    for method in OURS.into_iter().chain(["textDocument/codeAction", "shutdown"]) {
        let early = client.try_request(method, if method == "shutdown" { Value::Null } else { json!({}) });
        assert_eq!(early.unwrap_err()["code"], -32002, "{method}");
    }
    client.initialize(json!({"capabilities": crate::client::capabilities(), "rootUri": uri(&project.root)}));
    lives(&mut client, &project);
    assert_eq!(client.request("specweave/status", json!({}))["projects"][0]["counts"]["increments"], 1);
    client.request("shutdown", Value::Null);
    for method in OURS {
        assert_eq!(client.try_request(method, json!({})).unwrap_err()["code"], -32600, "{method}");
    }
    client.notify("exit", Value::Null);
    assert_eq!(client.ended(), 0);
}

#[test]
fn a_client_that_vanishes_ends_the_server() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    client.write(b"Content-Length: 100\r\n\r\n{\"half\":");
    let status = client.hang_up();
    assert_eq!(status, 1, "an end without `shutdown` is not a clean one");
}

#[test]
fn a_cancelled_request_is_answered_as_such() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    client.catch_up();
    // The editor never answers the edit, so the command waits.
    client.manners.push_back(Box::new(|_, _| None));
    let arguments = json!([{"increment": 47, "from": "spec"}]);
    let id = client.ask("workspace/executeCommand", json!({"command": "specweave-lsp.sync", "arguments": arguments}));
    client.wait("the edit", |message| message["method"] == "workspace/applyEdit");
    client.notify("$/cancelRequest", json!({"id": id}));
    let error = client.answer(id).unwrap_err();
    assert_eq!(error["code"], -32800, "{error}");
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "completed"));
}
