//! The plugin in `editors/nvim`: attaching, fixing, saving, commands.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::project::{BINARY, Project, metadata_text, spec_text};
use super::{ID, active};

/// One of two tasks is done.
const TASKS: &str = "### T-001: a\n**Status**: [x] done\n\n### T-002: b\n**Status**: [ ] open\n";
pub const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/nvim");
pub const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/neovim");

pub fn neovim(project: &Project, scenario: &str) -> Value {
    neovim_with(project, scenario, &[])
}

fn neovim_with(project: &Project, scenario: &str, args: &[&str]) -> Value {
    let command = session(project, scenario, &[args, &["-u", &format!("{TESTS}/init.lua")]].concat());
    run(command, scenario)
}

/// Neovim with a home of its own, which plays the scenario.
pub fn session(project: &Project, scenario: &str, args: &[&str]) -> Command {
    let nvim = std::env::var("SPECWEAVE_NVIM").expect("SPECWEAVE_NVIM must name Neovim; run `tests/run.sh neovim`");
    let home = project.base().join("home");
    let mut command = Command::new(nvim);
    command
        .args(["--headless", "-i", "NONE", "-n"])
        .args(args)
        .args(["-l", &format!("{TESTS}/plugin.lua"), scenario, project.root.to_str().unwrap()])
        .env("SPECWEAVE_PLUGIN", PLUGIN)
        .env("SPECWEAVE_BINARY", BINARY)
        .env_remove("CARGO_HOME")
        .env("HOME", &home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"));
    command
}

pub fn run(mut command: Command, scenario: &str) -> Value {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{scenario}: {out}\n{err}");
    // A plugin manager may have said something before.
    let last = out.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{scenario}: {error}\n{out}\n{err}"))
}

/// In a folder of its own, so that there is a place beside it that is no project.
fn inside(incident: bool) -> Project {
    let mut project = if incident { Project::incident() } else { active() };
    let inner = project.root.join("project");
    fs::create_dir(&inner).unwrap();
    fs::rename(project.root.join(".specweave"), inner.join(".specweave")).unwrap();
    project.root = inner;
    project
}

/// A project with an increment that is out of step, one that is open and one that is done.
fn three() -> Project {
    let project = inside(true);
    project.increment("0001-done", "completed", "completed");
    let criteria = "\n- [x] **AC-US1-01**: it does\n";
    project.write("0048-next", "spec.md", spec_text("0048-next", "planned") + criteria);
    project.write("0048-next", "metadata.json", metadata_text("0048-next", "planned"));
    project.write("0048-next", "tasks.md", TASKS);
    project
}

#[track_caller]
pub fn disk_says(project: &Project, spec: &str, metadata: &str) {
    assert!(project.read(ID, "spec.md").contains(&format!("\nstatus: {spec}\n")), "{}", project.read(ID, "spec.md"));
    let text = project.read(ID, "metadata.json");
    let parsed: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(parsed["status"], metadata, "{text}");
}

#[test]
fn it_attaches_in_a_project_only() {
    neovim(&inside(false), "attaches_in_a_project_only");
    neovim(&inside(false), "one_server_for_all_projects");
}

#[test]
fn a_fix_is_right_on_disk() {
    let project = Project::incident();
    neovim(&project, "fix_spec");
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "completed"));

    let project = Project::incident();
    neovim(&project, "fix_metadata");
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
}

#[test]
fn it_is_enough_to_be_on_the_runtime_path() {
    let project = Project::incident();
    neovim_with(&project, "fix_metadata", &["--noplugin"]);
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"));
    neovim_with(&project, "change_status", &["--noplugin"]);
    disk_says(&project, "completed", "completed");
}

#[test]
fn a_close_is_right_on_disk() {
    let project = active();
    let seen = neovim(&project, "close");
    disk_says(&project, "completed", "completed");
    assert_eq!(seen["said"], json!([format!("Set status of {ID} to completed: saved spec.md, metadata.json")]));
}

#[test]
fn not_one_byte_more_is_written() {
    let project = Project::new();
    // A byte order mark, Windows line ends, trailing spaces, and no newline at the end.
    let spec = |status: &str| format!("\u{feff}---\r\nstatus: {status}  \r\n---\r\n\r\n# {ID}  \r\nThe end");
    project.write(ID, "spec.md", spec("active"));
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    neovim(&project, "nothing_but_the_status_is_written");
    assert_eq!(project.read(ID, "spec.md"), spec("completed"));
}

#[test]
fn what_the_user_typed_is_not_saved_with_it() {
    for scenario in ["stale", "hidden_modified", "typed_after_the_edit", "read_only_late"] {
        let project = active();
        neovim(&project, scenario);
        assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"), "{scenario}");
        assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "active"), "{scenario}");
    }
}

#[test]
fn a_read_only_file_is_refused() {
    let project = active();
    neovim(&project, "read_only");
    disk_says(&project, "active", "active");
}

#[test]
fn a_file_that_changed_on_disk_is_not_overwritten() {
    let project = active();
    neovim(&project, "changed_on_disk");
    assert_eq!(project.read(ID, "metadata.json"), "{ \"status\": \"active\", \"another\": \"program\" }\n");
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "active"));

    let project = active();
    neovim(&project, "touched_on_disk");
    disk_says(&project, "completed", "completed");
}

#[test]
fn two_windows_stay_as_they_are() {
    let project = active();
    neovim(&project, "two_windows");
    disk_says(&project, "completed", "completed");
}

#[test]
fn a_failing_write_is_told() {
    neovim(&active(), "write_fails");
}

#[test]
fn saving_can_be_switched_off() {
    let project = Project::incident();
    neovim(&project, "saving_switched_off");
    disk_says(&project, "active", "completed");
}

#[test]
fn what_another_program_does_is_seen() {
    let seen = neovim(&active(), "another_program");
    assert!(seen["appeared"].as_f64().unwrap() < 2000.0 && seen["disappeared"].as_f64().unwrap() < 2000.0, "{seen}");
    neovim(&active(), "another_program_behind_a_hidden_buffer");
}

#[test]
fn commands_work_in_the_whole_project() {
    neovim(&three(), "commands_without_an_open_file");
    neovim(&three(), "commands_outside");
    neovim(&three(), "without_the_binary");
    neovim(&three(), "completion");
    let long = inside(false);
    let others = (1..=401).filter(|number| *number != 47);
    others.for_each(|number| long.increment(&format!("{number:04}-x"), "completed", "completed"));
    neovim(&long, "a_long_list");
}

#[test]
fn commands_change_the_status() {
    let project = active();
    neovim(&project, "change_status");
    disk_says(&project, "completed", "completed");

    let project = active();
    project.write(ID, "tasks.md", TASKS);
    neovim(&project, "gate");
    disk_says(&project, "active", "active");

    neovim(&active(), "subcommands");
    neovim(&Project::incident(), "plug_mappings");

    let project = Project::incident();
    neovim(&project, "sync");
    disk_says(&project, "active", "active");

    let project = three();
    project.increment("0048-next", "active", "paused");
    neovim(&project, "sync_all_and_choose");
}
