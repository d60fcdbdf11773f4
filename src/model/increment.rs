//! One increment: the sources of its two files in, both parsed together out; and the files that an increment has.

use crate::model::file_kind::FileKind;
use crate::model::generation::Generation;
use crate::model::parse::{self, Field, ParsedFile, Span, StatusField, metadata, spec};
use crate::model::preference::Preference;
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

impl Source {
    /// Empty where there is no text.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Source::Text(bytes) => bytes,
            _ => &[],
        }
    }
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
        self.source.bytes()
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

#[derive(Debug, Default)]
pub struct Increment {
    /// The name of its folder.
    pub id: String,
    pub spec: IncrementFile,
    pub metadata: IncrementFile,
    /// The other files, where they were read.
    pub tasks: Source,
    pub ledger: Source,
    pub verification: Source,
    /// None where not enough was read to tell.
    pub generation: Option<Generation>,
    /// The first heading of spec.md, where that was read.
    pub heading: Option<String>,
}

impl Increment {
    pub fn read(id: &str, spec: Source, metadata: Source) -> Increment {
        let (spec, metadata) = (IncrementFile::read(Side::Spec, spec), IncrementFile::read(Side::Metadata, metadata));
        Increment { id: id.to_owned(), spec, metadata, ..Increment::default() }
    }

    pub fn file(&self, side: Side) -> &IncrementFile {
        match side {
            Side::Spec => &self.spec,
            Side::Metadata => &self.metadata,
        }
    }

    /// The bytes of one of its files, as far as they were read; empty for one that was not.
    pub fn bytes(&self, file: FileKind) -> &[u8] {
        self.source(file).bytes()
    }

    pub fn source(&self, file: FileKind) -> &Source {
        match file {
            FileKind::Spec => &self.spec.source,
            FileKind::Metadata => &self.metadata.source,
            FileKind::Tasks => &self.tasks,
            FileKind::Ledger => &self.ledger,
            FileKind::Verification => &self.verification,
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

    /// The file whose status is the increment's: spec.md where it has one, or cannot be read; else metadata.json.
    pub fn status_side(&self) -> Side {
        let spec_decides = match &self.spec.parsed.status {
            StatusField::Is(field) => !field.value.is_blank(),
            StatusField::Unknown => !matches!(self.spec.source, Source::Missing),
            StatusField::Absent => false,
        };
        if spec_decides { Side::Spec } else { Side::Metadata }
    }

    /// The status of the increment, as it is written.
    pub fn status_field(&self) -> Option<&Field> {
        self.file(self.status_side()).parsed.status_field().filter(|field| !field.value.is_blank())
    }

    pub fn status_text(&self) -> Option<&str> {
        self.status_field().and_then(|field| field.value.as_text())
    }

    pub fn status(&self) -> Option<Status> {
        self.status_text().and_then(Status::meaning)
    }

    /// The side that a fix keeps when nobody says: the only one that has a usable status, or the preferred one.
    pub fn preferred_side(&self, preference: Preference) -> Side {
        match (self.spec.parsed.status_text(), self.metadata.parsed.status_text()) {
            (Some(spec), Some(metadata)) => preference.choose(spec, metadata),
            (Some(_), None) => Side::Spec,
            _ => Side::Metadata,
        }
    }

    /// Being worked on, or waiting for it.
    pub fn is_open(&self) -> bool {
        self.status().is_some_and(Status::is_open)
    }

    /// spec.md can be read and has no status, and metadata.json has one: right in generation 3, and only there.
    pub fn is_status_in_metadata_alone(&self) -> bool {
        self.spec.is_text() && self.spec.parsed.is_absent() && self.metadata.parsed.status_field().is_some()
    }

    pub fn title(&self) -> Option<&str> {
        let titles = [&self.spec.parsed.title, &self.metadata.parsed.title, &self.heading];
        titles.into_iter().find_map(Option::as_deref)
    }

    pub fn created(&self) -> Option<&str> {
        self.spec.parsed.created.as_deref().or(self.metadata.parsed.created.as_deref())
    }
}
