//! An increment as a commit holds it. Its folder tells which of its texts differ from those of the commit that was read last:
//! most commits change only its tasks.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::git::error::GitError;
use crate::git::objects::{Object, Objects};
use crate::git::repository::Repository;
use crate::git::trees;
use crate::model::increment::{Increment, Source};
use crate::model::status::Side;
use crate::workspace::project;

pub struct PastIncrements {
    objects: Objects,
    /// No more than so many bytes of a file are read.
    limit: u64,
    last: Option<Last>,
}

/// By side: the blob, where the folder has that file.
type Blobs = [Option<String>; 2];

/// What was read last.
struct Last {
    folder: PathBuf,
    blobs: Blobs,
    increment: Rc<Increment>,
}

impl PastIncrements {
    pub fn open(repository: &Repository, limit: u64) -> Result<PastIncrements, GitError> {
        Ok(PastIncrements { objects: Objects::open(repository)?, limit, last: None })
    }

    /// The increment in each of these commits, under the newest of its names that the commit has.
    pub fn at_each(&mut self, commits: &[&str], names: &[PathBuf]) -> Result<Vec<(PathBuf, Rc<Increment>)>, GitError> {
        let mut found: Vec<Option<(&Path, Blobs)>> = commits.iter().map(|_| None).collect();
        let mut left: Vec<usize> = (0..commits.len()).collect();
        for folder in names {
            let name = name_of(folder)?;
            let wanted: Vec<String> = left.iter().map(|&at| [commits[at], ":", &name].concat()).collect();
            self.objects.read_each(&wanted, trees::WHOLE, |at, object| {
                let blobs = blobs(&object);
                found[left[at]] = blobs.iter().any(Option::is_some).then_some((folder, blobs));
            })?;
            left.retain(|&at| found[at].is_none());
        }
        let nothing = || {
            let folder = names.first().cloned().unwrap_or_default();
            let increment = Increment::read(&project::id_of(&folder), Source::Missing, Source::Missing);
            (folder, Rc::new(increment))
        };
        let read = |found: Option<(&Path, Blobs)>| match found {
            Some((folder, blobs)) => Ok((folder.to_path_buf(), self.read(folder, blobs)?)),
            None => Ok(nothing()),
        };
        found.into_iter().map(read).collect()
    }

    fn read(&mut self, folder: &Path, blobs: Blobs) -> Result<Rc<Increment>, GitError> {
        if let Some(last) = self.last.as_ref().filter(|last| last.blobs == blobs && last.folder == folder) {
            return Ok(Rc::clone(&last.increment));
        }
        let spec = self.text(Side::Spec, &blobs)?;
        let metadata = self.text(Side::Metadata, &blobs)?;
        let increment = Rc::new(Increment::read(&project::id_of(folder), spec, metadata));
        self.last = Some(Last { folder: folder.to_path_buf(), blobs, increment: Rc::clone(&increment) });
        Ok(increment)
    }

    fn text(&mut self, side: Side, blobs: &Blobs) -> Result<Source, GitError> {
        let Some(blob) = &blobs[side as usize] else { return Ok(Source::Missing) };
        if let Some(last) = self.last.as_ref().filter(|last| last.blobs[side as usize].as_ref() == Some(blob)) {
            return Ok(last.increment.file(side).source.clone());
        }
        Ok(match self.objects.read(blob, self.limit)? {
            Object::Found { content, .. } => content,
            Object::Tree { .. } => Source::Unreadable("it is a directory".to_owned()),
            Object::Missing => Source::Missing,
        })
    }
}

/// As git is asked for it.
fn name_of(folder: &Path) -> Result<String, GitError> {
    let name = folder.to_string_lossy().replace('\\', "/");
    if name.contains('\n') {
        return Err(GitError::LineBreak(folder.to_path_buf()));
    }
    Ok(name)
}

fn blobs(folder: &Object) -> Blobs {
    let mut blobs = Blobs::default();
    for entry in trees::entries(folder).into_iter().flatten() {
        if let Some(side) = Side::BOTH.into_iter().find(|side| side.file_name().as_bytes() == entry.name) {
            blobs[side as usize] = Some(trees::hexadecimal(entry.id));
        }
    }
    blobs
}
