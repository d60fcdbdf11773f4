//! Small parts of sentences.

/// `1 increment`, `2 increments`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
