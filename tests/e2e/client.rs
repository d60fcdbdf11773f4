//! A language client for tests: it holds the documents as an editor does, answers the server's requests, and waits
//! for messages instead of sleeping. Dropping it ends the server and fails the test if the server did not end well.

#![allow(dead_code, reason = "each suite uses its part")]

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::project::{BINARY, Project, start};

/// Only what never comes needs all of it: a machine that does ten other things, or Wine, takes a while.
pub const PATIENCE: Duration = Duration::from_secs(180);

pub struct Client {
    process: Child,
    /// `None` once the client has hung up.
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Came while something else was waited for.
    unclaimed: VecDeque<Value>,
    next_id: i64,
    pub result: Value,
    pub documents: HashMap<String, (i64, String)>,
    /// The last diagnostics of each URI, and how often it was sent some.
    pub published: HashMap<String, (Value, usize)>,
    /// What `workspace/configuration` is answered.
    pub settings: Value,
    pub edits: Vec<Value>,
    pub shown: Vec<String>,
    pub refreshes: usize,
    pub tell_unsaved: bool,
    /// Where the session works: Wine removes no folder that a server still watches.
    pub project: Option<Project>,
    /// What this editor does with `workspace/applyEdit`, one after the other; then it behaves. `None`: no answer.
    pub manners: VecDeque<Manner>,
}

pub type Manner = Box<dyn FnOnce(&mut Client, &Value) -> Option<Answer>>;

/// A whole answer: a result or an error.
pub enum Answer {
    Result(Value),
    Error(&'static str),
}

/// What current editors announce.
pub fn capabilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "workspace": {
            "applyEdit": true, "configuration": true, "workspaceFolders": true,
            "workspaceEdit": {"documentChanges": true}, "didChangeWatchedFiles": {"dynamicRegistration": true},
        },
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true, "versionSupport": true},
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}},
                "isPreferredSupport": true, "disabledSupport": true, "dataSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            },
        },
    })
}

impl Client {
    /// A session with the usual editor on one project.
    pub fn open(project: &Project) -> Client {
        Client::start(json!({
            "processId": null, "capabilities": capabilities(),
            "workspaceFolders": [{"uri": uri(&project.root), "name": "project"}],
        }))
    }

    pub fn start(params: Value) -> Client {
        let mut client = Client::spawn();
        client.initialize(params);
        client
    }

    pub fn spawn() -> Client {
        Client::spawn_as(Command::new(BINARY).arg("--stdio"))
    }

    /// A server that is started through something else.
    pub fn spawn_as(command: &mut Command) -> Client {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut process = start(command, Command::spawn);
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            while let Some(message) = read_message(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Client {
            process,
            input,
            messages,
            unclaimed: VecDeque::new(),
            next_id: 1,
            result: Value::Null,
            documents: HashMap::new(),
            published: HashMap::new(),
            settings: Value::Null,
            edits: Vec::new(),
            shown: Vec::new(),
            refreshes: 0,
            tell_unsaved: false,
            project: None,
            manners: VecDeque::new(),
        }
    }

    pub fn initialize(&mut self, params: Value) {
        self.result = self.request("initialize", params);
        self.notify("initialized", json!({}));
    }

    // --- messages

    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("a client that has not hung up");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server takes messages");
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and gives its number, for `answer`.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        id
    }

    pub fn answer(&mut self, id: i64) -> Result<Value, Value> {
        let mut message =
            self.wait(&format!("the answer to request {id}"), |m| m["id"] == id && m.get("method").is_none());
        match message.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(message["result"].take()),
        }
    }

    pub fn try_request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.answer(id)
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.try_request(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Waits for a message; what comes before it is taken note of, or kept for a later wait.
    pub fn wait(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.unclaimed.iter().position(&fits) {
            return self.unclaimed.remove(at).unwrap();
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let Some(message) = self.receive(end) else {
                panic!("waited in vain for {what}; unclaimed: {:#?}; published: {:#?}", self.unclaimed, self.published);
            };
            if fits(&message) {
                return message;
            }
            self.unclaimed.push_back(message);
        }
    }

    /// Waits until `holds` of what the server has said so far.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Client) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            match self.receive(end) {
                Some(message) => self.unclaimed.push_back(message),
                None => panic!("waited in vain until {what}; published: {:#?}", self.published),
            }
        }
    }

    /// Takes in everything the server has to say about what it was sent so far; a report waits for the scan, too.
    pub fn catch_up(&mut self) {
        self.request("workspace/executeCommand", json!({"command": "specweave-lsp.report", "arguments": []}));
    }

    /// A message that has come already.
    pub fn claim(&mut self, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let at = self.unclaimed.iter().position(fits)?;
        self.unclaimed.remove(at)
    }

    /// Takes in all that comes in this time, for what must not come; gives the methods.
    pub fn listen(&mut self, time: Duration) -> Vec<String> {
        let end = Instant::now() + time;
        let mut methods = Vec::new();
        while let Some(message) = self.receive(end) {
            methods.extend(message["method"].as_str().map(str::to_owned));
            self.unclaimed.push_back(message);
        }
        methods
    }

    /// All findings that were sent for a file, and not only the last; those that were waited for are left out.
    pub fn heard_about(&self, uri: &str) -> Vec<Value> {
        let about = |message: &&Value| {
            message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
        };
        self.unclaimed.iter().filter(about).map(|message| message["params"].clone()).collect()
    }

    /// What came and nobody waited for.
    pub fn unclaimed_methods(&self) -> Vec<String> {
        self.unclaimed.iter().filter_map(|message| message["method"].as_str().map(str::to_owned)).collect()
    }

    pub fn forget(&mut self) {
        self.unclaimed.clear();
    }

    fn receive(&mut self, end: Instant) -> Option<Value> {
        let message = self.messages.recv_timeout(end.saturating_duration_since(Instant::now())).ok()?;
        if let Some(id) = message.get("id").filter(|_| message.get("method").is_some()).cloned() {
            let method = message["method"].as_str().unwrap();
            let answer = match self.manners.pop_front() {
                Some(manner) if method == "workspace/applyEdit" => manner(self, &message["params"]["edit"]),
                kept => {
                    kept.into_iter().for_each(|manner| self.manners.push_front(manner));
                    Some(Answer::Result(self.serve(method, &message["params"])))
                }
            };
            match answer {
                Some(Answer::Result(result)) => self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result})),
                Some(Answer::Error(text)) => {
                    self.send(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": text}}));
                }
                None => {}
            }
        }
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let uri = message["params"]["uri"].as_str().unwrap().to_owned();
                let times = self.published.get(&uri).map_or(0, |(_, times)| *times);
                self.published.insert(uri, (message["params"].clone(), times + 1));
            }
            Some("window/showMessage") => self.shown.push(message["params"]["message"].as_str().unwrap().to_owned()),
            _ => {}
        }
        Some(message)
    }

    /// Answers as an ordinary editor does.
    fn serve(&mut self, method: &str, params: &Value) -> Value {
        match method {
            "workspace/configuration" => json!([self.settings]),
            "workspace/applyEdit" => {
                self.edits.push(params["edit"].clone());
                self.apply(&params["edit"]);
                json!({"applied": true})
            }
            "workspace/diagnostic/refresh" => {
                self.refreshes += 1;
                Value::Null
            }
            _ => Value::Null,
        }
    }

    // --- documents

    pub fn did_open(&mut self, uri: &str, text: &str) {
        self.documents.insert(uri.to_owned(), (1, text.to_owned()));
        let document = json!({"uri": uri, "languageId": "markdown", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub fn open_file(&mut self, path: &Path) -> String {
        let uri = uri(path);
        let text = std::fs::read_to_string(path).unwrap();
        self.did_open(&uri, &text);
        uri
    }

    /// Replaces the whole text.
    pub fn change(&mut self, uri: &str, text: &str) {
        let version = self.set_text(uri, text);
        let change = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]});
        self.notify("textDocument/didChange", change);
    }

    fn set_text(&mut self, uri: &str, text: &str) -> i64 {
        let document = self.documents.get_mut(uri).expect("an open document");
        document.0 += 1;
        document.1 = text.to_owned();
        document.0
    }

    pub fn close(&mut self, uri: &str) {
        self.documents.remove(uri);
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    pub fn text(&self, uri: &str) -> String {
        match self.documents.get(uri) {
            Some((_, text)) => text.clone(),
            None => std::fs::read_to_string(path(uri)).unwrap(),
        }
    }

    /// Applies a workspace edit: open documents change in the editor, the others on disk.
    pub fn apply(&mut self, edit: &Value) {
        let changes: Vec<(String, Value, Value)> = match edit.get("documentChanges").and_then(Value::as_array) {
            Some(changes) => changes
                .iter()
                .map(|change| {
                    let document = &change["textDocument"];
                    (document["uri"].as_str().unwrap().to_owned(), document["version"].clone(), change["edits"].clone())
                })
                .collect(),
            None => {
                let changes = edit["changes"].as_object().expect("an edit with changes");
                changes.iter().map(|(uri, edits)| (uri.clone(), Value::Null, edits.clone())).collect()
            }
        };
        for (uri, version, edits) in changes {
            if let Some((open, _)) = self.documents.get(&uri) {
                assert!(
                    version.is_null() || version == json!(*open),
                    "an edit for version {version}, {uri} is at {open}"
                );
            }
            let before = self.text(&uri);
            let after = apply_edits(&before, edits.as_array().unwrap(), self.encoding());
            if self.documents.contains_key(&uri) {
                self.change(&uri, &after);
            } else {
                std::fs::write(path(&uri), &after).unwrap();
                let changed = json!({"changes": [{"uri": uri, "type": 2}]});
                self.notify("workspace/didChangeWatchedFiles", changed);
            }
        }
    }

    pub fn encoding(&self) -> String {
        self.result["capabilities"]["positionEncoding"].as_str().unwrap_or("utf-16").to_owned()
    }

    // --- findings

    /// `code "marked text"` of each finding of a file, as published last. That a fix is not saved yet is left to the
    /// test about that.
    pub fn findings(&self, uri: &str) -> Vec<String> {
        let published = self.published.get(uri).map_or(&Value::Null, |(params, _)| params);
        let text = self.text(uri);
        let diagnostics = published["diagnostics"].as_array().cloned().unwrap_or_default();
        let encoding = self.encoding();
        diagnostics
            .iter()
            .filter(|d| d["code"] != "unsaved-fix" || self.tell_unsaved)
            .map(|d| {
                let span = offset(&text, &d["range"]["start"], &encoding)..offset(&text, &d["range"]["end"], &encoding);
                format!("{} {:?}", d["code"].as_str().unwrap(), text.get(span).unwrap_or("<outside the text>"))
            })
            .collect()
    }

    pub fn wait_findings(&mut self, uri: &str, expected: &[&str]) {
        let what = format!("{uri} has the findings {expected:?}");
        self.until(&what, |client| client.published.contains_key(uri) && client.findings(uri) == expected);
    }

    pub fn actions(&mut self, uri: &str, range: Value) -> Vec<Value> {
        let diagnostics = self.published.get(uri).map_or(json!([]), |(params, _)| params["diagnostics"].clone());
        let params = json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": diagnostics}});
        self.request("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// The actions offered where the first finding of a file is.
    pub fn actions_at_finding(&mut self, uri: &str) -> Vec<Value> {
        let range = self.published[uri].0["diagnostics"][0]["range"].clone();
        self.actions(uri, range)
    }

    /// Runs the command that came with a code action.
    pub fn request_command(&mut self, command: &Value) -> Result<Value, Value> {
        let params = json!({"command": command["command"], "arguments": command["arguments"]});
        self.try_request("workspace/executeCommand", params)
    }

    pub fn execute(&mut self, command: &str, argument: Value) -> Result<Value, Value> {
        self.try_request("workspace/executeCommand", json!({"command": command, "arguments": [argument]}))
    }

    /// Waits until the server ends by itself.
    pub fn ended(mut self) -> i32 {
        let end = Instant::now() + PATIENCE;
        while self.receive(end).is_some() {}
        assert!(Instant::now() < end, "the server still runs");
        self.process.wait().unwrap().code().unwrap_or(-1)
    }

    /// Leaves without a word.
    pub fn hang_up(mut self) -> i32 {
        self.input = None;
        self.process.wait().unwrap().code().unwrap_or(-1)
    }

    /// Ends the session as an editor does, and says how the server ended.
    pub fn stop(&mut self) -> i32 {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.process.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.process.kill();
            let _ = self.process.wait();
            return;
        }
        if self.process.try_wait().unwrap().is_none() {
            assert_eq!(self.stop(), 0, "the server ends well");
        }
    }
}

fn read_message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().strip_prefix("Content-Length:") {
            Some(value) => length = value.trim().parse().ok()?,
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("the server sends JSON"))
}

/// As most editors write it; on Windows `file:///C:/…`.
pub fn uri(path: &Path) -> String {
    let path = path.to_str().unwrap();
    let (mut uri, path) = match path.get(1..2) {
        Some(":") if cfg!(windows) => (format!("file:///{}", &path[..2]), &path[2..]),
        _ => (String::from("file://"), path),
    };
    for byte in path.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(byte as char),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

pub fn path(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.strip_prefix("file://").expect("a file").bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: String = [rest.next().unwrap() as char, rest.next().unwrap() as char].iter().collect();
            bytes.push(u8::from_str_radix(&hex, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes).unwrap();
    match path.strip_prefix('/') {
        Some(drive) if cfg!(windows) => drive.replace('/', "\\"),
        _ => path,
    }
}

/// An independent reading of the protocol's positions, to check the server's against.
pub fn offset(text: &str, position: &Value, encoding: &str) -> usize {
    let (mut line, mut column) = (position["line"].as_u64().unwrap(), position["character"].as_u64().unwrap());
    let mut chars = text.char_indices().peekable();
    while line > 0 {
        match chars.next() {
            Some((_, '\r')) => {
                if chars.peek().is_some_and(|(_, c)| *c == '\n') {
                    chars.next();
                }
                line -= 1;
            }
            Some((_, '\n')) => line -= 1,
            Some(_) => {}
            None => return text.len(),
        }
    }
    for (at, c) in chars {
        if column == 0 || c == '\n' || c == '\r' {
            return at;
        }
        let width = match encoding {
            "utf-8" => c.len_utf8(),
            "utf-16" => c.len_utf16(),
            _ => 1,
        };
        column = column.saturating_sub(width as u64);
    }
    text.len()
}

pub fn apply_edits(text: &str, edits: &[Value], encoding: String) -> String {
    let mut spans: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            let at = |end: &str| offset(text, &edit["range"][end], &encoding);
            (at("start"), at("end"), edit["newText"].as_str().unwrap())
        })
        .collect();
    spans.sort_unstable();
    let mut changed = text.to_owned();
    for (start, end, new) in spans.into_iter().rev() {
        changed.replace_range(start..end, new);
    }
    changed
}
