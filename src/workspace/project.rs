//! A project that is watched over, and which numbers its increments bear.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

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

    /// A path below the project as the client would spell it.
    pub fn shown_path(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).map_or_else(|_| path.to_path_buf(), |rest| self.shown.join(rest))
    }
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
    let (above, name) = folder.to_str()?.rsplit_once(MAIN_SEPARATOR)?;
    Some((above.rsplit(MAIN_SEPARATOR).next()?, name)).filter(|_| !name.is_empty())
}

/// The last part of a folder's path; `None` for one that is not Unicode.
pub fn name_of(folder: &Path) -> Option<&str> {
    last_parts(folder).map(|(_, name)| name)
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

    /// The others that bear the same number.
    pub fn sharing(&self, name: &str) -> Vec<String> {
        let names = number_of(name).and_then(|number| self.0.get(&number));
        names.into_iter().flatten().filter(|other| *other != name).cloned().collect()
    }
}
