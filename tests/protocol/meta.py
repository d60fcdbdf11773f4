"""The protocol's meta model as a judge of single messages. The model is data from outside the project: a folder with
`metaModel-VERSION.json`, plain or as `.xz`."""

import glob
import json
import lzma
import os
import re

URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
NOT_IN_A_URI = re.compile(r"[\x00-\x20<>\"{}|\\^`]|%(?![0-9A-Fa-f]{2})|[^\x00-\x7f]")


def models(folder):
    """The meta models in a folder, by version."""
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "metaModel-*.json*"))):
        opener = lzma.open if path.endswith(".xz") else open
        with opener(path, "rt", encoding="utf-8") as file:
            found[re.search(r"metaModel-([\d.]+)\.json", path)[1]] = MetaModel(json.load(file))
    return found


def is_uri(value):
    return isinstance(value, str) and URI.match(value) is not None and NOT_IN_A_URI.search(value) is None


def is_integer(value, low):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value < 2**31


BASE = {
    "string": lambda value: isinstance(value, str),
    "RegExp": lambda value: isinstance(value, str),
    "integer": lambda value: is_integer(value, -(2**31)),
    "uinteger": lambda value: is_integer(value, 0),
    "decimal": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "URI": is_uri,
    "DocumentUri": is_uri,
}
ANYTHING = {"LSPAny", "LSPObject", "LSPArray"}


class MetaModel:
    def __init__(self, model):
        self.structures = {item["name"]: item for item in model["structures"]}
        self.enumerations = {item["name"]: item for item in model["enumerations"]}
        self.aliases = {item["name"]: item for item in model["typeAliases"]}
        self.requests = {item["method"]: item for item in model["requests"]}
        self.notifications = {item["method"]: item for item in model["notifications"]}
        self.known_properties = {}

    def properties(self, name):
        if name not in self.known_properties:
            structure = self.structures[name]
            found = {}
            for base in structure.get("extends", []) + structure.get("mixins", []):
                found.update(self.properties(base["name"]))
            found.update({item["name"]: item for item in structure["properties"]})
            self.known_properties[name] = found
        return self.known_properties[name]

    def check(self, kind, value, at):
        """The complaints about a value, none for one that fits."""
        return getattr(self, "check_" + kind["kind"])(kind, value, at)

    def check_base(self, kind, value, at):
        return [] if BASE[kind["name"]](value) else [f"{at} is no {kind['name']}: {shown(value)}"]

    def check_reference(self, kind, value, at):
        name = kind["name"]
        if name in ANYTHING:
            return []
        if name in self.structures:
            return self.members(self.properties(name), value, at, name)
        if name in self.enumerations:
            return self.enumerated(self.enumerations[name], value, at)
        return self.check(self.aliases[name]["type"], value, at)

    def enumerated(self, enumeration, value, at):
        if enumeration.get("supportsCustomValues"):
            return self.check(enumeration["type"], value, at)
        values = [item["value"] for item in enumeration["values"]]
        if value in values and type(value) is type(values[0]):
            return []
        return [f"{at} is no {enumeration['name']}: {shown(value)}"]

    def check_array(self, kind, value, at):
        if not isinstance(value, list):
            return [f"{at} is no array: {shown(value)}"]
        return [complaint for item in value for complaint in self.check(kind["element"], item, at + "[]")]

    def check_map(self, kind, value, at):
        if not isinstance(value, dict):
            return [f"{at} is no map: {shown(value)}"]
        keys = [complaint for key in value for complaint in self.check(kind["key"], key, at + " key")]
        return keys + [c for item in value.values() for c in self.check(kind["value"], item, at + ".*")]

    def check_and(self, kind, value, at):
        return [complaint for item in kind["items"] for complaint in self.check(item, value, at)]

    def check_or(self, kind, value, at):
        tried = [self.check(item, value, at) for item in kind["items"]]
        return min(tried, key=len)

    def check_tuple(self, kind, value, at):
        if not isinstance(value, list) or len(value) != len(kind["items"]):
            return [f"{at} is no tuple: {shown(value)}"]
        return [c for item, part in zip(kind["items"], value) for c in self.check(item, part, at + "[]")]

    def check_literal(self, kind, value, at):
        return self.members({item["name"]: item for item in kind["value"]["properties"]}, value, at, "literal")

    def check_stringLiteral(self, kind, value, at):
        return [] if value == kind["value"] else [f"{at} is not {kind['value']!r}: {shown(value)}"]

    check_integerLiteral = check_stringLiteral
    check_booleanLiteral = check_stringLiteral

    def members(self, properties, value, at, name):
        if not isinstance(value, dict):
            return [f"{at} is no {name}: {shown(value)}"]
        found = []
        for key, item in properties.items():
            if key in value:
                found += self.check(item["type"], value[key], f"{at}.{key}")
            elif not item.get("optional"):
                found.append(f"{at} has no {key} ({name})")
        return found + [f"{at} has an unknown member {key} ({name})" for key in value if key not in properties]


def shown(value, limit=120):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"
