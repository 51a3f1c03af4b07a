"""Event files as TensorFlow writes them, made by hand."""

from __future__ import annotations

import struct
from pathlib import Path


def varint(value: int) -> bytes:
    """A whole number."""
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def field(number: int, value: int | bytes) -> bytes:
    """A field of a message: a whole number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fixed(number: int, value: float, form: str) -> bytes:
    """A field of a message that is a float ("<f") or a double ("<d")."""
    return varint(number << 3 | (5 if form == "<f" else 1)) + struct.pack(form, value)


def plugin(name: str) -> bytes:
    """The metadata of a value for a plugin."""
    return field(9, field(1, field(1, name.encode())))


def scalar_v1(tag: str, value: float) -> bytes:
    """A scalar of TensorFlow 1."""
    return field(1, tag.encode()) + fixed(2, value, "<f")


def scalar_v2(tag: str, value: float) -> bytes:
    """A scalar of TensorFlow 2."""
    tensor = field(1, 1) + field(2, b"") + field(4, struct.pack("<f", value))
    return field(1, tag.encode()) + field(8, tensor) + plugin("scalars")


def histogram_v1(tag: str, number: float, low: float, high: float) -> bytes:
    """A histogram of TensorFlow 1, without its buckets."""
    found = fixed(1, low, "<d") + fixed(2, high, "<d") + fixed(3, number, "<d")
    return field(1, tag.encode()) + field(5, found)


def histogram_v2(tag: str, *buckets: tuple[float, float, float]) -> bytes:
    """A histogram of TensorFlow 2: of each bucket the edges and the number of values."""
    content = b"".join(struct.pack("<ddd", *bucket) for bucket in buckets)
    shape = field(2, field(1, len(buckets))) + field(2, field(1, 3))
    tensor = field(1, 2) + field(2, shape) + field(4, content)
    return field(1, tag.encode()) + field(8, tensor) + plugin("histograms")


def image_v1(tag: str, data: bytes) -> bytes:
    """An image of TensorFlow 1."""
    return field(1, tag.encode()) + field(4, field(1, 2) + field(2, 2) + field(4, data))


def text(tag: str, *strings: str) -> bytes:
    """A text; both releases write it alike."""
    tensor = field(1, 7) + b"".join(field(8, string.encode()) for string in strings)
    return field(1, tag.encode()) + field(8, tensor) + plugin("text")


def event(step: int, *values: bytes) -> bytes:
    """An event with summaries, framed as a record."""
    data = fixed(1, 1.5e9, "<d") + field(2, step)
    data += field(5, b"".join(field(1, value) for value in values))
    return struct.pack("<QI", len(data), 0) + data + bytes(4)


def write(path: Path, *events: bytes) -> str:
    """An event file, with what every such file begins with."""
    version = fixed(1, 1.5e9, "<d") + field(3, b"brain.Event:2")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<QI", len(version), 0) + version + bytes(4) + b"".join(events))
    return str(path)
