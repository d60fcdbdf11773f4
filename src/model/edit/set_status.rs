//! A file's bytes and a status -> the edit that gives it that status.

use granit_parser::ScalarStyle;

use crate::model::edit::error::EditError;
use crate::model::edit::json::{json_string, set_member};
use crate::model::edit::text_edit::Edit;
use crate::model::parse::spec::{self, Block, Language};
use crate::model::parse::yaml::{self, MappingEntry, NodeKind, Tree};
use crate::model::parse::{self, BOM, ParsedFile, Span, StatusField, metadata};
use crate::model::status::Side;

/// The edit after which the file says `goal`; `None` when it does so already.
pub fn set_status(side: Side, bytes: &[u8], goal: &str) -> Result<Option<Edit>, EditError> {
    let read = match side {
        Side::Spec => spec::read,
        Side::Metadata => metadata::read,
    };
    let before = read(bytes);
    if before.status_text() == Some(goal) {
        return Ok(None);
    }
    if before.status == StatusField::Unknown {
        return Err(match before.problems.into_iter().next() {
            Some(problem) => EditError::Invalid { side, problem: problem.kind },
            None => EditError::NoSafeEdit { side },
        });
    }
    let (text, _) = parse::mask(bytes);
    let candidates = match side {
        Side::Spec => spec_candidates(&text, goal)?,
        Side::Metadata => set_member(&text, 0, "status", &json_string(goal)).into_iter().collect(),
    };
    candidates
        .into_iter()
        .find(|edit| {
            let changed = edit.apply(bytes);
            gives(&read(&changed), &before, goal) && (side == Side::Metadata || keeps_the_rest(&text, &changed))
        })
        .map(Some)
        .ok_or(EditError::NoSafeEdit { side })
}

fn gives(after: &ParsedFile, before: &ParsedFile, goal: &str) -> bool {
    after.status_text() == Some(goal) && after.problems.len() <= before.problems.len()
}

/// The other keys of the frontmatter mean what they meant: a line put behind a block that keeps its line breaks, or
/// into a text, becomes part of it.
fn keeps_the_rest(before: &str, after: &[u8]) -> bool {
    let (after, _) = parse::mask(after);
    spec::all_but_status(before) == spec::all_but_status(&after)
}

fn spec_candidates(text: &str, goal: &str) -> Result<Vec<Edit>, EditError> {
    let Some(block) = spec::block(text) else {
        let at = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let eol = parse::line_break(text);
        let with = |goal: &str| Edit { span: at..at, text: format!("---{eol}status: {goal}{eol}---{eol}") };
        return Ok(vec![with(goal), with(&json_string(goal))]);
    };
    let content = &text[block.content.clone()];
    if block.language == Language::Json {
        return Ok(set_member(content, block.content.start, "status", &json_string(goal)).into_iter().collect());
    }
    let Ok(tree) = yaml::parse(content, block.content.start) else {
        return Ok(Vec::new());
    };
    match tree.lookup("status").filter(|entry| entry.own) {
        Some(entry) => {
            let node = tree.node(entry.value);
            if node.anchored && tree.is_aliased(entry.value) {
                return Err(EditError::SharedByAnchor);
            }
            Ok(value_candidates(text, &tree, entry, goal))
        }
        None => Ok(insert_candidates(text, &block, &tree, goal)),
    }
}

fn value_candidates(text: &str, tree: &Tree, entry: MappingEntry, goal: &str) -> Vec<Edit> {
    let node = tree.node(entry.value);
    let shown = node.span.start..node.span.start + yaml::trim_end(&text[node.span.clone()]).len();
    let quoted = json_string(goal);
    let mut edits = Vec::new();
    let mut replace = |span: Span, with: String| edits.push(Edit { span, text: with });
    match &node.kind {
        NodeKind::Scalar { style: ScalarStyle::DoubleQuoted, .. } => {
            replace(shown.start + 1..shown.end - 1, quoted[1..quoted.len() - 1].to_owned());
        }
        NodeKind::Scalar { style: ScalarStyle::SingleQuoted, .. } => {
            replace(shown.start + 1..shown.end - 1, goal.replace('\'', "''"));
        }
        NodeKind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. } => {
            replace(shown.clone(), goal.to_owned());
            let key_end = tree.node(entry.key).span.end;
            if let Some(indicator) = text[key_end..shown.start].rfind(['|', '>']) {
                replace(key_end + indicator..shown.end, goal.to_owned());
                replace(key_end + indicator..shown.end, quoted.clone());
            }
        }
        NodeKind::Scalar { .. } if node.span.is_empty() => {
            let key_end = tree.node(entry.key).span.end;
            if let Some(colon) = text[key_end..].find(':') {
                let at = key_end + colon + 1;
                replace(at..at, format!(" {goal}"));
                replace(at..at, format!(" {quoted}"));
            }
        }
        _ => {}
    }
    replace(shown.clone(), goal.to_owned());
    replace(shown.clone(), quoted.clone());
    // A tag that does not fit a string has to go with the value.
    if let Some(start) = node.tag_start {
        replace(start..shown.end, goal.to_owned());
        replace(start..shown.end, quoted);
    }
    edits
}

fn insert_candidates(text: &str, block: &Block, tree: &Tree, goal: &str) -> Vec<Edit> {
    let eol = parse::line_break(text);
    let quoted = json_string(goal);
    let first = tree.root_entries().and_then(|entries| entries.first());
    let mut edits = Vec::new();
    if let (Some(root), Some((first_key, _))) = (tree.root, first)
        && let NodeKind::Mapping { flow: true, entries } = &tree.node(root).kind
        && let Some((_, last_value)) = entries.last()
    {
        let at = tree.node(*last_value).span.end;
        let (key, value) = if text[tree.node(*first_key).span.clone()].starts_with('"') {
            ("\"status\"", quoted.as_str())
        } else {
            ("status", goal)
        };
        edits.push(Edit { span: at..at, text: format!(", {key}: {value}") });
        edits.push(Edit { span: at..at, text: format!(", \"status\": {quoted}") });
        return edits;
    }
    let indent = first.map_or("", |(key, _)| {
        let start = tree.node(*key).span.start;
        let line = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        if text[line..start].trim().is_empty() { &text[line..start] } else { "" }
    });
    for value in [goal, quoted.as_str()] {
        match &block.closing {
            Some(closing) => {
                edits.push(Edit { span: closing.start..closing.start, text: format!("{indent}status: {value}{eol}") });
            }
            None => {
                let gap = if text.ends_with(['\n', '\r']) { "" } else { eol };
                edits.push(Edit { span: text.len()..text.len(), text: format!("{gap}{indent}status: {value}{eol}") });
            }
        }
        // After the opening fence, for frontmatter whose end takes no key (such as one that ends with `...`).
        let top = block.opening.end + text[block.opening.end..].find('\n').map_or(0, |at| at + 1);
        edits.push(Edit { span: top..top, text: format!("{indent}status: {value}{eol}") });
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str, goal: &str) -> String {
        match set_status(Side::Spec, text.as_bytes(), goal) {
            Ok(Some(edit)) => String::from_utf8(edit.apply(text.as_bytes())).unwrap(),
            Ok(None) => "nothing to do".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn json(text: &str, goal: &str) -> String {
        let edit = set_status(Side::Metadata, text.as_bytes(), goal).unwrap().unwrap();
        String::from_utf8(edit.apply(text.as_bytes())).unwrap()
    }

    #[test]
    fn only_the_value_changes() {
        for (before, after) in [
            ("status: active", "status: completed"),
            ("status:   active   # why", "status:   completed   # why"),
            ("status: \"active\"", "status: \"completed\""),
            ("status: 'active'", "status: 'completed'"),
            ("\"status\" : active", "\"status\" : completed"),
            ("? status\n: active", "? status\n: completed"),
            ("status: >-\n  active\nx: 1", "status: >-\n  completed\nx: 1"),
            ("status: |\n  active\nx: 1", "status: completed\nx: 1"),
            ("status: &a active", "status: &a completed"),
            ("x: &a active\nstatus: *a", "x: &a active\nstatus: completed"),
            ("status: !!str active", "status: !!str completed"),
            ("status: !!int 3", "status: completed"),
            ("status: 012", "status: completed"),
            ("status: [a, b] # c", "status: completed # c"),
            ("status:\n  - a\nx: 1", "status:\n  completed\nx: 1"),
            ("status:", "status: completed"),
            ("status: # todo", "status: completed # todo"),
            ("status: ~", "status: completed"),
            ("{title: x, status: active}", "{title: x, status: completed}"),
            ("{title: x}", "{title: x, status: completed}"),
            ("{\"title\": \"x\"}", "{\"title\": \"x\", \"status\": \"completed\"}"),
            ("title: x", "title: x\nstatus: completed"),
            ("status: |\n\ntitle: x", "status: completed\n\ntitle: x"),
            ("status: >- # c\ntitle: x", "status: completed # c\ntitle: x"),
            ("status: active\u{a0}", "status: completed"),
            ("  title: x", "  title: x\n  status: completed"),
            ("b: &b {status: active}\n<<: *b", "b: &b {status: active}\n<<: *b\nstatus: completed"),
            ("status: act\n  ive", "status: completed"),
        ] {
            let wrap = |inner: &str| format!("---\n{inner}\n---\n\nstatus: body\n");
            assert_eq!(spec(&wrap(before), "completed"), wrap(after), "{before}");
            let crlf = |inner: &str| wrap(inner).replace('\n', "\r\n");
            assert_eq!(spec(&crlf(before), "completed"), crlf(after), "{before} with CRLF");
        }
    }

    #[test]
    fn odd_goals_are_quoted_where_yaml_needs_it() {
        assert_eq!(spec("---\nstatus: active\n---\n", "ready for review"), "---\nstatus: ready for review\n---\n");
        assert_eq!(spec("---\nstatus: active\n---\n", "true"), "---\nstatus: \"true\"\n---\n");
        assert_eq!(spec("---\nstatus: 'active'\n---\n", "it's"), "---\nstatus: 'it''s'\n---\n");
        assert_eq!(spec("---\nstatus: active\n---\n", "a: b"), "---\nstatus: \"a: b\"\n---\n");
        assert_eq!(spec("---\nstatus: active\n---\n", "active\n"), "---\nstatus: \"active\\n\"\n---\n");
    }

    #[test]
    fn a_status_is_added_where_none_is() {
        assert_eq!(spec("# Title\r\n", "active"), "---\r\nstatus: active\r\n---\r\n# Title\r\n");
        assert_eq!(spec("\u{feff}# T\n", "active"), "\u{feff}---\nstatus: active\n---\n# T\n");
        assert_eq!(spec("", "active"), "---\nstatus: active\n---\n");
        assert_eq!(spec("---\n---\nbody", "active"), "---\nstatus: active\n---\nbody");
        assert_eq!(spec("---\ntitle: x", "active"), "---\ntitle: x\nstatus: active\n");
    }

    #[test]
    fn a_block_that_keeps_its_line_breaks_keeps_them() {
        let before = "---\ntitle: |+\n  x\n\n---\n";
        assert_eq!(spec(before, "active"), "---\nstatus: active\ntitle: |+\n  x\n\n---\n");
    }

    #[test]
    fn what_cannot_be_edited_safely_is_refused() {
        assert!(spec("---\nstatus: &a active\nx: *a\n---\n", "completed").contains("anchor"));
        assert!(spec("---\nstatus: a\nstatus: b\n---\n", "completed").contains("Duplicate key"));
        assert!(spec("---\nstatus: @x\n---\n", "completed").contains("not valid YAML"));
        assert!(set_status(Side::Metadata, b"{", "completed").is_err());
        assert_eq!(spec("---\nstatus: active\n---\n", "active"), "nothing to do");
        // All of it is one comment to SpecWeave's reader, until a line is added.
        assert!(spec("---\n# c\rtitle: x", "active").contains("by hand"));
    }

    #[test]
    fn frontmatter_in_json() {
        let wrap = |inner: &str| format!("---json\n{inner}\n---\n\nbody\n");
        for (before, after) in [
            ("{\"status\": \"active\"}", "{\"status\": \"completed\"}"),
            ("{\"title\": \"x\"}", "{\"title\": \"x\",\"status\": \"completed\"}"),
            ("{}", "{\"status\": \"completed\"}"),
        ] {
            assert_eq!(spec(&wrap(before), "completed"), wrap(after));
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_what_to_do() {
        assert_eq!(
            spec("---\nstatus: &a active\nx: *a\n---\n", "completed"),
            "Cannot edit spec.md: `status` shares its value with another key through a YAML anchor. Edit it by hand."
        );
        assert_eq!(
            spec("---\nstatus: a\nstatus: b\n---\n", "completed"),
            "Cannot edit spec.md. Duplicate key `status`; remove one of the two."
        );
        assert_eq!(
            spec("---\n# c\rtitle: x", "active"),
            "Cannot safely change the way `status` is written in spec.md. Edit it by hand."
        );
        assert_eq!(
            set_status(Side::Metadata, b"[]", "active"),
            Err(EditError::Invalid {
                side: Side::Metadata,
                problem: parse::ProblemKind::Json(parse::JsonError::NotAnObject("a list"))
            })
        );
    }

    #[test]
    fn json_keeps_its_shape() {
        for (before, after) in [
            ("{\"status\":\"active\"}", "{\"status\":\"completed\"}"),
            (
                "{\n  \"a\": {\"status\": \"x\"},\n  \"status\" : null\n}",
                "{\n  \"a\": {\"status\": \"x\"},\n  \"status\" : \"completed\"\n}",
            ),
            ("{\n\t\"id\": \"x\"\n}\n", "{\n\t\"id\": \"x\",\n\t\"status\": \"completed\"\n}\n"),
            (
                "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}",
                "{\r\n  \"a\": 1,\r\n  \"b\": 2,\r\n  \"status\": \"completed\"\r\n}",
            ),
            ("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2,\"status\":\"completed\"}"),
            ("{}", "{\"status\": \"completed\"}"),
            ("{\n}", "{\n  \"status\": \"completed\"\n}"),
            ("{\"status\":\"a\",\"status\":\"b\"}", "{\"status\":\"a\",\"status\":\"completed\"}"),
            ("{\"status\": [1]}", "{\"status\": \"completed\"}"),
        ] {
            assert_eq!(json(before, "completed"), after);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_survive() {
        let before = b"---\nstatus: active\n---\n\xff\xfe body".to_vec();
        let edit = set_status(Side::Spec, &before, "completed").unwrap().unwrap();
        assert_eq!(edit.apply(&before), b"---\nstatus: completed\n---\n\xff\xfe body");
    }
}
