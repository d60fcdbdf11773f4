//! Code actions: what can be done about an increment, from where the cursor is.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use ropey::Rope;
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc;
use tower_lsp::ls_types::*;

use crate::model::edit::Edit;
use crate::model::increment::{Increment, Source};
use crate::model::parse::{self, StatusField, spec};
use crate::model::rules::{self, Code, Finding, RuleContext};
use crate::model::status::{Side, Status};
use crate::server::capabilities::{CLOSE_KIND, FIX_ALL_KIND, QUICK_FIX_KIND, STATUS_KIND};
use crate::server::publish::SOURCE;
use crate::server::session::{Session, refuse};
use crate::server::{commands, position};
use crate::workspace::change::plan::{self, Plan, PlanInput, TransitionRequest};
use crate::workspace::discover::{self, Scope};
use crate::workspace::fs::reader::Want;
use crate::workspace::fs::writable;
use crate::workspace::hint::Hint as _;
use crate::workspace::{check, line_index, project, state_files, summary};

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
    /// With the plan it comes from, if it is about one increment.
    Edit(Box<WorkspaceEdit>, Option<Plan>),
    /// Worked out when it is chosen.
    Deferred(Deferred),
    Refused(String),
}

/// What the last code actions would change. An editor asks for actions at every move of the cursor and carries out
/// one of them at most, so only the latest are kept.
#[derive(Default)]
pub struct Offers {
    latest: VecDeque<(u64, Plan)>,
    last: u64,
}

/// More than the actions of one place, so that one that was chosen is still known.
const OFFERS_KEPT: usize = 24;

impl Offers {
    fn add(&mut self, plan: Plan) -> u64 {
        self.last += 1;
        self.latest.push_back((self.last, plan));
        if self.latest.len() > OFFERS_KEPT {
            self.latest.pop_front();
        }
        self.last
    }

    pub(super) fn get(&self, number: u64) -> Option<Plan> {
        self.latest.iter().find(|(known, _)| *known == number).map(|(_, plan)| plan.clone())
    }
}

impl Session {
    pub(super) fn code_actions(&self, params: &CodeActionParams) -> CodeActionResponse {
        let Some(path) = position::path_of(&params.text_document.uri) else { return Vec::new() };
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
        let Some((root, folder)) = discover::increment_of(&path) else {
            let refresh = if wanted(QUICK_FIX_KIND) { self.refresh_cache(&path) } else { None };
            return refresh.into_iter().filter_map(|action| self.action(action, &params.context)).collect();
        };
        if !self.index.contains(&folder) {
            return Vec::new();
        }
        let mut actions = Vec::new();
        let subject = self.subject(&folder);
        if wanted(QUICK_FIX_KIND) {
            self.quick_fixes(&subject, &path, params.range, &mut actions);
        }
        if wanted(CLOSE_KIND) || wanted(STATUS_KIND) {
            self.transitions(&subject, &wanted, &mut actions);
        }
        if wanted(FIX_ALL_KIND) {
            actions.extend(self.fix_all(&root));
        }
        actions.into_iter().filter_map(|action| self.action(action, &params.context)).collect()
    }

    /// The fixes of the findings under `range`.
    fn quick_fixes(&self, subject: &PlanInput, path: &Path, range: Range, actions: &mut Vec<Action>) {
        let increment = &subject.increment;
        let Some(side) = Side::BOTH.into_iter().find(|side| path.ends_with(side.file_name())) else { return };
        let findings = check::findings(increment, RuleContext::default(), &self.settings);
        let (text, _) = parse::mask(increment.file(side).bytes());
        let lines = Rope::from_str(&text);
        // A status can be missing anywhere in the frontmatter, also behind `status:`.
        let block = spec::block(&text).filter(|_| side == Side::Spec);
        let whole = block.map(|block| block.opening.start..block.closing.map_or(block.content.end, |it| it.end));
        let here = |finding: &&Finding| {
            let span = whole.as_ref().filter(|_| finding.code == Code::MissingStatus).unwrap_or(&finding.span);
            let (start, end) = line_index::range(&lines, span, self.encoding());
            finding.file == side.into() && start.line <= range.end.line && range.start.line <= end.line
        };
        let codes: Vec<Code> = findings.iter().filter(here).map(|finding| finding.code).collect();
        let on_status = self.on_status(increment, side, &lines, range);
        let about = |wanted: &[Code]| codes.iter().copied().filter(|code| wanted.contains(code)).collect::<Vec<_>>();

        let desync = about(&[Code::StatusDesync, Code::MissingStatus]);
        if !desync.is_empty() {
            let preferred = subject.preferred_side();
            for keep in [Side::Metadata, Side::Spec] {
                actions.extend(self.take_over(subject, keep, keep == preferred, &desync));
            }
        }
        let odd = about(&[Code::UnknownStatus, Code::InvalidStatusType]);
        let value = increment.file(side).parsed.status_text();
        let is_alias = value.is_some_and(|text| Status::meaning(text).is_some() && Status::canonical(text).is_none());
        if !odd.is_empty() || (is_alias && on_status) {
            let goal =
                value.map_or(Status::Active, |text| Status::meaning(text).unwrap_or_else(|| Status::nearest(text)));
            actions.push(Action {
                title: format!("Change status to `{goal}` in both files"),
                kind: QUICK_FIX_KIND,
                preferred: !odd.is_empty() && desync.is_empty(),
                about: odd,
                change: self.change(plan::both(subject, goal).map_err(|error| error.sentences())),
                command: commands::set_status(&self.command_name(&subject.folder), goal),
            });
        }
    }

    /// For one of SpecWeave's caches with something stale in it: what its own updater would write.
    fn refresh_cache(&self, path: &Path) -> Option<Action> {
        let cache = [state_files::STATUS_LINE, state_files::ACTIVE].into_iter().find(|name| path.ends_with(name))?;
        let root = self.projects.keys().find(|root| state_files::path(root, cache) == path)?;
        if self.published.of(path).is_empty() {
            return None;
        }
        let Source::Text(before) = check::source(path, &self.documents, &self.settings, Want::Whole) else {
            return None;
        };
        let lines = summary::read_project(root, &Scope::default(), &self.documents, &self.settings, false);
        let text = format!("{:#}", state_files::content(cache, &lines));
        let edit = Edit { span: 0..before.len(), text };
        Some(Action {
            title: format!("Refresh {cache} as SpecWeave would"),
            kind: QUICK_FIX_KIND,
            about: vec![Code::StaleStatusLine],
            preferred: true,
            change: self
                .workspace_edit([(path, before.as_slice(), &edit)].into_iter())
                .map_or_else(Change::Refused, |edit| Change::Edit(Box::new(edit), None)),
            command: commands::report(),
        })
    }

    /// Closing, and the statuses one step away: anywhere in an increment's files.
    fn transitions(&self, subject: &PlanInput, wanted: &dyn Fn(&str) -> bool, actions: &mut Vec<Action>) {
        let increment = &subject.increment;
        let side = subject.preferred_side();
        let means = |side: Side| increment.file(side).parsed.status_text().and_then(Status::meaning);
        let completed = Side::BOTH.iter().all(|side| means(*side) == Some(Status::Completed));
        let mut offer = |title: String, kind: &'static str, goal: Status, command: Command| {
            if !wanted(kind) {
                return;
            }
            let wish = TransitionRequest { goal, reason: None, force: false };
            let plan = plan::transition(subject, &wish);
            let change = self.change(plan.map_err(|error| error.sentences()));
            actions.push(Action { title, kind, about: Vec::new(), preferred: false, change, command });
        };
        let name = self.command_name(&subject.folder);
        if !completed {
            let title = format!("Close increment {}", increment.id);
            offer(title, CLOSE_KIND, Status::Completed, commands::close(&name));
        }
        for &goal in means(side).map_or(&[][..], Status::next) {
            // From ready_for_review closing is one step: it is offered above.
            if goal != Status::Completed {
                offer(format!("Change status to `{goal}`"), STATUS_KIND, goal, commands::set_status(&name, goal));
            }
        }
    }

    /// The cursor is on the line of the status.
    fn on_status(&self, increment: &Increment, side: Side, text: &Rope, range: Range) -> bool {
        increment.file(side).parsed.status_field().is_some_and(|field| {
            let line = line_index::line_col(text, field.span.start, self.encoding()).line;
            range.start.line <= line && line <= range.end.line
        })
    }

    fn take_over(&self, subject: &PlanInput, keep: Side, preferred: bool, about: &[Code]) -> Option<Action> {
        let StatusField::Is(field) = &subject.increment.file(keep).parsed.status else { return None };
        let shown = rules::one_line(field.value.as_text()?);
        let (changed, from) = (keep.other().file_name(), keep.file_name());
        Some(Action {
            title: format!("Set {changed} status to `{shown}` (from {from})"),
            kind: QUICK_FIX_KIND,
            about: about.to_vec(),
            preferred,
            change: self.change(plan::sync(subject, Some(keep)).map_err(|error| error.sentences())),
            command: commands::sync(&self.command_name(&subject.folder), keep),
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
                match self.plan_all(&desynced, None) {
                    (plans, mut refusals) if plans.is_empty() => Change::Refused(refusals.swap_remove(0)),
                    (plans, _) => {
                        self.edit(&plans).map_or_else(Change::Refused, |edit| Change::Edit(Box::new(edit), None))
                    }
                }
            },
            command: commands::sync_all(position::uri_of(root).as_ref().map_or("", |uri| uri.as_str())),
        })
    }

    pub(super) fn subject(&self, folder: &Path) -> PlanInput {
        PlanInput::read(folder, &self.documents, &self.settings)
    }

    /// How a command names an increment so that no other can be meant.
    pub(super) fn command_name(&self, folder: &Path) -> String {
        let uri = self.uri(&folder.join(Side::Spec.file_name()));
        uri.map_or_else(|| project::id_of(folder), |uri| uri.as_str().to_owned())
    }

    pub(super) fn desynced(&self, root: &Path) -> Vec<PathBuf> {
        self.index.tally(root, |tally| tally.desynced.iter().map(|folder| folder.to_path_buf()).collect())
    }

    pub(super) fn all_desynced(&self) -> Vec<PathBuf> {
        let mut roots: Vec<&PathBuf> = self.projects.keys().collect();
        roots.sort_unstable();
        roots.into_iter().flat_map(|root| self.desynced(root)).collect()
    }

    /// The fixes that can be made, and why the others cannot: one odd file does not keep the rest from being fixed.
    pub(super) fn plan_all(&self, folders: &[PathBuf], keep: Option<Side>) -> (Vec<Plan>, Vec<String>) {
        let (mut plans, mut refusals) = (Vec::new(), Vec::new());
        for folder in folders {
            let plan = plan::sync(&self.subject(folder), keep)
                .map_err(|error| error.sentences())
                .and_then(|plan| self.editable(plan));
            match plan {
                Ok(plan) => plans.push(plan),
                Err(refusal) => refusals.push(refusal),
            }
        }
        (plans, refusals)
    }

    /// What may not be written on disk is not offered in the editor: it could only be saved half.
    pub(super) fn editable(&self, plan: Plan) -> Result<Plan, String> {
        let root = discover::increment_of(&plan.folder).map(|(root, _)| root).unwrap_or_default();
        for file in &plan.files {
            writable::editable(&root, &plan.id, file.side, &file.path).map_err(|error| error.sentences())?;
        }
        Ok(plan)
    }

    fn change(&self, plan: Result<Plan, String>) -> Change {
        match plan
            .and_then(|plan| self.editable(plan))
            .and_then(|plan| self.edit(std::slice::from_ref(&plan)).map(|edit| (edit, plan)))
        {
            Ok((edit, plan)) => Change::Edit(Box::new(edit), Some(plan)),
            Err(refusal) => Change::Refused(refusal),
        }
    }

    pub(super) fn resolve_action(&self, mut action: CodeAction) -> jsonrpc::Result<CodeAction> {
        let deferred = action.data.clone().and_then(|data| serde_json::from_value::<Deferred>(data).ok());
        if let Some(Deferred { fix_all }) = deferred {
            let (plans, refusals) = self.plan_all(&self.desynced(&fix_all), None);
            if let (true, Some(refusal)) = (plans.is_empty(), refusals.first()) {
                return Err(refuse(refusal.clone()));
            }
            refusals.iter().for_each(|refusal| self.outbox.show(MessageType::WARNING, refusal.clone()));
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
            Change::Edit(edit, plan) => {
                literal.edit = Some(*edit);
                // Runs after the edit, and looks at what the editor made of it; pointless where nothing could be put
                // right. (ALE leaves out the edit of an action that has a command.)
                literal.command = plan
                    .filter(|_| self.client.apply_edit)
                    .map(|plan| commands::verify(&literal.title, self.offers.borrow_mut().add(plan)));
            }
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
