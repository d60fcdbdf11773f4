//! The work that is left: tasks and acceptance criteria against the status, and against each other.

use crate::model::generation::Generation;
use crate::model::increment::Increment;
use crate::model::parse::metadata;
use crate::model::parse::work::Kind;
use crate::model::rules::code::{Code, Severity};
use crate::model::rules::finding::Finding;
use crate::model::rules::value::one_line;
use crate::model::status::Status;
use crate::model::work::{Disagreement, Work};

/// So many open tasks and criteria are named; the counts tell the rest.
const MOST_NAMED: usize = 5;

pub fn check(increment: &Increment, work: &Work, findings: &mut Vec<Finding>) {
    against_status(increment, work, findings);
    for disagreement in &work.disagreements {
        match disagreement {
            Disagreement::UnknownCriterion { place, task, criterion } => {
                let message =
                    format!("{} names {}, but spec.md has no such criterion.", one_line(task), one_line(criterion));
                findings.push(Finding::new(Code::UnknownReference, place.file, place.span.clone(), message));
            }
            Disagreement::UncoveredCriterion { place, criterion } => {
                let message = format!("No task covers {}, and it is not ticked.", one_line(criterion));
                findings.push(Finding::new(Code::UncoveredCriterion, place.file, place.span.clone(), message));
            }
            Disagreement::ShadowedTasks { place } => {
                let message =
                    "SpecWeave reads tasks.md and ignores these tasks; delete one of the two lists.".to_owned();
                findings.push(Finding::new(Code::ShadowedTasks, place.file, place.span.clone(), message));
            }
            _ => {}
        }
    }
}

/// Completed and something is open; or open, and everything is done.
fn against_status(increment: &Increment, work: &Work, findings: &mut Vec<Finding>) {
    let (Some(field), Some(status)) = (increment.status_field(), increment.status()) else { return };
    let side = increment.status_side();
    if status == Status::Completed
        && let Some(open) = work.progress.open_work()
    {
        // In generation 3 a criterion is not what keeps an increment open.
        let counts = |kind: Kind| kind == Kind::Task || work.generation != Generation::Three;
        let open_items = || work.open.iter().filter(|open| counts(open.kind));
        let is_put_off = open_items().next().is_some() && open_items().all(|open| open.is_put_off);
        let rest = if is_put_off { "; each of them says that it was put off" } else { "" };
        let message = format!("The increment is completed, but {open}{rest}.");
        let mut finding = Finding::new(Code::CompletedWithOpenWork, side, field.span.clone(), message);
        if is_put_off || has_close_reason(increment) {
            finding.severity = Severity::Information;
        }
        for open in open_items().take(MOST_NAMED) {
            let message = format!("{} is open", one_line(&open.name));
            finding = finding.with_related(open.place.file, open.place.span.clone(), message);
        }
        findings.push(finding);
    } else if status.is_open() && !increment.is_desynced() && work.is_ready_to_close() {
        let message = format!(
            "The increment is `{}`, but all of its work is done. Close it if nothing is left to do.",
            one_line(increment.status_text().unwrap_or_default())
        );
        findings.push(Finding::new(Code::ReadyToClose, side, field.span.clone(), message));
    }
}

/// SpecWeave keeps there why an increment was closed in spite of what is open.
fn has_close_reason(increment: &Increment) -> bool {
    let Ok(text) = std::str::from_utf8(increment.metadata.bytes()) else { return false };
    let is_reason = |member: &metadata::JsonMember<'_>| {
        member.name == "closeReason" && text[member.value.clone()].trim_matches('"').trim() != ""
    };
    metadata::members(text).is_ok_and(|members| members.iter().any(is_reason))
}
