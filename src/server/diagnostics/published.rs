//! The difference between what the client was sent and what is true now.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use tower_lsp::ls_types::*;

use crate::workspace::fs::path_map::PathMap;

/// What a client was last sent about one file.
#[derive(Debug)]
struct LastSent {
    uri: Uri,
    diagnostics: Vec<Diagnostic>,
    /// The client's copy may have lost its marks: its text was changed where they stood.
    stale: bool,
}

#[derive(Debug, Default)]
pub struct Published {
    files: PathMap<LastSent>,
}

/// One message to the client.
#[derive(Debug, PartialEq)]
pub struct Message {
    pub uri: Uri,
    pub diagnostics: Vec<Diagnostic>,
}

impl Published {
    /// What has to be said about `path`, whose truth is `diagnostics` now. `opened`: the file was just opened, and
    /// an editor expects an answer even if there is nothing to say.
    pub fn difference(
        &mut self,
        path: &Path,
        uri: impl FnOnce() -> Option<Uri>,
        diagnostics: Vec<Diagnostic>,
        opened: bool,
    ) -> Vec<Message> {
        // Nearly always: nothing was said, and nothing is to be said. To spell a URI takes longer than all the rest.
        if diagnostics.is_empty() && !opened && self.files.get(path).is_none() {
            return Vec::new();
        }
        let Some(uri) = uri() else { return Vec::new() };
        let mut messages = Vec::new();
        let known = self.files.remove(path);
        let sent: &[Diagnostic] = known.as_ref().map_or(&[], |sent| &sent.diagnostics);
        let moved = known.as_ref().is_some_and(|sent| sent.uri != uri);
        if moved && !sent.is_empty() {
            messages.push(Message {
                uri: known.as_ref().map_or(uri.clone(), |sent| sent.uri.clone()),
                diagnostics: vec![],
            });
        }
        let stale = known.as_ref().is_some_and(|sent| sent.stale && !sent.diagnostics.is_empty());
        if opened || moved && !diagnostics.is_empty() || stale || sent != diagnostics {
            messages.push(Message { uri: uri.clone(), diagnostics: diagnostics.clone() });
        }
        if !diagnostics.is_empty() {
            self.files.insert(path, LastSent { uri, diagnostics, stale: false });
        }
        messages
    }

    /// The client's text changed in `edited`: marks there may be gone on its side, even if they are true again.
    pub fn touched(&mut self, path: &Path, edited: Range) {
        if let Some(sent) = self.files.get_mut(path) {
            let hit = |range: &Range| range.start <= edited.end && edited.start <= range.end;
            sent.stale |= sent.diagnostics.iter().any(|diagnostic| hit(&diagnostic.range));
        }
    }

    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.paths()
    }

    pub fn of(&self, path: &Path) -> &[Diagnostic] {
        self.files.get(path).map_or(&[], |sent| &sent.diagnostics)
    }
}

/// A name for exactly these diagnostics, for clients that ask whether anything changed.
pub fn result_id(diagnostics: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(diagnostics).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::lsp::position;

    fn at(line: u32) -> Vec<Diagnostic> {
        let position = Position::new(line, 0);
        vec![Diagnostic { range: Range::new(position, position), ..Diagnostic::default() }]
    }

    #[test]
    fn only_what_changed_is_said() {
        let mut published = Published::default();
        let path = Path::new("/x/spec.md");
        let uri = || position::parse_uri("file:///x/spec.md");
        assert!(published.difference(path, uri, vec![], false).is_empty(), "nothing to say about a clean file");
        assert_eq!(published.difference(path, uri, vec![], true).len(), 1, "an opened file gets an answer");
        assert_eq!(published.difference(path, uri, at(1), false).len(), 1);
        assert!(published.difference(path, uri, at(1), false).is_empty(), "never twice");
        let edit = |line| Range::new(Position::new(line, 0), Position::new(line, 2));
        published.touched(path, edit(3));
        assert!(published.difference(path, uri, at(1), false).is_empty());
        published.touched(path, edit(1));
        assert_eq!(published.difference(path, uri, at(1), false).len(), 1, "the mark may have been typed away");
        let other = || position::parse_uri("file:///X/spec.md");
        let messages = published.difference(path, other, at(1), false);
        assert_eq!(messages.len(), 2, "cleared under the old spelling, told under the new one");
        assert!(messages[0].diagnostics.is_empty());
        assert_eq!(published.difference(path, uri, vec![], false).len(), 2);
        assert!(published.difference(path, uri, vec![], false).is_empty());
    }
}
