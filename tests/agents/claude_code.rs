//! Claude Code's own commands on the marketplace in this repository. They ask no model and no server.

use std::path::Path;

use serde_json::Value;

use crate::agent;

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// Runs `claude plugin`; gives what it says, and whether it ended well.
fn plugin(home: &Path, args: &[&str]) -> (bool, String) {
    let mut claude = agent("claude", home);
    claude.env("DISABLE_AUTOUPDATER", "1").env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
    let output = claude.arg("plugin").args(args).current_dir(home).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[track_caller]
fn succeeds(home: &Path, args: &[&str]) -> String {
    let (ended_well, text) = plugin(home, args);
    assert!(ended_well, "claude plugin {args:?}: {text}");
    text
}

#[test]
fn the_plugins_are_valid() {
    let home = tempfile::tempdir().unwrap();
    for part in ["", "/editors/claude-code", "/editors/claude-code-lsp"] {
        let text = succeeds(home.path(), &["validate", "--strict", &format!("{REPOSITORY}{part}")]);
        assert!(text.contains("Validation passed") && !text.contains("warning"), "{part}: {text}");
    }
}

#[test]
fn the_plugin_is_installed_and_the_language_server_is_a_choice() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    succeeds(home, &["marketplace", "add", REPOSITORY]);
    for name in ["specweave-increments", "specweave-increments-lsp"] {
        succeeds(home, &["install", &format!("{name}@specweave-lsp")]);
    }
    let list: Value = serde_json::from_str(&succeeds(home, &["list", "--json"])).unwrap();
    let enabled =
        |id: &str| list.as_array().unwrap().iter().find(|plugin| plugin["id"] == id).unwrap()["enabled"].clone();
    assert_eq!(enabled("specweave-increments@specweave-lsp"), true);
    assert_eq!(enabled("specweave-increments-lsp@specweave-lsp"), false);

    let details = succeeds(home, &["details", "specweave-increments"]);
    for part in ["Hooks (3)  PreToolUse, PostToolUse, Stop", "LSP servers (0)", "change-increment-status"] {
        assert!(details.contains(part), "{part}: {details}");
    }
    for command in ["increment-status", "increment-close", "increment-sync", "increment-status-line"] {
        assert!(details.contains(command), "{command}: {details}");
    }
    succeeds(home, &["enable", "specweave-increments-lsp@specweave-lsp"]);
    let details = succeeds(home, &["details", "specweave-increments-lsp"]);
    assert!(details.contains("LSP servers (1)  specweave") && details.contains("Hooks (0)"), "{details}");
}
