//! What others use together with specweave-lsp, the real programs: hook managers, and the readers of its reports.
//! `SPECWEAVE_TOOLS` names the folder they lie in; `tests/run.sh tools` installs them and names it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;
#[path = "e2e/repository.rs"]
mod repository;

#[path = "tools/managers.rs"]
mod managers;
#[path = "tools/prometheus.rs"]
mod prometheus;
#[path = "tools/readers.rs"]
mod readers;
#[path = "tools/shells.rs"]
mod shells;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

fn tools() -> PathBuf {
    let folder = std::env::var_os("SPECWEAVE_TOOLS").expect("SPECWEAVE_TOOLS must be set; run `tests/run.sh tools`");
    PathBuf::from(folder)
}

/// A program that finds the tools and specweave-lsp on its PATH.
fn with_tools(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = repository::isolated(program, folder);
    let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).unwrap().to_owned();
    let folders = [tools().join("node_modules/.bin"), tools().join("python/bin")];
    command.env("PATH", std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&path))).unwrap());
    command
}

/// The block that follows the line of this file's name in a document of ours.
fn documented(document: &str, file: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let (_, after) =
        text.split_once(&format!("`{file}`:\n\n```")).unwrap_or_else(|| panic!("{document} has a block for {file}"));
    after.split_once('\n').unwrap().1.split_once("```").unwrap().0.to_owned()
}
