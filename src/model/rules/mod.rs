//! Every rule: its code, severity, message and place. The server, `check` and the docs are made from this list.

use std::fmt;

use crate::model::increment::{self, Increment, Source};
use crate::model::parse::{self, Field, Span, StatusField, Value};
use crate::model::progress::Progress;
use crate::model::status::{Side, Status};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Hint,
    Information,
    Warning,
    Error,
}

impl Severity {
    pub const ALL: [Severity; 4] = [Severity::Hint, Severity::Information, Severity::Warning, Severity::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    pub fn parse(text: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

macro_rules! codes {
    ($($name:ident $text:literal $severity:ident $meaning:literal;)*) => {
        /// The name of a rule. `docs/findings.md` is checked against this list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($name,)* }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// The severity that counts unless the settings say otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }

            /// One line for the documentation.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    StatusDesync "status-desync" Error "spec.md and metadata.json name different statuses.";
    InvalidFrontmatter "invalid-frontmatter" Error "The frontmatter of spec.md cannot be read, never closes, or holds a merge conflict.";
    InvalidMetadata "invalid-metadata" Error "metadata.json is not JSON, not an object, or holds a merge conflict.";
    DuplicateKey "duplicate-key" Error "`status` stands twice in one file.";
    InvalidStatusType "invalid-status-type" Error "`status` is not a string.";
    UnreadableFile "unreadable-file" Error "A file is there and cannot be read: permissions, encoding, size, or a folder in its place.";
    HalfSaved "half-saved" Error "Exactly one of the two texts of a change reached the disk.";
    UnknownStatus "unknown-status" Warning "The status is neither one of SpecWeave's seven nor a known spelling of one.";
    MissingStatus "missing-status" Warning "One file has a status and the other has none (information when spec.md has no frontmatter at all).";
    CompletedWithOpenWork "completed-with-open-work" Warning "The increment is completed while tasks or acceptance criteria are open.";
    DuplicateNumber "duplicate-number" Warning "Two increments of one project share a number.";
    UnsavedFix "unsaved-fix" Information "The editor's texts agree, the files on disk still disagree: save both.";
    MissingFile "missing-file" Information "spec.md or metadata.json is missing.";
    StaleStatusLine "stale-status-line" Information "SpecWeave's cache shows an increment as open that is not.";
    IdMismatch "id-mismatch" Hint "`id` in metadata.json or `increment` in spec.md names another folder.";
}

impl Code {
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something a user should know, and the exact bytes it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    pub side: Side,
    pub span: Span,
    pub message: String,
    /// The place in the other file that belongs to it.
    pub related: Option<(Side, Span, String)>,
}

/// What the rules need to know beyond the two files.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleContext<'a> {
    /// Other increments of the project with the same number.
    pub same_number: &'a [String],
    /// Tasks and criteria; only known where whole files were read.
    pub progress: Option<Progress>,
    /// What the disk says, where an editor's text stands for it.
    pub on_disk: Option<OnDisk<'a>>,
}

/// The statuses on disk of an increment that is being edited.
#[derive(Clone, Copy, Debug)]
pub struct OnDisk<'a> {
    pub spec: &'a str,
    pub metadata: &'a str,
    /// Both texts were changed together, and one of them was saved without the other.
    pub half_saved: bool,
}

/// All findings of one increment, in the order of their place.
pub fn check(increment: &Increment, around: RuleContext<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for side in Side::BOTH {
        file(increment, side, &mut findings);
        status_value(increment, side, &mut findings);
        name(increment, side, &mut findings);
    }
    desync(increment, &mut findings);
    missing_status(increment, &mut findings);
    if let Some(disk) = around.on_disk {
        unsaved(increment, disk, &mut findings);
    }
    if let Some(progress) = around.progress {
        open_work(increment, progress, &mut findings);
    }
    if !around.same_number.is_empty() && !matches!(increment.spec.source, Source::Missing) {
        findings.push(Finding {
            code: Code::DuplicateNumber,
            severity: Code::DuplicateNumber.severity(),
            side: Side::Spec,
            span: line_one(increment, Side::Spec),
            message: format!(
                "{} has the same number as {}; give one of them another.",
                increment.id,
                around.same_number.join(", ")
            ),
            related: None,
        });
    }
    findings.sort_by_key(|finding| (finding.side, finding.span.start, finding.code));
    findings
}

fn finding(code: Code, side: Side, span: Span, message: String) -> Finding {
    Finding { code, severity: code.severity(), side, span, message, related: None }
}

fn line_one(increment: &Increment, side: Side) -> Span {
    let (text, _) = parse::mask(increment.file(side).bytes());
    parse::first_line(&text)
}

fn file(increment: &Increment, side: Side, findings: &mut Vec<Finding>) {
    let file = increment.file(side);
    match &file.source {
        Source::Missing => {
            let other = side.other();
            if !matches!(increment.file(other).source, Source::Missing) {
                let message = format!("{} of this increment is missing.", side.file_name());
                findings.push(finding(Code::MissingFile, other, line_one(increment, other), message));
            }
        }
        Source::Unreadable(reason) => {
            let message = format!("{} cannot be read: {reason}.", side.file_name());
            findings.push(finding(Code::UnreadableFile, side, 0..0, message));
        }
        Source::Text(_) => {
            for problem in &file.parsed.problems {
                findings.push(finding(problem.code, side, problem.span.clone(), problem.message.clone()));
            }
        }
    }
}

fn status_value(increment: &Increment, side: Side, findings: &mut Vec<Finding>) {
    let Some(field) = increment.file(side).parsed.status_field() else { return };
    match &field.value {
        Value::Text(text) if Status::meaning(text).is_none() => {
            let nearest = Status::nearest(text);
            let message = format!("`{}` is not a status SpecWeave knows; the nearest is `{nearest}`.", one_line(text));
            findings.push(finding(Code::UnknownStatus, side, field.span.clone(), message));
        }
        Value::Text(_) => {}
        other => {
            let message = format!("`status` is {} here; SpecWeave expects a string such as `active`.", other.kind());
            findings.push(finding(Code::InvalidStatusType, side, field.span.clone(), message));
        }
    }
}

fn name(increment: &Increment, side: Side, findings: &mut Vec<Finding>) {
    let Some(field) = &increment.file(side).parsed.name else { return };
    if names_folder(&field.value, &increment.id) {
        return;
    }
    let Value::Text(text) = &field.value else { return };
    let key = if side == Side::Spec { "increment" } else { "id" };
    let message = format!("`{key}` says `{}`, the folder is `{}`.", one_line(text), increment.id);
    findings.push(finding(Code::IdMismatch, side, field.span.clone(), message));
}

/// The whole name, or the bare number with or without its letter.
fn names_folder(value: &Value, id: &str) -> bool {
    match value {
        Value::Text(text) => {
            let prefix = id.split('-').next().unwrap_or(id);
            let bare: Option<u64> = text.parse().ok();
            text == id || text == prefix || (bare.is_some() && bare == increment::number(id))
        }
        Value::Number(number) => increment::number(id).is_some_and(|own| own as f64 == *number),
        _ => true,
    }
}

fn desync(increment: &Increment, findings: &mut Vec<Finding>) {
    let Some((spec, metadata)) = increment.both() else { return };
    if spec.value.agrees(&metadata.value) {
        return;
    }
    let spelling = match (spec.value.as_text(), metadata.value.as_text()) {
        (Some(a), Some(b)) if a.trim() == b.trim() => " They differ only in white space.",
        (Some(a), Some(b)) if Status::meaning(a).is_some() && Status::meaning(a) == Status::meaning(b) => {
            " They mean the same and differ only in spelling."
        }
        _ => "",
    };
    let message = format!(
        "The statuses disagree: spec.md says {}, metadata.json says {}.{spelling}",
        shown(increment, Side::Spec, spec),
        shown(increment, Side::Metadata, metadata)
    );
    for (side, here, there) in [(Side::Spec, spec, metadata), (Side::Metadata, metadata, spec)] {
        let other = side.other();
        let related = format!("{} says {}", other.file_name(), shown(increment, other, there));
        findings.push(Finding {
            related: Some((other, there.span.clone(), related)),
            ..finding(Code::StatusDesync, side, here.span.clone(), message.clone())
        });
    }
}

/// A status for a message: a string as it reads, anything else as it is written.
fn shown(increment: &Increment, side: Side, field: &Field) -> String {
    match &field.value {
        Value::Text(text) => format!("`{}`", one_line(text)),
        other => {
            let (text, _) = parse::mask(increment.file(side).bytes());
            format!("`{}` ({})", one_line(text.get(field.span.clone()).unwrap_or("")), other.kind())
        }
    }
}

/// A value for a message: line breaks shown, and cut where it would drown the rest.
pub fn one_line(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(60)
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

fn missing_status(increment: &Increment, findings: &mut Vec<Finding>) {
    for side in Side::BOTH {
        let (here, there) = (increment.file(side), increment.file(side.other()));
        let StatusField::Is(field) = &there.parsed.status else { continue };
        if !here.is_text() || !here.parsed.is_absent() {
            continue;
        }
        let other = side.other();
        let says = shown(increment, other, field);
        let message = if here.parsed.has_block {
            format!("{} has no status; {} says {says}.", side.file_name(), other.file_name())
        } else {
            format!("spec.md has no frontmatter, so no status; metadata.json says {says}.")
        };
        findings.push(Finding {
            severity: if here.parsed.has_block { Severity::Warning } else { Severity::Information },
            related: Some((other, field.span.clone(), format!("{} says {says}", other.file_name()))),
            ..finding(Code::MissingStatus, side, here.parsed.anchor.clone(), message)
        });
    }
}

/// The texts agree, the disk does not: whoever reads the files (hooks, CI, SpecWeave) sees a desync.
fn unsaved(increment: &Increment, disk: OnDisk<'_>, findings: &mut Vec<Finding>) {
    if increment.is_desynced() || disk.spec == disk.metadata {
        return;
    }
    for (side, saved) in [(Side::Spec, disk.spec), (Side::Metadata, disk.metadata)] {
        let Some(field) = increment.file(side).parsed.status_field() else { continue };
        if field.value.as_text() == Some(saved) {
            continue;
        }
        let (name, other, saved) = (side.file_name(), side.other().file_name(), one_line(saved));
        let (code, message) = if disk.half_saved {
            (
                Code::HalfSaved,
                format!(
                    "{other} of this change is saved and {name} is not: on disk it still says `{saved}`. Save {name}."
                ),
            )
        } else {
            (
                Code::UnsavedFix,
                format!("On disk {name} still says `{saved}`, and the statuses disagree there; save {name}."),
            )
        };
        findings.push(finding(code, side, field.span.clone(), message));
    }
}

fn open_work(increment: &Increment, progress: Progress, findings: &mut Vec<Finding>) {
    let Some(field) = increment.spec.parsed.status_field() else { return };
    let completed = field.value.as_text().and_then(Status::meaning) == Some(Status::Completed);
    if completed && let Some(open) = progress.open_work() {
        let message = format!("The increment is completed, but {open}.");
        findings.push(finding(Code::CompletedWithOpenWork, Side::Spec, field.span.clone(), message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `code severity "text"` for each finding.
    fn findings(id: &str, spec: Option<&str>, metadata: Option<&str>) -> Vec<String> {
        let source = |text: Option<&str>| text.map_or(Source::Missing, |text| Source::Text(text.as_bytes().to_vec()));
        let increment = Increment::read(id, source(spec), source(metadata));
        let text = |side| if side == Side::Spec { spec } else { metadata }.unwrap_or("");
        check(&increment, RuleContext::default())
            .into_iter()
            .map(|f| format!("{} {} {:?}", f.code, f.severity.as_str(), &text(f.side)[f.span]))
            .collect()
    }

    #[test]
    fn a_desync_is_marked_in_both_files() {
        let found =
            findings("0047-x", Some("---\nstatus: active\n---\n"), Some(r#"{"id": "0047", "status": "completed"}"#));
        assert_eq!(found, [r#"status-desync error "active""#, r#"status-desync error "completed""#]);
    }

    #[test]
    fn agreement_and_aliases_are_silent() {
        for status in ["active", "planned", "in-progress", "closed", "COMPLETED"] {
            let spec = format!("---\nincrement: 0047-x\nstatus: {status}\n---\n");
            let found = findings("0047-x", Some(&spec), Some(&format!(r#"{{"id": "0047-x", "status": "{status}"}}"#)));
            assert_eq!(found, Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_missing_or_odd_is_said() {
        let active = Some(r#"{"status": "active"}"#);
        assert_eq!(findings("0001-x", Some("---\ntitle: x\n---\n"), active), [r#"missing-status warning "---""#]);
        assert_eq!(findings("0001-x", Some("# Title\nx"), active), [r##"missing-status information "# Title""##]);
        assert_eq!(findings("0001-x", None, active), [r#"missing-file information "{\"status\": \"active\"}""#]);
        assert_eq!(
            findings("0001-x", Some("---\nstatus: actve\nincrement: 0002-y\n---\n"), Some(r#"{"status": "actve"}"#)),
            [r#"unknown-status warning "actve""#, r#"id-mismatch hint "0002-y""#, r#"unknown-status warning "actve""#]
        );
        assert_eq!(
            findings("0001-x", Some("---\nstatus: 012\n---\n"), active),
            [r#"status-desync error "012""#, r#"invalid-status-type error "012""#, r#"status-desync error "active""#]
        );
    }
}
