//! A value of any length and content -> as a message shows it.

/// A value for a message: line breaks shown, and cut where it would drown the rest.
pub fn one_line(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(60)
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_on_one_line_and_cut() {
        assert_eq!(one_line("a\nb\u{7}é"), "a\\nb\\u{7}é");
        assert_eq!(one_line(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(one_line(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
