//! `specweave-lsp demo`: the incident of increment 0047, played through a real session with the real server.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use clap::Args;
use diffy::{DiffOptions, Hunk, Line};
use serde_json::{Value, json};

use crate::cli::console::{CommandResult, Verdict, print};
use crate::cli::error::{CliError, DemoError};
use crate::server::lsp::{frames, position};
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::paths::{canonicalize, slashed};
use crate::workspace::line_index::Encoding;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  specweave-lsp demo            look and learn; nothing of yours is touched
  specweave-lsp demo --keep     keep the project, to try the other commands in it")]
pub struct DemoArgs {
    /// Leave the temporary project where it is, to look at
    #[arg(long)]
    keep: bool,
}

const ID: &str = "0047-us-task-linkage";
const SPEC: &str = "---\nincrement: 0047-us-task-linkage\ntitle: \"US-Task Linkage Architecture\"\nstatus: active   # still in progress?\n\
                    created: 2025-11-19\n---\n\n# US-Task Linkage Architecture\n\n- [x] **AC-US1-01**: Tasks name their user story\n";
const METADATA: &str = "{\n  \"id\": \"0047-us-task-linkage\",\n  \"status\": \"completed\",\n  \"type\": \"feature\",\n  \
                        \"lastActivity\": \"2025-11-20T09:41:07.512Z\"\n}\n";
const TASKS: &str = "# Tasks\n\n### T-001: Link tasks to user stories\n**Status**: [x] completed\n";

pub fn run(args: &DemoArgs) -> CommandResult {
    let folder = tempfile::Builder::new().prefix("specweave-demo-").tempdir().map_err(DemoError::NoFolder)?;
    let outcome = play(folder.path());
    if args.keep {
        let kept = folder.keep();
        print(format!("\nThe project is kept in {}\n", kept.display()))?;
    }
    outcome
}

fn play(project: &Path) -> CommandResult {
    let root = canonicalize(project).map_err(FileError::when("open", project))?;
    let increment = root.join(".specweave/increments").join(ID);
    let spec = increment.join("spec.md");
    let metadata = increment.join("metadata.json");
    let write = |path: &Path, text: &str| fs::write(path, text).map_err(FileError::when("write", path));
    fs::create_dir_all(&increment).map_err(FileError::when("create", &increment))?;
    write(&spec, SPEC)?;
    write(&metadata, METADATA)?;
    write(&increment.join("tasks.md"), TASKS)?;
    print(format!(
        "{BOLD}2025-11-20.{RESET} A close command wrote \"completed\" to metadata.json, failed on spec.md, and reported success.\n\
         Nobody saw it for ten hours. An editor with specweave-lsp opens the project:\n\n"
    ))?;

    let mut server = Server::start()?;
    let uri = |path: &Path| position::uri_of(path).map(|uri| uri.as_str().to_owned()).unwrap_or_default();
    let (spec_uri, metadata_uri) = (uri(&spec), uri(&metadata));
    initialize(&mut server, &uri(&root))?;
    let document = json!({"uri": spec_uri, "languageId": "markdown", "version": 1, "text": SPEC});
    server.notify("textDocument/didOpen", json!({"textDocument": document}))?;

    let warning = server.diagnostics(&spec_uri, |found| !found.is_empty())?;
    let other = server.diagnostics(&metadata_uri, |found| !found.is_empty())?;
    print(marked(&[(&spec, SPEC, &warning[0]), (&metadata, METADATA, &other[0])], &root))?;

    let params =
        json!({"textDocument": {"uri": spec_uri}, "range": warning[0]["range"], "context": {"diagnostics": warning}});
    let actions = server.request("textDocument/codeAction", params)?;
    let actions = actions.as_array().cloned().unwrap_or_default();
    let mut text = format!("\n{BOLD}The editor offers{RESET} (one key away, right where the cursor is):\n");
    for action in &actions {
        let preferred = action["isPreferred"] == json!(true);
        let (mark, note) = if preferred { ("▸", "   ← preferred: the status further along") } else { (" ", "") };
        text.push_str(&format!("  {mark} {}{note}\n", action["title"].as_str().unwrap_or_default()));
    }
    print(text)?;

    let chosen = actions
        .iter()
        .find(|action| action["isPreferred"] == json!(true))
        .ok_or_else(|| DemoError::Unexpected("offered no preferred fix".to_owned()))?;
    let edits = chosen["edit"]["documentChanges"][0]["edits"].as_array().cloned().unwrap_or_default();
    let after = edits.iter().try_fold(SPEC.to_owned(), |text, edit| applied(&text, edit))?;
    print(format!("\n{BOLD}The preferred fix{RESET} changes the value and nothing else:\n{}", diff(SPEC, &after)))?;

    write(&spec, &after)?;
    let changes = json!([{"text": after}]);
    server.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": spec_uri, "version": 2}, "contentChanges": changes}),
    )?;
    server.notify("textDocument/didSave", json!({"textDocument": {"uri": spec_uri}}))?;
    server.diagnostics(&spec_uri, |found| found.is_empty())?;
    server.diagnostics(&metadata_uri, |found| found.is_empty())?;
    server.stop()?;
    print(format!(
        "\n{GREEN}{BOLD}✓ Both files say \"completed\" now, and the warnings are gone.{RESET}\n\
         Next: `specweave-lsp check` in a project of yours.\n"
    ))?;
    Ok(Verdict::Fine)
}

/// As an editor that applies edits and shows diagnostics as they come.
fn initialize(server: &mut Server, root: &str) -> Result<(), DemoError> {
    let kinds = json!(["quickfix", "refactor", "source"]);
    server.request(
        "initialize",
        json!({
            "processId": std::process::id(), "rootUri": root,
            "workspaceFolders": [{"uri": root, "name": "demo"}],
            "clientInfo": {"name": "specweave-lsp demo"},
            "capabilities": {
                "general": {"positionEncodings": ["utf-8"]},
                "workspace": {"workspaceEdit": {"documentChanges": true}, "applyEdit": true},
                "textDocument": {
                    "publishDiagnostics": {"relatedInformation": true, "versionSupport": true},
                    "codeAction": {"isPreferredSupport": true,
                                   "codeActionLiteralSupport": {"codeActionKind": {"valueSet": kinds}}},
                },
            },
        }),
    )?;
    server.notify("initialized", json!({}))
}

const BOLD: anstyle::Style = anstyle::Style::new().bold();
const GREEN: anstyle::Style = anstyle::AnsiColor::Green.on_default();
const RED: anstyle::Style = anstyle::AnsiColor::Red.on_default();
const RESET: anstyle::Reset = anstyle::Reset;

/// The files with what the server marked in them.
fn marked(files: &[(&Path, &str, &Value)], root: &Path) -> String {
    let shown: Vec<(PathBuf, &str, std::ops::Range<usize>)> = files
        .iter()
        .map(|(path, text, diagnostic)| {
            let span = offset(text, &diagnostic["range"]["start"])..offset(text, &diagnostic["range"]["end"]);
            (path.strip_prefix(root).unwrap_or(path).to_path_buf(), *text, span)
        })
        .collect();
    let message = files[0].2["message"].as_str().unwrap_or_default();
    let code = files[0].2["code"].as_str().unwrap_or_default();
    let paths: Vec<String> = shown.iter().map(|(path, ..)| slashed(path).into_owned()).collect();
    let snippets = shown.iter().zip(&paths).map(|((_, text, span), path)| {
        Snippet::source(*text).path(path.as_str()).annotation(AnnotationKind::Primary.span(span.clone()))
    });
    let group = Level::ERROR.primary_title(message).id(code).elements(snippets);
    format!("{}\n", Renderer::styled().render(&[group]))
}

fn offset(text: &str, position: &Value) -> usize {
    let number = |key: &str| position[key].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let place = tower_lsp::ls_types::Position::new(number("line"), number("character"));
    let range = tower_lsp::ls_types::Range::new(place, place);
    position::bytes(&ropey::Rope::from_str(text), range, Encoding::Utf8).start
}

fn applied(text: &str, edit: &Value) -> Result<String, DemoError> {
    let span = offset(text, &edit["range"]["start"])..offset(text, &edit["range"]["end"]);
    let new = edit["newText"].as_str().ok_or_else(|| DemoError::Unexpected("sent an edit without text".to_owned()))?;
    let mut changed = text.to_owned();
    changed.replace_range(span, new);
    Ok(changed)
}

fn diff(before: &str, after: &str) -> String {
    let mut text = String::new();
    // As bytes, like everywhere: each kind of text brings the whole library into the binary once more.
    let mut options = DiffOptions::new();
    let patch = options.set_context_len(0).create_patch_bytes(before.as_bytes(), after.as_bytes());
    for line in patch.hunks().iter().flat_map(Hunk::lines) {
        let (sign, style, line) = match line {
            Line::Delete(line) => ("-", RED, line),
            Line::Insert(line) => ("+", GREEN, line),
            Line::Context(_) => continue,
        };
        text.push_str(&format!("  {style}{sign} {}{RESET}\n", String::from_utf8_lossy(line).trim_end()));
    }
    text
}

/// The real server as a child process, spoken to as an editor does.
struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next_id: i64,
    /// Notifications that came while something else was waited for.
    waiting: Vec<Value>,
}

impl Server {
    fn start() -> Result<Server, CliError> {
        let program = std::env::current_exe().map_err(CliError::CurrentProgram)?;
        let mut process = Command::new(&program)
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(DemoError::NotStarted)?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.ok_or_else(|| DemoError::Lost(std::io::ErrorKind::BrokenPipe.into()))?;
        Ok(Server { process, input, output: BufReader::new(output), next_id: 1, waiting: Vec::new() })
    }

    fn send(&mut self, message: &Value) -> Result<(), DemoError> {
        let sent = self.input.write_all(&frames::encode(message)).and_then(|()| self.input.flush());
        sent.map_err(DemoError::Lost)
    }

    fn notify(&mut self, method: &str, params: Value) -> Result<(), DemoError> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn request(&mut self, method: &str, params: Value) -> Result<Value, DemoError> {
        let id = self.next_id;
        self.next_id += 1;
        let mut request = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            request["params"] = params;
        }
        self.send(&request)?;
        loop {
            let message = self.receive()?;
            if message["id"] == json!(id) && message.get("method").is_none() {
                return match message.get("error") {
                    Some(error) => Err(DemoError::Unexpected(format!("refused {method}: {}", error["message"]))),
                    None => Ok(message["result"].clone()),
                };
            }
            self.waiting.push(message);
        }
    }

    /// What the server says about a file, once it says what is waited for.
    fn diagnostics(&mut self, uri: &str, fits: impl Fn(&[Value]) -> bool) -> Result<Vec<Value>, DemoError> {
        loop {
            let found = self.waiting.iter().enumerate().find_map(|(at, message)| {
                let about = message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri;
                let found = message["params"]["diagnostics"].as_array().filter(|found| about && fits(found))?;
                Some((at, found.clone()))
            });
            if let Some((at, found)) = found {
                // What was said about this file before is outdated; what was said about others still counts.
                let mut index = 0;
                self.waiting.retain(|message| {
                    index += 1;
                    index > at + 1 || message["params"]["uri"] != uri
                });
                return Ok(found);
            }
            let message = self.receive()?;
            self.waiting.push(message);
        }
    }

    fn receive(&mut self) -> Result<Value, DemoError> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).map_err(DemoError::Lost)? == 0 {
                return Err(DemoError::Lost(std::io::ErrorKind::UnexpectedEof.into()));
            }
            match line.trim().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).map_err(DemoError::Lost)?;
        Ok(serde_json::from_slice(&body)?)
    }

    fn stop(mut self) -> Result<(), DemoError> {
        self.request("shutdown", Value::Null)?;
        self.notify("exit", Value::Null)?;
        let status = self.process.wait().map_err(DemoError::Lost)?;
        if status.success() { Ok(()) } else { Err(DemoError::Ended(status)) }
    }
}
