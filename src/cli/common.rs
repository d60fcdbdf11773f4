//! What all commands share: which project, which settings, when to colour.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::error::{ArgumentError, CliError};
use crate::model::rules::{Code, Severity};
use crate::workspace::config::layer::Layer;
use crate::workspace::config::project::Given;
use crate::workspace::exclude::Excludes;

#[derive(Debug, Args)]
pub struct Common {
    /// The project's folder, or one inside it [default: found from the current directory upwards]
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Include `_archive`, `_abandoned` and other such folders
    #[arg(long, global = true)]
    include_archived: bool,
    /// Exclude increments or nested projects that match this glob, as in a .gitignore (repeatable)
    #[arg(long, global = true, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Report files larger than this instead of reading them [default: 1024]
    #[arg(long, global = true, value_name = "KIB", value_parser = clap::value_parser!(u64).range(1..))]
    max_file_size_kib: Option<u64>,
    /// Override the severity of a finding: `unknown-status=error`, `id-mismatch=off` (repeatable)
    #[arg(long, global = true, value_name = "CODE=SEVERITY", value_parser = severity_override)]
    severity: Vec<(Code, Option<Severity>)>,
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// `CODE=SEVERITY`, where `off` switches the finding off.
fn severity_override(text: &str) -> Result<(Code, Option<Severity>), ArgumentError> {
    let (code, severity) = text.split_once('=').ok_or(ArgumentError::NoOverride)?;
    let code = Code::parse(code).ok_or_else(|| ArgumentError::Code(code.to_owned()))?;
    match severity {
        "off" => Ok((code, None)),
        _ => match Severity::parse(severity) {
            Some(severity) => Ok((code, Some(severity))),
            None => Err(ArgumentError::Override(severity.to_owned())),
        },
    }
}

pub fn parse_severity(text: &str) -> Result<Severity, ArgumentError> {
    Severity::parse(text).ok_or(ArgumentError::Severity)
}

/// How what is a table for people is told to programs.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

impl Common {
    /// What the flags say, which counts before each project's own settings.
    pub fn given(&self) -> Result<Given, CliError> {
        self.layer().map(Given::new)
    }

    pub fn layer(&self) -> Result<Layer, CliError> {
        let (exclude, bad) = Excludes::new(&self.exclude);
        if let Some(bad) = bad.first() {
            return Err(CliError::BadGlob(bad.clone()));
        }
        Ok(Layer {
            include_archived: self.include_archived.then_some(true),
            exclude: Some(exclude).filter(|_| !self.exclude.is_empty()),
            max_file_size: self.max_file_size_kib.map(|size| size.saturating_mul(1024)),
            severity: self.severity.iter().copied().collect(),
            ..Layer::default()
        })
    }
}
