//! Two files, all or nothing, on disk.
//!
//! Every step is announced in a record before it is taken, so that whoever comes next can finish or undo what a
//! crash left:
//!
//! 1. record "preparing": the new texts are written beside their targets, the old ones kept under a second name;
//! 2. record "committing": from here on the change counts; spec.md is renamed into place, then metadata.json;
//! 3. both are read back, the old texts and the record go.
//!
//! A crash in 1 is undone, one in 2 is finished; where not every file can be finished any more, all are undone. The
//! record holds names and check sums, never contents, and nothing in it can name a file outside the increment it is
//! about.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::model::increment::{Increment, Source};
use crate::model::status::Side;
use crate::workspace::change::lock::{self, PeerLock, ProjectLock};
use crate::workspace::change::plan::Plan;
use crate::workspace::discover::{self, PROJECT_FOLDER};
use crate::workspace::fs::atomic::{
    at, check_sum, file_sum, is_gone, keep, leads_out, remove, sync_folder, writable, write_beside,
};
use crate::workspace::fs::reader::{self, Want};

/// Where this tool keeps its own files in a project; SpecWeave keeps its caches beside it and git ignores both.
pub fn state_folder(root: &Path) -> PathBuf {
    root.join(PROJECT_FOLDER).join("state").join("specweave-lsp")
}

/// Where sentences go that are no error.
pub type Say<'s> = &'s dyn Fn(&str);

/// Carries a plan out. The error says what happened, to which file, and what to do.
pub fn commit(root: &Path, plan: &Plan, say: Say<'_>) -> Result<(), String> {
    if plan.files.is_empty() {
        return Ok(());
    }
    let lock = ProjectLock::take(&state_folder(root), say)?;
    recover_locked(root, &lock, say)?;
    let change = Change::new(root, plan)?;
    change.prepare(plan, say).map_err(|message| change.give_up(&message))?;
    change.replace().map_err(|message| change.roll_back(&message))?;
    let outcome = change.verify(plan);
    // Both files have their new text: what cannot be removed now does not make a failure of it.
    change.clean_up().unwrap_or_else(|error| say(&unfinished(&plan.id, &error)));
    outcome
}

/// Finishes or undoes what an interrupted run left in this project, and says so, one sentence each. Waits for a change
/// under way. Whether there was something to put right.
pub fn recover(root: &Path, say: Say<'_>) -> Result<bool, String> {
    let folder = state_folder(root);
    if !is_left(&folder) {
        return Ok(false);
    }
    let lock = ProjectLock::take(&folder, say)?;
    recover_locked(root, &lock, say)
}

/// The same for who only looks: a change under way is not waited for, it was not interrupted.
pub fn recover_if_free(root: &Path, say: Say<'_>) -> Result<bool, String> {
    let folder = state_folder(root);
    if !is_left(&folder) {
        return Ok(false);
    }
    match ProjectLock::take_if_free(&folder)? {
        Some(lock) => recover_locked(root, &lock, say),
        None => Ok(false),
    }
}

/// Whether this came of a commit because another process holds the project and hangs: the next would wait in vain too.
pub fn is_held_up(root: &Path, error: &str) -> bool {
    error == lock::never_ends(&state_folder(root))
}

/// The common case costs one look: no folder, or nothing in it that a run leaves behind.
fn is_left(folder: &Path) -> bool {
    leftovers(folder).is_ok_and(|left| !left.is_empty())
}

/// A file among the tool's own that becomes another one by renaming; the next command removes it if this one dies.
pub fn draft_in(state_folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(RECORD_PREFIX).suffix(".tmp").tempfile_in(state_folder)
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Preparing,
    Committing,
    /// A step of "committing" failed: what was replaced is being put back.
    Undoing,
}

/// What is written down about a change under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    phase: Phase,
    /// Relative to the project.
    folder: PathBuf,
    /// Part of the names of all files of this change.
    token: String,
    to: String,
    files: Vec<RecordedFile>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RecordedFile {
    side: RecordedSide,
    /// Check sums of the old and the new text; the same for a file that the change rests on and leaves as it is.
    before: u64,
    after: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RecordedSide {
    Spec,
    Metadata,
}

impl RecordedSide {
    fn side(self) -> Side {
        match self {
            RecordedSide::Spec => Side::Spec,
            RecordedSide::Metadata => Side::Metadata,
        }
    }
}

struct Change<'r> {
    root: &'r Path,
    id: String,
    folder: PathBuf,
    record: Record,
    record_path: PathBuf,
}

/// One file of a change, with the names it goes by. Behind a symbolic link it is the link's target that changes.
struct Names {
    side: Side,
    target: PathBuf,
    new: PathBuf,
    old: PathBuf,
    before: u64,
    after: u64,
}

/// Whose text a file of a change has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    Before,
    After,
    /// Somebody else's; also if the file is gone.
    Foreign,
}

impl Names {
    fn held(&self) -> Result<Held, String> {
        let sum = file_sum(&self.target)?;
        Ok(if sum == Some(self.after) {
            Held::After
        } else if sum == Some(self.before) {
            Held::Before
        } else {
            Held::Foreign
        })
    }

    fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

const RECORD_PREFIX: &str = "change-";
/// Names and check sums take no more.
const LARGEST_RECORD: u64 = 64 * 1024;

impl<'r> Change<'r> {
    fn new(root: &'r Path, plan: &Plan) -> Result<Change<'r>, String> {
        let folder = plan.folder.strip_prefix(root).map_err(|_| format!("{} lies outside its project.", plan.id))?;
        let changed = plan.files.iter().map(|file| (file.side, check_sum(&file.before), check_sum(&file.after())));
        let kept = plan.rests_on.iter().map(|(side, text)| (*side, check_sum(text), check_sum(text)));
        let files = changed.chain(kept).map(|(side, before, after)| RecordedFile {
            side: if side == Side::Spec { RecordedSide::Spec } else { RecordedSide::Metadata },
            before,
            after,
        });
        let mut files: Vec<RecordedFile> = files.collect();
        files.sort_by_key(|file| file.side.side());
        let token = format!("{:08x}{:08x}", std::process::id(), check_sum(plan.id.as_bytes()) as u32);
        let change = Change {
            root,
            id: plan.id.clone(),
            folder: plan.folder.clone(),
            record_path: state_folder(root).join(format!("{RECORD_PREFIX}{token}.json")),
            record: Record {
                version: 1,
                phase: Phase::Preparing,
                folder: folder.to_path_buf(),
                token,
                to: plan.to.clone(),
                files,
            },
        };
        for names in change.names()?.iter().filter(|names| names.is_changed()) {
            writable(&change.id, names.side, &names.target)?;
        }
        Ok(change)
    }

    /// From a record that a run left behind. Only what names an increment of this project is believed.
    fn recorded(root: &'r Path, record_path: PathBuf) -> Result<Change<'r>, String> {
        let text = match reader::read(&record_path, LARGEST_RECORD, Want::Whole) {
            Source::Text(text) => text,
            Source::Missing => Vec::new(),
            Source::Unreadable(reason) => {
                return Err(format!(
                    "{} cannot be read: {reason}. Look at it, and make it readable or remove it.",
                    record_path.display()
                ));
            }
        };
        let strange = || format!("{} is no record of this tool; look at it and remove it.", record_path.display());
        let record: Record = serde_json::from_slice(&text).map_err(|_| strange())?;
        let plain = record.folder.components().all(|part| matches!(part, Component::Normal(_)));
        let token = !record.token.is_empty() && record.token.bytes().all(|b| b.is_ascii_alphanumeric());
        let folder = root.join(&record.folder);
        let increment = discover::increment_of(&folder).is_some_and(|(of, whole)| of == root && whole == folder);
        if record.version != 1 || !plain || !token || !increment {
            return Err(strange());
        }
        let id = crate::workspace::project::id_of(&folder);
        Ok(Change { root, id, folder, record, record_path })
    }

    fn names(&self) -> Result<Vec<Names>, String> {
        self.record
            .files
            .iter()
            .map(|file| {
                let side = file.side.side();
                let shown = self.folder.join(side.file_name());
                let target = match shown.canonicalize() {
                    // A file that went away since is still known by its name: its leftovers have to go too.
                    Err(error) if is_gone(&error) => shown,
                    target => target.map_err(|error| at(&shown, "cannot be found", &error))?,
                };
                let root = self.root.canonicalize().map_err(|error| at(self.root, "cannot be found", &error))?;
                if file.before != file.after && !target.starts_with(root) {
                    return Err(leads_out(&self.id, side, &target));
                }
                let name = target.file_name().unwrap_or_default().to_string_lossy();
                let beside = |what: &str| target.with_file_name(format!(".{name}.{}.{what}", self.record.token));
                Ok(Names {
                    side,
                    new: beside("new"),
                    old: beside("old"),
                    before: file.before,
                    after: file.after,
                    target,
                })
            })
            .collect()
    }

    /// After this nothing has changed yet, and nothing but two renames is left to do.
    fn prepare(&self, plan: &Plan, say: Say<'_>) -> Result<(), String> {
        self.write_record(Phase::Preparing)?;
        let peer = PeerLock::take(&self.locked_file(), &self.record.token, say)?;
        let names = self.names()?;
        for names in &names {
            let file = plan.files.iter().find(|file| file.side == names.side);
            let Some(file) = file else { continue };
            write_beside(&names.target, &names.new, &file.after())
                .map_err(|error| at(&names.target, "cannot be written", &error))?;
            keep(&names.target, &names.old).map_err(|error| at(&names.target, "cannot be kept", &error))?;
        }
        self.sync(&names)?;
        for names in &names {
            unchanged(&self.id, names)?;
        }
        // Until the record is gone the peer's lock stays; it goes with the rest.
        peer.keep();
        Ok(())
    }

    fn replace(&self) -> Result<(), String> {
        self.write_record(Phase::Committing)?;
        let names = self.names()?;
        for names in &names {
            unchanged(&self.id, names)?;
            if names.is_changed() {
                fs::rename(&names.new, &names.target)
                    .map_err(|error| at(&names.target, "cannot be replaced", &error))?;
            }
        }
        self.sync(&names)
    }

    /// The names of the files are on disk, not only their contents.
    fn sync(&self, names: &[Names]) -> Result<(), String> {
        let mut folders: Vec<&Path> = names.iter().map(|names| names.target.parent().unwrap_or(&self.folder)).collect();
        folders.dedup();
        folders
            .into_iter()
            .try_for_each(|folder| sync_folder(folder).map_err(|error| at(folder, "cannot be written", &error)))
    }

    /// What is on disk now is what counts.
    fn verify(&self, plan: &Plan) -> Result<(), String> {
        for file in &plan.files {
            let text = fs::read(&file.path).map_err(|error| at(&file.path, "cannot be read back", &error))?;
            if text != file.after() {
                return Err(format!(
                    "{} of {} was changed by another program at the same moment; look at it with `specweave-lsp check {}`.",
                    file.side.file_name(),
                    plan.id,
                    plan.id
                ));
            }
        }
        Ok(())
    }

    /// Before anything counted: everything goes away again.
    fn give_up(&self, message: &str) -> String {
        match self.clean_up() {
            Ok(()) => format!("{message} Nothing was changed."),
            Err(error) => format!("{message} Nothing was changed. {}", unfinished(&self.id, &error)),
        }
    }

    /// After it counted: what was replaced is put back.
    fn roll_back(&self, message: &str) -> String {
        // If even this cannot be written the files are put back all the same. Whoever comes next sees what can still
        // be finished and what not; so this does not promise that nothing was changed before all is gone.
        let _ = self.write_record(Phase::Undoing);
        let undone = self.names().and_then(|names| self.put_back(&names)).and_then(|()| self.clean_up());
        match undone {
            Ok(()) => format!("{message} Nothing was changed."),
            Err(error) => format!("{message} {}", unfinished(&self.id, &error)),
        }
    }

    fn put_back(&self, names: &[Names]) -> Result<(), String> {
        for names in names.iter().filter(|names| names.is_changed()) {
            if names.held()? == Held::After {
                fs::rename(&names.old, &names.target)
                    .map_err(|error| at(&names.target, "cannot be put back", &error))?;
            }
        }
        self.sync(names)
    }

    /// Removes every file of the change, the record last: as long as it is there, a later run tries again.
    fn clean_up(&self) -> Result<(), String> {
        for names in self.names()?.iter().filter(|names| names.is_changed()) {
            remove(&names.new)?;
            remove(&names.old)?;
        }
        PeerLock::release(&self.locked_file(), &self.record.token)?;
        remove(&self.record_path)
    }

    fn locked_file(&self) -> PathBuf {
        self.folder.join(Side::Metadata.file_name())
    }

    fn write_record(&self, phase: Phase) -> Result<(), String> {
        let record = Record { phase, ..self.record.clone() };
        let folder = state_folder(self.root);
        let write = || -> io::Result<()> {
            let mut file = draft_in(&folder)?;
            file.write_all(&serde_json::to_vec(&record)?)?;
            file.as_file().sync_all()?;
            file.persist(&self.record_path).map_err(|error| error.error)?;
            sync_folder(&folder)
        };
        write().map_err(|error| at(&folder, "cannot be written", &error))
    }

    /// Puts right what a crash left of this change.
    fn recover(&self) -> Result<String, String> {
        let names = self.names()?;
        let counts = self.record.phase == Phase::Committing && self.can_be_finished(&names)?;
        // While it was only prepared nothing was touched, and what others do with the files is no concern of it.
        let foreign = if self.record.phase == Phase::Preparing { None } else { foreign(&names)? };
        if counts {
            self.finish(&names)?;
        } else if self.record.phase != Phase::Preparing {
            self.put_back(&names)?;
        }
        self.clean_up()?;
        let (id, to) = (&self.id, &self.record.to);
        let done = if counts { "finished" } else { "undone" };
        Ok(match foreign {
            None => format!("An interrupted change of {id} to {to} was {done}."),
            Some(side) => format!(
                "An interrupted change of {id} to {to} was {done}, except in {}, which was changed since and stays as \
                 it is; {}.",
                side.file_name(),
                self.agreement()
            ),
        })
    }

    /// Whether every file has its new text or can still get it. A file that somebody else changed since is not
    /// touched; its status then says which way the other one has to go for the two to agree.
    fn can_be_finished(&self, names: &[Names]) -> Result<bool, String> {
        for names in names {
            let can = match names.held()? {
                Held::After => true,
                Held::Before => file_sum(&names.new)? == Some(names.after),
                Held::Foreign => self.increment().file(names.side).parsed.status_text() == Some(&self.record.to),
            };
            if !can {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn finish(&self, names: &[Names]) -> Result<(), String> {
        for names in names {
            if names.held()? == Held::Before {
                fs::rename(&names.new, &names.target)
                    .map_err(|error| at(&names.target, "cannot be replaced", &error))?;
            }
        }
        self.sync(names)
    }

    fn increment(&self) -> Increment {
        let source = |side: Side| reader::read(&self.folder.join(side.file_name()), u64::MAX / 2, Want::Whole);
        Increment::read(&self.id, source(Side::Spec), source(Side::Metadata))
    }

    fn agreement(&self) -> String {
        let increment = self.increment();
        if increment.both().is_none() {
            format!("look at what is left with `specweave-lsp check {}`", self.id)
        } else if increment.is_desynced() {
            format!("the statuses disagree, run `specweave-lsp sync {}`", self.id)
        } else {
            "the statuses agree".to_owned()
        }
    }
}

fn unfinished(id: &str, error: &str) -> String {
    format!("What is left of the change of {id} will be put right by the next command: {error}")
}

/// Files in the state folder that a finished run would have removed.
fn leftovers(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(RECORD_PREFIX) {
            left.push(entry.path());
        }
    }
    left.sort_unstable();
    Ok(left)
}

/// The first file that somebody else changed.
fn foreign(names: &[Names]) -> Result<Option<Side>, String> {
    for names in names {
        if names.held()? == Held::Foreign {
            return Ok(Some(names.side));
        }
    }
    Ok(None)
}

fn recover_locked(root: &Path, _lock: &ProjectLock, say: Say<'_>) -> Result<bool, String> {
    let folder = state_folder(root);
    let left = leftovers(&folder).map_err(|error| at(&folder, "cannot be listed", &error))?;
    let (records, halves): (Vec<_>, Vec<_>) =
        left.into_iter().partition(|path| path.extension().is_some_and(|extension| extension == "json"));
    let any = !records.is_empty();
    for record in records {
        say(&Change::recorded(root, record)?.recover()?);
    }
    // Half-written records: what they would have announced was never begun.
    for half in halves {
        remove(&half)?;
    }
    Ok(any)
}

/// A file that changed since it was read is never overwritten.
fn unchanged(id: &str, names: &Names) -> Result<(), String> {
    if file_sum(&names.target)? == Some(names.before) {
        return Ok(());
    }
    Err(format!(
        "{} of {id} was changed by another program since it was read; run the command again.",
        names.side.file_name()
    ))
}
