//! Code actions on the lines of tasks and criteria: ticking them off, and fixing them from the ledger.

use std::path::Path;

use ropey::Rope;
use tower_lsp::ls_types::Range;

use crate::model::edit::Edit;
use crate::model::file_kind::FileKind;
use crate::model::parse::work::{Doc, Item, Kind, tick};
use crate::model::parse::{self, Span};
use crate::model::rules::{self, Code};
use crate::model::work::Disagreement;
use crate::server::handlers::offer::{Content, Offer};
use crate::server::lsp::capabilities::{QUICK_FIX_KIND, WORK_KIND};
use crate::server::lsp::commands;
use crate::server::snapshot::Snapshot;
use crate::server::workspace_edit;
use crate::workspace::change::plan::PlanInput;
use crate::workspace::change::tick::TickError;
use crate::workspace::hint::Hint as _;
use crate::workspace::line_index;

/// One file of the work, as it is looked at for actions.
struct WorkTarget<'t> {
    snapshot: &'t Snapshot<'t>,
    path: &'t Path,
    bytes: &'t [u8],
    lines: Rope,
    range: Range,
}

impl<'t> WorkTarget<'t> {
    fn of(snapshot: &'t Snapshot<'_>, path: &'t Path, bytes: &'t [u8], range: Range) -> WorkTarget<'t> {
        WorkTarget { snapshot, path, bytes, lines: Rope::from_str(&parse::mask(bytes).0), range }
    }

    fn is_on(&self, span: &Span) -> bool {
        let (start, end) = line_index::range(&self.lines, span, self.snapshot.encoding());
        start.line <= self.range.end.line && self.range.start.line <= end.line
    }

    fn content(&self, edit: &Edit) -> Content {
        match workspace_edit::of_edits(self.snapshot, [(self.path, self.bytes, edit)].into_iter()) {
            Ok(edit) => Content::Edit(edit.into(), None),
            Err(error) => Content::Refused(error.to_string()),
        }
    }
}

/// For the tasks under `range` whose lines say another thing than the ledger.
pub(super) fn fixes(snapshot: &Snapshot<'_>, input: &PlanInput, path: &Path, range: Range) -> Vec<Offer> {
    let Some(work) = input.work.as_ref().filter(|_| snapshot.capabilities.code_action_literals) else {
        return Vec::new();
    };
    let file = FileKind::from(work.task_file());
    if !path.ends_with(file.file_name()) {
        return Vec::new();
    }
    let target = WorkTarget::of(snapshot, path, input.increment.bytes(file), range);
    let offer = |found: &Disagreement| {
        let Disagreement::TaskDesync { task, place, fix: Some(fix), .. } = found else { return None };
        target.is_on(&place.span).then(|| Offer {
            title: format!("Update `{}` from the ledger", rules::one_line(task)),
            kind: QUICK_FIX_KIND,
            about: vec![Code::TaskDesync],
            preferred: true,
            content: target.content(fix),
            command: commands::report(),
        })
    };
    work.disagreements.iter().filter_map(offer).collect()
}

/// For the task or criterion on whose line the cursor is.
pub(super) fn ticks(snapshot: &Snapshot<'_>, input: &PlanInput, path: &Path, range: Range) -> Vec<Offer> {
    let Some(work) = input.work.as_ref().filter(|_| snapshot.capabilities.code_action_literals) else {
        return Vec::new();
    };
    let is = |file: FileKind| path.ends_with(file.file_name());
    let (file, doc, outline) = match &work.tasks {
        Some(tasks) if is(FileKind::Tasks) => (FileKind::Tasks, Doc::Tasks, tasks),
        _ if is(FileKind::Spec) => (FileKind::Spec, Doc::Spec, &work.spec),
        _ => return Vec::new(),
    };
    let target = WorkTarget::of(snapshot, path, input.increment.bytes(file), range);
    let (text, _) = parse::mask(target.bytes);
    let offer = |item: &Item| {
        let done = !item.done()?;
        let name = rules::one_line(&text[item.name.clone()]);
        let title = match (item.kind, done) {
            (Kind::Task, true) => format!("Mark task `{name}` as done"),
            (Kind::Task, false) => format!("Mark task `{name}` as open"),
            (_, true) => format!("Tick `{name}`"),
            (_, false) => format!("Untick `{name}`"),
        };
        let content = if item.kind == Kind::Task && work.generation.has_ledger() {
            // A tick would not last, and what the ledger calls done stays so.
            let id = input.increment.id.clone();
            done.then(|| Content::Refused(TickError::DoneByLedger { id, name }.sentences()))?
        } else {
            match tick(&text, doc, item, done) {
                Ok(edit) => target.content(&edit?),
                Err(reason) => Content::Refused(TickError::NotTickable { name, reason }.sentences()),
            }
        };
        let (kind, command) = (WORK_KIND, commands::report());
        Some(Offer { title, kind, about: Vec::new(), preferred: false, content, command })
    };
    // In spec.md tasks count in generation 3 alone.
    let counts = |item: &&Item| item.kind == Kind::Criterion || FileKind::from(work.task_file()) == file;
    outline.items.iter().filter(counts).filter(|item| target.is_on(&item.name)).filter_map(offer).collect()
}
