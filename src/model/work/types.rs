//! What is known of an increment's work.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::edit::Edit;
use crate::model::file_kind::FileKind;
use crate::model::generation::Generation;
use crate::model::parse::Span;
use crate::model::parse::ledger::{Fold, Ledger, Reason, TaskState};
use crate::model::parse::verification::{ReportedCounts, Verification};
use crate::model::parse::work::{Kind, Outline, WorkState};

/// The file of an increment that a span is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkFile {
    Spec,
    Tasks,
    Ledger,
    Verification,
}

impl From<WorkFile> for FileKind {
    fn from(file: WorkFile) -> FileKind {
        match file {
            WorkFile::Spec => FileKind::Spec,
            WorkFile::Tasks => FileKind::Tasks,
            WorkFile::Ledger => FileKind::Ledger,
            WorkFile::Verification => FileKind::Verification,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct WorkPlace {
    pub file: WorkFile,
    pub span: Span,
}

/// The texts of an increment; none where there is no such file.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkTexts<'a> {
    pub spec: &'a str,
    pub tasks: Option<&'a str>,
    pub ledger: Option<&'a str>,
    pub verification: Option<&'a str>,
}

/// Something to be ticked off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub done: usize,
    /// Will not be done: neither done nor open.
    #[serde(skip_serializing_if = "is_zero")]
    pub skipped: usize,
    pub total: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Count {
    pub fn open(self) -> usize {
        self.total - self.done - self.skipped
    }

    /// `3/4 tasks`; nothing where nothing is counted.
    pub fn of(self, what: &str) -> Option<String> {
        (self.total > 0).then(|| format!("{}/{} {what}", self.done, self.total))
    }

    pub(super) fn add(&mut self, state: WorkState) {
        self.total += 1;
        self.done += usize::from(state == WorkState::Done);
        self.skipped += usize::from(state == WorkState::Skipped);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub generation: Generation,
    pub tasks: Count,
    pub criteria: Count,
}

impl Progress {
    /// Whether something is left to do. In generation 3 a criterion that is not ticked is none: its tasks speak for it.
    pub fn has_open_work(self) -> bool {
        self.tasks.open() > 0 || self.generation != Generation::Three && self.criteria.open() > 0
    }

    /// `2 tasks open, 1 AC open`, or nothing: for a title.
    pub fn open_in_short(self) -> Option<String> {
        let part = |count: Count, what: &str| {
            let plural = if count.open() == 1 { "" } else { "s" };
            (count.open() > 0).then(|| format!("{} {what}{plural} open", count.open()))
        };
        let parts: Vec<String> = [part(self.tasks, "task"), part(self.criteria, "AC")].into_iter().flatten().collect();
        self.has_open_work().then(|| parts.join(", "))
    }

    /// `2 of 5 tasks and 1 of 3 acceptance criteria are open`, or nothing.
    pub fn open_work(self) -> Option<String> {
        let part = |count: Count, what: &str| {
            (count.open() > 0).then(|| format!("{} of {} {what}", count.open(), count.total))
        };
        let parts: Vec<String> =
            [part(self.tasks, "tasks"), part(self.criteria, "acceptance criteria")].into_iter().flatten().collect();
        self.has_open_work().then(|| format!("{} are open", parts.join(" and ")))
    }
}

/// A task or criterion that is left to do.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenItem {
    pub kind: Kind,
    pub name: String,
    /// Its name where it is defined.
    pub place: WorkPlace,
    /// The line or lines it stands on.
    pub section: Span,
    /// It says itself that it was put off, or given up.
    pub is_put_off: bool,
}

/// An increment's work, read.
#[derive(Clone, Debug, Default)]
pub struct Work {
    pub generation: Generation,
    pub spec: Arc<Outline>,
    pub tasks: Option<Arc<Outline>>,
    pub ledger: Option<(Arc<Ledger>, Fold)>,
    pub verification: Option<Verification>,
    pub progress: Progress,
    /// What is left to do: tasks first, each kind in the order of its file.
    pub open: Vec<OpenItem>,
    pub disagreements: Vec<Disagreement>,
}

impl Work {
    /// Whether a task or criterion of that name is done after all that is known of it.
    pub fn is_open(&self, kind: Kind, name: &str) -> bool {
        self.open.iter().any(|open| open.kind == kind && open.name == name)
    }

    /// The file that defines the tasks.
    pub fn task_file(&self) -> WorkFile {
        if self.tasks.is_some() { WorkFile::Tasks } else { WorkFile::Spec }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Disagreement {
    /// The line, box or board row of a task says another thing than the ledger.
    TaskDesync {
        task: String,
        /// The state line, the box, or the state in the row of the board.
        place: WorkPlace,
        says: WorkState,
        ledger: TaskState,
        /// The line that SpecWeave would write.
        line: String,
        /// Makes the place say what the ledger does; none where the form has no opposite.
        fix: Option<Edit>,
    },
    /// A line of the ledger that does not count.
    IgnoredEvent { place: WorkPlace, task: Option<String>, reason: Reason },
    /// The ledger names a task that no heading defines; told at the first event of each.
    UnknownTask { place: WorkPlace, task: String },
    /// A task names a criterion that spec.md does not define.
    UnknownCriterion { place: WorkPlace, task: String, criterion: String },
    /// No task names the criterion, and it is not ticked.
    UncoveredCriterion { place: WorkPlace, criterion: String },
    /// It says ok, and things have changed since.
    StaleVerification { place: WorkPlace, why: OutdatedReport },
    /// Tasks in spec.md that tasks.md hides.
    ShadowedTasks { place: WorkPlace },
    /// A claim that nobody ended; of no matter while the increment is open.
    OpenClaim { place: WorkPlace, task: String, by: String, since: Timestamp, stale: bool, blocked: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutdatedReport {
    /// A task was done or skipped after it ran.
    Older {
        ran_at: Timestamp,
        changed_at: Timestamp,
    },
    Tasks {
        then: ReportedCounts,
        now: Count,
    },
    Criteria {
        then: ReportedCounts,
        now: Count,
    },
}
