//! What SpecWeave 2 and 3 note about the work, against what stands in the files: the ledger and the verification.

use crate::model::increment::Increment;
use crate::model::parse::ledger::{LineTrouble, Reason, TaskState};
use crate::model::parse::verification::ReportedCounts;
use crate::model::parse::work::WorkState;
use crate::model::rules::code::Code;
use crate::model::rules::finding::Finding;
use crate::model::rules::value::one_line;
use crate::model::status::Status;
use crate::model::work::{Count, Disagreement, OutdatedReport, Work};

pub fn check(increment: &Increment, work: &Work, findings: &mut Vec<Finding>) {
    let completed = increment.status() == Some(Status::Completed);
    for disagreement in &work.disagreements {
        let (code, place, message) = match disagreement {
            Disagreement::TaskDesync { task, place, says, ledger, .. } => {
                let (here, there) = (said(*says), folded(ledger));
                let message = if here == there {
                    format!("{} is {here}, but by another agent than the ledger says.", one_line(task))
                } else {
                    format!("{} is {here} here, but {there} in the ledger.", one_line(task))
                };
                (Code::TaskDesync, place, message)
            }
            Disagreement::IgnoredEvent { place, task, reason } if !is_harmless(reason) => {
                let task = task.as_deref().map_or(String::new(), |task| format!(" for {}", one_line(task)));
                (Code::IgnoredEvent, place, format!("This line{task} does not count: {}.", why(reason)))
            }
            Disagreement::UnknownTask { place, task } => {
                (Code::UnknownReference, place, format!("No task is called {}.", one_line(task)))
            }
            Disagreement::StaleVerification { place, why } => (Code::StaleVerification, place, outdated(why)),
            // Of no matter while somebody works on it.
            Disagreement::OpenClaim { place, task, by, blocked, .. } if completed => {
                let (by, task) = (one_line(by), one_line(task));
                let verb = if *blocked { "has blocked" } else { "still claims" };
                (Code::OpenClaim, place, format!("The increment is completed, but {by} {verb} {task}."))
            }
            _ => continue,
        };
        findings.push(Finding::new(code, place.file, place.span.clone(), message));
    }
}

fn said(state: WorkState) -> &'static str {
    match state {
        WorkState::Open => "open",
        WorkState::Done => "done",
        WorkState::Partial => "in progress",
        WorkState::Skipped => "skipped",
    }
}

fn folded(state: &TaskState) -> &'static str {
    match state {
        TaskState::Open => "open",
        TaskState::Claimed { .. } => "claimed",
        TaskState::Blocked { .. } => "blocked",
        TaskState::Done { .. } => "done",
        TaskState::Skipped { .. } => "skipped",
    }
}

fn why(reason: &Reason) -> String {
    match reason {
        Reason::Unreadable(trouble) => match trouble {
            LineTrouble::NotJson => "it is not valid JSON",
            LineTrouble::NotAnObject => "it is not a JSON object",
            LineTrouble::NoTask => "`t`, the task, is missing",
            LineTrouble::NoKind => "`e`, the event, is missing",
            LineTrouble::NoAgent => "`by`, the agent, is missing",
            LineTrouble::NoTime => "`at`, the time, is missing",
            LineTrouble::BadTime => "`at` is not a date and time",
        }
        .to_owned(),
        Reason::UnknownEvent(event) => format!("SpecWeave knows no event `{}`", one_line(event)),
        Reason::DoneWithoutEvidence => "`done` needs `evidence`".to_owned(),
        Reason::SkipWithoutNote => "`skip` needs a `note`".to_owned(),
        Reason::AlreadyDone => "the task was done already".to_owned(),
        Reason::AlreadySkipped => "the task was skipped already".to_owned(),
        Reason::HeldBy(agent) => format!("{} had claimed the task", one_line(agent)),
        Reason::NotOwner(agent) => format!("{} has the task, and only it can release it", one_line(agent)),
        Reason::NotHeld => "nobody had claimed the task".to_owned(),
    }
}

/// Nothing is lost with these: the task is as the event would have it.
fn is_harmless(reason: &Reason) -> bool {
    matches!(reason, Reason::AlreadyDone | Reason::AlreadySkipped | Reason::NotHeld)
}

fn outdated(why: &OutdatedReport) -> String {
    let counts = |what: &str, then: &ReportedCounts, now: &Count| {
        format!(
            "The verification counted {} of {} {what} done; now {} of {} are. Run it again.",
            then.done, then.total, now.done, now.total
        )
    };
    match why {
        OutdatedReport::Older { ran_at, changed_at } => format!(
            "The verification ran at {}, before the last task was finished at {}. Run it again.",
            ran_at.strftime("%F %T"),
            changed_at.strftime("%F %T")
        ),
        OutdatedReport::Tasks { then, now } => counts("tasks", then, now),
        OutdatedReport::Criteria { then, now } => counts("acceptance criteria", then, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::increment::Source;
    use crate::model::parse::ledger::LEASE_HOURS;
    use crate::model::rules::{self, RuleContext};
    use crate::model::work::{self, ParsedTexts, WorkTexts};

    const TASKS: &str = "### T-01 A\n- AC: AC-01 | Files: a | Test: -\n- [ ] open\n";

    /// What is found in an increment of generation 2 with the one task of `TASKS`, in the order of the places.
    fn found(status: &str, spec: &str, events: &[(&str, &str, &str)]) -> Vec<String> {
        let line = |(task, event, by): &(&str, &str, &str)| {
            format!(
                r#"{{"t":"{task}","e":"{event}","by":"{by}","at":"2026-09-02T10:00:00Z","note":"n","evidence":"e"}}"#
            ) + "\n"
        };
        let ledger: String = events.iter().map(line).collect();
        let metadata = format!(r#"{{"status": "{status}"}}"#);
        let spec = format!("---\nstatus: {status}\n---\n{spec}");
        let source = |text: &str| Source::Text(text.as_bytes().to_vec());
        let texts = WorkTexts { spec: &spec, tasks: Some(TASKS), ledger: Some(&ledger), verification: None };
        let now = "2026-09-02T11:00:00Z".parse().unwrap();
        let work = work::read(texts, now, LEASE_HOURS, &mut ParsedTexts::default());
        let increment = Increment::read("0047-x", source(&spec), source(&metadata));
        let around = RuleContext { work: Some(&work), ..RuleContext::default() };
        let shown = |finding: Finding| format!("{}: {}", finding.code, finding.message);
        rules::check(&increment, around).into_iter().map(shown).collect()
    }

    #[test]
    fn what_the_ledger_says() {
        let covered = "- [ ] AC-01: a\n";
        assert_eq!(found("active", covered, &[]), Vec::<String>::new());
        assert_eq!(
            found("active", covered, &[("T-01", "claim", "a")]),
            ["task-desync: T-01 is open here, but claimed in the ledger."]
        );
        assert_eq!(
            found("active", covered, &[("T-01", "claim", "a"), ("T-01", "block", "a")]),
            ["task-desync: T-01 is open here, but blocked in the ledger."]
        );
        assert_eq!(
            found("active", covered, &[("T-01", "skip", "a"), ("T-01", "skip", "a")]),
            ["task-desync: T-01 is open here, but skipped in the ledger."],
            "to say it twice harms nobody"
        );
        assert_eq!(
            found("active", covered, &[("T-01", "done", "a"), ("T-09", "done", "a"), ("T-01", "shout", "a")]),
            [
                "task-desync: T-01 is open here, but done in the ledger.",
                "unknown-reference: No task is called T-09.",
                "ignored-event: This line for T-01 does not count: SpecWeave knows no event `shout`."
            ]
        );
        assert_eq!(
            found("completed", covered, &[("T-01", "claim", "a")]),
            [
                "completed-with-open-work: The increment is completed, but 1 of 1 tasks and 1 of 1 acceptance criteria are open.",
                "task-desync: T-01 is open here, but claimed in the ledger.",
                "open-claim: The increment is completed, but a still claims T-01."
            ]
        );
        assert_eq!(
            found("active", "- [ ] AC-01: a\n- [ ] AC-02: b\n", &[]),
            ["uncovered-criterion: No task covers AC-02, and it is not ticked."]
        );
    }
}
