//! All events of a ledger -> what each task has come to, as SpecWeave works it out.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{EventKind, Ledger, LedgerEvent, LineTrouble};
use crate::model::parse::Span;
use crate::model::sort;

#[derive(Clone, Debug, PartialEq)]
pub enum TaskState {
    /// Released. A task without an event that counts is not in the fold at all.
    Open,
    Claimed {
        by: String,
        since: Timestamp,
        at_text: String,
        stale: bool,
        line: Span,
    },
    Blocked {
        by: String,
        since: Timestamp,
        at_text: String,
        note: Option<String>,
        line: Span,
    },
    Done {
        by: String,
        at: Timestamp,
        at_text: String,
        evidence: String,
        line: Span,
    },
    Skipped {
        by: String,
        at: Timestamp,
        at_text: String,
        note: String,
        line: Span,
    },
}

impl TaskState {
    /// The agent that has the task, and since when, while no other may touch it.
    fn held(&self) -> Option<(&str, Timestamp)> {
        match self {
            TaskState::Claimed { by, since, .. } | TaskState::Blocked { by, since, .. } => Some((by, *since)),
            _ => None,
        }
    }
}

/// Why the fold does not count an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The line is no event.
    Unreadable(LineTrouble),
    /// About a task, of a kind that SpecWeave does not know.
    UnknownEvent(String),
    DoneWithoutEvidence,
    SkipWithoutNote,
    AlreadyDone,
    AlreadySkipped,
    /// Another agent's claim was alive.
    HeldBy(String),
    /// Released by an agent that did not have it.
    NotOwner(String),
    /// Released, and nobody had it.
    NotHeld,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ignored {
    pub reason: Reason,
    pub task: Option<String>,
    /// The line in the ledger.
    pub line: Span,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold {
    /// Each task that has an event that counts.
    pub tasks: BTreeMap<String, TaskState>,
    /// In the order of the file.
    pub ignored: Vec<Ignored>,
}

impl Fold {
    /// When a task was last finished or given up.
    pub fn last_change(&self) -> Option<Timestamp> {
        let ended = self.tasks.values().filter_map(|state| match state {
            TaskState::Done { at, .. } | TaskState::Skipped { at, .. } => Some(*at),
            _ => None,
        });
        ended.max()
    }
}

/// What the ledger comes to at the time `now`, where a claim lives for `lease_hours`.
pub fn fold(ledger: &Ledger, now: Timestamp, lease_hours: u32) -> Fold {
    let lease = SignedDuration::from_hours(lease_hours.into());
    let mut events: Vec<&LedgerEvent> = ledger.events.iter().collect();
    // Stable: what remains equal keeps the order of the file.
    sort::by(&mut events, |a, b| a.at.cmp(&b.at).then_with(|| as_javascript(&a.by, &b.by)));
    let mut fold = Fold::default();
    for event in events {
        match after(fold.tasks.get(&event.task), event, lease) {
            Ok(Some(state)) => match fold.tasks.get_mut(&event.task) {
                Some(before) => *before = state,
                None => drop(fold.tasks.insert(event.task.clone(), state)),
            },
            Ok(None) => {}
            Err(reason) => {
                fold.ignored.push(Ignored { reason, task: Some(event.task.clone()), line: event.line.clone() });
            }
        }
    }
    for state in fold.tasks.values_mut() {
        if let TaskState::Claimed { since, stale, .. } = state {
            *stale = now.duration_since(*since) > lease;
        }
    }
    let unreadable = |problem: &super::LedgerProblem| Ignored {
        reason: Reason::Unreadable(problem.trouble),
        task: None,
        line: problem.line.clone(),
    };
    fold.ignored.extend(ledger.problems.iter().map(unreadable));
    sort::by_key(&mut fold.ignored, |ignored| ignored.line.start);
    fold
}

/// JavaScript compares strings by their UTF-16 units.
fn as_javascript(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// The state after `event`; none where the event is not about the task's state.
fn after(before: Option<&TaskState>, event: &LedgerEvent, lease: SignedDuration) -> Result<Option<TaskState>, Reason> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let foreign = before.and_then(TaskState::held).filter(|(owner, _)| *owner != event.by);
    // A claim, or a block, that has outlived its lease is anyone's.
    let refuse = || match foreign {
        Some((owner, since)) if event.at.duration_since(since) <= lease => Err(Reason::HeldBy(owner.to_owned())),
        _ => Ok(()),
    };
    let finished = || match before {
        Some(TaskState::Done { .. }) => Err(Reason::AlreadyDone),
        Some(TaskState::Skipped { .. }) => Err(Reason::AlreadySkipped),
        _ => Ok(()),
    };
    let (by, at_text, line) = (|| event.by.clone(), || event.at_text.clone(), event.line.clone());
    let state = match &event.kind {
        EventKind::Increment => return Ok(None),
        EventKind::Unknown(word) => return Err(Reason::UnknownEvent(word.clone())),
        EventKind::Claim => {
            finished()?;
            refuse()?;
            TaskState::Claimed { by: by(), since: event.at, at_text: at_text(), stale: false, line }
        }
        EventKind::Done => {
            let evidence = given(&event.evidence).ok_or(Reason::DoneWithoutEvidence)?;
            // Done again is allowed, with better evidence; skipped is final.
            if let Err(Reason::AlreadySkipped) = finished() {
                return Err(Reason::AlreadySkipped);
            }
            refuse()?;
            TaskState::Done { by: by(), at: event.at, at_text: at_text(), evidence, line }
        }
        EventKind::Release => {
            finished()?;
            if let Some((owner, _)) = foreign {
                return Err(Reason::NotOwner(owner.to_owned()));
            }
            before.and_then(TaskState::held).ok_or(Reason::NotHeld)?;
            TaskState::Open
        }
        EventKind::Block => {
            finished()?;
            refuse()?;
            TaskState::Blocked { by: by(), since: event.at, at_text: at_text(), note: event.note.clone(), line }
        }
        EventKind::Skip => {
            let note = given(&event.note).ok_or(Reason::SkipWithoutNote)?;
            finished()?;
            refuse()?;
            TaskState::Skipped { by: by(), at: event.at, at_text: at_text(), note, line }
        }
    };
    Ok(Some(state))
}

#[cfg(test)]
mod tests {
    use super::super::{LEASE_HOURS, parse};
    use super::*;

    const NOW: &str = "2026-09-02T12:00:00Z";

    /// `T-01 claim a 10:00:01 text`, a line each.
    fn ledger(events: &[&str]) -> Ledger {
        let line = |event: &&str| {
            let mut words = event.splitn(5, ' ');
            let mut next = || words.next().unwrap_or_default();
            let (t, e, by, at, text) = (next(), next(), next(), next(), next());
            let text = match (text.is_empty(), e) {
                (true, _) => String::new(),
                (false, "done") => format!(r#","evidence":"{text}""#),
                (false, _) => format!(r#","note":"{text}""#),
            };
            format!(r#"{{"t":"{t}","e":"{e}","by":"{by}","at":"2026-09-02T{at}Z"{text}}}"#)
        };
        parse(&events.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    /// The states, then the reasons.
    fn folded(events: &[&str]) -> (Vec<String>, Vec<Reason>) {
        let fold = fold(&ledger(events), NOW.parse().unwrap(), LEASE_HOURS);
        let show = |(task, state): (&String, &TaskState)| {
            let state = match state {
                TaskState::Open => "open".to_owned(),
                TaskState::Claimed { by, stale, .. } => format!("{} {by}", if *stale { "stale" } else { "claimed" }),
                TaskState::Blocked { by, .. } => format!("blocked {by}"),
                TaskState::Done { by, evidence, .. } => format!("done {by} {evidence}"),
                TaskState::Skipped { by, note, .. } => format!("skipped {by} {note}"),
            };
            format!("{task} {state}")
        };
        (fold.tasks.iter().map(show).collect(), fold.ignored.into_iter().map(|ignored| ignored.reason).collect())
    }

    #[test]
    fn each_rule() {
        use Reason::{AlreadyDone, AlreadySkipped, DoneWithoutEvidence, HeldBy, NotHeld, NotOwner, SkipWithoutNote};
        let a = || HeldBy("a".to_owned());
        for (events, states, reasons) in [
            // Time decides, not the order of the lines.
            (&["T-1 claim b 11:00:05", "T-1 claim a 11:00:01"][..], &["T-1 claimed a"][..], vec![a()]),
            // Then the name, then the line.
            (&["T-1 claim z 11:00:00", "T-1 claim a 11:00:00"], &["T-1 claimed a"], vec![a()]),
            (&["T-1 done a 11:00:00 first", "T-1 done a 11:00:00 second"], &["T-1 done a second"], vec![]),
            // A lease of two hours: to the second it lives, after it the claim is anyone's.
            (&["T-1 claim a 09:00:00", "T-1 claim b 11:00:00"], &["T-1 stale a"], vec![a()]),
            (&["T-1 claim a 09:00:00", "T-1 claim b 11:00:01"], &["T-1 claimed b"], vec![]),
            (&["T-1 claim a 10:00:00"], &["T-1 claimed a"], vec![]),
            (&["T-1 claim a 09:59:59"], &["T-1 stale a"], vec![]),
            // The owner renews it.
            (&["T-1 claim a 09:00:00", "T-1 claim a 10:30:00", "T-1 claim b 11:30:00"], &["T-1 claimed a"], vec![a()]),
            (&["T-1 done a 11:00:00"], &[], vec![DoneWithoutEvidence]),
            (&["T-1 done a 11:00:00  "], &[], vec![DoneWithoutEvidence]),
            (&["T-1 claim a 11:00:00", "T-1 done b 11:01:00 x", "T-1 done a 11:02:00 y"], &["T-1 done a y"], vec![a()]),
            (&["T-1 claim a 09:00:00", "T-1 done b 11:30:00 x"], &["T-1 done b x"], vec![]),
            (&["T-1 done a 10:00:00 x", "T-1 done b 10:01:00 y"], &["T-1 done b y"], vec![]),
            (&["T-1 done a 10:00:00 x", "T-1 claim b 10:01:00"], &["T-1 done a x"], vec![AlreadyDone]),
            (&["T-1 done a 10:00:00 x", "T-1 release a 10:01:00"], &["T-1 done a x"], vec![AlreadyDone]),
            (&["T-1 done a 10:00:00 x", "T-1 skip a 10:01:00 no"], &["T-1 done a x"], vec![AlreadyDone]),
            (&["T-1 release a 10:00:00"], &[], vec![NotHeld]),
            (&["T-1 claim a 09:00:00", "T-1 release b 11:30:00"], &["T-1 stale a"], vec![NotOwner("a".to_owned())]),
            (&["T-1 claim a 11:00:00", "T-1 release a 11:01:00"], &["T-1 open"], vec![]),
            (
                &["T-1 claim a 11:00:00", "T-1 release a 11:01:00", "T-1 release a 11:02:00"],
                &["T-1 open"],
                vec![NotHeld],
            ),
            (&["T-1 block a 11:00:00 why", "T-1 done b 11:01:00 x"], &["T-1 blocked a"], vec![a()]),
            (&["T-1 block a 09:00:00 why"], &["T-1 blocked a"], vec![]),
            (&["T-1 block a 09:00:00 why", "T-1 claim b 11:30:00"], &["T-1 claimed b"], vec![]),
            (&["T-1 block a 09:00:00", "T-1 release a 11:30:00"], &["T-1 open"], vec![]),
            (&["T-1 skip a 10:00:00"], &[], vec![SkipWithoutNote]),
            (
                &["T-1 skip a 10:00:00 no need", "T-1 done a 11:00:00 x"],
                &["T-1 skipped a no need"],
                vec![AlreadySkipped],
            ),
            (&["T-1 claim a 11:00:00", "T-1 skip b 11:01:00 no need"], &["T-1 claimed a"], vec![a()]),
            (&["* note a 10:00:00 x", "* pickup a 10:00:00 x", "* snapshot a 10:00:00"], &[], vec![]),
            (&["T-1 finish a 10:00:00"], &[], vec![Reason::UnknownEvent("finish".to_owned())]),
        ] {
            let (found, ignored) = folded(events);
            assert_eq!(found, states, "{events:?}");
            assert_eq!(ignored, reasons, "{events:?}");
        }
    }

    #[test]
    fn what_is_merged_in_any_order_comes_to_the_same() {
        let events = ["T-1 claim b 10:00:00", "T-1 done b 10:30:00 x", "T-2 claim a 10:05:00", "T-1 claim a 10:10:00"];
        let mut turned = events;
        turned.reverse();
        assert_eq!(folded(&events), folded(&turned));
    }

    #[test]
    fn what_is_ignored_stands_in_the_order_of_the_file() {
        let text = concat!(
            "{\"t\":\"T-1\",\"e\":\"done\",\"by\":\"a\",\"at\":\"2026-09-02T11:00:00Z\"}\r\n",
            "no event\r\n",
            "{\"t\":\"T-1\",\"e\":\"skip\",\"by\":\"a\",\"at\":\"2026-09-02T10:00:00Z\"}\r\n",
        );
        let fold = fold(&parse(text), NOW.parse().unwrap(), LEASE_HOURS);
        let shown: Vec<_> =
            fold.ignored.iter().map(|ignored| (&ignored.reason, &text[ignored.line.clone()][..8])).collect();
        assert_eq!(
            shown,
            [
                (&Reason::DoneWithoutEvidence, "{\"t\":\"T-"),
                (&Reason::Unreadable(LineTrouble::NotJson), "no event"),
                (&Reason::SkipWithoutNote, "{\"t\":\"T-"),
            ]
        );
    }

    #[test]
    fn ten_thousand_events_come_to_what_they_should() {
        let mut lines = Vec::new();
        for at in 0..2_500 {
            let (task, minute) = (at % 1_250, format!("{:02}:{:02}", at / 600 % 24, at / 10 % 60));
            let round = at / 1_250;
            lines.push(format!("T-{task:04} claim agent-{round} {minute}:00"));
            lines.push(format!("T-{task:04} claim other {minute}:01"));
            lines.push(format!("T-{task:04} done agent-{round} {minute}:02 round {round}"));
            lines.push(format!("* note agent-{round} {minute}:03 n"));
        }
        // The last line first, as a merge of two branches leaves them.
        lines.reverse();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(lines.len(), 10_000);
        let ledger = ledger(&lines);
        assert_eq!((ledger.events.len(), ledger.problems.len()), (10_000, 0));
        let fold = fold(&ledger, NOW.parse().unwrap(), LEASE_HOURS);
        assert_eq!(fold.tasks.len(), 1_250);
        let second = |state: &TaskState| matches!(state, TaskState::Done { by, evidence, .. } if by == "agent-1" && evidence == "round 1");
        assert!(fold.tasks.values().all(second), "the later round counts");
        // In the first round the second claim is another's; in the second all claims come too late.
        let held = fold.ignored.iter().filter(|ignored| matches!(ignored.reason, Reason::HeldBy(_))).count();
        let late = fold.ignored.iter().filter(|ignored| ignored.reason == Reason::AlreadyDone).count();
        assert_eq!((held, late, fold.ignored.len()), (1_250, 2_500, 3_750));
    }
}
