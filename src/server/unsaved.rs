//! Increments whose two texts were changed together in the editor, until both are saved: if only one is, hooks and other
//! programs see two statuses.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an editor may take to save the second of two files.
const SAVING: Duration = Duration::from_millis(1000);

#[derive(Debug, Default)]
pub struct UnsavedPairs {
    /// And since when one of the two is saved.
    pairs: HashMap<PathBuf, Option<Instant>>,
}

/// What spec.md and metadata.json say.
pub type TwoStatuses = (String, String);

#[derive(Debug, PartialEq)]
pub enum Saving {
    /// Nothing to worry about.
    Fine,
    /// One file is saved; whether the other follows is known then.
    Under(Instant),
    /// One file was saved, and the other was not.
    Half,
}

impl UnsavedPairs {
    pub fn expect(&mut self, folder: &Path) {
        self.pairs.insert(folder.to_path_buf(), None);
    }

    pub fn judge(&mut self, folder: &Path, texts: &TwoStatuses, disk: &TwoStatuses, now: Instant) -> Saving {
        let (agree, saved_alike) = (texts.0 == texts.1, disk.0 == disk.1);
        if !agree || texts == disk {
            self.pairs.remove(folder);
        } else if saved_alike {
            self.expect(folder);
        }
        match self.pairs.get_mut(folder) {
            Some(since) if !saved_alike => {
                let end = *since.get_or_insert(now) + SAVING;
                if end <= now { Saving::Half } else { Saving::Under(end) }
            }
            _ => Saving::Fine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_file_may_take_a_moment() {
        let mut pairs = UnsavedPairs::default();
        let both = |spec: &str, metadata: &str| (spec.to_owned(), metadata.to_owned());
        let (old, half, new) = (both("a", "a"), both("b", "a"), both("b", "b"));
        let start = Instant::now();
        let folder = Path::new("/x");
        assert_eq!(pairs.judge(folder, &new, &old, start), Saving::Fine, "nothing saved yet");
        assert_eq!(pairs.judge(folder, &new, &half, start), Saving::Under(start + SAVING));
        let later = start + SAVING / 2;
        assert_eq!(pairs.judge(folder, &new, &half, later), Saving::Under(start + SAVING), "since the first of them");
        assert_eq!(pairs.judge(folder, &new, &half, start + SAVING), Saving::Half);
        assert_eq!(pairs.judge(folder, &new, &new, start + SAVING), Saving::Fine);
        assert_eq!(pairs.judge(folder, &half, &half, start), Saving::Fine, "a plain desync");
        // Kakoune writes one of the two at once: the pair is known from the change.
        pairs.expect(folder);
        assert_eq!(pairs.judge(folder, &new, &half, start), Saving::Under(start + SAVING));
    }
}
