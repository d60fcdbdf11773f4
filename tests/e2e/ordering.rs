//! Messages are taken in the order they come, whatever is going on beside them.

use serde_json::json;

use crate::client::{Client, uri};
use crate::project::Project;

const INCREMENTS: usize = 10;
const CHANGES: usize = 10_000;

/// A document whose status is being typed at random.
struct Typed {
    uri: String,
    line: usize,
    column: usize,
    version: i64,
    value: Vec<char>,
}

/// Small, and the same in every run: xorshift64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn ten_thousand_interleaved_changes_end_in_the_right_texts() {
    let project = Project::new();
    let mut client = Client::open(&project);
    let mut documents = Vec::new();
    for number in 1..=INCREMENTS {
        let id = format!("{number:04}-x");
        let spec = format!("---\nincrement: {id}\nstatus: \"s{number}\"\n---\n😀\r\n");
        let metadata = format!("{{\n  \"id\": \"{id}\", \"status\": \"m{number}\"\n}}\n");
        for (file, text, line, key) in
            [("spec.md", spec, 2, "status: \""), ("metadata.json", metadata, 1, "\"status\": \"")]
        {
            project.write(&id, file, &text);
            let uri = client.open_file(&project.path(&id, file));
            let here = text.lines().nth(line).unwrap();
            let column = here.find(key).unwrap() + key.len();
            let value = here[column..].chars().take_while(|c| *c != '"').collect();
            documents.push(Typed { uri, line, column, version: 1, value });
        }
    }
    let mut dice = Dice(0x2025_1120);
    let mut asked = Vec::new();
    for number in 0..CHANGES {
        let document = &mut documents[dice.below(2 * INCREMENTS)];
        let start = dice.below(document.value.len() + 1);
        let end = (start + dice.below(3)).min(document.value.len());
        // Never empty: an empty status is no text to take over.
        let new: Vec<char> = ["x", "ö😀", "-ab"][dice.below(3)].chars().collect();
        let width = |chars: &[char]| chars.iter().map(|c| c.len_utf16()).sum::<usize>();
        let at =
            |to: usize| json!({"line": document.line, "character": document.column + width(&document.value[..to])});
        let range = json!({"start": at(start), "end": at(end)});
        document.version += 1;
        let text: String = new.iter().collect();
        client.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": document.uri, "version": document.version},
                   "contentChanges": [{"range": range, "text": text}]}),
        );
        document.value.splice(start..end, new);
        if number % 50 == 0 {
            let params = json!({"textDocument": {"uri": document.uri}, "range": range, "context": {"diagnostics": []}});
            asked.push(client.ask("textDocument/codeAction", params));
        }
    }
    for id in asked {
        client.answer(id).unwrap();
    }
    // A fix writes one file's whole status into the other: so each text shows itself.
    for pair in documents.chunks(2) {
        let [spec, metadata] = pair else { panic!() };
        let here = json!({"line": spec.line, "character": spec.column});
        let actions = client.actions(&spec.uri, json!({"start": here, "end": here}));
        let new_text = |from: &str| {
            let action = actions.iter().find(|action| action["title"].as_str().unwrap().ends_with(from)).unwrap();
            action["edit"]["documentChanges"][0].clone()
        };
        let (to_metadata, to_spec) = (new_text("(from spec.md)"), new_text("(from metadata.json)"));
        assert_eq!(to_metadata["edits"][0]["newText"], spec.value.iter().collect::<String>());
        assert_eq!(to_metadata["textDocument"]["version"], metadata.version);
        assert_eq!(to_spec["edits"][0]["newText"], metadata.value.iter().collect::<String>());
        assert_eq!(to_spec["textDocument"]["version"], spec.version);
    }
    client.catch_up();
    for document in &documents {
        let (params, _) = &client.published[&document.uri];
        let range =
            &params["diagnostics"].as_array().unwrap().iter().find(|d| d["code"] == "status-desync").unwrap()["range"];
        assert_eq!(range["start"], json!({"line": document.line, "character": document.column}));
        let width: usize = document.value.iter().map(|c| c.len_utf16()).sum();
        assert_eq!(range["end"], json!({"line": document.line, "character": document.column + width}));
    }
}

#[test]
fn a_request_sees_the_changes_before_it_and_not_those_after() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let path = project.path("0047-us-task-linkage", "spec.md");
    let spec = client.open_file(&path);
    client.wait_findings(&spec, &["status-desync \"active\""]);
    let range = client.published[&spec].0["diagnostics"][0]["range"].clone();
    let text = std::fs::read_to_string(&path).unwrap();
    client.change(&spec, &text.replace("active", "paused"));
    let params = json!({"textDocument": {"uri": uri(&path)}, "range": range, "context": {"diagnostics": []}});
    let asked = client.ask("textDocument/codeAction", params);
    client.change(&spec, &text.replace("active", "completed"));
    let actions = client.answer(asked).unwrap();
    assert_eq!(actions[1]["title"], "Set metadata.json status to `paused` (from spec.md)");
}

#[test]
fn a_request_that_may_be_ignored_is_answered_all_the_same() {
    let mut client = Client::open(&Project::incident());
    let error = client.try_request("$/what", json!({})).unwrap_err();
    assert_eq!(error["code"], -32601, "{error}");
}
