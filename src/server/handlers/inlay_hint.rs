//! Behind a status that the other file contradicts: `≠ metadata.json: completed`.

use tower_lsp::ls_types::{InlayHint, InlayHintLabel, InlayHintParams, InlayHintTooltip};

use crate::model::rules::one_line;
use crate::server::handlers::file_context::{DocumentKind, FileContext};
use crate::server::snapshot::Snapshot;

pub fn inlay_hint(snapshot: &Snapshot<'_>, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    let file = FileContext::at(snapshot, &params.text_document.uri)?;
    let DocumentKind::File(side) = file.kind else { return Some(Vec::new()) };
    if !snapshot.settings(&file.folder).inlay_hints || !file.increment.is_desynced() {
        return Some(Vec::new());
    }
    let field = |side| file.increment.file(side).parsed.status_field();
    let span = &field(side)?.span;
    // The span lies within the quotes, the hint behind them: inside it would read as part of the value.
    let text = &file.text.text;
    let quoted = text[..span.start].ends_with(['"', '\'']) && text[span.end..].starts_with(['"', '\'']);
    let here = file.text.range(&(span.start..span.end + usize::from(quoted)));
    if here.end < params.range.start || params.range.end < here.end {
        return Some(Vec::new());
    }
    let other = field(side.other())?;
    let said = other.value.as_text().map_or_else(|| other.value.kind().to_owned(), one_line);
    let name = side.other().file_name();
    Some(vec![InlayHint {
        position: here.end,
        label: InlayHintLabel::String(format!("≠ {name}: {said}")),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(format!(
            "{name} says another status; a quick fix here makes both agree."
        ))),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }])
}
