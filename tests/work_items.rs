//! The forms in `docs/work-items.md` are read as that page says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;

use specweave_lsp::model::parse::work::{Doc, Kind, WorkState, parse};

struct Row {
    form: String,
    example: String,
    expected: String,
}

/// The rows of the table under the heading `## {heading}`.
fn rows(heading: &str) -> Vec<Row> {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/work-items.md")).unwrap();
    let start = page.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading {heading:?}"));
    let section = &page[start + 2..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let rows: Vec<Row> = section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .map(|line| {
            let line = line.replace("\\|", "\u{0}");
            let cells: Vec<String> = line.split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect();
            let [_, form, example, expected, _] = &cells[..] else { panic!("three cells in {line}") };
            let code = match example.strip_prefix("`` ") {
                Some(code) => code.strip_suffix(" ``"),
                None => example.strip_prefix('`').and_then(|code| code.strip_suffix('`')),
            };
            let code = code.unwrap_or_else(|| panic!("{example} is code"));
            Row { form: form.clone(), example: code.replace('⏎', "\n"), expected: expected.clone() }
        })
        .collect();
    assert!(!rows.is_empty(), "{heading} has rows");
    rows
}

fn check(heading: &str, doc: Doc, kind: Kind) {
    for Row { form, example, expected } in rows(heading) {
        for text in [example.clone(), example.replace('\n', "\r\n"), format!("\u{feff}{example}\n")] {
            let outline = parse(&text, doc);
            let states: Vec<WorkState> = outline.of(kind).filter_map(|item| item.state).collect();
            let found = match &states[..] {
                [] => "not counted",
                [WorkState::Done] => "done",
                [WorkState::Open] => "open",
                [WorkState::Partial] => "partial",
                [WorkState::Skipped] => "skipped",
                more => panic!("{form}: {text:?} has {} items", more.len()),
            };
            assert_eq!(found, expected, "{form}: {text:?}");
        }
    }
}

#[test]
fn tasks_in_tasks_md() {
    check("Tasks in tasks.md", Doc::Tasks, Kind::Task);
}

#[test]
fn tasks_in_spec_md() {
    check("Tasks in spec.md", Doc::Spec, Kind::Task);
}

#[test]
fn criteria_in_spec_md() {
    check("Acceptance criteria in spec.md", Doc::Spec, Kind::Criterion);
}
