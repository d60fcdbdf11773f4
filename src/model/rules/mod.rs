//! An increment and what is known around it -> findings: code, severity, message and place. Each family of rules has a
//! file; `code` has the list of all.

mod code;
mod files;
mod finding;
mod ledger;
mod naming;
mod problem;
mod status;
mod unsaved;
mod value;
mod work;

pub use code::{Code, FoundIn, Severity};
pub use finding::{Finding, OnDisk, RelatedSpan, RuleContext};
pub use problem::message as problem_message;
pub use value::one_line;

use crate::model::increment::Increment;
use crate::model::sort;
use crate::model::status::Side;

/// All findings of one increment, in the order of their place.
pub fn check(increment: &Increment, context: RuleContext<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for side in Side::BOTH {
        files::check(increment, side, &mut findings);
        status::value(increment, side, &mut findings);
        naming::id(increment, side, &mut findings);
    }
    files::others(increment, &mut findings);
    naming::unnumbered(increment, &mut findings);
    status::desync(increment, context.preferred, &mut findings);
    status::missing(increment, &mut findings);
    if let Some(disk) = context.on_disk {
        unsaved::check(increment, disk, &mut findings);
    }
    if let Some(work) = context.work {
        work::check(increment, work, &mut findings);
        ledger::check(increment, work, &mut findings);
    }
    naming::duplicate_number(increment, context.same_number, &mut findings);
    sort::by_key(&mut findings, |finding| (finding.file, finding.span.start, finding.code));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file_kind::FileKind;
    use crate::model::generation::Generation;
    use crate::model::increment::Source;
    use crate::model::work::{Count, Progress, Work};

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
        assert_eq!(found, [r#"status-desync error "active""#, r#"status-desync information "completed""#]);
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
            [
                r#"status-desync error "012""#,
                r#"invalid-status-type error "012""#,
                r#"status-desync information "active""#
            ]
        );
    }

    fn pair(spec: &str, metadata: &str) -> Increment {
        let source = |text: &str| Source::Text(text.as_bytes().to_vec());
        Increment::read(
            "0047-x",
            source(&format!("---\nstatus: {spec}\n---\n")),
            source(&format!(r#"{{"status": "{metadata}"}}"#)),
        )
    }

    fn messages(increment: &Increment, context: RuleContext<'_>) -> Vec<String> {
        check(increment, context).into_iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
    }

    #[test]
    fn a_desync_says_what_differs_and_relates_to_the_other_file() {
        let message = |spec, metadata| check(&pair(spec, metadata), RuleContext::default())[0].message.clone();
        let says = "The statuses disagree: spec.md says";
        assert_eq!(message("active", "paused"), format!("{says} `active`, metadata.json says `paused`."));
        assert_eq!(
            message("done", "completed"),
            format!("{says} `done`, metadata.json says `completed`. They mean the same and differ only in spelling.")
        );
        assert_eq!(
            message("'active '", "active"),
            format!("{says} `active `, metadata.json says `active`. They differ only in whitespace.")
        );
        assert_eq!(message("012", "active"), format!("{says} `012` (a number), metadata.json says `active`."));
        assert_eq!(message("x", "y"), format!("{says} `x`, metadata.json says `y`."), "words without a meaning");
        let findings = check(&pair("active", "paused"), RuleContext::default());
        let related: Vec<_> = findings.iter().map(|finding| (finding.file, &finding.related)).collect();
        let [(FileKind::Spec, to_metadata), (FileKind::Metadata, to_spec)] = related[..] else { panic!("{related:?}") };
        assert_eq!(
            (to_metadata[0].file, &*to_metadata[0].message),
            (FileKind::Metadata, "metadata.json says `paused`")
        );
        assert_eq!(
            (to_spec[0].file, &*to_spec[0].message, to_spec[0].span.clone()),
            (FileKind::Spec, "spec.md says `active`", 12..18)
        );
    }

    #[test]
    fn each_finding_says_what_is_wrong() {
        let source = |text: &str| Source::Text(text.as_bytes().to_vec());
        let of = |spec, metadata| messages(&Increment::read("0047-x", spec, metadata), RuleContext::default());
        let active = || source(r#"{"status": "active"}"#);
        assert_eq!(of(Source::Missing, active()), ["missing-file: This increment has no spec.md."]);
        assert_eq!(of(Source::Missing, Source::Missing), Vec::<String>::new());
        assert_eq!(
            of(Source::Unreadable("permission denied".to_owned()), active()),
            ["unreadable-file: spec.md cannot be read: permission denied."]
        );
        let tasks = Source::Unreadable("permission denied".to_owned());
        let increment = Increment { tasks, ..pair("active", "active") };
        assert_eq!(
            messages(&increment, RuleContext::default()),
            ["unreadable-file: tasks.md cannot be read: permission denied."]
        );
        assert_eq!(
            of(source("---\na: b\n---\n"), active()),
            ["missing-status: spec.md has no status; metadata.json says `active`."]
        );
        assert_eq!(
            of(source("# T\n"), active()),
            ["missing-status: spec.md has no frontmatter and so no status; metadata.json says `active`."]
        );
        assert_eq!(of(source("# T\n"), source("{}")), Vec::<String>::new());
        // There metadata.json alone has the status.
        let third = |spec: &str, metadata: &str| {
            let read = Increment::read("0047-x", source(spec), source(metadata));
            messages(&Increment { generation: Some(Generation::Three), ..read }, RuleContext::default())
        };
        assert_eq!(third("# T\n", r#"{"status": "active"}"#), Vec::<String>::new());
        assert_eq!(
            third("---\nstatus: active\n---\n", "{}"),
            ["missing-status: metadata.json has no status; spec.md says `active`."]
        );
        assert_eq!(
            messages(&pair("actve", "actve"), RuleContext::default())[0],
            "unknown-status: Unknown status `actve`; did you mean `active`?"
        );
        assert_eq!(
            of(source("---\nstatus: [a]\n---\n"), source("{}"))[1],
            "missing-status: metadata.json has no status; spec.md says `[a]` (a list)."
        );
        assert_eq!(
            of(source("---\nstatus: [a]\n---\n"), Source::Missing),
            [
                "missing-file: This increment has no metadata.json.",
                "invalid-status-type: `status` must be a string such as `active`, but this is a list."
            ]
        );
    }

    #[test]
    fn an_increment_may_be_called_by_its_number() {
        let id = |spec: &str| {
            let spec = Source::Text(format!("---\nincrement: {spec}\nstatus: active\n---\n").into_bytes());
            messages(
                &Increment::read("0043G-x", spec, Source::Text(br#"{"status": "active"}"#.to_vec())),
                RuleContext::default(),
            )
        };
        for same in ["0043G-x", "0043G", "43", "0043"] {
            assert_eq!(id(same), Vec::<String>::new(), "{same}");
        }
        for other in ["0043-x", "44", "0043H"] {
            assert_eq!(id(other), [format!("id-mismatch: `increment` is `{other}`, but the folder is `0043G-x`.")]);
        }
        let metadata = |json: &str| {
            let source = |text: &str| Source::Text(text.as_bytes().to_vec());
            messages(&Increment::read("0043G-x", source("---\na: b\n---\n"), source(json)), RuleContext::default())
        };
        assert_eq!(metadata(r#"{"id": "y"}"#), ["id-mismatch: `id` is `y`, but the folder is `0043G-x`."]);
        assert_eq!(metadata(r#"{"id": 43}"#), Vec::<String>::new());
        let unnumbered =
            Increment::read("notes", Source::Text(b"---\nincrement: x\n---\n".to_vec()), Source::Text(b"{}".to_vec()));
        assert_eq!(
            messages(&unnumbered, RuleContext::default()),
            [
                "unnumbered-increment: `notes` has no number; SpecWeave's commands expect a name like `0042-name`.",
                "id-mismatch: `increment` is `x`, but the folder is `notes`."
            ],
            "neither is a number, which makes them no equals"
        );
        assert_eq!(metadata(r#"{"id": ["y"]}"#), Vec::<String>::new());
    }

    #[test]
    fn what_is_known_around_an_increment() {
        let work = [0, 1, 2].map(|done| {
            let tasks = Count { done, total: 2, ..Count::default() };
            Work { progress: Progress { tasks, ..Progress::default() }, ..Work::default() }
        });
        let with = |done: usize| RuleContext { work: Some(&work[done]), ..RuleContext::default() };
        assert_eq!(
            messages(&pair("completed", "completed"), with(1)),
            ["completed-with-open-work: The increment is completed, but 1 of 2 tasks are open."]
        );
        assert_eq!(messages(&pair("completed", "completed"), with(2)), Vec::<String>::new());
        assert_eq!(messages(&pair("active", "active"), with(1)), Vec::<String>::new());
        let others = ["0047-y".to_owned(), "0047-z".to_owned()];
        let numbers = RuleContext { same_number: &others, ..RuleContext::default() };
        assert_eq!(
            messages(&pair("active", "active"), numbers),
            ["duplicate-number: 0047-x has the same number as 0047-y, 0047-z; renumber one of them."]
        );
        let gone = Increment::read("0047-x", Source::Missing, Source::Text(b"{}".to_vec()));
        assert_eq!(messages(&gone, numbers).len(), 1, "only that spec.md is missing");
    }

    #[test]
    fn what_the_disk_says_of_an_open_document() {
        let disk = |spec, metadata, half_saved| {
            let on_disk = Some(OnDisk { spec, metadata, half_saved, overtaken: &[] });
            messages(&pair("paused", "paused"), RuleContext { on_disk, ..RuleContext::default() })
        };
        assert_eq!(
            disk("active", "paused", false),
            ["unsaved-fix: On disk spec.md still says `active`, so the statuses disagree there. Save spec.md."]
        );
        assert_eq!(
            disk("paused", "active", true),
            [
                "half-saved: spec.md was saved but metadata.json was not; on disk it still says `active`. Save metadata.json."
            ]
        );
        assert_eq!(disk("active", "completed", false).len(), 2, "both are to be saved");
        assert_eq!(disk("active", "active", false), Vec::<String>::new());
        let overtaken = OnDisk { spec: "active", metadata: "paused", half_saved: false, overtaken: &[Side::Spec] };
        let context = RuleContext { on_disk: Some(overtaken), ..RuleContext::default() };
        assert_eq!(
            messages(&pair("paused", "paused"), context),
            [
                "unsaved-fix: Another program changed spec.md: on disk it says `active`, so the statuses disagree there. Compare the two texts before you save."
            ]
        );
        let on_disk = Some(OnDisk { spec: "paused", metadata: "active", half_saved: false, overtaken: &[] });
        let found = messages(&pair("paused", "active"), RuleContext { on_disk, ..RuleContext::default() });
        assert!(found.iter().all(|message| message.starts_with("status-desync")), "{found:?}");
    }
}
