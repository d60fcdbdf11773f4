//! All or nothing on Windows: files that others hold, kills, read-only files, two processes at once. `tests/faults.rs` does
//! more of this where there is strace.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::project::{BINARY, Project, metadata_text, spec_text, start};

const ID: &str = "0001-a";
/// A campaign sets more.
const KILLS: &str = "SPECWEAVE_KILLS";

/// As a virus scanner or a careless editor opens a file: nobody else may do anything with it.
fn hold(path: &Path) -> Option<File> {
    File::options().read(true).share_mode(0).open(path).ok()
}

fn reset(project: &Project, status: &str) {
    for (file, text) in [("spec.md", spec_text(ID, status)), ("metadata.json", metadata_text(ID, status))] {
        project.write(ID, file, text);
    }
}

/// The status of both files, which must be one.
#[track_caller]
fn status(project: &Project) -> &'static str {
    let completed = |file: &str| project.read(ID, file).contains("completed");
    assert_eq!(completed("spec.md"), completed("metadata.json"), "half of a change");
    if completed("spec.md") { "completed" } else { "active" }
}

#[track_caller]
fn nothing_is_left(project: &Project) {
    assert_eq!(project.files(ID), ["metadata.json", "spec.md"]);
}

#[test]
fn a_file_that_stays_open_elsewhere_is_named_and_nothing_changes() {
    let project = Project::new();
    for file in ["spec.md", "metadata.json"] {
        reset(&project, "active");
        let held = hold(&project.path(ID, file)).unwrap();
        let run = project.run(&["close", ID]);
        assert_eq!(run.code, 2, "{}{}", run.out, run.err);
        assert!(run.err.contains(file) && run.err.contains("another program has it open"), "{}", run.err);
        drop(held);
        assert_eq!(status(&project), "active");
        nothing_is_left(&project);
        let run = project.run(&["close", ID]);
        assert_eq!((run.code, status(&project)), (0, "completed"), "{}", run.err);
        nothing_is_left(&project);
    }
}

/// Each file is held for a moment as soon as it is there: at every step of a change some.
#[test]
fn a_scanner_that_looks_at_everything() {
    let project = Project::new();
    let folders = [project.folder(ID), project.root.join(".specweave/state/specweave-lsp")];
    let done = AtomicBool::new(false);
    reset(&project, "active");
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
                    drop(hold(&entry.path()));
                }
            }
        });
        for goal in ["completed", "active", "completed", "active"] {
            let args: &[&str] = if goal == "active" { &["set", ID, "active"] } else { &["close", ID] };
            let run = project.run(args);
            assert!(run.code == 0 || run.err.contains("error: "), "{}{}", run.out, run.err);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(project.run(&["status"]).code < 2);
    status(&project);
    nothing_is_left(&project);
}

/// Held from the moment that it is there until the command has ended: each file that a change makes or replaces.
#[test]
fn what_a_change_makes_is_held_at_each_step() {
    let project = Project::new();
    let state = project.root.join(".specweave/state/specweave-lsp");
    let folders = [project.folder(ID), project.path(ID, "metadata.json.lock.d"), state];
    for (begin, end) in [
        ("spec.md", ""),
        ("metadata.json", ""),
        (".spec.md.", ".new"),
        (".spec.md.", ".old"),
        (".metadata.json.", ".new"),
        (".metadata.json.", ".old"),
        ("pid", ""),
        ("change-", ".json"),
        ("lock", ""),
        ("journal.jsonl", ""),
    ] {
        let is_meant = |path: &Path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            // The two files themselves only once they are replaced.
            name.starts_with(begin) && name.ends_with(end) && (!end.is_empty() || name == begin)
        };
        // A look may come too late.
        for again in 1.. {
            let mut held = Vec::new();
            reset(&project, "active");
            let mut change = Command::new(BINARY);
            change.args(["close", ID]).current_dir(&project.root).stdout(Stdio::null()).stderr(Stdio::null());
            let mut change = start(&mut change, Command::spawn);
            while change.try_wait().unwrap().is_none() {
                for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
                    if !is_meant(&entry.path()) {
                        continue;
                    }
                    let Some(mut file) = hold(&entry.path()) else { continue };
                    let mut text = String::new();
                    let is_target = ["spec.md", "metadata.json"].contains(&begin);
                    if !is_target || file.read_to_string(&mut text).is_ok() && text.contains("completed") {
                        held.push(file);
                    }
                }
            }
            let caught = held.len();
            drop(held);
            let run = project.run(&["check", "--exit-zero"]);
            assert_eq!(run.code, 0, "{begin}…{end}: {}", run.err);
            println!("{begin}…{end}, held: {caught}; then both say {}. {}", status(&project), run.err.trim());
            nothing_is_left(&project);
            if caught > 0 {
                break;
            }
            assert!(again < 500, "{begin}…{end} was never there");
        }
    }
}

#[test]
fn killed_at_any_moment() {
    let project = Project::new();
    reset(&project, "active");
    let since = Instant::now();
    assert_eq!(project.run(&["close", ID]).code, 0);
    let whole = since.elapsed();
    let kills: u32 = std::env::var(KILLS).ok().and_then(|count| count.parse().ok()).unwrap_or(20);
    let mut changed = 0;
    for kill in 0..kills {
        reset(&project, "active");
        let mut change = Command::new(BINARY);
        change.args(["close", ID]).current_dir(&project.root).stdout(Stdio::null()).stderr(Stdio::null());
        let mut change = start(&mut change, Command::spawn);
        // Spread over the whole run, whatever it takes here.
        let end = Instant::now() + whole * kill / kills;
        while Instant::now() < end && change.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        let _ = change.kill();
        change.wait().unwrap();
        let run = project.run(&["check", "--exit-zero"]);
        assert_eq!(run.code, 0, "{}", run.err);
        changed += u32::from(status(&project) == "completed");
        nothing_is_left(&project);
    }
    println!("{kills} kills: {changed} changes finished, {} undone or never begun, 0 halves", kills - changed);
}

#[test]
fn read_only_files_are_refused() {
    let project = Project::new();
    for file in ["spec.md", "metadata.json"] {
        reset(&project, "active");
        let path = project.path(ID, file);
        let set = |readonly: bool| {
            let mut permissions = fs::metadata(&path).unwrap().permissions();
            permissions.set_readonly(readonly);
            fs::set_permissions(&path, permissions).unwrap();
        };
        set(true);
        let run = project.run(&["close", ID]);
        assert_eq!(run.code, 2, "{}", run.out);
        assert!(
            run.err.contains(&format!("{file} of {ID} is read-only")) && run.err.contains("attrib -r"),
            "{}",
            run.err
        );
        set(false);
        assert_eq!(status(&project), "active");
        nothing_is_left(&project);
    }
}

#[test]
fn hidden_files_stay_hidden() {
    use std::os::windows::fs::MetadataExt as _;
    const HIDDEN: u32 = 2;
    let project = Project::new();
    reset(&project, "active");
    let path = project.path(ID, "metadata.json");
    fs::remove_file(&path).unwrap();
    let mut file = File::options().write(true).create_new(true).attributes(HIDDEN).open(&path).unwrap();
    std::io::Write::write_all(&mut file, metadata_text(ID, "active").as_bytes()).unwrap();
    drop(file);
    assert_eq!(project.run(&["close", ID]).code, 0);
    assert_eq!(status(&project), "completed");
    assert_eq!(fs::metadata(&path).unwrap().file_attributes() & HIDDEN, HIDDEN);
}

#[test]
fn two_at_once() {
    let project = Project::new();
    reset(&project, "active");
    for _ in 0..5 {
        let set = |status: &str| {
            let mut set = Command::new(BINARY);
            set.args(["set", ID, status]).current_dir(&project.root).stdout(Stdio::null()).stderr(Stdio::null());
            start(&mut set, Command::spawn)
        };
        let both = [set("completed"), set("paused")];
        for mut one in both {
            one.wait().unwrap();
        }
        let says = |word: &str| ["spec.md", "metadata.json"].map(|file| project.read(ID, file).contains(word));
        assert!(says("completed") == [true; 2] || says("paused") == [true; 2], "half of a change");
        nothing_is_left(&project);
        reset(&project, "active");
    }
}

/// A lock of SpecWeave's whose process is gone holds nobody up.
#[test]
fn a_dead_lock_is_taken() {
    let project = Project::new();
    reset(&project, "active");
    let mut dead = Command::new(BINARY).arg("--version").stdout(Stdio::null()).spawn().unwrap();
    dead.wait().unwrap();
    let lock = project.path(ID, "metadata.json.lock.d");
    fs::create_dir(&lock).unwrap();
    fs::write(lock.join("pid"), dead.id().to_string()).unwrap();
    drop(dead);
    let run = project.run(&["close", ID]);
    assert_eq!((run.code, status(&project)), (0, "completed"), "{}", run.err);
    assert!(!run.err.to_lowercase().contains("waiting"), "it was not waited for: {}", run.err);
    nothing_is_left(&project);
}
