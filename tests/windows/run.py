#!/usr/bin/env python3
"""Runs test binaries that were built for Windows under Wine, and says what was run, what passed and what was left out.

    run.py FOLDER BINARY…

FOLDER keeps Wine's prefix. A test that Wine, or the want of a program, keeps from passing stands in left-out.txt, with the
reason; one that stands there and does not exist is an error.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
RESULT = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED)(?: <([\d.]+)s>)?", re.M)
# Wine's processes wait for its server most of the time.
THREADS = str(2 * (os.cpu_count() or 1))


def left_out() -> dict[str, dict[str, str]]:
    """suite -> test -> reason. A line is `suite::test: reason`; a test ending in `*` stands for all that begin so."""
    lists: dict[str, dict[str, str]] = {}
    for line in (HERE / "left-out.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, reason = line.split(": ", 1)
            suite, test = name.split("::", 1)
            lists.setdefault(suite, {})[test] = reason
    return lists


def main() -> int:
    folder, binaries = pathlib.Path(sys.argv[1]), [pathlib.Path(name) for name in sys.argv[2:]]
    lists = left_out()
    environment = os.environ | {
        "WINEPREFIX": str(folder / "prefix"),
        "WINEDEBUG": "-all",
        # Nothing of a desktop is needed.
        "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=",
        "WINEPATH": str(folder),
        "CARGO_MANIFEST_DIR": str(ROOT),
        # libtest says how long each test took only where it takes unstable options.
        "RUSTC_BOOTSTRAP": "1",
    }
    environment.pop("DISPLAY", None)
    # Left by tests that failed, or whose folders Wine did not let go of.
    for left in (folder / "prefix/drive_c/users").glob("*/Temp/*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        wrapper = pathlib.Path(scratch) / "bin" / "specweave-lsp"
        wrapper.parent.mkdir()
        program = next(path for path in binaries if path.name == "specweave-lsp.exe")
        wrapper.write_text(f'#!/bin/sh\nexec wine "{program.absolute()}" "$@"\n')
        wrapper.chmod(0o755)
        port = pathlib.Path(scratch) / "port"
        bridge = subprocess.Popen(
            [sys.executable, HERE / "bridge.py", environment["WINEPREFIX"], port, wrapper], env=environment
        )
        try:
            while not port.exists():
                if bridge.poll() is not None:
                    return 1
                time.sleep(0.02)
            environment["SPECWEAVE_BRIDGE"] = port.read_text()
            # One for all, or each suite would start Windows anew. What the first program starts would keep its output open.
            subprocess.run(["wineserver", "-p"], env=environment, check=True)
            subprocess.run(["wine", program, "--version"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            return run(folder, binaries, lists, environment)
        finally:
            bridge.terminate()
            bridge.wait()
            subprocess.run(["wineserver", "-k"], env=environment, check=False)


def run(folder: pathlib.Path, binaries: list[pathlib.Path], lists: dict[str, dict[str, str]], environment: dict[str, str]) -> int:
    table, wrong, slow, again = [], [], [], []

    def run_tests(binary: pathlib.Path, suite: str, arguments: list[str]) -> tuple[int, list[str], list[str]]:
        """Its exit code, the tests that passed, and those that failed."""
        command = ["wine", binary, "--test-threads", THREADS, "-Zunstable-options", "--report-time", *arguments]
        # Files, so that whoever waits can look how far it is.
        log, errors = (folder / f"{suite}.{kind}" for kind in ("out", "err"))
        with log.open("wb") as out, errors.open("wb") as err:
            code = subprocess.run(command, env=environment, cwd=ROOT, stdout=out, stderr=err, check=False).returncode
        said, complained = (path.read_text(encoding="utf-8", errors="replace").replace("\r", "") for path in (log, errors))
        results = RESULT.findall(said)
        slow.extend((float(took), f"{suite}::{name}") for name, _, took in results if took)
        if code != 0:
            print(said, complained[-20000:], sep="\n")
        return code, *([name for name, result, _ in results if (result == "ok") is passed] for passed in (True, False))

    for binary in binaries:
        if binary.name == "specweave-lsp.exe":
            continue
        suite = re.sub(r"-[0-9a-f]{16}$", "", binary.stem)
        listing = subprocess.run(["wine", binary, "--list"], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        tests = re.findall(r"^(\S+): test", listing.stdout, re.M)
        # The library's name is also that of the program, which has none.
        if not tests:
            continue
        known = lists.get(suite, {})
        names = {test: reason for name, reason in known.items() for test in tests if fits(name, test)}
        wrong += [f"{suite}::{name} stands in left-out.txt and is no test" for name in known if not any(fits(name, test) for test in tests)]
        since = time.monotonic()
        skipped = [argument for name in names for argument in ("--skip", name)]
        # Without `--exact`, what stands at the beginning of another test's name would leave that out too.
        wanted = os.environ.get("SPECWEAVE_WINDOWS_TESTS", "").split()
        code, passed, failed = run_tests(binary, suite, [*skipped, *(wanted or ["--exact"])])
        # On a loaded machine Wine at times starts no program, or replaces no file since another has it open; the table says where.
        if failed:
            code, second, failed = run_tests(binary, suite, ["--exact", *failed])
            passed += second
            again += [f"{suite}::{name}" for name in second]
        table.append((suite, len(tests), len(passed), names, time.monotonic() - since))
        if failed or code != 0:
            wrong += [f"{suite}::{name} failed" for name in failed] or [f"{suite} ended with {code}"]
    print(f"\n{'suite':<14} {'tests':>6} {'passed':>7} {'left out':>9} {'seconds':>8}")
    for suite, tests, passed, names, seconds in table:
        print(f"{suite:<14} {tests:>6} {passed:>7} {len(names):>9} {seconds:>8.0f}")
    print("\nSlowest:", *(f"{took:6.1f} s  {name}" for took, name in sorted(slow, reverse=True)[:10]), sep="\n  ")
    print("\nLeft out:")
    for suite, _, _, names, _ in table:
        for name, reason in names.items():
            print(f"  {suite}::{name}: {reason}")
    if again:
        print("\nPassed at the second try only:", *again, sep="\n  ")
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    return 1 if wrong else 0


def fits(name: str, test: str) -> bool:
    return test.startswith(name[:-1]) if name.endswith("*") else test == name


sys.exit(main())
