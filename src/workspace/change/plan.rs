//! What a change of status does to the two files of an increment: worked out in full before anything is touched. (`tick`
//! does it for tasks and criteria.)

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::edit::members::{self, MemberChange};
use crate::model::edit::{self, Edit};
use crate::model::file_kind::FileKind;
use crate::model::generation::Generation;
use crate::model::increment::{Increment, Source};
use crate::model::parse;
use crate::model::preference::Preference;
use crate::model::rules::one_line;
use crate::model::status::{Side, Status};
use crate::model::transition::{self, Route, TransitionError};
use crate::model::work::Work;
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::hint::Hint;

/// The change of one file.
#[derive(Clone, Debug)]
pub struct FileChange {
    pub file: FileKind,
    pub path: PathBuf,
    /// The bytes the edit was made for.
    pub before: Vec<u8>,
    pub edit: Edit,
}

impl FileChange {
    pub fn after(&self) -> Vec<u8> {
        self.edit.apply(&self.before)
    }
}

/// The change of one increment. Without files there is nothing to do.
#[derive(Clone, Debug)]
pub struct Plan {
    pub id: String,
    pub folder: PathBuf,
    /// The statuses before, for people.
    pub from: (Option<String>, Option<String>),
    /// The status, or `done` or `open` where `items` are ticked.
    pub to: String,
    /// The tasks and criteria that it ticks or opens again; none for a change of status.
    pub items: Vec<String>,
    /// A gate stood in the way and was passed by force.
    pub forced: bool,
    /// What the user gave as the reason; the journal keeps it even where metadata.json has no place for it.
    pub reason: Option<String>,
    /// The change that this one takes back, as the journal names it.
    pub undoes: Option<String>,
    pub files: Vec<FileChange>,
    /// What the plan leaves as it is and yet rests on: were it to change meanwhile, the two would not agree.
    pub rests_on: Vec<(FileKind, Vec<u8>)>,
}

/// Why no fix is planned.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PlanError {
    #[error("{} of {id} has no status to copy", side.file_name())]
    NoStatus { id: String, side: Side },
    #[error("the status in {} of {id} is {kind}, not text", side.file_name())]
    NotText { id: String, side: Side, kind: &'static str },
    #[error("{} of {id} says `{word}`, which is not a known status", side.file_name())]
    UnknownWord { id: String, side: Side, word: String },
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

impl Hint for PlanError {
    fn hint(&self) -> Option<String> {
        match self {
            PlanError::NotText { side, .. } => Some(format!("keep the status of {} instead", side.other().file_name())),
            PlanError::UnknownWord { .. } => Some("choose which file's status to keep".to_owned()),
            PlanError::NoStatus { .. } => None,
            PlanError::Transition(error) => error.hint(),
        }
    }
}

/// Its text says what to do next.
impl Hint for TransitionError {}

/// An increment, read in full, that something is to be done about. One reading serves every plan that is offered.
pub struct PlanInput {
    pub folder: PathBuf,
    pub increment: Increment,
    pub work: Option<Work>,
    preference: Preference,
}

impl PlanInput {
    pub fn read(folder: &Path, documents: &Documents, settings: &Settings) -> PlanInput {
        let (increment, work) = check::load(folder, documents, settings, Depth::Work);
        PlanInput { folder: folder.to_path_buf(), increment, work, preference: settings.preferred }
    }

    /// The status as SpecWeave of the increment's generation writes it.
    fn word(&self, status: Status) -> &'static str {
        self.increment.generation.unwrap_or_default().word(status)
    }

    pub fn preferred_side(&self) -> Side {
        self.increment.preferred_side(self.preference)
    }

    /// A word in the other file that nobody knows, and that keeping this one would overwrite: not without being asked.
    pub fn unknown_word_lost(&self, keep: Side) -> Option<String> {
        let word = self.increment.file(keep.other()).parsed.status_text()?;
        Status::meaning(word).is_none().then(|| one_line(word))
    }
}

/// Takes the status of one side over to the other: of `keep`, or of the preferred side.
pub fn sync(subject: &PlanInput, keep: Option<Side>) -> Result<Plan, PlanError> {
    let increment = &subject.increment;
    let chosen = keep.is_some() || subject.preference != Preference::Auto;
    let keep = keep.unwrap_or_else(|| subject.preferred_side());
    let Some(field) = increment.file(keep).parsed.status_field() else {
        return Err(PlanError::NoStatus { id: increment.id.clone(), side: keep });
    };
    if let Some(word) = subject.unknown_word_lost(keep).filter(|_| !chosen) {
        return Err(PlanError::UnknownWord { id: increment.id.clone(), side: keep.other(), word });
    }
    let Some(goal) = field.value.as_text().map(str::to_owned) else {
        return Err(PlanError::NotText { id: increment.id.clone(), side: keep, kind: field.value.kind() });
    };
    Ok(change(subject, &goal, &[keep.other()])?)
}

/// Writes one status into both files.
pub fn both(subject: &PlanInput, goal: Status) -> Result<Plan, TransitionError> {
    change(subject, subject.word(goal), &Side::BOTH)
}

fn change(subject: &PlanInput, goal: &str, sides: &[Side]) -> Result<Plan, TransitionError> {
    let PlanInput { folder, increment, .. } = subject;
    let mut files = Vec::new();
    for &side in sides {
        // In generation 3 metadata.json alone has the status: only one that is there is kept in step.
        let is_three = increment.generation == Some(Generation::Three);
        if side == Side::Spec && is_three && increment.spec.parsed.is_absent() {
            continue;
        }
        let before = match &increment.file(side).source {
            Source::Text(bytes) => bytes,
            Source::Missing => return Err(TransitionError::Missing { id: increment.id.clone(), side }),
            Source::Unreadable(reason) => {
                return Err(TransitionError::Unreadable { id: increment.id.clone(), side, reason: reason.clone() });
            }
        };
        let edit = edit::set_status(side, before, goal)
            .map_err(|error| TransitionError::Edit { id: increment.id.clone(), error })?;
        if let Some(edit) = edit {
            files.push(FileChange {
                file: side.into(),
                path: folder.join(side.file_name()),
                before: before.clone(),
                edit,
            });
        }
    }
    let shown = |side: Side| increment.file(side).parsed.status_text().map(str::to_owned);
    let rests_on = rests_on(increment, &files);
    Ok(Plan {
        id: increment.id.clone(),
        folder: folder.clone(),
        from: (shown(Side::Spec), shown(Side::Metadata)),
        to: goal.to_owned(),
        items: Vec::new(),
        forced: false,
        reason: None,
        undoes: None,
        files,
        rests_on,
    })
}

fn rests_on(increment: &Increment, files: &[FileChange]) -> Vec<(FileKind, Vec<u8>)> {
    let kept = Side::BOTH.map(FileKind::from).into_iter().filter(|kept| !files.iter().any(|file| file.file == *kept));
    kept.map(|file| (file, increment.bytes(file).to_vec())).collect()
}

/// What somebody wants of an increment.
#[derive(Clone, Debug)]
pub struct TransitionRequest {
    pub goal: Status,
    pub reason: Option<String>,
    /// Bypass the checks. Never bypasses what keeps the two files together.
    pub force: bool,
}

/// Takes an increment to another status along SpecWeave's table: both files, and the members that go with it.
pub fn transition(subject: &PlanInput, wish: &TransitionRequest) -> Result<Plan, TransitionError> {
    let increment = &subject.increment;
    let Route { steps, failed_check } =
        transition::route(increment, wish.goal, subject.work.as_ref(), subject.preference)?;
    if let Some(error) = failed_check.clone().filter(|_| !wish.force) {
        return Err(error);
    }
    let mut plan = change(subject, subject.word(wish.goal), &Side::BOTH)?;
    plan.forced = failed_check.is_some();
    plan.reason.clone_from(&wish.reason);
    if !steps.is_empty() {
        let members = transition::members(&steps, &now(), wish.reason.as_deref());
        add_members(&mut plan, increment, &members)?;
    }
    Ok(plan)
}

/// The members go into the same edit of metadata.json as the status.
fn add_members(plan: &mut Plan, increment: &Increment, members: &[MemberChange]) -> Result<(), TransitionError> {
    let before = increment.metadata.bytes();
    let file = plan.files.iter().find(|file| file.file == FileKind::Metadata);
    let with_status = file.map_or_else(|| before.to_vec(), FileChange::after);
    let edit_error = |error| TransitionError::Edit { id: increment.id.clone(), error };
    let Some(edit) = members::change(&with_status, members).map_err(edit_error)? else { return Ok(()) };
    let (text, _) = parse::mask(before);
    let after = edit.apply(&with_status);
    let (after, _) = parse::mask(&after);
    let Some(edit) = edit::between(&text, &after) else { return Ok(()) };
    plan.files.retain(|file| file.file != FileKind::Metadata);
    plan.files.push(FileChange {
        file: FileKind::Metadata,
        path: plan.folder.join(Side::Metadata.file_name()),
        before: before.to_vec(),
        edit,
    });
    plan.rests_on = rests_on(increment, &plan.files);
    Ok(())
}

/// ISO 8601 in UTC with milliseconds, as SpecWeave writes it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_says_which_status_to_keep() {
        let id = "0001-a".to_owned();
        let not_text = PlanError::NotText { id: id.clone(), side: Side::Spec, kind: "a list" };
        assert_eq!(not_text.hint().unwrap(), "keep the status of metadata.json instead");
        let unknown = PlanError::UnknownWord { id: id.clone(), side: Side::Spec, word: "shipped".to_owned() };
        assert_eq!(unknown.hint().unwrap(), "choose which file's status to keep");
        assert_eq!(PlanError::NoStatus { id, side: Side::Metadata }.hint(), None);
    }
}
