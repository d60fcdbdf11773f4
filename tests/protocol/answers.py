"""Rules for answers: what the client announced, what it asked for, and where things stand."""

import os

import edits
import messages
import text

FIRST_KINDS = range(1, 19)
ALL_KINDS = range(1, 27)
FAR = 100_000
COMPLETION_SUPPORT = {
    "commitCharacters": "commitCharactersSupport",
    "deprecated": "deprecatedSupport",
    "preselect": "preselectSupport",
    "tags": "tagSupport",
    "labelDetails": "labelDetailsSupport",
    "insertTextMode": "insertTextModeSupport",
}
ACTION_SUPPORT = {"isPreferred": "isPreferredSupport", "disabled": "disabledSupport", "data": "dataSupport"}


def judge(judge, asked, result):
    rule = RULES.get(asked["method"])
    if rule and result is not None:
        rule(judge, asked, result)


def known_kinds(announced):
    """A client that names its kinds has promised to take others gracefully; without that it knows the first ones."""
    return FIRST_KINDS if (announced or {}).get("valueSet") is None else ALL_KINDS


def document_of(asked):
    return asked["params"]["textDocument"]["uri"]


def offered_command(judge, where, command):
    # Helix carries out any command of an action, and shows its users every command that is offered.
    if command["command"] not in judge.commands and judge.client_name != "helix":
        judge.violation("unoffered", f"{where}: command {command['command']}", sorted(judge.commands))


def below(kind, parents):
    return any(parent in ("", kind) or kind.startswith(parent + ".") for parent in parents)


def code_action(judge, asked, result):
    announced = judge.announces("textDocument", "codeAction") or {}
    for action in result:
        if isinstance(action.get("command"), str):
            offered_command(judge, "codeAction", action)
        elif not announced.get("codeActionLiteralSupport"):
            judge.violation("undeclared-property", "codeAction: a literal", action)
        else:
            literal(judge, asked, announced, action)


def literal(judge, asked, announced, action):
    for name, support in ACTION_SUPPORT.items():
        if name in action and not announced.get(support):
            judge.violation("undeclared-property", f"codeAction: {name}", action)
    context = asked["params"]["context"]
    kind, provider = action.get("kind", ""), judge.offers.get("codeActionProvider")
    provider = provider if isinstance(provider, dict) else {}
    if context.get("only") is not None and not below(kind, context["only"]):
        judge.violation("unasked", f"codeAction: {kind} for {context['only']}", action)
    if provider.get("codeActionKinds") and not below(kind, provider["codeActionKinds"]):
        judge.violation("unoffered", f"codeAction: kind {kind}", action)
    if any(diagnostic not in context["diagnostics"] for diagnostic in action.get("diagnostics") or []):
        judge.violation("unasked", "codeAction: a diagnostic that was not in the request", action)
    resolves = "edit" in (judge.announces("textDocument", "codeAction", "resolveSupport", "properties") or [])
    if not {"edit", "command", "disabled"} & set(action) and not (resolves and provider.get("resolveProvider")):
        judge.violation("dead-action", "codeAction", action)
    if "command" in action:
        offered_command(judge, "codeAction", action["command"])
    if "edit" in action:
        edits.judge(judge, "codeAction", action["edit"])


def resolved_action(judge, asked, result):
    may = judge.announces("textDocument", "codeAction", "resolveSupport", "properties") or []
    for name in set(result) | set(asked["params"]):
        if result.get(name) != asked["params"].get(name) and name not in may:
            judge.violation("resolve", f"codeAction/resolve changed {name}", result)
    if "edit" in result:
        edits.judge(judge, "codeAction/resolve", result["edit"])


def completion(judge, asked, result):
    announced = judge.announces("textDocument", "completion", "completionItem") or {}
    kinds = known_kinds(judge.announces("textDocument", "completion", "completionItemKind"))
    for item in result if isinstance(result, list) else result["items"]:
        for name, support in COMPLETION_SUPPORT.items():
            if name in item and not announced.get(support):
                judge.violation("undeclared-property", f"completion: {name}", item)
        if item.get("insertTextFormat") == 2 and not announced.get("snippetSupport"):
            judge.violation("undeclared-value", "completion: a snippet", item)
        if item.get("kind") is not None and item["kind"] not in kinds:
            judge.violation("undeclared-value", f"completion: kind {item['kind']}", item)
        documentation = item.get("documentation")
        if isinstance(documentation, dict) and documentation["kind"] not in announced.get("documentationFormat", []):
            judge.violation("undeclared-value", f"completion: {documentation['kind']} documentation", item)
        completion_range(judge, asked, announced, item)


def completion_range(judge, asked, announced, item):
    edit = item.get("textEdit")
    if not edit:
        return
    if "insert" in edit and not announced.get("insertReplaceSupport"):
        judge.violation("undeclared-property", "completion: insert and replace", item)
    cursor = asked["params"]["position"]
    for span in [edit["insert"], edit["replace"]] if "insert" in edit else [edit["range"]]:
        judge.inside("completion", document_of(asked), span, asked["since"])
        one_line = span["start"]["line"] == span["end"]["line"]
        if not one_line or not text.holds(span, {"start": cursor, "end": cursor}):
            judge.violation("completion-range", "does not hold the cursor", (span, cursor))


def hover(judge, asked, result):
    contents, formats = result["contents"], judge.announces("textDocument", "hover", "contentFormat")
    kind = contents.get("kind") if isinstance(contents, dict) else None
    if kind is not None and formats is not None and kind not in formats:
        judge.violation("undeclared-value", f"hover: {kind}", formats)
    if result.get("range"):
        judge.inside("hover", document_of(asked), result["range"], asked["since"])


def places(judge, asked, result):
    seen = []
    for place in result if isinstance(result, list) else [result]:
        if "targetUri" in place:
            if not judge.announces("textDocument", "definition", "linkSupport"):
                judge.violation("undeclared-property", f"{asked['method']}: a link", place)
            judge.inside(asked["method"], place["targetUri"], place["targetRange"])
        else:
            judge.inside(asked["method"], place["uri"], place["range"])
        if place in seen:
            judge.violation("twice", asked["method"], place)
        seen.append(place)


def document_symbol(judge, asked, result):
    announced = judge.announces("textDocument", "documentSymbol") or {}
    kinds = known_kinds(announced.get("symbolKind"))

    def walk(symbol, parent):
        if symbol["kind"] not in kinds:
            judge.violation("undeclared-value", f"documentSymbol: kind {symbol['kind']}", symbol["name"])
        if "location" in symbol:
            return judge.inside("documentSymbol", symbol["location"]["uri"], symbol["location"]["range"])
        if not announced.get("hierarchicalDocumentSymbolSupport"):
            judge.violation("undeclared-property", "documentSymbol: a tree", symbol["name"])
        judge.inside("documentSymbol", document_of(asked), symbol["range"], asked["since"])
        fits = text.holds(symbol["range"], symbol["selectionRange"])
        if not fits or (parent and not text.holds(parent["range"], symbol["range"])) or not symbol["name"].strip():
            judge.violation("symbol", "a range outside the one around it, or no name", symbol)
        for child in symbol.get("children") or []:
            walk(child, symbol)
        return None

    for symbol in result:
        walk(symbol, None)


def workspace_symbol(judge, _, result):
    announced = judge.announces("workspace", "symbol") or {}
    kinds = known_kinds(announced.get("symbolKind"))
    for symbol in result:
        if symbol["kind"] not in kinds:
            judge.violation("undeclared-value", f"workspace/symbol: kind {symbol['kind']}", symbol["name"])
        if "range" in symbol["location"]:
            judge.inside("workspace/symbol", symbol["location"]["uri"], symbol["location"]["range"])
        elif "location.range" not in (announced.get("resolveSupport") or {}).get("properties", []):
            judge.violation("undeclared-property", "workspace/symbol: a place without a range", symbol)


def folding_range(judge, asked, result):
    announced = judge.announces("textDocument", "foldingRange") or {}
    for fold in result:
        start = {"line": fold["startLine"], "character": fold.get("startCharacter", 0)}
        end = {"line": fold["endLine"], "character": fold.get("endCharacter", 0)}
        judge.inside("foldingRange", document_of(asked), {"start": start, "end": end}, asked["since"])
        kinds = (announced.get("foldingRangeKind") or {}).get("valueSet")
        if kinds is not None and fold.get("kind") is not None and fold["kind"] not in kinds:
            judge.violation("undeclared-value", f"foldingRange: kind {fold['kind']}", fold)
        if "collapsedText" in fold and not (announced.get("foldingRange") or {}).get("collapsedText"):
            judge.violation("undeclared-property", "foldingRange: collapsedText", fold)


def document_link(judge, asked, result):
    provider = judge.offers.get("documentLinkProvider") or {}
    for link in result:
        judge.inside("documentLink", document_of(asked), link["range"], asked["since"])
        if "tooltip" in link and not judge.announces("textDocument", "documentLink", "tooltipSupport"):
            judge.violation("undeclared-property", "documentLink: tooltip", link)
        if "target" not in link:
            if not provider.get("resolveProvider"):
                judge.violation("dead-action", "documentLink", link)
        elif not os.path.exists(text.to_path(link["target"]) or "") and text.to_path(link["target"]) not in judge.disk:
            judge.violation("link", "to a file that does not exist", link)


def code_lens(judge, asked, result):
    provider = judge.offers.get("codeLensProvider") or {}
    for lens in result:
        judge.inside("codeLens", document_of(asked), lens["range"], asked["since"])
        if "command" in lens:
            offered_command(judge, "codeLens", lens["command"])
        elif not provider.get("resolveProvider"):
            judge.violation("dead-action", "codeLens", lens)


def inlay_hint(judge, asked, result):
    wanted = asked["params"]["range"]
    # Behind the end of a line means its end.
    wild = max(place[name] for place in wanted.values() for name in place) >= FAR
    for hint in result:
        here = {"start": hint["position"], "end": hint["position"]}
        judge.inside("inlayHint", document_of(asked), here, asked["since"])
        if not wild and not text.holds(wanted, here):
            judge.violation("unasked", "inlayHint: outside the range asked for", hint)


def will_rename(judge, _, result):
    edits.judge(judge, "willRenameFiles", result)


def report(judge, where, uri, items, previous):
    if items["kind"] == "unchanged":
        if items.get("resultId") is None or previous is None or previous not in judge.reports:
            judge.violation("unchanged", where, uri)
        return
    judge.reports.add(items.get("resultId"))
    for diagnostic in items["items"]:
        messages.diagnostics(judge, where, uri, diagnostic)


def pulled(judge, asked, result):
    report(judge, "textDocument/diagnostic", document_of(asked), result, asked["params"].get("previousResultId"))
    if result.get("relatedDocuments") and not judge.announces("textDocument", "diagnostic", "relatedDocumentSupport"):
        judge.violation("undeclared-property", "textDocument/diagnostic: relatedDocuments", result)


def pulled_workspace(judge, asked, result):
    previous = {text.uri_key(item["uri"]): item["value"] for item in asked["params"]["previousResultIds"]}
    seen = set()
    for item in result["items"]:
        key = text.uri_key(item["uri"])
        if key in seen:
            judge.violation("twice", "workspace/diagnostic", item["uri"])
        seen.add(key)
        judge.same_spelling("workspace/diagnostic", item["uri"])
        if item.get("version") is not None:
            edits.version(judge, "workspace/diagnostic", item)
        report(judge, "workspace/diagnostic", item["uri"], item, previous.get(key))


RULES = {
    "textDocument/codeAction": code_action,
    "codeAction/resolve": resolved_action,
    "textDocument/completion": completion,
    "textDocument/hover": hover,
    "textDocument/definition": places,
    "textDocument/references": places,
    "textDocument/documentSymbol": document_symbol,
    "workspace/symbol": workspace_symbol,
    "textDocument/foldingRange": folding_range,
    "textDocument/documentLink": document_link,
    "textDocument/codeLens": code_lens,
    "textDocument/inlayHint": inlay_hint,
    "workspace/willRenameFiles": will_rename,
    "textDocument/diagnostic": pulled,
    "workspace/diagnostic": pulled_workspace,
}
