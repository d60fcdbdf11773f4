//! The report as people and other programs read it.

pub mod colours;
pub mod diff;
pub mod github;
pub mod history_metrics;
pub mod links;
pub mod one;
pub mod openmetrics;
pub mod pager;
pub mod paths;
pub mod report_format;
pub mod sarif;
pub mod table;
pub mod text;
pub mod words;
