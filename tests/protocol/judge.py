"""Judges a conversation: each message of the server by the meta model, the two libraries, and the rules of state."""

import answers
import messages
import text
from kinds import KINDS

OWN_REQUESTS = {"specweave/status", "specweave/increments"}
OWN_NOTIFICATIONS = {
    "specweave/status": "specweaveStatus",
    "specweave/incrementsChanged": "specweaveIncrements",
    "specweave/applied": "specweaveApplied",
}
BEFORE_INITIALIZE = {"window/showMessage", "window/logMessage", "window/showMessageRequest", "telemetry/event"}
METHOD_NOT_FOUND, INVALID_REQUEST, INTERNAL_ERROR = -32601, -32600, -32603


class Document:
    def __init__(self, uri, version, body, opened_after):
        self.uri = uri
        self.opened_after = opened_after
        self.open = True
        self.history = []
        self.set(version, body)

    def set(self, version, body):
        self.version, self.text = version, body
        self.history.append((version, body))


class Judge:
    def __init__(self, models, libraries):
        self.models, self.libraries = models, libraries
        self.violations = []
        self.count = 0
        self.state = "new"
        self.capabilities, self.offers, self.encoding = {}, {}, "utf-16"
        self.commands = set()
        self.documents, self.disk = {}, {}
        self.asked, self.answered, self.open_requests = {}, set(), {}
        self.registered, self.tokens, self.client_tokens = {}, {}, set()
        self.reports = set()
        self.newest_answered, self.answering, self.client_name = 0, None, None

    def violation(self, kind, what, seen=None):
        assert kind in KINDS, kind
        self.violations.append((kind, what, seen))

    def announces(self, *path):
        value = self.capabilities
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def fits(self, find, value, at):
        """Asks each meta model that knows the method; `find` gives the type there."""
        complaints = []
        for model in self.models.values():
            kind = find(model)
            if kind is None:
                continue
            found = model.check(kind, value, at)
            if not found:
                return
            complaints = found
        for complaint in complaints:
            self.violation("schema", complaint, value)

    # --- the client's messages

    def client(self, message):
        method, params = message.get("method"), message.get("params")
        if method is None:
            return self.client_answers(message)
        if "id" in message:
            key = (
                text.uri_key((params or {}).get("textDocument", {}).get("uri", "")) if isinstance(params, dict) else ""
            )
            document = self.documents.get(key)
            since = len(document.history) - 1 if document and document.open else 0
            late = self.state == "shut down"
            self.asked[message["id"]] = {"method": method, "params": params, "since": since, "late": late}
            for name in ("workDoneToken", "partialResultToken"):
                if isinstance(params, dict) and name in params:
                    self.client_tokens.add(params[name])
        follow = {
            "initialize": self.initialize,
            "textDocument/didOpen": self.did_open,
            "textDocument/didChange": self.did_change,
            "textDocument/didClose": self.did_close,
        }.get(method)
        if follow:
            follow(params)
        self.state = {"initialize": "initializing", "initialized": "running", "exit": "exited"}.get(method, self.state)

    def client_answers(self, message):
        request = self.open_requests.pop(message["id"])
        if "error" in message:
            return
        if request["method"] == "client/registerCapability":
            self.registered.update({item["id"]: item for item in request["params"]["registrations"]})
        elif request["method"] == "window/workDoneProgress/create":
            self.tokens[request["params"]["token"]] = {"state": "created", "percentage": -1}

    def initialize(self, params):
        self.capabilities = params["capabilities"]
        self.client_name = (params.get("clientInfo") or {}).get("name")
        self.libraries.initialized_with(self.capabilities)

    def did_open(self, params):
        document = params["textDocument"]
        key, before = text.uri_key(document["uri"]), len(self.asked)
        opened = Document(document["uri"], document["version"], document["text"], before)
        if key in self.documents:
            # What was said of the one before may still be under way.
            opened.history = self.documents[key].history + opened.history
        self.documents[key] = opened

    def did_change(self, params):
        document = self.documents[text.uri_key(params["textDocument"]["uri"])]
        body = document.text
        for change in params["contentChanges"]:
            if "range" in change:
                body = text.apply_edits(body, [{**change, "newText": change["text"]}], self.encoding)
            else:
                body = change["text"]
        document.set(params["textDocument"]["version"], body)

    def did_close(self, params):
        self.documents[text.uri_key(params["textDocument"]["uri"])].open = False

    # --- texts

    def open_document(self, uri):
        document = self.documents.get(text.uri_key(uri))
        return document if document and document.open else None

    def note_disk(self, path):
        try:
            with open(path, "rb") as file:
                body = file.read()
        except OSError:
            return
        known = self.disk.setdefault(path, [])
        # What is not UTF-8 may also count one character for each byte.
        for read in (body.decode("utf-8", "replace"), body.decode("ascii", "replace").replace("\ufffd", "?")):
            if read not in known:
                known.append(read)

    def texts(self, uri, since=0):
        """What the server may have had in mind: the document from some version on, or the file."""
        document = self.documents.get(text.uri_key(uri))
        found = [body for _, body in document.history[since if document.open else 0 :]][::-1] if document else []
        if since and document.open:
            return found
        path = text.to_path(uri)
        if path:
            self.note_disk(path)
            found += self.disk.get(path, [])
        return found

    def inside(self, where, uri, span, since=0):
        found = self.texts(uri, since)
        wrong = [text.outside(body, span, self.encoding) for body in found]
        # Where the client takes no edits the server writes files, and not each text of theirs is known here.
        known = since or self.announces("workspace", "applyEdit")
        if known and found and all(wrong):
            self.violation("range", f"{where}: outside the text", f"{uri} {span}: {wrong[0]}")

    def same_spelling(self, where, uri):
        document = self.open_document(uri)
        # Before this it may not have read yet that the document is open.
        read = self.answering or self.newest_answered
        if document and document.uri != uri and read > document.opened_after:
            self.violation("uri", f"{where}: not the client's spelling", f"{document.uri} became {uri}")

    # --- the server's messages

    def server(self, message):
        self.count += 1
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return self.violation("envelope", "no JSON-RPC 2.0 object", message)
        allowed = {"jsonrpc", "id", "method", "params"} if "method" in message else {"jsonrpc", "id", "result", "error"}
        for name in set(message) - allowed:
            self.violation("envelope", f"unknown member {name}", message)
        if "method" in message:
            self.server_says(message)
        else:
            self.server_answers(message)

    def server_says(self, message):
        method, params = message["method"], message.get("params")
        self.answering = None
        self.in_time(method, params)
        request = "id" in message
        if method in OWN_NOTIFICATIONS and not request:
            if self.announces("experimental", OWN_NOTIFICATIONS[method]) is not True:
                self.violation("undeclared-method", method, message)
            return
        tables = [
            (m.requests, m.notifications) if request else (m.notifications, m.requests) for m in self.models.values()
        ]
        for table, other in tables:
            if method in other or table.get(method, {}).get("messageDirection") == "clientToServer":
                return self.violation("direction", method, message)
        if tables and not any(method in table for table, _ in tables):
            return self.violation("unknown-method", method, message)
        before = len(self.violations)

        def params_of(model):
            return (model.requests if request else model.notifications).get(method, {}).get("params")

        self.fits(params_of, params, method)
        for kind, what in self.libraries.message(message):
            self.violation(kind, what, message)
        if request:
            if message["id"] in self.open_requests:
                self.violation("id-in-use", method, message)
            self.open_requests[message["id"]] = {"method": method, "params": params}
        if len(self.violations) == before:
            messages.judge(self, method, params)

    def in_time(self, method, params):
        if self.state in ("new", "initializing"):
            own_token = method == "$/progress" and params.get("token") in self.client_tokens
            if method not in BEFORE_INITIALIZE and not own_token:
                self.violation("before-initialized", method, params)
        elif self.state == "initialized":
            self.violation("before-initialized", method, params)
        elif self.state == "shut down":
            self.violation("after-shutdown", method, params)

    def server_answers(self, message):
        number = message.get("id")
        if "id" not in message or ("result" in message) == ("error" in message):
            return self.violation("envelope", "an answer has a number, and a result or an error", message)
        if number not in self.asked or number in self.answered:
            return self.violation("stray-answer", "to nothing, or again", message)
        self.answered.add(number)
        self.answering = number
        if "result" in message:
            # An error may have been answered without a look at what came before.
            self.newest_answered = max(self.newest_answered, number)
        asked = self.asked[number]
        method = asked["method"]
        if method == "initialize":
            self.initialized(message)
        if "error" in message:
            self.refused(asked, message["error"], message)
        else:
            self.result(asked, message)
        if method == "shutdown":
            self.state = "shut down"

    def initialized(self, message):
        if "error" in message:
            return self.violation("initialize-refused", message["error"].get("message", "")[:80], message)
        self.state = "initialized"
        self.offers = message["result"].get("capabilities", {})
        self.commands = set((self.offers.get("executeCommandProvider") or {}).get("commands", []))
        self.encoding = self.offers.get("positionEncoding", "utf-16")
        offered = self.announces("general", "positionEncodings") or ["utf-16"]
        if self.encoding not in [*offered, "utf-16"]:
            self.violation("undeclared-value", f"positionEncoding {self.encoding}", offered)

    def refused(self, asked, error, message):
        method = asked["method"]
        if not isinstance(error.get("code"), int) or not isinstance(error.get("message"), str):
            return self.violation("envelope", "an error has a code and a message", message)
        if error["code"] == INTERNAL_ERROR:
            self.violation("internal-error", method, message)
        wanted = None
        if asked["late"]:
            wanted = INVALID_REQUEST
        elif method.startswith("$/"):
            wanted = METHOD_NOT_FOUND
        if wanted and error["code"] != wanted:
            self.violation("error-code", f"{method}: {error['code']} instead of {wanted}", message)

    def result(self, asked, message):
        method, result = asked["method"], message["result"]
        if asked["late"] or method.startswith("$/"):
            return self.violation("error-code", f"{method} was answered with a result", message)
        if method in OWN_REQUESTS:
            return None
        before = len(self.violations)
        self.fits(lambda model: model.requests.get(method, {}).get("result"), result, method)
        for kind, what in self.libraries.answer(method, message):
            self.violation(kind, what, message)
        if len(self.violations) == before:
            answers.judge(self, asked, result)
        return None

    def finish(self, code=0):
        for number, asked in self.asked.items():
            if number not in self.answered:
                self.violation("no-answer", asked["method"], asked["params"])
        for token, progress in self.tokens.items():
            if progress["state"] == "begun":
                self.violation("progress-unfinished", "begun and never ended", token)
        if code != 0:
            self.violation("exit-code", f"{code}", None)
