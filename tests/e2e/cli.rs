//! The command line, as people and scripts use it.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use specweave_lsp::workspace::fs::paths::slashed;

use crate::project::{BINARY, Project, metadata_text, run_in, spec_text};

const ID: &str = "0047-us-task-linkage";

#[test]
fn check_shows_both_places_and_what_to_do() {
    let project = Project::incident();
    let run = project.run(&["check"]);
    assert_eq!(run.code, 1, "{}", run.err);
    for expected in [
        "error[status-desync]: The statuses disagree: spec.md says `active`, metadata.json says `completed`.",
        ".specweave/increments/0047-us-task-linkage/spec.md:4:9",
        ".specweave/increments/0047-us-task-linkage/metadata.json:3:14",
        "4 | status: active",
        "1 increment checked, 1 with findings: 1 desync.",
        "specweave-lsp sync",
    ] {
        assert!(run.out.contains(expected), "{expected}\n{}", run.out);
    }
    assert!(!run.out.contains('\u{1b}'), "no colours when not on a terminal");
    assert!(project.run(&["check", "--color", "always"]).out.contains('\u{1b}'));
    assert_eq!(project.run(&["check", "--exit-zero"]).code, 0);
}

#[test]
fn check_in_json() {
    let project = Project::incident();
    project.increment("0048-fine", "active", "active");
    project.write("0049-wide", "spec.md", "---\n{title: \"😀\", status: actve}\n---\n");
    project.write("0049-wide", "metadata.json", "{\"status\": \"actve\"}");
    let run = project.run(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(
        report["projects"],
        json!([{"root": slashed(&project.root), "scanned": 3, "healthy": 2, "desyncs": 1, "ignored": 0}])
    );
    let finding = &report["findings"][0];
    assert_eq!(
        finding,
        &json!({
            "code": "status-desync", "severity": "error", "increment": ID, "root": slashed(&project.root),
            "path": ".specweave/increments/0047-us-task-linkage/spec.md",
            "line": 4, "column": 9, "endLine": 4, "endColumn": 15, "message": finding["message"],
            "specStatus": "active", "metadataStatus": "completed",
        })
    );
    let wide = report["findings"].as_array().unwrap().iter().find(|f| f["increment"] == "0049-wide").unwrap();
    assert_eq!((&wide["line"], &wide["column"]), (&json!(2), &json!(22)), "columns count characters");
}

#[test]
fn what_is_checked_and_when_it_fails() {
    let project = Project::incident();
    project.increment("0048-word", "actve", "actve");
    assert_eq!(project.run(&["check", "48"]).code, 0, "a warning does not fail");
    assert_eq!(project.run(&["check", "48", "--fail-on", "warning"]).code, 1);
    assert_eq!(project.run(&["check", "48", "--severity", "unknown-status=error"]).code, 1);
    assert_eq!(project.run(&["check", "--severity", "status-desync=off"]).code, 0);
    assert_eq!(project.run(&["check", "--exclude", "0047-*"]).code, 0);
    let file = project.path(ID, "metadata.json");
    let run = run_in(std::path::Path::new("/"), &["check", file.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("1 increment checked"));
    let run = run_in(std::path::Path::new("/"), &["check", "--project", project.root.to_str().unwrap()]);
    assert!(run.out.contains("2 increments checked"), "{}", run.err);
}

#[test]
fn deep_finds_open_work() {
    let project = Project::new();
    project.write(ID, "spec.md", spec_text(ID, "completed") + "- [ ] **AC-US1-01**: a\n- [x] **AC-US1-02**: b\n");
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    project.write(ID, "tasks.md", "### T-001: a\n**Status**: [ ] pending\n");
    assert!(project.run(&["check"]).out.contains("1 increment checked: nothing found."));
    let run = project.run(&["check", "--deep", "--fail-on", "warning"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("completed, but 1 of 1 tasks and 1 of 2 acceptance criteria are open"), "{}", run.out);
}

#[test]
fn wrong_use_is_one_sentence() {
    let project = Project::incident();
    project.increment("0047E-other", "active", "active");
    let folder = tempfile::tempdir().unwrap();
    let outside = format!("../{}", folder.path().file_name().unwrap().display());
    for (run, expected) in [
        (project.run(&["check", "0099"]), "error: no such increment: `0099`\n"),
        (
            project.run(&["check", "47"]),
            "error: `47` is ambiguous: 0047-us-task-linkage, 0047E-other\nhint: give the whole id\n",
        ),
        (run_in(folder.path(), &["check"]), "error: no SpecWeave project in "),
        (project.run(&["check", "--project", "/no/such"]), "error: cannot open /no/such: no such file or directory\n"),
        (project.run(&["check", "--severity", "x=error"]), "no finding has the code `x`"),
        (project.run(&["check", ".specweave/increments/0047-us-task-linkge/spec.md"]), "0047-us-task-linkage`"),
        (project.run(&["sync", "./no/such"]), "error: no such file or directory: "),
        (project.run(&["check", &outside]), "is not in a SpecWeave project"),
        (project.run(&["nonsense"]), "unrecognized subcommand"),
    ] {
        assert_eq!(run.code, 2, "{expected}: {}", run.out);
        assert!(run.err.contains(expected), "{expected}\n{}", run.err);
        assert_eq!(run.out, "");
    }
}

#[test]
fn sync_fixes_one_side_and_nothing_else() {
    let project = Project::incident();
    let run = project.run(&["sync", "47", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("-status: active\n+status: completed\n"), "{}", run.out);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"), "a dry run changes nothing");
    let mut patch =
        Command::new("git").args(["apply", "-p1"]).current_dir(&project.root).stdin(Stdio::piped()).spawn().unwrap();
    patch.stdin.take().unwrap().write_all(run.out.as_bytes()).unwrap();
    assert!(patch.wait().unwrap().success(), "the diff applies");
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));

    project.write(ID, "spec.md", spec_text(ID, "active"));
    let run = project.run(&["sync", "47", "--from", "spec"]);
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "0047-us-task-linkage: metadata.json completed → active\n"),
        "{}",
        run.err
    );
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
    assert_eq!(project.files(ID), ["metadata.json", "spec.md"], "nothing is left behind");
    let again = project.run(&["sync", "--all"]);
    assert_eq!((again.code, again.out.as_str()), (0, "Nothing to do: the statuses agree.\n"));
}

#[test]
fn sync_asks_and_does_not_guess() {
    let project = Project::incident();
    let run = project.run(&["sync"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no terminal to ask"), "{}", run.err);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
    assert_eq!(project.run(&["sync", "--yes"]).code, 0);
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
}

#[test]
fn sync_says_what_it_cannot_do_and_does_the_rest() {
    let project = Project::incident();
    project.write("0048-shared", "spec.md", "---\nx: &a active\nstatus: *a\n---\n");
    project.write("0048-shared", "metadata.json", "{\"status\": \"active\", \"status\": \"paused\"}");
    project.write("0049-number", "spec.md", "---\nstatus: 5\n---\n");
    project.write("0049-number", "metadata.json", "{\"status\": \"active\"}");
    let run = project.run(&["sync", "--all", "--from", "spec"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("the status in spec.md of 0049-number is a number"), "{}", run.err);
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
    assert_eq!(project.read("0048-shared", "metadata.json"), "{\"status\": \"active\", \"status\": \"active\"}");
}

#[test]
fn status_in_all_its_shapes() {
    let project = Project::incident();
    project.write(ID, "tasks.md", "### T-001: a\n**Status**: [x] completed\n### T-002: b\n**Status**: [ ] pending\n");
    project.increment("0048-done", "completed", "completed");
    let table = project.run(&["status"]).out;
    assert!(table.contains("⊗") && table.contains("active ≠ completed") && table.contains("1/2"), "{table}");
    assert!(!table.contains("0048-done"));
    assert!(project.run(&["status", "--all"]).out.contains("0048-done"));
    assert_eq!(project.run(&["status", "--line"]).out, "⚠ [0047-us-task-linkage] ████░░░░ 1/2 tasks\n");
    let json: Value = serde_json::from_str(&project.run(&["status", "--format", "json", "--all"]).out).unwrap();
    assert_eq!(
        json,
        json!({"version": 1, "increments": [
            {"id": ID, "root": slashed(&project.root), "specStatus": "active", "metadataStatus": "completed", "desync": true,
             "unreadable": false, "tasks": {"done": 1, "total": 2}, "criteria": {"done": 0, "total": 0},
             "title": "A title", "created": "2025-11-20"},
            {"id": "0048-done", "root": slashed(&project.root), "specStatus": "completed", "metadataStatus": "completed",
             "desync": false, "unreadable": false, "tasks": {"done": 0, "total": 0}, "criteria": {"done": 0, "total": 0},
             "title": "A title", "created": "2025-11-20"},
        ]})
    );
}

#[test]
fn the_demo_plays_the_incident() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path(), &["demo"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for expected in
        ["error[status-desync]", "^^^^^^", "▸ Set spec.md status to `completed`", "+ status: completed", "✓ Both files"]
    {
        assert!(run.out.contains(expected), "{expected}\n{}", run.out);
    }
    let kept = run_in(folder.path(), &["demo", "--keep"]);
    let at = kept.out.rsplit("kept in ").next().unwrap().trim().to_owned();
    let spec = fs::read_to_string(format!("{at}/.specweave/increments/{ID}/spec.md")).unwrap();
    assert!(spec.contains("status: completed   # still in progress?"));
    fs::remove_dir_all(at).unwrap();
}

#[test]
fn an_interrupted_reader_is_no_error() {
    let project = Project::incident();
    let mut child =
        Command::new(BINARY).arg("check").current_dir(&project.root).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_command_that_changes_things_takes_a_path_for_an_increment_only() {
    let project = Project::incident();
    fs::create_dir(project.root.join("src")).unwrap();
    fs::write(project.root.join("47"), "a file named like a number").unwrap();
    for command in [&["close", "src"][..], &["set", ".", "abandoned"], &["sync", "src"], &["close", "README.md"]] {
        let run = project.run(command);
        assert_eq!(run.code, 2, "{command:?}: {}", run.out);
        assert!(run.err.contains("is not in an increment") || run.err.contains("no such increment"), "{}", run.err);
    }
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
    assert_eq!(project.run(&["sync", "47"]).code, 0, "a number wins over a file of that name");
    assert!(project.run(&["check", "src"]).out.starts_with("0 increments checked"));
}

#[test]
fn a_dry_run_over_nested_projects_applies_from_the_outermost() {
    let project = Project::incident();
    let nested = project.root.join("sub/.specweave/increments").join(ID);
    fs::create_dir_all(&nested).unwrap();
    fs::write(nested.join("spec.md"), spec_text(ID, "active")).unwrap();
    fs::write(nested.join("metadata.json"), metadata_text(ID, "paused")).unwrap();
    let diff = project.run(&["sync", "--all", "--dry-run"]).out;
    let mut patch =
        Command::new("git").args(["apply", "-p1"]).current_dir(&project.root).stdin(Stdio::piped()).spawn().unwrap();
    patch.stdin.take().unwrap().write_all(diff.as_bytes()).unwrap();
    assert!(patch.wait().unwrap().success(), "{diff}");
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
    assert_eq!(fs::read_to_string(nested.join("spec.md")).unwrap(), spec_text(ID, "paused"));
    let ambiguous = project.run(&["close", ID]);
    assert!(
        ambiguous.err.contains("is ambiguous: 2 folders are called 0047-us-task-linkage\nhint: give its path"),
        "{}",
        ambiguous.err
    );
}

#[test]
fn what_files_say_does_not_reach_the_terminal_raw() {
    let project = Project::new();
    project.write(ID, "spec.md", "---\ntitle: \"x \\e[35m\"\nstatus: active\n---\n");
    project.write(ID, "metadata.json", "{\"status\": \"\\u001b[35mRED\\n\"}");
    for command in [
        &["status", "--color", "always"][..],
        &["status", "--line"],
        &["check"],
        &["sync", "--all", "--from", "metadata"],
        &["log"],
    ] {
        let run = project.run(command);
        assert!(!run.out.contains("\u{1b}[35m") && !run.err.contains("\u{1b}[35m"), "{command:?}: {:?}", run.out);
    }
}

#[test]
fn annotations_for_github() {
    let project = Project::incident();
    project.write("0048-odd", "spec.md", "---\nstatus: \"50 %, actve\"\n---\n");
    fs::create_dir(project.root.join(".git")).unwrap();
    let nested = project.root.join("sub/.specweave/increments/0001-a");
    fs::create_dir_all(&nested).unwrap();
    fs::write(nested.join("metadata.json"), "{").unwrap();
    let run = project.run(&["check", "--format", "github"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let folder = ".specweave/increments/0047-us-task-linkage";
    let title = "title=status-desync in 0047-us-task-linkage";
    let message = "The statuses disagree: spec.md says `active`, metadata.json says `completed`.";
    for expected in [
        format!("::error file={folder}/spec.md,line=4,endLine=4,col=9,endColumn=15,{title}::{message}\n"),
        format!("::notice file={folder}/metadata.json,line=3,endLine=3,col=14,endColumn=23,{title}::{message}\n"),
        "::warning file=.specweave/increments/0048-odd/spec.md,line=2,endLine=2,col=10,endColumn=21,title=unknown-status in \
         0048-odd::Unknown status `50 %25, actve`; \
         the statuses are planning, active, backlog, paused, ready_for_review, completed, abandoned."
            .to_owned(),
        "::notice file=".to_owned(),
        "::error file=sub/.specweave/increments/0001-a/metadata.json,line=1,".to_owned(),
        "\n3 increments in 2 projects checked, 3 with findings: 1 desync".to_owned(),
    ] {
        assert!(run.out.contains(&expected), "{expected}\n{}", run.out);
    }
    let inside = run_in(&nested, &["check", ".", "--format", "github"]);
    assert!(inside.out.starts_with("::error file=sub/.specweave/"), "counted from the repository: {}", inside.out);
}

#[test]
fn each_command_helps_with_examples() {
    let project = Project::new();
    let help = project.run(&["--help"]).out;
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // A description may go on in the next line, which begins with more spaces than a name has before it.
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for line in listed.lines() {
        let words = line.split_whitespace();
        match line.starts_with("   ") {
            true => commands.last_mut().unwrap().extend(words),
            false => commands.push(words.collect()),
        }
    }
    commands.retain(|words| words[0] != "help");
    assert!(commands.len() >= 10, "{commands:?}");
    for words in commands {
        let (name, described) = (words[0], words[1..].join(" "));
        for args in [[name, "--help"], ["help", name]] {
            let run = project.run(&args);
            assert!(run.code == 0 && run.out.contains("\nExamples:\n  "), "{args:?}: {}", run.out);
            let first: Vec<&str> = run.out.split("\n\n").next().unwrap().split_whitespace().collect();
            assert_eq!(first.join(" "), described, "{args:?} says of it what the list of all does");
        }
    }
}

#[test]
fn what_cannot_be_read_is_never_hidden() {
    let project = Project::new();
    project.increment("0001-fine", "active", "active");
    project.write("0002-broken", "spec.md", "---\ntitle: \"x\n---\n");
    project.write("0002-broken", "metadata.json", metadata_text("0002-broken", "active"));
    let table = project.run(&["status"]).out;
    assert!(
        table.contains("cannot be read") && table.contains("1 increment cannot be read; `specweave-lsp check`"),
        "{table}"
    );
    let line = project.run(&["status", "--line"]).out;
    assert!(line.contains("[0001-fine]"), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_and_links_to_nothing() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = Project::new();
    let folder = project.root.join(".specweave/increments").join(std::ffi::OsStr::from_bytes(b"0006-\xff"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("spec.md"), spec_text("0006-x", "active")).unwrap();
    std::fs::write(folder.join("metadata.json"), metadata_text("0006-x", "completed")).unwrap();
    let run = project.run(&["check", "--format", "json"]);
    assert!(run.code == 1 && run.out.contains("status-desync"), "{} {}", run.out, run.err);

    let project = Project::new();
    std::fs::remove_dir(project.root.join(".specweave/increments")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", project.root.join(".specweave/increments")).unwrap();
    let run = project.run(&["check"]);
    assert!(run.code == 2 && run.err.contains("increments"), "{} {}", run.out, run.err);
}

#[test]
fn several_projects_are_told_apart() {
    let project = Project::incident();
    let inner = project.root.join("apps/x/.specweave/increments/0047-us-task-linkage");
    std::fs::create_dir_all(&inner).unwrap();
    std::fs::write(inner.join("spec.md"), spec_text("0047-us-task-linkage", "active")).unwrap();
    std::fs::write(inner.join("metadata.json"), metadata_text("0047-us-task-linkage", "completed")).unwrap();
    let shown = project.run(&["check"]).out;
    assert!(shown.contains("--> .specweave/increments/0047") && shown.contains("--> apps/x/.specweave/"), "{shown}");
    let table = project.run(&["status"]).out;
    assert!(table.contains("./0047-us") && table.contains("apps/x/0047-us"), "{table}");
}

#[test]
fn a_prompt_outside_a_project_stays_empty() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path(), &["status", "--line"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn a_reason_that_is_not_recorded_is_said() {
    let project = Project::new();
    project.increment("0001-x", "paused", "paused");
    let run = project.run(&["set", "1", "paused", "--reason", "again"]);
    assert!(run.code == 0 && run.err.contains("warning: the reason was not recorded"), "{}", run.err);
}

#[test]
fn a_number_shared_with_what_is_left_out_is_found_where_that_is_named() {
    let project = Project::new();
    project.increment("0043-new", "active", "active");
    let archived = project.root.join(".specweave/increments/_archive/0043-old");
    std::fs::create_dir_all(&archived).unwrap();
    std::fs::write(archived.join("spec.md"), spec_text("0043-old", "completed")).unwrap();
    std::fs::write(archived.join("metadata.json"), metadata_text("0043-old", "completed")).unwrap();
    assert!(!project.run(&["check"]).out.contains("duplicate-number"));
    let run = project.run(&["check", ".specweave/increments/_archive/0043-old"]);
    assert!(run.out.contains("duplicate-number") && run.out.contains("0043-new"), "{}", run.out);
}
