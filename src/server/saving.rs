//! What an editor is to save after a change: most leave it unsaved, and hooks and CI read the disk.

use serde_json::{Value, json};
use tower_lsp::ls_types::notification::Notification;

use super::session::Session;
use crate::workspace::plan::Plan;

/// A change has arrived in all its files. The editor saves exactly the documents named.
struct Applied;

impl Notification for Applied {
    type Params = Value;
    const METHOD: &'static str = "specweave/applied";
}

impl Session {
    pub(super) fn tell_applied(&self, title: &str, plans: &[Plan]) {
        if !self.client.applied {
            return;
        }
        let files: Vec<Value> = plans
            .iter()
            .flat_map(|plan| &plan.files)
            .filter_map(|file| {
                let on_disk = std::fs::read(&file.path).unwrap_or_default();
                let current = self.current(&file.path)?;
                let document = self.overlay.get(&file.path);
                // Saved already, or written to disk without a document.
                if on_disk == current && (document.is_some() || on_disk == file.after()) {
                    return None;
                }
                // What the user typed before or since would be saved with it.
                let other_changes = on_disk != file.before || (document.is_some() && current != file.after());
                Some(json!({
                    "uri": self.uri(&file.path),
                    "version": document.map(|document| document.version),
                    "otherChanges": other_changes,
                }))
            })
            .collect();
        if !files.is_empty() {
            self.outbox.notify::<Applied>(json!({"title": title, "files": files}));
        }
    }
}
