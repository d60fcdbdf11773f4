//! The pre-commit hook, through real commits.

use std::fs;
use std::path::Path;

use crate::project::BINARY;
use crate::repository::{Repository, executable, finish, git_in, isolated};

const ID: &str = "0001-first";

fn head(repository: &Repository) -> String {
    repository.git(&["rev-parse", "HEAD"])
}

#[test]
fn no_desync_gets_committed() {
    let repository = Repository::new();
    let run = repository.run(&["hook", "install"]);
    assert_eq!((run.code, run.out), (0, format!("Installed {}\n", repository.hook().display())), "{}", run.err);
    assert!(repository.run(&["hook", "install"]).out.contains("is already installed"));
    let before = head(&repository);

    repository.project.increment(ID, "completed", "completed");
    repository.git(&["add", ".specweave/increments/0001-first/spec.md"]);
    let run = repository.try_git(&["commit", "-m", "half"]);
    assert_eq!((run.code, head(&repository)), (1, before.clone()));
    for expected in [
        "error[status-desync]",
        "error: commit refused: 1 finding in what is staged\n",
        "To fix it:\n  git add .specweave/increments/0001-first\n",
        "To commit once without this check:\n  git commit --no-verify\n",
    ] {
        assert!(run.err.contains(expected), "{expected}\n{}", run.err);
    }
    let run = repository.try_git(&["commit", "--quiet", "-a", "-m", "whole"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "silent when all is well");

    repository.project.increment(ID, "active", "completed");
    let folder = repository.root().join("deep/er");
    fs::create_dir_all(&folder).unwrap();
    let run = git_in(&folder, &["commit", "-a", "-m", "desync"]);
    assert_eq!(run.code, 1);
    let fix =
        "specweave-lsp sync ../../.specweave/increments/0001-first && git add ../../.specweave/increments/0001-first";
    assert!(run.err.contains(fix), "{}", run.err);
    // What it says to do works as it stands.
    let done = finish(isolated("sh", &folder).args(["-c", &format!("{fix} && git commit --allow-empty -m fixed")]));
    assert_eq!(done.code, 0, "{}", done.err);
    repository.project.increment(ID, "active", "completed");
    assert_eq!(repository.try_git(&["commit", "--no-verify", "-a", "-m", "once"]).code, 0);
}

#[test]
fn each_way_to_commit_is_checked_as_it_commits() {
    let repository = Repository::new();
    repository.run(&["hook", "install"]);
    repository.project.increment(ID, "paused", "paused");
    // One file alone, through a temporary index, beside what is staged.
    repository.git(&["add", "--all"]);
    let spec = ".specweave/increments/0001-first/spec.md";
    assert_eq!(repository.try_git(&["commit", "-m", "only", "--", spec]).code, 1);
    assert_eq!(repository.try_git(&["commit", "-m", "both"]).code, 0);
    repository.git(&["checkout", "--quiet", "--detach"]);
    repository.project.increment(ID, "active", "paused");
    assert_eq!(repository.try_git(&["commit", "-am", "detached"]).code, 1);
    assert_eq!(repository.try_git(&["commit", "--amend", "-am", "amended"]).code, 1);
    // A linked worktree has the same hooks and an index of its own.
    let worktree = repository.project.base().join("it's a worktree");
    repository.git(&["worktree", "add", "--quiet", "--detach", worktree.to_str().unwrap()]);
    fs::write(worktree.join(spec), crate::project::spec_text(ID, "completed")).unwrap();
    let run = git_in(&worktree, &["commit", "-am", "in a worktree"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("spec.md says `completed`, metadata.json says `paused`"), "{}", run.err);
    git_in(&worktree, &["checkout", "--quiet", "."]);
    assert_eq!(git_in(&worktree, &["commit", "--allow-empty", "-m", "fine"]).code, 0);
}

#[test]
fn a_hook_that_is_there_goes_on_and_comes_back() {
    let repository = Repository::new();
    let theirs = "#!/bin/sh\necho \"theirs ran with $# arguments\" >&2\n[ ! -e refuse ]\n";
    executable(&repository.hook(), theirs);
    let before = fs::metadata(repository.hook()).unwrap().modified().unwrap();
    let run = repository.run(&["hook", "install"]);
    assert!(run.out.contains("The existing hook runs first"), "{}{}", run.out, run.err);
    assert!(repository.run(&["hook", "install"]).out.contains("is already installed"));

    let run = repository.try_git(&["commit", "--allow-empty", "-m", "both run"]);
    assert!(run.code == 0 && run.err.contains("theirs ran with 0 arguments"), "{}", run.err);
    repository.project.increment(ID, "active", "paused");
    let run = repository.try_git(&["commit", "-am", "ours refuses"]);
    assert!(run.code == 1 && run.err.contains("theirs ran") && run.err.contains("status-desync"), "{}", run.err);
    fs::write(repository.root().join("refuse"), "").unwrap();
    let run = repository.try_git(&["commit", "-am", "theirs refuses"]);
    assert!(run.code == 1 && !run.err.contains("status-desync"), "{}", run.err);

    let run = repository.run(&["hook", "uninstall"]);
    assert!(run.out.contains("as it was before"), "{}", run.out);
    assert_eq!(fs::read_to_string(repository.hook()).unwrap(), theirs);
    assert_eq!(fs::metadata(repository.hook()).unwrap().modified().unwrap(), before);
    let left: Vec<String> = names(repository.hook().parent().unwrap());
    assert_eq!(left, ["pre-commit"]);
    assert!(repository.run(&["hook", "uninstall"]).out.contains("is not a hook of specweave-lsp"));
    assert_eq!(fs::read_to_string(repository.hook()).unwrap(), theirs);
}

fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = all.filter(|name| !name.ends_with(".sample")).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn odd_hooks_stay_what_they_are() {
    // A link stays a link, and a hook that is switched off stays off.
    let repository = Repository::new();
    executable(&repository.root().join("tools/check.sh"), "#!/bin/sh\nexit 1\n");
    fs::create_dir_all(repository.hook().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("../../tools/check.sh", repository.hook()).unwrap();
    repository.run(&["hook", "install"]);
    assert_eq!(repository.try_git(&["commit", "--allow-empty", "-m", "the link refuses"]).code, 1);
    repository.run(&["hook", "uninstall"]);
    assert_eq!(fs::read_link(repository.hook()).unwrap(), Path::new("../../tools/check.sh"));
    fs::remove_file(repository.hook()).unwrap();
    fs::write(repository.hook(), "#!/bin/sh\nexit 1\n").unwrap();
    repository.run(&["hook", "install"]);
    assert_eq!(repository.try_git(&["commit", "--allow-empty", "-m", "it is off"]).code, 0);

    // What was changed by hand is not thrown away.
    let text = fs::read_to_string(repository.hook()).unwrap() + "echo mine\n";
    fs::write(repository.hook(), &text).unwrap();
    let run = repository.run(&["hook", "uninstall"]);
    assert!(run.code == 2 && run.err.contains("was changed since it was installed"), "{}", run.err);
    assert_eq!(fs::read_to_string(repository.hook()).unwrap(), text);

    // One of ours whose program is gone, or which came from elsewhere, is renewed; without a program it refuses.
    let other = Repository::new();
    other.run(&["hook", "install"]);
    let text = fs::read_to_string(other.hook()).unwrap();
    assert!(text.contains(BINARY), "{text}");
    fs::write(other.hook(), text.replace(BINARY, "/no/such/program")).unwrap();
    assert_eq!(other.try_git(&["commit", "--allow-empty", "-m", "found on the PATH"]).code, 0);
    let mut commit = isolated("git", other.root());
    let run = finish(commit.env("PATH", "/usr/bin:/bin").args(["commit", "--allow-empty", "-m", "nowhere"]));
    assert!(run.code == 1 && run.err.contains("specweave-lsp was not found"), "{}", run.err);
    other.run(&["hook", "install"]);
    assert_eq!(fs::read_to_string(other.hook()).unwrap(), text);
    assert!(other.run(&["hook", "uninstall"]).out.starts_with("Removed"));
    assert_eq!(names(other.hook().parent().unwrap()), Vec::<String>::new());
}

#[test]
fn hooks_path_is_respected_and_never_shared_unasked() {
    let repository = Repository::new();
    repository.git(&["config", "core.hooksPath", ".githooks"]);
    let below = repository.root().join("below");
    fs::create_dir(&below).unwrap();
    let run = crate::repository::run_in(&below, &["hook", "install"]);
    let hook = repository.root().join(".githooks").join("pre-commit");
    assert_eq!((run.code, run.out), (0, format!("Installed {}\n", hook.display())), "{}", run.err);
    assert!(!fs::read_to_string(&hook).unwrap().contains(BINARY), "others will run it: no path of this machine");
    repository.project.increment(ID, "active", "paused");
    assert_eq!(repository.try_git(&["commit", "-am", "desync"]).code, 1);
    repository.run(&["hook", "uninstall"]);
    assert!(!hook.exists());

    // A folder for all repositories of the user, one outside, and those of hook managers are left alone.
    let shared = tempfile::tempdir().unwrap();
    let config = shared.path().join("gitconfig");
    let hooks = shared.path().join("hooks");
    let other = Repository::new();
    other.git(&["config", "--file", config.to_str().unwrap(), "core.hooksPath", hooks.to_str().unwrap()]);
    let mut install = isolated(BINARY, other.root());
    let run = finish(install.env("GIT_CONFIG_GLOBAL", &config).args(["hook", "install"]));
    assert!(run.code == 2 && run.err.contains("which other repositories may share"), "{}{}", run.out, run.err);
    other.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    let run = other.run(&["hook", "install"]);
    assert!(run.code == 2 && run.err.contains("which other repositories may share"), "{}{}", run.out, run.err);
    assert!(!hooks.exists());
    other.git(&["config", "core.hooksPath", ".husky/_"]);
    let run = other.run(&["hook", "install"]);
    assert!(run.code == 2 && run.err.contains("the line `specweave-lsp hook run` in .husky/pre-commit"), "{}", run.err);
    assert!(!other.root().join(".husky").exists());
}

#[test]
fn what_is_refused_can_be_chosen() {
    let repository = Repository::new();
    repository.project.increment(ID, "actve", "actve");
    repository.git(&["add", "--all"]);
    assert_eq!(repository.run(&["hook", "run"]).code, 0);
    let run = repository.run(&["hook", "run", "--fail-on", "warning"]);
    assert!(run.code == 1 && run.out.contains("warning[unknown-status]"), "{}", run.out);
    assert!(!run.out.contains("To put it right"), "there is no command for it: {}", run.out);
    repository.project.write(ID, "metadata.json", "{");
    repository.git(&["add", "--all"]);
    let run = repository.run(&["hook", "run"]);
    assert!(
        run.code == 1 && run.out.contains("invalid-metadata") && !run.out.contains("unknown-status"),
        "{}",
        run.out
    );
}

#[test]
fn a_hook_that_was_edited_since_is_left_as_it_is() {
    let repository = Repository::new();
    assert_eq!(repository.run(&["hook", "install"]).code, 0);
    let edited = fs::read_to_string(repository.hook()).unwrap().replacen('\n', "\nnpm run lint\n", 1);
    fs::write(repository.hook(), &edited).unwrap();
    for what in ["install", "uninstall"] {
        let run = repository.run(&["hook", what]);
        assert!(run.err.contains("was changed since it was installed"), "{what}: {}", run.err);
        assert_eq!((run.code, fs::read_to_string(repository.hook()).unwrap()), (2, edited.clone()));
    }
}
