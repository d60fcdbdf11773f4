//! The settings of the client: as it gave them at the start, and as they are now.

use serde_json::{Map, Value};

use crate::workspace::config::project::Given;
use crate::workspace::config::section::{self, SECTION};

/// What the client says, and how often that or a project's own settings have changed.
#[derive(Debug, Default)]
pub struct Config {
    given: Given,
    initial: Value,
    current: Value,
    generation: u64,
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
    pub fn given(&self) -> &Given {
        &self.given
    }

    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// A project's own settings have changed.
    pub fn project_changed(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// Takes the settings of `initialize`; gives a sentence for each that does not count.
    pub fn initialize(&mut self, options: Value) -> Vec<String> {
        let (layer, problems) = section::parse(&options);
        self.initial = options.clone();
        self.current = options;
        self.given = Given::new(layer);
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
        let (layer, problems) = section::parse(&self.current);
        self.given = Given::new(layer);
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
        assert!(config.given().settings().code_lens && config.generation() == 1);
        assert_eq!(config.change(&json!({})), Some(vec![]), "back to what was said at the start");
        assert!(!config.given().settings().code_lens && config.generation() == 2);
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
