//! The files of one increment, open or on disk -> the increment and its findings, with lines and columns.

use std::path::Path;

use crate::model::file_kind::FileKind;
use crate::model::increment::{Increment, Source};
use crate::model::parse::{self, Span};
use crate::model::progress::{self, Progress};
use crate::model::rules::{self, Code, Finding, RelatedSpan, RuleContext, Severity};
use crate::model::status::Side;
use crate::workspace::config::Settings;
use crate::workspace::documents::Documents;
use crate::workspace::fs::reader::Want;
use crate::workspace::line_index::{self, Encoding, LineCol};
use crate::workspace::project;

/// A finding, ready to be shown without the texts it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct LocatedFinding {
    pub code: Code,
    pub severity: Severity,
    pub file: FileKind,
    pub start: LineCol,
    pub end: LineCol,
    pub message: Box<str>,
    pub related: Box<[RelatedPlace]>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RelatedPlace {
    pub file: FileKind,
    pub start: LineCol,
    pub end: LineCol,
    pub message: Box<str>,
}

/// How much of the files an answer needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The two statuses.
    Statuses,
    /// The statuses, and the work of an increment that is open: most of a project's are finished, and need not be read.
    Followed,
    /// Whole files, for tasks and acceptance criteria.
    Work,
}

/// The text of an open document, or the file.
pub fn source(path: &Path, documents: &Documents, settings: &Settings, want: Want) -> Source {
    documents.source(path, settings.max_file_size, want)
}

pub fn load(folder: &Path, documents: &Documents, settings: &Settings, depth: Depth) -> (Increment, Option<Progress>) {
    load_from(&project::id_of(folder), depth, |name, want| {
        source(&project::file(folder, name), documents, settings, want)
    })
}

/// The same with texts from wherever `source` takes them.
pub fn load_from(id: &str, depth: Depth, source: impl Fn(&str, Want) -> Source) -> (Increment, Option<Progress>) {
    let want = if depth == Depth::Work { Want::Whole } else { Want::Frontmatter };
    let spec = source(Side::Spec.file_name(), want);
    let metadata = source(Side::Metadata.file_name(), Want::Whole);
    let increment = Increment::read(id, spec, metadata);
    let work = |spec: &Source| {
        let tasks = source(FileKind::Tasks.file_name(), Want::Whole);
        progress::count(&text(&tasks), &text(spec))
    };
    let progress = match depth {
        Depth::Statuses => None,
        Depth::Followed => increment.is_open().then(|| work(&source(Side::Spec.file_name(), Want::Whole))),
        Depth::Work => Some(work(&increment.spec.source)),
    };
    (increment, progress)
}

fn text(source: &Source) -> std::borrow::Cow<'_, str> {
    match source {
        Source::Text(bytes) => parse::mask(bytes).0,
        _ => "".into(),
    }
}

/// All findings of an increment as the settings want them.
pub fn findings(increment: &Increment, around: RuleContext<'_>, settings: &Settings) -> Vec<Finding> {
    let mut findings = rules::check(increment, around);
    findings.retain_mut(|finding| match settings.severity(finding.code, finding.severity) {
        Some(severity) => {
            finding.severity = severity;
            true
        }
        None => false,
    });
    findings
}

/// With lines and columns in place of bytes.
pub fn locate(increment: &Increment, findings: Vec<Finding>, encoding: Encoding) -> Box<[LocatedFinding]> {
    // How far into each file the findings reach; most increments have none.
    let mut ends: [Option<usize>; FileKind::ALL.len()] = Default::default();
    for finding in &findings {
        let related = finding.related.iter().map(|related| (related.file, related.span.end));
        for (file, end) in related.chain([(finding.file, finding.span.end)]) {
            let known = &mut ends[file as usize];
            *known = (*known).max(Some(end));
        }
    }
    let texts = FileKind::ALL
        .map(|file| ends[file as usize].map(|end| line_index::lines_up_to(&parse::mask(increment.bytes(file)).0, end)));
    let range = |file: FileKind, span: &Span| match &texts[file as usize] {
        Some(text) => line_index::range(text, span, encoding),
        None => Default::default(),
    };
    findings
        .into_iter()
        .map(|finding| {
            let Finding { code, severity, file, span, message, related } = finding;
            let (start, end) = range(file, &span);
            let related = related.into_iter().map(|RelatedSpan { file, span, message }| {
                let (start, end) = range(file, &span);
                RelatedPlace { file, start, end, message: message.into() }
            });
            let related = related.collect();
            LocatedFinding { code, severity, file, start, end, message: message.into(), related }
        })
        .collect()
}
