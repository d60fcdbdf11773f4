//! The only place where byte spans and paths meet the protocol's positions and URIs.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ropey::Rope;
use tower_lsp::ls_types::{Position, Range, Uri};

use crate::workspace::line_index::{self, Encoding, LineCol};
use crate::workspace::links;

/// The path a document is known by, so that two spellings are one document.
/// `None` for anything that is not a file.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let path = uri.to_file_path()?.into_owned();
    if !path.is_absolute() {
        return None;
    }
    Some(links::known_as(&path))
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

fn place(position: Position) -> LineCol {
    LineCol { line: position.line, column: position.character }
}

pub fn range(text: &str, span: &std::ops::Range<usize>, encoding: Encoding) -> Range {
    range_in(&Rope::from_str(text), span, encoding)
}

/// As `range`, for texts that many places are looked up in.
pub fn range_in(text: &Rope, span: &std::ops::Range<usize>, encoding: Encoding) -> Range {
    let (start, end) = line_index::range(text, span, encoding);
    Range::new(position(start), position(end))
}

/// The bytes a client's range names in a document; any range names some.
pub fn bytes(text: &Rope, range: Range, encoding: Encoding) -> std::ops::Range<usize> {
    line_index::bytes(text, place(range.start), place(range.end), encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_have_a_path() {
        let path = |uri: &str| path_of(&parse_uri(uri).unwrap());
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(path("git:/x/spec.md"), None);
        assert_eq!(path("file:///no/such/a%20b/spec.md"), Some(PathBuf::from("/no/such/a b/spec.md")));
    }
}
