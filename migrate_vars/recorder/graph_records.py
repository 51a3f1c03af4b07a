"""Caches what is known about a graph: variable names, and the writes of each kind of run."""

from __future__ import annotations

import weakref
from typing import Dict, FrozenSet, List, Optional, Tuple

from .dataset_writes import GraphDatasets
from .forced_values import set_in_session
from .interfaces import Graph, Message, Operation, Session, Value
from .op_writes import FunctionWrites, Writes, find_session_writes
from .race_log import RaceLog
from .recording import Recording
from .unrecorded_state import UnrecordedState

# Maximum number of open sessions of a graph that are told apart.
_SESSIONS = 16


class GraphRecords:
    """What is known about one graph.

    Attributes:
        recording: Receives the findings.
        races: The races in the graph's runs.
    """

    def __init__(self, graph: Graph, recording: Recording) -> None:
        """Starts with an empty cache for a graph."""
        self._graph = graph
        self.recording = recording
        self._functions = FunctionWrites(self._function_definition)
        self._datasets = GraphDatasets(self._functions)
        self._unseen = UnrecordedState(self._function_definition)
        self._numbers: weakref.WeakKeyDictionary[Session, int] = weakref.WeakKeyDictionary()
        self._library: Dict[str, Optional[Message]] = {}
        self._runs: Dict[Tuple[FrozenSet[str], FrozenSet[str]], Writes] = {}
        self._names: Dict[Operation, str] = {}
        self._variables: Dict[str, Operation] = {}
        self.races = RaceLog(recording, self._functions, self.name_of)

    def _function_definition(self, name: str) -> Optional[Message]:
        if name not in self._library:
            found = self._graph._get_function(name)
            if found is None:
                definition = None
            elif hasattr(found, "cached_definition"):
                definition = found.cached_definition
            else:
                definition = found.definition
            self._library[name] = definition
        return self._library[name]

    def _record_unseen(self, op: Operation) -> None:
        """Records that an op uses state that is not recorded."""
        for kind in sorted(self._unseen.of_op(op)):
            self.recording.unseen(kind, op.name, self.recording.site_of(op.traceback))

    def name_of(self, variable: Operation) -> str:
        """The name of a variable, which is unique in the recording."""
        name = self._names.get(variable)
        if name is None:
            name = self._names[variable] = self.recording.unique_name(variable.name)
            self._variables[name] = variable
            self.recording.made(name, variable.traceback)
        return name

    def number_of(self, session: Session) -> int:
        """The number of a session among the open ones of the graph, from 1."""
        number = self._numbers.get(session)
        if number is None:
            taken = {n for other, n in self._numbers.items() if not other._closed}
            free = (n for n in range(1, _SESSIONS) if n not in taken)
            number = self._numbers[session] = next(free, _SESSIONS)
        return number

    def assign(self, session: Session, name: str, value: Value) -> bool:
        """Sets a variable that has been written before; returns whether it could."""
        variable = self._variables.get(self.recording.own_name(name))
        return variable is not None and set_in_session(session, variable, value)

    def writes_of(self, roots: List[Operation], fed: List[str]) -> Writes:
        """The writes of a run; see ``find_session_writes``."""
        key = (frozenset(op.name for op in roots), frozenset(fed))
        found = self._runs.get(key)
        if found is None:
            found = find_session_writes(
                roots, set(fed), self._functions, self._datasets, self._record_unseen
            )
            self._runs[key] = found
        return found
