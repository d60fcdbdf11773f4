//! Above the status in spec.md and metadata.json: the status, how far the increment is, and the next step. Four at
//! most: a longer row is not read, and everything else is in the menu of code actions.

use tower_lsp::ls_types::{CodeLens, CodeLensParams, Command};

use crate::model::file_kind::FileKind;
use crate::model::rules::one_line;
use crate::model::status::{Side, Status};
use crate::server::handlers::file_context::{DocumentKind, FileContext};
use crate::server::lsp::commands;
use crate::server::snapshot::Snapshot;

pub fn code_lens(snapshot: &Snapshot<'_>, params: &CodeLensParams) -> Option<Vec<CodeLens>> {
    let file = FileContext::at(snapshot, &params.text_document.uri)?;
    let DocumentKind::File(side) = file.kind else { return Some(Vec::new()) };
    if !snapshot.settings(&file.folder).code_lens {
        return Some(Vec::new());
    }
    let commands = lens_commands(snapshot, &file, side);
    let places = places(&file, side).take(commands.len());
    let lens = |(place, command): (usize, Command)| CodeLens {
        range: file.text.range(&(place..place)),
        command: Some(command),
        data: None,
    };
    Some(places.zip(commands).map(lens).collect())
}

/// On the line of the status, or the first: each lens at a column of its own, since Neovim shows those of one column in any
/// order. The line of a status has room for all.
fn places(file: &FileContext, side: Side) -> impl Iterator<Item = usize> {
    let text = &file.text.text;
    let status = file.increment.file(side).parsed.written_status().map_or(0, |field| field.span.start);
    let start = text[..status].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let line = text[start..].split(['\n', '\r']).next().unwrap_or_default();
    let end = start + line.len();
    line.char_indices().map(move |(at, _)| start + at).chain(std::iter::repeat(end))
}

fn lens_commands(snapshot: &Snapshot<'_>, file: &FileContext, side: Side) -> Vec<Command> {
    let name = snapshot.command_name(&file.folder);
    let said = |side: Side| file.increment.file(side).parsed.status_field();
    let shown = |side: Side| {
        let value = said(side).map(|field| &field.value);
        value.map_or("no status".to_owned(), |value| value.as_text().map_or(value.kind().to_owned(), one_line))
    };
    let open = |title: String, name: &str| {
        let uri = snapshot.uri(&file.folder.join(name)).map(|uri| uri.as_str().to_owned());
        commands::open(&title, &uri.unwrap_or_default())
    };
    let tasks = file.progress.tasks.of("tasks").map(|title| open(title, FileKind::Tasks.file_name()));
    let criteria = file.progress.criteria.of("ACs").map(|title| open(title, Side::Spec.file_name()));
    let other = side.other();
    let mut commands = Vec::new();
    if file.increment.is_desynced() {
        let title = format!("⊗ {} here ≠ {} in {}", shown(side), shown(other), other.file_name());
        commands.push(open(title, other.file_name()));
        // Always in the same order, in whichever file: what is clicked twice is clicked without looking.
        for keep in [Side::Metadata, Side::Spec] {
            if said(keep).is_some_and(|field| field.value.as_text().is_some()) {
                let title = format!("Set both to {}", shown(keep));
                commands.push(Command { title, ..commands::sync(&name, keep) });
            }
        }
        commands.extend(tasks.or(criteria));
        return commands;
    }
    // Where one of the two has none, the other has the status of the increment.
    commands.push(open(shown(file.increment.status_side()), other.file_name()));
    commands.extend(tasks.into_iter().chain(criteria));
    commands.extend(file.increment.status().map(|status| match next_step(status) {
        ("Close", _) => Command { title: "Close".to_owned(), ..commands::close(&name) },
        (verb, goal) => Command { title: verb.to_owned(), ..commands::set_status(&name, goal) },
    }));
    commands
}

/// What a person does next with an increment of that status.
fn next_step(status: Status) -> (&'static str, Status) {
    match status {
        Status::Planning | Status::Backlog => ("Start", Status::Active),
        Status::Paused => ("Resume", Status::Active),
        Status::Active | Status::ReadyForReview => ("Close", Status::Completed),
        Status::Completed | Status::Abandoned => ("Reopen", Status::Active),
    }
}
