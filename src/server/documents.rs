//! The documents the editor holds, and the increments they belong to.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tower_lsp::ls_types::*;

use crate::model::file_kind::FileKind;
use crate::model::increment::{Increment, IncrementFile};
use crate::model::rules::{OnDisk, RuleContext};
use crate::model::status::Side;
use crate::server::position;
use crate::server::session::{QUIET, Session};
use crate::workspace::check::{self, Depth};
use crate::workspace::discover::{self, Scope};
use crate::workspace::fs::reader::{self, Want};
use crate::workspace::index::View;
use crate::workspace::line_index::Encoding;
use crate::workspace::{project, state_files};

/// How long an editor may take to save the second of two files.
const SAVING: Duration = Duration::from_millis(1000);

impl Session {
    pub(super) fn opened(&mut self, document: TextDocumentItem) {
        let Some(path) = position::path_of(&document.uri) else { return };
        let uri = document.uri.as_str().to_owned();
        self.documents.open(path.clone(), uri, document.version, &document.text);
        self.trace(&path);
        if let Some((root, folder)) = discover::increment_of(&path) {
            // An editor may open a file of a project that none of its folders holds.
            if !self.projects.contains_key(&root) {
                self.add_project(root);
            }
            self.greet.insert(path);
            self.read(&folder);
        }
    }

    pub(super) fn edited(&mut self, params: DidChangeTextDocumentParams) {
        let uri = &params.text_document.uri;
        let Some(path) = position::path_of(uri) else { return };
        let encoding = self.client.encoding;
        let Some(document) = self.documents.get_mut(&path) else {
            return tracing::warn!("a change of {} was not taken: it was never opened", uri.as_str());
        };
        document.version = params.text_document.version;
        for change in params.content_changes {
            let Some(document) = self.documents.get_mut(&path) else { return };
            document.previous = Some(document.text.clone());
            match change.range {
                None => document.text = ropey::Rope::from_str(&change.text),
                Some(range) => {
                    self.published.touched(&path, range);
                    let bytes = position::bytes(&document.text, range, encoding);
                    let chars = document.text.byte_to_char(bytes.start)..document.text.byte_to_char(bytes.end);
                    document.text.remove(chars.clone());
                    document.text.insert(chars.start, &change.text);
                }
            }
            self.trace(&path);
        }
        self.document_changed(&path);
    }

    pub(super) fn saved(&mut self, uri: &Uri) {
        if let Some(path) = position::path_of(uri) {
            self.document_changed(&path);
        }
    }

    pub(super) fn closed(&mut self, uri: &Uri) {
        let Some(path) = position::path_of(uri) else { return };
        self.greet.remove(&path);
        if self.documents.close(&path).is_some() {
            self.document_changed(&path);
        }
    }

    pub(super) fn document_changed(&mut self, path: &Path) {
        if let Some(root) = self.projects.keys().find(|root| state_files::is_cache(root, path)).cloned() {
            self.look_for_caches(&root);
        }
        if let Some((_, folder)) = discover::increment_of(path) {
            self.note_the_time();
            self.edited.insert(folder);
        }
    }

    /// Reads an increment and notes the news, also for those that share its number.
    pub(super) fn read(&mut self, folder: &Path) {
        let Some((root, _)) = discover::increment_of(folder) else { return };
        let scope = self.scope();
        let in_scope = discover::in_scope(&root, folder, &scope);
        let Some(project) = self.projects.get_mut(&root) else { return };
        let sharing = project.numbers.sharing(folder);
        let names: Vec<String> = sharing.iter().map(|other| project::name_in_project(&root, other)).collect();
        let folder: Arc<Path> = Arc::from(folder);
        let there = in_scope && self.read_into_index(&root, &folder, &names);
        let Some(project) = self.projects.get_mut(&root) else { return };
        let changed = if there { project.numbers.add(&folder) } else { project.numbers.remove(&folder) };
        if !there {
            self.index.remove(&folder);
        }
        self.note(&folder);
        if changed {
            sharing.iter().for_each(|other| self.read(other));
        }
    }

    /// The statuses on disk of an increment with open documents, and whether one text of a pair was saved alone.
    fn disk_of(&mut self, folder: &Path, texts: &Increment) -> Option<(String, String, bool)> {
        let said = |file: &IncrementFile| file.parsed.status_text().map(str::to_owned);
        let on_disk = |side: Side| {
            let path = project::file(folder, side.file_name());
            match self.documents.get(&path) {
                Some(_) => {
                    said(&IncrementFile::read(side, reader::read(&path, self.settings.max_file_size, Want::of(side))))
                }
                None => said(texts.file(side)),
            }
        };
        let disk = on_disk(Side::Spec).zip(on_disk(Side::Metadata))?;
        let texts = said(&texts.spec).zip(said(&texts.metadata))?;
        let (in_step, saved) = (texts.0 == texts.1, disk.0 == disk.1);
        if !in_step || texts == disk {
            self.unsaved_pairs.remove(folder);
        } else if saved {
            self.unsaved_pairs.insert(folder.to_path_buf(), None);
        }
        let mut half_saved = false;
        if let (false, Some(since)) = (saved, self.unsaved_pairs.get_mut(folder)) {
            let now = Instant::now();
            let since = *since.get_or_insert(now);
            half_saved = since + SAVING <= now;
            if !half_saved {
                // Editors save two files one after the other: looked at again when that is over.
                self.unsettled.insert(folder.to_path_buf(), since + SAVING - QUIET);
                return None;
            }
        }
        Some((disk.0, disk.1, half_saved))
    }

    fn read_into_index(&mut self, root: &Path, folder: &Arc<Path>, sharing: &[String]) -> bool {
        let watched_files = [FileKind::Spec, FileKind::Metadata, FileKind::Tasks].map(FileKind::file_name);
        let open = watched_files.iter().any(|name| self.documents.get(&folder.join(name)).is_some());
        let depth = if open { Depth::Work } else { Depth::Followed };
        let stamp = (self.epoch, Instant::now());
        let (increment, progress) = check::load(folder, &self.documents, &self.settings, depth);
        let disk = if open { self.disk_of(folder, &increment) } else { None };
        let view =
            View { documents: &self.documents, settings: &self.settings, encoding: self.encoding(), epoch: self.epoch };
        let on_disk = disk.as_ref().map(|disk| OnDisk { spec: &disk.0, metadata: &disk.1, half_saved: disk.2 });
        let around = RuleContext { same_number: sharing, progress, on_disk };
        self.index.note(&Arc::from(root), folder, &increment, around, view, stamp)
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.client.encoding
    }

    pub(super) fn scope(&self) -> Scope {
        Scope { include_archived: self.settings.include_archived, exclude: self.settings.exclude.clone() }
    }
}
