//! One edit of a file's bytes.

use crate::model::parse::Span;

/// Replace the bytes of `span` with `text`.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

impl Edit {
    pub fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        changed.splice(self.span.clone(), self.text.bytes());
        changed
    }

    pub fn apply_to_text(&self, text: &str) -> String {
        let mut changed = text.to_owned();
        changed.replace_range(self.span.clone(), &self.text);
        changed
    }
}

/// The smallest single edit that makes `after` of `before`.
pub fn between(before: &str, after: &str) -> Option<Edit> {
    if before == after {
        return None;
    }
    let prefix = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let prefix = before.floor_char_boundary(prefix).min(after.floor_char_boundary(prefix));
    let (rest_before, rest_after) = (&before[prefix..], &after[prefix..]);
    let suffix = rest_before.bytes().rev().zip(rest_after.bytes().rev()).take_while(|(a, b)| a == b).count();
    let end = before.ceil_char_boundary(before.len() - suffix);
    let kept = before.len() - end;
    Some(Edit { span: prefix..end, text: after[prefix..after.len() - kept].to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_edit_keeps_characters_whole() {
        let edit = |before: &str, after: &str| between(before, after).map(|edit| (edit.span, edit.text));
        assert_eq!(edit("aé", "aè"), Some((1..3, "è".to_owned())));
        assert_eq!(edit("xéy", "xũy"), Some((1..3, "ũ".to_owned())), "their last bytes are the same");
        assert_eq!(edit("abcd", "axd"), Some((1..3, "x".to_owned())));
        assert_eq!(edit("abc", "ac"), Some((1..2, String::new())));
        assert_eq!(edit("", "é"), Some((0..0, "é".to_owned())));
        assert_eq!(edit("aa", "aaa"), Some((2..2, "a".to_owned())));
        assert_eq!(edit("abc", "abc"), None);
    }
}
