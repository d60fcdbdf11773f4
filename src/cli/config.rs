//! `specweave-lsp config`: what counts in a project and why; a first file of settings; the schema of such a file.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::common::{Common, Format};
use crate::cli::console::{self, CommandResult, Verdict, print, print_json};
use crate::cli::error::CliError;
use crate::cli::output::paths::{from_here, shown_path};
use crate::cli::projects::{self, Selection};
use crate::workspace::config::effective::{self, EffectiveSetting, ValueOrigin};
use crate::workspace::config::project::Given;
use crate::workspace::config::{file, json_schema};
use crate::workspace::discover::{self, PROJECT_FOLDER};
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::paths::{canonicalize, slashed};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp config                     each setting, its value, and where that comes from
  specweave-lsp config --format json       the same for programs
  specweave-lsp config init                a first .specweave/lsp.json, with every setting at its default

docs/settings.md says what each setting does. An editor's own settings are not known here.")]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: Option<ConfigAction>,
    /// How to report
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
    /// Write a first `.specweave/lsp.json`, with every setting at its default
    Init,
    /// Print the JSON schema of `.specweave/lsp.json`
    Schema,
}

pub fn run(args: &ConfigArgs, common: &Common) -> CommandResult {
    match args.action {
        Some(ConfigAction::Init) => init(common),
        Some(ConfigAction::Schema) => print_json(&json_schema::schema()).map(|()| Verdict::Fine),
        None => show(args, common),
    }
}

fn show(args: &ConfigArgs, common: &Common) -> CommandResult {
    let given = common.given()?;
    let selections = projects::all(common, &given)?;
    if args.format == Format::Json {
        let projects: Vec<Value> = selections.iter().map(|selection| as_json(&given, selection)).collect();
        print_json(&json!({"version": 1, "projects": projects}))?;
        return Ok(Verdict::Fine);
    }
    let tables = selections.iter().map(|selection| {
        let head = if selections.len() > 1 { format!("{}:\n", from_here(&selection.root)) } else { String::new() };
        head + &table(&given, selection)
    });
    print(tables.collect::<Vec<_>>().join("\n"))?;
    projects::warn_of_mistakes(&selections);
    Ok(Verdict::Fine)
}

fn table(given: &Given, selection: &Selection) -> String {
    let mut table = console::table();
    table.set_header(["SETTING", "FROM", "VALUE"]);
    for EffectiveSetting { name, value, origin } in effective::all(given, &selection.config) {
        let value = match &value {
            Value::Array(entries) if entries.iter().any(Value::is_object) => format!("{} in all", entries.len()),
            value => value.to_string(),
        };
        let from = match origin {
            ValueOrigin::Default => "default".to_owned(),
            ValueOrigin::File(line) => format!("{}:{line}", shown_path(&selection.root, &file::path(Path::new("")))),
            ValueOrigin::Flag(flag) => flag.to_owned(),
        };
        table.add_row([name, from, value]);
    }
    console::lines(&table)
}

fn as_json(given: &Given, selection: &Selection) -> Value {
    let config = &selection.config;
    let setting = |EffectiveSetting { name, value, origin }: EffectiveSetting| match origin {
        ValueOrigin::Default => json!({"name": name, "value": value, "origin": "default"}),
        ValueOrigin::File(line) => json!({"name": name, "value": value, "origin": "file", "line": line}),
        ValueOrigin::Flag(flag) => json!({"name": name, "value": value, "origin": "flag", "flag": flag}),
    };
    let settings: Vec<Value> = effective::all(given, config).into_iter().map(setting).collect();
    let path = file::path(&selection.root);
    json!({
        "root": slashed(&selection.root),
        "file": config.file.is_there.then(|| slashed(&path)),
        "mistakes": config.file.mistakes.len(),
        "settings": settings,
    })
}

fn init(common: &Common) -> CommandResult {
    let start = projects::start(common)?;
    let root = discover::project_above(&start).ok_or(CliError::NoProject(start))?;
    let path = file::path(&root);
    let folder = root.join(PROJECT_FOLDER);
    let real = canonicalize(&folder).map_err(FileError::when("open", &folder))?;
    if !real.starts_with(&root) {
        return Err(CliError::ConfigOutside(folder));
    }
    let text = json_schema::initial(&root);
    // What lies there, a link included, is never written to.
    let written = OpenOptions::new().write(true).create_new(true).open(&path);
    match written.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => print(format!("Created {}\n", shown_path(&root, &file::path(Path::new("")))))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(CliError::ConfigThere(path)),
        Err(error) => return Err(FileError::new("write", &path, error).into()),
    }
    Ok(Verdict::Fine)
}
