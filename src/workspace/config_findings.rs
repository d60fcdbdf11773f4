//! What is wrong with a project's own settings, as findings.

use crate::model::file_kind::FileKind;
use crate::model::parse::Span;
use crate::model::rules::Code;
use crate::model::sort;
use crate::workspace::check::LocatedFinding;
use crate::workspace::config::Settings;
use crate::workspace::config::file::ConfigFile;
use crate::workspace::line_index::{self, Encoding};

/// In the order of their places. `unused`: the `ignore` entries that match nothing.
pub fn findings(file: &ConfigFile, unused: &[usize], settings: &Settings, encoding: Encoding) -> Vec<LocatedFinding> {
    let located = |code: Code, span: &Span, message: &str| {
        let severity = settings.severity(code, code.severity())?;
        let (start, end) = line_index::range_in_text(&file.text, span, encoding);
        // It is none of an increment's files; whoever reports it knows which one it is.
        let (file, message, related) = (FileKind::Spec, message.into(), Box::default());
        Some(LocatedFinding { code, severity, file, start, end, message, related, twin_of: None })
    };
    let mut findings: Vec<LocatedFinding> = Vec::new();
    findings.extend(file.mistakes.iter().filter_map(|it| located(Code::InvalidConfig, &it.span, &it.message)));
    for entry in unused.iter().filter_map(|at| file.layer.ignore.get(*at)) {
        let message = format!(
            "Nothing to ignore: no increment that `{}` matches has the finding `{}`. Remove this entry.",
            entry.increment, entry.code
        );
        findings.extend(located(Code::UnusedIgnore, &entry.span, &message));
    }
    sort::by_key(&mut findings, |finding| finding.start);
    findings
}
