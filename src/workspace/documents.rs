//! The documents an editor holds open: their text stands for the file until they are closed.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ropey::Rope;

use crate::model::increment::Source;
use crate::model::parse::{BOM, spec};
use crate::model::work::ParsedTexts;
use crate::workspace::fs::path_map::PathMap;
use crate::workspace::fs::reader;

#[derive(Debug)]
pub struct Document {
    /// The client's own spelling, to be echoed back.
    pub uri: String,
    pub version: i32,
    pub text: Rope,
    /// The text before the last change: an edit that hit an outdated text is recognised by it.
    pub previous: Option<Rope>,
    /// What the file was when it was last looked at, by its fingerprint.
    on_disk: Option<u64>,
    /// The text has come to the disk since it last changed: no save of an earlier one is on its way.
    settled: bool,
    /// The text is what the file was, and another program has changed the file since.
    outdated: bool,
    /// The text is an edit of what the file was before another program changed it.
    overtaken: bool,
}

/// So many states of a file are remembered, and of so many files.
const MOST_SEEN: (usize, usize) = (16, 512);

#[derive(Debug, Default)]
pub struct Documents {
    documents: PathMap<Document>,
    /// How many of them lie in each folder.
    near: PathMap<usize>,
    /// By URI: those of files that were opened again, or edited, under another one. A client that spells a file in two
    /// ways has a text for each, and the one that its user is at stands for the file.
    set_aside: HashMap<String, Document>,
    /// By the client's spelling: links are resolved once, when a document is opened.
    paths: HashMap<String, PathBuf>,
    /// Where most files lie that are read instead.
    base: Option<reader::Base>,
    /// What is on disk in the folders of open documents. `None`: read each time.
    kept: Option<Mutex<Kept>>,
    /// What files were when they were read whole, by their fingerprints: a text that is opened and was one of these is
    /// an older state of the file, and no edit of the user's.
    seen: Mutex<HashMap<PathBuf, Vec<u64>>>,
    /// What the texts beside open documents hold, by folder.
    parsed: Mutex<PathMap<ParsedTexts>>,
}

/// By folder, so that all of one is forgotten at once.
type Kept = PathMap<Vec<(PathBuf, reader::Want, Source)>>;

impl Documents {
    /// Nothing is open, and all that will be read lies below `folder`.
    pub fn closed(folder: &Path) -> Documents {
        Documents { base: reader::Base::open(folder), ..Documents::default() }
    }

    /// What is true of a file: the open document's text, unless that is what the file was before another program
    /// changed it; or what is on disk.
    pub fn source(&self, path: &Path, limit: u64, want: reader::Want) -> Source {
        match self.documents.get(path) {
            Some(document) if !document.outdated => document.source(limit, want),
            _ => self.on_disk(path, limit, want),
        }
    }

    /// What the editor shows: the open document's text, or what is on disk.
    pub fn shown(&self, path: &Path, limit: u64, want: reader::Want) -> Source {
        match self.documents.get(path) {
            Some(document) => document.source(limit, want),
            None => self.on_disk(path, limit, want),
        }
    }

    /// What is on disk, whether the file is open or not.
    pub fn on_disk(&self, path: &Path, limit: u64, want: reader::Want) -> Source {
        let read = || reader::read_from(self.base.as_ref(), path, limit, want);
        let Some(kept) = &self.kept else { return read() };
        let Some(folder) = path.parent().filter(|folder| self.is_near(folder)) else { return read() };
        let mut kept = lock(kept);
        let files = kept.entry(folder);
        match files.iter().find(|(known, depth, _)| known.as_os_str() == path.as_os_str() && *depth == want) {
            Some((.., source)) => source.clone(),
            None => {
                let source = read();
                self.note_seen(path, want, &source);
                files.push((path.to_path_buf(), want, source.clone()));
                source
            }
        }
    }

    fn note_seen(&self, path: &Path, want: reader::Want, source: &Source) {
        let (reader::Want::Whole, Source::Text(bytes)) = (want, source) else { return };
        let mut seen = lock(&self.seen);
        if seen.len() >= MOST_SEEN.1 && !seen.contains_key(path) {
            seen.clear();
        }
        let states = seen.entry(path.to_path_buf()).or_default();
        let state = fingerprint(bytes);
        states.retain(|known| *known != state);
        states.push(state);
        if states.len() > MOST_SEEN.0 {
            states.remove(0);
        }
    }

    /// Lets `read` use what the texts of a folder held when they were last read, if a document of it is open.
    pub fn with_parsed<T>(&self, folder: &Path, read: impl FnOnce(&mut ParsedTexts) -> T) -> T {
        if !self.is_near(folder) {
            return read(&mut ParsedTexts::default());
        }
        // Not held while it reads: who reads the same folder at the same time starts from nothing.
        let mut known = lock(&self.parsed).remove(folder).unwrap_or_default();
        let found = read(&mut known);
        lock(&self.parsed).insert(folder, known);
        found
    }

    /// A document in `folder` is open.
    fn is_near(&self, folder: &Path) -> bool {
        self.near.contains(folder)
    }

    /// A text that differs from the file by no edit of the user's, since that is of another program's.
    pub fn is_outdated(&self, path: &Path) -> bool {
        self.documents.get(path).is_some_and(|document| document.outdated)
    }

    /// Saving this document would overwrite what another program has written.
    pub fn is_overtaken(&self, path: &Path) -> bool {
        self.documents.get(path).is_some_and(|document| document.overtaken)
    }

    /// The file may have changed. `saved`: the editor has just written its text to it.
    pub fn look_at_disk(&mut self, path: &Path, limit: u64, saved: bool) {
        // What is too large is not read on disk either.
        if self.documents.get(path).is_none_or(|document| document.text.len_bytes() as u64 > limit) {
            return;
        }
        let Source::Text(bytes) = self.on_disk(path, limit, reader::Want::Whole) else { return };
        let Some(document) = self.documents.get_mut(path) else { return };
        let (disk, text) = (fingerprint(&bytes), fingerprint(document.text.to_string().as_bytes()));
        if saved {
            document.on_disk = Some(text);
        }
        // Saved by the editor and edited since: it may say so later than the user's next key, an undo say.
        let was = |before: &Rope| fingerprint(before.to_string().as_bytes()) == disk;
        // What was there all along says nothing: an undo brings that back before the editor has written what is undone.
        document.settled |= disk == text && (saved || document.on_disk != Some(disk));
        let by_another = disk != text && (document.settled || !document.previous.as_ref().is_some_and(was));
        let moved = document.on_disk.is_some_and(|known| known != disk);
        document.outdated = by_another && document.on_disk == Some(text);
        document.overtaken = by_another && !saved && (document.overtaken || moved);
        if !document.outdated {
            document.on_disk = Some(disk);
        }
    }

    /// From now on what is on disk beside an open document is read once, until `forget_disk` says that it may have
    /// changed. Only for somebody who hears of all changes.
    pub fn keep_disk(&mut self, keep: bool) {
        self.kept = keep.then(Mutex::default);
    }

    /// Something may have changed in this folder.
    pub fn forget_disk(&self, folder: &Path) {
        self.kept.iter().for_each(|kept| drop(lock(kept).remove(folder)));
    }

    pub fn forget_all_disk(&self) {
        self.kept.iter().for_each(|kept| lock(kept).clear());
    }

    /// The path of an open document.
    pub fn path_of(&self, uri: &str) -> Option<&Path> {
        self.paths.get(uri).map(PathBuf::as_path)
    }

    pub fn open(&mut self, path: PathBuf, uri: String, version: i32, text: &str) {
        self.set_aside.remove(&uri);
        self.paths.insert(uri.clone(), path.clone());
        let state = fingerprint(text.as_bytes());
        let on_disk = lock(&self.seen).get(&path).is_some_and(|states| states.contains(&state)).then_some(state);
        let document = Document {
            uri,
            version,
            text: Rope::from_str(text),
            previous: None,
            on_disk,
            settled: false,
            outdated: false,
            overtaken: false,
        };
        self.put(&path, document);
    }

    /// From now on the document with this URI stands for its file.
    pub fn turn_to(&mut self, uri: &str) {
        if let Some((path, document)) = self.paths.get(uri).cloned().zip(self.set_aside.remove(uri)) {
            self.put(&path, document);
        }
    }

    fn put(&mut self, path: &Path, document: Document) {
        let uri = document.uri.clone();
        match self.documents.insert(path, document) {
            Some(before) if before.uri != uri => drop(self.set_aside.insert(before.uri.clone(), before)),
            Some(_) => {}
            None => *self.near.entry(path.parent().unwrap_or(path)) += 1,
        }
    }

    fn take_away(&mut self, path: &Path) {
        let folder = path.parent().unwrap_or(path);
        if self.documents.remove(path).is_none() {
            return;
        }
        let left = self.near.entry(folder);
        *left -= 1;
        if *left == 0 {
            self.near.remove(folder);
        }
    }

    /// False if there was none. The same file may still be open under another URI.
    pub fn close(&mut self, uri: &str) -> bool {
        let Some(path) = self.paths.remove(uri) else { return false };
        if self.set_aside.remove(uri).is_none() {
            self.take_away(&path);
            let other = self.paths.iter().find(|(_, other)| **other == path).map(|(uri, _)| uri.clone());
            other.iter().for_each(|other| self.turn_to(other));
        }
        if let Some(folder) = path.parent() {
            self.forget_disk(folder);
            if !self.is_near(folder) {
                lock(&self.parsed).remove(folder);
            }
        }
        true
    }

    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.documents.get(path)
    }

    /// For an edit of its text, which makes it the user's.
    pub fn edit(&mut self, path: &Path) -> Option<&mut Document> {
        let document = self.documents.get_mut(path)?;
        document.previous = Some(document.text.clone());
        (document.settled, document.outdated) = (false, false);
        Some(document)
    }

    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.documents.paths()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of a text as any editor has it: the byte order mark, carriage returns and the last line break are kept by some only.
fn fingerprint(text: &[u8]) -> u64 {
    let text = text.strip_prefix(BOM.as_bytes()).unwrap_or(text);
    let text = text.trim_ascii_end();
    let mut hasher = DefaultHasher::new();
    text.split(|byte| *byte == b'\r').for_each(|part| hasher.write(part));
    hasher.finish()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fs::reader::Want;

    #[test]
    fn a_text_that_was_the_file_is_outdated_when_the_file_moves_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut documents = Documents::default();
        let is_outdated = |documents: &mut Documents, disk: &str, saved: bool| {
            std::fs::write(&path, disk).unwrap();
            documents.look_at_disk(&path, 100, saved);
            documents.is_outdated(&path)
        };
        assert!(!is_outdated(&mut documents, "1", false), "not open");
        documents.open(path.clone(), "file:///a".to_owned(), 1, "1\n");
        assert!(!is_outdated(&mut documents, "1\r\n", false), "the same text");
        assert!(is_outdated(&mut documents, "2", false));
        assert!(is_outdated(&mut documents, "3", false), "still");
        assert!(matches!(documents.source(&path, 100, Want::Whole), Source::Text(text) if text == b"3"));
        assert!(matches!(documents.shown(&path, 100, Want::Whole), Source::Text(text) if text == b"1\n"));
        assert!(!is_outdated(&mut documents, "1", false), "back again");
        documents.edit(&path).unwrap().text = Rope::from_str("mine");
        assert!(!documents.is_overtaken(&path), "an edit of what is on disk");
        assert!(!is_outdated(&mut documents, "2", false), "an edit of the user's");
        assert!(documents.is_overtaken(&path));
        assert!(!is_outdated(&mut documents, "mine", true), "saved");
        assert!(!documents.is_overtaken(&path));
        assert!(is_outdated(&mut documents, "2", false));
        documents.edit(&path).unwrap().text = Rope::from_str("mine too");
        assert!(!documents.is_outdated(&path), "the user goes on from there");
        assert!(documents.is_overtaken(&path));
        assert!(is_outdated(&mut documents, "4", true), "saved, and changed before anybody looked");
    }

    #[test]
    fn a_text_that_was_the_file_before_it_was_opened_is_outdated_too() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mut documents = Documents::default();
        documents.keep_disk(true);
        documents.open(at("beside"), "file:///beside".to_owned(), 1, "");
        for disk in ["1", "2", "3"] {
            std::fs::write(at("a"), disk).unwrap();
            documents.forget_disk(folder.path());
            documents.on_disk(&at("a"), 100, Want::Whole);
        }
        for (text, outdated) in [("1\r\n", true), ("2", true), ("3", false), ("mine", false)] {
            documents.open(at("a"), "file:///a".to_owned(), 1, text);
            documents.look_at_disk(&at("a"), 100, false);
            assert_eq!(documents.is_outdated(&at("a")), outdated, "{text}");
            documents.close("file:///a");
        }
        for state in 0..100_u8 {
            documents.note_seen(&at("a"), Want::Whole, &Source::Text(vec![state]));
            documents.note_seen(&at(&format!("{state}")), Want::Whole, &Source::Text(vec![state]));
        }
        assert_eq!(lock(&documents.seen)[&at("a")].len(), MOST_SEEN.0);
    }

    #[test]
    fn two_spellings_of_a_file_are_one_document_with_two_texts() {
        let path = PathBuf::from("/p/a");
        let mut documents = Documents::default();
        let shown = |documents: &Documents| documents.get(&path).map(|it| format!("{} {}", it.uri, it.text));
        documents.open(path.clone(), "file:///p/a".to_owned(), 1, "one");
        documents.open(path.clone(), "file:///link/a".to_owned(), 1, "two");
        assert_eq!(shown(&documents).unwrap(), "file:///link/a two");
        documents.turn_to("file:///p/a");
        documents.edit(&path).unwrap().text.insert(0, "number ");
        assert_eq!(shown(&documents).unwrap(), "file:///p/a number one");
        documents.turn_to("file:///p/a");
        documents.turn_to("file:///other");
        assert!(documents.close("file:///link/a"));
        assert_eq!(shown(&documents).unwrap(), "file:///p/a number one");
        documents.open(path.clone(), "file:///link/a".to_owned(), 1, "three");
        assert!(documents.close("file:///link/a"));
        assert_eq!(shown(&documents).unwrap(), "file:///p/a number one", "the other one is still open");
        documents.open(path.clone(), "file:///p/a".to_owned(), 1, "again");
        assert!(documents.close("file:///p/a") && shown(&documents).is_none());
    }

    #[test]
    fn what_is_undone_while_it_is_saved_is_an_edit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for saved in [true, false] {
            let mut documents = Documents::default();
            std::fs::write(&path, "1").unwrap();
            documents.open(path.clone(), "file:///a".to_owned(), 1, "1");
            documents.look_at_disk(&path, 100, false);
            let mut change = |text: &str| documents.edit(&path).unwrap().text = Rope::from_str(text);
            change("2");
            std::fs::write(&path, "2").unwrap();
            change("1");
            documents.look_at_disk(&path, 100, saved);
            assert!(!documents.is_outdated(&path) && !documents.is_overtaken(&path), "the editor wrote it: {saved}");
        }
        let mut documents = Documents::default();
        let look = |documents: &mut Documents, disk: &str| {
            std::fs::write(&path, disk).unwrap();
            documents.look_at_disk(&path, 100, false);
        };
        documents.open(path.clone(), "file:///a".to_owned(), 1, "1");
        look(&mut documents, "1");
        for text in ["2", "1"] {
            documents.edit(&path).unwrap().text = Rope::from_str(text);
        }
        look(&mut documents, "1");
        look(&mut documents, "2");
        assert!(
            !documents.is_outdated(&path) && !documents.is_overtaken(&path),
            "looked at before the editor wrote it"
        );
    }

    #[test]
    fn what_was_saved_and_is_taken_back_on_disk_is_no_edit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut documents = Documents::default();
        let look = |documents: &mut Documents, disk: &str| {
            std::fs::write(&path, disk).unwrap();
            documents.look_at_disk(&path, 100, false);
            documents.is_outdated(&path)
        };
        documents.open(path.clone(), "file:///a".to_owned(), 1, "1");
        assert!(!look(&mut documents, "1"));
        documents.edit(&path).unwrap().text = Rope::from_str("2");
        assert!(!look(&mut documents, "2"), "the editor has written it");
        assert!(look(&mut documents, "1"), "another program has written what was there before");
    }

    #[test]
    fn the_disk_beside_an_open_document_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let said = |documents: &Documents, name: &str| match documents.source(&at(name), 100, Want::Whole) {
            Source::Text(bytes) => String::from_utf8(bytes).unwrap(),
            other => format!("{other:?}"),
        };
        let mut documents = Documents::default();
        documents.keep_disk(true);
        std::fs::write(at("b"), "1").unwrap();
        assert_eq!(said(&documents, "b"), "1");
        std::fs::write(at("b"), "2").unwrap();
        assert_eq!(said(&documents, "b"), "2", "nothing is open there");
        documents.open(at("a"), "file:///a".to_owned(), 1, "text");
        assert_eq!((said(&documents, "a"), said(&documents, "b")), ("text".to_owned(), "2".to_owned()));
        std::fs::write(at("b"), "3").unwrap();
        assert_eq!(said(&documents, "b"), "2", "nobody has said that it changed");
        documents.forget_disk(folder.path());
        assert_eq!(said(&documents, "b"), "3");
        std::fs::write(at("b"), "4").unwrap();
        assert!(documents.close("file:///a") && !documents.close("file:///a"));
        assert_eq!((said(&documents, "b"), documents.path_of("file:///a")), ("4".to_owned(), None));
        documents.open(at("a"), "file:///a".to_owned(), 1, "text");
        documents.open(at("c"), "file:///c".to_owned(), 1, "text");
        assert_eq!(said(&documents, "b"), "4");
        documents.close("file:///c");
        assert_eq!(said(&documents, "b"), "4");
        std::fs::write(at("b"), "5").unwrap();
        assert_eq!(said(&documents, "b"), "4", "another document is still open");
        documents.close("file:///a");
        assert_eq!(said(&documents, "b"), "5");
        documents.open(at("a"), "file:///a".to_owned(), 1, "text");
        documents.open(at("a"), "file:///link/a".to_owned(), 1, "text");
        documents.close("file:///link/a");
        assert_eq!(said(&documents, "b"), "5");
        std::fs::write(at("b"), "6").unwrap();
        assert_eq!(said(&documents, "b"), "5", "the same is still open under another URI");
    }
}
