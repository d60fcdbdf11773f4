//! Workflow commands, which GitHub Actions shows beside the changed lines.

use std::fmt::Write as _;

use crate::cli::output::text;
use crate::model::rules::Severity;
use crate::workspace::fs::paths::slashed;
use crate::workspace::report::Report;

/// One line a finding, and the summary for the log.
pub fn report(report: &Report) -> String {
    let base = crate::cli::output::paths::base(report);
    let mut text = String::new();
    for reported in &report.findings {
        let finding = &reported.finding;
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information | Severity::Hint => "notice",
        };
        let (start, end) = (finding.start, finding.end);
        let path = slashed(&crate::cli::output::paths::path_from(&base, reported)).into_owned();
        let _ = write!(text, "::{command} file={},line={},endLine={}", property(&path), start.line + 1, end.line + 1);
        // Columns count only within one line.
        if start.line == end.line && start < end {
            let _ = write!(text, ",col={},endColumn={}", start.column + 1, end.column + 1);
        }
        let title = format!("{} in {}", finding.code, reported.subject());
        let _ = writeln!(text, ",title={}::{}", property(&title), data(&finding.message));
    }
    text + &text::summary(report)
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50 %\nand::so"), "50 %25%0Aand::so");
        assert_eq!(property("a:b,c%\r"), "a%3Ab%2Cc%25%0D");
    }
}
