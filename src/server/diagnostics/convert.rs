//! Findings as the protocol's diagnostics.

use tower_lsp::ls_types::*;

use crate::model::file_kind::FileKind;
use crate::model::rules::Severity;
use crate::server::lsp::capabilities::Capabilities;
use crate::server::lsp::position;
use crate::workspace::check::LocatedFinding;

pub const SOURCE: &str = "specweave";

/// `uri` gives the files that related places are in.
pub fn diagnostic(
    placed: &LocatedFinding,
    uri: impl Fn(FileKind) -> Option<Uri>,
    capabilities: &Capabilities,
) -> Diagnostic {
    let range = |start, end| Range::new(position::position(start), position::position(end));
    let related = || {
        let places = placed.related.iter().filter_map(|related| {
            let location = Location { uri: uri(related.file)?, range: range(related.start, related.end) };
            Some(DiagnosticRelatedInformation { location, message: related.message.to_string() })
        });
        Some(places.collect::<Vec<_>>()).filter(|places| !places.is_empty())
    };
    // Who cannot be led to the other file is told here (opencode shows a model the errors of the file it edited, and no more).
    let severity = placed.twin_of.filter(|_| !capabilities.related_information).unwrap_or(placed.severity);
    Diagnostic {
        range: range(placed.start, placed.end),
        severity: Some(match severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Information => DiagnosticSeverity::INFORMATION,
            Severity::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(placed.code.as_str().to_owned())),
        source: Some(SOURCE.to_owned()),
        message: placed.message.to_string(),
        related_information: if capabilities.related_information { related() } else { None },
        ..Diagnostic::default()
    }
}
