//! Ticking a task or criterion off, and opening it again: the smallest edit, read back before it is offered.

use super::{Doc, Item, MarkKind, WorkState, parse, state_marks};
use crate::model::edit::Edit;
use crate::model::parse::Span;

/// Why an item cannot be ticked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTickable {
    /// A story, or a criterion without a box.
    NoState,
    /// A task without a box and without a status line.
    NoMark,
    /// Done by a sign on its heading.
    HeadingSign,
    /// Done by the line that says when.
    CompletedLine,
    /// Done because all boxes of its section are ticked: which one to open is for a person to say.
    Boxes,
    /// The line is the ledger's: a change to it would not last.
    StateLine,
    /// A status in words that have no opposite.
    UnknownWord,
    /// Several lines tell a state, and would still disagree after an edit of one.
    Several,
}

/// The edit after which `item`, read from `text`, is done or open; none when it is already.
pub fn tick(text: &str, doc: Doc, item: &Item, done: bool) -> Result<Option<Edit>, NotTickable> {
    let state = item.state.ok_or(NotTickable::NoState)?;
    if (state == WorkState::Done) == done {
        return Ok(None);
    }
    let mark = item.mark.as_ref().ok_or(NotTickable::NoMark)?;
    let edit = match mark.kind {
        MarkKind::Box | MarkKind::InlineBox => box_edit(text, mark.span.clone(), done),
        MarkKind::StatusBox => status_box_edit(text, &mark.span, done),
        MarkKind::StatusWord => word_edit(text, &mark.span, done).ok_or(NotTickable::UnknownWord)?,
        MarkKind::CompletedLine => return Err(NotTickable::CompletedLine),
        MarkKind::HeadingSign => return Err(NotTickable::HeadingSign),
        MarkKind::StateLine => return Err(NotTickable::StateLine),
        MarkKind::Boxes => return Err(NotTickable::Boxes),
    };
    reads_so(text, doc, item, &edit, done).then_some(Some(edit)).ok_or(NotTickable::Several)
}

/// Between the brackets.
fn box_edit(text: &str, span: Span, done: bool) -> Edit {
    let length = text[span.clone()].find(']').unwrap_or(span.len());
    let mark = if done { "x" } else { " " };
    Edit { span: span.start + 1..span.start + length, text: mark.to_owned() }
}

/// `[ ] pending` and `[x] completed` are one value.
fn status_box_edit(text: &str, span: &Span, done: bool) -> Edit {
    let value = &text[span.clone()];
    let bracket = value.find(']').map_or(value.len(), |at| at + 1);
    let word = value[bracket..].trim_start();
    let turns = if done { state_marks::is_open_word(word) } else { state_marks::is_done_word(word) };
    if !turns {
        return box_edit(text, span.clone(), done);
    }
    let gap = &value[bracket..value.len() - word.len()];
    let mark = if done { "[x]" } else { "[ ]" };
    Edit { span: span.clone(), text: format!("{mark}{gap}{}", opposite(word, done)) }
}

fn word_edit(text: &str, span: &Span, done: bool) -> Option<Edit> {
    let value = &text[span.clone()];
    let word = value.trim_start_matches(|c: char| !c.is_alphanumeric());
    let turns = if done { state_marks::is_open_word(word) } else { state_marks::is_done_word(word) };
    // Signs and bold in front of the word: an emoji goes with what it stood for, bold has its other half behind.
    let lead = &value[..value.len() - word.len()];
    (turns && !lead.contains('*')).then(|| Edit { span: span.clone(), text: opposite(word, done).to_owned() })
}

/// The word for the other state, with a capital where the old one has it.
fn opposite(word: &str, done: bool) -> &'static str {
    match (done, word.starts_with(|c: char| c.is_uppercase())) {
        (true, true) => "Completed",
        (true, false) => "completed",
        (false, true) => "Pending",
        (false, false) => "pending",
    }
}

fn reads_so(text: &str, doc: Doc, item: &Item, edit: &Edit, done: bool) -> bool {
    let changed = [&text[..edit.span.start], &edit.text, &text[edit.span.end..]].concat();
    let shift = |at: usize| if at >= edit.span.end { at + edit.text.len() - edit.span.len() } else { at };
    let outline = parse(&changed, doc);
    let found =
        outline.items.iter().find(|other| other.kind == item.kind && other.name.start == shift(item.name.start));
    let goal = if done { WorkState::Done } else { WorkState::Open };
    found.is_some_and(|found| found.state == Some(goal))
}
