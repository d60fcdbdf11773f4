"""Positions in texts, as the protocol counts them: an independent reading to check the server's against."""

import re
import urllib.parse

LINE_END = re.compile(r"\r\n|\r|\n")


def line_starts(text):
    return [0] + [end.end() for end in LINE_END.finditer(text)]


def line_at(text, starts, line):
    end = starts[line + 1] if line + 1 < len(starts) else len(text)
    return text[starts[line] : end].rstrip("\r\n")


def width(text, encoding):
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    if encoding == "utf-16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def position(text, offset, encoding):
    starts = line_starts(text[:offset])
    return {"line": len(starts) - 1, "character": width(text[starts[-1] : offset], encoding)}


def offset(text, place, encoding):
    """Positions behind the end of a line or of the text mean that end."""
    starts = line_starts(text)
    if place["line"] >= len(starts):
        return len(text)
    left, at = place["character"], starts[place["line"]]
    for char in line_at(text, starts, place["line"]):
        left -= width(char, encoding)
        if left < 0:
            break
        at += 1
    return at


def outside(text, span, encoding):
    """What is wrong with a range in a text, or None."""
    starts = line_starts(text)
    for name in ("start", "end"):
        place = span[name]
        if place["line"] >= len(starts):
            return f"{name} is on line {place['line']} of {len(starts)}"
        line = line_at(text, starts, place["line"])
        if place["character"] > width(line, encoding):
            return f"{name} is at character {place['character']} of {width(line, encoding)}"
        widths = [0]
        for char in line:
            widths.append(widths[-1] + width(char, encoding))
        if place["character"] not in widths:
            return f"{name} is inside a character"
    if order(span["start"]) > order(span["end"]):
        return "it starts behind its end"
    return None


def order(place):
    return (place["line"], place["character"])


def holds(outer, inner):
    return order(outer["start"]) <= order(inner["start"]) and order(inner["end"]) <= order(outer["end"])


def apply_edits(text, edits, encoding):
    spans = [(offset(text, e["range"]["start"], encoding), offset(text, e["range"]["end"], encoding), e) for e in edits]
    for start, end, edit in sorted(spans, key=lambda span: span[:2], reverse=True):
        text = text[:start] + edit["newText"] + text[end:]
    return text


def to_uri(path):
    return "file://" + urllib.parse.quote(path)


def to_path(uri):
    parts = urllib.parse.urlsplit(uri)
    return urllib.parse.unquote(parts.path) if parts.scheme == "file" else None


def uri_key(uri):
    """Equal for two spellings of one URI."""
    return urllib.parse.unquote(uri)
