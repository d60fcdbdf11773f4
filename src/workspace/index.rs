//! What is known of every increment: filled by the scan's threads, kept true by the session, read by both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use dashmap::DashMap;

use super::evaluate::{self, Depth, Placed};
use super::overlay::Overlay;
use super::place::Encoding;
use super::settings::Settings;
use crate::model::findings::Surroundings;

/// Small, since a project may have a hundred thousand: no text, and findings only where there are any.
#[derive(Debug)]
pub struct Entry {
    pub project: Arc<Path>,
    pub spec_status: Option<Box<str>>,
    pub metadata_status: Option<Box<str>>,
    pub desynced: bool,
    pub findings: Box<[Placed]>,
    /// Under which settings and when the files were read: of two readings the later one counts, whoever delivers it.
    stamp: (u64, Instant),
}

/// How an increment is looked at: what is open, what the settings want, in which unit columns count.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub overlay: &'a Overlay,
    pub settings: &'a Settings,
    pub encoding: Encoding,
    /// Counts the changes of the settings: a scan that still runs under old ones must not have the last word.
    pub epoch: u64,
}

#[derive(Debug, Default)]
pub struct Index {
    entries: DashMap<PathBuf, Entry>,
}

impl Index {
    /// Reads an increment and notes what is found. False when there is none in that folder (any more).
    pub fn read(
        &self,
        project: &Arc<Path>,
        folder: &Path,
        depth: Depth,
        around: Surroundings<'_>,
        view: View<'_>,
    ) -> bool {
        let stamp = (view.epoch, Instant::now());
        let (increment, progress) = evaluate::load(folder, view.overlay, view.settings, depth);
        if increment.is_nothing() {
            self.entries.remove_if(folder, |_, known| known.stamp <= stamp);
            return false;
        }
        let findings = evaluate::findings(&increment, Surroundings { progress, ..around }, view.settings);
        let status = |reading: &crate::model::reading::Reading| reading.status_text().map(Box::from);
        let entry = Entry {
            project: Arc::clone(project),
            spec_status: status(&increment.spec.reading),
            metadata_status: status(&increment.metadata.reading),
            desynced: increment.is_desynced(),
            findings: evaluate::placed(&increment, findings, view.encoding),
            stamp,
        };
        match self.entries.entry(folder.to_path_buf()) {
            dashmap::Entry::Occupied(mut known) => {
                if known.get().stamp <= stamp {
                    known.insert(entry);
                }
            }
            dashmap::Entry::Vacant(place) => {
                place.insert(entry);
            }
        }
        true
    }

    pub fn with<T>(&self, folder: &Path, look: impl FnOnce(&Entry) -> T) -> Option<T> {
        self.entries.get(folder).map(|entry| look(&entry))
    }

    pub fn contains(&self, folder: &Path) -> bool {
        self.entries.contains_key(folder)
    }

    pub fn remove(&self, folder: &Path) -> bool {
        self.entries.remove(folder).is_some()
    }

    /// The increments for which `fits` holds, sorted.
    pub fn folders(&self, fits: impl Fn(&Entry) -> bool) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> =
            self.entries.iter().filter(|entry| fits(entry.value())).map(|entry| entry.key().clone()).collect();
        folders.sort_unstable();
        folders
    }
}
