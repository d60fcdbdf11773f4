//! The built program, used as editors and people use it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod agent_generations;
mod agent_shells;
mod agents;
mod bad_input;
mod cli;
mod client;
mod clients;
mod counts;
mod disk_changes;
mod editors;
mod features;
mod findings;
mod fixes;
mod generations;
mod history;
mod hook;
mod late_texts;
mod looks;
mod nested_repositories;
mod oddities;
mod offers;
mod open_files;
mod ordering;
mod progress;
mod project;
mod project_history;
mod protocol;
mod pull;
mod replays;
mod repository;
mod saving;
mod settings;
mod spelled_roots;
mod staged;
mod status;
mod terminal;
mod ticks;
mod timeline;
mod transitions;
mod transport;
mod undo;
mod which_project;
#[cfg(windows)]
mod windows_disk;
mod workspace;
