"""Reads a trajectory file; ``docs/trajectory-format.md`` describes it.

Files that could not be read in bounded memory are rejected.
"""

from __future__ import annotations

import glob
import json
import os
import re
import reprlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from migrate_vars.recorder.variable_owners import OWNERS
from migrate_vars.recorder.writer import (
    FILE_LIMIT,
    FORMAT,
    KEPT_VALUE_LIMIT,
    TABLE_LIMIT,
    VERSION,
    WRITES_LIMIT,
)
from migrate_vars.trajectory import fields, parsing
from migrate_vars.trajectory.decoding import decode_array, decode_summary
from migrate_vars.trajectory.records import (
    Fed,
    FedCall,
    Site,
    State,
    TrajectoryData,
    Variable,
    Write,
)

_T = TypeVar("_T")
# Two values of the largest size, or a thousand of those kept by default.
_LINE_LIMIT = 2 * KEPT_VALUE_LIMIT * 4 // 3
# An item takes much more memory in Python than in JSON.
_ITEMS_LIMIT = 8 * TABLE_LIMIT


class TrajectoryFormatError(ValueError):
    """A malformed trajectory, or another kind of file; the message names file and line."""


def read_trajectory(path: Path) -> TrajectoryData:
    """Reads a trajectory file.

    Args:
        path: The file. A truncated last line is ignored.

    Returns:
        Its contents; the status is "incomplete" if the file does not record how the run ended.

    Raises:
        OSError: If the file cannot be read.
        TrajectoryFormatError: If it is not a trajectory, or is malformed.
    """
    reader = _read(path, frozenset())
    if reader.apart:  # known only once training has begun
        reader = _read(path, frozenset(reader.apart))
    if not reader.trajectory.header:
        raise TrajectoryFormatError(f"{path}:1: not a migrate-vars trajectory: no header")
    _count_training_steps(reader.trajectory)
    return reader.trajectory


def files_of_processes(path: Path) -> list[Path]:
    """The files written by forked processes of a program, in order.

    Args:
        path: The file of the program itself.
    """
    found = {
        tuple(map(int, match.group(1).split(".process")[1:])): other
        for other in path.parent.glob(f"{glob.escape(path.name)}.process*")
        if (match := re.fullmatch(r".*?((\.process\d+)+)", other.name))
    }
    return [found[key] for key in sorted(found)]


def _read(path: Path, apart: frozenset[int]) -> _Reader:
    """Reads a file's records; which variables to keep apart is known after a first pass."""
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


def _count_training_steps(trajectory: TrajectoryData) -> None:
    """Renumbers the steps without those in which only metrics were written.

    Such writes belong to the step before, which they evaluate. A reset belongs to the step after,
    as it does where it does not begin a step.
    """
    metrics = {variable.name for variable in trajectory.variables.values() if variable.is_metric}
    states = trajectory.states
    training = {state.step for state in states if not metrics.issuperset(state.writes)}
    if not metrics or not training:
        return
    others = training | {
        state.step
        for state in states
        if any(write.digest != trajectory.initial.get(n) for n, write in state.writes.items())
    }
    numbers: dict[int, int] = {}
    counted = 0
    for step in sorted({state.step for state in states}):
        counted += step in training
        resets = step not in others and counted < len(training)
        numbers[step] = max(counted + resets, 1)
    trajectory.states = [replace(state, step=numbers[state.step]) for state in states]
    trajectory.races = [
        replace(race, step=numbers.get(race.step, race.step)) for race in trajectory.races
    ]


def _parse(line: bytes) -> dict[str, Any] | list[Any]:
    if len(line) == _LINE_LIMIT:
        raise ValueError(f"a line of more than {_LINE_LIMIT >> 20} MiB")
    if line.count(b",") > _ITEMS_LIMIT:
        raise ValueError(f"a line of more than {_ITEMS_LIMIT} items")
    try:
        record = json.loads(line.decode(), parse_constant=_not_json)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return record if type(record) is list else fields.typed(record, dict, "record")


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class _Reader:
    """Builds a trajectory from its records; malformed records raise a ValueError."""

    def __init__(self, apart: frozenset[int] = frozenset()) -> None:
        # Its header is empty until the first record has been read.
        self.trajectory = TrajectoryData({})
        #: The variables of further sessions that are separate from the first session's.
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
        # The kind of a record is the first of these keys that it has.
        self._kinds: dict[str, Callable[[dict[str, Any]], None]] = {
            "variable": self._variable,
            "feed": self._feed,
            "fed": self._call,
            "apart": self._apart,
            "random": self._random_op,
            "shuffle": self._shuffle,
            "idle": self._idle_draw,
            "evidence": self._evidence,
            "race": self._race,
            "reaches": self._reaches,
            "fetched": self._fetched,
            "unseen": self._unseen,
            "failed": self._failed,
            "site": self._site,
            "value": self._value,
            "perturbed": self._perturbed,
            "warning": self._warning,
            "end": self._end,
        }

    def record(self, record: dict[str, Any] | list[Any]) -> None:
        if not self.trajectory.header:
            self._header(record)
        elif self._ended:
            raise ValueError("nothing may follow the record of the end")
        elif isinstance(record, list):
            self._state(record)
        else:
            kind = next((kind for kind in self._kinds if kind in record), None)
            if kind is None:
                raise ValueError("unknown record")
            self._kinds[kind](record)

    def _header(self, record: dict[str, Any] | list[Any]) -> None:
        if isinstance(record, list) or record.get("format") != FORMAT:
            raise ValueError("not a migrate-vars trajectory")
        if record.get("version") != VERSION:
            version = reprlib.repr(record.get("version"))
            raise ValueError(f"unknown version {version}, expected {VERSION}")
        self.trajectory.header = record

    def _variable(self, record: dict[str, Any]) -> None:
        variables = self.trajectory.variables
        _check_next("variable", record["variable"], self._names)
        name = fields.text(record, "name")
        shape = fields.shape(record.get("shape"))
        self._shapes.append(shape)
        owner = fields.one_of(record.get("owner", ""), "owner", "", *OWNERS)
        if "session" in record:
            number, session = len(self._names), fields.number(record["session"], "session")
            self._further.add(number)
            if number in self.apart:
                name = f"{name} (session {session})"
            known = variables.get(name)
            if known is not None and number not in self.apart:
                if known.dtype != fields.text(record, "dtype"):
                    raise ValueError(f"{reprlib.repr(name)} has another dtype in a session")
                self._names.append(name)
                return
        if name in variables:
            raise ValueError(f"a second variable {reprlib.repr(name)}")
        variables[name] = Variable(name, fields.text(record, "dtype"), shape, owner)
        self._names.append(name)

    def _site(self, record: dict[str, Any]) -> None:
        _check_next("site", record["site"], self._sites)
        self._sites.append(
            Site(fields.text(record, "path"), fields.number(record.get("line"), "line"))
        )

    def _feed(self, record: dict[str, Any]) -> None:
        _check_next("feed", record["feed"], self._feeds)
        shape = fields.shape(record.get("shape"))
        self._feeds.append(
            Fed(fields.text(record, "name"), fields.text(record, "dtype"), shape, "")
        )

    def _call(self, record: dict[str, Any]) -> None:
        values = []
        self._count_writes(len(fields.items(record["fed"], "fed")))
        for item in record["fed"]:
            identity, digest = fields.items(item, "fed value", 2)
            feed = _item(self._feeds, identity, "feed")
            values.append(replace(feed, digest=fields.typed(digest, str, "digest")))
        call = fields.number(record.get("call"), "call")
        self._fed.append(FedCall(len(self.trajectory.states), call, tuple(values)))

    def _apart(self, record: dict[str, Any]) -> None:
        identity = fields.number(record["apart"], "variable")
        if identity not in self._further:
            raise ValueError(f"{identity} is not the number of a variable of another session")
        self.apart.add(identity)

    def _random_op(self, record: dict[str, Any]) -> None:
        site = _item(self._sites, record.get("site"), "site")
        self.trajectory.random.append(parsing.random_op(record, site))

    def _shuffle(self, record: dict[str, Any]) -> None:
        self.trajectory.shuffles.append(_item(self._sites, record["shuffle"], "site"))

    def _idle_draw(self, record: dict[str, Any]) -> None:
        _item(self.trajectory.random, record["idle"], "random op")
        self.trajectory.idle.append(record["idle"])

    def _evidence(self, record: dict[str, Any]) -> None:
        self.trajectory.evidence.append(parsing.state_op_call(record["evidence"]))

    def _race(self, record: dict[str, Any]) -> None:
        races = self.trajectory.races
        if fields.number(record["race"], "race") != len(races):
            raise ValueError(f"race {record['race']} instead of {len(races)}")
        races.append(parsing.race(record, len(self.trajectory.states)))

    def _reaches(self, record: dict[str, Any]) -> None:
        races = self.trajectory.races
        number, names = fields.number(record["reaches"], "race"), fields.texts(record, "variables")
        if number >= len(races):
            raise ValueError(f"{number} is not the number of a race")
        races[number] = replace(races[number], reaches=names)

    def _fetched(self, record: dict[str, Any]) -> None:
        self.trajectory.fetched.append(parsing.fetched(record, len(self.trajectory.states)))

    def _unseen(self, record: dict[str, Any]) -> None:
        _check_room("unseen", self.trajectory.unseen)
        self.trajectory.unseen.append(parsing.unseen(record))

    def _failed(self, record: dict[str, Any]) -> None:
        self.trajectory.failed.append(parsing.failed_run(record, len(self.trajectory.states)))

    def _value(self, record: dict[str, Any]) -> None:
        name = _item(self._names, record["value"], "variable")
        shape, digest = fields.shape(record.get("shape")), fields.digest(record.get("digest"))
        dtype = self.trajectory.variables[name].dtype
        array = decode_array(record.get("data"), dtype, shape, digest)
        if array is not None:
            self.trajectory.values[name, digest] = array

    def _perturbed(self, record: dict[str, Any]) -> None:
        how = fields.text(record, "perturbed")
        if how not in ("rounding", "values"):
            raise ValueError(f"unknown perturbation {reprlib.repr(how)}")
        self.trajectory.perturbed = how

    def _warning(self, record: dict[str, Any]) -> None:
        self.trajectory.warnings.append(fields.text(record, "warning"))

    def _end(self, record: dict[str, Any]) -> None:
        status = fields.text(record, "end")
        if status not in ("finished", "exit", "error"):
            raise ValueError(f"unknown end {reprlib.repr(status)}")
        self.trajectory.status, self.trajectory.detail = status, fields.text(record, "detail")
        self._ended = True

    def _count_writes(self, number: int) -> None:
        """Counts writes and fed values, which are limited."""
        self._writes += number
        if self._writes > WRITES_LIMIT:
            raise ValueError(f"more than {WRITES_LIMIT} writes")

    def _state(self, record: list[Any]) -> None:
        trajectory = self.trajectory
        if len(record) < 3:
            raise ValueError("a state without number, step and site")
        number, step, place, *entries = record
        if fields.number(number, "state") != self._states:
            raise ValueError(f"state {number} instead of {self._states}")
        self._states += 1
        if fields.number(step, "step") < self._step:
            raise ValueError(f"step {step} after step {self._step}")
        self._step = step
        site = _item(self._sites, place, "site")
        self._count_writes(len(entries))
        writes: dict[str, Write] = {}
        seen: set[str] = set()
        for entry in entries:
            name, write = self._entry(entry)
            if entry[0] in self.apart and entry[0] not in self._begun:
                self._begun.add(entry[0])
                trajectory.initial[name] = write.digest
                continue
            if name in seen:
                raise ValueError(f"{reprlib.repr(name)} occurs twice in one state")
            seen.add(name)
            if write.count == 0 and self._initialises(name, write.digest):
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

    def _entry(self, entry: Any) -> tuple[str, Write]:
        identity, count, digest, *kept = fields.items(entry, "entry", 3, 4, 5)
        name = _item(self._names, identity, "variable")
        if count is not None:
            fields.number(count, "count")
        fields.digest(digest)
        if kept:
            dtype = self.trajectory.variables[name].dtype
            shape = fields.shape(kept[1]) if len(kept) == 2 else self._shapes[identity]
            if isinstance(kept[0], list):
                summary = decode_summary(kept[0], dtype, shape)
                if summary is not None:
                    self.trajectory.summaries[name, digest] = summary
            else:
                array = decode_array(kept[0], dtype, shape, digest)
                if array is not None:
                    self.trajectory.values[name, digest] = array
        return name, Write(count, digest)

    def _initialises(self, name: str, digest: str) -> bool:
        trajectory = self.trajectory
        # After training has begun, an initialiser that runs again and changes a value is a write.
        again = trajectory.states and trajectory.initial.get(name, digest) != digest
        return name not in self._trained and not again


def _check_next(what: str, value: Any, table: list[Any]) -> None:
    if fields.number(value, what) != len(table):
        raise ValueError(f"{what} {reprlib.repr(value)} instead of {len(table)}")
    _check_room(what, table)


def _check_room(what: str, table: list[Any]) -> None:
    if len(table) == TABLE_LIMIT:
        raise ValueError(f"more than {TABLE_LIMIT} records of a {what}")


def _item(table: list[_T], value: Any, what: str) -> _T:
    index = fields.number(value, what)
    if index >= len(table):
        raise ValueError(f"{reprlib.repr(index)} is not the number of a {what}")
    return table[index]
