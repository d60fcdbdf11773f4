//! D7. Editors that make a change at once and show its texts much later: whatever they do, and in whichever order, the server
//! makes no desync of what was none.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Answer, Client, Manner, apply_edits, path, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0048-closable";
/// Longer than the server waits before it judges what has come of a change, and takes it back.
const LATER: Duration = Duration::from_millis(2500);
const FILES: [&str; 2] = ["spec.md", "metadata.json"];

struct Scene {
    /// Dropped before the project: Wine removes no folder that a server still watches.
    client: Client,
    project: Project,
    /// The texts as they were, and as the change makes them: spec.md, metadata.json.
    before: [String; 2],
    after: [String; 2],
    uris: [String; 2],
    close: Value,
}

impl Scene {
    fn new() -> Scene {
        let project = Project::new();
        project.increment(ID, "active", "active");
        let uris = FILES.map(|file| uri(&project.path(ID, file)));
        let mut client = Client::open(&project);
        client.did_open(&uris[0], &spec_text(ID, "active"));
        client.catch_up();
        let place = json!({"line": 3, "character": 9});
        let actions = client.actions(&uris[0], json!({"start": place, "end": place}));
        let close = actions.into_iter().find(|action| action["title"] == format!("Close increment {ID}")).unwrap();
        let before = [spec_text(ID, "active"), metadata_text(ID, "active")];
        let after = [0, 1].map(|file| applied(&close["edit"], &uris[file], &before[file]));
        Scene { project, client, before, after, uris, close }
    }

    /// metadata.json, as it was before.
    fn open_second(&mut self) {
        self.client.did_open(&self.uris[1], &self.before[1]);
    }

    /// Shows one file's new text; the other editor's buffers and the disk are as they were.
    fn show(&mut self, file: usize) {
        let (uri, text) = (self.uris[file].clone(), self.after[file].clone());
        if !self.client.documents.contains_key(&uri) {
            self.client.did_open(&uri, &self.before[file]);
        }
        self.client.change(&uri, &text);
    }

    fn statuses(&self) -> [String; 2] {
        [0, 1].map(|file| status(&self.client.text(&self.uris[file])))
    }

    /// Saves all that is open, one after the other.
    fn save_all(&mut self) {
        for uri in &self.uris {
            if let Some((_, text)) = self.client.documents.get(uri) {
                fs::write(path(uri), text).unwrap();
                self.client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
            }
        }
    }

    /// Whatever the server has to do is over, and there is no desync: not in the editor, and not on disk once all is saved.
    #[track_caller]
    fn agrees(mut self, what: &str) {
        self.client.listen(LATER);
        let [spec, metadata] = self.statuses();
        assert_eq!(spec, metadata, "{what}: in the editor; said: {:?}", self.client.shown);
        self.save_all();
        self.client.listen(Duration::from_millis(300));
        let saved = FILES.map(|file| status(&self.project.read(ID, file)));
        assert_eq!(saved[0], saved[1], "{what}: on disk; said: {:?}", self.client.shown);
        // What it says in the end is true.
        self.client.catch_up();
        let left: Vec<_> = self.uris.iter().flat_map(|uri| self.client.findings(uri)).collect();
        assert!(!left.iter().any(|finding| finding.contains("desync") || finding.contains("half")), "{what}: {left:?}");
    }
}

fn applied(edit: &Value, uri: &str, text: &str) -> String {
    let changes = edit["documentChanges"].as_array().unwrap();
    let change = changes.iter().find(|change| change["textDocument"]["uri"] == uri).unwrap();
    apply_edits(text, change["edits"].as_array().unwrap(), "utf-16".to_owned())
}

fn status(text: &str) -> String {
    let line = text.lines().find(|line| line.trim_start().trim_start_matches('"').starts_with("status")).unwrap();
    line.split(':').nth(1).unwrap().trim().trim_matches(['"', ',']).to_owned()
}

/// The editor says that it has done it; what it shows, and when, is the test's.
fn only_says_so() -> Manner {
    Box::new(|_, _| Some(Answer::Result(json!({"applied": true}))))
}

/// vim-lsp opens the second file with its old text, and sends the new one when it is saved.
#[test]
fn of_a_code_action_one_text_comes_late() {
    for late in [0, 1] {
        let mut scene = Scene::new();
        scene.open_second();
        scene.show(1 - late);
        let command = scene.close["command"].clone();
        scene.client.request_command(&command).unwrap();
        scene.client.listen(LATER);
        scene.show(late);
        scene.agrees(&format!("{} comes late", FILES[late]));
    }
}

#[test]
fn of_a_code_action_both_texts_come_late() {
    for (order, open) in [([0, 1], false), ([1, 0], false), ([0, 1], true), ([1, 0], true)] {
        let mut scene = Scene::new();
        if open {
            scene.open_second();
        }
        let command = scene.close["command"].clone();
        scene.client.request_command(&command).unwrap();
        for file in order {
            scene.client.listen(LATER);
            scene.show(file);
        }
        scene.agrees(&format!("{} comes first, both open: {open}", FILES[order[0]]));
    }
}

#[test]
fn of_a_command_one_text_comes_late() {
    for (late, open) in [(0, false), (1, false), (0, true), (1, true)] {
        let mut scene = Scene::new();
        if open {
            scene.open_second();
        }
        scene.client.manners = vec![only_says_so()].into();
        let command = json!({"command": "specweave-lsp.close", "arguments": [{"increment": ID}]});
        let asked = scene.client.ask("workspace/executeCommand", command);
        scene.client.wait("the edit", |message| message["method"] == "workspace/applyEdit");
        scene.show(1 - late);
        scene.client.listen(LATER);
        scene.show(late);
        let _ = scene.client.answer(asked);
        scene.agrees(&format!("{} comes late, both open: {open}", FILES[late]));
    }
}

/// The second file is not open, and the editor writes it when its user saves.
#[test]
fn of_a_code_action_a_closed_file_is_written_late() {
    let mut scene = Scene::new();
    scene.show(0);
    let command = scene.close["command"].clone();
    scene.client.request_command(&command).unwrap();
    scene.client.listen(LATER);
    fs::write(scene.project.path(ID, FILES[1]), &scene.after[1]).unwrap();
    scene.agrees("metadata.json is written late");
}
