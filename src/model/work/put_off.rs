//! Tasks and criteria that were put off or given up on purpose, in the words that people use for it.

use crate::model::parse::Span;
use crate::model::parse::work::{Item, Kind};

const WORDS: [&str; 11] = [
    "canceled",
    "cancelled",
    "deferred",
    "descoped",
    "dropped",
    "not needed",
    "out of scope",
    "postponed",
    "superseded",
    "waived",
    "wontfix",
];

/// `(DEFERRED)`, `[DROPPED - …]`, `[ ] superseded by …`, `**Status**: deferred`, `- **Deferred**: …`, and the box `[D]`: on
/// the lines of the name and of the mark, and in all of a criterion. In the middle of a sentence the words mean nothing.
pub fn is_put_off(text: &str, item: &Item) -> bool {
    let mark = item.mark.as_ref().map(|mark| &mark.span);
    if mark.is_some_and(|mark| matches!(&text[mark.clone()], "[D]" | "[d]")) {
        return true;
    }
    let lines = if item.kind == Kind::Criterion {
        vec![item.section.clone()]
    } else {
        [Some(&item.name), mark].into_iter().flatten().map(|span| line(text, span)).collect()
    };
    lines.into_iter().any(|span| says_so(&text[span]))
}

fn line(text: &str, span: &Span) -> Span {
    let start = text[..span.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[span.end..].find(['\n', '\r']).map_or(text.len(), |length| span.end + length);
    start..end
}

fn says_so(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..bytes.len()).any(|at| {
        let leads = match bytes[at - 1] {
            b'(' | b'[' | b'*' => true,
            b' ' => [b": ".as_slice(), b"] ", b"** ", b"~ "].iter().any(|lead| bytes[..at].ends_with(lead)),
            _ => false,
        };
        leads && WORDS.iter().any(|word| begins_with(&text[at..], word))
    })
}

/// The word in any case, and not as the beginning of a longer one.
fn begins_with(text: &str, word: &str) -> bool {
    let Some((head, rest)) = text.split_at_checked(word.len()) else { return false };
    head.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse::work::{Doc, parse};

    #[test]
    fn what_people_write() {
        for (doc, text, expected) in [
            (Doc::Spec, "- [ ] **AC-US1-01**: (DEFERRED) a", true),
            (Doc::Spec, "- [~] **AC-US1-01** [DROPPED - dead code]: a", true),
            (Doc::Spec, "- **AC-US1-01**: [ ] superseded (by 0698) a", true),
            (Doc::Spec, "- [D] **AC-US1-01**: a", true),
            (Doc::Spec, "- [ ] **AC-US1-01**: a (deferred to future work)", true),
            (Doc::Spec, "- [ ] **AC-US1-01**: a deferred script is loaded", false),
            (Doc::Spec, "- [ ] **AC-US1-01**: Given cancelled orders, they are shown", false),
            (Doc::Spec, "- [~] **AC-US1-01**: a", false),
            (Doc::Tasks, "### T-001: a\n**Status**: deferred (V2)", true),
            (Doc::Tasks, "### T-001: a\n**Status**: [~] deferred to a later increment", true),
            (Doc::Tasks, "### T-001: a\n**Status**: [ ] pending (DEFERRED to 0044)", true),
            (Doc::Tasks, "### T-001: a (WAIVED)\n", true),
            (Doc::Tasks, "### T-001: a\n**Status**: [ ] pending\n\n**Dropped**: what came before", false),
        ] {
            let outline = parse(text, doc);
            let [item] = outline.items.as_slice() else { panic!("{text}: {:?}", outline.items) };
            assert_eq!(is_put_off(text, item), expected, "{text}");
        }
    }
}
