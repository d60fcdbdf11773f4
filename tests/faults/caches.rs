//! C5: SpecWeave's caches are made anew once for a command, however many increments it changes.

use std::fs;
use std::process::Command;

use crate::project::{BINARY, Project};

/// How often a command opens the spec.md of an increment that it is not about.
fn openings(args: &[&str]) -> usize {
    let project = Project::new();
    for at in 1..=12 {
        let id = format!("{at:04}-x");
        project.increment(&id, "active", "active");
        project.write(&id, "tasks.md", "### T-001: a\n**Status**: [x] completed\n");
    }
    let state = project.root.join(".specweave/state");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("status-line.json"), "{}").unwrap();
    fs::write(state.join("active-increment.json"), "{}").unwrap();
    let output = tempfile::NamedTempFile::new().unwrap();
    // Several threads read them, which `strace::run` is not made for.
    let mut command = Command::new("strace");
    command.args(["-f", "-e", "trace=open,openat,openat2", "-o"]).arg(output.path()).arg(BINARY).args(args);
    let ended = command.current_dir(&project.root).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let cache = fs::read_to_string(state.join("status-line.json")).unwrap();
    assert!(cache.contains("\"openCount\""), "the cache was made anew: {cache}");
    let calls = fs::read_to_string(output.path()).unwrap();
    calls.lines().filter(|call| call.contains("0010-x/spec.md")).count()
}

#[test]
fn three_closes_read_the_project_as_often_as_one() {
    let [one, three] = [&["close", "1"][..], &["close", "1", "2", "3"]].map(openings);
    assert_eq!(one, three);
    // The frontmatter, then the whole file of one that is open, then the date in it.
    assert!((1..=3).contains(&one), "{one} times");
    assert_eq!(openings(&["tick", "1", "T-001", "--open"]), one);
}
