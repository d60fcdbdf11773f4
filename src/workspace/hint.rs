//! Errors that know what the user can do next. In: an error. Out: the hint alone, or all of it as sentences.

use std::error::Error;

/// The error's own text says what happened to which file, without a full stop; the hint says what to do.
pub trait Hint: Error {
    fn hint(&self) -> Option<String> {
        None
    }

    /// Both as sentences, for a message box or a line of a log.
    fn sentences(&self) -> String {
        let text = sentence(&self.to_string());
        match self.hint() {
            Some(hint) => format!("{text} {}", sentence(&hint)),
            None => text,
        }
    }
}

/// With a capital letter, unless it begins with a name, and one full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let stop = if text.ends_with('?') { "" } else { "." };
    let word = text.split(' ').next().unwrap_or_default();
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    match text.get(..1).filter(|_| is_word) {
        Some(first) => format!("{}{}{stop}", first.to_ascii_uppercase(), &text[1..]),
        None => format!("{text}{stop}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_they_are() {
        assert_eq!(sentence("cannot write /x: it is full."), "Cannot write /x: it is full.");
        assert_eq!(sentence("spec.md of 0001-a is read-only"), "spec.md of 0001-a is read-only.");
        assert_eq!(sentence("`x` is no status"), "`x` is no status.");
        assert_eq!(sentence(""), ".");
    }
}
