"""Plants one bad message of each kind: a judge that does not find it would find nothing in the server either."""

import os
import tempfile

import text
from client import PATIENCE, Client
from judge import Judge
from kinds import KINDS

SPEC = "---\nstatus: active\n---\n"
FULL = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {"applyEdit": True, "configuration": True, "workspaceEdit": {"documentChanges": True}},
    "textDocument": {
        "publishDiagnostics": {"versionSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {}},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "documentLink": {"tooltipSupport": True},
    },
}
OFFERS = {"executeCommandProvider": {"commands": ["specweave-lsp.sync"]}}


def span(line, start, end):
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def full_server(judge, offers=OFFERS, capabilities=FULL):
    """A session that is up and running."""
    ask(judge, 1, "initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
    answer(judge, 1, {"capabilities": offers})
    judge.client({"jsonrpc": "2.0", "method": "initialized", "params": {}})


def ask(judge, number, method, params):
    judge.client({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def answer(judge, number, result):
    judge.server({"jsonrpc": "2.0", "id": number, "result": result})


def refuse(judge, number, code):
    judge.server({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": "no"}})


def say(judge, method, params, number=None):
    judge.server({"jsonrpc": "2.0", "method": method, "params": params, **({"id": number} if number else {})})


class Planted:
    """What each kind is planted in: one open document."""

    def __init__(self, judge, folder):
        self.judge = judge
        self.path = os.path.join(folder, "spec.md")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(SPEC)
        self.uri = text.to_uri(self.path)
        self.document = {"textDocument": {"uri": self.uri}}

    def open(self, uri=None):
        document = {"uri": uri or self.uri, "languageId": "markdown", "version": 1, "text": SPEC}
        self.judge.client({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}})

    def running(self, **session):
        full_server(self.judge, **session)
        self.open()

    def answered(self, method, params, result, **session):
        self.running(**session)
        ask(self.judge, 2, method, {**self.document, **params})
        answer(self.judge, 2, result)

    def published(self, where, version=None, code="status-desync", uri=None, **more):
        diagnostic = {"range": where, "code": code, "message": "x", **more}
        params = {"uri": uri or self.uri, "diagnostics": [diagnostic]}
        say(self.judge, "textDocument/publishDiagnostics", {**params, **({"version": version} if version else {})})

    def actions(self, actions, only=None, **session):
        context = {"diagnostics": [], **({"only": only} if only else {})}
        self.answered("textDocument/codeAction", {"range": span(1, 8, 8), "context": context}, actions, **session)

    def applied(self, *edits):
        self.running()
        changes = [{"textDocument": {"uri": self.uri, "version": 1}, "edits": list(edits)}] if edits else []
        say(self.judge, "workspace/applyEdit", {"edit": {"documentChanges": changes}}, 7)

    def complete(self, item):
        self.answered("textDocument/completion", {"position": {"line": 1, "character": 8}}, [item])

    def progress(self, *values):
        self.running()
        say(self.judge, "window/workDoneProgress/create", {"token": "t"}, 7)
        self.judge.client({"jsonrpc": "2.0", "id": 7, "result": None})
        for value in values:
            say(self.judge, "$/progress", {"token": "t", "value": value})


def envelope(p):
    p.running()
    p.judge.server({"jsonrpc": "1.0", "method": "x"})


def stray_answer(p):
    p.running()
    answer(p.judge, 1, None)


def after_shutdown(p):
    p.running()
    ask(p.judge, 2, "shutdown", None)
    answer(p.judge, 2, None)
    p.published(span(1, 8, 14))


def id_in_use(p):
    p.running()
    for _ in range(2):
        say(p.judge, "workspace/configuration", {"items": []}, 7)


def asked_and_refused(method, code):
    def plant(p):
        p.running()
        ask(p.judge, 2, method, {})
        refuse(p.judge, 2, code)

    return plant


def initialize_refused(p):
    ask(p.judge, 1, "initialize", {"processId": -1, "rootUri": None, "capabilities": {}})
    refuse(p.judge, 1, -32602)


def unanswered(p):
    p.running()
    ask(p.judge, 2, "textDocument/hover", {**p.document, "position": {"line": 0, "character": 0}})
    p.judge.finish()


def resolved(p):
    p.running()
    ask(p.judge, 2, "codeAction/resolve", {"title": "a", "data": 1})
    answer(p.judge, 2, {"title": "b", "data": 1})


def said(method, params, number=None, **session):
    def plant(p):
        p.running(**session)
        say(p.judge, method, params, number)

    return plant


def published(*args, **more):
    def plant(p):
        p.running()
        p.published(*args, **more)

    return plant


def spelled(p):
    full_server(p.judge)
    p.open(p.uri.replace("spec", "%73pec"))
    ask(p.judge, 2, "specweave/status", {})
    answer(p.judge, 2, {})
    p.published(span(1, 8, 14))


def pushed(p):
    p.running(offers={"diagnosticProvider": {"interFileDependencies": True, "workspaceDiagnostics": True}})
    p.published(span(1, 8, 14))


def unfinished(p):
    p.progress({"kind": "begin", "title": "x"})
    p.judge.finish()


def crashed(p):
    client = Client(["true"], p.judge)
    client.guard(lambda: client.take(PATIENCE))
    client.kill()


OUTER = {"name": "a", "kind": 12, "range": span(0, 0, 3), "selectionRange": span(1, 0, 3)}
LINK = {"range": span(1, 0, 3), "target": "file:///nonexistent/file"}
FOCUS = {"position": {"line": 1, "character": 8}}
PLACES = {"position": {"line": 1, "character": 8}, "context": {"includeDeclaration": True}}

PLANTED = {
    "envelope": envelope,
    "schema": said("window/showMessage", {"type": 1, "message": "x", "colour": "red"}),
    "lsprotocol": said("window/showMessage", {"type": 77, "message": "x"}),
    "pytest-lsp": said(
        "window/workDoneProgress/create", {"token": "t"}, 7, capabilities={"workspace": {"applyEdit": True}}
    ),
    "unknown-method": said("window/nosuch", {}),
    "direction": said("textDocument/didOpen", {}),
    "before-initialized": lambda p: say(p.judge, "window/workDoneProgress/create", {"token": "t"}, 7),
    "after-shutdown": after_shutdown,
    "id-in-use": id_in_use,
    "stray-answer": stray_answer,
    "no-answer": unanswered,
    "internal-error": asked_and_refused("workspace/symbol", -32603),
    "error-code": asked_and_refused("$/nosuch", -32600),
    "initialize-refused": initialize_refused,
    "undeclared-method": said("workspace/codeLens/refresh", None, 7),
    "undeclared-property": lambda p: p.actions([{"title": "a", "isPreferred": True, "edit": {"changes": {p.uri: []}}}]),
    "undeclared-value": lambda p: p.complete({"label": "a", "kind": 20}),
    "unasked": lambda p: p.actions(
        [{"title": "a", "kind": "refactor", "edit": {"changes": {p.uri: []}}}], ["quickfix"]
    ),
    "unoffered": lambda p: p.actions([{"title": "a", "command": {"title": "a", "command": "specweave-lsp.nosuch"}}]),
    "dead-action": lambda p: p.actions([{"title": "a"}]),
    "resolve": resolved,
    "registration": said(
        "client/unregisterCapability", {"unregisterations": [{"id": "x", "method": "workspace/symbol"}]}, 7
    ),
    "progress": lambda p: p.progress({"kind": "report"}),
    "progress-unfinished": unfinished,
    "range": published(span(1, 8, 99)),
    "version": published(span(1, 8, 14), version=5),
    "disk-under-version": published(span(0, 0, 3), version=1),
    "uri": spelled,
    "edit": lambda p: p.applied(),
    "completion-range": lambda p: p.complete({"label": "a", "textEdit": {"range": span(1, 9, 14), "newText": "a"}}),
    "symbol": lambda p: p.answered("textDocument/documentSymbol", {}, [OUTER]),
    "twice": lambda p: p.answered("textDocument/references", PLACES, [{"uri": p.uri, "range": span(1, 8, 14)}] * 2),
    "pushed": pushed,
    "unchanged": lambda p: p.answered("textDocument/diagnostic", {}, {"kind": "unchanged", "resultId": "1"}),
    "link": lambda p: p.answered("textDocument/documentLink", {}, [LINK]),
    "crash": crashed,
    "exit-code": lambda p: p.judge.finish(101),
}

# Only the meta model tells these.
NEEDS_MODEL = {"schema", "unknown-method", "direction"}

RIGHT = {
    "findings": published(span(1, 8, 14), version=1),
    "an edit": lambda p: p.applied({"range": span(1, 8, 14), "newText": "paused"}),
    "hover": lambda p: p.answered("textDocument/hover", FOCUS, {"contents": {"kind": "markdown", "value": "x"}}),
    "whole progress": lambda p: p.progress({"kind": "begin", "title": "x"}, {"kind": "report"}, {"kind": "end"}),
    "a refusal": asked_and_refused("$/nosuch", -32601),
}


def run(models, libraries):
    """Gives the exit code."""
    wrong = [f"{kind}: no message of this kind is planted" for kind in KINDS.keys() - PLANTED.keys()]
    for name, plant in [*PLANTED.items(), *RIGHT.items()]:
        judge = Judge(models, libraries)
        with tempfile.TemporaryDirectory() as folder:
            plant(Planted(judge, folder))
        found = {kind for kind, _, _ in judge.violations}
        needed = models or name not in NEEDS_MODEL
        if name in PLANTED and name not in found and needed:
            wrong.append(f"{name}: planted, and not found (found: {sorted(found)})")
        if name in RIGHT and found:
            wrong.append(f"{name}: right, and found to be {judge.violations}")
    print("\n".join(wrong) or f"Each of {len(PLANTED)} kinds is found, and nothing in what is right.")
    return bool(wrong)
