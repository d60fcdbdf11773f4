//! What the last commit holds, folder by folder. Each tree is read through the process that reads the files too: to start
//! another git takes longer than all that it would say.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::git::error::GitError;
use crate::git::objects::{Object, Objects};
use crate::git::repository::{self, Repository};
use crate::workspace::fs::path_map::PathMap;

/// The mode of a folder.
pub const FOLDER: u32 = 0o040000;

/// An entry of the index or of a tree.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    pub mode: u32,
    pub id: String,
    /// git's index holds several versions of the file, of which none was chosen yet.
    pub unmerged: bool,
}

/// What lies in a folder, by whole paths from the top.
pub type CommittedTree = PathMap<IndexEntry>;

/// The last commit, as far as it was read.
pub struct LastCommit<'r> {
    repository: &'r Repository,
    pub objects: Objects,
    trees: HashMap<PathBuf, CommittedTree>,
}

impl<'r> LastCommit<'r> {
    pub fn of(repository: &'r Repository) -> Result<LastCommit<'r>, GitError> {
        Ok(LastCommit { repository, objects: Objects::open(repository)?, trees: HashMap::new() })
    }

    /// Nothing where there is no such folder, or no commit yet.
    pub fn folder(&mut self, folder: &Path) -> Result<&CommittedTree, GitError> {
        if !self.trees.contains_key(folder) {
            let tree = match folder.parent() {
                None => root(self.repository, &mut self.objects)?,
                Some(parent) => {
                    let entry = self.folder(parent)?.get(folder).filter(|entry| entry.mode == FOLDER).cloned();
                    entry.map_or(Ok(None), |entry| read(&entry.id, folder, &mut self.objects))?.unwrap_or_default()
                }
            };
            self.trees.insert(folder.to_path_buf(), tree);
        }
        Ok(&self.trees[folder])
    }
}

fn root(repository: &Repository, objects: &mut Objects) -> Result<CommittedTree, GitError> {
    match read("HEAD^{tree}", Path::new(""), objects)? {
        Some(entries) => Ok(entries),
        // The first commit is still to come.
        None if repository.ask(["rev-parse", "--quiet", "--verify", "HEAD"]).is_err() => Ok(CommittedTree::default()),
        None => {
            let source = std::io::Error::other("it is missing; try `git fsck`");
            Err(GitError::Object { name: "HEAD^{tree}".to_owned(), source })
        }
    }
}

/// The folder that git knows by this name (an id, or `HEAD^{tree}`), if it is one.
fn read(name: &str, folder: &Path, objects: &mut Objects) -> Result<Option<CommittedTree>, GitError> {
    let object = objects.read(name, WHOLE)?;
    let entries = entries(&object).map(|entries| {
        entries.map(|TreeEntry { mode, name, id }| {
            (folder.join(repository::path(name)), IndexEntry { mode, id: hexadecimal(id), unmerged: false })
        })
    });
    Ok(entries.map(Iterator::collect))
}

/// No tree is too large.
pub const WHOLE: u64 = u64::MAX / 2;

/// As git stores it.
#[derive(Debug, PartialEq)]
pub struct TreeEntry<'t> {
    pub mode: u32,
    pub name: &'t [u8],
    pub id: &'t [u8],
}

/// What lies in a tree, if it is one: `MODE NAME`, a zero byte, and the id as bytes.
pub fn entries(object: &Object) -> Option<impl Iterator<Item = TreeEntry<'_>>> {
    let Object::Tree { id, content } = object else { return None };
    let (mut tree, id_length) = (content.as_slice(), id.len() / 2);
    Some(std::iter::from_fn(move || {
        let space = tree.iter().position(|byte| *byte == b' ')?;
        let end = space + tree[space..].iter().position(|byte| *byte == 0)?;
        let (entry, rest) = tree.split_at_checked(end + 1 + id_length)?;
        tree = rest;
        let mode = mode(str::from_utf8(&entry[..space]).ok()?)?;
        Some(TreeEntry { mode, name: &entry[space + 1..end], id: &entry[end + 1..] })
    }))
}

/// As git writes it.
pub fn mode(octal: &str) -> Option<u32> {
    u32::from_str_radix(octal, 8).ok()
}

/// An id as git is asked for it.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_a_tree() {
        let content =
            [b"100644 a b\n\0".as_slice(), &[0xab; 20], b"40000 c\0", &[1; 20], b"100755 cut off\0", &[2; 19]].concat();
        let tree = |content: Vec<u8>| Object::Tree { id: "0".repeat(40), content };
        let said = |object: &Object| {
            let said = |it: TreeEntry<'_>| (it.mode, it.name.to_vec(), hexadecimal(it.id));
            entries(object).map(|entries| entries.map(said).collect::<Vec<_>>())
        };
        let found = said(&tree(content)).unwrap();
        assert_eq!(found, [(0o100644, b"a b\n".to_vec(), "ab".repeat(20)), (FOLDER, b"c".to_vec(), "01".repeat(20))]);
        assert_eq!((said(&tree(Vec::new())), said(&Object::Missing)), (Some(Vec::new()), None));
    }
}
