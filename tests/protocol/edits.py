"""Rules for workspace edits, wherever they come."""

import text


def judge(judge, where, edit):
    announced = judge.announces("workspace", "workspaceEdit") or {}
    if edit.get("changeAnnotations") and not announced.get("changeAnnotationSupport"):
        judge.violation("undeclared-property", f"{where}: changeAnnotations", edit)
    by_file = {}
    if edit.get("documentChanges") is not None:
        if not announced.get("documentChanges") and not announced.get("resourceOperations"):
            judge.violation("undeclared-property", f"{where}: documentChanges", edit)
        for change in edit["documentChanges"]:
            if "kind" in change:
                if change["kind"] not in (announced.get("resourceOperations") or []):
                    judge.violation("undeclared-value", f"{where}: resource operation {change['kind']}", edit)
                by_file.setdefault(change.get("uri") or change["newUri"], [])
            else:
                version(judge, where, change["textDocument"])
                by_file.setdefault(change["textDocument"]["uri"], []).extend(change["edits"])
    for uri, changes in (edit.get("changes") or {}).items():
        by_file.setdefault(uri, []).extend(changes)
    if not by_file:
        judge.violation("edit", f"{where}: changes nothing", edit)
    for uri, changes in by_file.items():
        judge.same_spelling(where, uri)
        one_file(judge, where, uri, changes)


def version(judge, where, document):
    if document.get("version") is None:
        return
    known = judge.documents.get(text.uri_key(document["uri"]))
    if not known or all(document["version"] != version for version, _ in known.history):
        judge.violation("version", f"{where}: the document never had it", document)


def one_file(judge, where, uri, changes):
    spans = []
    for change in changes:
        if "annotationId" in change and not judge.announces("workspace", "workspaceEdit", "changeAnnotationSupport"):
            judge.violation("undeclared-property", f"{where}: annotationId", change)
        judge.inside(where, uri, change["range"])
        spans.append((text.order(change["range"]["start"]), text.order(change["range"]["end"])))
    spans.sort()
    if any(after[0] < before[1] for before, after in zip(spans, spans[1:])):
        judge.violation("edit", f"{where}: overlaps itself", changes)
