//! husky, lefthook and the pre-commit framework, set up as docs/git-hooks.md says.

use std::fs;
use std::path::Path;

use crate::project::Run;
use crate::repository::{Repository, finish, git_in};
use crate::{documented, with_tools};

const ID: &str = "0001-first";

fn run(repository: &Repository, program: &str, args: &[&str]) -> Run {
    let mut command = with_tools(program, repository.root());
    finish(command.args(args).env("PRE_COMMIT_HOME", repository.project.base().join("pre-commit")))
}

#[track_caller]
fn succeeds(repository: &Repository, program: &str, args: &[&str]) {
    let run = run(repository, program, args);
    assert_eq!(run.code, 0, "{program} {args:?}: {}{}", run.out, run.err);
}

/// Half of a change is refused with its reason, the whole of it is committed.
#[track_caller]
fn refuses_a_desync_and_nothing_else(repository: &Repository) {
    repository.project.increment(ID, "completed", "completed");
    repository.git(&["add", ".specweave/increments/0001-first/spec.md"]);
    let refused = run(repository, "git", &["commit", "-m", "half"]);
    assert_ne!(refused.code, 0, "{}{}", refused.out, refused.err);
    let said = refused.out + &refused.err;
    assert!(said.contains("spec.md says `completed`, metadata.json says `active`"), "{said}");
    assert!(said.contains("git commit --no-verify"), "{said}");
    repository.git(&["add", "--all"]);
    succeeds(repository, "git", &["commit", "-m", "whole"]);
    assert_eq!(repository.git(&["log", "-1", "--format=%s"]), "whole\n");
}

#[test]
fn husky() {
    let repository = Repository::new();
    succeeds(&repository, "husky", &[]);
    fs::write(repository.root().join(".husky/pre-commit"), documented("docs/git-hooks.md", ".husky/pre-commit"))
        .unwrap();
    repository.commit("husky");
    refuses_a_desync_and_nothing_else(&repository);
    let run = run(&repository, "specweave-lsp", &["hook", "install"]);
    assert!(run.code == 2 && run.err.contains("husky manages the hooks"), "{}{}", run.out, run.err);
}

#[test]
fn lefthook() {
    let repository = Repository::new();
    fs::write(repository.root().join("lefthook.yml"), documented("docs/git-hooks.md", "lefthook.yml")).unwrap();
    succeeds(&repository, "lefthook", &["install"]);
    repository.commit("lefthook");
    refuses_a_desync_and_nothing_else(&repository);
    let run = run(&repository, "specweave-lsp", &["hook", "install"]);
    assert!(run.code == 2 && run.err.contains("lefthook manages the hooks"), "{}{}", run.out, run.err);
}

/// This project as a repository that the pre-commit framework takes hooks from, and its commit.
fn published(folder: &Path) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in [".pre-commit-hooks.yaml", "Cargo.toml", "Cargo.lock", "README.md", "src", "tests", "benches"] {
        let copied = std::process::Command::new("cp").arg("-r").arg(source.join(part)).arg(folder).status().unwrap();
        assert!(copied.success(), "{part}");
    }
    for args in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "-m", "published"]] {
        assert_eq!(git_in(folder, args).code, 0);
    }
    git_in(folder, &["rev-parse", "HEAD"]).out.trim().to_owned()
}

fn set_up_pre_commit(repository: &Repository, hook: &str) {
    let published_at = repository.project.base().join("published");
    fs::create_dir(&published_at).unwrap();
    let revision = published(&published_at);
    let config = documented("docs/git-hooks.md", ".pre-commit-config.yaml")
        .replace("REPOSITORY_URL", published_at.to_str().unwrap())
        .replace(concat!("v", env!("CARGO_PKG_VERSION")), &revision)
        .replace("id: specweave-lsp-node", &format!("id: {hook}"));
    assert!(config.contains(&revision) && config.contains(hook), "{config}");
    fs::write(repository.root().join(".pre-commit-config.yaml"), config).unwrap();
    fs::write(repository.root().join(".gitignore"), "/published\n/pre-commit\n").unwrap();
    repository.commit("pre-commit");
    succeeds(repository, "pre-commit", &["install"]);
}

#[test]
fn pre_commit_with_the_program_that_is_installed() {
    let repository = Repository::new();
    set_up_pre_commit(&repository, "specweave-lsp-system");
    refuses_a_desync_and_nothing_else(&repository);
    // In CI it is run over all files, with nothing staged.
    succeeds(&repository, "pre-commit", &["run", "--all-files"]);
    repository.project.increment("0002-second", "active", "paused");
    repository.commit("nobody was asked");
    let all = run(&repository, "pre-commit", &["run", "--all-files"]);
    assert!(all.code == 1 && all.out.contains("metadata.json says `paused`"), "{}{}", all.out, all.err);

    // Its hook goes on beside ours, and after ours is gone.
    let before = fs::read(repository.hook()).unwrap();
    succeeds(&repository, "specweave-lsp", &["hook", "install"]);
    let both = run(&repository, "git", &["commit", "--allow-empty", "-m", "both"]);
    assert!(both.code == 0 && both.err.contains("SpecWeave statuses agree"), "{}{}", both.out, both.err);
    succeeds(&repository, "specweave-lsp", &["hook", "uninstall"]);
    assert_eq!(fs::read(repository.hook()).unwrap(), before);
}

#[test]
fn pre_commit_builds_the_program_itself() {
    let repository = Repository::new();
    // What users wait for once, an optimised build, would take most of the suite's time.
    let quick = [("LTO", "off"), ("OPT_LEVEL", "0"), ("CODEGEN_UNITS", "16"), ("STRIP", "none")];
    set_up_pre_commit(&repository, "specweave-lsp");
    let mut build = with_tools("pre-commit", repository.root());
    build.args(["install-hooks"]).env("PRE_COMMIT_HOME", repository.project.base().join("pre-commit"));
    build.env("CARGO_TARGET_DIR", crate::tools().join("target"));
    quick.iter().for_each(|(name, value)| {
        build.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    });
    let built = finish(&mut build);
    assert_eq!(built.code, 0, "{}{}", built.out, built.err);
    refuses_a_desync_and_nothing_else(&repository);
}
