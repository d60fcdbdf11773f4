//! The outline of spec.md and tasks.md, and increments by id, number or title.

use std::collections::HashMap;
use std::path::Path;

use serde_json::value::RawValue;
use tower_lsp::ls_types::*;

use crate::model::outline::{self, Item, Kind};
use crate::model::parse::spec;
use crate::model::status::Side;
use crate::server::features::{Look, Part};
use crate::server::session::Session;
use crate::server::wire::{self, FolderUris};
use crate::workspace::index::{IndexedIncrement, Name};
use crate::workspace::project;

/// More than a picker shows; the rest is found by typing on.
const MOST_SYMBOLS: usize = 128;

impl Session {
    pub fn document_symbols(&self, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
        let look = self.look_at(&params.text_document.uri)?;
        let symbols = outline_of(&look);
        Some(if self.client.hierarchical_symbols {
            DocumentSymbolResponse::Nested(symbols)
        } else {
            let mut flat = Vec::new();
            flatten(symbols, None, &look.uri, &mut flat);
            DocumentSymbolResponse::Flat(flat)
        })
    }

    pub fn workspace_symbols(&self, params: &WorkspaceSymbolParams) -> Box<RawValue> {
        let wanted: String = params.query.to_lowercase().split_whitespace().collect();
        let number = wanted.trim_start_matches('0');
        let names = self.index.names();
        let fits = |name: &Name<'_>| holds(name.id, &wanted) || holds(name.title, &wanted);
        // A number that is typed means the increment that bears it, then those that hold it somewhere.
        let is_number = wanted.is_empty() || wanted.starts_with(|c: char| c.is_ascii_digit());
        let bears = |name: &Name<'_>| is_number && name.id.trim_start_matches('0').starts_with(number);
        let bearing = names.iter().filter(|name| bears(name) && fits(name));
        let holding = names.iter().filter(|name| !bears(name) && fits(name));
        let found = bearing.chain(holding).take(MOST_SYMBOLS);
        let uris = self.folder_uris();
        let symbols: Vec<Box<RawValue>> = found.filter_map(|name| self.increment_symbol(&name, &uris)).collect();
        wire::written(&symbols)
    }

    fn increment_symbol(&self, name: &Name<'_>, uris: &HashMap<&Path, FolderUris<'_>>) -> Option<Box<RawValue>> {
        let spec = Side::Spec.file_name();
        let open = self.documents.get(&project::file(name.folder, spec)).map(|open| open.uri.clone());
        let symbol = |entry: &IndexedIncrement| {
            let folder = || uris.get(&*entry.summary.root)?.get(name.folder);
            let uri = open.or_else(|| Some(format!("{}/{spec}", folder()?)))?;
            Some(wire::symbol(name, uri, &entry.summary))
        };
        self.index.with(name.folder, symbol).flatten()
    }
}

/// The letters of `wanted`, which are small, in their order, as pickers match.
fn holds(text: &str, wanted: &str) -> bool {
    if wanted.is_ascii() {
        // What is typed nearly always, and there may be thousands of texts: no byte of another letter is ASCII.
        let mut letters = text.bytes();
        return wanted.bytes().all(|c| {
            let capital = if c.is_ascii_lowercase() { b'a' - b'A' } else { 0 };
            letters.any(|letter| letter | capital == c)
        });
    }
    let mut letters = text.chars().flat_map(char::to_lowercase);
    wanted.chars().all(|c| letters.any(|letter| letter == c))
}

fn outline_of(look: &Look) -> Vec<DocumentSymbol> {
    let text = &look.text.text;
    let wanted: &[Kind] = match look.part {
        // Editors have an outline of JSON of their own.
        Part::File(Side::Metadata) => return Vec::new(),
        Part::File(Side::Spec) => &[Kind::Story, Kind::Criterion],
        Part::Tasks => &[Kind::Task],
    };
    let mut symbols = Vec::new();
    if look.part == Part::File(Side::Spec)
        && let Some(block) = spec::block(text)
    {
        let end = block.closing.as_ref().map_or(block.content.end, |closing| closing.end);
        let range = look.text.range(&(block.opening.start..end));
        let status = look.increment.spec.parsed.status_text().map(str::to_owned);
        symbols.push(symbol(
            "Frontmatter".to_owned(),
            status,
            SymbolKind::NAMESPACE,
            range,
            look.text.range(&block.opening),
        ));
    }
    let mut story_end = 0;
    for item in outline::items(text).into_iter().filter(|item| wanted.contains(&item.kind)) {
        let inside = item.kind == Kind::Criterion && item.section.start < story_end;
        if item.kind == Kind::Story {
            story_end = item.section.end;
        }
        let symbol = item_symbol(look, &item);
        match symbols.last_mut().filter(|_| inside) {
            Some(story) => story.children.get_or_insert_default().push(symbol),
            None => symbols.push(symbol),
        }
    }
    for story in symbols.iter_mut().filter(|symbol| symbol.kind == SymbolKind::CLASS) {
        let criteria = story.children.as_deref().unwrap_or_default();
        let done = criteria.iter().filter(|criterion| criterion.detail.as_deref() == Some(DONE)).count();
        story.detail = Some(format!("{done}/{} ACs", criteria.len()));
    }
    symbols
}

const DONE: &str = "done";

fn item_symbol(look: &Look, item: &Item) -> DocumentSymbol {
    let text = &look.text.text;
    let (name, title) = (&text[item.name.clone()], text[item.title.clone()].trim_end_matches('*'));
    let mark = match item.done {
        Some(true) => "☑ ",
        Some(false) => "☐ ",
        None => "",
    };
    let shown = if title.is_empty() { format!("{mark}{name}") } else { format!("{mark}{name}: {title}") };
    let detail = item.done.map(|done| if done { DONE } else { "open" }.to_owned());
    let kind = match item.kind {
        Kind::Story => SymbolKind::CLASS,
        Kind::Task => SymbolKind::METHOD,
        Kind::Criterion | Kind::Increment => SymbolKind::BOOLEAN,
    };
    symbol(shown, detail, kind, look.text.range(&item.section), look.text.range(&item.name))
}

#[allow(deprecated, reason = "the field must be named")]
fn symbol(
    name: String,
    detail: Option<String>,
    kind: SymbolKind,
    range: Range,
    selection_range: Range,
) -> DocumentSymbol {
    DocumentSymbol { name, detail, kind, tags: None, deprecated: None, range, selection_range, children: None }
}

/// For clients that take no trees.
#[allow(deprecated, reason = "the field must be named")]
fn flatten(symbols: Vec<DocumentSymbol>, parent: Option<&str>, uri: &Uri, flat: &mut Vec<SymbolInformation>) {
    for symbol in symbols {
        flat.push(SymbolInformation {
            name: symbol.name.clone(),
            kind: symbol.kind,
            tags: None,
            deprecated: None,
            location: Location { uri: uri.clone(), range: symbol.range },
            container_name: parent.map(str::to_owned),
        });
        flatten(symbol.children.unwrap_or_default(), Some(&symbol.name), uri, flat);
    }
}
