//! Texts that clients show as Markdown, and as plain text if they cannot.

/// Text that markdown must not take for anything else.
pub fn escape(text: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation() && !matches!(c, '-' | '.' | ',' | ':' | '/' | '\'');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// For clients that show no markdown.
pub fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown.replace("**", "").replace('`', "");
    // Links keep their words.
    while let Some((before, (words, after))) = rest.split_once('[').and_then(|(before, link)| {
        Some((before, link.split_once("](").and_then(|(w, l)| Some((w, l.split_once(')')?.1)))?))
    }) {
        text.push_str(before);
        text.push_str(words);
        rest = after.to_owned();
    }
    text.push_str(&rest);
    let mut unescaped = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' || !letters.peek().is_some_and(char::is_ascii_punctuation) {
            unescaped.push(letter);
        }
    }
    unescaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_marks() {
        assert_eq!(plain("**0047\\_x**: `a` in [spec.md](file:///p/spec.md) \\[b\\]"), "0047_x: a in spec.md [b]");
        assert_eq!(plain("no \\[link"), "no [link");
    }
}
