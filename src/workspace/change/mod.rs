//! Changes of an increment on disk: planned in full, then carried out in both files or in none. `apply` is the one way
//! to disk.

pub mod apply;
pub mod error;
pub mod journal;
pub mod lock;
pub mod notice;
pub mod plan;
pub mod record;
pub mod recovery;
pub mod replaced;
pub mod state_folder;
pub mod steps;
pub mod tick;
pub mod transaction;
pub mod undo;
