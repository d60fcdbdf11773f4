#!/usr/bin/env python3
"""Shows that no files of src import each other in a circle, and that no type name is defined twice.

    tests/imports.py                     all of src
    tests/imports.py --only src/model    circles and names within one folder

`use crate::…` and `crate::…::` in code are imports; `mod x;` is none, and what a module re-exports counts for the file
that defines it. Exits 1 when there is a circle or a name that is defined twice.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = r"[A-Za-z_][A-Za-z0-9_]*"


def without_comments_and_strings(text):
    """Each comment and string replaced by a blank, so that no word in them counts."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"' + r"|b?'(?:\\[^\n]{1,9}?|[^\\'\n])'", re.DOTALL
    )
    return token.sub(" ", text)


def without_tests(text):
    """Without `#[cfg(test)] mod tests { … }`: tests may import what they like."""
    while match := re.search(r"#\[cfg\(test\)\]\s*mod\s+" + NAME + r"\s*\{", text):
        depth, at = 1, match.end()
        while depth and at < len(text):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        text = text[: match.start()] + text[at:]
    return text


def module_of(path):
    parts = list(path.relative_to(ROOT / "src").with_suffix("").parts)
    if parts[-1] in ("mod", "lib"):
        parts.pop()
    return tuple(parts)


def split(text):
    """The parts of `a, b::{c, d}` between the outer commas."""
    depth, part = 0, ""
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            yield part
            part = ""
        else:
            part += char
    yield part


def leaves(tree, before=()):
    """A use tree -> each path it names, with the name it gets."""
    tree = tree.strip()
    if not tree:
        return
    head, brace, rest = tree.partition("{")
    if brace:
        before += tuple(part.strip() for part in head.split("::") if part.strip())
        for part in split(rest.rsplit("}", 1)[0]):
            yield from leaves(part, before)
        return
    path, _, alias = tree.partition(" as ")
    path = before + tuple(part.strip() for part in path.split("::"))
    if path[-1] == "self":
        path = path[:-1]
    yield path, alias.strip() or path[-1]


class Sources:
    def __init__(self):
        self.code, self.files = {}, {}
        for path in sorted((ROOT / "src").rglob("*.rs")):
            module = module_of(path)
            if path.name == "main.rs":
                continue
            self.files[module] = path.relative_to(ROOT).as_posix()
            self.code[module] = without_tests(without_comments_and_strings(path.read_text()))
        # What a module makes available under a name of its own.
        self.exports = {}
        for module, code in self.code.items():
            for tree in re.findall(r"\bpub(?:\([^)]*\))?\s+use\s+([^;]+);", code):
                for path, name in leaves(tree):
                    self.exports.setdefault(module, {})[name] = self.absolute(path, module)

    def absolute(self, path, module):
        """A path from the crate's root, or none where it leads to another crate."""
        if path[0] == "crate":
            return path[1:]
        if path[0] in ("self", "super"):
            up = sum(part == "super" for part in path)
            rest = tuple(part for part in path if part not in ("self", "super"))
            return module[: len(module) - up] + rest
        return module + path if module + path[:1] in self.code else None

    def resolve(self, path, seen=()):
        """The module that defines what a path names."""
        for length in range(len(path), -1, -1):
            module = path[:length]
            if module not in self.code:
                continue
            if length < len(path) and path not in seen:
                target = self.exports.get(module, {}).get(path[length])
                if target is not None:
                    return self.resolve(target + path[length + 1 :], (*seen, path))
            return module
        return None

    def imports(self, module):
        code = self.code[module]
        paths = set()
        for visibility, tree in re.findall(r"\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", code):
            # A re-export is no import: who uses the name imports the file behind it.
            if not visibility:
                paths.update(path for path, _ in leaves(tree))
        code = re.sub(r"\buse\s+[^;]+;", " ", code)
        paths.update(tuple(path.split("::")) for path in re.findall(r"\b(?:crate|super|self)(?:::" + NAME + ")+", code))
        # `text::mask` in a file that has `mod text;` of its own.
        for child in re.findall(r"\bmod\s+(" + NAME + r")\s*;", code):
            if re.search(r"(?<![:\w.])" + child + "::", code):
                paths.add(("self", child))
        found = set()
        for path in paths:
            absolute = self.absolute(path, module)
            if absolute is not None:
                found.add(self.resolve(absolute))
        return found - {module, None}


def circles(graph):
    """The strongly connected components of more than one file (Tarjan)."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            at = stack.index(node)
            component = stack[at:]
            del stack[at:]
            if len(component) > 1:
                found.append(component)

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="FOLDER", default="src", help="look only at this folder, such as src/model")
    only = parser.parse_args().only.rstrip("/") + "/"
    sys.setrecursionlimit(10_000)
    sources = Sources()
    inside = {module for module, file in sources.files.items() if file.startswith(only)}
    if not inside:
        parser.error(f"no Rust files in {only}")
    graph = {module: sources.imports(module) & inside for module in inside}
    failed = False
    for component in circles(graph):
        failed = True
        print("import circle:")
        for module in sorted(component):
            others = sorted(sources.files[other] for other in graph[module] if other in component)
            print(f"  {sources.files[module]} imports {', '.join(others)}")
    places = {}
    for module in sorted(inside):
        # A `type` that is indented belongs to a trait.
        for name in re.findall(rf"(?m)\b(?:struct|enum|trait|union)\s+({NAME})|^(?:pub\S*\s+)?type\s+({NAME})", sources.code[module]):
            places.setdefault("".join(name), []).append(sources.files[module])
    for name, files in sorted(places.items()):
        if len(files) > 1:
            failed = True
            print(f"type name defined {len(files)} times: {name} in {', '.join(files)}")
    print(f"{len(inside)} files, {sum(map(len, graph.values()))} imports: {'failed' if failed else 'no circles, no name twice'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
