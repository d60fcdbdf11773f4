#!/usr/bin/env python3
"""A session, the demo, a check and a close with a program that may need another one to run it.

    session.py COMMAND…
"""

import json
import pathlib
import subprocess
import sys
import tempfile

COMMAND = [*sys.argv[1:-1], str(pathlib.Path(sys.argv[-1]).absolute())]
INITIALIZE = pathlib.Path(__file__).parent.parent / "e2e/clients/initialize-vscode-1.139.1-languageclient-9.0.1.json"
SPEC = "---\nincrement: 0001-a\nstatus: active\n---\n\n# A\n"


def run(folder: pathlib.Path, *arguments: str, code: int) -> str:
    done = subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, (arguments, done)
    return done.stdout


def session(root: pathlib.Path) -> None:
    server = subprocess.Popen([*COMMAND, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(**message: object) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()

    def answer(number: int) -> object:
        while True:
            length = int(server.stdout.readline().split(b":")[1])
            server.stdout.readline()
            message = json.loads(server.stdout.read(length))
            if "method" in message and "id" in message:
                send(id=message["id"], result=[{}] if message["method"] == "workspace/configuration" else None)
            elif message.get("id") == number:
                return message["result"]

    recorded = json.loads(INITIALIZE.read_text(encoding="utf-8"))
    folder = {"uri": root.as_uri(), "name": "p"}
    params = recorded.get("params", recorded) | {"processId": None, "rootUri": root.as_uri(), "workspaceFolders": [folder]}
    send(id=1, method="initialize", params=params)
    answer(1)
    send(method="initialized", params={})
    uri = (root / ".specweave/increments/0001-a/spec.md").as_uri()
    send(method="textDocument/didOpen", params={"textDocument": {"uri": uri, "languageId": "markdown", "version": 1, "text": SPEC}})
    here = {"line": 2, "character": 9}
    send(id=2, method="textDocument/codeAction", params={"textDocument": {"uri": uri}, "range": {"start": here, "end": here}, "context": {"diagnostics": []}})
    fixes = [action["title"] for action in answer(2) if action["kind"] == "quickfix"]
    assert len(fixes) >= 2, fixes
    send(id=3, method="shutdown")
    answer(3)
    send(method="exit")
    assert server.wait() == 0
    print("session:", *fixes, sep="\n  ")


with tempfile.TemporaryDirectory() as scratch:
    project = pathlib.Path(scratch).resolve()
    increment = project / ".specweave/increments/0001-a"
    increment.mkdir(parents=True)
    (increment / "spec.md").write_text(SPEC, encoding="utf-8")
    (increment / "metadata.json").write_text('{\n  "id": "0001-a",\n  "status": "completed"\n}\n', encoding="utf-8")
    print(run(project, "--version", code=0), end="")
    assert "status-desync" in run(project, "demo", code=0)
    session(project)
    report = json.loads(run(project, "check", "--format", "json", code=1))
    assert any(finding["code"] == "status-desync" for finding in report["findings"]), report
    run(project, "sync", "--all", "--from", "spec", code=0)
    run(project, "close", "0001-a", code=0)
    run(project, "check", code=0)
    assert "status: completed" in (increment / "spec.md").read_text(encoding="utf-8")
    print("check, sync, close, check: both files say completed")
