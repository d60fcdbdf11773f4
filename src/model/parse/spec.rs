//! spec.md -> what it says. The fences follow SpecWeave's reader exactly; the YAML between them is read by a
//! parser that evaluates nothing. `---js` frontmatter, which SpecWeave executes, is text here.

use std::sync::LazyLock;

use granit_parser::ScalarStyle;
use memchr::memmem::Finder;

use crate::model::parse::file::{Field, ParsedFile, StatusField, Value};
use crate::model::parse::problem::{Problem, ProblemKind};
use crate::model::parse::text::{self, BOM, Span};
use crate::model::parse::yaml::{self, NodeId, NodeKind, Tree};
use crate::model::parse::{metadata, plain_frontmatter};

/// The block between the fences.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// The opening fence, without its line break.
    pub opening: Span,
    /// What stands between the fences.
    pub content: Span,
    /// The closing fence; `None` when it never closes, and all the rest is content.
    pub closing: Option<Span>,
    pub language: Language,
}

#[derive(Debug, PartialEq)]
pub enum Language {
    Yaml,
    Json,
    Other(String),
}

/// Finds the fences. `None`: the file has no frontmatter.
pub fn block(text: &str) -> Option<Block> {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let after = text[start..].strip_prefix("---")?;
    if after.starts_with('-') {
        return None;
    }
    let line_end = after.find('\n').unwrap_or(after.len());
    let word = after[..line_end].trim_matches(is_script_space);
    let language = match word {
        "json" => Language::Json,
        "" => Language::Yaml,
        _ if word.eq_ignore_ascii_case("yaml") || word.eq_ignore_ascii_case("yml") => Language::Yaml,
        _ => Language::Other(word.to_owned()),
    };
    // Spaces of any kind after a plain fence are content to SpecWeave's reader, which minds some of them.
    let content = if word.is_empty() { start + 3 } else { start + 3 + line_end };
    let opening = start..start + 3 + after[..line_end].trim_end_matches('\r').len();
    let (end, closing) = match text[content..].find("\n---") {
        Some(at) => (content + at, Some(content + at + 1..content + at + 4)),
        None => (text.len(), None),
    };
    Some(Block { opening, content: content..end, closing, language })
}

/// What JavaScript trims.
fn is_script_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// The content with the line break that ends its last line, which a block scalar can hold.
fn whole_lines(text: &str, block: &Block) -> Span {
    let Span { start, end } = block.content;
    let open = block.closing.is_some() && !text[start..end].ends_with(['\n', '\r']);
    start..if open { end + 1 } else { end }
}

/// SpecWeave's reader does not parse such a block at all. For it, a comment is a `#` with something after it, up to a
/// `\n` alone.
fn holds_only_comments(content: &str) -> bool {
    let mut lines = content.split('\n').map(|line| line.trim_start_matches(is_script_space));
    lines.all(|line| line.is_empty() || (line.starts_with('#') && line.len() > 1))
}

/// How many of a file's first bytes are enough to read its frontmatter; `None` if more of the file must be read to tell.
pub fn head(bytes: &[u8]) -> Option<usize> {
    let body = bytes.strip_prefix(BOM.as_bytes()).unwrap_or(bytes);
    if !body.starts_with(b"---") {
        // Shorter than a fence, it may still become one.
        return (body.len() >= 3).then_some(bytes.len());
    }
    // Made once: that takes longer than looking through the head of a file.
    static FENCE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n---"));
    let line_break = FENCE.find(bytes)?;
    let rest = &bytes[line_break + 1..];
    Some(memchr::memchr(b'\n', rest).map_or(bytes.len(), |end| line_break + 1 + end + 1))
}

/// A part of each spelling of an open status, without the letter k: there is a second character that becomes one in
/// lower case.
const PARTS_OF_OPEN: [&str; 6] = ["active", "plann", "bac", "ready", "progress", "implementing"];

/// False when an increment with this frontmatter cannot be open, since it has a status and none of the words stands in it,
/// nor a backslash that one could be written with. A look at it costs a tenth of reading it.
pub fn may_be_open(head: &[u8]) -> bool {
    let end = head.windows(4).position(|window| window == b"\n---").unwrap_or(head.len());
    let text = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
    text.contains('\\') || PARTS_OF_OPEN.iter().any(|part| text.contains(part)) || !has_plain_status(&text)
}

/// A line that surely is the status. Without one, metadata.json decides.
fn has_plain_status(text: &str) -> bool {
    let is_plain = |value: &str| value != "null" && value.starts_with(|c: char| c.is_ascii_lowercase());
    text.lines().any(|line| line.strip_prefix("status:").is_some_and(|value| is_plain(value.trim())))
}

/// Reads a whole spec.md, or its `head`.
pub fn read(bytes: &[u8]) -> ParsedFile {
    plain_frontmatter::read(bytes).unwrap_or_else(|| read_any(bytes))
}

/// Reads whatever stands there, plain or not.
pub fn read_any(bytes: &[u8]) -> ParsedFile {
    let (text, bad) = text::mask(bytes);
    let Some(block) = block(&text) else {
        return ParsedFile { status: StatusField::Absent, anchor: text::first_line(&text), ..ParsedFile::default() };
    };
    let mut reading = match &block.language {
        Language::Yaml | Language::Json if holds_only_comments(&text[block.content.clone()]) => {
            ParsedFile { status: StatusField::Absent, ..ParsedFile::default() }
        }
        Language::Yaml => read_yaml(&text[whole_lines(&text, &block)], block.content.start),
        Language::Json => metadata::read_text(&text[block.content.clone()], block.content.start, "increment"),
        Language::Other(word) => {
            let problem = Problem::new(ProblemKind::FrontmatterLanguage(word.clone()), block.opening.clone());
            ParsedFile { problems: vec![problem], ..ParsedFile::default() }
        }
    };
    reading.has_block = true;
    reading.anchor = block.opening.clone();
    // Whatever else is wrong comes of these two.
    let conflict = text::conflict_marker(&text[block.content.clone()]);
    if let Some(marker) = conflict {
        reading.problems.retain(|problem| problem.kind == ProblemKind::DuplicateStatus);
        let span = block.content.start + marker.start..block.content.start + marker.end;
        reading.problems.push(Problem::new(ProblemKind::MergeConflict, span));
    } else if block.closing.is_none() && matches!(block.language, Language::Yaml | Language::Json) {
        reading.problems.retain(|problem| problem.kind == ProblemKind::DuplicateStatus);
        reading.problems.push(Problem::new(ProblemKind::FrontmatterNotClosed, block.opening.clone()));
    }
    reading.problems.extend(Problem::not_utf8(&bad, &block.content));
    reading
}

fn read_yaml(content: &str, base: usize) -> ParsedFile {
    let tree = match yaml::parse(content, base) {
        Ok(tree) => tree,
        Err(problem) => return ParsedFile { problems: vec![problem], ..ParsedFile::default() },
    };
    let mut reading = ParsedFile { status: StatusField::Absent, ..ParsedFile::default() };
    if let Some(entry) = tree.lookup("status")
        && let Some(value) = tree.value(entry.value)
    {
        reading.status = StatusField::Is(Field { value, span: shown_span(&tree, entry.value, content, base) });
    }
    let text_of = |name: &str| {
        let entry = tree.lookup(name)?;
        match &tree.node(tree.target(entry.value)).kind {
            NodeKind::Scalar { text, .. } if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    };
    reading.title = text_of("title");
    reading.created = text_of("created");
    reading.kind = text_of("type");
    reading.name = tree.lookup("increment").and_then(|entry| {
        // The peer writes bare numbers unquoted; `0007` must stay what was typed, not become seven.
        let text = text_of("increment")?;
        let _ = tree.value(entry.value)?;
        Some(Field { value: Value::Text(text), span: shown_span(&tree, entry.value, content, base) })
    });
    reading.problems = yaml::problems(&tree, content, base);
    if reading.problems.iter().any(|problem| problem.kind == ProblemKind::DuplicateStatus) {
        reading.status = StatusField::Unknown;
    }
    reading
}

/// What the frontmatter says besides the status; nothing when there is none or it cannot be read.
pub fn all_but_status(text: &str) -> String {
    let Some(block) = block(text).filter(|block| block.language == Language::Yaml) else { return String::new() };
    let content = &text[whole_lines(text, &block)];
    if holds_only_comments(content) {
        return String::new();
    }
    yaml::parse(content, block.content.start).map_or_else(|_| String::new(), |tree| tree.all_but("status"))
}

/// The bytes of a value as a reader sees it: without quotes, without the line break after a block.
pub fn shown_span(tree: &Tree, id: NodeId, content: &str, base: usize) -> Span {
    let node = tree.node(id);
    let text = &content[node.span.start - base..node.span.end - base];
    match &node.kind {
        NodeKind::Scalar { style: ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, .. } if text.len() > 2 => {
            node.span.start + 1..node.span.end - 1
        }
        _ => node.span.start..node.span.start + yaml::trim_end(text).len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status and its exact text, or the problems' codes.
    fn status(spec: &str) -> String {
        let reading = read(spec.as_bytes());
        match reading.status {
            StatusField::Is(field) => format!("{:?} at {:?}", field.value, &spec[field.span]),
            StatusField::Absent => "absent".to_owned(),
            StatusField::Unknown => {
                format!("{:?}", reading.problems.iter().map(|p| name(&p.kind)).collect::<Vec<_>>())
            }
        }
    }

    fn name(kind: &ProblemKind) -> &'static str {
        match kind {
            ProblemKind::Yaml(_) => "invalid",
            ProblemKind::UnsupportedYaml(_) => "unsupported",
            ProblemKind::DuplicateStatus => "duplicate",
            ProblemKind::FrontmatterLanguage(_) => "language",
            ProblemKind::FrontmatterNotClosed => "not closed",
            ProblemKind::MergeConflict => "conflict",
            ProblemKind::NotUtf8(_) => "encoding",
            ProblemKind::Json(_) => "json",
        }
    }

    #[test]
    fn every_way_to_write_active() {
        for spec in [
            "---\nstatus: active\n---\n",
            "---\nstatus: \"active\"\n---\n",
            "---\nstatus: 'active' # c\n---\n",
            "---\nstatus:\tactive\n---\n",
            "---\nstatus : active\n---\n",
            "---\n\"status\": active\n---\n",
            "---\n? status\n: active\n---\n",
            "---\nstatus:\n  active\n---\n",
            "---\nstatus: >-\n  active\n---\n",
            "---\nstatus: |-\n  active\n---\n",
            "---\nstatus: !!str active\n---\n",
            "---\nstatus: ! active\n---\n",
            "---\nstatus: &a active\n---\n",
            "---\n  title: x\n  status: active\n---\n",
            "---\n{\"status\": \"active\"}\n---\n",
            "---json\n{\"status\": \"active\"}\n---\n",
            "\u{feff}---\r\nstatus: active\r\n---\r\n",
            "--- yaml\nstatus: active\n---foo\n",
            "---YML\t\nstatus: active\n----\n",
            "---\nstatus: active\n...\n---\n",
        ] {
            assert_eq!(status(spec), "Text(\"active\") at \"active\"", "{spec:?}");
        }
        assert_eq!(status("---\nx: &a active\nstatus: *a\n---\n"), "Text(\"active\") at \"*a\"");
        assert_eq!(status("---\nb: &b {status: active}\n<<: *b\n---\n"), "Text(\"active\") at \"active\"");
        assert_eq!(
            status("---\nb: &b {status: active}\nc: &c {status: paused}\n<<: [*c, *b]\n---\n"),
            "Text(\"paused\") at \"paused\""
        );
    }

    #[test]
    fn look_alikes() {
        for (spec, expected) in [
            ("# no frontmatter\nstatus: active\n", "absent"),
            ("", "absent"),
            ("\n---\nstatus: active\n---\n", "absent"),
            ("----\nstatus: active\n---\n", "absent"),
            ("---\nStatus: active\n---\n", "absent"),
            ("---\nmeta:\n  status: active\n---\n", "absent"),
            ("---\nstatus:\n---\n", "absent"),
            ("---\nstatus: ~\n---\n", "absent"),
            ("---\nstatus: # todo\n---\n", "absent"),
            ("---\n# only a comment\n---\n", "absent"),
            ("---\nstatus: active#c\n---\n", "Text(\"active#c\") at \"active#c\""),
            ("---\nstatus: \"\"\n---\n", "Text(\"\") at \"\\\"\\\"\""),
            ("---\nstatus: >\n  active\n---\n", "Text(\"active\\n\") at \"active\""),
            ("---\nstatus: 012\n---\n", "Number(10.0) at \"012\""),
            ("---\nstatus: 2025-11-20\n---\n", "Other(\"a date\") at \"2025-11-20\""),
            ("---\nstatus: [active]\n---\n", "Other(\"a list\") at \"[active]\""),
            ("---\nstatus: a\nstatus: b\n---\n", "[\"duplicate\"]"),
            ("---js\n{ status: process.exit(1) }\n---\n", "[\"language\"]"),
            ("---\ntitle: Fix: x\nstatus: active\n---\n", "[\"invalid\"]"),
        ] {
            assert_eq!(status(spec), expected, "{spec:?}");
        }
    }

    #[test]
    fn what_specweave_cannot_read_is_said() {
        for inner in [
            // Valid YAML, most of it, on which SpecWeave's reader fails.
            ": x",
            "? \n : x",
            "&a status: active",
            "!!str status: active",
            "- &a b: c",
            "!!str\n!x: y",
            "x: &a\n&b y: z",
            "x: &a\nstatus: *a",
            " !\nstatus: active",
            "...\nstatus: active",
            "status: active\n...\n...",
            "status: active\n... x",
            "? [a, [b]]\n: x",
            "? &a [*a]\n: x",
            "? {}\n: x\n? {}\n: y",
            "? [a, b]\n: x\n\"a,b\": y",
            ".inf: a\nInfinity: b",
            "1e21: a\n'1e+21': b",
            "{\"status\"\n: active}",
            "{'a\n b': c}",
            "x: [a\nb]",
            "- x: [a\n b]\n",
            "x: [?]",
            "x: !!binary abc",
            "x: !!set {a: 1}",
            "x: !!omap [a: 1, a: 2]",
            "x: !!pairs [a]",
            "x: !!int 0.0",
            "x: !!float 012",
            "x: !!null ''",
            "x: !!int",
            "x: !!merge y",
            "<<: x",
            "<<: [{a: b}, c]",
            "status: active\n\t# c\n  more",
            "\tstatus: active",
            "\u{feff}- a",
            "\u{feff}  status: active",
            "- status",
            "status",
            "[status]",
            "\u{a0}\nstatus: active",
        ] {
            let reading = read(format!("---\n{inner}\n---\n").as_bytes());
            let said = reading.problems.iter().any(|problem| matches!(name(&problem.kind), "invalid" | "unsupported"));
            assert!(said, "{inner:?}: {reading:?}");
        }
        assert_eq!(status("---\u{a0}\nstatus: active\n---\n"), "[\"invalid\"]");
        assert_eq!(status("---\u{85}\nstatus: active\n---\n"), "[\"language\"]");
    }

    #[test]
    fn odd_and_sound() {
        for (inner, expected) in [
            ("?\nstatus: active", "Text(\"active\") at \"active\""),
            ("? # c\n: x\nstatus: active", "Text(\"active\") at \"active\""),
            ("? &a b\n: c\nstatus: active", "Text(\"active\") at \"active\""),
            ("title: what?\n? x\n: y\nstatus: active", "Text(\"active\") at \"active\""),
            ("x: [a\n  b]\nstatus: active", "Text(\"active\") at \"active\""),
            ("x: [\na,\nb\n]\nstatus: active", "Text(\"active\") at \"active\""),
            ("x: {a\n, b}\nstatus: active", "Text(\"active\") at \"active\""),
            ("x: {? a\n  : b}\nstatus: active", "Text(\"active\") at \"active\""),
            ("status: active\n...\n# c", "Text(\"active\") at \"active\""),
            ("x: !!omap [a: 1, b: 2]\nstatus: active", "Text(\"active\") at \"active\""),
            ("status: !!seq", "Other(\"a list\") at \"\""),
            ("status: !!str", "Text(\"\") at \"\""),
            ("status: !", "absent"),
            ("\u{feff}status: active", "absent"),
            ("? ? \n: \nstatus: active", "Text(\"active\") at \"active\""),
            ("x: &k <<\n*k : {status: active}", "absent"),
            ("b: &b {status: active}\n? <<\n: *b", "absent"),
            ("b: &b {status: active}\n!!str <<: *b", "absent"),
            ("b: &b {status: active}\n<<: [[*b], {status: paused}]", "Text(\"paused\") at \"paused\""),
            ("b: &b {status: ~}\nc: &c {status: active}\n<<: [*b, *c]", "absent"),
            ("m: &m\n  k: &k {<<: *m}\n  status: active\n<<: *k", "absent"),
            ("status: |+\n\n\n  ", "Text(\"\\n\\n\\n\") at \"|+\""),
        ] {
            assert_eq!(status(&format!("---\n{inner}\n---\n")), expected, "{inner:?}");
        }
        // SpecWeave's reader skips a block of nothing but comments, and there a comment ends at a line feed alone.
        assert_eq!(status("---\n# c\rstatus: active\n---\n"), "absent");
        assert_eq!(status("---json\n# c\n---\n"), "absent");
    }

    #[test]
    fn merges_of_merges_do_not_multiply() {
        let mut spec = "---\na0: &a0 {x: 1}\n".to_owned();
        for at in 1..400 {
            spec.push_str(&format!("a{at}: &a{at} {{<<: [*a{0}, *a{0}]}}\n", at - 1));
        }
        spec.push_str("<<: [*a399, *a398]\n---\n");
        assert_eq!(status(&spec), "absent");
        let circle = "---\n&a\n<<: [*a, *a, *a]\nx: 1\n---\n";
        assert_eq!(status(circle), "absent");
    }

    #[test]
    fn problems_stand_where_they_are() {
        let at = |spec: &str| {
            let reading = read(spec.as_bytes());
            let problem = reading.problems.first().expect("a problem").clone();
            (name(&problem.kind), spec[problem.span].to_owned())
        };
        assert_eq!(at("---\nstatus: a\nstatus: b\n---\n"), ("duplicate", "status".to_owned()));
        assert_eq!(at("---\nstatus: @x\n---\n"), ("invalid", "@".to_owned()));
        assert_eq!(at("---\nstatus: active\n"), ("not closed", "---".to_owned()));
        assert_eq!(at("---\nstatus: a\n<<<<<<< HEAD\nx: 1\n---\n"), ("conflict", "<<<<<<< HEAD".to_owned()));
        assert_eq!(at("---\nx: !foo y\n---\n"), ("unsupported", "!foo y".to_owned()));
    }
}
