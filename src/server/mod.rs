//! The language server. `run` puts it together; `main_loop` takes the events in order; `state` has the parts, which know
//! nothing of each other; `handlers` has a file a request, and `lsp` what belongs to the protocol.

mod apply_on_disk;
mod backend;
mod client;
mod config;
mod decorations;
pub mod diagnostics;
mod disk_debounce;
mod event;
mod folders;
mod handlers;
pub mod lsp;
mod main_loop;
mod markdown;
mod pending_edits;
mod projects;
pub mod run;
mod scan;
mod snapshot;
mod state;
mod status_bar;
mod unsaved;
mod workspace;
mod workspace_edit;
