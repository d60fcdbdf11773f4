//! From line to line: which section each belongs to.

use foldhash::HashSet;

use super::ledger_line;
use super::lines::{self, Line};
use super::names::{self, Kind, mentions};
use super::one_line::{Lead, cells, criterion, heading_content, heading_level, item, listed_task, title};
use super::section::Pending;
use super::state_marks::{self, Mark, MarkKind, WorkState};
use super::{BoardRow, Doc, Item, Outline, Reference};
use crate::model::parse::Span;
use crate::model::sort;

/// Reads a text: one pass over its lines.
pub fn parse(text: &str, doc: Doc) -> Outline {
    let mut parser = Parser::new(doc);
    let lines = lines::lines(text);
    let mut at = 0;
    let mut board_ends = true;
    while let Some(line) = lines.get(at) {
        at += 1;
        if board_ends && line.text[line.indent()..].starts_with(BOARD_START) {
            let end = lines[at..].iter().position(|line| line.text[line.indent()..].starts_with(BOARD_END));
            if let Some(length) = end {
                parser.board(&lines[at..at + length]);
                at += length + 1;
                continue;
            }
            // No further board ends either, and need not be looked for.
            board_ends = false;
        }
        parser.line(line);
    }
    parser.finish(text)
}

const BOARD_START: &str = "<!-- SW:BOARD -->";
const BOARD_END: &str = "<!-- /SW:BOARD -->";

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
        let indent = line.indent();
        if let Some(level) = heading_level(line.text, indent) {
            self.heading(line, indent, level);
        } else {
            self.text(line, indent);
        }
        self.last_end = line.start + line.trimmed().len();
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
        let is_note = |name: &Span| name.end == content.end && names::has_words_behind(&line.text[name.clone()]);
        if level > 1
            && let Some(name) = named(Kind::Task).filter(|name| !is_note(name))
        {
            self.finish_task();
            self.heading_task(line, level, &lead, name, content);
            return;
        }
        // In a list of tasks, people write parts of a task under headings of its own level; in spec.md, other chapters
        // stand beside tasks.
        let beside = self.doc == Doc::Spec;
        if self.task.as_ref().is_some_and(|task| level <= 2 || level < task.level + usize::from(beside)) {
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
            Some((WorkState::Done, Mark { kind: MarkKind::HeadingSign, span: line.span_of(&span) }))
        } else {
            state_marks::heading_sign(after).map(|sign| {
                let span = name.end + sign.start..name.end + sign.end;
                (WorkState::Done, Mark { kind: MarkKind::HeadingSign, span: line.span_of(&span) })
            })
        };
        let item = self.push(line, Kind::Task, level, name, content);
        self.outline.items[item].state = Some(WorkState::Open);
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
                && let Some(mut found) = ledger_line::state_line(line.text)
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
            task.section.end = line.start + line.trimmed().len();
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
            sort::by_key(&mut self.outline.items, |item| item.name.start);
        }
        without_repeats(text, &mut self.outline.items);
        self.outline
    }
}

/// A criterion without a box defines only what no other line defines.
fn without_repeats(text: &str, items: &mut Vec<Item>) {
    let is_bare = |item: &Item| item.kind == Kind::Criterion && item.state.is_none();
    if !items.iter().any(is_bare) {
        return;
    }
    let mut seen: HashSet<&str> = items
        .iter()
        .filter(|item| item.kind == Kind::Criterion && !is_bare(item))
        .map(|item| &text[item.name.clone()])
        .collect();
    items.retain(|item| !is_bare(item) || seen.insert(&text[item.name.clone()]));
}
