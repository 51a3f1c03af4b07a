"""Writes a trajectory file: JSON Lines, so that an interrupted file is still readable.

The format is described in ``docs/trajectory-format.md``.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import weakref
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from .appended_file import AppendedFile
from .digest import digest_of
from .encoding import as_array, digest_text, dtype_name, encode_array, to_base64
from .interfaces import Array, ByteArray, Items, JsonObject, Place, Value, Write
from .retention import keeps_statistics, keeps_summary, keeps_value
from .sampling import sample_positions, statistics_of

FORMAT = "migrate-vars trajectory"
VERSION = 2

#: Larger files, or files with more writes, variables or lines, are neither written nor read.
FILE_LIMIT = 1 << 30
WRITES_LIMIT = 10_000_000
TABLE_LIMIT = 100_000
#: Larger values, in bytes, are never kept, so that no line becomes too long to read.
KEPT_VALUE_LIMIT = 1 << 25
# Maximum text kept per run for requested values, and again for all others.
_RUN_LIMIT = 1 << 28
_RUN_WARNING = "values and samples are kept up to {} MiB: later ones are recorded as digests only"

_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class _Variable:
    """What the writer knows about a variable."""

    __slots__ = ("identity", "kept", "last", "record", "shape", "wanted", "writes")

    def __init__(self, identity: int, shape: Tuple[int, ...], wanted: Set[str]) -> None:
        self.identity = identity
        self.shape = shape
        self.wanted = wanted
        self.writes = -1  # the first value initialises
        self.kept = ""  # digest of the last kept value
        self.last = ""  # digest of the last recorded value
        self.record = ""  # its record


def _before_fork(writer: Callable[[], Optional[TrajectoryWriter]]) -> None:
    found = writer()
    if found is not None:
        found.forks += 1


def _after_fork(writer: Callable[[], Optional[TrajectoryWriter]]) -> None:
    """Called in a forked child."""
    found = writer()
    if found is not None:
        found.continue_in_child()


class TrajectoryWriter:
    """Appends the records of a run to a file.

    A forked process of the program writes what it trains to its own file beside it, with
    ``.process1`` and so on appended to the name.
    """

    def __init__(
        self,
        path: str,
        header: JsonObject,
        keep: Optional[Mapping[str, Sequence[str]]] = None,
        keep_states: Iterable[int] = (),
    ) -> None:
        """Opens ``path`` for writing and writes the header.

        Args:
            path: The file.
            header: The description of the run.
            keep: Digests of values to keep regardless of their size, by variable.
            keep_states: Numbers of states whose values are also kept.
        """
        self._path = os.path.abspath(path)
        self._header = _to_json(dict({"format": FORMAT, "version": VERSION}, **header))
        # None in a child that has not trained yet.
        self._file: Optional[AppendedFile] = AppendedFile(path)
        self._variables: Dict[str, _Variable] = {}
        self._sites: Dict[Place, int] = {}
        self._feeds: Dict[Tuple[str, str, Tuple[int, ...]], int] = {}
        self._keep = keep or {}
        self._keep_states = frozenset(keep_states)
        self._states = self._writes = self._bytes = 0
        self._left = self._left_to_ask = _RUN_LIMIT
        self._lock = threading.RLock()
        self.ended = False
        #: The owners of variables by name: a metric or an optimizer, for instance.
        self.owners: Dict[str, str] = {}
        #: The number of forks of the program.
        self.forks = 0
        #: For variables of further sessions, the name in the graph and the session's number.
        self.sessions: Dict[str, Tuple[str, int]] = {}
        if hasattr(os, "register_at_fork"):
            # Not a bound method, which would never be freed, and crashes Python 3.7 at exit.
            os.register_at_fork(
                before=functools.partial(_before_fork, weakref.ref(self)),
                after_in_child=functools.partial(_after_fork, weakref.ref(self)),
            )
        self._append([self._header])

    def continue_in_child(self) -> None:
        """Leaves the file to the parent; a new one is opened once something is trained."""
        self._lock = threading.RLock()
        self._path += f".process{self.forks}"
        self._file, self.forks = None, 0

    def _begin_child(self) -> None:
        """Starts the file of a child, with the parent's values as the initial ones."""
        self._file = AppendedFile(self._path)
        self._states = self._writes = self._bytes = 0
        self._sites.clear()
        self._feeds.clear()
        place = _to_json({"site": 0, "path": "", "line": 0})
        self._sites["", 0] = 0
        records, entries = [self._header, place], []
        for identity, variable in enumerate(self._variables.values()):
            variable.identity, variable.kept = identity, ""
            records.append(variable.record)
            entries.append(f'[{identity},0,"{variable.last}"]')
        records.append("[0,0,0,{}]".format(",".join(entries)) if entries else "[0,0,0]")
        self._states = 1
        self._append(records)

    def _append(self, records: List[str]) -> None:
        if self.ended or self._file is None:
            return
        data = "".join(record + "\n" for record in records).encode()
        # Unbuffered: nothing is lost if the program is killed, or duplicated if it forks.
        with self._lock:
            self._file.write(data)
            self._bytes += len(data)

    def state(
        self,
        step: int,
        site: Place,
        writes: List[Write],
        fed: Iterable[Tuple[int, Items]] = (),
    ) -> None:
        """Records a state.

        Args:
            step: The training step, from 1; 0 during initialisation.
            site: Path and line of the user's code.
            writes: The writes.
            fed: For each call that causes the state, its number, and the arrays that it was fed by
                name.
        """
        with self._lock:
            if self._file is None and not self.ended:
                self._begin_child()
            records: List[str] = []
            for call, items in fed:
                self._fed(call, items, records)
            place = self._place(site, records)
            entries = [self._entry(name, count, value, records) for name, count, value in writes]
            records.append("[{},{},{},{}]".format(self._states, step, place, ",".join(entries)))
            self._append(records)
            self._states += 1
            self._writes += len(entries)
            if (
                self._bytes > FILE_LIMIT - 2 * _RUN_LIMIT
                or self._writes > WRITES_LIMIT
                or max(len(self._sites), len(self._variables), len(self._feeds)) > TABLE_LIMIT
            ):
                self.end("error", "the recording became too large")

    def differs(self, name: str, value: Value) -> bool:
        """Whether a value differs from the variable's last recorded one, or is the first."""
        variable = self._variables.get(name)
        return variable is None or variable.last != digest_text(as_array(value))

    def has(self, name: str, value: Value) -> None:
        """Notes that a variable was set to a value that is not recorded."""
        variable = self._variables.get(name)
        if variable is not None:
            variable.last = digest_text(as_array(value))

    def _fed(self, call: int, items: Items, records: List[str]) -> None:
        """Appends the fed values of a call to ``records``."""
        entries: List[str] = []
        for name, array in items:
            key = (name, dtype_name(array), array.shape)
            feed = self._feeds.get(key)
            if feed is None:
                feed = self._feeds[key] = len(self._feeds)
                record = {"feed": feed, "name": name, "dtype": key[1], "shape": list(array.shape)}
                records.append(_to_json(record))
            entries.append(f'[{feed},"{digest_text(array)}"]')
        self._writes += len(entries)
        records.append(f'{{"fed":[{",".join(entries)}],"call":{call}}}')

    def _place(self, site: Place, records: List[str]) -> int:
        """The number of a line; a new line's record is appended to ``records``."""
        place = self._sites.get(site)
        if place is None:
            place = self._sites[site] = len(self._sites)
            records.append(_to_json({"site": place, "path": site[0], "line": site[1]}))
        return place

    def _entry(self, name: str, count: Optional[int], value: Value, records: List[str]) -> str:
        """An entry of a state; a new variable's record is appended to ``records``."""
        array = as_array(value)
        variable = self._variables.get(name)
        if variable is None:
            own, session = self.sessions.get(name, (name, 1))
            wanted = {*self._keep.get(own, ()), *self._keep.get(name, ())}
            variable = _Variable(len(self._variables), array.shape, wanted)
            self._variables[name] = variable
            record = {"variable": variable.identity, "name": own, "dtype": dtype_name(array)}
            record.update({"owner": self.owners[own]} if own in self.owners else {})
            record.update({"session": session} if session > 1 else {})
            variable.record = _to_json(dict(record, shape=list(array.shape)))
            records.append(variable.record)
        data = encode_array(array)
        digest = variable.last = to_base64(digest_of(array.shape, data))
        variable.writes += count or 1
        entry = '[{},{},"{}"'.format(variable.identity, "null" if count is None else count, digest)
        if digest in variable.wanted or self._states in self._keep_states:
            variable.wanted.discard(digest)
            self._keep_wanted(variable, digest, array, data, records)
        kept = "" if digest == variable.kept else self._kept(variable, array, data)
        if kept:
            entry += "," + kept
            variable.kept = digest
            if array.shape != variable.shape:
                entry += "," + _to_json(list(array.shape))
        return entry + "]"

    def _keep_wanted(
        self, variable: _Variable, digest: str, array: Array, data: ByteArray, records: List[str]
    ) -> None:
        """Appends a record with a requested value, unless it is too large."""
        self._left_to_ask -= data.size * 4 // 3
        if data.size <= KEPT_VALUE_LIMIT and self._left_to_ask > 0:
            record = {"value": variable.identity, "digest": digest, "shape": list(array.shape)}
            records.append(_to_json(dict(record, data=to_base64(data))))

    def _kept(self, variable: _Variable, array: Array, data: ByteArray) -> str:
        """The value or its summary, as JSON; "" if neither is kept."""
        if self._left <= 0:
            return ""
        if keeps_value(variable.writes, data.size):
            kept = f'"{to_base64(data)}"'
        elif keeps_summary(variable.writes) and array.dtype.kind not in "OSU":
            samples = to_base64(encode_array(array.take(sample_positions(array.size))))
            kept = _to_json(
                [samples, *statistics_of(array)]
                if keeps_statistics(variable.writes, array)
                else [samples]
            )
        else:
            return ""
        self._left -= len(kept)
        if self._left <= 0:
            self.warn(_RUN_WARNING.format(_RUN_LIMIT >> 20))
        return kept

    def random_op(self, kind: str, site: Place, record: JsonObject) -> None:
        """Records a random op."""
        with self._lock:
            records: List[str] = []
            place = self._place(site, records)
            self._append([*records, _to_json(dict({"random": kind, "site": place}, **record))])

    def shuffle(self, site: Place) -> None:
        """Records a line where a dataset is shuffled."""
        with self._lock:
            records: List[str] = []
            place = self._place(site, records)
            self._append([*records, _to_json({"shuffle": place})])

    def idle_draw(self, number: int) -> None:
        """Records that a random op, given by its number, drew outside of training."""
        self._append([_to_json({"idle": number})])

    def evidence(self, record: JsonObject) -> None:
        """Records the receiver of a call of a state op."""
        self._append([_to_json({"evidence": record})])

    def apart(self, name: str) -> None:
        """Records that two sessions train a variable alternately; this is the second's."""
        self._append([_to_json({"apart": self._variables[name].identity})])

    def note(self, record: JsonObject) -> None:
        """Records something beside the states."""
        self._append([_to_json(record)])

    def race(self, record: JsonObject) -> None:
        """Records a race in a session run, or new facts about one."""
        self._append([_to_json(record)])

    def perturbed(self, moved: bool) -> None:
        """Records how rounding was perturbed: whether values were moved after steps."""
        self._append([_to_json({"perturbed": "values" if moved else "rounding"})])

    def warn(self, message: str) -> None:
        """Records a warning for readers of the verdict."""
        self._append([_to_json({"warning": message})])

    def end(self, status: str, detail: str = "") -> None:
        """Records how the program ended; later calls of any method do nothing."""
        self._append([_to_json({"end": status, "detail": detail})])
        self.ended = True
