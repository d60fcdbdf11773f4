//! What an editor is to save after a change: most leave it unsaved, and hooks and CI read the disk.

use serde_json::{Value, json};
use tower_lsp::ls_types::notification::Notification;

use crate::model::parse::BOM;
use crate::server::session::Session;
use crate::workspace::change::plan::Plan;

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
                let (on_disk, current) = (std::fs::read(&file.path).unwrap_or_default(), self.current(&file.path)?);
                let (before, after) = (unmarked(&file.before), file.after());
                let (on_disk, current, after) = (unmarked(&on_disk), unmarked(&current), unmarked(&after));
                let document = self.documents.get(&file.path);
                // Saved already, or written to disk without a document.
                if on_disk == current && (document.is_some() || on_disk == after) {
                    return None;
                }
                // What the user typed before or since would be saved with it.
                let other_changes = on_disk != before || (document.is_some() && current != after);
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

/// Editors keep a byte order mark out of the texts they send.
fn unmarked(text: &[u8]) -> &[u8] {
    text.strip_prefix(BOM.as_bytes()).unwrap_or(text)
}
