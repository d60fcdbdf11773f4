//! The JSON schema of `.specweave/lsp.json`, made from the table of settings and the list of findings. It is published as
//! `docs/lsp.schema.json` and with the VS Code extension; a test keeps both equal to this.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::model::rules::{Code, FoundIn};
use crate::workspace::config::all_settings::{Setting, SettingRow, TABLE};
use crate::workspace::config::file::SCHEMA_KEY;

/// Where it lies in the repository.
pub const PUBLISHED: &str = "docs/lsp.schema.json";

pub fn schema() -> Value {
    let mut properties = Map::new();
    properties.insert(
        SCHEMA_KEY.to_owned(),
        json!({"type": "string", "description": "The schema of this file, for editors."}),
    );
    for row in TABLE {
        let Some(name) = row.file else { continue };
        match name.split_once('.') {
            None => drop(properties.insert(name.to_owned(), of_setting(row))),
            Some((above, part)) => {
                let place = properties
                    .entry(above)
                    .or_insert_with(|| json!({"type": "object", "additionalProperties": false, "properties": {}}));
                place["properties"][part] = of_setting(row);
            }
        }
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Settings of specweave-lsp for a SpecWeave project",
        "description": "Read by the language server in every editor, by the command line, by the git hook and by the hook of coding agents.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn of_setting(row: &SettingRow) -> Value {
    let mut schema = match row.setting {
        Setting::PreferredSource => json!({"type": "string", "enum": ["auto", "metadata", "spec"]}),
        Setting::IncludeArchived | Setting::CodeLens | Setting::InlayHints => json!({"type": "boolean"}),
        Setting::Delivery => json!({"type": "string", "enum": ["auto", "push", "pull"]}),
        Setting::MaxIncrements | Setting::MaxFileSize => json!({"type": "integer", "minimum": 1}),
        Setting::Exclude => json!({"type": "array", "items": {"type": "string"}}),
        Setting::Severity => severities(),
        Setting::Ignore => ignore(),
    };
    schema["default"] = serde_json::from_str(row.default).unwrap_or(Value::Null);
    schema["description"] = json!(row.does.replace('`', ""));
    schema["markdownDescription"] = json!(row.does);
    schema
}

fn severities() -> Value {
    let of = |code: &Code| {
        let schema = json!({
            "type": "string", "enum": ["off", "hint", "information", "warning", "error"],
            "default": code.severity().as_str(), "description": code.meaning().replace('`', ""),
            "markdownDescription": code.meaning(),
        });
        (code.as_str().to_owned(), schema)
    };
    let properties: Map<String, Value> = Code::ALL.iter().map(of).collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn ignore() -> Value {
    let codes: Vec<&Code> = Code::ALL.iter().filter(|code| code.found_in() != FoundIn::Project).collect();
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let meanings: Vec<&str> = codes.iter().map(|code| code.meaning()).collect();
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["increment", "code", "reason"],
            "defaultSnippets": [{
                "label": "Accept a finding",
                "body": {"increment": "${1:0001-*}", "code": "${2:id-mismatch}", "reason": "${3}"},
            }],
            "properties": {
                "increment": {
                    "type": "string", "minLength": 1,
                    "description": "The increments, as a glob in the manner of a .gitignore: 0047-*, or _archive/** with archived ones.",
                },
                "code": {
                    "type": "string", "enum": names, "enumDescriptions": meanings,
                    "description": "The code of the finding.",
                },
                "reason": {"type": "string", "minLength": 1, "description": "Why the project accepts it."},
            },
        },
    })
}

/// What a new file has: the schema, where one can be found, and each setting with its default.
pub fn initial(root: &Path) -> String {
    let mut file = Map::new();
    if let Some(address) = address(root, env!("CARGO_PKG_REPOSITORY")) {
        file.insert(SCHEMA_KEY.to_owned(), json!(address));
    }
    for row in TABLE {
        let Some(name) = row.file else { continue };
        let value: Value = serde_json::from_str(row.default).unwrap_or(Value::Null);
        match name.split_once('.') {
            None => drop(file.insert(name.to_owned(), value)),
            Some((above, part)) => file.entry(above).or_insert_with(|| json!({}))[part] = value,
        }
    }
    format!("{:#}\n", Value::Object(file))
}

/// The schema of this very version: on the project's page, or in its package in the project.
fn address(root: &Path, repository: &str) -> Option<String> {
    if !repository.is_empty() {
        return Some(format!("{repository}/raw/v{}/{PUBLISHED}", env!("CARGO_PKG_VERSION")));
    }
    let installed = "node_modules/specweave-lsp/lsp.schema.json";
    root.join(installed).is_file().then(|| format!("../{installed}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::config::file::ConfigFile;

    #[test]
    fn what_is_written_first_is_right_and_changes_nothing() {
        let root = tempfile::tempdir().unwrap();
        let file = ConfigFile::parse(initial(root.path()).as_bytes());
        assert_eq!(file.mistakes, []);
        let names: Vec<&str> = TABLE.iter().filter_map(|row| row.file).collect();
        assert_eq!(file.places.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
        let defaults = format!("{:?}", crate::workspace::config::Settings::default());
        assert_eq!(format!("{:?}", crate::workspace::config::Settings::of(&[&file.layer])), defaults);
    }

    #[test]
    fn the_schema_is_named_where_it_can_be_found() {
        let root = tempfile::tempdir().unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let on_page = address(root.path(), "https://example.org/x/y");
        assert_eq!(on_page, Some(format!("https://example.org/x/y/raw/v{version}/docs/lsp.schema.json")));
        assert_eq!(address(root.path(), ""), None);
        std::fs::create_dir_all(root.path().join("node_modules/specweave-lsp")).unwrap();
        std::fs::write(root.path().join("node_modules/specweave-lsp/lsp.schema.json"), "{}").unwrap();
        assert_eq!(address(root.path(), "").as_deref(), Some("../node_modules/specweave-lsp/lsp.schema.json"));
    }
}
