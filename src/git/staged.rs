//! The increments as the next commit will hold them: the last commit, and on top of it what is staged.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::git::error::GitError;
use crate::git::objects::{Object, Objects};
use crate::git::repository::{self, Asked, Repository};
use crate::git::trees::{self, FOLDER, IndexEntry, LastCommit};
use crate::model::file_kind::FileKind;
use crate::model::increment::Source;
use crate::model::status::Side;
use crate::workspace::config::file::{self, ConfigFile};
use crate::workspace::config::project::{Given, ProjectConfig};
use crate::workspace::discover::{self, Scope};
use crate::workspace::project::Numbers;

/// The mode of a symbolic link.
const LINK: u32 = 0o120000;

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

/// What every look at the index begins with: git is at work on it while it is asked where the repository is.
#[derive(Debug)]
pub struct StagedLook {
    of: Repository,
    changes: Asked,
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
        Ok(StagedLook { of, changes })
    }

    /// Begins anew where the repository turns out to be another one.
    pub fn finish(self, repository: &Repository) -> Result<Staged, GitError> {
        let look = if self.of.is_asked_as(repository) { self } else { StagedLook::begin(repository.clone())? };
        Ok(Staged::parse(&look.changes.answer()?))
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
            let Some(mode) = trees::mode(mode) else { continue };
            let entry = IndexEntry { mode, id: id.to_owned(), unmerged: status == "U" };
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
    ) -> Result<Commit, GitError> {
        let mut projects: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for root in roots {
            projects.insert(root.clone(), Vec::new());
        }
        for folder in folders {
            if let Some((root, folder)) = discover::increment_of(folder) {
                projects.entry(root).or_default().push(folder);
            }
        }
        let mut commit = Commit::default();
        // As at most commits; then git need not be asked for any text.
        if projects.is_empty() {
            return Ok(commit);
        }
        let mut last = LastCommit::of(repository)?;
        for (root, folders) in projects {
            let mut read = |root: &Path| self.config(root, &mut last);
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
            let mut names = last_names(&root, &scope, &mut last)?;
            names.retain(|name| folders.binary_search(name).is_err());
            let mut there = Vec::new();
            for folder in &folders {
                // Without the others nobody knows which generation it is of.
                for name in FileKind::ALL.map(FileKind::file_name) {
                    let path = folder.join(name);
                    if let Some(entry) = self.entry(&path, &mut last)? {
                        let text = self.text(&path, &entry, &mut last.objects, config.settings.max_file_size)?;
                        commit.texts.insert(repository.whole(&path), text);
                    }
                }
                let both = Side::BOTH.map(|side| repository.whole(&folder.join(side.file_name())));
                if both.iter().any(|path| commit.texts.contains_key(path)) {
                    there.push(repository.whole(folder));
                }
            }
            let numbered = names.iter().map(|name| repository.whole(name)).chain(there.iter().cloned());
            let numbers = Numbers::all(&numbered.map(Arc::from).collect::<Vec<_>>());
            commit.projects.push(StagedProject { root: repository.whole(&root), folders: there, numbers, config });
        }
        Ok(commit)
    }

    /// A file as it will be committed.
    fn entry(&self, path: &Path, last: &mut LastCommit<'_>) -> Result<Option<IndexEntry>, GitError> {
        match (self.entries.get(path), path.parent()) {
            (Some(staged), _) => Ok(staged.clone()),
            (None, Some(folder)) => Ok(last.folder(folder)?.get(path).cloned()),
            (None, None) => Ok(None),
        }
    }

    /// The settings of a project, as they will be committed.
    fn config(&self, root: &Path, last: &mut LastCommit<'_>) -> Result<Source, GitError> {
        let path = file::path(root);
        let entry = self.entry(&path, last)?;
        entry.map_or(Ok(Source::Missing), |entry| self.text(&path, &entry, &mut last.objects, file::LARGEST))
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

/// The folders of a project's increments in the last commit.
fn last_names(root: &Path, scope: &Scope, last: &mut LastCommit<'_>) -> Result<Vec<PathBuf>, GitError> {
    let increments = discover::increments_folder(root);
    let mut names = Vec::new();
    let mut unlisted = vec![increments.clone()];
    while let Some(folder) = unlisted.pop() {
        let folders = last.folder(&folder)?.iter().filter(|(_, entry)| entry.mode == FOLDER).map(|(path, _)| path);
        for path in folders {
            if discover::increment_of(path).is_some() {
                names.push(path.to_path_buf());
            }
            if scope.include_archived && discover::may_hold_increments(&increments, path) {
                unlisted.push(path.to_path_buf());
            }
        }
    }
    Ok(names)
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
