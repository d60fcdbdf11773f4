//! Everywhere but on Linux: the `notify` crate, which watches the increments and all below them at once.
//!
//! macOS has one stream of events for all that is watched, which starts anew when something is added: what happens
//! meanwhile is told by nobody. So orders that wait are carried out together, and what was watched before is read again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use notify::{EventKind, PathOp, RecommendedWatcher, Watcher as _};

use crate::workspace::watch::{WatchEvent, blind, parts};

/// Watches projects from a thread of its own, since adding thousands of folders takes a while.
#[derive(Debug, Clone)]
pub struct NotifyWatcher {
    orders: mpsc::Sender<Order>,
}

/// Whether adding a path restarts the others.
const STARTS_ANEW: bool = cfg!(target_os = "macos");

#[derive(Debug)]
enum Order {
    Project(PathBuf),
    Folder(PathBuf),
    NewFolders(PathBuf),
    Forget(PathBuf),
}

impl Order {
    /// The project that is read once the order is carried out.
    fn root(&self) -> Option<&PathBuf> {
        match self {
            Order::Project(root) => Some(root),
            _ => None,
        }
    }
}

impl NotifyWatcher {
    pub fn start(report: impl Fn(WatchEvent) + Send + Clone + 'static) -> NotifyWatcher {
        let (orders, inbox) = mpsc::channel();
        thread::spawn(move || run(&inbox, report));
        NotifyWatcher { orders }
    }

    /// A project's increments, and the folders above them, so that one that is made later is seen too.
    pub fn project(&self, root: &Path) {
        let _ = self.orders.send(Order::Project(root.to_path_buf()));
    }

    /// A workspace folder without a project yet: only to see a project being made in it.
    pub fn folder(&self, folder: &Path) {
        let _ = self.orders.send(Order::Folder(folder.to_path_buf()));
    }

    /// Watched already, with its project.
    pub fn look_at(&self, _: &Arc<Path>) {}

    /// A folder in which a project may be made.
    pub fn new_folders(&self, folder: &Path) {
        let _ = self.orders.send(Order::NewFolders(folder.to_path_buf()));
    }

    pub fn forget(&self, root: &Path) {
        let _ = self.orders.send(Order::Forget(root.to_path_buf()));
    }
}

fn run(inbox: &mpsc::Receiver<Order>, report: impl Fn(WatchEvent) + Send + Clone + 'static) {
    let tell = report.clone();
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        Ok(event) if event.need_rescan() => tell(WatchEvent::Overflow),
        Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
        Ok(event) => tell(WatchEvent::Paths(event.paths)),
        Err(error) => tell(said(&error)),
    });
    let mut watcher = match made {
        Ok(watcher) => watcher,
        Err(error) => {
            report(said(&error));
            return inbox.iter().for_each(|order| answer(order, &report));
        }
    };
    let mut watched = BTreeSet::new();
    while let Ok(order) = inbox.recv() {
        let orders: Vec<Order> = std::iter::once(order).chain(inbox.try_iter()).collect();
        let before = watched.clone();
        if let Err(error) = watcher.apply(changes(&orders, &mut watched), &|path| is_needed(&orders, path)) {
            report(said(&error));
        }
        let read = orders.iter().filter_map(Order::root).collect::<BTreeSet<_>>();
        if STARTS_ANEW && watched != before {
            before.iter().filter(|root| watched.contains(*root) && !read.contains(root)).for_each(|root| {
                report(WatchEvent::Missed(root.clone()));
            });
        }
        orders.into_iter().for_each(|order| answer(order, &report));
    }
}

fn answer(order: Order, report: &impl Fn(WatchEvent)) {
    match order {
        Order::Project(root) => report(WatchEvent::Watching(root)),
        Order::Folder(folder) => report(WatchEvent::WatchingFolder(folder)),
        Order::NewFolders(_) | Order::Forget(_) => {}
    }
}

/// What is to be watched and no longer watched, in order. `watched` are the projects.
fn changes(orders: &[Order], watched: &mut BTreeSet<PathBuf>) -> Vec<PathOp> {
    let mut changes = Vec::new();
    for order in orders {
        match order {
            Order::Project(root) => {
                watched.insert(root.clone());
                let [increments, others @ ..] = parts(root);
                changes.extend(others.into_iter().map(PathOp::watch_non_recursive));
                changes.push(PathOp::watch_recursive(increments));
            }
            Order::Folder(folder) | Order::NewFolders(folder) => changes.push(PathOp::watch_non_recursive(folder)),
            Order::Forget(root) => {
                watched.remove(root);
                changes.extend(parts(root).into_iter().map(PathOp::unwatch));
            }
        }
    }
    changes
}

/// What else cannot be watched is found when the projects are looked for again.
fn is_needed(orders: &[Order], path: &Path) -> bool {
    !orders.iter().any(|order| matches!(order, Order::NewFolders(folder) if folder == path))
}

trait Apply {
    fn apply(&mut self, changes: Vec<PathOp>, is_needed: &dyn Fn(&Path) -> bool) -> notify::Result<()>;
}

impl Apply for RecommendedWatcher {
    /// All that can be done of it; gives the first error that means something.
    fn apply(&mut self, mut changes: Vec<PathOp>, is_needed: &dyn Fn(&Path) -> bool) -> notify::Result<()> {
        let mut outcome = Ok(());
        while !changes.is_empty() {
            let Err(error) = self.update_paths(std::mem::take(&mut changes)) else { break };
            changes = error.remaining;
            match error.origin {
                // What was never watched, or is gone, needs no forgetting.
                Some(PathOp::Unwatch(_)) => {}
                // A part that is not there yet is seen being made from the folder above it.
                Some(PathOp::Watch(path, _)) if !path.exists() || !is_needed(&path) => {
                    tracing::debug!("not watched: {}: {}", path.display(), error.source);
                }
                _ => outcome = outcome.and(Err(error.source)),
            }
        }
        outcome
    }
}

fn said(error: &notify::Error) -> WatchEvent {
    blind(error, matches!(error.kind, notify::ErrorKind::MaxFilesWatch))
}
