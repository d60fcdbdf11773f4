//! What changed on disk is read once it has been quiet for a while: a program that writes one file and then the other (a
//! close, a checkout) is not caught between the two.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::model::sort;

const QUIET: Duration = Duration::from_millis(150);

#[derive(Debug, Default)]
pub struct Debounce {
    /// Increments whose files changed, and when they are to be read.
    increments: HashMap<PathBuf, Instant>,
    /// Projects in which something other than an increment's files changed.
    projects: HashMap<PathBuf, Instant>,
    /// Projects whose own settings changed.
    settings: HashMap<PathBuf, Instant>,
}

#[derive(Debug, Default, PartialEq)]
pub struct Due {
    pub increments: Vec<PathBuf>,
    pub projects: Vec<PathBuf>,
    pub settings: Vec<PathBuf>,
}

impl Debounce {
    pub fn increment_changed(&mut self, folder: PathBuf, now: Instant) {
        self.increments.insert(folder, now + QUIET);
    }

    pub fn project_changed(&mut self, root: PathBuf, now: Instant) {
        self.projects.insert(root, now + QUIET);
    }

    pub fn settings_changed(&mut self, root: PathBuf, now: Instant) {
        self.settings.insert(root, now + QUIET);
    }

    /// Whatever happens meanwhile, the increment is read then.
    pub fn check_at(&mut self, folder: &Path, moment: Instant) {
        self.increments.insert(folder.to_path_buf(), moment);
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.increments.values().chain(self.projects.values()).chain(self.settings.values()).min().copied()
    }

    pub fn take_due(&mut self, now: Instant) -> Due {
        let take = |times: &mut HashMap<PathBuf, Instant>| {
            let mut due: Vec<PathBuf> = times.extract_if(|_, at| *at <= now).map(|(path, _)| path).collect();
            sort::by(&mut due, Ord::cmp);
            due
        };
        Due {
            increments: take(&mut self.increments),
            projects: take(&mut self.projects),
            settings: take(&mut self.settings),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_been_quiet_is_due() {
        let mut debounce = Debounce::default();
        let start = Instant::now();
        assert_eq!(debounce.deadline(), None);
        debounce.increment_changed("/a".into(), start);
        debounce.project_changed("/p".into(), start);
        debounce.increment_changed("/b".into(), start);
        debounce.increment_changed("/a".into(), start + QUIET / 2);
        assert_eq!(debounce.take_due(start), Due::default());
        assert_eq!(debounce.deadline(), Some(start + QUIET));
        let due = debounce.take_due(start + QUIET);
        assert_eq!((due.increments, due.projects), (vec![PathBuf::from("/b")], vec![PathBuf::from("/p")]));
        debounce.check_at(Path::new("/a"), start + 3 * QUIET);
        assert_eq!(debounce.deadline(), Some(start + 3 * QUIET));
        assert_eq!(debounce.take_due(start + 3 * QUIET).increments, [PathBuf::from("/a")]);
        assert_eq!(debounce.deadline(), None);
    }
}
