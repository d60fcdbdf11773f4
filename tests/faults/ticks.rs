//! A tick over spec.md and tasks.md, killed at each of its calls: both files have it, or neither.

use std::fs;
use std::path::Path;

use specweave_lsp::workspace::fs::paths::canonicalize;

use crate::project::run_in;
use crate::scene::names;
use crate::strace::{self, before_and_after, fail, kill};

const SPEC: &str = "---\nstatus: active\n---\n- [ ] **AC-US1-01**: a\r\n";
const METADATA: &str = "{\"status\": \"active\"}\n";
const TASKS: &str = "### T-001: a\n**Status**: [ ] pending\n";
const TICK: &[&str] = &["tick", "1", "AC-US1-01", "T-001"];

fn fresh(root: &Path) {
    if root.exists() {
        fs::remove_dir_all(root).unwrap();
    }
    let increment = root.join(".specweave/increments/0001-a");
    fs::create_dir_all(&increment).unwrap();
    for (name, text) in [("spec.md", SPEC), ("metadata.json", METADATA), ("tasks.md", TASKS)] {
        fs::write(increment.join(name), text).unwrap();
    }
}

/// Whether both are ticked; what is neither one nor the other fails.
fn is_ticked(root: &Path, context: &str) -> bool {
    let increment = root.join(".specweave/increments/0001-a");
    assert_eq!(names(&increment), ["metadata.json", "spec.md", "tasks.md"], "{context}");
    let own = names(&root.join(".specweave/state/specweave-lsp"));
    assert!(
        own.iter().all(|name| [".gitignore", "journal.jsonl", "lock"].contains(&name.as_str())),
        "{context}: {own:?}"
    );
    let read = |name: &str| fs::read_to_string(increment.join(name)).unwrap();
    assert_eq!(read("metadata.json"), METADATA, "{context}");
    let found = (read("spec.md"), read("tasks.md"));
    let ticked = (SPEC.replace("[ ]", "[x]"), TASKS.replace("[ ] pending", "[x] completed"));
    assert!(found == ticked || found == (SPEC.to_owned(), TASKS.to_owned()), "{context}: {found:?}");
    found == ticked
}

#[test]
fn killed_or_refused_at_every_call_of_a_tick() {
    let folder = tempfile::tempdir().unwrap();
    let root = canonicalize(folder.path()).unwrap().join("project");
    fresh(&root);
    let calls = strace::run(&root, TICK, &[]).calls;
    assert!(is_ticked(&root, "undisturbed"));
    let pairs = before_and_after(&calls);
    let (mut old, mut new) = (0, 0);
    for (call, next) in &pairs {
        for at in [call, next] {
            fresh(&root);
            strace::run(&root, TICK, &[kill(at)]).assert_killed_at(at);
            let is_left =
                names(&root.join(".specweave/state/specweave-lsp")).iter().any(|name| name.ends_with(".json"));
            let run = run_in(&root, &["status"]);
            let context = format!("killed at {} {}: {}", at.what, at.nth, run.err);
            assert_eq!(
                run.err.contains("an interrupted change of AC-US1-01, T-001 in 0001-a to done was "),
                is_left,
                "{context}"
            );
            *if is_ticked(&root, &context) { &mut new } else { &mut old } += 1;
        }
        fresh(&root);
        let traced = strace::run(&root, TICK, &[fail(call, "ENOSPC")]);
        let run = run_in(&root, &["status"]);
        let context = format!("failed at {} {}: {}{}", call.what, call.nth, traced.run.err, run.err);
        let ticked = is_ticked(&root, &context);
        assert!(ticked || traced.run.code == 2 || !traced.run.err.is_empty(), "nobody was told: {context}");
    }
    assert!(old > 0 && new > 0);
    eprintln!("{TICK:?}: {} calls that change something: {old} old, {new} new", pairs.len());
}

/// Somebody else writes tasks.md between the crash and the next command: what was ticked in spec.md is taken back.
#[test]
fn a_file_that_was_changed_since_the_crash_stays_and_the_other_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = canonicalize(folder.path()).unwrap().join("project");
    fresh(&root);
    let calls = strace::run(&root, TICK, &[]).calls;
    let is_rename = |call: &&strace::Call| call.name.starts_with("rename") && call.what.ends_with("/tasks.md");
    let rename = calls.iter().find(is_rename).expect("tasks.md is renamed into place");
    fresh(&root);
    strace::run(&root, TICK, &[kill(rename)]).assert_killed_at(rename);
    let increment = root.join(".specweave/increments/0001-a");
    let spec = || fs::read_to_string(increment.join("spec.md")).unwrap();
    assert_eq!(spec(), SPEC.replace("[ ]", "[x]"), "half of it was done");
    fs::write(increment.join("tasks.md"), "mine\n").unwrap();
    let run = run_in(&root, &["status"]);
    assert!(
        run.err
            .contains("to done was undone, except in tasks.md, which was changed since and was left as it is; look at"),
        "{}",
        run.err
    );
    assert_eq!(
        (spec(), fs::read_to_string(increment.join("tasks.md")).unwrap()),
        (SPEC.to_owned(), "mine\n".to_owned())
    );
}
