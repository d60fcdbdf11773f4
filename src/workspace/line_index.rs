//! Byte offsets -> lines and columns, in the unit that is asked for.

use std::ops::Range;

/// The unit of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
    /// Characters, as people count.
    Utf32,
}

impl Encoding {
    pub fn width(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.encode_utf16().count(),
            Encoding::Utf32 => text.chars().count(),
        }
    }
}

/// A place in a text; both counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineCol {
    pub line: u32,
    pub column: u32,
}

/// The place of byte `offset`. A line ends at `\n`, `\r\n` or `\r`.
pub fn line_col(text: &str, offset: usize, encoding: Encoding) -> LineCol {
    let offset = text.floor_char_boundary(offset);
    let bytes = text.as_bytes();
    let mut line = 0;
    let mut line_start = 0;
    let mut at = 0;
    while at < offset {
        let step = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\r' | b'\n' => 1,
            _ => 0,
        };
        if step > 0 && at + step <= offset {
            line += 1;
            line_start = at + step;
        }
        at += step.max(1);
    }
    LineCol { line, column: encoding.width(&text[line_start..offset]) as u32 }
}

pub fn range(text: &str, span: &Range<usize>, encoding: Encoding) -> (LineCol, LineCol) {
    (line_col(text, span.start, encoding), line_col(text, span.end, encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_units() {
        let text = "\u{feff}a\r\nb😀é$\rc\n$";
        let at = |needle: char, from: usize| text[from..].find(needle).unwrap() + from;
        let first = at('$', 0);
        let columns = |offset| {
            [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32]
                .map(|e| (line_col(text, offset, e).line, line_col(text, offset, e).column))
        };
        assert_eq!(columns(first), [(1, 7), (1, 4), (1, 3)]);
        assert_eq!(columns(at('$', first + 1)), [(3, 0), (3, 0), (3, 0)]);
        assert_eq!(columns(at('a', 0)), [(0, 3), (0, 1), (0, 1)]);
        assert_eq!(columns(at('\n', 0)), [(0, 5), (0, 3), (0, 3)], "inside \\r\\n is still the line before");
        assert_eq!(columns(10_000), columns(text.len()));
    }
}
