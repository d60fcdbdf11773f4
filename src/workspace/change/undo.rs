//! Taking a change back: from the journal's line to the plan that puts the replaced bytes where they were.

use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use crate::model::edit::{self, EditError};
use crate::model::file_kind::FileKind;
use crate::model::increment::{IncrementFile, Source};
use crate::model::parse;
use crate::model::status::Side;
use crate::workspace::change::journal::JournalEntry;
use crate::workspace::change::plan::{FileChange, Plan, PlanInput};
use crate::workspace::change::replaced::Reverted;
use crate::workspace::change::tick;
use crate::workspace::config::Settings;
use crate::workspace::discover::{self, Scope};
use crate::workspace::documents::Documents;
use crate::workspace::exclude::Excludes;
use crate::workspace::hint::Hint;
use crate::workspace::project;

#[derive(Debug, Error)]
pub enum UndoError {
    #[error("nothing to undo: {id} is as it was before the change to {to}")]
    Already { id: String, to: String },
    #[error("the change of {id} to {to} cannot be undone: the journal does not hold what it replaced")]
    NotKept { id: String, to: String },
    #[error("the change of {id} to {to} cannot be undone: the increment is not in the project any more")]
    NotThere { id: String, to: String },
    #[error("the change of {id} to {to} cannot be undone, since {} cannot be read: {reason}", file.file_name())]
    Unreadable { id: String, to: String, file: FileKind, reason: String },
    /// Neither an editor nor a patch could carry it.
    #[error("the change of {id} to {to} cannot be undone: what it replaced in {} is not UTF-8", file.file_name())]
    NotUtf8 { id: String, to: String, file: FileKind },
    /// What the change wrote is not there any more.
    #[error("the change of {id} to {to} cannot be undone: {} changed since", names(files))]
    Overwritten { id: String, to: String, folder: PathBuf, files: Vec<FileKind> },
    #[error("what was ticked in {id} cannot be set back")]
    Ticks { id: String, to: String },
    #[error("the statuses of {id} cannot be set back: {error}")]
    Statuses { id: String, error: EditError },
}

impl Hint for UndoError {
    fn hint(&self) -> Option<String> {
        match self {
            UndoError::NotKept { .. } | UndoError::NotUtf8 { .. } => {
                Some("use `set` to give it another status".to_owned())
            }
            UndoError::Ticks { to, .. } if to == tick::DONE => {
                Some("mark it with `specweave-lsp tick --open`".to_owned())
            }
            UndoError::Ticks { .. } => Some("mark it with `specweave-lsp tick`".to_owned()),
            _ => None,
        }
    }
}

/// `spec.md and metadata.json have`
fn names(files: &[FileKind]) -> String {
    let names: Vec<&str> = files.iter().map(|file| file.file_name()).collect();
    format!("{} {}", names.join(" and "), if names.len() == 1 { "has" } else { "have" })
}

/// The changes of the last run of a command, newest first; only those of the increments that `is_meant` tells, if it is
/// about one.
pub fn last<'e>(
    entries: &'e [JournalEntry],
    is_meant: Option<&dyn Fn(&JournalEntry) -> bool>,
) -> Vec<&'e JournalEntry> {
    let done = || entries.iter().rev().filter(|entry| entry.is_done());
    match is_meant {
        Some(is_meant) => done().find(|entry| is_meant(entry)).into_iter().collect(),
        None => {
            let Some(newest) = done().next() else { return Vec::new() };
            let same = |entry: &&JournalEntry| std::ptr::eq(*entry, newest) || is_same_run(entry, newest);
            done().filter(same).collect()
        }
    }
}

fn is_same_run(entry: &JournalEntry, other: &JournalEntry) -> bool {
    !entry.run.is_empty() && entry.run == other.run
}

/// The plan that takes a change back, byte for byte in what it wrote.
pub fn plan(root: &Path, entry: &JournalEntry, documents: &Documents, settings: &Settings) -> Result<Plan, UndoError> {
    let (id, to) = (entry.increment.clone(), entry.to.clone());
    if entry.files.is_empty() {
        return Err(UndoError::NotKept { id, to });
    }
    let input = input(root, entry, documents, settings)?;
    let (mut files, mut gone) = (Vec::new(), Vec::new());
    for replaced in &entry.files {
        // A file that only a later version of this program changes.
        let Some(file) = kind_of(&replaced.file) else { return Err(UndoError::NotKept { id, to }) };
        let now = match input.increment.source(file) {
            Source::Text(bytes) => bytes,
            Source::Missing => {
                gone.push(file);
                continue;
            }
            Source::Unreadable(reason) => {
                return Err(UndoError::Unreadable { id, to, file, reason: reason.clone() });
            }
        };
        let text = match replaced.revert(now) {
            Reverted::Already => continue,
            Reverted::Exactly(text) => text,
            Reverted::Around(text) if says(file, entry, now, &text) => text,
            Reverted::Around(_) | Reverted::Gone => {
                gone.push(file);
                continue;
            }
        };
        let Some(change) = change(file, &input.folder, now, &text) else {
            return Err(UndoError::NotUtf8 { id, to, file });
        };
        files.push(change);
    }
    if !gone.is_empty() {
        return Err(UndoError::Overwritten { id, to, folder: input.folder, files: gone });
    }
    if files.is_empty() {
        return Err(UndoError::Already { id, to });
    }
    Ok(with(&input, entry, files))
}

/// The plan that sets the statuses back and leaves all else as it is, where the bytes cannot be put back.
pub fn statuses(
    root: &Path,
    entry: &JournalEntry,
    documents: &Documents,
    settings: &Settings,
) -> Result<Plan, UndoError> {
    if !entry.items.is_empty() {
        return Err(UndoError::Ticks { id: entry.increment.clone(), to: entry.to.clone() });
    }
    let input = input(root, entry, documents, settings)?;
    let mut files = Vec::new();
    for side in entry.files.iter().filter_map(|replaced| kind_of(&replaced.file)).filter_map(side_of) {
        let (Some(goal), Source::Text(now)) = (before(entry, side), &input.increment.file(side).source) else {
            continue;
        };
        let edit = edit::set_status(side, now, &goal)
            .map_err(|error| UndoError::Statuses { id: entry.increment.clone(), error })?;
        if let Some(edit) = edit {
            files.push(FileChange {
                file: side.into(),
                path: input.folder.join(side.file_name()),
                before: now.clone(),
                edit,
            });
        }
    }
    if files.is_empty() {
        return Err(UndoError::Already { id: entry.increment.clone(), to: entry.to.clone() });
    }
    Ok(with(&input, entry, files))
}

fn input(
    root: &Path,
    entry: &JournalEntry,
    documents: &Documents,
    settings: &Settings,
) -> Result<PlanInput, UndoError> {
    let gone = || UndoError::NotThere { id: entry.increment.clone(), to: entry.to.clone() };
    let folder = folder(root, entry).ok_or_else(gone)?;
    Ok(PlanInput::read(&folder, documents, settings))
}

/// Where the increment is now: it may have been archived since. Only what is an increment of this project is believed.
pub fn folder(root: &Path, entry: &JournalEntry) -> Option<PathBuf> {
    let noted = entry.folder.as_deref().filter(|path| path.components().all(|it| matches!(it, Component::Normal(_))));
    let is_there = |folder: &PathBuf| {
        let is_increment = discover::increment_of(folder).is_some_and(|(of, whole)| of == root && whole == *folder);
        is_increment && folder.is_dir()
    };
    noted.map(|noted| root.join(noted)).filter(is_there).or_else(|| {
        let scope = Scope { include_archived: true, exclude: Excludes::default() };
        let all = discover::increments(root, &scope).increments;
        all.into_iter().find(|folder| project::id_of(folder) == entry.increment).map(|folder| folder.to_path_buf())
    })
}

fn kind_of(file: &Path) -> Option<FileKind> {
    FileKind::ALL.into_iter().find(|kind| file == Path::new(kind.file_name()))
}

fn side_of(file: FileKind) -> Option<Side> {
    Side::BOTH.into_iter().find(|side| FileKind::from(*side) == file)
}

/// What a text says once the change is taken back: the status that it had, or the one that it has if it was about another
/// thing.
fn says(file: FileKind, entry: &JournalEntry, now: &[u8], text: &[u8]) -> bool {
    let expected = match side_of(file) {
        Some(side) if entry.items.is_empty() => before(entry, side),
        _ => status(file, now),
    };
    status(file, text) == expected
}

fn before(entry: &JournalEntry, side: Side) -> Option<String> {
    match side {
        Side::Spec => entry.from.spec.clone(),
        Side::Metadata => entry.from.metadata.clone(),
    }
}

/// What a text says.
pub fn status(file: FileKind, text: &[u8]) -> Option<String> {
    let side = side_of(file)?;
    IncrementFile::read(side, Source::Text(text.to_vec())).parsed.status_text().map(str::to_owned)
}

fn change(file: FileKind, folder: &Path, now: &[u8], text: &[u8]) -> Option<FileChange> {
    let edit = edit::between(&parse::mask(now).0, &parse::mask(text).0)?;
    let change = FileChange { file, path: folder.join(file.file_name()), before: now.to_vec(), edit };
    (change.after() == text).then_some(change)
}

fn with(input: &PlanInput, entry: &JournalEntry, files: Vec<FileChange>) -> Plan {
    let shown = |side: Side| input.increment.file(side).parsed.status_text().map(str::to_owned);
    let to = match entry.items[..] {
        [] => files.iter().find_map(|change| status(change.file, &change.after())),
        _ => Some(tick::opposite(&entry.to).to_owned()),
    };
    Plan {
        id: input.increment.id.clone(),
        folder: input.folder.clone(),
        from: (shown(Side::Spec), shown(Side::Metadata)),
        to: to.unwrap_or_else(|| "(none)".to_owned()),
        items: entry.items.clone(),
        forced: false,
        reason: None,
        undoes: Some(entry.id.clone()),
        files,
        rests_on: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_files_and_what_to_do() {
        let (id, to) = ("0001-a".to_owned(), "completed".to_owned());
        let overwritten = |files: &[FileKind]| UndoError::Overwritten {
            id: id.clone(),
            to: to.clone(),
            folder: PathBuf::new(),
            files: files.to_vec(),
        };
        let one = overwritten(&[FileKind::Spec]).to_string();
        assert_eq!(one, "the change of 0001-a to completed cannot be undone: spec.md has changed since");
        let both = overwritten(&[FileKind::Spec, FileKind::Metadata]).to_string();
        assert!(both.ends_with("spec.md and metadata.json have changed since"), "{both}");
        let hint = |error: UndoError| error.hint().unwrap_or_default();
        assert_eq!(hint(overwritten(&[FileKind::Spec])), "");
        assert_eq!(hint(UndoError::NotKept { id: id.clone(), to: to.clone() }), "use `set` to give it another status");
        assert_eq!(
            hint(UndoError::NotUtf8 { id: id.clone(), to, file: FileKind::Spec }),
            "use `set` to give it another status"
        );
        let ticks = |to: &str| UndoError::Ticks { id: id.clone(), to: to.to_owned() };
        assert_eq!(hint(ticks(tick::DONE)), "mark it with `specweave-lsp tick --open`");
        assert_eq!(hint(ticks(tick::OPEN)), "mark it with `specweave-lsp tick`");
    }

    fn entry(id: &str, items: &[&str]) -> JournalEntry {
        serde_json::from_value(serde_json::json!({
            "time": "2025-11-20T09:00:00Z", "increment": id, "from": {"spec": "planning", "metadata": "active"},
            "to": "completed", "items": items, "way": "close", "forced": false, "result": "done",
            "folder": format!(".specweave/increments/{id}"),
        }))
        .unwrap()
    }

    #[test]
    fn a_text_says_what_it_said_before_the_change_or_is_about_another_thing() {
        let spec = |status: &str| format!("---\nstatus: {status}\n---\n").into_bytes();
        let says = |items: &[&str], now: &str, text: &str| {
            says(FileKind::Spec, &entry("0001-a", items), &spec(now), &spec(text))
        };
        assert!(says(&[], "completed", "planning"));
        assert!(!says(&[], "completed", "active"), "that is what metadata.json said");
        assert!(!says(&[], "completed", "completed"));
        assert!(says(&["AC-US1-01"], "paused", "paused"));
        assert!(!says(&["AC-US1-01"], "paused", "planning"), "a tick is not about the status");
    }

    #[test]
    fn an_increment_is_found_where_it_was_archived() {
        let root = tempfile::tempdir().unwrap();
        let increments = root.path().join(".specweave/increments");
        for id in ["0001-a", "0002-b", "0003-c"] {
            let folder = increments.join("_archive").join(id);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("metadata.json"), "{}").unwrap();
        }
        let found = folder(root.path(), &entry("0002-b", &[])).unwrap();
        assert_eq!(found, increments.join("_archive").join("0002-b"));
        assert_eq!(folder(root.path(), &entry("0009-z", &[])), None);
        // Another has its name now: the noted folder counts as long as it is there.
        let noted =
            JournalEntry { folder: Some(".specweave/increments/_archive/0002-b".into()), ..entry("0002-b", &[]) };
        std::fs::create_dir(increments.join("0002-b")).unwrap();
        std::fs::write(increments.join("0002-b/metadata.json"), "{}").unwrap();
        assert_eq!(folder(root.path(), &noted), Some(found));
    }
}
