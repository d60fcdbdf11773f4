//! Starts specweave-lsp for Zed: the one on the project's PATH, else the npm package, which Zed keeps up to date.

use std::fs;

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{self as zed, Command, LanguageServerId, LanguageServerInstallationStatus, Result, Worktree};

const PACKAGE: &str = "specweave-lsp";
const LAUNCHER: &str = "node_modules/specweave-lsp/bin/specweave-lsp.js";

struct Specweave;

impl zed::Extension for Specweave {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        if let Some(command) = worktree.which(PACKAGE) {
            return Ok(Command { command, args: Vec::new(), env: worktree.shell_env() });
        }
        install(server)?;
        let launcher = std::env::current_dir().map_err(|error| error.to_string())?.join(LAUNCHER);
        let args = vec![launcher.to_string_lossy().into_owned()];
        Ok(Command { command: zed::node_binary_path()?, args, env: worktree.shell_env() })
    }

    fn language_server_initialization_options(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        Ok(LspSettings::for_worktree(server.as_ref(), worktree)?.initialization_options)
    }

    fn language_server_workspace_configuration(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        Ok(LspSettings::for_worktree(server.as_ref(), worktree)?.settings)
    }
}

/// Without a network, the version that is there serves.
fn install(server: &LanguageServerId) -> Result<()> {
    let is_there = fs::metadata(LAUNCHER).is_ok();
    zed::set_language_server_installation_status(server, &LanguageServerInstallationStatus::CheckingForUpdate);
    let latest = match zed::npm_package_latest_version(PACKAGE) {
        Ok(latest) => latest,
        Err(_) if is_there => return Ok(()),
        Err(error) => return Err(error),
    };
    if is_there && zed::npm_package_installed_version(PACKAGE)?.as_ref() == Some(&latest) {
        return Ok(());
    }
    zed::set_language_server_installation_status(server, &LanguageServerInstallationStatus::Downloading);
    match zed::npm_install_package(PACKAGE, &latest) {
        Err(error) if !is_there => Err(error),
        _ => Ok(()),
    }
}

zed::register_extension!(Specweave);
