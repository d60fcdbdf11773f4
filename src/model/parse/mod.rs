//! What one of the two files says, whatever its format: the shape that findings and edits share.

pub mod metadata;
pub mod plain_frontmatter;
pub mod plain_json;
pub mod spec;
pub mod yaml;
pub mod yaml_scalar;

use std::borrow::Cow;
use std::ops::Range;

use crate::model::rules::Code;

pub type Span = Range<usize>;

/// A byte-order mark, which may stand before the opening fence of spec.md.
pub const BOM: &str = "\u{feff}";

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

#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub code: Code,
    pub span: Span,
    pub message: String,
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
    pub fn status_field(&self) -> Option<&Field> {
        match &self.status {
            StatusField::Is(field) => Some(field),
            _ => None,
        }
    }

    pub fn status_text(&self) -> Option<&str> {
        self.status_field().and_then(|field| field.value.as_text())
    }

    pub fn is_absent(&self) -> bool {
        self.status == StatusField::Absent
    }
}

/// Stands for a byte that is not UTF-8: neither YAML nor JSON gives this character a meaning.
const MASK: char = '^';

/// The text of `bytes` for parsing, of the same length: each byte that is not UTF-8 becomes a `^`, so that a
/// span in the text is a span in the file. Also gives the first such byte.
pub fn mask(bytes: &[u8]) -> (Cow<'_, str>, Vec<usize>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut text = String::with_capacity(bytes.len());
    let mut bad = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            bad.push(text.len());
            text.push(MASK);
        }
    }
    (Cow::Owned(text), bad)
}

/// The first line of `text`, without its line break.
pub fn first_line(text: &str) -> Span {
    0..text.find(['\n', '\r']).unwrap_or(text.len())
}

/// The line break the text uses first, or `\n`.
pub fn line_break(text: &str) -> &'static str {
    match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// The first line that starts with a marker git leaves in a file it could not merge.
pub fn conflict_marker(text: &str) -> Option<Span> {
    // Most texts hold none of these characters at all.
    memchr::memchr3(b'<', b'>', b'|', text.as_bytes())?;
    let mut at = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let start = at;
        at += line.len();
        if ["<<<<<<<", ">>>>>>>", "|||||||"].iter().any(|marker| line.starts_with(marker)) {
            return Some(start..start + line.trim_end().len());
        }
    }
    None
}

/// A message and a place for bytes that are not UTF-8 where the file's meaning depends on them.
pub fn encoding_problem(bad: &[usize], within: &Span) -> Option<Problem> {
    let inside: Vec<usize> = bad.iter().copied().filter(|at| within.contains(at)).collect();
    let first = *inside.first()?;
    Some(Problem {
        code: Code::UnreadableFile,
        span: first..first + 1,
        message: format!(
            "{} here that {} not UTF-8; save the file as UTF-8.",
            if inside.len() == 1 { "There is 1 byte".to_owned() } else { format!("There are {} bytes", inside.len()) },
            if inside.len() == 1 { "is" } else { "are" },
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_keeps_every_offset() {
        let (text, bad) = mask(b"a\xff\xfeb\xc3\xa9\xe2\x82");
        assert_eq!(text, "a^^bé^^");
        assert_eq!(bad, [1, 2, 6, 7]);
        assert_eq!(text.len(), 8);
    }
}
