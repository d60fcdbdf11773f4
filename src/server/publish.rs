//! The difference between what the client has been told and what is true now.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use tower_lsp::ls_types::*;

use crate::model::file_kind::FileKind;
use crate::model::rules::Severity;
use crate::server::capabilities::Capabilities;
use crate::server::position;
use crate::workspace::check::LocatedFinding;

pub const SOURCE: &str = "specweave";

/// What a client was last told about one file.
#[derive(Debug)]
struct Told {
    uri: Uri,
    diagnostics: Vec<Diagnostic>,
    /// The client's copy may have lost its marks: its text was changed where they stood.
    stale: bool,
}

#[derive(Debug, Default)]
pub struct Published {
    files: HashMap<PathBuf, Told>,
}

/// One message to the client.
#[derive(Debug, PartialEq)]
pub struct Message {
    pub uri: Uri,
    pub diagnostics: Vec<Diagnostic>,
}

impl Published {
    /// What has to be said about `path`, whose truth is `diagnostics` now. `greet`: the file was just opened, and
    /// an editor expects an answer even if there is nothing to say.
    pub fn difference(&mut self, path: &Path, uri: Uri, diagnostics: Vec<Diagnostic>, greet: bool) -> Vec<Message> {
        let mut messages = Vec::new();
        let known = self.files.remove(path);
        let told: &[Diagnostic] = known.as_ref().map_or(&[], |told| &told.diagnostics);
        let moved = known.as_ref().is_some_and(|told| told.uri != uri);
        if moved && !told.is_empty() {
            messages.push(Message {
                uri: known.as_ref().map_or(uri.clone(), |told| told.uri.clone()),
                diagnostics: vec![],
            });
        }
        let stale = known.as_ref().is_some_and(|told| told.stale && !told.diagnostics.is_empty());
        if greet || moved && !diagnostics.is_empty() || stale || told != diagnostics {
            messages.push(Message { uri: uri.clone(), diagnostics: diagnostics.clone() });
        }
        if !diagnostics.is_empty() {
            self.files.insert(path.to_path_buf(), Told { uri, diagnostics, stale: false });
        }
        messages
    }

    /// The client's text changed in `edited`: marks there may be gone on its side, even if they are true again.
    pub fn touched(&mut self, path: &Path, edited: Range) {
        if let Some(told) = self.files.get_mut(path) {
            let hit = |range: &Range| range.start <= edited.end && edited.start <= range.end;
            told.stale |= told.diagnostics.iter().any(|diagnostic| hit(&diagnostic.range));
        }
    }

    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.keys()
    }

    pub fn of(&self, path: &Path) -> &[Diagnostic] {
        self.files.get(path).map_or(&[], |told| &told.diagnostics)
    }
}

/// A name for exactly these diagnostics, for clients that ask whether anything changed.
pub fn result_id(diagnostics: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(diagnostics).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// `uri` gives the files that related places are in.
pub fn diagnostic(placed: &LocatedFinding, uri: impl Fn(FileKind) -> Option<Uri>, client: &Capabilities) -> Diagnostic {
    let range = |start, end| Range::new(position::position(start), position::position(end));
    let related = || {
        let places = placed.related.iter().filter_map(|related| {
            let location = Location { uri: uri(related.file)?, range: range(related.start, related.end) };
            Some(DiagnosticRelatedInformation { location, message: related.message.to_string() })
        });
        Some(places.collect::<Vec<_>>()).filter(|places| !places.is_empty())
    };
    Diagnostic {
        range: range(placed.start, placed.end),
        severity: Some(match placed.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Information => DiagnosticSeverity::INFORMATION,
            Severity::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(placed.code.as_str().to_owned())),
        source: Some(SOURCE.to_owned()),
        message: placed.message.to_string(),
        related_information: if client.related_information { related() } else { None },
        ..Diagnostic::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32) -> Vec<Diagnostic> {
        let position = Position::new(line, 0);
        vec![Diagnostic { range: Range::new(position, position), ..Diagnostic::default() }]
    }

    #[test]
    fn only_what_changed_is_said() {
        let mut published = Published::default();
        let path = Path::new("/x/spec.md");
        let uri = || position::parse_uri("file:///x/spec.md").unwrap();
        assert!(published.difference(path, uri(), vec![], false).is_empty(), "nothing to say about a clean file");
        assert_eq!(published.difference(path, uri(), vec![], true).len(), 1, "an opened file gets an answer");
        assert_eq!(published.difference(path, uri(), at(1), false).len(), 1);
        assert!(published.difference(path, uri(), at(1), false).is_empty(), "never twice");
        let edit = |line| Range::new(Position::new(line, 0), Position::new(line, 2));
        published.touched(path, edit(3));
        assert!(published.difference(path, uri(), at(1), false).is_empty());
        published.touched(path, edit(1));
        assert_eq!(published.difference(path, uri(), at(1), false).len(), 1, "the mark may have been typed away");
        let other = position::parse_uri("file:///X/spec.md").unwrap();
        let messages = published.difference(path, other, at(1), false);
        assert_eq!(messages.len(), 2, "cleared under the old spelling, told under the new one");
        assert!(messages[0].diagnostics.is_empty());
        assert_eq!(published.difference(path, uri(), vec![], false).len(), 2);
        assert!(published.difference(path, uri(), vec![], false).is_empty());
    }
}
