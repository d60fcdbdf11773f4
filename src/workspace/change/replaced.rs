//! The bytes that a change replaced in one file, as the journal keeps them: no more of the file than those. With them the
//! change can be taken back.

use std::path::{Path, PathBuf};

use diffy::{DiffOptions, Hunk, Line};
use serde::{Deserialize, Serialize};

use crate::model::edit::{self, Edit};
use crate::workspace::change::plan::FileChange;
use crate::workspace::fs::atomic::check_sum;

/// What is longer is not kept, and cannot be taken back.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplacedFile {
    /// From the increment's folder.
    pub file: PathBuf,
    /// Check sums of the whole text before and after.
    before: Sum,
    after: Sum,
    /// How long the text was after the change.
    size: usize,
    parts: Vec<ReplacedPart>,
}

/// A number that JSON's readers would round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sum(String);

impl Sum {
    fn of(bytes: &[u8]) -> Sum {
        Sum(format!("{:016x}", check_sum(bytes)))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ReplacedPart {
    /// Where it stands in the text after the change.
    at: usize,
    old: Bytes,
    new: Bytes,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Bytes {
    Text(String),
    Raw(Vec<u8>),
}

impl Bytes {
    fn of(bytes: &[u8]) -> Bytes {
        std::str::from_utf8(bytes).map_or_else(|_| Bytes::Raw(bytes.to_vec()), |text| Bytes::Text(text.to_owned()))
    }

    fn get(&self) -> &[u8] {
        match self {
            Bytes::Text(text) => text.as_bytes(),
            Bytes::Raw(bytes) => bytes,
        }
    }
}

/// What taking a change back would make of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Reverted {
    /// The text as it was, byte for byte.
    Exactly(Vec<u8>),
    /// What the change wrote is still there; something else in the file has changed since, and stays.
    Around(Vec<u8>),
    /// It is as it was before the change.
    Already,
    /// What the change wrote is not there any more.
    Gone,
}

impl ReplacedFile {
    /// None where too much was replaced.
    pub fn of(folder: &Path, change: &FileChange) -> Option<ReplacedFile> {
        let after = change.after();
        let parts = parts(&change.before, &change.edit);
        let kept: usize = parts.iter().map(|part| part.old.get().len() + part.new.get().len()).sum();
        (kept <= MOST_BYTES).then(|| ReplacedFile {
            file: change.path.strip_prefix(folder).unwrap_or(&change.path).to_path_buf(),
            before: Sum::of(&change.before),
            after: Sum::of(&after),
            size: after.len(),
            parts,
        })
    }

    pub fn revert(&self, now: &[u8]) -> Reverted {
        let sum = Sum::of(now);
        if sum == self.before {
            return Reverted::Already;
        }
        let Some(text) = self.replace_back(now) else { return Reverted::Gone };
        match sum == self.after {
            true if Sum::of(&text) == self.before => Reverted::Exactly(text),
            // A line of the journal that nobody wrote like this.
            true => Reverted::Gone,
            false => Reverted::Around(text),
        }
    }

    /// Each part stands as far from the start as it did, or as far from the end: where something else grew.
    fn replace_back(&self, now: &[u8]) -> Option<Vec<u8>> {
        let mut text = now.to_vec();
        let mut end = now.len();
        for part in self.parts.iter().rev() {
            let (old, new) = (part.old.get(), part.new.get());
            let from_end = self.size.checked_sub(part.at).and_then(|distance| now.len().checked_sub(distance));
            let stands = |at: &usize| now.get(*at..).is_some_and(|rest| rest.starts_with(new)) && at + new.len() <= end;
            let at = [Some(part.at), from_end].into_iter().flatten().find(stands)?;
            text.splice(at..at + new.len(), old.iter().copied());
            end = at;
        }
        Some(text)
    }
}

/// Line by line, and of a line only what differs: between two members of metadata.json others may stand.
fn parts(before: &[u8], edit: &Edit) -> Vec<ReplacedPart> {
    let (old, new) = (&before[edit.span.clone()], edit.text.as_bytes());
    // With all lines around, so that the lines come one after the other.
    let patch = DiffOptions::new().set_context_len(old.len() + new.len()).create_patch_bytes(old, new);
    let mut parts = Vec::new();
    let (mut at, mut removed, mut added) = (edit.span.start, Vec::new(), Vec::new());
    let mut close = |at: &mut usize, removed: &mut Vec<u8>, added: &mut Vec<u8>| {
        parts.extend(trimmed(*at, removed, added));
        *at += added.len();
        removed.clear();
        added.clear();
    };
    for line in patch.hunks().iter().flat_map(Hunk::lines) {
        match line {
            Line::Delete(line) => removed.extend_from_slice(line),
            Line::Insert(line) => added.extend_from_slice(line),
            Line::Context(line) => {
                close(&mut at, &mut removed, &mut added);
                at += line.len();
            }
        }
    }
    close(&mut at, &mut removed, &mut added);
    parts
}

fn trimmed(at: usize, old: &[u8], new: &[u8]) -> Option<ReplacedPart> {
    if old == new {
        return None;
    }
    let texts = std::str::from_utf8(old).ok().zip(std::str::from_utf8(new).ok());
    let Some(edit) = texts.and_then(|(old, new)| edit::between(old, new)) else {
        return Some(ReplacedPart { at, old: Bytes::of(old), new: Bytes::of(new) });
    };
    let replaced = &old[edit.span.clone()];
    Some(ReplacedPart { at: at + edit.span.start, old: Bytes::of(replaced), new: Bytes::Text(edit.text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file_kind::FileKind;

    fn change(before: &str, after: &str) -> (ReplacedFile, FileChange) {
        let edit = edit::between(before, after).unwrap();
        let path = PathBuf::from("/x/spec.md");
        let change = FileChange { file: FileKind::Spec, path, before: before.as_bytes().to_vec(), edit };
        (ReplacedFile::of(Path::new("/x"), &change).unwrap(), change)
    }

    #[test]
    fn a_change_is_taken_back_where_it_still_stands() {
        let before = "{\n  \"status\": \"active\",\n  \"secret\": 1,\n  \"at\": 1\n}\n";
        let after = before.replace("active", "done").replace("\"at\": 1", "\"at\": 1,\n  \"approved\": \"today\"");
        let (replaced, change) = change(before, &after);
        let kept = serde_json::to_string(&replaced).unwrap();
        assert!(!kept.contains("secret"), "what was not replaced is not kept: {kept}");
        assert_eq!(serde_json::from_str::<ReplacedFile>(&kept).unwrap(), replaced);
        assert_eq!(replaced.file, Path::new("spec.md"));
        assert_eq!(replaced.revert(&change.after()), Reverted::Exactly(before.as_bytes().to_vec()));
        assert_eq!(replaced.revert(before.as_bytes()), Reverted::Already);
        for theirs in [("}\n", "}\n\n"), ("{\n", "{\n  \"id\": 7,\n"), ("\"secret\": 1", "\"secret\": \"long\"")] {
            let now = after.replacen(theirs.0, theirs.1, 1);
            let expected = before.replacen(theirs.0, theirs.1, 1);
            assert_eq!(replaced.revert(now.as_bytes()), Reverted::Around(expected.into_bytes()), "{theirs:?}");
        }
        assert_eq!(replaced.revert(after.replace("done", "paused").as_bytes()), Reverted::Gone);
        assert_eq!(replaced.revert(b""), Reverted::Gone);
    }
}
