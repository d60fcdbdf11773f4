//! Which criteria spec.md knows: those it defines, and those it names in passing. A task that names one of the second
//! kind points somewhere, if not to a line with a box.

use foldhash::HashSet;

use crate::model::parse::Span;
use crate::model::parse::work::{Kind, mentions};
use crate::model::work::joined::Joined;

pub struct Known<'a> {
    names: HashSet<&'a str>,
    /// `AC-US1-01 through AC-US1-04`: the text before the number, its first and its last.
    ranges: Vec<(&'a str, u32, u32)>,
}

impl<'a> Known<'a> {
    /// None where spec.md has no criteria: they are kept elsewhere then, and no name can be looked up.
    pub fn of(joined: &Joined<'a>) -> Option<Known<'a>> {
        if joined.criteria.is_empty() {
            return None;
        }
        let mut known = Known { names: HashSet::default(), ranges: Vec::new() };
        let text = joined.spec_text;
        let mut tasks = joined.work.spec.of(Kind::Task).map(|task| &task.section).peekable();
        let mut before: Option<Span> = None;
        for (_, span) in mentions(text).filter(|(kind, _)| *kind == Kind::Criterion) {
            while tasks.next_if(|section| section.end <= span.start).is_some() {}
            // What a task names is what is asked about.
            if tasks.peek().is_some_and(|section| section.contains(&span.start)) {
                continue;
            }
            let name = &text[span.clone()];
            known.names.insert(name);
            if let Some(first) = before.filter(|before| is_range(&text[before.end..span.start]))
                && let (Some((stem, first)), Some((other, last))) = (numbered(&text[first]), numbered(name))
                && stem == other
            {
                known.ranges.push((stem, first, last));
            }
            // `AC-US1-01..04`
            if let Some(rest) = text[span.end..].strip_prefix("..")
                && let Some((stem, first)) = numbered(name)
                && let digits = rest.bytes().take_while(u8::is_ascii_digit).count()
                && let Ok(last) = rest[..digits].parse()
            {
                known.ranges.push((stem, first, last));
            }
            before = Some(span);
        }
        Some(known)
    }

    pub fn holds(&self, name: &str) -> bool {
        self.names.contains(name)
            || numbered(name).is_some_and(|(stem, number)| {
                self.ranges.iter().any(|(other, first, last)| stem == *other && (*first..=*last).contains(&number))
            })
    }
}

fn is_range(between: &str) -> bool {
    let words = between.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '`'));
    !between.contains('\n') && ["through", "to", "..", "...", "…", "–", "—", "-", "→"].contains(&words)
}

/// `AC-US1-04` is the fourth of `AC-US1-`.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name[stem.len()..].parse().ok().map(|number| (stem, number))
}
