//! What a change of status sets and clears in metadata.json, and what may stand in its way.

use crate::model::increment::{Increment, Source};
use crate::model::progress::Progress;
use crate::model::status::{Preference, Side, Status};

/// One member of metadata.json: its new value as text, or gone.
pub type Member = (&'static str, Option<String>);

/// Why a change is not made. A gate can be passed by force; what is impossible cannot.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    Gate(String),
    Impossible(String),
}

impl Refusal {
    pub fn message(&self) -> &str {
        match self {
            Refusal::Gate(message) | Refusal::Impossible(message) => message,
        }
    }
}

/// The members that going `way` leaves behind, all at the moment `now` (ISO 8601, UTC, milliseconds).
pub fn members(way: &[Status], now: &str, reason: Option<&str>) -> Vec<Member> {
    let mut members: Vec<Member> = vec![("lastActivity", Some(now.to_owned()))];
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

/// The way an increment goes to `goal`, and the gate that stands in it, if any.
pub fn way(
    increment: &Increment,
    goal: Status,
    progress: Option<Progress>,
    preference: Preference,
) -> Result<(Vec<Status>, Option<String>), Refusal> {
    let id = &increment.id;
    for side in Side::BOTH {
        let name = side.file_name();
        match &increment.file(side).source {
            Source::Text(_) => {}
            Source::Missing => return Err(Refusal::Impossible(format!("{name} of {id} is missing; create it first."))),
            Source::Unreadable(reason) => {
                return Err(Refusal::Impossible(format!("{name} of {id} cannot be read: {reason}.")));
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
    let way = match known {
        Some(from) => {
            from.path_to(goal).ok_or_else(|| Refusal::Impossible(format!("No way leads from `{from}` to `{goal}`.")))?
        }
        None => vec![goal],
    };
    let gate = if increment.is_desynced() {
        Some(format!("The statuses of {id} disagree; put them right first (quick fix, or `specweave-lsp sync {id}`)."))
    } else if goal == Status::Completed && known != Some(Status::Completed) {
        progress.and_then(Progress::open_work).map(|open| format!("{id} cannot be closed yet: {open}."))
    } else {
        None
    };
    Ok((way, gate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(members: Vec<Member>) -> String {
        let show = |(name, value): Member| match value {
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
}
