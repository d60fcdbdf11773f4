//! The shape that both parsers give: the status, the other fields, and the problems of one file, whatever its format.

use crate::model::parse::problem::Problem;
use crate::model::parse::text::{self, Span};

/// A decoded value, as far as a status can be compared with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    /// Something that no other value equals: a list, a map, a date, binary data.
    Other(&'static str),
}

impl Value {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A blank is no status.
    pub fn is_blank(&self) -> bool {
        self.as_text().is_some_and(|it| text::trim_end(it).is_empty())
    }

    /// What kind of value this is, for a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "a string",
            Value::Number(_) => "a number",
            Value::Bool(_) => "a boolean",
            Value::Other(kind) => kind,
        }
    }

    /// How SpecWeave compares: as strings if both are, never equal when the kinds differ.
    pub fn agrees(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            _ => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub value: Value,
    /// The bytes of the value itself, without quotes.
    pub span: Span,
}

/// What a file says about the status.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StatusField {
    /// The file cannot be read far enough to tell.
    #[default]
    Unknown,
    /// It can be read and has no status.
    Absent,
    Is(Field),
}

/// One file, read. Never fails: what is wrong with the file is in `problems`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedFile {
    pub status: StatusField,
    /// `id` in metadata.json, `increment` in the frontmatter.
    pub name: Option<Field>,
    pub title: Option<String>,
    pub created: Option<String>,
    pub kind: Option<String>,
    /// Where a finding about the file as a whole stands: its frontmatter, or line 1.
    pub anchor: Span,
    /// The file has the block that a status belongs into (always so for metadata.json).
    pub has_block: bool,
    pub problems: Vec<Problem>,
}

impl ParsedFile {
    /// A blank is no status.
    pub fn status_field(&self) -> Option<&Field> {
        self.written_status().filter(|field| !field.value.is_blank())
    }

    /// What stands where a status is expected, also if it is blank.
    pub fn written_status(&self) -> Option<&Field> {
        match &self.status {
            StatusField::Is(field) => Some(field),
            _ => None,
        }
    }

    pub fn status_text(&self) -> Option<&str> {
        self.status_field().and_then(|field| field.value.as_text())
    }

    pub fn is_absent(&self) -> bool {
        self.status == StatusField::Absent || self.written_status().is_some_and(|field| field.value.is_blank())
    }
}
