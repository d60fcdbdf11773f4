#!/usr/bin/env python3
"""What the hooks of a coding agent add to each edit in a project of 1,000 increments: the message before it and the one
after it, and beside them a program that only starts. Interleaved; a Markdown table.

    benches/agent_hook.py [PROGRAM] [-n ROUNDS]     PROGRAM: target/release/specweave-lsp
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).parent
arguments = argparse.ArgumentParser()
arguments.add_argument("program", nargs="?", default=here.parent / "target/release/specweave-lsp")
arguments.add_argument("-n", type=int, default=300, help="rounds")
arguments = arguments.parse_args()


def message(project, event, tool, tool_input, **more):
    """As Claude Code sends it; the edit has some length, and the answer to it holds the whole file."""
    common = {"session_id": "bench", "cwd": str(project), "hook_event_name": event, "tool_name": tool}
    return json.dumps({**common, "tool_input": tool_input, **more}).encode()


def run(command, text):
    """Milliseconds by the clock, and of the processor."""
    with tempfile.TemporaryFile() as file:
        file.write(text)
        file.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=file, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command} ended with {process.returncode}")
        return took * 1000, (usage.ru_utime + usage.ru_stime) * 1000


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, here / "genws.py", folder, "-n", "1000"], check=True, stdout=subprocess.DEVNULL)
    spec, other = sorted(pathlib.Path(folder, ".specweave/increments").glob("*/spec.md"))[500:502]
    other.with_name("metadata.json").write_text('{"status": "paused"}\n')
    edit = {"file_path": str(spec), "old_string": "a line\n" * 200, "new_string": "another\n" * 200}
    desync = {**edit, "file_path": str(other)}
    hook = [arguments.program, "agent-hook"]
    candidates = {
        "only started (`--version`)": ([arguments.program, "--version"], b""),
        "before an edit": (hook, message(folder, "PreToolUse", "Edit", edit)),
        "after an edit": (hook, message(folder, "PostToolUse", "Edit", edit, tool_response={"originalFile": spec.read_text()})),
        "after an edit that desyncs": (hook, message(folder, "PostToolUse", "Edit", desync)),
        "before another shell command": (hook, message(folder, "PreToolUse", "Bash", {"command": "npm test"})),
    }
    samples = {name: [] for name in candidates}
    for at in range(arguments.n + 10):
        for name, (command, text) in candidates.items():
            sample = run(command, text)
            if at >= 10:
                samples[name].append(sample)

print("| ms | median | p95 | processor, median |\n|---|---:|---:|---:|")
for name, taken in samples.items():
    clock, processor = zip(*taken)
    p95 = statistics.quantiles(clock, n=20)[-1]
    print(f"| {name} | {statistics.median(clock):.1f} | {p95:.1f} | {statistics.median(processor):.1f} |")
