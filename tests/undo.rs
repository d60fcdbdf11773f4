//! What a change replaced is put back to the byte, whatever the files look like; and no more of them is kept than that.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;
use specweave_lsp::model::status::{Side, Status};
use specweave_lsp::workspace::change::journal::{JournalEntry, Origin};
use specweave_lsp::workspace::change::plan::{self, Plan, PlanInput, TransitionRequest};
use specweave_lsp::workspace::change::undo::{self, UndoError};
use specweave_lsp::workspace::config::Settings;
use specweave_lsp::workspace::documents::Documents;

mod support;

use support::Bytes;

const ID: &str = "0001-x";
const TASKS: [&str; 3] = [
    "# Tasks\n\n### T-001: a\n**Status**: [x] completed\n",
    "# Tasks\n\n### T-01 A\n- AC: AC-01 | Files: a | Test: -\n",
    "",
];

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let scene = Scene { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(scene.increment()).unwrap();
        scene
    }

    fn increment(&self) -> std::path::PathBuf {
        self.folder.path().join(".specweave/increments").join(ID)
    }

    fn write(&self, spec: &[u8], metadata: &[u8], generation: usize) {
        fs::write(self.increment().join("spec.md"), spec).unwrap();
        fs::write(self.increment().join("metadata.json"), metadata).unwrap();
        let tasks = self.increment().join("tasks.md");
        if TASKS[generation].is_empty() {
            let _ = fs::remove_file(tasks);
        } else {
            fs::write(tasks, TASKS[generation]).unwrap();
        }
    }

    fn texts(&self) -> [Vec<u8>; 2] {
        Side::BOTH.map(|side| fs::read(self.increment().join(side.file_name())).unwrap())
    }

    /// Every change that there is from here: each status, and either side of a desync.
    fn changes(&self) -> Vec<Plan> {
        let input = PlanInput::read(&self.increment(), &Documents::default(), &Settings::default());
        let reason = Some("waits for \"B\"\nand C".to_owned());
        let transitions = Status::ALL.into_iter().filter_map(|goal| {
            plan::transition(&input, &TransitionRequest { goal, reason: reason.clone(), force: true }).ok()
        });
        let writes = Status::ALL.into_iter().filter_map(|goal| plan::both(&input, goal).ok());
        let syncs = Side::BOTH.into_iter().filter_map(|side| plan::sync(&input, Some(side)).ok());
        transitions.chain(writes).chain(syncs).filter(|plan| !plan.files.is_empty()).collect()
    }

    fn try_undo(&self, entry: &JournalEntry) -> Result<Plan, UndoError> {
        undo::plan(self.folder.path(), entry, &Documents::default(), &Settings::default())
    }

    fn undo(&self, entry: &JournalEntry) -> Plan {
        self.try_undo(entry).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Makes a change, takes it back, takes that back too.
    fn there_and_back(&self, plan: &Plan) {
        let before = self.texts();
        let entry = noted(self.folder.path(), plan);
        make(plan);
        let after = self.texts();
        assert_ne!(before, after);
        let undo = match self.try_undo(&entry) {
            // An edit is text: an editor could make no other.
            Err(UndoError::NotUtf8 { file: kind, .. }) => {
                let file = plan.files.iter().find(|file| file.file == kind).unwrap();
                assert!(std::str::from_utf8(&file.before[file.edit.span.clone()]).is_err(), "{entry:?}");
                fs::write(self.increment().join("spec.md"), &before[0]).unwrap();
                fs::write(self.increment().join("metadata.json"), &before[1]).unwrap();
                return;
            }
            undo => undo.unwrap_or_else(|error| panic!("{error}")),
        };
        let undone = noted(self.folder.path(), &undo);
        make(&undo);
        assert_eq!(self.texts(), before, "undone: {entry:?}");
        make(&self.undo(&undone));
        assert_eq!(self.texts(), after, "the undo undone: {undone:?}");
        make(&self.undo(&entry));
        assert_eq!(self.texts(), before);
    }
}

/// As the journal gives it back.
fn noted(root: &Path, plan: &Plan) -> JournalEntry {
    let line = serde_json::to_string(&JournalEntry::of(root, plan, &Origin::Set.into())).unwrap();
    serde_json::from_str(&line).unwrap()
}

fn make(plan: &Plan) {
    plan.files.iter().for_each(|file| fs::write(&file.path, file.after()).unwrap());
}

/// Of so many pairs one: a transition is dozens of looks at files, and each of those takes milliseconds on Windows (and under
/// Wine).
const SHARE: usize = if cfg!(windows) { 7 } else { 1 };

#[test]
fn every_transition_of_every_pair_in_every_generation() {
    let scene = Scene::new();
    let words: Vec<&str> =
        Status::ALL.iter().map(|status| status.as_str()).chain(["in-progress", "odd word", ""]).collect();
    let pairs: Vec<(&str, &str)> = words.iter().flat_map(|spec| words.iter().map(move |it| (*spec, *it))).collect();
    let mut tried = 0;
    for generation in 0..TASKS.len() {
        // Each word is in a share for either file, since their number and `SHARE` have no divisor in common.
        for (spec, metadata) in pairs.iter().skip(generation).step_by(SHARE) {
            let spec = match (*spec, generation) {
                ("", 2) => format!("---\nid: {ID}\n---\n\n## Tasks\n\n### T-01 A\n"),
                ("", _) => format!("---\nid: {ID}\n---\n"),
                (word, 2) => format!("---\nstatus: {word}\n---\n\n## Tasks\n\n### T-01 A\n"),
                (word, _) => format!("---\r\nid: {ID}\r\nstatus: {word}  # why\r\n---\r\n\r\nText\r\n"),
            };
            let metadata = match *metadata {
                "" => format!("{{\"id\": \"{ID}\"}}"),
                word => format!(
                    "{{\n\t\"id\": \"{ID}\",\n\t\"status\": \"{word}\",\n\t\"pausedAt\": \"2025\",\n\t\"n\": 1.50,\n\t\"pausedReason\": \"caf\u{e9}\"\n}}"
                ),
            };
            scene.write(spec.as_bytes(), metadata.as_bytes(), generation);
            for plan in scene.changes() {
                scene.there_and_back(&plan);
                tried += 1;
            }
        }
    }
    assert!(tried > 3000 / SHARE, "{tried}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_change_of_any_files(
        spec in support::spec::any_spec().prop_map(Bytes),
        metadata in support::metadata::any_metadata().prop_map(Bytes),
        generation in 0usize..3,
    ) {
        let scene = Scene::new();
        scene.write(&spec.0, &metadata.0, generation);
        for plan in scene.changes() {
            scene.there_and_back(&plan);
        }
    }

    /// Somebody writes elsewhere in the file before or after what was changed: theirs stays, ours goes.
    #[test]
    fn what_others_wrote_since_stays(goal in select(&Status::ALL[..]), above in "[a-z: ]{0,9}", below in "[a-z# \n]{0,40}") {
        let scene = Scene::new();
        let spec = |status: &str, above: &str, below: &str| format!("---\nx: \"{above}\"\nstatus: {status}\n---\n{below}");
        let metadata = |status: &str| format!("{{\n  \"status\": \"{status}\"\n}}\n");
        let from = if goal == Status::Active { "planning" } else { "active" };
        scene.write(spec(from, "", "").as_bytes(), metadata(from).as_bytes(), 0);
        let input = PlanInput::read(&scene.increment(), &Documents::default(), &Settings::default());
        let plan = plan::both(&input, goal).unwrap();
        let entry = noted(scene.folder.path(), &plan);
        make(&plan);
        // Either end may have grown, not both: then it cannot be told where the change stands.
        let (above, below) = if above.len() > below.len() { (above.as_str(), "") } else { ("", below.as_str()) };
        fs::write(scene.increment().join("spec.md"), spec(goal.as_str(), above, below)).unwrap();
        make(&scene.undo(&entry));
        prop_assert_eq!(scene.texts(), [spec(from, above, below).into_bytes(), metadata(from).into_bytes()]);
    }
}
