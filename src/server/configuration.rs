//! The settings, asked for and taken over while running.

use std::sync::Arc;

use serde_json::Value;
use tower_lsp::ls_types::*;

use super::session::{Event, Session};
use crate::workspace::discover;
use crate::workspace::settings::{SECTION, Settings};

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
                    // A client without such settings answers null, or an empty list or object.
                    let value = if values.is_empty() { Value::Null } else { values.swap_remove(0) };
                    let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                    if !empty {
                        let _ = events.send(Event::Settings(Some(value)));
                    }
                }
                Err(error) => tracing::warn!("the client did not tell its settings: {error}"),
            },
        );
    }

    pub(super) fn settings_changed(&mut self, value: Option<Value>) {
        let value = match value {
            Some(value) if value.is_object() => value,
            _ => return self.ask_for_settings(),
        };
        let (settings, complaints) = Settings::parse(&value);
        complaints.into_iter().for_each(|complaint| self.complain(MessageType::WARNING, complaint));
        self.settings = Arc::new(settings);
        self.epoch += 1;
        for folder in self.index.folders(|_| true) {
            if !discover::increment_of(&folder)
                .is_some_and(|(root, _)| discover::in_scope(&root, &folder, &self.scope()))
            {
                self.read(&folder);
            }
        }
        self.scan_all();
    }
}
