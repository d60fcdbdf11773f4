//! Open documents, projects and what is known of their increments, kept true.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use ropey::Rope;
use tower_lsp::ls_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri, VersionedTextDocumentIdentifier};

use crate::model::file_kind::FileKind;
use crate::model::increment::{Increment, IncrementFile};
use crate::model::rules::{OnDisk, RuleContext};
use crate::model::status::Side;
use crate::server::lsp::capabilities::Capabilities;
use crate::server::lsp::position;
use crate::server::projects::Projects;
use crate::server::snapshot::Snapshot;
use crate::server::unsaved::{Saving, TwoStatuses, UnsavedPairs};
use crate::workspace::check::{self, Depth, Outdated};
use crate::workspace::config::Settings;
use crate::workspace::discover;
use crate::workspace::documents::{Document, Documents};
use crate::workspace::fs::reader::Want;
use crate::workspace::index::{Index, View};
use crate::workspace::line_index::Encoding;
use crate::workspace::project;

#[derive(Default)]
pub struct Workspace {
    documents: Documents,
    index: Arc<Index>,
    projects: Projects,
    unsaved: UnsavedPairs,
    /// Increments whose open documents changed: checked when no message is waiting, or when somebody asks.
    edited: BTreeSet<PathBuf>,
    /// Increments in which something changed on disk that open documents were not compared with.
    moved_on_disk: BTreeSet<PathBuf>,
}

/// How an increment is checked: the settings of its project, when they counted first, and in which unit columns count.
struct CheckOptions {
    settings: Arc<Settings>,
    epoch: u64,
    encoding: Encoding,
}

/// What came of a check.
#[derive(Debug, Default)]
pub struct Checked {
    /// The increments whose findings may be others now.
    pub increments: Vec<PathBuf>,
    /// Those that have to be checked again, and when.
    pub again: Vec<(PathBuf, Instant)>,
}

impl Workspace {
    pub fn new() -> Workspace {
        let mut workspace = Workspace::default();
        workspace.documents.keep_disk(true);
        workspace
    }

    pub fn snapshot<'s>(&'s self, capabilities: &'s Capabilities) -> Snapshot<'s> {
        let (documents, index, projects) = (&self.documents, &*self.index, &self.projects);
        Snapshot { documents, index, projects, capabilities }
    }

    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    pub fn projects(&self) -> &Projects {
        &self.projects
    }

    pub fn projects_mut(&mut self) -> &mut Projects {
        &mut self.projects
    }

    pub fn document(&self, path: &Path) -> Option<&Document> {
        self.documents.get(path)
    }

    pub fn path(&self, uri: &Uri) -> Option<PathBuf> {
        self.documents.path_of(uri.as_str()).map(Path::to_path_buf).or_else(|| position::path_of(uri))
    }

    /// An open document lies below this folder.
    pub fn has_open(&self, folder: &Path) -> bool {
        self.documents.paths().any(|path| path.starts_with(folder))
    }

    pub fn has_documents(&self) -> bool {
        self.documents.paths().next().is_some()
    }

    // --- documents

    /// `None` for what is no file.
    pub fn open(&mut self, document: &TextDocumentItem) -> Option<PathBuf> {
        let path = self.projects.known_as(position::path_of(&document.uri)?);
        self.documents.open(path.clone(), document.uri.as_str().to_owned(), document.version, &document.text);
        self.disk_changed(&path);
        if let Some((_, folder)) = discover::increment_of(&path) {
            self.index.set_open(&folder, true);
        }
        Some(path)
    }

    /// One change of a text, in its place or of all of it. False if the document was never opened.
    pub fn edit(
        &mut self,
        path: &Path,
        document: &VersionedTextDocumentIdentifier,
        change: &TextDocumentContentChangeEvent,
        encoding: Encoding,
    ) -> bool {
        self.documents.turn_to(document.uri.as_str());
        let Some(open) = self.documents.edit(path) else { return false };
        open.version = document.version;
        match change.range {
            None => open.text = Rope::from_str(&change.text),
            Some(range) => {
                let bytes = position::bytes(&open.text, range, encoding);
                let chars = open.text.byte_to_char(bytes.start)..open.text.byte_to_char(bytes.end);
                open.text.remove(chars.clone());
                open.text.insert(chars.start, &change.text);
            }
        }
        true
    }

    pub fn close(&mut self, path: &Path, uri: &Uri) -> bool {
        let closed = self.documents.close(uri.as_str());
        if let Some((_, folder)) = discover::increment_of(path).filter(|(_, folder)| !self.has_open(folder)) {
            self.index.set_open(&folder, false);
        }
        closed
    }

    /// A text of this increment changed: it is checked when somebody wants to know.
    pub fn edited(&mut self, folder: &Path) {
        self.edited.insert(folder.to_path_buf());
    }

    /// What is on disk at `path` may be something else now.
    pub fn disk_changed(&mut self, path: &Path) {
        match discover::increment_of(path) {
            Some((root, folder)) => {
                self.documents.forget_disk(&folder);
                if self.projects.contains(&root) {
                    self.moved_on_disk.insert(folder);
                }
            }
            None => self.documents.forget_all_disk(),
        }
    }

    /// The editor has written its text to this file.
    pub fn saved(&mut self, path: &Path, uri: &Uri) {
        self.documents.turn_to(uri.as_str());
        self.disk_changed(path);
        // Who saves one file may have changed the other from a shell a moment ago, before a watcher could say so: agents do.
        let beside = |other: &Path| other != path && other.parent() == path.parent();
        self.look_at_disk(beside);
        self.documents.look_at_disk(path, self.projects.settings(path).max_file_size, true);
    }

    pub fn forget_disk(&mut self) {
        self.documents.forget_all_disk();
        self.look_at_disk(|_| true);
    }

    /// Which of these documents another program has changed on disk.
    fn look_at_disk(&mut self, which: impl Fn(&Path) -> bool) {
        let is_ours = |path: &&Path| which(path) && discover::increment_of(path).is_some();
        let paths: Vec<PathBuf> = self.documents.paths().filter(is_ours).map(Path::to_path_buf).collect();
        for path in paths {
            self.documents.look_at_disk(&path, self.projects.settings(&path).max_file_size, false);
        }
    }

    /// Nobody says any more what changes on disk.
    pub fn watch_failed(&mut self) {
        self.documents.keep_disk(false);
    }

    /// Both texts of this increment were changed, and are to be saved together.
    pub fn expect_saving(&mut self, folder: &Path) {
        self.unsaved.expect(folder);
    }

    // --- increments

    /// Checks what was edited. A burst of changes is checked once.
    pub fn check_edited(&mut self, encoding: Encoding) -> Vec<Checked> {
        let edited = std::mem::take(&mut self.edited);
        let check = |folder: &PathBuf| {
            // The edit is judged by what is on disk by now, though that may not have been quiet for long.
            if self.moved_on_disk.contains(folder) {
                return self.check(folder, encoding);
            }
            self.check_again(folder, encoding)
        };
        edited.iter().map(check).collect()
    }

    /// Reads an increment from disk and checks it, and those that share its number.
    pub fn check(&mut self, folder: &Path, encoding: Encoding) -> Checked {
        self.edited.remove(folder);
        self.moved_on_disk.remove(folder);
        self.documents.forget_disk(folder);
        self.look_at_disk(|path| path.starts_with(folder));
        self.check_again(folder, encoding)
    }

    fn check_again(&mut self, folder: &Path, encoding: Encoding) -> Checked {
        let mut checked = Checked::default();
        let Some((root, _)) = discover::increment_of(folder) else { return checked };
        let Some(project) = self.projects.get(&root) else { return checked };
        let in_scope = project.config.settings.in_scope(&root, folder);
        let options = CheckOptions { settings: Arc::clone(&project.config.settings), epoch: project.epoch, encoding };
        let sharing = project.numbers.sharing(folder);
        let names: Vec<String> = sharing.iter().map(|other| project::name_in_project(&root, other)).collect();
        let folder: Arc<Path> = Arc::from(folder);
        let there = in_scope && self.check_into_index(&root, &folder, &names, &options, &mut checked);
        let Some(project) = self.projects.get_mut(&root) else { return checked };
        let changed = if there { project.numbers.add(&folder) } else { project.numbers.remove(&folder) };
        if !there {
            self.index.remove(&folder);
        }
        checked.increments.push(folder.to_path_buf());
        if changed {
            for other in sharing {
                let others = self.check_again(&other, encoding);
                checked.increments.extend(others.increments);
                checked.again.extend(others.again);
            }
        }
        checked
    }

    fn check_into_index(
        &mut self,
        root: &Path,
        folder: &Arc<Path>,
        sharing: &[String],
        options: &CheckOptions,
        checked: &mut Checked,
    ) -> bool {
        let open = FileKind::ALL.into_iter().any(|file| self.documents.get(&folder.join(file.file_name())).is_some());
        let depth = if open { Depth::Work } else { Depth::Followed };
        let stamp = (options.epoch, Instant::now());
        let mut sides = Side::BOTH.to_vec();
        sides.retain(|side| self.documents.is_outdated(&project::file(folder, side.file_name())));
        let (increment, work) = check::load(folder, &self.documents, &options.settings, depth);
        let disk = if open { self.statuses_on_disk(folder, &increment, options) } else { None };
        let mut overtaken = Side::BOTH.to_vec();
        overtaken.retain(|side| self.documents.is_overtaken(&project::file(folder, side.file_name())));
        let on_disk = disk.as_ref().and_then(|(texts, disk)| {
            let half_saved = match self.unsaved.judge(folder, texts, disk, stamp.1) {
                Saving::Fine => false,
                Saving::Half => true,
                Saving::Under(end) => {
                    checked.again.push((folder.to_path_buf(), end));
                    return None;
                }
            };
            Some(OnDisk { spec: &disk.0, metadata: &disk.1, half_saved, overtaken: &overtaken })
        });
        let (settings, epoch) = (&*options.settings, options.epoch);
        let shown;
        let outdated = if sides.is_empty() {
            None
        } else {
            shown = check::load_shown(folder, &self.documents, settings, Depth::Work).0;
            Some(Outdated { sides: &sides, shown: &shown })
        };
        let view = View { documents: &self.documents, settings, encoding: options.encoding, epoch, outdated };
        let around = RuleContext { same_number: sharing, work: work.as_ref(), on_disk, ..RuleContext::default() };
        self.index.note(&Arc::from(root), folder, &increment, around, view, stamp)
    }

    /// The statuses of an increment with open documents: in the texts, and on disk.
    fn statuses_on_disk(
        &self,
        folder: &Path,
        texts: &Increment,
        options: &CheckOptions,
    ) -> Option<(TwoStatuses, TwoStatuses)> {
        let said = |file: &IncrementFile| file.parsed.status_text().map(str::to_owned);
        let on_disk = |side: Side| {
            let path = project::file(folder, side.file_name());
            match self.documents.get(&path) {
                Some(_) => {
                    let source = self.documents.on_disk(&path, options.settings.max_file_size, Want::of(side));
                    said(&IncrementFile::read(side, source))
                }
                None => said(texts.file(side)),
            }
        };
        let disk = on_disk(Side::Spec).zip(on_disk(Side::Metadata))?;
        Some((said(&texts.spec).zip(said(&texts.metadata))?, disk))
    }

    pub fn has_findings(&self, folder: &Path) -> bool {
        self.index.with(folder, |entry| !entry.findings.is_empty()) == Some(true)
    }

    pub fn remove(&mut self, folder: &Path) {
        self.index.remove(folder);
    }

    /// The increments that the settings leave out now.
    pub fn out_of_scope(&self) -> Vec<Arc<Path>> {
        let in_scope = |folder: &Path| {
            discover::increment_of(folder)
                .is_some_and(|(root, _)| self.projects.settings(&root).in_scope(&root, folder))
        };
        self.index.folders(|folder, _| !in_scope(folder))
    }
}
