//! What the lines of a task's section say of it, all together.

use super::lines::Line;
use super::names::{Kind, mentions};
use super::state_marks::{self, Mark, MarkKind, MarkSaid, WorkState};
use super::{Item, Reference};
use crate::model::parse::Span;

/// What was found of a task whose lines are being read.
#[derive(Debug)]
pub(super) struct Pending {
    pub item: usize,
    pub level: usize,
    /// What its lines say; the first that says done counts, else the first.
    pub statement: Option<(WorkState, Mark)>,
    pub heading: Option<(WorkState, Mark)>,
    /// Its boxes: how many, how many of them ticked or skipped, and where the first stands.
    pub boxes: usize,
    pub ticked: usize,
    pub skipped: usize,
    pub first_box: Option<Span>,
}

impl Pending {
    pub fn of(item: usize) -> Pending {
        Pending { item, level: 0, statement: None, heading: None, boxes: 0, ticked: 0, skipped: 0, first_box: None }
    }

    pub fn state(&mut self, state: WorkState, mark: Mark) {
        let better = match &self.statement {
            None => true,
            Some((old, _)) => *old != WorkState::Done && state == WorkState::Done,
        };
        if better {
            self.statement = Some((state, mark));
        }
    }

    pub fn read_fields(&mut self, line: &Line<'_>, item: &mut Item) {
        state_marks::fields(line.text, |said| match said {
            MarkSaid::Statement(state, mark) => self.state(state, Mark { span: line.span_of(&mark.span), ..mark }),
            MarkSaid::Criteria(span) => {
                let value = &line.text[span.clone()];
                item.has_fields |= line.text[span.end..].trim_start().starts_with("| Files:");
                if value.eq_ignore_ascii_case("all") {
                    item.references.push(Reference::All(line.span_of(&span)));
                }
                let named = mentions(value).filter(|(kind, found)| {
                    *kind == Kind::Criterion && !is_of_another_increment(&value[..found.start])
                });
                item.references.extend(named.map(|(_, found)| {
                    Reference::One(line.span_of(&(span.start + found.start..span.start + found.end)))
                }));
            }
        });
    }

    pub fn read_box(&mut self, line: &Line<'_>, indent: usize) {
        let content = &line.text[indent..];
        let lead = state_marks::list_item(content).unwrap_or(0);
        let Some(tick) = state_marks::tick(&content[lead..]) else { return };
        let start = indent + lead;
        let span = line.span_of(&(start..start + tick.end));
        // SpecWeave takes a tick at the start of a line, without a list, for the task's own.
        if start == 0 && tick.state == WorkState::Done {
            self.state(WorkState::Done, Mark { kind: MarkKind::Box, span });
            return;
        }
        self.boxes += 1;
        self.ticked += usize::from(tick.state == WorkState::Done);
        self.skipped += usize::from(tick.state == WorkState::Skipped);
        self.first_box.get_or_insert(span);
    }

    pub fn finish(self, items: &mut [Item]) {
        let boxes = || {
            let done = self.ticked > 0 && self.ticked + self.skipped == self.boxes;
            let span = self.first_box.clone().filter(|_| done)?;
            Some((WorkState::Done, Mark { kind: MarkKind::Boxes, span }))
        };
        if let Some((state, mark)) = self.statement.or(self.heading).or_else(boxes) {
            let item = &mut items[self.item];
            (item.state, item.mark) = (Some(state), Some(mark));
        }
    }
}

/// `0012 AC-US9-01` is a criterion of increment 0012.
fn is_of_another_increment(before: &str) -> bool {
    let before = before.trim_end();
    let number = &before[before.trim_end_matches(|c: char| c.is_ascii_digit()).len()..];
    number.len() >= 4 && !before[..before.len() - number.len()].ends_with('-')
}
