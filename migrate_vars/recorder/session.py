"""Records ``tf.compat.v1`` sessions (and those of TensorFlow 1.15).

No op is added to the user's graph: the number of ops affects seeds in TensorFlow 1.15, and a graph
may be finalised. Values are read after a run by a second run; see ``session_reads``.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: ``Graph._get_function``;
``CallableOptions``; ``Operation._id`` and ``_get_control_flow_context``; ``DType._is_ref_dtype``. A
function's definition is ``definition`` in 1.15 and ``cached_definition`` in 2.x.
"""

from __future__ import annotations

import contextlib
import functools
import re
import weakref
from typing import (
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Set,
    Tuple,
)

from .graph_records import GraphRecords
from .interfaces import (
    Graph,
    MakeCallable,
    Operation,
    Session,
    Tensor,
    TensorFlowClass,
    TensorFlowModule,
    Value,
    Write,
)
from .lookup_tables import (
    Contents,
    as_writes,
    empty,
)
from .op_writes import VARIABLE_OPS, Writes, comes_before
from .recording import Recording
from .session_reads import SessionReads
from .unrecorded_state import SERVER, VARIABLE

# How TensorFlow's error messages name an op.
_NODE = re.compile(r"(?:\{\{|\[\[)node ([^\s{}\[\]]+)")

_ATTRIBUTE = "_migrate_vars_recorder"
_VALUED = "_migrate_vars_valued"
_ADOPTED = "_migrate_vars_adopted"
_PENDING = "_migrate_vars_pending"
_PARTIAL = "_migrate_vars_partial"
_NOT_READ = "what the run at {}:{} wrote before it failed could not be read"


class SessionRun(NamedTuple):
    """The arguments of a run.

    Attributes:
        session: The session.
        targets: The target ops.
        fetched: The fetched tensors.
        fed: The names of the fed tensors.
    """

    session: Session
    targets: List[Operation]
    fetched: List[Tensor]
    fed: List[str]

    @property
    def roots(self) -> List[Operation]:
        """The ops that the run must execute."""
        return self.targets + [tensor.op for tensor in self.fetched]


class SessionRecorder:
    """Records the state after every run that writes; ``session_hooks`` tells it of the runs.

    Attributes:
        recording: Receives the writes.
    """

    def __init__(
        self,
        recording: Recording,
        errors: TensorFlowModule,
        callable_options: TensorFlowClass,
        make_callable: MakeCallable,
        one_at_a_time: bool = False,
    ) -> None:
        """Prepares to record.

        Args:
            recording: Receives the writes.
            errors: ``tensorflow.python.framework.errors_impl``.
            callable_options: ``tensorflow.core.protobuf.config_pb2.CallableOptions``.
            make_callable: ``BaseSession._make_callable_from_options``.
            one_at_a_time: Whether sessions run one op at a time, so that races can have a fixed
                order.
        """
        self.recording = recording
        self._one_at_a_time = one_at_a_time
        self._errors = errors
        self._reads = SessionReads(recording, errors, callable_options, make_callable)
        # Sessions whose runs take elements from datasets whose functions write.
        self._iterating: weakref.WeakSet[Session] = weakref.WeakSet()

    def adopt(self, sessions: Iterable[Session]) -> None:
        """Takes over open sessions; the current values of their variables are the initial ones."""
        with self.recording:
            for session in sessions:
                found = [op for op in session.graph.get_operations() if op.type in VARIABLE_OPS]
                vars(session)[_ADOPTED] = self._reads.read(session, found) if found else {}

    def trains(self, session: Session, roots: List[Operation], fed: List[str]) -> bool:
        """Whether a run writes a variable that no metric owns."""
        with self.recording:
            records = self._records(session.graph)
            found = records.writes_of(roots, fed)
            written = [*found.counts, *found.initialised]
            written.sort(key=lambda op: op._id)  # names are assigned in the graph's order
            return not all(self.recording.is_metric(records.name_of(op)) for op in written)

    def after_run(self, run: SessionRun, results: Optional[List[Value]] = None) -> None:
        """Reads and records what a run has written.

        Args:
            run: The run.
            results: The values of the fetched tensors, if available.
        """
        with self.recording:
            session = run.session
            records = self._records(session.graph)
            found = records.writes_of(run.roots, run.fed)
            if not (found.counts or found.initialised or found.passing):
                self._find_races(run, records, found, results)
                return
            values, writes = self._read_writes(records, session, found.all())
            passing = self._dataset_writes(records, session, found) if found.passing else ()
            if session._target:
                self.recording.unseen(SERVER)
            assign = functools.partial(records.assign, session)
            self.recording.record(
                writes,
                assign,
                passing=passing,
                trains=not found.restores,
                rounded=self.recording.rounds(session.graph),
            )
            self._find_races(run, records, found, results)
            if self.recording.races:
                self._initialised_in(session).update(values)

    def _find_races(
        self, run: SessionRun, records: GraphRecords, found: Writes, results: Optional[List[Value]]
    ) -> None:
        """Looks for races in a run, if requested and possible."""
        if self.recording.races and found.may_race:
            fresh = self._first_initialised(run.session, found)
            records.races.after_run(run.targets, run.fetched, run.fed, fresh, results)

    def _read_writes(
        self,
        records: GraphRecords,
        session: Session,
        counts: Dict[Operation, Optional[int]],
    ) -> Tuple[Dict[Operation, Value], List[Write]]:
        """Reads variables; returns their values, also as writes."""
        # Initialisers run in any order: use that of the graph.
        written = sorted(counts, key=lambda op: op._id)
        values = self._reads.read(session, written)
        number = records.number_of(session)
        adopted = vars(session).get(_ADOPTED)
        if adopted:
            begin: List[Write] = [
                (records.name_of(v), 0, adopted.pop(v)) for v in written if v in adopted
            ]
            self.recording.begins(self._numbered(begin, number))
        writes: List[Write] = []
        for variable in written:
            value = values.get(variable)
            if isinstance(value, Contents):
                name = records.name_of(variable)
                begin = as_writes(name, 0, empty(value))
                self.recording.begins(self._numbered(begin, number))
                writes += as_writes(name, counts[variable], value)
            elif variable in values:
                writes.append((records.name_of(variable), counts[variable], value))
            elif counts[variable] != 0 and variable in self._reads.unreadable:
                # A single write may be the initialisation.
                if self._reads.unreadable[variable] or counts[variable] != 1:
                    site = self.recording.site_of(variable.traceback)
                    self.recording.unseen(VARIABLE, records.name_of(variable), site)
                self._reads.unreadable[variable] = True
        return values, self._numbered(writes, number)

    def _numbered(self, writes: List[Write], number: int) -> List[Write]:
        """The writes with the names that variables have in a further session."""
        if number == 1:
            return writes
        return [(self.recording.numbered(n, number), count, value) for n, count, value in writes]

    def _dataset_writes(
        self, records: GraphRecords, session: Session, found: Writes, ended: bool = False
    ) -> List[Write]:
        """Reads what exhausted datasets have written; the others are read later."""
        pending = vars(session).setdefault(_PENDING, {})
        counts: Dict[Operation, Optional[int]] = {}
        for variable, one_by_one in found.passing.items():
            if one_by_one and not ended:
                pending[variable] = True
                self._iterating.add(session)
            elif variable not in found.counts:
                counts[variable] = None
        return self._read_writes(records, session, counts)[1] if counts else []

    def finish(self, session: Session) -> None:
        """Records what datasets have written, once no more elements will be taken from them."""
        pending = list(vars(session).pop(_PENDING, ()))
        if not pending or session._closed or self.recording.busy:
            return
        with self.recording:
            records = self._records(session.graph)
            counts: Dict[Operation, Optional[int]] = dict.fromkeys(pending)
            passing = self._read_writes(records, session, counts)[1]
            self.recording.record([], passing=passing)

    def finish_all(self) -> None:
        """Calls :meth:`finish` for all remaining sessions."""
        for session in list(self._iterating):
            self.finish(session)

    def begin_partial_run(self, run: SessionRun, handle: Value) -> None:
        """Remembers the arguments of a partial run."""
        vars(run.session).setdefault(_PARTIAL, {})[handle] = run

    def after_partial_run(self, session: Session, handle: Value) -> None:
        """Records what a partial run may have written so far."""
        run = vars(session).get(_PARTIAL, {}).get(handle)
        if run is None:
            return
        with self.recording:
            records = self._records(session.graph)
            writes = self._partial_writes(records, run, records.writes_of(run.roots, run.fed))
            assign = functools.partial(records.assign, session)
            self.recording.record(self.recording.changed(writes), assign)

    def _partial_writes(self, records: GraphRecords, run: SessionRun, found: Writes) -> List[Write]:
        """The possible writes of a run that was not completed."""
        counts = {op: count if count in (0, 1) else None for op, count in found.all().items()}
        if not counts:
            return []
        values, writes = self._read_writes(records, run.session, counts)
        if self.recording.races:
            self._initialised_in(run.session).update(values)
        return writes

    @contextlib.contextmanager
    def recording_failures(self, run: SessionRun) -> Iterator[None]:
        """Records what the run in the body wrote, if it fails."""
        try:
            yield
        except BaseException as error:
            if not self.recording.busy and not run.session._closed:
                with self.recording:
                    self._after_failure(run, error)
            raise

    def _after_failure(self, run: SessionRun, error: BaseException) -> None:
        records = self._records(run.session.graph)
        found = records.writes_of(run.roots, run.fed)
        self._find_races(run, records, found, None)  # a race may be the reason for the failure
        try:
            writes = self._partial_writes(records, run, found)
            passing = self._dataset_writes(records, run.session, found, ended=True)
        except (self._errors.OpError, RuntimeError):
            self.recording.warn(_NOT_READ.format(*self.recording.site_of(None)))
            return
        assign = functools.partial(records.assign, run.session)
        written = self.recording.record_failed(writes, assign, passing=passing)
        if not written or not isinstance(error, self._errors.OpError):
            return  # an interrupt is raised when TensorFlow has finished
        op = failed_op(run.session.graph, str(error))
        # Without an op, as for a time limit, the failure is unordered with all writes.
        fed = set(run.fed)
        loose = {
            records.name_of(variable): self.recording.site_of(writer.traceback)
            for variable, writers in found.writers.items()
            for writer in writers
            if op is None or not (comes_before(writer, op, fed) or comes_before(op, writer, fed))
        }
        loose = {name: loose[name] for name in written if name in loose}
        if loose:
            self.recording.failure(type(error).__name__ if op is None else op.name, loose)

    def needs_fixed_order(
        self,
        session: Session,
        handle: Value,
        targets: List[Operation],
        fetches: List[Tensor],
        fed: List[str],
        rest: Tuple[Value, ...],
    ) -> bool:
        """Whether to make a run in a fixed order: it races, and has no options."""
        if not (self.recording.races and self._one_at_a_time) or handle is not None or any(rest):
            return False
        with self.recording:
            records = self._records(session.graph)
            found = records.writes_of([*targets, *(tensor.op for tensor in fetches)], fed)
            if not found.may_race:
                return False
            return records.races.has_races(
                targets, fetches, fed, self._first_initialised(session, found)
            )

    def _first_initialised(self, session: Session, found: Writes) -> FrozenSet[Operation]:
        """The variables that a run initialises for the first time in a session."""
        return frozenset(found.initialised - self._initialised_in(session))

    def _initialised_in(self, session: Session) -> Set[Operation]:
        """The variables that have been initialised in a session."""
        valued: Set[Operation] = vars(session).setdefault(_VALUED, set())
        return valued

    def _records(self, graph: Graph) -> GraphRecords:
        # Stored on the graph, to have the same lifetime.
        records = getattr(graph, _ATTRIBUTE, None)
        if records is None or records.recording is not self.recording:
            records = GraphRecords(graph, self.recording)
            setattr(graph, _ATTRIBUTE, records)
        return records


def failed_op(graph: Graph, message: str) -> Optional[Operation]:
    """The first op of a graph named in an error message, or None."""
    for name in _NODE.findall(message):
        with contextlib.suppress(KeyError, ValueError):
            return graph.get_operation_by_name(name)
    return None
