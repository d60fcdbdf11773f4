//! The only place where byte spans and paths meet the protocol's positions and URIs.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ropey::{Rope, RopeSlice};
use tower_lsp::ls_types::{Position, Range, Uri};

use crate::workspace::line_index::{self, Encoding, LineCol};

/// The path a document is known by: its folder without symbolic links, so that two spellings are one document.
/// `None` for anything that is not a file.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let path = uri.to_file_path()?.into_owned();
    if !path.is_absolute() {
        return None;
    }
    let canonical = path.parent().and_then(|folder| folder.canonicalize().ok()).zip(path.file_name());
    Some(canonical.map_or(path.clone(), |(folder, name)| folder.join(name)))
}

pub fn uri_of(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path)
}

pub fn parse_uri(text: &str) -> Option<Uri> {
    Uri::from_str(text).ok()
}

pub fn position(place: LineCol) -> Position {
    Position::new(place.line, place.column)
}

pub fn range(text: &str, span: &std::ops::Range<usize>, encoding: Encoding) -> Range {
    let (start, end) = line_index::range(text, span, encoding);
    Range::new(position(start), position(end))
}

/// As `range`, for texts that many places are looked up in.
pub fn range_in(text: &Rope, span: &std::ops::Range<usize>, encoding: Encoding) -> Range {
    let position = |offset: usize| {
        let char = text.byte_to_char(offset.min(text.len_bytes()));
        let line = text.char_to_line(char);
        let start = text.line_to_char(line);
        let column = match encoding {
            Encoding::Utf8 => text.char_to_byte(char) - text.char_to_byte(start),
            Encoding::Utf16 => text.char_to_utf16_cu(char) - text.char_to_utf16_cu(start),
            Encoding::Utf32 => char - start,
        };
        Position::new(line as u32, column as u32)
    };
    Range::new(position(span.start), position(span.end))
}

/// The bytes a client's range names in a document. A place after the end of a line means its end, one after the
/// last line the end of the text, one inside a character its start; a range that runs backwards is turned round.
pub fn bytes(text: &Rope, range: Range, encoding: Encoding) -> std::ops::Range<usize> {
    let (start, end) = (offset(text, range.start, encoding), offset(text, range.end, encoding));
    start.min(end)..start.max(end)
}

fn offset(text: &Rope, position: Position, encoding: Encoding) -> usize {
    let line = position.line as usize;
    if line >= text.len_lines() {
        return text.len_bytes();
    }
    let content = without_line_break(text.line(line));
    let column = position.character as usize;
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

    #[test]
    fn both_ways_agree() {
        let text = "\u{feff}---\r\ntitle: 😀 é\rstatus: active\n\nend";
        let rope = Rope::from_str(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            for (at, c) in text.char_indices() {
                if c == '\n' && text[..at].ends_with('\r') {
                    continue;
                }
                let there = range(text, &(at..at), encoding);
                assert_eq!(bytes(&rope, there, encoding), at..at, "{encoding:?} {at}");
                assert_eq!(range_in(&rope, &(at..at), encoding), there, "{encoding:?} {at}");
            }
        }
    }

    #[test]
    fn places_no_editor_would_send() {
        let rope = Rope::from_str("a😀b\nc");
        let at = |line, character, encoding| offset(&rope, Position::new(line, character), encoding);
        assert_eq!(at(0, 99, Encoding::Utf16), 6, "after the end of a line");
        assert_eq!(at(9, 0, Encoding::Utf16), 8, "after the last line");
        assert_eq!(at(0, 2, Encoding::Utf16), 1, "inside a surrogate pair");
        assert_eq!(at(0, 3, Encoding::Utf8), 1, "inside a character");
        let backwards = Range::new(Position::new(1, 1), Position::new(0, 0));
        assert_eq!(bytes(&rope, backwards, Encoding::Utf8), 0..8);
    }

    #[test]
    fn only_files_have_a_path() {
        let path = |uri: &str| path_of(&parse_uri(uri).unwrap());
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(path("git:/x/spec.md"), None);
        assert_eq!(path("file:///no/such/a%20b/spec.md"), Some(PathBuf::from("/no/such/a b/spec.md")));
    }
}
