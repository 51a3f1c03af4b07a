"""The trajectory file: JSON Lines, readable from any language, and readable when cut off.

Version 1. Every line is one JSON object; the first is the header.

* header: ``format`` ("migrate-vars trajectory"), ``version`` (1), and what describes the run:
  ``program``, ``argv``, ``functions`` ("graph" or "eager"), ``policy``, ``python``,
  ``tensorflow``, ``numpy``, ``machine``.
* ``{"variable": id, "name": str, "dtype": str, "shape": [int, ...]}`` stands before the first
  state that writes the variable; ids count from 0. ``dtype`` is NumPy's name for it, or "bfloat16"
  or "string"; of a dtype that the reader does not know, it keeps no values.
* ``{"state": n, "step": k, "site": [path, line], "writes": [entry, ...]}``. ``n`` counts states
  from 0; ``k`` never goes back, and is 0 while variables get their initial values. An entry is
  ``[id, count, digest]`` or ``[id, count, digest, value, shape]``, one for each variable; ``count``
  is the number of writes since the last state, 0 for an initialisation and null where it is not
  known. ``digest``
  is the base64 of the 12-byte BLAKE2b of Python's text of the shape followed by the value's bytes.
  ``value`` is the base64 of the elements in C order, little-endian (strings: each with its length
  as 8 bytes before it); it is there when the digest differs from the variable's last one and the
  value is not too large.
* ``{"random": kind, "site": [path, line]}``: a random op whose seeds were aligned, in the order of
  their ordinals.
* ``{"evidence": {"path": str, "digest": str, "function": str, "line": int, "end": [line, column]
  or null, "instruction": [int, int], "receiver": str}}``: what a call of a v1 state op was given to
  write to; see :class:`migrate_vars.trajectory.trajectory.StateOpCall`.
* ``{"warning": text}``.
* ``{"end": status, "detail": text}`` is the last line: "finished", "exit" or "error". A file
  without it was cut off.
"""

from __future__ import annotations

import base64
import json
import math
import os
import reprlib
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np

from migrate_vars.recorder.writer import FORMAT, VERSION, encode_array
from migrate_vars.trajectory.trajectory import (
    Array,
    RandomOp,
    Site,
    State,
    StateOpCall,
    Trajectory,
    Variable,
    Write,
)

_T = TypeVar("_T")
_KINDS: dict[type, str] = {int: "a whole number", str: "text", list: "a list", dict: "an object"}


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
                reader.record(_parse(line))
            except ValueError as error:
                raise TrajectoryFormatError(f"{path}:{number}: {error}") from error
    if reader.trajectory is None:
        raise TrajectoryFormatError(f"{path}:1: not a migrate-vars trajectory: no header")
    return reader.trajectory


def write_trajectory(trajectory: Trajectory, path: Path) -> None:
    """Writes a trajectory file, which :func:`read_trajectory` reads back as the same trajectory.

    Args:
        trajectory: The trajectory. Where it is "incomplete", so is the file.
        path: The file; an existing one is replaced, once the new one is complete.

    Raises:
        OSError: If the file cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with partial.open("w", encoding="utf-8") as file:
            for record in _records(trajectory):
                file.write(json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _records(trajectory: Trajectory) -> Iterator[dict[str, Any]]:
    yield {**trajectory.header, "format": FORMAT, "version": VERSION}
    ids = {name: number for number, name in enumerate(trajectory.variables)}
    for name, variable in trajectory.variables.items():
        shape = list(variable.shape)
        yield {"variable": ids[name], "name": name, "dtype": variable.dtype, "shape": shape}
    last: dict[str, str] = {}

    def entry(name: str, count: int | None, digest: str) -> list[Any]:
        value = trajectory.value(name, digest) if last.get(name) != digest else None
        last[name] = digest
        if value is None:
            return [ids[name], count, digest]
        data = base64.b64encode(encode_array(value)).decode()
        return [ids[name], count, digest, data, list(value.shape)]

    entries = [entry(name, 0, digest) for name, digest in trajectory.initial.items()]
    yield _state(0, 0, Site("", 0), entries)
    for number, state in enumerate(trajectory.states, 1):
        written = [entry(name, write.count, write.digest) for name, write in state.writes.items()]
        yield _state(number, state.step, state.site, written)
    for op in trajectory.random:
        yield {"random": op.kind, "site": [op.site.path, op.site.line]}
    for call in trajectory.evidence:
        yield {"evidence": asdict(call)}
    for warning in trajectory.warnings:
        yield {"warning": warning}
    if trajectory.status != "incomplete":
        yield {"end": trajectory.status, "detail": trajectory.detail}


def _state(number: int, step: int, site: Site, entries: list[list[Any]]) -> dict[str, Any]:
    return {"state": number, "step": step, "site": [site.path, site.line], "writes": entries}


def _parse(line: bytes) -> dict[str, Any]:
    try:
        return _typed(json.loads(line.decode(), parse_constant=_not_json), dict, "record")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class _Reader:
    """Builds a trajectory from its records; every mistake in them is a ValueError."""

    def __init__(self) -> None:
        self.trajectory: Trajectory | None = None
        self._names: list[str] = []
        self._trained: set[str] = set()
        self._states = 0
        self._step = 0
        self._ended = False

    def record(self, record: dict[str, Any]) -> None:
        trajectory = self.trajectory
        if trajectory is None:
            if record.get("format") != FORMAT:
                raise ValueError("not a migrate-vars trajectory")
            if record.get("version") != VERSION:
                raise ValueError(f"unknown version {record.get('version')!r}, expected {VERSION}")
            self.trajectory = Trajectory(header=record)
        elif self._ended:
            raise ValueError("nothing may follow the record of the end")
        elif "variable" in record:
            self._variable(trajectory, record)
        elif "state" in record:
            self._state(trajectory, record)
        elif "random" in record:
            trajectory.random.append(RandomOp(_text(record, "random"), _site(record)))
        elif "evidence" in record:
            trajectory.evidence.append(_call(_typed(record["evidence"], dict, "evidence")))
        elif "warning" in record:
            trajectory.warnings.append(_text(record, "warning"))
        elif "end" in record:
            status = _text(record, "end")
            if status not in ("finished", "exit", "error"):
                raise ValueError(f"unknown end {status!r}")
            trajectory.status, trajectory.detail = status, _text(record, "detail")
            self._ended = True
        else:
            raise ValueError("unknown record")

    def _variable(self, trajectory: Trajectory, record: dict[str, Any]) -> None:
        if _number(record["variable"], "variable") != len(self._names):
            raise ValueError(f"variable {record['variable']} instead of {len(self._names)}")
        name = _text(record, "name")
        if name in trajectory.variables:
            raise ValueError(f"a second variable {name!r}")
        shape = _shape(record.get("shape"))
        trajectory.variables[name] = Variable(name, _text(record, "dtype"), shape)
        self._names.append(name)

    def _state(self, trajectory: Trajectory, record: dict[str, Any]) -> None:
        if _number(record["state"], "state") != self._states:
            raise ValueError(f"state {record['state']} instead of {self._states}")
        self._states += 1
        step = _number(record.get("step"), "step")
        if step < self._step:
            raise ValueError(f"step {step} after step {self._step}")
        self._step = step
        site = _site(record)
        entries = _list(record.get("writes"), "writes")
        writes: dict[str, Write] = {}
        seen: set[str] = set()
        for entry in entries:
            name, write = self._entry(trajectory, entry)
            if name in seen:
                raise ValueError(f"{name!r} occurs twice in one state")
            seen.add(name)
            if write.count == 0 and self._initialises(trajectory, name, write.digest):
                trajectory.initial[name] = write.digest
                continue
            self._trained.add(name)
            writes[name] = Write(1, write.digest) if write.count == 0 else write
        if writes:
            trajectory.states.append(State(max(step, 1), site, writes, self._states - 1))

    def _entry(self, trajectory: Trajectory, entry: Any) -> tuple[str, Write]:
        identity, count, digest, *value = _list(entry, "entry", 3, 5)
        if _number(identity, "variable") >= len(self._names):
            raise ValueError(f"{identity} is not the number of a variable")
        name = self._names[identity]
        if count is not None:
            _number(count, "count")
        if not _typed(digest, str, "digest"):
            raise ValueError("an empty digest")
        if value:
            array = decode_array(value[0], trajectory.variables[name].dtype, value[1])
            if array is not None:
                trajectory.values[name, digest] = array
        return name, Write(count, digest)

    def _initialises(self, trajectory: Trajectory, name: str, digest: str) -> bool:
        # Once training has begun, an initialiser that runs again and changes a value is a write.
        again = trajectory.states and trajectory.initial.get(name, digest) != digest
        return name not in self._trained and not again


def _call(record: dict[str, Any]) -> StateOpCall:
    path, digest, function, receiver = (
        _text(record, key) for key in ("path", "digest", "function", "receiver")
    )
    end = record.get("end")
    return StateOpCall(
        path,
        digest,
        function,
        _number(record.get("line"), "line"),
        None if end is None else _pair(end, "end"),
        _pair(record.get("instruction"), "instruction"),
        receiver,
    )


def _pair(value: Any, what: str) -> tuple[int, int]:
    first, second = _list(value, what, 2)
    return _number(first, what), _number(second, what)


def _typed(value: Any, kind: type[_T], what: str) -> _T:
    # Not isinstance: a bool is an int to Python, but not to JSON.
    if type(value) is not kind:
        raise ValueError(f"{what} is {reprlib.repr(value)}, which is not {_KINDS[kind]}")
    return value


def _number(value: Any, what: str) -> int:
    number = _typed(value, int, what)
    if number < 0:
        raise ValueError(f"{what} is {number}, which is below 0")
    return number


def _site(record: dict[str, Any]) -> Site:
    path, line = _list(record.get("site"), "site", 2)
    return Site(_typed(path, str, "path"), _number(line, "line"))


def _text(record: dict[str, Any], key: str) -> str:
    return _typed(record.get(key), str, key)


def _list(value: Any, what: str, *lengths: int) -> list[Any]:
    items = _typed(value, list, what)
    if lengths and len(items) not in lengths:
        expected = " or ".join(map(str, lengths))
        raise ValueError(f"{what} has {len(items)} items instead of {expected}")
    return items


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(_number(size, "size") for size in _list(value, "shape"))


def decode_array(text: Any, dtype: str, shape: Any) -> Array | None:
    """Turns the base64 text of a value back into an array.

    Args:
        text: The text.
        dtype: Name of the dtype, as a variable's record gives it.
        shape: The sizes, as an entry gives them.

    Returns:
        The array; None if the dtype is not known here.

    Raises:
        ValueError: If the text is not base64, or its length does not fit dtype and shape.
    """
    sizes = _shape(shape)
    try:
        data = base64.b64decode(_typed(text, str, "value"), validate=True)
    except ValueError as error:
        raise ValueError(f"value is not base64: {error}") from error
    try:
        if dtype == "string":
            items = _strings(data)
            array = np.empty(len(items), dtype=object)
            array[:] = items
            return array.reshape(sizes)
        kind = _numpy_dtype(dtype)
        if kind is None:
            return None
        if len(data) != kind.itemsize * math.prod(sizes):
            raise ValueError(f"{len(data)} bytes do not fit shape {sizes} of {dtype}")
        return np.frombuffer(data, kind.newbyteorder("<")).reshape(sizes).astype(kind)
    except OverflowError as error:
        # A product of 0 hides sizes that no array can have.
        raise ValueError(f"shape {sizes} is too large") from error


def _strings(data: bytes) -> list[bytes]:
    items: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 8
        position = start + int.from_bytes(data[position:start], "little")
        if position > len(data):
            raise ValueError("string value is cut off")
        items.append(data[start:position])
    return items


@cache
def _numpy_dtype(name: str) -> np.dtype[Any] | None:
    """The dtype of that name if it is one of numbers, or None."""
    try:
        # NumPy knows bfloat16 and its like only from ml_dtypes, which comes with TensorFlow.
        import ml_dtypes
    except ImportError:
        pass
    else:
        extended = getattr(ml_dtypes, name, None)
        if isinstance(extended, type) and issubclass(extended, np.generic):
            return np.dtype(extended)
    scalar = np.sctypeDict.get(name)
    if scalar is None or not issubclass(scalar, np.number | np.bool_):
        return None
    kind = np.dtype(scalar)
    return kind if kind.name == name else None
