"""A map of a code base: one rectangle for each file, as large as its code is long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

WIDTH, HEIGHT = 1000.0, 560.0
_LABEL = 15.0
_GAP = 1.5
_LETTER = 6.6
"""How wide a letter of a label is, about."""


class Leaf(NamedTuple):
    """A file to draw.

    Attributes:
        path: Its path.
        size: How large it is.
        kind: What it is coloured by.
    """

    path: str
    size: int
    kind: str


class Box(NamedTuple):
    """A rectangle of the map.

    Attributes:
        x: Its left side.
        y: Its upper side.
        width: How wide it is.
        height: How high it is.
        kind: What it is coloured by; "" for a folder.
        title: What it stands for.
        label: The part of that for which there is room.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str
    label: str


@dataclass(slots=True)
class _Folder:
    name: str
    path: str
    size: int = 0
    folders: dict[str, _Folder] = field(default_factory=dict)
    files: list[Leaf] = field(default_factory=list)


class _Rectangle(NamedTuple):
    x: float
    y: float
    width: float
    height: float


def draw(leaves: Iterable[Leaf]) -> list[Box]:
    """Return the rectangles of a map, folders before what lies in them."""
    top = _tree(leaf for leaf in leaves if leaf.size > 0)
    return list(_folder(top, _Rectangle(0, 0, WIDTH, HEIGHT))) if top.size else []


def _tree(leaves: Iterable[Leaf]) -> _Folder:
    top = _Folder("", "")
    for leaf in leaves:
        folder = top
        top.size += leaf.size
        for part in PurePath(leaf.path).parent.parts:
            path = str(PurePath(folder.path, part))
            folder = folder.folders.setdefault(part, _Folder(part, path))
            folder.size += leaf.size
        folder.files.append(leaf)
    while len(top.folders) == 1 and not top.files:  # what all have in common says nothing
        (top,) = top.folders.values()
    return top


def _folder(folder: _Folder, place: _Rectangle) -> Iterator[Box]:
    name = f"{folder.name or '.'}/"
    yield Box(*place, "", f"{folder.path or '.'}/", _cut(name, place))
    x, y, width, height = place
    top = _LABEL if height > 3 * _LABEL and width > 6 * _LETTER else _GAP
    inner = _Rectangle(x + _GAP, y + top, width - 2 * _GAP, height - top - _GAP)
    if inner.width <= 0 or inner.height <= 0:
        return
    parts: list[_Folder | Leaf] = [*folder.folders.values(), *folder.files]
    parts.sort(key=lambda one: (-one.size, one.path))
    for part, box in zip(parts, squarified([one.size for one in parts], inner), strict=True):
        if isinstance(part, Leaf):
            name = PurePath(part.path).name
            title = f"{part.path}: {part.kind}, {part.size} lines"
            yield Box(*box, part.kind, title, _cut(name, box))
        else:
            yield from _folder(part, box)


def squarified(
    sizes: Sequence[float], place: tuple[float, float, float, float]
) -> list[_Rectangle]:
    """Divide a rectangle into others that are close to squares.

    The algorithm is that of Bruls, Huizing and van Wijk (Squarified Treemaps, 2000).

    Args:
        sizes: Their sizes, the largest first; all are more than nothing.
        place: The rectangle: its left side, its upper side, its width and its height.
    """
    found: list[_Rectangle] = []
    left = _Rectangle(*place)
    total = sum(sizes)
    scale = left.width * left.height / total if total else 0.0
    areas = [size * scale for size in sizes]
    at = 0
    while at < len(areas):
        side = min(left.width, left.height)
        end = at + 1
        while end < len(areas) and _worst(areas[at : end + 1], side) <= _worst(areas[at:end], side):
            end += 1
        row, left = _row(areas[at:end], left)
        found += row
        at = end
    return found


def _worst(areas: Sequence[float], side: float) -> float:
    """Return how far from a square the worst rectangle of a row is."""
    total = sum(areas)
    if not total or not side:
        return float("inf")
    return max(side * side * max(areas) / total**2, total**2 / (side * side * min(areas)))


def _row(areas: Sequence[float], place: _Rectangle) -> tuple[list[_Rectangle], _Rectangle]:
    """Lay out a row along the shorter side; return it, and the rest of the place."""
    x, y, width, height = place
    total = sum(areas)
    found = []
    if width >= height:
        deep = min(total / height, width) if height else 0.0
        for area in areas:
            size = area / total * height
            found.append(_Rectangle(x, y, deep, size))
            y += size
        return found, _Rectangle(x + deep, place.y, max(width - deep, 0.0), height)
    deep = min(total / width, height) if width else 0.0
    for area in areas:
        size = area / total * width
        found.append(_Rectangle(x, y, size, deep))
        x += size
    return found, _Rectangle(place.x, y + deep, width, max(height - deep, 0.0))


def _cut(text: str, place: _Rectangle) -> str:
    """Return the text, or its beginning, that a rectangle has room for."""
    if place.height < _LABEL:
        return ""
    room = int((place.width - 6) / _LETTER)
    if len(text) <= room:
        return text
    return text[: room - 1] + "…" if room >= 5 else ""
