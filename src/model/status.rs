//! The canonical statuses, their aliases in real projects, and SpecWeave's table of transitions between them.

use std::fmt;

/// Where an increment stands. The names are SpecWeave's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Planning,
    Active,
    Backlog,
    Paused,
    ReadyForReview,
    Completed,
    Abandoned,
}

use Status::*;

impl Status {
    pub const ALL: [Status; 7] = [Planning, Active, Backlog, Paused, ReadyForReview, Completed, Abandoned];

    /// The one spelling that needs no explanation.
    pub fn as_str(self) -> &'static str {
        match self {
            Planning => "planning",
            Active => "active",
            Backlog => "backlog",
            Paused => "paused",
            ReadyForReview => "ready_for_review",
            Completed => "completed",
            Abandoned => "abandoned",
        }
    }

    /// The status written exactly so.
    pub fn canonical(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The status that `text` stands for: its canonical spelling or an alias, in any case.
    pub fn meaning(text: &str) -> Option<Status> {
        if let Some(status) = Status::canonical(text) {
            return Some(status);
        }
        let lower = text.to_lowercase();
        Status::canonical(&lower).or(match lower.as_str() {
            "planned" | "new" | "todo" => Some(Planning),
            "in-progress" | "in_progress" | "implementing" | "started" => Some(Active),
            "on_hold" | "on-hold" | "blocked" => Some(Paused),
            "ready-for-review" | "ready for review" => Some(ReadyForReview),
            "complete" | "done" | "closed" | "finished" => Some(Completed),
            "superseded" | "cancelled" | "canceled" => Some(Abandoned),
            _ => None,
        })
    }

    /// The canonical status that a word we do not know looks like a slip of; none for a word of its own (`imported`).
    pub fn nearest(text: &str) -> Option<Status> {
        let lower = text.to_lowercase();
        let length = lower.chars().count();
        let near = |status: Status| {
            let name = status.as_str();
            let most = (name.len() / 3).min(3);
            // A text of another length is another word; comparing a long one would take its square.
            let distance = (name.len().abs_diff(length) <= most).then(|| strsim::damerau_levenshtein(name, &lower))?;
            (distance <= most).then_some((status, distance))
        };
        Status::ALL.into_iter().filter_map(near).min_by_key(|(_, distance)| *distance).map(|(status, _)| status)
    }

    /// `the statuses are planning, active, …`
    pub fn all_named() -> String {
        format!("the statuses are {}", Status::ALL.map(Status::as_str).join(", "))
    }

    /// As a heading or in a menu.
    pub fn title(self) -> &'static str {
        match self {
            Planning => "Planning",
            Active => "Active",
            Backlog => "Backlog",
            Paused => "Paused",
            ReadyForReview => "Ready for Review",
            Completed => "Completed",
            Abandoned => "Abandoned",
        }
    }

    /// SpecWeave keeps a reason with it.
    pub fn takes_reason(self) -> bool {
        matches!(self, Backlog | Paused | Abandoned)
    }

    /// What it says of an increment, in a few words.
    pub fn says(self) -> &'static str {
        match self {
            Planning => "being specified; no work has begun",
            Active => "being worked on",
            Backlog => "put off for later",
            Paused => "interrupted; may go on any time",
            ReadyForReview => "all work done, waiting for approval",
            Completed => "done and approved",
            Abandoned => "given up",
        }
    }

    /// The member of metadata.json that says since when, where SpecWeave writes one.
    pub fn since_member(self) -> &'static [&'static str] {
        match self {
            Planning | Active => &[],
            Backlog => &["backlogAt"],
            Paused => &["pausedAt"],
            ReadyForReview => &["readyForReviewAt"],
            Completed => &["approvedAt", "completedAt", "completed"],
            Abandoned => &["abandonedAt"],
        }
    }

    /// An open increment is one that somebody still has to do something about soon.
    pub fn is_open(self) -> bool {
        matches!(self, Active | Planning | Backlog | ReadyForReview)
    }

    /// Nobody has to do anything about it any more.
    pub fn is_finished(self) -> bool {
        matches!(self, Completed | Abandoned)
    }

    /// The statuses one step away, in SpecWeave's own table.
    pub fn next(self) -> &'static [Status] {
        match self {
            Planning => &[Active, Backlog, Abandoned],
            Active => &[Backlog, Paused, ReadyForReview, Abandoned],
            Backlog => &[Planning, Active, Abandoned],
            Paused => &[Active, ReadyForReview, Abandoned],
            ReadyForReview => &[Completed, Active, Abandoned],
            Completed => &[Active, Abandoned],
            Abandoned => &[Active],
        }
    }

    /// The shortest way to `goal`, without the start and with the goal; `None` when there is none.
    pub fn path_to(self, goal: Status) -> Option<Vec<Status>> {
        let mut ways: Vec<(Status, Vec<Status>)> = vec![(self, Vec::new())];
        let mut seen = vec![self];
        let mut at = 0;
        while let Some((here, way)) = ways.get(at).cloned() {
            if here == goal {
                return Some(way);
            }
            for &next in here.next() {
                if !seen.contains(&next) {
                    seen.push(next);
                    ways.push((next, way.iter().copied().chain([next]).collect()));
                }
            }
            at += 1;
        }
        None
    }

    /// How far along its life an increment is. Of the recorded desyncs that ended on one side, the side
    /// further along won in 49 of 52; this order is what `preferredSource: auto` rests on.
    pub fn stage(self) -> u8 {
        match self {
            Backlog => 0,
            Planning => 1,
            Active => 2,
            Paused => 3,
            ReadyForReview => 4,
            Completed | Abandoned => 5,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One of the two files that hold a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    Spec,
    Metadata,
}

impl Side {
    pub const BOTH: [Side; 2] = [Side::Spec, Side::Metadata];

    pub fn file_name(self) -> &'static str {
        match self {
            Side::Spec => "spec.md",
            Side::Metadata => "metadata.json",
        }
    }

    pub fn other(self) -> Side {
        match self {
            Side::Spec => Side::Metadata,
            Side::Metadata => Side::Spec,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_follow_the_table() {
        let way =
            |from: Status, to| from.path_to(to).map(|w| w.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" "));
        assert_eq!(way(Active, Completed).as_deref(), Some("ready_for_review completed"));
        assert_eq!(way(Planning, Completed).as_deref(), Some("active ready_for_review completed"));
        assert_eq!(way(Paused, Completed).as_deref(), Some("ready_for_review completed"));
        assert_eq!(way(Completed, Paused).as_deref(), Some("active paused"));
        assert_eq!(way(Active, Active).as_deref(), Some(""));
        for from in Status::ALL {
            for to in Status::ALL {
                assert!(from.path_to(to).is_some(), "{from} -> {to}");
            }
        }
    }

    #[test]
    fn aliases_in_any_case() {
        assert_eq!(Status::meaning("COMPLETED"), Some(Completed));
        assert_eq!(Status::meaning("Ready for Review"), Some(ReadyForReview));
        assert_eq!(Status::meaning("planned"), Some(Planning));
        assert_eq!(Status::meaning("imported"), None);
        assert_eq!(Status::meaning("On-Hold"), Some(Paused));
        assert_eq!(Status::meaning("superseded"), Some(Abandoned));
        assert_eq!(Status::nearest("complted"), Some(Completed));
        assert_eq!(Status::nearest("pasued"), Some(Paused));
        assert_eq!(Status::nearest("actve"), Some(Active));
        for own in ["imported", "archived", "open", "x", ""] {
            assert_eq!(Status::nearest(own), None, "{own}");
        }
    }
}
