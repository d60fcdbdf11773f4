//! An increment and the status it is to have -> the route there or why there is none, and the members of metadata.json
//! that it sets and clears.

use crate::model::edit::EditError;
use crate::model::edit::members::MemberChange;
use crate::model::increment::{Increment, Source};
use crate::model::preference::Preference;
use crate::model::status::{Side, Status};
use crate::model::work::Work;

/// Why a change of status is not made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TransitionError {
    #[error("{id} has no {}; create it first.", side.file_name())]
    Missing { id: String, side: Side },
    #[error("{} of {id} cannot be read: {reason}.", side.file_name())]
    Unreadable { id: String, side: Side, reason: String },
    #[error("Cannot change the status of {id} from `{from}` to `{to}`.")]
    NoPath { id: String, from: Status, to: Status },
    #[error("The statuses of {id} disagree; fix them first with `specweave-lsp sync {id}`.")]
    Desynced { id: String },
    /// Tasks or acceptance criteria are open: `open` says how many.
    #[error("{id} cannot be closed yet: {open}.")]
    OpenWork { id: String, open: String },
    #[error("{id}: {error}")]
    Edit { id: String, error: EditError },
}

impl TransitionError {
    /// A check that the user can bypass with `--force`; what is impossible stays so.
    pub fn is_check(&self) -> bool {
        matches!(self, TransitionError::Desynced { .. } | TransitionError::OpenWork { .. })
    }
}

/// How an increment gets to another status.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The statuses on the way, the goal last; empty when it is there already.
    pub steps: Vec<Status>,
    /// The check that forbids it, unless it is bypassed.
    pub failed_check: Option<TransitionError>,
}

/// The members that going `way` leaves behind, all at the moment `now` (ISO 8601, UTC, milliseconds).
pub fn members(way: &[Status], now: &str, reason: Option<&str>) -> Vec<MemberChange> {
    let mut members: Vec<MemberChange> = vec![("lastActivity", Some(now.to_owned()))];
    let mut set = |name: &'static str, value: Option<&str>| {
        members.retain(|(known, _)| *known != name);
        members.push((name, value.map(str::to_owned)));
    };
    for (at, status) in way.iter().enumerate() {
        // The reason is for where it ends, not for the stations on the way.
        let reason = reason.filter(|_| at + 1 == way.len());
        match status {
            Status::Planning => {}
            Status::Active => {
                for name in ["backlogReason", "backlogAt", "pausedReason", "pausedAt", "readyForReviewAt"] {
                    set(name, None);
                }
            }
            Status::Backlog => {
                set("backlogReason", Some(reason.unwrap_or("Planned for future work")));
                set("backlogAt", Some(now));
            }
            Status::Paused => {
                set("pausedReason", Some(reason.unwrap_or("No reason provided")));
                set("pausedAt", Some(now));
            }
            Status::ReadyForReview => set("readyForReviewAt", Some(now)),
            Status::Completed => set("approvedAt", Some(now)),
            Status::Abandoned => {
                set("abandonedReason", Some(reason.unwrap_or("No reason provided")));
                set("abandonedAt", Some(now));
            }
        }
    }
    members
}

/// How an increment gets to `goal`, and the check that forbids it, if any. `work` is needed for a close.
pub fn route(
    increment: &Increment,
    goal: Status,
    work: Option<&Work>,
    preference: Preference,
) -> Result<Route, TransitionError> {
    let id = || increment.id.clone();
    for side in Side::BOTH {
        match &increment.file(side).source {
            Source::Text(_) => {}
            Source::Missing => return Err(TransitionError::Missing { id: id(), side }),
            Source::Unreadable(reason) => {
                return Err(TransitionError::Unreadable { id: id(), side, reason: reason.clone() });
            }
        }
    }
    let (spec, metadata) = (increment.spec.parsed.status_text(), increment.metadata.parsed.status_text());
    let start = match (spec, metadata) {
        (Some(spec), Some(metadata)) => {
            Some(if preference.choose(spec, metadata) == Side::Spec { spec } else { metadata })
        }
        (one, other) => one.or(other),
    };
    let known = start.and_then(Status::meaning);
    // From a word nobody knows any status is a way out.
    let steps = match known {
        Some(from) => from.path_to(goal).ok_or(TransitionError::NoPath { id: id(), from, to: goal })?,
        None => vec![goal],
    };
    let failed_check = if increment.is_desynced() {
        Some(TransitionError::Desynced { id: id() })
    } else if goal == Status::Completed && known != Some(Status::Completed) {
        work.and_then(Work::blocks_close).map(|open| TransitionError::OpenWork { id: id(), open })
    } else {
        None
    };
    Ok(Route { steps, failed_check })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::work::{Count, Progress};

    fn shown(members: Vec<MemberChange>) -> String {
        let show = |(name, value): MemberChange| match value {
            Some(value) => format!("{name}={value}"),
            None => format!("-{name}"),
        };
        members.into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_step_sets_and_clears_what_specweave_does() {
        use Status::*;
        assert_eq!(shown(members(&[Paused], "T", Some("why"))), "lastActivity=T pausedReason=why pausedAt=T");
        assert_eq!(
            shown(members(&[ReadyForReview, Completed], "T", None)),
            "lastActivity=T readyForReviewAt=T approvedAt=T"
        );
        assert_eq!(
            shown(members(&[Active, ReadyForReview, Completed], "T", None)),
            "lastActivity=T -backlogReason -backlogAt -pausedReason -pausedAt readyForReviewAt=T approvedAt=T"
        );
        assert_eq!(
            shown(members(&[Abandoned], "T", None)),
            "lastActivity=T abandonedReason=No reason provided abandonedAt=T"
        );
        assert_eq!(
            shown(members(&[Backlog], "T", None)),
            "lastActivity=T backlogReason=Planned for future work backlogAt=T"
        );
        assert_eq!(shown(members(&[Planning], "T", None)), "lastActivity=T");
    }

    fn pair(spec: &str, metadata: &str) -> Increment {
        let spec = Source::Text(format!("---\nstatus: {spec}\n---\n").into_bytes());
        Increment::read("0047-x", spec, Source::Text(format!(r#"{{"status": "{metadata}"}}"#).into_bytes()))
    }

    #[test]
    fn routes_and_the_checks_before_them() {
        use Status::*;
        let to = |increment: &Increment, goal, open| {
            let tasks = Count { total: usize::from(open), ..Count::default() };
            let work = Work { progress: Progress { tasks, ..Progress::default() }, ..Work::default() };
            route(increment, goal, Some(&work), Preference::Auto).map(|route| (route.steps, route.failed_check))
        };
        assert_eq!(to(&pair("active", "active"), Completed, false), Ok((vec![ReadyForReview, Completed], None)));
        let (_, failed) = to(&pair("active", "active"), Completed, true).unwrap();
        let failed = failed.expect("open work");
        assert_eq!(failed.to_string(), "0047-x cannot be closed yet: 1 of 1 tasks are open.");
        assert!(failed.is_check());
        assert_eq!(to(&pair("completed", "completed"), Completed, true), Ok((vec![], None)), "it is there");
        assert_eq!(
            to(&pair("active", "active"), Paused, true),
            Ok((vec![Paused], None)),
            "only a close needs the work done"
        );
        let (steps, failed) = to(&pair("active", "ready_for_review"), Completed, false).unwrap();
        assert_eq!(steps, [Completed], "from the status that a fix would keep");
        assert_eq!(
            failed.map(|error| error.to_string()).as_deref(),
            Some("The statuses of 0047-x disagree; fix them first with `specweave-lsp sync 0047-x`.")
        );
        assert_eq!(to(&pair("imported", "imported"), Backlog, false), Ok((vec![Backlog], None)), "out of any odd word");
    }

    #[test]
    fn no_route_without_both_files() {
        let text = || Source::Text(b"{}".to_vec());
        let error = |spec, metadata| {
            let error = route(&Increment::read("0047-x", spec, metadata), Status::Active, None, Preference::Auto);
            let error = error.unwrap_err();
            assert!(!error.is_check());
            error.to_string()
        };
        assert_eq!(error(Source::Missing, text()), "0047-x has no spec.md; create it first.");
        assert_eq!(
            error(text(), Source::Unreadable("permission denied".to_owned())),
            "metadata.json of 0047-x cannot be read: permission denied."
        );
    }
}
