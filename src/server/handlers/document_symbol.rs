//! The outline of spec.md and tasks.md.

use tower_lsp::ls_types::*;

use crate::model::generation::Generation;
use crate::model::parse::spec;
use crate::model::parse::work::{self, Item, Kind};
use crate::model::status::Side;
use crate::server::handlers::file_context::{DocumentKind, FileContext};
use crate::server::snapshot::Snapshot;

pub fn document_symbol(snapshot: &Snapshot<'_>, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let file = FileContext::at(snapshot, &params.text_document.uri)?;
    let symbols = outline_of(&file);
    Some(if snapshot.capabilities.hierarchical_symbols {
        DocumentSymbolResponse::Nested(symbols)
    } else {
        let mut flat = Vec::new();
        flatten(symbols, None, &file.uri, &mut flat);
        DocumentSymbolResponse::Flat(flat)
    })
}

fn outline_of(file: &FileContext) -> Vec<DocumentSymbol> {
    let text = &file.text.text;
    let wanted: &[Kind] = match file.kind {
        // Editors have an outline of JSON of their own.
        DocumentKind::File(Side::Metadata) => return Vec::new(),
        DocumentKind::File(Side::Spec) if file.work.generation == Generation::Three => {
            &[Kind::Story, Kind::Criterion, Kind::Task]
        }
        DocumentKind::File(Side::Spec) => &[Kind::Story, Kind::Criterion],
        DocumentKind::Tasks => &[Kind::Task],
    };
    let mut symbols = Vec::new();
    if file.kind == DocumentKind::File(Side::Spec)
        && let Some(block) = spec::block(text)
    {
        let end = block.closing.as_ref().map_or(block.content.end, |closing| closing.end);
        let range = file.text.range(&(block.opening.start..end));
        let status = file.increment.spec.parsed.status_text().map(str::to_owned);
        symbols.push(symbol(
            "Frontmatter".to_owned(),
            status,
            SymbolKind::NAMESPACE,
            range,
            file.text.range(&block.opening),
        ));
    }
    let mut story_end = 0;
    for item in work::parse(text, file.kind.doc()).items.into_iter().filter(|item| wanted.contains(&item.kind)) {
        let inside = item.kind == Kind::Criterion && item.section.start < story_end;
        if item.kind == Kind::Story {
            story_end = item.section.end;
        }
        let symbol = item_symbol(file, &item);
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

fn item_symbol(file: &FileContext, item: &Item) -> DocumentSymbol {
    let text = &file.text.text;
    let (name, title) = (&text[item.name.clone()], text[item.title.clone()].trim_end_matches('*'));
    let done = file.done(item);
    let mark = match done {
        Some(true) => "☑ ",
        Some(false) => "☐ ",
        None => "",
    };
    let shown = if title.is_empty() { format!("{mark}{name}") } else { format!("{mark}{name}: {title}") };
    let detail = done.map(|done| if done { DONE } else { "open" }.to_owned());
    let kind = match item.kind {
        Kind::Story => SymbolKind::CLASS,
        Kind::Task => SymbolKind::METHOD,
        Kind::Criterion | Kind::Increment => SymbolKind::BOOLEAN,
    };
    symbol(shown, detail, kind, file.text.range(&item.section), file.text.range(&item.name))
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
