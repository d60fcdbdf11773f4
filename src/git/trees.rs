//! What the last commit holds, folder by folder. Each tree is read through the process that reads the files too: to start
//! another git takes longer than all that it would say.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::git::error::GitError;
use crate::git::objects::{Object, Objects};
use crate::git::repository::{self, Repository};

/// As `git ls-tree` writes it.
pub const FOLDER: &str = "040000";

/// An entry of a tree.
#[derive(Clone, Debug)]
pub struct TreeEntry {
    pub path: PathBuf,
    pub mode: String,
    pub id: String,
}

/// The trees that were read, by their paths from the top.
#[derive(Debug, Default)]
pub struct Trees(HashMap<PathBuf, Vec<TreeEntry>>);

impl Trees {
    /// What lies in a folder, by whole paths from the top; nothing where there is no such folder, or no commit yet.
    pub fn folder(
        &mut self,
        folder: &Path,
        repository: &Repository,
        objects: &mut Objects,
    ) -> Result<&[TreeEntry], GitError> {
        if !self.0.contains_key(folder) {
            let entries = match folder.parent() {
                None => root(repository, objects)?,
                Some(parent) => {
                    let around = self.folder(parent, repository, objects)?;
                    let id = around.iter().find(|entry| entry.path == folder && entry.mode == FOLDER);
                    let id = id.map(|entry| entry.id.clone());
                    id.map_or(Ok(None), |id| read(&id, folder, objects))?.unwrap_or_default()
                }
            };
            self.0.insert(folder.to_path_buf(), entries);
        }
        Ok(self.0.get(folder).map_or(&[], Vec::as_slice))
    }
}

fn root(repository: &Repository, objects: &mut Objects) -> Result<Vec<TreeEntry>, GitError> {
    match read("HEAD^{tree}", Path::new(""), objects)? {
        Some(entries) => Ok(entries),
        // The first commit is still to come.
        None if repository.ask(["rev-parse", "--quiet", "--verify", "HEAD"]).is_err() => Ok(Vec::new()),
        None => {
            let source = std::io::Error::other("it is missing; try `git fsck`");
            Err(GitError::Object { name: "HEAD^{tree}".to_owned(), source })
        }
    }
}

fn read(name: &str, folder: &Path, objects: &mut Objects) -> Result<Option<Vec<TreeEntry>>, GitError> {
    Ok(match objects.read(name, u64::MAX / 2)? {
        Object::Tree { id, content } => Some(entries(&content, id.len() / 2, folder)),
        Object::Found { .. } | Object::Missing => None,
    })
}

/// `MODE NAME`, a zero byte, and the id as bytes.
fn entries(mut tree: &[u8], id_length: usize, folder: &Path) -> Vec<TreeEntry> {
    let mut entries = Vec::new();
    let mut next = || {
        let space = tree.iter().position(|byte| *byte == b' ')?;
        let end = space + tree[space..].iter().position(|byte| *byte == 0)?;
        let (entry, rest) = tree.split_at_checked(end + 1 + id_length)?;
        tree = rest;
        Some(TreeEntry {
            path: folder.join(repository::path(&entry[space + 1..end])),
            mode: format!("{:0>6}", String::from_utf8_lossy(&entry[..space])),
            id: entry[end + 1..].iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    };
    entries.extend(std::iter::from_fn(&mut next));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_a_tree() {
        let tree =
            [b"100644 a b\n\0".as_slice(), &[0xab; 20], b"40000 c\0", &[1; 20], b"100755 cut off\0", &[2; 19]].concat();
        let found = entries(&tree, 20, Path::new("x"));
        let said: Vec<(&Path, &str, &str)> = found.iter().map(|it| (&*it.path, &*it.mode, &it.id[..4])).collect();
        assert_eq!(said, [(Path::new("x/a b\n"), "100644", "abab"), (Path::new("x/c"), FOLDER, "0101")]);
        assert!(entries(b"", 20, Path::new("")).is_empty());
    }
}
