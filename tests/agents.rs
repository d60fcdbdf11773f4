//! Real coding agents, without a model and without a network: Claude Code takes the plugin, opencode edits files with the
//! language server beside it. `SPECWEAVE_AGENTS` names the folder they lie in; `tests/run.sh agents` installs them and
//! names it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;

#[path = "agents/claude_code.rs"]
mod claude_code;
#[path = "agents/opencode.rs"]
mod opencode;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The agent's program, with nothing of the environment of whoever runs the tests, and a home of its own.
fn agent(name: &str, home: &Path) -> Command {
    let folder = std::env::var_os("SPECWEAVE_AGENTS").expect("SPECWEAVE_AGENTS must be set; run `tests/run.sh agents`");
    let mut command = Command::new(PathBuf::from(folder).join("node_modules/.bin").join(name));
    let binary = Path::new(project::BINARY).parent().unwrap().to_path_buf();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&path))).unwrap();
    command.env_clear().env("PATH", path).env("HOME", home);
    for part in ["CONFIG", "DATA", "CACHE", "STATE"] {
        command.env(format!("XDG_{part}_HOME"), home.join(part.to_lowercase()));
    }
    command
}
