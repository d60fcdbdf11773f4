//! The frontmatter folds away.

use tower_lsp::ls_types::{FoldingRange, FoldingRangeParams};

use crate::model::parse::spec;
use crate::model::status::Side;
use crate::server::features::Part;
use crate::server::session::Session;

impl Session {
    pub fn folding_ranges(&self, params: &FoldingRangeParams) -> Option<Vec<FoldingRange>> {
        let look = self.look_at(&params.text_document.uri)?;
        if look.part != Part::File(Side::Spec) {
            return Some(Vec::new());
        }
        let fold = spec::block(&look.text.text).and_then(|block| {
            let range = look.text.range(&(block.opening.start..block.closing?.end));
            Some(FoldingRange { start_line: range.start.line, end_line: range.end.line, ..FoldingRange::default() })
        });
        Some(fold.into_iter().collect())
    }
}
