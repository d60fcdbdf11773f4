//! What each real editor announced is answered with what that editor can use. The recorded `initialize` parameters
//! are in `clients/`.

use serde_json::{Value, json};

use crate::client::{Client, uri};
use crate::project::Project;

const ID: &str = "0047-us-task-linkage";

/// A session of the recorded editor on the incident, and the actions it is offered.
fn replay(recorded: &str) -> (Client, Vec<Value>) {
    let mut params: Value = serde_json::from_str(recorded).unwrap();
    if let Some(inner) = params.get("params") {
        params = inner.clone();
    }
    let project = Project::incident();
    params["processId"] = Value::Null;
    params["rootUri"] = json!(uri(&project.root));
    params["rootPath"] = json!(project.root);
    if params["workspaceFolders"].is_array() {
        params["workspaceFolders"] = json!([{"uri": uri(&project.root), "name": "p"}]);
    }
    let mut client = Client::start(params);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    if client.result["capabilities"].get("diagnosticProvider").is_some() {
        let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": spec}}));
        assert_eq!(report["items"][0]["code"], "status-desync");
        assert!(client.published.is_empty(), "never both");
    } else {
        client.wait_findings(&spec, &["status-desync \"active\""]);
    }
    let here = json!({"line": 3, "character": 8});
    let actions = client.actions(&spec, json!({"start": here, "end": here}));
    assert!(actions.len() >= 2, "{actions:?}");
    // As the editor has them when one is chosen.
    let chosen = |action: Value| match action.get("data") {
        Some(_) => client.request("codeAction/resolve", action),
        None => action,
    };
    let actions = actions.into_iter().map(chosen).collect();
    client.project = Some(project);
    (client, actions)
}

fn capability<'c>(client: &'c Client, path: &str) -> &'c Value {
    client.result["capabilities"].pointer(path).unwrap_or(&Value::Null)
}

#[test]
fn neovim_0_11() {
    let (client, actions) = replay(include_str!("clients/initialize-neovim-0.11.4.json"));
    assert_eq!(client.encoding(), "utf-8");
    assert!(capability(&client, "/diagnosticProvider").is_null(), "it would only ask for visible buffers");
    assert!(actions[0]["edit"]["documentChanges"].is_array(), "it takes file operations, so document changes too");
    assert_eq!(capability(&client, "/codeActionProvider/resolveProvider"), &json!(true));
}

#[test]
fn neovim_0_12() {
    let (client, actions) = replay(include_str!("clients/initialize-neovim-0.12.0-dev-fbb1caf.json"));
    assert_eq!(client.encoding(), "utf-8");
    assert!(
        actions[0]["edit"]["documentChanges"][0]["textDocument"].get("version").is_some(),
        "null is said, not left out"
    );
}

#[test]
fn helix() {
    let (client, actions) = replay(include_str!("clients/initialize-helix-25.07.1.json"));
    assert_eq!(client.encoding(), "utf-8");
    assert_eq!(actions[0]["isPreferred"], true);
    assert!(client.shown.iter().any(|message| message.contains("`specweave-lsp.h2`")), "{:?}", client.shown);
}

#[test]
fn emacs_eglot() {
    let (client, actions) = replay(include_str!("clients/initialize-emacs28.2-eglot-1.9.json"));
    assert_eq!(client.encoding(), "utf-16");
    assert!(actions[0]["edit"]["documentChanges"].is_array());
    let (published, _) = client.published.values().next().unwrap();
    assert!(published["diagnostics"][0].get("relatedInformation").is_none(), "it cannot show related places");
    assert_eq!(capability(&client, "/codeActionProvider/resolveProvider"), &json!(false));
}

#[test]
fn emacs_lsp_mode() {
    let (client, _) = replay(include_str!("clients/initialize-emacs28.2-lspmode-8.0.0.json"));
    assert_eq!(client.encoding(), "utf-16");
    assert_eq!(capability(&client, "/workspace/workspaceFolders/supported"), &json!(true));
}

#[test]
fn kakoune() {
    let (client, actions) = replay(include_str!("clients/initialize-kakoune2022.10.31-kaklsp-22.0.0.json"));
    assert_eq!(client.encoding(), "utf-8");
    assert!(actions[0].get("isPreferred").is_none(), "it does not know preferred actions");
    assert!(capability(&client, "/workspace/workspaceFolders").is_null(), "it has no workspace folders");
}

#[test]
fn kakoune_with_file_watching() {
    let (mut client, _) = replay(include_str!("clients/initialize-kakoune2022.10.31-kaklsp-22.0.0-filewatch.json"));
    client.wait("the registration", |m| m["method"] == "client/registerCapability");
}

/// It applies the edit of an action only if the action has no command.
#[test]
fn vim_with_ale() {
    let (mut client, actions) = replay(include_str!("clients/initialize-vim-9.0-ale-3.3.0.json"));
    assert_eq!(client.encoding(), "utf-16");
    assert!(actions[0]["edit"]["changes"].is_object(), "it takes no document changes");
    assert!(actions.iter().all(|action| action.get("command").is_none()), "{actions:?}");
    let title = "Set spec.md status to `completed` (from metadata.json)";
    let fix = actions.iter().find(|action| action["title"] == title).unwrap();
    client.apply(&fix["edit"]);
    client.catch_up();
    let uri = client.documents.keys().next().unwrap().clone();
    assert!(client.text(&uri).contains("status: completed"));
}

/// It asks for the whole line and passes no findings on. It opens the other file with its old text, and sends the new one
/// behind it.
#[test]
fn kate() {
    let mut params: Value = serde_json::from_str(include_str!("clients/initialize-kate-22.12.3.json")).unwrap();
    let project = Project::incident();
    params["rootUri"] = json!(uri(&project.root));
    params["rootPath"] = json!(project.root);
    let mut client = Client::start(params);
    assert_eq!(client.encoding(), "utf-16");
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let range = json!({"start": {"line": 3, "character": 0}, "end": {"line": 4, "character": 0}});
    let params = json!({"textDocument": {"uri": spec}, "range": range, "context": {"diagnostics": []}});
    let actions = client.request("textDocument/codeAction", params);
    let title = "Set metadata.json status to `active` (from spec.md)";
    let fix = actions.as_array().unwrap().iter().find(|action| action["title"] == title).unwrap().clone();
    assert!(fix["edit"]["changes"].is_object(), "it takes no document changes: {fix}");
    let metadata = client.open_file(&project.path(ID, "metadata.json"));
    client.apply(&fix["edit"]);
    client.wait_findings(&spec, &[]);
    client.tell_unsaved = true;
    client.wait_findings(&metadata, &["unsaved-fix \"active\""]);
}

/// What its source announces: `typeHierarchy: false`, where the protocol has an object, costs nothing else. It applies a whole
/// edit at once, says so, and sends the text of the buffer that is not on display when that is saved.
#[test]
fn vim_lsp() {
    let (client, actions) = replay(include_str!("clients/initialize-vim-lsp.json"));
    assert_eq!(client.encoding(), "utf-16");
    assert!(actions[0]["edit"]["changes"].is_object(), "it takes no document changes: {actions:?}");
    drop(client);
    let mut params: Value = serde_json::from_str(include_str!("clients/initialize-vim-lsp.json")).unwrap();
    let project = Project::new();
    project.increment(ID, "active", "active");
    (params["rootUri"], params["processId"]) = (json!(uri(&project.root)), Value::Null);
    let mut client = Client::start(params);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.catch_up();
    let metadata = uri(&project.path(ID, "metadata.json"));
    // What the buffer of metadata.json has by then.
    let (buffer, seen) = std::sync::mpsc::channel();
    let (first, second) = (spec.clone(), metadata.clone());
    client.manners.push_back(Box::new(move |client, edit| {
        let old = std::fs::read_to_string(crate::client::path(&second)).unwrap();
        let edits = |uri: &str| edit["changes"][uri].as_array().unwrap().clone();
        let text = crate::client::apply_edits(&old, &edits(&second), client.encoding());
        client.did_open(&second, &old);
        let shown = crate::client::apply_edits(&client.text(&first), &edits(&first), client.encoding());
        client.change(&first, &shown);
        buffer.send(text).unwrap();
        Some(crate::client::Answer::Result(json!({"applied": true})))
    }));
    let command = json!({"command": "specweave-lsp.close", "arguments": [{"increment": ID}]});
    let answer = client.try_request("workspace/executeCommand", command);
    assert!(answer.unwrap_err()["message"].as_str().unwrap().contains("save both files"), "it says what to do");
    let text = seen.recv().unwrap();
    client.change(&metadata, &text);
    std::fs::write(crate::client::path(&metadata), &text).unwrap();
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": metadata}}));
    client.catch_up();
    assert!(client.text(&spec).contains("status: completed") && text.contains("\"completed\""));
    client.until("no desync is left", |client| {
        [&spec, &metadata].iter().all(|uri| client.findings(uri).iter().all(|it| !it.contains("status-desync")))
    });
}

/// What its source announces.
#[test]
fn yegappan_lsp() {
    let (client, actions) = replay(include_str!("clients/initialize-yegappan-lsp.json"));
    assert_eq!(client.encoding(), "utf-32", "what it would rather count in");
    assert!(actions[0]["edit"]["changes"].is_object() || actions[0]["edit"]["documentChanges"].is_array());
    assert_eq!(capability(&client, "/codeActionProvider/resolveProvider"), &json!(true));
    assert!(capability(&client, "/diagnosticProvider").is_null());
}

#[test]
fn visual_studio_code() {
    for recorded in [
        include_str!("clients/initialize-vscode-1.139.1-languageclient-9.0.1.json"),
        include_str!("clients/initialize-vscode-1.139.1-languageclient-11.0.0.json"),
    ] {
        let (client, actions) = replay(recorded);
        assert_eq!(client.encoding(), "utf-16");
        assert_eq!(capability(&client, "/diagnosticProvider/workspaceDiagnostics"), &json!(true));
        assert_eq!(actions[0]["isPreferred"], true);
    }
}

/// What is drawn into the text is only offered to those that announce it; the rest to all, since Kate announces nothing of
/// it and uses it.
#[test]
fn each_editor_is_offered_what_it_can_show() {
    const PROVIDERS: [(&str, &str); 2] =
        [("codeLensProvider", "/textDocument/codeLens"), ("inlayHintProvider", "/textDocument/inlayHint")];
    const TO_ALL: [&str; 9] = [
        "hoverProvider",
        "completionProvider",
        "definitionProvider",
        "referencesProvider",
        "documentSymbolProvider",
        "workspaceSymbolProvider",
        "documentLinkProvider",
        "foldingRangeProvider",
        "renameProvider",
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/clients");
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let recorded = std::fs::read_to_string(&path).unwrap();
        let (client, _) = replay(&recorded);
        let recorded: Value = serde_json::from_str(&recorded).unwrap();
        let announced = recorded.get("params").unwrap_or(&recorded)["capabilities"].clone();
        for (provider, place) in PROVIDERS {
            let can = announced.pointer(place).is_some_and(|it| !it.is_null() && *it != json!(false));
            let offered = !capability(&client, &format!("/{provider}")).is_null();
            assert_eq!(offered, can, "{provider} for {}", path.display());
        }
        for provider in TO_ALL {
            assert!(!capability(&client, &format!("/{provider}")).is_null(), "{provider} for {}", path.display());
        }
        let prepares = announced.pointer("/textDocument/rename/prepareSupport") == Some(&json!(true));
        assert_eq!(capability(&client, "/renameProvider").is_object(), prepares, "{}", path.display());
        replayed += 1;
    }
    assert!(replayed >= 14, "only {replayed} recordings");
}
