//! Where the files of an increment contradict each other, as plain data: which of it is worth saying, and how, is not
//! decided here.

use std::cell::LazyCell;

use foldhash::{HashMap, HashSet};

use crate::model::edit::{Edit, between};
use crate::model::parse::Span;
use crate::model::parse::ledger::{TaskState, board_cells, state_line};
use crate::model::parse::verification::ReportedCounts;
use crate::model::parse::work::{BoardRow, Doc, Item, Kind, LineState, MarkKind, Reference, WorkState, parse, tick};
use crate::model::work::joined::{Joined, JoinedTask, state_of};
use crate::model::work::known::Known;
use crate::model::work::types::{Count, Disagreement, OutdatedReport, WorkFile, WorkPlace};

pub(super) fn all(joined: &Joined<'_>) -> Vec<Disagreement> {
    let mut all = Vec::new();
    if joined.work.generation.has_ledger() {
        desyncs(joined, &mut all);
        ledger(joined, &mut all);
        verification(joined, &mut all);
    }
    criteria(joined, &mut all);
    if let (Some(_), Some(heading)) = (&joined.work.tasks, &joined.work.spec.tasks_heading)
        && joined.work.spec.of(Kind::Task).any(|task| task.in_tasks)
    {
        all.push(Disagreement::ShadowedTasks { place: WorkPlace { file: WorkFile::Spec, span: heading.clone() } });
    }
    all
}

fn desyncs(joined: &Joined<'_>, all: &mut Vec<Disagreement>) {
    let file = joined.work.task_file();
    let rows = joined.work.tasks.as_ref().unwrap_or(&joined.work.spec).board.iter();
    let rows: HashMap<&str, _> = rows.map(|row| (&joined.task_text[row.name.clone()], row)).collect();
    for task in &joined.tasks {
        let Some(folded) = task.folded else { continue };
        let mut desync = |span, says, fix| {
            let (task, place, line) = (task.name.to_owned(), WorkPlace { file, span }, state_line(folded));
            all.push(Disagreement::TaskDesync { task, place, says, ledger: folded.clone(), line, fix });
        };
        if let Some((span, says)) = contradiction(joined.task_text, task.item, folded) {
            let fix = fix(joined, task, folded);
            desync(span, says, fix);
        } else if let Some(row) = rows.get(task.name)
            && let Some(state) = board_state(&joined.task_text[row.state.clone()])
            && !fits(state, folded)
        {
            desync(row.state.clone(), state.state(), board_fix(joined.task_text, row, folded));
        }
    }
}

/// What the task's own lines in `text` say, where the ledger says another thing.
fn contradiction(text: &str, task: &Item, folded: &TaskState) -> Option<(Span, WorkState)> {
    let mark = task.mark.as_ref()?;
    if let Some(line) = task.state_line.as_ref().filter(|line| line.span == mark.span) {
        let named = line.by.as_ref().map(|by| &text[by.clone()]);
        let same = fits(line.state, folded) && named.zip(agent(folded)).is_none_or(|(line, ledger)| line == ledger);
        return (!same).then(|| (line.span.clone(), line.state.state()));
    }
    let says = task.state?;
    let same = match says {
        WorkState::Open | WorkState::Partial => state_of(folded) == WorkState::Open,
        WorkState::Done | WorkState::Skipped => state_of(folded) == says,
    };
    (!same).then(|| (mark.span.clone(), says))
}

/// A claim grows stale with time alone, and the line is only written with the next event.
fn fits(line: LineState, folded: &TaskState) -> bool {
    match folded {
        TaskState::Open => line == LineState::Open,
        TaskState::Claimed { .. } => matches!(line, LineState::Claimed | LineState::Stale),
        TaskState::Blocked { .. } => line == LineState::Blocked,
        TaskState::Done { .. } => line == LineState::Done,
        TaskState::Skipped { .. } => line == LineState::Skipped,
    }
}

fn agent(folded: &TaskState) -> Option<&str> {
    match folded {
        TaskState::Open => None,
        TaskState::Claimed { by, .. }
        | TaskState::Blocked { by, .. }
        | TaskState::Done { by, .. }
        | TaskState::Skipped { by, .. } => Some(by),
    }
}

fn board_state(cell: &str) -> Option<LineState> {
    Some(match cell {
        "open" => LineState::Open,
        "claimed" => LineState::Claimed,
        "stale" => LineState::Stale,
        "blocked" => LineState::Blocked,
        "done" => LineState::Done,
        "skipped" => LineState::Skipped,
        _ => return None,
    })
}

/// The cells of the row as SpecWeave would write them; a board with other columns has its own meaning.
fn board_fix(text: &str, row: &BoardRow, folded: &TaskState) -> Option<Edit> {
    let line = text.get(row.line.clone())?;
    let mut cells: Vec<&str> = line.trim().strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let written = board_cells(folded);
    // The first SpecWeave 2 had four columns, of which the first three are the same.
    let known = if cells.len() == 1 + written.len() { written.len() } else { 2 };
    for (cell, new) in cells.iter_mut().skip(1).zip(&written[..known]) {
        *cell = new.as_deref().unwrap_or(cell);
    }
    let row_as_written = format!("| {} |", cells.join(" | "));
    let start = row.line.start + (line.len() - line.trim_start().len());
    let edit = between(line.trim(), &row_as_written)?;
    Some(Edit { span: start + edit.span.start..start + edit.span.end, text: edit.text })
}

/// A task may say its state on several lines; after one is changed, the next one counts.
const LINES: usize = 3;

fn fix(joined: &Joined<'_>, task: &JoinedTask<'_>, folded: &TaskState) -> Option<Edit> {
    let section = &task.item.section;
    let before = joined.task_text.get(section.clone())?;
    let mut text = before.to_owned();
    for _ in 0..=LINES {
        // By itself, its section reads as it does among the others.
        let outline = parse(&text, Doc::Tasks);
        let item = outline.of(Kind::Task).next()?;
        if contradiction(&text, item, folded).is_none() {
            let mut edit = between(before, &text)?;
            edit.span = section.start + edit.span.start..section.start + edit.span.end;
            return Some(edit);
        }
        let edit = fix_of_mark(&text, item, folded)?;
        text.replace_range(edit.span, &edit.text);
    }
    None
}

fn fix_of_mark(text: &str, task: &Item, folded: &TaskState) -> Option<Edit> {
    let mark = task.mark.as_ref()?;
    if mark.kind == MarkKind::StateLine {
        return Some(Edit { span: mark.span.clone(), text: state_line(folded) });
    }
    // Of the boxes and words that people write, none says what SpecWeave means by skipped.
    let done = match state_of(folded) {
        WorkState::Done => true,
        WorkState::Skipped => return None,
        WorkState::Open | WorkState::Partial => false,
    };
    tick(text, Doc::Tasks, task, done).ok().flatten()
}

fn ledger(joined: &Joined<'_>, all: &mut Vec<Disagreement>) {
    let Some((ledger, fold)) = &joined.work.ledger else { return };
    let place = |span: &Span| WorkPlace { file: WorkFile::Ledger, span: span.clone() };
    all.extend(fold.ignored.iter().map(|ignored| Disagreement::IgnoredEvent {
        place: place(&ignored.line),
        task: ignored.task.clone(),
        reason: ignored.reason.clone(),
    }));
    let mut known: HashSet<&str> = joined.tasks.iter().map(|task| task.name).collect();
    for event in ledger.events.iter().filter(|event| event.is_about_a_task()) {
        if known.insert(&event.task) {
            all.push(Disagreement::UnknownTask { place: place(&event.task_span), task: event.task.clone() });
        }
    }
    for (task, state) in &fold.tasks {
        let (line, by, since, stale, blocked) = match state {
            TaskState::Claimed { line, by, since, stale, .. } => (line, by, since, *stale, false),
            TaskState::Blocked { line, by, since, .. } => (line, by, since, false, true),
            _ => continue,
        };
        let (task, by, since) = (task.clone(), by.clone(), *since);
        all.push(Disagreement::OpenClaim { place: place(line), task, by, since, stale, blocked });
    }
}

fn criteria(joined: &Joined<'_>, all: &mut Vec<Disagreement>) {
    let defined: HashSet<&str> = joined.criteria.iter().map(|criterion| criterion.name).collect();
    // Looks through the whole of spec.md, at each letter typed: only for a name that is not simply there.
    let known = LazyCell::new(|| Known::of(joined));
    let file = joined.work.task_file();
    for task in &joined.tasks {
        for reference in &task.item.references {
            let Reference::One(span) = reference else { continue };
            let criterion = &joined.task_text[span.clone()];
            if !defined.contains(criterion) && known.as_ref().is_some_and(|known| !known.holds(criterion)) {
                let (task, criterion) = (task.name.to_owned(), criterion.to_owned());
                let place = WorkPlace { file, span: span.clone() };
                all.push(Disagreement::UnknownCriterion { place, task, criterion });
            }
        }
    }
    if !joined.work.generation.has_ledger() {
        return;
    }
    let is_open = |state: WorkState| matches!(state, WorkState::Open | WorkState::Partial);
    for criterion in joined.criteria.iter().filter(|criterion| !criterion.covered) {
        if criterion.state.is_some_and(is_open) {
            let place = WorkPlace { file: WorkFile::Spec, span: criterion.item.name.clone() };
            all.push(Disagreement::UncoveredCriterion { place, criterion: criterion.name.to_owned() });
        }
    }
}

fn verification(joined: &Joined<'_>, all: &mut Vec<Disagreement>) {
    let Some(found) = joined.work.verification.as_ref().filter(|found| found.ok == Some(true)) else { return };
    let progress = joined.progress();
    let changed = joined.work.ledger.as_ref().and_then(|(_, fold)| fold.last_change());
    let older = found.ran_at.zip(changed).filter(|(ran_at, changed_at)| ran_at < changed_at);
    let same = |then: &ReportedCounts, now: Count| {
        [then.total, then.done, then.skipped] == [now.total, now.done, now.skipped].map(|number| number as u64)
    };
    // A criterion that was given up is one that is not done to SpecWeave.
    let criteria = Count { skipped: 0, ..progress.criteria };
    let why = if let Some((ran_at, changed_at)) = older {
        OutdatedReport::Older { ran_at, changed_at }
    } else if let Some(then) = found.tasks.filter(|then| !same(then, progress.tasks)) {
        OutdatedReport::Tasks { then, now: progress.tasks }
    } else if let Some(then) = found.criteria.filter(|then| !same(then, criteria)) {
        OutdatedReport::Criteria { then, now: progress.criteria }
    } else {
        return;
    };
    let place = WorkPlace { file: WorkFile::Verification, span: found.ok_span.clone() };
    all.push(Disagreement::StaleVerification { place, why });
}
