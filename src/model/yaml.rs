//! YAML text -> a tree whose nodes know where they stand. Only the parser's events are used: nothing is
//! evaluated, aliases stay references (so they cannot multiply), and depth is bounded by the parser.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};

use super::reading::{Span, Value};
use super::yaml_scalar;

pub type NodeId = usize;

/// Nesting beyond this is refused. Real frontmatter is three levels deep; without a bound a crafted file
/// would cost memory for nothing.
const NESTING_LIMIT: usize = 64;

const CORE_TAG: &str = "tag:yaml.org,2002:";
const CORE_TYPES: [&str; 13] =
    ["str", "int", "float", "bool", "null", "timestamp", "binary", "omap", "pairs", "set", "seq", "map", "merge"];

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
    tag: Option<String>,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Scalar { text: String, style: ScalarStyle },
    Sequence,
    Mapping { flow: bool, entries: Vec<(NodeId, NodeId)> },
    Alias(NodeId),
}

#[derive(Debug)]
pub struct Fault {
    pub span: Span,
    pub message: String,
    /// The key that stands twice, when that is the fault.
    pub duplicate: Option<(NodeId, String)>,
}

/// Where a key of a mapping got its value from.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub key: NodeId,
    pub value: NodeId,
    /// False when the value came in through a merge key (`<<`).
    pub own: bool,
}

/// Reads `text`, which starts at byte `base` of its file: all spans count from there.
pub fn parse(text: &str, base: usize) -> Result<(Tree, Vec<Fault>), Fault> {
    let options = granit_parser::options! {
        flow_nesting_limit: NESTING_LIMIT,
        block_nesting_limit: NESTING_LIMIT,
    };
    let mut builder = Builder { tree: Tree { nodes: Vec::new(), root: None }, open: Vec::new(), anchors: Vec::new() };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let at = base + error.marker().byte_offset().unwrap_or(0).min(text.len());
            Fault { span: one_char(text, base, at), message: plain_message(&error.to_string()), duplicate: None }
        })?;
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                let at = base + span.start.byte_offset().unwrap_or(0);
                let message = "a second YAML document starts here".to_owned();
                return Err(Fault { span: at..at + 3, message, duplicate: None });
            }
        }
        let range = span.byte_range().unwrap_or(0..0);
        let tag_start = span.tag_start().and_then(|mark| mark.byte_offset()).map(|at| at + base);
        builder.take(event, base + range.start..base + range.end, tag_start);
    }
    let tree = builder.tree;
    let faults = tree.faults(text, base);
    Ok((tree, faults))
}

/// The parser puts the position into its message as well; ours is in the span.
fn plain_message(message: &str) -> String {
    let end = [" at char ", " at byte "].iter().filter_map(|mark| message.rfind(mark)).min();
    message[..end.unwrap_or(message.len())].replace('`', "'")
}

fn one_char(text: &str, base: usize, at: usize) -> Span {
    let inside = &text[text.floor_char_boundary(at - base)..];
    let width = inside.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    at..at + width
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
                self.add(Kind::Scalar { text, style }, span, tag_start, anchor, tag.as_deref());
            }
            Event::Alias(anchor) => {
                let target = self.anchors.iter().rev().find(|(id, _)| *id == anchor).map_or(0, |(_, node)| *node);
                self.add(Kind::Alias(target), span, None, 0, None);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let id = self.add(Kind::Sequence, span, tag_start, anchor, tag.as_deref());
                self.open.push((id, None));
            }
            Event::MappingStart(style, anchor, tag) => {
                let kind = Kind::Mapping { flow: style == StructureStyle::Flow, entries: Vec::new() };
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

    fn add(&mut self, kind: Kind, span: Span, tag_start: Option<usize>, anchor: usize, tag: Option<&Tag>) -> NodeId {
        let id = self.tree.nodes.len();
        let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
        self.tree.nodes.push(Node { span, tag_start, anchored: anchor != 0, tag, kind });
        if anchor != 0 {
            self.anchors.push((anchor, id));
        }
        match self.open.last_mut() {
            None => self.tree.root = Some(id),
            Some((parent, waiting)) => {
                if let Kind::Mapping { entries, .. } = &mut self.tree.nodes[*parent].kind {
                    match waiting.take() {
                        Some(key) => entries.push((key, id)),
                        None => *waiting = Some(id),
                    }
                }
            }
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
            Kind::Alias(target) => target,
            _ => id,
        }
    }

    pub fn root_entries(&self) -> Option<&[(NodeId, NodeId)]> {
        self.entries(self.root?)
    }

    fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match &self.nodes[self.target(id)].kind {
            Kind::Mapping { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The name a key has for the reader: everything becomes a string there.
    fn key_name(&self, id: NodeId) -> Option<String> {
        match &self.nodes[self.target(id)].kind {
            Kind::Scalar { text, .. } => Some(match self.value(id) {
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Bool(value)) => value.to_string(),
                None => "null".to_owned(),
                _ => text.clone(),
            }),
            _ => None,
        }
    }

    /// What `name` stands for at the top level: the mapping's own key first, then merged ones in their order.
    pub fn lookup(&self, name: &str) -> Option<Entry> {
        self.lookup_in(self.root?, name, 0)
    }

    fn lookup_in(&self, map: NodeId, name: &str, depth: usize) -> Option<Entry> {
        let entries = self.entries(map)?;
        let own = entries.iter().rev().find(|(key, _)| self.key_name(*key).as_deref() == Some(name));
        if let Some(&(key, value)) = own {
            return Some(Entry { key, value, own: depth == 0 });
        }
        // An anchor can stand inside the mapping it names; the bound keeps such a merge from running in circles.
        if depth > NESTING_LIMIT {
            return None;
        }
        entries
            .iter()
            .filter(|(key, _)| self.is_merge_key(*key))
            .find_map(|&(_, value)| match self.merged_maps(value) {
                maps if maps.is_empty() => None,
                maps => maps.into_iter().find_map(|map| self.lookup_in(map, name, depth + 1)),
            })
            .map(|entry| Entry { own: false, ..entry })
    }

    fn is_merge_key(&self, key: NodeId) -> bool {
        let node = &self.nodes[key];
        matches!(&node.kind, Kind::Scalar { text, style: ScalarStyle::Plain } if text == "<<")
    }

    /// `<<: *a` and `<<: [*a, *b]`.
    fn merged_maps(&self, value: NodeId) -> Vec<NodeId> {
        let id = self.target(value);
        match &self.nodes[id].kind {
            Kind::Mapping { .. } => vec![id],
            Kind::Sequence => {
                let span = &self.nodes[id].span;
                let inside = |node: &Node| span.start <= node.span.start && node.span.end <= span.end;
                (id + 1..self.nodes.len())
                    .take_while(|&at| inside(&self.nodes[at]))
                    .filter(|&at| self.entries(at).is_some())
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The decoded value; `None` is null.
    pub fn value(&self, id: NodeId) -> Option<Value> {
        let node = &self.nodes[self.target(id)];
        let core = node.tag.as_deref().and_then(|tag| tag.strip_prefix(CORE_TAG));
        match &node.kind {
            Kind::Sequence => Some(Value::Other("a list")),
            Kind::Mapping { .. } => Some(Value::Other("a map")),
            Kind::Alias(_) => Some(Value::Other("an alias")),
            Kind::Scalar { text, style } => match core {
                Some("str") => Some(Value::Text(text.clone())),
                Some("null") => None,
                Some("timestamp") => Some(Value::Other("a date")),
                Some("binary") => Some(Value::Other("binary data")),
                Some(_) => yaml_scalar::plain(text),
                None if node.tag.is_none() && *style == ScalarStyle::Plain => yaml_scalar::plain(text),
                None => Some(Value::Text(text.clone())),
            },
        }
    }

    /// Some alias in the document points to this node.
    pub fn is_aliased(&self, id: NodeId) -> bool {
        self.nodes.iter().any(|node| matches!(node.kind, Kind::Alias(target) if target == id))
    }

    /// What the parser lets pass and SpecWeave's reader refuses.
    fn faults(&self, text: &str, base: usize) -> Vec<Fault> {
        let mut faults = Vec::new();
        for node in &self.nodes {
            if let Some(message) = self.tag_fault(node) {
                faults.push(Fault {
                    span: node.tag_start.unwrap_or(node.span.start)..node.span.end,
                    message,
                    duplicate: None,
                });
            }
            if let Kind::Mapping { entries, .. } = &node.kind {
                let mut seen = std::collections::HashSet::new();
                for &(key, value) in entries {
                    if self.is_merge_key(key) {
                        if self.merged_maps(value).is_empty() {
                            let message = "only a mapping, or a list of mappings, can be merged with '<<'".to_owned();
                            faults.push(Fault { span: self.nodes[key].span.clone(), message, duplicate: None });
                        }
                        continue;
                    }
                    let Some(name) = self.key_name(key) else { continue };
                    if !seen.insert(name.clone()) {
                        let message = format!("the key '{name}' stands twice");
                        faults.push(Fault {
                            span: self.nodes[key].span.clone(),
                            message,
                            duplicate: Some((key, name)),
                        });
                    }
                }
            }
        }
        let unreadable = |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
        if let Some(at) = text.find(unreadable) {
            let message = "a control character".to_owned();
            faults.push(Fault { span: one_char(text, base, base + at), message, duplicate: None });
        }
        faults
    }

    fn tag_fault(&self, node: &Node) -> Option<String> {
        let tag = node.tag.as_deref()?;
        if tag == "!" {
            return None;
        }
        let known = tag.strip_prefix(CORE_TAG).filter(|name| CORE_TYPES.contains(name));
        let Some(name) = known else {
            return Some(format!("unknown tag '{tag}'"));
        };
        let fits = match (&node.kind, name) {
            (Kind::Scalar { .. }, "str" | "binary") => true,
            (Kind::Scalar { text, .. }, _) => match (name, yaml_scalar::plain(text)) {
                ("int", Some(Value::Number(number))) => number.fract() == 0.0,
                ("float", Some(Value::Number(_))) | ("bool", Some(Value::Bool(_))) | ("null", None) => true,
                ("timestamp", Some(Value::Other(_))) | ("merge", _) => true,
                _ => false,
            },
            (Kind::Sequence, "seq" | "omap" | "pairs") | (Kind::Mapping { .. }, "map" | "set") => true,
            _ => false,
        };
        (!fits).then(|| format!("the value does not fit its tag '!!{name}'"))
    }
}
