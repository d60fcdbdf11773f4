//! `check --staged`: what the next commit will hold, however it is put together.

use std::fs;

use serde_json::{Value, json};
use specweave_lsp::workspace::fs::paths::slashed;

use crate::project::{is_one_error, metadata_text, spec_text};
use crate::repository::{Repository, finish, git_in, isolated, run_in};

const ID: &str = "0001-first";

/// The findings as `increment code`, without the twins in metadata.json.
fn found(repository: &Repository, args: &[&str]) -> Vec<String> {
    let run = repository.run(&[&["check", "--staged", "--format", "json"], args].concat());
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    let findings = report["findings"].as_array().unwrap();
    let shown = findings.iter().filter(|it| !it["path"].as_str().unwrap().ends_with(".json"));
    shown.map(|it| format!("{} {}", it["increment"].as_str().unwrap(), it["code"].as_str().unwrap())).collect()
}

#[test]
fn the_index_counts_and_not_the_work_tree() {
    let repository = Repository::new();
    assert_eq!(repository.run(&["check", "--staged"]).out, "0 increments checked: nothing found.\n");
    // Half of a change is staged; the work tree agrees, and a hook that reads it sees nothing.
    repository.project.increment(ID, "completed", "completed");
    repository.git(&["add", ".specweave/increments/0001-first/spec.md"]);
    assert_eq!(repository.run(&["check"]).code, 0);
    let run = repository.run(&["check", "--staged"]);
    assert_eq!(run.code, 1, "{}", run.err);
    for expected in [
        "spec.md says `completed`, metadata.json says `active`",
        "4 | status: completed",
        "\"status\": \"active\"",
        "1 increment checked, 1 with findings: 1 desync.",
    ] {
        assert!(run.out.contains(expected), "{expected}\n{}", run.out);
    }
    // The other way round: staged is fine, the work tree is not.
    repository.git(&["add", "--all"]);
    repository.project.increment(ID, "active", "completed");
    assert_eq!(repository.run(&["check"]).code, 1);
    assert_eq!(repository.run(&["check", "--staged"]).out, "1 increment checked: nothing found.\n");
}

#[test]
fn a_partly_staged_file_counts_as_it_is_staged() {
    let repository = Repository::new();
    repository.project.increment(ID, "completed", "completed");
    repository.git(&["add", "--all"]);
    repository.project.write(ID, "metadata.json", metadata_text(ID, "paused"));
    assert_eq!(found(&repository, &[]), Vec::<String>::new());
    // `git add --intent-to-add` stages a name and nothing in it: the commit will not hold the file.
    repository.project.write("0002-second", "spec.md", spec_text("0002-second", "active"));
    repository.git(&["add", "--all"]);
    repository.project.write("0002-second", "metadata.json", metadata_text("0002-second", "paused"));
    repository.git(&["add", "--intent-to-add", ".specweave/increments/0002-second/metadata.json"]);
    assert_eq!(found(&repository, &["2"]), ["0002-second missing-file"]);
}

#[test]
fn only_what_is_touched_is_looked_at() {
    let repository = Repository::new();
    repository.project.increment("0002-second", "active", "paused");
    repository.commit("a desync that is there already");
    repository.project.write(ID, "notes.md", "x");
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), Vec::<String>::new());
    assert_eq!(found(&repository, &["0002-second"]), ["0002-second status-desync"], "unless it is named");
    assert_eq!(found(&repository, &[".specweave/increments/0002-second/spec.md"]), ["0002-second status-desync"]);
    assert_eq!(found(&repository, &["."]), ["0002-second status-desync"]);
    repository.project.write("0002-second", "tasks.md", "# Tasks\n");
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), ["0002-second status-desync"]);
}

#[test]
fn renamed_removed_and_numbered() {
    let repository = Repository::new();
    let folder = |name: &str| format!(".specweave/increments/{name}");
    repository.git(&["mv", &folder(ID), &folder("0001-renamed")]);
    assert_eq!(found(&repository, &[]), ["0001-renamed id-mismatch"], "its old folder shares no number with it");
    repository.project.write("0001-renamed", "metadata.json", metadata_text("0001-renamed", "paused"));
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), ["0001-renamed id-mismatch", "0001-renamed status-desync"]);
    repository.commit("renamed");

    repository.git(&["rm", "--quiet", "--cached", &folder("0001-renamed/metadata.json")]);
    assert_eq!(found(&repository, &[]), ["0001-renamed missing-file", "0001-renamed id-mismatch"]);
    repository.git(&["rm", "-r", "--quiet", "--cached", &folder("0001-renamed")]);
    assert_eq!(found(&repository, &[]), Vec::<String>::new());
    repository.git(&["reset", "--quiet"]);

    repository.project.increment("0001-twin", "active", "active");
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), ["0001-twin duplicate-number"]);
}

#[test]
fn a_number_is_shared_with_increments_and_nothing_else() {
    let repository = Repository::new();
    repository.project.increment("_archive/0007-old", "completed", "completed");
    repository.project.increment("0002-holder", "active", "active");
    fs::create_dir(repository.project.folder("0002-holder/0007-notes")).unwrap();
    repository.project.write("0002-holder", "0007-notes/a.md", "In a folder of an increment, which is none itself.\n");
    repository.commit("One in the archive, and a folder with a number");
    repository.project.increment("0007-new", "active", "active");
    repository.project.write("0002-holder", "tasks.md", "# Tasks\n");
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), Vec::<String>::new());
    assert_eq!(found(&repository, &["--include-archived"]), ["0007-new duplicate-number"]);
}

#[test]
fn buckets_excludes_and_nested_projects() {
    let repository = Repository::new();
    repository.project.increment("_archive/0009-old", "active", "completed");
    let nested = repository.root().join("apps/web x/.specweave/increments/0003-nested");
    fs::create_dir_all(&nested).unwrap();
    fs::write(nested.join("spec.md"), spec_text("0003-nested", "active")).unwrap();
    fs::write(nested.join("metadata.json"), metadata_text("0003-nested", "paused")).unwrap();
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), ["0003-nested status-desync"]);
    assert_eq!(found(&repository, &["--include-archived"]), ["0009-old status-desync", "0003-nested status-desync"]);
    assert_eq!(found(&repository, &["--exclude", "0003-*"]), Vec::<String>::new());
    assert_eq!(found(&repository, &["--project", "apps/web x"]), ["0003-nested status-desync"]);
    let run = run_in(&nested, &["check", "--staged", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["projects"][0]["root"], json!(slashed(&repository.root().join("apps/web x"))));
    assert_eq!(report["findings"][0]["path"], json!(".specweave/increments/0003-nested/spec.md"));
}

#[test]
fn before_the_first_commit_and_in_a_worktree() {
    let repository = Repository { project: crate::project::Project::incident() };
    repository.git(&["init", "--quiet"]);
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), ["0047-us-task-linkage status-desync"]);
    repository.commit("first");
    let worktree = repository.project.base().join("worktree");
    repository.git(&["worktree", "add", "--quiet", worktree.to_str().unwrap()]);
    let spec = worktree.join(".specweave/increments/0047-us-task-linkage/spec.md");
    fs::write(&spec, spec_text("0047-us-task-linkage", "paused")).unwrap();
    git_in(&worktree, &["add", "--all"]);
    let run = run_in(&worktree, &["check", "--staged"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("spec.md says `paused`"), "{}", run.out);
    assert_eq!(repository.run(&["check", "--staged"]).code, 0, "the other work tree has nothing staged");
}

#[test]
fn the_variables_of_a_hook_count() {
    let repository = Repository::new();
    repository.project.increment(ID, "completed", "active");
    let index = repository.project.base().join("index of its own");
    fs::copy(repository.root().join(".git/index"), &index).unwrap();
    let mut add = isolated("git", repository.root());
    assert_eq!(finish(add.env("GIT_INDEX_FILE", &index).args(["add", "--all"])).code, 0);
    assert_eq!(repository.run(&["check", "--staged"]).code, 0, "git's own index has nothing staged");
    let check = |folder: &str| {
        let mut check = isolated(crate::project::BINARY, &repository.root().join(folder));
        finish(check.env("GIT_INDEX_FILE", &index).args(["check", "--staged"]))
    };
    assert_eq!(check(".").code, 1);
    assert_eq!(check(".specweave/increments").code, 1);

    // As in the hook of a linked worktree, after its manager went into a subfolder.
    let mut check = isolated(crate::project::BINARY, &repository.root().join(".specweave"));
    check.env("GIT_INDEX_FILE", &index).env("GIT_DIR", repository.root().join(".git"));
    let run = finish(check.args(["check", "--staged", "--format", "json"]));
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    assert_eq!(report["projects"][0]["root"], json!(slashed(repository.root())));

    // They are not those of another repository.
    let other = Repository::new();
    let mut check = isolated(crate::project::BINARY, repository.root());
    check.env("GIT_INDEX_FILE", &index).env("GIT_DIR", repository.root().join(".git"));
    let run = finish(check.args(["check", "--staged", "--project", other.root().to_str().unwrap()]));
    assert_eq!((run.code, run.out.as_str()), (0, "0 increments checked: nothing found.\n"), "{}", run.err);
}

#[test]
fn what_git_holds_instead_of_a_file() {
    let repository = Repository::new();
    #[cfg(unix)]
    {
        let folder = repository.project.folder(ID);
        fs::rename(folder.join("metadata.json"), folder.join("real.json")).unwrap();
        std::os::unix::fs::symlink("./real.json", folder.join("metadata.json")).unwrap();
        repository.git(&["add", "--all"]);
        assert_eq!(found(&repository, &[]), Vec::<String>::new(), "a link to a file of the commit");
        fs::remove_file(folder.join("metadata.json")).unwrap();
        std::os::unix::fs::symlink("../../../elsewhere.json", folder.join("metadata.json")).unwrap();
        repository.git(&["add", "--all"]);
        let run = repository.run(&["check", "--staged"]);
        assert!(run.out.contains("a symbolic link to something that is not in the index"), "{}", run.out);
        repository.git(&["reset", "--hard", "--quiet"]);
    }
    // A submodule is a repository of its own, with a hook of its own.
    let other = Repository::new();
    let add =
        ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.root().to_str().unwrap(), "sub"];
    repository.git(&add);
    assert_eq!(found(&repository, &[]), Vec::<String>::new());
    repository.commit("a submodule");
    let inside = repository.root().join("sub");
    fs::write(inside.join(".specweave/increments/0001-first/spec.md"), spec_text(ID, "paused")).unwrap();
    git_in(&inside, &["add", "--all"]);
    assert_eq!(run_in(&inside, &["check", "--staged"]).code, 1);
    assert_eq!(repository.run(&["check", "--staged"]).code, 0);

    // What is too large is said, not read.
    repository.project.write(ID, "spec.md", spec_text(ID, "active") + &"x".repeat(3000));
    repository.git(&["add", "--all"]);
    let run = repository.run(&["check", "--staged", "--max-file-size-kib", "1"]);
    assert!(run.out.contains("it has 4 KiB, more than the limit of 1 KiB"), "{}", run.out);
}

#[test]
fn a_merge_that_is_not_resolved_is_said() {
    let repository = Repository::new();
    repository.git(&["switch", "--quiet", "--create", "other"]);
    repository.project.increment(ID, "paused", "paused");
    repository.commit("paused");
    repository.git(&["switch", "--quiet", "main"]);
    repository.project.increment(ID, "completed", "completed");
    repository.commit("completed");
    assert_ne!(repository.try_git(&["merge", "--quiet", "other"]).code, 0);
    let run = repository.run(&["check", "--staged"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("spec.md cannot be read: it is not merged yet; resolve it"), "{}", run.out);
    // The usual accident: each file resolved to another side.
    repository.git(&["checkout", "--ours", ".specweave/increments/0001-first/spec.md"]);
    repository.git(&["checkout", "--theirs", ".specweave/increments/0001-first/metadata.json"]);
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), ["0001-first status-desync"]);
}

#[test]
fn where_there_is_nothing_to_look_at() {
    let repository = Repository::new();
    let outside = tempfile::tempdir().unwrap();
    let bare = outside.path().join("bare.git");
    git_in(outside.path(), &["clone", "--quiet", "--bare", repository.root().to_str().unwrap(), "bare.git"]);
    let elsewhere = crate::project::Project::incident();
    let elsewhere = elsewhere.path("0047-us-task-linkage", "spec.md");
    for (run, expected) in [
        (run_in(outside.path(), &["check", "--staged"]), "is not in a git repository"),
        (run_in(&bare, &["check", "--staged"]), "bare repository"),
        (run_in(&repository.root().join(".git"), &["hook", "run"]), "which has no work tree"),
        (run_in(outside.path(), &["hook", "install"]), "is not in a git repository"),
        (repository.run(&["check", "--staged", "0001-frist"]), "hint: did you mean `0001-first`"),
        (repository.run(&["check", "--staged", elsewhere.to_str().unwrap()]), "is not in a git repository"),
    ] {
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{expected}: {}", run.err);
        assert!(run.err.contains(expected) && is_one_error(&run.err), "{expected}\n{}", run.err);
    }
}

#[test]
fn where_there_is_no_git() {
    let repository = Repository::new();
    let run = finish(isolated(crate::project::BINARY, repository.root()).env("PATH", "").args(["check", "--staged"]));
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    assert!(run.err.contains("cannot find the program `git`") && is_one_error(&run.err), "{}", run.err);
}

/// Generation 3: a status in metadata.json alone is right, and the ledger counts as it is staged.
#[test]
fn an_increment_of_the_third_generation_is_looked_at_as_it_is_staged() {
    let id = "0003-third";
    let spec = "# A\n- [ ] AC-01: a\n## Tasks\n### T-01 A\n- AC: AC-01 | Files: a | Test: b\n- [ ] open\n";
    let done = r#"{"t":"T-01","e":"done","by":"a","at":"2026-10-08T10:00:00.000Z","evidence":"b"}"#;
    let repository = Repository::new();
    repository.project.write(id, "spec.md", spec);
    repository.project.write(id, "metadata.json", metadata_text(id, "active"));
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &["--deep"]), Vec::<String>::new(), "no status is missing, without a ledger too");
    repository.project.write(id, "ledger.jsonl", format!("{done}\n"));
    assert_eq!(found(&repository, &["--deep"]), Vec::<String>::new(), "the ledger is not staged");
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &["--deep"]), ["0003-third task-desync"]);
    assert_eq!(found(&repository, &[]), Vec::<String>::new());
    // The work tree agrees again, the index does not.
    repository.project.write(id, "spec.md", spec.replace("- [ ] open", "- [x] done by a 2026-10-08T10:00:00.000Z — b"));
    assert_eq!(repository.run(&["check", "--deep"]).out.matches("task-desync").count(), 0);
    assert_eq!(found(&repository, &["--deep"]), ["0003-third task-desync"]);
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &["--deep"]), Vec::<String>::new());
    // A mirror that parted from metadata.json is a desync like any other, for the hook too.
    repository.project.write(id, "spec.md", format!("---\nstatus: paused\n---\n{spec}"));
    repository.git(&["add", "--all"]);
    assert_eq!(found(&repository, &[]), ["0003-third status-desync"]);
    assert_eq!(repository.run(&["hook", "run"]).code, 1);
    repository.project.write(id, "spec.md", spec);
    repository.git(&["add", "--all"]);
    assert_eq!(repository.run(&["hook", "run"]).code, 0);
}
