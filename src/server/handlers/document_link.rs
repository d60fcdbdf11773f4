//! Ids of increments in a text lead to their spec.md.

use tower_lsp::ls_types::{DocumentLink, DocumentLinkParams};

use crate::model::parse::work::{self, Kind};
use crate::model::status::Side;
use crate::server::handlers::file_context::FileContext;
use crate::server::snapshot::Snapshot;

pub fn document_link(snapshot: &Snapshot<'_>, params: &DocumentLinkParams) -> Option<Vec<DocumentLink>> {
    let file = FileContext::at(snapshot, &params.text_document.uri)?;
    let link = |(_, span)| {
        let range: std::ops::Range<usize> = span;
        let id = &file.text.text[range.clone()];
        let folder = snapshot.increment(&file.root, id).filter(|folder| *folder != file.folder)?;
        Some(DocumentLink {
            range: file.text.range(&range),
            target: Some(snapshot.uri(&folder.join(Side::Spec.file_name()))?),
            tooltip: snapshot.title(&folder).filter(|_| snapshot.capabilities.link_tooltips),
            data: None,
        })
    };
    let mentions = work::mentions(&file.text.text).filter(|(kind, _)| *kind == Kind::Increment);
    Some(mentions.filter_map(link).collect())
}
