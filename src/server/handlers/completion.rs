//! Statuses, frontmatter keys and ids of increments, where they can be typed.

use tower_lsp::ls_types::*;

use crate::model::completion_context::{self, Wanted};
use crate::model::parse::Span;
use crate::model::status::{Side, Status};
use crate::server::handlers::file_context::{DocumentKind, FileContext};
use crate::server::snapshot::Snapshot;
use crate::workspace::discover;
use crate::workspace::index::Name;

/// A menu, not a catalogue: what is typed narrows it down, and the editor asks again.
const MOST_IDS: usize = 100;

/// The keys SpecWeave's own template and most real projects have, in the template's order.
const KEYS: [(&str, &str); 14] = [
    ("increment", "The increment's id: the name of its folder"),
    ("title", "What it is about, in a few words"),
    ("type", "feature, hotfix, bug, change-request, refactor or experiment"),
    ("priority", "P0 to P3"),
    ("status", "The status; metadata.json has the same one"),
    ("created", "The day it was begun: YYYY-MM-DD"),
    ("structure", "How it is organised, for example user-stories"),
    ("test_mode", "How it is tested, for example TDD or test-after"),
    ("coverage_target", "The test coverage it aims at, in percent"),
    ("project", "The project it belongs to, where there are several"),
    ("epic", "The epic it is part of"),
    ("feature_id", "The feature of the living docs it implements"),
    ("dependencies", "The increments that have to be done before"),
    ("tech_stack", "What it is built with"),
];

pub fn completion(snapshot: &Snapshot<'_>, params: &CompletionParams) -> Option<CompletionResponse> {
    let (file, offset) = FileContext::under(snapshot, &params.text_document_position)?;
    let text = &file.text.text;
    let wanted = match file.kind {
        DocumentKind::File(Side::Spec) => completion_context::in_spec(text, offset),
        DocumentKind::File(Side::Metadata) => completion_context::in_metadata(text, offset),
        DocumentKind::Tasks => None,
    }?;
    let (items, is_incomplete) = match wanted {
        Wanted::Status { span, before, after } => (statuses(snapshot, &file, &span, before, after), false),
        Wanted::Key { span, colon } => (keys(snapshot, &file, &span, colon), false),
        Wanted::Id { span } => ids(snapshot, &file, &span, offset),
    };
    Some(CompletionResponse::List(CompletionList { is_incomplete, items }))
}

/// The reachable ones first.
fn statuses(
    snapshot: &Snapshot<'_>,
    file: &FileContext,
    span: &Span,
    before: &str,
    after: &str,
) -> Vec<CompletionItem> {
    let here = file.increment.preferred_side(snapshot.settings(&file.folder).preferred);
    // What is being typed is no status yet; the other file still has one.
    let status = [here, here.other()]
        .into_iter()
        .find_map(|side| file.increment.file(side).parsed.status_text().and_then(Status::meaning));
    let steps = |goal: Status| status.and_then(|status| status.path_to(goal)).map(|way| way.len());
    let item = |goal: Status| {
        let (order, detail) = match steps(goal) {
            Some(0) => (1, "the current status".to_owned()),
            Some(1) => (0, format!("one step from {}", status.map_or("here", Status::as_str))),
            Some(steps) => (steps, format!("{steps} steps away")),
            None => (9, String::new()),
        };
        CompletionItem {
            detail: Some(detail).filter(|detail| !detail.is_empty()),
            documentation: Some(Documentation::String(format!("{goal}: {}.", goal.says()))),
            sort_text: Some(format!("{order}{goal}")),
            filter_text: Some(format!("{before}{goal}")),
            ..item(
                snapshot,
                file,
                span,
                (goal.as_str(), format!("{before}{goal}{after}")),
                CompletionItemKind::ENUM_MEMBER,
            )
        }
    };
    Status::ALL.into_iter().map(item).collect()
}

/// Increments of the project whose id holds what is before the cursor; and whether there are more.
fn ids(snapshot: &Snapshot<'_>, file: &FileContext, span: &Span, offset: usize) -> (Vec<CompletionItem>, bool) {
    let typed = file.text.text[span.start..offset].to_lowercase();
    let names = snapshot.index.names();
    let increments = discover::increments_folder(&file.root);
    // The latest are linked to most.
    let mut fitting = names.iter().rev().filter(|name| {
        name.id.to_lowercase().contains(&typed) && **name.folder != *file.folder && name.folder.starts_with(&increments)
    });
    let shown: Vec<Name<'_>> = fitting.by_ref().take(MOST_IDS).collect();
    let more = fitting.next().is_some();
    let item = |(at, name): (usize, &Name<'_>)| CompletionItem {
        detail: Some(name.title.to_owned()).filter(|title| !title.is_empty()),
        sort_text: Some(format!("{at:03}")),
        ..item(snapshot, file, span, (name.id, name.id.to_owned()), CompletionItemKind::REFERENCE)
    };
    (shown.iter().enumerate().map(item).collect(), more)
}

/// Those that are not there yet.
fn keys(snapshot: &Snapshot<'_>, file: &FileContext, span: &Span, colon: bool) -> Vec<CompletionItem> {
    let there = |key: &str| {
        file.text.text.lines().any(|line| line.split_once(':').is_some_and(|(before, _)| before.trim_end() == key))
    };
    let typed = &file.text.text[span.clone()];
    let item = |(at, (key, says)): (usize, &(&str, &str))| CompletionItem {
        documentation: Some(Documentation::String((*says).to_owned())),
        sort_text: Some(format!("{at:02}")),
        ..item(
            snapshot,
            file,
            span,
            (key, if colon { format!("{key}: ") } else { (*key).to_owned() }),
            CompletionItemKind::PROPERTY,
        )
    };
    KEYS.iter().filter(|(key, _)| *key == typed || !there(key)).enumerate().map(item).collect()
}

fn item(
    snapshot: &Snapshot<'_>,
    file: &FileContext,
    span: &Span,
    (label, new_text): (&str, String),
    kind: CompletionItemKind,
) -> CompletionItem {
    CompletionItem {
        label: label.to_owned(),
        kind: snapshot.capabilities.completion_kind(kind),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: file.text.range(span), new_text })),
        ..CompletionItem::default()
    }
}
