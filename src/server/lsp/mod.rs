//! The protocol: what the client can do, positions and URIs, our own messages, errors, and the way messages come and go.

pub mod capabilities;
pub mod commands;
pub mod errors;
pub mod ext;
pub mod frames;
mod lenient;
pub mod output;
pub mod parent;
pub mod position;
mod readable;
pub mod service;
mod stdio;
pub mod transport;
pub mod uri;
