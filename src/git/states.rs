//! What each increment of a project was in each commit: one walk over all commits, which carries along where every
//! increment stands. An increment is followed when its folder is renamed, archived, or away for some commits.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::git::commit::PastCommit;
use crate::git::error::GitError;
use crate::git::repository::{self, Repository};
use crate::git::tree_changes::ChangedFile;
use crate::model::increment_number;
use crate::model::sort;
use crate::model::status::Side;
use crate::workspace::{discover, project};

/// From this likeness of spec.md on, in percent, an increment is another one renamed though neither its name nor its number
/// says so. What a template brings makes any two alike by half, and metadata.json by more.
const LIKE_ENOUGH: u8 = 80;

/// An increment as a commit left it, where that is not how its parents did.
#[derive(Clone, Debug, PartialEq)]
pub struct IncrementNode {
    pub commit: usize,
    /// From the top of the work tree.
    pub folder: PathBuf,
    /// The blobs of spec.md and metadata.json.
    pub blobs: [Option<Rc<str>>; 2],
    /// The nodes before it, as indices.
    pub parents: Vec<usize>,
}

impl IncrementNode {
    pub fn is_there(&self) -> bool {
        self.blobs.iter().any(Option::is_some)
    }

    fn says_the_same(&self, other: &IncrementNode) -> bool {
        self.blobs == other.blobs && (self.folder == other.folder || !self.is_there())
    }
}

/// An increment, by whatever names: what became of it, parents before children.
#[derive(Debug, Default)]
pub struct Lineage {
    pub nodes: Vec<IncrementNode>,
}

/// The node of each increment; none before it began.
type Standing = Vec<Option<usize>>;

pub struct Walk<'r> {
    repository: &'r Repository,
    commits: &'r [PastCommit],
    /// The folder of the increments, as git is asked for it.
    increments: PathBuf,
    lineages: Vec<Lineage>,
    /// Which increments ever had this folder.
    owners: HashMap<PathBuf, Vec<usize>>,
    /// Those that ever had this name or number: nobody else can be taken for one that moved.
    akin: HashMap<String, Vec<usize>>,
    /// Where all stand after a commit, as long as one of its children is still to come.
    standing: HashMap<usize, Standing>,
    children_left: Vec<usize>,
    at_head: HashSet<PathBuf>,
}

/// What a commit did to the two files of a folder.
#[derive(Debug, Default)]
struct Touched {
    /// By side: the blob, or none when the file went.
    files: [Option<Option<Rc<str>>>; 2],
    was_there: bool,
}

impl Touched {
    fn blobs(&self, before: [Option<Rc<str>>; 2]) -> [Option<Rc<str>>; 2] {
        let [spec, metadata] = before;
        [(spec, 0), (metadata, 1)].map(|(before, at)| self.files[at].clone().unwrap_or(before))
    }
}

impl<'r> Walk<'r> {
    pub fn new(repository: &'r Repository, commits: &'r [PastCommit], increments: &Path) -> Result<Walk<'r>, GitError> {
        let mut children_left = vec![0; commits.len()];
        commits.iter().flat_map(|commit| &commit.parents).for_each(|&parent| children_left[parent] += 1);
        let increments = repository.whole(increments);
        let args = ["ls-tree", "-r", "-z", "--name-only", "--full-name", "HEAD", "--"];
        let listing = repository.ask(args.iter().map(|arg| arg.as_ref()).chain([increments.as_os_str()]))?;
        let paths = listing.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        let at_head = paths.filter_map(|name| Some(place(&repository::path(name))?.0)).collect();
        Ok(Walk {
            repository,
            commits,
            increments,
            lineages: Vec::new(),
            owners: HashMap::new(),
            akin: HashMap::new(),
            standing: HashMap::new(),
            children_left,
            at_head,
        })
    }

    pub fn finish(self) -> Vec<Lineage> {
        self.lineages
    }

    /// Takes the commits in their order.
    pub fn commit(&mut self, at: usize, files: Vec<ChangedFile>) -> Result<(), GitError> {
        let parents = self.commits[at].parents.clone();
        let mut touched: BTreeMap<PathBuf, Touched> = BTreeMap::new();
        for file in files {
            let Some((folder, side)) = place(&file.path) else { continue };
            let of = touched.entry(folder).or_default();
            of.was_there |= file.was_there;
            of.files[side as usize] = Some(file.blob.map(Rc::from));
        }
        let others: Vec<Standing> = parents.iter().skip(1).map(|&parent| self.take(parent)).collect();
        let mut standing = parents.first().map(|&parent| self.take(parent)).unwrap_or_default();
        let mut made: HashMap<usize, IncrementNode> = HashMap::new();
        // What is new first: it may be an increment that is gone from its old folder in the same commit.
        let (there, new): (Vec<_>, Vec<_>) =
            touched.iter().partition(|(folder, touched)| self.owner(&standing, folder).is_some() || touched.was_there);
        let gone: Vec<&PathBuf> = there.iter().map(|(folder, _)| *folder).collect();
        for (folder, touched) in new {
            let blobs = touched.blobs([None, None]);
            if blobs.iter().all(Option::is_none) {
                continue;
            }
            let lineage = match others.iter().find_map(|other| self.owner(other, folder)) {
                Some(known) => Some(known),
                None => self.came_from(at, folder, &standing, &gone, &touched_blobs(&there))?,
            };
            let lineage = lineage.filter(|lineage| !made.contains_key(lineage)).unwrap_or_else(|| {
                self.lineages.push(Lineage::default());
                self.lineages.len() - 1
            });
            self.name(lineage, folder);
            made.insert(lineage, IncrementNode { commit: at, folder: folder.clone(), blobs, parents: Vec::new() });
        }
        for (folder, touched) in there {
            // A folder that the increment has left is no concern of it any more.
            let Some(lineage) = self.owner(&standing, folder).filter(|lineage| !made.contains_key(lineage)) else {
                continue;
            };
            let Some(before) = standing[lineage] else { continue };
            let blobs = touched.blobs(self.lineages[lineage].nodes[before].blobs.clone());
            made.insert(lineage, IncrementNode { commit: at, folder: folder.clone(), blobs, parents: Vec::new() });
        }
        self.merge_in(at, &standing, &others, &mut made);
        standing.resize(self.lineages.len(), None);
        for (lineage, mut node) in made {
            let all = [&standing].into_iter().chain(&others);
            let before: Vec<usize> = all.filter_map(|it| it.get(lineage).copied().flatten()).collect();
            node.parents = independent(&self.lineages[lineage].nodes, before);
            let nodes = &mut self.lineages[lineage].nodes;
            // A merge that only brings in what one side has is no change.
            if let [only] = node.parents[..]
                && nodes[only].says_the_same(&node)
            {
                standing[lineage] = Some(only);
                continue;
            }
            if node.parents.is_empty() && !node.is_there() {
                continue;
            }
            standing[lineage] = Some(nodes.len());
            nodes.push(node);
        }
        if self.children_left[at] > 0 {
            self.standing.insert(at, standing);
        }
        Ok(())
    }

    /// What the other sides of a merge changed: the merge has it as its first parent has, save what it touches.
    fn merge_in(&self, at: usize, standing: &Standing, others: &[Standing], made: &mut HashMap<usize, IncrementNode>) {
        for other in others {
            for (lineage, &theirs) in other.iter().enumerate() {
                let ours = standing.get(lineage).copied().flatten();
                if theirs.is_none() || theirs == ours || made.contains_key(&lineage) {
                    continue;
                }
                let nodes = &self.lineages[lineage].nodes;
                let node = match (ours, theirs) {
                    (Some(ours), _) => IncrementNode { commit: at, ..nodes[ours].clone() },
                    // The first parent does not have it, and so the merge has not.
                    (None, Some(theirs)) => IncrementNode { commit: at, blobs: [None, None], ..nodes[theirs].clone() },
                    (None, None) => continue,
                };
                made.insert(lineage, node);
            }
        }
    }

    /// The standing after a commit; the last of its children takes it away.
    fn take(&mut self, at: usize) -> Standing {
        self.children_left[at] -= 1;
        let standing =
            if self.children_left[at] == 0 { self.standing.remove(&at) } else { self.standing.get(&at).cloned() };
        standing.unwrap_or_default()
    }

    fn name(&mut self, lineage: usize, folder: &Path) {
        let owners = self.owners.entry(folder.to_path_buf()).or_default();
        if !owners.contains(&lineage) {
            owners.push(lineage);
        }
        let id = project::id_of(folder);
        let number = increment_number::of(&id).map(|number| number.to_string());
        for name in [Some(id), number].into_iter().flatten() {
            let akin = self.akin.entry(name).or_default();
            if !akin.contains(&lineage) {
                akin.push(lineage);
            }
        }
    }

    /// Which increment stands in this folder.
    fn owner(&self, standing: &Standing, folder: &Path) -> Option<usize> {
        let owners = self.owners.get(folder)?;
        owners
            .iter()
            .copied()
            .find(|&lineage| self.node(standing, lineage).is_some_and(|node| node.is_there() && node.folder == *folder))
    }

    fn node(&self, standing: &Standing, lineage: usize) -> Option<&IncrementNode> {
        let at = standing.get(lineage).copied().flatten()?;
        Some(&self.lineages[lineage].nodes[at])
    }

    /// The increment that this new folder is of: one that was there before, under another name or after a while.
    fn came_from(
        &self,
        at: usize,
        folder: &Path,
        standing: &Standing,
        touched: &[&PathBuf],
        went: &HashSet<&PathBuf>,
    ) -> Result<Option<usize>, GitError> {
        let id = project::id_of(folder);
        let known = |name: &str| {
            let akin = self.akin.get(name).into_iter().flatten().copied();
            // The last one first.
            let mut akin: Vec<(usize, &IncrementNode)> =
                akin.filter_map(|lineage| Some((lineage, self.node(standing, lineage)?))).collect();
            sort::by_key(&mut akin, |(_, node)| std::cmp::Reverse(node.commit));
            akin
        };
        // The same name: it moved, now or later, unless both are there to this day.
        for (lineage, node) in known(&id) {
            let is_same = node.folder == *folder;
            if !node.is_there() && (is_same || !self.at_head.contains(&node.folder))
                || node.is_there()
                    && !is_same
                    && project::id_of(&node.folder) == id
                    && !self.at_head.contains(&node.folder)
            {
                return Ok(Some(lineage));
            }
        }
        // Renamed in this commit.
        if !went.is_empty() {
            let from = self.commits[at].parents.first().map(|&parent| &self.commits[parent].tree);
            if let Some(from) = from
                && let Some(old) = self.renamed(from, &self.commits[at].tree, folder)?
                && touched.iter().any(|it| ***it == *old)
            {
                return Ok(self.owner(standing, &old));
            }
        }
        // The same number, after a while, if the texts are alike.
        let Some(number) = increment_number::of(&id) else { return Ok(None) };
        for (lineage, node) in known(&number.to_string()) {
            if node.is_there() || self.at_head.contains(&node.folder) {
                continue;
            }
            let before = node.parents.first().map(|&parent| &self.lineages[lineage].nodes[parent]);
            let Some(before) = before.filter(|before| before.is_there()) else { continue };
            let tree = &self.commits[before.commit].tree;
            if self.renamed(tree, &self.commits[at].tree, folder)?.as_deref() == Some(&before.folder) {
                return Ok(Some(lineage));
            }
        }
        Ok(None)
    }

    /// The folder whose files git takes for those of the new one.
    fn renamed(&self, from: &str, to: &str, folder: &Path) -> Result<Option<PathBuf>, GitError> {
        let args = ["diff-tree", "-r", "-M", "-z", "--raw", "--no-relative", from, to, "--"];
        let raw = self.repository.ask(args.iter().map(|arg| arg.as_ref()).chain([self.increments.as_os_str()]))?;
        let mut parts = raw.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        let number = |folder: &Path| increment_number::of(&project::id_of(folder));
        let mut found: Option<((bool, bool, u8), PathBuf)> = None;
        while let (Some(header), Some(old)) = (parts.next(), parts.next()) {
            // `:100644 100644 OLD NEW R086`, then both names.
            let status = header.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
            let Some(likeness) = status.strip_prefix(b"R") else { continue };
            let Some(new) = parts.next() else { break };
            let (Some((old, _)), Some((new, side))) = (place(&repository::path(old)), place(&repository::path(new)))
            else {
                continue;
            };
            let likeness = String::from_utf8_lossy(likeness).parse().unwrap_or(0);
            let has_number = number(&old).is_some() && number(&old) == number(&new);
            let is_believed = has_number || side == Side::Spec && likeness >= LIKE_ENOUGH;
            let rank = (has_number, side == Side::Spec, likeness);
            if new == folder && old != new && is_believed && found.as_ref().is_none_or(|(best, _)| *best < rank) {
                found = Some((rank, old));
            }
        }
        Ok(found.map(|(_, old)| old))
    }
}

/// The folders that lost a file.
fn touched_blobs<'t>(there: &[(&'t PathBuf, &Touched)]) -> HashSet<&'t PathBuf> {
    let lost = there.iter().filter(|(_, touched)| touched.files.iter().any(|file| matches!(file, Some(None))));
    lost.map(|(folder, _)| *folder).collect()
}

/// Those that no other of them comes from.
fn independent(nodes: &[IncrementNode], mut of: Vec<usize>) -> Vec<usize> {
    of.sort_unstable();
    of.dedup();
    if of.len() < 2 {
        return of;
    }
    let mut before: HashSet<usize> = HashSet::new();
    let mut open: Vec<usize> = of.iter().flat_map(|&at| nodes[at].parents.clone()).collect();
    let first = of[0];
    while let Some(at) = open.pop() {
        if at >= first && before.insert(at) {
            open.extend(&nodes[at].parents);
        }
    }
    of.retain(|at| !before.contains(at));
    of
}

/// The increment that a file belongs to, and which of its two files it is.
fn place(path: &Path) -> Option<(PathBuf, Side)> {
    let name = path.file_name()?;
    let side = Side::BOTH.into_iter().find(|side| name == side.file_name())?;
    let (_, folder) = discover::increment_of(path)?;
    (path.parent() == Some(&folder)).then_some((folder, side))
}
