//! Crashes, full disks, refusals and races at every step of a change. `docs/all-or-nothing.md` says what must hold;
//! here the program is killed, or made to fail, at each of its system calls that changes something, one after the
//! other. Nothing is sampled: the calls come from a trace of the same command, and each run shows that it was this call.
//!
//! Not part of a plain `cargo test`: run `cargo test --test faults`, or `tests/run.sh faults`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![allow(clippy::print_stderr, reason = "the figures: how much was tried")]

#[path = "faults/caches.rs"]
mod caches;
#[path = "e2e/client.rs"]
mod client;
#[path = "e2e/project.rs"]
mod project;
#[path = "faults/races.rs"]
mod races;
#[path = "faults/refusals.rs"]
mod refusals;
#[path = "faults/scene.rs"]
mod scene;
#[path = "faults/security.rs"]
mod security;
#[path = "faults/server.rs"]
mod server;
#[path = "faults/strace.rs"]
mod strace;
#[path = "faults/ticks.rs"]
mod ticks;

use std::fs;

use specweave_lsp::workspace::fs::paths::canonicalize;

use project::{Run, is_one_error, run_in};
use scene::{ID, Scene, State};
use strace::{Call, Traced, before_and_after, fail, fail_from, kill};

const CLOSE: &[&str] = &["close", "1"];
const UNDO: &[&str] = &["undo"];
const SYNC: &[&str] = &["sync", "--all"];

/// The calls of a command that nothing happens to.
fn reference(scene: &Scene, args: &[&str]) -> Vec<Call> {
    let traced = strace::run(&scene.fresh().root, args, &[]);
    assert_eq!(traced.run.code, 0, "{}", traced.run.err);
    assert_eq!(scene.settled("undisturbed"), State::New);
    traced.calls
}

/// The first call after the first `from` that is about this file.
fn call<'c>(calls: &'c [Call], name: &str, ends: &str) -> &'c Call {
    let found = calls.iter().find(|call| call.name == name && call.what.ends_with(ends));
    found.unwrap_or_else(|| panic!("no {name} of {ends}"))
}

#[test]
fn strace_does_what_these_tests_rest_on() {
    let folder = tempfile::tempdir().unwrap();
    let root = canonicalize(folder.path()).unwrap();
    let mkdir = |args: &[&str], inject: &[String]| strace::program(&root, "mkdir", args, inject);
    let [first, second] = ["first", "second"].map(|name| root.join(name));
    let args = [first.to_str().unwrap(), second.to_str().unwrap()];

    let calls = mkdir(&args, &[]).calls;
    let pair = before_and_after(&calls).into_iter().find(|(call, _)| call.what == "mkdir /second").unwrap();
    for (at, expected) in [(&pair.0, vec!["first"]), (&pair.1, vec!["first", "second"])] {
        fs::remove_dir(&first).unwrap();
        let _ = fs::remove_dir(&second);
        mkdir(&args, &[kill(at)]).assert_killed_at(at);
        assert_eq!(scene::names(&root), expected, "killed at {}", at.what);
    }
    fs::remove_dir(&second).unwrap();
    fs::remove_dir(&first).unwrap();
    let failed = mkdir(&args, &[fail(&pair.0, "ENOSPC")]);
    assert_eq!((failed.run.code, failed.injected().count()), (1, 1));
    assert_eq!(scene::names(&root), ["first"], "{}", failed.run.err);
}

#[test]
fn killed_at_every_call_of_a_close() {
    killed_at_every_call(&Scene::agreed(), CLOSE);
}

#[test]
fn killed_at_every_call_of_a_sync_of_one_file() {
    killed_at_every_call(&Scene::desynced(), SYNC);
}

/// What an undo replaces is what a close wrote; whatever it is killed at, both files are as before the close or as after it,
/// and the journal says which: the next undo takes the last change back that counts.
#[test]
fn killed_at_every_call_of_an_undo() {
    let scene = Scene::agreed();
    let closed = || assert_eq!(run_in(&scene.fresh().root, CLOSE).code, 0);
    closed();
    let traced = strace::run(&scene.root, UNDO, &[]);
    assert_eq!((traced.run.code, scene.settled("undisturbed")), (0, State::Old), "{}", traced.run.err);
    let (mut old, mut new) = (0, 0);
    for (call, next) in before_and_after(&traced.calls) {
        for (at, when) in [(&call, "before"), (&next, "after")] {
            closed();
            strace::run(&scene.root, UNDO, &[kill(at)]).assert_killed_at(at);
            let context = format!("undo killed {when} {} {}", call.what, call.nth);
            // It puts right what is left first.
            let listed = run_in(&scene.root, &["undo", "--list"]);
            let state = scene.settled(&format!("{context}: {}", listed.err));
            let changes = listed.out.lines().count() - 1;
            assert_eq!(changes, if state == State::Old { 2 } else { 1 }, "{context}: {}", listed.out);
            let again = run_in(&scene.root, UNDO);
            assert_eq!(again.code, 0, "{context}: {}", again.err);
            let expected = if state == State::Old { State::New } else { State::Old };
            assert_eq!(scene.settled(&context), expected, "{context}, then another undo");
            if state == State::Old { old += 1 } else { new += 1 }
        }
    }
    assert!(old > 0 && new > 0);
    eprintln!("undo killed {} times: {old} undone, {new} as closed", old + new);
}

/// The crash came before the journal had its line: what was finished can be taken back all the same.
#[test]
fn a_close_that_was_finished_after_a_crash_can_be_undone() {
    let scene = Scene::agreed();
    let calls = reference(&scene, CLOSE);
    let mut finished = 0;
    for (call, next) in before_and_after(&calls) {
        for at in [&call, &next] {
            strace::run(&scene.fresh().root, CLOSE, &[kill(at)]).assert_killed_at(at);
            let context = format!("close killed at {} {}", at.what, at.nth);
            let undo = run_in(&scene.root, UNDO);
            if undo.code == 0 {
                finished += 1;
                assert_eq!(scene.settled(&context), State::Old, "{context}");
            } else {
                assert!(undo.err.contains("there is no change to undo"), "{context}: {}", undo.err);
                assert_eq!(scene.settled(&context), State::Old, "{context}: nothing was changed");
            }
        }
    }
    assert!(finished > 0);
    eprintln!("close killed at every call, then undo: {finished} changes taken back");
}

fn killed_at_every_call(scene: &Scene, args: &[&str]) {
    let calls = reference(scene, args);
    let pairs = before_and_after(&calls);
    let (mut old, mut new) = (0, 0);
    for (call, next) in &pairs {
        for (at, when) in [(call, "before"), (next, "after")] {
            let traced = strace::run(&scene.fresh().root, args, &[kill(at)]);
            traced.assert_killed_at(at);
            match scene.recovered(&format!("{args:?} killed {when} {} {}", call.what, call.nth)) {
                State::Old => old += 1,
                State::New => new += 1,
            }
        }
    }
    assert!(old > 0 && new > 0);
    eprintln!(
        "{args:?}: {} calls that change something, killed before and after each: {old} old, {new} new",
        pairs.len()
    );
}

/// Crashes that leave something to put right, and what puts it right is killed in its turn.
#[test]
fn killed_at_every_call_of_a_recovery() {
    let scene = Scene::agreed();
    let calls = reference(&scene, CLOSE);
    let mut records = calls.iter().filter(|call| call.what.ends_with("change-*.json") && call.name == "renameat");
    let replaced = |file: &str| call(&calls, "rename", &format!("/{file}")).clone();
    let crashes = [
        // The first record is "preparing", the second "committing".
        ("all is prepared", records.nth(1).unwrap().clone()),
        ("the change counts", replaced("spec.md")),
        ("one of two files is replaced", replaced("metadata.json")),
        ("both are replaced", call(&calls, "unlink", "spec.md.*.old").clone()),
        ("the record is left", call(&calls, "unlink", "change-*.json").clone()),
    ];
    let mut points = 0;
    for (what, crash) in &crashes {
        let crashed = || {
            let traced = strace::run(&scene.fresh().root, CLOSE, &[kill(crash)]);
            assert!(traced.killed, "{what}");
        };
        crashed();
        let recovery = strace::run(&scene.root, &["log", "--own"], &[]);
        assert!(recovery.run.err.contains("an interrupted change of"), "{what}: {}", recovery.run.err);
        for (call, next) in before_and_after(&recovery.calls) {
            for at in [&call, &next] {
                crashed();
                strace::run(&scene.root, &["log", "--own"], &[kill(at)]).assert_killed_at(at);
                scene.recovered(&format!("{what}, the recovery killed at {} {}", at.what, at.nth));
                points += 1;
            }
        }
    }
    eprintln!("recoveries of {} crashes: killed {points} times", crashes.len());
}

/// The second file cannot be replaced, so the first is put back, and that is killed at every call, looking ones too: one
/// of them is the next after each that changes something. Then the same where not even the undoing can be announced.
#[test]
fn killed_at_every_call_of_a_rollback() {
    let scene = Scene::agreed();
    let calls = reference(&scene, CLOSE);
    let failing = call(&calls, "rename", "/metadata.json");
    let mut records = calls.iter().filter(|call| call.name == "renameat" && call.what.ends_with("change-*.json"));
    let committing = records.next_back().unwrap();
    let unannounced = format!("renameat:error=EIO:when={}+", committing.nth + 1);
    for faults in [vec![fail(failing, "EIO")], vec![fail(failing, "EIO"), unannounced]] {
        let failed = strace::run(&scene.fresh().root, CLOSE, &faults);
        assert_eq!(failed.run.code, 2, "{}", failed.run.err);
        assert!(failed.run.err.contains("Nothing was changed\n"), "{}", failed.run.err);
        assert_eq!(scene.settled("put back"), State::Old);

        let from = failed.calls.iter().position(|call| call.what == failing.what).unwrap();
        // strace takes one expression for a call; these two have theirs.
        let others = |call: &&Call| !["rename", "renameat"].contains(&call.name.as_str());
        let later: Vec<&Call> = failed.calls[from + 1..].iter().filter(others).collect();
        for at in &later {
            let inject = [faults.clone(), vec![kill(at)]].concat();
            let traced = strace::run(&scene.fresh().root, CLOSE, &inject);
            traced.assert_killed_at(at);
            scene.recovered(&format!("rollback with {faults:?} killed at {} {}", at.what, at.nth));
        }
        eprintln!("rollback with {} failing: killed {} times", faults.len(), later.len());
    }
}

#[test]
fn every_call_of_a_close_fails() {
    every_call_fails(&Scene::agreed(), CLOSE);
}

#[test]
fn every_call_of_a_sync_of_one_file_fails() {
    every_call_fails(&Scene::desynced(), SYNC);
}

fn every_call_fails(scene: &Scene, args: &[&str]) {
    let calls: Vec<Call> = reference(scene, args).into_iter().filter(|call| call.changes).collect();
    let (mut succeeded, mut failed) = (0, 0);
    for error in ["ENOSPC", "EACCES", "EIO"] {
        let mut made = false;
        for call in &calls {
            let context = format!("{args:?} with {error} at {} {}", call.what, call.nth);
            let traced = strace::run(&scene.fresh().root, args, &[fail(call, error)]);
            let injected: Vec<&str> = traced.injected().map(|call| call.what.as_str()).collect();
            assert_eq!(injected, [call.what.as_str()], "{context}");
            match traced.run.code {
                0 => succeeded += 1,
                _ => failed += 1,
            }
            told(scene, &traced, call, &context);
            // By then the change is made; the journal and SpecWeave's caches are extras.
            made |= call.what.starts_with("unlink ") && call.what.ends_with("change-*.json");
            assert!(!made || call.what == "write" || traced.run.code == 0, "{context}: {}", traced.run.err);
            let promised = traced.run.err.contains("Nothing was changed\n");
            let state = scene.recovered_or_settled(&context);
            assert!(!(promised && state == State::New), "{context}: {}", traced.run.err);
        }
    }
    eprintln!("{args:?}: {} calls failed with three errors: {succeeded} succeeded, {failed} refused", calls.len());
}

/// Success means that both files are new; a failure says which file, in one line.
fn told(scene: &Scene, traced: &Traced, at: &Call, context: &str) {
    let Run { code, err, out } = &traced.run;
    let to_somebody = at.what == "write";
    if *code == 0 {
        assert_eq!(scene.state(), Ok(State::New), "{context} reported success: {out}{err}");
        return;
    }
    assert_eq!(*code, 2, "{context}: {err}");
    assert!(is_one_error(err), "{context}: {err}");
    assert!(to_somebody || err.contains(scene.root.to_str().unwrap()), "{context} names no file: {err}");
}

/// From some call on, all of the same name fail; and from some call on, everything that a full disk or a folder that
/// became read-only would make fail. What the command can still say is not looked at: writing may fail too.
#[test]
fn nothing_works_from_some_call_on() {
    const NEEDS_SPACE: [&str; 8] = ["write", "mkdir", "linkat", "rename", "renameat", "renameat2", "fsync", "fchmod"];
    const NEEDS_PERMISSION: [&str; 9] =
        ["mkdir", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "fchmod", "openat"];
    let mut points = 0;
    for (scene, args) in [(Scene::agreed(), CLOSE), (Scene::desynced(), SYNC)] {
        let calls = reference(&scene, args);
        let changing: Vec<usize> = (0..calls.len()).filter(|at| calls[*at].changes).collect();
        for (error, needs) in [("ENOSPC", &NEEDS_SPACE[..]), ("EACCES", &NEEDS_PERMISSION)] {
            for &at in &changing {
                let all: Vec<String> = needs.iter().map(|name| from_here(&calls[..at], name, error)).collect();
                for inject in [vec![fail_from(&calls[at], error)], all] {
                    let context = format!("{args:?} with {inject:?} ({})", calls[at].what);
                    let traced = strace::run(&scene.fresh().root, args, &inject);
                    assert!(matches!(traced.run.code, 0 | 2), "{context}: {}", traced.run.err);
                    if traced.run.code == 0 {
                        assert_eq!(scene.state(), Ok(State::New), "{context} reported success");
                    }
                    scene.recovered(&context);
                    points += 1;
                }
            }
        }
    }
    eprintln!("failing from some call on: {points} times");
}

/// All calls of this name that come after `past`.
fn from_here(past: &[Call], name: &str, error: &str) -> String {
    let passed = past.iter().filter(|call| call.name == name).count();
    format!("{name}:error={error}:when={}+", passed + 1)
}

/// Between the crash and the next command somebody edits one of the files.
#[test]
fn what_others_wrote_after_a_crash_is_kept() {
    let scene = Scene::agreed();
    let calls = reference(&scene, CLOSE);
    let crashes = [
        call(&calls, "rename", "/spec.md"),
        call(&calls, "rename", "/metadata.json"),
        call(&calls, "unlink", "spec.md.*.old"),
    ];
    for crash in crashes {
        for file in ["spec.md", "metadata.json"] {
            for (what, agree) in [("a remark", true), ("another status", false), ("no file", false)] {
                assert!(strace::run(&scene.fresh().root, CLOSE, &[kill(crash)]).killed);
                let path = scene.path(file);
                let text = fs::read_to_string(&path).unwrap();
                let theirs = match what {
                    "a remark" => Some(text.replace("1.50", "1.75").replace("Zahlung", "Bezahlung")),
                    "another status" => Some(text.replace("active", "paused").replace("completed", "paused")),
                    _ => None,
                };
                match &theirs {
                    Some(theirs) => fs::write(&path, theirs).unwrap(),
                    None => fs::remove_file(&path).unwrap(),
                }
                let run = run_in(&scene.root, &["log"]);
                let context = format!("killed at {}, then {what} in {file}: {}", crash.what, run.err);
                assert_eq!(fs::read_to_string(&path).ok(), theirs, "{context}");
                assert!(run.err.contains(&format!("except in {file}, which was changed since")), "{context}");
                assert_eq!(run.err.lines().count(), 1, "{context}");
                if agree {
                    assert!(run.err.contains("; the statuses agree\n"), "{context}");
                    assert_eq!(run_in(&scene.root, &["check"]).code, 0, "{context}");
                } else if theirs.is_some() {
                    assert!(run.err.contains(&format!("run `specweave-lsp sync {ID}`")), "{context}");
                }
                let left: Vec<String> =
                    scene::names(&scene.increment()).into_iter().filter(|n| n.contains('.')).collect();
                let expected = ["metadata.json", "spec.md", "tasks.md"];
                let expected: Vec<&str> =
                    expected.into_iter().filter(|name| theirs.is_some() || *name != file).collect();
                assert_eq!(left, expected, "{context}");
                assert!(!scene::names(&scene.own()).iter().any(|name| name.starts_with("change-")), "{context}");
            }
        }
    }
}

/// A record that looks like a change under way, whose process has the lock: nobody was interrupted.
#[test]
fn looking_does_not_wait_for_a_change_under_way() {
    let scene = Scene::agreed();
    let calls = reference(&scene, CLOSE);
    assert!(strace::run(&scene.fresh().root, CLOSE, &[kill(call(&calls, "rename", "/metadata.json"))]).killed);
    let lock = fs::File::open(scene.own().join("lock")).unwrap();
    lock.lock().unwrap();
    let busy = run_in(&scene.root, &["status"]);
    assert_eq!((busy.code, busy.err.as_str()), (0, ""));
    assert!(scene.state().is_err(), "still half done");
    // Not only closed: a process that another test is just starting may still hold a copy of it.
    lock.unlock().unwrap();
    assert_eq!(scene.recovered("the lock is free"), State::New);
}

/// A record that this tool never wrote stops changes, not looking, and nothing it names is touched.
#[test]
fn a_forged_record_reaches_nothing() {
    let scene = Scene::agreed();
    run_in(&scene.fresh().root, &["set", "1", "paused"]);
    let outside = scene.root.parent().unwrap().join("spec.md");
    fs::write(&outside, "mine").unwrap();
    for folder in ["../", "/", ".specweave/increments/../../..", ".specweave/state", ""] {
        let record = scene.own().join("change-0.json");
        fs::write(
            &record,
            format!(
                "{{\"version\":1,\"phase\":\"committing\",\"folder\":\"{folder}\",\"token\":\"0\",\"to\":\"x\",\
                 \"files\":[{{\"side\":\"spec\",\"before\":1,\"after\":2}}]}}"
            ),
        )
        .unwrap();
        for (args, code) in [(&["check"][..], 0), (&["set", "1", "active"], 2)] {
            let run = run_in(&scene.root, args);
            assert_eq!(run.code, code, "{folder}: {}", run.err);
            assert!(
                run.err
                    .contains("change-0.json is not a record of specweave-lsp\nhint: look at the file and remove it"),
                "{}",
                run.err
            );
        }
        assert_eq!(fs::read_to_string(&outside).unwrap(), "mine");
        fs::remove_file(record).unwrap();
    }
    assert_eq!(run_in(&scene.root, &["set", "1", "active"]).code, 0);
}
