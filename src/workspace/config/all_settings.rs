//! The one table of settings: what each is called where, its default, and what it does. The reading of all places, the
//! schema and the table in `docs/settings.md` are made from it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    PreferredSource,
    IncludeArchived,
    Exclude,
    Severity,
    Ignore,
    Delivery,
    MaxIncrements,
    CodeLens,
    InlayHints,
    MaxFileSize,
}

#[derive(Debug)]
pub struct SettingRow {
    pub setting: Setting,
    /// In an editor's section; `None` for what only the project's file has.
    pub editor: Option<&'static str>,
    /// In the project's file; `None` for what is each user's own.
    pub file: Option<&'static str>,
    pub flag: Option<&'static str>,
    /// As JSON.
    pub default: &'static str,
    /// For docs and schema, in Markdown without links.
    pub does: &'static str,
    /// What a value must be, for messages.
    expected: &'static str,
}

pub const TABLE: &[SettingRow] = &[
    SettingRow {
        setting: Setting::PreferredSource,
        editor: Some("preferredSource"),
        file: Some("preferredSource"),
        flag: Some("sync --from"),
        default: r#""auto""#,
        does: "Whose status the preferred fix keeps: `\"metadata\"`, `\"spec\"`, or `\"auto\"`: the status further along the lifecycle (backlog < planning < active < paused < ready_for_review < completed and abandoned), on a tie the canonical spelling, then metadata.json. Of 52 recorded desyncs that ended on one side, this was right in 49.",
        expected: "`auto`, `metadata` or `spec`",
    },
    SettingRow {
        setting: Setting::IncludeArchived,
        editor: Some("includeArchived"),
        file: Some("includeArchived"),
        flag: Some("--include-archived"),
        default: "false",
        does: "Also look into `_archive`, `_abandoned`, `abandoned` and other buckets: whatever starts with `_` or `.`, and folders without a number that have numbered ones in them (`done/0042-name`).",
        expected: "`true` or `false`",
    },
    SettingRow {
        setting: Setting::Exclude,
        editor: Some("exclude"),
        file: Some("exclude"),
        flag: Some("--exclude"),
        default: "[]",
        does: "Globs, as in a .gitignore, of increments and nested projects to leave out.",
        expected: "a list of globs",
    },
    SettingRow {
        setting: Setting::Severity,
        editor: Some("diagnostics.severity"),
        file: Some("severity"),
        flag: Some("--severity"),
        default: "{}",
        does: "Finding → `\"off\"`, `\"hint\"`, `\"information\"`, `\"warning\"` or `\"error\"`. Each finding counts by itself: a place that names one leaves the others as they are.",
        expected: "an object",
    },
    SettingRow {
        setting: Setting::Ignore,
        editor: None,
        file: Some("ignore"),
        flag: None,
        default: "[]",
        does: "Findings that the project accepts: the `increment` (a glob), the `code` of the finding and the `reason`.",
        expected: "a list of objects with `increment`, `code` and `reason`",
    },
    SettingRow {
        setting: Setting::Delivery,
        editor: Some("diagnostics.delivery"),
        file: None,
        flag: None,
        default: r#""auto""#,
        does: "`\"push\"` or `\"pull\"` for a client that should not be judged by what it announces; only in `initializationOptions`.",
        expected: "`auto`, `push` or `pull`",
    },
    SettingRow {
        setting: Setting::MaxIncrements,
        editor: Some("statusLine.maxIncrements"),
        file: Some("statusLine.maxIncrements"),
        flag: Some("status --max-increments"),
        default: "2",
        does: "How many increments the line for a prompt names.",
        expected: "a number greater than 0",
    },
    SettingRow {
        setting: Setting::CodeLens,
        editor: Some("codeLens"),
        file: None,
        flag: None,
        default: "true",
        does: "Above spec.md and metadata.json: status, progress, and what can be done.",
        expected: "`true` or `false`",
    },
    SettingRow {
        setting: Setting::InlayHints,
        editor: Some("inlayHints"),
        file: None,
        flag: None,
        default: "true",
        does: "What the other file says, behind a status that disagrees with it.",
        expected: "`true` or `false`",
    },
    SettingRow {
        setting: Setting::MaxFileSize,
        editor: Some("maxFileSizeKiB"),
        file: Some("maxFileSizeKiB"),
        flag: Some("--max-file-size-kib"),
        default: "1024",
        does: "A larger file is a finding, and is not read.",
        expected: "a number of KiB greater than 0",
    },
];

impl Setting {
    /// What an editor calls so.
    pub fn in_editor(name: &str) -> Option<Setting> {
        TABLE.iter().find(|row| row.editor == Some(name)).map(|row| row.setting)
    }

    /// What the project's file calls so; a part of an object by both names with a dot between them.
    pub fn in_file(name: &str) -> Option<Setting> {
        TABLE.iter().find(|row| row.file == Some(name)).map(|row| row.setting)
    }

    pub fn expected(self) -> &'static str {
        TABLE.iter().find(|row| row.setting == self).map_or("another value", |row| row.expected)
    }
}

/// The table as `docs/settings.md` has it.
pub fn markdown() -> String {
    let mut text =
        "| setting | default | what it does | in `.specweave/lsp.json` | command line |\n|---|---|---|---|---|\n"
            .to_owned();
    for row in TABLE {
        let code = |name: Option<&str>| name.map_or(String::new(), |name| format!("`{name}`"));
        let name = row.editor.or(row.file).unwrap_or_default();
        let (file, flag) = (code(row.file), code(row.flag));
        text.push_str(
            &format!("| `{name}` | `{}` | {} | {file} | {flag} |\n", row.default, row.does).replace("|  |", "| |"),
        );
    }
    text
}
