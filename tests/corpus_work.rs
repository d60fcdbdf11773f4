//! The work of real increments, counted by us, by an independent reader and by SpecWeave. The corpus stays outside the
//! repository: `SPECWEAVE_CORPUS` names the folder that holds `dev.jsonl.xz` and `gen23.jsonl.xz`. `SPECWEAVE_PEER` names the
//! folder whose `node_modules` holds `specweave`.

#![allow(clippy::print_stderr, reason = "the figures, and each difference")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use project::Project;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use specweave_lsp::model::generation::Generation;
use specweave_lsp::model::parse::ledger::{LEASE_HOURS, state_line};
use specweave_lsp::model::parse::work::{Doc, Item, Kind, MarkKind, NotTickable, parse, tick};
use specweave_lsp::model::work::{Count, ParsedTexts, Work, WorkTexts, read};

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
        let texts = WorkTexts {
            spec: &self.spec,
            tasks: self.tasks.as_deref(),
            ledger: self.ledger.as_deref(),
            verification: self.verification.as_deref(),
        };
        read(texts, now(), LEASE_HOURS, &mut ParsedTexts::default())
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

/// All increments of the later generations as one project, without a copy of them in this repository.
fn project_of_later_generations() -> Project {
    let project = Project::new();
    for case in lines::<Later>("gen23.jsonl.xz") {
        std::fs::create_dir_all(project.path(&case.id, "reports")).unwrap();
        case.files.iter().for_each(|(name, text)| project.write(&case.id, name, text));
    }
    project
}

#[test]
fn what_is_found_in_the_later_generations() {
    let project = project_of_later_generations();
    let run = project.run(&["check", "--deep", "--format", "json", "--exit-zero"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let mut found = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        let id = text("increment").split_at(4).0.to_owned();
        *found.entry(format!("{id} {} {}", text("code"), text("severity"))).or_insert(0) += 1;
    }
    let found: Vec<(&str, i32)> = found.iter().map(|(finding, count)| (finding.as_str(), *count)).collect();
    // Each was looked at: all of them are true.
    let expected = [
        ("0874 duplicate-number warning", 2),
        ("0874 status-desync error", 1),
        ("0874 status-desync information", 1),
        ("0874 task-desync warning", 5),
        ("0875 completed-with-open-work information", 1),
        ("0875 missing-status hint", 1),
        ("0880 missing-status information", 1),
        ("0885 ready-to-close hint", 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_real_increment_of_the_third_generation_is_closed_in_metadata_alone() {
    let project = project_of_later_generations();
    let id = "0885-search-console-seo-recovery";
    let before = project.read(id, "spec.md");
    let run = project.run(&["close", id]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(project.read(id, "spec.md") == before && project.read(id, "metadata.json").contains("approvedAt"));
    let refused = project.run(&["close", "0880"]);
    assert!(refused.code == 1 && refused.err.contains("verify.json does not say ok"), "{}", refused.err);
}

#[test]
fn counts_are_those_of_the_verification() {
    let mut compared = 0;
    for case in later_generations() {
        let work = case.read();
        let Some(verification) = &work.verification else { continue };
        assert_eq!(verification.problems, [], "{}", case.name);
        let same = |count: Count, then: specweave_lsp::model::parse::verification::ReportedCounts| {
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
    let (mut exact, mut cut, mut rows) = (0, 0, 0);
    for case in later_generations() {
        let work = case.read();
        let (Some((_, fold)), Some(text)) = (&work.ledger, &case.tasks) else { continue };
        let outline = work.tasks.as_ref().unwrap();
        for task in outline.of(Kind::Task) {
            let (Some(line), Some(state)) = (&task.state_line, fold.tasks.get(&text[task.name.clone()])) else {
                continue;
            };
            let (written, ours) = (&text[line.span.clone()], state_line(state));
            if *written == ours {
                exact += 1;
            } else {
                // The paths of the corpus were made shorter after the line had been cut at its length.
                let start = written.strip_suffix('…').unwrap_or_else(|| panic!("{}: {written}", case.name));
                assert!(ours.starts_with(start) && ours.ends_with('…'), "{}: {written}\n{ours}", case.name);
                cut += 1;
            }
        }
        rows += outline.board.len();
    }
    eprintln!("{exact} state lines are equal, {cut} up to where they were cut; {rows} rows of boards");
    assert!(exact > 50 && cut < exact && rows > 60);
}

/// How many disagreements of each kind, and in how many increments; `show` prints each.
fn disagreements(cases: &[Case], show: bool) -> BTreeMap<String, (usize, usize)> {
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in cases {
        let mut own: Vec<String> = Vec::new();
        for found in case.read().disagreements {
            let shown = format!("{found:?}");
            if show || env::var_os("SHOWDEV").is_some() {
                eprintln!("{}: {}", case.name, shown.chars().take(200).collect::<String>());
            }
            own.push(shown.split([' ', '{']).next().unwrap().to_owned());
        }
        own.iter().for_each(|kind| kinds.entry(kind.clone()).or_default().0 += 1);
        own.sort_unstable();
        own.dedup();
        own.into_iter().for_each(|kind| kinds.entry(kind).or_default().1 += 1);
    }
    eprintln!("{kinds:?}");
    kinds
}

#[test]
fn what_the_later_generations_disagree_about() {
    let kinds = disagreements(&later_generations(), true);
    // Five boxes that nobody ticked when the ledger said done; claims and blocks that nobody ended.
    let expected = [("OpenClaim", (5, 2)), ("TaskDesync", (5, 1))].map(|(kind, counts)| (kind.to_owned(), counts));
    assert_eq!(kinds, BTreeMap::from(expected));
}

#[test]
fn what_the_first_generation_disagrees_about() {
    let kinds = disagreements(&first_generation(), false);
    assert!(kinds.keys().all(|kind| ["UnknownCriterion", "ShadowedTasks"].contains(&kind.as_str())), "{kinds:?}");
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

/// What SpecWeave's own counter finds.
#[derive(Deserialize)]
struct Theirs {
    id: String,
    done: bool,
}

/// Why one task counts for one side and not for the other, or counts differently: each kind is explained in
/// `docs/work-items.md`.
fn difference(ours: Option<&Item>, theirs: Option<bool>, theirs_id: &str, text: &str) -> Option<&'static str> {
    let Some(item) = ours else {
        let fenced = text.contains("```") || text.contains("~~~");
        let is_note = theirs_id.ends_with("-NOTE") || theirs_id.ends_with("-NOTES");
        return Some(match () {
            () if is_note => "a note on a task",
            () if fenced => "in a code fence",
            () => "unexplained: only SpecWeave counts it",
        });
    };
    let name = &text[item.name.clone()];
    let mark = item.mark.as_ref().map(|mark| mark.kind);
    let Some(theirs) = theirs else {
        let before = text[..item.name.start].rsplit('\n').next().unwrap_or_default();
        return Some(match item.level {
            0 => "written as a list",
            _ if !name[2..].starts_with(|c: char| c.is_ascii_digit()) => "letters before the number",
            _ if before.trim_start_matches('#').trim() != "" => "a sign before the name",
            _ => "unexplained: only we count it",
        });
    };
    if item.is_done() == theirs {
        return None;
    }
    Some(match (item.is_done(), mark) {
        (true, Some(MarkKind::Boxes)) => "every box of the section is ticked",
        (true, Some(MarkKind::StatusWord)) => "a status in words",
        (true, Some(MarkKind::HeadingSign)) => "a sign behind the title",
        (true, Some(MarkKind::StateLine)) => "a state line without a ledger",
        (true, Some(MarkKind::StatusBox)) => "a capital X, or the colon within the bold",
        (true, _) => "unexplained: done for us",
        (false, _) if behind(text, item).is_some_and(|rest| rest.contains("**Completed**")) => {
            "a summary behind the task"
        }
        (false, _) if text[item.section.clone()].contains("```") => "a status in a code fence",
        (false, _) => "unexplained: done for SpecWeave",
    })
}

/// From the heading that ends a task to where SpecWeave, which looks for the next task alone, ends it.
fn behind<'a>(text: &'a str, item: &Item) -> Option<&'a str> {
    let rest = &text[item.section.end..];
    let ended = rest.trim_start().starts_with("# ") || rest.trim_start().starts_with("## ");
    ended.then(|| &rest[..rest.find("# T-").unwrap_or(rest.len())])
}

#[test]
fn specweave_counts_the_same_tasks_or_the_difference_has_a_reason() {
    let folder = env::var_os("SPECWEAVE_PEER")
        .expect("set SPECWEAVE_PEER to the folder whose node_modules holds specweave; there is no peer without it");
    let cases: Vec<Case> = first_generation().into_iter().filter(|case| case.tasks.is_some()).collect();
    let questions: Vec<_> = cases.iter().map(|case| json!(case.tasks)).collect();
    let mut node = Command::new("node");
    let answers: Vec<Vec<Theirs>> = ask(node.arg(here("tests/peer/count.mjs")).arg(folder), &questions);
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut equal, mut tasks) = (0, 0);
    for (case, theirs) in cases.iter().zip(&answers) {
        let text = case.tasks.as_deref().unwrap();
        let outline = parse(text, Doc::Tasks);
        let mut ours: Vec<&Item> = outline.of(Kind::Task).collect();
        let mut found: Vec<&str> = Vec::new();
        for theirs in theirs {
            // Its id goes on to the colon.
            let name = theirs.id.split([' ', '(', '.', '\t']).next().unwrap();
            let same = ours.iter().position(|item| text[item.name.clone()] == *name.trim_end_matches(['-', '*']));
            let ours = same.map(|at| ours.remove(at));
            found.extend(difference(ours, Some(theirs.done), &theirs.id, text).inspect(|kind| {
                if kind.starts_with("unexplained") {
                    eprintln!("{kind}: {:?} in {}", theirs.id, case.name);
                }
            }));
        }
        found.extend(ours.iter().filter_map(|item| {
            difference(Some(item), None, "", text).inspect(|kind| {
                if kind.starts_with("unexplained") {
                    eprintln!("{kind}: {:?} in {}", &text[item.name.clone()], case.name);
                }
            })
        }));
        tasks += outline.of(Kind::Task).count();
        equal += usize::from(found.is_empty());
        found.iter().for_each(|kind| kinds.entry(kind).or_default().0 += 1);
        found.sort_unstable();
        found.dedup();
        found.iter().for_each(|kind| kinds.entry(kind).or_default().1 += 1);
    }
    eprintln!("{equal} of {} increments ({tasks} tasks) count the same; the others:", cases.len());
    for (kind, (tasks, increments)) in &kinds {
        eprintln!("{kind}: {tasks} tasks of {increments} increments");
    }
    assert!(!kinds.keys().any(|kind| kind.starts_with("unexplained")), "some differences have no reason");
    assert!(tasks > 10_000 && !kinds.is_empty());
    let page = std::fs::read_to_string(here("docs/work-items.md")).unwrap();
    for kind in kinds.keys() {
        assert!(page.contains(&format!("| {kind} |")), "docs/work-items.md lacks {kind:?}");
    }
}
