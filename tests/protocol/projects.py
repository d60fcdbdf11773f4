"""Random projects: ordinary increments, and those that break what code expects of a text."""

import os

STATUSES = ["planning", "active", "backlog", "paused", "completed", "abandoned", "ready_for_review", "nonsense", "done"]
TASKS = "# Tasks\n\n### T-001: Do it\n**Satisfies ACs**: AC-US1-01\n**Status**: [ ] pending\n"
STORY = "### US-001: Story\n- [ ] **AC-US1-01**: criterion\n"
MANY = range(40)

ODD = {
    "0901-crlf": (
        "---\r\nincrement: 0901-crlf\r\ntitle: 'a'\r\nstatus: active\r\n---\r\n# x\r\n",
        '{\r\n  "id": "0901-crlf",\r\n  "status": "completed"\r\n}\r\n',
        "# T\r\n### T-001: a\r\n**Status**: [ ] pending\r\n",
    ),
    "0902-mark": ("\ufeff---\nincrement: 0902-mark\nstatus: active\n---\n", '\ufeff{"status":"completed"}', None),
    "0903-wide": (
        '---\nincrement: 0903-wide\ntitle: "🎉🎉 𝒳 é"\nstatus: "active" # 🎉\n---\n### US-001: 🎉 story\n'
        "- [ ] **AC-US1-01**: 🎉 criterion of 0901-crlf\n",
        '{"id": "0903-wide", "🎉": "🎉", "status": "paused", "x": 1}',
        "### T-001: 🎉 do\n**Satisfies ACs**: AC-US1-01\n**Status**: [ ] pending\n",
    ),
    "0904-cr": ("---\rincrement: 0904-cr\rstatus: active\r---\r", '{\r"status": "planning"\r}', None),
    "0905-broken": ("---\nincrement: [\nstatus: active\n---\n", '{"status": "active",}', None),
    "0906-spec-only": ("---\nstatus: active\n---\n", None, None),
    "0907-metadata-only": (None, '{"status": "active"}', None),
    "0908-latin": (b"---\ntitle: \xe9\xe8\nstatus: active\n---\n", b'{"status": "\xe9"}', None),
    "0909-twice": ("---\nstatus: active\nstatus: paused\n---\n", '{"status": "active", "status": "paused"}', None),
    "0910-separators": (
        "---\ntitle: a\u2028b\u0085c\nstatus: active\n---\nx\u2028y 0901-crlf\u2029z",
        '{"title": "a\u2028b", "status": "completed"}',
        None,
    ),
    "0911-empty": ("", "", ""),
    "0912-tabs é x": ("---\nstatus:\tactive\n---\n", '{"status":\t"done"}', None),
    "0913-no-end": ("---\nstatus: active", '{"status": "active"', None),
    "0914-no-fence": ("---\nstatus: active\n\n# no fence 0901-crlf US-001 T-001\n", '{"status": "completed"}', None),
    "0901-same": ("---\nstatus: active\n---\n", '{"status": "active"}', None),
    "_archive/0915-old": ("---\nstatus: active\n---\n", '{"status": "completed"}', None),
    "0916-types": ("---\nstatus: [a, b]\nincrement: 916\n---\n", '{"status": {"a": 1}, "id": 5}', None),
    "0917-block": (
        "---\nstatus: |\n  active\n  paused\nincrement: >-\n  0917-block\n---\n",
        '{"status": "active\\n\\u0070aused"}',
        None,
    ),
    "0918-nul": (b"---\nstatus: ac\x00tive\n---\n", b'{"status": "a\x00"}', None),
    "0919-long": ("---\nstatus: " + "x" * 5000 + "\n---\n", '{"status": "' + "y" * 5000 + '"}', None),
    "0920-blank": ('---\nstatus: ""\n---\n', '{"status": "active"}', None),
    "0921-many": (
        "---\nstatus: active\n---\n" + "".join(f"### US-{n:03}: s\n- [ ] **AC-US{n}-01**: c\n" for n in MANY),
        '{"status": "active"}',
        "".join(f"### T-{n:03}: t\n**Satisfies ACs**: AC-US{n}-01\n**Status**: [x] completed\n" for n in MANY),
    ),
    "FS-016": ("---\nstatus: active\n---\n", '{"status": "paused"}', None),
}


def write(root, name, spec, metadata, tasks):
    folder = os.path.join(root, ".specweave", "increments", name)
    os.makedirs(folder, exist_ok=True)
    for file, body in (("spec.md", spec), ("metadata.json", metadata), ("tasks.md", tasks)):
        if body is not None:
            with open(os.path.join(folder, file), "wb") as out:
                out.write(body if isinstance(body, bytes) else body.encode())


def ordinary(root, dice, count):
    for number in range(1, count + 1):
        name = f"{number:04}-made"
        spec = dice.choice(STATUSES)
        other = spec if dice.random() < 0.8 else dice.choice(STATUSES)
        front = f'---\nincrement: {name}\ntitle: "Made {number}"\nstatus: {spec}\ncreated: 2025-11-20\n---\n\n'
        write(root, name, front + STORY, f'{{\n  "id": "{name}",\n  "status": "{other}"\n}}\n', TASKS)


def make(root, dice):
    """A project with the odd increments, a nested one, and SpecWeave's own caches."""
    ordinary(root, dice, dice.choice([3, 20, 60]))
    for name, files in ODD.items():
        if dice.random() < 0.8:
            write(root, name, *files)
    write(
        os.path.join(root, "packages", "one"), "0001-nested", "---\nstatus: active\n---\n", '{"status": "paused"}', None
    )
    state = os.path.join(root, ".specweave", "state")
    os.makedirs(state)
    with open(os.path.join(state, "status-line.json"), "w", encoding="utf-8") as out:
        out.write('{"current": {"id": "0901-crlf"}, "openCount": 5, "openIncrements": [{"id":"0903-wide"}]}')
    with open(os.path.join(state, "active-increment.json"), "w", encoding="utf-8") as out:
        out.write('{"ids": ["0903-wide", "0007-gone"]}')


def files(root):
    found = []
    for folder, _, names in os.walk(root):
        found += [os.path.join(folder, name) for name in names if name.endswith((".md", ".json"))]
    return sorted(found)
