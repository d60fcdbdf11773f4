//! `history` of a whole project, beside a walk of its own through every commit with plain git.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use specweave_lsp::workspace::fs::paths::slashed;

use crate::project::{Project, metadata_text, spec_text};
use crate::repository::{Repository, finish, git_in, isolated};

fn history(repository: &Repository, args: &[&str]) -> Value {
    let run = repository.run(&[&["history", "--format", "json"], args].concat());
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err))
}

fn desyncs(told: &Value) -> &Vec<Value> {
    told["projects"][0]["desyncs"].as_array().unwrap()
}

/// Commits as somebody, with whatever the message says.
fn commit_by(repository: &Repository, day: u32, author: &str, message: &str) -> String {
    repository.git(&["add", "--all"]);
    let date = format!("2025-{:02}-{:02}T12:00:00+00:00", 10 + day / 28, 1 + day % 28);
    let mut commit = isolated("git", repository.root());
    commit.env("GIT_AUTHOR_NAME", author).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    let run = finish(commit.args(["commit", "--quiet", "--allow-empty", "-m", message]));
    assert_eq!(run.code, 0, "{}", run.err);
    repository.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

/// What plain git tells of an increment, whose folders these are: the commits in which the statuses disagree, each with
/// the desync that it belongs to; and the parents of every commit.
struct Plain {
    commits: Vec<String>,
    parents: Vec<Vec<usize>>,
    /// By commit, folder and name.
    texts: HashMap<(String, &'static str, &'static str), String>,
}

#[derive(Debug, PartialEq)]
struct PlainDesync {
    start: String,
    is_open: bool,
    /// Any of these may be what ended it.
    ends: BTreeSet<String>,
}

impl Plain {
    fn of(repository: &Repository, names: &[Vec<&'static str>]) -> Plain {
        let listing = repository.git(&["rev-list", "--topo-order", "--reverse", "--parents", "HEAD"]);
        let (mut commits, mut parents) = (Vec::new(), Vec::new());
        for line in listing.lines() {
            let mut ids = line.split(' ');
            let id = ids.next().unwrap().to_owned();
            let known = |id: &str| commits.iter().position(|known: &String| known == id).unwrap();
            parents.push(ids.map(known).collect());
            commits.push(id);
        }
        let texts = Plain::texts(repository, &commits, names);
        Plain { commits, parents, texts }
    }

    /// One git for all: there are a thousand texts.
    fn texts(
        repository: &Repository,
        commits: &[String],
        names: &[Vec<&'static str>],
    ) -> HashMap<(String, &'static str, &'static str), String> {
        let files =
            || names.iter().flatten().flat_map(|folder| ["spec.md", "metadata.json"].map(|file| (*folder, file)));
        let keys: Vec<_> =
            commits.iter().flat_map(|commit| files().map(|(folder, file)| (commit.clone(), folder, file))).collect();
        let mut asked = String::new();
        for (commit, folder, file) in &keys {
            writeln!(asked, "{commit}:.specweave/increments/{folder}/{file}").unwrap();
        }
        let input = repository.project.base().join("asked");
        fs::write(&input, asked).unwrap();
        let mut cat = isolated("git", repository.root());
        let run = finish(cat.args(["cat-file", "--batch"]).stdin(fs::File::open(input).unwrap()));
        assert_eq!(run.code, 0, "{}", run.err);
        let (mut rest, mut texts) = (run.out.as_str(), HashMap::new());
        for key in keys {
            let (told, after) = rest.split_once('\n').unwrap();
            rest = after;
            if told.ends_with(" missing") {
                continue;
            }
            let length = told.rsplit(' ').next().unwrap().parse().unwrap();
            texts.insert(key, rest[..length].to_owned());
            rest = &rest[length + 1..];
        }
        assert_eq!(rest, "");
        texts
    }

    /// `Some(true)` where the statuses disagree, none where there is no such folder.
    fn state(&self, commit: &str, folders: &[&'static str]) -> Option<bool> {
        folders.iter().find_map(|folder| {
            let read = |file: &'static str| self.texts.get(&(commit.to_owned(), *folder, file));
            let (spec, metadata) = (read("spec.md"), read("metadata.json"));
            if spec.is_none() && metadata.is_none() {
                return None;
            }
            let spec = spec.and_then(|text| {
                text.lines().find_map(|line| line.strip_prefix("status: ").map(|word| word.trim().to_owned()))
            });
            let metadata = metadata
                .and_then(|text| serde_json::from_str::<Value>(text).ok()?["status"].as_str().map(str::to_owned));
            Some(spec.is_some() && metadata.is_some() && spec != metadata)
        })
    }

    fn desyncs(&self, folders: &[&'static str]) -> Vec<PlainDesync> {
        let states: Vec<Option<bool>> = self.commits.iter().map(|commit| self.state(commit, folders)).collect();
        // Away between two commits that have it: as it left.
        let mut later = vec![false; states.len()];
        for at in (0..states.len()).rev() {
            let there = states[at].is_some() || later[at];
            self.parents[at].iter().for_each(|&parent| later[parent] |= there);
        }
        let mut parted: Vec<bool> = Vec::new();
        for at in 0..states.len() {
            let away = states[at].is_none() && later[at];
            parted.push(if away { self.parents[at].iter().any(|&it| parted[it]) } else { states[at] == Some(true) });
        }
        let mut group: Vec<usize> = (0..states.len()).collect();
        // Until nothing changes any more: those that touch are one.
        while (0..states.len()).any(|at| {
            let mut changed = false;
            for &parent in self.parents[at].iter().filter(|&&parent| parted[at] && parted[parent]) {
                let first = group[at].min(group[parent]);
                changed |= group[at] != first || group[parent] != first;
                (group[at], group[parent]) = (first, first);
            }
            changed
        }) {}
        let starts = (0..states.len()).filter(|&at| parted[at] && group[at] == at);
        let ends = |start: usize| {
            let ends =
                |at: &usize| !parted[*at] && self.parents[*at].iter().any(|&it| parted[it] && group[it] == start);
            (0..states.len()).filter(ends).map(|at| self.commits[at].clone()).collect()
        };
        let last = states.len() - 1;
        starts
            .map(|start| PlainDesync {
                start: self.commits[start].clone(),
                is_open: parted[last] && group[last] == start,
                ends: ends(start),
            })
            .collect()
    }
}

/// Every way in which an increment goes, comes back and is called something else.
fn eventful() -> (Repository, Vec<Vec<&'static str>>) {
    let repository = Repository::new();
    let project = &repository.project;
    let path = |id: &str| format!(".specweave/increments/{id}");
    let mut day = 0;
    let mut commit = |author: &str, message: &str| {
        day += 1;
        commit_by(&repository, day, author, message)
    };
    for id in ["0002-returns", "0003-archived", "0004-done", "0005-name", "0006-merged", "0007-many", "0008-reborn"] {
        project.increment(id, "active", "active");
    }
    commit("Anna", "feat: plan");
    for id in ["0002-returns", "0003-archived", "0004-done", "0005-name", "0006-merged", "0008-reborn"] {
        project.increment(id, "active", "completed");
        commit("Bob", &format!("fix(x): half of {id}\n\nCo-authored-by: Claude <noreply@anthropic.com>"));
    }
    // Deleted, and back after a while; deleted for good, and another one with its number.
    let kept = ["spec.md", "metadata.json"].map(|file| project.read("0002-returns", file));
    fs::remove_dir_all(project.folder("0002-returns")).unwrap();
    fs::remove_dir_all(project.folder("0008-reborn")).unwrap();
    commit("Anna", "chore: away");
    project.write("0009-else", "spec.md", spec_text("0009-else", "active"));
    commit("Anna", "something else");
    project.write("0002-returns", "spec.md", &kept[0]);
    project.write("0002-returns", "metadata.json", &kept[1]);
    commit("Anna", "back");
    project.write("0008-quite-different", "spec.md", "---\nstatus: planning\n---\nnothing in common\n");
    commit("Anna", "the number again");
    // Into a bucket, in one step and in two.
    fs::create_dir_all(project.folder("_archive")).unwrap();
    repository.git(&["mv", &path("0003-archived"), &path("_archive/0003-archived")]);
    commit("Anna", "archive");
    project.increment("done/0004-done", "active", "completed");
    commit("Anna", "copied");
    fs::remove_dir_all(project.folder("0004-done")).unwrap();
    commit("Anna", "and removed where it was");
    // Another name, with a change in the same commit.
    repository.git(&["mv", &path("0005-name"), &path("0005-other-name")]);
    project.write("0005-other-name", "tasks.md", "# Tasks\n");
    commit("Anna", "renamed");
    // Mended on a branch; the merge keeps the other side, and so brings it back.
    repository.git(&["switch", "--quiet", "--create", "fix"]);
    project.increment("0006-merged", "completed", "completed");
    project.increment("0007-many", "paused", "active");
    commit("Bob", "fix: mend 6, part 7");
    repository.git(&["switch", "--quiet", "main"]);
    project.increment("0006-merged", "active", "completed");
    project.write("0006-merged", "spec.md", spec_text("0006-merged", "active") + "More.\n");
    commit("Anna", "write on");
    repository.git(&["merge", "--quiet", "--no-commit", "--no-ff", "-X", "ours", "fix"]);
    repository.git(&["checkout", "main", "--", &path("0006-merged")]);
    commit("Carl", "Merge branch 'fix'");
    // A branch without anything of it, merged in.
    repository.git(&["switch", "--quiet", "--create", "old", "main~3"]);
    project.write("0009-else", "metadata.json", metadata_text("0009-else", "paused"));
    commit("Dora", "part 9 on an old branch");
    repository.git(&["switch", "--quiet", "main"]);
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "Merge branch 'old'", "old"]);
    for id in ["0002-returns", "_archive/0003-archived", "done/0004-done", "0005-other-name"] {
        project.increment(id, "completed", "completed");
        commit("Anna", &format!("fix: mend {id}"));
    }
    fs::remove_dir_all(project.folder("0005-other-name")).unwrap();
    commit("Anna", "gone for good");
    let names = vec![
        vec!["0001-first"],
        vec!["0002-returns"],
        vec!["_archive/0003-archived", "0003-archived"],
        vec!["done/0004-done", "0004-done"],
        vec!["0005-other-name", "0005-name"],
        vec!["0006-merged"],
        vec!["0007-many"],
        vec!["0008-reborn"],
        vec!["0008-quite-different"],
        vec!["0009-else"],
    ];
    (repository, names)
}

#[test]
fn every_desync_and_both_its_ends_as_plain_git_has_them() {
    let (repository, names) = eventful();
    let plain = Plain::of(&repository, &names);
    let told = history(&repository, &[]);
    let mut seen = 0;
    for folders in &names {
        let is_of = |desync: &&Value| {
            let folder = desync["folder"].as_str().unwrap();
            folders.iter().any(|name| folder == format!(".specweave/increments/{name}"))
        };
        let found: Vec<&Value> = desyncs(&told).iter().filter(is_of).collect();
        let expected = plain.desyncs(folders);
        assert_eq!(found.len(), expected.len(), "{folders:?}: {found:#?} and not {expected:#?}");
        for desync in &found {
            let start = desync["start"]["commit"].as_str().unwrap();
            let expected = expected.iter().find(|it| it.start == start);
            let expected = expected.unwrap_or_else(|| panic!("{folders:?}: no desync begins in {start}: {desync:#}"));
            match desync["end"]["commit"].as_str() {
                None => assert!(expected.is_open, "{folders:?}: {desync:#}"),
                Some(end) => assert!(!expected.is_open && expected.ends.contains(end), "{folders:?}: {desync:#}"),
            }
            seen += 1;
        }
    }
    assert_eq!(seen, desyncs(&told).len(), "and no others: {told:#}");
    assert!(seen >= 8, "{seen}");
    assert_eq!(told["projects"][0]["commits"], plain.commits.len());
    // The open ones come first.
    let open: Vec<bool> = desyncs(&told).iter().map(|it| it["end"].is_null()).collect();
    assert!(open.is_sorted_by(|a, b| a >= b) && open[0], "{open:?}");
    let of = |name: &str| desyncs(&told).iter().find(|it| it["increment"] == name).unwrap();
    assert_eq!(of("0006-merged")["broughtBackBy"][0]["subject"], "Merge branch 'fix'");
    assert_eq!(of("0006-merged")["broughtBackBy"][0]["kind"], "merge");
    assert_eq!(of("0008-reborn")["removed"], true);
    assert_eq!(of("0003-archived")["folderNow"], ".specweave/increments/_archive/0003-archived");
    assert_eq!(of("0003-archived")["start"]["agents"], json!(["Claude"]));
}

#[test]
fn what_they_have_in_common_is_summed_up() {
    let (repository, _) = eventful();
    let told = history(&repository, &[]);
    let summary = &told["projects"][0]["summary"];
    let all = desyncs(&told);
    assert_eq!(summary["desyncs"], all.len());
    let mut expected: HashMap<&str, BTreeMap<String, usize>> = HashMap::new();
    for desync in all {
        let start = &desync["start"];
        let mut one = |what, name: &str| *expected.entry(what).or_default().entry(name.to_owned()).or_default() += 1;
        one("months", &start["date"].as_str().unwrap()[..7]);
        one("authors", start["author"].as_str().unwrap());
        one("kinds", start["kind"].as_str().unwrap());
        start["agents"].as_array().unwrap().iter().for_each(|agent| one("agents", agent.as_str().unwrap()));
    }
    for (what, expected) in expected {
        let counts = summary[what].as_array().unwrap().iter();
        let found: BTreeMap<String, usize> = counts
            .map(|it| (it["name"].as_str().unwrap().to_owned(), it["desyncs"].as_u64().unwrap() as usize))
            .collect();
        assert_eq!(found, expected, "{what}");
    }
    let mut lives: Vec<i64> =
        all.iter().filter(|it| !it["end"].is_null()).map(|it| it["seconds"].as_i64().unwrap()).collect();
    lives.sort_unstable();
    assert_eq!(summary["medianSeconds"], lives[lives.len() / 2]);

    let run = repository.run(&["history"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    for part in ["still open", "By agent: Claude 6", "By kind of commit: fix", "brought back by merge", "(removed)"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    let metrics = repository.run(&["history", "--format", "openmetrics"]).out;
    let root = slashed(repository.root());
    assert!(metrics.contains(&format!("specweave_history_desyncs{{project=\"{root}\"}} {}\n", all.len())), "{metrics}");
    assert!(
        metrics.contains(&format!("specweave_history_desyncs_by_agent{{project=\"{root}\",agent=\"Claude\"}} 6\n"))
    );
    assert!(metrics.ends_with("# EOF\n"));
    let run = repository.run(&["history", "1", "--format", "openmetrics"]);
    assert_eq!((run.code, run.err.as_str()), (2, "error: metrics are of the whole project, not of one increment\n"));

    // What was over before, and what began after.
    let of = |args: &[&str]| desyncs(&history(&repository, args)).len();
    let open = summary["open"].as_u64().unwrap() as usize;
    assert_eq!(of(&["--since", "2999-01-01"]), open);
    assert_eq!(of(&["--until", "2000-01-01"]), 0);
    assert_eq!(of(&["--since", "2025-01-01", "--until", "2999-01-01"]), all.len());
    let run = repository.run(&["history", "--since", "yesterday"]);
    assert!(run.code == 2 && run.err.contains("`yesterday` is not a day such as 2026-01-31"), "{}", run.err);
}

#[test]
fn an_empty_and_a_healthy_history() {
    let project = Project::new();
    git_in(&project.root, &["init", "--quiet"]);
    let repository = Repository { project };
    let run = repository.run(&["history"]);
    assert!(run.code == 2 && run.err.contains("has no commits yet"), "{}", run.err);
    repository.project.increment("0001-first", "active", "active");
    repository.commit("first");
    let run = repository.run(&["history"]);
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "No desync is in this history. 1 commit and 1 increment were read.\n")
    );
}

/// git stands still while it is asked; Ctrl+C then ends both, and nothing half is printed.
#[cfg(unix)]
#[test]
fn it_can_be_interrupted() {
    use std::io::Write as _;
    use std::process::Stdio;

    use crate::repository::executable;

    let repository = Repository::new();
    let folder = tempfile::tempdir().unwrap();
    let [pipe, started] = ["pipe", "started"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).arg(&started).status().unwrap().success());
    let real = finish(isolated("sh", repository.root()).args(["-c", "command -v git"])).out;
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *cat-file*) echo > {}; exec cat {} ;; esac\nexec {} \"$@\"\n",
        started.display(),
        pipe.display(),
        real.trim()
    );
    executable(&folder.path().join("bin/git"), &text);
    let mut command = isolated(crate::project::BINARY, repository.root());
    let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    let child = command.arg("history").env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Reading ends once the stand-in has written.
    fs::read(&started).unwrap();
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output();
    // The stand-in for git held both pipes open.
    fs::File::options().write(true).open(&pipe).unwrap().write_all(b"x").unwrap();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap()),
        (String::new(), "error: interrupted\n".to_owned())
    );
}
