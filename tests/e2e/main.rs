//! The built program, used as editors and people use it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod agents;
mod bad_input;
mod cli;
mod client;
mod clients;
mod disk_changes;
mod editors;
mod features;
mod findings;
mod fixes;
mod generations;
mod history;
mod hook;
mod oddities;
mod ordering;
mod progress;
mod project;
mod pull;
mod repository;
mod saving;
mod staged;
mod status;
mod terminal;
mod transitions;
mod transport;
mod workspace;
