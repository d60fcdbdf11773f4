//! Who last changed a line, and when.

use std::ffi::OsStr;
use std::path::Path;

use jiff::Timestamp;

use crate::git::repository::{self, Repository};

#[derive(Debug, PartialEq)]
pub enum LastChange {
    /// Not committed yet.
    Now,
    Committed {
        commit: String,
        author: String,
        when: Timestamp,
        subject: String,
    },
}

/// The last change of this line (counted from 1); none where git knows nothing of the file.
pub fn line(repository: &Repository, path: &Path, line: u32) -> Option<LastChange> {
    let range = format!("-L{line},{line}");
    let args = ["blame", "--porcelain", &range, "--"].map(OsStr::new);
    let told = repository.ask(args.into_iter().chain([&*repository::for_git(path)])).ok()?;
    read(&String::from_utf8_lossy(&told))
}

/// Reads `COMMIT LINE LINE COUNT`, then a line for each thing known of the commit.
fn read(porcelain: &str) -> Option<LastChange> {
    let mut lines = porcelain.lines();
    let commit = lines.next()?.split(' ').next()?;
    if commit.bytes().all(|byte| byte == b'0') {
        return Some(LastChange::Now);
    }
    let told = |name: &str| porcelain.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Some(LastChange::Committed {
        commit: commit.to_owned(),
        author: told("author")?.to_owned(),
        when: Timestamp::from_second(told("committer-time")?.parse().ok()?).ok()?,
        subject: told("summary").unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_or_not() {
        let told = "9f1c 4 4 1\nauthor Anna B\nauthor-mail <a@example.org>\nauthor-time 5\ncommitter Carl\n\
                    committer-time 1763600000\nsummary author of all\nfilename spec.md\n\tstatus: active\n";
        let expected = LastChange::Committed {
            commit: "9f1c".to_owned(),
            author: "Anna B".to_owned(),
            when: Timestamp::from_second(1_763_600_000).unwrap(),
            subject: "author of all".to_owned(),
        };
        assert_eq!(read(told), Some(expected));
        assert_eq!(read("0000000 1 1 1\nauthor Not Committed Yet\n"), Some(LastChange::Now));
        assert_eq!(read(""), None);
    }
}
