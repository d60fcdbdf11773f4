//! Stories, acceptance criteria and tasks, as people and SpecWeave of all three generations write them: the one parser of
//! them. `docs/work-items.md` lists the forms.

mod ledger_line;
mod lines;
mod names;
mod one_line;
mod parser;
mod section;
mod state_marks;
mod tick;

#[cfg(test)]
mod tests;

pub use ledger_line::{LineState, StateLine};
pub use names::{Kind, mention_at, mentions};
pub use parser::parse;
pub use state_marks::{Mark, MarkKind, WorkState};
pub use tick::{NotTickable, tick};

use crate::model::parse::Span;

/// Which file a text is: the same line means different things in the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doc {
    /// Stories, criteria, and in generation 3 the tasks.
    Spec,
    /// Tasks.
    Tasks,
}

/// One story, criterion or task where it is defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub kind: Kind,
    pub name: Span,
    pub title: Span,
    /// From its first line to where the next one begins that it does not hold.
    pub section: Span,
    /// The level of its heading; 0 for a list item.
    pub level: usize,
    /// Stories are not ticked off by themselves, nor are criteria without a box: those are named, but never counted.
    pub state: Option<WorkState>,
    /// What tells the state; none where nothing does.
    pub mark: Option<Mark>,
    /// The criteria a task says it is for.
    pub references: Vec<Reference>,
    pub state_line: Option<StateLine>,
    /// It has the line `- AC: … | Files: … | Test: …` of SpecWeave 2 and 3.
    pub has_fields: bool,
    /// Under the heading `## Tasks`.
    pub in_tasks: bool,
}

impl Item {
    fn spans(&mut self) -> impl Iterator<Item = &mut Span> {
        // All are named, so that no span that is added is forgotten.
        let Item {
            kind: _,
            name,
            title,
            section,
            level: _,
            state: _,
            mark,
            references,
            state_line,
            has_fields: _,
            in_tasks: _,
        } = self;
        let references = references.iter_mut().map(|(Reference::One(span) | Reference::All(span))| span);
        let state_line = state_line.iter_mut().flat_map(|line| std::iter::once(&mut line.span).chain(&mut line.by));
        let mark = mark.iter_mut().map(|mark| &mut mark.span);
        [name, title, section].into_iter().chain(mark).chain(references).chain(state_line)
    }

    pub fn is_done(&self) -> bool {
        self.state == Some(WorkState::Done)
    }

    /// For those that can be done at all.
    pub fn done(&self) -> Option<bool> {
        self.state.map(|state| state == WorkState::Done)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    One(Span),
    /// `AC: all`
    All(Span),
}

/// `| T-01 | done | A | …` between the marks of the board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardRow {
    pub name: Span,
    pub state: Span,
    pub line: Span,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// In the order of the text.
    pub items: Vec<Item>,
    /// There is a block `<!-- SW:BOARD -->`.
    pub has_board: bool,
    pub board: Vec<BoardRow>,
    /// The heading `## Tasks` of spec.md.
    pub tasks_heading: Option<Span>,
    /// What the first heading of the first level says.
    pub title: Option<Span>,
}

/// The outline of `text`, where nothing but the frontmatter is other than in `old`, in which `found` was found.
pub fn with_other_frontmatter(found: &Outline, old: &str, text: &str) -> Option<Outline> {
    let (before, now) = (lines::body(old), lines::body(text));
    (old[before..] == text[now..]).then(|| found.clone().moved(now as isize - before as isize))
}

impl Outline {
    /// Of the same text, so many bytes further on.
    fn moved(mut self, by: isize) -> Outline {
        let Outline { items, has_board: _, board, tasks_heading, title } = &mut self;
        let board = board.iter_mut().flat_map(|BoardRow { name, state, line }| [name, state, line]);
        for span in items.iter_mut().flat_map(Item::spans).chain(board).chain(tasks_heading).chain(title) {
            *span = span.start.wrapping_add_signed(by)..span.end.wrapping_add_signed(by);
        }
        self
    }

    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.kind == kind)
    }
}
