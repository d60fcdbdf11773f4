//! Our own file watcher, for editors that have none, or one that misses what other programs do.

use std::path::{Path, PathBuf};

use crate::workspace::discover::{INCREMENTS_FOLDER, PROJECT_FOLDER};

#[cfg(any(not(target_os = "linux"), test))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::NotifyWatcher as Watcher;
#[cfg(target_os = "linux")]
pub use linux::InotifyWatcher as Watcher;

/// What happened on disk.
#[derive(Debug)]
pub enum WatchEvent {
    Paths(Vec<PathBuf>),
    /// From now on nothing in this project goes unseen (or `Blind` has said so): time to read it.
    Watching(PathBuf),
    /// The same for a workspace folder: time to look for projects in it.
    WatchingFolder(PathBuf),
    /// Events of this project may have been lost.
    Missed(PathBuf),
    /// Events were lost: everything has to be read again.
    Overflow,
    /// Watching does not work; the reason is a sentence.
    Blind(String),
}

/// What is watched of a project: its increments, what is above them, and SpecWeave's caches.
fn parts(root: &Path) -> [PathBuf; 4] {
    let specweave = root.join(PROJECT_FOLDER);
    [specweave.join(INCREMENTS_FOLDER), root.to_path_buf(), specweave.clone(), specweave.join("state")]
}

fn blind(error: &dyn std::fmt::Display, out_of_watches: bool) -> WatchEvent {
    let remedy = match out_of_watches {
        true => "The system's limit of watched folders is reached; raise fs.inotify.max_user_watches. ",
        false => "",
    };
    WatchEvent::Blind(format!(
        "Changes that other programs make on disk may go unseen: {error}. {remedy}Restart the server to try again; \
         `specweave-lsp check` always reads the disk."
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;
    use crate::workspace::discover::{self, Scope};
    use crate::workspace::fs::paths::canonicalize;

    /// The same is expected of both watchers: of a project with one increment and one that is archived.
    macro_rules! both {
        ($name:ident, |$root:ident, $watcher:ident, $told:ident| $body:block) => {
            mod $name {
                use super::*;

                #[cfg(target_os = "linux")]
                #[test]
                fn linux() {
                    both!(crate::workspace::watch::linux::InotifyWatcher, |$root, $watcher, $told| $body);
                }

                #[test]
                fn elsewhere() {
                    both!(crate::workspace::watch::elsewhere::NotifyWatcher, |$root, $watcher, $told| $body);
                }
            }
        };
        ($backend:path, |$root:ident, $watcher:ident, $told:ident| $body:block) => {
            use $backend as Backend;
            let folder = tempfile::tempdir().unwrap();
            let $root = canonicalize(folder.path()).unwrap();
            make(&$root, "0001-a");
            make(&$root, "_archive/0009-old");
            let (report, $told) = channel();
            let $watcher = Backend::start(move |change| {
                let _ = report.send(change);
            });
            $watcher.project(&$root);
            wait(&$told, "that it watches", |change| matches!(change, WatchEvent::Watching(root) if *root == $root));
            let scope = Scope { include_archived: true, ..Scope::default() };
            let listing = discover::increments_after(&$root, &scope, &|folder| $watcher.look_at(&folder.into()));
            for folder in &listing.increments {
                $watcher.look_at(folder);
                // As a scan does; Wine tells nothing of a folder that nobody has opened.
                fs::read_dir(folder).unwrap();
            }
            $body
        };
    }

    fn make(root: &Path, id: &str) {
        fs::create_dir_all(discover::increments_folder(root).join(id)).unwrap();
    }

    #[track_caller]
    fn wait(told: &Receiver<WatchEvent>, what: &str, is_it: impl Fn(&WatchEvent) -> bool) {
        while !is_it(&told.recv_timeout(Duration::from_secs(180)).unwrap_or_else(|_| panic!("nothing said {what}"))) {}
    }

    #[track_caller]
    fn wait_for(told: &Receiver<WatchEvent>, path: &Path) {
        let is_it =
            |change: &WatchEvent| matches!(change, WatchEvent::Paths(paths) if paths.iter().any(|it| it == path));
        wait(told, &path.display().to_string(), is_it);
    }

    /// Again and again: in a folder that was just made, `notify` may miss the first file, which a session that reads a
    /// new folder after a while sees all the same.
    fn write(told: &Receiver<WatchEvent>, path: &Path) {
        let is_it = |change| matches!(change, WatchEvent::Paths(paths) if paths.iter().any(|it| it == path));
        for _ in 0..200 {
            fs::write(path, "x").unwrap();
            if told.recv_timeout(Duration::from_millis(100)).is_ok_and(is_it) {
                return;
            }
        }
        panic!("{} was never seen", path.display());
    }

    both!(files_are_seen, |root, watcher, told| {
        for path in ["0001-a/spec.md", "_archive/0009-old/metadata.json"] {
            let path = discover::increments_folder(&root).join(path);
            fs::write(&path, "x").unwrap();
            wait_for(&told, &path);
            fs::remove_file(&path).unwrap();
            wait_for(&told, &path);
        }
    });

    both!(increments_come_and_go, |root, watcher, told| {
        let at = |path: &str| discover::increments_folder(&root).join(path);
        make(&root, "0002-b");
        wait_for(&told, &at("0002-b"));
        write(&told, &at("0002-b/spec.md"));
        fs::rename(at("0002-b"), at("0003-c")).unwrap();
        wait_for(&told, &at("0003-c"));
        write(&told, &at("0003-c/metadata.json"));
        fs::rename(at("0003-c"), at("_archive/0003-c")).unwrap();
        wait_for(&told, &at("_archive/0003-c"));
        write(&told, &at("_archive/0003-c/spec.md"));
        fs::remove_dir_all(at("0001-a")).unwrap();
        wait_for(&told, &at("0001-a"));
    });

    // Windows renames no folder while one below it is watched.
    #[cfg(not(windows))]
    both!(a_project_that_is_away_for_a_while, |root, watcher, told| {
        let away = root.with_extension("away");
        fs::rename(&root, &away).unwrap();
        wait_for(&told, &root);
        fs::rename(&away, &root).unwrap();
        wait_for(&told, &root);
    });

    both!(what_is_above_is_seen, |root, watcher, told| {
        let specweave = root.join(discover::PROJECT_FOLDER);
        fs::rename(specweave.join("increments"), specweave.join("gone")).unwrap();
        wait_for(&told, &specweave.join("increments"));
        if cfg!(windows) {
            return;
        }
        fs::rename(&specweave, root.join("gone")).unwrap();
        wait_for(&told, &specweave);
    });

    both!(new_folders_are_seen, |root, watcher, told| {
        fs::create_dir(root.join("repositories")).unwrap();
        watcher.new_folders(&root.join("repositories"));
        // Orders are carried out one after the other.
        watcher.folder(&root);
        wait(&told, "that it watches", |change| matches!(change, WatchEvent::WatchingFolder(it) if *it == root));
        fs::write(root.join("repositories/file"), "x").unwrap();
        fs::create_dir(root.join("repositories/acme")).unwrap();
        wait_for(&told, &root.join("repositories/acme"));
    });

    both!(what_is_forgotten_is_not_seen, |root, watcher, told| {
        let other = tempfile::tempdir().unwrap();
        let other = canonicalize(other.path()).unwrap();
        watcher.forget(&root);
        watcher.folder(&other);
        wait(&told, "that it watches", |change| matches!(change, WatchEvent::WatchingFolder(it) if *it == other));
        fs::write(discover::increments_folder(&root).join("0001-a/spec.md"), "x").unwrap();
        fs::create_dir(other.join(".specweave")).unwrap();
        let made = |change: &WatchEvent| {
            let WatchEvent::Paths(paths) = change else { panic!("{change:?}") };
            assert!(!paths.iter().any(|path| path.ends_with("spec.md")), "{paths:?}");
            paths.contains(&other.join(".specweave"))
        };
        wait(&told, "that a project was made", made);
    });
}
