//! Real Vim with ALE, set up by the block in `docs/editors/vim.md`. `tests/run.sh vim` installs both.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use project::{BINARY, Project, metadata_text, spec_text};
use serde_json::Value;

const ID: &str = "0047-us-task-linkage";

#[test]
fn a_desync_is_shown_and_fixed() {
    let project = Project::incident();
    let home = project.base().join("home");
    fs::create_dir(&home).unwrap();
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/editors/vim.md")).unwrap();
    let block = page.split_once("```vim\n").unwrap().1.split_once("```").unwrap().0;
    let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vim/driver.vim");
    let vimrc = home.join("vimrc");
    let ours = "let g:ale_linters = {'markdown': ['specweave'], 'json': ['specweave']}";
    let lines = ["set nocompatible", "packadd ale", "filetype plugin on", block, ours, &format!("source {driver}"), ""];
    fs::write(&vimrc, lines.join("\n")).unwrap();
    let seen = home.join("seen");
    let path = format!("{}:{}", Path::new(BINARY).parent().unwrap().display(), std::env::var("PATH").unwrap());
    // Timers only run in a Vim that believes in a terminal.
    let vim = format!("vim -n -i NONE -u '{}' '{}'", vimrc.display(), project.path(ID, "spec.md").display());
    let status = Command::new("script")
        .args(["-qec", &vim, "/dev/null"])
        .env("PATH", path)
        .env("HOME", &home)
        .env("TERM", "xterm")
        .env("SPECWEAVE_SEEN", &seen)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("`script` (Debian: bsdutils) is needed for this test");
    assert!(status.success(), "Vim and ALE are needed for this test; run `tests/run.sh vim`");
    let seen: Vec<String> = serde_json::from_slice::<Value>(&fs::read(seen).unwrap())
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen.len(), 4, "{seen:#?}");
    assert_eq!((seen[0].as_str(), seen[2].as_str(), seen[3].as_str()), ("status-desync", "modified: 1", "no finding"));
    assert!(seen[1].contains("1) Set spec.md status to `completed` (from metadata.json)"), "{seen:#?}");
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, "completed"));
}
