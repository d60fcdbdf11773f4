#!/usr/bin/env python3
"""load.py - a server under load, and whether it tells the truth after it.

    python3 benches/load.py load --seconds 600 SERVER      benches/load.sh builds it and does this
    python3 benches/load.py soak --edits 100000 SERVER     benches/soak.sh

load: 50 open documents are edited at 100 changes a second in total, 20 requests are under way at any time, and git
checks the project out to and fro. In the end the documents are saved, and what the server last said of each file,
open or not, must be what `check --format json` says of the same texts; each request must have been answered.

soak: edits, opens and closes, as fast as the server takes them, a folder that comes or goes after every 200 and a checkout
after every 1,000; with a look at the memory after every tenth, and in the end at what was told.

The figures hold the client's own time too: a Python program on the same cores.
"""

import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import genws
from lsp import LspClient, index_at, memory_of, path_to_uri, uri_key, uri_to_path

INCREMENTS = 200
DOCUMENTS = 50
CHANGES_A_SECOND = 100
REQUESTS_UNDER_WAY = 20
# What an editor that is busy still calls an answer.
PATIENCE = 60.0
STATUSES = ["planning", "active", "backlog", "paused", "completed", "abandoned", "nonsense", "done"]
# Cancelled, or the text has changed since: an answer that the protocol allows.
ALLOWED_ERRORS = (-32800, -32801, -32802)


class Failure(Exception):
    """What the run shows to be wrong."""


def git(root, *args):
    done = subprocess.run(["git", "-c", "user.name=load", "-c", "user.email=load@localhost", "-C", root, *args],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failure("git %s: %s" % (" ".join(args), done.stdout))


def increments_of(root):
    base = os.path.join(root, ".specweave", "increments")
    return [os.path.join(base, name) for name in sorted(os.listdir(base))]


def make_project(root):
    """200 increments; on the branch `other` every third says something else, and every tenth is not there."""
    genws.generate(root, INCREMENTS, desync=0.05, seed=8)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=main")
    git(root, "checkout", "--quiet", "-b", "other")
    for number, folder in enumerate(increments_of(root)):
        if number % 10 == 9:
            git(root, "rm", "--quiet", "-r", folder)
        elif number % 3 == 0:
            path = os.path.join(folder, "metadata.json")
            with open(path) as file:
                text = file.read()
            with open(path, "w") as file:
                file.write(text.replace('"status": "completed"', '"status": "paused"', 1))
    git(root, "commit", "--quiet", "--all", "--message=other")
    git(root, "checkout", "--quiet", "main")


class Checkouts(threading.Thread):
    """Changes the branch to and fro, as often as git can, until it is told to end on `main`."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.count, self.failure, self.over = root, 0, None, threading.Event()

    def run(self):
        try:
            while not self.over.is_set():
                for branch in ("other", "main"):
                    git(self.root, "checkout", "--quiet", "--force", branch)
                    self.count += 1
                self.over.wait(0.2)
        except Exception as problem:
            self.failure = problem

    def end(self):
        self.over.set()
        self.join()
        if self.failure:
            raise self.failure


def documents_of(root):
    """25 increments with both files open; none of those that a branch lacks, whose folder an editor would find gone."""
    folders = [folder for number, folder in enumerate(increments_of(root)) if number % 10 != 9][:DOCUMENTS // 2]
    return [os.path.join(folder, name) for folder in folders for name in ("spec.md", "metadata.json")][:DOCUMENTS]


class Probe:
    """A document whose findings follow from its own changes alone: each changes what there is to say, so each is
    answered once, by a message with its version."""

    INTERVAL = 0.25

    def __init__(self, client, root):
        # The same on both branches, and the last one that is.
        folder = [folder for number, folder in enumerate(increments_of(root)) if number % 10 != 9 and number % 3][-1]
        self.client, self.uri, self.sent = client, path_to_uri(os.path.join(folder, "spec.md")), {}
        client.open(self.uri, "markdown")
        self.good = client.docs_by_uri(self.uri).text
        self.bad = self.good.replace("status: ", "status: not-", 1)

    def type_if_due(self):
        now = time.perf_counter()
        if self.sent and now - max(self.sent.values()) < self.INTERVAL:
            return 0
        document = self.client.docs_by_uri(self.uri)
        at = document.text.index("status: ") + len("status: ")
        change = (at, at + 4, "") if document.text == self.bad else (at, at, "not-")
        sent = self.client.change(self.uri, [self.client.edit_range(self.uri, *change)])
        self.sent[document.version] = sent
        return 1

    def times(self):
        first = {}
        for told in self.client.published.get(uri_key(self.uri), []):
            first.setdefault(told.version, told.t)
        # What was overtaken by the next change before anything was said is told with that one.
        answered = {version: min(t for later, t in first.items() if later >= version)
                    for version in self.sent if any(later >= version for later in first)}
        if len(answered) < len(self.sent):
            raise Failure("%d of %d changes of %s were not answered" %
                          (len(self.sent) - len(answered), len(self.sent), self.uri))
        return [(at - self.sent[version]) * 1000 for version, at in answered.items()]


def type_something(client, uri, chance):
    """One change: mostly another status, sometimes a letter somewhere, what breaks the file, or the whole text anew."""
    text = client.docs_by_uri(uri).text
    markdown = uri.endswith(".md")
    kind = chance.random()
    marker = "status: " if markdown else '"status": "'
    at = text.find(marker)
    if kind < 0.6 and at >= 0:
        start = at + len(marker)
        end = start
        while end < len(text) and (text[end].isalpha() or text[end] in "-_"):
            end += 1
        return client.change(uri, [client.edit_range(uri, start, end, chance.choice(STATUSES))])
    if kind < 0.9 or at < 0 and kind < 0.95:
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.randrange(3))
        return client.change(uri, [client.edit_range(uri, start, end, chance.choice(["", "x", "\n", "é", "🚀", '"']))])
    # What was garbled is put right again, or every file would be broken after a while.
    return client.change(uri, [{"text": client._read_file(uri) if os.path.exists(uri_to_path(uri)) else text}])


def question(client, uri, chance):
    """Any request an editor sends while somebody types."""
    text = client.docs_by_uri(uri).text
    line = chance.randrange(max(1, min(15, text.count("\n"))))
    position = {"line": line, "character": 9}
    document = {"uri": uri}
    at = {"textDocument": document, "position": position}
    around = {"textDocument": document, "range": {"start": position, "end": position}}
    return chance.choice([
        ("textDocument/hover", at),
        ("textDocument/completion", at),
        ("textDocument/definition", at),
        ("textDocument/references", dict(at, context={"includeDeclaration": True})),
        ("textDocument/codeAction", dict(around, context={"diagnostics": []})),
        ("textDocument/inlayHint", around),
        ("textDocument/documentSymbol", {"textDocument": document}),
        ("textDocument/codeLens", {"textDocument": document}),
        ("textDocument/documentLink", {"textDocument": document}),
        ("textDocument/foldingRange", {"textDocument": document}),
        ("workspace/symbol", {"query": "US-00"}),
        ("specweave/status", {}),
    ])


class Requests:
    """As many requests under way as there should be; each is answered, or the run has failed."""

    def __init__(self, client, uris, chance):
        self.client, self.uris, self.chance = client, uris, chance
        self.under_way, self.times, self.errors = [], collections.defaultdict(list), collections.Counter()

    def go_on(self, most=REQUESTS_UNDER_WAY):
        waiting = []
        for pending in self.under_way:
            if pending.done:
                self.times[pending.method].append((pending.t_arrived - pending.t_sent) * 1000)
                if pending.error is not None and pending.error.get("code") not in ALLOWED_ERRORS:
                    self.errors["%s: %s" % (pending.method, pending.error.get("message"))] += 1
            elif time.perf_counter() - pending.t_sent > PATIENCE:
                raise Failure("%s was not answered in %d s" % (pending.method, PATIENCE))
            else:
                waiting.append(pending)
        self.under_way = waiting
        while len(self.under_way) < most:
            method, params = question(self.client, self.chance.choice(self.uris), self.chance)
            self.under_way.append(self.client.send_request(method, params))

    def finish(self):
        self.client.wait_for(lambda: all(pending.done for pending in self.under_way), PATIENCE)
        self.go_on(most=0)
        if self.errors:
            raise Failure("requests were answered with errors: %s" % dict(self.errors))


def checked(server, root):
    """{(path, code, severity, line, column, end line, end column, message)} of `check`, columns in characters."""
    done = subprocess.run([server, "check", "--deep", "--exit-zero", "--format", "json", "--project", root],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise Failure("check ended with %d: %s" % (done.returncode, done.stderr))
    return {(os.path.join(found["root"], found["path"]), found["code"], found["severity"], found["line"], found["column"],
             found["endLine"], found["endColumn"], found["message"]) for found in json.loads(done.stdout)["findings"]}


def told(client):
    """The same of what the server last said of each file."""
    severities = {1: "error", 2: "warning", 3: "information", 4: "hint"}
    found = set()
    for uri in list(client.published):
        path = uri_to_path(uri)
        diagnostics = client.diagnostics(uri)
        if not diagnostics:
            continue
        try:
            text = client._read_file(uri)
        except (OSError, UnicodeDecodeError):
            text = ""
        for diagnostic in diagnostics:
            places = []
            for place in (diagnostic["range"]["start"], diagnostic["range"]["end"]):
                line_start = index_at(text, {"line": place["line"], "character": 0}, client.encoding)
                places += [place["line"] + 1, index_at(text, place, client.encoding) - line_start + 1]
            found.add((path, diagnostic["code"], severities[diagnostic["severity"]], *places, diagnostic["message"]))
    return found


def compare(client, server, root):
    """Waits until what was told is what is true; fails with the difference."""
    truth = checked(server, root)
    seen = {}

    def same():
        seen["told"] = told(client)
        return seen["told"] == truth
    try:
        client.wait_for(same, PATIENCE)
    except Exception as problem:
        missing, wrong = sorted(truth - seen["told"]), sorted(seen["told"] - truth)
        raise Failure("%s; %d findings were not told: %s\n%d are not true: %s"
                      % (type(problem).__name__, len(missing), missing[:5], len(wrong), wrong[:5])) from None
    return len(truth)


def percentiles(times):
    times = sorted(times)
    return [times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.95, 0.99)] + [times[-1]]


def load(args):
    with tempfile.TemporaryDirectory(prefix="specweave-load-") as folder:
        root = os.path.realpath(folder)
        make_project(root)
        with LspClient.start([args.server, "--stdio"], cwd=root, timeout=PATIENCE) as client:
            client.initialize(root)
            chance = random.Random(8)
            uris = [path_to_uri(path) for path in documents_of(root)][1:]
            probe = Probe(client, root)
            for uri in uris:
                client.open(uri, "markdown" if uri.endswith(".md") else "json")
            requests = Requests(client, uris, chance)
            client.request("specweave/status", {})
            before = memory_of(client.pid)["rss_kb"]
            checkouts = Checkouts(root)
            checkouts.start()
            changes, started = 0, time.perf_counter()
            # By the clock: a client that was held up makes up for it.
            while time.perf_counter() - started < args.seconds:
                due = (time.perf_counter() - started) * CHANGES_A_SECOND
                changes += probe.type_if_due()
                while changes < due:
                    type_something(client, chance.choice(uris), chance)
                    changes += 1
                requests.go_on()
                time.sleep(0.005)
            took = time.perf_counter() - started
            checkouts.end()
            requests.finish()
            for uri in [*uris, probe.uri]:
                client.save(uri)
            findings = compare(client, args.server, root)
            after = memory_of(client.pid)
            status = client.stop()
            if status != 0:
                raise Failure("the server ended with %s: %s" % (status, client.stderr_text()))
        asked = sum(map(len, requests.times.values()))
        print("%d documents, %d changes in %.0f s (%.0f a second), %d checkouts, %d requests, all answered; %d findings, "
              "all as `check` has them.\n" % (len(uris) + 1, changes, took, changes / took, checkouts.count, asked, findings))
        print("| ms | count | p50 | p95 | p99 | longest |\n|---|---:|---:|---:|---:|---:|")
        rows = [("a keystroke's diagnostics", probe.times())]
        rows += [("`%s`" % method, times) for method, times in sorted(requests.times.items())]
        for name, times in rows:
            print("| %s | %d | %s |" % (name, len(times), " | ".join("%.1f" % it for it in percentiles(times))))
        print("\nMemory: %.1f MB at the start, %.1f MB at the end, %.1f MB at most."
              % (before / 1024, after["rss_kb"] / 1024, after["hwm_kb"] / 1024))


class Folders:
    """A second project, which comes into the workspace and goes out of it."""

    def __init__(self, client, folder):
        self.client, self.there = client, False
        self.folder = {"uri": path_to_uri(folder), "name": os.path.basename(folder)}

    def change(self):
        self.there = not self.there
        event = {"added": [self.folder], "removed": []} if self.there else {"added": [], "removed": [self.folder]}
        self.client.notify("workspace/didChangeWorkspaceFolders", {"event": event})


def soak(args):
    with tempfile.TemporaryDirectory(prefix="specweave-soak-") as folder:
        root, beside = (os.path.join(os.path.realpath(folder), name) for name in ("project", "beside"))
        make_project(root)
        genws.generate(beside, 50, desync=0.05, seed=9)
        with LspClient.start([args.server, "--stdio"], cwd=root, timeout=PATIENCE) as client:
            client.initialize(root)
            chance = random.Random(8)
            uris = [path_to_uri(path) for path in documents_of(root)]
            folders, checkouts = Folders(client, beside), 0
            # Each time with the same folders, on the same branch.
            step = max(2000, args.edits // 10 // 2000 * 2000)
            if args.edits < 2 * step:
                raise Failure("%d edits are too few to compare the memory; give %d or more" % (args.edits, 2 * step))
            print("| edits, opens and closes | checkouts | resident, MB |\n|---:|---:|---:|")
            sizes = []
            for number in range(args.edits + 1):
                uri = uris[number % len(uris)]
                if client.docs_by_uri(uri) is None:
                    client.open(uri, "markdown" if uri.endswith(".md") else "json")
                elif chance.random() < 0.2:
                    client.close(uri)
                else:
                    type_something(client, uri, chance)
                if number % 200 == 0:
                    # Nothing may pile up between the two.
                    client.request("specweave/status", {})
                    client.received.clear()
                    client.published = {uri: had[-1:] for uri, had in client.published.items()}
                    folders.change()
                if number % 1000 == 500:
                    checkouts += 1
                    git(root, "checkout", "--quiet", "--force", "other" if checkouts % 2 else "main")
                if number % step == 0:
                    sizes.append(memory_of(client.pid)["rss_kb"] / 1024)
                    print("| %d | %d | %.1f |" % (number, checkouts, sizes[-1]), flush=True)
            git(root, "checkout", "--quiet", "--force", "main")
            if folders.there:
                folders.change()
            for uri in uris:
                if client.docs_by_uri(uri) is not None:
                    client.save(uri)
            findings = compare(client, args.server, root)
            # Before the first step not every document has been open.
            grown = sizes[-1] / sizes[1] - 1
            print("\nFrom the first step to the last: %+.0f %%; %d findings in the end, all as `check` has them."
                  % (grown * 100, findings))
            if grown > 0.1 and sizes[-1] - sizes[1] > 1:
                raise Failure("the memory grew by more than a tenth")


def main():
    parser = argparse.ArgumentParser(description="A server under load, and whether it tells the truth after it.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("load")
    command.add_argument("--seconds", type=float, default=600)
    command.set_defaults(run=load)
    command.add_argument("server")
    command = commands.add_parser("soak")
    command.add_argument("--edits", type=int, default=100000)
    command.set_defaults(run=soak)
    command.add_argument("server")
    args = parser.parse_args()
    args.server = os.path.abspath(args.server)
    try:
        args.run(args)
    except Failure as failure:
        sys.exit("FAILED: %s" % failure)


if __name__ == "__main__":
    main()
