//! Two processes that change the same increment at once.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use specweave_lsp::model::parse::{ParsedFile, metadata, spec};

use crate::project::{BINARY, Project, is_one_error, metadata_text, spec_text};

const ID: &str = "0001-race";

/// What runs at once, and in which statuses it may end.
const PAIRS: [[&[&str]; 2]; 5] = [
    [&["set", "1", "paused", "--force"], &["set", "1", "active", "--force"]],
    [&["set", "1", "active", "--force"], &["sync", "--all"]],
    [&["set", "1", "paused"], &["sync", "--all", "--from", "metadata"]],
    [&["set", "1", "active", "--force"], &["close", "1", "--force"]],
    [&["sync", "--all", "--from", "spec"], &["sync", "--all", "--from", "metadata"]],
];

#[test]
fn a_thousand_rounds_of_two_at_once() {
    let project = Project::new();
    let (mut done, mut refused) = (0, 0);
    for round in 0..1000 {
        let pair = PAIRS[round % PAIRS.len()];
        // The last pair needs something to put right, and each side wants something else.
        if round % PAIRS.len() == PAIRS.len() - 1 || round == 0 {
            project.write(ID, "spec.md", spec_text(ID, "active"));
            let other = if round == 0 { "active" } else { "paused" };
            project.write(ID, "metadata.json", metadata_text(ID, other));
        }
        let before = statuses(&project);
        let [a, b] = pair.map(|args| start(&project.root, args));
        let ended = [end(a, pair[0], round), end(b, pair[1], round)];
        let after = statuses(&project);
        let context = format!("round {round}: {pair:?} on {before:?} gave {ended:?} and {after:?}");
        assert_eq!(after.0, after.1, "{context}");
        let wanted = [goal(pair[0]), goal(pair[1])];
        assert!(wanted.contains(&Some(&after.0)) || [&before.0, &before.1].contains(&&after.0), "{context}");
        match ended {
            [None, Some(_)] => assert!(wanted[0].is_none_or(|goal| goal == after.0), "{context}"),
            [Some(_), None] => assert!(wanted[1].is_none_or(|goal| goal == after.0), "{context}"),
            [None, None] => assert!(wanted.iter().any(|goal| goal.is_none_or(|goal| goal == after.0)), "{context}"),
            [Some(_), Some(_)] => panic!("neither came through: {context}"),
        }
        assert_eq!(project.files(ID), ["metadata.json", "spec.md"], "{context}");
        let own = crate::scene::names(&project.root.join(".specweave/state/specweave-lsp"));
        assert!(!own.iter().any(|name| name.starts_with("change-")), "{context}: {own:?}");
        ended.iter().for_each(|refusal| if refusal.is_some() { refused += 1 } else { done += 1 });
    }
    eprintln!("two at once, 1000 rounds: {done} done, {refused} refused with a reason");
}

/// Both want the same change back: one gets it, and the other is refused or, coming later, takes the undo back or finds nothing to do.
#[test]
fn two_undos_at_once() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let before = [project.read(ID, "spec.md"), project.read(ID, "metadata.json")];
    assert_eq!(end(start(&project.root, &["close", "1"]), &["close", "1"], 0), None);
    let after = [project.read(ID, "spec.md"), project.read(ID, "metadata.json")];
    let (mut both, mut one) = (0, 0);
    for round in 0..100 {
        let is = [project.read(ID, "spec.md"), project.read(ID, "metadata.json")];
        let [a, b] = [start(&project.root, &["undo"]), start(&project.root, &["undo"])];
        let done = [end(a, &["undo"], round), end(b, &["undo"], round)].iter().filter(|end| end.is_none()).count();
        let now = [project.read(ID, "spec.md"), project.read(ID, "metadata.json")];
        assert!(now == before || now == after, "round {round}: {now:?}");
        match done {
            // One after the other; or the later one looked when the first had written the files and not yet its line,
            // and found that there was nothing to do.
            2 => both += 1,
            1 => one += usize::from(now != is),
            _ => panic!("round {round}: neither came through"),
        }
        assert_eq!(both + one, round + 1, "round {round}: {done} done, from {is:?} to {now:?}");
    }
    eprintln!("two undos at once, 100 rounds: {both} times one after the other, {one} times one was refused");
}

/// SpecWeave's lock, held by a process that lives: this one.
#[test]
fn who_waits_for_specweave_is_told_so() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let lock = project.path(ID, "metadata.json.lock.d");
    fs::create_dir(&lock).unwrap();
    fs::write(lock.join("pid"), std::process::id().to_string()).unwrap();
    let since = Instant::now();
    let mut child = start(&project.root, &["set", "1", "paused"]);
    let mut said = String::new();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    err.read_line(&mut said).unwrap();
    assert!(said.contains("waiting for SpecWeave") && said.contains("metadata.json.lock.d"), "{said}");
    assert!(since.elapsed() > Duration::from_secs(2), "a moment's wait is not worth a word");
    assert_eq!(statuses(&project).0, "active");
    fs::remove_dir_all(&lock).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(statuses(&project), ("paused".to_owned(), "paused".to_owned()));
}

/// A process that hangs with the lock is waited for once, not for each increment.
#[test]
fn a_lock_that_is_never_released_is_said_once() {
    let project = Project::new();
    for id in ["0001-a", "0002-b", "0003-c"] {
        project.increment(id, "active", "completed");
    }
    let own = project.root.join(".specweave/state/specweave-lsp");
    fs::create_dir_all(&own).unwrap();
    let lock = fs::File::create(own.join("lock")).unwrap();
    lock.lock().unwrap();
    let run = project.run(&["sync", "--all"]);
    assert_eq!(run.code, 2, "{}", run.err);
    let said: Vec<&str> = run.err.lines().collect();
    assert_eq!(said.len(), 4, "{}", run.err);
    assert!(said[0].contains("waiting for another specweave-lsp"), "{}", said[0]);
    assert!(said[1].contains("has held the lock"), "{}", said[1]);
    assert!(said[3].contains("skipped the other 2 increments"), "{}", said[3]);
    assert_eq!(project.read("0001-a", "spec.md"), spec_text("0001-a", "active"));
}

/// The status that a command asks for.
fn goal<'a>(args: &[&'a str]) -> Option<&'a str> {
    match args[0] {
        "set" => Some(args[2]),
        "close" => Some("completed"),
        _ => None,
    }
}

fn statuses(project: &Project) -> (String, String) {
    let read = |name: &str| fs::read(project.path(ID, name)).unwrap();
    let status = |parsed: ParsedFile| parsed.status_text().unwrap().to_owned();
    (status(spec::read(&read("spec.md"))), status(metadata::read(&read("metadata.json"))))
}

fn start(root: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(BINARY);
    command.args(args).current_dir(root).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The reason of a refusal; anything but success or a reason fails.
fn end(child: Child, args: &[&str], round: usize) -> Option<String> {
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    // On a machine that stands still for a moment.
    let err: String = err.split_inclusive('\n').filter(|line| !line.contains("waiting for")).collect();
    if output.status.success() {
        assert_eq!(err, "", "round {round}: {args:?}");
        return None;
    }
    let clear = ["changed by another program since it was read", "disagree; "];
    assert!(
        clear.iter().any(|reason| err.contains(reason)),
        "round {round}: {args:?} ended with {:?}: {err}",
        output.status
    );
    assert!(is_one_error(&err), "round {round}: {err}");
    Some(err)
}
