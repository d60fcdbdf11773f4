//! Byte offsets <-> lines and columns, in the unit that is asked for: the one place that counts lines.

use std::ops::Range;

use ropey::{Rope, RopeSlice};

/// The unit of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
    /// Characters, as people count.
    Utf32,
}

/// A place in a text; both counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineCol {
    pub line: u32,
    pub column: u32,
}

/// The lines of a text up to the one that byte `offset` is in: whoever looks up places near the start of a long text
/// need not have all of it.
pub fn lines_up_to(text: &str, offset: usize) -> Rope {
    let rest = text.as_bytes().get(offset..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(text.len(), |length| offset + length + 1);
    Rope::from_str(&text[..end])
}

/// The place of byte `offset`. A line ends at `\n`, `\r\n` or `\r`; inside of `\r\n` is the line before, inside of a
/// character its start, after the end of the text its end.
pub fn line_col(text: &Rope, offset: usize, encoding: Encoding) -> LineCol {
    let char = text.byte_to_char(offset.min(text.len_bytes()));
    let line = text.char_to_line(char);
    let start = text.line_to_char(line);
    let column = match encoding {
        Encoding::Utf8 => text.char_to_byte(char) - text.char_to_byte(start),
        Encoding::Utf16 => text.char_to_utf16_cu(char) - text.char_to_utf16_cu(start),
        Encoding::Utf32 => char - start,
    };
    LineCol { line: line as u32, column: column as u32 }
}

pub fn range(text: &Rope, span: &Range<usize>, encoding: Encoding) -> (LineCol, LineCol) {
    (line_col(text, span.start, encoding), line_col(text, span.end, encoding))
}

/// The byte at a place. One after the end of a line means its end, one after the last line the end of the text, one
/// inside a character its start.
pub fn offset(text: &Rope, place: LineCol, encoding: Encoding) -> usize {
    let line = place.line as usize;
    if line >= text.len_lines() {
        return text.len_bytes();
    }
    let content = without_line_break(text.line(line));
    let column = place.column as usize;
    let inside = match encoding {
        Encoding::Utf8 => {
            let column = column.min(content.len_bytes());
            content.char_to_byte(content.byte_to_char(column))
        }
        Encoding::Utf16 => {
            let column = column.min(content.len_utf16_cu());
            content.char_to_byte(content.utf16_cu_to_char(column))
        }
        Encoding::Utf32 => content.char_to_byte(column.min(content.len_chars())),
    };
    text.line_to_byte(line) + inside
}

/// The bytes from one place to another; turned round when they are given backwards.
pub fn bytes(text: &Rope, start: LineCol, end: LineCol, encoding: Encoding) -> Range<usize> {
    let (start, end) = (offset(text, start, encoding), offset(text, end, encoding));
    start.min(end)..start.max(end)
}

fn without_line_break(line: RopeSlice<'_>) -> RopeSlice<'_> {
    let mut end = line.len_chars();
    while end > 0 && matches!(line.char(end - 1), '\n' | '\r') {
        end -= 1;
    }
    line.slice(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    #[test]
    fn lines_and_units() {
        let text = "\u{feff}a\r\nb😀é$\rc\n$";
        let rope = Rope::from_str(text);
        let at = |needle: char, from: usize| text[from..].find(needle).unwrap() + from;
        let first = at('$', 0);
        let columns = |offset| {
            ENCODINGS.map(|encoding| {
                let place = line_col(&rope, offset, encoding);
                (place.line, place.column)
            })
        };
        assert_eq!(columns(first), [(1, 7), (1, 4), (1, 3)]);
        assert_eq!(columns(at('$', first + 1)), [(3, 0), (3, 0), (3, 0)]);
        assert_eq!(columns(at('a', 0)), [(0, 3), (0, 1), (0, 1)]);
        assert_eq!(columns(at('\n', 0)), [(0, 5), (0, 3), (0, 3)], "inside \\r\\n is still the line before");
        assert_eq!(columns(at('😀', 0) + 2), columns(at('😀', 0)), "inside a character is its start");
        assert_eq!(columns(10_000), columns(text.len()));
    }

    #[test]
    fn a_part_of_the_lines_is_enough() {
        for text in ["a\r\nb😀\rc\nd\n", "", "a", "\r\n", "a\rb"] {
            let whole = Rope::from_str(text);
            for at in 0..=text.len() {
                let part = lines_up_to(text, at);
                assert_eq!(
                    line_col(&part, at, Encoding::Utf16),
                    line_col(&whole, at, Encoding::Utf16),
                    "{text:?} {at}"
                );
            }
        }
        assert_eq!(lines_up_to("a\nb\nc", 1).len_bytes(), 2);
        assert_eq!(lines_up_to("a\nb", 99).len_bytes(), 3, "a place after the end is its end");
    }

    #[test]
    fn both_ways_agree() {
        let text = "\u{feff}---\r\ntitle: 😀 é\rstatus: active\n\nend";
        let rope = Rope::from_str(text);
        for encoding in ENCODINGS {
            for (at, c) in text.char_indices() {
                if c == '\n' && text[..at].ends_with('\r') {
                    continue;
                }
                let (start, end) = range(&rope, &(at..at + c.len_utf8()), encoding);
                assert_eq!(offset(&rope, start, encoding), at, "{encoding:?} {at}");
                if !matches!(c, '\r' | '\n') {
                    assert_eq!(bytes(&rope, start, end, encoding), at..at + c.len_utf8(), "{encoding:?} {at}");
                }
            }
        }
    }

    #[test]
    fn places_no_editor_would_send() {
        let rope = Rope::from_str("a😀b\nc");
        let at = |line, column, encoding| offset(&rope, LineCol { line, column }, encoding);
        assert_eq!(at(0, 99, Encoding::Utf16), 6, "after the end of a line");
        assert_eq!(at(9, 0, Encoding::Utf16), 8, "after the last line");
        assert_eq!(at(0, 2, Encoding::Utf16), 1, "inside a surrogate pair");
        assert_eq!(at(0, 3, Encoding::Utf8), 1, "inside a character");
        assert_eq!(at(0, 2, Encoding::Utf32), 5);
        let backwards = bytes(&rope, LineCol { line: 1, column: 1 }, LineCol::default(), Encoding::Utf8);
        assert_eq!(backwards, 0..8);
    }
}
