//! Ticking tasks and criteria off, and opening them again: names in, one plan for all of them out.

use thiserror::Error;

use crate::model::edit::{self, Edit};
use crate::model::file_kind::FileKind;
use crate::model::increment::Source;
use crate::model::parse;
use crate::model::parse::work::{self, Doc, Kind, NotTickable, Outline};
use crate::model::status::Side;
use crate::model::work::Work;
use crate::workspace::change::plan::{FileChange, Plan, PlanInput};
use crate::workspace::hint::Hint;
use crate::workspace::select::{did_you_mean, nearest};

/// What a plan's `to` says of its items.
pub const DONE: &str = "done";
pub const OPEN: &str = "open";

pub fn word(done: bool) -> &'static str {
    if done { DONE } else { OPEN }
}

pub fn opposite(state: &str) -> &'static str {
    word(state != DONE)
}

/// What somebody wants of an increment's work.
#[derive(Clone, Debug)]
pub struct TickRequest {
    /// Tasks and criteria by their names: `T-003`, `AC-US1-01`.
    pub items: Vec<String>,
    pub done: bool,
}

/// The plan, and those of the items that are as they are wanted already.
#[derive(Clone, Debug)]
pub struct Ticked {
    pub plan: Plan,
    pub unchanged: Vec<String>,
}

/// Why nothing is ticked.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TickError {
    #[error("no task or acceptance criterion `{wanted}` in {id}")]
    Unknown { id: String, wanted: String, nearest: Vec<String> },
    #[error("no task or acceptance criterion `{wanted}` in {id}; it has none")]
    NoWork { id: String, wanted: String },
    #[error("{name} is defined {} times in {} of {id}, in lines {}", lines.len(), file.file_name(), listed(lines))]
    Several { id: String, name: String, file: FileKind, lines: Vec<usize> },
    /// The task is not done, and its state belongs to the ledger.
    #[error("{name} of {id} is done when the ledger says so")]
    DoneByLedger { id: String, name: String },
    #[error("the ledger says that {name} of {id} is done, and a done task stays done")]
    OpenByLedger { id: String, name: String },
    #[error("{}", why(name, *reason))]
    NotTickable { name: String, reason: NotTickable },
    #[error("{} of {id} cannot be read: {reason}", file.file_name())]
    Unreadable { id: String, file: FileKind, reason: String },
    #[error("{} of {id} is not UTF-8 between the lines that would change", file.file_name())]
    NotUtf8 { id: String, file: FileKind },
}

impl Hint for TickError {
    fn hint(&self) -> Option<String> {
        match self {
            TickError::Unknown { nearest, .. } => did_you_mean(nearest),
            TickError::NoWork { .. } | TickError::Unreadable { .. } => None,
            TickError::Several { .. } => Some("edit the file by hand".to_owned()),
            TickError::DoneByLedger { id, name } => {
                Some(format!("run `specweave task done {name} {id} --run \"TEST COMMAND\"`"))
            }
            TickError::OpenByLedger { .. } => Some("add a task for what is left to do".to_owned()),
            TickError::NotTickable { name, reason } => Some(advice(name, *reason)),
            TickError::NotUtf8 { .. } => Some("save the file as UTF-8, or name one item at a time".to_owned()),
        }
    }
}

fn listed(lines: &[usize]) -> String {
    lines.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

fn why(name: &str, reason: NotTickable) -> String {
    match reason {
        NotTickable::NoState => format!("{name} has no box to tick"),
        NotTickable::NoMark => format!("{name} has neither a box nor a status line"),
        NotTickable::HeadingSign => format!("a sign in the heading of {name} says that it is done"),
        NotTickable::CompletedLine => format!("a `**Completed**` line says that {name} is done"),
        NotTickable::Boxes => format!("all boxes of {name} are ticked, so it is done"),
        NotTickable::StateLine => format!("SpecWeave writes the state line of {name}; an edit would not last"),
        NotTickable::UnknownWord => format!("the status of {name} is in words of its own"),
        NotTickable::Several => format!("{name} says its status on several lines"),
    }
}

fn advice(name: &str, reason: NotTickable) -> String {
    match reason {
        NotTickable::NoState => format!("begin its line with `- [ ] {name}`"),
        NotTickable::NoMark => "add the line `**Status**: [ ] pending`".to_owned(),
        NotTickable::HeadingSign => "edit the heading".to_owned(),
        NotTickable::CompletedLine => "delete that line".to_owned(),
        NotTickable::Boxes => "untick the box of what is left to do".to_owned(),
        NotTickable::StateLine => format!("run `specweave task done {name}`"),
        NotTickable::UnknownWord | NotTickable::Several => "edit the file by hand".to_owned(),
    }
}

/// One task or criterion that was named.
struct Named {
    file: FileKind,
    kind: Kind,
    name: String,
}

/// All items or none: an item that cannot be ticked keeps the others from it too.
pub fn tick(subject: &PlanInput, request: &TickRequest) -> Result<Ticked, TickError> {
    let PlanInput { folder, increment, work, .. } = subject;
    let id = || increment.id.clone();
    let unread = Work::default();
    let work = work.as_ref().unwrap_or(&unread);
    let (mut items, mut unchanged) = (Vec::new(), Vec::new());
    for wanted in &request.items {
        let Named { file, kind, name } = named(subject, work, wanted)?;
        if items.iter().any(|(_, known)| *known == name) || unchanged.contains(&name) {
            continue;
        }
        if kind == Kind::Task && work.generation.has_ledger() {
            match (request.done, work.is_open(kind, &name)) {
                (true, true) => return Err(TickError::DoneByLedger { id: id(), name }),
                (false, false) => return Err(TickError::OpenByLedger { id: id(), name }),
                _ => unchanged.push(name),
            }
        } else {
            let is = std::slice::from_ref(&name);
            match edit(file, is, increment.bytes(file), request.done)? {
                Some(_) => items.push((file, name)),
                None => unchanged.push(name),
            }
        }
    }
    let mut files = Vec::new();
    for file in [FileKind::Spec, FileKind::Tasks] {
        let names: Vec<String> = items.iter().filter(|(of, _)| *of == file).map(|(_, name)| name.clone()).collect();
        let before = increment.bytes(file);
        let Some(edit) = edit(file, &names, before, request.done)? else { continue };
        // In a text with bytes that are not UTF-8 the edit would replace those too.
        if std::str::from_utf8(&before[edit.span.clone()]).is_err() {
            return Err(TickError::NotUtf8 { id: id(), file });
        }
        files.push(FileChange { file, path: folder.join(file.file_name()), before: before.to_vec(), edit });
    }
    let status = |side: Side| increment.file(side).parsed.status_text().map(str::to_owned);
    let plan = Plan {
        id: id(),
        folder: folder.clone(),
        from: (status(Side::Spec), status(Side::Metadata)),
        to: word(request.done).to_owned(),
        items: items.into_iter().map(|(_, name)| name).collect(),
        forced: false,
        reason: None,
        undoes: None,
        files,
        rests_on: Vec::new(),
    };
    Ok(Ticked { plan, unchanged })
}

fn named(subject: &PlanInput, work: &Work, wanted: &str) -> Result<Named, TickError> {
    let increment = &subject.increment;
    let id = || increment.id.clone();
    let task_file = FileKind::from(work.task_file());
    // Without tasks.md only the later generations have their tasks in spec.md.
    let tasks = work.tasks.as_ref().or(work.generation.has_ledger().then_some(&work.spec));
    let tasks = tasks.into_iter().flat_map(|outline| outline.of(Kind::Task)).map(|item| (task_file, item));
    let criteria = work.spec.of(Kind::Criterion).map(|item| (FileKind::Spec, item));
    let texts = [FileKind::Spec, task_file].map(|file| (file, parse::mask(increment.bytes(file)).0));
    let text = |file: FileKind| texts.iter().find(|(of, _)| *of == file).map_or("", |(_, text)| &**text);
    let all: Vec<_> = tasks.chain(criteria).map(|(file, item)| (file, item, &text(file)[item.name.clone()])).collect();
    let exact: Vec<_> = all.iter().filter(|(_, _, name)| *name == wanted).collect();
    let alike = || all.iter().filter(|(_, _, name)| plain(name) == plain(wanted)).collect();
    let found: Vec<_> = if exact.is_empty() { alike() } else { exact };
    match found.as_slice() {
        [(file, item, name)] => Ok(Named { file: *file, kind: item.kind, name: (*name).to_owned() }),
        [(file, _, name), rest @ ..] if rest.iter().all(|(_, _, other)| other == name) => {
            let line = |(file, item, _): &&(FileKind, &work::Item, &str)| {
                text(*file)[..item.name.start].matches('\n').count() + 1
            };
            let lines = found.iter().map(line).collect();
            Err(TickError::Several { id: id(), name: (*name).to_owned(), file: *file, lines })
        }
        _ => {
            for (file, _) in &texts {
                if let Source::Unreadable(reason) = increment.source(*file) {
                    return Err(TickError::Unreadable { id: id(), file: *file, reason: reason.clone() });
                }
            }
            let wanted = wanted.to_owned();
            if all.is_empty() {
                return Err(TickError::NoWork { id: id(), wanted });
            }
            let names = all.iter().map(|(_, _, name)| *name);
            Err(TickError::Unknown { id: id(), nearest: nearest(&wanted, names), wanted })
        }
    }
}

/// `t-3` is `T-003`: case and the zeros in front of a number say nothing.
fn plain(name: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let (mut plain, mut rest) = (String::new(), name);
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| is_digit(c) != is_digit(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        let run = if is_digit(first) { run.trim_start_matches('0') } else { run };
        plain.push_str(&run.to_ascii_uppercase());
        // Two numbers never meet.
        plain.push('/');
        rest = after;
    }
    plain
}

fn doc(file: FileKind) -> (Doc, Kind) {
    if file == FileKind::Tasks { (Doc::Tasks, Kind::Task) } else { (Doc::Spec, Kind::Criterion) }
}

fn find<'o>(outline: &'o Outline, text: &str, kind: Kind, name: &str) -> Option<&'o work::Item> {
    outline.of(kind).find(|item| text[item.name.clone()] == *name)
}

/// The edit after which all of `items` that are defined in this file are done, or open; none when they are already.
pub fn edit(file: FileKind, items: &[String], bytes: &[u8], done: bool) -> Result<Option<Edit>, TickError> {
    let (before, _) = parse::mask(bytes);
    let (doc, kind) = doc(file);
    let mut text = before.clone().into_owned();
    for name in items {
        let outline = work::parse(&text, doc);
        let Some(item) = find(&outline, &text, kind, name) else { continue };
        let edit = work::tick(&text, doc, item, done)
            .map_err(|reason| TickError::NotTickable { name: name.clone(), reason })?;
        if let Some(edit) = edit {
            text = edit.apply_to_text(&text);
        }
    }
    Ok(edit::between(&before, &text))
}

/// Whether all of `items` that are defined in this file are done, or open.
pub fn state(file: FileKind, items: &[String], bytes: &[u8]) -> Option<&'static str> {
    let (text, _) = parse::mask(bytes);
    let (doc, kind) = doc(file);
    let outline = work::parse(&text, doc);
    let mut states = items.iter().filter_map(|name| find(&outline, &text, kind, name)).filter_map(work::Item::done);
    let first = states.next()?;
    states.all(|state| state == first).then(|| word(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::config::Settings;
    use crate::workspace::documents::Documents;

    #[test]
    fn the_state_of_several_is_said_where_it_is_one() {
        let tasks = b"### T-001: One\n\n**Status**: [x] completed\n\n### T-002: Two\n\n**Status**: [ ] pending\n";
        let state = |items: &[&str]| {
            state(FileKind::Tasks, &items.iter().map(|&item| item.to_owned()).collect::<Vec<_>>(), tasks)
        };
        assert_eq!(state(&["T-001"]), Some(DONE));
        assert_eq!(state(&["T-002"]), Some(OPEN));
        assert_eq!(state(&["T-001", "T-002"]), None);
        assert_eq!(state(&["T-009"]), None);
        assert_eq!([opposite(DONE), opposite(OPEN)], [OPEN, DONE]);
    }

    fn ticked(files: &[(&str, &[u8])], items: &[&str], done: bool) -> Result<Ticked, String> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(".specweave/increments/0001-a");
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let input = PlanInput::read(&folder, &Documents::default(), &Settings::default());
        let items = items.iter().map(|item| (*item).to_owned()).collect();
        tick(&input, &TickRequest { items, done }).map_err(|error| error.sentences())
    }

    const SPEC: &[u8] =
        b"---\r\nstatus: active\r\n---\r\n- [ ] **AC-US1-01**: a\r\n- [ ] AC-US1-02: b\r\n- **AC-US1-03**: c\r\n";
    const TASKS: &[u8] =
        "### T-001: \u{e9}\n**Status**: [ ] pending\n### T-002: b\n### T-003: d\n**Status**: Completed\n".as_bytes();

    #[test]
    fn all_that_is_named_in_both_files() {
        let found = ticked(&[("spec.md", SPEC), ("tasks.md", TASKS)], &["t-1", "AC-US1-02", "T-001", "T-003"], true);
        let Ticked { plan, unchanged } = found.unwrap();
        assert_eq!((plan.items.join(" "), plan.to.as_str()), ("T-001 AC-US1-02".to_owned(), "done"));
        assert_eq!(unchanged, ["T-003"]);
        let after: Vec<String> = plan.files.iter().map(|file| String::from_utf8(file.after()).unwrap()).collect();
        let [spec, tasks] = [SPEC, TASKS].map(|text| std::str::from_utf8(text).unwrap().to_owned());
        let spec = spec.replace("- [ ] AC-US1-02", "- [x] AC-US1-02");
        assert_eq!(after, [spec, tasks.replacen("[ ] pending", "[x] completed", 1)]);
    }

    #[test]
    fn one_that_cannot_be_ticked_keeps_the_others_from_it() {
        let files: [(&str, &[u8]); 2] = [("spec.md", SPEC), ("tasks.md", TASKS)];
        for (items, done, says) in [
            (
                &["T-001", "T-002"][..],
                true,
                "T-002 has neither a box nor a status line. Add the line `**Status**: [ ] pending`.",
            ),
            (&["AC-US1-03"], true, "AC-US1-03 has no box to tick. Begin its line with `- [ ] AC-US1-03`."),
            (&["T-OO1"], true, "No task or acceptance criterion `T-OO1` in 0001-a. Did you mean `T-001`?"),
            (&["T-001", "T-999"], false, "No task or acceptance criterion `T-999` in 0001-a."),
        ] {
            let refused = ticked(&files, items, done).map(|found| found.plan.items).unwrap_err();
            assert!(refused.starts_with(says), "{refused}");
        }
        let twice: &[u8] = b"- [ ] T-001: a\n- [ ] T-001: b\n";
        let refused = ticked(&[("tasks.md", twice), ("spec.md", b"")], &["T-001"], true).unwrap_err();
        assert_eq!(refused, "T-001 is defined 2 times in tasks.md of 0001-a, in lines 1, 2. Edit the file by hand.");
        let refused = ticked(&[("spec.md", b"")], &["T-001"], true).unwrap_err();
        assert_eq!(refused, "No task or acceptance criterion `T-001` in 0001-a; it has none.");
    }

    #[test]
    fn tasks_of_later_generations_are_the_ledgers() {
        let spec: &[u8] = b"- [ ] AC-01: a\n## Tasks\n### T-01 A\n- AC: AC-01 | Files: a | Test: b\n### T-02 B\n- AC: AC-01 | Files: a | Test: b\n";
        let ledger: &[u8] = br#"{"t":"T-02","e":"done","by":"a","at":"2026-10-08T10:00:00.000Z","evidence":"x"}"#;
        let files: [(&str, &[u8]); 2] = [("spec.md", spec), ("ledger.jsonl", ledger)];
        assert_eq!(
            ticked(&files, &["AC-01", "T-01"], true).unwrap_err(),
            "T-01 of 0001-a is done when the ledger says so. Run `specweave task done T-01 0001-a --run \"TEST COMMAND\"`."
        );
        let refused = ticked(&files, &["T-02"], false).unwrap_err();
        assert!(
            refused.starts_with("The ledger says that T-02 of 0001-a is done, and a done task stays done."),
            "{refused}"
        );
        let Ticked { plan, unchanged } = ticked(&files, &["AC-01", "T-02"], true).unwrap();
        assert_eq!((plan.items, unchanged), (vec!["AC-01".to_owned()], vec!["T-02".to_owned()]));
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let tasks: &[u8] = b"- [ ] T-001: \xff\n- [ ] T-002: b\n";
        let found = ticked(&[("spec.md", b""), ("tasks.md", tasks)], &["T-001"], true).unwrap();
        assert_eq!(found.plan.files[0].after(), b"- [x] T-001: \xff\n- [ ] T-002: b\n");
        let refused = ticked(&[("spec.md", b""), ("tasks.md", tasks)], &["T-001", "T-002"], true).unwrap_err();
        assert!(refused.starts_with("tasks.md of 0001-a is not UTF-8"), "{refused}");
    }

    #[test]
    fn zeros_in_front_say_nothing() {
        for (name, same) in [("t-3", "T-003"), ("AC-US1-1", "AC-US01-001"), ("T-0", "T-000"), ("T-100", "t-0100")] {
            assert_eq!(plain(name), plain(same));
        }
        assert_ne!(plain("T-10"), plain("T-1"));
        assert_ne!(plain("T-101"), plain("T-11"));
    }
}
