"""Texts inside a JSON document are replaced, and every other byte of it is kept."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping

Key = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|[^\s\[\]{},:"]+')
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.",
    re.DOTALL,
)
_Span = tuple[int, int]


def with_strings(text: str, values: Mapping[Key, str]) -> str:
    """Return a document with other texts at some places.

    Only the lines that differ are written anew, with the escapes that stand in what stays of
    them. A new character is escaped if it must be, or if the document is all ASCII.

    Args:
        text: The document, valid JSON.
        values: The new texts. At each place there is a string, or a list of strings: a text in
            lines.
    """
    strings: dict[Key, _Span] = {}
    lists: dict[Key, list[_Span]] = {}
    for key, start, end in _strings(text):
        if key in values:
            strings[key] = (start, end)
        elif key[:-1] in values:
            lists.setdefault(key[:-1], []).append((start, end))
    edits: list[tuple[int, int, str]] = []
    for key, value in values.items():
        if key in strings:
            start, end = strings[key]
            edits.append((start + 1, end - 1, _respelled(text, text[start + 1 : end - 1], value)))
        else:
            edits += _list_edits(text, lists[key], value)
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _strings(text: str) -> Iterator[tuple[Key, int, int]]:
    """Yield the strings that are values, with their places in the document and in the text."""
    path: list[str | int | None] = []  # for objects the key, None before it; for lists the index
    objects: list[bool] = []
    for match in _TOKEN.finditer(text):
        first = text[match.start()]
        if first == '"':
            if objects and objects[-1] and path[-1] is None:
                path[-1] = json.loads(match[0])
            else:
                yield tuple(p for p in path if p is not None), match.start(), match.end()
        elif first in "{[":
            objects.append(first == "{")
            path.append(None if objects[-1] else 0)
        elif first in "}]":
            objects.pop()
            path.pop()
        elif first == "," and objects:
            at = path[-1]
            path[-1] = None if objects[-1] or not isinstance(at, int) else at + 1


def _list_edits(text: str, spans: list[_Span], value: str) -> Iterator[tuple[int, int, str]]:
    old = [json.loads(text[start:end]) for start, end in spans]
    new = _lines(value)
    if old != _lines("".join(old)):
        # Not one line to a string, as it should be: all of them are written anew.
        operations = [("replace", 0, len(old), 0, len(new))]
    else:
        operations = list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    between = text[spans[0][1] : spans[1][0]] if len(spans) > 1 else ", "
    for kind, i1, i2, j1, j2 in operations:
        if kind == "equal":
            continue
        if i2 - i1 == j2 - j1:
            for (start, end), line in zip(spans[i1:i2], new[j1:j2], strict=True):
                yield start + 1, end - 1, _respelled(text, text[start + 1 : end - 1], line)
            continue
        written = [f'"{_spelled(text, line)}"' for line in new[j1:j2]]
        if kind == "insert" and i1 < len(spans):
            yield spans[i1][0], spans[i1][0], "".join(w + between for w in written)
        elif kind == "insert":
            yield spans[-1][1], spans[-1][1], "".join(between + w for w in written)
        elif kind == "delete":
            # With the comma after it, or the one before it; one that is alone has none.
            start = spans[i1 - 1][1] if i2 == len(spans) and i1 else spans[i1][0]
            end = spans[i2][0] if i2 < len(spans) else spans[i2 - 1][1]
            yield start, end, ""
        else:
            yield spans[i1][0], spans[i2 - 1][1], between.join(written)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _respelled(text: str, raw: str, value: str) -> str:
    """Return a new text for the inside of a string, spelled as what stays of the old one."""
    lines: list[tuple[str, list[str]]] = []  # each line, and how its characters are spelled
    characters: list[str] = []
    pieces: list[str] = []
    for piece in _CHARACTER.findall(raw):
        characters.append(json.loads(f'"{piece}"') if piece[0] == "\\" else piece)
        pieces.append(piece)
        if characters[-1] == "\n":
            lines.append(("".join(characters), pieces))
            characters, pieces = [], []
    lines.append(("".join(characters), pieces))
    old = [line for line, _ in lines]
    new = _lines(value)
    out: list[str] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            out += ["".join(spelling) for _, spelling in lines[i1:i2]]
        elif i2 - i1 == j2 - j1:
            for (before, spelling), after in zip(lines[i1:i2], new[j1:j2], strict=True):
                out.append(_changed(text, before, spelling, after))
        else:
            out.append(_spelled(text, "".join(new[j1:j2])))
    return "".join(out)


def _changed(text: str, before: str, spelling: list[str], after: str) -> str:
    """Return a new line with the spelling of how the old one begins and ends."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    end = len(spelling) - tail
    middle = _spelled(text, after[head : len(after) - tail])
    return "".join(spelling[:head]) + middle + "".join(spelling[end:])


def _common(first: str, second: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))


def _spelled(text: str, value: str) -> str:
    return json.dumps(value, ensure_ascii=text.isascii())[1:-1]
