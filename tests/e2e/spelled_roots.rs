//! Whatever way an editor spells a project's folder, it is answered in that spelling, also about files that are closed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, is_one_error};

const ID: &str = "0047-us-task-linkage";
const VS_CODE: &str = include_str!("clients/initialize-vscode-1.139.1-languageclient-9.0.1.json");

/// All strings of a message that are URIs of files.
fn uris(message: &Value, found: &mut Vec<String>) {
    match message {
        Value::String(text) if text.starts_with("file:") => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| uris(item, found)),
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            uris(&json!(key), found);
            uris(value, found);
        }),
        _ => {}
    }
}

/// Both quick fixes, a close, and the status of a project that the editor calls `root`; the document is open before
/// anybody has looked for projects. Gives each URI of each answer.
fn session(root: &str, mut params: Value, folders: &Value) -> Vec<String> {
    params["processId"] = Value::Null;
    params["rootUri"] = folders[0]["uri"].clone();
    params["workspaceFolders"] = folders.clone();
    let mut client = Client::spawn();
    client.initialize(params);
    let spec = format!("{root}/.specweave/increments/{ID}/spec.md");
    client.did_open(&spec, &crate::project::spec_text(ID, "active"));
    client.catch_up();
    let here = json!({"start": {"line": 3, "character": 8}, "end": {"line": 3, "character": 8}});
    let actions = client.actions(&spec, here);
    let mut found = Vec::new();
    let mut fixes: Vec<Value> = Vec::new();
    for action in &actions {
        let action = match action.get("data") {
            Some(_) => client.request("codeAction/resolve", action.clone()),
            None => action.clone(),
        };
        fixes.extend(Some(&action["edit"]).filter(|edit| edit.is_object() && action["kind"] == "quickfix").cloned());
        uris(&action, &mut found);
    }
    assert_eq!(fixes.len(), 2, "{actions:#?}");
    for (method, params) in [
        ("specweave/status", Value::Null),
        ("specweave/increments", json!({})),
        ("workspace/symbol", json!({"query": ""})),
        ("textDocument/hover", json!({"textDocument": {"uri": spec}, "position": {"line": 3, "character": 8}})),
        ("textDocument/documentLink", json!({"textDocument": {"uri": spec}})),
        ("textDocument/codeLens", json!({"textDocument": {"uri": spec}})),
    ] {
        uris(&client.request(method, params), &mut found);
    }
    let published: Vec<Value> =
        client.published.iter().map(|(uri, (params, _))| json!({"uri": uri, "params": params})).collect();
    uris(&json!(published), &mut found);
    // The second one goes into metadata.json, which is closed.
    client.apply(&fixes[1]);
    client.execute("specweave-lsp.close", json!({"increment": spec})).unwrap();
    uris(&json!(client.edits), &mut found);
    assert!(client.text(&spec).contains("status: completed"));
    found.sort();
    found.dedup();
    tell(&found);
    found
}

/// Into the file that `SPECWEAVE_URIS` names: there is somebody who has them read by VS Code's own parser.
fn tell(uris: &[String]) {
    if let Some(path) = std::env::var_os("SPECWEAVE_URIS") {
        let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
        file.write_all((uris.join("\n") + "\n").as_bytes()).unwrap();
    }
}

#[track_caller]
fn all_below(found: &[String], root: &str) {
    assert!(
        found.iter().any(|uri| uri.ends_with("/spec.md")) && found.iter().any(|uri| uri.ends_with("/metadata.json"))
    );
    let other: Vec<_> = found.iter().filter(|uri| !uri.starts_with(root)).collect();
    assert!(other.is_empty(), "not below {root}: {other:#?}");
}

/// An editor that keeps to what it announced, and one that announces nothing.
fn clients() -> [Value; 2] {
    let recorded: Value = serde_json::from_str(VS_CODE).unwrap();
    let vs_code = recorded.get("params").cloned().unwrap_or(recorded);
    [vs_code, json!({"capabilities": capabilities()})]
}

fn folder(uri: &str) -> Value {
    json!([{"uri": uri, "name": "p"}])
}

#[test]
fn as_the_workspace_folder_is_spelled() {
    for params in clients() {
        let project = Project::incident();
        let root = uri(&project.root);
        all_below(&session(&root, params, &folder(&root)), &root);
    }
}

/// Drive letters of Windows, each in the editor's own way.
#[cfg(windows)]
#[test]
fn drives_in_any_spelling() {
    for (plain, spelled) in [("file:///C:/", "file:///c%3A/"), ("file:///C:/", "file:///C:/")] {
        for params in clients() {
            let project = Project::incident();
            let root = uri(&project.root).replace(plain, spelled);
            all_below(&session(&root, params, &folder(&root)), &root);
        }
    }
}

#[cfg(unix)]
fn linked(project: &Project) -> PathBuf {
    let link = project.base().join("link");
    std::os::unix::fs::symlink(&project.root, &link).unwrap();
    link
}

#[cfg(unix)]
#[test]
fn through_a_link() {
    for params in clients() {
        let project = Project::incident();
        let root = uri(&linked(&project));
        all_below(&session(&root, params.clone(), &folder(&root)), &root);
        let project = Project::incident();
        let root = uri(&linked(&project));
        // No folder at all: the document alone says how its project is called.
        all_below(&session(&root, params, &Value::Null), &root);
    }
}

/// A client that opens a file by two ways has two texts of it; each change is made in the text it was meant for.
#[cfg(unix)]
#[test]
fn a_file_that_is_open_under_two_spellings() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let (plain, link) = (project.root.clone(), linked(&project));
    let [plain, link] = [plain, link].map(|root| uri(&root.join(".specweave/increments").join(ID).join("spec.md")));
    let mut client = Client::open(&project);
    client.did_open(&plain, &format!("{}\nlonger", project.read(ID, "spec.md")));
    client.did_open(&link, &project.read(ID, "spec.md"));
    client.catch_up();
    assert_eq!((client.findings(&plain).len(), client.findings(&link).len()), (0, 0));
    // In place of the status, where it is in this text.
    let write = |client: &mut Client, uri: &str, status: &str| {
        let (version, text) = client.documents[uri].clone();
        let from = text.find("status: ").unwrap() + "status: ".len();
        let length = text[from..].find('\n').unwrap();
        client.documents.insert(uri.to_owned(), (version + 1, text.replacen(&text[from..from + length], status, 1)));
        let range = json!({"start": {"line": 3, "character": 8}, "end": {"line": 3, "character": 8 + length}});
        let change = json!({"range": range, "text": status});
        let document = json!({"uri": uri, "version": version + 1});
        client.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    };
    write(&mut client, &plain, "paused");
    client.until("the text that was edited counts", |client| client.findings(&plain).len() == 1);
    write(&mut client, &plain, "active");
    client.until("and again", |client| client.findings(&plain).is_empty());
    write(&mut client, &link, "ready_for_review");
    client.until("so does the other one", |client| client.findings(&link) == ["status-desync \"ready_for_review\""]);
    client.close(&link);
    client.until("it is gone, and its text with it", |client| client.findings(&link).is_empty());
    write(&mut client, &plain, "paused");
    client.until("the other is still open", |client| client.findings(&plain).len() == 1);
    client.close(&plain);
    client.until("the disk counts", |client| client.findings(&plain).is_empty());
}

/// The folders that a project's links lead to have names of their own.
#[cfg(unix)]
#[test]
fn by_the_real_path_of_what_a_link_leads_to() {
    for link in [".specweave", ".specweave/increments"] {
        let project = Project::incident();
        let data = project.root.join("data");
        std::fs::rename(project.root.join(link), &data).unwrap();
        std::os::unix::fs::symlink(&data, project.root.join(link)).unwrap();
        let folder = if link == ".specweave" { data.join("increments") } else { data };
        let real = |file: &str| uri(&folder.join(ID).join(file));
        let mut client = Client::open(&project);
        client.catch_up();
        client.did_open(&real("spec.md"), &crate::project::spec_text(ID, "active"));
        client.until("the desync is told where the file was opened", |client| {
            client.findings(&real("spec.md")).iter().any(|it| it.contains("status-desync"))
        });
        client.did_open(&real("metadata.json"), &crate::project::metadata_text(ID, "active"));
        client.until("both texts agree", |client| client.findings(&real("spec.md")).is_empty());
    }
}

/// What the file system takes for one file is one document, and elsewhere two files are two.
#[test]
fn in_capitals() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let capitals = project.path(ID, "SPEC.MD");
    let ignores_case = capitals.exists();
    let uri = uri(&capitals);
    client.did_open(&uri, &project.read(ID, "spec.md"));
    client.catch_up();
    let findings = client.findings(&uri);
    assert_eq!(findings.len(), usize::from(ignores_case), "{findings:?}");
    let other: PathBuf = project.folder(ID).with_file_name(ID.to_uppercase());
    let run = project.run(&["check", &ID.to_uppercase()]);
    assert_eq!(run.code, if Path::new(&other).exists() { 1 } else { 2 }, "{}{}", run.out, run.err);
    assert!(ignores_case || is_one_error(&run.err), "{}", run.err);
}

/// A name with a combining mark is not the same bytes as the composed one.
#[test]
fn names_in_two_forms() {
    let project = Project::new();
    let (composed, decomposed) = ("0001-\u{fc}ber", "0001-u\u{308}ber");
    project.increment(decomposed, "active", "completed");
    let together = project.folder(composed).exists();
    let ids = |project: &Project| -> Vec<String> {
        let run = project.run(&["check", "--format", "json"]);
        let report: Value = serde_json::from_str(&run.out).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .filter(|it| it["code"] == "status-desync" && it["path"].as_str().unwrap().ends_with("spec.md"))
            .map(|it| it["increment"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&project), [decomposed]);
    if !together {
        project.increment(composed, "active", "completed");
        let mut both = ids(&project);
        both.sort();
        assert_eq!(both, [decomposed, composed]);
    }
}
