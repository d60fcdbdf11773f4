//! Our own file watcher, for editors that have none, or one that misses what other programs do.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::discover::{INCREMENTS_FOLDER, PROJECT_FOLDER};

/// What happened on disk.
#[derive(Debug)]
pub enum Change {
    Paths(Vec<PathBuf>),
    /// From now on nothing in this project goes unseen (or `Blind` has said so): time to read it.
    Watching(PathBuf),
    /// The same for a workspace folder: time to look for projects in it.
    WatchingFolder(PathBuf),
    /// Events were lost: everything has to be read again.
    Overflow,
    /// Watching does not work; the reason is a sentence.
    Blind(String),
}

/// Watches projects from a thread of its own, since adding thousands of folders takes a while.
#[derive(Debug, Clone)]
pub struct Watcher {
    orders: mpsc::Sender<Order>,
}

#[derive(Debug)]
enum Order {
    Project(PathBuf),
    Folder(PathBuf),
    Forget(PathBuf),
}

impl Watcher {
    pub fn start(report: impl Fn(Change) + Send + Clone + 'static) -> Watcher {
        let (orders, inbox) = mpsc::channel();
        thread::spawn(move || run(&inbox, report));
        Watcher { orders }
    }

    /// A project's increments, and the folders above them, so that one that is made later is seen too.
    pub fn project(&self, root: &Path) {
        let _ = self.orders.send(Order::Project(root.to_path_buf()));
    }

    /// A workspace folder without a project yet: only to see a project being made in it.
    pub fn folder(&self, folder: &Path) {
        let _ = self.orders.send(Order::Folder(folder.to_path_buf()));
    }

    pub fn forget(&self, root: &Path) {
        let _ = self.orders.send(Order::Forget(root.to_path_buf()));
    }
}

fn run(inbox: &mpsc::Receiver<Order>, report: impl Fn(Change) + Send + Clone + 'static) {
    let tell = report.clone();
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        Ok(event) if event.need_rescan() => tell(Change::Overflow),
        Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
        Ok(event) => tell(Change::Paths(event.paths)),
        Err(error) => tell(Change::Blind(blind(&error))),
    });
    let mut watcher = match made {
        Ok(watcher) => watcher,
        Err(error) => {
            report(Change::Blind(blind(&error)));
            return inbox.iter().for_each(|order| answer(order, &report));
        }
    };
    while let Ok(order) = inbox.recv() {
        let result = match &order {
            Order::Project(root) => watch_project(&mut watcher, root),
            Order::Folder(folder) => watcher.watch(folder, RecursiveMode::NonRecursive),
            Order::Forget(root) => {
                parts(root).iter().for_each(|(part, _)| {
                    // What was never watched, or is gone, needs no forgetting.
                    let _ = watcher.unwatch(part);
                });
                Ok(())
            }
        };
        if let Err(error) = result {
            report(Change::Blind(blind(&error)));
        }
        answer(order, &report);
    }
}

fn answer(order: Order, report: &impl Fn(Change)) {
    match order {
        Order::Project(root) => report(Change::Watching(root)),
        Order::Folder(folder) => report(Change::WatchingFolder(folder)),
        Order::Forget(_) => {}
    }
}

fn parts(root: &Path) -> [(PathBuf, RecursiveMode); 4] {
    let specweave = root.join(PROJECT_FOLDER);
    let increments = specweave.join(INCREMENTS_FOLDER);
    [
        (root.to_path_buf(), RecursiveMode::NonRecursive),
        (specweave, RecursiveMode::NonRecursive),
        (increments, RecursiveMode::Recursive),
        // SpecWeave's caches.
        (root.join(PROJECT_FOLDER).join("state"), RecursiveMode::NonRecursive),
    ]
}

fn watch_project(watcher: &mut RecommendedWatcher, root: &Path) -> notify::Result<()> {
    for (part, mode) in parts(root) {
        match watcher.watch(&part, mode) {
            // A part that is not there yet is seen being made from the folder above it.
            Err(error) if !part.exists() => tracing::debug!("not watched: {}: {error}", part.display()),
            result => result?,
        }
    }
    Ok(())
}

fn blind(error: &notify::Error) -> String {
    let remedy = match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "The system's limit of watched folders is reached; raise fs.inotify.max_user_watches. "
        }
        _ => "",
    };
    format!(
        "Changes that other programs make on disk may go unseen: {error}. {remedy}Restart the server to try again; \
         `specweave-lsp check` always reads the disk."
    )
}
