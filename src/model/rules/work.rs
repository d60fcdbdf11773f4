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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::increment::Source;
    use crate::model::parse::ledger::LEASE_HOURS;
    use crate::model::work::{self, ParsedTexts, WorkTexts};

    /// Severity and message of what a completed increment is told about its open work.
    fn completed(spec: &str, tasks: Option<&str>, ledger: Option<&str>, metadata: &str) -> Option<(Severity, String)> {
        let now = "2026-09-02T11:00:00Z".parse().unwrap();
        let texts = WorkTexts { spec, tasks, ledger, verification: None };
        let work = work::read(texts, now, LEASE_HOURS, &mut ParsedTexts::default());
        let source = |text: &str| Source::Text(text.as_bytes().to_vec());
        let increment = Increment::read("0047-x", source("---\nstatus: completed\n---\n"), source(metadata));
        let mut findings = Vec::new();
        check(&increment, &work, &mut findings);
        let of_status = findings.into_iter().find(|finding| finding.code == Code::CompletedWithOpenWork);
        of_status.map(|finding| (finding.severity, finding.message))
    }

    #[test]
    fn open_work_weighs_less_once_somebody_has_said_why() {
        let severity = |spec: &str, metadata: &str| completed(spec, None, None, metadata).map(|(severity, _)| severity);
        let (plain, open) = (r#"{"status": "completed"}"#, "- [ ] AC-01: a\n");
        let default = Code::CompletedWithOpenWork.severity();
        assert_ne!(default, Severity::Information);
        assert_eq!(severity("- [x] AC-01: a\n", plain), None);
        assert_eq!(severity(open, plain), Some(default));
        assert_eq!(severity("- [ ] AC-01: (DEFERRED) a\n", plain), Some(Severity::Information));
        assert_eq!(severity("- [ ] AC-01: (DEFERRED) a\n- [ ] AC-02: b\n", plain), Some(default));
        for (reason, expected) in [
            (r#""closeReason": "later""#, Severity::Information),
            (r#""closeReason": " ""#, default),
            (r#""note": "later""#, default),
        ] {
            assert_eq!(severity(open, &format!(r#"{{"status": "completed", {reason}}}"#)), Some(expected), "{reason}");
        }
    }

    #[test]
    fn in_generation_3_criteria_keep_nothing_open() {
        let spec = "- [ ] AC-01: a\n## Tasks\n### T-01 A (DEFERRED)\n- AC: AC-01 | Files: a | Test: -\n";
        let (severity, message) = completed(spec, None, Some(""), r#"{"status": "completed"}"#).unwrap();
        assert_eq!(
            message,
            "The increment is completed, but 1 of 1 tasks and 1 of 1 acceptance criteria are open; each of them says that it was put off."
        );
        assert_eq!(severity, Severity::Information);
    }
}
