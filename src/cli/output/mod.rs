//! The report as people and other programs read it.

pub mod diff;
pub mod github;
pub mod history_metrics;
pub mod openmetrics;
pub mod paths;
pub mod sarif;
pub mod text;
pub mod words;
