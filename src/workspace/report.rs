//! All findings as the command line and the command `report` give them: columns in characters, counted from 1.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::model::file_kind::FileKind;
use crate::model::increment::Increment;
use crate::model::rules::{Code, RuleContext, Severity};
use crate::model::status::Side;
use crate::workspace::check::{self, Depth, LocatedFinding, Place};
use crate::workspace::config::project::ProjectConfig;
use crate::workspace::config::{Settings, file};
use crate::workspace::documents::Documents;
use crate::workspace::fs::paths::slashed;
use crate::workspace::line_index::Encoding;
use crate::workspace::summary::Summary;
use crate::workspace::{config_findings, discover, project, specweave_caches};

#[derive(Debug, Default)]
pub struct Report {
    pub projects: Vec<ProjectCount>,
    pub findings: Vec<Reported>,
    /// What a project accepts.
    pub ignored: Vec<Reported>,
}

#[derive(Debug, Serialize)]
pub struct ProjectCount {
    #[serde(serialize_with = "lossy")]
    pub root: PathBuf,
    pub scanned: usize,
    pub healthy: usize,
    pub desyncs: usize,
    /// Nothing at all was found in them.
    #[serde(skip)]
    pub clean: usize,
    /// Findings that the project accepts.
    pub ignored: usize,
}

#[derive(Debug)]
pub struct Reported {
    pub finding: LocatedFinding,
    /// `None` for what is about the project.
    pub increment: Option<String>,
    pub root: PathBuf,
    /// Relative to the root.
    pub path: PathBuf,
    pub spec_status: Option<String>,
    pub metadata_status: Option<String>,
    /// Why the project accepts it.
    pub reason: Option<String>,
}

impl Report {
    /// A project; so many of its increments are known to be healthy without being read.
    pub fn add_project(&mut self, root: &Path, healthy: usize) {
        self.projects.push(ProjectCount {
            root: root.to_path_buf(),
            scanned: healthy,
            healthy,
            desyncs: 0,
            clean: healthy,
            ignored: 0,
        });
    }

    /// Takes over what another report found in the project that was added last.
    pub fn join(&mut self, part: Report) {
        if let Some(count) = self.projects.last_mut() {
            for other in part.projects {
                count.scanned += other.scanned;
                count.healthy += other.healthy;
                count.desyncs += other.desyncs;
                count.clean += other.clean;
                count.ignored += other.ignored;
            }
        }
        self.findings.extend(part.findings);
        self.ignored.extend(part.ignored);
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
        let around = RuleContext { same_number, work: work.as_ref(), ..RuleContext::default() };
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
        let found = check::findings(Place { root, folder }, increment, around, settings);
        let desynced = increment.is_desynced() && !found.has_ignored(Code::StatusDesync);
        let unwell = desynced || found.findings.iter().any(|finding| finding.severity == Severity::Error);
        if let Some(count) = self.projects.last_mut() {
            count.scanned += 1;
            count.healthy += usize::from(!unwell);
            count.desyncs += usize::from(desynced);
            count.clean += usize::from(found.findings.is_empty());
        }
        let status = |side: Side| increment.file(side).parsed.status_text().map(str::to_owned);
        let reported = |finding: LocatedFinding, accepted: Option<usize>| {
            let path = folder.join(finding.file.file_name());
            Reported {
                increment: Some(project::id_of(folder)),
                root: root.to_path_buf(),
                path: path.strip_prefix(root).unwrap_or(&path).to_path_buf(),
                spec_status: status(Side::Spec),
                metadata_status: status(Side::Metadata),
                finding,
                reason: accepted.and_then(|entry| reason(settings, entry)),
            }
        };
        let located = check::locate(increment, found.findings, Encoding::Utf32);
        self.findings.extend(located.into_iter().map(|finding| reported(finding, None)));
        let (ignored, entries): (Vec<_>, Vec<_>) = found.ignored.into_iter().unzip();
        let located = check::locate(increment, ignored, Encoding::Utf32);
        let accepted = located.into_iter().zip(entries);
        let accepted: Vec<Reported> = accepted.map(|(finding, entry)| reported(finding, Some(entry))).collect();
        self.add_accepted(accepted);
    }

    fn add_accepted(&mut self, accepted: Vec<Reported>) {
        if let Some(count) = self.projects.last_mut() {
            count.ignored += accepted.iter().filter(|it| !it.is_twin()).count();
        }
        self.ignored.extend(accepted);
    }

    /// Adds what is wrong with the settings of the project that was added last. `unused`: those of its `ignore` entries that
    /// are known to be of no use.
    pub fn add_config(&mut self, root: &Path, config: &ProjectConfig, unused: &[usize]) {
        let findings = config_findings::findings(&config.file, unused, &config.settings, Encoding::Utf32);
        self.findings.extend(findings.into_iter().map(|finding| Reported {
            finding,
            increment: None,
            root: root.to_path_buf(),
            path: file::path(Path::new("")),
            spec_status: None,
            metadata_status: None,
            reason: None,
        }));
    }

    /// The `ignore` entries of a project that are of no use, after all of its increments have been added.
    pub fn unused(&self, root: &Path, settings: &Settings, deep: bool, folders: &[Arc<Path>]) -> Vec<usize> {
        let accepted: Vec<(PathBuf, Code)> = self
            .ignored
            .iter()
            .filter(|it| it.root == root)
            .filter_map(|it| Some((discover::increment_of(&root.join(&it.path))?.1, it.finding.code)))
            .collect();
        let is_unused = |at: &usize| {
            let entry = &settings.ignore[*at];
            let is_used = accepted.iter().any(|(folder, code)| entry.accepts(root, folder, *code));
            !is_used && entry.is_unused(deep, || folders.iter().any(|folder| entry.covers(root, folder)))
        };
        (0..settings.ignore.len()).filter(is_unused).collect()
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
            specweave_caches::findings(root, documents, settings, Encoding::Utf32, status_of, lines)
        {
            let folder = discover::increments_folder(root).join(&stale.id);
            let accepted = settings.ignored_by(root, &folder, finding.code);
            let reported = Reported {
                finding,
                increment: Some(stale.id),
                root: root.to_path_buf(),
                path: path.strip_prefix(root).unwrap_or(&path).to_path_buf(),
                spec_status: stale.status.clone().filter(|_| stale.cache == specweave_caches::STATUS_LINE),
                metadata_status: stale.status.filter(|_| stale.cache == specweave_caches::ACTIVE),
                reason: accepted.and_then(|entry| reason(settings, entry)),
            };
            match accepted {
                Some(_) => self.add_accepted(vec![reported]),
                None => self.findings.push(reported),
            }
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
            ignored: Vec<ReportedJson<'r>>,
        }
        let findings = self.findings.iter().map(Reported::to_json).collect();
        let ignored = self.ignored.iter().map(Reported::to_json).collect();
        ReportJson { version: 1, projects: &self.projects, findings, ignored }
    }
}

/// Why the project accepts what one of its entries is about.
fn reason(settings: &Settings, entry: usize) -> Option<String> {
    settings.ignore.get(entry).map(|entry| entry.reason.to_string())
}

impl Reported {
    /// What it is about, in a few letters.
    pub fn subject(&self) -> Cow<'_, str> {
        match &self.increment {
            Some(increment) => Cow::Borrowed(increment),
            None => self.path.to_string_lossy(),
        }
    }

    /// Another file of the increment, relative to the root.
    pub fn path_of(&self, file: FileKind) -> PathBuf {
        let depth = self.finding.file.file_name().split('/').count();
        self.path.ancestors().nth(depth).unwrap_or(Path::new("")).join(file.file_name())
    }

    /// One desync is found in both files; one of the two findings says the same again.
    pub fn is_twin(&self) -> bool {
        self.finding.twin_of.is_some()
    }

    fn to_json(&self) -> ReportedJson<'_> {
        let LocatedFinding { code, severity, start, end, message, .. } = &self.finding;
        ReportedJson {
            code: code.as_str(),
            severity: severity.as_str(),
            increment: self.increment.as_deref(),
            path: slashed(&self.path),
            root: slashed(&self.root),
            line: start.line + 1,
            column: start.column + 1,
            end_line: end.line + 1,
            end_column: end.column + 1,
            message,
            spec_status: self.spec_status.as_deref(),
            metadata_status: self.metadata_status.as_deref(),
            reason: self.reason.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportedJson<'r> {
    code: &'r str,
    severity: &'r str,
    increment: Option<&'r str>,
    path: Cow<'r, str>,
    root: Cow<'r, str>,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'r str,
    spec_status: Option<&'r str>,
    metadata_status: Option<&'r str>,
    /// Only of what is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
}

fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&slashed(path))
}
