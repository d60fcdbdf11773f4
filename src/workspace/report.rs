//! All findings as the command line and the command `report` give them: columns in characters, counted from 1.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::model::file_kind::FileKind;
use crate::model::increment::Increment;
use crate::model::rules::{Code, RuleContext, Severity};
use crate::model::status::Side;
use crate::workspace::check::{self, Depth, LocatedFinding};
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::fs::paths::slashed;
use crate::workspace::line_index::Encoding;
use crate::workspace::summary::Summary;
use crate::workspace::{project, state_files};

#[derive(Debug, Default)]
pub struct Report {
    pub projects: Vec<ProjectCount>,
    pub findings: Vec<Reported>,
}

#[derive(Debug, Serialize)]
pub struct ProjectCount {
    #[serde(serialize_with = "lossy")]
    pub root: PathBuf,
    pub scanned: usize,
    pub healthy: usize,
    pub desyncs: usize,
}

#[derive(Debug)]
pub struct Reported {
    pub finding: LocatedFinding,
    pub increment: String,
    pub root: PathBuf,
    /// Relative to the root.
    pub path: PathBuf,
    pub spec_status: Option<String>,
    pub metadata_status: Option<String>,
}

impl Report {
    /// A project; so many of its increments are known to be healthy without being read.
    pub fn add_project(&mut self, root: &Path, healthy: usize) {
        self.projects.push(ProjectCount { root: root.to_path_buf(), scanned: healthy, healthy, desyncs: 0 });
    }

    /// Takes over what another report found in the project that was added last.
    pub fn join(&mut self, part: Report) {
        if let Some(count) = self.projects.last_mut() {
            for other in part.projects {
                count.scanned += other.scanned;
                count.healthy += other.healthy;
                count.desyncs += other.desyncs;
            }
        }
        self.findings.extend(part.findings);
    }

    /// Reads an increment of the project that was added last. A folder without both files is none.
    pub fn add_increment(
        &mut self,
        root: &Path,
        folder: &Path,
        documents: &Documents,
        settings: &Settings,
        same_number: &[String],
        deep: bool,
    ) {
        let depth = if deep { Depth::Work } else { Depth::Statuses };
        let (increment, work) = check::load(folder, documents, settings, depth);
        let around = RuleContext { same_number, work: work.as_ref(), on_disk: None };
        self.add_read(root, folder, &increment, around, settings);
    }

    /// Takes in an increment of the project that was added last, read already.
    pub fn add_read(
        &mut self,
        root: &Path,
        folder: &Path,
        increment: &Increment,
        around: RuleContext<'_>,
        settings: &Settings,
    ) {
        if increment.is_nothing() {
            return;
        }
        let findings = check::findings(increment, around, settings);
        let unwell = increment.is_desynced() || findings.iter().any(|finding| finding.severity == Severity::Error);
        if let Some(count) = self.projects.last_mut() {
            count.scanned += 1;
            count.healthy += usize::from(!unwell);
            count.desyncs += usize::from(increment.is_desynced());
        }
        let status = |side: Side| increment.file(side).parsed.status_text().map(str::to_owned);
        for finding in check::locate(increment, findings, Encoding::Utf32) {
            let path = folder.join(finding.file.file_name());
            self.findings.push(Reported {
                increment: project::id_of(folder),
                root: root.to_path_buf(),
                path: path.strip_prefix(root).unwrap_or(&path).to_path_buf(),
                spec_status: status(Side::Spec),
                metadata_status: status(Side::Metadata),
                finding,
            });
        }
    }

    /// Adds what is stale in SpecWeave's caches of the project that was added last.
    pub fn add_caches(
        &mut self,
        root: &Path,
        documents: &Documents,
        settings: &Settings,
        status_of: impl Fn(&str, Side) -> Option<String>,
        lines: impl Fn() -> Vec<Summary>,
    ) {
        for (path, stale, finding) in
            state_files::findings(root, documents, settings, Encoding::Utf32, status_of, lines)
        {
            self.findings.push(Reported {
                finding,
                increment: stale.id,
                root: root.to_path_buf(),
                path: path.strip_prefix(root).unwrap_or(&path).to_path_buf(),
                spec_status: stale.status.clone().filter(|_| stale.cache == state_files::STATUS_LINE),
                metadata_status: stale.status.filter(|_| stale.cache == state_files::ACTIVE),
            });
        }
    }

    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|reported| reported.finding.severity).max()
    }

    /// As `check --format json` writes it.
    pub fn to_json(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct ReportJson<'r> {
            version: u32,
            projects: &'r [ProjectCount],
            findings: Vec<ReportedJson<'r>>,
        }
        let findings = self.findings.iter().map(Reported::to_json).collect();
        ReportJson { version: 1, projects: &self.projects, findings }
    }
}

impl Reported {
    /// Another file of the increment, relative to the root.
    pub fn path_of(&self, file: FileKind) -> PathBuf {
        let depth = self.finding.file.file_name().split('/').count();
        self.path.ancestors().nth(depth).unwrap_or(Path::new("")).join(file.file_name())
    }

    /// One desync is found in both files; its finding in metadata.json says the same again.
    pub fn is_twin(&self) -> bool {
        self.finding.code == Code::StatusDesync && self.finding.file == FileKind::Metadata
    }

    fn to_json(&self) -> ReportedJson<'_> {
        let LocatedFinding { code, severity, start, end, message, .. } = &self.finding;
        ReportedJson {
            code: code.as_str(),
            severity: severity.as_str(),
            increment: &self.increment,
            path: slashed(&self.path),
            root: slashed(&self.root),
            line: start.line + 1,
            column: start.column + 1,
            end_line: end.line + 1,
            end_column: end.column + 1,
            message,
            spec_status: self.spec_status.as_deref(),
            metadata_status: self.metadata_status.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportedJson<'r> {
    code: &'r str,
    severity: &'r str,
    increment: &'r str,
    path: Cow<'r, str>,
    root: Cow<'r, str>,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'r str,
    spec_status: Option<&'r str>,
    metadata_status: Option<&'r str>,
}

fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&slashed(path))
}
