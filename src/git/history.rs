//! Both statuses of an increment along the history: where they diverged, and where they were back in sync.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::git::desyncs::{self, DesyncLink};
use crate::git::error::GitError;
use crate::git::names::{self, Beginning, Removed};
use crate::git::past_increments::PastIncrements;
use crate::git::repository::{self, Repository};
use crate::model::increment::Increment;
use crate::workspace::discover;
use crate::workspace::fs::error::FileError;

/// An increment is renamed once or twice in its life; a history with more is one where names go round in a circle.
const MOST_NAMES: usize = 20;

/// A commit that changed the increment.
#[derive(Debug)]
pub struct StatusChange {
    pub commit: String,
    pub author: String,
    pub email: String,
    /// When it was committed: ISO 8601 with the committer's offset.
    pub date: String,
    pub subject: String,
    /// Those before it that changed the increment, as indices.
    pub parents: Vec<usize>,
    /// Its folder then, from the top of the work tree.
    pub folder: PathBuf,
    pub increment: Rc<Increment>,
    /// A shallow clone knows nothing before this commit.
    pub is_cut: bool,
}

/// The statuses disagreed from one commit until another.
#[derive(Debug, PartialEq)]
pub struct Desync {
    pub start: usize,
    /// None when they still do.
    pub end: Option<usize>,
}

#[derive(Debug)]
pub struct History {
    /// Parents before children.
    pub changes: Vec<StatusChange>,
    pub desyncs: Vec<Desync>,
    pub is_shallow: bool,
}

/// The history of the increment in `folder`, a path from the top of the work tree.
pub fn read(repository: &Repository, folder: &Path, limit: u64) -> Result<History, GitError> {
    // Each of these takes git a while; they go on beside one another.
    let root = discover::increment_of(folder).map(|(root, _)| root).unwrap_or_default();
    let mut gone = Removed::begin(repository, &discover::increments_folder(&root))?;
    let mut past = PastIncrements::open(repository, limit)?;
    let cuts = cuts(repository)?;
    let mut names = vec![folder.to_path_buf()];
    loop {
        let changes = changes(repository, &names, &cuts, &mut past)?;
        let earlier = names::earlier(repository, &beginnings(&changes), &names, &mut gone, &mut past)?;
        match earlier {
            Some(name) if names.len() < MOST_NAMES => names.push(name),
            _ => {
                return Ok(History { desyncs: desyncs(&changes), changes, is_shallow: !cuts.is_empty() });
            }
        }
    }
}

/// The commits in which it is there and was not before, as far as that is known.
fn beginnings(changes: &[StatusChange]) -> Vec<Beginning<'_>> {
    let is_nothing = |parent: &usize| changes[*parent].increment.is_nothing();
    let begins = |change: &&StatusChange| {
        !change.is_cut && !change.increment.is_nothing() && change.parents.iter().all(is_nothing)
    };
    changes.iter().filter(begins).map(|change| Beginning { commit: &change.commit, folder: &change.folder }).collect()
}

/// The commits behind which a shallow clone knows nothing.
pub(super) fn cuts(repository: &Repository) -> Result<HashSet<String>, GitError> {
    let file = repository::path(&repository.line(&["rev-parse", "--path-format=absolute", "--git-path", "shallow"])?);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(HashSet::new()),
        Err(error) => Err(FileError::new("read", &file, error).into()),
    }
}

/// The commits that changed one of these folders, with the increment as each of them left it.
fn changes(
    repository: &Repository,
    names: &[PathBuf],
    cuts: &HashSet<String>,
    past: &mut PastIncrements,
) -> Result<Vec<StatusChange>, GitError> {
    // Parents are those in this list: git leaves out the commits between, and merges that decide nothing.
    let args = [
        "-c",
        "log.showSignature=false",
        "log",
        "--no-follow",
        "--full-history",
        "--simplify-merges",
        "--parents",
        "--topo-order",
        "--reverse",
        "--encoding=UTF-8",
        "--format=%H%x00%P%x00%aN%x00%aE%x00%cI%x00%s",
        "HEAD",
        "--",
    ];
    let whole: Vec<PathBuf> = names.iter().map(|name| repository.whole(name)).collect();
    let log = repository.ask(args.iter().map(|arg| arg.as_ref()).chain(whole.iter().map(|name| name.as_os_str())))?;
    let log = String::from_utf8_lossy(&log);
    let parts = log.lines().filter_map(|line| line.split('\0').collect::<Vec<&str>>().try_into().ok());
    let parts: Vec<[&str; 6]> = parts.collect();
    let commits: Vec<&str> = parts.iter().map(|[commit, ..]| *commit).collect();
    let increments = past.at_each(&commits, names)?;
    let mut changes: Vec<StatusChange> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for ([commit, parents, author, email, date, subject], (folder, increment)) in parts.into_iter().zip(increments) {
        known.insert(commit, changes.len());
        changes.push(StatusChange {
            commit: commit.to_owned(),
            author: author.to_owned(),
            email: email.to_owned(),
            date: date.to_owned(),
            subject: subject.to_owned(),
            parents: parents.split(' ').filter_map(|parent| known.get(parent).copied()).collect(),
            folder,
            increment,
            is_cut: cuts.contains(commit),
        });
    }
    Ok(changes)
}

fn desyncs(changes: &[StatusChange]) -> Vec<Desync> {
    let link = |change: &StatusChange| DesyncLink {
        is_there: !change.increment.is_nothing(),
        desynced: change.increment.is_desynced(),
        parents: change.parents.clone(),
    };
    let links: Vec<DesyncLink> = changes.iter().map(link).collect();
    desyncs::spans(&links).into_iter().map(|span| Desync { start: span.start, end: span.end }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x` is desynced; the numbers are the parents.
    fn found(history: &[(&str, &[usize])]) -> Vec<(usize, Option<usize>)> {
        let link = |(state, parents): &(&str, &[usize])| DesyncLink {
            is_there: true,
            desynced: *state == "x",
            parents: parents.to_vec(),
        };
        let links: Vec<DesyncLink> = history.iter().map(link).collect();
        desyncs::spans(&links).into_iter().map(|desync| (desync.start, desync.end)).collect()
    }

    #[test]
    fn where_they_part_and_meet() {
        assert_eq!(found(&[(".", &[]), (".", &[0])]), []);
        assert_eq!(found(&[("x", &[])]), [(0, None)]);
        assert_eq!(found(&[(".", &[]), ("x", &[0]), ("x", &[1]), (".", &[2]), ("x", &[3])]), [(1, Some(3)), (4, None)]);
        // A fix on a branch, merged: the fix ended it.
        assert_eq!(found(&[("x", &[]), ("x", &[0]), (".", &[0]), (".", &[1, 2])]), [(0, Some(2))]);
        // The branch left before the desync, and the merge took its side: the merge ended it.
        assert_eq!(found(&[(".", &[]), ("x", &[0]), (".", &[0]), (".", &[1, 2])]), [(1, Some(3))]);
        // The merge did not take the fix: it goes on, until something else ends it.
        assert_eq!(found(&[("x", &[]), (".", &[0]), ("x", &[0, 1]), (".", &[2])]), [(0, Some(3))]);
        // Two sound branches, and a merge that takes one file from each.
        assert_eq!(found(&[(".", &[]), (".", &[0]), (".", &[0]), ("x", &[1, 2])]), [(3, None)]);
        // Two branches bring in the same one.
        assert_eq!(found(&[(".", &[]), ("x", &[0]), ("x", &[0]), ("x", &[1, 2]), (".", &[3])]), [(1, Some(4))]);
    }
}
