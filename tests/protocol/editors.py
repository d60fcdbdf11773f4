"""Random clients: real ones, real ones with parts left out, bare ones, and odd ones."""

import glob
import json
import os

REAL = sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e/clients/*.json")))
ENCODINGS = [["utf-8", "utf-16"], ["utf-16"], ["utf-32"], ["utf-32", "utf-16"], []]
LISTS = {"valueSet", "contentFormat", "documentationFormat", "properties", "resourceOperations"}
# Without this member the object around it says nothing valid.
NEEDED = {
    "resolveSupport": "properties",
    "tagSupport": "valueSet",
    "codeActionKind": "valueSet",
    "insertTextModeSupport": "valueSet",
    "codeActionLiteralSupport": "codeActionKind",
    "showDocument": "support",
    "regularExpressions": "engine",
    "markdown": "parser",
    "synchronization_of_notebooks": "synchronization",
}
OPTIONS = [
    None,
    None,
    {"preferredSource": "spec", "nosuch": 1},
    {"includeArchived": True},
    {"diagnostics": {"severity": {"status-desync": "hint"}}},
]


def random_client(dice):
    """The params of `initialize`, apart from folders; and a name for the report."""
    path = dice.choice(REAL)
    with open(path, encoding="utf-8") as file:
        real = json.load(file)
    real = real.get("params", real)
    name = os.path.basename(path).removeprefix("initialize-").removesuffix(".json")
    mode = dice.choice(["real", "bare", "pruned", "pruned", "pruned", "odd"])
    capabilities = {} if mode == "bare" else real["capabilities"]
    if mode in ("pruned", "odd"):
        prune(capabilities, dice, dice.choice([0.05, 0.15, 0.4]))
        capabilities.setdefault("general", {})["positionEncodings"] = dice.choice(ENCODINGS)
        toggle(capabilities, dice)
    # Requests of these are not made here, and their capabilities have many needed members.
    capabilities.pop("notebookDocument", None)
    if isinstance(capabilities.get("textDocument"), dict):
        capabilities["textDocument"].pop("semanticTokens", None)
    if "staleRequestSupport" in capabilities.get("general", {}):
        del capabilities["general"]["staleRequestSupport"]
    params = {"processId": None, "rootUri": None, "capabilities": capabilities}
    if mode == "real":
        params["clientInfo"] = real.get("clientInfo") or {"name": "x"}
        options = real.get("initializationOptions")
    else:
        params["clientInfo"] = {"name": dice.choice(["Visual Studio Code", "Neovim", "x"])}
        options = dice.choice(OPTIONS)
    if options is not None:
        params["initializationOptions"] = options
    if mode == "odd":
        name += " " + make_odd(params, dice)
    return f"{mode} {name}", params


def prune(node, dice, share):
    for key in list(node):
        value = node[key]
        if dice.random() < share:
            del node[key]
        elif isinstance(value, bool) and dice.random() < share:
            node[key] = False
        elif isinstance(value, dict):
            prune(value, dice, share)
            if key in NEEDED and NEEDED[key] not in value:
                del node[key]
        elif key in LISTS and value and dice.random() < share:
            node[key] = value[: dice.randrange(len(value))] or value[:1]


def toggle(capabilities, dice):
    """Capabilities that decide how the server works, so that every mix comes up."""

    def put(chance, *path, value=True):
        node = capabilities
        for key in path[:-1]:
            if not isinstance(node.get(key), dict):
                node[key] = {}
            node = node[key]
        if dice.random() < chance:
            node[path[-1]] = value
        else:
            node.pop(path[-1], None)

    put(0.6, "window", "workDoneProgress")
    put(0.5, "workspace", "workspaceFolders")
    put(0.5, "workspace", "configuration")
    put(0.7, "workspace", "applyEdit")
    put(
        0.5,
        "workspace",
        "didChangeWatchedFiles",
        value={"dynamicRegistration": True, "relativePatternSupport": dice.random() < 0.5},
    )
    put(
        0.4,
        "textDocument",
        "diagnostic",
        value={"dynamicRegistration": dice.random() < 0.5, "relatedDocumentSupport": True},
    )
    put(0.6, "workspace", "workspaceEdit", "documentChanges")
    for name in ("specweaveStatus", "specweaveIncrements", "specweaveApplied"):
        put(0.5, "experimental", name)


def make_odd(params, dice):
    """One value that clients in the wild send although the protocol has no such value."""
    capabilities = params["capabilities"]

    def inside(*path):
        node = capabilities
        for key in path:
            if not isinstance(node.get(key), dict):
                node[key] = {}
            node = node[key]
        return node

    odd = dice.choice(["rootUri", "processId", "trace", "failureHandling", "markup", "clientInfo", "locale"])
    if odd == "rootUri":
        params["rootUri"] = ""
    elif odd == "processId":
        params["processId"] = -1
    elif odd == "trace":
        params["trace"] = "compact"
    elif odd == "failureHandling":
        inside("workspace", "workspaceEdit")["failureHandling"] = "retry"
    elif odd == "markup":
        inside("textDocument", "hover")["contentFormat"] = ["asciidoc", "plaintext"]
    elif odd == "clientInfo":
        params["clientInfo"] = {"version": "1"}
    else:
        params["locale"] = 5
    return "odd " + odd
