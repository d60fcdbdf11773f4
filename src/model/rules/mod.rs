//! An increment and what is known around it -> findings: code, severity, message and place. Each family of rules has a
//! file; `code` has the list of all.

mod code;
mod files;
mod finding;
mod naming;
mod problem;
mod status;
mod unsaved;
mod value;
mod work;

pub use code::{Code, Severity};
pub use finding::{Finding, OnDisk, RelatedSpan, RuleContext};
pub use problem::message as problem_message;
pub use value::one_line;

use crate::model::increment::Increment;
use crate::model::status::Side;

/// All findings of one increment, in the order of their place.
pub fn check(increment: &Increment, context: RuleContext<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for side in Side::BOTH {
        files::check(increment, side, &mut findings);
        status::value(increment, side, &mut findings);
        naming::id(increment, side, &mut findings);
    }
    status::desync(increment, &mut findings);
    status::missing(increment, &mut findings);
    if let Some(disk) = context.on_disk {
        unsaved::check(increment, disk, &mut findings);
    }
    if let Some(progress) = context.progress {
        work::completed_with_open_work(increment, progress, &mut findings);
    }
    naming::duplicate_number(increment, context.same_number, &mut findings);
    findings.sort_by_key(|finding| (finding.file, finding.span.start, finding.code));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file_kind::FileKind;
    use crate::model::increment::Source;

    /// `code severity "text"` for each finding.
    fn findings(id: &str, spec: Option<&str>, metadata: Option<&str>) -> Vec<String> {
        let source = |text: Option<&str>| text.map_or(Source::Missing, |text| Source::Text(text.as_bytes().to_vec()));
        let increment = Increment::read(id, source(spec), source(metadata));
        let text = |file| if file == FileKind::Spec { spec } else { metadata }.unwrap_or("");
        check(&increment, RuleContext::default())
            .into_iter()
            .map(|f| format!("{} {} {:?}", f.code, f.severity.as_str(), &text(f.file)[f.span]))
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
