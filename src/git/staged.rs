//! The increments as the next commit will hold them: the last commit, and on top of it what is staged.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::git::error::GitError;
use crate::git::objects::{Object, Objects};
use crate::git::repository::{self, Asked, Repository};
use crate::git::trees::{CommittedTree, FOLDER, IndexEntry, LastCommit};
use crate::model::file_kind::FileKind;
use crate::model::increment::Source;
use crate::model::status::Side;
use crate::workspace::config::file::{self, ConfigFile};
use crate::workspace::config::project::{Given, ProjectConfig};
use crate::workspace::discover::{self, Scope};
use crate::workspace::project::Numbers;

const LINK: &str = "120000";

/// What is staged, by its path from the top of the work tree; `None` where a file is removed.
#[derive(Debug)]
pub struct Staged {
    entries: BTreeMap<PathBuf, Option<IndexEntry>>,
}

/// A project and the increments of it that are looked at.
#[derive(Debug)]
pub struct StagedProject {
    pub root: PathBuf,
    pub folders: Vec<PathBuf>,
    pub numbers: Numbers,
    /// As the commit will hold it.
    pub config: ProjectConfig,
}

/// The increments and their texts, by whole paths.
#[derive(Debug, Default)]
pub struct Commit {
    pub projects: Vec<StagedProject>,
    pub texts: HashMap<PathBuf, Source>,
}

/// What every look at the index begins with, put to git at once: two cores answer it in half the time.
#[derive(Debug)]
pub struct StagedLook {
    of: Repository,
    changes: Asked,
    objects: Objects,
}

impl StagedLook {
    pub fn begin(of: Repository) -> Result<StagedLook, GitError> {
        // A rename is a removal and an addition here: both folders are looked at.
        let changes = of.begin([
            "diff",
            "--cached",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--no-relative",
            "--no-color",
            "--no-ext-diff",
            "--ita-invisible-in-index",
        ])?;
        let objects = Objects::open(&of)?;
        Ok(StagedLook { of, changes, objects })
    }

    /// Begins anew where the repository turns out to be another one.
    pub fn finish(self, repository: &Repository) -> Result<(Staged, Objects), GitError> {
        let look = if self.of.is_asked_as(repository) { self } else { StagedLook::begin(repository.clone())? };
        Ok((Staged::parse(&look.changes.answer()?), look.objects))
    }
}

impl Staged {
    fn parse(raw: &[u8]) -> Staged {
        let mut entries = BTreeMap::new();
        let mut parts = raw.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        while let (Some(header), Some(name)) = (parts.next(), parts.next()) {
            // `:100644 100644 OLD NEW M`
            let header = String::from_utf8_lossy(header);
            let words: Vec<&str> = header.split(' ').collect();
            let [_, mode, _, id, status] = words[..] else { continue };
            let entry = IndexEntry { mode: mode.to_owned(), id: id.to_owned(), unmerged: status == "U" };
            entries.insert(repository::path(name), (status != "D").then_some(entry));
        }
        Staged { entries }
    }

    /// The increments' folders that something is staged in, from the top of the work tree.
    pub fn touched(&self) -> BTreeSet<PathBuf> {
        self.entries.keys().filter_map(|path| discover::increment_of(path)).map(|(_, folder)| folder).collect()
    }

    /// The projects whose settings are staged.
    pub fn touched_settings(&self) -> BTreeSet<PathBuf> {
        self.entries.keys().filter_map(|path| file::project_of(path)).map(Path::to_path_buf).collect()
    }

    /// These folders as the commit will hold them, as far as they are in scope, and these projects at least. Folders
    /// without both files are gone, or no increments.
    pub fn commit(
        &self,
        repository: &Repository,
        folders: &BTreeSet<PathBuf>,
        roots: &BTreeSet<PathBuf>,
        given: &Given,
        objects: Objects,
    ) -> Result<Commit, GitError> {
        let mut projects: BTreeMap<PathBuf, Vec<PathBuf>> =
            roots.iter().map(|root| (root.clone(), Vec::new())).collect();
        for folder in folders {
            if let Some((root, folder)) = discover::increment_of(folder) {
                projects.entry(root).or_default().push(folder);
            }
        }
        let mut commit = Commit::default();
        if projects.is_empty() {
            return Ok(commit);
        }
        let mut last = LastCommit::of(repository, objects);
        for (root, folders) in projects {
            let mut committed = committed(&root, &mut last)?;
            let mut read = |root: &Path| self.config(root, &committed, &mut last.objects);
            let file = read(&root)?;
            let mut around = HashMap::new();
            for above in root.ancestors().skip(1) {
                around.insert(repository.whole(above), read(above)?);
            }
            let said =
                |above: &Path| around.get(above).map(|source| ConfigFile::of(source.clone())).unwrap_or_default();
            if given.excluded_around(&repository.whole(&root), &repository.top, said) {
                continue;
            }
            let config = given.over(Arc::new(ConfigFile::of(file.clone())));
            commit.texts.insert(repository.whole(&file::path(&root)), file);
            let scope = config.settings.scope();
            let folders: Vec<PathBuf> =
                folders.into_iter().filter(|folder| discover::in_scope(&root, folder, &scope)).collect();
            if folders.is_empty() && !roots.contains(&root) {
                continue;
            }
            add_committed(&mut committed, &root, &folders, &scope, &mut last)?;
            let mut names: BTreeSet<PathBuf> = committed
                .iter()
                .filter(|(path, entry)| entry.mode == FOLDER && discover::increment_of(path).is_some())
                .map(|(path, _)| path.clone())
                .collect();
            for folder in &folders {
                // Without the others nobody knows which generation it is of.
                for name in FileKind::ALL.map(FileKind::file_name) {
                    let path = folder.join(name);
                    let entry = match self.entries.get(&path) {
                        Some(staged) => staged.as_ref(),
                        None => committed.get(&path),
                    };
                    if let Some(entry) = entry {
                        let text = self.text(&path, entry, &mut last.objects, config.settings.max_file_size)?;
                        commit.texts.insert(repository.whole(&path), text);
                    }
                }
                let both = Side::BOTH.map(|side| repository.whole(&folder.join(side.file_name())));
                if both.iter().any(|path| commit.texts.contains_key(path)) {
                    names.insert(folder.clone());
                } else {
                    names.remove(folder);
                }
            }
            let folders = folders.iter().filter(|folder| names.contains(*folder)).map(|it| repository.whole(it));
            let names: Vec<Arc<Path>> = names.iter().map(|folder| Arc::from(repository.whole(folder))).collect();
            let numbers = Numbers::all(&names);
            let folders = folders.collect();
            commit.projects.push(StagedProject { root: repository.whole(&root), folders, numbers, config });
        }
        Ok(commit)
    }

    /// The settings of a project, as they will be committed.
    fn config(&self, root: &Path, committed: &CommittedTree, objects: &mut Objects) -> Result<Source, GitError> {
        let path = file::path(root);
        let entry = match self.entries.get(&path) {
            Some(staged) => staged.as_ref(),
            None => committed.get(&path),
        };
        entry.map_or(Ok(Source::Missing), |entry| self.text(&path, entry, objects, file::LARGEST))
    }

    fn text(&self, path: &Path, entry: &IndexEntry, objects: &mut Objects, limit: u64) -> Result<Source, GitError> {
        if entry.unmerged {
            return Ok(Source::Unreadable("it is not merged yet; resolve it and stage it with `git add`".to_owned()));
        }
        if entry.mode == FOLDER {
            return Ok(Source::Unreadable("it is a directory".to_owned()));
        }
        let content = |object| match object {
            Object::Found { content, .. } => content,
            Object::Tree { .. } => Source::Unreadable("it is a directory".to_owned()),
            Object::Missing => Source::Unreadable("git has lost its content; try `git fsck`".to_owned()),
        };
        let text = content(objects.read(&entry.id, limit)?);
        if entry.mode != LINK {
            return Ok(text);
        }
        // The file that the link leads to counts, if it is part of the commit.
        let Source::Text(target) = text else { return Ok(text) };
        let target = path.parent().unwrap_or(Path::new("")).join(repository::path(&target));
        let found = normal(&target).and_then(|target| Some(format!(":0:{}", target.to_str()?.replace('\\', "/"))));
        Ok(match found.filter(|name| !name.contains('\n')).map(|name| objects.read(&name, limit)).transpose()? {
            Some(Object::Found { content, .. }) => content,
            _ => Source::Unreadable("it is a symbolic link to something that is not in the index".to_owned()),
        })
    }
}

/// What the last commit holds: the project's increments as folders, its settings and those of the projects around it.
fn committed(root: &Path, last: &mut LastCommit<'_>) -> Result<CommittedTree, GitError> {
    let mut entries = last.folder(&discover::increments_folder(root))?.clone();
    for path in root.ancestors().map(file::path) {
        let beside = last.folder(path.parent().unwrap_or(root))?;
        entries.extend(beside.get(&path).cloned().map(|entry| (path, entry)));
    }
    Ok(entries)
}

/// And what lies in these `folders`.
fn add_committed(
    entries: &mut CommittedTree,
    root: &Path,
    folders: &[PathBuf],
    scope: &Scope,
    last: &mut LastCommit<'_>,
) -> Result<(), GitError> {
    let increments = discover::increments_folder(root);
    let mut around = entries.clone();
    while scope.include_archived && !around.is_empty() {
        let is_bucket = |path: &Path| discover::may_hold_increments(&increments, path);
        let buckets = around.iter().filter(|(path, entry)| entry.mode == FOLDER && is_bucket(path));
        let buckets: Vec<PathBuf> = buckets.map(|(path, _)| path.clone()).collect();
        around = CommittedTree::new();
        for bucket in &buckets {
            around.extend(last.folder(bucket)?.clone());
        }
        entries.extend(around.clone());
    }
    // What is not there as a folder has nothing in it.
    let reports = Path::new(FileKind::Verification.file_name()).parent().unwrap_or(Path::new(""));
    for folder in folders {
        entries.extend(last.folder(folder)?.clone());
        entries.extend(last.folder(&folder.join(reports))?.clone());
    }
    Ok(())
}

/// The path without `.` and `..`; none when it leads out of the work tree.
pub fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => normal = normal.parent()?.to_path_buf(),
            Component::Normal(name) => normal.push(name),
            Component::RootDir | Component::Prefix(_) => normal.push(part),
        }
    }
    Some(normal)
}
