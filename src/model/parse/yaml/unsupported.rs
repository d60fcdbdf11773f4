//! What the parser lets pass and SpecWeave's reader refuses, or nobody can read: tags, keys, merges, odd characters.

use std::collections::HashSet;

use granit_parser::ScalarStyle;

use crate::model::parse::yaml::{
    CORE_TAG, CORE_TYPES, Fault, Kind, MERGE_LIMIT, MERGE_LIST_LIMIT, Node, NodeId, Tree, next_word, one_char,
};
use crate::model::parse::{Value, yaml_scalar};

impl Tree {
    /// What the parser lets pass and SpecWeave's reader refuses.
    pub(super) fn faults(&self, text: &str, base: usize) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut merges = 0;
        for node in &self.nodes {
            if (node.anchored || node.tag.is_some())
                && node.is_empty()
                && next_word(text, node.span.end - base).starts_with(['&', '!'])
            {
                let message = "an anchor or a tag without a value stands before another one".to_owned();
                faults.push(Fault { span: node.span.clone(), message, duplicate: None });
            }
            if let Kind::Alias(target) = node.kind
                && self.nodes[target].is_empty()
            {
                // SpecWeave's reader makes a list of it, or nothing, or fails.
                let message = "an alias stands for a value that is not written".to_owned();
                faults.push(Fault { span: node.span.clone(), message, duplicate: None });
            }
            if let Some(message) = self.tag_fault(node) {
                faults.push(Fault {
                    span: node.tag_start.unwrap_or(node.span.start)..node.span.end,
                    message,
                    duplicate: None,
                });
            }
            if let Kind::Mapping { entries, flow } = &node.kind {
                let fault = entries.iter().find_map(|&entry| {
                    let message = match flow {
                        true => self.flow_key_fault(entry.0, text, base),
                        false => self.block_key_fault(entry.0, entry == entries[0]),
                    }?;
                    Some(Fault { span: self.nodes[entry.0].span.clone(), message: message.to_owned(), duplicate: None })
                });
                faults.extend(fault);
                let mut seen = HashSet::new();
                for &(key, value) in entries {
                    if self.is_merge_key(key) {
                        let sources = self.merged(value);
                        merges += sources.len();
                        if !sources.iter().all(|&source| self.entries(source).is_some()) {
                            let message = "only a mapping, or a list of mappings, can be merged with '<<'".to_owned();
                            faults.push(Fault { span: self.nodes[key].span.clone(), message, duplicate: None });
                        } else if sources.len() > MERGE_LIST_LIMIT || merges > MERGE_LIMIT {
                            let message = "too many mappings are merged with '<<'".to_owned();
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
        if let Some(root) = self.root {
            self.text_faults(root, None, false, text, base, &mut faults);
            faults.extend(self.root_fault(root, text, base));
        }
        if let Some(root) = self.root
            && let Some(value) = self.value(root)
            && self.entries(root).is_none()
        {
            let message = format!("it holds {}, not keys with values", value.kind());
            faults.push(Fault { span: self.nodes[root].span.clone(), message, duplicate: None });
        }
        let unreadable = |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
        if let Some(at) = text.find(unreadable) {
            let message = "a control character".to_owned();
            faults.push(Fault { span: one_char(text, base, base + at), message, duplicate: None });
        }
        faults
    }

    /// The key of a mapping that has one entry.
    fn only_key(&self, id: NodeId) -> Option<String> {
        match self.entries(id)? {
            [(key, _)] => self.key_name(*key),
            _ => None,
        }
    }

    /// Keys that are valid YAML and still more than SpecWeave's reader takes.
    fn block_key_fault(&self, key: NodeId, first: bool) -> Option<&'static str> {
        let node = &self.nodes[key];
        if node.explicit {
            self.list_in_list(key)
        } else if first && (node.anchored || node.tag.is_some()) {
            Some("an anchor or a tag stands before the first key of a mapping")
        } else if node.is_empty() && !node.anchored && node.tag.is_none() {
            Some("a key is missed before ':'")
        } else {
            self.list_in_list(key)
        }
    }

    fn flow_key_fault(&self, key: NodeId, text: &str, base: usize) -> Option<&'static str> {
        let span = &self.nodes[key].span;
        let rest = next_word(text, span.end - base);
        if rest.starts_with(':')
            && text[span.start - base..text.len() - rest.len()].contains(['\n', '\r'])
            && !follows_question_mark(&text[..span.start - base])
        {
            return Some("the ':' after a key stands on another line than the key");
        }
        self.list_in_list(key)
    }

    fn list_in_list(&self, key: NodeId) -> Option<&'static str> {
        let Kind::Sequence(items) = &self.nodes[self.target(key)].kind else { return None };
        let nested = items.iter().any(|&item| matches!(self.nodes[self.target(item)].kind, Kind::Sequence(_)));
        nested.then_some("a key is a list that holds lists")
    }

    /// What the parser takes and SpecWeave's reader does not: a text that goes on behind a comment, and inside `[…]` and
    /// `{…}` one that goes on in a line that is not indented further than `indent`, the column of the block around it.
    /// Of a `?` alone in there it makes nothing.
    fn text_faults(
        &self,
        id: NodeId,
        indent: Option<usize>,
        flow: bool,
        text: &str,
        base: usize,
        faults: &mut Vec<Fault>,
    ) {
        let node = &self.nodes[id];
        let start = node.span.start - base;
        let column = |at: usize| at - text[..at].rfind(['\n', '\r']).map_or(0, |line| line + 1);
        let (indent, flow, inner) = match &node.kind {
            Kind::Scalar { style: ScalarStyle::Plain, .. } => {
                let written = &text[start..node.span.end - base];
                if let Some(message) = plain_text_fault(written, indent.filter(|_| flow), flow) {
                    faults.push(Fault { span: node.span.clone(), message: message.to_owned(), duplicate: None });
                }
                return;
            }
            Kind::Mapping { flow: own, entries } => {
                let inner: Vec<_> = entries.iter().flat_map(|&(key, value)| [key, value]).collect();
                (if *own { indent } else { Some(column(start)) }, *own, inner)
            }
            Kind::Sequence(items) if flow || text[start..].starts_with('[') => (indent, true, items.clone()),
            Kind::Sequence(items) => {
                // The first `-` of a list that is not indented stands before the span.
                let dash = if text[start..].starts_with('-') { Some(start) } else { text[..start].rfind('-') };
                (Some(column(dash.unwrap_or(start))), false, items.clone())
            }
            _ => return,
        };
        for id in inner {
            self.text_faults(id, indent, flow, text, base, faults);
        }
    }

    /// Indentation before the whole of it that SpecWeave's reader does not take, or YAML does not allow.
    fn root_fault(&self, root: NodeId, text: &str, base: usize) -> Option<Fault> {
        let line_of = |at: usize| text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let start = self.nodes[root].span.start - base;
        let property = text.len() - next_word(text, 0).len();
        let (line, above) = (line_of(start), line_of(property));
        let message = if text[line..start].contains('\t') {
            "a tab stands before the first key; indent with spaces"
        } else if above < line && text[property..].starts_with(['&', '!']) && property - above > start - line {
            "an anchor or a tag is indented further than what it belongs to"
        } else {
            return None;
        };
        Some(Fault { span: base + line..base + start, message: message.to_owned(), duplicate: None })
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
            _ if node.is_empty() => !matches!(name, "int" | "float" | "bool" | "timestamp" | "binary"),
            (Kind::Scalar { .. }, "str") => true,
            (Kind::Scalar { text, .. }, "binary") => yaml_scalar::is_base64(text),
            (Kind::Scalar { text, .. }, "int") => yaml_scalar::is_integer(text),
            (Kind::Scalar { text, .. }, "float") => yaml_scalar::is_float(text),
            (Kind::Scalar { text, .. }, "merge") => text == "<<",
            (Kind::Scalar { text, .. }, _) => match (name, yaml_scalar::plain(text)) {
                ("bool", Some(Value::Bool(_))) | ("timestamp", Some(Value::Other(_))) => true,
                ("null", None) => !text.is_empty(),
                _ => false,
            },
            (Kind::Sequence(_), "seq") | (Kind::Mapping { .. }, "map") => true,
            (Kind::Sequence(items), "omap" | "pairs") => {
                let names: Vec<_> = items.iter().filter_map(|&item| self.only_key(item)).collect();
                let distinct = names.iter().collect::<HashSet<_>>().len();
                names.len() == items.len() && (name == "pairs" || distinct == names.len())
            }
            (Kind::Mapping { entries, .. }, "set") => entries.iter().all(|&(_, value)| self.value(value).is_none()),
            _ => false,
        };
        (!fits).then(|| format!("the value does not fit its tag '!!{name}'"))
    }
}

/// `indent` is given where the text has to be indented further than that.
fn plain_text_fault(written: &str, indent: Option<usize>, flow: bool) -> Option<&'static str> {
    let words = |line: &str| line.trim_start_matches([' ', '\t']).len();
    let more = || written.split(['\n', '\r']).skip(1).filter(|line| words(line) > 0);
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    if flow && written == "?" {
        Some("a '?' stands alone in a list or mapping")
    } else if more().any(|line| line[line.len() - words(line)..].starts_with('#')) {
        Some("a text goes on after a comment")
    } else if more().any(|line| indent.is_some_and(|indent| depth(line) <= indent)) {
        Some("a text in a list or mapping goes on in a line that is not indented")
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
