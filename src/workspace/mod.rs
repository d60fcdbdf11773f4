//! What is on disk and in the editor.

pub mod change;
pub mod check;
pub mod config;
pub mod config_findings;
pub mod discover;
pub mod documents;
pub mod exclude;
pub mod fs;
pub mod hint;
pub mod index;
pub mod line_index;
pub mod links;
pub mod parallel;
pub mod process;
pub mod project;
pub mod report;
pub mod scan;
pub mod select;
pub mod specweave_caches;
pub mod spelling;
pub mod summary;
pub mod watch;
