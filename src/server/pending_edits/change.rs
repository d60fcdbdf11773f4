//! A change that an editor makes, by what it can be recognised and undone with.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::model::edit::Edit;
use crate::model::file_kind::FileKind;
use crate::model::parse::{self, BOM};
use crate::server::lsp::commands::{OfferedChange, OfferedEdit, StatusPair};
use crate::server::lsp::position;
use crate::server::snapshot::Snapshot;
use crate::workspace::change::plan::{FileChange, Plan};
use crate::workspace::change::tick;
use crate::workspace::project;

/// A change of one increment.
#[derive(Clone, Debug)]
pub struct EditorChange {
    pub folder: PathBuf,
    pub reason: Option<String>,
    pub forced: bool,
    /// The change that it takes back, as the journal names it.
    pub undoes: Option<String>,
    pub offered: OfferedChange,
}

impl EditorChange {
    pub fn of_plan(plan: &Plan, snapshot: &Snapshot<'_>) -> EditorChange {
        let offered = OfferedChange {
            increment: snapshot.command_name(&plan.folder),
            from: StatusPair { spec: plan.from.0.clone(), metadata: plan.from.1.clone() },
            to: plan.to.clone(),
            items: plan.items.clone(),
            files: plan.files.iter().map(|file| offered_edit(file, snapshot)).collect(),
        };
        EditorChange {
            folder: plan.folder.clone(),
            reason: plan.reason.clone(),
            forced: plan.forced,
            undoes: plan.undoes.clone(),
            offered,
        }
    }

    /// The change that a code action has made.
    pub fn of_offer(folder: &Path, offered: OfferedChange) -> EditorChange {
        EditorChange { folder: folder.to_path_buf(), reason: None, forced: false, undoes: None, offered }
    }

    pub fn id(&self) -> String {
        project::id_of(&self.folder)
    }

    /// What the file says if the change is undone.
    pub fn from(&self, file: FileKind) -> Option<&str> {
        let OfferedChange { from, to, items, .. } = &self.offered;
        match file {
            _ if !items.is_empty() => Some(tick::opposite(to)),
            FileKind::Spec => from.spec.as_deref(),
            _ => from.metadata.as_deref(),
        }
    }

    /// What it has changed, as far as the texts are still those that it gave.
    pub fn made(&self, snapshot: &Snapshot<'_>) -> Vec<FileChange> {
        let made = |(file, path, edit): (FileKind, PathBuf, &OfferedEdit)| {
            let before = [snapshot.text(&path).map(|text| text.to_vec()), std::fs::read(&path).ok()];
            let before = before.into_iter().flatten().find_map(|text| revert(edit, &text))?;
            let start = edit.start + byte_order_mark(&before);
            let edit = Edit { span: start..start + edit.replaced.len(), text: edit.new_text.clone() };
            Some(FileChange { file, path, before, edit })
        };
        self.files().filter_map(made).collect()
    }

    /// The files it changes.
    pub fn files(&self) -> impl Iterator<Item = (FileKind, PathBuf, &OfferedEdit)> {
        self.offered.files.iter().filter_map(|edit| {
            let file = FileKind::ALL.into_iter().find(|file| file.file_name() == edit.file)?;
            Some((file, self.folder.join(file.file_name()), edit))
        })
    }
}

fn offered_edit(file: &FileChange, snapshot: &Snapshot<'_>) -> OfferedEdit {
    let (text, _) = parse::mask(&file.before);
    let replaced = &file.before[file.edit.span.clone()];
    OfferedEdit {
        file: file.file.file_name().to_owned(),
        before: hash(&file.before),
        after: hash(&file.after()),
        range: position::range(&text, &file.edit.span, snapshot.encoding()),
        new_text: file.edit.text.clone(),
        start: file.edit.span.start - byte_order_mark(&file.before),
        replaced: String::from_utf8_lossy(replaced).into_owned(),
    }
}

/// A name for a text. Editors keep a byte order mark out of the texts they send, so it does not count.
pub fn hash(text: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    text[byte_order_mark(text)..].hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn byte_order_mark(text: &[u8]) -> usize {
    if text.starts_with(BOM.as_bytes()) { BOM.len() } else { 0 }
}

/// The text after the edit; `None` for a text that it was not made for.
pub fn apply(edit: &OfferedEdit, text: &[u8]) -> Option<Vec<u8>> {
    splice(text, edit.start, &edit.replaced, &edit.new_text).filter(|_| hash(text) == edit.before)
}

/// The text before the edit; `None` for a text that the edit did not give.
pub fn revert(edit: &OfferedEdit, text: &[u8]) -> Option<Vec<u8>> {
    splice(text, edit.start, &edit.new_text, &edit.replaced)
        .filter(|before| hash(text) == edit.after && hash(before) == edit.before)
}

fn splice(text: &[u8], start: usize, old: &str, new: &str) -> Option<Vec<u8>> {
    let start = start.checked_add(byte_order_mark(text))?;
    let span = start..start.checked_add(old.len())?;
    if text.get(span.clone())? != old.as_bytes() {
        return None;
    }
    let mut changed = text.to_vec();
    changed.splice(span, new.bytes());
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_made_and_undone_with_and_without_a_byte_order_mark() {
        let (before, after) = ("status: active\n", "status: done\n");
        let edit = OfferedEdit {
            file: "spec.md".to_owned(),
            before: hash(before.as_bytes()),
            after: hash(after.as_bytes()),
            range: tower_lsp::ls_types::Range::default(),
            new_text: "done".to_owned(),
            start: 8,
            replaced: "active".to_owned(),
        };
        for mark in ["", BOM] {
            let (before, after) = (format!("{mark}{before}").into_bytes(), format!("{mark}{after}").into_bytes());
            assert_eq!(apply(&edit, &before).as_ref(), Some(&after));
            assert_eq!(revert(&edit, &after), Some(before));
            assert_eq!(apply(&edit, &after), None);
        }
        assert_eq!(revert(&edit, b"status: done\nmore"), None, "somebody has typed since");
        assert_eq!(
            apply(&OfferedEdit { start: usize::MAX, ..edit }, before.as_bytes()),
            None,
            "nonsense from a client"
        );
    }
}
