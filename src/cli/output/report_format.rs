//! The formats of a report: the one list of them, and which file writes which.

use clap::ValueEnum;

use crate::cli::console::{page, print, print_json};
use crate::cli::error::CliError;
use crate::cli::output::openmetrics::{self, SettingsOf};
use crate::cli::output::{github, sarif, text};
use crate::workspace::report::Report;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportFormat {
    /// For people: each finding with its line
    Human,
    /// All that is known, for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations beside the lines, for GitHub Actions
    Github,
    /// Counts per project and finding, for Prometheus and its kin
    Openmetrics,
}

/// A report, and what else its formats need to know.
pub struct Shown<'a> {
    pub report: &'a Report,
    pub settings: SettingsOf<'a>,
    pub texts: text::Texts<'a>,
    /// It is about the next commit.
    pub staged: bool,
    pub verbose: bool,
    /// Nothing that was asked about is missing.
    pub complete: bool,
}

impl ReportFormat {
    pub fn write(self, shown: &Shown<'_>) -> Result<(), CliError> {
        let report = shown.report;
        match self {
            ReportFormat::Human => page(text::report(report, shown.texts, shown.staged, shown.verbose)),
            ReportFormat::Json => print_json(&report.to_json()),
            ReportFormat::Sarif => print_json(&sarif::report(report, shown.complete)),
            ReportFormat::Github => print(github::report(report)),
            ReportFormat::Openmetrics => print(openmetrics::report(report, shown.settings)),
        }
    }
}
