//! What an increment is about, how far it is and what is wrong with it; and what a story, criterion or task stands for.

use std::path::Path;

use jiff::{Timestamp, civil};
use tower_lsp::ls_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use crate::model::file_kind::FileKind;
use crate::model::increment::Increment;
use crate::model::outline::{self, Item, Kind};
use crate::model::parse::{self, Span};
use crate::model::progress::Progress;
use crate::model::rules::one_line;
use crate::model::status::{Side, Status};
use crate::server::features::navigation::is;
use crate::server::features::{Look, Part};
use crate::server::session::Session;
use crate::server::status::escape;
use crate::workspace::change::plan;
use crate::workspace::check::{self, Depth};

impl Session {
    pub fn hover(&self, params: &HoverParams) -> Option<Hover> {
        let (look, offset) = self.look_under(&params.text_document_position_params)?;
        let (text, span) = self.hover_text(&look, offset)?;
        let (kind, value) = if self.client.markdown_hover {
            (MarkupKind::Markdown, text)
        } else {
            (MarkupKind::PlainText, plain(&text))
        };
        let contents = HoverContents::Markup(MarkupContent { kind, value });
        Some(Hover { contents, range: Some(look.text.range(&span)) })
    }

    fn hover_text(&self, look: &Look, offset: usize) -> Option<(String, Span)> {
        let own = look.status_at(offset).map(|(_, field)| field).or_else(|| look.name_at(offset));
        if let Some(field) = own {
            return Some((self.about(&look.folder, &look.increment, look.progress), field.span.clone()));
        }
        let (kind, span) = outline::mention_at(&look.text.text, offset)?;
        let name = &look.text.text[span.clone()];
        if kind == Kind::Increment {
            let folder = self.named(&look.root, name)?;
            let (increment, progress) = check::load(&folder, &self.documents, &self.settings, Depth::Work);
            return Some((self.about(&folder, &increment, progress.unwrap_or_default()), span));
        }
        self.about_item(look, kind, name).map(|text| (text, span))
    }

    fn about(&self, folder: &Path, increment: &Increment, progress: Progress) -> String {
        let mut lines = Vec::new();
        let title = increment.title().map_or(String::new(), |title| format!(": {}", escape(&one_line(title))));
        lines.push(format!("**{}**{title}", escape(&increment.id)));
        let said = Side::BOTH.map(|side| {
            let reading = &increment.file(side).parsed;
            let status = reading.status_field().map(|field| match field.value.as_text() {
                Some(text) => format!("`{}`", one_line(text)),
                None => field.value.kind().to_owned(),
            });
            let link = self.uri(&folder.join(side.file_name()));
            let name = side.file_name();
            let file = link.map_or_else(|| name.to_owned(), |uri| format!("[{name}]({})", uri.as_str()));
            format!("{file}: {}", status.unwrap_or_else(|| "no status".to_owned()))
        });
        let desynced = increment.is_desynced();
        lines.push(format!("{}{}", said.join(" · "), if desynced { " — **they disagree**" } else { "" }));
        let mut facts: Vec<String> = Vec::new();
        facts.extend(increment.metadata.parsed.kind.as_deref().or(increment.spec.parsed.kind.as_deref()).map(escape));
        facts.extend(progress.tasks.of("tasks"));
        facts.extend(progress.criteria.of("ACs"));
        facts.extend(increment.created().map(|created| format!("created {}", dated(created))));
        lines.push(facts.join(" · "));
        lines.push(if desynced { written(folder) } else { since(increment) });
        let side = plan::preferred_side(increment, self.settings.preferred);
        let meaning = increment.file(side).parsed.status_text().and_then(Status::meaning);
        if let Some(status) = meaning.filter(|_| !desynced) {
            let next: Vec<String> = status.next().iter().map(|status| format!("`{status}`")).collect();
            lines.push(format!("`{status}`: {}. Next: {}", status.says(), next.join(", ")));
        }
        let findings = self.index.with(folder, |entry| {
            let lines =
                entry.findings.iter().filter(|finding| finding.file == FileKind::Spec || finding.related.is_empty());
            lines
                .map(|finding| format!("- {}: {}", finding.severity.as_str(), escape(&finding.message)))
                .collect::<Vec<_>>()
        });
        lines.push(findings.unwrap_or_default().join("\n"));
        lines.retain(|line| !line.is_empty());
        lines.join("\n\n")
    }

    /// A story with its criteria, a criterion with the tasks that satisfy it, a task.
    fn about_item(&self, look: &Look, kind: Kind, name: &str) -> Option<String> {
        let (_, home) = self.home(look, kind);
        let items = outline::items(&home.text);
        let item = items.iter().find(|item| is(item, kind, name, &home.text))?;
        let mut lines = vec![headline(item, &home.text)];
        match kind {
            Kind::Story => {
                let inside = items
                    .iter()
                    .filter(|other| other.kind == Kind::Criterion && item.section.contains(&other.section.start));
                lines.push(list(inside, &home.text));
            }
            Kind::Criterion => {
                let (_, tasks) = self.home(look, Kind::Task);
                let all = outline::items(&tasks.text);
                let satisfies = |task: &&Item| {
                    let section = &tasks.text[task.section.clone()];
                    outline::mentions(section).any(|(found, span)| found == kind && section[span] == *name)
                };
                let tasks_of: Vec<&Item> =
                    all.iter().filter(|item| item.kind == Kind::Task).filter(satisfies).collect();
                lines.push(if tasks_of.is_empty() {
                    "No task names it.".to_owned()
                } else {
                    list(tasks_of.into_iter(), &tasks.text)
                });
            }
            Kind::Task | Kind::Increment => {}
        }
        let Progress { tasks, criteria } = look.progress;
        let counts = if kind == Kind::Task { tasks.of("tasks") } else { criteria.of("ACs") };
        if look.part != Part::File(Side::Metadata) {
            lines.extend(counts.map(|counts| format!("{counts} of {} are done", escape(&look.increment.id))));
        }
        lines.retain(|line| !line.is_empty());
        Some(lines.join("\n\n"))
    }
}

fn headline(item: &Item, text: &str) -> String {
    let state = match item.done {
        Some(true) => "☑ ",
        Some(false) => "☐ ",
        None => "",
    };
    let title = text[item.title.clone()].trim_end_matches('*');
    format!("{state}**{}** {}", escape(&text[item.name.clone()]), escape(title))
}

fn list<'i>(items: impl Iterator<Item = &'i Item>, text: &str) -> String {
    items.map(|item| format!("- {}", headline(item, text))).collect::<Vec<_>>().join("\n")
}

/// Since when it has its status, as far as metadata.json tells.
fn since(increment: &Increment) -> String {
    let (text, _) = parse::mask(increment.metadata.bytes());
    let Ok(members) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) else {
        return String::new();
    };
    let member = |name: &str| members.get(name).and_then(serde_json::Value::as_str).filter(|text| age(text).is_some());
    let status = increment.metadata.parsed.status_text().and_then(Status::meaning);
    let since = status.into_iter().flat_map(Status::since_member).find_map(|name| member(name));
    match (since, status, member("lastActivity")) {
        (Some(since), Some(status), _) => format!("`{status}` since {}", dated(since)),
        (_, _, Some(last)) => format!("last activity {}", dated(last)),
        _ => String::new(),
    }
}

/// When the two files were written that disagree: the later one is where they parted, or later.
fn written(folder: &Path) -> String {
    let age = |side: Side| {
        let time = std::fs::metadata(folder.join(side.file_name())).and_then(|it| it.modified()).ok()?;
        let ago = ago(Timestamp::try_from(time).ok()?);
        Some(format!("{} was written {ago}", side.file_name()))
    };
    Side::BOTH.into_iter().filter_map(age).collect::<Vec<_>>().join(", ")
}

/// `2025-11-18 (4 days ago)`, or what stands there if it is no date.
fn dated(text: &str) -> String {
    match age(text) {
        Some(ago) => format!("{} ({ago})", escape(text.get(..10).unwrap_or(text))),
        None => escape(&one_line(text)),
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

/// For clients that show no markdown.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown.replace("**", "").replace('`', "");
    // Links keep their words.
    while let Some((before, (words, after))) = rest.split_once('[').and_then(|(before, link)| {
        Some((before, link.split_once("](").and_then(|(w, l)| Some((w, l.split_once(')')?.1)))?))
    }) {
        text.push_str(before);
        text.push_str(words);
        rest = after.to_owned();
    }
    text.push_str(&rest);
    let mut unescaped = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' || !letters.peek().is_some_and(char::is_ascii_punctuation) {
            unescaped.push(letter);
        }
    }
    unescaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_marks() {
        assert_eq!(plain("**0047\\_x**: `a` in [spec.md](file:///p/spec.md) \\[b\\]"), "0047_x: a in spec.md [b]");
        assert_eq!(plain("no \\[link"), "no [link");
    }

    #[test]
    fn ages() {
        assert!(age("2025-11-20T10:00:00.000Z").is_some());
        assert_eq!(age("2999-01-01").as_deref(), Some("in the future"));
        assert_eq!(age("soon"), None);
        assert_eq!(ago(Timestamp::now()), "just now");
        assert_eq!(dated("soon"), "soon");
    }
}
