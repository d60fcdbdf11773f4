//! Code actions: what can be done about an increment, from where the cursor is.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc;
use tower_lsp::ls_types::*;

use super::capabilities::{FIX_ALL_KIND, QUICK_FIX_KIND};
use super::commands;
use super::position;
use super::publish::SOURCE;
use super::session::{Session, refuse};
use crate::model::edits::Refusal;
use crate::model::findings::{self, Code, Finding, Surroundings};
use crate::model::increment::Increment;
use crate::model::reading::{self, StatusField};
use crate::model::status::{Side, Status};
use crate::workspace::discover;
use crate::workspace::evaluate::{self, Depth};
use crate::workspace::place;
use crate::workspace::plan::{self, Plan};

/// What an action needs to know when it is chosen, for clients that ask for the edit only then.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deferred {
    fix_all: PathBuf,
}

/// A code action on its way to the client.
struct Action {
    title: String,
    kind: &'static str,
    /// The findings it is about.
    about: Vec<Code>,
    preferred: bool,
    change: Change,
    /// The command that does the same, for clients that take no edits in code actions.
    command: Command,
}

enum Change {
    Edit(WorkspaceEdit),
    /// Worked out when it is chosen.
    Deferred(Deferred),
    Refused(Refusal),
}

impl Session {
    pub(super) fn code_actions(&self, params: &CodeActionParams) -> CodeActionResponse {
        let Some(path) = position::path_of(&params.text_document.uri) else { return Vec::new() };
        let Some((root, folder)) = discover::increment_of(&path) else { return Vec::new() };
        if !self.index.contains(&folder) {
            return Vec::new();
        }
        let wanted = |kind: &str| {
            params.context.only.as_ref().is_none_or(|only| {
                only.iter().any(|wanted| {
                    let wanted = wanted.as_str();
                    wanted.is_empty()
                        || kind == wanted
                        || kind.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
                })
            })
        };
        let mut actions = Vec::new();
        if wanted(QUICK_FIX_KIND) {
            self.quick_fixes(&folder, &path, params.range, &mut actions);
        }
        if wanted(FIX_ALL_KIND) {
            actions.extend(self.fix_all(&root));
        }
        actions.into_iter().filter_map(|action| self.action(action, &params.context)).collect()
    }

    /// The fixes of the findings under `range`.
    fn quick_fixes(&self, folder: &Path, path: &Path, range: Range, actions: &mut Vec<Action>) {
        let (increment, _) = evaluate::load(folder, &self.overlay, &self.settings, Depth::Work);
        let Some(side) = Side::BOTH.into_iter().find(|side| path.ends_with(side.file_name())) else { return };
        let findings = evaluate::findings(&increment, Surroundings::default(), &self.settings);
        let (text, _) = reading::mask(increment.file(side).bytes());
        let here = |finding: &&Finding| {
            let (start, end) = place::range(&text, &finding.span, self.encoding());
            finding.side == side && start.line <= range.end.line && range.start.line <= end.line
        };
        let codes: Vec<Code> = findings.iter().filter(here).map(|finding| finding.code).collect();
        let on_status = self.on_status(&increment, side, &text, range);
        let about = |wanted: &[Code]| codes.iter().copied().filter(|code| wanted.contains(code)).collect::<Vec<_>>();

        let desync = about(&[Code::StatusDesync, Code::MissingStatus]);
        if !desync.is_empty() {
            let preferred = plan::preferred_side(&increment, self.settings.preferred);
            for keep in [Side::Metadata, Side::Spec] {
                actions.extend(self.take_over(&increment, folder, keep, keep == preferred, &desync));
            }
        }
        let odd = about(&[Code::UnknownStatus, Code::InvalidStatusType]);
        let value = increment.file(side).reading.status_text();
        let is_alias = value.is_some_and(|text| Status::meaning(text).is_some() && Status::canonical(text).is_none());
        if !odd.is_empty() || (is_alias && on_status) {
            let goal =
                value.map_or(Status::Active, |text| Status::meaning(text).unwrap_or_else(|| Status::nearest(text)));
            actions.push(Action {
                title: format!("Change status to `{goal}` in both files"),
                kind: QUICK_FIX_KIND,
                preferred: !odd.is_empty() && desync.is_empty(),
                about: odd,
                change: self.change(plan::both(folder, &self.overlay, &self.settings, goal)),
                command: commands::set_status(&increment.id, goal),
            });
        }
    }

    /// The cursor is on the line of the status.
    fn on_status(&self, increment: &Increment, side: Side, text: &str, range: Range) -> bool {
        increment.file(side).reading.status_field().is_some_and(|field| {
            let line = place::place(text, field.span.start, self.encoding()).line;
            range.start.line <= line && line <= range.end.line
        })
    }

    fn take_over(
        &self,
        increment: &Increment,
        folder: &Path,
        keep: Side,
        preferred: bool,
        about: &[Code],
    ) -> Option<Action> {
        let StatusField::Is(field) = &increment.file(keep).reading.status else { return None };
        let shown = findings::one_line(field.value.as_text()?);
        let (changed, from) = (keep.other().file_name(), keep.file_name());
        Some(Action {
            title: format!("Set {changed} status to `{shown}` (from {from})"),
            kind: QUICK_FIX_KIND,
            about: about.to_vec(),
            preferred,
            change: self.change(plan::sync(folder, &self.overlay, &self.settings, Some(keep))),
            command: commands::sync(&increment.id, keep),
        })
    }

    fn fix_all(&self, root: &Path) -> Option<Action> {
        let desynced = self.desynced(root);
        if desynced.is_empty() {
            return None;
        }
        Some(Action {
            title: "Fix all status desyncs in this project".to_owned(),
            kind: FIX_ALL_KIND,
            about: Vec::new(),
            preferred: false,
            // Reads every desynced increment: not on each move of the cursor if the client can ask later.
            change: if self.client.resolve_edits {
                Change::Deferred(Deferred { fix_all: root.to_path_buf() })
            } else {
                match self.plan_all(&desynced) {
                    Ok(plans) => self.edit(&plans).map_or_else(Change::Refused, Change::Edit),
                    Err(refusal) => Change::Refused(refusal),
                }
            },
            command: commands::sync_all(),
        })
    }

    pub(super) fn desynced(&self, root: &Path) -> Vec<PathBuf> {
        self.index.folders(|entry| entry.desynced && *entry.project == *root)
    }

    fn plan_all(&self, folders: &[PathBuf]) -> Result<Vec<Plan>, Refusal> {
        folders.iter().map(|folder| plan::sync(folder, &self.overlay, &self.settings, None)).collect()
    }

    fn change(&self, plan: Result<Plan, Refusal>) -> Change {
        match plan.and_then(|plan| self.edit(&[plan])) {
            Ok(edit) => Change::Edit(edit),
            Err(refusal) => Change::Refused(refusal),
        }
    }

    pub(super) fn resolve_action(&self, mut action: CodeAction) -> jsonrpc::Result<CodeAction> {
        let deferred = action.data.clone().and_then(|data| serde_json::from_value::<Deferred>(data).ok());
        if let Some(Deferred { fix_all }) = deferred {
            let plans = self.plan_all(&self.desynced(&fix_all)).map_err(refuse)?;
            action.edit = Some(self.edit(&plans).map_err(refuse)?);
        }
        Ok(action)
    }

    fn action(&self, action: Action, context: &CodeActionContext) -> Option<CodeActionOrCommand> {
        if !self.client.code_action_literals {
            let refused = matches!(action.change, Change::Refused(_));
            return (!refused).then_some(CodeActionOrCommand::Command(action.command));
        }
        let is_about = |diagnostic: &&Diagnostic| {
            diagnostic.source.as_deref() == Some(SOURCE)
                && matches!(&diagnostic.code, Some(NumberOrString::String(code)) if action.about.iter().any(|it| it.as_str() == code))
        };
        let diagnostics: Vec<Diagnostic> = context.diagnostics.iter().filter(is_about).cloned().collect();
        let mut literal = CodeAction {
            title: action.title,
            kind: Some(CodeActionKind::from(action.kind)),
            diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
            is_preferred: (action.preferred && self.client.preferred_actions).then_some(true),
            ..CodeAction::default()
        };
        match action.change {
            Change::Edit(edit) => literal.edit = Some(edit),
            Change::Deferred(data) => literal.data = serde_json::to_value(data).ok(),
            // Shown with its reason where that can be shown; an action that does nothing would be a lie elsewhere.
            Change::Refused(reason) if self.client.disabled_actions => {
                literal.is_preferred = None;
                literal.disabled = Some(CodeActionDisabled { reason });
            }
            Change::Refused(_) => return None,
        }
        Some(CodeActionOrCommand::CodeAction(literal))
    }
}
