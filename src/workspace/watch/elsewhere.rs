//! Everywhere but on Linux: the `notify` crate, which watches the increments and all below them at once.
//!
//! On Windows `notify` 8 does not say when the system's buffer overflowed: of very many changes at once some may go unseen
//! until the file changes again or the server is started anew. `specweave-lsp check` always reads the disk.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::workspace::discover::INCREMENTS_FOLDER;
use crate::workspace::watch::{WatchEvent, blind, parts};

/// Watches projects from a thread of its own, since adding thousands of folders takes a while.
#[derive(Debug, Clone)]
pub struct NotifyWatcher {
    orders: mpsc::Sender<Order>,
}

#[derive(Debug)]
enum Order {
    Project(PathBuf),
    Folder(PathBuf),
    NewFolders(PathBuf),
    Forget(PathBuf),
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
    while let Ok(order) = inbox.recv() {
        let result = match &order {
            Order::Project(root) => watch_project(&mut watcher, root),
            Order::Folder(folder) => watcher.watch(folder, RecursiveMode::NonRecursive),
            Order::NewFolders(folder) => {
                // What cannot be watched is found when the projects are looked for again.
                let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
                Ok(())
            }
            Order::Forget(root) => {
                parts(root).iter().for_each(|part| {
                    // What was never watched, or is gone, needs no forgetting.
                    let _ = watcher.unwatch(part);
                });
                Ok(())
            }
        };
        if let Err(error) = result {
            report(said(&error));
        }
        answer(order, &report);
    }
}

fn answer(order: Order, report: &impl Fn(WatchEvent)) {
    match order {
        Order::Project(root) => report(WatchEvent::Watching(root)),
        Order::Folder(folder) => report(WatchEvent::WatchingFolder(folder)),
        Order::NewFolders(_) | Order::Forget(_) => {}
    }
}

fn watch_project(watcher: &mut RecommendedWatcher, root: &Path) -> notify::Result<()> {
    for part in parts(root) {
        let mode = match part.ends_with(INCREMENTS_FOLDER) && part != root {
            true => RecursiveMode::Recursive,
            false => RecursiveMode::NonRecursive,
        };
        match watcher.watch(&part, mode) {
            // A part that is not there yet is seen being made from the folder above it.
            Err(error) if !part.exists() => tracing::debug!("not watched: {}: {error}", part.display()),
            result => result?,
        }
    }
    Ok(())
}

fn said(error: &notify::Error) -> WatchEvent {
    blind(error, matches!(error.kind, notify::ErrorKind::MaxFilesWatch))
}
