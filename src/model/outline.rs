//! What spec.md and tasks.md are made of: stories, acceptance criteria, tasks; and where a text mentions one of them or
//! an increment.

use crate::model::parse::Span;
use crate::model::{increment, progress};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `### US-001: …`
    Story,
    /// `- [x] **AC-US1-01**: …`
    Criterion,
    /// `### T-001: …`
    Task,
    /// `0047-name`: never an item of a text, only mentioned.
    Increment,
}

/// One of them where it is defined.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub kind: Kind,
    pub name: Span,
    pub title: Span,
    /// From its first line to where the next one begins that it does not hold.
    pub section: Span,
    /// Stories are not ticked off by themselves.
    pub done: Option<bool>,
}

/// The items of a text, in their order. A criterion lies in the story whose section it is in.
pub fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    // The items whose section is not over yet, with the level of their heading.
    let mut open: Vec<(usize, usize)> = Vec::new();
    // The task that a line may still tick off.
    let mut task = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let content = line.trim_end();
        let level = content.bytes().take_while(|byte| *byte == b'#').count();
        let heading = level > 0 && content[level..].starts_with(' ');
        if heading {
            while open.last().is_some_and(|(open_level, _)| *open_level >= level) {
                open.pop();
            }
        }
        let found = if progress::is_task_heading(content) {
            Some((Kind::Task, Some(false), level.max(1)))
        } else if heading && content[level..].trim_start().starts_with("US-") {
            Some((Kind::Story, None, level))
        } else {
            progress::criterion(content).map(|done| (Kind::Criterion, Some(done), usize::MAX))
        };
        if let Some((kind, done, level)) = found
            && let Some(name) = first_name(content, kind)
        {
            let after = &content[name.end..];
            let title = name.end + (after.len() - after.trim_start_matches(['*', ':', ' ', '-', '—']).len());
            let shift = |span: Span| start + span.start..start + span.end;
            items.push(Item {
                kind,
                name: shift(name),
                title: shift(title..content.len()),
                section: start..start + content.len(),
                done,
            });
            if kind != Kind::Criterion {
                open.push((level, items.len() - 1));
            }
        }
        // The same rule as for the counts, so that a list of tasks and `3/4 tasks` never part.
        if let Some(Kind::Task) = found.map(|(kind, ..)| kind) {
            task = Some(items.len() - 1);
        } else if let Some(task) = task.take_if(|_| progress::says_done(content)) {
            items[task].done = Some(true);
        } else if progress::ends_task(content) {
            task = None;
        }
        if !content.is_empty() {
            open.iter().for_each(|(_, at)| items[*at].section.end = start + content.len());
        }
        start = end;
    }
    items
}

fn first_name(line: &str, kind: Kind) -> Option<Span> {
    mentions(line).find(|(found, _)| *found == kind).map(|(_, span)| span)
}

/// Every word of a text that names a story, a criterion, a task or an increment.
pub fn mentions(text: &str) -> impl Iterator<Item = (Kind, Span)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at + text[at..].find(is_word)?;
            let end = text[start..].find(|c| !is_word(c)).map_or(text.len(), |length| start + length);
            at = end;
            // A name at the end of a sentence, or with a dash behind it.
            let word = text[start..end].trim_end_matches(['-', '_']);
            if let Some(kind) = kind_of(word) {
                return Some((kind, start..start + word.len()));
            }
        }
        None
    })
}

/// What is named at byte `offset`, its end included: there a cursor behind the word stands.
pub fn mention_at(text: &str, offset: usize) -> Option<(Kind, Span)> {
    let offset = text.floor_char_boundary(offset);
    let start = text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[offset..].find(['\n', '\r']).map_or(text.len(), |length| offset + length);
    let found = mentions(&text[start..end]).find(|(_, span)| (span.start..=span.end).contains(&(offset - start)));
    found.map(|(kind, span)| (kind, start + span.start..start + span.end))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn kind_of(word: &str) -> Option<Kind> {
    let digits = |rest: &str| rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    if word.strip_prefix("AC-").is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_digit())) {
        Some(Kind::Criterion)
    } else if word.strip_prefix("US-").is_some_and(digits) {
        Some(Kind::Story)
    } else if word.strip_prefix("T-").is_some_and(digits) {
        Some(Kind::Task)
    } else {
        increment::number(word).map(|_| Kind::Increment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |item: &Item| {
            let lines = text[item.section.clone()].lines().count();
            format!(
                "{:?} {} {:?} {} lines {:?}",
                item.kind,
                &text[item.name.clone()],
                &text[item.title.clone()],
                lines,
                item.done
            )
        };
        items(text).iter().map(show).collect()
    }

    #[test]
    fn stories_hold_criteria() {
        let text = "# Title\n\n### US-001: Log in\n\n- [x] **AC-US1-01**: a\r\n- [ ] **AC-US1-02** b\n\n## Scope\n### US-002\n";
        assert_eq!(
            shown(text),
            [
                "Story US-001 \"Log in\" 4 lines None",
                "Criterion AC-US1-01 \"a\" 1 lines Some(true)",
                "Criterion AC-US1-02 \"b\" 1 lines Some(false)",
                "Story US-002 \"\" 1 lines None",
            ]
        );
    }

    #[test]
    fn tasks_agree_with_the_counts() {
        let text = "## Phase\n### T-001: a\n**Satisfies ACs**: AC-US1-01 | **Status**: [x] done\n\n### T-002: b\n\n## T-003\n[x] it\n";
        assert_eq!(
            shown(text),
            [
                "Task T-001 \"a\" 2 lines Some(true)",
                "Task T-002 \"b\" 1 lines Some(false)",
                "Task T-003 \"\" 2 lines Some(true)"
            ]
        );
        let done = items(text).iter().filter(|item| item.done == Some(true)).count();
        assert_eq!(done, progress::tasks_of(text).done);
    }

    #[test]
    fn what_is_named() {
        let text = "See 0047-us-task-linkage, AC-US1-01/AC-US1-02 and T-001 (US-003). Not AC-, T-x, 0047 or a-0047-b.";
        let named: Vec<&str> = mentions(text).map(|(_, span)| &text[span]).collect();
        assert_eq!(named, ["0047-us-task-linkage", "AC-US1-01", "AC-US1-02", "T-001", "US-003"]);
        assert_eq!(mention_at(text, 5), Some((Kind::Increment, 4..24)));
        assert_eq!(mention_at(text, 24), Some((Kind::Increment, 4..24)), "behind the word");
        assert_eq!(mention_at(text, 1), None);
    }
}
