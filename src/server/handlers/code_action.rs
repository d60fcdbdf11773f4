//! Code actions: what can be done about an increment, from where the cursor is. Asked for at every move of the cursor, so
//! nothing is read for them that is known; the edit is made when an action is chosen, if the client can ask then.

use std::path::Path;

use ropey::Rope;
use tower_lsp::ls_types::*;

use crate::model::generation::Generation;
use crate::model::parse::{self, spec};
use crate::model::rules::{self, Code, Finding, RuleContext};
use crate::model::status::{Side, Status};
use crate::model::transition;
use crate::model::work::Work;
use crate::server::diagnostics::SOURCE;
use crate::server::handlers::offer::{ActionData, Content, Offer};
use crate::server::handlers::planning::{self, Goal};
use crate::server::handlers::{refresh_cache, work_actions};
use crate::server::lsp::capabilities::{CLOSE_KIND, FIX_ALL_KIND, QUICK_FIX_KIND, STATUS_KIND, WORK_KIND};
use crate::server::lsp::errors::{RequestError, Result};
use crate::server::lsp::{commands, position};
use crate::server::pending_edits::{self, hash};
use crate::server::snapshot::Snapshot;
use crate::server::workspace_edit;
use crate::workspace::change::plan::{Plan, PlanInput};
use crate::workspace::{check, discover, line_index};

pub fn code_action(snapshot: &Snapshot<'_>, params: &CodeActionParams) -> CodeActionResponse {
    let Some(path) = snapshot.path(&params.text_document.uri) else { return Vec::new() };
    let wanted = |kind: &str| {
        params.context.only.as_ref().is_none_or(|only| only.iter().any(|wanted| covers(wanted.as_str(), kind)))
    };
    // Choosing a side is a decision: nothing for whoever fixes all there is, and never while saving.
    let automatic = params.context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC);
    let named = |kind: &str| params.context.only.iter().flatten().any(|wanted| wanted.as_str() == kind) && !automatic;
    let mut offers = Vec::new();
    match discover::increment_of(&path) {
        None if wanted(QUICK_FIX_KIND) => offers.extend(refresh(snapshot, &path)),
        Some((root, folder)) if snapshot.knows(&root, &folder) => {
            let input = planning::input(snapshot, &folder);
            if wanted(QUICK_FIX_KIND) {
                quick_fixes(snapshot, &input, &path, params.range, &mut offers);
                offers.extend(work_actions::fixes(snapshot, &input, &path, params.range));
            }
            if wanted(CLOSE_KIND) || wanted(STATUS_KIND) {
                transitions(snapshot, &input, &path, params.range, &wanted, &mut offers);
            }
            if wanted(WORK_KIND) {
                offers.extend(work_actions::ticks(snapshot, &input, &path, params.range));
            }
            if named(FIX_ALL_KIND) {
                offers.extend(fix_all(snapshot, &root));
            }
        }
        _ => {}
    }
    offers.into_iter().filter_map(|offer| action(snapshot, offer, &params.context)).collect()
}

/// `refactor` covers `refactor.rewrite.close`.
fn covers(wanted: &str, kind: &str) -> bool {
    let rest = kind.strip_prefix(wanted);
    wanted.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The fixes of the findings under `range`.
fn quick_fixes(snapshot: &Snapshot<'_>, input: &PlanInput, path: &Path, range: Range, offers: &mut Vec<Offer>) {
    let Some(side) = Side::BOTH.into_iter().find(|side| path.ends_with(side.file_name())) else { return };
    let Here { codes, on_status } = here(snapshot, input, side, range);
    let about = |wanted: &[Code]| codes.iter().copied().filter(|code| wanted.contains(code)).collect::<Vec<_>>();
    let desync = about(&[Code::StatusDesync, Code::MissingStatus]);
    if !desync.is_empty() {
        let preferred = input.preferred_side();
        for keep in [Side::Metadata, Side::Spec] {
            offers.extend(sync(snapshot, input, keep, keep == preferred, &desync));
        }
    }
    let odd = about(&[Code::UnknownStatus, Code::InvalidStatusType]);
    let value = input.increment.file(side).parsed.status_text();
    let is_alias = value.is_some_and(|text| Status::meaning(text).is_some() && Status::canonical(text).is_none());
    if !odd.is_empty() || (is_alias && on_status) {
        // For a word of its own there is nothing to suggest.
        let goal = value.map_or(Some(Status::Active), |text| Status::meaning(text).or_else(|| Status::nearest(text)));
        offers.extend(goal.map(|goal| Offer {
            title: format!("Change status to `{goal}` in both files"),
            kind: QUICK_FIX_KIND,
            preferred: !odd.is_empty() && desync.is_empty(),
            about: odd,
            content: content(snapshot, input, Goal::write(goal)),
            command: commands::set_status(&snapshot.command_name(&input.folder), goal),
        }));
    }
}

/// What is under a range of one file.
struct Here {
    codes: Vec<Code>,
    /// The range touches the line of the status.
    on_status: bool,
}

fn here(snapshot: &Snapshot<'_>, input: &PlanInput, side: Side, range: Range) -> Here {
    let settings = snapshot.settings(&input.folder);
    let root = discover::increment_of(&input.folder).map(|(root, _)| root).unwrap_or_default();
    let place = check::Place { root: &root, folder: &input.folder };
    let findings = check::findings(place, &input.increment, RuleContext::default(), settings).findings;
    let (text, _) = parse::mask(input.increment.file(side).bytes());
    let lines = Rope::from_str(&text);
    // A status can be missing anywhere in the frontmatter, also behind `status:`.
    let block = spec::block(&text).filter(|_| side == Side::Spec);
    let whole = block.map(|block| block.opening.start..block.closing.map_or(block.content.end, |it| it.end));
    let is_here = |finding: &&Finding| {
        let span = whole.as_ref().filter(|_| finding.code == Code::MissingStatus).unwrap_or(&finding.span);
        let (start, end) = line_index::range(&lines, span, snapshot.encoding());
        let is_outdated = snapshot.documents.is_outdated(&input.folder.join(side.file_name()));
        finding.file == side.into() && (is_outdated || start.line <= range.end.line && range.start.line <= end.line)
    };
    let codes = findings.iter().filter(is_here).map(|finding| finding.code).collect();
    Here { codes, on_status: is_on_status(snapshot, input, side, range) }
}

fn is_on_status(snapshot: &Snapshot<'_>, input: &PlanInput, side: Side, range: Range) -> bool {
    let file = input.increment.file(side);
    if snapshot.documents.is_outdated(&input.folder.join(side.file_name())) {
        // Its lines are not those on disk; what is offered is refused, and says why.
        return true;
    }
    let (text, _) = parse::mask(file.bytes());
    file.parsed.written_status().is_some_and(|field| {
        let line = line_index::line_col(&Rope::from_str(&text), field.span.start, snapshot.encoding()).line;
        range.start.line <= line && line <= range.end.line
    })
}

fn sync(snapshot: &Snapshot<'_>, input: &PlanInput, keep: Side, preferred: bool, about: &[Code]) -> Option<Offer> {
    let status = input.increment.file(keep).parsed.status_text()?;
    let shown = rules::one_line(status);
    let (changed, from) = (keep.other().file_name(), keep.file_name());
    // What speaks against it is said, and decides nothing.
    let work = input.work.as_ref().filter(|_| Status::meaning(status) == Some(Status::Completed));
    let is_refuted = |work: &Work| work.verification.as_ref().is_some_and(|found| found.ok == Some(false));
    let refuted = work.filter(|work| is_refuted(work)).map(|_| "verify.json not ok".to_owned());
    let open = work.and_then(|work| work.progress.open_in_short());
    let against: Vec<String> = open.into_iter().chain(refuted).collect();
    let open = if against.is_empty() { String::new() } else { format!("; {}", against.join(", ")) };
    Some(Offer {
        title: format!("Set {changed} status to `{shown}` (from {from}{open})"),
        kind: QUICK_FIX_KIND,
        about: about.to_vec(),
        preferred: preferred && input.unknown_word_lost(keep).is_none(),
        content: content(snapshot, input, Goal::sync(keep)),
        command: commands::sync(&snapshot.command_name(&input.folder), keep),
    })
}

/// For one of SpecWeave's caches with something stale in it.
fn refresh(snapshot: &Snapshot<'_>, path: &Path) -> Option<Offer> {
    let (cache, edit) = refresh_cache::refresh_cache(snapshot, path)?;
    Some(Offer {
        title: format!("Refresh {cache} as SpecWeave would"),
        kind: QUICK_FIX_KIND,
        about: vec![Code::StaleStatusLine],
        preferred: true,
        content: edit.map_or_else(|error| Content::Refused(error.to_string()), |edit| Content::Edit(edit.into(), None)),
        command: commands::report(),
    })
}

/// Closing, and the statuses one step away: on the line of the status.
fn transitions(
    snapshot: &Snapshot<'_>,
    input: &PlanInput,
    path: &Path,
    range: Range,
    wanted: &dyn Fn(&str) -> bool,
    offers: &mut Vec<Offer>,
) {
    let side = Side::BOTH.into_iter().find(|side| path.ends_with(side.file_name()));
    if !side.is_some_and(|side| is_on_status(snapshot, input, side, range)) {
        return;
    }
    let increment = &input.increment;
    let means = |side: Side| increment.file(side).parsed.status_text().and_then(Status::meaning);
    let mut offer = |title: String, kind: &'static str, goal: Status, command: Command| {
        if wanted(kind) {
            // No editor can ask for a reason in the middle of an edit; a command can.
            let asks = goal == Status::Abandoned && snapshot.capabilities.questions;
            let content = match transition_content(snapshot, input, goal) {
                Content::Edit(..) | Content::Data(_) if asks => Content::Command,
                content => content,
            };
            offers.push(Offer { title, kind, about: Vec::new(), preferred: false, content, command });
        }
    };
    let name = snapshot.command_name(&input.folder);
    // In generation 3 spec.md has none, and needs none.
    let is_alone = increment.generation == Some(Generation::Three) && increment.is_status_in_metadata_alone();
    let sides = if is_alone { &[Side::Metadata][..] } else { &Side::BOTH };
    if sides.iter().any(|side| means(*side) != Some(Status::Completed)) {
        let title = format!("Close increment {}", increment.id);
        offer(title, CLOSE_KIND, Status::Completed, commands::close(&name));
    }
    for &goal in means(input.preferred_side()).map_or(&[][..], Status::next) {
        // From ready_for_review closing is one step: it is offered above.
        if goal != Status::Completed {
            let title = format!("Change status of {} to `{goal}`", increment.id);
            offer(title, STATUS_KIND, goal, commands::set_status(&name, goal));
        }
    }
}

fn fix_all(snapshot: &Snapshot<'_>, root: &Path) -> Option<Offer> {
    // What is in the index may have been fixed on disk a moment ago.
    let (plans, refusals) = planning::sync_all(snapshot, &snapshot.desynced(root), None);
    let content = match refusals.first() {
        None if plans.is_empty() => return None,
        Some(refusal) if plans.is_empty() => Content::Refused(refusal.to_string()),
        _ if snapshot.capabilities.resolve_edits => Content::Data(ActionData::FixAll { project: root.to_path_buf() }),
        _ => workspace_edit::of_plans(snapshot, &plans)
            .map_or_else(|error| Content::Refused(error.to_string()), |edit| Content::Edit(edit.into(), None)),
    };
    Some(Offer {
        title: "Fix all status desyncs in this project".to_owned(),
        kind: FIX_ALL_KIND,
        about: Vec::new(),
        preferred: false,
        content,
        command: commands::sync_all(position::uri_of(root).as_ref().map_or("", |uri| uri.as_str())),
    })
}

/// A gate, and a status that cannot be reached, are known without a plan.
fn transition_content(snapshot: &Snapshot<'_>, input: &PlanInput, goal: Status) -> Content {
    if let Err(refusal) = planning::up_to_date(snapshot, &input.folder) {
        return Content::Refused(refusal.to_string());
    }
    if snapshot.capabilities.resolve_actions {
        let route =
            transition::route(&input.increment, goal, input.work.as_ref(), snapshot.settings(&input.folder).preferred);
        return match route.and_then(|route| route.failed_check.map_or(Ok(()), Err)) {
            Ok(()) => Content::Data(data(snapshot, input, Goal::transition(goal))),
            Err(error) => Content::Refused(RequestError::from(error).to_string()),
        };
    }
    content(snapshot, input, Goal::transition(goal))
}

fn content(snapshot: &Snapshot<'_>, input: &PlanInput, goal: Goal) -> Content {
    let plan = planning::up_to_date(snapshot, &input.folder);
    let plan = plan.and_then(|()| planning::plan(input, &goal)).and_then(planning::not_empty);
    if snapshot.capabilities.resolve_actions && plan.is_ok() {
        return Content::Data(data(snapshot, input, goal));
    }
    match plan.and_then(planning::editable).and_then(|plan| edit_and_command(snapshot, &plan)) {
        Ok((edit, command)) => Content::Edit(edit.into(), command),
        Err(refusal) => Content::Refused(refusal.to_string()),
    }
}

fn data(snapshot: &Snapshot<'_>, input: &PlanInput, goal: Goal) -> ActionData {
    let hash = |side: Side| hash(input.increment.file(side).bytes());
    ActionData::Increment {
        increment: snapshot.command_name(&input.folder),
        goal,
        spec: hash(Side::Spec),
        metadata: hash(Side::Metadata),
    }
}

/// A plan as a code action has it: its edit, and the command that runs after it and looks at what the editor made of it;
/// pointless where nothing could be undone. (ALE leaves out the edit of an action that has a command.)
pub fn edit_and_command(snapshot: &Snapshot<'_>, plan: &Plan) -> Result<(WorkspaceEdit, Option<Command>)> {
    let edit = workspace_edit::of_plans(snapshot, std::slice::from_ref(plan))?;
    let verify = || {
        let change = pending_edits::EditorChange::of_plan(plan, snapshot);
        commands::verify(&format!("Check the change of {}", plan.id), &change.offered)
    };
    Ok((edit, snapshot.capabilities.apply_edit.then(verify)))
}

fn action(snapshot: &Snapshot<'_>, offer: Offer, context: &CodeActionContext) -> Option<CodeActionOrCommand> {
    if !snapshot.capabilities.code_action_literals {
        let refused = matches!(offer.content, Content::Refused(_));
        return (!refused).then_some(CodeActionOrCommand::Command(offer.command));
    }
    let is_about = |diagnostic: &&Diagnostic| {
        let Some(NumberOrString::String(code)) = &diagnostic.code else { return false };
        diagnostic.source.as_deref() == Some(SOURCE) && offer.about.iter().any(|it| it.as_str() == code)
    };
    let diagnostics: Vec<Diagnostic> = context.diagnostics.iter().filter(is_about).cloned().collect();
    let mut literal = CodeAction {
        title: offer.title,
        kind: Some(CodeActionKind::from(offer.kind)),
        diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
        is_preferred: (offer.preferred && snapshot.capabilities.preferred_actions).then_some(true),
        ..CodeAction::default()
    };
    match offer.content {
        Content::Edit(edit, command) => (literal.edit, literal.command) = (Some(*edit), command),
        Content::Data(data) => literal.data = serde_json::to_value(data).ok(),
        Content::Command => literal.command = Some(offer.command),
        // Shown with its reason where that can be shown; an action that does nothing would be a lie elsewhere.
        Content::Refused(reason) if snapshot.capabilities.disabled_actions => {
            literal.is_preferred = None;
            literal.disabled = Some(CodeActionDisabled { reason });
        }
        Content::Refused(_) => return None,
    }
    Some(CodeActionOrCommand::CodeAction(literal))
}
