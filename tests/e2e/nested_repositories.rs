//! A1. A repository inside another one, be it an independent clone or a submodule: git is asked for the one that holds the
//! increment, from wherever it is asked.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::project::{metadata_text, spec_text};
use crate::repository::{Repository, git_in, run_in};

const ID: &str = "0007-api";

/// An umbrella with a clone in `repositories/api`, which the umbrella ignores and in which one increment is half closed.
struct Umbrella {
    outer: Repository,
    inner: PathBuf,
}

impl Umbrella {
    fn new() -> Umbrella {
        let outer = Repository::new();
        fs::write(outer.root().join(".gitignore"), "repositories/\n").unwrap();
        outer.commit("ignore what is cloned below");
        let inner = outer.root().join("repositories/api");
        let umbrella = Umbrella { inner, outer };
        umbrella.write("active");
        umbrella.git(&["init", "--quiet", "--initial-branch=main"]);
        umbrella.git(&["add", "--all"]);
        umbrella.git(&["commit", "--quiet", "-m", "one"]);
        umbrella.write("completed");
        umbrella.git(&["commit", "--quiet", "--all", "-m", "half close"]);
        umbrella
    }

    fn write(&self, metadata: &str) {
        let folder = self.inner.join(".specweave/increments").join(ID);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("spec.md"), spec_text(ID, "active")).unwrap();
        fs::write(folder.join("metadata.json"), metadata_text(ID, metadata)).unwrap();
    }

    fn git(&self, args: &[&str]) {
        let run = git_in(&self.inner, args);
        assert_eq!(run.code, 0, "git {args:?}: {}", run.err);
    }
}

#[test]
fn a_history_is_of_the_repository_that_holds_the_increment() {
    let umbrella = Umbrella::new();
    for folder in [umbrella.outer.root(), &umbrella.inner] {
        let run = run_in(folder, &["history", ID, "--format", "json"]);
        let told: Value = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}", run.err));
        assert_eq!(told["desyncs"][0]["start"]["subject"], "half close", "{}", folder.display());
    }
}

#[test]
fn what_is_staged_in_the_inner_repository_is_found_from_outside() {
    let umbrella = Umbrella::new();
    umbrella.write("paused");
    umbrella.git(&["add", "--all"]);
    let outer = umbrella.outer.root();
    for args in [
        &["--project", "repositories/api", "check", "--staged"][..],
        &["--project", "repositories/api", "hook", "run"],
        &["check", "--staged", ID],
    ] {
        let run = run_in(outer, args);
        assert_eq!(run.code, 1, "{args:?}: {}{}", run.out, run.err);
        assert!(run.out.contains("metadata.json says `paused`"), "{args:?}: {}", run.out);
    }
    assert_eq!(run_in(outer, &["check", "--staged"]).code, 0, "nothing of the outer one's own is staged");
}

#[test]
fn a_hook_goes_into_the_repository_of_the_project() {
    let umbrella = Umbrella::new();
    let run = run_in(umbrella.outer.root(), &["--project", "repositories/api", "hook", "install"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(umbrella.inner.join(".git/hooks/pre-commit").exists());
    assert!(!umbrella.outer.hook().exists(), "not of the umbrella");
}
