//! Increments by id, number or title.

use std::collections::HashMap;
use std::path::Path;

use tower_lsp::ls_types::{Location, Range, SymbolInformation, SymbolKind, WorkspaceSymbolParams};

use crate::model::status::Side;
use crate::server::lsp::ext::FolderUris;
use crate::server::lsp::position;
use crate::server::snapshot::Snapshot;
use crate::workspace::index::{IndexedIncrement, Name};
use crate::workspace::project;

/// More than a picker shows; the rest is found by typing on.
const MOST_SYMBOLS: usize = 128;

pub fn workspace_symbol(snapshot: &Snapshot<'_>, params: &WorkspaceSymbolParams) -> Vec<SymbolInformation> {
    let wanted: String = params.query.to_lowercase().split_whitespace().collect();
    let number = wanted.trim_start_matches('0');
    let names = snapshot.index.names();
    let fits = |name: &Name<'_>| holds(name.id, &wanted) || holds(name.title, &wanted);
    // A number that is typed means the increment that bears it, then those that hold it somewhere.
    let is_number = wanted.is_empty() || wanted.starts_with(|c: char| c.is_ascii_digit());
    let bears = |name: &Name<'_>| is_number && name.id.trim_start_matches('0').starts_with(number);
    let bearing = names.iter().filter(|name| bears(name) && fits(name));
    let holding = names.iter().filter(|name| !bears(name) && fits(name));
    let found = bearing.chain(holding).take(MOST_SYMBOLS);
    let uris = snapshot.projects.folder_uris();
    found.filter_map(|name| increment_symbol(snapshot, &name, &uris)).collect()
}

#[allow(deprecated, reason = "the field must be named")]
fn increment_symbol(
    snapshot: &Snapshot<'_>,
    name: &Name<'_>,
    uris: &HashMap<&Path, FolderUris<'_>>,
) -> Option<SymbolInformation> {
    let spec = Side::Spec.file_name();
    let open = snapshot.documents.get(&project::file(name.folder, spec)).map(|open| open.uri.clone());
    let symbol = |entry: &IndexedIncrement| {
        let folder = || uris.get(&*entry.summary.root)?.get(name.folder);
        let uri = open.or_else(|| Some(format!("{}/{spec}", folder()?)))?;
        let title = Some(name.title).filter(|title| !title.is_empty());
        let status = entry.summary.status.as_deref();
        Some(SymbolInformation {
            name: title.map_or_else(|| name.id.to_owned(), |title| format!("{}: {title}", name.id)),
            kind: SymbolKind::PACKAGE,
            tags: None,
            deprecated: None,
            location: Location { uri: position::parse_uri(&uri)?, range: Range::default() },
            container_name: Some(status.unwrap_or("no status").to_owned()),
        })
    };
    snapshot.index.with(name.folder, symbol).flatten()
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
