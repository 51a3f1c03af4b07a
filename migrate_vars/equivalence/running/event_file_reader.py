"""Reads the event files that TensorFlow programs leave, which hold their summaries.

An event file is a series of records, each with its length before it, that are messages of
``event.proto``, in the binary encoding of protocol buffers. Both forms of a summary are read: the
fields that TensorFlow 1 writes (``simple_value``, ``histo``, ``image``, ``audio``), and the tensors
of ``tf.summary`` in TensorFlow 2. TensorFlow is not needed; what makes no sense is left out.
"""

from __future__ import annotations

import hashlib
import math
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# Limits of what is read of one run: values, and bytes of events.
VALUES_LIMIT = 200_000
_EVENT_LIMIT = 1 << 28
_ELEMENTS_LIMIT = 1 << 24
_TYPES: dict[int, str] = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 10: "?", 19: "<f2"}
# TensorProto: the field that holds the numbers of a type one by one, and how.
_LISTS = {1: (5, "<f4"), 2: (6, "<f8"), 3: (7, "varint"), 9: (10, "varint"), 10: (11, "varint")}

Field = tuple[int, int, Any]


@dataclass(frozen=True, slots=True)
class Histogram:
    """What both forms of a histogram say: the number of values, the least and the largest."""

    number: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One value that was written.

    Attributes:
        folder: The folder, as the names below that of all folders; "" where there is one only.
        tag: Its name.
        step: The step that the program gave it.
        kind: "scalar", "histogram", "image", "audio", "text" or "tensor".
        value: A number, a :class:`Histogram`, or a digest.
        detail: Tells values of one kind apart more closely: the digest of what was written.
    """

    folder: str
    tag: str
    step: int
    kind: str
    value: float | Histogram | str
    detail: str = ""


@dataclass(frozen=True)
class Summaries:
    """What a program summarised, in the order in which it was written.

    Attributes:
        values: The values.
        cut: Whether there are more.
    """

    values: tuple[Summary, ...] = ()
    cut: bool = False


def read_summaries(folders: Sequence[tuple[str, Sequence[str]]]) -> Summaries:
    """Reads what a run has summarised.

    Args:
        folders: Of each folder the event files that the run has left, in order.
    """
    written = [(folder, files) for folder, files in folders if files]
    names = _names([folder for folder, _ in written])
    found: list[Summary] = []
    for name, (_, files) in zip(names, written, strict=True):
        for file in files:
            for summary in _read_file(Path(file), name):
                if len(found) == VALUES_LIMIT:
                    return Summaries(tuple(found), True)
                found.append(summary)
    return Summaries(tuple(found))


def _names(folders: Sequence[str]) -> list[str]:
    """The folders, relative to that in which all of them are; one alone needs no name."""
    if len(folders) < 2:
        return [""] * len(folders)
    common = os.path.commonpath(folders)
    return [Path(os.path.relpath(folder, common)).as_posix() for folder in folders]


def _read_file(path: Path, folder: str) -> Iterator[Summary]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            while len(head := file.read(12)) == 12:
                (length,) = struct.unpack_from("<Q", head)
                if length > size or length > _EVENT_LIMIT:
                    return
                data = file.read(length)
                if len(data) < length or len(file.read(4)) < 4:
                    return
                yield from _event(data, folder)
    except OSError:
        return


def _event(data: bytes, folder: str) -> Iterator[Summary]:
    try:
        fields = list(_fields(data))
        step = next((_signed(value) for number, _, value in fields if number == 2), 0)
        for number, kind, value in fields:
            if number == 5 and kind == 2:
                for inner, inner_kind, item in _fields(value):
                    if inner == 1 and inner_kind == 2:
                        summary = _value(item, folder, step)
                        if summary is not None:
                            yield summary
    except (ValueError, OverflowError, struct.error):
        return  # damaged: what comes after it may be read


def _value(data: bytes, folder: str, step: int) -> Summary | None:
    """A ``Summary.Value``."""
    fields = {number: (kind, value) for number, kind, value in _fields(data)}
    tag = _bytes(fields, 1).decode(errors="replace")
    plugin = _plugin(_bytes(fields, 9))
    if plugin.startswith("graph"):
        return None  # a model's graph, which is no value
    if 2 in fields and fields[2][0] == 5:
        (number,) = struct.unpack("<f", fields[2][1])
        return Summary(folder, tag, step, "scalar", number)
    if 5 in fields:
        return Summary(folder, tag, step, "histogram", _histogram(_bytes(fields, 5)), "v1")
    if 4 in fields:
        image = {number: value for number, _, value in _fields(_bytes(fields, 4))}
        return Summary(folder, tag, step, "image", _digest(image.get(4, b"")), "v1")
    if 6 in fields:
        return Summary(folder, tag, step, "audio", _digest(_bytes(fields, 6)), "v1")
    if 8 in fields:
        return _tensor_summary(folder, tag, step, plugin, _bytes(fields, 8))
    return None


def _tensor_summary(folder: str, tag: str, step: int, plugin: str, data: bytes) -> Summary | None:
    """A value that was written as a tensor."""
    if plugin in ("images", "audio"):
        _, strings = _strings(data)
        # Width and height stand before the images.
        texts = strings[2:] if plugin == "images" else strings[::2]
        kind = "image" if plugin == "images" else plugin
        return Summary(folder, tag, step, kind, _digest(b"".join(texts)), "v2")
    array = _tensor(data)
    if array is None:
        _, strings = _strings(data)
        return Summary(folder, tag, step, "text", _digest(b"\0".join(strings)))
    if plugin == "histograms" and array.ndim == 2 and array.shape[1:] == (3,):
        return Summary(folder, tag, step, "histogram", _buckets(array), _digest(array.tobytes()))
    if array.size == 1 and array.ndim == 0:
        return Summary(folder, tag, step, "scalar", float(array))
    digest = _digest(repr((array.dtype.str, array.shape)).encode() + array.tobytes())
    return Summary(folder, tag, step, "tensor", digest)


def _histogram(data: bytes) -> Histogram:
    values = {}
    for number, kind, value in _fields(data):
        if number in (1, 2, 3) and kind == 1:
            (values[number],) = struct.unpack("<d", value)
    return Histogram(values.get(3, 0.0), values.get(1, 0.0), values.get(2, 0.0))


def _buckets(array: Any) -> Histogram:
    """The same of the buckets of TensorFlow 2: left edge, right edge and number of each."""
    filled = array[array[:, 2] > 0]
    number = float(array[:, 2].sum())
    if not len(filled):
        return Histogram(number, 0.0, 0.0)
    low, high = float(filled[0, 0]), float(filled[-1, 1])
    if len(filled) == 1 and len(array) == 1 and high - low == 1.0:
        low = high = (low + high) / 2  # all values are equal, and the bucket is made around them
    return Histogram(number, low, high)


def _plugin(metadata: bytes) -> str:
    """The name of the plugin that a value is for."""
    for number, kind, value in _fields(metadata):
        if number == 1 and kind == 2:
            for inner, inner_kind, name in _fields(value):
                if inner == 1 and inner_kind == 2:
                    return bytes(name).decode(errors="replace")
    return ""


def _tensor(data: bytes) -> Any:
    """A ``TensorProto`` of numbers as an array; None if it is of strings, or of another type."""
    fields = list(_fields(data))
    dtype = next((value for number, _, value in fields if number == 1), 0)
    if dtype not in _TYPES:
        return None
    shape = _shape(next((value for number, _, value in fields if number == 2), b""))
    size = math.prod(shape)
    content = next((value for number, _, value in fields if number == 4), b"")
    kind = np.dtype(_TYPES[dtype])
    if content:
        if len(content) != size * kind.itemsize:
            raise ValueError("the content does not fit the shape")
        return np.frombuffer(content, kind).reshape(shape)
    if dtype not in _LISTS and size:
        raise ValueError("a type whose values are not read one by one")
    values = list(_list(fields, *_LISTS[dtype])) if size else []
    values = values or [0] * min(size, 1)
    if len(values) > size:
        raise ValueError("more values than the shape has room for")
    # The last value stands for all that are left out.
    array = np.empty(size, kind)
    array[: len(values)] = values
    if values:
        array[len(values) :] = values[-1]
    return array.reshape(shape)


def _list(fields: Sequence[Field], wanted: int, kind: str) -> Iterator[Any]:
    for number, wire, value in fields:
        if number != wanted:
            continue
        if kind == "varint":
            packed = [value] if wire == 0 else list(_varints(value))
            yield from map(_signed, packed)
        else:
            yield from np.frombuffer(value, np.dtype(kind))


def _shape(data: bytes) -> tuple[int, ...]:
    sizes: list[int] = []
    for number, kind, value in _fields(data):
        if number == 2 and kind == 2:
            sizes.append(next((v for n, _, v in _fields(value) if n == 1), 0))
    if len(sizes) > 32 or math.prod(max(size, 1) for size in sizes) > _ELEMENTS_LIMIT:
        raise ValueError("a shape that is too large")
    return tuple(sizes)


def _strings(data: bytes) -> tuple[int, list[bytes]]:
    """The type of a ``TensorProto``, and its strings."""
    fields = list(_fields(data))
    dtype = next((value for number, _, value in fields if number == 1), 0)
    return dtype, [bytes(value) for number, kind, value in fields if number == 8 and kind == 2]


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def _bytes(fields: dict[int, tuple[int, Any]], number: int) -> bytes:
    kind, value = fields.get(number, (2, b""))
    if kind != 2:
        raise ValueError("a message of another type")
    return bytes(value)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _fields(data: bytes) -> Iterator[Field]:
    """The fields of a message: number, wire type, and a whole number or bytes.

    Raises:
        ValueError: If it is cut off, or no message.
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, kind, value
            continue
        if kind == 2:
            length, at = _varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("an unknown wire type")
        if at + length > len(data):
            raise ValueError("a field that is cut off")
        yield number, kind, data[at : at + length]
        at += length


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & ((1 << 64) - 1), at
        shift += 7
    raise ValueError("a number that is cut off")
