"""Counts tasks and criteria by reading docs/work-items.md anew, with regular expressions, so that the parser has something
to be compared with. Reads {"spec", "tasks", "ledger", "now"} a line from stdin, writes what it counts a line to stdout."""

import json
import re
import sys
from datetime import datetime, timedelta, timezone

TASK_ID = r"T-(?:[A-Z]+-)*\d[A-Za-z0-9_-]*|T\d{3,}[a-z]?"
HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
TASK_HEADING = re.compile(r"^(?P<lead>(?:\[.?\]|[^\w\[(#]|\[)*)(?P<id>" + TASK_ID + r")\b(?P<title>.*)$")
NOTE = re.compile(r"\d-[A-Za-z]+$")
LIST_TASK = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+\[(.?)\][ \t]*(?:\*\*|\[)?(" + TASK_ID + r")\b")
BOX = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])?[ \t]*\[(.?)\](?![(\[])")
STATE_LINE = re.compile(r"^- \[(.)\] (done|skipped|claimed|stale claim|blocked|open)( by |[ ]*$| — )")
STATUS = re.compile(r"\*\*status(?:\*\*\s*:|:\s*\*\*)\s*([^|•]*)", re.I)
COMPLETED = re.compile(r"\*\*completed(?:\*\*\s*:|:\s*\*\*)\s*([^|•]*)", re.I)
REFERENCES = re.compile(r"^- AC:([^|]*)|\*\*(?:AC|ACs|AC-IDs?|Satisfies(?: ACs?)?|Linked ACs|Acceptance Criteria)(?:\*\*:|:\*\*)([^|]*)", re.I)
AC_ID = r"AC-[A-Za-z0-9_-]*\d[A-Za-z0-9_-]*"
BOXED_CRITERION = re.compile(r"^[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?\[(.?)\][ \t]*[^\w\[(]*(" + AC_ID + ")")
INLINE_CRITERION = re.compile(
    r"^[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+[*_]*|\*\*)(" + AC_ID + r")[*:_ \t]*(?:\([^)]*\)[*: \t]*)?\[(.?)\](?![(\[])"
)


def fence_end(lines, at, mark):
    """A fence that names a language within another is taken for an inner one, as long as all of them close."""
    marker = re.compile(r"\s*" + re.escape(mark[0]) + "{" + str(len(mark)) + r",}([^`]*)$")
    depth = 1
    for i in range(at + 1, len(lines)):
        found = marker.match(lines[i])
        if found:
            depth += 1 if found[1].strip(" \t" + mark[0]) else -1
            if depth == 0:
                return i
    return next((i for i in range(at + 1, len(lines)) if (m := marker.match(lines[i])) and not m[1].strip()), None)


def visible(text):
    """The lines outside of frontmatter and code fences."""
    lines = re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))
    if lines and re.fullmatch(r"---[ \t]*[a-z]*[ \t]*", lines[0], re.I):
        for end in range(1, len(lines)):
            if lines[end].startswith("---"):
                lines = lines[end + 1 :]
                break
    shown, at = [], 0
    while at < len(lines):
        opening = re.match(r"\s*(`{3,}(?=[^`]*$)|~{3,})", lines[at])
        if opening:
            end = fence_end(lines, at, opening[1])
            if end is not None:
                at = end + 1
                continue
        if lines[at].strip() == "<!-- SW:BOARD -->":
            end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == "<!-- /SW:BOARD -->"), None)
            if end is not None:
                at = end + 1
                continue
        shown.append(lines[at])
        at += 1
    return shown


def box_state(inside):
    inside = inside.strip()
    if inside.lower() == "x" or inside in ("✅", "✔", "☑", "✓"):
        return "done"
    return {"": "open", "-": "skipped"}.get(inside, "partial")


def status_state(value):
    value = value.strip()
    box = re.match(r"\[(.?)\]", value)
    if box:
        return box_state(box[1])
    words = re.sub(r"^[\W_]+", "", value)
    if re.match(r"(completed?|done|finished)(?![\w-])", words, re.I):
        return "done"
    if re.match(r"(skipped|cancell?ed|dropped)(?![\w-])", words, re.I):
        return "skipped"
    if re.match(r"\W*[✅✔☑✓]", value) and re.match(r"$|(implemented|merged|shipped|deployed|fixed|resolved|verified)\b", words, re.I):
        return "done"
    return "open" if value else None


def without_code(line):
    return re.sub(r"`[^`]*`", lambda code: "" if "**" in code[0] else code[0], line)


def task_state(heading, lines):
    said = []
    boxes = []
    for at, line in enumerate([heading["title"]] + lines):
        state_line = STATE_LINE.match(line) if at else None
        if state_line:
            said.append({"x": "done", "-": "skipped"}.get(state_line[1], "open"))
            if state_line[2] == "skipped":
                said[-1] = "skipped"
            continue
        plain = "" if re.match(r"\s*- AC:", line) else re.sub(r"\*\*test\*\*:.*", "", without_code(line), flags=re.I)
        said += [status_state(found) for found in STATUS.findall(plain)]
        for found in COMPLETED.findall(plain):
            if found.strip() and not re.match(r"\W*$|\[ ?\]|\W*(no|n/a|tbd|none|pending|not)\b", found.strip(), re.I):
                said.append("done")
        box = BOX.match(line) if at else None
        if box and re.match(r"\[[xX]\]", line):
            said.append("done")
        elif box:
            boxes.append(box_state(box[1]))
    said = [state for state in said if state]
    if "done" in said:
        return "done"
    if said:
        return said[0]
    lead = heading["lead"]
    box = re.search(r"\[(.?)\]", lead)
    if box:
        return box_state(box[1])
    title = heading["title"].rstrip()
    if re.search("[✅✔☑✓]", lead) or re.search(
        r"[✅✔☑✓]\W*((completed?|done|finished)\W*)?$|[\[(]\s*(completed?|done|finished|x)\s*[\])]$", title, re.I
    ):
        return "done"
    if "done" in boxes and set(boxes) <= {"done", "skipped"}:
        return "done"
    return "open"


def references(lines):
    found = []
    for line in lines:
        for groups in REFERENCES.findall(line):
            found += re.findall(AC_ID, " ".join(groups))
    return found


def tasks_of(lines):
    """(name, state, the criteria it names)"""
    sections, current = [], None
    listed = []
    for line in lines:
        heading = HEADING.match(line)
        if heading:
            level, content = len(heading[1]), heading[2] or ""
            task = TASK_HEADING.match(content) if level > 1 else None
            if task and not task["title"] and NOTE.search(task["id"]):
                task = None
            if task:
                current = (task.groupdict(), level, [])
                sections.append(current)
                continue
            if current and (level <= 2 or level < current[1] or re.match(r"\W*US-\d", content)):
                current = None
            continue
        if current:
            current[2].append(line)
        else:
            item = LIST_TASK.match(line)
            if item:
                listed.append((item[2], box_state(item[1]), re.findall(AC_ID, line)))
    if sections:
        return [(task["id"], task_state(task, own), references(own)) for task, _, own in sections]
    return listed


def split_spec(lines):
    """The lines outside of tasks, and those under `## Tasks`."""
    outside, inside, in_tasks = [], [], False
    for line in lines:
        heading = HEADING.match(line)
        if heading and len(heading[1]) <= 2:
            in_tasks = len(heading[1]) == 2 and (heading[2] or "").strip(": ").lower() == "tasks"
        (inside if in_tasks else outside).append(line)
    return outside, inside


def criteria_of(lines):
    found = []
    for line in lines:
        boxed, inline = BOXED_CRITERION.match(line), INLINE_CRITERION.match(line)
        if boxed:
            found.append((boxed[2], box_state(boxed[1])))
        elif inline:
            found.append((inline[1], box_state(inline[2])))
    return found


def fold(text):
    """{task: state} of the ledger."""
    events = []
    for at, line in enumerate(text.replace("\ufeff", "").split("\n")):
        try:
            event = json.loads(line)
            when = datetime.fromisoformat(event["at"].replace("Z", "+00:00"))
            events.append((when, event["by"], at, event))
        except (ValueError, KeyError, TypeError):
            continue
    states = {}
    for when, by, _, event in sorted(events, key=lambda event: event[:3]):
        task, kind = event["t"], event["e"]
        state, owner, since = states.get(task, ("open", None, None))
        held = state in ("claimed", "blocked") and owner != by and when - since <= timedelta(hours=2)
        if task == "*" or held and kind != "release":
            continue
        if kind in ("claim", "block") and state not in ("done", "skipped"):
            states[task] = ("claimed" if kind == "claim" else "blocked", by, when)
        elif kind == "release" and state in ("claimed", "blocked") and owner == by:
            states[task] = ("open", None, None)
        elif kind == "done" and (event.get("evidence") or "").strip() and state != "skipped":
            states[task] = ("done", by, when)
        elif kind == "skip" and (event.get("note") or "").strip() and state not in ("done", "skipped"):
            states[task] = ("skipped", by, when)
    return {task: state for task, (state, _, _) in states.items()}


def count(case):
    outside, inside = split_spec(visible(case["spec"]))
    tasks_lines = visible(case["tasks"]) if case["tasks"] is not None else None
    ledger = case["ledger"]
    three = tasks_lines is None and (inside or ledger is not None)
    tasks = tasks_of(tasks_lines if tasks_lines is not None else inside if three else [])
    folded = fold(ledger) if ledger is not None else {}
    states = [(name, folded.get(name, state), named) for name, state, named in tasks]
    criteria = criteria_of(outside)
    if three:
        by_tasks = {}
        for _, state, named in states:
            for name in named:
                by_tasks[name] = by_tasks.get(name, True) and state == "done"
        criteria = [(name, "done" if by_tasks.get(name) else state) for name, state in criteria]

    def tally(states):
        states = list(states)
        return [states.count("done"), states.count("skipped"), len(states)]

    return {"tasks": tally(state for _, state, _ in states), "criteria": tally(state for _, state in criteria)}


for line in sys.stdin:
    print(json.dumps(count(json.loads(line))), flush=True)
