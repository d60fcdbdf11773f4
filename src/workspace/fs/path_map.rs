//! A table by path that is asked at each keystroke, or holds thousands. Hashing or comparing a `Path` takes it to pieces; here all
//! paths have the one spelling of [`paths`](super::paths), or git's, so their bytes do.

use std::collections::HashMap;
#[cfg(not(windows))]
use std::ffi::OsStr as PathKey;
// Which of two separators a path has makes no difference there.
#[cfg(windows)]
use std::path::Path as PathKey;
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;

#[derive(Debug)]
pub struct PathMap<V>(HashMap<<PathKey as ToOwned>::Owned, V, RandomState>);

impl<V> Default for PathMap<V> {
    fn default() -> PathMap<V> {
        PathMap(HashMap::default())
    }
}

fn key(path: &Path) -> &PathKey {
    path.as_ref()
}

impl<V> PathMap<V> {
    pub fn get(&self, path: &Path) -> Option<&V> {
        self.0.get(key(path))
    }

    pub fn get_mut(&mut self, path: &Path) -> Option<&mut V> {
        self.0.get_mut(key(path))
    }

    pub fn contains(&self, path: &Path) -> bool {
        self.0.contains_key(key(path))
    }

    pub fn insert(&mut self, path: &Path, value: V) -> Option<V> {
        self.0.insert(key(path).to_owned(), value)
    }

    pub fn remove(&mut self, path: &Path) -> Option<V> {
        // An empty table is not asked for the hash of what it cannot hold.
        if self.0.is_empty() { None } else { self.0.remove(key(path)) }
    }

    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(Path::new)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.values_mut()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Path, &V)> {
        self.0.iter().map(|(path, value)| (Path::new(path), value))
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<V> FromIterator<(PathBuf, V)> for PathMap<V> {
    fn from_iter<I: IntoIterator<Item = (PathBuf, V)>>(entries: I) -> PathMap<V> {
        PathMap(entries.into_iter().map(|(path, value)| (path.into(), value)).collect())
    }
}

impl<V: Default> PathMap<V> {
    /// What is there, or a new one.
    pub fn entry(&mut self, path: &Path) -> &mut V {
        self.0.entry(key(path).to_owned()).or_default()
    }
}
