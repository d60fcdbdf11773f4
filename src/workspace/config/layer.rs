//! What one place says about the settings, and how a value becomes part of it: the same for all places.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::model::preference::Preference;
use crate::model::rules::{Code, Severity, one_line};
use crate::workspace::config::all_settings::Setting;
use crate::workspace::config::ignore::IgnoreEntry;
use crate::workspace::exclude::Excludes;
use crate::workspace::select::nearest;

/// How findings reach the editor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// What the client announces decides.
    #[default]
    Auto,
    Push,
    Pull,
}

/// `None` is what this place does not say.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub preferred: Option<Preference>,
    pub include_archived: Option<bool>,
    pub severity: HashMap<Code, Option<Severity>>,
    pub ignore: Arc<[IgnoreEntry]>,
    pub max_increments_in_line: Option<usize>,
    pub max_file_size: Option<u64>,
    pub exclude: Option<Excludes>,
    pub delivery: Option<Delivery>,
    pub code_lens: Option<bool>,
    pub inlay_hints: Option<bool>,
}

/// Something that is wrong with a value, in the part of it that `part` names.
#[derive(Debug, PartialEq)]
pub struct ValueError {
    pub part: Part,
    pub kind: ValueErrorKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Whole,
    Item(usize),
    /// The name of a member, or its value.
    Key(String),
    Member(String),
}

#[derive(Debug, PartialEq)]
pub enum ValueErrorKind {
    /// What it should be, and what it is.
    Type {
        expected: &'static str,
        found: String,
    },
    /// A clause.
    Glob(String),
    UnknownCode {
        name: String,
        nearest: Option<String>,
    },
}

impl Layer {
    /// Takes a value; what is wrong with it does not count, and is given back.
    pub fn set(&mut self, setting: Setting, value: &Value) -> Vec<ValueError> {
        let wrong = |expected| vec![ValueError::of_type(Part::Whole, expected, value)];
        fn take<T>(place: &mut Option<T>, value: Option<T>) -> bool {
            let is_fine = value.is_some();
            if is_fine {
                *place = value;
            }
            is_fine
        }
        let is_fine = match setting {
            Setting::PreferredSource => take(&mut self.preferred, value.as_str().and_then(Preference::parse)),
            Setting::IncludeArchived => take(&mut self.include_archived, value.as_bool()),
            Setting::CodeLens => take(&mut self.code_lens, value.as_bool()),
            Setting::InlayHints => take(&mut self.inlay_hints, value.as_bool()),
            Setting::MaxFileSize => {
                let size = value.as_u64().filter(|size| *size > 0);
                take(&mut self.max_file_size, size.map(|size| size.saturating_mul(1024)))
            }
            Setting::MaxIncrements => {
                let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
                take(&mut self.max_increments_in_line, count.filter(|count| *count > 0))
            }
            Setting::Delivery => {
                let delivery = match value.as_str() {
                    Some("auto") => Some(Delivery::Auto),
                    Some("push") => Some(Delivery::Push),
                    Some("pull") => Some(Delivery::Pull),
                    _ => None,
                };
                take(&mut self.delivery, delivery)
            }
            Setting::Exclude => return self.set_exclude(value),
            Setting::Severity => return self.set_severities(value),
            // Only the project's file has them, which reads them with their places.
            Setting::Ignore => return Vec::new(),
        };
        if is_fine { Vec::new() } else { wrong(setting.expected()) }
    }

    fn set_exclude(&mut self, value: &Value) -> Vec<ValueError> {
        let Some(items) = value.as_array() else {
            return vec![ValueError::of_type(Part::Whole, Setting::Exclude.expected(), value)];
        };
        let mut errors = Vec::new();
        let mut globs = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let Some(glob) = item.as_str() else {
                errors.push(ValueError::of_type(Part::Item(at), "a glob", item));
                continue;
            };
            match Excludes::new(&[glob.to_owned()]).1.pop() {
                Some(reason) => {
                    errors.push(ValueError { part: Part::Item(at), kind: ValueErrorKind::Glob(reason) });
                }
                None => globs.push(glob.to_owned()),
            }
        }
        self.exclude = Some(Excludes::new(&globs).0);
        errors
    }

    fn set_severities(&mut self, value: &Value) -> Vec<ValueError> {
        let Some(map) = value.as_object() else {
            return vec![ValueError::of_type(Part::Whole, Setting::Severity.expected(), value)];
        };
        let mut errors = Vec::new();
        for (name, value) in map {
            // What editors fill in where nothing is set.
            if value.is_null() {
                continue;
            }
            let severity = match value.as_str() {
                Some("off") => Some(None),
                Some(text) => Severity::parse(text).map(Some),
                None => None,
            };
            match (Code::parse(name), severity) {
                (Some(code), Some(severity)) => {
                    self.severity.insert(code, severity);
                }
                (None, _) => errors.push(ValueError::unknown_code(Part::Key(name.clone()), name)),
                (_, None) => errors.push(ValueError::of_type(Part::Member(name.clone()), SEVERITIES, value)),
            }
        }
        errors
    }
}

pub const SEVERITIES: &str = "`off`, `hint`, `information`, `warning` or `error`";

impl ValueError {
    pub fn of_type(part: Part, expected: &'static str, found: &Value) -> ValueError {
        ValueError { part, kind: ValueErrorKind::Type { expected, found: shown(found) } }
    }

    pub fn unknown_code(part: Part, name: &str) -> ValueError {
        let nearest = alike(name, Code::ALL.iter().map(|code| code.as_str()));
        ValueError { part, kind: ValueErrorKind::UnknownCode { name: one_line(name), nearest } }
    }
}

/// A value as a message shows it, however long it is.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() => "a list".to_owned(),
        Value::Object(map) if !map.is_empty() => "an object".to_owned(),
        _ => format!("`{}`", one_line(&value.to_string())),
    }
}

/// The name most like `wanted`, if it is alike at all.
pub fn alike<'n>(wanted: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<String> {
    let lower = wanted.to_lowercase();
    let first = nearest(&lower, names.clone()).into_iter().chain(nearest(wanted, names)).next()?;
    let likeness = strsim::jaro_winkler(&lower, &first.to_lowercase());
    (likeness > 0.8).then_some(first)
}
