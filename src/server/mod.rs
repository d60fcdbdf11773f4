//! The language server.

pub mod actions;
pub mod apply;
pub mod backend;
pub mod capabilities;
pub mod commands;
mod configuration;
mod diagnostics;
mod documents;
pub mod frames;
pub mod outbox;
pub mod position;
mod projects;
pub mod publish;
mod saving;
pub mod session;
mod status;
pub mod transport;
