//! The frontmatter folds away.

use tower_lsp::ls_types::{FoldingRange, FoldingRangeParams};

use crate::model::parse::spec;
use crate::model::status::Side;
use crate::server::handlers::file_context::{DocumentKind, FileContext};
use crate::server::snapshot::Snapshot;

pub fn folding_range(snapshot: &Snapshot<'_>, params: &FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    let file = FileContext::at(snapshot, &params.text_document.uri)?;
    if file.kind != DocumentKind::File(Side::Spec) {
        return Some(Vec::new());
    }
    let fold = spec::block(&file.text.text).and_then(|block| {
        let range = file.text.range(&(block.opening.start..block.closing?.end));
        Some(FoldingRange { start_line: range.start.line, end_line: range.end.line, ..FoldingRange::default() })
    });
    Some(fold.into_iter().collect())
}
