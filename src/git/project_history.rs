//! Every desync that a project's history has seen, with the commits that it began and ended in.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::git::commit::{self, PastCommit};
use crate::git::desyncs::{self, DesyncLink};
use crate::git::error::GitError;
use crate::git::history;
use crate::git::objects::{Object, Objects};
use crate::git::repository::Repository;
use crate::git::states::{IncrementNode, Lineage, Walk};
use crate::git::tree_changes;
use crate::model::increment::{IncrementFile, Source};
use crate::model::parse::Value;
use crate::model::sort;
use crate::model::status::Side;

#[derive(Debug)]
pub struct ProjectHistory {
    /// Parents before children.
    pub commits: Vec<PastCommit>,
    /// In the order in which they began.
    pub desyncs: Vec<PastDesync>,
    /// How many increments there have ever been.
    pub increments: usize,
    pub is_shallow: bool,
}

/// The statuses of an increment disagreed from one commit until another.
#[derive(Debug)]
pub struct PastDesync {
    /// The increment's folder when it began, from the top of the work tree.
    pub folder: PathBuf,
    /// Its folder in the end, if that is another one.
    pub folder_now: PathBuf,
    pub start: usize,
    /// None when they still do.
    pub end: Option<usize>,
    /// It ended because the increment was removed.
    pub is_removed: bool,
    /// Merges that brought it back where it had been ended.
    pub merges: Vec<usize>,
    /// As they were when it began: of spec.md and metadata.json.
    pub statuses: [Option<String>; 2],
    /// A shallow clone knows nothing before its start.
    pub is_cut: bool,
}

/// Told how far the reading is.
pub trait HistoryProgress {
    fn begin(&self, what: &'static str, of: usize);
    fn step(&self);
}

/// The history of the project whose increments are in this folder, a path from the top of the work tree. No more than
/// `limit` bytes of a file are read.
pub fn read(
    repository: &Repository,
    increments: &Path,
    limit: u64,
    progress: &dyn HistoryProgress,
) -> Result<ProjectHistory, GitError> {
    let cuts = history::cuts(repository)?;
    let commits = commit::all(repository)?;
    progress.begin("Reading commits", commits.len());
    let mut walk = Walk::new(repository, &commits, increments)?;
    tree_changes::read(repository, &commits, &repository.whole(increments), |at, files| {
        progress.step();
        walk.commit(at, files)
    })?;
    let lineages = walk.finish();
    let statuses = statuses(repository, &lineages, limit, progress)?;
    let mut desyncs: Vec<PastDesync> = Vec::new();
    for lineage in &lineages {
        let link = |node: &IncrementNode| DesyncLink {
            is_there: node.is_there(),
            desynced: is_desynced(node, &statuses),
            parents: node.parents.clone(),
        };
        let links: Vec<DesyncLink> = lineage.nodes.iter().map(link).collect();
        if !links.iter().any(|link| link.desynced) {
            continue;
        }
        for span in desyncs::spans(&links) {
            let (start, end) = (&lineage.nodes[span.start], span.end.map(|end| &lineage.nodes[end]));
            let last = lineage.nodes.iter().rev().find(|node| node.is_there()).unwrap_or(start);
            desyncs.push(PastDesync {
                folder: start.folder.clone(),
                folder_now: last.folder.clone(),
                start: start.commit,
                end: end.map(|end| end.commit),
                is_removed: end.is_some_and(|end| !end.is_there()),
                merges: span.merges.iter().map(|&at| lineage.nodes[at].commit).collect(),
                statuses: values(start, &statuses).map(|value| value.map(shown)),
                is_cut: cuts.contains(&commits[start.commit].id),
            });
        }
    }
    sort::by(&mut desyncs, |a, b| (a.start, &a.folder).cmp(&(b.start, &b.folder)));
    Ok(ProjectHistory { commits, desyncs, increments: lineages.len(), is_shallow: !cuts.is_empty() })
}

/// The status that each blob gives as spec.md, and as metadata.json.
type BlobStatuses = [HashMap<Rc<str>, Option<Value>>; 2];

fn statuses(
    repository: &Repository,
    lineages: &[Lineage],
    limit: u64,
    progress: &dyn HistoryProgress,
) -> Result<BlobStatuses, GitError> {
    let mut statuses: BlobStatuses = Default::default();
    let mut wanted: Vec<(Side, Rc<str>)> = Vec::new();
    for node in lineages.iter().flat_map(|lineage| &lineage.nodes) {
        for side in Side::BOTH {
            if let Some(blob) = &node.blobs[side as usize]
                && statuses[side as usize].insert(blob.clone(), None).is_none()
            {
                wanted.push((side, blob.clone()));
            }
        }
    }
    let names: Vec<String> = wanted.iter().map(|(_, blob)| blob.to_string()).collect();
    progress.begin("Reading files", names.len());
    Objects::open(repository)?.read_each(&names, limit, |at, object| {
        progress.step();
        let (side, blob) = &wanted[at];
        if let Object::Found { content: Source::Text(text), .. } = object {
            let read = IncrementFile::read(*side, Source::Text(text));
            let value = read.parsed.status_field().map(|field| field.value.clone());
            statuses[*side as usize].insert(blob.clone(), value);
        }
    })?;
    Ok(statuses)
}

fn values<'s>(node: &IncrementNode, statuses: &'s BlobStatuses) -> [Option<&'s Value>; 2] {
    Side::BOTH.map(|side| {
        let blob = node.blobs[side as usize].as_ref()?;
        statuses[side as usize].get(blob)?.as_ref()
    })
}

/// Both have a status, and not the same.
fn is_desynced(node: &IncrementNode, statuses: &BlobStatuses) -> bool {
    matches!(values(node, statuses), [Some(spec), Some(metadata)] if !spec.agrees(metadata))
}

fn shown(value: &Value) -> String {
    value.as_text().map_or_else(|| format!("({})", value.kind()), str::to_owned)
}
