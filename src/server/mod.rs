//! The language server.

pub mod actions;
pub mod apply;
pub mod backend;
pub mod capabilities;
pub mod commands;
pub mod frames;
pub mod outbox;
pub mod position;
pub mod publish;
pub mod session;
pub mod transport;
