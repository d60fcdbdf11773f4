//! What one line is by itself: a heading, a criterion, a listed task, the row of a table.

use super::Item;
use super::lines::Line;
use super::names::{self, Kind};
use super::state_marks::{self, Mark, MarkKind, WorkState};
use crate::model::parse::Span;

pub(super) fn item(kind: Kind, line: &Line<'_>, name: Span, title: Span) -> Item {
    Item {
        kind,
        name: line.span_of(&name),
        title: line.span_of(&title),
        section: line.start..line.start + line.trimmed().len(),
        level: 0,
        state: None,
        mark: None,
        references: Vec::new(),
        state_line: None,
        has_fields: false,
        in_tasks: false,
    }
}

/// One to six `#`, and a space behind them.
pub(super) fn heading_level(line: &str, indent: usize) -> Option<usize> {
    if indent > 3 {
        return None;
    }
    let text = &line[indent..];
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let ends = text[level..].is_empty() || text[level..].starts_with([' ', '\t']);
    ((1..=6).contains(&level) && ends).then_some(level)
}

/// What the heading says, without the `#` that may close it.
pub(super) fn heading_content(line: &str, start: usize) -> Span {
    let text = line[start..].trim_end();
    let bare = text.trim_end_matches('#');
    let text = if bare.is_empty() || bare.ends_with([' ', '\t']) { bare.trim_end() } else { text };
    let start = start + (text.len() - text.trim_start().len());
    start..start + text.trim_start().len()
}

/// What stands between the start of a line's words and a name: a box, a sign, the marks of bold text.
#[derive(Default)]
pub(super) struct Lead {
    pub length: usize,
    pub tick: Option<(WorkState, Span)>,
    pub sign: Option<Span>,
}

impl Lead {
    pub fn read(text: &str) -> Lead {
        let mut lead = Lead::default();
        loop {
            let rest = &text[lead.length..];
            let Some(c) = rest.chars().next() else { return lead };
            let end = lead.length + c.len_utf8();
            if c == '['
                && lead.tick.is_none()
                && let Some(tick) = state_marks::tick(rest)
            {
                lead.tick = Some((tick.state, lead.length..lead.length + tick.end));
                lead.length += tick.end;
                continue;
            }
            if state_marks::is_check(c) {
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
pub(super) fn title(line: &str, after: Span) -> Span {
    let text = &line[after.clone()];
    let start = text.trim_start_matches(['*', ':', ' ', '\t', '-', '—', '–', '_', '`', '~', ']']);
    let end = start.trim_end().trim_end_matches('*').trim_end();
    let from = after.start + (text.len() - start.len());
    from..from + end.len()
}

/// A criterion on a line of its own: with a box before its name or behind it, or with none.
pub(super) fn criterion(line: &Line<'_>, indent: usize) -> Option<Item> {
    let content = &line.text[indent..];
    let bullet = state_marks::list_item(content);
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
        Some((_, after)) if state_marks::tick(after.trim_start_matches(['*', ':', ' ', '\t'])).is_some() => {
            after.trim_start_matches(['*', ':', ' ', '\t'])
        }
        _ => between,
    };
    let end = name.end + rest.len();
    let box_at = end - between.len();
    if let Some(tick) = state_marks::tick(between) {
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
pub(super) fn listed_task(line: &Line<'_>, indent: usize) -> Option<Item> {
    let content = &line.text[indent..];
    let start = indent + state_marks::list_item(content)?;
    let lead = Lead::read(&line.text[start..]);
    let (state, span) = lead.tick?;
    let at = start + lead.length;
    let name = at..at + names::leading(&line.text[at..], Kind::Task)?;
    let end = line.trimmed().len();
    let mut found = item(Kind::Task, line, name.clone(), title(line.text, name.end..end));
    found.state = Some(state);
    let span = start + span.start..start + span.end;
    found.mark = Some(Mark { kind: MarkKind::Box, span: line.span_of(&span) });
    Some(found)
}

/// The cells of a table's row, without the spaces around them.
pub(super) fn cells(line: &str) -> impl Iterator<Item = Span> + '_ {
    let mut at = line.find('|').map_or(line.len(), |at| at + 1);
    std::iter::from_fn(move || {
        let end = at + line[at..].find('|')?;
        let cell = &line[at..end];
        let start = at + (cell.len() - cell.trim_start().len());
        at = end + 1;
        Some(start..start + cell.trim().len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_one_to_six_marks_and_at_most_three_spaces_before() {
        for (line, indent, level) in [
            ("### Three", 0, Some(3)),
            ("   # One", 3, Some(1)),
            ("    # Code", 4, None),
            ("     # Code", 5, None),
            ("######", 0, Some(6)),
            ("####### Seven", 0, None),
            ("#tag", 0, None),
            ("", 0, None),
        ] {
            assert_eq!(heading_level(line, indent), level, "{line}");
        }
    }
}
