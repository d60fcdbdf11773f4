//! The folders a client works on, and what it is told of this server.

use std::path::PathBuf;

use tower_lsp::ls_types::{InitializeParams, InitializeResult, ServerInfo, Uri};

use crate::server::lsp::capabilities::Capabilities;
use crate::server::lsp::uri;

pub fn initialize_result(capabilities: &Capabilities) -> InitializeResult {
    InitializeResult {
        capabilities: capabilities.server_capabilities(),
        server_info: Some(ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        ..InitializeResult::default()
    }
}

#[allow(deprecated, reason = "older clients only send rootUri or rootPath")]
pub fn workspace_folders(params: &InitializeParams) -> Vec<PathBuf> {
    match &params.workspace_folders {
        Some(folders) if !folders.is_empty() => folders.iter().filter_map(|folder| folder_path(&folder.uri)).collect(),
        _ => {
            let root = params.root_uri.as_ref().and_then(folder_path);
            root.or_else(|| params.root_path.as_ref().map(PathBuf::from)).into_iter().collect()
        }
    }
}

/// A workspace folder keeps the client's spelling: the URIs of closed files are made from it.
pub fn folder_path(uri: &Uri) -> Option<PathBuf> {
    uri::to_path(uri)
}
