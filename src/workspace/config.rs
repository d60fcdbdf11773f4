//! The settings, as the editor's configuration and the command line's flags give them. An unknown key or a bad
//! value is named once, and the rest counts.

use std::collections::HashMap;

use serde_json::Value;

use crate::model::rules::{Code, Severity};
use crate::model::status::Preference;
use crate::workspace::exclude::Excludes;

/// How findings reach the editor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// What the client announces decides.
    #[default]
    Auto,
    Push,
    Pull,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub preferred: Preference,
    pub include_archived: bool,
    /// `None` for a code that is switched off.
    pub severity: HashMap<Code, Option<Severity>>,
    pub max_increments_in_line: usize,
    pub max_file_size: u64,
    pub exclude: Excludes,
    pub delivery: Delivery,
    pub code_lens: bool,
    pub inlay_hints: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            preferred: Preference::Auto,
            include_archived: false,
            severity: HashMap::new(),
            max_increments_in_line: 2,
            // The largest spec.md seen in public projects has about 100 KB; more than 1 MiB is no increment.
            max_file_size: 1024 * 1024,
            exclude: Excludes::default(),
            delivery: Delivery::Auto,
            code_lens: true,
            inlay_hints: true,
        }
    }
}

pub const SECTION: &str = "specweave-lsp";

impl Settings {
    /// Reads the section, or an object that holds it. Gives one sentence for each thing that does not count.
    pub fn parse(value: &Value) -> (Settings, Vec<String>) {
        let mut settings = Settings::default();
        let mut complaints = Vec::new();
        let value = value.get(SECTION).unwrap_or(value);
        match value {
            Value::Null => {}
            Value::Object(map) => map.iter().for_each(|(key, value)| settings.set(key, value, &mut complaints)),
            _ => complaints.push(format!("The setting `{SECTION}` must be an object.")),
        }
        (settings, complaints)
    }

    /// The severity a finding has here; `None` when it is switched off.
    pub fn severity(&self, code: Code, severity: Severity) -> Option<Severity> {
        self.severity.get(&code).copied().unwrap_or(Some(severity))
    }

    fn set(&mut self, key: &str, value: &Value, complaints: &mut Vec<String>) {
        let mut complain = |expected: &str| {
            complaints
                .push(format!("The setting `{SECTION}.{key}` must be {expected}, not `{value}`; the default counts."));
        };
        match (key, value) {
            // What editors fill in for a setting nobody has set.
            (_, Value::Null) => {}
            ("preferredSource", _) => match value.as_str().and_then(Preference::parse) {
                Some(preference) => self.preferred = preference,
                None => complain("`auto`, `metadata` or `spec`"),
            },
            ("includeArchived", _) => match value.as_bool() {
                Some(include) => self.include_archived = include,
                None => complain("`true` or `false`"),
            },
            ("codeLens" | "inlayHints", _) => match value.as_bool() {
                Some(show) if key == "codeLens" => self.code_lens = show,
                Some(show) => self.inlay_hints = show,
                None => complain("`true` or `false`"),
            },
            ("maxFileSizeKiB", _) => match value.as_u64() {
                Some(size) if size > 0 => self.max_file_size = size.saturating_mul(1024),
                _ => complain("a number of KiB greater than 0"),
            },
            ("exclude", _) => match strings(value) {
                Some(globs) => {
                    let (excludes, bad) = Excludes::new(&globs);
                    self.exclude = excludes;
                    complaints.extend(bad.into_iter().map(|bad| {
                        format!("The setting `{SECTION}.exclude` holds a glob that cannot be read: {bad}.")
                    }));
                }
                None => complain("a list of globs"),
            },
            ("statusLine", Value::Object(map)) => self.set_parts(key, map, complaints),
            ("diagnostics", Value::Object(map)) => self.set_parts(key, map, complaints),
            ("statusLine.maxIncrements", _) => match value.as_u64().and_then(|count| usize::try_from(count).ok()) {
                Some(count) if count > 0 => self.max_increments_in_line = count,
                _ => complain("a number greater than 0"),
            },
            ("diagnostics.delivery", _) => match value.as_str() {
                Some("auto") => self.delivery = Delivery::Auto,
                Some("push") => self.delivery = Delivery::Push,
                Some("pull") => self.delivery = Delivery::Pull,
                _ => complain("`auto`, `push` or `pull`"),
            },
            ("diagnostics.severity", Value::Object(map)) => self.set_severities(map, complaints),
            ("statusLine" | "diagnostics" | "diagnostics.severity", _) => complain("an object"),
            // Settings of the editors' own parts, which hand over the whole section.
            ("server" | "saveAfterFix" | "trace" | "statusBar", _) => {}
            _ => complaints.push(format!("There is no setting `{SECTION}.{key}`.")),
        }
    }

    fn set_parts(&mut self, key: &str, map: &serde_json::Map<String, Value>, complaints: &mut Vec<String>) {
        map.iter().for_each(|(part, value)| self.set(&format!("{key}.{part}"), value, complaints));
    }

    fn set_severities(&mut self, map: &serde_json::Map<String, Value>, complaints: &mut Vec<String>) {
        for (name, value) in map {
            let severity = match value.as_str() {
                Some("off") => Some(None),
                Some(text) => Severity::parse(text).map(Some),
                None => None,
            };
            match (Code::parse(name), severity) {
                (Some(code), Some(severity)) => {
                    self.severity.insert(code, severity);
                }
                (None, _) => complaints.push(format!("`{SECTION}.diagnostics.severity` names `{name}`, which is no finding.")),
                (_, None) => complaints.push(format!(
                    "`{SECTION}.diagnostics.severity` gives `{name}` the severity `{value}`; it must be `off`, `hint`, `information`, `warning` or `error`."
                )),
            }
        }
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_named_and_the_rest_counts() {
        let (settings, complaints) = Settings::parse(&json!({"specweave-lsp": {
            "preferredSource": "spec", "includeArchived": "yes", "nonsense": 1, "maxFileSizeKiB": 10,
            "diagnostics": {"severity": {"status-desync": "warning", "id-mismatch": "off", "what": "error"}},
        }}));
        assert_eq!(settings.preferred, Preference::Spec);
        assert_eq!(settings.max_file_size, 10 * 1024);
        assert_eq!(settings.severity(Code::StatusDesync, Severity::Error), Some(Severity::Warning));
        assert_eq!(settings.severity(Code::IdMismatch, Severity::Hint), None);
        assert_eq!(complaints.len(), 3, "{complaints:?}");
        assert!(complaints.iter().any(|c| c.contains("includeArchived")));
        assert!(complaints.iter().any(|c| c.contains("nonsense")));
        assert!(complaints.iter().any(|c| c.contains("`what`")));
    }

    #[test]
    fn nothing_set_is_fine() {
        assert!(Settings::parse(&Value::Null).1.is_empty());
        assert!(Settings::parse(&json!({"exclude": null})).1.is_empty());
    }
}
