//! After a close, SpecWeave itself sees what we say. `SPECWEAVE_PEER` names the folder that holds its node_modules;
//! `tests/run.sh peer` installs and names it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;

use std::process::Command;

use project::Project;
use serde_json::{Value, json};

fn modules() -> String {
    let folder =
        std::env::var("SPECWEAVE_PEER").expect("SPECWEAVE_PEER must name the peer's folder; run `tests/run.sh peer`");
    format!("{folder}/node_modules")
}

fn node(project: &Project, args: &[&str]) -> String {
    let output = Command::new("node").args(args).current_dir(&project.root).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "node {args:?}: {out}\n{err}");
    out.into_owned()
}

#[test]
fn every_closed_increment_is_completed_to_specweave() {
    let project = Project::new();
    let statuses =
        ["planning", "active", "backlog", "paused", "ready_for_review", "planned", "in-progress", "abandoned"];
    let styles = [
        |status: &str| format!("---\nstatus: {status}\n---\n"),
        |status: &str| format!("---\r\ntitle: \"é\"\r\nstatus: \"{status}\"   # why\r\n---\r\n"),
        |status: &str| format!("\u{feff}---\n{{title: x, status: '{status}'}}\n---\nbody"),
        |status: &str| format!("---\nstatus: >-\n  {status}\ntags: [a, b]\n---\n---\n"),
        |status: &str| format!("--- yaml\n? status\n: {status}\n----\n"),
    ];
    let mut ids = Vec::new();
    for (at, status) in statuses.iter().enumerate() {
        for (style, spec) in styles.iter().enumerate() {
            let id = format!("{:04}-x", 1 + at * styles.len() + style);
            project.write(&id, "spec.md", spec(status));
            project.write(
                &id,
                "metadata.json",
                format!("{{\"id\":\"{id}\",\"type\":\"feature\",\"status\":\"{status}\"}}"),
            );
            ids.push(id);
        }
    }
    let state = project.root.join(".specweave/state");
    std::fs::create_dir_all(&state).unwrap();
    let cached: Vec<Value> =
        ids[..2].iter().map(|id| json!({"id": id, "name": id, "completed": 0, "total": 0})).collect();
    let cache =
        json!({"activeIncrements": cached, "openCount": 2, "lastUpdate": "2025-11-20T00:00:00Z", "current": cached[0]});
    std::fs::write(state.join("status-line.json"), cache.to_string()).unwrap();

    let arguments: Vec<&str> = ["close"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    let run = project.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.err);

    let modules = modules();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/agrees.mjs");
    let root = project.root.to_str().unwrap();
    let seen: Value = serde_json::from_str(&node(&project, &[script, &modules, root])).unwrap();
    let count = ids.len();
    assert_eq!(seen, json!({"totalScanned": count, "totalDesyncs": 0, "errors": [], "healthy": count}));
    let program = format!("{modules}/specweave/bin/specweave.js");
    let overview = node(&project, &[&program, "status"]);
    assert!(overview.contains(&format!("Completed: {count}")), "{overview}");
    let line = Command::new("node").args([&program, "status-line"]).current_dir(&project.root).output().unwrap();
    let line = String::from_utf8_lossy(&line.stdout).into_owned();
    assert!(line.contains("No active increments"), "the status line shows nothing open any more: {line}");
}

/// `.specweave/lsp.json` is ours, in SpecWeave's folder: what it writes there itself leaves the file as it is.
#[test]
fn specweave_leaves_our_settings_alone() {
    let project = Project::new();
    project.increment("0001-first", "active", "active");
    let (ours, theirs) = (project.root.join(".specweave/lsp.json"), project.root.join(".specweave/config.json"));
    std::fs::write(&theirs, "{}").unwrap();
    assert_eq!(project.run(&["config", "init"]).code, 0);
    let before = std::fs::read(&ours).unwrap();
    let modules = modules();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/configures.mjs");
    node(&project, &[script, &modules, project.root.to_str().unwrap()]);
    let written: Value = serde_json::from_slice(&std::fs::read(&theirs).unwrap()).unwrap();
    assert_eq!((&written["language"], &written["limits"]["maxActiveIncrements"]), (&json!("de"), &json!(3)));
    let program = format!("{modules}/specweave/bin/specweave.js");
    for command in [&["pause", "0001-first", "--reason", "x"][..], &["resume", "0001-first"]] {
        node(&project, &[&[program.as_str()], command].concat());
    }
    // It finds something wrong with any project that is not fully set up.
    let doctor = ["doctor", "--fix", "--quick", "--skip-external"];
    Command::new("node").arg(&program).args(doctor).current_dir(&project.root).output().unwrap();
    assert_eq!(std::fs::read(&ours).unwrap(), before);
    assert_eq!(project.run(&["check"]).code, 0);
}
