//! The status itself: its type and spelling, and whether the two files agree on it.

use crate::model::generation::Generation;
use crate::model::increment::Increment;
use crate::model::parse::{self, Field, Value};
use crate::model::preference::Preference;
use crate::model::rules::code::{Code, Severity};
use crate::model::rules::finding::Finding;
use crate::model::rules::value::one_line;
use crate::model::status::{Side, Status};

/// The value in one file by itself.
pub fn value(increment: &Increment, side: Side, findings: &mut Vec<Finding>) {
    let Some(field) = increment.file(side).parsed.status_field() else { return };
    match &field.value {
        Value::Text(text) if Status::meaning(text).is_none() => {
            let message = match Status::nearest(text) {
                Some(nearest) => format!("Unknown status `{}`; did you mean `{nearest}`?", one_line(text)),
                None => format!("Unknown status `{}`; {}.", one_line(text), Status::all_named()),
            };
            findings.push(Finding::new(Code::UnknownStatus, side, field.span.clone(), message));
        }
        Value::Text(_) => {}
        other => {
            let message = format!("`status` must be a string such as `active`, but this is {}.", other.kind());
            findings.push(Finding::new(Code::InvalidStatusType, side, field.span.clone(), message));
        }
    }
}

/// Marked in both files, but one thing to fix: an error in the file that the preferred fix would change.
pub fn desync(increment: &Increment, preferred: Preference, findings: &mut Vec<Finding>) {
    let Some((spec, metadata)) = increment.both() else { return };
    if spec.value.agrees(&metadata.value) {
        return;
    }
    let spelling = match (spec.value.as_text(), metadata.value.as_text()) {
        (Some(a), Some(b)) if a.trim() == b.trim() => " They differ only in whitespace.",
        (Some(a), Some(b)) if Status::meaning(a).is_some() && Status::meaning(a) == Status::meaning(b) => {
            " They mean the same and differ only in spelling."
        }
        _ => "",
    };
    let message = format!(
        "The statuses disagree: spec.md says {}, metadata.json says {}.{spelling}",
        shown(increment, Side::Spec, spec),
        shown(increment, Side::Metadata, metadata)
    );
    for (side, here, there) in [(Side::Spec, spec, metadata), (Side::Metadata, metadata, spec)] {
        let other = side.other();
        let related = format!("{} says {}", other.file_name(), shown(increment, other, there));
        let mut finding = Finding::new(Code::StatusDesync, side, here.span.clone(), message.clone());
        if side == increment.preferred_side(preferred) {
            finding.twin_of = Some(finding.severity);
            finding.severity = Severity::Information;
        }
        findings.push(finding.with_related(other, there.span.clone(), related));
    }
}

/// A status for a message: a string as it reads, anything else as it is written.
fn shown(increment: &Increment, side: Side, field: &Field) -> String {
    match &field.value {
        Value::Text(text) => format!("`{}`", one_line(text)),
        other => {
            let (text, _) = parse::mask(increment.file(side).bytes());
            format!("`{}` ({})", one_line(text.get(field.span.clone()).unwrap_or("")), other.kind())
        }
    }
}

/// One file has a status and the other has none.
pub fn missing(increment: &Increment, findings: &mut Vec<Finding>) {
    for side in Side::BOTH {
        let (here, there) = (increment.file(side), increment.file(side.other()));
        let Some(field) = there.parsed.status_field() else { continue };
        if !here.is_text() || !here.parsed.is_absent() {
            continue;
        }
        // There metadata.json alone has the status.
        if side == Side::Spec && increment.generation == Some(Generation::Three) {
            continue;
        }
        let other = side.other();
        let says = shown(increment, other, field);
        let message = if here.parsed.has_block {
            format!("{} has no status; {} says {says}.", side.file_name(), other.file_name())
        } else {
            format!("spec.md has no frontmatter and so no status; metadata.json says {says}.")
        };
        let related = format!("{} says {says}", other.file_name());
        let blank = here.parsed.written_status().map(|field| field.span.clone());
        let place = blank.unwrap_or_else(|| here.parsed.anchor.clone());
        let mut finding = Finding::new(Code::MissingStatus, side, place, message);
        if increment.status().is_some_and(Status::is_finished) {
            finding.severity = Severity::Hint;
        } else if !here.parsed.has_block {
            finding.severity = Severity::Information;
        }
        findings.push(finding.with_related(other, field.span.clone(), related));
    }
}
