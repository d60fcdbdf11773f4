//! One increment: the sources of its two files in, both parsed together out; and the files that an increment has.

use crate::model::file_kind::FileKind;
use crate::model::parse::{self, Field, ParsedFile, Span, StatusField, metadata, spec};
use crate::model::status::{Side, Status};

/// What stands where a file should be.
#[derive(Clone, Debug, Default)]
pub enum Source {
    #[default]
    Missing,
    /// Something is there and cannot be read; the reason is a clause without a full stop.
    Unreadable(String),
    Text(Vec<u8>),
}

#[derive(Debug, Default)]
pub struct IncrementFile {
    pub source: Source,
    pub parsed: ParsedFile,
}

impl IncrementFile {
    pub fn read(side: Side, source: Source) -> IncrementFile {
        let parsed = match (&source, side) {
            (Source::Text(bytes), Side::Spec) => spec::read(bytes),
            (Source::Text(bytes), Side::Metadata) => metadata::read(bytes),
            _ => ParsedFile::default(),
        };
        IncrementFile { source, parsed }
    }

    /// The file's bytes; empty when it is missing or unreadable.
    pub fn bytes(&self) -> &[u8] {
        match &self.source {
            Source::Text(bytes) => bytes,
            _ => &[],
        }
    }

    /// The place of the first line.
    pub fn first_line(&self) -> Span {
        let (text, _) = parse::mask(self.bytes());
        parse::first_line(&text)
    }

    pub fn is_text(&self) -> bool {
        matches!(self.source, Source::Text(_))
    }
}

#[derive(Debug)]
pub struct Increment {
    /// The name of its folder.
    pub id: String,
    pub spec: IncrementFile,
    pub metadata: IncrementFile,
}

impl Increment {
    pub fn read(id: &str, spec: Source, metadata: Source) -> Increment {
        let (spec, metadata) = (IncrementFile::read(Side::Spec, spec), IncrementFile::read(Side::Metadata, metadata));
        Increment { id: id.to_owned(), spec, metadata }
    }

    pub fn file(&self, side: Side) -> &IncrementFile {
        match side {
            Side::Spec => &self.spec,
            Side::Metadata => &self.metadata,
        }
    }

    /// The bytes of one of its files, as far as they were read; empty for one that was not.
    pub fn bytes(&self, file: FileKind) -> &[u8] {
        match file {
            FileKind::Spec => self.spec.bytes(),
            FileKind::Metadata => self.metadata.bytes(),
            FileKind::Tasks | FileKind::Ledger | FileKind::Verification => &[],
        }
    }

    /// Neither file is there: the folder is no increment (yet, or any more).
    pub fn is_nothing(&self) -> bool {
        matches!((&self.spec.source, &self.metadata.source), (Source::Missing, Source::Missing))
    }

    /// The two statuses, when both are there.
    pub fn both(&self) -> Option<(&Field, &Field)> {
        self.spec.parsed.status_field().zip(self.metadata.parsed.status_field())
    }

    pub fn is_desynced(&self) -> bool {
        self.both().is_some_and(|(spec, metadata)| !spec.value.agrees(&metadata.value))
    }

    /// What one of the files says of the status cannot be known.
    pub fn is_unreadable(&self) -> bool {
        [&self.spec, &self.metadata].into_iter().any(|file| match &file.source {
            Source::Missing => false,
            Source::Unreadable(_) => true,
            Source::Text(_) => file.parsed.status == StatusField::Unknown,
        })
    }

    /// Being worked on, or waiting for it: what spec.md says counts, as it does for SpecWeave's status line.
    pub fn is_open(&self) -> bool {
        self.spec.parsed.status_text().and_then(Status::meaning).is_some_and(Status::is_open)
    }

    pub fn title(&self) -> Option<&str> {
        self.spec.parsed.title.as_deref().or(self.metadata.parsed.title.as_deref())
    }

    pub fn created(&self) -> Option<&str> {
        self.spec.parsed.created.as_deref().or(self.metadata.parsed.created.as_deref())
    }
}

/// The number in an increment's name, and whether the name is one: `0047-name`, or `0043G-name` with a letter
/// for its origin.
pub fn number(id: &str) -> Option<u64> {
    let digits = id.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &id[digits..];
    let rest = rest.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(rest);
    let named = rest.strip_prefix('-').is_some_and(|name| !name.is_empty());
    if named { id[..digits].parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_increments() {
        assert_eq!(number("0047-us-task-linkage"), Some(47));
        assert_eq!(number("0043G-from-github"), Some(43));
        for other in ["_archive", "notes", ".hidden", "0047", "0047-", "-name", "0043gg-x", "0043g-x"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
