#!/usr/bin/env python3
"""System calls for one letter typed in the body of an open spec.md, and for one code action request.

    benches/syscalls.py SERVER ROOT [ALLOWED]

ROOT is a workspace of benches/genws.py. Prints a Markdown table; with ALLOWED (benches/syscalls.txt) it fails where there is
one more than that file allows. Waiting is not counted: how often a server waits is the machine's affair.
"""

import collections
import pathlib
import re
import sys
import tempfile
import time

from lsp import LspClient, LspError, default_capabilities, path_to_uri

WAITING = {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "futex", "sched_yield", "restart_syscall"}
# Refused at once: it marks where something begins and ends.
MARK = "specweave/nothing"


def main():
    server, root = sys.argv[1:3]
    allowed = read_allowed(pathlib.Path(sys.argv[3])) if len(sys.argv) > 3 else None
    folder = next(iter(sorted(pathlib.Path(root, ".specweave/increments").glob("0001-*"))))
    document = folder / "spec.md"
    text = document.read_text()
    uri = path_to_uri(str(document))
    line = next(number for number, found in enumerate(text.split("\n")) if found.startswith("status: "))
    place = {"line": line, "character": len("status: ") + 1}
    end = {"line": len(text.split("\n")) - 1, "character": 0}
    with tempfile.TemporaryDirectory() as where:
        trace = pathlib.Path(where, "trace")
        command = ["strace", "-f", "-qq", "-s", "4096", "-o", str(trace), server, "--stdio"]
        with LspClient.start(command, timeout=60) as client:
            client.initialize(root=root, capabilities=default_capabilities())
            client.request("workspace/executeCommand", {"command": "specweave-lsp.report", "arguments": []})
            client.open(uri, "markdown", text)
            marks = {}

            def measure(name, act):
                before = mark(client)
                act()
                # So that it is read alone; together with the marks it would count for less.
                time.sleep(0.2)
                # The first may be answered before what was put off until nothing else is to do.
                marks[name] = (before, [mark(client), mark(client)])

            def letter():
                change = {"range": {"start": end, "end": end}, "text": "x"}
                version = client.docs_by_uri(uri).version
                client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version + letter.typed},
                                                         "contentChanges": [change]})
                letter.typed += 1

            def action():
                client.request("textDocument/codeAction", {"textDocument": {"uri": uri}, "context": {"diagnostics": []},
                                                           "range": {"start": place, "end": place}})

            letter.typed = 1
            # What the first of a kind reads is kept.
            for name, act in [("first letter", letter), ("a letter typed", letter), ("first action", action),
                              ("a code action request", action)]:
                measure(name, act)
        lines = list(whole(trace.read_text(errors="replace").splitlines()))
    counted = {name: count(lines, *marks[name]) for name in ["a letter typed", "a code action request"]}
    print("| what | system calls, waiting left out |\n|---|---|")
    for name, calls in counted.items():
        print(f"| {name} | {written(calls) or 'none'} |")
    too_many = [
        f"{name}: {call} {times} times, {allowed.get(name, {}).get(call, 0)} allowed"
        for name, calls in counted.items() if allowed is not None
        for call, times in calls.items() if times > allowed.get(name, {}).get(call, 0)
    ]
    if too_many:
        sys.exit("more system calls than benches/syscalls.txt allows:\n  " + "\n  ".join(too_many))


def mark(client):
    pending = client.send_request(MARK, {})
    try:
        pending.wait()
    except LspError:
        return pending.id
    sys.exit(f"{MARK} was answered, so it marks nothing")


def count(lines, before, after):
    """From the answer to the one mark to the request of the last, without the marks between."""
    number = lambda ident: re.compile(rf'\\"id\\":{ident}[,}}]')
    start = next(at for at, line in enumerate(lines) if call_of(line) == "write" and number(before).search(line))
    stop = next(at for at, line in enumerate(lines) if call_of(line) == "read" and number(after[-1]).search(line))
    calls = collections.Counter(filter(None, map(call_of, lines[start + 1:stop])))
    for _ in after[:-1]:
        calls.subtract(["read", "write"])
    return {call: times for call, times in calls.items() if times > 0 and call not in WAITING}


def whole(lines):
    """A call that another thread's interrupts stands there in two lines."""
    begun = {}
    for line in lines:
        thread = line.split(maxsplit=1)[0]
        if line.endswith("<unfinished ...>"):
            begun[thread] = line.removesuffix("<unfinished ...>")
        elif " resumed>" in line:
            yield begun.pop(thread, thread + " ") + line.split(" resumed>", 1)[1]
        else:
            yield line


def call_of(line):
    found = re.match(r"\d+\s+(\w+)\(", line)
    return found[1] if found else None


def written(calls):
    return ", ".join(f"{call} {times}" for call, times in sorted(calls.items()))


def read_allowed(path):
    allowed = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, calls = line.split(":")
            allowed[name.strip()] = {call: int(times) for call, times in (part.split() for part in calls.split(",") if part.strip())}
    return allowed


if __name__ == "__main__":
    main()
