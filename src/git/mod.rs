//! git, asked through its own program: only git knows every way in which a repository, its index and its hooks can be
//! laid out (worktrees, temporary indexes, `core.hooksPath`, the variables that a hook is called with).

pub mod blame;
pub mod error;
pub mod evidence;
pub mod history;
pub mod hooks;
pub mod objects;
pub mod repository;
pub mod staged;
