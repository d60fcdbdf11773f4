//! What is known of every increment: filled by the scan's threads, kept true by the session, read by both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use dashmap::DashMap;
use dashmap::mapref::multiple::RefMulti;
use foldhash::fast::RandomState;

use crate::model::increment::Increment;
use crate::model::rules::{Code, RuleContext, Severity};
use crate::model::sort;
use crate::workspace::check::{self, Depth, LocatedFinding, Outdated};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::fs::path_map::PathMap;
use crate::workspace::line_index::Encoding;
use crate::workspace::project;
use crate::workspace::summary::Summary;

/// Small, since a project may have thousands: no text, and findings only where there are any.
#[derive(Debug)]
pub struct IndexedIncrement {
    pub summary: Summary,
    pub findings: Box<[LocatedFinding]>,
    /// What the project accepts here.
    pub ignored: Box<[Code]>,
    /// Under which settings and when the files were read: of two readings the later one counts, whoever delivers it.
    stamp: Stamp,
}

/// When something was read: under the settings of that epoch, then.
pub type Stamp = (u64, Instant);

/// How an increment is looked at: what is open, what the settings want, in which unit columns count.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub documents: &'a Documents,
    pub settings: &'a Settings,
    pub encoding: Encoding,
    /// Counts the changes of the settings: a scan that still runs under old ones must not have the last word.
    pub epoch: u64,
    pub outdated: Option<Outdated<'a>>,
}

/// A project in numbers, kept with every change of an entry: nobody has to go through all of them for it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub increments: usize,
    pub open: BTreeSet<Arc<Path>>,
    pub desynced: BTreeSet<Arc<Path>>,
    /// Increments with a finding of that severity, desyncs aside.
    pub errors: usize,
    pub warnings: usize,
    /// Increments with something that the project accepts.
    pub ignored: BTreeMap<Arc<Path>, Box<[Code]>>,
}

impl Tally {
    fn count(&mut self, folder: &Arc<Path>, entry: &IndexedIncrement) {
        self.increments += 1;
        if entry.summary.is_open() {
            self.open.insert(Arc::clone(folder));
        }
        if entry.summary.desynced {
            self.desynced.insert(Arc::clone(folder));
        }
        self.errors += usize::from(entry.has(Severity::Error));
        self.warnings += usize::from(entry.has(Severity::Warning));
        if !entry.ignored.is_empty() {
            self.ignored.insert(Arc::clone(folder), entry.ignored.clone());
        }
    }

    fn discount(&mut self, folder: &Path, entry: &IndexedIncrement) {
        self.increments -= 1;
        self.open.remove(folder);
        self.desynced.remove(folder);
        self.errors -= usize::from(entry.has(Severity::Error));
        self.warnings -= usize::from(entry.has(Severity::Warning));
        self.ignored.remove(folder);
    }
}

impl IndexedIncrement {
    fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity == severity && finding.code != Code::StatusDesync)
    }
}

#[derive(Debug, Default)]
pub struct Index {
    /// Boxed: the table itself has room for more than there are.
    entries: DashMap<Arc<Path>, Box<IndexedIncrement>, RandomState>,
    /// Changed only while the entry is held that changes it, so that both always fit.
    tallies: Mutex<PathMap<Tally>>,
    /// Counts the changes of anything that a list or a tally shows.
    revision: AtomicU64,
    /// Counts the changes of what `SearchNames` holds.
    renamed: AtomicU64,
    /// Increments with open documents: what a scan reads on disk does not count for them.
    open: Mutex<PathMap<()>>,
    names: Mutex<Option<(u64, Arc<SearchNames>)>>,
}

/// What increments are looked for by, in the order of their folders and in one piece of memory: going through thousands
/// of entries that lie all over it takes longer than comparing them.
#[derive(Debug, Default)]
pub struct SearchNames {
    rows: Vec<Row>,
    text: String,
}

#[derive(Debug)]
struct Row {
    folder: Arc<Path>,
    /// Where in the text the id ends, and the title behind it.
    id: usize,
    title: usize,
}

#[derive(Debug)]
pub struct Name<'n> {
    pub folder: &'n Arc<Path>,
    pub id: &'n str,
    pub title: &'n str,
}

impl SearchNames {
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Name<'_>> + ExactSizeIterator {
        (0..self.rows.len()).map(|at| {
            let Row { folder, id, title } = &self.rows[at];
            let start = at.checked_sub(1).map_or(0, |before| self.rows[before].title);
            Name { folder, id: &self.text[start..*id], title: &self.text[*id..*title] }
        })
    }
}

impl Index {
    /// Whether documents of this increment are open. Whoever says so reads it once more then.
    pub fn set_open(&self, folder: &Path, open: bool) {
        let mut folders = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open {
            folders.insert(folder, ());
        } else {
            folders.remove(folder);
        }
    }

    fn is_open(&self, folder: &Path) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).contains(folder)
    }

    /// Reads an increment on disk and notes what is found, unless a document of it is open. False when there is none in that folder (any more).
    pub fn read(
        &self,
        project: &Arc<Path>,
        folder: &Arc<Path>,
        depth: Depth,
        around: RuleContext<'_>,
        view: View<'_>,
    ) -> bool {
        let stamp = (view.epoch, Instant::now());
        let (increment, work) = check::load(folder, view.documents, view.settings, depth);
        // Asked after reading: one that is opened later is noted with a later stamp.
        if self.is_open(folder) {
            return true;
        }
        self.note(project, folder, &increment, RuleContext { work: work.as_ref(), ..around }, view, stamp)
    }

    /// Notes what an increment says that was read at `stamp`.
    pub fn note(
        &self,
        project: &Arc<Path>,
        folder: &Arc<Path>,
        increment: &Increment,
        around: RuleContext<'_>,
        view: View<'_>,
        stamp: Stamp,
    ) -> bool {
        if increment.is_nothing() {
            let gone = self.entries.remove_if(&**folder, |_, known| {
                let older = known.stamp <= stamp;
                if older {
                    self.uncount(folder, known);
                }
                older
            });
            if gone.is_some() {
                self.revise(true);
            }
            return false;
        }
        let place = check::Place { root: project, folder };
        let found = check::findings(place, increment, around, view.settings);
        let ignored = found.ignored.iter().map(|(finding, _)| finding.code).collect();
        let entry = Box::new(IndexedIncrement {
            summary: Summary::of(
                project,
                folder,
                increment,
                around.work.filter(|_| increment.is_open()).map(|work| work.progress),
                view.settings,
            ),
            findings: check::locate_shown(increment, found.findings, view.encoding, view.outdated),
            ignored,
            stamp,
        });
        match self.entries.entry(Arc::clone(folder)) {
            dashmap::Entry::Occupied(mut place) => {
                let known = place.get();
                if known.stamp <= stamp {
                    let same = known.summary == entry.summary
                        && known.ignored == entry.ignored
                        && [Severity::Error, Severity::Warning].iter().all(|it| known.has(*it) == entry.has(*it));
                    if !same {
                        self.uncount(folder, known);
                        self.tallies().entry(project).count(place.key(), &entry);
                        self.revise(known.summary.title != entry.summary.title);
                    }
                    place.insert(entry);
                }
            }
            dashmap::Entry::Vacant(place) => {
                self.tallies().entry(project).count(place.key(), &entry);
                self.revise(true);
                place.insert(entry);
            }
        }
        true
    }

    pub fn with<T>(&self, folder: &Path, look: impl FnOnce(&IndexedIncrement) -> T) -> Option<T> {
        self.entries.get(folder).map(|entry| look(&entry))
    }

    pub fn contains(&self, folder: &Path) -> bool {
        self.entries.contains_key(folder)
    }

    pub fn remove(&self, folder: &Path) -> bool {
        let gone = self.entries.remove_if(folder, |_, known| {
            self.uncount(folder, known);
            true
        });
        if gone.is_some() {
            self.revise(true);
        }
        gone.is_some()
    }

    /// The increments for which `fits` holds, sorted.
    pub fn folders(&self, fits: impl Fn(&Path, &IndexedIncrement) -> bool) -> Vec<Arc<Path>> {
        let found = self.entries.iter().filter(|entry| fits(entry.key(), entry.value()));
        let mut found: Vec<Arc<Path>> = found.map(|entry| Arc::clone(entry.key())).collect();
        sort::by(&mut found, |a, b| a.as_os_str().cmp(b.as_os_str()));
        found
    }

    /// Put together when somebody looks for a name, and kept until one changes.
    pub fn names(&self) -> Arc<SearchNames> {
        let mut kept = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let renamed = self.renamed.load(Ordering::Acquire);
        if let Some((_, names)) = kept.as_ref().filter(|(at, _)| *at == renamed) {
            return Arc::clone(names);
        }
        let mut entries: Vec<RefMulti<'_, Arc<Path>, Box<IndexedIncrement>>> = self.entries.iter().collect();
        sort::by(&mut entries, |a, b| a.key().as_os_str().cmp(b.key().as_os_str()));
        let mut names = SearchNames::default();
        for entry in &entries {
            match project::name_of(entry.key()) {
                Some(id) => names.text.push_str(id),
                None => names.text.push_str(&project::id_of(entry.key())),
            }
            let id = names.text.len();
            names.text.push_str(entry.summary.title.as_deref().unwrap_or_default());
            names.rows.push(Row { folder: Arc::clone(entry.key()), id, title: names.text.len() });
        }
        let names = Arc::new(names);
        *kept = Some((renamed, Arc::clone(&names)));
        names
    }

    /// `look` must not ask the index: an entry is changed first, then its tally.
    pub fn tally<T>(&self, project: &Path, look: impl FnOnce(&Tally) -> T) -> T {
        match self.tallies().get(project) {
            Some(tally) => look(tally),
            None => look(&Tally::default()),
        }
    }

    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Something that is shown beside the increments has changed: the projects they are in.
    pub fn touch(&self) {
        self.revise(false);
    }

    fn revise(&self, renamed: bool) {
        self.revision.fetch_add(1, Ordering::AcqRel);
        self.renamed.fetch_add(u64::from(renamed), Ordering::AcqRel);
    }

    fn uncount(&self, folder: &Path, entry: &IndexedIncrement) {
        if let Some(tally) = self.tallies().get_mut(&entry.summary.root) {
            tally.discount(folder, entry);
        }
    }

    /// Counting cannot fail half-way: after a panic elsewhere the numbers still hold.
    fn tallies(&self) -> MutexGuard<'_, PathMap<Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
