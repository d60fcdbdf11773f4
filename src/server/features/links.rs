//! Ids of increments in a text lead to their spec.md.

use tower_lsp::ls_types::{DocumentLink, DocumentLinkParams};

use crate::model::outline::{self, Kind};
use crate::model::status::Side;
use crate::server::session::Session;

impl Session {
    pub fn document_links(&self, params: &DocumentLinkParams) -> Option<Vec<DocumentLink>> {
        let look = self.look_at(&params.text_document.uri)?;
        let link = |(_, span)| {
            let range: std::ops::Range<usize> = span;
            let id = &look.text.text[range.clone()];
            let folder = self.named(&look.root, id).filter(|folder| *folder != look.folder)?;
            Some(DocumentLink {
                range: look.text.range(&range),
                target: Some(self.uri(&folder.join(Side::Spec.file_name()))?),
                tooltip: self.title(&folder),
                data: None,
            })
        };
        let mentions = outline::mentions(&look.text.text).filter(|(kind, _)| *kind == Kind::Increment);
        Some(mentions.filter_map(link).collect())
    }
}
