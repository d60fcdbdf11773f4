//! The work of real increments, counted by us, by an independent reader and by SpecWeave. The corpus stays outside the
//! repository: `SPECWEAVE_CORPUS` names the folder that holds `dev.jsonl.xz` and `gen23.jsonl.xz`. `SPECWEAVE_PEER` names the
//! folder whose `node_modules` holds `specweave`.

#![allow(clippy::print_stderr, reason = "the figures, and each difference")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use specweave_lsp::model::generation::Generation;
use specweave_lsp::model::parse::ledger::{LEASE_HOURS, state_line};
use specweave_lsp::model::parse::work::{Doc, Kind, LineState, NotTickable, parse, tick};
use specweave_lsp::model::work::{Count, Disagreement, Texts, Work, read};

#[derive(Deserialize)]
struct First {
    id: String,
    repo: String,
    path: String,
    spec: Option<String>,
    tasks: Option<String>,
}

#[derive(Deserialize)]
struct Later {
    id: String,
    files: BTreeMap<String, String>,
}

/// One increment of either corpus.
struct Case {
    name: String,
    spec: String,
    tasks: Option<String>,
    ledger: Option<String>,
    verification: Option<String>,
}

impl Case {
    fn read(&self) -> Work {
        let texts = Texts {
            spec: &self.spec,
            tasks: self.tasks.as_deref(),
            ledger: self.ledger.as_deref(),
            verification: self.verification.as_deref(),
        };
        read(texts, now(), LEASE_HOURS)
    }

    fn texts(&self) -> impl Iterator<Item = (Doc, &str)> {
        let tasks = self.tasks.as_deref().map(|text| (Doc::Tasks, text));
        [(Doc::Spec, self.spec.as_str())].into_iter().chain(tasks)
    }
}

/// After the last event of the corpus.
fn now() -> Timestamp {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

fn lines<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let folder = env::var_os("SPECWEAVE_CORPUS")
        .expect("set SPECWEAVE_CORPUS to the folder that holds dev.jsonl.xz; without it there is nothing to test");
    let path = PathBuf::from(folder).join(name);
    let file = File::open(&path).unwrap_or_else(|error| panic!("{} cannot be opened: {error}", path.display()));
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut BufReader::new(file), &mut bytes)
        .unwrap_or_else(|error| panic!("{} is no xz file: {error:?}", path.display()));
    let text = String::from_utf8(bytes).unwrap_or_else(|error| panic!("{} is no text: {error}", path.display()));
    let cases: Vec<T> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!cases.is_empty(), "{} is empty", path.display());
    cases
}

fn first_generation() -> Vec<Case> {
    let case = |(at, case): (usize, First)| Case {
        name: format!("{at} {}/{} ({})", case.repo, case.path, case.id),
        spec: case.spec.unwrap_or_default(),
        tasks: case.tasks,
        ledger: None,
        verification: None,
    };
    lines("dev.jsonl.xz").into_iter().enumerate().map(case).collect()
}

fn later_generations() -> Vec<Case> {
    let case = |mut case: Later| {
        let mut file = |name: &str| case.files.remove(name);
        let (spec, tasks) = (file("spec.md").unwrap_or_default(), file("tasks.md"));
        let (ledger, verification) = (file("ledger.jsonl"), file("reports/verify.json"));
        Case { name: case.id, spec, tasks, ledger, verification }
    };
    lines("gen23.jsonl.xz").into_iter().map(case).collect()
}

/// Asks a program for one line of JSON for each line of JSON.
fn ask<T: DeserializeOwned>(command: &mut Command, questions: &[serde_json::Value]) -> Vec<T> {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = process.stdin.take().unwrap();
    let text: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{command:?} fails");
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<T> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn numbers(count: Count) -> [usize; 3] {
    [count.done, count.skipped, count.total]
}

/// Done, skipped, all.
#[derive(Deserialize)]
struct Counted {
    tasks: [usize; 3],
    criteria: [usize; 3],
}

#[test]
fn an_independent_reader_counts_the_same() {
    let cases: Vec<Case> = first_generation().into_iter().chain(later_generations()).collect();
    let questions: Vec<_> =
        cases.iter().map(|case| json!({"spec": case.spec, "tasks": case.tasks, "ledger": case.ledger})).collect();
    let answers: Vec<Counted> = ask(Command::new("python3").arg(here("tests/work/count.py")), &questions);
    let (mut tasks, mut criteria) = (0, 0);
    for (case, theirs) in cases.iter().zip(&answers) {
        let ours = case.read().progress;
        if numbers(ours.tasks) != theirs.tasks {
            eprintln!("tasks {:?}, python {:?}: {}", numbers(ours.tasks), theirs.tasks, case.name);
            tasks += 1;
        }
        if numbers(ours.criteria) != theirs.criteria {
            eprintln!("criteria {:?}, python {:?}: {}", numbers(ours.criteria), theirs.criteria, case.name);
            criteria += 1;
        }
    }
    let all = cases.len();
    eprintln!("{all} increments: tasks differ in {tasks}, criteria in {criteria}");
    assert!(tasks * 50 <= all && criteria * 50 <= all, "{tasks} and {criteria} of {all} differ");
    let counted: usize = answers.iter().map(|theirs| theirs.tasks[2] + theirs.criteria[2]).sum();
    assert!(counted > 20_000, "only {counted} tasks and criteria were compared");
}

#[test]
fn each_generation_is_told_by_its_files() {
    assert!(first_generation().iter().all(|case| case.read().generation == Generation::One));
    let mut told = BTreeMap::new();
    for case in later_generations() {
        let expected = if case.tasks.is_some() { Generation::Two } else { Generation::Three };
        assert_eq!(case.read().generation, expected, "{}", case.name);
        *told.entry(expected).or_insert(0) += 1;
    }
    assert_eq!(told.into_iter().collect::<Vec<_>>(), [(Generation::Two, 8), (Generation::Three, 4)]);
}

#[test]
fn counts_are_those_of_the_verification() {
    let mut compared = 0;
    for case in later_generations() {
        let work = case.read();
        let Some(verification) = &work.verification else { continue };
        assert_eq!(verification.problems, [], "{}", case.name);
        let same = |count: Count, then: specweave_lsp::model::parse::verification::Counts| {
            [count.total, count.done, count.skipped, count.open()].map(|number| number as u64)
                == [then.total, then.done, then.skipped, then.open]
        };
        assert!(same(work.progress.tasks, verification.tasks.unwrap()), "tasks of {}", case.name);
        assert!(same(work.progress.criteria, verification.criteria.unwrap()), "criteria of {}", case.name);
        compared += 1;
    }
    assert!(compared >= 7, "{compared} verifications");
}

#[test]
fn state_lines_are_those_that_the_ledger_gives() {
    let (mut lines, mut rows) = (0, 0);
    for case in later_generations() {
        let work = case.read();
        let (Some((_, fold)), Some(text)) = (&work.ledger, &case.tasks) else { continue };
        let outline = work.tasks.as_ref().unwrap();
        for task in outline.of(Kind::Task) {
            let (Some(line), Some(state)) = (&task.state_line, fold.tasks.get(&text[task.name.clone()])) else {
                continue;
            };
            // A state that is given up is not written with the name and time of the one before.
            if line.state != LineState::Open {
                assert_eq!(text[line.span.clone()], state_line(state), "{}", case.name);
            }
            lines += 1;
        }
        rows += outline.board.len();
    }
    assert!(lines > 60 && rows > 60, "{lines} state lines and {rows} rows of boards");
}

#[test]
fn disagreements_of_the_later_generations() {
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for case in later_generations() {
        for found in case.read().disagreements {
            let kind = format!("{found:?}").split([' ', '{']).next().unwrap().to_owned();
            eprintln!("{}: {}", case.name, format!("{found:?}").chars().take(260).collect::<String>());
            *said.entry(kind).or_default() += 1;
            if let Disagreement::TaskDesync { fix: Some(edit), .. } = found {
                let tasks = case.tasks.as_deref().unwrap_or(&case.spec);
                assert!(tasks.get(edit.span).is_some());
            }
        }
    }
    eprintln!("{said:?}");
}

#[test]
fn each_item_is_ticked_and_opened_by_its_own_bytes() {
    let (mut edits, mut refused) = (0, BTreeMap::new());
    // Every tenth: an edit is read back, which takes the whole text each time.
    for case in first_generation().iter().step_by(10) {
        for (doc, text) in case.texts() {
            for item in parse(text, doc).items {
                let Some(done) = item.done() else { continue };
                match tick(text, doc, &item, !done) {
                    Ok(Some(edit)) => {
                        let before = &text[..edit.span.start];
                        let mark = item.mark.clone().unwrap().span;
                        assert!(mark.start <= edit.span.start && edit.span.end <= mark.end, "{}", case.name);
                        assert!(edit.text.len() < 20 && !before.is_empty());
                        edits += 1;
                    }
                    Ok(None) => panic!("{}: nothing to do", case.name),
                    Err(why) => *refused.entry(format!("{why:?}")).or_insert(0) += 1,
                }
                assert_ne!(tick(text, doc, &item, done), Err(NotTickable::Several));
            }
        }
    }
    eprintln!("{edits} edits; refused: {refused:?}");
    assert!(edits > 2_000, "{edits} edits");
}
