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

/// One increment of each generation in which all is done, and a verification that says so.
fn write_generation(project: &Project, number: usize) -> String {
    let id = format!("{number:04}-x");
    let metadata = format!(
        "{{\n  \"id\": \"{id}\",\n  \"status\": \"active\",\n  \"type\": \"feature\",\n  \"created\": \"2026-01-01\",\n  \"lastActivity\": \"2026-01-01T00:00:00.000Z\"\n}}\n"
    );
    let mirror = "---\nstatus: active\n---\n";
    let task = "### T-01 A\n- AC: AC-01 | Files: a | Test: b\n- [x] done by a@b 2026-01-02T00:00:00.000Z — b\n";
    let criterion = "# A\n- [x] AC-01: a\n";
    project.write(&id, "metadata.json", metadata);
    match number {
        1 => {
            project.write(&id, "spec.md", format!("{mirror}# A\n- [x] **AC-US1-01**: a\n"));
            project.write(&id, "tasks.md", "### T-001: a\n**Satisfies ACs**: AC-US1-01\n**Status**: [x] completed\n");
            return id;
        }
        2 => {
            project.write(&id, "spec.md", format!("{mirror}{criterion}"));
            project.write(&id, "tasks.md", task);
        }
        _ => project.write(&id, "spec.md", format!("{}## Tasks\n{task}", criterion.replace("[x]", "[ ]"))),
    }
    let done = r#"{"t":"T-01","e":"done","by":"a@b","at":"2026-01-02T00:00:00.000Z","evidence":"b"}"#;
    project.write(&id, "ledger.jsonl", format!("{done}\n"));
    std::fs::create_dir_all(project.path(&id, "reports")).unwrap();
    let counts = json!({"total": 1, "done": 1, "skipped": 0, "open": 0});
    let verification = json!({"ok": true, "ranAt": "2026-01-03T00:00:00.000Z", "acs": counts, "tasks": counts});
    project.write(&id, "reports/verify.json", verification.to_string());
    id
}

/// SpecWeave's own close; what it says. It never comes to the end here, where it would look for trackers in the network.
fn complete(project: &Project, id: &str) -> String {
    let program = format!("{}/specweave/bin/specweave.js", modules());
    let mut command = Command::new("node");
    // What it keeps for its user stays in the project too.
    command.args([&program, "complete", id, "--yes"]).current_dir(&project.root).env("HOME", &project.root);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

fn metadata(project: &Project, id: &str) -> Value {
    serde_json::from_str(&project.read(id, "metadata.json")).unwrap()
}

/// As `docs/peer-differences.md` says.
#[test]
fn what_each_close_leaves_of_the_third_generation() {
    let theirs = Project::new();
    let id = write_generation(&theirs, 3);
    let before = theirs.read(&id, "spec.md");
    let said = complete(&theirs, &id);
    assert!(said.contains("failed quality gates: tasks.md not found"), "{said}");
    assert_eq!(theirs.read(&id, "spec.md"), format!("---\nstatus: ready_for_review\n---\n{before}"));
    let left = metadata(&theirs, &id);
    assert_eq!(left["status"], "ready_for_review");
    for added in ["externalLinks", "priority", "testMode", "coverageTarget", "readyForReviewAt"] {
        assert!(!left[added].is_null(), "{added} in {left}");
    }

    let ours = Project::new();
    write_generation(&ours, 3);
    let old = metadata(&ours, &id);
    let run = ours.run(&["close", &id]);
    assert_eq!((run.code, run.out.as_str()), (0, "0003-x: metadata.json active → completed\n"), "{}", run.err);
    assert_eq!(ours.read(&id, "spec.md"), before, "no frontmatter");
    let mut left = metadata(&ours, &id);
    for stamped in ["readyForReviewAt", "approvedAt", "lastActivity"] {
        assert!(left.as_object_mut().unwrap().remove(stamped).is_some_and(|at| at.is_string()), "{stamped}");
    }
    let mut expected = old;
    expected["status"] = "completed".into();
    expected.as_object_mut().unwrap().remove("lastActivity");
    assert_eq!(left, expected, "and nothing else");
    assert_eq!(ours.files(&id), ["ledger.jsonl", "metadata.json", "reports", "spec.md"]);

    // What SpecWeave left is put right by closing, with the frontmatter it added kept in step.
    let run = theirs.run(&["close", &id]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(theirs.read(&id, "spec.md"), format!("---\nstatus: completed\n---\n{before}"));
    // And what we left is completed to it.
    let program = format!("{}/specweave/bin/specweave.js", modules());
    let overview = node(&ours, &[&program, "status"]);
    assert!(overview.contains("Completed: 1"), "{overview}");
}

/// In each generation SpecWeave sets `ready_for_review` before it looks at its gates, and leaves it there.
#[test]
fn what_the_gates_are_and_what_a_refusal_leaves() {
    for (number, open, closed) in [(1, "tasks.md", "**Status**: [x] completed"), (2, "ledger.jsonl", "\"done\"")] {
        let theirs = Project::new();
        let id = write_generation(&theirs, number);
        let said = complete(&theirs, &id);
        for gate in
            ["grill-report.json not found", "code-review-report.json not found", "coverage below target (0.0% < 80%)"]
        {
            assert!(said.contains(gate), "generation {number}, {gate}: {said}");
        }
        assert!(!said.contains("pending") && !said.contains("still open"), "all is done: {said}");
        assert_eq!(metadata(&theirs, &id)["status"], "ready_for_review");
        assert!(theirs.read(&id, "spec.md").starts_with("---\nstatus: ready_for_review\n---\n"));

        let ours = Project::new();
        write_generation(&ours, number);
        assert_eq!(ours.run(&["close", &id]).code, 0, "no reports are asked for");

        // Now with an open task.
        let [theirs, ours] = [Project::new(), Project::new()];
        for project in [&theirs, &ours] {
            write_generation(project, number);
            let text = project.read(&id, open);
            assert!(text.contains(closed), "{text}");
            project.write(
                &id,
                open,
                text.replace(closed, if number == 1 { "**Status**: [ ] pending" } else { "\"claim\"" }),
            );
            if number == 2 {
                let tasks = project.read(&id, "tasks.md");
                project.write(&id, "tasks.md", tasks.replace("[x] done by a@b", "[ ] claimed by a@b since"));
            }
        }
        let said = complete(&theirs, &id);
        assert_eq!(said.contains("1 tasks still pending"), number == 1, "it sees no task of generation 2: {said}");
        assert_eq!(metadata(&theirs, &id)["status"], "ready_for_review", "although it refused");
        let before = [ours.read(&id, "spec.md"), ours.read(&id, "metadata.json")];
        let run = ours.run(&["close", &id]);
        assert!(run.code == 1 && run.err.contains("1 of 1 tasks are open"), "{}", run.err);
        assert_eq!([ours.read(&id, "spec.md"), ours.read(&id, "metadata.json")], before, "nothing is changed");
    }
}

/// Words of SpecWeave 2 and 3 are no status to 1.0.593: the increment is in none of its counts.
#[test]
fn words_of_later_versions_are_open_or_closed_to_us_alone() {
    let program = format!("{}/specweave/bin/specweave.js", modules());
    for (word, open) in [("planned", 1), ("in-progress", 1), ("superseded", 0), ("done", 0)] {
        let project = Project::new();
        project.increment("0001-x", word, word);
        let overview = node(&project, &[&program, "status"]);
        assert!(overview.contains("Total: 0"), "{word}: {overview}");
        let status: Value = serde_json::from_str(&project.run(&["status", "--format", "json"]).out).unwrap();
        assert_eq!(status["increments"].as_array().unwrap().len(), open, "{word}");
    }
}

/// C1 to C3: the caches that a `sync` refreshes are those that SpecWeave's own updaters write a moment later.
#[test]
fn the_caches_are_those_of_its_own_updaters() {
    let project = Project::new();
    let state = project.root.join(".specweave/state");
    std::fs::create_dir_all(&state).unwrap();
    let task = |at: usize, mark: &str| format!("### T-{at:03}: a\n**Status**: [{mark}] x\n");
    let tasks: String = (1..=200).map(|at| task(at, if at == 200 { " " } else { "x" })).collect();
    // The oldest by spec.md is not the oldest by metadata.json; one has no date; one is known to metadata.json alone.
    for (id, spec, status, activity) in [
        ("0001-a", "---\nstatus: active\ncreated: 2026-03-01\n---\n", "active", "2026-03-03T00:00:00.000Z"),
        ("0002-b", "---\nstatus: backlog\ncreated: 2026-01-01\n---\n", "backlog", "2026-03-04T00:00:00.000Z"),
        ("0003-c", "# C\n", "active", "2026-03-05T00:00:00.000Z"),
        ("0004-d", "---\nstatus: planning\n---\n", "planning", "2026-03-06T00:00:00.000Z"),
        ("0005-e", "---\nstatus: active\ncreated: 2026-02-01\n---\n", "active", "2026-03-01T00:00:00.000Z"),
    ] {
        project.write(id, "spec.md", spec);
        let created = "2025-01-01T00:00:00.000Z";
        let metadata =
            json!({"id": id, "status": status, "type": "feature", "created": created, "lastActivity": activity});
        project.write(id, "metadata.json", metadata.to_string());
    }
    project.write("0002-b", "tasks.md", tasks);
    project.increment("0009-z", "active", "completed");
    for cache in ["status-line.json", "active-increment.json"] {
        std::fs::write(state.join(cache), "{}").unwrap();
    }
    assert_eq!(project.run(&["sync", "9", "--from", "metadata"]).code, 0);
    let caches = || {
        ["status-line.json", "active-increment.json"].map(|cache| {
            let text = std::fs::read_to_string(state.join(cache)).unwrap();
            let kept = |line: &&str| !line.contains("\"lastUpdate");
            text.lines().filter(kept).map(|line| format!("{}\n", line.trim_end_matches(','))).collect::<String>()
        })
    };
    let ours = caches();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/caches.mjs");
    node(&project, &[script, &modules(), project.root.to_str().unwrap()]);
    assert_eq!(ours, caches());
    assert!(ours[0].contains("\"percentage\": 99") && ours[0].contains("\"openCount\": 4"), "{}", ours[0]);
    let order = ours[1].find("0003-c").zip(ours[1].find("0001-a"));
    assert!(order.is_some_and(|(first, second)| first < second) && !ours[1].contains("0005-e"), "{}", ours[1]);
    assert_eq!(project.run(&["check"]).out.matches("stale-status-line").count(), 0, "nor do we call them stale");

    // Where we know better: quotes and a comment hide a status from its updater.
    project.write("0002-b", "spec.md", "---\nstatus: \"backlog\" # for now\ncreated: 2026-01-01\n---\n");
    node(&project, &[script, &modules(), project.root.to_str().unwrap()]);
    let theirs = std::fs::read_to_string(state.join("status-line.json")).unwrap();
    assert!(!theirs.contains("0002-b") && theirs.contains("\"openCount\": 3"), "{theirs}");
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
