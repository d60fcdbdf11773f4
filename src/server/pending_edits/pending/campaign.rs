//! Editors that make a change at once and show its texts at any time up to a minute later: each pair of delays, in both
//! orders, for `workspace/applyEdit` and for code actions, of open and closed files, on a clock of the test's. Whatever the
//! editor does, there is no desync in its buffers in the end, nor on disk once all is saved: a close is made or not, and a desync
//! is fixed.

use std::fmt::Write as _;

use tower_lsp::ls_types::{DocumentChanges, OneOf, TextEdit};

use super::tests::{Change, Scene, snapshot};
use super::*;
use crate::model::edit::Edit;
use crate::model::status::Side;
use crate::server::pending_edits::judge::status_of;
use crate::workspace::line_index::Encoding;

const SECONDS: [f64; 8] = [0.0, 0.5, 2.0, 5.0, 20.0, 60.0, 150.0, 400.0];
/// Longer than anything is waited for.
const FOR_EVER: Duration = Duration::from_secs(1200);
/// So often a user saves all that is changed before giving up.
const SAVES: usize = 4;

/// How a file is when the change is made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Opened {
    Before,
    /// Opened in the background with the text it has on disk; the new one comes later.
    ForTheChange,
    /// Never: the new text is written to disk.
    Never,
}

/// How an editor makes changes and lets the server know.
#[derive(Clone, Copy, Debug)]
struct Habits {
    change: Change,
    /// The server asked for the change; else it is a code action.
    asked: bool,
    opened: [Opened; 2],
    /// When the new text of a file is shown.
    delays: [Duration; 2],
    /// The answer to `workspace/applyEdit` comes after the first text.
    answers_late: bool,
    /// A text is shown as it is saved, as in vim-lsp.
    saves: bool,
    /// An edit for another version than the buffer's is refused.
    checks_versions: bool,
}

enum Act {
    Open(usize),
    Show(usize),
    Answer(u64, Option<String>),
}

struct Editor {
    scene: Scene,
    start: Instant,
    habits: Habits,
    /// The texts as the user sees them, and how many changes of them the server does not know.
    buffers: [Vec<u8>; 2],
    unshown: [usize; 2],
    plan: Vec<(Instant, Act)>,
    said: Vec<String>,
}

impl Editor {
    fn new(habits: Habits) -> Editor {
        let (mut scene, plan) = Scene::planned(habits.opened.map(|opened| opened == Opened::Before), habits.change);
        scene.capabilities.document_changes = true;
        let buffers = scene.before.clone();
        let (start, mut acts) = (scene.now, Vec::new());
        if habits.asked {
            let view = snapshot((&scene.documents, &scene.index, &scene.projects), &scene.capabilities);
            let changes = vec![EditorChange::of_plan(&plan, &view)];
            let (reply, _) = oneshot::channel();
            let (id, _) = scene.pending.ask(changes, Value::Null, reply, &view, start);
            let delay = if habits.answers_late { habits.delays[0].min(habits.delays[1]) } else { Duration::ZERO };
            acts.push((start + delay, Act::Answer(id, None)));
        } else {
            scene.verify(&plan);
        }
        let mut editor = Editor { scene, start, habits, buffers, unshown: [0, 0], plan: acts, said: Vec::new() };
        for file in [0, 1] {
            let after = editor.scene.after[file].clone();
            if after != editor.scene.before[file] {
                editor.set(file, after);
            }
        }
        editor
    }

    /// A buffer has a new text, and the server will know.
    fn set(&mut self, file: usize, text: Vec<u8>) {
        self.buffers[file] = text;
        self.unshown[file] += 1;
        if self.habits.opened[file] == Opened::ForTheChange && !self.is_open(file) {
            self.plan.push((self.scene.now, Act::Open(file)));
        }
        self.plan.push((self.scene.now + self.habits.delays[file], Act::Show(file)));
    }

    fn is_open(&self, file: usize) -> bool {
        self.scene.documents.get(&self.scene.paths[file]).is_some()
    }

    fn do_next(&mut self, act: Act) {
        match act {
            Act::Answer(id, refusal) => self.scene.pending.answered(id, refusal, self.scene.now),
            Act::Open(file) if !self.is_open(file) => {
                let path = self.scene.paths[file].clone();
                let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
                let uri = position::uri_of(&path).unwrap().as_str().to_owned();
                self.scene.documents.open(path.clone(), uri, 1, &text);
                self.scene.pending.text_changed(&path, &ropey::Rope::from_str(&text), self.scene.now);
            }
            Act::Open(_) => {}
            Act::Show(file) if self.is_open(file) => {
                self.show(file);
                if self.habits.saves {
                    self.save(file);
                }
            }
            Act::Show(file) => self.write(file),
        }
    }

    fn show(&mut self, file: usize) {
        if std::mem::take(&mut self.unshown[file]) > 0 {
            self.scene.documents.edit(&self.scene.paths[file]).unwrap().version += 1;
            self.scene.show(file, &self.buffers[file].clone());
        }
    }

    fn write(&mut self, file: usize) {
        std::fs::write(&self.scene.paths[file], &self.buffers[file]).unwrap();
        self.scene.pending.disk_changed(&self.scene.paths[file].clone(), self.scene.now);
    }

    fn save(&mut self, file: usize) {
        self.write(file);
        if self.is_open(file) {
            self.scene.pending.saved(&self.scene.paths[file].clone(), self.scene.now);
        }
    }

    /// What the server asks for is done to the buffers, whatever it knows of them.
    fn apply(&mut self, id: u64, edit: &WorkspaceEdit) {
        let Some(DocumentChanges::Edits(changes)) = &edit.document_changes else { panic!("{edit:?}") };
        let mut refusal = None;
        for change in changes {
            let file = self.file_at(change.text_document.uri.as_str());
            let is_stale = change.text_document.version.is_some() && self.unshown[file] > 0;
            if self.habits.checks_versions && is_stale {
                refusal = Some("the buffer was changed meanwhile".to_owned());
                break;
            }
            for edit in &change.edits {
                let (OneOf::Left(edit) | OneOf::Right(tower_lsp::ls_types::AnnotatedTextEdit { text_edit: edit, .. })) =
                    edit;
                let text = edited(&self.buffers[file], edit);
                self.set(file, text);
            }
        }
        self.plan.push((self.scene.now, Act::Answer(id, refusal)));
    }

    fn file_at(&self, uri: &str) -> usize {
        self.scene.paths.iter().position(|path| position::uri_of(path).unwrap().as_str() == uri).unwrap()
    }

    fn run(&mut self, time: Duration) {
        let end = self.scene.now + time;
        loop {
            let view =
                snapshot((&self.scene.documents, &self.scene.index, &self.scene.projects), &self.scene.capabilities);
            for effect in self.scene.pending.judge(&view, self.scene.now) {
                match effect {
                    Effect::Send { id, edit, .. } => {
                        let at = self.scene.now - self.start;
                        let _ = write!(self.said_now(), "{at:?}: edit");
                        let Some(DocumentChanges::Edits(changes)) = &edit.document_changes else { panic!("{edit:?}") };
                        for change in changes {
                            let name = change.text_document.uri.as_str().rsplit('/').next().unwrap();
                            let OneOf::Left(edit) = &change.edits[0] else { panic!("{edit:?}") };
                            let text = edit.new_text.lines().next().unwrap_or_default();
                            let _ = write!(self.said_now(), " {name} to {text}");
                        }
                        self.apply(id, &edit);
                    }
                    Effect::Fail(message) | Effect::Warn(message) => self.said_now().push_str(&message),
                    Effect::Arrived { .. } => self.said_now().push_str("arrived"),
                    Effect::Journal { .. } | Effect::Reply(..) => {}
                }
            }
            // What was planned first is done first.
            let next = self.plan.iter().enumerate().min_by_key(|(at, (time, _))| (*time, *at)).map(|(at, _)| at);
            let due = self.scene.pending.deadline().filter(|due| *due > self.scene.now);
            match next.filter(|&at| due.is_none_or(|due| self.plan[at].0 <= due)) {
                Some(at) if self.plan[at].0 <= end => {
                    let (time, act) = self.plan.remove(at);
                    self.scene.now = time.max(self.scene.now);
                    self.do_next(act);
                }
                _ => match due.filter(|due| *due <= end) {
                    Some(due) => self.scene.now = due,
                    None => break,
                },
            }
        }
        self.scene.now = end;
    }

    fn said_now(&mut self) -> &mut String {
        self.said.push(String::new());
        self.said.last_mut().unwrap()
    }

    /// All that is changed is saved, and again if the server changes something then.
    fn save_all(&mut self) -> bool {
        for _ in 0..SAVES {
            let on_disk = |editor: &Editor, file: usize| std::fs::read(&editor.scene.paths[file]).unwrap();
            let changed: Vec<usize> =
                [0, 1].into_iter().filter(|&file| on_disk(self, file) != self.buffers[file]).collect();
            for &file in &changed {
                if self.is_open(file) {
                    self.show(file);
                }
                self.save(file);
            }
            if changed.is_empty() {
                return true;
            }
            self.run(FOR_EVER);
        }
        false
    }
}

fn edited(text: &[u8], edit: &TextEdit) -> Vec<u8> {
    let rope = ropey::Rope::from_str(std::str::from_utf8(text).unwrap());
    let span = position::bytes(&rope, edit.range, Encoding::Utf16);
    Edit { span, text: edit.new_text.clone() }.apply(text)
}

/// `None` where all is well.
fn desync(habits: Habits) -> Option<String> {
    let mut editor = Editor::new(habits);
    editor.run(FOR_EVER);
    let say = |texts: &[Vec<u8>; 2]| [0, 1].map(|file| status_of(Side::BOTH[file], &texts[file]));
    let in_buffers = say(&editor.buffers);
    let is_saved = editor.save_all();
    let on_disk = say(&[0, 1].map(|file| std::fs::read(&editor.scene.paths[file]).unwrap()));
    let fine = |[spec, metadata]: &[Option<String>; 2]| spec.is_some() && spec == metadata;
    let ok = is_saved && fine(&in_buffers) && fine(&on_disk);
    (!ok).then(|| {
        format!(
            "{habits:?}: in the buffers {in_buffers:?}, on disk {on_disk:?}, saved: {is_saved}; {} events: {:#?}",
            editor.said.len(),
            &editor.said[..editor.said.len().min(6)]
        )
    })
}

/// Of so many sessions one is tried. Nothing in them is a system's but the files, which take far longer under Wine. All else comes in
/// twos, eights and fives, so each value of each habit is met.
const SHARE: usize = if cfg!(windows) { 3 } else { 1 };

fn each_pair_of_delays(asked: bool, changes: &[Change]) {
    let opened = [
        [Opened::Before, Opened::Before],
        [Opened::Before, Opened::ForTheChange],
        [Opened::ForTheChange, Opened::Before],
        [Opened::Before, Opened::Never],
        [Opened::Never, Opened::Before],
    ];
    let (mut tried, mut wrong) = (0_usize, Vec::new());
    for (&change, opened) in changes.iter().flat_map(|change| opened.map(|opened| (change, opened))) {
        for first in SECONDS {
            for second in SECONDS {
                for bits in 0..8 {
                    let [answers_late, saves, checks_versions] = [1, 2, 4].map(|bit| bits & bit != 0);
                    if answers_late && !asked {
                        continue;
                    }
                    let delays = [first, second].map(Duration::from_secs_f64);
                    let habits = Habits { change, asked, opened, delays, answers_late, saves, checks_versions };
                    tried += 1;
                    if tried.is_multiple_of(SHARE) {
                        wrong.extend(desync(habits));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong[..wrong.len().min(3)].join("\n"));
}

const SYNCS: [Change; 2] = [Change::Sync(Side::Spec), Change::Sync(Side::Metadata)];

/// D7.
#[test]
fn no_delay_of_a_code_actions_texts_makes_a_desync() {
    each_pair_of_delays(false, &[Change::Close]);
}

/// D7.
#[test]
fn no_delay_of_the_texts_of_an_edit_that_was_asked_for_makes_a_desync() {
    each_pair_of_delays(true, &[Change::Close]);
}

/// D7.
#[test]
fn a_code_action_that_fixes_a_desync_is_left_alone_whenever_its_text_comes() {
    each_pair_of_delays(false, &SYNCS);
}

/// D7.
#[test]
fn an_edit_that_was_asked_for_to_fix_a_desync_is_left_alone_whenever_its_text_comes() {
    each_pair_of_delays(true, &SYNCS);
}
