"""Replacements put into the bytes of a file: no byte outside of them can change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class ReplacementError(Exception):
    """A text cannot be replaced without losing something; the message says what."""


class Piece(NamedTuple):
    """A piece of the original, and what takes its place; nothing is put in where it is empty."""

    start: int
    end: int
    text: bytes


class Splice(NamedTuple):
    """A piece of the original that was replaced: where it was, and how long the new text is."""

    start: int
    end: int
    length: int


@dataclass(slots=True, eq=False)
class Replacement:
    """Something to replace, whose new text is made of its old one.

    Attributes:
        start: Where it starts.
        end: Where it ends.
        write: Makes the new text of the old one, in which the replacements inside it are made;
            raises ReplacementError where that cannot be done.
        done: Called with the new text.
        failed: Called with the reason where it cannot be made; the old text stays.
        inner: The replacements inside it.
    """

    start: int
    end: int
    write: Callable[[str], str]
    done: Callable[[bytes], None]
    failed: Callable[[str], None]
    inner: list[Replacement] = field(default_factory=list)


def written(replacements: Iterable[Replacement], data: bytes) -> list[Piece]:
    """Make the new texts, those inside of others first.

    Args:
        replacements: What to replace. Of any two, one lies in the other, or they lie apart.
        data: The original.

    Returns:
        The outermost of them as pieces, in order.
    """
    return [Piece(r.start, r.end, _written(r, data)) for r in _nested(replacements)]


def _written(replacement: Replacement, data: bytes) -> bytes:
    out: list[bytes] = []
    at = replacement.start
    for inner in replacement.inner:
        out += (data[at : inner.start], _written(inner, data))
        at = inner.end
    text = b"".join(out) + data[at : replacement.end]
    try:
        new = replacement.write(text.decode("utf-8")).encode("utf-8")
    except ReplacementError as error:
        replacement.failed(str(error))
        return text
    before = data[replacement.start - 1 : replacement.start]
    if (before.isalnum() or before == b"_") and new[:1] not in b"([{":
        new = b" " + new  # `return(tf.assign)(v, x)` has no blank to keep words apart
    replacement.done(new)
    return new


def _nested(replacements: Iterable[Replacement]) -> list[Replacement]:
    """Put each replacement into the one around it; return the outermost ones, in order."""
    outermost: list[Replacement] = []
    around: list[Replacement] = []
    for one in sorted(replacements, key=lambda r: (r.start, -r.end)):
        while around and around[-1].end <= one.start:
            around.pop()
        (around[-1].inner if around else outermost).append(one)
        around.append(one)
    return outermost


def splice(data: bytes, pieces: Iterable[Piece]) -> tuple[bytes, Sequence[Splice]]:
    """Put pieces that lie apart into a text; return it, and where they were."""
    out: list[bytes] = []
    splices: list[Splice] = []
    at = 0
    for start, end, new in sorted(pieces):
        out += (data[at:start], new)
        splices.append(Splice(start, end, len(new)))
        at = end
    return b"".join(out) + data[at:], splices
