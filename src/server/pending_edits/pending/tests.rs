//! Texts that come at any time, on a clock of the test's.

use super::late::{LATE, WATCHED};
use super::*;
use crate::model::status::{Side, Status};
use crate::server::lsp::capabilities::Capabilities;
use crate::server::projects::Projects;
use crate::workspace::change::plan::{self, FileChange, Plan, PlanInput, TransitionRequest};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::fs::paths::canonicalize;
use crate::workspace::index::Index;

pub(super) struct Scene {
    _folder: tempfile::TempDir,
    pub(super) paths: [std::path::PathBuf; 2],
    pub(super) before: [Vec<u8>; 2],
    pub(super) after: [Vec<u8>; 2],
    pub(super) documents: Documents,
    pub(super) index: Index,
    pub(super) projects: Projects,
    pub(super) capabilities: Capabilities,
    pub(super) pending: PendingEdits,
    pub(super) now: Instant,
}

/// What is made of an increment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// In both files.
    Close,
    /// Of a desynced one, in the file beside this one.
    Sync(Side),
}

impl Scene {
    /// A code action has closed the increment, and both of its files are open with their old texts.
    fn new() -> Scene {
        let (mut scene, plan) = Scene::planned([true, true], Change::Close);
        scene.verify(&plan);
        scene
    }

    /// An increment, of which these files are open, and how it is changed.
    pub(super) fn planned(open: [bool; 2], change: Change) -> (Scene, Plan) {
        let root = tempfile::tempdir().unwrap();
        let folder = canonicalize(root.path()).unwrap().join(".specweave/increments/0001-a");
        std::fs::create_dir_all(&folder).unwrap();
        let metadata = if change == Change::Close { "active" } else { "completed" };
        let before = ["---\nstatus: active\n---\n".to_owned(), format!("{{\n  \"status\": \"{metadata}\"\n}}\n")];
        let before = before.map(String::into_bytes);
        let paths = Side::BOTH.map(|side| folder.join(side.file_name()));
        let mut documents = Documents::default();
        for (at, (path, text)) in paths.iter().zip(&before).enumerate() {
            std::fs::write(path, text).unwrap();
            if open[at] {
                let uri = position::uri_of(path).unwrap().as_str().to_owned();
                documents.open(path.clone(), uri, 1, std::str::from_utf8(text).unwrap());
            }
        }
        let input = PlanInput::read(&folder, &documents, &Settings::default());
        let request = TransitionRequest { goal: Status::Completed, reason: None, force: false };
        let plan = match change {
            Change::Close => plan::transition(&input, &request).unwrap(),
            Change::Sync(keep) => plan::sync(&input, Some(keep)).unwrap(),
        };
        let changed = |at: usize| plan.files.iter().find(|file| file.path == paths[at]);
        let after = [0, 1].map(|at| changed(at).map_or_else(|| before[at].clone(), FileChange::after));
        let scene = Scene {
            _folder: root,
            paths,
            before,
            after,
            documents,
            index: Index::default(),
            projects: Projects::default(),
            capabilities: Capabilities::default(),
            pending: PendingEdits::default(),
            now: Instant::now(),
        };
        (scene, plan)
    }

    /// The editor has made the change by itself.
    pub(super) fn verify(&mut self, plan: &Plan) {
        let snapshot = snapshot((&self.documents, &self.index, &self.projects), &self.capabilities);
        self.pending.verify(EditorChange::of_plan(plan, &snapshot), &snapshot, self.now);
    }

    pub(super) fn show(&mut self, file: usize, text: &[u8]) {
        let document = self.documents.edit(&self.paths[file]).unwrap();
        document.text = ropey::Rope::from_str(std::str::from_utf8(text).unwrap());
        let text = document.text.clone();
        self.pending.text_changed(&self.paths[file], &text, self.now);
    }

    fn come(&mut self, file: usize) {
        let text = self.after[file].clone();
        self.show(file, &text);
    }

    fn go_back(&mut self, file: usize) {
        let text = self.before[file].clone();
        self.show(file, &text);
    }

    /// What is done while so much time goes by, each thing when it is due.
    fn wait(&mut self, time: Duration) -> Vec<&'static str> {
        let end = self.now + time;
        let mut done = Vec::new();
        loop {
            let snapshot = snapshot((&self.documents, &self.index, &self.projects), &self.capabilities);
            done.extend(self.pending.judge(&snapshot, self.now).iter().filter_map(|effect| match effect {
                Effect::Send { .. } => Some("edit"),
                Effect::Fail(_) => Some("fail"),
                Effect::Arrived { .. } => Some("arrived"),
                Effect::Warn(_) | Effect::Journal { .. } | Effect::Reply(..) => None,
            }));
            if self.now >= end {
                return done;
            }
            self.now = self.pending.deadline().map_or(end, |due| due.clamp(self.now + Duration::from_millis(1), end));
        }
    }
}

pub(super) fn snapshot<'s>(
    (documents, index, projects): (&'s Documents, &'s Index, &'s Projects),
    capabilities: &'s Capabilities,
) -> Snapshot<'s> {
    Snapshot { documents, index, projects, capabilities }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_text_may_come_a_minute_after_the_other() {
    for late in [0, 1] {
        for delay in [500, 1200, 2000, 5000, 30_000, 60_000].map(Duration::from_millis) {
            let mut scene = Scene::new();
            scene.come(1 - late);
            assert_eq!(scene.wait(delay), NOTHING, "{delay:?}");
            scene.come(late);
            assert_eq!(scene.wait(LATE), ["arrived"], "{delay:?}");
        }
    }
}

#[test]
fn both_texts_may_come_late() {
    for (first, second) in [(2, 3), (5, 30), (7, 60)].map(|(a, b)| (Duration::from_secs(a), Duration::from_secs(b))) {
        let mut scene = Scene::new();
        assert_eq!(scene.wait(first), NOTHING);
        scene.come(1);
        assert_eq!(scene.wait(second), NOTHING);
        scene.come(0);
        assert_eq!(scene.wait(LATE), ["arrived"], "{first:?}, {second:?}");
    }
}

#[test]
fn what_never_came_is_taken_back_in_the_end_and_finished_if_it_comes_after_all() {
    for late in [0, 1] {
        let mut scene = Scene::new();
        scene.come(1 - late);
        assert_eq!(scene.wait(GRACE + LATE), ["edit"], "the half is taken back");
        scene.go_back(1 - late);
        assert_eq!(scene.wait(Duration::from_secs(30)), ["fail"], "and that is said");
        scene.come(late);
        assert_eq!(scene.wait(GRACE), ["edit"], "now the other file is behind");
        scene.come(1 - late);
        assert_eq!(scene.wait(WATCHED), ["arrived"]);
        assert_eq!(scene.pending.deadline(), None, "nothing is watched any more");
    }
}

#[test]
fn what_was_given_up_is_taken_up_again() {
    let mut scene = Scene::new();
    assert_eq!(scene.wait(Duration::from_secs(30)), ["fail"], "the editor has shown nothing");
    scene.come(0);
    assert_eq!(scene.wait(Duration::from_secs(60)), NOTHING, "the other may still come");
    scene.come(1);
    assert_eq!(scene.wait(GRACE), ["arrived"]);
}

#[test]
fn a_file_that_is_saved_without_the_change_gets_it() {
    for left_out in [0, 1] {
        let mut scene = Scene::new();
        scene.come(1 - left_out);
        assert_eq!(scene.wait(Duration::from_secs(10)), NOTHING);
        scene.pending.saved(&scene.paths[left_out].clone(), scene.now);
        assert_eq!(scene.wait(GRACE), ["edit"]);
        scene.come(left_out);
        assert_eq!(scene.wait(GRACE), ["arrived"]);
    }
}

/// An editor may send the new text before it says that the change was made.
#[test]
fn a_text_that_was_there_before_the_change_was_told_is_taken_back_too() {
    for late in [0, 1] {
        let (mut scene, plan) = Scene::planned([true, true], Change::Close);
        scene.come(1 - late);
        scene.verify(&plan);
        assert_eq!(scene.wait(GRACE + LATE), ["edit"], "the half is taken back");
        scene.go_back(1 - late);
        assert_eq!(scene.wait(Duration::from_secs(30)), ["fail"], "and that is said");
        assert_eq!(scene.wait(WATCHED), NOTHING, "nothing more is done");
    }
}

#[test]
fn each_change_that_is_asked_for_has_an_id_of_its_own() {
    let (mut scene, plan) = Scene::planned([true, true], Change::Close);
    let ids = [(); 3].map(|()| {
        let snapshot = snapshot((&scene.documents, &scene.index, &scene.projects), &scene.capabilities);
        let changes = vec![EditorChange::of_plan(&plan, &snapshot)];
        let (reply, _) = tokio::sync::oneshot::channel();
        scene.pending.ask(changes, Value::Null, reply, &snapshot, scene.now).0
    });
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
}

#[test]
fn the_first_text_is_the_one_the_edit_was_made_for() {
    let (mut scene, plan) = Scene::planned([true, true], Change::Close);
    let typed = b"---\nstatus: planning\n---\n";
    let shown = scene.before[0].clone();
    scene.show(0, typed);
    scene.show(0, &shown);
    let snapshot = snapshot((&scene.documents, &scene.index, &scene.projects), &scene.capabilities);
    let change = EditorChange::of_plan(&plan, &snapshot);
    let known = texts(&scene.paths[0], &change.offered.files[0], &snapshot);
    assert_eq!(known, [shown.clone(), typed.to_vec(), shown]);
}

#[test]
fn a_refusal_is_told_in_the_editors_words() {
    let (mut scene, plan) = Scene::planned([true, true], Change::Close);
    let snapshot = snapshot((&scene.documents, &scene.index, &scene.projects), &scene.capabilities);
    let change = EditorChange::of_plan(&plan, &snapshot);
    let (reply, _) = tokio::sync::oneshot::channel();
    let (id, label) = scene.pending.ask(vec![change], Value::Null, reply, &snapshot, scene.now);
    assert_eq!(label, "Set status of 0001-a to completed");
    scene.pending.answered(id, Some("the buffer is read-only".to_owned()), scene.now);
    let effects = scene.pending.judge(&snapshot, scene.now + GRACE);
    let refused = effects.into_iter().find_map(|effect| match effect {
        Effect::Reply(_, answer) => answer.err(),
        _ => None,
    });
    assert_eq!(
        refused.unwrap().to_string(),
        "The editor did not make the change of 0001-a (the buffer is read-only). Nothing was changed; try again."
    );
}

#[test]
fn a_label_names_the_work_items_that_are_ticked() {
    let (scene, plan) = Scene::planned([true, true], Change::Close);
    let snapshot = snapshot((&scene.documents, &scene.index, &scene.projects), &scene.capabilities);
    let mut change = EditorChange::of_plan(&plan, &snapshot);
    change.offered.items = vec!["T-001".to_owned(), "AC-US1-01".to_owned()];
    assert_eq!(label(std::slice::from_ref(&change)), "Mark T-001, AC-US1-01 of 0001-a as completed");
    assert_eq!(label(&[change.clone(), change]), "Fix status desyncs");
}

#[test]
fn what_was_typed_into_since_gets_its_old_status_back() {
    let (mut scene, plan) = Scene::planned([true, true], Change::Close);
    scene.verify(&plan);
    scene.show(0, b"---\nstatus: \"completed\"\n---\n");
    scene.come(1);
    let snapshot = snapshot((&scene.documents, &scene.index, &scene.projects), &scene.capabilities);
    let files = &scene.pending.edits[0].files;
    let targets = |states: [FileState; 2]| {
        repair::targets(files, &states, Attempt::Back, &snapshot)
            .unwrap()
            .into_iter()
            .map(|(path, text, edit)| (path, edit.apply(&text)))
            .collect::<Vec<_>>()
    };
    let [spec, metadata] = scene.paths.clone();
    let metadata = (metadata, scene.before[1].clone());
    assert_eq!(
        targets([FileState::Good, FileState::Good]),
        [(spec, b"---\nstatus: \"active\"\n---\n".to_vec()), metadata.clone()]
    );
    assert_eq!(targets([FileState::Untouched, FileState::Good]), [metadata], "what has nothing of the change stays");
}

#[test]
fn a_tick_is_finished_or_taken_back_on_a_text_that_changed_meanwhile() {
    let (mut scene, plan) = Scene::planned([true, true], Change::Close);
    scene.verify(&plan);
    let mut file = scene.pending.edits.remove(0).files.remove(0);
    file.file = FileKind::Tasks;
    file.path.set_file_name(FileKind::Tasks.file_name());
    file.items = vec!["T-001".to_owned()];
    (file.goal, file.from) = ("done".to_owned(), Some("open".to_owned()));
    let [open, done] = ["[ ] pending", "[x] completed"].map(|state| format!("### T-001: One\n\n**Status**: {state}\n"));
    let snapshot = snapshot((&scene.documents, &scene.index, &scene.projects), &scene.capabilities);
    let files = [file];
    for (text, state, attempt, wanted) in
        [(&open, FileState::Untouched, Attempt::Finish, &done), (&done, FileState::Good, Attempt::Back, &open)]
    {
        std::fs::write(&files[0].path, text).unwrap();
        let [(_, before, edit)] = &repair::targets(&files, &[state], attempt, &snapshot).unwrap()[..] else { panic!() };
        assert_eq!(edit.apply(before), wanted.as_bytes(), "{attempt:?}");
    }
}

#[test]
fn what_is_heard_is_looked_at_soon_and_not_at_once() {
    let mut scene = Scene::new();
    scene.come(1);
    assert_eq!(scene.wait(Duration::from_secs(10)), NOTHING);
    let far = scene.pending.deadline().unwrap();
    scene.pending.disk_changed(&scene.paths[0].clone(), scene.now);
    assert_eq!(scene.pending.deadline(), Some(scene.now + GRACE));
    assert!(far > scene.now + GRACE, "without news it waits for the second text");
}
