//! The report as people and other programs read it.

use std::path::Path;
use std::sync::Arc;

use crate::workspace::config::Settings;

pub mod colours;
pub mod diff;
pub mod github;
pub mod history_metrics;
pub mod links;
pub mod one;
pub mod openmetrics;
pub mod pager;
pub mod paths;
pub mod sarif;
pub mod table;
pub mod text;
pub mod words;

/// What counts in a project of the report.
pub type SettingsOf<'a> = &'a dyn Fn(&Path) -> Option<Arc<Settings>>;
