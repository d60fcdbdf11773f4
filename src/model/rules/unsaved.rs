//! What the editor and the disk say of an increment that is being edited.

use crate::model::increment::Increment;
use crate::model::rules::code::Code;
use crate::model::rules::finding::{Finding, OnDisk};
use crate::model::rules::value::one_line;
use crate::model::status::Side;

/// The texts agree, the disk does not: whoever reads the files (hooks, CI, SpecWeave) sees a desync.
pub fn check(increment: &Increment, disk: OnDisk<'_>, findings: &mut Vec<Finding>) {
    if increment.is_desynced() || disk.spec == disk.metadata {
        return;
    }
    for (side, saved) in [(Side::Spec, disk.spec), (Side::Metadata, disk.metadata)] {
        let Some(field) = increment.file(side).parsed.status_field() else { continue };
        if field.value.as_text() == Some(saved) {
            continue;
        }
        let (name, other, saved) = (side.file_name(), side.other().file_name(), one_line(saved));
        let (code, message) = if disk.half_saved {
            (
                Code::HalfSaved,
                format!("{other} was saved but {name} was not; on disk it still says `{saved}`. Save {name}."),
            )
        } else if disk.overtaken.contains(&side) {
            (
                Code::UnsavedFix,
                format!(
                    "Another program changed {name}: on disk it says `{saved}`, so the statuses disagree there. Compare the \
                     two texts before you save."
                ),
            )
        } else {
            (
                Code::UnsavedFix,
                format!("On disk {name} still says `{saved}`, so the statuses disagree there. Save {name}."),
            )
        };
        findings.push(Finding::new(code, side, field.span.clone(), message));
    }
}
