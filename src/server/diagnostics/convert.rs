//! Findings as the protocol's diagnostics.

use tower_lsp::ls_types::*;

use crate::model::rules::Severity;
use crate::server::lsp::capabilities::Capabilities;
use crate::server::lsp::position;
use crate::workspace::check::LocatedFinding;

pub const SOURCE: &str = "specweave";

pub fn diagnostic(placed: &LocatedFinding, related_uri: Option<Uri>, capabilities: &Capabilities) -> Diagnostic {
    let range = |start, end| Range::new(position::position(start), position::position(end));
    let related = placed.related.as_ref().zip(related_uri).filter(|_| capabilities.related_information);
    Diagnostic {
        range: range(placed.start, placed.end),
        severity: Some(match placed.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Information => DiagnosticSeverity::INFORMATION,
            Severity::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(placed.code.as_str().to_owned())),
        source: Some(SOURCE.to_owned()),
        message: placed.message.to_string(),
        related_information: related.map(|(related, uri)| {
            let location = Location { uri, range: range(related.start, related.end) };
            vec![DiagnosticRelatedInformation { location, message: related.message.clone() }]
        }),
        ..Diagnostic::default()
    }
}
