"""A language client that shows each message to the judge. One thread takes part in the conversation; another one only
reads, so that the judge sees the server's messages in order."""

import json
import queue
import subprocess
import tempfile
import threading
import time

import text

PATIENCE = 60


class Crashed(Exception):
    pass


class Client:
    def __init__(self, command, judge):
        self.judge = judge
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.incoming = queue.Queue()
        self.number = 0
        self.results = {}
        self.on_request = {}
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        output = self.process.stdout
        while True:
            length = None
            while (line := output.readline().strip()) or length is None:
                if not line:
                    return self.incoming.put(None)
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self.incoming.put(json.loads(output.read(length)))

    def write(self, message):
        message = {"jsonrpc": "2.0", **message}
        self.judge.client(message)
        body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
        try:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.process.stdin.flush()
        except OSError as error:
            raise Crashed(f"it takes no more messages: {error}") from error

    def notify(self, method, params):
        self.write({"method": method, **({} if params is None else {"params": params})})

    def ask(self, method, params):
        self.number += 1
        self.write({"id": self.number, "method": method, **({} if params is None else {"params": params})})
        return self.number

    def take(self, patience=0.0):
        """Takes in one message; False if none has come in time."""
        try:
            message = self.incoming.get(timeout=patience) if patience else self.incoming.get_nowait()
        except queue.Empty:
            return False
        if message is None:
            raise Crashed("it ended by itself")
        self.judge.server(message)
        if "method" not in message:
            self.results[message.get("id")] = message.get("result")
        elif "id" in message:
            self.answer(message)
        return True

    def take_all(self):
        while self.take():
            pass

    def take_for(self, seconds):
        """Takes in what comes in this time: for what the server does by its own clock."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.take(left)

    def wait(self, number):
        end = time.monotonic() + PATIENCE
        while number not in self.results:
            if time.monotonic() > end or not self.take(PATIENCE):
                raise Crashed(f"no answer to {self.judge.asked[number]['method']} in {PATIENCE} s")
        return self.results[number]

    def answer(self, message):
        handler = self.on_request.get(message["method"], lambda _: None)
        answer = handler(message.get("params"))
        if answer is LATER:
            return
        body = {"error": answer.body} if isinstance(answer, Refusal) else {"result": answer}
        self.write({"id": message["id"], **body})

    def end(self):
        """Takes in the rest, and gives the exit code."""
        end = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < end:
                self.take(PATIENCE)
        except Crashed:
            pass
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return "it still runs"

    def guard(self, action):
        """A server that ends or hangs is a violation, and the end of the session."""
        try:
            action()
        except Crashed as crash:
            self.judge.violation("crash", str(crash), self.said()[-2000:])

    def said(self):
        """What the server wrote to its standard error."""
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()


class Refusal:
    def __init__(self, words):
        self.body = {"code": -32603, "message": words}


LATER = object()


class Editor:
    """The client's documents, and what it does with edits."""

    def __init__(self, client):
        self.client, self.judge = client, client.judge
        self.opened = {}

    def document(self, uri):
        return self.judge.open_document(uri)

    def text(self, uri):
        document = self.document(uri)
        if document:
            return document.text
        try:
            with open(text.to_path(uri), "rb") as file:
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def open(self, uri, body, version):
        language = "markdown" if uri.endswith(".md") else "json"
        self.opened[text.uri_key(uri)] = uri
        document = {"uri": uri, "languageId": language, "version": version, "text": body}
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    def close(self, uri):
        del self.opened[text.uri_key(uri)]
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def change(self, uri, changes):
        document = self.document(uri)
        identity = {"uri": document.uri, "version": document.version + 1}
        self.client.notify("textDocument/didChange", {"textDocument": identity, "contentChanges": changes})

    def replace(self, uri, start, end, new):
        body, encoding = self.document(uri).text, self.judge.encoding
        span = {"start": text.position(body, start, encoding), "end": text.position(body, end, encoding)}
        return {"range": span, "text": new}

    def save(self, uri):
        document = self.document(uri)
        self.write(text.to_path(uri), document.text.encode("utf-8", "surrogatepass"))
        self.client.notify("textDocument/didSave", {"textDocument": {"uri": document.uri}, "text": document.text})

    def write(self, path, body):
        self.judge.note_disk(path)
        try:
            with open(path, "wb") as file:
                file.write(body)
        except OSError:
            return
        self.judge.note_disk(path)

    def apply(self, edit, most=None):
        """Open documents change here, closed files on disk; `most` leaves the rest out."""
        steps = [
            (step["textDocument"]["uri"], step["edits"], step["textDocument"].get("version"))
            for step in edit.get("documentChanges") or []
            if "edits" in step
        ] or [(uri, changes, None) for uri, changes in (edit.get("changes") or {}).items()]
        for uri, _, version in steps:
            document = self.document(uri)
            if document and version is not None and version != document.version:
                return False
        for uri, changes, _ in steps[:most]:
            body = text.apply_edits(self.text(uri), changes, self.judge.encoding)
            if self.document(uri):
                self.change(uri, [{"text": body}])
            else:
                self.write(text.to_path(uri), body.encode("utf-8", "surrogatepass"))
        return True
