//! What a fix may do: nothing that nobody chose, and nothing without saying it.

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";
const TASKS: &str = "# Tasks\n\n### T-001: Do it\n**Status**: [x] completed\n";

fn ask(client: &mut Client, uri: &str, line: u32, context: Value) -> Vec<Value> {
    let place = json!({"line": line, "character": 9});
    let params = json!({"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": context});
    client.request("textDocument/codeAction", params).as_array().unwrap().clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

/// D1.
#[test]
fn a_blank_is_no_status_to_take_over() {
    for (spec, metadata) in [("\"\"", "active"), ("\"  \"", "active"), ("active", ""), ("active", " ")] {
        let project = Project::new();
        project.write(ID, "spec.md", spec_text(ID, spec));
        project.write(ID, "metadata.json", metadata_text(ID, metadata));
        let mut client = Client::open(&project);
        let spec_uri = client.open_file(&project.path(ID, "spec.md"));
        let metadata_uri = client.open_file(&project.path(ID, "metadata.json"));
        client.catch_up();
        let mut actions = ask(&mut client, &spec_uri, 3, json!({"diagnostics": []}));
        actions.extend(ask(&mut client, &metadata_uri, 2, json!({"diagnostics": []})));
        let blank = |title: &&str| title.contains("to ``") || title.contains("to ` `") || title.contains("to `  `");
        assert!(!titles(&actions).iter().any(blank), "{:?}", titles(&actions));
        drop(client);
        project.run(&["sync", "--all", "--yes"]);
        let said = [project.read(ID, "spec.md"), project.read(ID, "metadata.json")];
        let kept = |text: &String| text.contains("status: active") || text.contains("\"status\": \"active\"");
        assert!(said.iter().any(kept), "the only status there was is gone: {said:#?}");
    }
}

/// D2. What editors ask when they save.
#[test]
fn saving_changes_nothing() {
    let project = Project::incident();
    project.increment("0048-fine", "active", "active");
    project.write("0048-fine", "tasks.md", TASKS);
    let mut client = Client::open(&project);
    let tasks = client.open_file(&project.path("0048-fine", "tasks.md"));
    let typed = client.open_file(&project.path("0048-fine", "spec.md"));
    client.catch_up();
    client.change(&typed, &spec_text("0048-fine", "paused"));
    for uri in [&tasks, &typed] {
        for only in ["source.fixAll", "source", "source.fixAll.specweave"] {
            let context = json!({"diagnostics": [], "only": [only], "triggerKind": 2});
            let actions = ask(&mut client, uri, 3, context);
            assert_eq!(titles(&actions), Vec::<&str>::new(), "{only}, automatically");
        }
        for only in ["source.fixAll", "source"] {
            let actions = ask(&mut client, uri, 3, json!({"diagnostics": [], "only": [only]}));
            assert_eq!(titles(&actions), Vec::<&str>::new(), "{only} is about all servers");
        }
        let context = json!({"diagnostics": [], "only": ["source.fixAll.specweave"], "triggerKind": 1});
        assert_eq!(ask(&mut client, uri, 3, context).len(), 1, "asked for by its own name");
    }
}

/// D3.
#[test]
fn an_action_is_known_however_many_were_offered_since() {
    let project = Project::incident();
    let mut all = capabilities();
    all["experimental"] = json!({"specweaveApplied": true});
    let folders = json!([{"uri": uri(&project.root), "name": "project"}]);
    let mut client = Client::start(json!({"processId": null, "capabilities": all, "workspaceFolders": folders}));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.open_file(&project.path(ID, "metadata.json"));
    client.catch_up();
    let chosen = ask(&mut client, &spec, 3, json!({"diagnostics": []})).remove(0);
    for _ in 0..50 {
        ask(&mut client, &spec, 3, json!({"diagnostics": []}));
    }
    client.apply(&chosen["edit"]);
    client.request_command(&chosen["command"]).unwrap();
    client.catch_up();
    let told = client.claim(|message| message["method"] == "specweave/applied");
    assert!(told.is_some(), "what is to be saved is told");
    let log = project.run(&["log", "--format", "json"]).out;
    assert_eq!(log.matches("\"folder\"").count(), 1, "the journal has it: {log}");
}

/// D4.
#[test]
fn changes_of_status_name_the_increment_and_stand_on_its_status() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    project.write(ID, "tasks.md", TASKS);
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let metadata = client.open_file(&project.path(ID, "metadata.json"));
    let tasks = client.open_file(&project.path(ID, "tasks.md"));
    client.catch_up();
    for kind in ["refactor.rewrite.status", "refactor.rewrite.close"] {
        let only = json!({"diagnostics": [], "only": [kind]});
        for (uri, line) in [(&tasks, 0), (&tasks, 3), (&spec, 7), (&spec, 2), (&metadata, 3)] {
            let actions = ask(&mut client, uri, line, only.clone());
            assert_eq!(titles(&actions), Vec::<&str>::new(), "{kind} on line {line} of {uri}");
        }
        for (uri, line) in [(&spec, 3), (&metadata, 2)] {
            let actions = ask(&mut client, uri, line, only.clone());
            assert!(!actions.is_empty(), "{kind} on the status line");
            assert!(titles(&actions).iter().all(|title| title.contains(ID)), "{:?}", titles(&actions));
        }
    }
}

/// D4. This editor's user closes every question without an answer.
#[test]
fn abandoning_asks_first() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut all = capabilities();
    all["window"] = json!({"showMessage": {"messageActionItem": {"additionalPropertiesSupport": true}}});
    all["textDocument"]["codeLens"] = json!({});
    let folders = json!([{"uri": uri(&project.root), "name": "project"}]);
    let mut client = Client::start(json!({"processId": null, "capabilities": all, "workspaceFolders": folders}));
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.catch_up();
    let only = json!({"diagnostics": [], "only": ["refactor.rewrite.status"]});
    let actions = ask(&mut client, &spec, 3, only);
    let abandon = actions.iter().find(|action| action["title"].as_str().unwrap().contains("`abandoned`"));
    let abandon = abandon.expect("it is one step away");
    assert!(abandon.get("edit").is_none(), "one click and it is done: {abandon}");
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": spec}}));
    let lenses = lenses.as_array().unwrap().iter().map(|lens| lens["command"].clone());
    let abandoning = lenses.filter(|command| command.to_string().contains("abandoned"));
    for command in abandoning.chain([abandon["command"].clone()]) {
        let _ = client.request_command(&command);
        assert!(client.claim(|message| message["method"] == "window/showMessageRequest").is_some(), "{command}");
        assert_eq!(client.text(&spec), spec_text(ID, "active"));
        assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
    }
}

/// D5.
#[test]
fn a_title_says_what_speaks_against_it() {
    let project = Project::incident();
    project.write(ID, "tasks.md", "### T-001: a\n**Status**: [ ] pending\n\n### T-002: b\n**Status**: [ ] pending\n");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.catch_up();
    let actions = ask(&mut client, &spec, 3, json!({"diagnostics": [], "only": ["quickfix"]}));
    assert_eq!(
        titles(&actions),
        [
            "Set spec.md status to `completed` (from metadata.json; 2 tasks open)",
            "Set metadata.json status to `active` (from spec.md)",
        ]
    );
    assert_eq!(actions[0]["isPreferred"], true, "and decides nothing");
}

/// D6.
#[test]
fn a_word_of_its_own_is_only_overwritten_by_name() {
    let project = Project::new();
    project.increment(ID, "imported", "active");
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.catch_up();
    let actions = ask(&mut client, &spec, 3, json!({"diagnostics": [], "only": ["quickfix"]}));
    assert_eq!(
        titles(&actions),
        [
            "Set spec.md status to `active` (from metadata.json)",
            "Set metadata.json status to `imported` (from spec.md)",
        ]
    );
    assert!(actions.iter().all(|action| action.get("isPreferred").is_none()), "{actions:?}");
    for command in ["specweave-lsp.sync", "specweave-lsp.syncAll"] {
        let refused = client.execute(command, json!({"increment": ID})).unwrap_err();
        assert!(refused["message"].as_str().unwrap().contains("`imported`"), "{refused}");
    }
    client.execute("specweave-lsp.sync", json!({"increment": ID, "from": "metadata"})).unwrap();
    assert!(client.text(&spec).contains("status: active"));
    drop(client);
    let run = project.run(&["sync", "--all", "--yes"]);
    assert!(run.err.contains("`imported`"), "{}{}", run.out, run.err);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "imported"));
    for word in ["superseded", "on_hold", "todo"] {
        project.increment(ID, word, word);
        let out = project.run(&["check"]).out;
        assert!(!out.contains("unknown-status"), "{word}: {out}");
    }
}
