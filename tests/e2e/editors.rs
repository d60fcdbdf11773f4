//! What real editors do with an edit of two files, scripted: after each, both texts agree or both are as before, what
//! the user typed is there, and the user is told.

use std::fs;

use serde_json::{Value, json};

use crate::client::{Answer, Client, Manner, apply_edits, path, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";
const TYPED: &str = "typed meanwhile\n";

/// An increment that is active in both files, with the given files open, and an editor with its manners.
fn session(open: &[&str], manners: Vec<Manner>) -> (Project, Client) {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut client = Client::open(&project);
    for file in open {
        client.open_file(&project.path(ID, file));
    }
    client.catch_up();
    client.manners = manners.into();
    (project, client)
}

fn spec(project: &Project) -> String {
    uri(&project.path(ID, "spec.md"))
}

fn metadata(project: &Project) -> String {
    uri(&project.path(ID, "metadata.json"))
}

fn close(client: &mut Client) -> Result<Value, Value> {
    client.execute("specweave-lsp.close", json!({"increment": ID}))
}

fn edits_of(edit: &Value, file: &str) -> Value {
    let changes = edit["documentChanges"].as_array().unwrap();
    changes.iter().find(|change| change["textDocument"]["uri"].as_str().unwrap().ends_with(file)).unwrap()["edits"]
        .clone()
}

/// Applies one file's part whatever its version, as editors do that do not look at it; a closed file is opened hidden.
fn force(client: &mut Client, edit: &Value, uri: &str) {
    let file = uri.rsplit('/').next().unwrap();
    let before = client.documents.get(uri).map(|(_, text)| text.clone()).unwrap_or_else(|| {
        let text = fs::read_to_string(path(uri)).unwrap_or_default();
        client.did_open(uri, &text);
        text
    });
    let after = apply_edits(&before, edits_of(edit, file).as_array().unwrap(), client.encoding());
    client.change(uri, &after);
}

/// The user types a line at the top of the frontmatter or the object, which moves everything below.
fn type_into(client: &mut Client, uri: &str) {
    let text = client.text(uri);
    let typed = match uri.ends_with(".md") {
        true => text.replacen("---\n", &format!("---\n# {TYPED}"), 1),
        false => text.replacen("{\n", "{\n  \"typed\": \"meanwhile\",\n", 1),
    };
    client.change(uri, &typed);
}

fn status(client: &Client, uri: &str) -> String {
    let text = client.text(uri);
    let line =
        text.lines().find(|line| line.trim_start().trim_start_matches('"').starts_with("status")).unwrap_or("none");
    line.split(':').nth(1).unwrap_or("none").trim().trim_matches(['"', ',']).to_owned()
}

fn applied(value: Value) -> Option<Answer> {
    Some(Answer::Result(json!({"applied": value})))
}

#[track_caller]
fn both_say(client: &Client, project: &Project, expected: &str) {
    assert_eq!(
        (status(client, &spec(project)).as_str(), status(client, &metadata(project)).as_str()),
        (expected, expected),
        "{}\n{}",
        client.text(&spec(project)),
        client.text(&metadata(project))
    );
}

#[track_caller]
fn as_before(client: &Client, project: &Project) {
    assert_eq!(client.text(&spec(project)), spec_text(ID, "active"));
    assert_eq!(client.text(&metadata(project)), metadata_text(ID, "active"));
}

#[test]
fn an_editor_that_does_as_it_is_told() {
    let (project, mut client) = session(&["spec.md"], vec![]);
    let done = close(&mut client).unwrap();
    assert_eq!(done["changed"][0]["files"], json!(["spec.md", "metadata.json"]));
    both_say(&client, &project, "completed");
    let changes = client.edits[0]["documentChanges"].as_array().unwrap();
    assert_eq!(changes[0]["textDocument"]["version"], 1, "the open document first");
    assert!(changes[1]["textDocument"]["version"].is_null());
    assert!(changes.iter().all(|change| change["edits"].as_array().unwrap().len() == 1), "one text edit a file");
    let text = project.read(ID, "metadata.json");
    for key in ["\"approvedAt\": \"2", "\"readyForReviewAt\": \"2", "\"lastActivity\": \"2"] {
        assert!(text.contains(key), "{key}: {text}");
    }
}

#[test]
fn a_stale_first_file_is_skipped_and_the_answer_is_true() {
    let manner: Manner = Box::new(|client, edit| {
        let (first, second) = (uri_of(edit, 0), uri_of(edit, 1));
        type_into(client, &first);
        force(client, edit, &second);
        applied(json!(true))
    });
    let (project, mut client) = session(&["spec.md"], vec![manner]);
    close(&mut client).unwrap();
    both_say(&client, &project, "completed");
    assert!(client.text(&spec(&project)).contains(TYPED));
}

#[test]
fn a_stale_edit_is_applied_at_its_old_place() {
    for open in [&["spec.md", "metadata.json"][..], &["metadata.json"], &["spec.md"]] {
        for stale in [0, 1] {
            let manner: Manner = Box::new(move |client, edit| {
                let uris = [uri_of(edit, 0), uri_of(edit, 1)];
                if client.documents.contains_key(&uris[stale]) {
                    type_into(client, &uris[stale]);
                }
                uris.iter().for_each(|uri| force(client, edit, uri));
                applied(json!(true))
            });
            let (project, mut client) = session(open, vec![manner]);
            close(&mut client).unwrap();
            both_say(&client, &project, "completed");
            let texts = client.text(&spec(&project)) + &client.text(&metadata(&project));
            let typed = open.len() == 2 || stale == 0;
            assert_eq!(texts.contains("typed"), typed, "{texts}");
            assert!(serde_json::from_str::<Value>(&client.text(&metadata(&project))).is_ok());
            assert_eq!(texts.matches("completed").count(), 2, "nothing garbled is left: {texts}");
        }
    }
}

#[test]
fn documents_at_version_0_are_edited_unchecked() {
    let manner: Manner = Box::new(|client, edit| {
        let (first, second) = (uri_of(edit, 0), uri_of(edit, 1));
        type_into(client, &first);
        force(client, edit, &first);
        force(client, edit, &second);
        applied(json!(true))
    });
    let (project, mut client) = session(&[], vec![manner]);
    let spec = spec(&project);
    let text = spec_text(ID, "active");
    client.documents.insert(spec.clone(), (0, text.clone()));
    let document = json!({"uri": spec, "languageId": "markdown", "version": 0, "text": text});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    close(&mut client).unwrap();
    both_say(&client, &project, "completed");
    assert!(client.text(&spec).contains(TYPED));
}

#[test]
fn one_file_is_left_out_and_the_answer_is_true() {
    for which in [0, 1] {
        let manner: Manner = Box::new(move |client, edit| {
            let uri = uri_of(edit, which);
            force(client, edit, &uri);
            applied(json!(true))
        });
        let (project, mut client) = session(&["spec.md", "metadata.json"], vec![manner]);
        let error = close(&mut client).unwrap_err();
        assert!(error["message"].as_str().unwrap().contains("shown it in one file only"), "{error}");
        // Perhaps its text comes when it is saved; it does not.
        let left_out = if which == 0 { metadata(&project) } else { spec(&project) };
        save(&mut client, &left_out);
        let finished = left_out.clone();
        client.until("the rest is made", move |client| status(client, &finished) == "completed");
        both_say(&client, &project, "completed");
        assert!(client.shown.is_empty(), "{:?}", client.shown);
    }
}

fn save(client: &mut Client, uri: &str) {
    fs::write(path(uri), client.text(uri)).unwrap();
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
}

#[test]
fn half_an_edit_on_which_the_user_goes_on_typing_is_finished() {
    let manner: Manner = Box::new(|client, edit| {
        let uri = uri_of(edit, 0);
        force(client, edit, &uri);
        type_into(client, &uri);
        applied(json!(true))
    });
    let (project, mut client) = session(&["spec.md", "metadata.json"], vec![manner]);
    close(&mut client).unwrap_err();
    let left_out = metadata(&project);
    save(&mut client, &left_out);
    client.until("the rest is made", move |client| status(client, &left_out) == "completed");
    both_say(&client, &project, "completed");
    assert!(client.text(&spec(&project)).contains(TYPED), "taking it back would have lost this");
}

#[test]
fn the_answer_is_null_or_an_error_and_the_texts_decide() {
    let answers: [fn() -> Option<Answer>; 4] = [
        || applied(Value::Null),
        || applied(json!(false)),
        || Some(Answer::Result(Value::Null)),
        || Some(Answer::Error("Edits on spec.md require version 1, you have 2")),
    ];
    for answer in answers {
        let nothing: Manner = Box::new(move |_, _| answer());
        let (project, mut client) = session(&["spec.md"], vec![nothing]);
        let error = close(&mut client).unwrap_err();
        assert!(error["message"].as_str().unwrap().contains("Nothing was changed"), "{error}");
        as_before(&client, &project);

        let half: Manner = Box::new(move |client, edit| {
            let uri = uri_of(edit, 0);
            force(client, edit, &uri);
            answer()
        });
        let (project, mut client) = session(&["spec.md"], vec![half]);
        close(&mut client).unwrap_err();
        as_before(&client, &project);

        let all: Manner = Box::new(move |client, edit| {
            client.apply(edit);
            answer()
        });
        let (project, mut client) = session(&["spec.md"], vec![all]);
        close(&mut client).unwrap();
        both_say(&client, &project, "completed");
    }
}

#[test]
fn a_file_that_went_away_meanwhile() {
    let manner: Manner = Box::new(|client, edit| {
        let (first, second) = (uri_of(edit, 0), uri_of(edit, 1));
        fs::remove_file(path(&second)).unwrap();
        force(client, edit, &first);
        // A new buffer that holds nothing but the edit's text.
        client.did_open(&second, "");
        let text = edits_of(edit, "metadata.json")[0]["newText"].as_str().unwrap().to_owned();
        client.change(&second, &text);
        applied(json!(true))
    });
    let (project, mut client) = session(&["spec.md"], vec![manner]);
    let error = close(&mut client).unwrap_err();
    assert_eq!(client.text(&spec(&project)), spec_text(ID, "active"), "{error}");
    assert!(!client.shown.is_empty());
}

#[test]
fn text_that_the_user_types_after_the_edit_stays() {
    let manner: Manner = Box::new(|client, edit| {
        client.apply(edit);
        let uri = uri_of(edit, 0);
        type_into(client, &uri);
        applied(json!(true))
    });
    let (project, mut client) = session(&["spec.md", "metadata.json"], vec![manner]);
    close(&mut client).unwrap();
    both_say(&client, &project, "completed");
    assert!(client.text(&spec(&project)).contains(TYPED));
    assert!(client.shown.is_empty());
}

#[test]
fn an_editor_that_also_refuses_to_take_it_back() {
    let half: Manner = Box::new(|client, edit| {
        let uri = uri_of(edit, 0);
        force(client, edit, &uri);
        applied(json!(false))
    });
    let no: Manner = Box::new(|_, _| applied(json!(false)));
    let (project, mut client) = session(&["spec.md", "metadata.json"], vec![half, no]);
    let error = close(&mut client).unwrap_err();
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("spec.md says completed, metadata.json says active"), "{message}");
    assert!(message.contains("Undo the change"), "{message}");
    assert_eq!(client.shown, [message]);
    client.wait_findings(&metadata(&project), &["status-desync \"active\""]);
}

#[test]
fn a_file_changed_in_a_buffer_that_is_not_attached() {
    let manner: Manner = Box::new(|client, edit| {
        let uri = uri_of(edit, 0);
        force(client, edit, &uri);
        applied(json!(true))
    });
    let (project, mut client) = session(&["spec.md"], vec![manner]);
    close(&mut client).unwrap();
    assert_eq!(status(&client, &spec(&project)), "completed");
    assert!(client.shown[0].contains("metadata.json") && client.shown[0].contains("Save it"), "{:?}", client.shown);
    client.wait_findings(&metadata(&project), &["status-desync \"active\""]);
}

#[test]
fn silence_is_told_and_a_late_edit_is_still_judged() {
    let silent: Manner = Box::new(|_, _| None);
    let (project, mut client) = session(&["spec.md", "metadata.json"], vec![silent]);
    let error = close(&mut client).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("has not answered yet"), "{error}");
    as_before(&client, &project);
    // The session goes on.
    close(&mut client).unwrap();
    both_say(&client, &project, "completed");
}

#[test]
fn an_editor_that_dies_leaves_the_files_as_they_were() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut client = Client::open(&project);
    client.open_file(&project.path(ID, "spec.md"));
    client.catch_up();
    client.ask("workspace/executeCommand", json!({"command": "specweave-lsp.close", "arguments": [{"increment": ID}]}));
    assert_eq!(client.hang_up(), 1);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
}

#[test]
fn a_client_that_takes_no_edits_has_them_made_on_disk() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let folders = json!([{"uri": uri(&project.root), "name": "p"}]);
    let mut client = Client::start(json!({"capabilities": {}, "workspaceFolders": folders}));
    close(&mut client).unwrap();
    both_say(&client, &project, "completed");
    let spec = client.open_file(&project.path(ID, "spec.md"));
    type_into(&mut client, &spec);
    let reopened = client.execute("specweave-lsp.setStatus", json!({"increment": ID, "status": "active"}));
    assert!(reopened.unwrap_err()["message"].as_str().unwrap().contains("unsaved changes"));
    assert_eq!(project.read(ID, "metadata.json").matches("completed").count(), 1);
}

#[test]
fn a_code_action_that_the_editor_applies_badly_is_finished() {
    let (project, mut client) = session(&["spec.md", "metadata.json"], vec![]);
    let here = json!({"line": 3, "character": 9});
    let actions = client.actions(&spec(&project), json!({"start": here, "end": here}));
    let close = actions.iter().find(|action| action["title"] == format!("Close increment {ID}")).unwrap().clone();
    assert_eq!(close["kind"], "refactor.rewrite.close");
    // Half of it: the edit of metadata.json gets lost.
    let spec = spec(&project);
    force(&mut client, &close["edit"], &spec);
    client.request_command(&close["command"]).unwrap();
    let left_out = metadata(&project);
    save(&mut client, &left_out);
    client.until("the rest is made", move |client| status(client, &left_out) == "completed");
    both_say(&client, &project, "completed");
}

/// Eglot sends new texts when its user pauses, and never while it waits for an answer of ours.
#[test]
fn texts_that_come_only_after_the_answer() {
    let (project, mut client) = session(&["spec.md", "metadata.json"], vec![]);
    let here = json!({"line": 3, "character": 9});
    let actions = client.actions(&spec(&project), json!({"start": here, "end": here}));
    let action = actions.iter().find(|action| action["title"] == format!("Close increment {ID}")).unwrap().clone();
    client.request_command(&action["command"]).unwrap();
    client.apply(&action["edit"]);
    client.catch_up();
    both_say(&client, &project, "completed");

    // A command waits for its answer too: it gets one before the texts come, and nothing false is said.
    let late: Manner = Box::new(|_, _| applied(json!(true)));
    client.manners = vec![late].into();
    let error = client.execute("specweave-lsp.setStatus", json!({"increment": ID, "status": "active"})).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("has not shown it yet"), "{error}");
    for (uri, before) in [(spec(&project), "completed"), (metadata(&project), "completed")] {
        let text = client.text(&uri).replacen(before, "active", 1);
        client.change(&uri, &text);
    }
    client.catch_up();
    both_say(&client, &project, "active");
    assert!(client.shown.is_empty(), "{:?}", client.shown);
    let log = project.run(&["log", "--format", "json"]).out;
    assert_eq!(log.matches("\"folder\"").count(), 2, "the journal notes both: {log}");
}

fn uri_of(edit: &Value, which: usize) -> String {
    edit["documentChanges"][which]["textDocument"]["uri"].as_str().unwrap().to_owned()
}
