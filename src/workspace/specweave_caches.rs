//! SpecWeave's caches of what is open: `.specweave/state/status-line.json` and `active-increment.json`. They go stale
//! when a status changes behind SpecWeave's back; here is which of them are, and what its own updater would write.

use std::cmp::Reverse;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ropey::Rope;
use serde_json::{Map, Value, json};

use crate::model::file_kind::FileKind;
use crate::model::increment::Source;
use crate::model::parse::{self, Span, metadata};
use crate::model::rules::Code;
use crate::model::status::{Side, Status};
use crate::workspace::change::error::ChangeError;
use crate::workspace::change::lock::ProjectLock;
use crate::workspace::change::notice::Say;
use crate::workspace::change::plan;
use crate::workspace::change::state_folder::{draft_in, state_folder};
use crate::workspace::check::{self, LocatedFinding};
use crate::workspace::config::Settings;
use crate::workspace::discover::{PROJECT_FOLDER, Scope};
use crate::workspace::documents::Documents;
use crate::workspace::fs::atomic::persist;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::reader::{self, Want};
use crate::workspace::line_index::{self, Encoding};
use crate::workspace::project;
use crate::workspace::summary::{self, Summary};

pub const STATUS_LINE: &str = "status-line.json";
pub const ACTIVE: &str = "active-increment.json";

/// SpecWeave shows and tracks at most so many.
const MOST: usize = 2;

pub fn path(root: &Path, name: &str) -> PathBuf {
    project::file(&project::file(&root.join(PROJECT_FOLDER), "state"), name)
}

pub fn is_cache(root: &Path, file: &Path) -> bool {
    [STATUS_LINE, ACTIVE].into_iter().any(|name| path(root, name) == file)
}

/// An id in a cache that should not be there.
#[derive(Debug, PartialEq)]
pub struct Stale {
    /// `status-line.json` or `active-increment.json`.
    pub cache: &'static str,
    pub id: String,
    pub span: Span,
    /// What the increment's file says instead that the cache is made from, if there is a status in it.
    pub status: Option<String>,
}

/// The file that SpecWeave makes the cache from.
fn side(cache: &str) -> Side {
    if cache == ACTIVE { Side::Metadata } else { Side::Spec }
}

/// The ids a cache shows as open, where the increment is not; `status_of` gives the
/// status that one file of an increment has.
pub fn stale(cache: &'static str, text: &[u8], status_of: impl Fn(&str, Side) -> Option<String>) -> Vec<Stale> {
    let (text, _) = parse::mask(text);
    let wanted: fn(Status) -> bool = if cache == ACTIVE { |status| status == Status::Active } else { Status::is_open };
    ids(&text)
        .into_iter()
        .filter_map(|(id, span)| {
            let status = status_of(&id, side(cache));
            let open = status.as_deref().and_then(Status::meaning).is_some_and(wanted);
            (!open).then_some(Stale { cache, id, span, status })
        })
        .collect()
}

/// What a cache lacks or counts wrong, where all that it shows is open; `expected` is what SpecWeave would write.
pub fn outdated(cache: &'static str, bytes: &[u8], expected: &Value) -> Option<(Stale, String)> {
    let (text, _) = parse::mask(bytes);
    let written: Value = serde_json::from_str(&text).ok().filter(Value::is_object)?;
    let list = |cache: &Value, name: &str| cache.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let says = |id: &Value, message: String| {
        let id = id.as_str().unwrap_or_default().to_owned();
        Some((Stale { cache, id, span: parse::first_line(&text), status: None }, message))
    };
    let lacks = |id: &Value| says(id, format!("SpecWeave's cache does not show {}, which is open.", text_of(id)));
    if cache == ACTIVE {
        // An older form names one increment alone.
        let ids = list(&written, "ids");
        let known = |id: &Value| ids.contains(id) || written.get("id") == Some(id);
        return list(expected, "ids").iter().find(|id| !known(id)).and_then(lacks);
    }
    let shown = list(&written, "activeIncrements");
    for open in list(expected, "activeIncrements") {
        let Some(known) = shown.iter().find(|known| known["id"] == open["id"]) else { return lacks(&open["id"]) };
        let counts = |of: &Value| (of["completed"].clone(), of["total"].clone());
        if counts(known) != counts(&open) {
            let ((done, total), (now_done, now_total)) = (counts(known), counts(&open));
            let id = text_of(&open["id"]);
            let message = format!(
                "SpecWeave's cache shows {done}/{total} tasks of {id} as done; now it is {now_done}/{now_total}."
            );
            return says(&open["id"], message);
        }
    }
    let member = metadata::members(&text).ok()?.into_iter().rfind(|member| member.name == "openCount")?;
    let (written, now) = (&written["openCount"], &expected["openCount"]);
    (written != now).then(|| {
        let message = format!("SpecWeave's cache counts {written} open increments; now it is {now}.");
        (Stale { cache, id: String::new(), span: member.value, status: None }, message)
    })
}

fn text_of(id: &Value) -> &str {
    id.as_str().unwrap_or_default()
}

/// What is stale in the caches of a project, as findings: the file, what is stale, and where.
pub fn findings(
    root: &Path,
    documents: &Documents,
    settings: &Settings,
    encoding: Encoding,
    status_of: impl Fn(&str, Side) -> Option<String>,
    lines: impl Fn() -> Vec<Summary>,
) -> Vec<(PathBuf, Stale, LocatedFinding)> {
    let code = Code::StaleStatusLine;
    let Some(severity) = settings.severity(code, code.severity()) else { return Vec::new() };
    let mut found = Vec::new();
    for cache in [STATUS_LINE, ACTIVE] {
        let path = path(root, cache);
        let Source::Text(bytes) = check::source(&path, documents, settings, Want::Whole) else { continue };
        let text = Rope::from_str(&parse::mask(&bytes).0);
        let mut add = |stale: Stale, message: String| {
            let (start, end) = line_index::range(&text, &stale.span, encoding);
            let (file, message, related) = (FileKind::Spec, message.into(), Box::default());
            found.push((
                path.clone(),
                stale,
                LocatedFinding { code, severity, file, start, end, message, twin_of: None, related },
            ));
        };
        let stale = stale(cache, &bytes, &status_of);
        if stale.is_empty()
            && let Some(outdated) = outdated(cache, &bytes, &content(cache, &lines(), documents, settings))
        {
            add(outdated.0, outdated.1);
        }
        for stale in stale {
            let says = match &stale.status {
                Some(status) if cache == ACTIVE => format!("its metadata.json says `{status}`"),
                None if cache == ACTIVE => "it has no status in metadata.json".to_owned(),
                Some(status) => format!("its status is `{status}`"),
                None => "it has no status".to_owned(),
            };
            let message = format!("SpecWeave's cache shows {} as open; {says}.", stale.id);
            add(stale, message);
        }
    }
    found
}

/// The ids in a cache of either kind, old and new, with their places.
fn ids(text: &str) -> Vec<(String, Span)> {
    // A cache that cannot be read is rewritten by SpecWeave's next update; nothing depends on it.
    let Ok(members) = metadata::members(text) else { return Vec::new() };
    let mut ids = Vec::new();
    for member in &members {
        let raw = &text[member.value.clone()];
        match member.name.as_ref() {
            "id" => add(text, &member.value, &mut ids),
            "ids" => metadata::items(raw).into_iter().for_each(|item| {
                add(text, &(member.value.start + item.start..member.value.start + item.end), &mut ids)
            }),
            "current" => nested_id(text, &member.value, &mut ids),
            "activeIncrements" => metadata::items(raw).into_iter().for_each(|item| {
                nested_id(text, &(member.value.start + item.start..member.value.start + item.end), &mut ids);
            }),
            _ => {}
        }
    }
    ids
}

fn nested_id(text: &str, object: &Span, ids: &mut Vec<(String, Span)>) {
    let Ok(members) = metadata::members(&text[object.clone()]) else { return };
    if let Some(member) = members.iter().rfind(|member| member.name == "id") {
        add(text, &(object.start + member.value.start..object.start + member.value.end), ids);
    }
}

fn add(text: &str, value: &Span, ids: &mut Vec<(String, Span)>) {
    let raw = &text[value.clone()];
    if let Ok(id) = serde_json::from_str::<String>(raw) {
        ids.push((id, metadata::inner_span(value, raw)));
    }
}

/// Rewrites the caches that are there, if they are stale. They are only caches: what goes wrong is a warning, and no
/// failure of the change before.
pub fn refresh(root: &Path, settings: &Settings, say: Say<'_>) -> Result<(), ChangeError> {
    if ![STATUS_LINE, ACTIVE].into_iter().any(|cache| path(root, cache).exists()) {
        return Ok(());
    }
    // Half of another process's change does not get into them, and their drafts are not taken for abandoned ones.
    let _lock = ProjectLock::take(&state_folder(root), say)?;
    let summaries = summary::read_project(root, &Scope::default(), &Documents::default(), settings, false);
    let results = [STATUS_LINE, ACTIVE].map(|cache| refresh_one(root, cache, settings, &summaries));
    Ok(results.into_iter().collect::<Result<(), FileError>>()?)
}

fn refresh_one(root: &Path, cache: &'static str, settings: &Settings, summaries: &[Summary]) -> Result<(), FileError> {
    let path = path(root, cache);
    let Source::Text(_) = reader::read(&path, settings.max_file_size, Want::Whole) else { return Ok(()) };
    let text = format!("{:#}", content(cache, summaries, &Documents::default(), settings));
    replace(root, &path, text.as_bytes()).map_err(FileError::when("refresh", &path))
}

/// What SpecWeave's own updater would write.
pub fn content(cache: &str, summaries: &[Summary], documents: &Documents, settings: &Settings) -> Value {
    // Without a date it is the longest ago.
    let last_activity = |line: &Summary| {
        let side = Side::Metadata;
        let source = check::source(&line.folder.join(side.file_name()), documents, settings, Want::of(side));
        let metadata: Option<Value> = serde_json::from_str(&parse::mask(source.bytes()).0).ok();
        metadata.and_then(|it| it.get("lastActivity")?.as_str()?.parse::<jiff::Timestamp>().ok())
    };
    // metadata.json has a date of its own, which does not count here.
    let created =
        |line: &&Summary| line.created.as_deref().filter(|_| line.created_in_spec).unwrap_or("1970-01-01").to_owned();
    let means = |line: &Summary, wanted: &[Status]| {
        // Its updater knows the canonical spellings only.
        line.spec_status.as_deref().and_then(Status::canonical).is_some_and(|status| wanted.contains(&status))
    };
    if cache == ACTIVE {
        let is_active = |line: &&Summary| line.metadata_status.as_deref() == Some(Status::Active.as_str());
        let mut active: Vec<&Summary> = summaries.iter().filter(is_active).collect();
        active.sort_by_cached_key(|line| Reverse(last_activity(line)));
        let ids: Vec<_> = active.iter().take(MOST).map(|line| line.id()).collect();
        return json!({"ids": ids, "lastUpdated": plan::now()});
    }
    let open_statuses = [Status::Active, Status::Planning, Status::Backlog, Status::ReadyForReview];
    let mut open: Vec<&Summary> = summaries.iter().filter(|line| means(line, &open_statuses)).collect();
    open.sort_by_cached_key(created);
    let shown: Vec<Value> = open
        .iter()
        .take(MOST)
        .map(|line| {
            let tasks = line.progress().tasks;
            // Rounded down: 100 is all of them.
            let percentage = (tasks.done * 100).checked_div(tasks.total).unwrap_or(0);
            json!({"id": line.id(), "name": line.id(), "completed": tasks.done, "total": tasks.total, "percentage": percentage})
        })
        .collect();
    let mut cache = Map::new();
    cache.insert("activeIncrements".to_owned(), json!(shown));
    cache.insert("openCount".to_owned(), json!(open.len()));
    cache.insert("lastUpdate".to_owned(), json!(plan::now()));
    cache.insert("current".to_owned(), shown.first().cloned().unwrap_or(Value::Null));
    if open.is_empty() {
        cache.insert("message".to_owned(), json!("No active increments. Start with sw:increment \"feature name\""));
    }
    Value::Object(cache)
}

fn replace(root: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = draft_in(&state_folder(root))?;
    file.write_all(text)?;
    file.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    persist(file, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_ids_that_are_not_open() {
        let text =
            r#"{"activeIncrements": [{"id": "0001-a", "name": "x"}, {"id": "0002-b"}], "current": {"id": "0001-a"}}"#;
        let status = |id: &str, _: Side| (id == "0002-b").then(|| "active".to_owned());
        let found = stale(STATUS_LINE, text.as_bytes(), status);
        assert_eq!(
            found.iter().map(|s| (s.id.as_str(), &text[s.span.clone()])).collect::<Vec<_>>(),
            [("0001-a", "0001-a"); 2]
        );
        let text = r#"{"ids": ["0001-a", "0002-b"], "lastUpdated": "x"}"#;
        assert_eq!(stale(ACTIVE, text.as_bytes(), status).len(), 1);
        assert_eq!(stale(ACTIVE, br#"{"id": "0002-b"}"#, |_, _| Some("paused".to_owned())).len(), 1);
        assert!(stale(ACTIVE, b"{", status).is_empty());
    }
}
