//! Requests and notifications, one file each, named as the protocol names them. A handler gets a snapshot, or the one
//! part that it changes, and nothing else.

pub mod code_action;
pub mod code_action_resolve;
pub mod code_lens;
pub mod completion;
pub mod definition;
pub mod diagnostic;
pub mod did_change;
pub mod document_link;
pub mod document_symbol;
pub mod execute_command;
pub mod file_context;
pub mod folding_range;
pub mod hover;
pub mod initialize;
pub mod inlay_hint;
pub mod offer;
pub mod planning;
pub mod references;
pub mod refresh_cache;
pub mod rename;
pub mod specweave_applied;
pub mod specweave_evidence;
pub mod specweave_increments;
pub mod specweave_report;
pub mod will_rename_files;
mod work_actions;
pub mod workspace_symbol;
