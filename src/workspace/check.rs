//! The files of one increment, open or on disk -> the increment and its findings, with lines and columns.

use std::path::Path;

use crate::model::file_kind::FileKind;
use crate::model::increment::{Increment, Source};
use crate::model::parse::{self, Span};
use crate::model::rules::{self, Code, Finding, RelatedSpan, RuleContext, Severity};
use crate::model::status::Side;
use crate::model::work::{self, ParsedTexts, Work, WorkTexts};
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
    pub twin_of: Option<Severity>,
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

/// The texts that the editor shows, for places in them.
pub fn load_shown(
    folder: &Path,
    documents: &Documents,
    settings: &Settings,
    depth: Depth,
) -> (Increment, Option<Work>) {
    documents.with_parsed(folder, |known| {
        load_from(&project::id_of(folder), depth, known, |name, want| {
            documents.shown(&project::file(folder, name), settings.max_file_size, want)
        })
    })
}

pub fn load(folder: &Path, documents: &Documents, settings: &Settings, depth: Depth) -> (Increment, Option<Work>) {
    documents.with_parsed(folder, |known| {
        load_from(&project::id_of(folder), depth, known, |name, want| {
            source(&project::file(folder, name), documents, settings, want)
        })
    })
}

/// The same with texts from wherever `source` takes them; what is `known` of the same texts is not read again.
pub fn load_from(
    id: &str,
    depth: Depth,
    known: &mut ParsedTexts,
    source: impl Fn(&str, Want) -> Source,
) -> (Increment, Option<Work>) {
    let want = if depth == Depth::Work { Want::Whole } else { Want::Frontmatter };
    let spec = source(Side::Spec.file_name(), want);
    let metadata = source(Side::Metadata.file_name(), Want::Whole);
    let mut increment = Increment::read(id, spec, metadata);
    let is_wanted = match depth {
        Depth::Statuses => false,
        Depth::Followed => increment.is_open(),
        Depth::Work => true,
    };
    // A status that spec.md lacks may be right, which only the other files tell.
    if !is_wanted && !increment.is_status_in_metadata_alone() {
        return (increment, None);
    }
    if want == Want::Frontmatter && increment.spec.is_text() {
        increment.spec.source = source(Side::Spec.file_name(), Want::Whole);
    }
    let work = read_work(&mut increment, known, source);
    (increment, Some(work).filter(|_| is_wanted))
}

fn read_work(increment: &mut Increment, known: &mut ParsedTexts, source: impl Fn(&str, Want) -> Source) -> Work {
    let read = |file: FileKind| source(file.file_name(), Want::Whole);
    increment.tasks = read(FileKind::Tasks);
    increment.ledger = read(FileKind::Ledger);
    // Nobody verifies in generation 1: nearly all increments are spared a look for a file that is not there.
    let is_plain = matches!(increment.ledger, Source::Missing)
        && !matches!(increment.tasks, Source::Missing)
        && MARKS_OF_TWO.iter().all(|mark| memchr::memmem::find(increment.tasks.bytes(), mark).is_none());
    if !is_plain {
        increment.verification = read(FileKind::Verification);
    }
    let spec = parse::mask(increment.spec.bytes()).0;
    let [tasks, ledger, verification] =
        [&increment.tasks, &increment.ledger, &increment.verification].map(|source| match source {
            Source::Missing => None,
            there => Some(parse::mask(there.bytes()).0),
        });
    let texts = WorkTexts {
        spec: &spec,
        tasks: tasks.as_deref(),
        ledger: ledger.as_deref(),
        // What cannot be read says nothing.
        verification: verification.as_deref().filter(|text| !text.is_empty()),
    };
    let work = work::read(texts, jiff::Timestamp::now(), parse::ledger::LEASE_HOURS, known);
    increment.generation = Some(work.generation);
    if increment.title().is_none() {
        increment.heading = work.spec.title.clone().map(|title| spec[title].to_owned());
    }
    work
}

/// What stands in each tasks.md of generation 2, and hardly in another.
const MARKS_OF_TWO: [&[u8]; 2] = [b"SW:BOARD", b"| Files:"];

/// What is found in an increment, and what of it the project accepts, with the place of its `ignore` entry.
#[derive(Debug, Default)]
pub struct IncrementFindings {
    pub findings: Vec<Finding>,
    pub ignored: Vec<(Finding, usize)>,
}

impl IncrementFindings {
    pub fn has_ignored(&self, code: Code) -> bool {
        self.ignored.iter().any(|(finding, _)| finding.code == code)
    }
}

/// All findings of an increment as the settings want them.
pub fn findings(
    place: Place<'_>,
    increment: &Increment,
    around: RuleContext<'_>,
    settings: &Settings,
) -> IncrementFindings {
    let mut found = IncrementFindings::default();
    for mut finding in rules::check(increment, RuleContext { preferred: settings.preferred, ..around }) {
        let by_itself = finding.twin_of.unwrap_or(finding.severity);
        let Some(severity) = settings.severity(finding.code, by_itself) else { continue };
        // What leads to an error is no second one, however severe somebody wants it to be.
        finding.severity = if finding.twin_of.is_some() { finding.severity.min(severity) } else { severity };
        finding.twin_of = finding.twin_of.map(|_| severity);
        match settings.ignored_by(place.root, place.folder, finding.code) {
            Some(entry) => found.ignored.push((finding, entry)),
            None => found.findings.push(finding),
        }
    }
    found
}

/// A project and the folder of an increment in it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub root: &'a Path,
    pub folder: &'a Path,
}

/// Files that the editor shows as they were before another program changed them.
#[derive(Clone, Copy, Debug)]
pub struct Outdated<'a> {
    pub sides: &'a [Side],
    /// The increment as the editor shows it.
    pub shown: &'a Increment,
}

impl Outdated<'_> {
    fn side(&self, file: FileKind) -> Option<Side> {
        self.sides.iter().copied().find(|side| FileKind::from(*side) == file)
    }

    /// In the text that is shown a finding about the file on disk stands at the status.
    fn place(&self, side: Side) -> Span {
        let file = self.shown.file(side);
        file.parsed.written_status().map_or_else(|| file.first_line(), |field| field.span.clone())
    }

    fn note(&self, increment: &Increment, side: Side) -> String {
        let name = side.file_name();
        match increment.file(side).parsed.status_text() {
            Some(status) => {
                format!(" On disk {name} says `{}` now; this text is older: reload it.", rules::one_line(status))
            }
            None => format!(" On disk {name} has changed; this text is older: reload it."),
        }
    }

    fn moved(&self, increment: &Increment, mut findings: Vec<Finding>) -> Vec<Finding> {
        for finding in &mut findings {
            if let Some(side) = self.side(finding.file) {
                finding.span = self.place(side);
                finding.message.push_str(&self.note(increment, side));
            }
            for related in &mut finding.related {
                if let Some(side) = self.side(related.file) {
                    related.span = self.place(side);
                }
            }
        }
        findings
    }
}

/// With lines and columns in place of bytes.
pub fn locate(increment: &Increment, findings: Vec<Finding>, encoding: Encoding) -> Box<[LocatedFinding]> {
    locate_shown(increment, findings, encoding, None)
}

/// The same in the texts that are shown, where they are outdated.
pub fn locate_shown(
    increment: &Increment,
    findings: Vec<Finding>,
    encoding: Encoding,
    outdated: Option<Outdated<'_>>,
) -> Box<[LocatedFinding]> {
    if findings.is_empty() {
        return Box::default();
    }
    let findings = match &outdated {
        Some(outdated) => outdated.moved(increment, findings),
        None => findings,
    };
    let texts = FileKind::ALL.map(|file| {
        let shown = outdated.filter(|outdated| outdated.side(file).is_some()).map(|outdated| outdated.shown);
        parse::mask(shown.unwrap_or(increment).bytes(file)).0
    });
    let range = |file: FileKind, span: &Span| line_index::range_in_text(&texts[file as usize], span, encoding);
    findings
        .into_iter()
        .map(|finding| {
            let Finding { code, severity, file, span, message, twin_of, related } = finding;
            let (start, end) = range(file, &span);
            let related = related.into_iter().map(|RelatedSpan { file, span, message }| {
                let (start, end) = range(file, &span);
                RelatedPlace { file, start, end, message: message.into() }
            });
            let related = related.collect();
            LocatedFinding { code, severity, file, start, end, message: message.into(), twin_of, related }
        })
        .collect()
}
