//! What a request may look at: documents, increments, projects, settings and what the client can do, as they are at
//! its turn. It changes nothing.

use std::path::{Path, PathBuf};

use tower_lsp::ls_types::Uri;

use crate::model::increment::Source;
use crate::model::rules::Code;
use crate::model::status::Side;
use crate::server::lsp::capabilities::Capabilities;
use crate::server::lsp::position;
use crate::server::projects::Projects;
use crate::workspace::config::Settings;
use crate::workspace::config::ignore::IgnoreEntry;
use crate::workspace::discover;
use crate::workspace::documents::Documents;
use crate::workspace::fs::reader::Want;
use crate::workspace::index::Index;
use crate::workspace::line_index::Encoding;
use crate::workspace::project;
use crate::workspace::summary::Summary;

#[derive(Clone, Copy)]
pub struct Snapshot<'s> {
    pub documents: &'s Documents,
    pub index: &'s Index,
    pub projects: &'s Projects,
    pub capabilities: &'s Capabilities,
}

impl Snapshot<'_> {
    /// Those of the project that a file or folder lies in.
    pub fn settings(&self, path: &Path) -> &Settings {
        self.projects.settings(path)
    }

    pub fn encoding(&self) -> Encoding {
        self.capabilities.encoding
    }

    /// The path a document is known by; links are resolved only where that was not done when it was opened.
    pub fn path(&self, uri: &Uri) -> Option<PathBuf> {
        self.documents.path_of(uri.as_str()).map(Path::to_path_buf).or_else(|| position::path_of(uri))
    }

    /// The URI of a file: the client's own spelling when it is open.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        match self.documents.get(path) {
            Some(document) => position::parse_uri(&document.uri),
            None => self.projects.uri(path),
        }
    }

    pub fn version(&self, path: &Path) -> Option<i32> {
        self.documents.get(path).map(|document| document.version)
    }

    /// The whole text of a file, as the editor has it or as it is on disk.
    pub fn text(&self, path: &Path) -> Option<Vec<u8>> {
        match self.documents.shown(path, self.settings(path).max_file_size, Want::Whole) {
            Source::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// There is an increment in that folder: one that was read, or will be once the scan gets there.
    pub fn knows(&self, root: &Path, folder: &Path) -> bool {
        let is_there = || {
            let file = |side: Side| project::file(folder, side.file_name());
            self.settings(root).in_scope(root, folder)
                && Side::BOTH.map(file).iter().any(|path| self.documents.get(path).is_some() || path.is_file())
        };
        self.index.contains(folder) || is_there()
    }

    /// An increment of the project, if there is one of that id.
    pub fn increment(&self, root: &Path, id: &str) -> Option<PathBuf> {
        let folder = discover::increments_folder(root).join(id);
        self.index.contains(&folder).then_some(folder)
    }

    pub fn title(&self, folder: &Path) -> Option<String> {
        self.index.with(folder, |entry| entry.summary.title.as_deref().map(str::to_owned))?
    }

    /// The status of an increment, or what its metadata.json alone says, as far as it is known.
    pub fn status(&self, root: &Path, id: &str, side: Side) -> Option<String> {
        let folder = discover::increments_folder(root).join(id);
        self.index.with(&folder, |entry| entry.summary.status_for_cache(side).map(str::to_owned))?
    }

    /// The increments of a project that one of its files may call open, in the order of their names.
    pub fn open_summaries(&self, root: &Path) -> Vec<Summary> {
        let folders: Vec<_> = self.index.tally(root, |tally| tally.open.union(&tally.desynced).cloned().collect());
        folders.iter().filter_map(|folder| self.index.with(folder, |entry| entry.summary.clone())).collect()
    }

    /// Whether an `ignore` entry of a project, all of which has been read, is known to match nothing. It may be one that is
    /// typed and not saved yet: then what it matches is still a finding.
    pub fn is_unused(&self, root: &Path, entry: &IgnoreEntry) -> bool {
        let accepts = |folder: &Path, codes: &[Code]| codes.contains(&entry.code) && entry.covers(root, folder);
        if self.index.tally(root, |tally| tally.ignored.iter().any(|(folder, codes)| accepts(folder, codes))) {
            return false;
        }
        let matches = |only_found: bool| {
            let folders = self.index.folders(|folder, known| {
                let found = known.findings.iter().any(|finding| finding.code == entry.code);
                *known.summary.root == *root && (!only_found || found) && entry.covers(root, folder)
            });
            !folders.is_empty()
        };
        !matches(true) && entry.is_unused(false, || matches(false))
    }

    /// How a command names an increment so that no other can be meant.
    pub fn command_name(&self, folder: &Path) -> String {
        let uri = self.uri(&folder.join(Side::Spec.file_name()));
        uri.map_or_else(|| project::id_of(folder), |uri| uri.as_str().to_owned())
    }

    /// The increments of a project whose statuses disagree.
    pub fn desynced(&self, root: &Path) -> Vec<PathBuf> {
        self.index.tally(root, |tally| tally.desynced.iter().map(|folder| folder.to_path_buf()).collect())
    }

    pub fn all_desynced(&self) -> Vec<PathBuf> {
        self.projects.sorted().into_iter().flat_map(|project| self.desynced(&project.root)).collect()
    }
}
