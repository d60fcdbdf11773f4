//! Real increments, read as SpecWeave reads them and edited in place. The corpus stays outside the repository:
//! `SPECWEAVE_CORPUS` names the folder that holds `dev.jsonl.xz`.

use std::env;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use specweave_lsp::model::edits;
use specweave_lsp::model::increment::{Increment, Source};
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
        let status = |side| increment.file(side).reading.status_text();
        assert_eq!(status(Side::Spec), case.spec_status.as_deref(), "spec.md of {}", case.name());
        assert_eq!(status(Side::Metadata), case.metadata_status.as_deref(), "metadata.json of {}", case.name());
        assert_eq!(increment.is_desynced(), case.desync, "desync of {}", case.name());
        desyncs += usize::from(case.desync);
    }
    assert!(desyncs > 0, "a corpus without one desync shows nothing");
}

#[test]
fn every_desync_is_fixed_both_ways_by_changing_the_value_alone() {
    for case in corpus().iter().filter(|case| case.desync) {
        for side in Side::BOTH {
            let goal = case.read().file(side.other()).reading.status_text().expect("a status").to_owned();
            let before = case.bytes(side);
            let value = case.read().file(side).reading.status_field().expect("a status").span.clone();
            let edit = edits::set_status(side, &before, &goal)
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
            assert_eq!(fixed.file(side).reading.status_text(), Some(goal.as_str()), "{}", case.name());
            assert!(!fixed.is_desynced(), "{} is still desynced", case.name());
        }
    }
}
