"""Rules for what the server says by itself: requests and notifications."""

import edits
import text


def judge(judge, method, params):
    rule = RULES.get(method)
    if rule:
        rule(judge, params)
    elif method.endswith("/refresh"):
        part = {"diagnostic": "diagnostics"}.get(method.split("/")[1], method.split("/")[1])
        declared(judge, method, "workspace", part, "refreshSupport")


def declared(judge, method, *path):
    if not judge.announces(*path):
        judge.violation("undeclared-method", method, path)


def register(judge, params):
    for item in params["registrations"]:
        method = item["method"]
        part = method.split("/")[1]
        if method == "workspace/didChangeWorkspaceFolders":
            announced = judge.announces("workspace", "workspaceFolders")
        else:
            announced = judge.announces(method.split("/")[0], part, "dynamicRegistration")
        if not announced:
            judge.violation("undeclared-method", f"registers {method}", item)
        if item["id"] in judge.registered:
            judge.violation("registration", "a number twice", item)
        judge.fits(lambda model: options(model, method), item.get("registerOptions"), f"{method} options")
        for watcher in (item.get("registerOptions") or {}).get("watchers", []):
            relative = judge.announces("workspace", "didChangeWatchedFiles", "relativePatternSupport")
            if isinstance(watcher["globPattern"], dict) and not relative:
                judge.violation("undeclared-property", "a relative pattern", watcher)


def options(model, method):
    return (model.notifications.get(method) or model.requests.get(method) or {}).get("registrationOptions")


def unregister(judge, params):
    for item in params["unregisterations"]:
        known = judge.registered.pop(item["id"], None)
        if known is None or known["method"] != item["method"]:
            judge.violation("registration", "ended, and was never there", item)


def create_progress(judge, params):
    declared(judge, "window/workDoneProgress/create", "window", "workDoneProgress")
    if params["token"] in judge.tokens:
        judge.violation("progress", "a token twice", params)


def progress(judge, params):
    value = params["value"]
    if params["token"] in judge.client_tokens:
        if not isinstance(value, dict) or "kind" not in value:
            return
        token = judge.tokens.setdefault(params["token"], {"state": "created", "percentage": -1})
    else:
        token = judge.tokens.get(params["token"])
    if token is None:
        return judge.violation("progress", "a token that the client has not accepted", params)
    kind = value.get("kind") if isinstance(value, dict) else None
    before = {"begin": "created", "report": "begun", "end": "begun"}.get(kind)
    if token["state"] != before:
        return judge.violation("progress", f"{kind} when {token['state']}", params)
    token["state"] = "ended" if kind == "end" else "begun"
    percentage = value.get("percentage")
    if percentage is not None:
        if not token["percentage"] <= percentage <= 100 or (kind == "report" and token["percentage"] < 0):
            judge.violation("progress", "a percentage that falls or was not begun with", params)
        token["percentage"] = percentage
    return None


def show_document(judge, params):
    declared(judge, "window/showDocument", "window", "showDocument", "support")
    if params.get("selection"):
        judge.inside("window/showDocument", params["uri"], params["selection"])


def show_request(judge, params):
    more = judge.announces("window", "showMessage", "messageActionItem", "additionalPropertiesSupport")
    if not more and any(set(action) - {"title"} for action in params.get("actions") or []):
        judge.violation("undeclared-property", "showMessageRequest: properties of an action", params)


def publish(judge, params):
    if judge.offers.get("diagnosticProvider"):
        judge.violation("pushed", "although pull is offered", params["uri"])
    if params["diagnostics"]:
        # None are what an earlier spelling is cleared with.
        judge.same_spelling("publishDiagnostics", params["uri"])
    version = params.get("version")
    if version is not None:
        if judge.announces("textDocument", "publishDiagnostics", "versionSupport") is False:
            judge.violation("undeclared-property", "publishDiagnostics: version", params["uri"])
        versioned(judge, params, version)
    for diagnostic in params["diagnostics"]:
        diagnostics(judge, "publishDiagnostics", params["uri"], diagnostic)


def versioned(judge, params, version):
    document = judge.documents.get(text.uri_key(params["uri"]))
    bodies = [body for known, body in document.history if known == version] if document else []
    if not bodies:
        return judge.violation("version", "publishDiagnostics: the document never had it", (params["uri"], version))
    # More than one where the document was closed and opened again.
    for diagnostic in params["diagnostics"]:
        if not any(marks_its_text(body, diagnostic, judge.encoding) for body in bodies):
            seen = (version, diagnostic, bodies[-1][-300:], params["uri"])
            judge.violation("disk-under-version", f"{diagnostic.get('code')}", seen)
    return None


def marks_its_text(body, diagnostic, encoding):
    """Inside the text; and where a status is marked, its key stands on this line or shortly before."""
    span = diagnostic["range"]
    if text.outside(body, span, encoding):
        return False
    if diagnostic.get("code") != "status-desync" or span["start"] == span["end"]:
        return True
    before = body[: text.offset(body, span["start"], encoding)]
    return "status" in "\n".join(before.splitlines()[-3:])


def diagnostics(judge, where, uri, diagnostic, since=0):
    def announced(*path):
        both = [judge.announces("textDocument", name, *path) for name in ("publishDiagnostics", "diagnostic")]
        return both[0] or both[1]

    for name, support in (
        ("relatedInformation", "relatedInformation"),
        ("codeDescription", "codeDescriptionSupport"),
        ("data", "dataSupport"),
    ):
        if diagnostic.get(name) is not None and not announced(support):
            judge.violation("undeclared-property", f"{where}: {name}", diagnostic)
    if not set(diagnostic.get("tags") or []) <= set(announced("tagSupport", "valueSet") or []):
        judge.violation("undeclared-value", f"{where}: tags", diagnostic)
    for related in diagnostic.get("relatedInformation") or []:
        judge.inside(f"{where} related", related["location"]["uri"], related["location"]["range"])
    judge.inside(where, uri, diagnostic["range"], since)


def apply_edit(judge, params):
    declared(judge, "workspace/applyEdit", "workspace", "applyEdit")
    edits.judge(judge, "applyEdit", params["edit"])


RULES = {
    "client/registerCapability": register,
    "client/unregisterCapability": unregister,
    "workspace/configuration": lambda j, _: declared(j, "workspace/configuration", "workspace", "configuration"),
    "workspace/workspaceFolders": lambda j, _: declared(
        j, "workspace/workspaceFolders", "workspace", "workspaceFolders"
    ),
    "window/workDoneProgress/create": create_progress,
    "$/progress": progress,
    "window/showDocument": show_document,
    "window/showMessageRequest": show_request,
    "textDocument/publishDiagnostics": publish,
    "workspace/applyEdit": apply_edit,
}
