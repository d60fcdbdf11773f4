//! The names of stories, criteria, tasks and increments, and where a text mentions one.

use crate::model::increment_number;
use crate::model::parse::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// Every word of a text that names a story, a criterion, a task or an increment.
pub fn mentions(text: &str) -> impl Iterator<Item = (Kind, Span)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at + text[at..].bytes().position(is_word)?;
            let end = start + word_length(&text[start..]);
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

/// The name that `text` starts with, if it is one of this kind: its length.
pub(super) fn leading(text: &str, kind: Kind) -> Option<usize> {
    // Asked of each line, and three words of four do not even start like one.
    if !text.bytes().next().is_some_and(|first| may_start(kind, first)) {
        return None;
    }
    let word = text[..word_length(text)].trim_end_matches(['-', '_']);
    is_of(kind, word).then_some(word.len())
}

/// `T-004-NOTE`: words behind the number. With a title it is a task of its own; alone it says something about `T-004`.
pub(super) fn has_words_behind(name: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    name.rsplit_once('-').is_some_and(|(before, last)| is_word(last) && before.ends_with(|c: char| c.is_ascii_digit()))
}

fn word_length(text: &str) -> usize {
    text.bytes().position(|byte| !is_word(byte)).unwrap_or(text.len())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn kind_of(word: &str) -> Option<Kind> {
    [Kind::Criterion, Kind::Story, Kind::Task, Kind::Increment].into_iter().find(|kind| is_of(*kind, word))
}

/// The word is a name of this kind; no word is one of two kinds.
fn is_of(kind: Kind, word: &str) -> bool {
    match kind {
        Kind::Criterion => word.strip_prefix("AC-").is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_digit())),
        Kind::Story => word.strip_prefix("US-").is_some_and(is_numbered),
        Kind::Task => word.strip_prefix("T-").is_some_and(is_numbered) || is_task_without_dash(word),
        Kind::Increment => increment_number::of(word).is_some(),
    }
}

fn may_start(kind: Kind, first: u8) -> bool {
    match kind {
        Kind::Criterion => first == b'A',
        Kind::Story => first == b'U',
        Kind::Task => first == b'T',
        Kind::Increment => first.is_ascii_digit(),
    }
}

/// `001`, `01a`, `A-01`, `MANUAL-1`, `001-DISCIPLINE`: a number, perhaps behind words in capitals.
fn is_numbered(rest: &str) -> bool {
    for part in rest.split('-') {
        if part.starts_with(|c: char| c.is_ascii_digit()) {
            return true;
        }
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return false;
        }
    }
    false
}

/// `T001`, with the three digits or more that no other word of this shape has.
fn is_task_without_dash(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('T') else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits >= 3 && (rest.len() == digits || rest.len() == digits + 1 && rest.as_bytes()[digits].is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named() {
        let text = "See 0047-us-task-linkage, AC-US1-01/AC-US1-02 and T-001 (US-003). Not AC-, T-x, 0047 or a-0047-b.";
        let named: Vec<&str> = mentions(text).map(|(_, span)| &text[span]).collect();
        assert_eq!(named, ["0047-us-task-linkage", "AC-US1-01", "AC-US1-02", "T-001", "US-003"]);
        assert_eq!(mention_at(text, 5), Some((Kind::Increment, 4..24)));
        assert_eq!(mention_at(text, 24), Some((Kind::Increment, 4..24)), "behind the word");
        assert_eq!(mention_at(text, 1), None);
    }

    #[test]
    fn every_form_of_a_name() {
        for (word, kind) in [
            ("T-001", Some(Kind::Task)),
            ("T-01", Some(Kind::Task)),
            ("T-1", Some(Kind::Task)),
            ("T-01a", Some(Kind::Task)),
            ("T-001E", Some(Kind::Task)),
            ("T-A-01", Some(Kind::Task)),
            ("T-P-001", Some(Kind::Task)),
            ("T-MANUAL-1", Some(Kind::Task)),
            ("T-001-DISCIPLINE", Some(Kind::Task)),
            ("T001", Some(Kind::Task)),
            ("T001a", Some(Kind::Task)),
            ("T80", None),
            ("T-VER", None),
            ("T-shirt-2", None),
            ("T-Mobile-5", None),
            ("T--1", None),
            ("AC-01", Some(Kind::Criterion)),
            ("AC-US1-01", Some(Kind::Criterion)),
            ("AC-US12a-01b", Some(Kind::Criterion)),
            ("AC-REL-01", Some(Kind::Criterion)),
            ("AC-ID", None),
            ("US-001", Some(Kind::Story)),
            ("US-001E", Some(Kind::Story)),
            ("US-VSK-001", Some(Kind::Story)),
            ("US-based", None),
            ("0043G-name", Some(Kind::Increment)),
        ] {
            assert_eq!(mentions(word).next().map(|(kind, _)| kind), kind, "{word}");
        }
    }

    #[test]
    fn a_cursor_inside_a_character_names_what_is_before_it() {
        assert_eq!(mention_at("T-01é", 5), Some((Kind::Task, 0..4)));
        assert_eq!(mention_at("é\r\nT-01\r\n", 6), Some((Kind::Task, 4..8)));
        assert_eq!(mention_at("T-01", 99), Some((Kind::Task, 0..4)));
    }

    #[test]
    fn a_task_may_be_named_without_a_dash() {
        for (word, is) in [
            ("T001", true),
            ("T1234", true),
            ("T001a", true),
            ("T001A", false),
            ("T001ab", false),
            ("T01", false),
            ("X001", false),
        ] {
            assert_eq!(is_task_without_dash(word), is, "{word}");
        }
    }
}
