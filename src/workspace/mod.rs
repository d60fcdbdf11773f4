//! What is on disk and in the editor.

pub mod caches;
pub mod discover;
pub mod disk;
pub mod durable;
pub mod evaluate;
pub mod exclude;
pub mod index;
pub mod journal;
pub mod lock;
pub mod overlay;
pub mod parallel;
pub mod place;
pub mod plan;
pub mod project;
pub mod report;
pub mod scan;
pub mod select;
pub mod settings;
pub mod status;
pub mod transaction;
pub mod watch;
