//! The report as people and other programs read it.

use std::path::Path;
use std::sync::Arc;

use crate::workspace::config::Settings;

pub mod diff;
pub mod github;
pub mod history_metrics;
pub mod openmetrics;
pub mod paths;
pub mod sarif;
pub mod text;
pub mod words;

/// What counts in a project of the report.
pub type SettingsOf<'a> = &'a dyn Fn(&Path) -> Option<Arc<Settings>>;
