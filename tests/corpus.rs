//! Real increments, read as SpecWeave reads them and edited in place. The corpus stays outside the repository:
//! `SPECWEAVE_CORPUS` names the folder that holds `dev.jsonl.xz`.

#![allow(clippy::print_stderr, reason = "the figures: how much was tried")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/client.rs"]
mod client;
#[path = "corpus/history.rs"]
mod history;
#[path = "e2e/project.rs"]
mod project;
#[path = "e2e/repository.rs"]
mod repository;

use std::env;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::{Client, apply_edits, uri};
use project::Project;
use serde::Deserialize;
use serde_json::json;
use specweave_lsp::model::edit;
use specweave_lsp::model::increment::{Increment, Source};
use specweave_lsp::model::parse::{plain_frontmatter, spec};
use specweave_lsp::model::status::Side;

/// One line of the corpus: an increment, and what SpecWeave's own reader said about it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: String,
    repo: String,
    path: String,
    spec: Option<String>,
    /// The exact bytes, where they are not UTF-8.
    #[serde(rename = "spec_b64")]
    spec_base64: Option<String>,
    metadata: String,
    spec_status: Option<String>,
    metadata_status: Option<String>,
    desync: bool,
}

impl Case {
    fn spec_bytes(&self) -> Vec<u8> {
        match (&self.spec_base64, &self.spec) {
            (Some(exact), _) => STANDARD.decode(exact).expect("spec_b64 is base64"),
            (None, Some(text)) => text.clone().into_bytes(),
            (None, None) => panic!("{} has neither spec nor spec_b64", self.name()),
        }
    }

    fn bytes(&self, side: Side) -> Vec<u8> {
        match side {
            Side::Spec => self.spec_bytes(),
            Side::Metadata => self.metadata.clone().into_bytes(),
        }
    }

    fn name(&self) -> String {
        format!("{}/{} ({})", self.repo, self.path, self.id)
    }

    fn read(&self) -> Increment {
        read(&self.id, self.spec_bytes(), self.metadata.clone().into_bytes())
    }
}

fn read(id: &str, spec: Vec<u8>, metadata: Vec<u8>) -> Increment {
    Increment::read(id, Source::Text(spec), Source::Text(metadata))
}

fn corpus() -> Vec<Case> {
    let folder = env::var_os("SPECWEAVE_CORPUS")
        .expect("set SPECWEAVE_CORPUS to the folder that holds dev.jsonl.xz; without it there is nothing to test");
    let path = PathBuf::from(folder).join("dev.jsonl.xz");
    let file = File::open(&path).unwrap_or_else(|error| panic!("{} cannot be opened: {error}", path.display()));
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut BufReader::new(file), &mut bytes)
        .unwrap_or_else(|error| panic!("{} is no xz file: {error:?}", path.display()));
    let text = String::from_utf8(bytes).unwrap_or_else(|error| panic!("{} is no text: {error}", path.display()));
    let cases: Vec<Case> = text
        .lines()
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("line {} of {} is broken: {error}", at + 1, path.display()))
        })
        .collect();
    assert!(!cases.is_empty(), "{} is empty", path.display());
    cases
}

#[test]
fn every_increment_reads_as_specweave_reads_it() {
    let cases = corpus();
    let mut desyncs = 0;
    for case in &cases {
        let increment = case.read();
        let status = |side| increment.file(side).parsed.status_text();
        assert_eq!(status(Side::Spec), case.spec_status.as_deref(), "spec.md of {}", case.name());
        assert_eq!(status(Side::Metadata), case.metadata_status.as_deref(), "metadata.json of {}", case.name());
        assert_eq!(increment.is_desynced(), case.desync, "desync of {}", case.name());
        desyncs += usize::from(case.desync);
    }
    assert!(desyncs > 0, "a corpus without one desync shows nothing");
}

#[test]
fn the_plain_reader_takes_most_and_agrees() {
    let (mut taken, mut all) = (0, 0);
    for case in corpus() {
        let bytes = case.spec_bytes();
        all += usize::from(bytes.starts_with(b"---\n"));
        if let Some(plain) = plain_frontmatter::read(&bytes) {
            assert_eq!(plain, spec::read_any(&bytes), "{}", case.name());
            taken += 1;
        }
    }
    assert!(taken * 10 > all * 7, "only {taken} of {all} are plain enough");
}

#[test]
fn every_desync_is_fixed_both_ways_by_changing_the_value_alone() {
    for case in corpus().iter().filter(|case| case.desync) {
        for side in Side::BOTH {
            let goal = case.read().file(side.other()).parsed.status_text().expect("a status").to_owned();
            let before = case.bytes(side);
            let value = case.read().file(side).parsed.status_field().expect("a status").span.clone();
            let edit = edit::set_status(side, &before, &goal)
                .unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name()))
                .expect("a desync needs an edit");
            let after = edit.apply(&before);

            // What changed, from the bytes alone: nothing outside the value may be part of it.
            assert_eq!(after[..value.start], before[..value.start], "before the value in {}", case.name());
            let rest = &before[value.end..];
            assert!(after.ends_with(rest), "after the value in {}", case.name());
            assert_eq!(
                String::from_utf8_lossy(&after[value.start..after.len() - rest.len()]),
                goal,
                "the value in {}",
                case.name()
            );

            let fixed = match side {
                Side::Spec => read(&case.id, after, case.bytes(Side::Metadata)),
                Side::Metadata => read(&case.id, case.bytes(Side::Spec), after),
            };
            assert_eq!(fixed.file(side).parsed.status_text(), Some(goal.as_str()), "{}", case.name());
            assert!(!fixed.is_desynced(), "{} is still desynced", case.name());
        }
    }
}

/// The bytes of one file after its status became `goal`, put together here and not by the code under test.
fn expected(case: &Case, side: Side, goal: &str) -> Vec<u8> {
    let before = case.bytes(side);
    let value = case.read().file(side).parsed.status_field().expect("a status").span.clone();
    [&before[..value.start], goal.as_bytes(), &before[value.end..]].concat()
}

/// All desyncs of the corpus as one project, each in a folder of its own, and what each status is.
fn desyncs() -> (Project, Vec<(String, Case)>) {
    let project = Project::new();
    let desynced = corpus().into_iter().filter(|case| case.desync).enumerate();
    let cases: Vec<(String, Case)> = desynced.map(|(at, case)| (format!("{:04}-case", at + 1), case)).collect();
    for (folder, case) in &cases {
        project.write(folder, "spec.md", case.bytes(Side::Spec));
        project.write(folder, "metadata.json", case.bytes(Side::Metadata));
    }
    (project, cases)
}

fn status_of(case: &Case, side: Side) -> String {
    case.read().file(side).parsed.status_text().expect("a status").to_owned()
}

#[test]
fn every_desync_is_fixed_on_disk_by_sync() {
    for (from, kept) in [("metadata", Side::Metadata), ("spec", Side::Spec)] {
        let (project, cases) = desyncs();
        let run = project.run(&["sync", "--all", "--from", from]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.out.lines().count(), cases.len());
        for (folder, case) in &cases {
            let goal = status_of(case, kept);
            let read = |side: Side| std::fs::read(project.path(folder, side.file_name())).unwrap();
            assert!(read(kept) == case.bytes(kept), "{}: the kept file is as it was", case.name());
            assert!(
                read(kept.other()) == expected(case, kept.other(), &goal),
                "{}: only the value changed",
                case.name()
            );
            assert_eq!(project.files(folder), ["metadata.json", "spec.md"]);
        }
        assert_eq!(project.run(&["check", "--severity", "id-mismatch=off"]).code, 0, "nothing disagrees any more");
    }
}

#[test]
fn every_desync_is_fixed_in_the_editor() {
    let (project, cases) = desyncs();
    let mut client = Client::open(&project);
    client.catch_up();
    for (folder, case) in &cases {
        for side in Side::BOTH {
            let uri = uri(&project.path(folder, side.file_name()));
            let diagnostics = client.published[&uri].0["diagnostics"].as_array().unwrap().clone();
            let desync = diagnostics.iter().find(|d| d["code"] == "status-desync").expect("a desync is marked");
            let actions = client.actions(&uri, desync["range"].clone());
            let title = format!("Set {} status to", side.file_name());
            let action = actions.iter().find(|action| action["title"].as_str().unwrap().starts_with(&title)).unwrap();
            let change = &action["edit"]["documentChanges"][0];
            assert_eq!(change["textDocument"]["uri"], json!(uri));
            // An editor shows bytes that are not UTF-8 as replacement characters; they are all in the body.
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let after = apply_edits(&text(case.bytes(side)), change["edits"].as_array().unwrap(), client.encoding());
            let goal = status_of(case, side.other());
            assert!(after == text(expected(case, side, &goal)), "{}: only the value changed", case.name());
        }
    }
}
