//! Texts that clients show as Markdown, and as plain text if they cannot.

/// What marks a text up: built as the client shows it, since marks cannot be told from the text afterwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Style {
    Markdown,
    Plain,
}

impl Style {
    /// A text that must not be taken for anything else.
    pub fn text(self, text: &str) -> String {
        match self {
            Style::Markdown => escape(text),
            Style::Plain => text.to_owned(),
        }
    }

    pub fn strong(self, text: &str) -> String {
        match self {
            Style::Markdown => format!("**{}**", escape(text)),
            Style::Plain => text.to_owned(),
        }
    }

    pub fn code(self, text: &str) -> String {
        match self {
            // Between two there may be one.
            Style::Markdown if text.contains('`') => format!("`` {text} ``"),
            Style::Markdown => format!("`{text}`"),
            Style::Plain => text.to_owned(),
        }
    }

    pub fn link(self, words: &str, uri: &str) -> String {
        match self {
            Style::Markdown => format!("[{}]({uri})", escape(words)),
            Style::Plain => words.to_owned(),
        }
    }
}

/// Text that markdown must not take for anything else.
pub fn escape(text: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation() && !matches!(c, '-' | '.' | ',' | ':' | '/' | '\'');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_with_and_without_marks() {
        let all = |style: Style| {
            let code = [style.code("a"), style.code("a`b")].join(" ");
            format!(
                "{}: {code} in {} {}",
                style.strong("0047_x"),
                style.link("spec.md", "file:///p"),
                style.text("[b]")
            )
        };
        assert_eq!(all(Style::Markdown), "**0047\\_x**: `a` `` a`b `` in [spec.md](file:///p) \\[b\\]");
        assert_eq!(all(Style::Plain), "0047_x: a a`b in spec.md [b]");
    }
}
