//! What each commit changed below a folder, against its first parent: one git for all of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;

use crate::git::commit::PastCommit;
use crate::git::error::GitError;
use crate::git::repository::{self, Conversation, Repository};

/// A file that another tree has in another form.
#[derive(Debug)]
pub struct ChangedFile {
    pub path: PathBuf,
    pub was_there: bool,
    /// None when it is gone.
    pub blob: Option<String>,
}

/// Tells `each` of the commits in their order, with what they changed.
pub fn read(
    repository: &Repository,
    commits: &[PastCommit],
    folder: &Path,
    mut each: impl FnMut(usize, Vec<ChangedFile>) -> Result<(), GitError>,
) -> Result<(), GitError> {
    // As long as an id, whichever kind of ids the repository has.
    let nothing = repository.line(&["hash-object", "-t", "tree", "--stdin"])?;
    let nothing = String::from_utf8_lossy(&nothing).into_owned();
    let pairs: Vec<(&str, &str)> = commits
        .iter()
        .map(|commit| (commit.parents.first().map_or(&*nothing, |&parent| &*commits[parent].tree), &*commit.tree))
        .collect();
    let args = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-relative", "--"];
    let talk = repository.converse(args.iter().map(|arg| arg.as_ref()).chain([folder.as_os_str()]))?;
    let Conversation { mut process, mut input, mut output } = talk;
    std::thread::scope(|scope| {
        let pairs = &pairs;
        // A git that ends early is noticed where its answers are missing.
        scope.spawn(move || {
            let mut differing = pairs.iter().filter(|(before, after)| before != after);
            differing.try_for_each(|(before, after)| writeln!(input, "{before} {after}"))
        });
        for (at, (before, after)) in pairs.iter().enumerate() {
            let files = if before == after { Ok(Vec::new()) } else { answer(&mut output) };
            each(at, files.map_err(|source| GitError::Object { name: commits[at].id.clone(), source })?)?;
        }
        Ok::<_, GitError>(())
    })?;
    let _ = process.wait();
    Ok(())
}

/// `TREE TREE`, then for each file `:100644 100644 OLD NEW M` and its name.
fn answer(output: &mut BufReader<ChildStdout>) -> std::io::Result<Vec<ChangedFile>> {
    let mut header = Vec::new();
    if output.read_until(b'\n', &mut header)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let mut files = Vec::new();
    while output.fill_buf()?.first() == Some(&b':') {
        let (mut entry, mut name) = (Vec::new(), Vec::new());
        output.read_until(0, &mut entry)?;
        output.read_until(0, &mut name)?;
        name.pop();
        let entry = String::from_utf8_lossy(&entry);
        let mut words = entry.trim_end_matches('\0').split(' ');
        let (Some(_), Some(_), Some(old), Some(new)) = (words.next(), words.next(), words.next(), words.next()) else {
            return Err(std::io::ErrorKind::InvalidData.into());
        };
        let is_id = |id: &str| id.bytes().any(|byte| byte != b'0');
        files.push(ChangedFile {
            path: repository::path(&name),
            was_there: is_id(old),
            blob: Some(new.to_owned()).filter(|new| is_id(new)),
        });
    }
    Ok(files)
}
