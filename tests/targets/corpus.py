#!/usr/bin/env python3
"""Whether a program for another system says the same of real increments as the one for this system.

    corpus.py FOLDER PROGRAM COMMAND…

FOLDER takes the increments of the corpus that SPECWEAVE_CORPUS names, as projects; COMMAND… runs the other program.
"""

import base64
import collections
import concurrent.futures
import difflib
import json
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys

FOLDER, PROGRAM, COMMAND = pathlib.Path(sys.argv[1]).resolve(), [os.path.abspath(sys.argv[2])], sys.argv[3:]
CORPUS = pathlib.Path(os.environ["SPECWEAVE_CORPUS"])
REPORTS = (["check"], ["check", "--format", "json"], ["status", "--format", "json"])


def lines(name: str) -> list[dict]:
    with lzma.open(CORPUS / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def lay_out() -> tuple[list[pathlib.Path], int]:
    """A project for each state of a repository that was recorded, since a project has an increment only once."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    states: collections.Counter = collections.Counter()
    projects: dict[pathlib.Path, None] = {}
    count = 0

    def add(repo: str, key: str, files: dict[str, bytes]) -> None:
        nonlocal count
        states[repo, key] += 1
        project = FOLDER / f"{repo.replace('/', '-')}-{states[repo, key]}"
        projects[project] = None
        count += 1
        for name, text in files.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)

    for case in lines("dev.jsonl.xz"):
        spec = base64.b64decode(case["spec_b64"]) if "spec_b64" in case else case["spec"].encode()
        files = {"spec.md": spec, "metadata.json": case["metadata"].encode()}
        if case["tasks"]:
            files["tasks.md"] = case["tasks"].encode()
        add(case["repo"], case["path"], {f"{case['path']}/{name}": text for name, text in files.items()})
    for case in lines("gen23.jsonl.xz"):
        folder = f".specweave/increments/{case['id']}"
        add(case["repo"], folder, {f"{folder}/{name}": text.encode() for name, text in case["files"].items()})
    return list(projects), count


def said(command: list[str], project: pathlib.Path, report: list[str]) -> tuple[int, str]:
    done = subprocess.run([*command, *report], cwd=project, capture_output=True, check=False)
    text = done.stdout.decode()
    # The one path that differs: the project's own.
    text = re.sub(r'"(?:[A-Za-z]:)?[/\\][^"]*[/\\]' + re.escape(project.name), '"' + project.name, text)
    return done.returncode, text + (done.stderr.decode() if done.returncode > 1 else "")


def differences(project: pathlib.Path) -> list[str]:
    found: list[str] = []
    for report in REPORTS:
        here, there = (said(command, project, report) for command in (PROGRAM, COMMAND))
        assert here[0] < 2, (project, report, here)
        if here != there:
            diff = difflib.unified_diff(here[1].splitlines(), there[1].splitlines(), "here", "there", lineterm="", n=1)
            found += [f"{project.name}: {' '.join(report)}: {here[0]} and {there[0]}", *list(diff)[:20]]
    return found


def main() -> int:
    projects, count = lay_out()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [line for lines in pool.map(differences, projects) for line in lines]
    print(*found, sep="\n")
    print(f"{count} increments in {len(projects)} projects: {len(REPORTS)} reports of each, {'not ' if found else ''}the same")
    return 1 if found else 0


sys.exit(main())
