//! The language server.

pub mod actions;
pub mod apply;
pub mod backend;
pub mod capabilities;
pub mod commands;
mod configuration;
mod diagnostics;
mod direct;
mod documents;
mod features;
pub mod frames;
pub mod outbox;
mod output;
mod parent;
pub mod position;
mod progress;
mod projects;
pub mod publish;
mod saving;
pub mod session;
mod status;
pub mod transport;
mod wire;
