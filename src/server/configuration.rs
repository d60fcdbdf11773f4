//! The settings, asked for and taken over while running.

use std::sync::Arc;

use serde_json::Value;
use tower_lsp::ls_types::*;

use crate::server::session::{Event, Session};
use crate::workspace::config::{SECTION, Settings};
use crate::workspace::discover;

impl Session {
    pub(super) fn ask_for_settings(&mut self) {
        if !self.client.configuration {
            return;
        }
        let items = vec![ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) }];
        let events = self.events.clone();
        self.outbox.request::<request::WorkspaceConfiguration>(
            ConfigurationParams { items },
            move |answer| match answer {
                Ok(mut values) => {
                    let value = if values.is_empty() { Value::Null } else { values.swap_remove(0) };
                    let _ = events.send(Event::Configured(value));
                }
                Err(error) => tracing::warn!("the client did not tell its settings: {error}"),
            },
        );
    }

    /// What the client sent by itself: our section, everything it has, or nothing but the news that something changed.
    pub(super) fn settings_changed(&mut self, value: &Value) {
        match value.get(SECTION) {
            Some(section) => self.configured(section),
            None if self.client.configuration => self.ask_for_settings(),
            None => self.configured(value),
        }
    }

    /// A client without such settings answers null, or an empty list or object: what it said at the start counts then.
    pub(super) fn configured(&mut self, value: &Value) {
        let is_empty = |value: &Value| value.as_object().is_none_or(serde_json::Map::is_empty);
        let value = if is_empty(value) { self.initial_settings.clone() } else { value.clone() };
        if value == self.current_settings {
            return;
        }
        self.current_settings = value.clone();
        let (settings, complaints) = Settings::parse(&value);
        complaints.into_iter().for_each(|complaint| self.complain(MessageType::WARNING, complaint));
        self.settings = Arc::new(settings);
        self.epoch += 1;
        for folder in self.index.folders(|_, _| true) {
            if !discover::increment_of(&folder)
                .is_some_and(|(root, _)| discover::in_scope(&root, &folder, &self.scope()))
            {
                self.read(&folder);
            }
        }
        self.scan_all();
    }
}
