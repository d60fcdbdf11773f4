//! The settings: as the client gave them at the start, and as they are now.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::workspace::config::{SECTION, Settings};
use crate::workspace::discover::Scope;
use crate::workspace::line_index::Encoding;

#[derive(Debug, Default)]
pub struct Config {
    settings: Arc<Settings>,
    initial: Value,
    current: Value,
    generation: u64,
}

/// How increments are checked: the settings, how often they have changed before, and in which unit columns count.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    pub settings: Arc<Settings>,
    pub generation: u64,
    pub encoding: Encoding,
}

impl CheckOptions {
    pub fn scope(&self) -> Scope {
        Scope { include_archived: self.settings.include_archived, exclude: self.settings.exclude.clone() }
    }
}

/// What a client says of its settings by itself.
#[derive(Debug, PartialEq)]
pub enum ConfigurationChange<'v> {
    /// Ours, or all that it has.
    Settings(&'v Value),
    /// Only that something changed.
    Unspecified,
}

impl Config {
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn check_options(&self, encoding: Encoding) -> CheckOptions {
        CheckOptions { settings: Arc::clone(&self.settings), generation: self.generation, encoding }
    }

    /// Takes the settings of `initialize`; gives a sentence for each that does not count.
    pub fn initialize(&mut self, options: Value) -> Vec<String> {
        let (settings, problems) = Settings::parse(&options);
        self.initial = options.clone();
        self.current = options;
        self.settings = Arc::new(settings);
        problems
    }

    /// A client that can be asked for its settings may send anything along with the notification.
    pub fn changed<'v>(value: &'v Value, can_be_asked: bool) -> ConfigurationChange<'v> {
        match value.get(SECTION) {
            Some(section) => ConfigurationChange::Settings(section),
            None if can_be_asked => ConfigurationChange::Unspecified,
            None => ConfigurationChange::Settings(value),
        }
    }

    /// Takes new settings; `None` if they are the old ones. A client without any answers null, or an empty list or object:
    /// what it said at the start counts then.
    pub fn change(&mut self, value: &Value) -> Option<Vec<String>> {
        let is_empty = value.as_object().is_none_or(Map::is_empty);
        let value = if is_empty { &self.initial } else { value };
        if *value == self.current {
            return None;
        }
        self.current = value.clone();
        let (settings, problems) = Settings::parse(&self.current);
        self.settings = Arc::new(settings);
        self.generation += 1;
        Some(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_client_without_settings_answers_changes_nothing() {
        let mut config = Config::default();
        assert!(config.initialize(json!({"codeLens": false})).is_empty());
        for nothing in [json!(null), json!({}), json!([]), json!({"codeLens": false})] {
            assert_eq!(config.change(&nothing), None, "{nothing}");
        }
        assert_eq!(config.change(&json!({"inlayHints": 1})).map(|problems| problems.len()), Some(1));
        assert!(config.settings().code_lens && config.generation() == 1);
        assert_eq!(config.change(&json!({})), Some(vec![]), "back to what was said at the start");
        assert!(!config.settings().code_lens && config.generation() == 2);
    }

    #[test]
    fn what_a_client_says_with_the_notification() {
        let ours = json!({"specweave-lsp": {"codeLens": true}});
        assert_eq!(Config::changed(&ours, true), ConfigurationChange::Settings(&ours["specweave-lsp"]));
        assert_eq!(Config::changed(&json!({"other": 1}), true), ConfigurationChange::Unspecified);
        assert_eq!(
            Config::changed(&json!({"codeLens": true}), false),
            ConfigurationChange::Settings(&json!({"codeLens": true}))
        );
    }
}
