//! Real Neovim, headless: here with a bare client, in the modules with the plugin. `SPECWEAVE_NVIM` names the program;
//! `tests/run.sh neovim` installs and names it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "neovim/install.rs"]
mod install;
#[path = "neovim/look.rs"]
mod look;
#[path = "neovim/plugin.rs"]
mod plugin;
#[path = "e2e/project.rs"]
mod project;

use std::path::Path;
use std::process::Command;

use project::{BINARY, Project};
use serde_json::Value;

const ID: &str = "0047-us-task-linkage";

fn neovim(project: &Project, scenario: &str) -> Value {
    let nvim = std::env::var("SPECWEAVE_NVIM").expect("SPECWEAVE_NVIM must name Neovim; run `tests/run.sh neovim`");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/neovim/session.lua");
    let home = project.base().join("home");
    let output = Command::new(nvim)
        .args(["-u", "NONE", "-i", "NONE", "-n", "-l", script, scenario])
        .args([project.root.to_str().unwrap(), BINARY])
        .env("HOME", &home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{scenario}: {out}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{scenario}: {error}\n{out}\n{err}"))
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
    let output = Command::new("git").current_dir(folder).args(who).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn active() -> Project {
    let project = Project::new();
    project.increment(ID, "active", "active");
    project
}

#[track_caller]
fn both_say(seen: &Value, status: &str) {
    let (spec, metadata) = (seen["spec"].as_str().unwrap(), seen["metadata"].as_str().unwrap());
    assert!(spec.contains(&format!("\nstatus: {status}\n")), "{spec}");
    let parsed: Value = serde_json::from_str(metadata).unwrap_or_else(|error| panic!("{error}: {metadata}"));
    assert_eq!(parsed["status"], status, "{metadata}");
}

#[test]
fn quick_fixes_both_ways() {
    both_say(&neovim(&Project::incident(), "fix_spec"), "completed");
    both_say(&neovim(&Project::incident(), "fix_metadata"), "active");
}

#[test]
fn close_changes_both() {
    let seen = neovim(&active(), "close");
    both_say(&seen, "completed");
    assert_eq!(seen["answer"]["result"]["applied"], true, "{seen}");
    assert_eq!(seen["shown"], serde_json::json!([]), "nothing to complain about");
}

#[test]
fn a_buffer_that_is_not_attached_is_told_of() {
    let seen = neovim(&active(), "unattached");
    both_say(&seen, "completed");
    assert!(seen["shown"][0].as_str().unwrap().contains("Save it"), "{seen}");
}

#[test]
fn an_edit_that_neovim_skips_silently_is_finished() {
    let seen = neovim(&active(), "stale_first");
    both_say(&seen, "completed");
    assert!(seen["spec"].as_str().unwrap().contains("# typed meanwhile"));
}

#[test]
fn an_outdated_edit_that_neovim_applies_is_put_right() {
    let seen = neovim(&active(), "stale_last");
    both_say(&seen, "completed");
    let metadata = seen["metadata"].as_str().unwrap();
    assert!(metadata.contains("\"typed\": \"meanwhile\"") && metadata.matches("completed").count() == 1, "{metadata}");
}

#[test]
fn a_hidden_modified_buffer_keeps_what_was_typed() {
    let seen = neovim(&active(), "hidden_modified");
    both_say(&seen, "completed");
    assert!(seen["metadata"].as_str().unwrap().contains("\"typed\": \"meanwhile\""));
}

#[test]
fn a_read_only_file_is_refused_and_both_stay_as_they_were() {
    let seen = neovim(&active(), "read_only");
    both_say(&seen, "active");
    assert!(seen["answer"]["error"].as_str().unwrap().contains("is read-only. Make it writable"), "{seen}");
    both_say(&neovim(&active(), "read_only_late"), "completed");
}

#[test]
fn a_buffer_whose_file_changed_behind_it() {
    let seen = neovim(&active(), "changed_on_disk");
    both_say(&seen, "active");
    assert!(seen["answer"]["error"].as_str().unwrap().contains("changed on disk by another program"), "{seen}");
}
