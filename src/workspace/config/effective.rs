//! What counts in a project, setting by setting, and where each value comes from.

use serde_json::{Map, Value, json};

use crate::model::preference::Preference;
use crate::model::rules::Severity;
use crate::model::sort;
use crate::workspace::config::Settings;
use crate::workspace::config::all_settings::{Setting, SettingRow, TABLE};
use crate::workspace::config::layer::Layer;
use crate::workspace::config::project::{Given, ProjectConfig};
use crate::workspace::line_index::{self, Encoding};

#[derive(Debug)]
pub struct EffectiveSetting {
    /// As the project's file calls it.
    pub name: String,
    pub value: Value,
    pub origin: ValueOrigin,
}

#[derive(Debug, PartialEq)]
pub enum ValueOrigin {
    Default,
    /// In this line of the project's file, counted from 1.
    File(u32),
    Flag(&'static str),
}

/// All settings that a project can have.
pub fn all(given: &Given, config: &ProjectConfig) -> Vec<EffectiveSetting> {
    let line = |name: &str| {
        let place = config.file.places.iter().rfind(|(known, _)| known == name);
        place.map(|(_, span)| line_index::range_in_text(&config.file.text, span, Encoding::Utf8).0.line + 1)
    };
    let origin = |row: &SettingRow, name: &str, flag: bool| match (flag.then_some(row.flag).flatten(), line(name)) {
        (Some(flag), _) => ValueOrigin::Flag(flag),
        (None, Some(line)) => ValueOrigin::File(line),
        (None, None) => ValueOrigin::Default,
    };
    let mut settings = Vec::new();
    for row in TABLE {
        let Some(name) = row.file else { continue };
        if row.setting == Setting::Severity && !config.settings.severity.is_empty() {
            let mut codes: Vec<_> = config.settings.severity.iter().collect();
            sort::by(&mut codes, Ord::cmp);
            settings.extend(codes.into_iter().map(|(code, severity)| {
                let name = format!("{name}.{code}");
                let origin = origin(row, &name, given.layer.severity.contains_key(code));
                EffectiveSetting { name, value: json!(severity.map_or("off", Severity::as_str)), origin }
            }));
            continue;
        }
        let value = value(&config.settings, row.setting);
        let origin = origin(row, name, says(&given.layer, row.setting));
        settings.push(EffectiveSetting { name: name.to_owned(), value, origin });
    }
    settings
}

fn says(layer: &Layer, setting: Setting) -> bool {
    match setting {
        Setting::PreferredSource => layer.preferred.is_some(),
        Setting::IncludeArchived => layer.include_archived.is_some(),
        Setting::Exclude => layer.exclude.is_some(),
        Setting::Severity => !layer.severity.is_empty(),
        Setting::Ignore => !layer.ignore.is_empty(),
        Setting::Delivery => layer.delivery.is_some(),
        Setting::MaxIncrements => layer.max_increments_in_line.is_some(),
        Setting::CodeLens => layer.code_lens.is_some(),
        Setting::InlayHints => layer.inlay_hints.is_some(),
        Setting::MaxFileSize => layer.max_file_size.is_some(),
    }
}

fn value(settings: &Settings, setting: Setting) -> Value {
    match setting {
        Setting::PreferredSource => json!(match settings.preferred {
            Preference::Auto => "auto",
            Preference::Metadata => "metadata",
            Preference::Spec => "spec",
        }),
        Setting::IncludeArchived => json!(settings.include_archived),
        Setting::Exclude => json!(settings.exclude.globs()),
        Setting::Severity => {
            let of = |(code, severity): (&_, &Option<Severity>)| {
                (format!("{code}"), json!(severity.map_or("off", Severity::as_str)))
            };
            let severities: Map<String, Value> = settings.severity.iter().map(|(code, it)| of((code, it))).collect();
            Value::Object(severities)
        }
        Setting::Ignore => settings
            .ignore
            .iter()
            .map(|it| json!({"increment": it.increment, "code": it.code.as_str(), "reason": it.reason}))
            .collect(),
        Setting::MaxIncrements => json!(settings.max_increments_in_line),
        Setting::CodeLens => json!(settings.code_lens),
        Setting::InlayHints => json!(settings.inlay_hints),
        Setting::MaxFileSize => json!(settings.max_file_size / 1024),
        // No project's.
        Setting::Delivery => Value::Null,
    }
}
