//! Stories, acceptance criteria and tasks, as people and SpecWeave of all three generations write them: the one parser of
//! them. `docs/work-items.md` lists the forms.

mod lines;
mod marks;
mod names;
mod tick;

#[cfg(test)]
mod tests;

pub use marks::{LineState, Mark, MarkKind, State, StateLine};
pub use names::{Kind, mention_at, mentions};
pub use tick::{NotTickable, tick};

use crate::model::reading::Span;
use lines::Line;
use marks::Said;

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
    pub state: Option<State>,
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
    pub fn is_done(&self) -> bool {
        self.state == Some(State::Done)
    }

    /// For those that can be done at all.
    pub fn done(&self) -> Option<bool> {
        self.state.map(|state| state == State::Done)
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

impl Outline {
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.kind == kind)
    }
}

/// Reads a text: one pass over its lines.
pub fn parse(text: &str, doc: Doc) -> Outline {
    let mut parser = Parser::new(doc);
    let lines = lines::lines(text);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if line.text.trim_start().starts_with(BOARD_START)
            && let Some(length) = lines[at..].iter().position(|line| line.text.trim_start().starts_with(BOARD_END))
        {
            parser.board(&lines[at..at + length]);
            at += length + 1;
            continue;
        }
        parser.line(line);
    }
    parser.finish(text)
}

const BOARD_START: &str = "<!-- SW:BOARD -->";
const BOARD_END: &str = "<!-- /SW:BOARD -->";

/// What was found of a task whose lines are being read.
#[derive(Debug)]
struct Pending {
    item: usize,
    level: usize,
    /// What its lines say; the first that says done counts, else the first.
    statement: Option<(State, Mark)>,
    heading: Option<(State, Mark)>,
    /// Its boxes: how many, how many of them ticked or skipped, and where the first stands.
    boxes: usize,
    ticked: usize,
    skipped: usize,
    first_box: Option<Span>,
}

struct Parser {
    doc: Doc,
    outline: Outline,
    /// The items whose section is not over yet, with the level of their heading.
    open: Vec<(usize, usize)>,
    task: Option<Pending>,
    /// Tasks written as list items: they count only where no task has a heading.
    listed: Vec<Item>,
    /// The indentation of the listed task that is being read.
    listing: Option<usize>,
    in_tasks: bool,
    /// Where the last line that is not blank ended.
    last_end: usize,
}

impl Parser {
    fn new(doc: Doc) -> Parser {
        let (open, listed) = (Vec::new(), Vec::new());
        let outline = Outline::default();
        Parser { doc, outline, open, task: None, listed, listing: None, in_tasks: false, last_end: 0 }
    }

    fn line(&mut self, line: &Line<'_>) {
        if line.is_blank() {
            return;
        }
        let indent = line.text.len() - line.text.trim_start().len();
        if let Some(level) = heading_level(line.text, indent) {
            self.heading(line, indent, level);
        } else {
            self.text(line, indent);
        }
        self.last_end = line.start + line.text.trim_end().len();
    }

    fn heading(&mut self, line: &Line<'_>, indent: usize, level: usize) {
        self.close(level);
        self.listing = None;
        let content = heading_content(line.text, indent + level);
        if level == 1 && self.outline.title.is_none() && !content.is_empty() {
            self.outline.title = Some(line.span_of(&content));
        }
        if level <= 2 {
            self.in_tasks =
                level == 2 && line.text[content.clone()].trim_end_matches(':').eq_ignore_ascii_case("tasks");
            if self.in_tasks && self.outline.tasks_heading.is_none() {
                self.outline.tasks_heading = Some(line.start + indent..line.start + content.end);
            }
        }
        let lead = Lead::read(&line.text[content.clone()]);
        let at = content.start + lead.length;
        let named = |kind| names::leading(&line.text[at..content.end], kind).map(|length| at..at + length);
        if level > 1
            && let Some(name) = named(Kind::Task)
        {
            self.finish_task();
            self.heading_task(line, level, &lead, name, content);
            return;
        }
        if self.task.as_ref().is_some_and(|task| level <= 2 || level < task.level) {
            self.finish_task();
        }
        if let Some(name) = named(Kind::Story) {
            self.finish_task();
            self.push(line, Kind::Story, level, name, content);
        } else if self.doc == Doc::Spec
            && self.task.is_none()
            && let Some(name) = named(Kind::Criterion)
        {
            self.push(line, Kind::Criterion, level, name, content);
        }
    }

    fn heading_task(&mut self, line: &Line<'_>, level: usize, lead: &Lead, name: Span, content: Span) {
        let end = content.end;
        let after = &line.text[name.end..end];
        let heading = if let Some((state, span)) = &lead.tick {
            let span = content.start + span.start..content.start + span.end;
            Some((*state, Mark { kind: MarkKind::Box, span: line.span_of(&span) }))
        } else if let Some(sign) = &lead.sign {
            let span = content.start + sign.start..content.start + sign.end;
            Some((State::Done, Mark { kind: MarkKind::HeadingSign, span: line.span_of(&span) }))
        } else {
            marks::heading_sign(after).map(|sign| {
                let span = name.end + sign.start..name.end + sign.end;
                (State::Done, Mark { kind: MarkKind::HeadingSign, span: line.span_of(&span) })
            })
        };
        let item = self.push(line, Kind::Task, level, name, content);
        self.outline.items[item].state = Some(State::Open);
        let mut task = Pending { level, heading, ..Pending::of(item) };
        task.read_fields(line, &mut self.outline.items[item]);
        self.task = Some(task);
    }

    /// Adds an item whose section is open, and gives its place.
    fn push(&mut self, line: &Line<'_>, kind: Kind, level: usize, name: Span, content: Span) -> usize {
        let title = title(line.text, name.end..content.end);
        let mut item = item(kind, line, name, title);
        item.level = level;
        item.in_tasks = self.in_tasks;
        self.outline.items.push(item);
        let at = self.outline.items.len() - 1;
        self.open.push((level, at));
        at
    }

    fn text(&mut self, line: &Line<'_>, indent: usize) {
        let content = &line.text[indent..];
        if let Some(task) = &mut self.task {
            let item = &mut self.outline.items[task.item];
            if item.state_line.is_none()
                && let Some(mut found) = marks::state_line(line.text)
            {
                found.span = line.span_of(&found.span);
                found.by = found.by.map(|by| line.span_of(&by));
                let mark = Mark { kind: MarkKind::StateLine, span: found.span.clone() };
                task.state(found.state.state(), mark);
                item.state_line = Some(found);
                return;
            }
            task.read_fields(line, item);
            task.read_box(line, indent);
            return;
        }
        if self.doc == Doc::Spec && !self.in_tasks {
            if let Some(item) = criterion(line, indent) {
                self.outline.items.push(item);
            }
        } else if let Some(item) = listed_task(line, indent) {
            self.listed.push(Item { in_tasks: self.in_tasks, ..item });
            self.listing = Some(indent);
        } else if let Some(task) = self.listing.filter(|own| *own < indent).and(self.listed.last_mut()) {
            task.section.end = line.start + line.text.trim_end().len();
            let mut fields = Pending::of(0);
            fields.read_fields(line, task);
        } else if !content.is_empty() {
            self.listing = None;
        }
    }

    fn board(&mut self, lines: &[Line<'_>]) {
        self.outline.has_board = true;
        for line in lines {
            let mut cells = cells(line.text);
            if let (Some(name), Some(state)) = (cells.next(), cells.next())
                && names::leading(&line.text[name.clone()], Kind::Task) == Some(name.len())
            {
                let (name, state) = (line.span_of(&name), line.span_of(&state));
                self.outline.board.push(BoardRow { name, state, line: line.start..line.end() });
            }
        }
    }

    /// The sections of this level and below are over.
    fn close(&mut self, level: usize) {
        while let Some((_, at)) = self.open.pop_if(|(open, _)| *open >= level) {
            let section = &mut self.outline.items[at].section;
            section.end = section.end.max(self.last_end);
        }
    }

    fn finish_task(&mut self) {
        if let Some(task) = self.task.take() {
            task.finish(&mut self.outline.items);
        }
    }

    fn finish(mut self, text: &str) -> Outline {
        self.finish_task();
        self.close(0);
        if !self.listed.is_empty() && self.outline.of(Kind::Task).next().is_none() {
            for task in &mut self.listed {
                let named: Vec<Reference> = mentions(&text[task.section.clone()])
                    .filter(|(kind, _)| *kind == Kind::Criterion)
                    .map(|(_, span)| Reference::One(task.section.start + span.start..task.section.start + span.end))
                    .collect();
                task.references = named;
            }
            self.outline.items.append(&mut self.listed);
            self.outline.items.sort_by_key(|item| item.name.start);
        }
        without_repeats(text, &mut self.outline.items);
        self.outline
    }
}

impl Pending {
    fn of(item: usize) -> Pending {
        Pending { item, level: 0, statement: None, heading: None, boxes: 0, ticked: 0, skipped: 0, first_box: None }
    }

    fn state(&mut self, state: State, mark: Mark) {
        let better = match &self.statement {
            None => true,
            Some((old, _)) => *old != State::Done && state == State::Done,
        };
        if better {
            self.statement = Some((state, mark));
        }
    }

    fn read_fields(&mut self, line: &Line<'_>, item: &mut Item) {
        marks::fields(line.text, |said| match said {
            Said::Statement(state, mark) => self.state(state, Mark { span: line.span_of(&mark.span), ..mark }),
            Said::Criteria(span) => {
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

    fn read_box(&mut self, line: &Line<'_>, indent: usize) {
        let content = &line.text[indent..];
        let lead = marks::list_item(content).unwrap_or(0);
        let Some(tick) = marks::tick(&content[lead..]) else { return };
        let start = indent + lead;
        let span = line.span_of(&(start..start + tick.end));
        // SpecWeave takes a tick at the start of a line, without a list, for the task's own.
        if start == 0 && tick.state == State::Done {
            self.state(State::Done, Mark { kind: MarkKind::Box, span });
            return;
        }
        self.boxes += 1;
        self.ticked += usize::from(tick.state == State::Done);
        self.skipped += usize::from(tick.state == State::Skipped);
        self.first_box.get_or_insert(span);
    }

    fn finish(self, items: &mut [Item]) {
        let boxes = || {
            let done = self.ticked > 0 && self.ticked + self.skipped == self.boxes;
            let span = self.first_box.clone().filter(|_| done)?;
            Some((State::Done, Mark { kind: MarkKind::Boxes, span }))
        };
        if let Some((state, mark)) = self.statement.or(self.heading).or_else(boxes) {
            let item = &mut items[self.item];
            (item.state, item.mark) = (Some(state), Some(mark));
        }
    }
}

fn item(kind: Kind, line: &Line<'_>, name: Span, title: Span) -> Item {
    Item {
        kind,
        name: line.span_of(&name),
        title: line.span_of(&title),
        section: line.start..line.start + line.text.trim_end().len(),
        level: 0,
        state: None,
        mark: None,
        references: Vec::new(),
        state_line: None,
        has_fields: false,
        in_tasks: false,
    }
}

/// `0840 AC-US9-03` is a criterion of increment 0840.
fn is_of_another_increment(before: &str) -> bool {
    let before = before.trim_end();
    let number = &before[before.trim_end_matches(|c: char| c.is_ascii_digit()).len()..];
    number.len() >= 4 && !before[..before.len() - number.len()].ends_with('-')
}

/// One to six `#`, and a space behind them.
fn heading_level(line: &str, indent: usize) -> Option<usize> {
    if indent > 3 {
        return None;
    }
    let text = &line[indent..];
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let ends = text[level..].is_empty() || text[level..].starts_with([' ', '\t']);
    ((1..=6).contains(&level) && ends).then_some(level)
}

/// What the heading says, without the `#` that may close it.
fn heading_content(line: &str, start: usize) -> Span {
    let text = line[start..].trim_end();
    let bare = text.trim_end_matches('#');
    let text = if bare.is_empty() || bare.ends_with([' ', '\t']) { bare.trim_end() } else { text };
    let start = start + (text.len() - text.trim_start().len());
    start..start + text.trim_start().len()
}

/// What stands between the start of a line's words and a name: a box, a sign, the marks of bold text.
#[derive(Default)]
struct Lead {
    length: usize,
    tick: Option<(State, Span)>,
    sign: Option<Span>,
}

impl Lead {
    fn read(text: &str) -> Lead {
        let mut lead = Lead::default();
        loop {
            let rest = &text[lead.length..];
            let Some(c) = rest.chars().next() else { return lead };
            let end = lead.length + c.len_utf8();
            if c == '['
                && lead.tick.is_none()
                && let Some(tick) = marks::tick(rest)
            {
                lead.tick = Some((tick.state, lead.length..lead.length + tick.end));
                lead.length += tick.end;
                continue;
            }
            if marks::is_check(c) {
                lead.sign = Some(lead.length..end);
            }
            // Emoji and other signs; a letter of any script starts the words.
            let skipped =
                matches!(c, '*' | '_' | '`' | '~' | '[' | ' ' | '\t') || !c.is_ascii() && !c.is_alphanumeric();
            if !skipped {
                return lead;
            }
            lead.length = end;
        }
    }
}

/// What follows a name, without what sets the two apart.
fn title(line: &str, after: Span) -> Span {
    let text = &line[after.clone()];
    let start = text.trim_start_matches(['*', ':', ' ', '\t', '-', '—', '–', '_', '`', '~', ']']);
    let end = start.trim_end().trim_end_matches('*').trim_end();
    let from = after.start + (text.len() - start.len());
    from..from + end.len()
}

/// A criterion on a line of its own: with a box before its name or behind it, or with none.
fn criterion(line: &Line<'_>, indent: usize) -> Option<Item> {
    let content = &line.text[indent..];
    let bullet = marks::list_item(content);
    let start = indent + bullet.unwrap_or(0);
    let lead = Lead::read(&line.text[start..]);
    let at = start + lead.length;
    let name = at..at + names::leading(&line.text[at..], Kind::Criterion)?;
    let rest = line.text[name.end..].trim_end();
    if let Some((state, span)) = lead.tick {
        let span = start + span.start..start + span.end;
        let mut found = item(Kind::Criterion, line, name.clone(), title(line.text, name.end..name.end + rest.len()));
        found.state = Some(state);
        found.mark = Some(Mark { kind: MarkKind::Box, span: line.span_of(&span) });
        return Some(found);
    }
    let bold = line.text[start..at].contains("**");
    if bullet.is_none() && !bold {
        return None;
    }
    // `- **AC-01** (P1): [ ] text`
    let between = rest.trim_start_matches(['*', ':', ' ', '\t', '_', '`']);
    let between = match between.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
        Some((_, after)) if marks::tick(after.trim_start_matches(['*', ':', ' ', '\t'])).is_some() => {
            after.trim_start_matches(['*', ':', ' ', '\t'])
        }
        _ => between,
    };
    let end = name.end + rest.len();
    let box_at = end - between.len();
    if let Some(tick) = marks::tick(between) {
        let mut found = item(Kind::Criterion, line, name, title(line.text, box_at + tick.end..end));
        found.state = Some(tick.state);
        found.mark = Some(Mark { kind: MarkKind::InlineBox, span: line.span_of(&(box_at..box_at + tick.end)) });
        return Some(found);
    }
    // A list of names, `AC-01, AC-02`, `AC-01/AC-02` or `AC-01..03`, only mentions them.
    let defines = rest.is_empty() || rest.starts_with([' ', ':', '*', '\t', '_', '`']);
    defines.then(|| item(Kind::Criterion, line, name.clone(), title(line.text, name.end..end)))
}

/// `- [x] T-001: …`, `- [ ] [T001] …`, `- [x] **T-001**: …`
fn listed_task(line: &Line<'_>, indent: usize) -> Option<Item> {
    let content = &line.text[indent..];
    let start = indent + marks::list_item(content)?;
    let lead = Lead::read(&line.text[start..]);
    let (state, span) = lead.tick?;
    let at = start + lead.length;
    let name = at..at + names::leading(&line.text[at..], Kind::Task)?;
    let end = line.text.trim_end().len();
    let mut found = item(Kind::Task, line, name.clone(), title(line.text, name.end..end));
    found.state = Some(state);
    let span = start + span.start..start + span.end;
    found.mark = Some(Mark { kind: MarkKind::Box, span: line.span_of(&span) });
    Some(found)
}

/// The cells of a table's row, without the spaces around them.
fn cells(line: &str) -> impl Iterator<Item = Span> + '_ {
    let mut at = line.find('|').map_or(line.len(), |at| at + 1);
    std::iter::from_fn(move || {
        let end = at + line[at..].find('|')?;
        let cell = &line[at..end];
        let start = at + (cell.len() - cell.trim_start().len());
        at = end + 1;
        Some(start..start + cell.trim().len())
    })
}

/// A criterion without a box defines only what no other line defines.
fn without_repeats(text: &str, items: &mut Vec<Item>) {
    let is_bare = |item: &Item| item.kind == Kind::Criterion && item.state.is_none();
    if !items.iter().any(is_bare) {
        return;
    }
    let mut seen: std::collections::HashSet<&str> = items
        .iter()
        .filter(|item| item.kind == Kind::Criterion && !is_bare(item))
        .map(|item| &text[item.name.clone()])
        .collect();
    items.retain(|item| !is_bare(item) || seen.insert(&text[item.name.clone()]));
}
