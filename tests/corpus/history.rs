//! The recorded states of real increments, committed one after the other: `history` finds where each desync came in and
//! where it ended, as SpecWeave's own reader saw them.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::project::Project;
use crate::repository::{Repository, git_in, isolated};
use crate::{Case, corpus};
use specweave_lsp::model::status::Side;

/// One repository with the states of these cases, in their order; each commit's subject is its index.
fn record(cases: &[&Case]) -> Repository {
    let project = Project::new();
    git_in(&project.root, &["init", "--quiet", "--initial-branch=main"]);
    let mut import =
        isolated("git", &project.root).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stream = import.stdin.take().unwrap();
    let mut paths: HashMap<&str, &str> = HashMap::new();
    for (at, case) in cases.iter().enumerate() {
        let header = format!("commit refs/heads/main\ncommitter C <c@example.org> {} +0000\n", 1_700_000_000 + at * 60);
        write!(stream, "{header}data <<END\n{at}\nEND\n").unwrap();
        if let Some(before) = paths.insert(&case.id, &case.path) {
            writeln!(stream, "D {before}").unwrap();
        }
        for side in Side::BOTH {
            let text = case.bytes(side);
            write!(stream, "M 100644 inline {}/{}\ndata {}\n", case.path, side.file_name(), text.len()).unwrap();
            stream.write_all(&text).unwrap();
            stream.write_all(b"\n").unwrap();
        }
    }
    drop(stream);
    assert!(import.wait().unwrap().success());
    git_in(&project.root, &["reset", "--hard", "--quiet"]);
    Repository { project }
}

#[test]
fn history_finds_what_brought_in_a_desync_and_what_ended_it() {
    let corpus = corpus();
    let mut repositories: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    corpus.iter().for_each(|case| repositories.entry(&case.repo).or_default().push(case));
    let (mut increments, mut parted, mut met) = (0, 0, 0);
    for cases in repositories.values() {
        let repository = record(cases);
        let mut states: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        cases.iter().enumerate().for_each(|(at, case)| states.entry(&case.id).or_default().push(at));
        for (id, states) in states.into_iter().filter(|(_, states)| states.len() > 1) {
            let mut expected: Vec<(usize, Option<usize>)> = Vec::new();
            let mut open = false;
            for at in states {
                match (open, cases[at].desync) {
                    (false, true) => expected.push((at, None)),
                    (true, false) => expected.last_mut().unwrap().1 = Some(at),
                    _ => {}
                }
                open = cases[at].desync;
            }
            let run = repository.run(&["history", id, "--format", "json"]);
            let told: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{id}: {}{}", run.out, run.err));
            let at = |commit: &Value| commit["subject"].as_str().map(|subject| subject.parse().unwrap());
            let desyncs = told["desyncs"].as_array().unwrap().iter();
            let found: Vec<(usize, Option<usize>)> =
                desyncs.map(|desync| (at(&desync["start"]).unwrap(), at(&desync["end"]))).collect();
            assert_eq!(found, expected, "{id} in {}", cases[0].repo);
            for desync in told["desyncs"].as_array().unwrap() {
                let case = cases[at(&desync["start"]).unwrap()];
                assert_eq!(desync["start"]["specStatus"].as_str(), case.spec_status.as_deref(), "{id}");
                assert_eq!(desync["start"]["metadataStatus"].as_str(), case.metadata_status.as_deref(), "{id}");
            }
            increments += 1;
            parted += found.len();
            met += found.iter().filter(|(_, end)| end.is_some()).count();
        }
    }
    eprintln!("{increments} increments with several recorded states: {parted} desyncs came in, {met} ended");
    assert!(increments > 100 && parted > 50 && met > 20, "{increments} increments, {parted} parted, {met} met");
}

/// The same of whole projects, in one walk: every desync that the recorded states have, both its ends, and no other.
#[test]
fn history_of_a_whole_project_has_them_all() {
    let corpus = corpus();
    let mut repositories: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    corpus.iter().for_each(|case| repositories.entry(&case.repo).or_default().push(case));
    let (mut parted, mut met, mut commits) = (0, 0, 0);
    for (name, cases) in &repositories {
        let repository = record(cases);
        let mut expected: Vec<(usize, Option<usize>)> = Vec::new();
        let mut open: HashMap<&str, usize> = HashMap::new();
        for (at, case) in cases.iter().enumerate() {
            match (open.get(&*case.id), case.desync) {
                (None, true) => {
                    open.insert(&case.id, expected.len());
                    expected.push((at, None));
                }
                (Some(&which), false) => {
                    expected[which].1 = Some(at);
                    open.remove(&*case.id);
                }
                _ => {}
            }
        }
        let run = repository.run(&["history", "--format", "json"]);
        let told: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{name}: {}{}", run.out, run.err));
        let at = |commit: &Value| commit["subject"].as_str().map(|subject| subject.parse::<usize>().unwrap());
        let desyncs = told["projects"][0]["desyncs"].as_array().unwrap();
        let mut found: Vec<(usize, Option<usize>)> =
            desyncs.iter().map(|desync| (at(&desync["start"]).unwrap(), at(&desync["end"]))).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{name}");
        for desync in desyncs {
            let case = cases[at(&desync["start"]).unwrap()];
            assert_eq!(desync["specStatus"].as_str(), case.spec_status.as_deref(), "{name}: {desync:#}");
            assert_eq!(desync["metadataStatus"].as_str(), case.metadata_status.as_deref(), "{name}: {desync:#}");
        }
        commits += cases.len();
        parted += found.len();
        met += found.iter().filter(|(_, end)| end.is_some()).count();
    }
    eprintln!("{} projects, {commits} commits: {parted} desyncs came in, {met} ended", repositories.len());
    assert!(parted > 0 && met > 0);
}
