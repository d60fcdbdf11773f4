//! A page of all increments, for a list of them.

use crate::server::lsp::ext::{IncrementRow, Page, PageParams, StatusWords};
use crate::server::snapshot::Snapshot;
use crate::workspace::index::{IndexedIncrement, Name};

/// All of ten thousand would take longer than anybody who types can wait for.
const PAGE: usize = 200;

pub fn specweave_increments(snapshot: &Snapshot<'_>, PageParams { from }: PageParams) -> Page {
    let uris = snapshot.projects.folder_uris();
    let names = snapshot.index.names();
    let row = |name: Name<'_>| {
        let row = |entry: &IndexedIncrement| {
            Some(IncrementRow::of(name.folder, &entry.summary, uris.get(&*entry.summary.root)?))
        };
        snapshot.index.with(name.folder, row).flatten()
    };
    let names = names.iter();
    let end = from.saturating_add(PAGE);
    let next = (end < names.len()).then_some(end);
    Page { increments: names.skip(from).take(PAGE).filter_map(row).collect(), next, statuses: StatusWords::all() }
}
