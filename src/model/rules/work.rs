//! The work that is left: tasks and acceptance criteria against the status.

use crate::model::increment::Increment;
use crate::model::progress::Progress;
use crate::model::rules::code::Code;
use crate::model::rules::finding::Finding;
use crate::model::status::{Side, Status};

/// Completed, and something is still open.
pub fn completed_with_open_work(increment: &Increment, progress: Progress, findings: &mut Vec<Finding>) {
    let Some(field) = increment.spec.parsed.status_field() else { return };
    let completed = field.value.as_text().and_then(Status::meaning) == Some(Status::Completed);
    if completed && let Some(open) = progress.open_work() {
        let message = format!("The increment is completed, but {open}.");
        findings.push(Finding::new(Code::CompletedWithOpenWork, Side::Spec, field.span.clone(), message));
    }
}
