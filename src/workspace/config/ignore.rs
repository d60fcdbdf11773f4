//! What a project accepts: a kind of finding, in some increments, for a reason.

use std::path::Path;

use thiserror::Error;

use crate::model::parse::Span;
use crate::model::rules::{Code, FoundIn};
use crate::workspace::exclude::Excludes;

#[derive(Clone, Debug)]
pub struct IgnoreEntry {
    /// As it is written.
    pub increment: Box<str>,
    glob: Excludes,
    pub code: Code,
    pub reason: Box<str>,
    /// Of the whole entry, in the project's file.
    pub span: Span,
}

/// What is wrong with the glob of an entry.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct BadGlob(String);

impl IgnoreEntry {
    pub fn new(increment: &str, code: Code, reason: &str, span: Span) -> Result<IgnoreEntry, BadGlob> {
        let (glob, mut bad) = Excludes::new(&[increment.to_owned()]);
        match bad.pop() {
            Some(reason) => Err(BadGlob(reason)),
            None => Ok(IgnoreEntry { increment: increment.into(), glob, code, reason: reason.into(), span }),
        }
    }

    pub fn covers(&self, root: &Path, folder: &Path) -> bool {
        self.glob.covers(folder, root)
    }

    pub fn accepts(&self, root: &Path, folder: &Path, code: Code) -> bool {
        self.code == code && self.covers(root, folder)
    }

    /// Whether it is known to be of no use. It did not accept anything; `deep`: whole files were read; `has_increments`
    /// says whether it is about any increment at all. What was not looked for may be there.
    pub fn is_unused(&self, deep: bool, has_increments: impl FnOnce() -> bool) -> bool {
        let looked_for = match self.code.found_in() {
            FoundIn::Statuses => true,
            FoundIn::Work => deep,
            FoundIn::Elsewhere | FoundIn::Project => false,
        };
        looked_for || !has_increments()
    }
}
