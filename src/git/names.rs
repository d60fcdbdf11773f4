//! The folders that an increment was in before: renamed, archived, or away for some commits.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::git::error::GitError;
use crate::git::past_increments::PastIncrements;
use crate::git::repository::{self, Asked, Repository};
use crate::model::increment_number;
use crate::model::sort;
use crate::model::status::Side;
use crate::workspace::{discover, project};

/// From this likeness of spec.md on, in percent, an increment is another one renamed though neither its name nor its number
/// says so. What a template brings makes any two alike by half, and metadata.json by more.
const LIKE_ENOUGH: u8 = 80;

/// A commit that an increment comes with, into this folder.
pub struct Beginning<'c> {
    pub commit: &'c str,
    pub folder: &'c Path,
}

/// The folder from which the increment came where the known names begin. None where that is anybody's guess.
pub fn earlier(
    repository: &Repository,
    beginnings: &[Beginning<'_>],
    names: &[PathBuf],
    gone: &mut Removed,
    past: &mut PastIncrements,
) -> Result<Option<PathBuf>, GitError> {
    for start in beginnings {
        let Some((root, _)) = discover::increment_of(start.folder) else { continue };
        let increments = repository.whole(&discover::increments_folder(&root));
        let renames = renames(repository, &[start.commit], &increments)?;
        let mut from: Vec<&Rename> =
            renames.iter().filter(|it| it.new == start.folder && !names.contains(&it.old)).collect();
        sort::by_key(&mut from, |rename| Reverse((rename.kinship(), rename.is_spec, rename.likeness)));
        if let Some(rename) = from.first().filter(|rename| rename.is_believed()) {
            return Ok(Some(rename.old.clone()));
        }
        let others: Vec<&PathBuf> = gone.folders()?.iter().filter(|folder| !names.contains(folder)).collect();
        if let Some(folder) = before_gap(repository, start, &others, &increments, past)? {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

/// How much the names of two folders say that they are of one increment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kinship {
    None,
    Number,
    Id,
}

fn kinship(one: &Path, other: &Path) -> Kinship {
    let [one, other] = [one, other].map(project::id_of);
    match increment_number::of(&one) {
        _ if one == other => Kinship::Id,
        Some(number) if increment_number::of(&other) == Some(number) => Kinship::Number,
        _ => Kinship::None,
    }
}

/// A file of an increment that git takes for one of another folder.
#[derive(Debug)]
struct Rename {
    old: PathBuf,
    new: PathBuf,
    is_spec: bool,
    likeness: u8,
}

impl Rename {
    fn kinship(&self) -> Kinship {
        kinship(&self.old, &self.new)
    }

    fn is_believed(&self) -> bool {
        self.kinship() > Kinship::None || self.is_spec && self.likeness >= LIKE_ENOUGH
    }
}

/// What was renamed in a commit, or between two.
fn renames(repository: &Repository, commits: &[&str], increments: &Path) -> Result<Vec<Rename>, GitError> {
    // Each parent of a merge has something to say.
    let args = ["diff-tree", "-r", "-m", "-M", "-z", "--raw", "--no-relative", "--no-commit-id"];
    let args = args.iter().chain(commits).chain(&["--"]);
    let raw = repository.ask(args.map(|arg| arg.as_ref()).chain([increments.as_os_str()]))?;
    let mut parts = raw.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    let mut renames = Vec::new();
    while let (Some(header), Some(old)) = (parts.next(), parts.next()) {
        // `:100644 100644 OLD NEW R086`, then both names.
        let status = header.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        let Some(likeness) = status.strip_prefix(b"R") else { continue };
        let Some(new) = parts.next() else { break };
        let folder_of = |name: &[u8]| discover::increment_of(&repository::path(name)).map(|(_, folder)| folder);
        if let (Some(old_folder), Some(new_folder)) = (folder_of(old), folder_of(new))
            && old_folder != new_folder
        {
            let is_spec = repository::path(new) == new_folder.join(Side::Spec.file_name());
            let likeness = String::from_utf8_lossy(likeness).parse().unwrap_or_default();
            renames.push(Rename { old: old_folder, new: new_folder, is_spec, likeness });
        }
    }
    Ok(renames)
}

/// Where an increment was that was removed, and came back in this commit.
fn before_gap(
    repository: &Repository,
    start: &Beginning<'_>,
    gone: &[&PathBuf],
    increments: &Path,
    past: &mut PastIncrements,
) -> Result<Option<PathBuf>, GitError> {
    let akin = gone.iter().filter(|old| kinship(old, start.folder) > Kinship::None);
    let mut found: Option<((Kinship, u64), PathBuf)> = None;
    for &old in akin {
        let kinship = kinship(old, start.folder);
        // It never was there before, or it is somebody else as long as both are there.
        let Some((last, time)) = last_touched(repository, start.commit, old)? else { continue };
        let mut is_there = |commit: &str| {
            let found = past.at_each(&[commit], std::slice::from_ref(old))?;
            Ok::<_, GitError>(found.iter().any(|(_, increment)| !increment.is_nothing()))
        };
        if is_there("HEAD")? || kinship == Kinship::Number && is_there(start.commit)? {
            continue;
        }
        if kinship == Kinship::Number {
            let before = format!("{last}^");
            let renames = renames(repository, &[&before, start.commit], increments).unwrap_or_default();
            if !renames.iter().any(|rename| rename.old == *old && rename.new == start.folder) {
                continue;
            }
        }
        let rank = (kinship, time);
        if found.as_ref().is_none_or(|(best, _)| *best < rank) {
            found = Some((rank, old.clone()));
        }
    }
    Ok(found.map(|(_, folder)| folder))
}

/// The last commit, from this one back, that changed something in a folder, and when it was made.
fn last_touched(repository: &Repository, commit: &str, folder: &Path) -> Result<Option<(String, u64)>, GitError> {
    let args = ["-c", "log.showSignature=false", "log", "-1", "--format=%H %ct", commit, "--"];
    let folder = repository.whole(folder);
    let said = repository.ask(args.iter().map(|arg| arg.as_ref()).chain([folder.as_os_str()]))?;
    let said = String::from_utf8_lossy(&said);
    Ok(said.trim().split_once(' ').and_then(|(commit, time)| Some((commit.to_owned(), time.parse().ok()?))))
}

/// The increments' folders that something was removed from, from the top of the work tree, the last one first: for those
/// that are gone. To find them takes a walk through the whole history, which can go on while others are asked for.
pub struct Removed {
    asked: Option<Asked>,
    found: Vec<PathBuf>,
}

impl Removed {
    pub fn begin(repository: &Repository, increments: &Path) -> Result<Removed, GitError> {
        let args =
            ["diff-tree", "--stdin", "-r", "-z", "--no-renames", "--no-relative", "--name-only", "--diff-filter=D"];
        let args = args.iter().chain(&["--no-commit-id", "--"]).map(|arg| arg.as_ref());
        // Whole paths: git counts others from the current folder.
        let increments = repository.whole(increments);
        // `git log` with a path compares each commit twice.
        let asked = repository.begin_about(&["rev-list", "HEAD"], args.chain([increments.as_os_str()]))?;
        Ok(Removed { asked: Some(asked), found: Vec::new() })
    }

    pub fn folders(&mut self) -> Result<&[PathBuf], GitError> {
        if let Some(asked) = self.asked.take() {
            let listing = asked.answer()?;
            let paths = listing.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(repository::path);
            let folders = paths.filter_map(|path| Some(discover::increment_of(&path)?.1));
            let mut seen = HashSet::new();
            self.found = folders.filter(|folder| seen.insert(folder.clone())).collect();
        }
        Ok(&self.found)
    }
}
