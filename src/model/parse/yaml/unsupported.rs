//! A YAML tree and its text -> what the parser lets pass and SpecWeave's reader refuses: tags, keys, merges, odd
//! characters.

use std::collections::HashSet;

use granit_parser::ScalarStyle;

use crate::model::parse::file::Value;
use crate::model::parse::problem::{Problem, ProblemKind, UnsupportedYaml};
use crate::model::parse::text::Span;
use crate::model::parse::yaml::scalar;
use crate::model::parse::yaml::tree::{CORE_TAG, Node, NodeId, NodeKind, Tree, next_word, one_char};

/// SpecWeave's reader refuses longer lists of merged mappings, and (counted otherwise) more of them in one file.
const MERGE_LIST_LIMIT: usize = 100;
const MERGE_LIMIT: usize = 1000;

const CORE_TYPES: [&str; 13] =
    ["str", "int", "float", "bool", "null", "timestamp", "binary", "omap", "pairs", "set", "seq", "map", "merge"];

/// A second `status` on the top level is a kind of its own; all others are `UnsupportedYaml`.
pub fn problems(tree: &Tree, text: &str, base: usize) -> Vec<Problem> {
    let mut check = Check { tree, text, base, merges: 0, problems: Vec::new() };
    for id in 0..tree.nodes.len() {
        check.node(id);
    }
    if let Some(root) = tree.root {
        check.texts(root, None, false);
        check.indentation(root);
        if let Some(value) = tree.value(root)
            && tree.entries(root).is_none()
        {
            check.add(UnsupportedYaml::NotAMapping(value.kind()), tree.node(root).span.clone());
        }
    }
    if let Some(at) = text.find(is_unreadable) {
        check.add(UnsupportedYaml::ControlCharacter, one_char(text, base, base + at));
    }
    check.problems
}

fn is_unreadable(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

struct Check<'t> {
    tree: &'t Tree,
    text: &'t str,
    base: usize,
    /// Mappings merged so far.
    merges: usize,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn add(&mut self, kind: UnsupportedYaml, span: Span) {
        self.problems.push(Problem::new(ProblemKind::UnsupportedYaml(kind), span));
    }

    /// The text from byte `at` of the file.
    fn from(&self, at: usize) -> &str {
        &self.text[at - self.base..]
    }

    fn before(&self, at: usize) -> &str {
        &self.text[..at - self.base]
    }

    fn node(&mut self, id: NodeId) {
        let tree = self.tree;
        let node = tree.node(id);
        if (node.anchored || node.tag.is_some())
            && node.is_empty()
            && next_word(self.text, node.span.end - self.base).starts_with(['&', '!'])
        {
            self.add(UnsupportedYaml::PropertyWithoutValue, node.span.clone());
        }
        if let NodeKind::Alias(target) = node.kind
            && tree.node(target).is_empty()
        {
            // SpecWeave's reader makes a list of it, or nothing, or fails.
            self.add(UnsupportedYaml::AliasOfNothing, node.span.clone());
        }
        if let Some(kind) = tag_problem(tree, node) {
            self.add(kind, node.tag_start.unwrap_or(node.span.start)..node.span.end);
        }
        if let NodeKind::Mapping { entries, flow } = &node.kind {
            let problem = entries.iter().enumerate().find_map(|(at, &(key, _))| {
                let kind = if *flow { self.flow_key_problem(key) } else { block_key_problem(tree, key, at == 0) };
                Some((kind?, key))
            });
            if let Some((kind, key)) = problem {
                self.add(kind, tree.node(key).span.clone());
            }
            self.keys(id, entries);
        }
    }

    fn keys(&mut self, mapping: NodeId, entries: &[(NodeId, NodeId)]) {
        let tree = self.tree;
        let mut seen = HashSet::new();
        for &(key, value) in entries {
            let span = || tree.node(key).span.clone();
            if tree.is_merge_key(key) {
                let sources = tree.merged(value);
                self.merges += sources.len();
                if !sources.iter().all(|&source| tree.entries(source).is_some()) {
                    self.add(UnsupportedYaml::MergeOfOther, span());
                } else if sources.len() > MERGE_LIST_LIMIT || self.merges > MERGE_LIMIT {
                    self.add(UnsupportedYaml::TooManyMerges, span());
                }
                continue;
            }
            let Some(name) = tree.key_name(key) else { continue };
            if !seen.insert(name.clone()) {
                if name == "status" && tree.root == Some(mapping) {
                    self.problems.push(Problem::new(ProblemKind::DuplicateStatus, span()));
                } else {
                    self.add(UnsupportedYaml::DuplicateKey(name), span());
                }
            }
        }
    }

    fn flow_key_problem(&self, key: NodeId) -> Option<UnsupportedYaml> {
        let span = &self.tree.node(key).span;
        let rest = next_word(self.text, span.end - self.base);
        if rest.starts_with(':')
            && self.text[span.start - self.base..self.text.len() - rest.len()].contains(['\n', '\r'])
            && !follows_question_mark(self.before(span.start))
        {
            return Some(UnsupportedYaml::ColonOnOtherLine);
        }
        nested_list(self.tree, key)
    }

    /// What the parser takes and SpecWeave's reader does not: a text that goes on behind a comment, and inside `[…]` and
    /// `{…}` one that goes on in a line that is not indented further than `indent`, the column of the block around it.
    /// Of a `?` alone in there it makes nothing.
    fn texts(&mut self, id: NodeId, indent: Option<usize>, flow: bool) {
        let node = self.tree.node(id);
        let start = node.span.start;
        let column = |before: &str| before.len() - before.rfind(['\n', '\r']).map_or(0, |line| line + 1);
        let (indent, flow, inner) = match &node.kind {
            NodeKind::Scalar { style: ScalarStyle::Plain, .. } => {
                let written = &self.from(start)[..node.span.len()];
                if let Some(kind) = plain_text_problem(written, indent.filter(|_| flow), flow) {
                    self.add(kind, node.span.clone());
                }
                return;
            }
            NodeKind::Mapping { flow: own, entries } => {
                let inner: Vec<_> = entries.iter().flat_map(|&(key, value)| [key, value]).collect();
                (if *own { indent } else { Some(column(self.before(start))) }, *own, inner)
            }
            NodeKind::Sequence(items) if flow || self.from(start).starts_with('[') => (indent, true, items.clone()),
            NodeKind::Sequence(items) => {
                // The first `-` of a list that is not indented stands before the span.
                let before = self.before(start);
                let dash = if self.from(start).starts_with('-') { None } else { before.rfind('-') };
                (Some(column(dash.map_or(before, |at| &before[..at]))), false, items.clone())
            }
            _ => return,
        };
        for id in inner {
            self.texts(id, indent, flow);
        }
    }

    /// Indentation before the whole of it that SpecWeave's reader does not take, or YAML does not allow.
    fn indentation(&mut self, root: NodeId) {
        let text = self.text;
        let line_of = |at: usize| text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let start = self.tree.node(root).span.start - self.base;
        let property = text.len() - next_word(text, 0).len();
        let (line, above) = (line_of(start), line_of(property));
        let kind = if text[line..start].contains('\t') {
            UnsupportedYaml::TabBeforeFirstKey
        } else if above < line && text[property..].starts_with(['&', '!']) && property - above > start - line {
            UnsupportedYaml::PropertyIndented
        } else {
            return;
        };
        self.add(kind, self.base + line..self.base + start);
    }
}

/// The key of a mapping that has one entry.
fn only_key(tree: &Tree, id: NodeId) -> Option<String> {
    match tree.entries(id)? {
        [(key, _)] => tree.key_name(*key),
        _ => None,
    }
}

/// Keys that are valid YAML and still more than SpecWeave's reader takes.
fn block_key_problem(tree: &Tree, key: NodeId, first: bool) -> Option<UnsupportedYaml> {
    let node = tree.node(key);
    if node.explicit {
        nested_list(tree, key)
    } else if first && (node.anchored || node.tag.is_some()) {
        Some(UnsupportedYaml::PropertyBeforeFirstKey)
    } else if node.is_empty() && !node.anchored && node.tag.is_none() {
        Some(UnsupportedYaml::MissingKey)
    } else {
        nested_list(tree, key)
    }
}

fn nested_list(tree: &Tree, key: NodeId) -> Option<UnsupportedYaml> {
    let NodeKind::Sequence(items) = &tree.node(tree.target(key)).kind else { return None };
    let nested = items.iter().any(|&item| matches!(tree.node(tree.target(item)).kind, NodeKind::Sequence(_)));
    nested.then_some(UnsupportedYaml::NestedListAsKey)
}

fn tag_problem(tree: &Tree, node: &Node) -> Option<UnsupportedYaml> {
    let tag = node.tag.as_deref()?;
    if tag == "!" {
        return None;
    }
    let known = tag.strip_prefix(CORE_TAG).filter(|name| CORE_TYPES.contains(name));
    let Some(name) = known else {
        return Some(UnsupportedYaml::UnknownTag(tag.to_owned()));
    };
    let fits = match (&node.kind, name) {
        _ if node.is_empty() => !matches!(name, "int" | "float" | "bool" | "timestamp" | "binary"),
        (NodeKind::Scalar { .. }, "str") => true,
        (NodeKind::Scalar { text, .. }, "binary") => scalar::is_base64(text),
        (NodeKind::Scalar { text, .. }, "int") => scalar::is_integer(text),
        (NodeKind::Scalar { text, .. }, "float") => scalar::is_float(text),
        (NodeKind::Scalar { text, .. }, "merge") => text == "<<",
        (NodeKind::Scalar { text, .. }, _) => match (name, scalar::plain(text)) {
            ("bool", Some(Value::Bool(_))) | ("timestamp", Some(Value::Other(_))) => true,
            ("null", None) => !text.is_empty(),
            _ => false,
        },
        (NodeKind::Sequence(_), "seq") | (NodeKind::Mapping { .. }, "map") => true,
        (NodeKind::Sequence(items), "omap" | "pairs") => {
            let names: Vec<_> = items.iter().filter_map(|&item| only_key(tree, item)).collect();
            let distinct = names.iter().collect::<HashSet<_>>().len();
            names.len() == items.len() && (name == "pairs" || distinct == names.len())
        }
        (NodeKind::Mapping { entries, .. }, "set") => entries.iter().all(|&(_, value)| tree.value(value).is_none()),
        _ => false,
    };
    (!fits).then(|| UnsupportedYaml::TagMismatch(name.to_owned()))
}

/// `indent` is given where the text has to be indented further than that.
fn plain_text_problem(written: &str, indent: Option<usize>, flow: bool) -> Option<UnsupportedYaml> {
    let words = |line: &str| line.trim_start_matches([' ', '\t']).len();
    let more = || written.split(['\n', '\r']).skip(1).filter(|line| words(line) > 0);
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    if flow && written == "?" {
        Some(UnsupportedYaml::BareQuestionMark)
    } else if more().any(|line| line[line.len() - words(line)..].starts_with('#')) {
        Some(UnsupportedYaml::TextAfterComment)
    } else if more().any(|line| indent.is_some_and(|indent| depth(line) <= indent)) {
        Some(UnsupportedYaml::TextNotIndented)
    } else {
        None
    }
}

/// `before` is what stands before a key, its tag and anchor perhaps included.
fn follows_question_mark(before: &str) -> bool {
    let mut before = before.trim_end();
    while let Some(at) = before.rfind(char::is_whitespace)
        && before[at..].trim_start().starts_with(['&', '!'])
    {
        before = before[..at].trim_end();
    }
    // Any other `?` ends a word, or a string.
    before.strip_suffix('?').is_some_and(|rest| rest.is_empty() || rest.ends_with(char::is_whitespace))
}
