//! Tasks and criteria with what the ledger says of them.

use foldhash::HashMap;

use crate::model::generation::Generation;
use crate::model::parse::ledger::TaskState;
use crate::model::parse::work::{Item, Kind, Reference, WorkState};
use crate::model::work::put_off::is_put_off;
use crate::model::work::types::{OpenItem, Progress, Work, WorkFile, WorkPlace, WorkTexts};

/// Tasks and criteria with the states that they have after all.
pub(super) struct Joined<'a> {
    pub(super) work: &'a Work,
    pub(super) spec_text: &'a str,
    pub(super) task_text: &'a str,
    pub(super) tasks: Vec<JoinedTask<'a>>,
    pub(super) criteria: Vec<JoinedCriterion<'a>>,
}

pub(super) struct JoinedTask<'a> {
    pub(super) item: &'a Item,
    pub(super) name: &'a str,
    /// What the ledger says of it.
    pub(super) folded: Option<&'a TaskState>,
    pub(super) state: WorkState,
}

pub(super) struct JoinedCriterion<'a> {
    pub(super) item: &'a Item,
    pub(super) name: &'a str,
    /// Some task names it.
    pub(super) covered: bool,
    /// None for a criterion without a box, which is not counted.
    pub(super) state: Option<WorkState>,
}

impl<'a> Joined<'a> {
    pub(super) fn of(work: &'a Work, texts: &'a WorkTexts<'a>) -> Joined<'a> {
        let task_text = texts.tasks.unwrap_or(texts.spec);
        // Without tasks.md, only generation 3 has its tasks in spec.md.
        let outline = work.tasks.as_ref().or((work.generation == Generation::Three).then_some(&work.spec));
        let fold = work.ledger.as_ref().map(|(_, fold)| fold);
        let task = |item: &'a Item| {
            let name = &task_text[item.name.clone()];
            let folded = fold.and_then(|fold| fold.tasks.get(name));
            let state = folded.map_or(item.state.unwrap_or(WorkState::Open), state_of);
            JoinedTask { item, name, folded, state }
        };
        let tasks: Vec<JoinedTask<'_>> =
            outline.into_iter().flat_map(|outline| outline.of(Kind::Task)).map(task).collect();
        let satisfied = satisfied(&tasks, task_text);
        let named_by_all = tasks.iter().any(|task| task.item.references.iter().any(is_all));
        let criterion = |item: &'a Item| {
            let name = &texts.spec[item.name.clone()];
            let by_tasks = work.generation == Generation::Three && satisfied.get(name) == Some(&true);
            let state = item.state.map(|state| if by_tasks { WorkState::Done } else { state });
            JoinedCriterion { item, name, covered: named_by_all || satisfied.contains_key(name), state }
        };
        let criteria = work.spec.of(Kind::Criterion).map(criterion).collect();
        Joined { work, spec_text: texts.spec, task_text, tasks, criteria }
    }

    pub(super) fn progress(&self) -> Progress {
        let mut progress = Progress { generation: self.work.generation, ..Progress::default() };
        self.tasks.iter().for_each(|task| progress.tasks.add(task.state));
        self.criteria.iter().filter_map(|criterion| criterion.state).for_each(|state| progress.criteria.add(state));
        progress
    }

    pub(super) fn open(&self) -> Vec<OpenItem> {
        let is_open = |state: WorkState| !matches!(state, WorkState::Done | WorkState::Skipped);
        let open = |item: &Item, name: &str, file, text| OpenItem {
            kind: item.kind,
            name: name.to_owned(),
            place: WorkPlace { file, span: item.name.clone() },
            section: item.section.clone(),
            is_put_off: is_put_off(text, item),
        };
        let file = self.work.task_file();
        let tasks = self
            .tasks
            .iter()
            .filter(|task| is_open(task.state))
            .map(|task| open(task.item, task.name, file, self.task_text));
        let criteria = self.criteria.iter().filter(|criterion| criterion.state.is_some_and(is_open));
        tasks
            .chain(criteria.map(|criterion| open(criterion.item, criterion.name, WorkFile::Spec, self.spec_text)))
            .collect()
    }
}

fn is_all(reference: &Reference) -> bool {
    matches!(reference, Reference::All(_))
}

/// Each criterion that a task names, and whether all tasks that name it are done. As for SpecWeave, a task for `all`
/// criteria names none.
fn satisfied<'a>(tasks: &[JoinedTask<'_>], text: &'a str) -> HashMap<&'a str, bool> {
    let mut satisfied = HashMap::default();
    for task in tasks {
        for reference in &task.item.references {
            if let Reference::One(span) = reference {
                *satisfied.entry(&text[span.clone()]).or_insert(true) &= task.state == WorkState::Done;
            }
        }
    }
    satisfied
}

pub(super) fn state_of(state: &TaskState) -> WorkState {
    match state {
        TaskState::Done { .. } => WorkState::Done,
        TaskState::Skipped { .. } => WorkState::Skipped,
        TaskState::Open | TaskState::Claimed { .. } | TaskState::Blocked { .. } => WorkState::Open,
    }
}
