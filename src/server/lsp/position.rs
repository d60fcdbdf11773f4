//! Where byte spans meet the protocol's positions, and the paths that documents are known by their URIs.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ropey::Rope;
use tower_lsp::ls_types::{Position, Range, Uri};

use crate::server::lsp::uri;
use crate::workspace::line_index::{self, Encoding, LineCol};
use crate::workspace::links;
use crate::workspace::spelling::as_specweave_spells;

/// The path a document is known by, so that two spellings are one document.
/// `None` for anything that is not a file.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    Some(as_specweave_spells(links::known_as(&uri::to_path(uri)?)))
}

pub fn uri_of(path: &Path) -> Option<Uri> {
    parse_uri(&uri::of_path(path)?)
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
    use crate::workspace::fs::paths;

    #[test]
    fn a_document_is_known_by_one_path() {
        let folder = tempfile::tempdir().unwrap();
        let real = paths::canonicalize(folder.path()).unwrap();
        std::fs::create_dir(real.join("a b")).unwrap();
        let uri = uri_of(&folder.path().join("a b").join("spec.md")).unwrap();
        assert_eq!(path_of(&uri), Some(real.join("a b").join("spec.md")));
        let around = uri.as_str().replace("a%20b/", "a%20b/../a%20b/./");
        assert_eq!(path_of(&parse_uri(&around).unwrap()), Some(real.join("a b").join("spec.md")));
        assert_eq!(path_of(&parse_uri("untitled:Untitled-1").unwrap()), None);
    }
}
