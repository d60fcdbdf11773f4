"""One random session: everything in it comes from its seed, apart from what the clock decides in the server."""

import os
import random
import re
import shutil
import tempfile

import editors
import projects
import text
from client import LATER, Client, Editor, Refusal
from judge import Judge

STEPS = 150
OPEN_REQUESTS = 30
ROOTS = ["plain", "with space", "per%cent", "ünï🎉", "a+b(c)[d]&e#f"]
WORDS = [*projects.STATUSES, "", "42", "null", "[a]", "yes"]
TYPED = ["x", "\n", "🎉", "\r\n", "---\n", "status: done\n", "", '"', "é", "0901-crlf"]
COMMANDS = [f"specweave-lsp.{name}" for name in ("sync", "syncAll", "close", "setStatus", "report", "verify")] + [
    "nosuch"
]
ONLY = [["quickfix"], ["refactor"], ["source.fixAll"], ["source"], [""], [], ["source.fixAll.specweave", "quickfix"]]
SETTINGS = [
    {},
    None,
    {"specweave-lsp": {"preferredSource": "spec", "includeArchived": True}},
    {"specweave-lsp": {"preferredSource": "nosuch"}},
    {"specweave-lsp": {"diagnostics": {"severity": {"status-desync": "off", "unknown-status": "hint"}}}},
    {"specweave-lsp": {"exclude": ["*made*", "["], "codeLens": False}},
]
# What the client asks at a place or about a whole document, with the server's offer.
AT_A_PLACE = {
    "textDocument/hover": "hoverProvider",
    "textDocument/definition": "definitionProvider",
    "textDocument/references": "referencesProvider",
    "textDocument/completion": "completionProvider",
    "textDocument/prepareRename": "renameProvider",
    "textDocument/rename": "renameProvider",
}
OF_A_DOCUMENT = {
    "textDocument/codeLens": "codeLensProvider",
    "textDocument/documentSymbol": "documentSymbolProvider",
    "textDocument/documentLink": "documentLinkProvider",
    "textDocument/foldingRange": "foldingRangeProvider",
    "textDocument/inlayHint": "inlayHintProvider",
}


def run(seed, command, models, libraries):
    """Gives the judge, and what is known of the session."""
    session = Session(seed, command, models, libraries)
    try:
        session.client.guard(session.play)
    finally:
        session.tidy()
    return session.judge, session.name


def remove(folder):
    """The server may be writing into it at this moment."""
    while os.path.exists(folder):
        shutil.rmtree(folder, ignore_errors=True)


class Session:
    def __init__(self, seed, command, models, libraries):
        self.dice = random.Random(seed)
        self.judge = Judge(models, libraries)
        self.base = tempfile.mkdtemp(prefix=f"protocol-{seed}-")
        self.root = os.path.join(self.base, self.dice.choice(ROOTS))
        self.second = os.path.join(self.base, "second")
        projects.make(self.root, self.dice)
        projects.ordinary(self.second, self.dice, 8)
        self.name, self.params = editors.random_client(self.dice)
        self.mood = self.dice.choice(["good", "good", "good", "refuse", "lie", "error", "late", "half"])
        self.settings = self.dice.choice(SETTINGS)
        self.actions, self.shown, self.results, self.pending, self.withheld = [], [], {}, {}, []
        self.client = Client(command, self.judge)
        self.editor = Editor(self.client)
        self.client.on_request = {
            "workspace/configuration": lambda params: [None for _ in params["items"]],
            "workspace/workspaceFolders": lambda _: [self.folder(self.root)],
            "workspace/applyEdit": self.on_apply,
            "window/showDocument": lambda _: {"success": True},
        }

    def chance(self, share):
        return self.dice.random() < share

    @staticmethod
    def folder(path):
        return {"uri": text.to_uri(path), "name": os.path.basename(path)}

    def play(self):
        folders = self.dice.choice([[self.root], [self.root], [self.root, self.second], []])
        params = dict(self.params)
        if folders and not self.judge_folders(params):
            params["rootUri"] = params["rootUri"] or text.to_uri(folders[0])
        else:
            params["workspaceFolders"] = [self.folder(path) for path in folders] or None
        if self.chance(0.3):
            params["workDoneToken"] = "initialize"
        number = self.client.ask("initialize", params)
        if not isinstance(self.client.wait(number), dict):
            return
        self.client.notify("initialized", {})
        self.files = projects.files(self.root)
        self.odd = [path for path in self.files if "/09" in path or "/state/" in path or "/packages/" in path]
        steps = [(share, step) for share, step in self.steps() if share]
        for _ in range(STEPS):
            self.client.take_all()
            self.collect()
            share = sum(weight for weight, _ in steps) * self.dice.random()
            for weight, step in steps:
                share -= weight
                if share < 0:
                    step()
                    break
            if self.chance(0.04):
                self.client.take_for(self.dice.choice([0.01, 0.1, 0.3]))
        self.shut_down()

    @staticmethod
    def judge_folders(params):
        return params["capabilities"].get("workspace", {}).get("workspaceFolders")

    def steps(self):
        pull = self.judge.offers.get("diagnosticProvider")
        return [
            (10, self.open),
            (20, self.change),
            (6, self.save_or_close),
            (12, self.ask_actions),
            (6, self.take_action),
            (4, self.command),
            (16, self.ask_at_a_place),
            (14, self.ask_of_a_document),
            (2, lambda: self.ask("workspace/symbol", {"query": self.dice.choice(["", "09", "crlf", "🎉", "zzz"])})),
            (6 if pull else 0, self.pull),
            (1, self.rename_folder),
            (5, self.change_disk),
            (2, self.make_or_remove),
            (2, self.configure),
            (2 if self.judge.announces("workspace", "workspaceFolders") else 0, self.change_folders),
            (1, lambda: self.client.notify("$/setTrace", {"value": self.dice.choice(["off", "messages", "verbose"])})),
            (1, self.cancel_progress),
            (2, lambda: self.ask("specweave/" + self.dice.choice(["status", "increments"]), {})),
            (1, lambda: self.client.notify(self.dice.choice(["$/nosuch", "nosuch/notification"]), {"a": 1})),
            (1, lambda: self.ask(self.dice.choice(["nosuch/request", "textDocument/nosuch"]), {"a": 1})),
            # Not waited for: whether it was answered is seen in the end.
            (1, lambda: self.client.ask("$/nosuch", {"a": 1})),
        ]

    # --- choosing

    def a_file(self):
        return self.dice.choice(self.odd if self.odd and self.chance(0.6) else self.files)

    def a_uri(self):
        opened = list(self.editor.opened.values())
        return self.dice.choice(opened) if opened and self.chance(0.8) else text.to_uri(self.a_file())

    def a_place(self, uri, wild=True):
        body = self.editor.text(uri)
        at = self.dice.randrange(len(body) + 1)
        keys = [key for key in ("status", "increment", "AC-", "T-0", "US-", "0901") if key in body]
        if keys and self.chance(0.5):
            at = min(len(body), body.index(self.dice.choice(keys)) + self.dice.randrange(16))
        place = text.position(body, at, self.judge.encoding)
        if wild and self.chance(0.03):
            place = {"line": place["line"] + self.dice.choice([0, 5, 100_000]), "character": 2_000_000_000}
        return place

    def a_range(self, uri):
        start, end = sorted([self.a_place(uri), self.a_place(uri)], key=text.order)
        return {"start": start, "end": end if self.chance(0.5) else start}

    # --- requests

    def ask(self, method, params, uri=None):
        # Most of the time only what is offered: what is not must be refused, and no more.
        if method in ("textDocument/codeLens", "textDocument/documentSymbol", "textDocument/hover") and self.chance(
            0.1
        ):
            params["workDoneToken"] = f"asked {self.client.number}"
        number = self.client.ask(method, params)
        self.pending[number] = (method, uri)
        if self.chance(0.06):
            self.client.notify("$/cancelRequest", {"id": self.dice.choice([number, number, 999_999])})
        if len(self.pending) > OPEN_REQUESTS:
            self.client.wait(next(iter(self.pending)))
        return number

    def collect(self):
        for number, (method, uri) in list(self.pending.items()):
            if number not in self.client.results:
                continue
            del self.pending[number]
            result = self.client.results[number]
            if not result:
                continue
            if method == "textDocument/codeAction":
                self.actions = result
            elif method == "textDocument/codeLens":
                self.shown = [lens["command"] for lens in result if "command" in lens]
            elif method == "textDocument/diagnostic" and result.get("resultId"):
                self.results[uri] = result["resultId"]
            elif method == "workspace/diagnostic":
                self.results.update({item["uri"]: item["resultId"] for item in result["items"] if item.get("resultId")})

    def ask_at_a_place(self):
        method, offer = self.dice.choice(list(AT_A_PLACE.items()))
        if not self.judge.offers.get(offer) and not self.chance(0.05):
            return
        uri = self.a_uri()
        params = {"textDocument": {"uri": uri}, "position": self.a_place(uri, wild=not method.endswith("completion"))}
        if method.endswith("references"):
            params["context"] = {"includeDeclaration": self.chance(0.5)}
        elif method.endswith("/rename"):
            params["newName"] = self.dice.choice(["x", "", "🎉"])
        elif method.endswith("completion"):
            params["context"] = self.dice.choice([{"triggerKind": 1}, {"triggerKind": 2, "triggerCharacter": ":"}])
        self.ask(method, params)

    def ask_of_a_document(self):
        method, offer = self.dice.choice(list(OF_A_DOCUMENT.items()))
        if not self.judge.offers.get(offer) and not self.chance(0.05):
            return
        uri = self.a_uri()
        params = {"textDocument": {"uri": uri}}
        if method.endswith("inlayHint"):
            params["range"] = self.a_range(uri)
        self.ask(method, params)

    def ask_actions(self):
        uri = self.a_uri()
        context = {"diagnostics": []}
        if self.chance(0.4):
            context["only"] = self.dice.choice(ONLY)
        if self.chance(0.3):
            context["triggerKind"] = self.dice.choice([1, 2])
        self.ask(
            "textDocument/codeAction", {"textDocument": {"uri": uri}, "range": self.a_range(uri), "context": context}
        )

    def take_action(self):
        if not self.actions:
            return self.run_command(self.dice.choice(self.shown)) if self.shown else None
        action = self.dice.choice(self.actions)
        if isinstance(action.get("command"), str):
            return self.run_command(action)
        if "disabled" in action:
            return None
        provider = self.judge.offers.get("codeActionProvider")
        if "edit" not in action and "data" in action and isinstance(provider, dict) and provider.get("resolveProvider"):
            action = self.client.wait(self.client.ask("codeAction/resolve", action)) or {}
        if action.get("edit"):
            self.editor.apply(action["edit"])
        if action.get("command"):
            self.run_command(action["command"])
        return None

    def run_command(self, command):
        params = {name: command[name] for name in ("command", "arguments") if name in command}
        self.ask("workspace/executeCommand", params)

    def command(self):
        uri = self.a_uri()
        argument = self.dice.choice(
            [
                {},
                {"increment": "901-crlf"},
                {"increment": uri},
                {"increment": "0903-wide", "status": "active"},
                {"increment": uri, "from": "spec"},
                {"increment": uri, "status": "paused", "force": True},
                "0903-wide",
                None,
            ]
        )
        self.run_command({"command": self.dice.choice(COMMANDS), "arguments": self.dice.choice([[], [argument]])})

    def pull(self):
        if self.chance(0.5):
            uri = self.a_uri()
            previous = {"previousResultId": self.results[uri]} if uri in self.results else {}
            self.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}, **previous}, uri)
        else:
            previous = [{"uri": uri, "value": value} for uri, value in self.results.items()]
            self.ask("workspace/diagnostic", {"previousResultIds": previous})

    def rename_folder(self):
        old = os.path.dirname(self.a_file())
        new = os.path.join(os.path.dirname(old), self.dice.choice(["0777-new", "0777-nÿw x", "bad"]))
        self.ask("workspace/willRenameFiles", {"files": [{"oldUri": text.to_uri(old), "newUri": text.to_uri(new)}]})

    def cancel_progress(self):
        token = self.dice.choice([*self.judge.tokens, "nosuch"])
        self.client.notify("window/workDoneProgress/cancel", {"token": token})

    # --- documents

    def open(self):
        path = self.a_file()
        uri = text.to_uri(path)
        if self.chance(0.05):
            uri = uri.replace("/.specweave", "/%2Especweave")
        if self.editor.document(uri) is None and os.path.exists(path):
            body = self.editor.text(uri).removeprefix("\ufeff")
            self.editor.open(uri, body, self.dice.choice([0, 1, 1, 1, 7]))

    def change(self):
        if not self.editor.opened:
            return self.open()
        uri = self.dice.choice(list(self.editor.opened.values()))
        body = self.editor.text(uri)
        status = re.search(r"status[\"']?\s*:\s*[\"']?([\w-]*)", body)
        if status and self.chance(0.6):
            change = self.editor.replace(uri, *status.span(1), self.dice.choice(WORDS))
        elif self.chance(0.1):
            change = {"text": self.dice.choice([body + "\n", body.replace("\n", "\r\n"), "", body[: len(body) // 2]])}
        else:
            start = self.dice.randrange(len(body) + 1)
            end = min(len(body), start + self.dice.choice([0, 0, 1, 5, 40]))
            change = self.editor.replace(uri, start, end, self.dice.choice(TYPED))
        return self.editor.change(uri, [change])

    def save_or_close(self):
        if self.editor.opened:
            uri = self.dice.choice(list(self.editor.opened.values()))
            (self.editor.save if self.chance(0.5) else self.editor.close)(uri)

    def on_apply(self, params):
        if self.mood == "refuse":
            return {"applied": False, "failureReason": "read-only"}
        if self.mood == "lie":
            return {"applied": True}
        if self.mood == "error":
            return Refusal("the editor has failed")
        if self.mood == "late" and self.chance(0.5):
            # Answered before the end of the session, or never.
            self.withheld.append(params["edit"])
            return LATER
        applied = self.editor.apply(params["edit"], 1 if self.mood == "half" else None)
        return {"applied": applied}

    # --- surroundings

    def watched(self, path, kind):
        """Only a client that was asked to watch tells of changes."""
        methods = [item["method"] for item in self.judge.registered.values()]
        if "workspace/didChangeWatchedFiles" in methods and self.chance(0.8):
            changes = [{"uri": text.to_uri(path), "type": kind}]
            self.client.notify("workspace/didChangeWatchedFiles", {"changes": changes})

    def change_disk(self):
        path = self.a_file()
        if os.path.exists(path):
            with open(path, "rb") as file:
                body = file.read()
            self.editor.write(path, body.replace(b"active", self.dice.choice([b"paused", b"completed"]), 1))
            self.watched(path, 2)

    def make_or_remove(self):
        name = f"08{self.dice.randrange(10):02}-new"
        folder = os.path.join(self.root, ".specweave", "increments", name)
        if os.path.exists(folder):
            for path in projects.files(folder):
                self.judge.note_disk(path)
            remove(folder)
            self.watched(folder, 3)
        else:
            metadata = '{"status": "%s"}' % self.dice.choice(WORDS)
            projects.write(self.root, name, "---\nstatus: active\n---\n", metadata, None)
            for path in projects.files(folder):
                self.judge.note_disk(path)
            self.watched(folder, 1)

    def configure(self):
        self.client.notify("workspace/didChangeConfiguration", {"settings": self.dice.choice(SETTINGS)})

    def change_folders(self):
        folder = [self.folder(self.dice.choice([self.second, self.second, self.root]))]
        event = self.dice.choice([{"added": folder, "removed": []}, {"added": [], "removed": folder}])
        self.client.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    # --- the end

    def shut_down(self):
        for number in list(self.pending):
            if not self.withheld:
                self.client.wait(number)
        self.client.take_for(0.05)
        if self.chance(0.3):
            # Things are still going on.
            self.change_disk()
            self.command()
        self.client.wait(self.client.ask("shutdown", None))
        if self.chance(0.4):
            self.change_disk()
            self.client.wait(
                self.client.ask(
                    "textDocument/hover",
                    {"textDocument": {"uri": self.a_uri()}, "position": {"line": 0, "character": 0}},
                )
            )
            self.client.take_for(self.dice.choice([0.1, 0.1, 2]))
        self.client.notify("exit", None)
        code = self.client.end()
        if "panicked" in (said := self.client.said()):
            self.judge.violation("crash", "a panic", said[-2000:])
        self.judge.finish(code)

    def tidy(self):
        self.client.kill()
        shutil.rmtree(self.base, ignore_errors=True)
