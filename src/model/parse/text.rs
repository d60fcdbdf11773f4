//! Bytes -> text for the parsers, with the same offsets; and what any text has: lines, line breaks, conflict markers.

use std::borrow::Cow;
use std::ops::Range;

/// A range of bytes of a file, byte-order mark and carriage returns included.
pub type Span = Range<usize>;

/// A byte-order mark, which may stand before the opening fence of spec.md.
pub const BOM: &str = "\u{feff}";

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

/// `text.trim_start()`, told by bytes where the text starts with ASCII, as nearly every line does.
pub fn trim_start(text: &str) -> &str {
    let rest = text.trim_ascii_start();
    if rest.as_bytes().first().is_some_and(is_doubtful) { rest.trim_start() } else { rest }
}

/// `text.trim_end()`, in the same way.
pub fn trim_end(text: &str) -> &str {
    let rest = text.trim_ascii_end();
    if rest.as_bytes().last().is_some_and(is_doubtful) { rest.trim_end() } else { rest }
}

/// May belong to white space that is not ASCII's for `u8`, which has no vertical tab.
fn is_doubtful(byte: &u8) -> bool {
    !byte.is_ascii() || *byte == b'\x0b'
}

/// The first line of `text`, without its line break.
pub fn first_line(text: &str) -> Span {
    0..memchr::memchr2(b'\n', b'\r', text.as_bytes()).unwrap_or(text.len())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_of_any_script_is_trimmed() {
        for text in
            ["", " ", " a ", "\u{a0}a\u{2003}", " \u{a0} a \u{a0} ", "\u{b}a\u{b}", "é", "\t\u{feff}", "\u{1c}a\u{1c}"]
        {
            assert_eq!((trim_start(text), trim_end(text)), (text.trim_start(), text.trim_end()), "{text:?}");
        }
    }

    #[test]
    fn masking_keeps_every_offset() {
        let (text, bad) = mask(b"a\xff\xfeb\xc3\xa9\xe2\x82");
        assert_eq!(text, "a^^bé^^");
        assert_eq!(bad, [1, 2, 6, 7]);
        assert_eq!(text.len(), 8);
    }
}
