"""The trajectory file: JSON Lines, readable from any language, and readable when cut off.

Version 2. Every line is one JSON value; states, of which there are many, are arrays, all others are
objects. The first line is the header.

* header: ``format`` ("migrate-vars trajectory"), ``version`` (2), and what describes the run:
  ``program``, ``argv``, ``functions`` ("graph" or "eager"), ``policy``, ``python``,
  ``tensorflow``, ``numpy``, ``machine``, ``settings`` (those of the policy) and, of a program,
  ``seeds`` ("aligned" or "own").
* ``{"variable": id, "name": str, "dtype": str, "shape": [int, ...]}`` stands before the first
  state that writes the variable; ids count from 0. ``dtype`` is NumPy's name for it, or "bfloat16"
  or "string"; of a dtype that the reader does not know, it keeps no values. ``"owner"``
  is "metric", "optimizer", "checkpoint" or "random" where one of these made it for itself. A step
  in which only metrics are written (of a validation, for instance) is no training step: the reader
  takes it to the step before. ``"session": n`` stands there for the variable of that name in
  another session of the same graph, from 2.
* ``{"apart": id}``: two sessions train a variable by turns; the id is that of the second one, which
  the reader then calls ``NAME (session n)``. All other variables of sessions are taken for the one
  of that name in the first.
* ``{"site": id, "path": str, "line": int}``, a line of the program, stands before the first state
  or other record that comes from there; ids count from 0.
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
* ``{"random": kind, "site": id, "seeds": [int, int], "own": [int, int] or null, "seed": int or
  null, "drawn": int or null, "dtype": str, "shape": [int or null, ...] or null, "like": int}``: a
  random op of a run with aligned seeds, in the order in which they were made; see
  :class:`migrate_vars.trajectory.trajectory.RandomOp`. ``like`` is missing where no other op is
  stood for, and all but the first two are in files of earlier releases.
* ``{"shuffle": site}``: a dataset of ``tf.data`` shuffles there.
* ``{"idle": number}``: such an op, counted from 0, has drawn where nothing was trained.
* ``{"evidence": {"path": str, "digest": str, "function": str, "line": int, "end": [line, column]
  or null, "instruction": [int, int], "receiver": str}}``: what a call of a v1 state op was given to
  write to; see :class:`migrate_vars.trajectory.trajectory.StateOpCall`.
* ``{"race": number, "run": number, "name": variable, "model": kind of variable,
  "accesses": [[kind, op, path, line], [kind, op, path, line]], "decides": [name, ...],
  "fetched": [tensor, ...], "step": k, "at": [path, line]}``: two accesses in no order, the first
  time that such a run is made (see :class:`Race` and :class:`Access` for the kinds); races are
  numbered from 0, and so are kinds of run. ``{"reaches": race, "variables": [name, ...]}`` says to
  which variables the outcome of a race can come in later runs; the last one counts. ``{"fetched":
  run, "digests": {tensor: digest}}`` stands after the state of a run and says what the run fetched
  that its races decide.
* ``{"failed": op, "at": [path, line], "writes": [[name, path, line], ...]}`` stands after the state
  of a session run that failed: nothing puts these writes, made at these lines, and the op that
  failed in an order (see :class:`FailedRun`).
* ``{"unseen": kind, "name": str, "at": [path, line]}``: state that is not recorded, such as a
  queue, and the line that made it (see :class:`Unseen`).
* ``{"perturbed": how}``: the run was rounded otherwise than the program is, on purpose: "rounding"
  if every kernel was, "values" if values were moved by one ULP after steps; see
  ``recorder/perturbation.py``.
* ``{"warning": text}``.
* ``{"end": status, "detail": text}`` is the last line: "finished", "exit" or "error". A file
  without it was cut off.

Each process that a program forks and that trains has a file of its own beside the program's, with
``.process1`` and so on behind its name; the initial values there are those that the parent gave.

What is too large to be read in bounded memory is refused: see the limits below.
"""

from __future__ import annotations

import base64
import glob
import itertools
import json
import math
import os
import re
import reprlib
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np

from migrate_vars.recorder.digest import digest_of
from migrate_vars.recorder.owners import OWNERS
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
    FailedRun,
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
    Unseen,
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
_RACING = (
    *("reference", "resource", "iterator", "queue", "unsorted queue", "reader", "table"),
    *("staging area", "python"),
)
_ACCESSES = ("read", "write", "take", "put", "start", "close", "call")


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
    reader = _read(path, frozenset())
    if reader.apart:
        reader = _read(path, frozenset(reader.apart))
    if reader.trajectory is None:
        raise TrajectoryFormatError(f"{path}:1: not a migrate-vars trajectory: no header")
    _count_training_steps(reader.trajectory)
    return reader.trajectory


def read_recording(path: Path) -> Trajectory:
    """Reads what the recorder has written: a file, and those of the processes that were forked.

    Args:
        path: The file of the program itself.

    Raises:
        OSError: If a file cannot be read.
        TrajectoryFormatError: If one is not a trajectory, or a record makes no sense.
    """
    trajectory = read_trajectory(path)
    found = {
        tuple(map(int, match.group(1).split(".process")[1:])): other
        for other in path.parent.glob(f"{glob.escape(path.name)}.process*")
        if (match := re.fullmatch(r".*?((\.process\d+)+)", other.name))
    }
    others = [read_trajectory(found[key]) for key in sorted(found)]
    return trajectory.with_processes(others) if others else trajectory


def _read(path: Path, apart: frozenset[int]) -> _Reader:
    """Reads a file's records; what to take apart is known when it has been read once."""
    reader = _Reader(apart)
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
    return reader


def _count_training_steps(trajectory: Trajectory) -> None:
    """Numbers the steps anew, without those in which only metrics were written."""
    metrics = {variable.name for variable in trajectory.variables.values() if variable.is_metric}
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
        yield {
            "variable": ids[name],
            **known,
            **({"owner": variable.owner} if variable.owner else {}),
        }
    places: dict[Site, int] = {}
    used = [state.site for state in trajectory.states] + [op.site for op in trajectory.random]
    for site in [Site("", 0), *used, *trajectory.shuffles]:
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

    later: dict[int, list[str]] = {}
    for name in trajectory.initial:
        later.setdefault(trajectory.begins.get(name, 0), []).append(name)
    numbers = itertools.count()

    def initial(states: int) -> list[Any]:
        step = trajectory.states[states - 1].step if states else 0
        entries = (entry(name, 0, trajectory.initial[name]) for name in later.get(states, ()))
        return [next(numbers), step, 0, *entries]

    yield initial(0)
    after: dict[int, list[dict[str, Any]]] = {}
    for number, race in enumerate(trajectory.races):
        after.setdefault(race.states, []).append(_race(number, race))
    for each in trajectory.fetched:
        record = {"fetched": each.run, "digests": dict(each.digests)}
        after.setdefault(each.states, []).append(record)
    for failed in trajectory.failed:
        after.setdefault(failed.states, []).append(_failed_run(failed))
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
        yield [next(numbers), state.step, places[state.site], *written]
        yield from after.get(number, ())
        if number in later:
            yield initial(number)
    for number, race in enumerate(trajectory.races):
        if race.reaches != race.decides:
            yield {"reaches": number, "variables": list(race.reaches)}
    for op in trajectory.random:
        known = {name: value for name, value in asdict(op).items() if name not in ("kind", "site")}
        if op.like is None:
            del known["like"]
        yield {"random": op.kind, "site": places[op.site], **known}
    for site in trajectory.shuffles:
        yield {"shuffle": places[site]}
    for number in trajectory.idle:
        yield {"idle": number}
    for call in trajectory.evidence:
        yield {"evidence": asdict(call)}
    for unseen in trajectory.unseen:
        place = [unseen.site.path, unseen.site.line]
        yield {"unseen": unseen.kind, "name": unseen.name, "at": place}
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


def _failed_run(failed: FailedRun) -> dict[str, Any]:
    return {
        "failed": failed.op,
        "at": [failed.site.path, failed.site.line],
        "writes": [[name, site.path, site.line] for name, site in failed.writes.items()],
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

    def __init__(self, apart: frozenset[int] = frozenset()) -> None:
        self.trajectory: Trajectory | None = None
        #: The variables of further sessions that are none of the first one.
        self.apart = set(apart)
        self._further: set[int] = set()
        self._begun: set[int] = set()
        self._names: list[str] = []
        self._shapes: list[tuple[int, ...]] = []
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
        elif "apart" in record:
            identity = _number(record["apart"], "variable")
            if identity not in self._further:
                raise ValueError(f"{identity} is not the number of a variable of another session")
            self.apart.add(identity)
        elif "random" in record:
            site = _item(self._sites, record.get("site"), "site")
            trajectory.random.append(_random_op(record, site))
        elif "shuffle" in record:
            trajectory.shuffles.append(_item(self._sites, record["shuffle"], "site"))
        elif "idle" in record:
            _item(trajectory.random, record["idle"], "random op")
            trajectory.idle.append(record["idle"])
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
        elif "unseen" in record:
            _check_room("unseen", trajectory.unseen)
            found = Unseen(_text(record, "unseen"), _text(record, "name"), _at(record))
            trajectory.unseen.append(found)
        elif "failed" in record:
            trajectory.failed.append(_as_failed_run(record, len(trajectory.states)))
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
        shape = _shape(record.get("shape"))
        self._shapes.append(shape)
        owner = _one_of(record.get("owner", ""), "owner", "", *OWNERS)
        if "session" in record:
            number, session = len(self._names), _number(record["session"], "session")
            self._further.add(number)
            if number in self.apart:
                name = f"{name} (session {session})"
            known = trajectory.variables.get(name)
            if known is not None and number not in self.apart:
                if known.dtype != _text(record, "dtype"):
                    raise ValueError(f"{reprlib.repr(name)} has another dtype in a session")
                self._names.append(name)
                return
        if name in trajectory.variables:
            raise ValueError(f"a second variable {reprlib.repr(name)}")
        trajectory.variables[name] = Variable(name, _text(record, "dtype"), shape, owner)
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
            if entry[0] in self.apart and entry[0] not in self._begun:
                self._begun.add(entry[0])
                trajectory.initial[name] = write.digest
                continue
            if name in seen:
                raise ValueError(f"{reprlib.repr(name)} occurs twice in one state")
            seen.add(name)
            if write.count == 0 and self._initialises(trajectory, name, write.digest):
                trajectory.initial[name] = write.digest
                if trajectory.states:
                    trajectory.begins[name] = len(trajectory.states)
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
            shape = _shape(kept[1]) if len(kept) == 2 else self._shapes[identity]
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


def _random_op(record: dict[str, Any], site: Site) -> RandomOp:
    shape = record.get("shape")
    return RandomOp(
        _text(record, "random"),
        site,
        _seeds(record.get("seeds"), "seeds"),
        _seeds(record.get("own"), "own"),
        _number_or_none(record.get("seed"), "seed"),
        _number_or_none(record.get("drawn"), "drawn"),
        _typed(record.get("dtype", ""), str, "dtype"),
        None
        if shape is None
        else tuple(_number_or_none(size, "size") for size in _list(shape, "shape")),
        _number_or_none(record.get("like"), "like"),
    )


def _seeds(value: Any, what: str) -> tuple[int, int] | None:
    if value is None:
        return None
    first, second = _list(value, what, 2)
    return _number(first, what), _number(second, what)


def _number_or_none(value: Any, what: str) -> int | None:
    return None if value is None else _number(value, what)


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
    if first.kind == second.kind == "read":
        raise ValueError("a race of two reads")
    decides = _texts(record, "decides")
    return Race(
        run=_number(record.get("run"), "run"),
        variable=_text(record, "name"),
        model=_one_of(record.get("model"), "model", *_RACING),
        accesses=(first, second),
        site=_at(record),
        step=_number(record.get("step"), "step"),
        states=states,
        decides=decides,
        reaches=decides,
        fetched=_texts(record, "fetched"),
    )


def _as_failed_run(record: dict[str, Any], states: int) -> FailedRun:
    writes: dict[str, Site] = {}
    for item in _list(record.get("writes"), "writes"):
        name, path, line = _list(item, "write", 3)
        place = Site(_typed(path, str, "path"), _number(line, "line"))
        writes[_typed(name, str, "name")] = place
    return FailedRun(_text(record, "failed"), _at(record), states, writes)


def _at(record: dict[str, Any]) -> Site:
    path, line = _list(record.get("at"), "at", 2)
    return Site(_typed(path, str, "path"), _number(line, "line"))


def _access(value: Any) -> Access:
    kind, op, path, line = _list(value, "access", 4)
    site = Site(_typed(path, str, "path"), _number(line, "line"))
    return Access(_one_of(kind, "access", *_ACCESSES), _typed(op, str, "op"), site)


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
    _check_room(what, table)


def _check_room(what: str, table: list[Any]) -> None:
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
