//! Findings are where they should be, for open and closed files, in every encoding, and never twice.

use serde_json::json;

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, spec_text};

const ID: &str = "0047-us-task-linkage";

#[test]
fn a_desync_is_marked_in_both_files_before_anything_is_opened() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let (spec, metadata) = (uri(&project.path(ID, "spec.md")), uri(&project.path(ID, "metadata.json")));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    client.wait_findings(&metadata, &["status-desync \"completed\""]);
    let diagnostic = &client.published[&spec].0["diagnostics"][0];
    assert_eq!(diagnostic["source"], "specweave");
    assert_eq!(diagnostic["severity"], 1);
    assert_eq!(diagnostic["relatedInformation"][0]["location"]["uri"], json!(metadata));
    assert!(client.published[&spec].0.get("version").is_none_or(|version| version.is_null()), "not open: no version");
}

#[test]
fn findings_follow_the_editor_and_carry_its_version() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    let metadata = uri(&project.path(ID, "metadata.json"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    assert_eq!(client.published[&spec].0["version"], 1);
    client.change(&spec, &spec_text(ID, "completed"));
    client.wait_findings(&spec, &[]);
    client.wait_findings(&metadata, &[]);
    assert_eq!(client.published[&spec].0["version"], 2);
    // Unsaved: closing the document brings the file on disk back.
    client.close(&spec);
    client.wait_findings(&spec, &["status-desync \"active\""]);
}

#[test]
fn nothing_is_sent_twice() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    client.catch_up();
    let before = client.published[&spec].1;
    for line in 0..20 {
        let end = json!({"line": 8 + line, "character": 0});
        let version = 10 + line;
        client.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": spec, "version": version},
                   "contentChanges": [{"range": {"start": end, "end": end}, "text": "body\n"}]}),
        );
        client.catch_up();
    }
    assert_eq!(client.published[&spec].1, before, "typing in the body changes no finding");
    // Typing the mark away and back in one go: the editor may have lost it, so it is said again.
    let range = json!({"start": {"line": 3, "character": 8}, "end": {"line": 3, "character": 14}});
    let gone = json!({"start": {"line": 3, "character": 8}, "end": {"line": 3, "character": 8}});
    client.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": spec, "version": 99},
               "contentChanges": [{"range": range, "text": ""}, {"range": gone, "text": "active"}]}),
    );
    client.until("the mark is said again", |client| client.published[&spec].0["version"] == 99);
    assert_eq!(client.published[&spec].1, before + 1);
}

#[test]
fn every_encoding_counts_in_its_own_unit() {
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let project = Project::new();
        let spec_text = "\u{feff}---\r\n{title: \"Ünï 😀 ö\", status: active}\r\n---\r\n";
        project.write(ID, "spec.md", spec_text);
        project.write(ID, "metadata.json", "{\"title\": \"😀😀\", \"status\": \"completed\"}");
        let mut capabilities = capabilities();
        capabilities["general"]["positionEncodings"] = json!([encoding]);
        let mut client = Client::start(json!({
            "capabilities": capabilities, "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
        }));
        assert_eq!(client.encoding(), encoding);
        client.wait_findings(&uri(&project.path(ID, "spec.md")), &["status-desync \"active\""]);
        client.wait_findings(&uri(&project.path(ID, "metadata.json")), &["status-desync \"completed\""]);
    }
}

#[test]
fn each_rule_has_its_place() {
    let project = Project::new();
    type Case<'c> = (&'c str, &'c [u8], &'c [u8], &'c [&'c str], &'c [&'c str]);
    let cases: [Case; 13] = [
        ("0001-fine", b"---\nstatus: planned\n---\n", br#"{"status": "planned"}"#, &[], &[]),
        (
            "0002-yaml",
            b"---\ntitle: a: b\nstatus: active\n---\n",
            br#"{"status": "active"}"#,
            &["invalid-frontmatter \":\""],
            &[],
        ),
        ("0003-json", b"---\nstatus: active\n---\n", b"{\"status\": \"active\",}", &[], &["invalid-metadata \"}\""]),
        (
            "0004-twice",
            b"---\nstatus: a\nstatus: b\n---\n",
            br#"{"status": "active"}"#,
            &["duplicate-key \"status\""],
            &[],
        ),
        (
            "0005-type",
            b"---\nstatus: [active]\n---\n",
            br#"{"status": "active"}"#,
            &["status-desync \"[active]\"", "invalid-status-type \"[active]\""],
            &["status-desync \"active\""],
        ),
        (
            "0006-word",
            b"---\nstatus: actve\n---\n",
            br#"{"status": "actve"}"#,
            &["unknown-status \"actve\""],
            &["unknown-status \"actve\""],
        ),
        ("0007-none", b"---\ntitle: x\n---\n", br#"{"status": "active"}"#, &["missing-status \"---\""], &[]),
        ("0008-bare", b"# Title\n", br#"{"status": "active"}"#, &["missing-status \"# Title\""], &[]),
        (
            "0009-id",
            b"---\nincrement: 0010-x\nstatus: active\n---\n",
            br#"{"id": "0009", "status": "active"}"#,
            &["id-mismatch \"0010-x\""],
            &[],
        ),
        ("0011-same", b"---\nstatus: active\n---\n", br#"{"status": "active"}"#, &["duplicate-number \"---\""], &[]),
        ("0011-other", b"---\nstatus: active\n---\n", br#"{"status": "active"}"#, &["duplicate-number \"---\""], &[]),
        ("0012-open", b"---\nstatus: active\n", br#"{"status": "active"}"#, &["invalid-frontmatter \"---\""], &[]),
        (
            "0013-merge",
            b"---\nstatus: active\n<<<<<<< HEAD\n---\n",
            b"{\n<<<<<<< HEAD\n",
            &["invalid-frontmatter \"<<<<<<< HEAD\""],
            &["invalid-metadata \"<<<<<<< HEAD\""],
        ),
    ];
    for (id, spec, metadata, _, _) in &cases {
        project.write(id, "spec.md", spec);
        project.write(id, "metadata.json", metadata);
    }
    project.write("0014-lone", "spec.md", "---\nstatus: active\n---\n");
    project.write("0015-encoding", "spec.md", b"---\ntitle: \xe9\nstatus: active\n---\n");
    project.write("0015-encoding", "metadata.json", r#"{"status": "active"}"#);
    project.write("0016-body", "spec.md", b"---\nstatus: active\n---\n\xff\xfe");
    project.write("0016-body", "metadata.json", r#"{"status": "active"}"#);
    std::fs::create_dir_all(project.path("0017-folder", "spec.md")).unwrap();
    project.write("0017-folder", "metadata.json", r#"{"status": "active"}"#);
    let mut client = Client::open(&project);
    let at = |id: &str, file: &str| uri(&project.path(id, file));
    client.wait_findings(&at("0014-lone", "spec.md"), &["missing-file \"---\""]);
    let code = |client: &Client, uri: &str| client.published.get(uri).map(|(p, _)| p["diagnostics"][0]["code"].clone());
    client.until("0015 is unreadable", |c| code(c, &at("0015-encoding", "spec.md")) == Some(json!("unreadable-file")));
    client.until("0017 is unreadable", |c| code(c, &at("0017-folder", "spec.md")) == Some(json!("unreadable-file")));
    for (id, _, _, spec, metadata) in &cases {
        for (file, expected) in [("spec.md", spec), ("metadata.json", metadata)] {
            if expected.is_empty() {
                assert!(
                    !client.published.contains_key(&at(id, file)),
                    "{id}/{file}: {:?}",
                    client.findings(&at(id, file))
                );
            } else {
                client.wait_findings(&at(id, file), expected);
            }
        }
    }
    assert!(!client.published.contains_key(&at("0016-body", "spec.md")), "bad bytes in the body do not matter");
}

#[test]
fn severities_come_from_the_settings_and_bad_settings_are_named() {
    let project = Project::incident();
    project.increment("0050-word", "actve", "actve");
    let mut client = Client::spawn();
    client.settings =
        json!({"diagnostics": {"severity": {"status-desync": "hint", "unknown-status": "off"}}, "wrong": 1});
    client.initialize(json!({
        "capabilities": capabilities(), "workspaceFolders": [{"uri": uri(&project.root), "name": "p"}],
    }));
    let spec = uri(&project.path(ID, "spec.md"));
    client.until("the severity is a hint", |c| {
        c.published.get(&spec).is_some_and(|(params, _)| params["diagnostics"][0]["severity"] == 4)
    });
    // The report comes when everything was read, so what is not said by then is not said at all.
    client.catch_up();
    let word = uri(&project.path("0050-word", "spec.md"));
    assert!(client.published.get(&word).is_none_or(|(params, _)| params["diagnostics"] == json!([])), "it is off");
    Client::open(&project).wait_findings(&word, &["unknown-status \"actve\""]);
    assert_eq!(client.shown, ["There is no setting `specweave-lsp.wrong`."]);
}

#[test]
fn a_removed_and_an_added_file_are_seen() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = uri(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["status-desync \"active\""]);
    std::fs::remove_dir_all(project.folder(ID)).unwrap();
    client.until("the findings are gone", |c| c.published[&spec].0["diagnostics"] == json!([]));
    project.write(ID, "spec.md", spec_text(ID, "paused"));
    project.write(ID, "metadata.json", metadata_text(ID, "active"));
    client.wait_findings(&spec, &["status-desync \"paused\""]);
}

/// D10. What is open is where one can go to.
#[test]
fn completed_with_open_work_points_to_what_is_open() {
    let project = Project::new();
    project.increment(ID, "completed", "completed");
    project.write(
        ID,
        "tasks.md",
        "### T-001: Do it\n**Status**: [ ] pending\n\n### T-002: Done\n**Status**: [x] completed\n",
    );
    let mut client = Client::open(&project);
    let spec = client.open_file(&project.path(ID, "spec.md"));
    client.wait_findings(&spec, &["completed-with-open-work \"completed\""]);
    let related = &client.published[&spec].0["diagnostics"][0]["relatedInformation"];
    assert_eq!(related.as_array().unwrap().len(), 1, "{related}");
    assert_eq!(related[0]["location"]["uri"], json!(uri(&project.path(ID, "tasks.md"))));
    assert_eq!(related[0]["location"]["range"]["start"]["line"], 0);
    assert!(related[0]["message"].as_str().unwrap().contains("T-001"), "{related}");
}
