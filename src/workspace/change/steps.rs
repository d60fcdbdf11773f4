//! The steps that a change and its recovery share: one change under way, its files, and the names they go by.

use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use crate::model::file_kind::FileKind;
use crate::model::increment::Source;
use crate::model::sort;
use crate::workspace::change::error::ChangeError;
use crate::workspace::change::journal::JournalEntry;
use crate::workspace::change::lock::PeerLock;
use crate::workspace::change::plan::Plan;
use crate::workspace::change::record::{LARGEST_RECORD, Phase, Record, RecordedFile, RecordedKind};
use crate::workspace::change::state_folder::{RECORD_PREFIX, draft_in, state_folder};
use crate::workspace::fs::atomic::{check_sum, file_sum, is_gone, persist, remove, rename, sync_folder};
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::flush;
use crate::workspace::fs::paths::canonicalize;
use crate::workspace::fs::reader::{self, Want};
use crate::workspace::fs::writable::{NotWritable, writable};
use crate::workspace::{discover, links, project};

/// A change under way, as its record says.
pub struct PendingChange<'r> {
    pub root: &'r Path,
    pub id: String,
    pub folder: PathBuf,
    pub record: Record,
    record_path: PathBuf,
}

/// One file of a change, with the names it goes by. Behind a symbolic link it is the link's target that changes.
pub struct Target {
    pub file: FileKind,
    pub path: PathBuf,
    pub new: PathBuf,
    pub old: PathBuf,
    before: u64,
    pub after: u64,
}

/// Whose text a file of a change has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Held {
    Before,
    After,
    /// Somebody else's; also if the file is gone.
    Foreign,
}

impl Target {
    pub fn held(&self) -> Result<Held, FileError> {
        let sum = file_sum(&self.path)?;
        Ok(if sum == Some(self.after) {
            Held::After
        } else if sum == Some(self.before) {
            Held::Before
        } else {
            Held::Foreign
        })
    }

    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }

    /// A file that changed since it was read is never overwritten.
    pub fn unchanged(&self, id: &str) -> Result<(), ChangeError> {
        if file_sum(&self.path)? == Some(self.before) {
            return Ok(());
        }
        Err(ChangeError::ChangedSinceRead { id: id.to_owned(), file: self.file })
    }
}

impl<'r> PendingChange<'r> {
    pub fn new(root: &'r Path, plan: &Plan, entry: &JournalEntry) -> Result<PendingChange<'r>, ChangeError> {
        let folder = plan
            .folder
            .strip_prefix(root)
            .map_err(|_| ChangeError::OutsideProject { id: plan.id.clone(), root: root.to_path_buf() })?;
        let changed = plan.files.iter().map(|file| (file.file, check_sum(&file.before), check_sum(&file.after())));
        let kept = plan.rests_on.iter().map(|(file, text)| (*file, check_sum(text), check_sum(text)));
        let files = changed
            .chain(kept)
            .filter_map(|(file, before, after)| Some(RecordedFile { file: RecordedKind::of(file)?, before, after }));
        let mut files: Vec<RecordedFile> = files.collect();
        sort::by_key(&mut files, |file| FileKind::from(file.file));
        let token = format!("{:08x}{:08x}", std::process::id(), check_sum(plan.id.as_bytes()) as u32);
        let change = PendingChange {
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
                items: plan.items.clone(),
                files,
                entry: Some(entry.clone()),
            },
        };
        for target in change.targets()?.iter().filter(|target| target.is_changed()) {
            writable(&change.id, target.file, &target.path)?;
        }
        Ok(change)
    }

    /// From a record that a run left behind. Only what names an increment of this project is believed.
    pub fn recorded(root: &'r Path, record_path: PathBuf) -> Result<PendingChange<'r>, ChangeError> {
        let text = match reader::read(&record_path, LARGEST_RECORD, Want::Whole) {
            Source::Text(text) => text,
            Source::Missing => Vec::new(),
            Source::Unreadable(reason) => {
                return Err(ChangeError::RecordUnreadable { path: record_path, reason });
            }
        };
        let strange = || ChangeError::NotARecord(record_path.clone());
        let record: Record = serde_json::from_slice(&text).map_err(|_| strange())?;
        let plain = record.folder.components().all(|part| matches!(part, Component::Normal(_)));
        let token = !record.token.is_empty() && record.token.bytes().all(|b| b.is_ascii_alphanumeric());
        let folder = root.join(&record.folder);
        let increment = discover::increment_of(&folder).is_some_and(|(of, whole)| of == root && whole == folder);
        if record.version != 1 || !plain || !token || !increment {
            return Err(strange());
        }
        let id = project::id_of(&folder);
        Ok(PendingChange { root, id, folder, record, record_path })
    }

    pub fn targets(&self) -> Result<Vec<Target>, ChangeError> {
        self.record
            .files
            .iter()
            .map(|recorded| {
                let file = FileKind::from(recorded.file);
                let shown = self.folder.join(file.file_name());
                let target = match canonicalize(&shown) {
                    // A file that went away since is still known by its name: its leftovers have to go too.
                    Err(error) if is_gone(&error) => shown,
                    target => target.map_err(FileError::when("find", &shown))?,
                };
                let is_ours = links::holds(self.root, &target).map_err(FileError::when("find", self.root))?;
                if recorded.before != recorded.after && !is_ours {
                    return Err(NotWritable::LeadsOut { id: self.id.clone(), file, target }.into());
                }
                let name = target.file_name().unwrap_or_default().to_string_lossy();
                let beside = |what: &str| target.with_file_name(format!(".{name}.{}.{what}", self.record.token));
                Ok(Target {
                    file,
                    new: beside("new"),
                    old: beside("old"),
                    before: recorded.before,
                    after: recorded.after,
                    path: target,
                })
            })
            .collect()
    }

    /// The names of the files are on disk, not only their contents.
    pub fn sync(&self, targets: &[Target]) -> Result<(), FileError> {
        let mut folders: Vec<&Path> =
            targets.iter().map(|target| target.path.parent().unwrap_or(&self.folder)).collect();
        folders.dedup();
        folders.into_iter().try_for_each(|folder| sync_folder(folder).map_err(FileError::when("write", folder)))
    }

    pub fn put_back(&self, targets: &[Target]) -> Result<(), ChangeError> {
        for target in targets.iter().filter(|target| target.is_changed()) {
            if target.held()? == Held::After {
                rename(&target.old, &target.path).map_err(FileError::when("restore", &target.path))?;
            }
        }
        Ok(self.sync(targets)?)
    }

    /// Removes every file of the change, the record last: as long as it is there, a later run tries again. SpecWeave's
    /// lock goes whatever else stays: nobody else would remove it.
    pub fn clean_up(&self) -> Result<(), ChangeError> {
        let files = self.targets().and_then(|targets| {
            let changed = targets.iter().filter(|target| target.is_changed());
            let results: Vec<_> = changed.flat_map(|target| [remove(&target.new), remove(&target.old)]).collect();
            Ok(results.into_iter().collect::<Result<(), FileError>>()?)
        });
        PeerLock::release(&self.locked_file(), &self.record.token)?;
        files?;
        Ok(remove(&self.record_path)?)
    }

    /// The file that SpecWeave locks.
    pub fn locked_file(&self) -> PathBuf {
        self.folder.join(FileKind::Metadata.file_name())
    }

    pub fn write_record(&self, phase: Phase) -> Result<(), FileError> {
        let record = Record { phase, ..self.record.clone() };
        let folder = state_folder(self.root);
        let write = || -> io::Result<()> {
            let mut file = draft_in(&folder)?;
            file.write_all(&serde_json::to_vec(&record)?)?;
            flush::file(file.as_file())?;
            persist(file, &self.record_path)?;
            sync_folder(&folder)
        };
        write().map_err(FileError::when("write", &folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::edit::Edit;
    use crate::workspace::change::journal::Origin;
    use crate::workspace::change::plan::FileChange;

    const BEFORE: &str = "---\nstatus: active\n---\n";

    fn plan(root: &Path, reason: Option<String>) -> Plan {
        let folder = root.join(".specweave/increments/0001-a");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("spec.md");
        std::fs::write(&path, BEFORE).unwrap();
        let edit = Edit { span: 12..18, text: "completed".to_owned() };
        let change = FileChange { file: FileKind::Spec, path, before: BEFORE.into(), edit };
        Plan {
            id: "0001-a".to_owned(),
            folder,
            from: (Some("active".to_owned()), None),
            to: "completed".to_owned(),
            items: Vec::new(),
            forced: false,
            reason,
            undoes: None,
            files: vec![change],
            rests_on: vec![(FileKind::Metadata, b"{}".to_vec())],
        }
    }

    #[test]
    fn a_record_is_read_back_whatever_was_given_as_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let root = canonicalize(folder.path()).unwrap();
        let plan = plan(&root, Some("why ".repeat(500_000)));
        let entry = JournalEntry::of(&root, &plan, &Origin::Close.into());
        let change = PendingChange::new(&root, &plan, &entry).unwrap();
        std::fs::create_dir_all(state_folder(&root)).unwrap();
        change.write_record(Phase::Committing).unwrap();
        let read = PendingChange::recorded(&root, change.record_path.clone()).unwrap();
        assert_eq!(
            (read.id.as_str(), read.record.phase, &read.record.entry),
            ("0001-a", Phase::Committing, &Some(entry))
        );
        let changed: Vec<(FileKind, bool)> =
            read.targets().unwrap().iter().map(|target| (target.file, target.is_changed())).collect();
        assert_eq!(changed, [(FileKind::Spec, true), (FileKind::Metadata, false)], "what it rests on is not written");
        read.clean_up().unwrap();
        assert!(!change.record_path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_found_out_is_no_file_that_went_away() {
        let folder = tempfile::tempdir().unwrap();
        let root = canonicalize(folder.path()).unwrap();
        let plan = plan(&root, None);
        let entry = JournalEntry::of(&root, &plan, &Origin::Close.into());
        let change = PendingChange::new(&root, &plan, &entry).unwrap();
        std::fs::remove_file(&plan.files[0].path).unwrap();
        assert_eq!(change.targets().unwrap()[0].path, plan.files[0].path);
        std::os::unix::fs::symlink("spec.md", &plan.files[0].path).unwrap();
        assert!(change.targets().is_err(), "a link to itself");
    }
}
