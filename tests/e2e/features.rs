//! Hover, completion, lenses, hints, navigation, symbols, links, folding and renaming: each once in every encoding.
//! A fixture holds several files (`//- spec.md`) and a cursor (`$0`).

use serde_json::{Value, json};

use crate::client::{Client, apply_edits, capabilities, offset, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";
const ENCODINGS: [&str; 3] = ["utf-8", "utf-16", "utf-32"];

/// All that the most capable client announces.
fn capable(encoding: &str) -> Value {
    let mut all = capabilities();
    all["general"]["positionEncodings"] = json!([encoding]);
    for (part, more) in [
        (
            "textDocument",
            json!({
                "hover": {"contentFormat": ["markdown"]}, "completion": {}, "codeLens": {}, "inlayHint": {},
                "definition": {}, "references": {}, "documentLink": {}, "foldingRange": {},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true}, "rename": {"prepareSupport": true},
            }),
        ),
        (
            "workspace",
            json!({
                "codeLens": {"refreshSupport": true}, "inlayHint": {"refreshSupport": true}, "symbol": {},
                "fileOperations": {"willRename": true},
            }),
        ),
        ("window", json!({"showDocument": {"support": true}, "workDoneProgress": true})),
    ] {
        for (key, value) in more.as_object().unwrap() {
            all[part][key] = value.clone();
        }
    }
    all
}

fn start(project: &Project, encoding: &str) -> Client {
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    Client::start(json!({"processId": null, "capabilities": capable(encoding), "workspaceFolders": folders}))
}

/// A session on the files of a fixture, with the file that holds the cursor open.
struct Scene {
    client: Client,
    project: Project,
    uri: String,
    position: Value,
}

impl Scene {
    fn new(encoding: &str, fixture: &str) -> Scene {
        let project = Project::new();
        project.increment("0001-first", "completed", "completed");
        let mut here = None;
        for file in fixture.split("//- ").filter(|file| !file.trim().is_empty()) {
            let (name, text) = file.split_once('\n').unwrap();
            if let Some(at) = text.find("$0") {
                here = Some((name.to_owned(), at));
            }
            project.write(ID, name, text.replace("$0", ""));
        }
        let (name, at) = here.expect("a cursor");
        let mut client = start(&project, encoding);
        let uri = client.open_file(&project.path(ID, &name));
        client.catch_up();
        let position = position(&client.text(&uri), at, encoding);
        Scene { client, project, uri, position }
    }

    fn place(&self) -> Value {
        json!({"textDocument": {"uri": self.uri}, "position": self.position})
    }

    fn ask(&mut self, method: &str, more: Value) -> Value {
        let mut params = self.place();
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        self.client.request(method, params)
    }

    /// The text a range stands for, in the file it is about.
    fn marked(&self, uri: &str, range: &Value) -> String {
        let text = self.client.text(uri);
        let encoding = self.client.encoding();
        text[offset(&text, &range["start"], &encoding)..offset(&text, &range["end"], &encoding)].to_owned()
    }

    /// `spec.md "marked text"` of each location.
    fn locations(&self, answer: &Value) -> Vec<String> {
        let one = |location: &Value| {
            let uri = location["uri"].as_str().unwrap();
            format!("{} {:?}", uri.rsplit('/').next().unwrap(), self.marked(uri, &location["range"]))
        };
        match answer {
            Value::Array(locations) => locations.iter().map(one).collect(),
            Value::Null => Vec::new(),
            location => vec![one(location)],
        }
    }
}

fn position(text: &str, at: usize, encoding: &str) -> Value {
    let before = &text[..at];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let head = &before[start..];
    let column = match encoding {
        "utf-8" => head.len(),
        "utf-16" => head.encode_utf16().count(),
        _ => head.chars().count(),
    };
    json!({"line": line, "character": column})
}

/// Multi-byte characters stand before what is looked at, on the same line where the format allows.
fn spec(status: &str) -> String {
    format!(
        "//- spec.md\n---\nincrement: {ID}\n\"status\": {status} # 😀\ntitle: \"Überblick 😀\"\ntype: feature\ncreated: 2025-11-18\n\
         dependencies: [0001-first]\n---\n\n### US-001: Anmelden 😀\n\n- [x] **AC-US1-01**: é\n- [ ] **AC-US1-02**: b\n"
    )
}

fn metadata(status: &str) -> String {
    format!(
        "//- metadata.json\n{{\"id\": \"{ID}\", \"title\": \"😀\", \"status\": \"{status}\", \"lastActivity\": \"2025-11-19T08:00:00.000Z\"}}\n"
    )
}

const TASKS: &str = "//- tasks.md\n### T-001: 😀 a\n**Satisfies ACs**: AC-US1-01, AC-US1-02 | **Status**: [x] completed\n\n### T-002: b\n😀 **Satisfies ACs**: AC-US1-02\n";

#[test]
fn hover_on_a_status() {
    for encoding in ENCODINGS {
        let fixture = spec("act$0ive") + &metadata("completed") + TASKS;
        let mut scene = Scene::new(encoding, &fixture);
        let hover = scene.ask("textDocument/hover", json!({}));
        assert_eq!(scene.marked(&scene.uri, &hover["range"]), "active");
        let text = hover["contents"]["value"].as_str().unwrap();
        let folder = uri(&scene.project.folder(ID));
        for part in [
            "**0047-us-task-linkage**: Überblick 😀",
            &format!(
                "[spec.md]({folder}/spec.md): `active` ≠ [metadata.json]({folder}/metadata.json): `completed`\n\n"
            ),
            "feature · created 2025-11-18 (",
            "last activity 2025-11-19 (",
            // Once: the counts stand with what there is to know for a choice.
            "\n- 1 of 2 tasks and 1 of 2 acceptance criteria are open",
        ] {
            assert!(text.contains(part), "{part} in:\n{text}");
        }
        // The message of the diagnostic stands beside it, and the files' times say nothing after a clone.
        assert!(!text.contains("disagree") && !text.contains("written"), "{text}");
        assert_eq!((text.matches("`active`").count(), text.matches("`completed`").count()), (1, 1), "{text}");
        assert_eq!(hover["contents"]["kind"], "markdown");
    }
}

#[test]
fn hover_on_a_healthy_one_tells_what_comes_next() {
    let fixture = spec("active") + &metadata("act$0ive");
    let mut scene = Scene::new("utf-16", &fixture);
    let hover = scene.ask("textDocument/hover", json!({}));
    assert_eq!(scene.marked(&scene.uri, &hover["range"]), "active");
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("feature · 1/2 ACs · created") && text.contains("last activity 2025-11-19 ("), "{text}");
    let next = "`active`: being worked on. Next: `backlog`, `paused`, `ready_for_review`, `abandoned`";
    assert!(text.contains(next), "{text}");
    assert!(!text.contains("disagree"), "{text}");
}

#[test]
fn hover_on_names() {
    for (fixture, marked, parts) in [
        (
            spec("active").replace("[0001-first]", "[0001-fi$0rst]"),
            "0001-first",
            &["**0001-first**: A title", "completed"][..],
        ),
        (spec("active").replace(ID, &format!("{ID}$0")), ID, &["**0047-us-task-linkage**"]),
        (
            spec("active").replace("AC-US1-02", "AC-US$01-02") + TASKS,
            "AC-US1-02",
            &["☐ **AC-US1-02** b", "- ☑ **T-001** 😀 a\n- ☐ **T-002** b", "1/2 ACs of"],
        ),
        (
            spec("active") + &TASKS.replace("T-002", "T-0$002"),
            "T-002",
            &["☐ **T-002** b", "1/2 tasks of 0047-us-task-linkage are done"],
        ),
        (
            spec("active").replace("US-001", "$0US-001"),
            "US-001",
            &["**US-001** Anmelden 😀", "- ☑ **AC-US1-01** é\n- ☐ **AC-US1-02** b"],
        ),
    ] {
        let mut scene = Scene::new("utf-32", &(fixture + &metadata("active")));
        let hover = scene.ask("textDocument/hover", json!({}));
        assert_eq!(scene.marked(&scene.uri, &hover["range"]), marked);
        let text = hover["contents"]["value"].as_str().unwrap();
        parts.iter().for_each(|part| assert!(text.contains(part), "{part} in:\n{text}"));
    }
    let mut scene = Scene::new("utf-16", &(spec("active").replace("Anmelden", "An$0melden") + &metadata("active")));
    assert_eq!(scene.ask("textDocument/hover", json!({})), Value::Null, "prose means nothing");
}

#[test]
fn hover_without_markdown() {
    let project = Project::incident();
    let mut all = capable("utf-16");
    all["textDocument"]["hover"] = json!({"contentFormat": ["plaintext"]});
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    let mut client = Client::start(json!({"processId": null, "capabilities": all, "workspaceFolders": folders}));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let params = json!({"textDocument": {"uri": spec}, "position": {"line": 3, "character": 9}});
    let hover = client.request("textDocument/hover", params);
    assert_eq!(hover["contents"]["kind"], "plaintext");
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.starts_with("0047-us-task-linkage: A title\n\nspec.md: active ≠ metadata.json: completed"), "{text}");
}

/// The text after the completion with this label was taken.
fn completed(scene: &mut Scene, label: &str) -> (Vec<String>, String) {
    let answer = scene.ask("textDocument/completion", json!({}));
    let mut items = answer["items"].as_array().unwrap().clone();
    items.sort_by_key(|item| item["sortText"].as_str().unwrap().to_owned());
    let labels = items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect();
    let item = items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("{label} in {items:#?}"));
    let text = scene.client.text(&scene.uri);
    let after = apply_edits(&text, &[item["textEdit"].clone()], scene.client.encoding());
    (labels, after)
}

#[test]
fn completion_of_statuses() {
    for encoding in ENCODINGS {
        let fixture = spec("active").replace("active # 😀", "$0active # 😀") + &metadata("active");
        let mut scene = Scene::new(encoding, &fixture.replace("\"status\"", "status"));
        let (labels, after) = completed(&mut scene, "paused");
        assert_eq!(
            labels,
            ["abandoned", "backlog", "paused", "ready_for_review", "active", "completed", "planning"],
            "reachable first, then where it is"
        );
        assert!(after.contains("\nstatus: paused # 😀\n"), "{after}");

        let fixture = spec("active") + &metadata("active").replace("\"active\"", "\"$0\"");
        let mut scene = Scene::new(encoding, &fixture);
        let (_, after) = completed(&mut scene, "completed");
        assert!(after.contains("\"title\": \"😀\", \"status\": \"completed\", \"last"), "{after}");
    }
}

#[test]
fn completion_of_half_typed_text() {
    for (file, typed, label, expected) in [
        ("spec.md", "---\nstatus:$0\n---\n", "backlog", "---\nstatus: backlog\n---\n"),
        ("spec.md", "---\nstatus: a$0", "active", "---\nstatus: active"),
        ("spec.md", "---\ntitle: x\nst$0\n---\n", "status", "---\ntitle: x\nstatus: \n---\n"),
        ("metadata.json", "{\"status\": $0", "paused", "{\"status\": \"paused\""),
        ("spec.md", "---\nparent: 00$0\n---\n", "0001-first", "---\nparent: 0001-first\n---\n"),
        ("spec.md", "---\ndependencies:\n  - $0\n---\n", "0001-first", "---\ndependencies:\n  - 0001-first\n---\n"),
        ("metadata.json", "{\"dependencies\": [\"$0", "0001-first", "{\"dependencies\": [\"0001-first"),
    ] {
        let other = if file == "spec.md" { metadata("active") } else { spec("active") };
        let mut scene = Scene::new("utf-16", &format!("//- {file}\n{typed}{other}"));
        assert_eq!(completed(&mut scene, label).1, expected, "{typed:?}");
    }
    let keys = "---\ntitle: x\n$0\n---\n";
    let mut scene = Scene::new("utf-16", &format!("//- spec.md\n{keys}{}", metadata("active")));
    let (labels, _) = completed(&mut scene, "status");
    assert!(!labels.contains(&"title".to_owned()), "it is there already: {labels:?}");
    let mut scene = Scene::new("utf-16", &(spec("active").replace("Anmelden", "An$0melden") + &metadata("active")));
    assert_eq!(scene.ask("textDocument/completion", json!({})), Value::Null, "nothing is offered in prose");
}

#[test]
fn code_lenses() {
    let fixture = spec("$0active") + &metadata("active") + TASKS;
    for encoding in ENCODINGS {
        let mut scene = Scene::new(encoding, &fixture);
        let lenses = scene.ask("textDocument/codeLens", json!({}));
        let titles: Vec<&str> =
            lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["active", "1/2 tasks", "1/2 ACs", "Close"]);
        let places: Vec<u64> = lenses
            .as_array()
            .unwrap()
            .iter()
            .map(|lens| lens["range"]["start"]["character"].as_u64().unwrap())
            .collect();
        assert_eq!(places, [0, 1, 2, 3], "a client that sorts them keeps the order");
        let command = |title: &str| {
            let found = lenses.as_array().unwrap().iter().find(|lens| lens["command"]["title"] == title);
            found.unwrap()["command"].clone()
        };
        // A count leads to what is counted; the gate speaks.
        let tasks = uri(&scene.project.path(ID, "tasks.md"));
        let id = scene.client.ask("workspace/executeCommand", command("1/2 tasks"));
        let shown = scene.client.wait("the file to be shown", |message| message["method"] == "window/showDocument");
        assert_eq!(shown["params"]["uri"], tasks);
        scene.client.answer(id).unwrap_err();
        let refused = scene.client.request_command(&command("Close")).unwrap_err();
        assert!(refused["message"].as_str().unwrap().contains("1 of 2 tasks"), "{refused}");
    }
}

#[test]
fn the_last_lens_is_the_next_step() {
    for (status, title, after) in [
        ("planning", "Start", "active"),
        ("paused", "Resume", "active"),
        ("completed", "Reopen", "active"),
        ("ready_for_review", "Close", "completed"),
    ] {
        let fixture = spec(&format!("$0{status}")).replace("[ ]", "[x]") + &metadata(status);
        let mut scene = Scene::new("utf-16", &fixture);
        let lenses = scene.ask("textDocument/codeLens", json!({}));
        let last = lenses.as_array().unwrap().last().unwrap()["command"].clone();
        assert_eq!(last["title"], title, "{status}");
        scene.client.request_command(&last).unwrap();
        assert!(scene.client.text(&scene.uri).contains(&format!("\"status\": {after} # 😀")));
        assert!(scene.project.read(ID, "metadata.json").contains(&format!("\"status\": \"{after}\"")));
    }
}

#[test]
fn code_lenses_of_a_desync() {
    let fixture = spec("$0active") + &metadata("completed");
    let mut scene = Scene::new("utf-16", &fixture);
    let lenses = scene.ask("textDocument/codeLens", json!({}));
    let titles: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        ["⊗ active here ≠ completed in metadata.json", "Set both to completed", "Set both to active", "1/2 ACs"]
    );
    scene.client.request_command(&lenses[1]["command"]).unwrap();
    assert!(scene.client.text(&scene.uri).contains("\"status\": completed # 😀"));
}

#[test]
fn inlay_hints_and_their_refresh() {
    for encoding in ENCODINGS {
        let fixture = spec("$0active") + &metadata("completed");
        let mut scene = Scene::new(encoding, &fixture);
        let whole = json!({"range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}});
        let hints = scene.ask("textDocument/inlayHint", whole.clone());
        assert_eq!(hints.as_array().unwrap().len(), 1);
        assert_eq!(hints[0]["label"], "≠ metadata.json: completed");
        let at = offset(&scene.client.text(&scene.uri), &hints[0]["position"], encoding);
        assert!(scene.client.text(&scene.uri)[at..].starts_with(" # 😀"));
        let elsewhere = json!({"range": {"start": {"line": 8, "character": 0}, "end": {"line": 9, "character": 0}}});
        assert_eq!(scene.ask("textDocument/inlayHint", elsewhere), json!([]));
        // Another program ends the desync: what is drawn here has to go.
        scene.client.forget();
        scene.project.write(ID, "metadata.json", metadata_text(ID, "active"));
        scene.client.wait("a refresh", |message| message["method"] == "workspace/inlayHint/refresh");
        scene.client.wait("a refresh", |message| message["method"] == "workspace/codeLens/refresh");
        assert_eq!(scene.ask("textDocument/inlayHint", whole), json!([]));
    }
}

#[test]
fn a_hint_stands_behind_the_quotes() {
    let fixture = spec("\"active\"") + &metadata("comp$0leted");
    let mut scene = Scene::new("utf-16", &fixture);
    let whole = json!({"range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}});
    let hints = scene.ask("textDocument/inlayHint", whole);
    assert_eq!(hints[0]["label"], "≠ spec.md: active");
    let text = scene.client.text(&scene.uri);
    let at = offset(&text, &hints[0]["position"], "utf-16");
    assert!(text[..at].ends_with("\"completed\"") && text[at..].starts_with(','), "{}", &text[at..]);
}

#[test]
fn settings_switch_lenses_and_hints_off() {
    let fixture = spec("$0active") + &metadata("completed");
    let mut scene = Scene::new("utf-16", &fixture);
    scene.client.settings = json!({"codeLens": false, "inlayHints": false});
    scene.client.forget();
    scene.client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    // There may be a refresh on its way that is about something else.
    while {
        scene.client.wait("a refresh", |message| message["method"] == "workspace/codeLens/refresh");
        scene.ask("textDocument/codeLens", json!({})) != json!([])
    } {}
    let whole = json!({"range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}});
    assert_eq!(scene.ask("textDocument/inlayHint", whole), json!([]));
}

#[test]
fn definition_and_references() {
    let status = (spec("ac$0tive"), metadata("active"));
    let fixtures = [
        (
            status.0 + &status.1,
            vec!["metadata.json \"active\""],
            vec!["spec.md \"active\"", "metadata.json \"active\""],
        ),
        (
            spec("active") + &metadata("act$0ive"),
            vec!["spec.md \"active\""],
            vec!["spec.md \"active\"", "metadata.json \"active\""],
        ),
        (
            spec("active")
                + &metadata("active")
                + &TASKS.replacen("😀 **Satisfies ACs**: AC-US1-02", "😀 **Satisfies ACs**: AC-US1$0-02", 1),
            vec!["spec.md \"AC-US1-02\""],
            vec!["spec.md \"AC-US1-02\"", "tasks.md \"AC-US1-02\"", "tasks.md \"AC-US1-02\""],
        ),
        (
            spec("active").replace("**AC-US1-01", "**AC-US1-01$0") + &metadata("active") + TASKS,
            vec!["spec.md \"AC-US1-01\""],
            vec!["spec.md \"AC-US1-01\"", "tasks.md \"AC-US1-01\""],
        ),
    ];
    for encoding in ENCODINGS {
        for (fixture, definition, references) in &fixtures {
            let mut scene = Scene::new(encoding, fixture);
            let found = scene.ask("textDocument/definition", json!({}));
            assert_eq!(scene.locations(&found), *definition);
            let found = scene.ask("textDocument/references", json!({"context": {"includeDeclaration": true}}));
            assert_eq!(scene.locations(&found), *references);
            let found = scene.ask("textDocument/references", json!({"context": {"includeDeclaration": false}}));
            assert_eq!(scene.locations(&found).len(), references.len() - 1);
        }
    }
    let mut scene =
        Scene::new("utf-16", &(spec("active").replace("[0001-first]", "[0001-$0first]") + &metadata("active")));
    let found = scene.ask("textDocument/definition", json!({}));
    assert_eq!(found["uri"], uri(&scene.project.path("0001-first", "spec.md")));
}

fn outline(symbols: &Value, depth: usize) -> Vec<String> {
    let one = |symbol: &Value| {
        let detail = symbol["detail"].as_str().map_or(String::new(), |detail| format!(" ({detail})"));
        let line = format!("{}{}{detail}", "  ".repeat(depth), symbol["name"].as_str().unwrap());
        [vec![line], outline(&symbol["children"], depth + 1)].concat()
    };
    symbols.as_array().map_or(Vec::new(), |symbols| symbols.iter().flat_map(one).collect())
}

#[test]
fn document_symbols() {
    for encoding in ENCODINGS {
        let mut scene = Scene::new(encoding, &(spec("$0active") + &metadata("active") + TASKS));
        let symbols = scene.ask("textDocument/documentSymbol", json!({}));
        assert_eq!(
            outline(&symbols, 0),
            [
                "Frontmatter (active)",
                "US-001: Anmelden 😀 (1/2 ACs)",
                "  ☑ AC-US1-01: é (done)",
                "  ☐ AC-US1-02: b (open)"
            ]
        );
        let criterion = &symbols[1]["children"][0];
        assert_eq!(scene.marked(&scene.uri, &criterion["selectionRange"]), "AC-US1-01");
        assert_eq!(scene.marked(&scene.uri, &criterion["range"]), "- [x] **AC-US1-01**: é");

        let mut scene = Scene::new(encoding, &(spec("active") + &metadata("active") + &TASKS.replace("b\n", "b$0\n")));
        let symbols = scene.ask("textDocument/documentSymbol", json!({}));
        assert_eq!(outline(&symbols, 0), ["☑ T-001: 😀 a (done)", "☐ T-002: b (open)"]);
    }
}

#[test]
fn flat_symbols_for_clients_without_trees() {
    let project = Project::new();
    project.write(ID, "spec.md", spec_text(ID, "active") + "### US-001: a\n- [ ] **AC-US1-01**: b\n");
    let mut all = capable("utf-16");
    all["textDocument"]["documentSymbol"] = json!({});
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    let mut client = Client::start(json!({"processId": null, "capabilities": all, "workspaceFolders": folders}));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": spec}}));
    let found: Vec<_> = symbols.as_array().unwrap().iter().map(|it| (&it["name"], &it["containerName"])).collect();
    assert_eq!(found[2], (&json!("☐ AC-US1-01: b"), &json!("US-001: a")));
    assert_eq!(symbols[1]["location"]["uri"], spec);
}

#[test]
fn workspace_symbols() {
    let project = Project::incident();
    for (id, title) in [("0004-four", "Login 😀"), ("0014-other", "Search"), ("0040-last", "Über uns")] {
        project.write(id, "spec.md", spec_text(id, "active").replace("A title", title));
        project.write(id, "metadata.json", metadata_text(id, "active"));
    }
    let mut client = start(&project, "utf-8");
    client.catch_up();
    for (query, expected) in [
        (
            "4",
            &["0004-four: Login 😀", "0040-last: Über uns", "0047-us-task-linkage: A title", "0014-other: Search"][..],
        ),
        ("0047", &["0047-us-task-linkage: A title"]),
        ("login", &["0004-four: Login 😀"]),
        ("über", &["0040-last: Über uns"]),
        ("nothing like it", &[]),
    ] {
        let symbols = client.request("workspace/symbol", json!({"query": query}));
        let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{query}");
    }
    let symbols = client.request("workspace/symbol", json!({"query": ""}));
    assert_eq!(symbols.as_array().unwrap().len(), 4);
    assert_eq!(symbols[0]["location"]["uri"], uri(&project.path("0004-four", "spec.md")));
    assert_eq!(symbols[0]["containerName"], "active");
}

#[test]
fn document_links_and_folding() {
    for encoding in ENCODINGS {
        let prose = "$0Überholt 0001-first, 0099-unknown und 2025-11-20.\n";
        let mut scene = Scene::new(encoding, &(spec("active") + prose + &metadata("active")));
        let links = scene.ask("textDocument/documentLink", json!({}));
        let target = uri(&scene.project.path("0001-first", "spec.md"));
        let found: Vec<_> = links
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (scene.marked(&scene.uri, &it["range"]), &it["target"]))
            .collect();
        assert_eq!(found, [("0001-first".to_owned(), &json!(target)), ("0001-first".to_owned(), &json!(target))]);
        let folds = scene.ask("textDocument/foldingRange", json!({}));
        assert_eq!(folds, json!([{"startLine": 0, "endLine": 7}]));
    }
}

#[test]
fn nothing_is_renamed_by_accident() {
    let mut scene = Scene::new("utf-16", &(spec("ac$0tive") + &metadata("active")));
    let place = scene.place();
    let refused = scene.client.try_request("textDocument/prepareRename", place.clone()).unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("use a code action"), "{refused}");
    let mut rename = place;
    rename["newName"] = json!("done");
    assert!(scene.client.try_request("textDocument/rename", rename).is_err());
    let mut scene = Scene::new("utf-16", &(spec("active").replace(ID, &format!("$0{ID}")) + &metadata("active")));
    let place = scene.place();
    let refused = scene.client.try_request("textDocument/prepareRename", place).unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("rename its folder"), "{refused}");
    let mut scene = Scene::new("utf-16", &(spec("active").replace("Anmelden", "An$0melden") + &metadata("active")));
    assert_eq!(scene.ask("textDocument/prepareRename", json!({})), Value::Null);
}

#[test]
fn renaming_a_folder_takes_the_name_along() {
    for encoding in ENCODINGS {
        let mut scene =
            Scene::new(encoding, &(spec("$0active") + &metadata("active").replace(&format!("\"{ID}\""), "\"0047\"")));
        let renamed = |new: &str| json!({"files": [{"oldUri": uri(&scene.project.folder(ID)), "newUri": uri(&scene.project.folder(new))}]});
        let (params, other) = (renamed("0048-linkage"), renamed("notes"));
        let edit = scene.client.request("workspace/willRenameFiles", params);
        scene.client.apply(&edit);
        assert!(scene.client.text(&scene.uri).contains("increment: 0048-linkage\n"));
        assert!(scene.project.read(ID, "metadata.json").contains("{\"id\": \"0048\", \"title\": \"😀\""));
        assert_eq!(scene.client.request("workspace/willRenameFiles", other), Value::Null, "no increment any more");
    }
}

#[test]
fn only_what_a_client_draws_is_kept_from_those_that_do_not() {
    let project = Project::incident();
    let client = Client::open(&project);
    let offered = client.result["capabilities"].as_object().unwrap();
    for provider in ["codeLensProvider", "inlayHintProvider"] {
        assert!(!offered.contains_key(provider), "{provider}");
        let capable = start(&project, "utf-16");
        assert!(!capable.result["capabilities"][provider].is_null(), "{provider}");
    }
}

#[test]
fn files_that_are_no_increments_have_nothing() {
    let project = Project::incident();
    std::fs::write(project.root.join("README.md"), "---\nstatus: active\n---\n").unwrap();
    let mut client = start(&project, "utf-16");
    let readme = client.open_file(&project.root.join("README.md"));
    let place = json!({"textDocument": {"uri": readme}, "position": {"line": 1, "character": 9},
                       "context": {"includeDeclaration": true, "triggerKind": 1}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 3, "character": 0}}});
    for method in [
        "hover",
        "completion",
        "codeLens",
        "inlayHint",
        "definition",
        "references",
        "documentSymbol",
        "documentLink",
        "foldingRange",
        "prepareRename",
    ] {
        assert_eq!(client.request(&format!("textDocument/{method}"), place.clone()), Value::Null, "{method}");
    }
}
