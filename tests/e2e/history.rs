//! `history`: where the statuses diverged and met, in repositories made for it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::project::{Project, is_one_error, metadata_text, spec_text};
use crate::repository::{Repository, git_in, isolated, run_in};

const ID: &str = "0001-first";

fn history(repository: &Repository, args: &[&str]) -> Value {
    let run = repository.run(&[&["history", "--format", "json"], args].concat());
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err))
}

/// Start and end of each desync, as commits.
fn desyncs(history: &Value) -> Vec<(String, Option<String>)> {
    let commit = |value: &Value| value["commit"].as_str().map(str::to_owned);
    let desyncs = history["desyncs"].as_array().unwrap().iter();
    desyncs.map(|desync| (commit(&desync["start"]).unwrap(), commit(&desync["end"]))).collect()
}

/// Commits at a time that is so many hours after the first.
fn commit_at(repository: &Repository, hour: u32, author: &str, message: &str) -> String {
    let date = format!("2025-11-{:02}T{:02}:00:00+01:00", 19 + hour / 24, hour % 24);
    repository.git(&["add", "--all"]);
    let mut commit = isolated("git", repository.root());
    commit.env("GIT_AUTHOR_NAME", author).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    let run = crate::repository::finish(commit.args(["commit", "--quiet", "--allow-empty", "-m", message]));
    assert_eq!(run.code, 0, "{}", run.err);
    repository.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

/// git counts paths from the folder it is run in: so it must not matter which that is.
#[test]
fn the_same_from_every_folder_of_the_project() {
    let repository = Repository::new();
    let later = "0003-later";
    repository.project.increment("0009-earlier", "planning", "planning");
    commit_at(&repository, 1, "Anna", "Plan it");
    std::fs::rename(repository.project.folder("0009-earlier"), repository.project.folder(later)).unwrap();
    commit_at(&repository, 2, "Anna", "Another name");
    repository.project.increment(later, "planning", "active");
    commit_at(&repository, 3, "Anna", "Start it, in one file");
    let from_the_top = history(&repository, &[later]);
    assert_eq!(desyncs(&from_the_top).len(), 1, "{from_the_top}");
    for folder in [".specweave/increments", ".specweave/increments/0003-later"] {
        let run = run_in(&repository.root().join(folder), &["history", "--format", "json", later]);
        let told: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(told["commits"], from_the_top["commits"], "from {folder}: {}", run.err);
        assert_eq!(desyncs(&told), desyncs(&from_the_top), "from {folder}");
    }
    std::fs::remove_dir_all(repository.project.folder(later)).unwrap();
    commit_at(&repository, 4, "Anna", "Away with it");
    let run = run_in(&repository.root().join(".specweave/increments"), &["history", "--format", "json", later]);
    assert_eq!(run.code, 0, "an increment that is gone: {}", run.err);
}

#[test]
fn who_made_them_diverge_and_for_how_long() {
    let repository = Repository::new();
    repository.project.write("0002-other", "spec.md", spec_text("0002-other", "active"));
    commit_at(&repository, 1, "Anna", "something else");
    repository.project.increment(ID, "active", "completed");
    let diverged = commit_at(&repository, 2, "Bob", "Close the increment");
    repository.project.write(ID, "tasks.md", "# Tasks\n");
    commit_at(&repository, 5, "Anna", "in between");
    repository.project.increment(ID, "completed", "completed");
    let met = commit_at(&repository, 12, "Anna", "Mend it");

    let told = history(&repository, &["1"]);
    assert_eq!(desyncs(&told), [(diverged.clone(), Some(met.clone()))]);
    assert_eq!(told["desyncs"][0]["seconds"], 10 * 3600);
    assert_eq!(
        told["desyncs"][0]["start"],
        json!({
            "commit": diverged, "author": "Bob", "email": "Anna@example.org", "date": "2025-11-19T02:00:00+01:00",
            "subject": "Close the increment", "folder": ".specweave/increments/0001-first", "cut": false,
            "specStatus": "active", "metadataStatus": "completed", "desync": true,
        })
    );
    assert_eq!(told["shallow"], false);
    assert_eq!(told["now"], json!({"specStatus": "completed", "metadataStatus": "completed", "desync": false}));
    let run = repository.run(&["history", ".specweave/increments/0001-first/spec.md"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let expected = format!(
        "The statuses diverged in {} by Bob on 2025-11-19 02:00; back in sync after 10 h in {} by Anna on 2025-11-19 12:00.",
        &diverged[..10],
        &met[..10]
    );
    assert!(run.out.contains(&expected), "{expected}\n{}", run.out);
    assert!(run.out.contains("desync  2025-11-19 02:00"), "{}", run.out);
    assert!(!run.out.contains("in between"), "what changes neither status is left out: {}", run.out);

    repository.project.increment(ID, "active", "completed");
    let run = repository.run(&["history", ID]);
    assert!(run.out.contains("They disagree now, in the work tree (not committed)."), "{}", run.out);
    commit_at(&repository, 13, "Bob", "again");
    assert!(repository.run(&["history", ID]).out.contains("and still disagree after"));
    repository.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    assert_eq!(
        desyncs(&history(&repository, &["1"])),
        [(diverged, Some(met))],
        "detached: the history of what is checked out"
    );
}

/// Most commits change only the tasks, and then no text is read again.
#[test]
fn a_text_that_comes_back_counts_again() {
    let repository = Repository::new();
    let mut commits = Vec::new();
    for (hour, (spec, metadata)) in (1..).zip([
        ("active", "active"),
        ("active", "paused"),
        ("active", "active"),
        ("paused", "active"),
        ("active", "active"),
    ]) {
        repository.project.increment(ID, spec, metadata);
        commits.push(commit_at(&repository, 2 * hour, "Anna", "A status"));
        repository.project.write(ID, "tasks.md", format!("# Tasks of {hour}\n"));
        commit_at(&repository, 2 * hour + 1, "Anna", "The tasks");
    }
    let span = |start: usize| (commits[start].clone(), Some(commits[start + 1].clone()));
    assert_eq!(desyncs(&history(&repository, &[ID])), [span(1), span(3)]);
}

/// Where git cannot tell all, an increment that is not found is no increment that never was.
#[test]
fn a_history_that_cannot_be_read_is_said() {
    let repository = Repository::new();
    let first = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    repository.project.increment(ID, "paused", "paused");
    repository.commit("Another commit");
    // Moved away: it is read-only, and Windows removes no such file.
    let object = repository.root().join(format!(".git/objects/{}/{}", &first[..2], &first[2..]));
    std::fs::rename(object, repository.root().join("gone")).unwrap();
    let run = repository.run(&["history", "0009-gone"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains(&first), "{}", run.err);
}

#[test]
fn names_change_and_the_story_goes_on() {
    let repository = Repository::new();
    let folder = |name: &str| format!(".specweave/increments/{name}");
    repository.project.increment(ID, "active", "paused");
    let first = repository.commit("diverged under the first name");
    repository.git(&["mv", &folder(ID), &folder("0001-renamed")]);
    repository.commit("renamed");
    std::fs::create_dir_all(repository.project.folder("_archive")).unwrap();
    repository.git(&["mv", &folder("0001-renamed"), &folder("_archive/0001-renamed")]);
    repository.commit("archived");
    // Another increment takes the first name.
    repository.project.write(ID, "spec.md", "---\nstatus: backlog\n---\nnothing in common\n");
    repository.commit("a new one");
    repository.git(&["mv", &folder("_archive/0001-renamed"), &folder("0009-back")]);
    repository.project.write("0009-back", "metadata.json", metadata_text(ID, "active"));
    let last = repository.commit("back, and in order");

    let told = history(&repository, &["9"]);
    assert_eq!(desyncs(&told), [(first, Some(last))]);
    let folders: Vec<&str> =
        told["commits"].as_array().unwrap().iter().map(|it| it["folder"].as_str().unwrap()).collect();
    let expected = [ID, ID, "0001-renamed", "_archive/0001-renamed", "_archive/0001-renamed", "0009-back"].map(folder);
    assert_eq!(folders, expected);

    // One that is gone has a past too, under its last name.
    repository.git(&["rm", "-r", "--quiet", &folder("0009-back")]);
    repository.commit("gone");
    assert_eq!(history(&repository, &["0009-back"])["desyncs"], told["desyncs"]);
}

#[test]
fn branches_and_merges() {
    let repository = Repository::new();
    repository.project.increment(ID, "active", "paused");
    let diverged = repository.commit("diverged");
    repository.git(&["switch", "--quiet", "--create", "fix"]);
    repository.project.increment(ID, "paused", "paused");
    let met = repository.commit("met on a branch");
    repository.git(&["switch", "--quiet", "main"]);
    repository.project.write(ID, "tasks.md", "# Tasks\n");
    repository.commit("main goes on");
    repository.git(&["merge", "--quiet", "--no-edit", "fix"]);
    assert_eq!(desyncs(&history(&repository, &["1"])), [(diverged.clone(), Some(met.clone()))]);

    // Two branches in order, and a merge that takes one file from each.
    repository.git(&["switch", "--quiet", "--create", "other"]);
    repository.project.increment(ID, "completed", "completed");
    repository.commit("completed");
    repository.git(&["switch", "--quiet", "main"]);
    repository.project.increment(ID, "active", "active");
    repository.commit("active");
    assert_ne!(repository.try_git(&["merge", "--quiet", "other"]).code, 0);
    repository.git(&["checkout", "--ours", ".specweave/increments/0001-first/spec.md"]);
    repository.git(&["checkout", "--theirs", ".specweave/increments/0001-first/metadata.json"]);
    let merge = repository.commit("merged badly");
    assert_eq!(desyncs(&history(&repository, &["1"])), [(diverged, Some(met)), (merge, None)]);
}

#[test]
fn a_shallow_clone_says_what_it_does_not_know() {
    let repository = Repository::new();
    repository.project.increment(ID, "active", "paused");
    repository.commit("diverged");
    repository.project.write(ID, "tasks.md", "# Tasks\n");
    let second = repository.commit("more");
    let clone = repository.project.base().join("clone");
    let url = format!("file://{}", repository.root().display());
    git_in(repository.project.base(), &["clone", "--quiet", "--depth", "1", &url, "clone"]);
    let run = run_in(&clone, &["history", "1"]);
    assert_eq!(run.code, 2, "it cannot answer: {}", run.out);
    let cut = format!(
        "warning: this clone is shallow: nothing is known before {}, nor where the statuses diverged\nhint: `git fetch",
        &second[..10]
    );
    assert!(run.err.starts_with(&cut) && run.err.lines().count() == 2, "{}", run.err);
    assert!(run.out.contains("had already diverged in"), "{}", run.out);
    let told: Value = serde_json::from_str(&run_in(&clone, &["history", "1", "--format", "json"]).out).unwrap();
    assert_eq!((&told["shallow"], &told["desyncs"][0]["start"]["cut"]), (&json!(true), &json!(true)));
}

#[test]
fn where_there_is_no_history() {
    let repository = Repository::new();
    let plain = Project::incident();
    let unborn = Project::incident();
    git_in(&unborn.root, &["init", "--quiet"]);
    repository.project.increment("0002-new", "active", "active");
    let nothing = tempfile::tempdir().unwrap();
    for (run, expected) in [
        (repository.run(&["history", "0001-frist"]), "hint: did you mean `0001-first`"),
        (repository.run(&["history", "src"]), "no such increment: `src`"),
        (repository.run(&["history", "."]), "is not in an increment"),
        (plain.run(&["history", "47"]), "is not in a git repository"),
        (run_in(&unborn.root, &["history", "47"]), "has no commits yet"),
        (run_in(nothing.path(), &["history", "47"]), "error: no SpecWeave project in "),
    ] {
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{expected}: {}", run.err);
        assert!(run.err.contains(expected) && is_one_error(&run.err), "{expected}\n{}", run.err);
    }
    let run = repository.run(&["history", "2"]);
    assert!(run.code == 0 && run.out.contains("(not committed)"), "{}{}", run.out, run.err);
}

#[test]
fn a_thousand_commits_are_read_whole() {
    let project = Project::new();
    git_in(&project.root, &["init", "--quiet", "--initial-branch=main"]);
    let mut stream = String::new();
    let file =
        |path: &str, text: &str| format!("M 100644 inline .specweave/increments/{path}\ndata {}\n{text}\n", text.len());
    for at in 0..1000_u32 {
        // Each fifth commit changes our increment; it is out of step from the 500th to the 700th.
        let (id, metadata) = match at % 5 {
            0 => (ID.to_owned(), if (500..700).contains(&at) { "paused" } else { "active" }),
            _ => (format!("{:04}-other", 2 + at % 300), "active"),
        };
        let spec = spec_text(&id, "active") + &at.to_string();
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter C <c@example.org> {} +0000\ndata <<END\ncommit {at}\nEND\n{}{}\n",
            1_700_000_000 + at * 60,
            file(&format!("{id}/spec.md"), &spec),
            file(&format!("{id}/metadata.json"), &metadata_text(&id, metadata)),
        );
    }
    let mut import =
        isolated("git", &project.root).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    git_in(&project.root, &["reset", "--hard", "--quiet"]);
    let repository = Repository { project };

    let told = history(&repository, &["1"]);
    assert_eq!(told["commits"].as_array().unwrap().len(), 200);
    assert_eq!(told["desyncs"][0]["start"]["subject"], "commit 500");
    assert_eq!(told["desyncs"][0]["end"]["subject"], "commit 700");
    assert_eq!(told["desyncs"][0]["seconds"], 200 * 60);
}

/// A10. Deleted in one commit, back in another one: the statuses diverged before.
#[test]
fn an_increment_is_followed_through_the_commits_without_it() {
    for back in ["_archive/0001-first", "_backlog/0001-first", "abandoned/0001-first", "done/0001-first", ID] {
        let repository = Repository::new();
        repository.project.increment(ID, "active", "completed");
        let diverged = commit_at(&repository, 1, "Anna", "half a close");
        let [spec, metadata] = ["spec.md", "metadata.json"].map(|name| repository.project.read(ID, name));
        std::fs::remove_dir_all(repository.project.folder(ID)).unwrap();
        commit_at(&repository, 2, "Bob", "away with it");
        repository.project.increment("0002-other", "active", "active");
        commit_at(&repository, 3, "Anna", "something else");
        // Changed as well, beyond what git would take for a renamed file.
        repository.project.write(back, "spec.md", format!("{spec}{}", "More of it.\n".repeat(30)));
        repository.project.write(back, "metadata.json", &metadata);
        commit_at(&repository, 4, "Bob", "back again");
        let told = history(&repository, &["1"]);
        assert_eq!(desyncs(&told), [(diverged.clone(), None)], "{back}: {told:#}");
        assert_eq!(told["commits"].as_array().unwrap().len(), 4, "{back}: {told:#}");
        repository.project.increment(back, "completed", "completed");
        let met = commit_at(&repository, 5, "Anna", "mended");
        let told = history(&repository, &["1"]);
        assert_eq!(desyncs(&told), [(diverged.clone(), Some(met))], "{back}: {told:#}");
        assert_eq!(told["desyncs"][0]["seconds"], 4 * 3600);
        // Out of the bucket and gone for good: the deletion is its end.
        repository.project.increment(back, "active", "completed");
        let again = commit_at(&repository, 6, "Bob", "once more");
        std::fs::remove_dir_all(repository.project.folder(back)).unwrap();
        let end = commit_at(&repository, 7, "Bob", "gone");
        assert_eq!(desyncs(&history(&repository, &[ID]))[1], (again, Some(end)), "{back}");
    }
}

/// A10. Copied in one commit, the old folder removed in the next; and out of the bucket under a name of its own.
#[test]
fn an_increment_that_moves_in_two_steps_is_followed() {
    let repository = Repository::new();
    repository.project.increment(ID, "active", "completed");
    let diverged = repository.commit("half a close");
    repository.project.increment("_archive/0001-first", "active", "completed");
    repository.commit("archived");
    std::fs::remove_dir_all(repository.project.folder(ID)).unwrap();
    repository.commit("removed where it was");
    assert_eq!(desyncs(&history(&repository, &["1"])), [(diverged.clone(), None)]);
    std::fs::remove_dir_all(repository.project.folder("_archive/0001-first")).unwrap();
    repository.commit("away");
    repository.project.write("0001-another-name", "spec.md", spec_text(ID, "active"));
    repository.project.write("0001-another-name", "metadata.json", metadata_text(ID, "completed"));
    repository.commit("back under another name");
    assert_eq!(desyncs(&history(&repository, &["1"])), [(diverged, None)]);
}

/// A10. The commit that brings it back is a merge.
#[test]
fn an_increment_that_a_merge_brings_back_is_followed() {
    let repository = Repository::new();
    repository.project.increment(ID, "active", "completed");
    let diverged = repository.commit("half a close");
    repository.git(&["switch", "--quiet", "--create", "archive"]);
    std::fs::create_dir_all(repository.project.folder("_archive")).unwrap();
    let archived = ".specweave/increments/_archive/0001-first";
    repository.git(&["mv", ".specweave/increments/0001-first", archived]);
    repository.commit("archived on a branch");
    repository.git(&["switch", "--quiet", "main"]);
    repository.git(&["rm", "-r", "--quiet", ".specweave/increments/0001-first"]);
    repository.commit("deleted on main");
    let merge = repository.try_git(&["merge", "--quiet", "--no-edit", "archive"]);
    if merge.code != 0 {
        repository.commit("merged");
    }
    assert_eq!(desyncs(&history(&repository, &["1"])), [(diverged, None)]);
}

/// A10. What a template makes alike is not one increment, also where one goes as the other comes.
#[test]
fn another_increment_is_no_earlier_name() {
    let repository = Repository::new();
    let template = "## Goal\n\n## Scope\n\n## Out of scope\n\n";
    let write = |id: &str, status: &str, text: &str| {
        repository.project.write(id, "spec.md", format!("{}{template}{text}", spec_text(id, status)));
        repository.project.write(id, "metadata.json", metadata_text(id, "active"));
    };
    write("0005-search", "completed", &"Find what was lost.\n".repeat(8));
    repository.commit("diverged");
    std::fs::remove_dir_all(repository.project.folder("0005-search")).unwrap();
    write("0006-billing", "active", &"Send what is due, and to whom.\n".repeat(8));
    repository.commit("one goes, one comes");
    let told = history(&repository, &["6"]);
    assert_eq!(told["commits"].as_array().unwrap().len(), 1, "{told:#}");
    // The same number was given twice; the first one is long gone.
    std::fs::remove_dir_all(repository.project.folder("0006-billing")).unwrap();
    repository.commit("gone");
    repository.project.write("0005-export", "spec.md", "---\nstatus: planning\n---\nnothing in common\n");
    repository.commit("the number again");
    let told = history(&repository, &["0005-export"]);
    assert_eq!(told["commits"].as_array().unwrap().len(), 1, "{told:#}");
}

/// A11. Deleted, archived and committed, and there once more, not committed: two folders, and neither is meant.
#[test]
fn a_folder_that_was_removed_does_not_decide_between_two_that_are_there() {
    let repository = Repository::new();
    repository.project.increment("0713-x", "active", "active");
    repository.commit("one");
    std::fs::create_dir_all(repository.project.folder("_archive")).unwrap();
    repository.git(&["mv", ".specweave/increments/0713-x", ".specweave/increments/_archive/0713-x"]);
    repository.commit("archived");
    repository.project.increment("0713-x", "active", "completed");
    for wanted in ["713", "0713-x"] {
        let run = repository.run(&["history", wanted]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{wanted}: {}", run.err);
        let expected = format!("error: `{wanted}` is ambiguous: 2 folders are called 0713-x\nhint: give its path\n");
        assert_eq!(run.err, expected);
    }
    let path = ".specweave/increments/_archive/0713-x";
    assert_eq!(repository.run(&["history", path]).code, 0);
    // Two that are gone share the number.
    std::fs::remove_dir_all(repository.project.folder("0713-x")).unwrap();
    repository.git(&["rm", "-r", "--quiet", path]);
    repository.project.increment("0713-y", "active", "active");
    repository.commit("another one");
    std::fs::remove_dir_all(repository.project.folder("0713-y")).unwrap();
    repository.commit("nothing is left");
    let run = repository.run(&["history", "713"]);
    assert!(run.code == 2 && run.err.contains("`713` is ambiguous: 0713-x, 0713-y"), "{}{}", run.out, run.err);
    assert_eq!(repository.run(&["history", "0713-x"]).code, 0);
}
