//! From `initialize` to `shutdown`, and the settings.

use std::time::Instant;

use serde_json::Value;
use tower_lsp::ls_types::*;

use crate::server::config::{Config, ConfigurationChange};
use crate::server::event::Event;
use crate::server::handlers::initialize::{initialize_result, workspace_folders};
use crate::server::lsp::capabilities::Capabilities;
use crate::server::lsp::parent;
use crate::server::pending_edits::PendingEdits;
use crate::server::state::State;
use crate::workspace::config::section::SECTION;
use crate::workspace::watch::Watcher;

impl State {
    pub fn initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        if let Some(process) = params.process_id {
            let events = self.events.clone();
            parent::watch(process, move || {
                let _ = events.send(Event::EditorEnded);
            });
        }
        let problems = self.config.initialize(params.initialization_options.clone().unwrap_or(Value::Null));
        self.client.initialize(Capabilities::of(params, self.config.given().settings().delivery), problems);
        self.workspace.projects_mut().configure(self.config.given(), self.config.generation());
        self.folders.set(workspace_folders(params));
        initialize_result(self.client.capabilities())
    }

    pub fn initialized(&mut self) {
        self.client.initialized();
        if self.client.capabilities().own_watcher {
            let events = self.events.clone();
            self.folders.watch_with(Watcher::start(move |change| {
                let _ = events.send(Event::Disk(change));
            }));
        }
        self.ask_for_settings();
        for folder in self.folders.all().to_vec() {
            self.watch_and_discover(folder);
        }
        self.started = true;
    }

    /// From now on the client is sent nothing any more, and nothing is waited for.
    pub fn shut_down(&mut self) {
        self.client.shut_down();
        self.pending_edits = PendingEdits::default();
    }

    fn ask_for_settings(&mut self) {
        if !self.client.capabilities().configuration {
            return;
        }
        let items = vec![ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) }];
        let events = self.events.clone();
        self.client.request::<request::WorkspaceConfiguration>(
            ConfigurationParams { items },
            move |answer| match answer {
                Ok(values) => {
                    let value = values.into_iter().next().unwrap_or(Value::Null);
                    let _ = events.send(Event::Configuration(value));
                }
                Err(error) => tracing::warn!("the client did not tell its settings: {error}"),
            },
        );
    }

    pub fn settings_changed(&mut self, value: &Value) {
        match Config::changed(value, self.client.capabilities().configuration) {
            ConfigurationChange::Settings(value) => self.configure(value),
            ConfigurationChange::Unspecified => self.ask_for_settings(),
        }
    }

    pub fn configure(&mut self, value: &Value) {
        let Some(problems) = self.config.change(value) else { return };
        problems.into_iter().for_each(|problem| self.client.show_once(MessageType::WARNING, problem));
        self.workspace.projects_mut().configure(self.config.given(), self.config.generation());
        let now = Instant::now();
        self.workspace.projects().roots().iter().for_each(|root| self.diagnostics.settings_changed(root, now));
        for folder in self.workspace.out_of_scope() {
            self.check(&folder);
        }
        self.scan_all();
        self.reconsider_projects();
    }
}
