//! git, asked through its own program: only git knows every way in which a repository, its index and its hooks can be
//! laid out (worktrees, temporary indexes, `core.hooksPath`, the variables that a hook is called with).

pub mod blame;
pub mod commit;
pub mod desyncs;
pub mod error;
pub mod evidence;
pub mod history;
pub mod names;
pub mod objects;
mod past_increments;
pub mod pre_commit;
pub mod project_history;
pub mod repository;
pub mod staged;
mod states;
pub mod tree_changes;
pub mod trees;
