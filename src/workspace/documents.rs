//! The documents an editor holds open: their text stands for the file until they are closed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ropey::Rope;

use crate::model::increment::Source;
use crate::model::parse::spec;
use crate::workspace::fs::reader;

#[derive(Debug)]
pub struct Document {
    /// The client's own spelling, to be echoed back.
    pub uri: String,
    pub version: i32,
    pub text: Rope,
    /// The text before the last change: an edit that hit an outdated text is recognised by it.
    pub previous: Option<Rope>,
}

#[derive(Debug, Default)]
pub struct Documents {
    documents: HashMap<PathBuf, Document>,
    /// Where most files lie that are read instead.
    base: Option<reader::Base>,
}

impl Documents {
    /// Nothing is open, and all that will be read lies below `folder`.
    pub fn closed(folder: &Path) -> Documents {
        Documents { base: reader::Base::open(folder), ..Documents::default() }
    }

    /// The open document's text, or what is on disk.
    pub fn source(&self, path: &Path, limit: u64, want: reader::Want) -> Source {
        match self.documents.get(path) {
            Some(document) => document.source(limit, want),
            None => reader::read_from(self.base.as_ref(), path, limit, want),
        }
    }

    pub fn open(&mut self, path: PathBuf, uri: String, version: i32, text: &str) {
        self.documents.insert(path, Document { uri, version, text: Rope::from_str(text), previous: None });
    }

    pub fn close(&mut self, path: &Path) -> Option<Document> {
        self.documents.remove(path)
    }

    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.documents.get(path)
    }

    pub fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.documents.get_mut(path)
    }

    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.documents.keys()
    }
}

impl Document {
    /// The text as a file's source; only as much as is wanted, so that a keystroke does not copy a whole document.
    pub fn source(&self, limit: u64, want: reader::Want) -> Source {
        let size = self.text.len_bytes() as u64;
        if size > limit {
            return Source::Unreadable(reader::too_large(size, limit));
        }
        let mut bytes = Vec::new();
        for chunk in self.text.chunks() {
            bytes.extend_from_slice(chunk.as_bytes());
            if want == reader::Want::Frontmatter
                && let Some(end) = spec::head(&bytes)
            {
                bytes.truncate(end);
                break;
            }
        }
        Source::Text(bytes)
    }
}
