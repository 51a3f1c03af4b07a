"""Reads what a program took out of TensorFlow, as ``recorder/fetched_values.py`` wrote it down."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

# Limits of what is read of a file: lines, and characters of a line.
_LINES_LIMIT = 1 << 19
_LINE_LIMIT = 1 << 14
# Types of which a single number is written as its bytes.
_NUMBERS = frozenset(
    (
        "bool",
        "float16",
        "float32",
        "float64",
        *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)),
    )
)


@dataclass(frozen=True)
class Value:
    """A value that left TensorFlow: the step, what stands for it, its text if it is a number."""

    step: int
    digest: str
    text: str


@dataclass(frozen=True)
class Stream:
    """The values of one fetched tensor, or of one line of eager code.

    Attributes:
        label: The tensor's name, or the line.
        site: Where it was first taken: path and line.
        dtype: Its type.
        shape: The shape of the first value.
        values: The values, in order.
        order: The place of each among all values of the run.
    """

    label: str
    site: str
    dtype: str
    shape: tuple[int, ...]
    values: list[Value] = field(default_factory=list)
    order: list[int] = field(default_factory=list)


def read_fetches(path: Path) -> tuple[Stream, ...]:
    """Reads what ``recorder/fetched_values.py`` wrote; what makes no sense is left out."""
    streams: dict[int, Stream] = {}
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LINE_LIMIT), "")):
                if number == _LINES_LIMIT:
                    break
                try:
                    _read(json.loads(line), number, streams)
                except (ValueError, TypeError, KeyError, RecursionError):
                    continue
    except OSError:
        return ()
    return tuple(streams.values())


def _read(record: Any, number: int, streams: dict[int, Stream]) -> None:
    if isinstance(record, list):
        identity, step, value = record
        stream = streams[identity]
        stream.values.append(Value(int(step), str(value), _text(stream, str(value))))
        stream.order.append(number)
    else:
        path, line = record["site"]
        shape = tuple(int(size) for size in record["shape"])
        streams[record["stream"]] = Stream(
            str(record["label"]), f"{path}:{line}", str(record["dtype"]), shape
        )


def _text(stream: Stream, value: str) -> str:
    """A single number in words; "" for all else."""
    if math.prod(stream.shape) != 1 or stream.dtype not in _NUMBERS:
        return ""
    (number,) = np.frombuffer(bytes.fromhex(value), np.dtype(stream.dtype).newbyteorder("<"))
    return str(number)
