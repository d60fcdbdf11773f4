use super::*;
use crate::model::generation::Generation;
use crate::model::parse::ledger::{LEASE_HOURS, Reason};

const NOW: &str = "2026-09-02T12:00:00Z";

fn read_at_noon(texts: WorkTexts<'_>) -> Work {
    read(texts, NOW.parse().unwrap(), LEASE_HOURS, &mut ParsedTexts::default())
}

#[test]
fn what_is_known_of_other_texts_does_not_count() {
    let ledger = event("T-01", "done", "10:00:00");
    let spec = "- [ ] AC-01: a\n- [ ] AC-02: b\n";
    let mut known = ParsedTexts::default();
    for (spec, tasks, ledger) in [
        (spec, Some(TWO), None),
        (spec, Some(TWO), Some(ledger.as_str())),
        (&spec[..15], Some(TWO), Some(&ledger)),
        (&spec[..15], Some(&TWO[..60]), Some(&ledger)),
        (&spec[..15], None, Some("")),
        (spec, Some(TWO), Some(&ledger)),
        (spec, Some(TWO), Some(&ledger)),
    ] {
        let texts = WorkTexts { spec, tasks, ledger, verification: None };
        let again = read(texts, NOW.parse().unwrap(), LEASE_HOURS, &mut known);
        assert_eq!(format!("{again:?}"), format!("{:?}", read_at_noon(texts)));
    }
}

fn event(t: &str, e: &str, at: &str) -> String {
    format!(r#"{{"t":"{t}","e":"{e}","by":"a","at":"2026-09-02T{at}Z","note":"n","evidence":"ok"}}"#) + "\n"
}

fn counts(work: &Work) -> [usize; 6] {
    let Progress { tasks, criteria, .. } = work.progress;
    [tasks.done, tasks.skipped, tasks.total, criteria.done, criteria.skipped, criteria.total]
}

fn open(work: &Work) -> Vec<&str> {
    work.open.iter().map(|open| open.name.as_str()).collect()
}

const TWO: &str = "### T-01 A\n- AC: AC-01 | Files: a | Test: -\n- [ ] open\n### T-02 B\n- AC: AC-02 | Files: a | Test: -\n\
                   - [x] done by a 2026-09-02T10:00:00Z — ok\n";

#[test]
fn generation_1_counts_what_is_ticked() {
    let tasks = "### T-001: a\n**Status**: [x] completed\n### T-002: b\n**Status**: [ ] pending\n### T-003: c\n**Status**: [-]\n";
    let spec = "- [x] **AC-US1-01**: a\n- [~] AC-US1-02: b\n- **AC-US1-03**: no box\n";
    let work = read_at_noon(WorkTexts { spec, tasks: Some(tasks), ..WorkTexts::default() });
    assert_eq!(counts(&work), [1, 1, 3, 1, 0, 2]);
    assert_eq!(open(&work), ["T-002", "AC-US1-02"]);
    assert_eq!(work.open[0].place, WorkPlace { file: WorkFile::Tasks, span: 43..48 });
    assert_eq!(work.progress.open_work().as_deref(), Some("1 of 3 tasks and 1 of 2 acceptance criteria are open"));
    assert_eq!(work.disagreements, []);
    assert_eq!(count(tasks, spec), work.progress);
}

#[test]
fn in_generation_2_the_ledger_wins_and_the_line_is_asked_where_it_is_silent() {
    let spec = "- [ ] AC-01: a\n- [x] AC-02: b\n";
    let ledger = event("T-01", "done", "11:00:00");
    let texts = WorkTexts { spec, tasks: Some(TWO), ledger: Some(&ledger), ..WorkTexts::default() };
    let work = read_at_noon(texts);
    assert_eq!(work.generation, Generation::Two);
    assert_eq!(counts(&work), [2, 0, 2, 1, 0, 2]);
    assert_eq!(open(&work), ["AC-01"]);
    assert!(work.progress.has_open_work());
    // An event that does not count leaves the line its say.
    let ledger = event("T-02", "done", "11:00:00").replace("ok", " ");
    let work = read_at_noon(WorkTexts { ledger: Some(&ledger), ..texts });
    assert_eq!(counts(&work), [1, 0, 2, 1, 0, 2]);
    // What was released is open, whatever the line says.
    let ledger = event("T-02", "claim", "11:00:00") + &event("T-02", "release", "11:01:00");
    let work = read_at_noon(WorkTexts { ledger: Some(&ledger), ..texts });
    assert_eq!(open(&work), ["T-01", "T-02", "AC-01"]);
}

#[test]
fn in_generation_3_tasks_speak_for_criteria() {
    let spec = "- [ ] AC-01: a\n- [ ] AC-02: b\n- [x] AC-03: c\n- [ ] AC-04: d\n## Tasks\n\
                ### T-01 A\n- AC: AC-01, AC-02 | Files: a | Test: -\n### T-02 B\n- AC: AC-02 | Files: a | Test: -\n";
    let ledger = event("T-01", "done", "11:00:00");
    let work = read_at_noon(WorkTexts { spec, ledger: Some(&ledger), ..WorkTexts::default() });
    assert_eq!(work.generation, Generation::Three);
    assert_eq!(counts(&work), [1, 0, 2, 2, 0, 4], "AC-01 by its task, AC-03 by its box");
    assert_eq!(open(&work), ["T-02", "AC-02", "AC-04"]);
    assert_eq!(work.open[0].place.file, WorkFile::Spec);
    let both = ledger.clone() + &event("T-02", "done", "11:01:00");
    let work = read_at_noon(WorkTexts { spec, ledger: Some(&both), ..WorkTexts::default() });
    assert_eq!(counts(&work), [2, 0, 2, 3, 0, 4]);
    assert_eq!((work.progress.has_open_work(), work.progress.open_work()), (false, None));
    // A task that was given up satisfies nothing.
    let skipped = ledger + &event("T-02", "skip", "11:01:00");
    let work = read_at_noon(WorkTexts { spec, ledger: Some(&skipped), ..WorkTexts::default() });
    assert_eq!(counts(&work), [1, 1, 2, 2, 0, 4]);
}

#[test]
fn a_task_for_all_criteria_covers_them_and_satisfies_none() {
    let spec = "- [ ] AC-01: a\n- [ ] AC-02: b\n## Tasks\n### T-01 A\n- AC: AC-01 | Files: a | Test: -\n### T-02 B\n\
                - AC: all | Files: a | Test: -\n";
    let ledger = event("T-01", "done", "11:00:00");
    let work = read_at_noon(WorkTexts { spec, ledger: Some(&ledger), ..WorkTexts::default() });
    assert_eq!(counts(&work), [1, 0, 2, 1, 0, 2]);
    assert_eq!(work.disagreements, []);
}

#[test]
fn lines_that_contradict_the_ledger() {
    let spec = "- [x] AC-01: a\n- [x] AC-02: b\n";
    for (line, events, expected) in [
        ("- [ ] open", vec![("done", "11:00:00")], Some("- [x] done by a 2026-09-02T11:00:00Z — ok")),
        (
            "- [x] done by b 2026-09-02T11:00:00Z — ok",
            vec![("done", "11:00:00")],
            Some("- [x] done by a 2026-09-02T11:00:00Z — ok"),
        ),
        ("- [x] done by a 2026-09-02T11:00:00Z — ok", vec![("done", "11:00:00")], None),
        ("- [x] done — by hand", vec![("done", "11:00:00")], None),
        ("- [ ] claimed by a since 2026-09-02T08:00:00Z", vec![("claim", "08:00:00")], None),
        (
            "- [ ] claimed by a since x",
            vec![("block", "08:00:00")],
            Some("- [ ] blocked by a 2026-09-02T08:00:00Z — n"),
        ),
        ("- [ ] open", vec![("skip", "11:00:00")], Some("- [-] skipped by a 2026-09-02T11:00:00Z — n")),
        ("- [x] done — by hand", vec![("claim", "11:00:00")], Some("- [ ] claimed by a since 2026-09-02T11:00:00Z")),
        ("**Status**: [ ] pending", vec![("done", "11:00:00")], Some("**Status**: [x] completed")),
        ("**Status**: [ ] pending", vec![("claim", "11:00:00")], None),
        ("**Status**: [x] completed", vec![("claim", "11:00:00")], Some("**Status**: [ ] pending")),
        ("Words", vec![("done", "11:00:00")], None),
        ("- [ ] open", vec![], None),
    ] {
        let tasks = format!("### T-01 é\r\n- AC: AC-01, AC-02 | Files: a | Test: -\r\n{line}\r\n### T-02 B\r\n");
        let ledger: String = events.iter().map(|(e, at)| event("T-01", e, at)).collect();
        let texts = WorkTexts { spec, tasks: Some(&tasks), ledger: Some(&ledger), ..WorkTexts::default() };
        let work = read_at_noon(texts);
        let fixes: Vec<_> = work
            .disagreements
            .iter()
            .filter_map(|found| match found {
                Disagreement::TaskDesync { fix, .. } => Some(fix.clone().expect("a fix")),
                _ => None,
            })
            .collect();
        match expected {
            None => assert_eq!(fixes, [], "{line}"),
            Some(expected) => {
                assert_eq!(fixes.len(), 1, "{line}");
                let fixed = String::from_utf8(fixes[0].apply(tasks.as_bytes())).unwrap();
                assert_eq!(fixed, tasks.replace(line, expected));
                let again = read_at_noon(WorkTexts { tasks: Some(&fixed), ..texts });
                assert!(!again.disagreements.iter().any(|it| matches!(it, Disagreement::TaskDesync { .. })), "{line}");
            }
        }
    }
}

#[test]
fn a_board_that_contradicts_the_ledger() {
    let long = "cd a && npm test; ".repeat(6);
    let head = "<!-- SW:BOARD -->\n| Task | State | By | Evidence | Note |\n|---|---|---|---|---|\n";
    let tail = "| T-02 | done | a | ok |  |\n<!-- /SW:BOARD -->\n### T-01 A\n### T-02 B\n";
    let done = event("T-01", "done", "11:00:00").replace("ok", &long);
    let released = event("T-01", "claim", "10:00:00") + &event("T-01", "release", "11:00:00");
    for (row, events, says, fixed) in [
        (
            "| T-01 | open |  |  |  |",
            done.as_str(),
            "open",
            "| T-01 | done | a | cd a && npm test; cd a && npm test; cd a && npm test; cd a … |  |",
        ),
        ("| T-01 | open |  |  |  |", &event("T-01", "claim", "11:00:00"), "open", "| T-01 | claimed | a |  |  |"),
        ("| T-01 | done | a | x | why |", &released, "done", "| T-01 | open |  |  | why |"),
        ("| T-01 | open |  |  |  |", &event("T-01", "block", "11:00:00"), "open", "| T-01 | blocked | a |  | n |"),
        ("|T-01|open||x|", &event("T-01", "skip", "11:00:00"), "open", "| T-01 | skipped | a | x |"),
        (
            "| T-01 | open |  | x |  |",
            &event("T-01", "done", "11:00:00").replace("ok", "a | b"),
            "open",
            "| T-01 | done | a | x |  |",
        ),
    ] {
        let tasks = format!("{head}{row}\r\n{tail}");
        let ledger = format!("{events}{}", event("T-02", "done", "11:00:00"));
        let texts = WorkTexts { spec: "", tasks: Some(&tasks), ledger: Some(&ledger), ..WorkTexts::default() };
        let work = read_at_noon(texts);
        let found: Vec<_> =
            work.disagreements.iter().filter(|it| matches!(it, Disagreement::TaskDesync { .. })).collect();
        let [Disagreement::TaskDesync { task, place, fix: Some(fix), .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!((task.as_str(), &tasks[place.span.clone()]), ("T-01", says));
        let after = fix.apply_to_text(&tasks);
        assert_eq!(after, format!("{head}{fixed}\r\n{tail}"));
        let work = read_at_noon(WorkTexts { tasks: Some(&after), ..texts });
        assert!(!work.disagreements.iter().any(|it| matches!(it, Disagreement::TaskDesync { .. })), "{after}");
    }
}

#[test]
fn what_nothing_defines_and_what_nothing_covers() {
    let spec = "- [ ] AC-01: a\n- [ ] AC-02: b\n- [x] AC-03: c\n- AC-04: no box\n## Tasks\n### T-01 A\n- AC: AC-01, AC-04, AC-09 | Files: a | Test: AC-08\n";
    let ledger = event("T-07", "claim", "11:30:00")
        + &event("T-07", "claim", "11:40:00")
        + &event("*", "pickup", "11:41:00")
        + "{}\n"
        + &event("T-01", "done", "11:42:00").replace("ok", "");
    let work = read_at_noon(WorkTexts { spec, ledger: Some(&ledger), ..WorkTexts::default() });
    let mut said = Vec::new();
    for found in &work.disagreements {
        said.push(match found {
            Disagreement::UnknownTask { place, task } => format!("task {task} {}", &ledger[place.span.clone()]),
            Disagreement::UnknownCriterion { place, task, criterion } => {
                format!("criterion {criterion} {} of {task}", &spec[place.span.clone()])
            }
            Disagreement::UncoveredCriterion { place, criterion } => {
                format!("uncovered {criterion} {}", &spec[place.span.clone()])
            }
            Disagreement::IgnoredEvent { reason, .. } => format!("ignored {reason:?}"),
            Disagreement::OpenClaim { task, by, stale, place, .. } => {
                format!("claim of {task} by {by} {stale} line {}", ledger[..place.span.start].lines().count())
            }
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(
        said,
        [
            "ignored Unreadable(NoTask)",
            "ignored DoneWithoutEvidence",
            "task T-07 T-07",
            "claim of T-07 by a false line 1",
            "criterion AC-09 AC-09 of T-01",
            "uncovered AC-02 AC-02",
        ]
    );
    assert!(matches!(&work.disagreements[1], Disagreement::IgnoredEvent { reason: Reason::DoneWithoutEvidence, .. }));
}

#[test]
fn criteria_that_are_named_in_passing_are_known() {
    let tasks =
        "### T-001: a\n**Satisfies ACs**: AC-US1-01, AC-US1-03, AC-US2-02, AC-US3-07, 0012 AC-US9-01, AC-US4-01\n";
    let unknown = |spec: &str| {
        let work = read_at_noon(WorkTexts { spec, tasks: Some(tasks), ..WorkTexts::default() });
        let names = work.disagreements.into_iter().map(|found| match found {
            Disagreement::UnknownCriterion { criterion, .. } => criterion,
            other => panic!("{other:?}"),
        });
        names.collect::<Vec<_>>()
    };
    let spec = "- [x] **AC-US1-01**: a\n- AC-US1-02 through **AC-US1-04**: b\n| AC-US2-01..02 |\nSee AC-US3-07.\n";
    assert_eq!(unknown(spec), ["AC-US4-01"]);
    assert_eq!(unknown("- [x] **AC-US4-01**: a\n"), ["AC-US1-01", "AC-US1-03", "AC-US2-02", "AC-US3-07"]);
    // They are kept elsewhere.
    assert!(unknown("See SPEC-016 for AC-US9-09.\n").is_empty());
}

#[test]
fn tasks_that_tasks_md_hides() {
    let spec = "# A\n## Tasks\n### T-01 A\n";
    let texts = WorkTexts { spec, tasks: Some("### T-01 B\n"), ..WorkTexts::default() };
    let work = read_at_noon(texts);
    let [Disagreement::ShadowedTasks { place }] = &work.disagreements[..] else { panic!("{:?}", work.disagreements) };
    assert_eq!(&spec[place.span.clone()], "## Tasks");
    // Prose under such a heading hides nothing.
    let work = read_at_noon(WorkTexts { spec: "## Tasks\nSee tasks.md.\n", ..texts });
    assert_eq!(work.disagreements, []);
}

#[test]
fn a_verification_that_is_out_of_date() {
    let spec = "- [x] AC-01: a\n";
    let tasks = "### T-01 A\n- AC: AC-01 | Files: a | Test: -\n";
    let ledger = event("T-01", "done", "11:00:00");
    let why = |verification: &str| {
        let texts = WorkTexts { spec, tasks: Some(tasks), ledger: Some(&ledger), verification: Some(verification) };
        read_at_noon(texts).disagreements.into_iter().find_map(|found| match found {
            Disagreement::StaleVerification { why, place } => {
                assert_eq!(&verification[place.span], "true");
                Some(format!("{why:?}").split([' ', '{']).next().unwrap().to_owned())
            }
            _ => None,
        })
    };
    let report = |ok: bool, at: &str, tasks: usize, criteria: usize| {
        format!(
            r#"{{"ok": {ok}, "ranAt": "2026-09-02T{at}Z", "acs": {{"total": 1, "done": {criteria}}}, "tasks": {{"total": {tasks}, "done": {tasks}, "skipped": 0, "open": 0}}}}"#
        )
    };
    assert_eq!(why(&report(true, "11:00:00", 1, 1)), None);
    assert_eq!(why(&report(true, "10:59:59", 1, 1)).as_deref(), Some("Older"));
    assert_eq!(why(&report(true, "11:30:00", 2, 1)).as_deref(), Some("Tasks"));
    assert_eq!(why(&report(true, "11:30:00", 1, 0)).as_deref(), Some("Criteria"));
    assert_eq!(why(&report(false, "10:00:00", 2, 0)), None, "it does not say ok");
    assert_eq!(why(r#"{"ok": true}"#), None, "nothing to compare with");
    assert_eq!(why("{"), None);
}

#[test]
fn a_fix_mends_each_line_that_contradicts_the_ledger() {
    let fixed = |tasks: &str, ledger: &str| {
        let work =
            read_at_noon(WorkTexts { spec: "", tasks: Some(tasks), ledger: Some(ledger), ..WorkTexts::default() });
        work.disagreements.into_iter().find_map(|found| match found {
            Disagreement::TaskDesync { fix: Some(edit), .. } => Some(edit.apply_to_text(tasks)),
            _ => None,
        })
    };
    let head = "### T-02 x\n### T-01 é\n";
    let claimed = event("T-01", "claim", "11:00:00");
    let line = "- [ ] claimed by a since 2026-09-02T11:00:00Z";
    for (before, after) in [
        ("- [ ] open\n**Status**: Completed\n", format!("{line}\n**Status**: Pending\n")),
        ("- [x] done by a\n**Status**: [x] completed\n", format!("{line}\n**Status**: [ ] pending\n")),
    ] {
        assert_eq!(fixed(&format!("{head}{before}"), &claimed), Some(format!("{head}{after}")));
    }
    let given_up = event("T-01", "skip", "11:00:00");
    assert_eq!(fixed(&format!("{head}**Status**: Pending\n"), &given_up), None, "no word of theirs says so");
}

mod properties {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const MARKDOWN: &[&str] = &[
        "## Tasks\n",
        "### T-01 é\n",
        "### T-02: b\r\n",
        "- AC: AC-01, AC-09 | Files: a | Test: -\n",
        "- AC: all | Files: a | Test: -\n",
        "- [ ] open\n",
        "- [x] done by é 2026-09-02T10:00:00Z — ok\n",
        "- [ ] claimed by a since x\n",
        "**Status**: [ ] pending\n",
        "**Status**: Completed\n",
        "- [ ] AC-01: a\n",
        "- [-] **AC-02**: a\n",
        "AC-03 through AC-05\n",
        "<!-- SW:BOARD -->\n| T-01 | done | a |\n<!-- /SW:BOARD -->\n",
        "```\n",
        "words",
        "\n",
    ];

    const LEDGER: &[&str] = &[
        "{\"t\":\"T-01\",",
        "{\"t\":\"T-02\",",
        "{\"t\":\"*\",",
        "\"e\":\"claim\",",
        "\"e\":\"done\",\"evidence\":\"é\",",
        "\"e\":\"skip\",\"note\":\"n\",",
        "\"e\":\"block\",",
        "\"e\":\"release\",",
        "\"e\":\"x\",",
        "\"by\":\"a\",\"at\":\"2026-09-02T10:00:00Z\"}\n",
        "\"by\":\"é\",\"at\":\"2026-09-02T15:00:00Z\"}\r\n",
        "\"by\":\"a\",\"at\":\"-262143-01-01T00:00:00Z\"}\n",
        "\"by\":\"b\",\"at\":\"9999-12-30T22:00:00Z\"}\n",
        "\n",
        "é",
    ];

    fn text(parts: &'static [&'static str]) -> impl Strategy<Value = String> {
        vec(select(parts), 0..24).prop_map(|parts| parts.concat())
    }

    fn place(found: &Disagreement) -> &WorkPlace {
        match found {
            Disagreement::TaskDesync { place, .. }
            | Disagreement::IgnoredEvent { place, .. }
            | Disagreement::UnknownTask { place, .. }
            | Disagreement::UnknownCriterion { place, .. }
            | Disagreement::UncoveredCriterion { place, .. }
            | Disagreement::StaleVerification { place, .. }
            | Disagreement::ShadowedTasks { place }
            | Disagreement::OpenClaim { place, .. } => place,
        }
    }

    proptest! {
        #[test]
        fn every_place_is_in_its_file(
            spec in text(MARKDOWN),
            tasks in proptest::option::of(text(MARKDOWN)),
            ledger in proptest::option::of(text(LEDGER)),
            verification in proptest::option::of(any::<String>()),
        ) {
            let (tasks, ledger, verification) = (tasks.as_deref(), ledger.as_deref(), verification.as_deref());
            let work = read_at_noon(WorkTexts { spec: &spec, tasks, ledger, verification });
            let text = |file| match file {
                WorkFile::Spec => &spec,
                WorkFile::Tasks => tasks.unwrap(),
                WorkFile::Ledger => ledger.unwrap(),
                WorkFile::Verification => verification.unwrap(),
            };
            let places = work.disagreements.iter().map(place).chain(work.open.iter().map(|open| &open.place));
            for place in places {
                prop_assert!(text(place.file).get(place.span.clone()).is_some_and(|part| !part.is_empty()), "{place:?}");
            }
            let Progress { tasks: all, criteria, .. } = work.progress;
            prop_assert_eq!(work.open.len(), all.open() + criteria.open());
        }

        #[test]
        fn a_fix_ends_its_disagreement(spec in text(MARKDOWN), tasks in text(MARKDOWN), ledger in text(LEDGER)) {
            let read = |tasks: &str| {
                let texts = WorkTexts { spec: &spec, tasks: Some(tasks), ledger: Some(&ledger), ..WorkTexts::default() };
                read_at_noon(texts)
            };
            let fix = |work: Work| {
                let fixes = work.disagreements.into_iter().map(|found| match found {
                    Disagreement::TaskDesync { fix, .. } => fix,
                    _ => None,
                });
                fixes.flatten().next()
            };
            // A task's line, and then its row on the board: two for each task at most.
            let mut text = tasks.clone();
            let most = 2 * read(&tasks).progress.tasks.total;
            for at in 0..=most {
                let Some(edit) = fix(read(&text)) else { break };
                prop_assert!(at < most, "{text:?}");
                text = String::from_utf8(edit.apply(text.as_bytes())).unwrap();
            }
        }
    }
}
