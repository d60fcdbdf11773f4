//! Real Emacs in batch mode, with Eglot and with lsp-mode, set up by `editors/emacs`. `tests/run.sh emacs` installs them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;

use std::path::Path;
use std::process::Command;

use project::{BINARY, Project, metadata_text, spec_text};
use serde_json::{Value, json};

const ID: &str = "0047-us-task-linkage";
const CLIENTS: [&str; 2] = ["eglot", "lsp-mode"];

fn emacs(project: &Project, client: &str, scenario: &str) -> Value {
    let folder = env!("CARGO_MANIFEST_DIR");
    let home = project.base().join("home");
    std::fs::create_dir_all(&home).unwrap();
    let path = format!("{}:{}", Path::new(BINARY).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("emacs")
        .args([
            "-Q",
            "--batch",
            "-L",
            &format!("{folder}/editors/emacs"),
            "-l",
            &format!("{folder}/tests/emacs/session.el"),
        ])
        .args([client, scenario, project.root.to_str().unwrap()])
        .env("PATH", path)
        .env("HOME", &home)
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .expect("Emacs is needed for this test; run `tests/run.sh emacs`");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{client}, {scenario}: {out}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{client}, {scenario}: {error}\n{out}\n{err}"))
}

fn both_say(project: &Project, status: &str) {
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, status));
    assert_eq!(project.read(ID, "metadata.json"), metadata_text(ID, status));
}

#[test]
fn a_fix_is_right_on_disk() {
    for client in CLIENTS {
        let project = Project::incident();
        emacs(&project, client, "fix");
        both_say(&project, "completed");
    }
}

#[test]
fn a_fix_in_a_file_that_is_not_open_is_right_on_disk() {
    for (client, asked) in CLIENTS.into_iter().zip([1, 0]) {
        let project = Project::incident();
        let seen = emacs(&project, client, "fix_closed");
        both_say(&project, "active");
        assert_eq!(seen["asked"].as_array().unwrap().len(), asked, "Eglot asks before it opens a file: {seen}");
    }
}

#[test]
fn a_close_is_right_on_disk() {
    for client in CLIENTS {
        let project = Project::new();
        project.increment(ID, "active", "active");
        let seen = emacs(&project, client, "close");
        assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
        let metadata: Value = serde_json::from_str(&project.read(ID, "metadata.json")).unwrap();
        assert_eq!(metadata["status"], "completed");
        assert_eq!(seen["asked"], json!([]), "both are open");
    }
}

#[test]
fn what_is_said_right_behind_an_answer_is_heard() {
    for client in CLIENTS {
        let project = Project::new();
        project.increment(ID, "active", "active");
        emacs(&project, client, "behind_an_answer");
    }
}

#[test]
fn what_the_user_typed_is_not_saved_with_it() {
    for client in CLIENTS {
        let project = Project::new();
        project.increment(ID, "active", "active");
        emacs(&project, client, "modified");
        both_say(&project, "active");
    }
}

/// The file stands for itself: it must compile without a warning, with neither client installed.
#[test]
fn it_compiles_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("specweave-lsp.el");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/editors/emacs/specweave-lsp.el"), &file).unwrap();
    let output = Command::new("emacs")
        .args(["-Q", "--batch", "--eval", "(setq byte-compile-error-on-warn t)", "-f", "batch-byte-compile"])
        .arg(&file)
        .output()
        .expect("Emacs is needed for this test; run `tests/run.sh emacs`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
