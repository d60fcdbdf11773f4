//! Changes of an increment on disk: planned in full, then carried out in both files or in none.

pub mod journal;
pub mod lock;
pub mod plan;
pub mod transaction;
