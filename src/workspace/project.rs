//! A project that is watched over, and which numbers its increments bear.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{MAIN_SEPARATOR, MAIN_SEPARATOR_STR, Path, PathBuf};

use super::discover;
use crate::model::increment;

/// Number -> the increments that bear it, by their names below the increments folder.
#[derive(Clone, Debug, Default)]
pub struct Numbers(HashMap<u64, Vec<String>>);

#[derive(Debug)]
pub struct Project {
    /// Canonical: the key.
    pub root: PathBuf,
    /// As the client spells it: for URIs of files that are not open.
    pub shown: PathBuf,
    pub numbers: Numbers,
    /// SpecWeave has caches here that may go stale.
    pub has_caches: bool,
}

impl Project {
    pub fn new(shown: PathBuf) -> Project {
        let root = shown.canonicalize().unwrap_or_else(|_| shown.clone());
        Project { root, shown, numbers: Numbers::default(), has_caches: false }
    }

    /// Whether a path lies in the project, by its bytes: both are canonical.
    pub fn holds(&self, path: &Path) -> bool {
        let rest = path.as_os_str().as_encoded_bytes().strip_prefix(self.root.as_os_str().as_encoded_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest[0] == MAIN_SEPARATOR as u8 || self.root.parent().is_none())
    }

    /// A path below the project as the client would spell it.
    pub fn shown_path(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).map_or_else(|_| path.to_path_buf(), |rest| self.shown.join(rest))
    }
}

/// A file in an increment's folder. `Path::join` looks at all parts of both, which takes longer where there are many.
pub fn file(folder: &Path, name: &str) -> PathBuf {
    let mut path = OsString::with_capacity(folder.as_os_str().len() + 1 + name.len());
    path.push(folder);
    path.push(MAIN_SEPARATOR_STR);
    path.push(name);
    path.into()
}

/// `0047-name`, or `_archive/0047-name`: an increment's folder as its project knows it.
pub fn name_in_project(root: &Path, folder: &Path) -> String {
    match last_parts(folder) {
        Some((above, name)) if above == discover::INCREMENTS_FOLDER => name.to_owned(),
        _ => text(folder.strip_prefix(discover::increments_folder(root)).unwrap_or(folder).as_os_str()),
    }
}

/// Nearly always a name is simply the last part of a path, and taking paths apart by components is slow where there are
/// many.
fn last_parts(folder: &Path) -> Option<(&str, &str)> {
    let path = folder.to_str()?;
    let separator = |path: &str| memchr::memrchr(MAIN_SEPARATOR as u8, path.as_bytes());
    let at = separator(path)?;
    let (above, name) = (&path[..at], &path[at + 1..]);
    let above = separator(above).map_or(above, |at| &above[at + 1..]);
    Some((above, name)).filter(|_| !name.is_empty())
}

/// The last part of a folder's path; `None` for one that is not Unicode.
pub fn name_of(folder: &Path) -> Option<&str> {
    last_parts(folder).map(|(_, name)| name).or_else(|| folder.file_name()?.to_str())
}

fn text(name: &OsStr) -> String {
    name.to_str().map_or_else(|| name.to_string_lossy().into_owned(), str::to_owned)
}

pub fn id_of(folder: &Path) -> String {
    name_of(folder).map(str::to_owned).unwrap_or_else(|| folder.file_name().map(text).unwrap_or_default())
}

fn number_of(name: &str) -> Option<u64> {
    increment::number(name.rsplit(['/', '\\']).next().unwrap_or(name))
}

impl Numbers {
    pub fn all(root: &Path, folders: &[PathBuf]) -> Numbers {
        Numbers::of(folders.iter().map(|folder| name_in_project(root, folder)))
    }

    /// Only what these increments share: enough where no other is asked about, and hardly any of thousands is named.
    pub fn shared(root: &Path, folders: &[PathBuf]) -> Numbers {
        let number = |folder: &PathBuf| name_of(folder).map_or_else(|| number_of(&id_of(folder)), increment::number);
        let mut numbered: Vec<(u64, &Path)> =
            folders.iter().filter_map(|folder| Some((number(folder)?, folder.as_path()))).collect();
        // Sorted already but for odd names.
        numbered.sort_by_key(|(number, _)| *number);
        let shared = numbered.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
        let names = |same: &[(u64, &Path)]| same.iter().map(|(_, folder)| name_in_project(root, folder)).collect();
        Numbers(shared.map(|same| (same[0].0, names(same))).collect())
    }

    pub fn of(names: impl IntoIterator<Item = String>) -> Numbers {
        let mut numbers = Numbers::default();
        names.into_iter().for_each(|name| {
            numbers.add(name);
        });
        numbers
    }

    /// True when the name was not there before.
    pub fn add(&mut self, name: String) -> bool {
        let Some(number) = number_of(&name) else { return false };
        let names = self.0.entry(number).or_default();
        let new = !names.contains(&name);
        if new {
            names.push(name);
        }
        new
    }

    /// True when the name was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(names) = number_of(name).and_then(|number| self.0.get_mut(&number)) else { return false };
        let before = names.len();
        names.retain(|known| known != name);
        names.len() < before
    }

    /// The others that bear the same number as the increment in that folder of that project.
    pub fn sharing_with(&self, root: &Path, folder: &Path) -> Vec<String> {
        if self.0.is_empty() { Vec::new() } else { self.sharing(&name_in_project(root, folder)) }
    }

    /// The others that bear the same number.
    pub fn sharing(&self, name: &str) -> Vec<String> {
        let names = number_of(name).and_then(|number| self.0.get(&number));
        names.into_iter().flatten().filter(|other| *other != name).cloned().collect()
    }
}
