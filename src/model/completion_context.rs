//! A text that is being typed and the offset of the cursor -> what could be typed there. The text need not be valid: it is
//! looked at by lines, not by a parser.

use crate::model::parse::{Span, spec};

/// What could be typed here.
#[derive(Debug, PartialEq)]
pub enum Wanted {
    /// A status, in place of `span`; `before` and `after` go around it where quotes or a space are missing.
    Status { span: Span, before: &'static str, after: &'static str },
    /// A key of the frontmatter, in place of `span`; with a colon behind it unless there is one.
    Key { span: Span, colon: bool },
    /// The id of an increment.
    Id { span: Span },
}

/// Keys that name increments, without case, `_` and `-`.
const LINKS: [&str; 16] = [
    "dependencies",
    "dependson",
    "depends",
    "parent",
    "parentincrement",
    "related",
    "relatedincrements",
    "supersedes",
    "supersededby",
    "blockedby",
    "blocks",
    "extends",
    "follows",
    "followup",
    "followupof",
    "prerequisites",
];

fn is_link(key: &str) -> bool {
    let key: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    LINKS.contains(&key.as_str())
}

/// In spec.md: only its frontmatter is looked at.
pub fn in_spec(text: &str, offset: usize) -> Option<Wanted> {
    let block = spec::block(text)?;
    let offset = text.floor_char_boundary(offset);
    if offset <= block.opening.end || block.closing.is_some_and(|closing| offset >= closing.start) {
        return None;
    }
    let line = line_at(text, offset);
    let content = &text[line.clone()];
    let cursor = offset - line.start;
    let head = &content[..cursor];
    if is_in_comment(head) {
        return None;
    }
    match content.split_once(':').filter(|(key, _)| key.len() < cursor && !content.starts_with([' ', '\t', '-', '#'])) {
        Some((key, rest)) if key.trim_end() == "status" => {
            let after_colon = line.start + key.len() + 1;
            let value = value_span(rest, cursor - key.len() - 1);
            let missing_space = if rest.starts_with([' ', '\t']) { "" } else { " " };
            let span = after_colon + value.start..after_colon + value.end;
            holds(&span, offset).then_some(Wanted::Status { span, before: missing_space, after: "" })
        }
        Some((key, _)) if is_link(key) => Some(Wanted::Id { span: word_at(text, offset) }),
        Some(_) => None,
        None if head.chars().all(is_key) => {
            let span = word_at(text, offset);
            Some(Wanted::Key { colon: !text[span.end..line.end].starts_with(':'), span })
        }
        // An item of a list whose key stands further up.
        None if head.trim_start().starts_with('-') => {
            let above = text[block.opening.end..line.start].lines().rev();
            let key = above.map(str::trim_end).find(|line| !line.is_empty() && !line.trim_start().starts_with('-'))?;
            let key = key.strip_suffix(':').filter(|key| !key.starts_with([' ', '\t']))?;
            is_link(key).then(|| Wanted::Id { span: word_at(text, offset) })
        }
        None => None,
    }
}

/// In metadata.json.
pub fn in_metadata(text: &str, offset: usize) -> Option<Wanted> {
    let offset = text.floor_char_boundary(offset);
    let line = line_at(text, offset);
    let head = &text[line.start..offset];
    // Top-level members stand one level deep.
    if depth(&text[..offset]) == 1
        && let Some((before, rest)) = head.rsplit_once("\"status\"")
        && let Some(value) = rest.trim_start().strip_prefix(':')
        && before.trim_end().chars().next_back().is_none_or(|c| matches!(c, '{' | ','))
        && !value.contains(',')
    {
        let start = offset - value.len() + (value.len() - value.trim_start().len());
        let tail = &text[start.min(line.end)..line.end];
        let wanted = match tail.strip_prefix('"') {
            Some(inner) => {
                let end = inner.find('"').unwrap_or_else(|| inner.trim_end_matches([',', '}', ' ', '\r']).len());
                let closed = inner[end..].starts_with('"');
                let span = start + 1..start + 1 + end;
                // Before the opening quote, or behind the closing one, nothing is typed.
                return holds(&span, offset).then_some(Wanted::Status {
                    span,
                    before: "",
                    after: if closed { "" } else { "\"" },
                });
            }
            None => {
                let end = tail.find([',', '}']).unwrap_or(tail.len());
                let end = tail[..end].trim_end().len();
                let before = if value.is_empty() { " \"" } else { "\"" };
                (start..start + end, before)
            }
        };
        let (span, before) = wanted;
        return holds(&span, offset).then_some(Wanted::Status { span, before, after: "\"" });
    }
    // Inside a string, in a list or alone, whose key links to increments.
    let quotes = head.matches('"').count() - head.matches("\\\"").count();
    if quotes.is_multiple_of(2) {
        return None;
    }
    let opening = offset - head.len() + head.rfind('"')?;
    let before = text[..opening].trim_end();
    let list = before.rfind('[').filter(|at| !before[*at..].contains([']', '{', '}']));
    let before = list.map_or(before, |at| before[..at].trim_end());
    let key = before.strip_suffix(':')?.trim_end().strip_suffix('"')?;
    let key = &key[key.rfind('"')? + 1..];
    is_link(key).then(|| Wanted::Id { span: word_at(text, offset) })
}

fn line_at(text: &str, offset: usize) -> Span {
    let start = text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[offset..].find(['\n', '\r']).map_or(text.len(), |length| offset + length);
    start..end
}

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn word_at(text: &str, offset: usize) -> Span {
    let start = text[..offset].trim_end_matches(is_key).len();
    let end = offset + (text[offset..].len() - text[offset..].trim_start_matches(is_key).len());
    start..end
}

/// Editors take no edit whose range does not hold the cursor.
fn holds(span: &Span, offset: usize) -> bool {
    span.start <= offset && offset <= span.end
}

/// A comment begins with `#` at the start of a line or behind a blank, outside of quotes.
fn is_in_comment(head: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    for c in head.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if c == '#' && before.is_whitespace() => return true,
            // A quote inside a word opens nothing.
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None => {}
        }
        before = c;
    }
    false
}

/// The value behind a colon, without quotes and comment; where the cursor is if there is none.
fn value_span(rest: &str, cursor: usize) -> Span {
    let start = rest.len() - rest.trim_start().len();
    let comment = if rest[start..].starts_with('#') { Some(0) } else { rest[start..].find(" #") };
    let end = comment.map_or(rest.len(), |at| start + at);
    let value = rest[start..end].trim_end();
    match value.chars().next() {
        None => cursor..cursor,
        Some(quote @ ('"' | '\'')) if value.len() > 1 && value.ends_with(quote) => start + 1..start + value.len() - 1,
        Some('"' | '\'') => start + 1..start + value.len(),
        _ => start..start + value.len(),
    }
}

/// How many brackets are open at the end of `text`, strings left out.
fn depth(text: &str) -> usize {
    let mut depth: usize = 0;
    let mut string = false;
    let mut escaped = false;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            b'{' | b'[' if !string => depth += 1,
            b'}' | b']' if !string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wanted at `$0`, with what it would replace.
    fn at(ask: fn(&str, usize) -> Option<Wanted>, marked: &str) -> String {
        let offset = marked.find("$0").unwrap();
        let text = marked.replace("$0", "");
        match ask(&text, offset) {
            None => "nothing".to_owned(),
            Some(Wanted::Status { span, before, after }) => format!("status {before}[{}]{after}", &text[span]),
            Some(Wanted::Key { span, colon }) => format!("key [{}]{}", &text[span], if colon { ":" } else { "" }),
            Some(Wanted::Id { span }) => format!("id [{}]", &text[span]),
        }
    }

    #[test]
    fn frontmatter() {
        for (text, expected) in [
            ("---\nstatus: $0\n---\n", "status []"),
            ("---\nstatus:$0\n---\n", "status  []"),
            ("---\nstatus: ac$0tive # now\n---\n", "status [active]"),
            ("---\nstatus: \"ac$0\"\n---\n", "status [ac]"),
            ("---\nstatus: 'ac$0\n---\n", "status [ac]"),
            ("---\nstatus: active # sti$0ll\n---\n", "nothing"),
            ("---\nstatus: active$0 # still\n---\n", "status [active]"),
            ("---\nstatus: $0 # still\n---\n", "status []"),
            ("---\nstatus:$0 active\n---\n", "nothing"),
            ("---\nstatus: $0\"active\"\n---\n", "nothing"),
            ("---\nstatus: \"active\"$0\n---\n", "nothing"),
            ("---\nparent: 0001-a # 00$0\n---\n", "nothing"),
            ("---\nstatus: a$0", "status [a]"),
            ("---\nsta$0\n---\n", "key [sta]:"),
            ("---\n$0\n---\n", "key []:"),
            ("---\nsta$0tus: x\n---\n", "key [status]"),
            ("---\ntitle: sta$0\n---\n", "nothing"),
            ("---\nparent: 00$0\n---\n", "id [00]"),
            ("---\ndependencies: [0001-a, $0]\n---\n", "id []"),
            ("---\nDepends_On:\n  - 0001-a\n  - 00$0\n---\n", "id [00]"),
            ("---\ntags:\n  - 00$0\n---\n", "nothing"),
            ("---\nx:\n  status: $0\n---\n", "nothing"),
            ("---\nstatus: a\n---\nstatus: $0\n", "nothing"),
            ("--$0-\nstatus: a\n---\n", "nothing"),
            ("status: $0\n", "nothing"),
        ] {
            assert_eq!(at(in_spec, text), expected, "{text:?}");
        }
    }

    #[test]
    fn metadata() {
        for (text, expected) in [
            ("{\n  \"status\": \"ac$0tive\",\n}", "status [active]"),
            ("{\n  \"status\": \"$0\n}", "status []\""),
            ("{\n  \"status\": $0\n}", "status \"[]\""),
            ("{\n  \"status\":$0\n}", "status  \"[]\""),
            ("{\n  \"status\": $0\"active\"\n}", "nothing"),
            ("{\n  \"status\": \"active\"$0\n}", "nothing"),
            ("{\"id\": 1, \"status\": a$0}", "status \"[a]\""),
            ("{\"status\": \"a\", \"x\": \"$0\"}", "nothing"),
            ("{\"github\": {\"status\": \"$0\"}}", "nothing"),
            ("{\"title\": \"{\", \"status\": \"$0\"}", "status []"),
            ("{\"dependencies\": [\"0001-a\", \"00$0\"]}", "id [00]"),
            ("{\"parent\": \"$0\"}", "id []"),
            ("{\"relatedIncrements\": [\n  \"$0\n]}", "id []"),
            ("{\"tags\": [\"$0\"]}", "nothing"),
            ("{$0}", "nothing"),
        ] {
            assert_eq!(at(in_metadata, text), expected, "{text:?}");
        }
    }
}
