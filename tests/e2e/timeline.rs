//! `log`: the journal, the commits and the ledgers in one order.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::Value;

use crate::project::{BINARY, metadata_text, spec_text};
use crate::repository::{Repository, isolated};

const ID: &str = "0002-second";

fn events(repository: &Repository, args: &[&str]) -> Vec<(String, String)> {
    let run = repository.run(&[&["log", "--format", "json"], args].concat());
    let told: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    let event = |it: &Value| (it["origin"].as_str().unwrap().to_owned(), it["what"].as_str().unwrap().to_owned());
    told["events"].as_array().unwrap().iter().map(event).collect()
}

/// With a ledger that has a past and a future, and lines that nobody wrote.
fn eventful() -> Repository {
    let repository = Repository::new();
    let project = &repository.project;
    project.write(ID, "spec.md", spec_text(ID, "active"));
    project.write(ID, "metadata.json", metadata_text(ID, "active"));
    project.write(
        ID,
        "ledger.jsonl",
        "{\"t\":\"T-01\",\"e\":\"claim\",\"by\":\"codex@mbp\",\"at\":\"2024-01-01T10:00:00Z\"}\nnot json\n\
         {\"t\":\"T-01\",\"e\":\"done\",\"by\":\"codex@mbp\",\"at\":\"2999-01-01T10:00:00Z\",\"evidence\":\"it runs\"}\n",
    );
    repository.commit("Second\n\nCo-authored-by: Claude <noreply@anthropic.com>");
    repository.run(&["close", "2", "--force"]);
    repository
}

#[test]
fn all_that_happened_stands_in_one_order_with_its_origin() {
    let repository = eventful();
    let told = events(&repository, &["2"]);
    let origins: Vec<&str> = told.iter().map(|(origin, _)| &**origin).collect();
    assert_eq!(origins, ["ledger", "git", "specweave-lsp", "ledger"], "{told:?}");
    assert_eq!(told[0].1, "T-01 claimed");
    assert!(told[1].1.ends_with(" Second") && told[2].1 == "active → completed", "{told:?}");
    assert_eq!(told[3].1, "T-01 done: it runs");
    assert_eq!(events(&repository, &[]).len(), 5, "and the other increment's commit");
    assert_eq!(events(&repository, &["--own"]).len(), 1);

    let run = repository.run(&["log", "2"]);
    assert_eq!(run.code, 0);
    assert!(run.err.ends_with("ledger.jsonl:2: not an event; skipped\n"), "{}", run.err);
    for part in ["2024-01-01 10:00 ", "Anna, Claude", "codex@mbp", "close         active → completed"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    assert!(!run.out.contains("approvedAt"), "the bytes are for undo");
}

#[test]
fn one_bad_line_never_hides_the_rest() {
    let repository = eventful();
    let journal = repository.root().join(".specweave/state/specweave-lsp/journal.jsonl");
    let line = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, format!("{{\"time\": 5}}\n{line}half")).unwrap();
    assert_eq!(events(&repository, &[]).len(), 5);
    let run = repository.run(&["log"]);
    assert_eq!((run.code, run.err.lines().count()), (0, 3), "{}", run.err);
    // A whole file that cannot be read: the others are told of all the same, and the exit code says it.
    fs::remove_file(&journal).unwrap();
    fs::create_dir(&journal).unwrap();
    let run = repository.run(&["log"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("journal.jsonl") && run.out.contains("Second"), "{}{}", run.out, run.err);
    // Without a repository there are no commits.
    fs::rename(repository.root().join(".git"), repository.root().join("no repository")).unwrap();
    fs::remove_dir(&journal).unwrap();
    let run = repository.run(&["log"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 3), "{}{}", run.out, run.err);
}

#[test]
fn what_comes_is_followed() {
    let repository = eventful();
    let mut command = isolated(BINARY, repository.root());
    let mut child = command
        .args(["log", "--follow", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = |what: &str| {
        let line = lines.next().unwrap().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        assert!(event["what"].as_str().unwrap().contains(what), "{what}: {line}");
    };
    ["claimed", "first", "Second", "completed", "it runs"].iter().for_each(|what| next(what));
    repository.run(&["set", "1", "paused"]);
    next("active → paused");
    repository.commit("Pause it");
    next("Pause it");
    let ledger = repository.project.path(ID, "ledger.jsonl");
    let mut file = fs::File::options().append(true).open(ledger).unwrap();
    writeln!(file, "{{\"t\":\"T-02\",\"e\":\"block\",\"by\":\"a\",\"at\":\"2026-01-01T10:00:00Z\"}}").unwrap();
    drop(file);
    next("T-02 blocked");
    child.kill().unwrap();
    child.wait().unwrap();
}
