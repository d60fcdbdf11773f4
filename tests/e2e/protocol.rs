//! The protocol to the letter, where random sessions (tests/protocol) would not say what exactly is wrong.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{BINARY, Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";
/// So many that a scan is not through before the next request is read.
/// Under Wine a scan of fewer takes as long.
const MANY: usize = if cfg!(windows) { 1000 } else { 3000 };
const SOME: usize = 300;
const ROUNDS: usize = if cfg!(windows) { 6 } else { 30 };

fn start(project: &Project, capabilities: Value) -> Client {
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    Client::start(json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders}))
}

fn large(count: usize, metadata: &str) -> Project {
    let project = Project::new();
    for number in 1..=count {
        project.increment(&format!("{number:04}-x"), "active", metadata);
    }
    project
}

fn completion(client: &mut Client, uri: &str, position: Value) -> Vec<Value> {
    let params = json!({"textDocument": {"uri": uri}, "position": position});
    let answer = client.request("textDocument/completion", params);
    answer.get("items").unwrap_or(&answer).as_array().cloned().unwrap_or_default()
}

/// E1. `|` is the cursor, and what an edit replaces stands in brackets; without brackets nothing is offered.
#[test]
fn a_completion_holds_the_cursor() {
    let project = Project::incident();
    let mut capabilities = capabilities();
    capabilities["textDocument"]["completion"] = json!({});
    let mut client = start(&project, capabilities);
    let files = ["spec.md", "metadata.json"].map(|file| client.open_file(&project.path(ID, file)));
    let mut wrong = Vec::new();
    for (file, marked) in [
        (0, "status: [acti|ve]"),
        (0, "status: [active|]"),
        (0, "status: [active]   # stil|l"),
        (0, "status: active   # still|"),
        (0, "status: \"[act|ive]\""),
        (0, "status: \"active\"|"),
        (0, "sta|tus: active"),
        (0, "status:| active"),
        (1, "  \"status\": \"[act|ive]\""),
        (1, "  \"status\": \"active\"|"),
        (1, "  \"status\":| \"active\""),
    ] {
        let line = marked.replace(['[', ']', '|'], "");
        let cursor = marked.replace(['[', ']'], "").find('|').unwrap();
        let text = if file == 0 { format!("---\n{line}\n---\n") } else { format!("{{\n{line}\n}}\n") };
        client.change(&files[file], &text);
        let items = completion(&mut client, &files[file], json!({"line": 1, "character": cursor}));
        let holds = items.iter().all(|item| {
            let range = &item["textEdit"]["range"];
            let at = |end: &str| range[end]["character"].as_u64().unwrap() as usize;
            range["start"]["line"] == 1 && range["end"]["line"] == 1 && at("start") <= cursor && cursor <= at("end")
        });
        let inside_value = marked.find('[').is_some_and(|open| {
            marked.find('|').is_some_and(|bar| open < bar && marked.find(']').is_some_and(|close| bar <= close))
        });
        if !holds || (inside_value && items.is_empty()) || (marked.contains('#') && !inside_value && !items.is_empty())
        {
            wrong.push((marked, items.first().cloned()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let triggers = &client.result["capabilities"]["completionProvider"]["triggerCharacters"];
    assert!(!triggers.to_string().contains("\" \""), "a space is typed everywhere: {triggers}");
}

/// E2.
#[test]
fn nothing_is_said_after_the_answer_to_shutdown() {
    let project = Project::incident();
    project.increment("0048-next", "active", "active");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path("0048-next", "spec.md"));
    client.wait_findings(&spec, &[]);
    client.catch_up();
    // A change that the editor leaves unanswered, and findings that are on their way.
    client.manners.push_back(Box::new(|_, _| None));
    let command = json!({"command": "specweave-lsp.sync", "arguments": [{"increment": ID, "from": "spec"}]});
    let asked = client.ask("workspace/executeCommand", command);
    client.wait("the edit", |message| message["method"] == "workspace/applyEdit");
    client.change(&spec, &spec_text("0048-next", "paused"));
    client.request("shutdown", Value::Null);
    project.write("0048-next", "metadata.json", metadata_text("0048-next", "completed"));
    let said = client.listen(Duration::from_millis(700));
    assert_eq!(said, Vec::<String>::new(), "after the answer to shutdown");
    assert!(client.answer(asked).is_err(), "what can no longer be carried out is refused, before shutdown is answered");
    client.notify("exit", Value::Null);
    assert_eq!(client.ended(), 0);
}

/// E3. While all is read again the documents are edited, so that there are news of them all the time.
#[test]
fn findings_of_the_disk_never_come_under_an_open_documents_version() {
    let project = large(SOME, "completed");
    let mut client = Client::open(&project);
    client.catch_up();
    let text = |number: usize, version: usize| {
        spec_text(&format!("{number:04}-x"), "completed") + if version.is_multiple_of(2) { "\n" } else { "" }
    };
    let opened: Vec<(usize, String)> = (1..SOME)
        .step_by(10)
        .map(|number| (number, uri(&project.path(&format!("{number:04}-x"), "spec.md"))))
        .collect();
    for (number, spec) in &opened {
        client.did_open(spec, &text(*number, 1));
    }
    client.catch_up();
    client.forget();
    for round in 0..ROUNDS {
        let settings = json!({"settings": {"specweave-lsp": {"includeArchived": round % 2 == 0}}});
        client.notify("workspace/didChangeConfiguration", settings);
        for (number, spec) in &opened {
            client.change(spec, &text(*number, round));
        }
        client.catch_up();
    }
    for (_, spec) in opened {
        let heard = client.heard_about(&spec);
        let of_disk = |params: &Value| params["diagnostics"].to_string().contains("status-desync");
        assert!(!heard.iter().any(of_disk), "the open text agrees with metadata.json: {heard:#?}");
    }
}

/// E4.
#[test]
fn an_unknown_request_of_the_protocols_own_is_refused() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let id = client.ask("$/unknown", json!({}));
    client.catch_up();
    // Not waited for: it has to be answered before what was asked later.
    let answer = client.claim(|message| message["id"] == id).expect("an answer");
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
}

/// E5.
#[test]
fn a_file_that_is_not_open_is_known_before_the_first_scan_is_through() {
    let project = large(MANY, "completed");
    let last = format!("{MANY:04}-x");
    let mut all = capabilities();
    all["textDocument"]["hover"] = json!({"contentFormat": ["plaintext"]});
    all["textDocument"]["documentSymbol"] = json!({"hierarchicalDocumentSymbolSupport": true});
    let mut client = start(&project, all);
    let document = json!({"uri": uri(&project.path(&last, "spec.md"))});
    let place = json!({"line": 3, "character": 9});
    let range = json!({"start": place, "end": place});
    let asked = [
        ("textDocument/hover", json!({"textDocument": document, "position": place})),
        ("textDocument/documentSymbol", json!({"textDocument": document})),
        ("textDocument/codeAction", json!({"textDocument": document, "range": range, "context": {"diagnostics": []}})),
    ]
    .map(|(method, params)| (method, client.ask(method, params)));
    for (method, id) in asked {
        let answer = client.answer(id).unwrap();
        assert!(!answer.is_null() && answer != json!([]), "{method}: {answer}");
    }
}

/// E6.
#[test]
fn links_and_completions_are_as_the_client_announces_them() {
    let project = Project::incident();
    project.write(ID, "spec.md", spec_text(ID, "active") + "See 0001-first.\n");
    project.increment("0001-first", "completed", "completed");
    for (tooltip, kinds, kind_is_known) in [(false, json!({}), false), (true, json!({"valueSet": [12, 20]}), true)] {
        let mut all = capabilities();
        all["textDocument"]["documentLink"] = json!({"tooltipSupport": tooltip});
        all["textDocument"]["completion"] = json!({"completionItemKind": kinds});
        let mut client = start(&project, all);
        let spec = client.open_file(&project.path(ID, "spec.md"));
        client.catch_up();
        let links = client.request("textDocument/documentLink", json!({"textDocument": {"uri": spec}}));
        assert_eq!(links.as_array().unwrap().len(), 1, "{links}");
        assert_eq!(links[0].get("tooltip").is_some(), tooltip, "{links}");
        let items = completion(&mut client, &spec, json!({"line": 3, "character": 9}));
        let kind = items[0]["kind"].as_u64();
        assert!(kind_is_known || kind.is_none_or(|kind| kind <= 18), "not one of the protocol's first 18: {items:?}");
    }
}

/// E7.
#[test]
fn a_plain_hover_shows_no_marks_of_markdown() {
    let project = Project::incident();
    let mut all = capabilities();
    all["textDocument"]["hover"] = json!({"contentFormat": ["plaintext"]});
    let mut client = start(&project, all);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.catch_up();
    let position = json!({"line": 3, "character": 9});
    let hover = client.request("textDocument/hover", json!({"textDocument": {"uri": spec}, "position": position}));
    assert_eq!(hover["contents"]["kind"], "plaintext");
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("active") && text.contains("completed"), "{text}");
    for mark in ["\\", "**", "](", "&nbsp;"] {
        assert!(!text.contains(mark), "{mark} in {text}");
    }
    assert!(text.matches('`').count().is_multiple_of(2), "half a pair of quotes: {text}");
}

/// E8. The client watches the files and has not told yet.
#[test]
fn fix_all_is_not_offered_when_there_is_nothing_to_fix_any_more() {
    let project = Project::incident();
    project.increment("0048-next", "active", "active");
    let mut all = capabilities();
    all["workspace"]["didChangeWatchedFiles"] = json!({"dynamicRegistration": true, "relativePatternSupport": true});
    for deferred in [true, false] {
        project.write(ID, "metadata.json", metadata_text(ID, "completed"));
        if !deferred {
            all["textDocument"]["codeAction"].as_object_mut().unwrap().remove("resolveSupport");
        }
        let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
        let mut client = Client::start(json!({
            "processId": null, "capabilities": all, "workspaceFolders": folders,
            "clientInfo": {"name": "Visual Studio Code", "version": "1.139.1"},
        }));
        let spec = client.open_file(&project.path("0048-next", "spec.md"));
        client.wait_findings(&uri(&project.path(ID, "spec.md")), &["status-desync \"active\""]);
        project.write(ID, "metadata.json", metadata_text(ID, "active"));
        let place = json!({"line": 3, "character": 9});
        let params = json!({
            "textDocument": {"uri": spec}, "range": {"start": place, "end": place},
            "context": {"diagnostics": [], "only": ["source.fixAll.specweave"], "triggerKind": 1},
        });
        let actions = client.request("textDocument/codeAction", params);
        for action in actions.as_array().unwrap() {
            let whole = match action.get("edit") {
                Some(_) => Ok(action.clone()),
                None => client.try_request("codeAction/resolve", action.clone()),
            };
            if let Ok(whole) = whole {
                assert_ne!(whole["edit"]["documentChanges"], json!([]), "an action that changes nothing: {whole}");
            }
        }
    }
}

/// E9.
#[test]
fn an_odd_value_costs_that_value_and_not_the_session() {
    let project = Project::incident();
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    let usual = json!({"processId": null, "capabilities": capabilities(), "workspaceFolders": folders});
    for (place, odd) in [
        ("/rootUri", json!("")),
        ("/rootUri", json!(5)),
        ("/processId", json!(-1)),
        ("/processId", json!("12")),
        ("/trace", json!("compact")),
        ("/locale", json!(5)),
        ("/clientInfo", json!({"version": "1"})),
        ("/clientInfo", json!("x")),
        ("/capabilities/workspace/workspaceEdit/failureHandling", json!("retry")),
        ("/capabilities/workspace/workspaceEdit/resourceOperations", json!(["create", "link"])),
        ("/capabilities/textDocument/hover", json!({"contentFormat": ["asciidoc", "markdown"]})),
        ("/capabilities/textDocument/completion", json!({"completionItem": {"documentationFormat": ["html"]}})),
        ("/capabilities/textDocument/codeLens", json!(true)),
        ("/capabilities/general/positionEncodings", json!(["utf-7", "utf-16"])),
        ("/capabilities/window", json!([])),
    ] {
        let mut params = usual.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        params.pointer_mut(parent).unwrap()[name] = odd.clone();
        let mut client = Client::spawn();
        let answer = client.try_request("initialize", params);
        assert!(answer.is_ok(), "{place} {odd}: {answer:?}");
        client.result = answer.unwrap();
        client.notify("initialized", json!({}));
        client.wait_findings(&uri(&project.path(ID, "spec.md")), &["status-desync \"active\""]);
    }
}

/// E10. Kate announces none of these and uses them.
#[test]
fn what_a_client_does_not_announce_is_offered_all_the_same() {
    let project = Project::incident();
    let client = start(&project, json!({}));
    let offered = &client.result["capabilities"];
    for name in ["definition", "references", "completion", "rename", "workspaceSymbol", "hover", "documentSymbol"] {
        let offer = &offered[format!("{name}Provider")];
        assert!(!offer.is_null() && *offer != json!(false), "{name}: {offered:#}");
    }
}

/// E11. Neovim sorts lenses by their place, and in any order where that is equal.
#[test]
fn lenses_of_one_line_have_one_order() {
    let project = Project::incident();
    let mut all = capabilities();
    all["textDocument"]["codeLens"] = json!({});
    let mut client = start(&project, all);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.catch_up();
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": spec}}));
    let places: Vec<(u64, u64)> = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|lens| &lens["range"]["start"])
        .map(|start| (start["line"].as_u64().unwrap(), start["character"].as_u64().unwrap()))
        .collect();
    assert!(places.len() > 1 && places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
}

/// E12. Some clients count the length in characters: where both counts are the same, they work.
#[test]
fn messages_are_ascii() {
    let project = Project::new();
    project.write("0001-ö", "spec.md", "---\ntitle: \"☑ 😀\"\nstatus: \"aktív\"\n---\n");
    project.write("0001-ö", "metadata.json", "{\"status\": \"fertig ☑\"}\n");
    let mut server = Command::new(BINARY).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = server.stdin.take().unwrap();
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    let report = json!({"command": "specweave-lsp.report", "arguments": []});
    for message in [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize",
               "params": {"processId": null, "capabilities": capabilities(), "workspaceFolders": folders}}),
        json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "workspace/executeCommand", "params": report}),
        json!({"jsonrpc": "2.0", "id": 3, "method": "specweave/status"}),
    ] {
        let body = message.to_string();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
    let (mut said, mut output) = (Vec::new(), server.stdout.take().unwrap());
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&said).contains("\"id\":3}") {
        let length = output.read(&mut part).unwrap();
        assert!(length > 0, "the server ended before it answered");
        said.extend(&part[..length]);
    }
    for message in
        [json!({"jsonrpc": "2.0", "id": 4, "method": "shutdown"}), json!({"jsonrpc": "2.0", "method": "exit"})]
    {
        let body = message.to_string();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
    output.read_to_end(&mut said).unwrap();
    assert!(server.wait().unwrap().success());
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("2611") || said.contains('☑'), "something beyond ASCII was to be said: {said}");
    assert!(said.is_ascii(), "{}", said.lines().find(|line| !line.is_ascii()).unwrap());
}

/// E13. Helix shows its users every command that is offered, and carries out those of actions without that.
#[test]
fn a_command_that_is_no_users_command_is_not_offered_to_helix() {
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/clients/initialize-helix-25.07.1.json");
    let real: Value = serde_json::from_str(&std::fs::read_to_string(real).unwrap()).unwrap();
    let mut params = real.get("params").unwrap_or(&real).clone();
    params["processId"] = Value::Null;
    let client = Client::start(params);
    let commands = client.result["capabilities"]["executeCommandProvider"]["commands"].to_string();
    assert!(commands.contains("specweave-lsp.sync"), "{commands}");
    assert!(!commands.contains("verify"), "{commands}");
}
