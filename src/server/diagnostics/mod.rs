//! Findings on their way to the client: sent, or answered when it asks.

mod convert;
mod publish;
mod published;

pub use convert::{SOURCE, diagnostic};
pub use publish::Diagnostics;
pub use published::{Published, result_id};
