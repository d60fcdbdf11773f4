use super::*;

/// `Task T-001 "title" Done[Box] (AC-01)`, with the lines of its section.
fn shown(text: &str, doc: Doc) -> Vec<String> {
    let show = |item: &Item| {
        let mark = item.mark.as_ref().map_or(String::new(), |mark| format!("[{:?}]", mark.kind));
        let state = item.state.map_or("None".to_owned(), |state| format!("{state:?}"));
        let named: Vec<&str> = item
            .references
            .iter()
            .map(|found| match found {
                Reference::One(span) | Reference::All(span) => &text[span.clone()],
            })
            .collect();
        let named = if named.is_empty() { String::new() } else { format!(" ({})", named.join(" ")) };
        let lines = text[item.section.clone()].lines().count();
        let (name, title) = (&text[item.name.clone()], &text[item.title.clone()]);
        format!("{:?} {name} {title:?} {lines} {state}{mark}{named}", item.kind)
    };
    parse(text, doc).items.iter().map(show).collect()
}

fn tasks(text: &str) -> Vec<String> {
    shown(text, Doc::Tasks)
}

fn spec(text: &str) -> Vec<String> {
    shown(text, Doc::Spec)
}

#[test]
fn stories_hold_criteria() {
    let text =
        "# Title\n\n### US-001: Log in\n\n- [x] **AC-US1-01**: a\r\n- [ ] **AC-US1-02** b\n\n## Scope\n### US-002\n";
    assert_eq!(
        spec(text),
        [
            "Story US-001 \"Log in\" 4 None",
            "Criterion AC-US1-01 \"a\" 1 Done[Box]",
            "Criterion AC-US1-02 \"b\" 1 Open[Box]",
            "Story US-002 \"\" 1 None",
        ]
    );
    let outline = parse(text, Doc::Spec);
    assert_eq!(outline.title.map(|span| &text[span]), Some("Title"));
}

#[test]
fn a_letter_in_the_frontmatter_moves_the_rest() {
    let text = |status: &str, title: &str| format!("---\nstatus: {status}\n---\n\n# {title}\n\n### US-001: Log in\n");
    let (old, new) = (text("active", "Title"), text("completed", "Title"));
    let moved = with_other_frontmatter(&parse(&old, Doc::Spec), &old, &new);
    assert_eq!(moved, Some(parse(&new, Doc::Spec)));
    assert_eq!(with_other_frontmatter(&parse(&old, Doc::Spec), &old, &text("active", "Other")), None);
}

#[test]
fn tasks_hold_what_follows_them() {
    let text = "## Phase\n### T-001: a\n**Satisfies ACs**: AC-US1-01, AC-US1-02 | **Status**: [x] done\n\n### T-002: b\n\n\
                ## T-003\n[x] it\n## Notes\n**Status**: [x]\n";
    assert_eq!(
        tasks(text),
        [
            "Task T-001 \"a\" 2 Done[StatusBox] (AC-US1-01 AC-US1-02)",
            "Task T-002 \"b\" 1 Open",
            "Task T-003 \"\" 2 Done[Box]",
        ]
    );
}

#[test]
fn a_task_of_generation_3() {
    let text = "# Feature\n\n## Acceptance Criteria\n\n- [ ] AC-01: a\n- [x] AC-02 b\n\n## Tasks\n\n### T-01 Do it\n\
                - AC: AC-01, AC-02 | Files: a.ts | Test: grep -E 'AC-09|x' a\n- [x] done by a@b 2026-03-04T05:06:07Z — ok\n\
                - [ ] AC-77 is no criterion\n\n### T-02 Rest\n- AC: all | Files: - | Test: -\n\n## Delivery\n- [ ] AC-03: c\n";
    assert_eq!(
        spec(text),
        [
            "Criterion AC-01 \"a\" 1 Open[Box]",
            "Criterion AC-02 \"b\" 1 Done[Box]",
            "Task T-01 \"Do it\" 4 Done[StateLine] (AC-01 AC-02)",
            "Task T-02 \"Rest\" 2 Open (all)",
            "Criterion AC-03 \"c\" 1 Open[Box]",
        ]
    );
    let outline = parse(text, Doc::Spec);
    assert_eq!(outline.tasks_heading.clone().map(|span| &text[span]), Some("## Tasks"));
    let task = outline.of(Kind::Task).next().unwrap();
    assert!(task.has_fields && task.in_tasks);
    let by = task.state_line.clone().and_then(|line| line.by).map(|by| &text[by]);
    assert_eq!(by, Some("a@b"));
}

#[test]
fn a_heading_beside_a_task_ends_it_in_spec_md_alone() {
    let text = "### T-01 a\n### Acceptance Criteria\n- [x] AC-01: x\n**Status**: [x]\n";
    assert_eq!(spec(text), ["Task T-01 \"a\" 1 Open", "Criterion AC-01 \"x\" 1 Done[Box]"]);
    assert_eq!(tasks(text), ["Task T-01 \"a\" 1 Done[StatusBox]"]);
}

#[test]
fn the_board_is_no_task() {
    let text = "<!-- SW:BOARD -->\n| Task | WorkState | By | Evidence | Note |\n|---|---|---|---|---|\n\
                | T-01 | done | a | é |  |\n\n1/1 done\n<!-- /SW:BOARD -->\n### T-01 x\n- [x] done — by hand\n";
    assert_eq!(tasks(text), ["Task T-01 \"x\" 2 Done[StateLine]"]);
    let outline = parse(text, Doc::Tasks);
    assert!(outline.has_board);
    let rows: Vec<_> = outline.board.iter().map(|row| (&text[row.name.clone()], &text[row.state.clone()])).collect();
    assert_eq!(rows, [("T-01", "done")]);
    // A board that never ends is a line like any other.
    let outline = parse("<!-- SW:BOARD -->\n### T-01 x\n", Doc::Tasks);
    assert_eq!((outline.items.len(), outline.has_board), (1, false));
}

#[test]
fn lists_count_only_without_headings() {
    let list = "- [x] T-001: a (AC-01)\n  - [ ] step\n- [ ] [T002] b\n- [ ] **T-003**: c\n- [ ] read T-001\n";
    assert_eq!(
        tasks(list),
        ["Task T-001 \"a (AC-01)\" 2 Done[Box] (AC-01)", "Task T002 \"b\" 1 Open[Box]", "Task T-003 \"c\" 1 Open[Box]"]
    );
    let both = format!("{list}\n### T-009: x\n");
    assert_eq!(tasks(&both), ["Task T-009 \"x\" 1 Open"]);
}

#[test]
fn boxes_of_a_section_speak_where_nothing_else_does() {
    let text = "### T-01 a\n- [x] one\n  - [X] two\n### T-02 b\n- [x] one\n- [ ] two\n### T-03 c\n**Status**: [ ]\n- [x] one\n\
                ### T-04 d\n**Status**:\n- [x] one\n- [-] two\n### T-05 e\n- [-] one\n#### Steps\n- [x] T-04 too\n";
    assert_eq!(
        tasks(text),
        [
            "Task T-01 \"a\" 3 Done[Boxes]",
            "Task T-02 \"b\" 3 Open",
            "Task T-03 \"c\" 3 Open[StatusBox]",
            "Task T-04 \"d\" 4 Done[Boxes]",
            "Task T-05 \"e\" 4 Done[Boxes]",
        ]
    );
}

#[test]
fn a_fence_hides_what_it_holds() {
    let text = "### T-01 a\n```md\n### T-02 b\n**Status**: [x] done\n## End\n```\n**Status**: [x] done\n";
    assert_eq!(tasks(text), ["Task T-01 \"a\" 7 Done[StatusBox]"]);
    let open = "### T-01 a\n```md\n### T-02 b\n**Status**: [x] done\n";
    assert_eq!(tasks(open), ["Task T-01 \"a\" 2 Open", "Task T-02 \"b\" 2 Done[StatusBox]"]);
}

#[test]
fn spans_are_exact_with_any_line_break() {
    let text = "\u{feff}# Tâches\n\n### T-001: é 中\n**Status**: [ ] pending\n\n### T-002: ü\n- [x] ok\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
        let outline = parse(&text, Doc::Tasks);
        let shown: Vec<_> = outline
            .items
            .iter()
            .map(|item| {
                let mark = item.mark.as_ref().map(|mark| &text[mark.span.clone()]);
                (&text[item.name.clone()], &text[item.title.clone()], mark)
            })
            .collect();
        assert_eq!(shown, [("T-001", "é 中", Some("[ ] pending")), ("T-002", "ü", Some("[x]"))]);
    }
}

#[test]
fn criteria_without_a_box_are_named_and_not_counted() {
    let text = "- **AC-US1-01**: Given\n- AC-02 Preserve\n- AC-03, AC-04: see\n- AC-05/AC-06\n**AC-07**: x\nAC-08: prose\n\
                ### AC-09: Heading\n- [ ] **AC-US1-01**: again\n- AC-02 again\n- **AC-10** (P1): [x] y\n- AC-11..13\n";
    assert_eq!(
        spec(text),
        [
            "Criterion AC-02 \"Preserve\" 1 None",
            "Criterion AC-07 \"x\" 1 None",
            "Criterion AC-09 \"Heading\" 5 None",
            "Criterion AC-US1-01 \"again\" 1 Open[Box]",
            "Criterion AC-10 \"y\" 1 Done[InlineBox]",
        ]
    );
}

mod properties {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const PARTS: &[&str] = &[
        "## ",
        "### ",
        "#### T-001: ",
        "### ✅ T-02 ",
        "T-A-01",
        "[T003]",
        "- ",
        "[x] ",
        "[ ] ",
        "[~]",
        "[-] ",
        "[é]",
        "**AC-US1-01**: ",
        "AC-01 ",
        "AC-01",
        "AC: ",
        " | ",
        "Files: ",
        "Test: ",
        "**Status**: ",
        "**Status:** ",
        "**Completed**: ",
        "pending",
        "Completed",
        "✅",
        "2025-11-20",
        "done by a ",
        "— ",
        "skipped by é ",
        "open",
        "claimed by b since 2026-01-01T00:00:00Z",
        "```",
        "~~~",
        "`",
        "**",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "---",
        "\u{feff}",
        "US-001",
        "<!-- SW:BOARD -->",
        "<!-- /SW:BOARD -->",
        "|",
        "é",
        "中",
        "\u{fe0f}",
        "## Tasks",
        "all",
        "(P1)",
        "#",
        "\t",
        "COMPLETE",
        "(",
        ")",
        "[",
        "]",
    ];

    const HEADS: &[&str] = &[
        "",
        "\u{feff}",
        "---\nstatus: active\n---\n",
        "---\nstatus: completed\n---\n",
        "\u{feff}---yaml\r\nstatus: é\r\n--- \r\n",
        "---\rstatus: paused\r---\r",
        "---\nstatus: active\n",
        "---\nstatus: active\n---",
    ];

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![vec(select(PARTS), 0..60).prop_map(|parts| parts.concat()), any::<String>(),]
    }

    fn spans(outline: &Outline) -> Vec<Span> {
        let mut spans: Vec<Span> = outline.title.iter().chain(&outline.tasks_heading).cloned().collect();
        for row in &outline.board {
            spans.extend([row.name.clone(), row.state.clone(), row.line.clone()]);
        }
        for item in &outline.items {
            spans.extend([item.name.clone(), item.title.clone(), item.section.clone()]);
            spans.extend(item.mark.iter().map(|mark| mark.span.clone()));
            spans.extend(item.state_line.iter().map(|line| line.span.clone()));
            spans.extend(item.state_line.iter().filter_map(|line| line.by.clone()));
            spans.extend(item.references.iter().map(|found| match found {
                Reference::One(span) | Reference::All(span) => span.clone(),
            }));
        }
        spans
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_span_is_a_part_of_the_text(text in texts()) {
            for doc in [Doc::Spec, Doc::Tasks] {
                let outline = parse(&text, doc);
                for span in spans(&outline) {
                    prop_assert!(text.get(span.clone()).is_some(), "{span:?} of {text:?}");
                }
                for item in &outline.items {
                    prop_assert!(item.section.start <= item.name.start && item.name.end <= item.section.end);
                    prop_assert!(item.name.end <= item.title.start && item.title.end <= item.section.end);
                    prop_assert!(item.mark.is_none() || item.state.is_some());
                }
                prop_assert!(outline.items.is_sorted_by_key(|item| item.name.start));
            }
            for (_, span) in mentions(&text) {
                prop_assert!(text.get(span).is_some());
            }
            for offset in 0..=text.len() + 1 {
                mention_at(&text, offset);
            }
        }

        #[test]
        fn another_frontmatter_moves_what_is_found(old in select(HEADS), new in select(HEADS), text in texts()) {
            let (old, new) = ([old, &text].concat(), [new, &text].concat());
            for doc in [Doc::Spec, Doc::Tasks] {
                let found = parse(&new, doc);
                if let Some(moved) = with_other_frontmatter(&parse(&old, doc), &old, &new) {
                    prop_assert_eq!(moved, found);
                }
            }
        }

        #[test]
        fn an_edit_does_what_it_says_or_is_refused(text in texts()) {
            for doc in [Doc::Spec, Doc::Tasks] {
                for item in parse(&text, doc).items {
                    for done in [true, false] {
                        if let Ok(Some(edit)) = tick(&text, doc, &item, done) {
                            let changed = String::from_utf8(edit.apply(text.as_bytes())).unwrap();
                            let grown = changed.len() as isize - text.len() as isize;
                            let name = if item.name.start >= edit.span.end {
                                item.name.start.wrapping_add_signed(grown)
                            } else {
                                item.name.start
                            };
                            let after = parse(&changed, doc);
                            let found = after.items.iter().find(|other| other.name.start == name).unwrap();
                            prop_assert_eq!(found.is_done(), done);
                        }
                    }
                }
            }
        }
    }
}

mod ticking {
    use super::*;

    /// The text after its first item was ticked or opened, or why it was not.
    fn ticked(text: &str, doc: Doc, done: bool) -> Result<String, NotTickable> {
        let item = &parse(text, doc).items[0];
        let edit = tick(text, doc, item, done)?.expect("something to do");
        Ok(String::from_utf8(edit.apply(text.as_bytes())).unwrap())
    }

    #[test]
    fn each_mark_there_and_back() {
        for (open, done) in [
            ("- [ ] **AC-US1-01**: é", "- [x] **AC-US1-01**: é"),
            ("- AC-01: [ ] é\r\n", "- AC-01: [x] é\r\n"),
            ("- [ ] AC-01 a\n- [ ] AC-01 b\n", "- [x] AC-01 a\n- [ ] AC-01 b\n"),
        ] {
            assert_eq!(ticked(open, Doc::Spec, true).as_deref(), Ok(done));
            assert_eq!(ticked(done, Doc::Spec, false).as_deref(), Ok(open));
        }
        for (open, done) in [
            ("### T-01: x\n**Status**: [ ] pending\n", "### T-01: x\n**Status**: [x] completed\n"),
            (
                "### T-01: x\r\n**User Story**: US-001 | **Status**: [ ] Pending (é)\r\n",
                "### T-01: x\r\n**User Story**: US-001 | **Status**: [x] Completed (é)\r\n",
            ),
            ("### T-01: x\n**Status**: [ ] (0%)", "### T-01: x\n**Status**: [x] (0%)"),
            ("### T-01: x\n**Status:** Pending\n", "### T-01: x\n**Status:** Completed\n"),
            ("### T-01: x\n**Status**: pending", "### T-01: x\n**Status**: completed"),
            ("### [ ] T-01: x", "### [x] T-01: x"),
            ("- [ ] T-001: x", "- [x] T-001: x"),
        ] {
            assert_eq!(ticked(open, Doc::Tasks, true).as_deref(), Ok(done));
            assert_eq!(ticked(done, Doc::Tasks, false).as_deref(), Ok(open));
        }
        let turned = |text, done| ticked(text, Doc::Tasks, done).unwrap();
        assert_eq!(turned("### T-1\n**Status**: ✅ Completed", false), "### T-1\n**Status**: Pending");
        assert_eq!(turned("### T-1\n**Status**: [~] deferred", true), "### T-1\n**Status**: [x] deferred");
        assert_eq!(turned("- [-] T-001 x", true), "- [x] T-001 x");
        assert_eq!(turned("- [X] T-001 x", false), "- [ ] T-001 x");
        assert_eq!(turned("- [] T-001 x", true), "- [x] T-001 x");
    }

    #[test]
    fn what_has_nothing_to_tick_is_refused() {
        for (text, done, reason) in [
            ("### T-01 x", true, NotTickable::NoMark),
            ("### ✅ T-01 x", false, NotTickable::HeadingSign),
            ("### T-01 x\n**Completed**: 2025-11-20", false, NotTickable::CompletedLine),
            ("### T-01 x\n- [x] a", false, NotTickable::Boxes),
            ("### T-01 x\n- [x] done by a 2026-03-04T05:06:07Z — b", false, NotTickable::StateLine),
            ("### T-01 x\n**Status**: Ready for it", true, NotTickable::UnknownWord),
            ("### T-01 x\n**Status**: ✅ **COMPLETED** all", false, NotTickable::UnknownWord),
            ("### T-01 x\n**Status**: [x]\n**Completed**: 2025", false, NotTickable::Several),
        ] {
            assert_eq!(ticked(text, Doc::Tasks, done), Err(reason), "{text}");
        }
        assert_eq!(ticked("## US-001 x", Doc::Spec, true), Err(NotTickable::NoState));
        assert_eq!(ticked("- **AC-01**: x", Doc::Spec, true), Err(NotTickable::NoState));
    }

    #[test]
    fn what_is_so_already_needs_no_edit() {
        let text = "- [x] AC-01: a";
        assert_eq!(tick(text, Doc::Spec, &parse(text, Doc::Spec).items[0], true), Ok(None));
    }
}

#[test]
fn only_what_can_be_done_is_done_or_not() {
    let outline = parse("### US-001: s\n- [x] AC-01: a\n- [ ] AC-02: b\n- **AC-03**: c\n", Doc::Spec);
    let done: Vec<_> = outline.items.iter().map(Item::done).collect();
    assert_eq!(done, [None, Some(true), Some(false), None]);
}
