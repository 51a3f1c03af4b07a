"""The trajectory file: JSON Lines, readable from any language, and readable when cut off.

Version 2. Every line is one JSON value; states, of which there are many, are arrays, all others are
objects. The first line is the header.

* header: ``format`` ("migrate-vars trajectory"), ``version`` (2), and what describes the run:
  ``program``, ``argv``, ``functions`` ("graph" or "eager"), ``policy``, ``python``,
  ``tensorflow``, ``numpy``, ``machine``, ``settings`` (those of the policy) and, of a program,
  ``seeds`` ("aligned" or "own").
* ``{"variable": id, "name": str, "dtype": str, "shape": [int, ...]}`` stands before the first
  state that writes the variable; ids count from 0. ``dtype`` is NumPy's name for it, or "bfloat16"
  or "string"; of a dtype that the reader does not know, it keeps no values. ``"metric": true``
  stands there if it belongs to a metric. A step in which nothing else is written (of a validation,
  for instance) is no training step: the reader takes it to the step before.
* ``{"site": id, "path": str, "line": int}``, a line of the program, stands before the first state
  or random op that comes from there; ids count from 0.
* ``[n, step, site, entry, ...]`` is a state. ``n`` counts states from 0; ``step`` never goes back,
  and is 0 while variables get their initial values. There is one entry for each variable that was
  written, ``[variable, count, digest]`` or ``[variable, count, digest, kept]``, or
  ``[variable, count, digest, kept, shape]`` where the shape is not that of the variable's record.
  ``count`` is the number of writes since the last state, 0 for an initialisation and null where it
  is not known. ``digest`` is the base64 of the 12 bytes that ``recorder/digest.py`` computes.
* ``kept`` is the whole value or a summary of it; ``recorder/retention.py`` says when there is one,
  unless it is the value that was kept last, or the run has kept as much as it may.
  A value is the base64 of its elements in C order, little-endian (strings: each with its length as
  8 bytes before it). A summary is ``[samples]`` or ``[samples, minimum, maximum, mean, n]``: the
  base64 of the elements that ``recorder/summary.py`` chooses by the size alone, then the least and
  the largest finite element, the mean of the finite ones, and the number of the others.
* ``{"value": variable, "digest": str, "shape": [int, ...], "data": str}`` is a value that was asked
  for, with the base64 of the value. It may be too large for an entry.
* ``{"feed": id, "name": str, "dtype": str, "shape": [int, ...]}``, something that is fed values of
  one shape, stands before the first call that is fed one; ids count from 0.
* ``{"fed": [[id, digest], ...], "call": n}``: what the call was fed that caused the next state, or
  an element of a dataset that eager code took for it; its number among those with the same names.
  The digest is made like that of a variable.
* ``{"random": kind, "site": id}``: a random op whose seeds were aligned, in the order of their
  ordinals.
* ``{"evidence": {"path": str, "digest": str, "function": str, "line": int, "end": [line, column]
  or null, "instruction": [int, int], "receiver": str}}``: what a call of a v1 state op was given to
  write to; see :class:`migrate_vars.trajectory.trajectory.StateOpCall`.
* ``{"race": number, "run": number, "name": variable, "model": "reference" or "resource",
  "accesses": [[kind, op, path, line], [kind, op, path, line]], "decides": [name, ...],
  "fetched": [tensor, ...], "step": k, "at": [path, line]}``: two accesses in no order, the first
  time that such a run is made (see :class:`Race`; ``kind`` is "read" or "write"); races are
  numbered from 0, and so are kinds of run. ``{"reaches": race, "variables": [name, ...]}`` says to
  which variables the outcome of a race can come in later runs; the last one counts. ``{"fetched":
  run, "digests": {tensor: digest}}`` stands after the state of a run and says what the run fetched
  that its races decide.
* ``{"perturbed": how}``: the run was rounded otherwise than the program is, on purpose: "rounding"
  if every kernel was, "values" if values were moved by one ULP after steps; see
  ``recorder/perturbation.py``.
* ``{"warning": text}``.
* ``{"end": status, "detail": text}`` is the last line: "finished", "exit" or "error". A file
  without it was cut off.

What is too large to be read in bounded memory is refused: see the limits below.
"""

from __future__ import annotations

import base64
import json
import math
import os
import reprlib
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np

from migrate_vars.recorder.digest import digest_of
from migrate_vars.recorder.summary import sample_positions
from migrate_vars.recorder.values import decode_strings
from migrate_vars.recorder.writer import (
    FILE_LIMIT,
    FORMAT,
    KEPT_VALUE_LIMIT,
    TABLE_LIMIT,
    VERSION,
    WRITES_LIMIT,
    encode_array,
    to_base64,
)
from migrate_vars.trajectory.trajectory import (
    Access,
    Array,
    Fed,
    FedCall,
    Fetched,
    Race,
    RandomOp,
    Site,
    State,
    StateOpCall,
    Statistics,
    Summary,
    Trajectory,
    Variable,
    Write,
)

_T = TypeVar("_T")
_KINDS: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    bool: "true or false",
}
# Two values of the largest size, or a thousand of those that are kept without being asked for.
_LINE_LIMIT = 2 * KEPT_VALUE_LIMIT * 4 // 3
# Python needs much more memory for an item than JSON.
_ITEMS_LIMIT = 8 * TABLE_LIMIT
_DIMENSIONS_LIMIT = 64  # NumPy's


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
        if os.fstat(file.fileno()).st_size > FILE_LIMIT:
            raise TrajectoryFormatError(f"{path}: larger than {FILE_LIMIT >> 20} MiB")
        for number, line in enumerate(iter(lambda: file.readline(_LINE_LIMIT), b""), 1):
            if not line.endswith(b"\n") and len(line) < _LINE_LIMIT:
                break
            try:
                reader.record(_parse(line))
            except ValueError as error:
                raise TrajectoryFormatError(f"{path}:{number}: {error}") from error
    if reader.trajectory is None:
        raise TrajectoryFormatError(f"{path}:1: not a migrate-vars trajectory: no header")
    _count_training_steps(reader.trajectory)
    return reader.trajectory


def _count_training_steps(trajectory: Trajectory) -> None:
    """Numbers the steps anew, without those in which only metrics were written."""
    metrics = {variable.name for variable in trajectory.variables.values() if variable.metric}
    states = trajectory.states
    training = {state.step for state in states if not metrics.issuperset(state.writes)}
    if not metrics or not training:
        return
    numbers: dict[int, int] = {}
    counted = 0
    for step in sorted({state.step for state in states}):
        counted += step in training
        numbers[step] = max(counted, 1)
    trajectory.states = [replace(state, step=numbers[state.step]) for state in states]
    trajectory.races = [
        replace(race, step=numbers.get(race.step, race.step)) for race in trajectory.races
    ]


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


def _records(trajectory: Trajectory) -> Iterator[dict[str, Any] | list[Any]]:
    yield {**trajectory.header, "format": FORMAT, "version": VERSION}
    ids = {name: number for number, name in enumerate(trajectory.variables)}
    for name, variable in trajectory.variables.items():
        known = {"name": name, "dtype": variable.dtype, "shape": list(variable.shape)}
        yield {"variable": ids[name], **known, **({"metric": True} if variable.metric else {})}
    places: dict[Site, int] = {}
    used = [state.site for state in trajectory.states] + [op.site for op in trajectory.random]
    for site in [Site("", 0), *used]:
        if site not in places:
            places[site] = len(places)
            yield {"site": places[site], "path": site.path, "line": site.line}
    last: dict[str, str] = {}

    def entry(name: str, count: int | None, digest: str) -> list[Any]:
        short: list[Any] = [ids[name], count, digest]
        if last.get(name) == digest:
            return short
        last[name] = digest
        value = trajectory.value(name, digest)
        summary = trajectory.summaries.get((name, digest))
        if value is not None:
            short.append(to_base64(encode_array(value)))
            shape = value.shape
        elif summary is not None:
            short.append(_summary_items(summary))
            shape = summary.shape
        else:
            return short
        return short if shape == trajectory.variables[name].shape else [*short, list(shape)]

    yield [0, 0, 0, *(entry(name, 0, digest) for name, digest in trajectory.initial.items())]
    after: dict[int, list[dict[str, Any]]] = {}
    for number, race in enumerate(trajectory.races):
        after.setdefault(race.states, []).append(_race(number, race))
    for each in trajectory.fetched:
        record = {"fetched": each.run, "digests": dict(each.digests)}
        after.setdefault(each.states, []).append(record)
    yield from after.get(0, ())
    feeds = {
        key: number
        for number, key in enumerate(
            dict.fromkeys(
                replace(fed, digest="") for call in trajectory.feeds for fed in call.values
            )
        )
    }
    for fed, number in feeds.items():
        yield {"feed": number, "name": fed.name, "dtype": fed.dtype, "shape": list(fed.shape)}
    calls: dict[int, list[FedCall]] = {}
    for fed_call in trajectory.feeds:
        calls.setdefault(fed_call.state, []).append(fed_call)
    for number, state in enumerate(trajectory.states, 1):
        for fed_call in calls.get(number - 1, ()):
            values = fed_call.values
            entries = [[feeds[replace(fed, digest="")], fed.digest] for fed in values]
            yield {"fed": entries, "call": fed_call.call}
        written = [entry(name, write.count, write.digest) for name, write in state.writes.items()]
        yield [number, state.step, places[state.site], *written]
        yield from after.get(number, ())
    for number, race in enumerate(trajectory.races):
        if race.reaches != race.decides:
            yield {"reaches": number, "variables": list(race.reaches)}
    for op in trajectory.random:
        yield {"random": op.kind, "site": places[op.site]}
    for call in trajectory.evidence:
        yield {"evidence": asdict(call)}
    if trajectory.perturbed:
        yield {"perturbed": trajectory.perturbed}
    for warning in trajectory.warnings:
        yield {"warning": warning}
    if trajectory.status != "incomplete":
        yield {"end": trajectory.status, "detail": trajectory.detail}


def _summary_items(summary: Summary) -> list[Any]:
    items: list[Any] = [to_base64(encode_array(summary.samples))]
    found = summary.statistics
    if found is not None:
        items += [found.minimum, found.maximum, found.mean, found.n_not_finite]
    return items


def _race(number: int, race: Race) -> dict[str, Any]:
    return {
        "race": number,
        "run": race.run,
        "name": race.variable,
        "model": race.model,
        "accesses": [[a.kind, a.op, a.site.path, a.site.line] for a in race.accesses],
        "decides": list(race.decides),
        "fetched": list(race.fetched),
        "step": race.step,
        "at": [race.site.path, race.site.line],
    }


def _parse(line: bytes) -> dict[str, Any] | list[Any]:
    if len(line) == _LINE_LIMIT:
        raise ValueError(f"a line of more than {_LINE_LIMIT >> 20} MiB")
    if line.count(b",") > _ITEMS_LIMIT:
        raise ValueError(f"a line of more than {_ITEMS_LIMIT} items")
    try:
        record = json.loads(line.decode(), parse_constant=_not_json)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return record if type(record) is list else _typed(record, dict, "record")


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class _Reader:
    """Builds a trajectory from its records; every mistake in them is a ValueError."""

    def __init__(self) -> None:
        self.trajectory: Trajectory | None = None
        self._names: list[str] = []
        self._sites: list[Site] = []
        self._feeds: list[Fed] = []
        self._fed: list[FedCall] = []
        self._trained: set[str] = set()
        self._states = 0
        self._writes = 0
        self._step = 0
        self._ended = False

    def record(self, record: dict[str, Any] | list[Any]) -> None:
        trajectory = self.trajectory
        if trajectory is None:
            if isinstance(record, list) or record.get("format") != FORMAT:
                raise ValueError("not a migrate-vars trajectory")
            if record.get("version") != VERSION:
                version = reprlib.repr(record.get("version"))
                raise ValueError(f"unknown version {version}, expected {VERSION}")
            self.trajectory = Trajectory(header=record)
        elif self._ended:
            raise ValueError("nothing may follow the record of the end")
        elif isinstance(record, list):
            self._state(trajectory, record)
        elif "variable" in record:
            self._variable(trajectory, record)
        elif "feed" in record:
            self._feed(record)
        elif "fed" in record:
            self._fed.append(self._call(trajectory, record))
        elif "random" in record:
            site = _item(self._sites, record.get("site"), "site")
            trajectory.random.append(RandomOp(_text(record, "random"), site))
        elif "evidence" in record:
            trajectory.evidence.append(_call(_typed(record["evidence"], dict, "evidence")))
        elif "race" in record:
            if _number(record["race"], "race") != len(trajectory.races):
                raise ValueError(f"race {record['race']} instead of {len(trajectory.races)}")
            trajectory.races.append(_as_race(record, len(trajectory.states)))
        elif "reaches" in record:
            number, names = _number(record["reaches"], "race"), _texts(record, "variables")
            if number >= len(trajectory.races):
                raise ValueError(f"{number} is not the number of a race")
            trajectory.races[number] = replace(trajectory.races[number], reaches=names)
        elif "fetched" in record:
            trajectory.fetched.append(self._fetched(trajectory, record))
        elif "site" in record:
            self._site(record)
        elif "value" in record:
            name = _item(self._names, record["value"], "variable")
            shape, digest = _shape(record.get("shape")), _digest(record.get("digest"))
            dtype = trajectory.variables[name].dtype
            array = decode_array(record.get("data"), dtype, shape, digest)
            if array is not None:
                trajectory.values[name, digest] = array
        elif "perturbed" in record:
            trajectory.perturbed = _text(record, "perturbed")
            if trajectory.perturbed not in ("rounding", "values"):
                raise ValueError(f"unknown perturbation {reprlib.repr(trajectory.perturbed)}")
        elif "warning" in record:
            trajectory.warnings.append(_text(record, "warning"))
        elif "end" in record:
            status = _text(record, "end")
            if status not in ("finished", "exit", "error"):
                raise ValueError(f"unknown end {reprlib.repr(status)}")
            trajectory.status, trajectory.detail = status, _text(record, "detail")
            self._ended = True
        else:
            raise ValueError("unknown record")

    def _variable(self, trajectory: Trajectory, record: dict[str, Any]) -> None:
        _check_next("variable", record["variable"], self._names)
        name = _text(record, "name")
        if name in trajectory.variables:
            raise ValueError(f"a second variable {reprlib.repr(name)}")
        shape = _shape(record.get("shape"))
        metric = _typed(record.get("metric", False), bool, "metric")
        trajectory.variables[name] = Variable(name, _text(record, "dtype"), shape, metric)
        self._names.append(name)

    def _site(self, record: dict[str, Any]) -> None:
        _check_next("site", record["site"], self._sites)
        self._sites.append(Site(_text(record, "path"), _number(record.get("line"), "line")))

    def _feed(self, record: dict[str, Any]) -> None:
        _check_next("feed", record["feed"], self._feeds)
        shape = _shape(record.get("shape"))
        self._feeds.append(Fed(_text(record, "name"), _text(record, "dtype"), shape, ""))

    def _call(self, trajectory: Trajectory, record: dict[str, Any]) -> FedCall:
        values = []
        self._count_writes(len(_list(record["fed"], "fed")))
        for item in record["fed"]:
            identity, digest = _list(item, "fed value", 2)
            feed = _item(self._feeds, identity, "feed")
            values.append(replace(feed, digest=_typed(digest, str, "digest")))
        call = _number(record.get("call"), "call")
        return FedCall(len(trajectory.states), call, tuple(values))

    def _count_writes(self, number: int) -> None:
        """Counts writes and fed values, of which there may be so many."""
        self._writes += number
        if self._writes > WRITES_LIMIT:
            raise ValueError(f"more than {WRITES_LIMIT} writes")

    def _state(self, trajectory: Trajectory, record: list[Any]) -> None:
        if len(record) < 3:
            raise ValueError("a state without number, step and site")
        number, step, place, *entries = record
        if _number(number, "state") != self._states:
            raise ValueError(f"state {number} instead of {self._states}")
        self._states += 1
        if _number(step, "step") < self._step:
            raise ValueError(f"step {step} after step {self._step}")
        self._step = step
        site = _item(self._sites, place, "site")
        self._count_writes(len(entries))
        writes: dict[str, Write] = {}
        seen: set[str] = set()
        for entry in entries:
            name, write = self._entry(trajectory, entry)
            if name in seen:
                raise ValueError(f"{reprlib.repr(name)} occurs twice in one state")
            seen.add(name)
            if write.count == 0 and self._initialises(trajectory, name, write.digest):
                trajectory.initial[name] = write.digest
                continue
            self._trained.add(name)
            writes[name] = Write(1, write.digest) if write.count == 0 else write
        if writes:
            trajectory.states.append(State(max(step, 1), site, writes, number))
            trajectory.feeds += self._fed
            self._fed.clear()

    def _fetched(self, trajectory: Trajectory, record: dict[str, Any]) -> Fetched:
        run = _number(record["fetched"], "run")
        digests = _typed(record.get("digests"), dict, "digests")
        for digest in digests.values():
            _typed(digest, str, "digest")
        return Fetched(run, len(trajectory.states), digests)

    def _entry(self, trajectory: Trajectory, entry: Any) -> tuple[str, Write]:
        identity, count, digest, *kept = _list(entry, "entry", 3, 4, 5)
        name = _item(self._names, identity, "variable")
        if count is not None:
            _number(count, "count")
        _digest(digest)
        if kept:
            variable = trajectory.variables[name]
            shape = _shape(kept[1]) if len(kept) == 2 else variable.shape
            if isinstance(kept[0], list):
                summary = _summary(kept[0], variable.dtype, shape)
                if summary is not None:
                    trajectory.summaries[name, digest] = summary
            else:
                array = decode_array(kept[0], variable.dtype, shape, digest)
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


def _as_race(record: dict[str, Any], states: int) -> Race:
    first, second = (_access(access) for access in _list(record.get("accesses"), "accesses", 2))
    if "write" not in (first.kind, second.kind):
        raise ValueError("a race of two reads")
    decides = _texts(record, "decides")
    return Race(
        run=_number(record.get("run"), "run"),
        variable=_text(record, "name"),
        model=_one_of(record.get("model"), "model", "reference", "resource"),
        accesses=(first, second),
        site=_at(record),
        step=_number(record.get("step"), "step"),
        states=states,
        decides=decides,
        reaches=decides,
        fetched=_texts(record, "fetched"),
    )


def _at(record: dict[str, Any]) -> Site:
    path, line = _list(record.get("at"), "at", 2)
    return Site(_typed(path, str, "path"), _number(line, "line"))


def _access(value: Any) -> Access:
    kind, op, path, line = _list(value, "access", 4)
    site = Site(_typed(path, str, "path"), _number(line, "line"))
    return Access(_one_of(kind, "access", "read", "write"), _typed(op, str, "op"), site)


def _one_of(value: Any, what: str, *known: str) -> str:
    if _typed(value, str, what) not in known:
        raise ValueError(f"{what} is {reprlib.repr(value)} instead of {' or '.join(known)}")
    return str(value)


def _texts(record: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(_typed(text, str, key) for text in _list(record.get(key), key))


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


def _text(record: dict[str, Any], key: str) -> str:
    return _typed(record.get(key), str, key)


def _list(value: Any, what: str, *lengths: int) -> list[Any]:
    items = _typed(value, list, what)
    if lengths and len(items) not in lengths:
        expected = " or ".join(map(str, lengths))
        raise ValueError(f"{what} has {len(items)} items instead of {expected}")
    return items


def _digest(value: Any) -> str:
    digest = _typed(value, str, "digest")
    if not digest:
        raise ValueError("an empty digest")
    return digest


def _shape(value: Any) -> tuple[int, ...]:
    sizes = _list(value, "shape")
    if len(sizes) > _DIMENSIONS_LIMIT:
        raise ValueError(f"a shape of {len(sizes)} dimensions")
    if any(_number(size, "size") > sys.maxsize for size in sizes):
        raise ValueError(f"shape {reprlib.repr(sizes)} is too large")
    return tuple(sizes)


def _check_next(what: str, value: Any, table: list[Any]) -> None:
    if _number(value, what) != len(table):
        raise ValueError(f"{what} {reprlib.repr(value)} instead of {len(table)}")
    if len(table) == TABLE_LIMIT:
        raise ValueError(f"more than {TABLE_LIMIT} records of a {what}")


def _item(table: list[_T], value: Any, what: str) -> _T:
    index = _number(value, what)
    if index >= len(table):
        raise ValueError(f"{reprlib.repr(index)} is not the number of a {what}")
    return table[index]


def _summary(items: list[Any], dtype: str, shape: tuple[int, ...]) -> Summary | None:
    """What stands for a value, or None if its dtype is not known here."""
    encoded, *numbers = _list(items, "summary", 1, 5)
    size = math.prod(shape)
    if size > sys.maxsize:
        raise ValueError(f"shape {reprlib.repr(shape)} is too large")
    samples = decode_array(encoded, dtype, sample_positions(size).shape)
    if samples is None:
        return None
    if not numbers:
        return Summary(shape, samples)
    *finite, n_not_finite = numbers
    low, high, mean = (_real(number) for number in finite)
    return Summary(shape, samples, Statistics(low, high, mean, _number(n_not_finite, "n")))


def _real(value: Any) -> float:
    if type(value) is int and abs(value) <= 1 << 64:
        return float(value)
    number = _typed(value, float, "statistic")
    if not math.isfinite(number):
        raise ValueError(f"statistic is {number}")
    return number


def decode_array(text: Any, dtype: str, shape: tuple[int, ...], digest: str = "") -> Array | None:
    """Turns the base64 text of a value back into an array.

    Args:
        text: The text.
        dtype: Name of the dtype, as a variable's record gives it.
        shape: The sizes.
        digest: What the value must have as its digest, in base64; "" if that is not known.

    Returns:
        The array; None if the dtype is not known here.

    Raises:
        ValueError: If the text is not base64, or if length or digest do not fit.
    """
    try:
        data = base64.b64decode(_typed(text, str, "value"), validate=True)
    except ValueError as error:
        raise ValueError(f"value is not base64: {error}") from error
    if digest and digest != to_base64(digest_of(shape, np.frombuffer(data, np.uint8))):
        raise ValueError("the value does not have its digest")
    try:
        if dtype == "string":
            strings: Array = decode_strings(data)
            return strings.reshape(shape)
        kind = _numpy_dtype(dtype)
        if kind is None:
            return None
        if len(data) != kind.itemsize * math.prod(shape):
            raise ValueError(f"{len(data)} bytes do not fit shape {reprlib.repr(shape)} of {dtype}")
        return np.frombuffer(data, kind.newbyteorder("<")).reshape(shape).astype(kind)
    except OverflowError as error:
        # A product of 0 hides sizes that no array can have.
        raise ValueError(f"shape {reprlib.repr(shape)} is too large") from error


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
