//! YAML text -> a tree whose nodes know where they stand. Only the parser's events are used: nothing is
//! evaluated, aliases stay references (so they cannot multiply), and depth is bounded by the parser.

use std::collections::HashSet;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};

use crate::model::parse::file::Value;
use crate::model::parse::problem::{Problem, ProblemKind, YamlError};
use crate::model::parse::text::{BOM, Span};
use crate::model::parse::yaml::scalar;

pub type NodeId = usize;

/// Nesting beyond this is refused. Real frontmatter is three levels deep; without a bound a crafted file
/// would cost memory for nothing.
const NESTING_LIMIT: usize = 64;

/// The tags of YAML's own types start so.
pub(super) const CORE_TAG: &str = "tag:yaml.org,2002:";

#[derive(Debug)]
pub struct Tree {
    pub nodes: Vec<Node>,
    pub root: Option<NodeId>,
}

#[derive(Debug)]
pub struct Node {
    /// The bytes of the node without tag and anchor; with quotes; empty for a value that is not written.
    pub span: Span,
    /// Where its tag starts, if it has one.
    pub tag_start: Option<usize>,
    pub anchored: bool,
    pub(super) tag: Option<String>,
    /// The key of a block mapping, written after a `?`.
    pub(super) explicit: bool,
    pub kind: NodeKind,
}

#[derive(Debug)]
pub enum NodeKind {
    Scalar { text: String, style: ScalarStyle },
    Sequence(Vec<NodeId>),
    Mapping { flow: bool, entries: Vec<(NodeId, NodeId)> },
    Alias(NodeId),
}

impl Node {
    /// A value that is not written.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.kind, NodeKind::Scalar { style: ScalarStyle::Plain, .. }) && self.span.is_empty()
    }
}

/// Where a key of a mapping got its value from.
#[derive(Debug, Clone, Copy)]
pub struct MappingEntry {
    pub key: NodeId,
    pub value: NodeId,
    /// False when the value came in through a merge key (`<<`).
    pub own: bool,
}

/// Reads `text`, which starts at byte `base` of its file: all spans count from there. Fails with the one problem that
/// stopped it.
pub fn parse(text: &str, base: usize) -> Result<Tree, Problem> {
    let options = granit_parser::options! {
        flow_nesting_limit: NESTING_LIMIT,
        block_nesting_limit: NESTING_LIMIT,
    };
    if let Some(at) = inner_mark(text).filter(|at| text[at + BOM.len()..].starts_with([' ', '\t'])) {
        return Err(invalid(YamlError::InnerByteOrderMark, base + at..base + at + BOM.len()));
    }
    let mut builder = Builder { tree: Tree { nodes: Vec::new(), root: None }, open: Vec::new(), anchors: Vec::new() };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let at = base + error.marker().byte_offset().unwrap_or(0).min(text.len());
            invalid(YamlError::Syntax(plain_message(&error.to_string())), one_char(text, base, at))
        })?;
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                let at = base + span.start.byte_offset().unwrap_or(0);
                return Err(invalid(YamlError::SecondDocument, at..at + 3));
            }
        }
        let range = span.byte_range().unwrap_or(0..0);
        let tag_start = span.tag_start().and_then(|mark| mark.byte_offset()).map(|at| at + base);
        builder.take(event, base + range.start..base + range.end, tag_start);
    }
    if let Some(rest) = after_document_end(text) {
        return Err(invalid(YamlError::AfterDocumentEnd, one_char(text, base, base + rest)));
    }
    let mut tree = builder.tree;
    tree.take_in_mark(text, base)?;
    tree.place_empty_blocks(text, base);
    tree.mark_explicit_keys(text, base);
    Ok(tree)
}

fn invalid(error: YamlError, span: Span) -> Problem {
    Problem::new(ProblemKind::Yaml(error), span)
}

/// What stands after the first `...` line, where only comments may: SpecWeave's reader takes it for a second
/// document. A line can start so nowhere else, not even in a quoted string.
fn after_document_end(text: &str) -> Option<usize> {
    let mut at = 0;
    let mut ended = false;
    for line in text.split_inclusive(['\n', '\r']) {
        let marker =
            line.strip_prefix("...").filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']));
        let content = if ended { line } else { marker.unwrap_or("") };
        ended |= marker.is_some();
        let blank = content.trim_start_matches(SPACE);
        if ended && !blank.is_empty() && !blank.starts_with('#') {
            return Some(at + line.len() - blank.len());
        }
        at += line.len();
    }
    None
}

/// The parser puts the position into its message as well; ours is in the span.
fn plain_message(message: &str) -> String {
    let end = [" at char ", " at byte "].iter().filter_map(|mark| message.rfind(mark)).min();
    message[..end.unwrap_or(message.len())].replace('`', "'")
}

pub(super) fn one_char(text: &str, base: usize, at: usize) -> Span {
    let inside = &text[text.floor_char_boundary(at - base)..];
    let width = inside.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    at..at + width
}

/// White space to YAML; any other kind is content.
const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

pub fn trim_end(text: &str) -> &str {
    text.trim_end_matches(SPACE)
}

/// A byte-order mark before the first content, and not before the whole text.
fn inner_mark(text: &str) -> Option<usize> {
    let from = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let at = text.len() - next_word(text, from).len();
    (at > 0 && text[at..].starts_with(BOM)).then_some(at)
}

/// What comes after `at`, without the spaces and comments before it.
pub(super) fn next_word(text: &str, at: usize) -> &str {
    let mut rest = text[at..].trim_start_matches(SPACE);
    while rest.starts_with('#') {
        rest = rest.find(['\n', '\r']).map_or("", |end| rest[end..].trim_start_matches(SPACE));
    }
    rest
}

/// The last line with content before the current one has the `?` of a key in the column where `before` ends.
fn question_mark_above(before: &str) -> bool {
    let mut lines = before.rsplit(['\n', '\r']);
    let Some(current) = lines.next().filter(|current| current.trim().is_empty()) else { return false };
    let content = |line: &str| line.find('#').map_or(line, |comment| &line[..comment]).trim_end().to_owned();
    lines.map(content).find(|line| !line.is_empty()).is_some_and(|line| {
        line.as_bytes().get(current.len()) == Some(&b'?')
            && line.split_whitespace().all(|word| matches!(word, "-" | "?" | ":"))
    })
}

struct Builder {
    tree: Tree,
    /// The collections that are still open, each with a key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
    anchors: Vec<(usize, NodeId)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span, tag_start: Option<usize>) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // The parser writes `~` for a value that is not there; an empty span tells them apart.
                let text =
                    if span.is_empty() && style == ScalarStyle::Plain { String::new() } else { text.into_owned() };
                self.add(NodeKind::Scalar { text, style }, span, tag_start, anchor, tag.as_deref());
            }
            Event::Alias(anchor) => {
                let target = self.anchors.iter().rev().find(|(id, _)| *id == anchor).map_or(0, |(_, node)| *node);
                self.add(NodeKind::Alias(target), span, None, 0, None);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let id = self.add(NodeKind::Sequence(Vec::new()), span, tag_start, anchor, tag.as_deref());
                self.open.push((id, None));
            }
            Event::MappingStart(style, anchor, tag) => {
                let kind = NodeKind::Mapping { flow: style == StructureStyle::Flow, entries: Vec::new() };
                let id = self.add(kind, span, tag_start, anchor, tag.as_deref());
                self.open.push((id, None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, _)) = self.open.pop() {
                    self.tree.nodes[id].span.end = span.end;
                }
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        kind: NodeKind,
        span: Span,
        tag_start: Option<usize>,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> NodeId {
        let id = self.tree.nodes.len();
        let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
        self.tree.nodes.push(Node { span, tag_start, anchored: anchor != 0, tag, explicit: false, kind });
        if anchor != 0 {
            self.anchors.push((anchor, id));
        }
        match self.open.last_mut() {
            None => self.tree.root = Some(id),
            Some((parent, waiting)) => match &mut self.tree.nodes[*parent].kind {
                NodeKind::Mapping { entries, .. } => match waiting.take() {
                    Some(key) => entries.push((key, id)),
                    None => *waiting = Some(id),
                },
                NodeKind::Sequence(items) => items.push(id),
                _ => {}
            },
        }
        id
    }
}

impl Tree {
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The node itself, or what an alias stands for.
    pub fn target(&self, id: NodeId) -> NodeId {
        match self.nodes[id].kind {
            NodeKind::Alias(target) => target,
            _ => id,
        }
    }

    pub fn root_entries(&self) -> Option<&[(NodeId, NodeId)]> {
        self.entries(self.root?)
    }

    pub(super) fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match &self.nodes[self.target(id)].kind {
            NodeKind::Mapping { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The name a key has for the reader: everything becomes a string there.
    pub(super) fn key_name(&self, id: NodeId) -> Option<String> {
        match &self.nodes[self.target(id)].kind {
            NodeKind::Scalar { text, .. } => Some(match self.value(id) {
                Some(Value::Number(number)) => scalar::number_name(number),
                Some(Value::Bool(value)) => value.to_string(),
                None => "null".to_owned(),
                _ => text.clone(),
            }),
            NodeKind::Sequence(items) => {
                let name = |item: &NodeId| match (&self.nodes[self.target(*item)].kind, self.value(*item)) {
                    // A list in a list, perhaps in itself: no name, and a problem of its own.
                    (NodeKind::Sequence(_), _) => None,
                    (_, None) => Some(String::new()),
                    _ => self.key_name(*item),
                };
                Some(items.iter().map(name).collect::<Option<Vec<_>>>()?.join(","))
            }
            NodeKind::Mapping { .. } => Some("[object Object]".to_owned()),
            NodeKind::Alias(_) => None,
        }
    }

    /// What `name` stands for at the top level: the mapping's own key first, then merged ones in their order.
    pub fn lookup(&self, name: &str) -> Option<MappingEntry> {
        self.lookup_in(self.root?, name, usize::MAX, &mut HashSet::new())
    }

    /// Merging copies what the other mapping holds at that moment: its entries whose value comes before node `limit`.
    /// What was searched before is not searched again, or merges of merges would multiply.
    fn lookup_in(
        &self,
        map: NodeId,
        name: &str,
        limit: NodeId,
        searched: &mut HashSet<(NodeId, NodeId)>,
    ) -> Option<MappingEntry> {
        let entries = self.entries(map)?;
        if !searched.insert((self.target(map), limit)) {
            return None;
        }
        let complete = || entries.iter().copied().filter(|&(_, value)| value < limit);
        let own = complete().rfind(|&(key, _)| !self.is_merge_key(key) && self.key_name(key).as_deref() == Some(name));
        if let Some((key, value)) = own {
            return Some(MappingEntry { key, value, own: true });
        }
        complete().filter(|&(key, _)| self.is_merge_key(key)).find_map(|(_, value)| {
            let limit = limit.min(self.end_of(value));
            let entry = self.merged(value).into_iter().find_map(|map| self.lookup_in(map, name, limit, searched))?;
            Some(MappingEntry { own: false, ..entry })
        })
    }

    /// The node after all that a node holds. For an alias that is the alias itself: what it stands for came before.
    fn end_of(&self, id: NodeId) -> NodeId {
        match &self.nodes[id].kind {
            NodeKind::Alias(_) => id,
            NodeKind::Scalar { .. } => id + 1,
            NodeKind::Sequence(items) => items.last().map_or(id + 1, |&last| self.end_of(last)),
            NodeKind::Mapping { entries, .. } => entries.last().map_or(id + 1, |&(_, last)| self.end_of(last)),
        }
    }

    /// In a block mapping, SpecWeave's reader takes `<<` after a `?` for a key like any other.
    pub(super) fn is_merge_key(&self, key: NodeId) -> bool {
        let node = &self.nodes[key];
        match (&node.kind, node.tag.as_deref()) {
            (NodeKind::Scalar { text, style: ScalarStyle::Plain }, None) => text == "<<" && !node.explicit,
            (NodeKind::Scalar { .. }, Some(tag)) => tag.strip_prefix(CORE_TAG) == Some("merge") && !node.explicit,
            _ => false,
        }
    }

    /// What `<<: *a` and `<<: [*a, *b]` merge.
    pub(super) fn merged(&self, value: NodeId) -> Vec<NodeId> {
        match &self.nodes[self.target(value)].kind {
            NodeKind::Sequence(items) => items.clone(),
            _ => vec![value],
        }
    }

    /// The decoded value; `None` is null.
    pub fn value(&self, id: NodeId) -> Option<Value> {
        let node = &self.nodes[self.target(id)];
        let core = node.tag.as_deref().and_then(|tag| tag.strip_prefix(CORE_TAG));
        match &node.kind {
            NodeKind::Sequence(_) => Some(Value::Other("a list")),
            NodeKind::Mapping { .. } => Some(Value::Other("a map")),
            NodeKind::Alias(_) => Some(Value::Other("an alias")),
            NodeKind::Scalar { text, style } => match core {
                Some("str") => Some(Value::Text(text.clone())),
                Some("null") => None,
                Some("seq" | "omap" | "pairs") => Some(Value::Other("a list")),
                Some("map" | "set") => Some(Value::Other("a map")),
                Some("timestamp") => Some(Value::Other("a date")),
                Some("binary") => Some(Value::Other("binary data")),
                Some(_) => scalar::plain(text),
                None if node.tag.is_none() && *style == ScalarStyle::Plain => scalar::plain(text),
                None if node.is_empty() => None,
                None => Some(Value::Text(text.clone())),
            },
        }
    }

    /// Some alias in the document points to this node.
    pub fn is_aliased(&self, id: NodeId) -> bool {
        self.nodes.iter().any(|node| matches!(node.kind, NodeKind::Alias(target) if target == id))
    }

    /// A block scalar without a line of its own stands for the parser where the next key does; here, on its `|`.
    fn place_empty_blocks(&mut self, text: &str, base: usize) {
        for id in 0..self.nodes.len() {
            let node = &self.nodes[id];
            let block = matches!(node.kind, NodeKind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. });
            if !block || text[node.span.start - base..node.span.end - base].contains(|c: char| !c.is_whitespace()) {
                continue;
            }
            let from = if id > 0 { self.nodes[id - 1].span.end - base } else { 0 };
            let before = &text[..node.span.start - base];
            let header = before[from.min(before.len())..]
                .match_indices(['|', '>'])
                .map(|(at, _)| from + at)
                .find(|&at| before[..at].ends_with(SPACE) || at == 0);
            if let Some(at) = header {
                let width = text[at..].find(char::is_whitespace).unwrap_or(text.len() - at);
                self.nodes[id].span = base + at..base + at + width;
            }
        }
    }

    /// All that stands at the top level save `name`, to tell whether an edit changed it.
    pub fn all_but(&self, name: &str) -> String {
        let mut out = String::new();
        for &(key, value) in self.root_entries().unwrap_or_default() {
            if self.key_name(key).as_deref() != Some(name) {
                self.write(key, &mut out);
                self.write(value, &mut out);
            }
        }
        out
    }

    fn write(&self, id: NodeId, out: &mut String) {
        let node = &self.nodes[id];
        // Each part ends with a character that no text can hold.
        out.push_str(node.tag.as_deref().unwrap_or(""));
        match &node.kind {
            NodeKind::Scalar { text, style } => {
                out.push_str(if *style == ScalarStyle::Plain { "\0p" } else { "\0q" });
                out.push_str(text);
            }
            NodeKind::Alias(_) => out.push_str("\0*"),
            NodeKind::Sequence(items) => {
                out.push_str("\0[");
                items.iter().for_each(|&item| self.write(item, out));
            }
            NodeKind::Mapping { entries, .. } => {
                out.push_str("\0{");
                entries.iter().flat_map(|&(key, value)| [key, value]).for_each(|id| self.write(id, out));
            }
        }
        out.push('\0');
    }

    /// A byte-order mark before the first key, and not before the whole text: the parser passes over it, for
    /// SpecWeave's reader it is the key's first character.
    fn take_in_mark(&mut self, text: &str, base: usize) -> Result<(), Problem> {
        let Some(at) = inner_mark(text) else { return Ok(()) };
        let start = base + at + BOM.len();
        let first = self
            .nodes
            .iter_mut()
            .find(|node| node.span.start == start && !matches!(node.kind, NodeKind::Mapping { flow: false, .. }));
        match first {
            Some(Node {
                span,
                tag: None,
                anchored: false,
                kind: NodeKind::Scalar { text, style: ScalarStyle::Plain },
                ..
            }) if span.end > span.start => {
                text.insert_str(0, BOM);
                span.start -= BOM.len();
                Ok(())
            }
            _ => Err(invalid(YamlError::InnerByteOrderMark, base + at..start)),
        }
    }

    /// Tells `? key` from `key:`, which are one to the parser: only the latter has its colon beside it.
    fn mark_explicit_keys(&mut self, text: &str, base: usize) {
        let keys = self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Mapping { flow: false, entries } => Some(entries.iter().map(|&(key, _)| key)),
            _ => None,
        });
        for key in keys.flatten().collect::<Vec<_>>() {
            let node = &self.nodes[key];
            let (before, after) = (&text[..node.span.start - base], &text[node.span.end - base..]);
            let block = |opening: char| !text[node.span.start - base..].starts_with(opening);
            self.nodes[key].explicit = match node.kind {
                NodeKind::Scalar { .. } if node.is_empty() => {
                    !after.trim_start_matches([' ', '\t']).starts_with(':') || question_mark_above(before)
                }
                NodeKind::Sequence(_) if block('[') => true,
                NodeKind::Mapping { .. } if block('{') => true,
                _ => !after.trim_start_matches([' ', '\t']).starts_with(':'),
            };
        }
    }
}
