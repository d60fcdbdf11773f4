//! What an increment is about and how far it is; and what a story, criterion or task stands for. What is wrong is in the
//! diagnostics, which editors show beside a hover.

use std::path::Path;

use jiff::{Timestamp, civil};
use tower_lsp::ls_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use crate::model::increment::Increment;
use crate::model::parse::work::{self, Item, Kind};
use crate::model::parse::{self, Span};
use crate::model::rules::one_line;
use crate::model::status::{Side, Status};
use crate::model::work::Progress;
use crate::server::handlers::definition::{home, home_items, is};
use crate::server::handlers::file_context::{DocumentKind, FileContext};
use crate::server::handlers::specweave_evidence::{Undecided, undecided};
use crate::server::markdown::Style;
use crate::server::snapshot::Snapshot;
use crate::workspace::check::{self, Depth};

/// With the increment that is in question, if a side of it has to be chosen.
pub fn hover(snapshot: &Snapshot<'_>, params: &HoverParams) -> Option<(Hover, Option<Undecided>)> {
    let (file, offset) = FileContext::under(snapshot, &params.text_document_position_params)?;
    let (kind, style) = if snapshot.capabilities.markdown_hover {
        (MarkupKind::Markdown, Style::Markdown)
    } else {
        (MarkupKind::PlainText, Style::Plain)
    };
    let (value, span) = hover_text(snapshot, style, &file, offset)?;
    let contents = HoverContents::Markup(MarkupContent { kind, value });
    let is_about_status = file.status_at(offset).is_some();
    let undecided = is_about_status.then(|| undecided(snapshot, &file.folder)).flatten();
    Some((Hover { contents, range: Some(file.text.range(&span)) }, undecided))
}

/// Who changed each side last, and what is open: for whoever has to choose.
pub fn with_evidence(hover: Hover, undecided: &Undecided) -> Hover {
    let HoverContents::Markup(MarkupContent { kind, value }) = hover.contents else { return hover };
    let style = if kind == MarkupKind::Markdown { Style::Markdown } else { Style::Plain };
    let value = format!("{value}\n\n{}", undecided.evidence().lines(style));
    Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), ..hover }
}

fn hover_text(snapshot: &Snapshot<'_>, style: Style, file: &FileContext, offset: usize) -> Option<(String, Span)> {
    let status = file.status_at(offset).map(|(_, field)| field);
    // What is open is among the evidence then.
    let is_undecided = status.is_some() && file.increment.is_desynced();
    if let Some(field) = status.or_else(|| file.name_at(offset)) {
        let progress = if is_undecided { Progress::default() } else { file.progress };
        return Some((about(snapshot, style, &file.folder, &file.increment, progress), field.span.clone()));
    }
    let (kind, span) = work::mention_at(&file.text.text, offset)?;
    let name = &file.text.text[span.clone()];
    if kind == Kind::Increment {
        let folder = snapshot.increment(&file.root, name)?;
        let (increment, work) = check::load(&folder, snapshot.documents, snapshot.settings(&folder), Depth::Work);
        let progress = work.map(|work| work.progress).unwrap_or_default();
        return Some((about(snapshot, style, &folder, &increment, progress), span));
    }
    about_item(snapshot, style, file, kind, name).map(|text| (text, span))
}

fn about(snapshot: &Snapshot<'_>, style: Style, folder: &Path, increment: &Increment, progress: Progress) -> String {
    let mut lines = Vec::new();
    let title = increment.title().map_or(String::new(), |title| format!(": {}", style.text(&one_line(title))));
    lines.push(format!("{}{title}", style.strong(&increment.id)));
    let said = Side::BOTH.map(|side| {
        let reading = &increment.file(side).parsed;
        let status = reading.status_field().map(|field| match field.value.as_text() {
            Some(text) => style.code(&one_line(text)),
            None => field.value.kind().to_owned(),
        });
        let link = snapshot.uri(&folder.join(side.file_name()));
        let name = side.file_name();
        let file = link.map_or_else(|| name.to_owned(), |uri| style.link(name, uri.as_str()));
        format!("{file}: {}", status.unwrap_or_else(|| "no status".to_owned()))
    });
    let desynced = increment.is_desynced();
    lines.push(said.join(if desynced { " ≠ " } else { " · " }));
    let mut facts: Vec<String> = Vec::new();
    facts.extend(
        increment
            .metadata
            .parsed
            .kind
            .as_deref()
            .or(increment.spec.parsed.kind.as_deref())
            .map(|kind| style.text(kind)),
    );
    facts.extend(progress.tasks.of("tasks"));
    facts.extend(progress.criteria.of("ACs"));
    facts.extend(increment.created().map(|created| format!("created {}", dated(style, created))));
    lines.push(facts.join(" · "));
    lines.push(since(style, increment));
    let side = increment.preferred_side(snapshot.settings(folder).preferred);
    let meaning = increment.file(side).parsed.status_text().and_then(Status::meaning);
    if let Some(status) = meaning.filter(|_| !desynced) {
        let next: Vec<String> = status.next().iter().map(|status| style.code(status.as_str())).collect();
        lines.push(format!("{}: {}. Next: {}", style.code(status.as_str()), status.says(), next.join(", ")));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n\n")
}

/// A story with its criteria, a criterion with the tasks that satisfy it, a task.
fn about_item(snapshot: &Snapshot<'_>, style: Style, file: &FileContext, kind: Kind, name: &str) -> Option<String> {
    let (_, defining) = home(snapshot, file, kind);
    let items = home_items(file, kind, &defining);
    let item = items.iter().find(|item| is(item, kind, name, &defining.text))?;
    let mut lines = vec![headline(style, file, item, &defining.text)];
    match kind {
        Kind::Story => {
            let inside = items
                .iter()
                .filter(|other| other.kind == Kind::Criterion && item.section.contains(&other.section.start));
            lines.push(list(style, file, inside, &defining.text));
        }
        Kind::Criterion => {
            let (_, tasks) = home(snapshot, file, Kind::Task);
            let all = home_items(file, Kind::Task, &tasks);
            let satisfies = |task: &&Item| {
                let section = &tasks.text[task.section.clone()];
                work::mentions(section).any(|(found, span)| found == kind && section[span] == *name)
            };
            let tasks_of: Vec<&Item> = all.iter().filter(|item| item.kind == Kind::Task).filter(satisfies).collect();
            lines.push(if tasks_of.is_empty() {
                "No task satisfies it.".to_owned()
            } else {
                list(style, file, tasks_of.into_iter(), &tasks.text)
            });
        }
        Kind::Task | Kind::Increment => {}
    }
    let Progress { tasks, criteria, .. } = file.progress;
    let counts = if kind == Kind::Task { tasks.of("tasks") } else { criteria.of("ACs") };
    if file.kind != DocumentKind::File(Side::Metadata) {
        lines.extend(counts.map(|counts| format!("{counts} of {} are done", style.text(&file.increment.id))));
    }
    lines.retain(|line| !line.is_empty());
    Some(lines.join("\n\n"))
}

fn headline(style: Style, file: &FileContext, item: &Item, text: &str) -> String {
    let name = &text[item.name.clone()];
    let state = match item.done().map(|_| !file.work.is_open(item.kind, name)) {
        Some(true) => "☑ ",
        Some(false) => "☐ ",
        None => "",
    };
    let title = text[item.title.clone()].trim_end_matches('*');
    format!("{state}{} {}", style.strong(name), style.text(title))
}

fn list<'i>(style: Style, file: &FileContext, items: impl Iterator<Item = &'i Item>, text: &str) -> String {
    items.map(|item| format!("- {}", headline(style, file, item, text))).collect::<Vec<_>>().join("\n")
}

/// Since when it has its status, as far as metadata.json tells.
fn since(style: Style, increment: &Increment) -> String {
    let (text, _) = parse::mask(increment.metadata.bytes());
    let Ok(members) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) else {
        return String::new();
    };
    let member = |name: &str| members.get(name).and_then(serde_json::Value::as_str).filter(|text| age(text).is_some());
    let status = increment.metadata.parsed.status_text().and_then(Status::meaning);
    let since = status.into_iter().flat_map(Status::since_member).find_map(|name| member(name));
    match (since, status, member("lastActivity")) {
        (Some(since), Some(status), _) => format!("{} since {}", style.code(status.as_str()), dated(style, since)),
        (_, _, Some(last)) => format!("last activity {}", dated(style, last)),
        _ => String::new(),
    }
}

/// `2025-11-18 (4 days ago)`, or the text itself if it is no date.
fn dated(style: Style, text: &str) -> String {
    match age(text) {
        Some(ago) => format!("{} ({ago})", style.text(text.get(..10).unwrap_or(text))),
        None => style.text(&one_line(text)),
    }
}

fn age(text: &str) -> Option<String> {
    let moment = text.parse::<Timestamp>().ok().or_else(|| {
        let date = text.parse::<civil::Date>().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(ago(moment))
}

fn ago(moment: Timestamp) -> String {
    let seconds = Timestamp::now().as_second() - moment.as_second();
    let (count, unit) = match seconds {
        ..0 => return "in the future".to_owned(),
        0..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    match count {
        0 => "just now".to_owned(),
        1 => format!("1 {unit} ago"),
        _ => format!("{count} {unit}s ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        assert!(age("2025-11-20T10:00:00.000Z").is_some());
        assert_eq!(age("2999-01-01").as_deref(), Some("in the future"));
        assert_eq!(age("soon"), None);
        assert_eq!(ago(Timestamp::now()), "just now");
        assert_eq!(dated(Style::Plain, "soon"), "soon");
    }
}
