//! How much of an increment is done: its texts and its ledger, joined by the rules of its generation.

mod disagreement;
mod known;

#[cfg(test)]
mod tests;

pub use disagreement::{Disagreement, Outdated};

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::generation::Generation;
use super::parse::Span;
use super::parse::ledger::{self, Fold, Ledger, TaskState};
use super::parse::verification::{self, Verification};
use super::parse::work::{Doc, Item, Kind, Outline, Reference, State, parse};

/// The file of an increment that a span is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    Spec,
    Tasks,
    Ledger,
    Verification,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub file: File,
    pub span: Span,
}

/// The texts of an increment; none where there is no such file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'a> {
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

    fn add(&mut self, state: State) {
        self.total += 1;
        self.done += usize::from(state == State::Done);
        self.skipped += usize::from(state == State::Skipped);
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
pub struct Open {
    pub kind: Kind,
    pub name: String,
    /// Its name where it is defined.
    pub place: Place,
    /// The line or lines it stands on.
    pub section: Span,
}

/// An increment's work, read.
#[derive(Clone, Debug, Default)]
pub struct Work {
    pub generation: Generation,
    pub spec: Outline,
    pub tasks: Option<Outline>,
    pub ledger: Option<(Ledger, Fold)>,
    pub verification: Option<Verification>,
    pub progress: Progress,
    /// What is left to do: tasks first, each kind in the order of its file.
    pub open: Vec<Open>,
    pub disagreements: Vec<Disagreement>,
}

impl Work {
    /// What keeps the increment from being closed: `1 of 4 tasks are open`.
    pub fn blocks_close(&self) -> Option<String> {
        let Progress { tasks, criteria, .. } = self.progress;
        let part = |count: Count, what: &str| {
            (count.open() > 0).then(|| format!("{} of {} {what} are open", count.open(), count.total))
        };
        let verification = || {
            let found = self.verification.as_ref().filter(|_| self.generation.has_ledger())?;
            if found.ok != Some(true) {
                return Some("reports/verify.json does not say ok".to_owned());
            }
            self.has_stale_verification().then(|| "reports/verify.json is out of date".to_owned())
        };
        let open = match self.progress.open_work() {
            Some(open) => Some(open),
            None => part(tasks, "tasks").or_else(|| part(criteria, "acceptance criteria")),
        };
        let blocks: Vec<String> = open.into_iter().chain(verification()).collect();
        (!blocks.is_empty()).then(|| blocks.join("; "))
    }

    fn has_stale_verification(&self) -> bool {
        self.disagreements.iter().any(|found| matches!(found, Disagreement::StaleVerification { .. }))
    }

    /// Something was to be done, and all of it is; where there is a ledger, a verification says so too.
    pub fn is_ready_to_close(&self) -> bool {
        let Progress { tasks, criteria, .. } = self.progress;
        let verified = !self.generation.has_ledger() || self.verification.is_some();
        tasks.done > 0 && tasks.open() + criteria.open() == 0 && verified && self.blocks_close().is_none()
    }

    /// Whether a task or criterion of that name is done after all that is known of it.
    pub fn is_open(&self, kind: Kind, name: &str) -> bool {
        self.open.iter().any(|open| open.kind == kind && open.name == name)
    }

    /// The file that defines the tasks.
    pub fn task_file(&self) -> File {
        if self.tasks.is_some() { File::Tasks } else { File::Spec }
    }
}

/// Reads and joins the texts as they are at the time `now`; a claim lives for `lease_hours`.
pub fn read(texts: Texts<'_>, now: Timestamp, lease_hours: u32) -> Work {
    let spec = parse(texts.spec, Doc::Spec);
    let tasks = texts.tasks.map(|text| parse(text, Doc::Tasks));
    let generation = Generation::of(&spec, tasks.as_ref(), texts.ledger.is_some());
    let ledger = texts.ledger.map(|text| {
        let ledger = ledger::parse(text);
        let fold = ledger::fold(&ledger, now, lease_hours);
        (ledger, fold)
    });
    let verification = texts.verification.map(verification::parse);
    let mut work = Work { generation, spec, tasks, ledger, verification, ..Work::default() };
    let joined = Joined::of(&work, &texts);
    let (progress, open, disagreements) = (joined.progress(), joined.open(), disagreement::all(&joined));
    (work.progress, work.open, work.disagreements) = (progress, open, disagreements);
    work
}

/// The two counts of two texts without a ledger, for where no more is asked.
pub fn count(tasks: &str, spec: &str) -> Progress {
    read(Texts { spec, tasks: Some(tasks), ..Texts::default() }, Timestamp::UNIX_EPOCH, ledger::LEASE_HOURS).progress
}

/// Tasks and criteria with the states that they have after all.
struct Joined<'a> {
    work: &'a Work,
    spec_text: &'a str,
    task_text: &'a str,
    tasks: Vec<Task<'a>>,
    criteria: Vec<Criterion<'a>>,
}

struct Task<'a> {
    item: &'a Item,
    name: &'a str,
    /// What the ledger says of it.
    folded: Option<&'a TaskState>,
    state: State,
}

struct Criterion<'a> {
    item: &'a Item,
    name: &'a str,
    /// Some task names it.
    covered: bool,
    /// None for a criterion without a box, which is not counted.
    state: Option<State>,
}

impl<'a> Joined<'a> {
    fn of(work: &'a Work, texts: &'a Texts<'a>) -> Joined<'a> {
        let task_text = texts.tasks.unwrap_or(texts.spec);
        // Without tasks.md, only generation 3 has its tasks in spec.md.
        let outline = work.tasks.as_ref().or((work.generation == Generation::Three).then_some(&work.spec));
        let fold = work.ledger.as_ref().map(|(_, fold)| fold);
        let task = |item: &'a Item| {
            let name = &task_text[item.name.clone()];
            let folded = fold.and_then(|fold| fold.tasks.get(name));
            let state = folded.map_or(item.state.unwrap_or(State::Open), state_of);
            Task { item, name, folded, state }
        };
        let tasks: Vec<Task<'_>> = outline.into_iter().flat_map(|outline| outline.of(Kind::Task)).map(task).collect();
        let satisfied = satisfied(&tasks, task_text);
        let named_by_all = tasks.iter().any(|task| task.item.references.iter().any(is_all));
        let criterion = |item: &'a Item| {
            let name = &texts.spec[item.name.clone()];
            let by_tasks = work.generation == Generation::Three && satisfied.get(name) == Some(&true);
            let state = item.state.map(|state| if by_tasks { State::Done } else { state });
            Criterion { item, name, covered: named_by_all || satisfied.contains_key(name), state }
        };
        let criteria = work.spec.of(Kind::Criterion).map(criterion).collect();
        Joined { work, spec_text: texts.spec, task_text, tasks, criteria }
    }

    fn progress(&self) -> Progress {
        let mut progress = Progress { generation: self.work.generation, ..Progress::default() };
        self.tasks.iter().for_each(|task| progress.tasks.add(task.state));
        self.criteria.iter().filter_map(|criterion| criterion.state).for_each(|state| progress.criteria.add(state));
        progress
    }

    fn open(&self) -> Vec<Open> {
        let is_open = |state: State| !matches!(state, State::Done | State::Skipped);
        let open = |item: &Item, name: &str, file| Open {
            kind: item.kind,
            name: name.to_owned(),
            place: Place { file, span: item.name.clone() },
            section: item.section.clone(),
        };
        let file = self.work.task_file();
        let tasks = self.tasks.iter().filter(|task| is_open(task.state)).map(|task| open(task.item, task.name, file));
        let criteria = self.criteria.iter().filter(|criterion| criterion.state.is_some_and(is_open));
        tasks.chain(criteria.map(|criterion| open(criterion.item, criterion.name, File::Spec))).collect()
    }
}

fn is_all(reference: &Reference) -> bool {
    matches!(reference, Reference::All(_))
}

/// Each criterion that a task names, and whether all tasks that name it are done. As for SpecWeave, a task for `all`
/// criteria names none.
fn satisfied<'a>(tasks: &[Task<'_>], text: &'a str) -> HashMap<&'a str, bool> {
    let mut satisfied = HashMap::new();
    for task in tasks {
        for reference in &task.item.references {
            if let Reference::One(span) = reference {
                *satisfied.entry(&text[span.clone()]).or_insert(true) &= task.state == State::Done;
            }
        }
    }
    satisfied
}

fn state_of(state: &TaskState) -> State {
    match state {
        TaskState::Done { .. } => State::Done,
        TaskState::Skipped { .. } => State::Skipped,
        TaskState::Open | TaskState::Claimed { .. } | TaskState::Blocked { .. } => State::Open,
    }
}
