//! An increment as a commit holds it. Its folder tells which of its texts differ from those of the commit that was read last:
//! most commits change only its tasks.

use std::path::{Path, PathBuf};

use crate::git::error::GitError;
use crate::git::objects::{Object, Objects};
use crate::git::repository::Repository;
use crate::git::trees::{self, IndexEntry};
use crate::model::increment::{Increment, Source};
use crate::model::status::Side;
use crate::workspace::project;

pub struct PastIncrements {
    objects: Objects,
    /// No more than so many bytes of a file are read.
    limit: u64,
    /// By side, the text that was read last, and its blob.
    last: [(String, Source); 2],
}

impl PastIncrements {
    pub fn open(repository: &Repository, limit: u64) -> Result<PastIncrements, GitError> {
        Ok(PastIncrements { objects: Objects::open(repository)?, limit, last: Default::default() })
    }

    /// The increment under the newest of its names that this commit has.
    pub fn at(&mut self, commit: &str, names: &[PathBuf]) -> Result<(PathBuf, Increment), GitError> {
        for folder in names {
            let [spec, metadata] = self.texts(commit, folder)?;
            let increment = Increment::read(&project::id_of(folder), spec, metadata);
            if !increment.is_nothing() {
                return Ok((folder.clone(), increment));
            }
        }
        let gone = names.first().cloned().unwrap_or_default();
        Ok((gone.clone(), Increment::read(&project::id_of(&gone), Source::Missing, Source::Missing)))
    }

    fn texts(&mut self, commit: &str, folder: &Path) -> Result<[Source; 2], GitError> {
        let name = folder.to_string_lossy().replace('\\', "/");
        if name.contains('\n') {
            return Err(GitError::LineBreak(folder.to_path_buf()));
        }
        let tree = trees::read(&format!("{commit}:{name}"), folder, &mut self.objects)?.unwrap_or_default();
        let mut texts = [Source::Missing, Source::Missing];
        for side in Side::BOTH {
            if let Some(entry) = tree.get(&folder.join(side.file_name())) {
                texts[side as usize] = self.text(side, entry)?;
            }
        }
        Ok(texts)
    }

    fn text(&mut self, side: Side, entry: &IndexEntry) -> Result<Source, GitError> {
        let (id, text) = &self.last[side as usize];
        if *id == entry.id {
            return Ok(text.clone());
        }
        let text = match self.objects.read(&entry.id, self.limit)? {
            Object::Found { content, .. } => content,
            Object::Tree { .. } => Source::Unreadable("it is a directory".to_owned()),
            Object::Missing => Source::Missing,
        };
        self.last[side as usize] = (entry.id.clone(), text.clone());
        Ok(text)
    }
}
