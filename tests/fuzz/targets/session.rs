//! Whole sessions: any order of openings, edits, requests and closings. In the end the server holds the text that a
//! naive model holds: its findings are those of that text.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use specweave_lsp::model::rules::{self, RuleContext};
use specweave_lsp::model::increment::{Increment, Source};
use specweave_lsp::model::file_kind::FileKind;
use specweave_lsp::server::run;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[derive(Arbitrary, Debug)]
enum Step {
    /// Line, column, line, column; what is put there.
    Edit([u8; 4], Piece),
    Whole(Vec<Piece>),
    Ask(u8, [u8; 2]),
    Reopen(Vec<Piece>),
}

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Piece {
    Fence,
    Status,
    Completed,
    Line,
    Return,
    Title,
    Quote,
    Colon,
    Wide,
    Criterion,
    Space,
    Letter(char),
}

fn text_of(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Fence => "---\n".to_owned(),
            Piece::Status => "status: active\n".to_owned(),
            Piece::Completed => "completed".to_owned(),
            Piece::Line => "\n".to_owned(),
            Piece::Return => "\r".to_owned(),
            Piece::Title => "title: x\n".to_owned(),
            Piece::Quote => "\"".to_owned(),
            Piece::Colon => ": ".to_owned(),
            Piece::Wide => "😀é".to_owned(),
            Piece::Criterion => "- [x] **AC-US1-01**: a\n".to_owned(),
            Piece::Space => "  ".to_owned(),
            Piece::Letter(letter) => letter.to_string(),
        })
        .collect()
}

const METADATA: &str = r#"{"id": "0001-x", "status": "active"}"#;
const SPEC: &str = "---\nstatus: completed\n---\n";

/// One project for all runs; nothing in it is changed.
static PROJECT: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = tempfile::tempdir().unwrap().keep().canonicalize().unwrap();
    let folder = root.join(".specweave/increments/0001-x");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("spec.md"), SPEC).unwrap();
    std::fs::write(folder.join("metadata.json"), METADATA).unwrap();
    root
});

/// The naive model: a string, and positions counted by hand in UTF-16.
fn offset(text: &str, line: u8, column: u8) -> usize {
    let mut start = 0;
    for _ in 0..line {
        match text[start..].find(['\n', '\r']) {
            Some(at) if text[start + at..].starts_with("\r\n") => start += at + 2,
            Some(at) => start += at + 1,
            None => return text.len(),
        }
    }
    let mut units = usize::from(column);
    for (at, letter) in text[start..].char_indices() {
        if matches!(letter, '\n' | '\r') || letter.len_utf16() > units {
            return start + at;
        }
        units -= letter.len_utf16();
    }
    text.len()
}

fn frame(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fuzz_target!(|steps: Vec<Step>| {
    let uri = format!("file://{}/.specweave/increments/0001-x/spec.md", PROJECT.display());
    let mut text = SPEC.to_owned();
    let mut version = 1;
    let mut sent = Vec::new();
    let mut number = 10;
    let mut send = |message: Value| sent.extend(frame(&message));
    send(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "processId": null, "rootUri": format!("file://{}", PROJECT.display()),
        "clientInfo": {"name": "Visual Studio Code"},
        "capabilities": {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}},
                         "textDocument": {"publishDiagnostics": {}, "hover": {}, "completion": {}, "codeLens": {}}},
    }}));
    send(json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    let open = |text: &str, version: i32| {
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri, "languageId": "markdown", "version": version, "text": text}}})
    };
    send(open(&text, version));
    for step in steps.into_iter().take(40) {
        version += 1;
        match step {
            Step::Edit([a, b, c, d], piece) => {
                let new = text_of(&[piece]);
                let (start, end) = (offset(&text, a % 8, b % 32), offset(&text, c % 8, d % 32));
                text.replace_range(start.min(end)..start.max(end), &new);
                let range = json!({"start": {"line": a % 8, "character": b % 32}, "end": {"line": c % 8, "character": d % 32}});
                send(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
                    "textDocument": {"uri": uri, "version": version}, "contentChanges": [{"range": range, "text": new}]}}));
            }
            Step::Whole(pieces) => {
                text = text_of(&pieces);
                send(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
                    "textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}}));
            }
            Step::Reopen(pieces) => {
                text = text_of(&pieces);
                send(json!({"jsonrpc": "2.0", "method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}}));
                send(open(&text, version));
            }
            Step::Ask(which, [line, column]) => {
                let methods = [
                    "hover", "completion", "codeLens", "definition", "references", "documentSymbol", "documentLink",
                    "foldingRange", "inlayHint", "codeAction", "prepareRename",
                ];
                let place = json!({"line": line, "character": column});
                number += 1;
                send(json!({"jsonrpc": "2.0", "id": number, "method": format!("textDocument/{}", methods[usize::from(which) % methods.len()]),
                    "params": {"textDocument": {"uri": uri}, "position": place, "range": {"start": place, "end": place},
                               "context": {"diagnostics": [], "includeDeclaration": true, "triggerKind": 1}}}));
            }
        }
    }
    send(json!({"jsonrpc": "2.0", "id": 2, "method": "workspace/executeCommand",
                "params": {"command": "specweave-lsp.report", "arguments": []}}));
    let increment = Increment::read("0001-x", Source::Text(text.clone().into_bytes()), Source::Text(METADATA.into()));
    let mut expected: Vec<String> = rules::check(&increment, RuleContext::default())
        .into_iter()
        .map(|finding| {
            let file = ropey::Rope::from_str(if finding.file == FileKind::Spec { text.as_str() } else { METADATA });
            let place = specweave_lsp::workspace::line_index::line_col(&file, finding.span.start, specweave_lsp::workspace::line_index::Encoding::Utf32);
            format!("{} {} {}", finding.code, place.line + 1, place.column + 1)
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = runtime.block_on(async {
        let (client, server) = tokio::io::duplex(1 << 20);
        let (read, write) = tokio::io::split(server);
        let serving = tokio::task::spawn(run::talk(read, write));
        let (mut answers, mut requests) = tokio::io::split(client);
        let writing = tokio::task::spawn(async move {
            requests.write_all(&sent).await.unwrap();
            requests
        });
        // Reads until the report is there, and answers what the server asks.
        let mut bytes = Vec::new();
        let mut chunk = vec![0; 1 << 16];
        let report = 'reading: loop {
            while let Some((message, rest)) = message(&bytes) {
                bytes.drain(..rest);
                if message["id"] == 2 && message.get("method").is_none() {
                    break 'reading message;
                }
            }
            let read = answers.read(&mut chunk).await.unwrap();
            assert!(read > 0, "the server ended");
            bytes.extend_from_slice(&chunk[..read]);
        };
        drop(writing.await);
        drop(answers);
        let _ = serving.await;
        report["result"]["findings"].as_array().unwrap_or_else(|| panic!("{report}")).clone()
    });
    let mut found: Vec<String> =
        found.iter().map(|it| format!("{} {} {}", it["code"].as_str().unwrap(), it["line"], it["column"])).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{text:?}");
});

fn message(bytes: &[u8]) -> Option<(Value, usize)> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let length: usize = std::str::from_utf8(&bytes[..head]).ok()?.split(": ").nth(1)?.trim().parse().ok()?;
    let end = head + 4 + length;
    Some((serde_json::from_slice(bytes.get(head + 4..end)?).ok()?, end))
}
