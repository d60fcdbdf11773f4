//! What the client can do, resolved once to plain fields; and what we offer it.

use serde_json::Value;
use tower_lsp::ls_types::*;

use crate::server::lsp::commands;
use crate::workspace::config::layer::Delivery;
use crate::workspace::line_index::Encoding;

pub const QUICK_FIX_KIND: &str = "quickfix";
pub const CLOSE_KIND: &str = "refactor.rewrite.close";
pub const STATUS_KIND: &str = "refactor.rewrite.status";
pub const WORK_KIND: &str = "refactor.rewrite.work";
pub const FIX_ALL_KIND: &str = "source.fixAll.specweave";

/// Editors whose own watcher sees what other programs do. The others are helped by ours: Neovim has none on Linux,
/// Helix only reports what it writes itself, Emacs misses new folders, Kakoune is two seconds late.
const WATCHING_EDITORS: [&str; 6] = ["visual studio code", "code-server", "vscodium", "cursor", "windsurf", "theia"];

#[derive(Clone, Debug)]
pub struct Capabilities {
    pub encoding: Encoding,
    /// Diagnostics are asked for, not sent.
    pub pull: bool,
    pub diagnostic_refresh: bool,
    pub related_information: bool,
    /// Edits may carry the version of the document they were made for.
    pub document_changes: bool,
    pub apply_edit: bool,
    pub code_action_literals: bool,
    pub disabled_actions: bool,
    pub preferred_actions: bool,
    /// The edit of a code action may be asked for when it is chosen; with its command, if that is true too.
    pub resolve_edits: bool,
    pub resolve_actions: bool,
    pub watched_files: bool,
    pub own_watcher: bool,
    pub configuration: bool,
    pub configuration_registration: bool,
    pub workspace_folders: bool,
    /// Diagnostics may carry the version of the document they are about.
    pub diagnostic_versions: bool,
    /// What the client can show.
    pub markdown_hover: bool,
    completion_kinds: Option<Vec<CompletionItemKind>>,
    pub code_lens: bool,
    pub code_lens_refresh: bool,
    pub inlay_hint: bool,
    pub inlay_hint_refresh: bool,
    pub hierarchical_symbols: bool,
    pub link_tooltips: bool,
    pub prepare_rename: bool,
    pub will_rename_files: bool,
    pub show_document: bool,
    /// The client can ask its user something.
    pub questions: bool,
    pub progress: bool,
    /// The client shows a status bar, a list of increments; and saves what was changed, if it is told.
    pub status: bool,
    pub increments: bool,
    pub applied: bool,
    /// Its users see every command that is offered, and code actions run the others too.
    shows_all_commands: bool,
}

impl Default for Capabilities {
    /// Of a client that has not said anything.
    fn default() -> Capabilities {
        Capabilities::of(&InitializeParams::default(), Delivery::default())
    }
}

impl Capabilities {
    pub fn of(params: &InitializeParams, delivery: Delivery) -> Capabilities {
        let client = &params.capabilities;
        let workspace = client.workspace.clone().unwrap_or_default();
        let text = client.text_document.clone().unwrap_or_default();
        let edit = workspace.workspace_edit.unwrap_or_default();
        let action = text.code_action.unwrap_or_default();
        let encodings = client.general.clone().and_then(|general| general.position_encodings).unwrap_or_default();
        let publish = text.publish_diagnostics;
        let refresh = workspace.diagnostics.and_then(|it| it.refresh_support).unwrap_or(false);
        // A client that pulls and can be told to pull again prefers it (that is how VS Code announces itself).
        // Neovim announces pulling without refresh: it asks for visible buffers only, so it is sent everything.
        let pull = match delivery {
            Delivery::Push => false,
            Delivery::Pull => true,
            Delivery::Auto => text.diagnostic.is_some() && (refresh || publish.is_none()),
        };
        let watched = workspace.did_change_watched_files.and_then(|it| it.dynamic_registration).unwrap_or(false);
        let name = params.client_info.as_ref().map(|info| info.name.to_lowercase()).unwrap_or_default();
        let experimental = |name: &str| {
            client.experimental.as_ref().and_then(|it| it.get(name)).and_then(Value::as_bool).unwrap_or(false)
        };
        let resolved = action.resolve_support.filter(|_| action.data_support == Some(true));
        let resolved = resolved.map(|it| it.properties).unwrap_or_default();
        let resolves = |property: &str| resolved.iter().any(|name| name == property);
        let window = client.window.clone().unwrap_or_default();
        let formats = text.hover.as_ref().and_then(|it| it.content_format.clone()).unwrap_or_default();
        let nested = |it: &DocumentSymbolClientCapabilities| it.hierarchical_document_symbol_support;
        Capabilities {
            diagnostic_versions: publish.as_ref().and_then(|it| it.version_support).unwrap_or(false),
            markdown_hover: formats.contains(&MarkupKind::Markdown),
            completion_kinds: text.completion.and_then(|it| it.completion_item_kind).and_then(|it| it.value_set),
            code_lens: text.code_lens.is_some(),
            code_lens_refresh: workspace.code_lens.and_then(|it| it.refresh_support).unwrap_or(false),
            inlay_hint: text.inlay_hint.is_some(),
            inlay_hint_refresh: workspace.inlay_hint.and_then(|it| it.refresh_support).unwrap_or(false),
            hierarchical_symbols: text.document_symbol.as_ref().and_then(nested).unwrap_or(false),
            link_tooltips: text.document_link.and_then(|it| it.tooltip_support).unwrap_or(false),
            prepare_rename: text.rename.and_then(|it| it.prepare_support).unwrap_or(false),
            will_rename_files: workspace.file_operations.and_then(|it| it.will_rename).unwrap_or(false),
            questions: window.show_message.is_some(),
            show_document: window.show_document.is_some_and(|it| it.support),
            progress: window.work_done_progress.unwrap_or(false),
            encoding: encodings.iter().find_map(encoding).unwrap_or(Encoding::Utf16),
            pull,
            diagnostic_refresh: refresh,
            related_information: publish.as_ref().and_then(|it| it.related_information).unwrap_or(false)
                || (pull && text.diagnostic.and_then(|it| it.related_information).unwrap_or(false)),
            // A client that takes file operations takes `documentChanges` too: they come nowhere else (Neovim).
            document_changes: edit.document_changes.unwrap_or(false) || edit.resource_operations.is_some(),
            apply_edit: workspace.apply_edit.unwrap_or(false),
            code_action_literals: action.code_action_literal_support.is_some(),
            disabled_actions: action.disabled_support.unwrap_or(false),
            preferred_actions: action.is_preferred_support.unwrap_or(false),
            resolve_edits: resolves("edit"),
            resolve_actions: resolves("edit") && resolves("command"),
            watched_files: watched,
            own_watcher: !(watched && WATCHING_EDITORS.iter().any(|editor| name.starts_with(editor))),
            configuration: workspace.configuration.unwrap_or(false),
            configuration_registration: workspace
                .did_change_configuration
                .and_then(|it| it.dynamic_registration)
                .unwrap_or(false),
            workspace_folders: workspace.workspace_folders.unwrap_or(false),
            status: experimental("specweaveStatus"),
            increments: experimental("specweaveIncrements"),
            applied: experimental("specweaveApplied"),
            shows_all_commands: name.starts_with("helix"),
        }
    }

    /// A kind the client knows; one that says nothing of kinds knows those of the protocol's first version.
    pub fn completion_kind(&self, kind: CompletionItemKind) -> Option<CompletionItemKind> {
        let newer = [
            CompletionItemKind::FOLDER,
            CompletionItemKind::ENUM_MEMBER,
            CompletionItemKind::CONSTANT,
            CompletionItemKind::STRUCT,
            CompletionItemKind::EVENT,
            CompletionItemKind::OPERATOR,
            CompletionItemKind::TYPE_PARAMETER,
        ];
        let knows = |kind: &CompletionItemKind| match &self.completion_kinds {
            Some(known) => known.contains(kind),
            None => !newer.contains(kind),
        };
        let plainer = (kind == CompletionItemKind::ENUM_MEMBER).then_some(CompletionItemKind::VALUE);
        [Some(kind), plainer].into_iter().flatten().find(knows)
    }

    /// What we offer. Some clients use what they do not announce (Kate), and the others do not ask; but what is drawn
    /// into the text, and what needs an answer of a certain form, is only for those that announce it.
    pub fn server_capabilities(&self) -> ServerCapabilities {
        let kinds = [QUICK_FIX_KIND, CLOSE_KIND, STATUS_KIND, WORK_KIND, FIX_ALL_KIND];
        ServerCapabilities {
            position_encoding: Some(match self.encoding {
                Encoding::Utf8 => PositionEncodingKind::UTF8,
                Encoding::Utf16 => PositionEncodingKind::UTF16,
                Encoding::Utf32 => PositionEncodingKind::UTF32,
            }),
            text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(SaveOptions { include_text: Some(false) }.into()),
                ..TextDocumentSyncOptions::default()
            })),
            code_action_provider: Some(if self.code_action_literals {
                CodeActionProviderCapability::Options(CodeActionOptions {
                    code_action_kinds: Some(kinds.map(CodeActionKind::from).to_vec()),
                    resolve_provider: Some(self.resolve_edits),
                    ..CodeActionOptions::default()
                })
            } else {
                CodeActionProviderCapability::Simple(true)
            }),
            execute_command_provider: Some(ExecuteCommandOptions {
                commands: self.commands().map(str::to_owned).collect(),
                ..ExecuteCommandOptions::default()
            }),
            diagnostic_provider: self.pull.then(|| {
                DiagnosticServerCapabilities::Options(DiagnosticOptions {
                    identifier: Some("specweave".to_owned()),
                    inter_file_dependencies: true,
                    workspace_diagnostics: true,
                    ..DiagnosticOptions::default()
                })
            }),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            completion_provider: Some(CompletionOptions {
                // A status is asked for behind its colon, or within its quotes.
                trigger_characters: Some([":", "\""].map(str::to_owned).to_vec()),
                ..CompletionOptions::default()
            }),
            code_lens_provider: self.code_lens.then_some(CodeLensOptions { resolve_provider: Some(false) }),
            inlay_hint_provider: self.inlay_hint.then_some(OneOf::Left(true)),
            definition_provider: Some(OneOf::Left(true)),
            references_provider: Some(OneOf::Left(true)),
            document_symbol_provider: Some(OneOf::Left(true)),
            workspace_symbol_provider: Some(OneOf::Left(true)),
            document_link_provider: Some(DocumentLinkOptions {
                resolve_provider: Some(false),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            }),
            folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
            rename_provider: Some(if self.prepare_rename {
                OneOf::Right(RenameOptions {
                    prepare_provider: Some(true),
                    work_done_progress_options: WorkDoneProgressOptions::default(),
                })
            } else {
                OneOf::Left(true)
            }),
            workspace: (self.workspace_folders || self.will_rename_files).then(|| WorkspaceServerCapabilities {
                workspace_folders: self.workspace_folders.then_some(WorkspaceFoldersServerCapabilities {
                    supported: Some(true),
                    change_notifications: Some(OneOf::Left(true)),
                }),
                file_operations: self.will_rename_files.then(|| WorkspaceFileOperationsServerCapabilities {
                    will_rename: Some(renamed_increments()),
                    ..WorkspaceFileOperationsServerCapabilities::default()
                }),
            }),
            ..ServerCapabilities::default()
        }
    }

    fn commands(&self) -> impl Iterator<Item = &'static str> {
        let internal = self.shows_all_commands.then_some(commands::VERIFY);
        commands::NAMES.into_iter().filter(move |name| Some(*name) != internal)
    }

    /// What is only asked for once the client is ready.
    pub fn registrations(&self) -> Vec<Registration> {
        let mut registrations = Vec::new();
        let mut register = |method: &str, options: Option<Value>| {
            registrations.push(Registration {
                id: format!("specweave-{method}"),
                method: method.to_owned(),
                register_options: options,
            });
        };
        if self.watched_files {
            let patterns = [
                "**/.specweave/increments/**/spec.md",
                "**/.specweave/increments/**/metadata.json",
                "**/.specweave/increments/**/tasks.md",
                "**/.specweave/increments/**/ledger.jsonl",
                "**/.specweave/increments/**/reports/verify.json",
                "**/.specweave/state/status-line.json",
                "**/.specweave/state/active-increment.json",
                "**/.specweave/lsp.json",
                "**/.specweave/increments/*",
                "**/.specweave",
            ];
            let watchers: Vec<Value> = patterns.iter().map(|glob| serde_json::json!({"globPattern": glob})).collect();
            register("workspace/didChangeWatchedFiles", Some(serde_json::json!({"watchers": watchers})));
        }
        if self.configuration_registration {
            let section = serde_json::json!({"section": crate::workspace::config::section::SECTION});
            register("workspace/didChangeConfiguration", Some(section));
        }
        registrations
    }
}

/// The folders of increments, archived ones too.
fn renamed_increments() -> FileOperationRegistrationOptions {
    let filter = |glob: &str| FileOperationFilter {
        scheme: Some("file".to_owned()),
        pattern: FileOperationPattern {
            glob: glob.to_owned(),
            matches: Some(FileOperationPatternKind::Folder),
            options: None,
        },
    };
    let globs = ["**/.specweave/increments/*", "**/.specweave/increments/_*/*"];
    FileOperationRegistrationOptions { filters: globs.map(filter).to_vec() }
}

fn encoding(kind: &PositionEncodingKind) -> Option<Encoding> {
    match kind.as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Utf32),
        _ => None,
    }
}
