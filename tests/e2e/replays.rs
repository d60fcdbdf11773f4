//! Whole sessions of editors that cannot be run here: what they send around a code action, in their order, as recorded
//! (Helix) or as their source has it (coc.nvim).

use serde_json::{Value, json};

use crate::client::{Answer, Client, apply_edits, uri};
use crate::project::Project;

const ID: &str = "0048-next";

/// An editor that opens files at a version of its own and makes each edit in its buffers, which it saves when it is told to.
struct Editor {
    /// Dropped before the project: Wine removes no folder that a server still watches.
    client: Client,
    /// The version of a document that was just opened.
    first: i64,
    spec: String,
    metadata: String,
    project: Project,
}

impl Editor {
    fn start(recorded: &str, first: i64) -> Editor {
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        let mut params = recorded.get("params").cloned().unwrap_or(recorded);
        let project = Project::new();
        project.increment(ID, "active", "active");
        (params["rootUri"], params["processId"]) = (json!(uri(&project.root)), Value::Null);
        params["rootPath"] = json!(project.root);
        params["workspaceFolders"] = json!([{"uri": uri(&project.root), "name": "p"}]);
        let client = Client::start(params);
        let [spec, metadata] = ["spec.md", "metadata.json"].map(|file| uri(&project.path(ID, file)));
        let mut editor = Editor { client, first, spec: spec.clone(), metadata, project };
        editor.open(&spec);
        editor
    }

    fn open(&mut self, uri: &str) {
        open(&mut self.client, uri, self.first);
    }

    /// The status line of spec.md, with the findings that the editor shows there.
    fn actions(&mut self, findings: &[Value]) -> Vec<Value> {
        let place = json!({"line": 3, "character": 8});
        let params = json!({
            "textDocument": {"uri": self.spec}, "range": {"start": place, "end": place},
            "context": {"diagnostics": findings, "triggerKind": 1},
        });
        self.client.request("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// The action as it is when it was chosen.
    fn chosen(&mut self, actions: &[Value], title: &str) -> Value {
        let action = actions.iter().find(|action| action["title"] == title).unwrap_or_else(|| panic!("{actions:#?}"));
        match action.get("data") {
            Some(_) => self.client.request("codeAction/resolve", action.clone()),
            None => action.clone(),
        }
    }

    fn edit(&mut self, edit: &Value) -> bool {
        make(&mut self.client, edit, self.first)
    }

    fn save_all(&mut self) {
        for uri in [self.spec.clone(), self.metadata.clone()] {
            std::fs::write(crate::client::path(&uri), self.client.text(&uri)).unwrap();
            self.client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
        }
    }

    /// Both files say so on disk, nothing is found, and the journal has it once.
    fn ends_with(mut self, status: &str) {
        self.client.catch_up();
        for file in ["spec.md", "metadata.json"] {
            let text = self.project.read(ID, file);
            assert!(text.contains(status), "{text}");
        }
        assert_eq!(self.project.run(&["check", ID]).code, 0);
        let log = self.project.run(&["log", "--format", "json"]).out;
        assert_eq!(log.matches("\"folder\"").count(), 1, "{log}");
        assert!(self.client.shown.iter().all(|message| !message.contains("part of the change")));
    }
}

fn open(client: &mut Client, uri: &str, version: i64) {
    let text = std::fs::read_to_string(crate::client::path(uri)).unwrap();
    client.documents.insert(uri.to_owned(), (version, text.clone()));
    let language = if uri.ends_with(".json") { "json" } else { "markdown" };
    let document = json!({"uri": uri, "languageId": language, "version": version, "text": text});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
}

/// Looks at all versions first, then makes one file's part after the other: a file that is not open is opened with its old
/// text. False if a version is another than the buffer's; then nothing is changed.
fn make(client: &mut Client, edit: &Value, first: i64) -> bool {
    let changes = edit["documentChanges"].as_array().expect("document changes").clone();
    let is_stale = |change: &Value| {
        let document = &change["textDocument"];
        let open = client.documents.get(document["uri"].as_str().unwrap()).map(|(version, _)| *version);
        document["version"].as_i64().is_some_and(|version| open != Some(version))
    };
    if changes.iter().any(is_stale) {
        return false;
    }
    for change in changes {
        let uri = change["textDocument"]["uri"].as_str().unwrap();
        if !client.documents.contains_key(uri) {
            open(client, uri, first);
        }
        let text = apply_edits(&client.text(uri), change["edits"].as_array().unwrap(), client.encoding());
        client.change(uri, &text);
    }
    true
}

/// Helix opens at version 0, takes the edit and the command of an action together, runs commands that nobody offered, and
/// answers an edit once its texts are sent. It tells of files only when it has saved them itself.
#[test]
fn helix_closes_an_increment() {
    const RECORDED: &str = include_str!("clients/initialize-helix-25.07.1.json");
    let mut helix = Editor::start(RECORDED, 0);
    helix.client.catch_up();
    let actions = helix.actions(&[]);
    let close = helix.chosen(&actions, &format!("Close increment {ID}"));
    let versions: Vec<&Value> = close["edit"]["documentChanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["textDocument"]["version"])
        .collect();
    assert_eq!(versions, [&json!(0), &Value::Null], "of the open buffer, and of the closed file");
    assert!(helix.edit(&close["edit"]));
    let offered = helix.client.result["capabilities"]["executeCommandProvider"]["commands"].to_string();
    assert!(!offered.contains(close["command"]["command"].as_str().unwrap()), "no user sees it");
    helix.client.request_command(&close["command"]).unwrap();
    helix.save_all();
    let changed = [&helix.spec, &helix.metadata].map(|uri| json!({"uri": uri, "type": 2}));
    helix.client.notify("workspace/didChangeWatchedFiles", json!({"changes": changed}));
    helix.ends_with("completed");

    // A command of ours, whose edit it makes before it answers; and one for a buffer that has changed meanwhile.
    let mut helix = Editor::start(RECORDED, 0);
    helix.client.catch_up();
    helix.client.manners.push_back(Box::new(|client, edit| {
        let applied = make(client, edit, 0);
        Some(Answer::Result(json!({"applied": applied})))
    }));
    let pause = json!({"increment": ID, "status": "paused"});
    helix.client.execute("specweave-lsp.setStatus", pause).unwrap();
    helix.save_all();
    helix.client.manners.push_back(Box::new(|_, _| {
        Some(Answer::Result(json!({"applied": false, "failureReason": "document has changed", "failedChange": 0})))
    }));
    let refused = helix.client.execute("specweave-lsp.setStatus", json!({"increment": ID, "status": "active"}));
    assert!(refused.unwrap_err()["message"].as_str().unwrap().contains("document has changed"));
    let log = helix.project.run(&["log", "--format", "json"]).out;
    assert!(log.contains("document has changed"), "{log}");
}

/// coc.nvim asks for findings, and again when it is told that there are others; it has the edit of an action filled in, not
/// its command; it loads a file in a window before it edits it, and saves nothing.
#[test]
fn coc_nvim_fixes_and_closes() {
    const ANNOUNCED: &str = include_str!("clients/initialize-coc.nvim-0.0.82.json");
    let mut coc = Editor::start(ANNOUNCED, 1);
    let asked = |coc: &mut Editor| {
        let params = json!({"textDocument": {"uri": coc.spec}});
        coc.client.request("textDocument/diagnostic", params)["items"].as_array().unwrap().clone()
    };
    assert_eq!(asked(&mut coc), [] as [Value; 0]);
    coc.project.increment(ID, "active", "completed");
    // It asks each time it is told to, and what it is told the first time may be about something else.
    let mut findings = asked(&mut coc);
    while findings.is_empty() {
        let refreshes = coc.client.refreshes;
        findings = asked(&mut coc);
        if findings.is_empty() {
            coc.client.until("it is told to ask again", |client| client.refreshes > refreshes);
        }
    }
    assert_eq!(findings[0]["code"], "status-desync", "{findings:?}");
    assert!(coc.client.published.is_empty(), "never both");
    let actions = coc.actions(&findings);
    let fix = coc.chosen(&actions, "Set metadata.json status to `active` (from spec.md)");
    assert!(coc.edit(&fix["edit"]));
    coc.client.request_command(&fix["command"]).unwrap();
    coc.save_all();
    coc.client.catch_up();
    assert_eq!(asked(&mut coc), [] as [Value; 0]);
    coc.ends_with("active");

    let mut coc = Editor::start(ANNOUNCED, 1);
    coc.client.catch_up();
    let actions = coc.actions(&[]);
    let close = coc.chosen(&actions, &format!("Close increment {ID}"));
    // Its user types before the menu is answered: the whole edit is refused.
    let (spec, text) = (coc.spec.clone(), coc.client.text(&coc.spec));
    coc.client.change(&spec, &text.replace("A title", "B"));
    assert!(!coc.edit(&close["edit"]), "the version is that of the text it was made for");
    let actions = coc.actions(&[]);
    let close = coc.chosen(&actions, &format!("Close increment {ID}"));
    assert!(coc.edit(&close["edit"]));
    coc.client.request_command(&close["command"]).unwrap();
    coc.save_all();
    coc.ends_with("completed");
}
