//! The settings. Each place where they can be set gives a `Layer`; laid over one another, flags over the editor over the
//! project's own file over the defaults, they give the `Settings` of one project.

pub mod all_settings;
pub mod effective;
pub mod file;
pub mod ignore;
pub mod json_schema;
pub mod layer;
pub mod project;
pub mod section;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::model::preference::Preference;
use crate::model::rules::{Code, Severity};
use crate::workspace::config::ignore::IgnoreEntry;
use crate::workspace::config::layer::{Delivery, Layer};
use crate::workspace::discover::{self, Scope};
use crate::workspace::exclude::Excludes;

#[derive(Clone, Debug)]
pub struct Settings {
    pub preferred: Preference,
    pub include_archived: bool,
    /// `None` for a code that is switched off.
    pub severity: HashMap<Code, Option<Severity>>,
    /// What the project accepts.
    pub ignore: Arc<[IgnoreEntry]>,
    pub max_increments_in_line: usize,
    pub max_file_size: u64,
    pub exclude: Excludes,
    pub delivery: Delivery,
    pub code_lens: bool,
    pub inlay_hints: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            preferred: Preference::Auto,
            include_archived: false,
            severity: HashMap::new(),
            ignore: Arc::default(),
            max_increments_in_line: 2,
            // The largest spec.md seen in public projects has about 100 KB; more than 1 MiB is no increment.
            max_file_size: 1024 * 1024,
            exclude: Excludes::default(),
            delivery: Delivery::Auto,
            code_lens: true,
            inlay_hints: true,
        }
    }
}

impl Settings {
    /// The defaults with these layers over them, the strongest last.
    pub fn of(layers: &[&Layer]) -> Settings {
        let mut settings = Settings::default();
        for layer in layers {
            settings.take(layer);
        }
        settings
    }

    fn take(&mut self, layer: &Layer) {
        fn put<T: Clone>(place: &mut T, value: &Option<T>) {
            value.iter().for_each(|value| *place = value.clone());
        }
        put(&mut self.preferred, &layer.preferred);
        put(&mut self.include_archived, &layer.include_archived);
        put(&mut self.max_increments_in_line, &layer.max_increments_in_line);
        put(&mut self.max_file_size, &layer.max_file_size);
        put(&mut self.exclude, &layer.exclude);
        put(&mut self.delivery, &layer.delivery);
        put(&mut self.code_lens, &layer.code_lens);
        put(&mut self.inlay_hints, &layer.inlay_hints);
        // Each finding's severity is a setting of its own.
        self.severity.extend(&layer.severity);
        if !layer.ignore.is_empty() {
            self.ignore = Arc::clone(&layer.ignore);
        }
    }

    /// The severity a finding has here; `None` when it is switched off.
    pub fn severity(&self, code: Code, severity: Severity) -> Option<Severity> {
        self.severity.get(&code).copied().unwrap_or(Some(severity))
    }

    /// Which of the project's `ignore` entries accepts such a finding in an increment.
    pub fn ignored_by(&self, root: &Path, folder: &Path, code: Code) -> Option<usize> {
        self.ignore.iter().position(|entry| entry.accepts(root, folder, code))
    }

    /// Which increments of a project are looked at.
    pub fn scope(&self) -> Scope {
        Scope { include_archived: self.include_archived, exclude: self.exclude.clone() }
    }

    pub fn in_scope(&self, root: &Path, folder: &Path) -> bool {
        discover::in_scope(root, folder, &self.scope())
    }
}
