//! The section of settings that an editor sends -> a layer, and a sentence for each thing in it that does not count.

use serde_json::{Map, Value};

use crate::workspace::config::all_settings::{Setting, TABLE};
use crate::workspace::config::layer::{Layer, Part, ValueError, ValueErrorKind};

pub const SECTION: &str = "specweave-lsp";

/// Reads the section, or an object that holds it.
pub fn parse(value: &Value) -> (Layer, Vec<String>) {
    let mut layer = Layer::default();
    let mut complaints = Vec::new();
    let value = value.get(SECTION).unwrap_or(value);
    match value {
        Value::Null => {}
        Value::Object(map) => map.iter().for_each(|(key, value)| set(&mut layer, key, value, &mut complaints)),
        _ => complaints.push(format!("The setting `{SECTION}` must be an object.")),
    }
    (layer, complaints)
}

fn set(layer: &mut Layer, key: &str, value: &Value, complaints: &mut Vec<String>) {
    let is_above = || TABLE.iter().any(|row| row.editor.is_some_and(|name| is_below(name, key)));
    match (Setting::in_editor(key), value) {
        // What editors fill in for a setting nobody has set.
        (_, Value::Null) => {}
        (Some(setting), _) => {
            complaints.extend(layer.set(setting, value).into_iter().map(|error| complaint(key, error)));
        }
        (None, Value::Object(map)) if is_above() => set_parts(layer, key, map, complaints),
        (None, _) if is_above() => {
            complaints.push(complaint(key, ValueError::of_type(Part::Whole, "an object", value)))
        }
        // Settings of the editors' own parts, which hand over the whole section.
        (None, _) if matches!(key, "server" | "saveAfterFix" | "trace" | "statusBar") => {}
        (None, _) if Setting::in_file(key).is_some() => {
            complaints.push(format!(
                "`{key}` is a setting of the project's own file, `.specweave/lsp.json`, not of an editor."
            ));
        }
        (None, _) => complaints.push(format!("There is no setting `{SECTION}.{key}`.")),
    }
}

fn is_below(name: &str, key: &str) -> bool {
    name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
}

fn set_parts(layer: &mut Layer, key: &str, map: &Map<String, Value>, complaints: &mut Vec<String>) {
    map.iter().for_each(|(part, value)| set(layer, &format!("{key}.{part}"), value, complaints));
}

fn complaint(key: &str, ValueError { part, kind }: ValueError) -> String {
    match (kind, part) {
        (ValueErrorKind::Type { expected, found }, Part::Member(name)) => {
            format!("`{SECTION}.{key}` gives `{name}` the severity {found}; it must be {expected}.")
        }
        (ValueErrorKind::Type { expected, found }, Part::Whole) => {
            format!("The setting `{SECTION}.{key}` must be {expected}, not {found}; it does not count.")
        }
        (ValueErrorKind::Type { expected, found }, _) => {
            format!("The setting `{SECTION}.{key}` holds {found}, which is not {expected}.")
        }
        (ValueErrorKind::Glob(reason), _) => {
            format!("The setting `{SECTION}.{key}` holds a glob that cannot be read: {reason}.")
        }
        (ValueErrorKind::UnknownCode { name, .. }, _) => {
            format!("`{SECTION}.{key}` names `{name}`, which is no finding.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::preference::Preference;
    use crate::model::rules::{Code, Severity};
    use crate::workspace::config::Settings;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_named_and_the_rest_counts() {
        let (layer, complaints) = parse(&json!({"specweave-lsp": {
            "preferredSource": "spec", "includeArchived": "yes", "nonsense": 1, "maxFileSizeKiB": 10, "ignore": [],
            "diagnostics": {"severity": {"status-desync": "warning", "id-mismatch": "off", "what": "error"}},
        }}));
        let settings = Settings::of(&[&layer]);
        assert_eq!(settings.preferred, Preference::Spec);
        assert_eq!(settings.max_file_size, 10 * 1024);
        assert_eq!(settings.severity(Code::StatusDesync, Severity::Error), Some(Severity::Warning));
        assert_eq!(settings.severity(Code::IdMismatch, Severity::Hint), None);
        assert_eq!(complaints.len(), 4, "{complaints:?}");
        for part in ["includeArchived` must be `true` or `false`, not `\"yes\"`", "nonsense", "`what`", "lsp.json"] {
            assert!(complaints.iter().any(|complaint| complaint.contains(part)), "{part}: {complaints:?}");
        }
    }

    #[test]
    fn nothing_set_is_fine() {
        assert!(parse(&Value::Null).1.is_empty());
        assert!(parse(&json!({"exclude": null, "diagnostics": {"severity": {"id-mismatch": null}}})).1.is_empty());
    }
}
