//! Findings as people read them: the line itself, the place marked, the other file beside it.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::cli::console;
use crate::cli::output::colours::{Palette, palette};
use crate::cli::output::links;
use crate::cli::output::paths::shown_path;
use crate::cli::output::words::count;
use crate::model::increment::Source;
use crate::model::parse;
use crate::model::rules::{Code, Severity};
use crate::model::sort;
use crate::workspace::check::LocatedFinding;
use crate::workspace::fs::reader::{self, Want};
use crate::workspace::report::{Report, Reported};

/// Where the lines come from that findings are in.
pub type Texts<'a> = &'a dyn Fn(&Path) -> Source;

/// The files as they lie on disk.
pub fn on_disk(path: &Path) -> Source {
    reader::read(path, u64::MAX / 2, Want::Frontmatter)
}

/// The whole report with its summary.
pub fn report(report: &Report, texts: Texts<'_>, staged: bool, verbose: bool) -> String {
    let framed = if verbose { Severity::Hint } else { Severity::Warning };
    let mut text = findings(report, texts, framed);
    let in_short: String = worst_first(report).filter(|it| it.finding.severity < framed).map(in_short).collect();
    if !in_short.is_empty() {
        text.push_str(&in_short);
        text.push('\n');
    }
    text.push_str(&summary(report));
    if report.projects.iter().any(|project| project.desyncs > 0) {
        text.push_str(if staged {
            "Fix with `specweave-lsp sync`, then stage both files with `git add`.\n"
        } else {
            "Fix with `specweave-lsp sync`; see first what it would change with `specweave-lsp sync --dry-run`.\n"
        });
    }
    text
}

/// The findings that are at least so severe.
pub fn findings(report: &Report, texts: Texts<'_>, least: Severity) -> String {
    let mut lines = Lines { texts, files: HashMap::new() };
    let mut text = String::new();
    for reported in worst_first(report).filter(|reported| reported.finding.severity >= least) {
        text.push_str(&finding(reported, &mut lines));
        text.push_str("\n\n");
    }
    text
}

/// One report shows both files of a desync; its twin in the other file would say the same again.
fn worst_first(report: &Report) -> impl Iterator<Item = &Reported> {
    let mut findings: Vec<&Reported> = report.findings.iter().filter(|reported| !reported.is_twin()).collect();
    sort::by_key(&mut findings, |reported| Reverse(reported.finding.severity));
    findings.into_iter()
}

/// `info[missing-file] .specweave/increments/0089-x/spec.md:1:1: This increment has no metadata.json.`
fn in_short(reported: &Reported) -> String {
    let LocatedFinding { code, severity, start, message, .. } = &reported.finding;
    let (name, style) = match severity {
        Severity::Hint => ("note", palette().good),
        _ => ("info", palette().hint),
    };
    let place = format!("{}:{}:{}", shown_path(&reported.root, &reported.path), start.line + 1, start.column + 1);
    let place = links::to_file(&reported.root.join(&reported.path), &place);
    let style = style.bold();
    format!("{style}{name}[{code}]{style:#} {place}: {message}\n", code = code.as_str())
}

fn finding(reported: &Reported, lines: &mut Lines<'_>) -> String {
    let finding = &reported.finding;
    let mut parts = vec![(reported.path.clone(), finding.start, finding.end, AnnotationKind::Primary)];
    for related in &finding.related {
        parts.push((reported.path_of(related.file), related.start, related.end, AnnotationKind::Context));
    }
    let shown: Vec<(String, String, u32, std::ops::Range<usize>, AnnotationKind)> = parts
        .into_iter()
        .map(|(path, start, end, kind)| {
            let line = lines.line(&reported.root.join(&path), start.line);
            let end = if end.line == start.line { end.column } else { u32::MAX };
            let span = byte(&line, start.column)..byte(&line, end);
            (shown_path(&reported.root, &path), line, start.line, span, kind)
        })
        .collect();
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Information => Level::INFO,
        Severity::Hint => Level::NOTE,
    };
    let mut group = level.primary_title(finding.message.as_ref()).id(finding.code.as_str());
    let mut elements = Vec::new();
    for (path, line, number, span, kind) in &shown {
        elements.push(
            Snippet::source(line.as_str())
                .path(path.as_str())
                .line_start(*number as usize + 1)
                .annotation(kind.span(span.clone())),
        );
    }
    let mut elements = elements.into_iter();
    let Some(first) = elements.next() else { return String::new() };
    let mut with_source = group_with(&mut group, first);
    for element in elements {
        with_source = with_source.element(element);
    }
    let mut text = renderer().render(&[with_source]);
    for (path, _, line, _, _) in &shown {
        // The frame itself knows no links.
        let place = format!("{path}:{}:", line + 1);
        let linked = links::to_file(&absolute(&reported.root, path), &place);
        text = text.replacen(&place, &linked, 1);
    }
    text
}

/// A path as it is shown is relative to the current folder or to the project's.
fn absolute(root: &Path, shown: &str) -> PathBuf {
    std::path::absolute(shown).ok().filter(|path| path.exists()).unwrap_or_else(|| root.join(shown))
}

fn renderer() -> Renderer {
    let Palette { error, warning, hint, good } = *palette();
    let renderer = Renderer::styled().error(error.bold()).warning(warning.bold()).info(hint.bold());
    let renderer = renderer.note(good.bold()).line_num(hint.bold()).context(hint.bold());
    match console::width() {
        Some(width) => renderer.term_width(width),
        None => renderer,
    }
}

fn group_with<'a>(
    title: &mut annotate_snippets::Title<'a>,
    first: Snippet<'a, annotate_snippets::Annotation<'a>>,
) -> annotate_snippets::Group<'a> {
    title.clone().element(first)
}

fn byte(line: &str, column: u32) -> usize {
    line.char_indices().nth(column as usize).map_or(line.len(), |(at, _)| at)
}

/// `47 increments checked, 2 with findings: 1 desync, 3 warnings.`
pub fn summary(report: &Report) -> String {
    let sum =
        |part: fn(&crate::workspace::report::ProjectCount) -> usize| report.projects.iter().map(part).sum::<usize>();
    let (scanned, clean, desyncs) = (sum(|p| p.scanned), sum(|p| p.clean), sum(|p| p.desyncs));
    let mut text = count(scanned, "increment");
    if report.projects.len() > 1 {
        let _ = write!(text, " in {}", count(report.projects.len(), "project"));
    }
    text.push_str(" checked");
    let of = |severity| {
        let is_other = |it: &&Reported| it.finding.code != Code::StatusDesync;
        report.findings.iter().filter(|it| it.finding.severity == severity).filter(is_other).count()
    };
    let errors = if desyncs > 0 { "other error" } else { "error" };
    let found = [
        (desyncs, "desync"),
        (of(Severity::Error), errors),
        (of(Severity::Warning), "warning"),
        (of(Severity::Information), "info"),
        (of(Severity::Hint), "note"),
    ];
    let found: Vec<String> =
        found.into_iter().filter(|(number, _)| *number > 0).map(|(n, what)| count(n, what)).collect();
    // A finding in one of SpecWeave's caches is in no increment.
    if scanned > clean {
        let _ = write!(text, ", {} with findings", scanned - clean);
    }
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    let _ = write!(text, ": {found}");
    let ignored = sum(|p| p.ignored);
    if ignored > 0 {
        let _ = write!(text, ", {} ignored", count(ignored, "finding"));
    }
    text.push_str(".\n");
    text
}

/// The lines of the files that findings are in; each file is read once.
struct Lines<'a> {
    texts: Texts<'a>,
    files: HashMap<PathBuf, Vec<String>>,
}

impl Lines<'_> {
    fn line(&mut self, path: &Path, number: u32) -> String {
        let lines = self.files.entry(path.to_path_buf()).or_insert_with(|| {
            // The finding says what is wrong with a file that cannot be read; its excerpt is empty then.
            let Source::Text(bytes) = (self.texts)(path) else { return Vec::new() };
            let (text, _) = parse::mask(&bytes);
            text.replace("\r\n", "\n").split(['\n', '\r']).map(str::to_owned).collect()
        });
        lines.get(number as usize).cloned().unwrap_or_default()
    }
}
