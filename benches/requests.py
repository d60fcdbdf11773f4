"""How long each request takes in a large project: asked N times, an edit before each, one after the other.

    python3 benches/requests.py SERVER ROOT DOCUMENT [-n 300]

Prints a Markdown table of milliseconds until the last byte of the answer has arrived: median, 99th percentile, slowest.
"""

import argparse
import pathlib

from lsp import LspClient, LspError, default_capabilities, path_to_uri


# Refused at once: what is left is the way there and back, and what the machine was busy with.
NOTHING = "specweave/nothing"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("root")
    parser.add_argument("document")
    parser.add_argument("-n", type=int, default=300)
    options = parser.parse_args()
    document = pathlib.Path(options.document)
    text = document.read_text()
    lines = text.split("\n")
    line = next(number for number, found in enumerate(lines) if found.startswith("status: "))
    uri = path_to_uri(str(document))
    place = {"line": line, "character": len("status: ") + 1}
    here = {"textDocument": {"uri": uri}}
    at_place = {**here, "position": place}
    around = {**here, "range": {"start": place, "end": place}, "context": {"diagnostics": []}}
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": len(lines), "character": 0}}
    requests = [
        (NOTHING, {}),
        ("textDocument/hover", at_place),
        ("textDocument/completion", {**at_place, "context": {"triggerKind": 1}}),
        ("textDocument/codeAction", around),
        ("textDocument/codeLens", here),
        ("textDocument/inlayHint", {**here, "range": everything}),
        ("textDocument/definition", at_place),
        ("textDocument/references", {**at_place, "context": {"includeDeclaration": True}}),
        ("textDocument/documentSymbol", here),
        ("textDocument/documentLink", here),
        ("textDocument/foldingRange", here),
        ("textDocument/diagnostic", here),
        ("workspace/symbol", {"query": "login"}),
        ("workspace/symbol (all)", {"query": ""}),
        ("specweave/status", {}),
        ("specweave/increments", {}),
    ]
    print("| request | median | p99 | slowest |")
    print("|---|---:|---:|---:|")
    with LspClient.start([options.server, "--stdio"]) as client:
        client.initialize(root=options.root, capabilities=default_capabilities())
        client.request("workspace/executeCommand", {"command": "specweave-lsp.report", "arguments": []}, timeout=60)
        client.open(uri, "markdown", text)
        taken = {name: [] for name, _ in requests}
        # In turns, so that a noisy moment of the machine hits all alike.
        for _ in range(options.n):
            for name, params in requests:
                # Typed at the end, so that nothing that was worked out before can be used again.
                end = {"line": len(lines) - 1, "character": len(lines[-1])}
                client.change(uri, [{"range": {"start": end, "end": end}, "text": "x"}])
                lines[-1] += "x"
                pending = client.send_request(name.split(" ")[0], params)
                try:
                    pending.wait()
                except LspError:
                    if name != NOTHING:
                        raise
                taken[name].append((pending.t_arrived - pending.t_sent) * 1000)
        for name, times in taken.items():
            times.sort()
            p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
            print(f"| `{name}` | {times[len(times) // 2]:.2f} | {p99:.2f} | {times[-1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
