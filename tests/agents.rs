//! Real coding agents, without a model and without a network: Claude Code takes the plugin, opencode edits files with the
//! language server beside it, Codex with the hooks; cclsp, lsmcp and multilspy ask for what an agent wants to know. `SPECWEAVE_AGENTS` names the folder they lie in; `tests/run.sh agents` installs them and
//! names it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;
#[path = "e2e/repository.rs"]
mod repository;

#[path = "agents/claude_code.rs"]
mod claude_code;
#[path = "agents/codex.rs"]
mod codex;
#[path = "agents/mcp.rs"]
mod mcp;
#[path = "agents/model.rs"]
mod model;
#[path = "agents/multilspy.rs"]
mod multilspy;
#[path = "agents/opencode.rs"]
mod opencode;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The agent's program, with nothing of the environment of whoever runs the tests, and a home of its own.
fn agent(name: &str, home: &Path) -> Command {
    let folder = std::env::var_os("SPECWEAVE_AGENTS").expect("SPECWEAVE_AGENTS must be set; run `tests/run.sh agents`");
    // A path is that of a package.
    let programs = if name.contains('/') { "node_modules" } else { "node_modules/.bin" };
    let mut command = Command::new(PathBuf::from(folder).join(programs).join(name));
    let binary = Path::new(project::BINARY).parent().unwrap().to_path_buf();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&path))).unwrap();
    command.env_clear().env("PATH", path).env("HOME", home);
    for part in ["CONFIG", "DATA", "CACHE", "STATE"] {
        command.env(format!("XDG_{part}_HOME"), home.join(part.to_lowercase()));
    }
    command
}

/// The first block of a section in a document of ours.
fn documented(document: &str, heading: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let (_, section) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{document} has {heading}"));
    let (_, block) = section.split_once("```json\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}
