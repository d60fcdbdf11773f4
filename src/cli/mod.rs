//! The command line: one file a command. JSON and reports go to stdout, everything else to stderr.

pub mod agent_hook;
pub mod agent_instructions;
pub mod app;
pub mod change;
pub mod check;
pub mod choose;
pub mod common;
pub mod completions;
pub mod config;
pub mod console;
pub mod demo;
pub mod error;
pub mod history;
pub mod hook;
pub mod log;
pub mod lsp;
pub mod output;
pub mod progress;
pub mod projects;
pub mod recover;
pub mod staged;
pub mod status;
pub mod sync;
pub mod tick;
pub mod watch;
