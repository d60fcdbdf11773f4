//! Linux: inotify, with one watch for each folder that files of ours lie in.
//!
//! `notify` 8 would do but for one thing. Its memory is no reason (VmRSS of an idle server, debug build: 0.4 MB more at
//! 1,000 increments, 2.5 MB at 10,000). But it asks for `IN_OPEN` and lets nobody choose: each file that the server reads
//! itself is an event, 3,100 while it read 1,000 increments (strace). The system's queue holds 16,384 by default; where it
//! overflows everything has to be read again, and that makes the same events again.

use std::collections::{HashMap, HashSet, hash_map};
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::fs::inotify::{self, CreateFlags, Event, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use crate::model::file_kind::FileKind;
use crate::workspace::discover::{self, PROJECT_FOLDER};
use crate::workspace::project;
use crate::workspace::watch::{WatchEvent, blind, parts};

const WANTED: WatchFlags = WatchFlags::ATTRIB
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::EXCL_UNLINK)
    .union(WatchFlags::ONLYDIR);

#[derive(Clone)]
pub struct InotifyWatcher {
    shared: Arc<SharedWatches>,
}

/// Only to see folders being made in it, which may hold a project.
const NEW_FOLDERS: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::EXCL_UNLINK)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::MASK_ADD);
/// A system may have no more than 8,192 watches to give, and increments need them more.
const MOST_FOR_NEW_FOLDERS: usize = 2000;

struct SharedWatches {
    /// `None` where the system has none to give; that has been said.
    inotify: Option<OwnedFd>,
    /// By the watch's number.
    folders: Mutex<HashMap<i32, Arc<Path>>>,
    /// Those that are watched for new folders only.
    for_new_folders: Mutex<HashSet<i32>>,
    /// The system has no more watches: said once, not for each of thousands of folders.
    exhausted: AtomicBool,
    report: Box<dyn Fn(WatchEvent) + Send + Sync>,
}

impl InotifyWatcher {
    pub fn start(report: impl Fn(WatchEvent) + Send + Sync + 'static) -> InotifyWatcher {
        let inotify = inotify::init(CreateFlags::CLOEXEC);
        if let Err(error) = &inotify {
            report(blind(error, false));
        }
        let shared = Arc::new(SharedWatches {
            inotify: inotify.ok(),
            folders: Mutex::default(),
            for_new_folders: Mutex::default(),
            exhausted: AtomicBool::new(false),
            report: Box::new(report),
        });
        if shared.inotify.is_some() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.listen());
        }
        InotifyWatcher { shared }
    }

    /// A project, and the folders above its increments, so that one that is made later is seen too. Each folder that is
    /// listed and each increment is watched when it is looked at.
    pub fn project(&self, root: &Path) {
        self.shared.exhausted.store(false, Ordering::Relaxed);
        for part in parts(root) {
            self.shared.add(&part.into());
        }
        (self.shared.report)(WatchEvent::Watching(root.to_path_buf()));
    }

    /// A workspace folder without a project yet: only to see a project being made in it.
    pub fn folder(&self, folder: &Path) {
        self.shared.add(&Arc::from(folder));
        (self.shared.report)(WatchEvent::WatchingFolder(folder.to_path_buf()));
    }

    /// To be said before what lies in this folder is listed or read: what changes later is seen.
    pub fn look_at(&self, folder: &Arc<Path>) {
        self.shared.add(folder);
    }

    /// A folder in which a project may be made.
    pub fn new_folders(&self, folder: &Path) {
        self.shared.add_for_new_folders(folder);
    }

    pub fn forget(&self, root: &Path) {
        let Some(inotify) = &self.shared.inotify else { return };
        let below = root.join(PROJECT_FOLDER);
        self.shared.folders().retain(|watch, folder| {
            let forgotten = **folder == *root || folder.starts_with(&below);
            if forgotten {
                // Already gone is gone.
                let _ = inotify::remove_watch(inotify, *watch);
            }
            !forgotten
        });
    }
}

impl SharedWatches {
    fn folders(&self) -> MutexGuard<'_, HashMap<i32, Arc<Path>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, folder: &Arc<Path>) {
        let Some(inotify) = self.inotify.as_ref().filter(|_| !self.exhausted.load(Ordering::Relaxed)) else { return };
        // Held over the call: an event of the new watch waits until its folder is known.
        let mut folders = self.folders();
        match inotify::add_watch(inotify, &**folder, WANTED) {
            Ok(watch) => {
                folders.insert(watch, Arc::clone(folder));
                self.for_new_folders().remove(&watch);
            }
            // What is not there yet, or any more, is seen being made from the folder above it.
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(error) => {
                let exhausted = error == Errno::NOSPC;
                if !exhausted || !self.exhausted.swap(true, Ordering::Relaxed) {
                    (self.report)(blind(&error, exhausted));
                }
            }
        }
    }

    fn for_new_folders(&self) -> MutexGuard<'_, HashSet<i32>> {
        self.for_new_folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_for_new_folders(&self, folder: &Path) {
        let Some(inotify) = self.inotify.as_ref().filter(|_| !self.exhausted.load(Ordering::Relaxed)) else { return };
        let mut folders = self.folders();
        if self.for_new_folders().len() >= MOST_FOR_NEW_FOLDERS {
            return;
        }
        // That a system has no more to give is told when an increment cannot be watched.
        let Ok(watch) = inotify::add_watch(inotify, folder, NEW_FOLDERS) else { return };
        if let hash_map::Entry::Vacant(place) = folders.entry(watch) {
            place.insert(Arc::from(folder));
            self.for_new_folders().insert(watch);
        }
    }

    fn listen(&self) {
        let Some(inotify) = &self.inotify else { return };
        let mut room = [MaybeUninit::uninit(); 16 * 1024];
        let mut reader = Reader::new(inotify, &mut room);
        let mut paths = Vec::new();
        loop {
            match reader.next() {
                Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => (self.report)(WatchEvent::Overflow),
                Ok(event) => paths.extend(self.path_of(inotify, &event)),
                Err(Errno::INTR) => {}
                Err(error) => return (self.report)(blind(&error, false)),
            }
            if reader.is_buffer_empty() && !paths.is_empty() {
                (self.report)(WatchEvent::Paths(std::mem::take(&mut paths)));
            }
        }
    }

    fn path_of(&self, inotify: &OwnedFd, event: &Event<'_>) -> Option<PathBuf> {
        let what = event.events();
        let folder = Arc::clone(self.folders().get(&event.wd())?);
        let Some(name) = event.file_name() else {
            if what.contains(ReadFlags::IGNORED) {
                self.folders().remove(&event.wd());
                if self.for_new_folders().remove(&event.wd()) {
                    return None;
                }
                self.exhausted.store(false, Ordering::Relaxed);
            } else if what.contains(ReadFlags::MOVE_SELF) && is_increment(&folder) {
                self.moved(inotify, event.wd(), &folder);
            }
            return Some(folder.to_path_buf());
        };
        let path = folder.join(OsStr::from_bytes(name.to_bytes()));
        let comes = what.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) && what.contains(ReadFlags::ISDIR);
        if !comes && self.for_new_folders().contains(&event.wd()) {
            return None;
        }
        if comes && (is_increment(&path) || is_reports(&path)) {
            self.add(&Arc::from(path.as_path()));
        } else if name.to_bytes() == FileKind::Ledger.file_name().as_bytes() {
            // Only where there is a ledger it matters what a verification says.
            self.add(&Arc::from(project::reports(&folder)));
        }
        Some(path)
    }

    /// A watch goes with its folder, also to where nobody looks. That of a project stays: only it tells when the folder
    /// comes back.
    fn moved(&self, inotify: &OwnedFd, watch: i32, folder: &Arc<Path>) {
        let mut folders = self.folders();
        let here = inotify::add_watch(inotify, &**folder, WANTED);
        if let Ok(here) = here {
            folders.insert(here, Arc::clone(folder));
        }
        // Watched under its new name since, it is known by that.
        if here != Ok(watch) && folders.get(&watch).is_some_and(|known| known == folder) {
            folders.remove(&watch);
            let _ = inotify::remove_watch(inotify, watch);
        }
    }
}

fn is_reports(path: &Path) -> bool {
    discover::increment_of(path).is_some_and(|(_, increment)| project::reports(&increment) == path)
}

fn is_increment(path: &Path) -> bool {
    discover::increment_of(path).is_some_and(|(_, increment)| increment == path)
}
