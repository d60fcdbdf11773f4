//! What a line says about how far a task or criterion is: its box, its status, the signs on its heading.

use crate::model::parse::text::{self, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkState {
    Open,
    Done,
    /// `[~]`, or another sign that is no tick: begun, put off. Still open work.
    Partial,
    /// `[-]`: will not be done.
    Skipped,
}

/// What tells the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// `[ ]` in front of the name: `- [ ] **AC-01**`, `### [ ] T-001`.
    Box,
    /// `- **AC-01**: [ ] …`: the box behind the name.
    InlineBox,
    /// `**Status**: [ ] pending`; the span is the box with the word.
    StatusBox,
    /// `**Status**: ✅ Completed`
    StatusWord,
    /// `**Completed**: 2025-11-20`
    CompletedLine,
    /// `## ✅ T-001`, `### T-001 … ✅ COMPLETE`
    HeadingSign,
    /// `- [x] done by A TIME — text`
    StateLine,
    /// Every box of the section is ticked, and no line tells a status.
    Boxes,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub kind: MarkKind,
    pub span: Span,
}

/// `[x]`: the brackets and what they hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub state: WorkState,
    pub end: usize,
}

/// The box at the start of `text`.
pub(super) fn tick(text: &str) -> Option<Tick> {
    let rest = text.strip_prefix('[')?;
    // Longer than a box with its spaces is a link or a word.
    let close = rest.as_bytes().iter().take(8).position(|byte| *byte == b']')?;
    let inside = rest[..close].trim();
    let mut chars = inside.chars();
    let state = match (chars.next(), chars.as_str().trim_start_matches('\u{fe0f}')) {
        (None, _) => WorkState::Open,
        (Some('x' | 'X'), "") => WorkState::Done,
        (Some(c), "") if is_check(c) => WorkState::Done,
        (Some('-'), "") => WorkState::Skipped,
        (Some(_), "") => WorkState::Partial,
        _ => return None,
    };
    // `[1](…)` and `[x](…)` are links.
    (!rest[close + 1..].starts_with(['(', '['])).then_some(Tick { state, end: close + 2 })
}

pub(super) fn is_check(c: char) -> bool {
    matches!(c, '✅' | '☑' | '✔' | '✓')
}

/// `text` behind the marker of a list item, and the marker's length.
pub(super) fn list_item(text: &str) -> Option<usize> {
    let marker = match text.as_bytes() {
        [b'-' | b'*' | b'+', ..] => 1,
        bytes => {
            let digits = bytes.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 || !matches!(bytes.get(digits), Some(b'.' | b')')) {
                return None;
            }
            digits + 1
        }
    };
    let gap = text.bytes().skip(marker).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (gap > 0).then_some(marker + gap)
}

/// What one of a task's lines tells.
#[derive(Debug, PartialEq)]
pub(super) enum MarkSaid {
    Statement(WorkState, Mark),
    /// The criteria that the task is for.
    Criteria(Span),
}

/// Each field of a line that tells something: `**Status**: …`, `**Completed**: …`, `**Satisfies ACs**: …`,
/// `- AC: … | Files: … | Test: …`. Spans are those in the line.
pub(super) fn fields(line: &str, mut say: impl FnMut(MarkSaid)) {
    let lead = lead(line);
    if let Some((label, value)) = plain_label(&line[lead..]) {
        // Only the form of SpecWeave 2 has labels without bold.
        if label.eq_ignore_ascii_case("ac") {
            say(MarkSaid::Criteria(value_span(line, lead + value..line.len())));
        }
        return;
    }
    // The field whose value has begun: the next field, or the end of the line, ends it.
    let mut begun: Option<(MarkField, usize)> = None;
    let mut end = |begun: Option<(MarkField, usize)>, end: usize| {
        let Some((field, start)) = begun else { return };
        let span = value_span(line, start..end);
        match field {
            MarkField::Status => {
                if let Some((state, mark)) = status(line, span) {
                    say(MarkSaid::Statement(state, mark));
                }
            }
            MarkField::Completed if says_when(&line[span.clone()]) => {
                say(MarkSaid::Statement(WorkState::Done, Mark { kind: MarkKind::CompletedLine, span }));
            }
            MarkField::Criteria => say(MarkSaid::Criteria(span)),
            MarkField::Completed | MarkField::Other => {}
        }
    };
    let (mut at, mut in_code) = (0, false);
    while let Some(found) = stars(&line[at..]) {
        let start = at + found;
        in_code ^= line[at..start].bytes().filter(|byte| *byte == b'`').count() % 2 == 1;
        at = start + 2;
        let Some((label, value)) = bold_label(&line[at..]).filter(|_| !in_code) else { continue };
        end(begun.take(), start);
        // A test's text is its own: it may hold whatever a shell or a sentence holds.
        if label.eq_ignore_ascii_case("test") {
            return;
        }
        at += value;
        begun = Some((MarkField::named(label), at));
    }
    end(begun, line.len());
}

/// The labels under which people and templates name the criteria of a task.
const CRITERIA: &[&str] = &[
    "ac",
    "acs",
    "ac-id",
    "ac-ids",
    "satisfies",
    "satisfies ac",
    "satisfies acs",
    "linked acs",
    "acceptance criteria",
];

#[derive(Clone, Copy)]
enum MarkField {
    Status,
    Completed,
    Criteria,
    Other,
}

impl MarkField {
    fn named(label: &str) -> MarkField {
        let is = |words: &[&str]| words.iter().any(|word| label.eq_ignore_ascii_case(word));
        if is(&["status"]) {
            MarkField::Status
        } else if is(&["completed"]) {
            MarkField::Completed
        } else if is(CRITERIA) {
            MarkField::Criteria
        } else {
            MarkField::Other
        }
    }
}

/// Where `**` stands.
fn stars(text: &str) -> Option<usize> {
    memchr::memchr_iter(b'*', text.as_bytes()).find(|at| text.as_bytes().get(at + 1) == Some(&b'*'))
}

fn lead(line: &str) -> usize {
    let indent = line.len() - text::trim_start(line).len();
    indent + list_item(&line[indent..]).unwrap_or(0)
}

/// `AC: …`
fn plain_label(text: &str) -> Option<(&str, usize)> {
    let label = &text[..text.bytes().take(13).position(|byte| byte == b':')?];
    label.bytes().all(|byte| byte.is_ascii_alphabetic()).then_some((label, label.len() + 1))
}

/// `Status**: …` or `Status:** …`, behind the first two stars: the label, and where the value starts.
fn bold_label(text: &str) -> Option<(&str, usize)> {
    let end = text.as_bytes().iter().take(24).position(|byte| matches!(byte, b'*' | b':'))?;
    let label = text[..end].trim();
    let (rest, closed) = match text[end..].strip_prefix("**") {
        Some(rest) => (rest.trim_start().strip_prefix(':')?, true),
        None => (text[end..].strip_prefix(':')?, false),
    };
    let rest = if closed { rest } else { rest.trim_start().strip_prefix("**")? };
    Some((label, text.len() - rest.len()))
}

/// The value within `rest` of the line: up to a separator, without the spaces around it.
fn value_span(line: &str, rest: Span) -> Span {
    let start = rest.start;
    let rest = &line[rest];
    let end = [rest.find('|'), rest.find('•')].into_iter().flatten().min();
    let value = text::trim_end(&rest[..end.unwrap_or(rest.len())]);
    let lead = value.len() - text::trim_start(value).len();
    start + lead..start + value.len()
}

const DONE: &[&str] = &["completed", "complete", "done", "finished"];
const OPEN: &[&str] = &["not started", "in progress", "in-progress", "pending", "planned", "to do", "todo", "open"];
const SKIPPED: &[&str] = &["skipped", "cancelled", "canceled", "dropped"];
/// What a tick beside them makes done.
const DONE_WITH_SIGN: &[&str] = &["implemented", "merged", "shipped", "deployed", "fixed", "resolved", "verified"];

/// The value of `**Status**:`; an empty one tells nothing (its boxes follow as a list).
fn status(line: &str, span: Span) -> Option<(WorkState, Mark)> {
    let value = &line[span.clone()];
    if let Some(tick) = tick(value) {
        let rest = &value[tick.end..];
        let gap = rest.len() - rest.trim_start().len();
        let word = [DONE, OPEN].iter().find_map(|words| leading_word(&rest[gap..], words));
        let end = span.start + tick.end + word.map_or(0, |length| gap + length);
        return Some((tick.state, Mark { kind: MarkKind::StatusBox, span: span.start..end }));
    }
    let words = value.trim_start_matches(|c: char| !c.is_alphanumeric());
    let lead = value.len() - words.len();
    let checked = value[..lead].contains(is_check);
    let found = |list: &[&str]| leading_word(words, list);
    let (state, length) = if let Some(length) = found(DONE) {
        (WorkState::Done, length)
    } else if let Some(length) = found(SKIPPED) {
        (WorkState::Skipped, length)
    } else if checked && (words.is_empty() || found(DONE_WITH_SIGN).is_some()) {
        (WorkState::Done, found(DONE_WITH_SIGN).unwrap_or(0))
    } else {
        (WorkState::Open, found(OPEN).unwrap_or(words.len()))
    };
    let end = span.start + lead + length;
    (!value.is_empty()).then_some((state, Mark { kind: MarkKind::StatusWord, span: span.start..end }))
}

/// The length of the first of `words` that `text` starts with, in any case.
fn leading_word(text: &str, words: &[&str]) -> Option<usize> {
    let starts = |word: &&&str| {
        text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !text[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_')
    };
    words.iter().find(starts).map(|word| word.len())
}

pub(super) fn is_done_word(text: &str) -> bool {
    leading_word(text, DONE).is_some()
}

pub(super) fn is_open_word(text: &str) -> bool {
    leading_word(text, OPEN).is_some()
}

/// A date, or a word that stands for one: not `no`, not `-`.
fn says_when(value: &str) -> bool {
    let words = value.trim_matches(|c: char| !c.is_alphanumeric());
    let no = ["no", "n/a", "na", "none", "tbd", "false", "pending", "not", "x"];
    match tick(value) {
        Some(tick) => tick.state == WorkState::Done,
        None => {
            let signs_alone = words.is_empty() && !value.contains(is_check);
            !signs_alone && leading_word(words, &no).is_none()
        }
    }
}

/// What a heading says behind the name of its task: `… ✅`, `… ✅ COMPLETE`, `… [COMPLETED]`, `… - DONE`; the span is the
/// sign with what follows it.
pub(super) fn heading_sign(title: &str) -> Option<Span> {
    let text = title.trim_end();
    if let Some(at) = text.rfind(is_check) {
        let sign = text[at..].chars().next().map_or(0, char::len_utf8);
        let after = text[at + sign..].trim_matches(|c: char| !c.is_alphanumeric());
        if after.is_empty() || is_done_word(after) && after.len() <= "completed".len() {
            return Some(at..text.len());
        }
    }
    let open = text.rfind(['[', '(']).filter(|_| text.ends_with([']', ')']))?;
    let inside = text[open + 1..text.len() - 1].trim();
    let ticked = tick(&text[open..]).is_some_and(|tick| tick.state == WorkState::Done);
    let told = ticked || DONE.iter().any(|word| inside.eq_ignore_ascii_case(word));
    told.then_some(open..text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Vec<(WorkState, MarkKind, &str)> {
        let mut all = Vec::new();
        fields(line, |said| {
            if let MarkSaid::Statement(state, mark) = said {
                all.push((state, mark.kind, &line[mark.span]));
            }
        });
        all
    }

    #[test]
    fn boxes() {
        for (text, state) in [
            ("[ ]", Some(WorkState::Open)),
            ("[]", Some(WorkState::Open)),
            ("[x] a", Some(WorkState::Done)),
            ("[X]", Some(WorkState::Done)),
            ("[ x ]", Some(WorkState::Done)),
            ("[✅]", Some(WorkState::Done)),
            ("[✔\u{fe0f}]", Some(WorkState::Done)),
            ("[~]", Some(WorkState::Partial)),
            ("[D]", Some(WorkState::Partial)),
            ("[é]", Some(WorkState::Partial)),
            ("[-]", Some(WorkState::Skipped)),
            ("[P1] a", None),
            ("[x](link)", None),
            ("[ab]", None),
            ("[", None),
            ("[éééééééé]", None),
        ] {
            assert_eq!(tick(text).map(|tick| tick.state), state, "{text}");
        }
    }

    #[test]
    fn statuses() {
        use MarkKind::{CompletedLine, StatusBox, StatusWord};
        use WorkState::{Done, Open, Partial, Skipped};
        for (line, expected) in [
            ("**Status**: [x] completed", vec![(Done, StatusBox, "[x] completed")]),
            (
                "**User Story**: US-001 | **Status**: [ ] Not Started | **AC**: AC-01",
                vec![(Open, StatusBox, "[ ] Not Started")],
            ),
            ("**Status:** [x]", vec![(Done, StatusBox, "[x]")]),
            ("- **status**: [X] superseded — later", vec![(Done, StatusBox, "[X]")]),
            ("**STATUS** : Completed", vec![(Done, StatusWord, "Completed")]),
            ("**Status**: ✅ Complete (2025)", vec![(Done, StatusWord, "✅ Complete")]),
            ("**Status**: ✅", vec![(Done, StatusWord, "✅")]),
            ("**Status**: ✅ **COMPLETED** - all", vec![(Done, StatusWord, "✅ **COMPLETED")]),
            ("**Status**: ✅ Ready to start", vec![(Open, StatusWord, "✅ Ready to start")]),
            ("**Status**: Completely new", vec![(Open, StatusWord, "Completely new")]),
            ("**Status**: 6/10 complete", vec![(Open, StatusWord, "6/10 complete")]),
            ("**Status**: ⏳ In Progress", vec![(Open, StatusWord, "⏳ In Progress")]),
            ("**Status**: [~] deferred", vec![(Partial, StatusBox, "[~]")]),
            ("**Status**: [-] pending", vec![(Skipped, StatusBox, "[-] pending")]),
            ("**Status**: Skipped (no need)", vec![(Skipped, StatusWord, "Skipped")]),
            ("**Status**:", vec![]),
            ("- Parse `**Status**: [x] completed` lines", vec![]),
            ("**Status Preservation**: done", vec![]),
            ("**Test**: Given **Status**: [x] done", vec![]),
            ("- AC: AC-01 | Files: a | Test: grep '**Status**: [x]'", vec![]),
            ("**Completed**: 2025-11-20", vec![(Done, CompletedLine, "2025-11-20")]),
            ("**completed:** yes", vec![(Done, CompletedLine, "yes")]),
            ("**Completed**: no", vec![]),
            ("**Completed**: -", vec![]),
            ("**Completed**: [ ]", vec![]),
            ("**Completed**:", vec![]),
        ] {
            assert_eq!(said(line), expected, "{line}");
        }
    }

    #[test]
    fn signs_on_headings() {
        for (title, sign) in [
            ("Log in ✅", Some("✅")),
            ("Log in ✅ COMPLETE", Some("✅ COMPLETE")),
            ("Log in ✅ [COMPLETED]", Some("✅ [COMPLETED]")),
            ("Log in [Done]", Some("[Done]")),
            ("Log in (completed)", Some("(completed)")),
            ("Log in [x]", Some("[x]")),
            ("Show ✅ for each healthy row", None),
            ("Final Test - Complete Increment", None),
            ("Complete Documentation", None),
            ("Migrate (P0)", None),
            ("Say ✅ done and dusted", None),
        ] {
            assert_eq!(heading_sign(title).map(|span| &title[span]), sign, "{title}");
        }
    }
}
