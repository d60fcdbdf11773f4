"""`history` of a large project, beside `git log --raw` of the same: time and memory of each.

    python3 benches/history.py PROGRAM [COMMITS [INCREMENTS]]
"""

import os
import random
import subprocess
import sys
import tempfile
import time

WORDS = ["planning", "active", "paused", "ready_for_review", "completed"]
AUTHORS = ["Anna", "Bob", "Carl", "Dora"]


def spec(number, status, text):
    body = "".join(f"- [ ] **AC-US1-{n:02}**: something of increment {number} works\n" for n in range(1, 40))
    return f"---\nincrement: {number:04}-name\ntitle: Number {number}\nstatus: {status}\n---\n\n{body}{text}\n"


def metadata(number, status):
    return f'{{\n  "id": "{number:04}-name",\n  "status": "{status}",\n  "type": "feature",\n  "priority": "P1"\n}}\n'


def build(folder, commits, increments):
    """A repository in which each commit changes an increment, some of them only one of its files; with branches."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=folder, check=True)
    importing = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE)
    pick = random.Random(7)
    stream = []

    def blob(path, text):
        data = text.encode()
        stream.append(f"M 100644 inline {path}\ndata {len(data)}\n{text}\n")

    status = {}
    for at in range(commits):
        number = at if at < increments else pick.randrange(increments)
        folder_of = f".specweave/increments/{number:04}-name"
        author = pick.choice(AUTHORS)
        message = f"commit {at}\n" + ("\nCo-authored-by: Claude <noreply@anthropic.com>\n" if at % 3 == 0 else "")
        mark = f"mark :{at + 1}\n"
        who = f"{author} <{author.lower()}@example.org> {1_700_000_000 + at * 600} +0000"
        # Every fiftieth joins a commit of a while ago.
        merge = f"merge :{at - 20}\n" if at % 50 == 49 else ""
        stream.append(f"commit refs/heads/main\n{mark}author {who}\ncommitter {who}\ndata {len(message.encode())}\n{message}\n")
        if at > 0:
            stream.append(f"from :{at}\n")
        stream.append(merge)
        new = pick.choice(WORDS)
        if number not in status or pick.random() < 0.7:
            blob(f"{folder_of}/spec.md", spec(number, new, f"Text of commit {at}."))
            blob(f"{folder_of}/metadata.json", metadata(number, new))
        else:
            blob(f"{folder_of}/metadata.json", metadata(number, new))
        status[number] = new
        blob(f"src/file{pick.randrange(200)}.txt", f"{at}\n")
    importing.communicate("".join(stream).encode())
    subprocess.run(["git", "reset", "--hard", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "repack", "-adq"], cwd=folder, check=True)


def measured(command, folder):
    """Seconds, and the most memory that the command or one of its children had, in MiB."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvp(command[0], command)
    _, code, usage = os.wait4(pid, 0)
    if code != 0:
        sys.exit(f"{command} ended with {code}")
    return time.monotonic() - started, usage.ru_maxrss / 1024


def main():
    program = os.path.abspath(sys.argv[1])
    commits, increments = [int(number) for number in (sys.argv[2:] + ["10000", "1000"][len(sys.argv) - 2:])[:2]]
    with tempfile.TemporaryDirectory() as folder:
        build(folder, commits, increments)
        rows = [
            ("`history`", [program, "history"]),
            ("`history --format json`", [program, "history", "--format", "json"]),
            ("`git log --raw`", ["git", "log", "--raw"]),
            ("`git log --raw -- .specweave`", ["git", "log", "--raw", "--", ".specweave"]),
            ("`git log -p -- .specweave`", ["git", "log", "-p", "--", ".specweave"]),
        ]
        print(f"{commits} commits, {increments} increments; best of 3\n\n| | s | MiB |\n|---|---|---|")
        for name, command in rows:
            runs = [measured(command, folder) for _ in range(3)]
            print(f"| {name} | {min(run[0] for run in runs):.2f} | {max(run[1] for run in runs):.0f} |")


if __name__ == "__main__":
    main()
