//! A project that is watched over, and which numbers its increments bear.

use std::ffi::OsString;
use std::ops::Range;
use std::path::{MAIN_SEPARATOR, MAIN_SEPARATOR_STR, Path, PathBuf};
use std::sync::Arc;

use crate::model::file_kind::FileKind;
use crate::model::increment_number;
use crate::model::sort;
use crate::workspace::config::project::ProjectConfig;
use crate::workspace::fs::paths;
use crate::workspace::{discover, links};

/// Which increments bear which number, in the order of the numbers, then of the folders.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Vec<(u64, Arc<Path>)>);

#[derive(Debug)]
pub struct Project {
    /// Canonical: the key.
    pub root: PathBuf,
    /// As the client spells it: for URIs of files that are not open.
    pub shown: PathBuf,
    /// Only the `.specweave` is there where it is shown: a link to that of the root.
    pub is_link: bool,
    pub numbers: Numbers,
    /// SpecWeave has caches here that may go stale.
    pub has_caches: bool,
    pub config: ProjectConfig,
    /// Counts the changes of all settings: since which of them these count.
    pub epoch: u64,
    /// All of its increments have been read under them.
    pub is_read: bool,
}

impl Project {
    pub fn new(shown: PathBuf) -> Project {
        let is_link = links::linked_project(&shown).is_some();
        let (numbers, config) = (Numbers::default(), ProjectConfig::default());
        Project {
            root: links::root_of(&shown),
            shown,
            is_link,
            numbers,
            has_caches: false,
            config,
            epoch: 0,
            is_read: false,
        }
    }

    pub fn configure(&mut self, config: ProjectConfig, epoch: u64) {
        self.config = config;
        self.epoch = epoch;
        self.is_read = false;
    }

    /// Whether a path lies in the project, by its bytes: both are canonical.
    pub fn holds(&self, path: &Path) -> bool {
        let rest = path.as_os_str().as_encoded_bytes().strip_prefix(self.root.as_os_str().as_encoded_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest[0] == MAIN_SEPARATOR as u8 || self.root.parent().is_none())
    }

    /// A path below the project as the client would spell it.
    pub fn shown_path(&self, path: &Path) -> PathBuf {
        let rest = path.strip_prefix(&self.root).ok();
        let rest = rest.filter(|rest| !self.is_link || rest.starts_with(discover::PROJECT_FOLDER));
        rest.map_or_else(|| path.to_path_buf(), |rest| self.shown.join(rest))
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

/// Where the report of the last verification lies.
pub fn reports(folder: &Path) -> PathBuf {
    let mut path = file(folder, FileKind::Verification.file_name());
    path.pop();
    path
}

/// `0047-name`, or `_archive/0047-name`: an increment's folder as its project knows it.
pub fn name_in_project(root: &Path, folder: &Path) -> String {
    match last_parts(folder) {
        Some((above, name)) if above == discover::INCREMENTS_FOLDER.as_bytes() => name.to_owned(),
        _ => {
            let below = folder.strip_prefix(discover::increments_folder(root)).unwrap_or(folder);
            paths::text(below.as_os_str()).into_owned()
        }
    }
}

/// Nearly always a name is simply the last part of a path, and taking paths apart by components is slow where there are
/// many; so is looking at all of a path to see whether it is Unicode.
fn last_parts(folder: &Path) -> Option<(&[u8], &str)> {
    let path = folder.as_os_str().as_encoded_bytes();
    #[cfg(windows)]
    let separator = |path: &[u8]| memchr::memrchr2(b'\\', b'/', path);
    #[cfg(not(windows))]
    let separator = |path: &[u8]| memchr::memrchr(b'/', path);
    let at = separator(path)?;
    let above = separator(&path[..at]).map_or(&path[..at], |before| &path[before + 1..at]);
    let name = std::str::from_utf8(&path[at + 1..]).ok()?;
    Some((above, name)).filter(|_| !name.is_empty())
}

/// The last part of a folder's path; `None` for one that is not Unicode.
pub fn name_of(folder: &Path) -> Option<&str> {
    last_parts(folder).map(|(_, name)| name).or_else(|| folder.file_name()?.to_str())
}

pub fn id_of(folder: &Path) -> String {
    let odd = || folder.file_name().map(|name| paths::text(name).into_owned()).unwrap_or_default();
    name_of(folder).map_or_else(odd, str::to_owned)
}

fn number_of(folder: &Path) -> Option<u64> {
    name_of(folder).map_or_else(|| increment_number::of(&id_of(folder)), increment_number::of)
}

impl Numbers {
    pub fn all(folders: &[Arc<Path>]) -> Numbers {
        let numbered = folders.iter().filter_map(|folder| Some((number_of(folder)?, Arc::clone(folder))));
        let mut numbered: Vec<(u64, Arc<Path>)> = numbered.collect();
        // Sorted already but for odd names.
        sort::by(&mut numbered, |a, b| a.0.cmp(&b.0).then_with(|| a.1.as_os_str().cmp(b.1.as_os_str())));
        Numbers(numbered)
    }

    /// Only what these increments share: enough where no other is asked about, and hardly any of thousands is named.
    pub fn shared(folders: &[Arc<Path>]) -> Numbers {
        let all = Numbers::all(folders).0;
        let shared = all.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
        Numbers(shared.flatten().cloned().collect())
    }

    /// True when the increment was not there before.
    pub fn add(&mut self, folder: &Arc<Path>) -> bool {
        let Some((number, same)) = self.same(folder) else { return false };
        let there = self.0[same.clone()].binary_search_by(|(_, known)| known.as_os_str().cmp(folder.as_os_str()));
        // In the order of a listing, so that findings name the others as a new reading would.
        there.map_err(|at| self.0.insert(same.start + at, (number, Arc::clone(folder)))).is_err()
    }

    /// True when the increment was there.
    pub fn remove(&mut self, folder: &Path) -> bool {
        let at = self.same(folder).and_then(|(_, mut same)| same.find(|at| *self.0[*at].1 == *folder));
        at.map(|at| self.0.remove(at)).is_some()
    }

    /// The others that bear the same number as the increment in that folder.
    pub fn sharing(&self, folder: &Path) -> Vec<Arc<Path>> {
        let same = self.same(folder).map_or(0..0, |(_, same)| same);
        self.0[same].iter().map(|(_, other)| other).filter(|other| ***other != *folder).cloned().collect()
    }

    /// Their names.
    pub fn sharing_with(&self, root: &Path, folder: &Path) -> Vec<String> {
        self.sharing(folder).iter().map(|other| name_in_project(root, other)).collect()
    }

    /// Where the increments stand that bear this one's number.
    fn same(&self, folder: &Path) -> Option<(u64, Range<usize>)> {
        let number = number_of(folder)?;
        let start = self.0.partition_point(|(known, _)| *known < number);
        let end = start + self.0[start..].partition_point(|(known, _)| *known == number);
        Some((number, start..end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_however_they_came() {
        let folders = ["0001-a", "0004-n", "0004-p", "0004-q", "0004G-a", "0012-z"];
        let folders = folders.map(|name| Arc::<Path>::from(Path::new("/p/.specweave/increments").join(name)));
        let mut numbers = Numbers::default();
        for at in [3, 0, 5, 2, 4, 1] {
            assert!(numbers.add(&folders[at]) && !numbers.add(&folders[at]));
        }
        assert_eq!(numbers.0, Numbers::all(&folders).0);
        assert_eq!(numbers.sharing_with(Path::new("/p"), &folders[2]), ["0004-n", "0004-q", "0004G-a"]);
        assert!(numbers.remove(&folders[1]) && !numbers.remove(&folders[1]));
        assert_eq!(numbers.sharing_with(Path::new("/p"), &folders[2]), ["0004-q", "0004G-a"]);
        assert_eq!(Numbers::shared(&folders).0.len(), 4);
    }
}
