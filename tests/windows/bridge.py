#!/usr/bin/env python3
"""Runs programs of Linux for those under Wine (bridge.c), with paths in both directions.

    bridge.py PREFIX PORT_FILE SPECWEAVE_LSP

PREFIX is Wine's, PORT_FILE gets the number of the port, SPECWEAVE_LSP is what hooks call by that name.
"""

import contextlib
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading

PREFIX, PORT_FILE, PROGRAM = sys.argv[1:4]
DRIVES = os.path.realpath(os.path.join(PREFIX, "drive_c"))
# Only what git and shells read; Windows' own would mislead them.
PASSED = re.compile(r"GIT_|LC_ALL$|LANG$|SPECWEAVE|CLAUDE|NO_COLOR$|npm_command$")


def of_path(path: str) -> str:
    path = path.replace("\\", "/")
    if path[0] in "zZ":
        return path[2:] or "/"
    return find(DRIVES + path[2:])


def to_linux(text: str) -> str:
    """Every path in the text that begins with a drive. The whole of the text, if there is such a file: a space may be in it."""
    if re.match(r"[A-Za-z]:[\\/]", text) and os.path.lexists(whole := of_path(text)):
        return whole
    return re.sub(r"(?<![A-Za-z0-9])[A-Za-z]:[\\/][^\s'\"|;&]*", lambda match: of_path(match[0]), text)


def find(path: str) -> str:
    """Wine ignores case, Linux does not."""
    if os.path.lexists(path):
        return path
    found = "/"
    for part in path.split("/"):
        if not part:
            continue
        if not os.path.lexists(os.path.join(found, part)) and os.path.isdir(found):
            part = next((name for name in os.listdir(found) if name.lower() == part.lower()), part)
        found = os.path.join(found, part)
    return found


def to_windows(data: bytes) -> bytes:
    return data.replace(DRIVES.encode(), b"C:")


def take(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def switch_on_hooks(folder: str, environment: dict[str, str]) -> None:
    """Git for Windows runs each hook that is there; Linux's only what may be executed, which Wine says of no script."""
    asked = ["git", "rev-parse", "--path-format=absolute", "--git-path", "hooks"]
    done = subprocess.run(asked, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    for hook in pathlib.Path(done.stdout.strip()).glob("*") if done.returncode == 0 else ():
        if hook.is_file() and hook.suffix != ".sample":
            hook.chmod(0o755)


def serve(connection: socket.socket) -> None:
    sending = threading.Lock()

    def part() -> tuple[str, bytes]:
        kind, length = struct.unpack("<cI", take(connection, 5))
        return kind.decode(), take(connection, length)

    def give(kind: str, data: bytes) -> None:
        with sending:
            connection.sendall(struct.pack("<cI", kind.encode(), len(data)) + data)

    program, folder, arguments, variables = "", "", [], {}
    while True:
        kind, data = part()
        text = data.decode()
        if kind == "p":
            program = text.replace("\\", "/").split("/")[-1].removesuffix(".exe")
        elif kind == "d":
            folder = to_linux(text)
        elif kind == "a":
            arguments.append(to_linux(text))
        elif kind == "v":
            name, _, value = text[1:].partition("=")
            if PASSED.match(text[0] + name):
                variables[text[0] + name] = to_linux(value)
        else:
            break
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **variables,
        # The folders are somewhere below a repository.
        "GIT_CEILING_DIRECTORIES": DRIVES,
        "PATH": os.path.dirname(PROGRAM) + ":" + os.environ["PATH"],
    }
    if program == "git" and "commit" in arguments:
        switch_on_hooks(folder, environment)
    running = subprocess.Popen(
        [program, *arguments], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    # Only what is about paths: contents are passed on as they are.
    translated = any(word in arguments for word in ("rev-parse", "worktree", "config"))

    def output(pipe, kind: str) -> None:
        while data := os.read(pipe.fileno(), 65536):
            give(kind, to_windows(data) if translated or kind == "f" else data)

    def input_() -> None:
        try:
            while (received := part())[0] == "i":
                running.stdin.write(received[1])
                running.stdin.flush()
            running.stdin.close()
        except (ConnectionError, BrokenPipeError, OSError, ValueError):
            running.terminate()

    def drain() -> None:
        """Closing with something unread would take back what was sent last, the exit code."""
        with contextlib.suppress(ConnectionError, OSError):
            while connection.recv(65536):
                pass

    threads = [threading.Thread(target=output, args=it) for it in ((running.stdout, "o"), (running.stderr, "f"))]
    feeding = threading.Thread(target=input_, daemon=True)
    feeding.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    give("x", str(running.wait() & 0xFF).encode())
    connection.shutdown(socket.SHUT_WR)
    # Ends when the program under Wine has: then there is nothing more to read.
    feeding.join()
    drain()
    connection.close()


def guarded(connection: socket.socket) -> None:
    try:
        serve(connection)
    except (ConnectionError, OSError):
        connection.close()


server = socket.create_server(("127.0.0.1", 0), backlog=64)
with open(PORT_FILE + ".new", "w", encoding="utf-8") as file:
    file.write(str(server.getsockname()[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
while True:
    accepted, _ = server.accept()
    threading.Thread(target=guarded, args=(accepted,), daemon=True).start()
