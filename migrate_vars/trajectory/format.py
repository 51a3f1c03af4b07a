"""The trajectory file: JSON Lines, readable from any language, and readable when cut off.

Version 1. Every line is one JSON object; the first is the header.

* header: ``format`` ("migrate-vars trajectory"), ``version`` (1), and what describes the run:
  ``program``, ``argv``, ``functions`` ("graph" or "eager"), ``policy``, ``python``,
  ``tensorflow``, ``numpy``, ``machine``.
* ``{"variable": id, "name": str, "dtype": str, "shape": [int, ...]}`` stands before the first
  state that writes the variable. ``dtype`` is NumPy's name for it, or "bfloat16" or "string".
* ``{"state": n, "step": k, "site": [path, line], "writes": [entry, ...]}``. An entry is
  ``[id, count, digest]`` or ``[id, count, digest, value, shape]``; ``count`` is the number of
  writes since the last state, 0 for an initialisation and null where it is not known. ``digest``
  is the base64 of the 12-byte BLAKE2b of Python's text of the shape followed by the value's bytes.
  ``value`` is the base64 of the elements in C order, little-endian (strings: each with its length
  as 8 bytes before it); it is there when the digest differs from the variable's last one and the
  value is not too large.
* ``{"warning": text}``.
* ``{"end": status, "detail": text}`` is the last line: "finished", "exit" or "error". A file
  without it was cut off.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from migrate_vars.trajectory.trajectory import Array, Site, State, Trajectory, Variable, Write

FORMAT = "migrate-vars trajectory"
VERSION = 1


class TrajectoryFormatError(ValueError):
    """A file that is not a trajectory, or one that is damaged; the message names file and line."""


def read_trajectory(path: Path) -> Trajectory:
    """Reads a trajectory file.

    Args:
        path: The file. A last line that was cut off is left out.

    Returns:
        The trajectory; its status is "incomplete" if the file does not say how the run ended.

    Raises:
        OSError: If the file cannot be read.
        TrajectoryFormatError: If it is not a trajectory, or a record makes no sense.
    """
    reader = _Reader()
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                reader.record(json.loads(line))
            except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
                raise TrajectoryFormatError(f"{path}:{number}: {error}") from error
    if reader.trajectory is None:
        raise TrajectoryFormatError(f"{path}:1: not a migrate-vars trajectory: no header")
    return reader.trajectory


class _Reader:
    """Builds a trajectory from its records."""

    def __init__(self) -> None:
        self.trajectory: Trajectory | None = None
        self._names: list[str] = []
        self._trained: set[str] = set()

    def record(self, record: Any) -> None:
        trajectory = self.trajectory
        if trajectory is None:
            if record.get("format") != FORMAT:
                raise ValueError("not a migrate-vars trajectory")
            if record.get("version") != VERSION:
                raise ValueError(f"unknown version {record.get('version')!r}, expected {VERSION}")
            self.trajectory = Trajectory(header=record)
        elif "variable" in record:
            name = str(record["name"])
            shape = tuple(int(size) for size in record["shape"])
            trajectory.variables[name] = Variable(name, str(record["dtype"]), shape)
            self._names.append(name)
        elif "state" in record:
            self._state(trajectory, record)
        elif "warning" in record:
            trajectory.warnings.append(str(record["warning"]))
        elif "end" in record:
            trajectory.status, trajectory.detail = str(record["end"]), str(record["detail"])
        else:
            raise ValueError("unknown record")

    def _state(self, trajectory: Trajectory, record: Any) -> None:
        writes: dict[str, Write] = {}
        for identity, count, digest, *value in record["writes"]:
            if not isinstance(identity, int) or identity < 0:
                raise ValueError(f"{identity!r} is not the number of a variable")
            name = self._names[identity]
            if value:
                array = decode_array(value[0], trajectory.variables[name].dtype, value[1])
                trajectory.values[name, digest] = array
            if count == 0 and name not in self._trained:
                trajectory.initial[name] = digest
                continue
            self._trained.add(name)
            writes[name] = Write(1 if count == 0 else count, digest)
        if writes:
            path, line = record["site"]
            site = Site(str(path), int(line))
            trajectory.states.append(State(max(int(record["step"]), 1), site, writes))


def decode_array(text: str, dtype: str, shape: list[int]) -> Array:
    """Turns the base64 text of a value back into an array.

    Raises:
        ValueError: If the text is not base64, or its length does not fit dtype and shape.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"value is not base64: {error}") from error
    if dtype == "string":
        items: list[bytes] = []
        while data:
            length = int.from_bytes(data[:8], "little")
            if length > len(data) - 8:
                raise ValueError("string value is cut off")
            items.append(data[8 : 8 + length])
            data = data[8 + length :]
        return np.array(items, dtype=object).reshape(shape)
    kind = _numpy_dtype(dtype)
    if len(data) != kind.itemsize * math.prod(shape):
        raise ValueError(f"{len(data)} bytes do not fit shape {tuple(shape)} of {dtype}")
    return np.frombuffer(data, kind.newbyteorder("<")).reshape(shape).astype(kind)


def _numpy_dtype(name: str) -> np.dtype[Any]:
    if name == "bfloat16":
        # NumPy knows it only while ml_dtypes, which comes with TensorFlow, is loaded.
        import ml_dtypes

        bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return bfloat16
    kind = np.dtype(name)
    if kind.kind not in "biufc":
        raise ValueError(f"{name} is not the dtype of a number")
    return kind
