//! Reads a whole project: in threads of its own, so that an open document never waits for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::model::rules::RuleContext;
use crate::workspace::change::notice::ChangeNotice;
use crate::workspace::change::recovery;
use crate::workspace::check::Depth;
use crate::workspace::config::Settings;
use crate::workspace::config::project::Given;
use crate::workspace::discover::{self, Listing};
use crate::workspace::documents::Documents;
use crate::workspace::hint::{Hint as _, sentence};
use crate::workspace::index::{Index, IndexedIncrement, View};
use crate::workspace::line_index::Encoding;
use crate::workspace::parallel;
use crate::workspace::project::{Numbers, reports};
use crate::workspace::watch::Watcher;

/// How many increments a worker reads between two reports; smaller would wake the session for nothing.
const BATCH: usize = 256;

/// What a scan tells the session.
#[derive(Debug)]
pub enum ScanEvent {
    /// The projects a workspace folder is about.
    Projects {
        folder: PathBuf,
        projects: Vec<PathBuf>,
    },
    Listed {
        project: PathBuf,
        listing: Arc<Listing>,
    },
    /// These increments are in the index now.
    Read {
        project: PathBuf,
        folders: Vec<Arc<Path>>,
    },
    /// What an interrupted change left was finished or undone, or why not: sentences.
    Recovered {
        note: String,
    },
    /// Read under the settings of that epoch.
    Done {
        project: PathBuf,
        epoch: u64,
    },
}

/// Repositories lie at most so deep (`repositories/owner/name`): each folder above them is watched for new ones.
const WATCHED_DEPTH: usize = 3;

/// Looks for projects in a workspace folder, or in the part of it that is new.
pub fn discover(
    folder: PathBuf,
    part: Option<PathBuf>,
    given: Given,
    watcher: Option<Watcher>,
    report: impl Fn(ScanEvent) + Send + 'static,
) {
    thread::spawn(move || {
        // Watched before it is listed: what is made in between is seen either way.
        let watch = move |below: &Path, depth: usize| {
            let Some(watcher) = watcher.as_ref().filter(|_| depth <= WATCHED_DEPTH) else { return };
            watcher.new_folders(below);
            // It becomes a project with what is put into this.
            let specweave = below.join(discover::PROJECT_FOLDER);
            if !discover::is_project(below) && specweave.is_dir() {
                watcher.look_at(&specweave.into());
            }
        };
        let is_excluded = |project: &Path| given.excludes(project, &folder);
        let mut projects = discover::projects_below(&folder, part.as_deref().unwrap_or(&folder), is_excluded, watch);
        if part.is_none() {
            projects.extend(discover::project_above(&folder).filter(|around| !projects.contains(around)));
        }
        report(ScanEvent::Projects { folder, projects });
    });
}

/// A project to be read, and how.
pub struct Job {
    pub root: PathBuf,
    pub index: Arc<Index>,
    pub settings: Arc<Settings>,
    pub encoding: Encoding,
    pub epoch: u64,
    /// Ends the reading at the next batch.
    pub stop: Arc<AtomicBool>,
    /// Told of each folder before it is read, so that it has no moment in which a change goes unseen.
    pub watcher: Option<Watcher>,
}

/// Lists and reads all increments of a project.
pub fn project(job: Job, report: impl Fn(ScanEvent) + Send + Sync + 'static) {
    let Job { root, index, settings, encoding, epoch, stop, watcher } = job;
    thread::spawn(move || {
        let say = |notice: &ChangeNotice| report(ScanEvent::Recovered { note: sentence(&notice.to_string()) });
        if let Err(error) = recovery::recover_if_free(&root, &say) {
            report(ScanEvent::Recovered { note: error.sentences() });
        }
        let watch = |folder: &Arc<Path>| watcher.iter().for_each(|watcher| watcher.look_at(folder));
        let listing = Arc::new(discover::increments_after(&root, &settings.scope(), &|folder| watch(&folder.into())));
        let folders = &listing.increments;
        report(ScanEvent::Listed { project: root.clone(), listing: Arc::clone(&listing) });
        let numbers = Numbers::shared(folders);
        let shared_root: Arc<Path> = Arc::from(root.as_path());
        let closed = Documents::closed(&discover::increments_folder(&root));
        let view = View { documents: &closed, settings: &settings, encoding, epoch, outdated: None };
        let batches: Vec<&[Arc<Path>]> = folders.chunks(BATCH).collect();
        parallel::share(batches.len(), parallel::workers(), &|at| {
            let batch = batches[at];
            if stop.load(Ordering::Relaxed) {
                // What is left out is still to be seen when it changes.
                return batch.iter().for_each(watch);
            }
            for folder in batch {
                watch(folder);
                let sharing = numbers.sharing_with(&root, folder);
                let around = RuleContext { same_number: &sharing, ..RuleContext::default() };
                index.read(&shared_root, folder, Depth::Followed, around, view);
                let verifies = |entry: &IndexedIncrement| {
                    entry.summary.is_open() && entry.summary.progress().generation.has_ledger()
                };
                if watcher.is_some() && index.with(folder, verifies) == Some(true) {
                    watch(&reports(folder).into());
                }
            }
            report(ScanEvent::Read { project: root.clone(), folders: batch.to_vec() });
        });
        report(ScanEvent::Done { project: root, epoch });
    });
}
