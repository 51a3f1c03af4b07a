"""Records ``tf.compat.v1`` sessions (and those of TensorFlow 1.15).

No op is added to the user's graph: the number of ops affects seeds in TensorFlow 1.15, and a graph
may be finalised. Values are read after a run by a second run; see ``session_reads``.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: ``BaseSession`` with ``_do_run``,
``make_callable`` and ``_make_callable_from_options``; ``_FetchHandler``; ``Graph._get_function``;
``CallableOptions``; ``Operation._id`` and ``_get_control_flow_context``; ``DType._is_ref_dtype``. A
function's definition is ``definition`` in 1.15 and ``cached_definition`` in 2.x; feeds are keyed by
tensor in 1.15, by reference in 2.x.
"""

from __future__ import annotations

import contextlib
import functools
import re
import sys
import weakref
from typing import (
    Callable,
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

from .fixed_order import FixedOrder
from .graph_records import GraphRecords
from .interfaces import (
    Function,
    Graph,
    Message,
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
from .thread_pools import InOpThread
from .unrecorded_state import SERVER, VARIABLE

# How TensorFlow's error messages name an op.
_NODE = re.compile(r"(?:\{\{|\[\[)node ([^\s{}\[\]]+)")

_ATTRIBUTE = "_migrate_vars_recorder"
_VALUED = "_migrate_vars_valued"
_ADOPTED = "_migrate_vars_adopted"
# The name of the wrapper that `make_callable` returns.
_RECORDED = "recorded"
_PENDING = "_migrate_vars_pending"
_PARTIAL = "_migrate_vars_partial"
_NOT_READ = "what the run at {}:{} wrote before it failed could not be read"


class _Run(NamedTuple):
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
    """Hooks ``BaseSession`` to record the state after every run that writes."""

    def __init__(
        self,
        recording: Recording,
        errors: TensorFlowModule,
        callable_options: TensorFlowClass,
        one_at_a_time: bool = False,
    ) -> None:
        """Prepares to record.

        Args:
            recording: Receives the writes.
            errors: ``tensorflow.python.framework.errors_impl``.
            callable_options: ``tensorflow.core.protobuf.config_pb2.CallableOptions``.
            one_at_a_time: Whether sessions run one op at a time, so that races can have a fixed
                order.
        """
        self._recording = recording
        self._one_at_a_time = one_at_a_time
        self._errors = errors
        self._callable_options = callable_options
        self._reads = SessionReads(recording, errors, callable_options)
        # Sessions whose runs take elements from datasets whose functions write.
        self._iterating: weakref.WeakSet[Session] = weakref.WeakSet()

    def install(self, session_module: TensorFlowModule) -> None:
        """Patches the class; ``session_module`` is ``tensorflow.python.client.session``."""
        base = session_module.BaseSession
        recorder = self
        original_run = base._do_run
        original_setup, original_close = base.partial_run_setup, base.close
        original_callable: Function = base.make_callable
        from_options = self._reads.make_callable = base._make_callable_from_options
        options = self._callable_options
        schedule = FixedOrder(
            from_options, options, InOpThread(session_module, from_options, options)
        )

        @functools.wraps(original_run)
        def do_run(
            session: Session,
            handle: Value,
            targets: Value,
            fetches: Value,
            feeds: Value,
            *rest: Value,
        ) -> Value:
            if recorder._recording.busy:
                return original_run(session, handle, targets, fetches, feeds, *rest)
            fed = [getattr(t, "deref", lambda t=t: t)().name for t in feeds]
            run = _Run(session, list(targets), list(fetches), fed)
            with recorder._recording.feeds.session_run(fed, feeds.values()) as values:
                feeds = dict(zip(feeds, values))
                with recorder._recording_failures(run):
                    keeps = recorder._needs_fixed_order(
                        session, handle, targets, fetches, fed, rest
                    )
                    with recorder._recording.rounding(session.graph):
                        if keeps:
                            result = schedule.run(session, targets, fetches, dict(zip(fed, values)))
                        else:
                            result = original_run(session, handle, targets, fetches, feeds, *rest)
                if handle is None:
                    recorder.after_run(run, result)
                else:
                    recorder.after_partial_run(session, handle)
            recorder._recording.fetches.session_run(fetches, result, recorder._recording.step)
            return result

        base._do_run = do_run

        @functools.wraps(original_close)
        def close(session: Session) -> None:
            recorder.finish(session)
            original_close(session)

        base.close = close

        @functools.wraps(original_setup)
        def partial_run_setup(session: Session, fetches: Value, feeds: Value = None) -> Value:
            handle = original_setup(session, fetches, feeds)
            run = recorder._run_of(
                session, session_module._FetchHandler(session.graph, fetches, {})
            )
            vars(session).setdefault(_PARTIAL, {})[handle] = run
            return handle

        base.partial_run_setup = partial_run_setup

        @functools.wraps(original_callable)
        def make_callable(
            session: Session, fetches: Value, feed_list: Value = None, accept_options: bool = False
        ) -> Function:
            call: Function = original_callable(session, fetches, feed_list, accept_options)
            if feed_list is not None:
                return call  # it calls `session.run`
            run = recorder._run_of(
                session, session_module._FetchHandler(session.graph, fetches, {})
            )

            @functools.wraps(call)
            def recorded(*args: Value, **kwargs: Value) -> Value:
                if recorder._recording.busy:
                    return call(*args, **kwargs)
                with recorder._recording_failures(run), recorder._recording.rounding(session.graph):
                    result = call(*args, **kwargs)
                recorder.after_run(run)
                return result

            return recorded

        base.make_callable = make_callable

        @functools.wraps(from_options)
        def make_callable_from_options(session: Session, options: Message) -> Function:
            call = from_options(session, options)
            element = session.graph.as_graph_element
            wanted = [element(name) for name in [*options.target, *options.fetch]]
            targets = [each for each in wanted if not hasattr(each, "op")]
            fetched = [each for each in wanted if hasattr(each, "op")]
            fed = [element(name).name for name in options.feed]
            run = _Run(session, targets, fetched, fed)

            def recorded(*args: Value, **kwargs: Value) -> Value:
                if recorder._recording.busy:
                    return call(*args, **kwargs)
                with recorder._recording.feeds.session_run(fed, args) as values:
                    with recorder._recording_failures(run), recorder._recording.rounding(
                        session.graph
                    ):
                        result = call(*values, **kwargs)
                    recorder.after_run(run)
                recorder._recording.fetches.session_run(fetched, result, recorder._recording.step)
                return result

            return recorded

        base._make_callable_from_options = make_callable_from_options

    def adopt(self, sessions: Iterable[Session]) -> None:
        """Takes over open sessions; the current values of their variables are the initial ones."""
        with self._recording:
            for session in sessions:
                found = [op for op in session.graph.get_operations() if op.type in VARIABLE_OPS]
                vars(session)[_ADOPTED] = self._reads.read(session, found) if found else {}

    def install_call(
        self, session_class: TensorFlowClass, operation_name: Callable[[Value], str]
    ) -> None:
        """Hooks callables that were created before the recorder was installed.

        Args:
            session_class: ``BaseSession``.
            operation_name: Returns the name of an op of TensorFlow's C interface.
        """
        original = session_class._call_tf_sessionrun
        recorder = self

        @functools.wraps(original)
        def call(
            session: Session,
            options: Value,
            feeds: Value,
            fetches: Value,
            targets: Value,
            *rest: Value,
        ) -> Value:
            frame = sys._getframe(1)
            above = frame.f_back
            known = frame.f_code.co_name == "_run_fn" or (
                above and above.f_code.co_name == _RECORDED
            )
            if known or recorder._recording.busy:
                return original(session, options, feeds, fetches, targets, *rest)
            element = session.graph.as_graph_element
            fetched = [element(f"{operation_name(each.oper)}:{each.index}") for each in fetches]
            run = _Run(session, [element(operation_name(op)) for op in targets], fetched, [])
            with recorder._recording_failures(run):
                result = original(session, options, feeds, fetches, targets, *rest)
            recorder.after_run(run, result)
            return result

        session_class._call_tf_sessionrun = call

    def _run_of(self, session: Session, handler: Value) -> _Run:
        """The run for the fetches found by a ``_FetchHandler``."""
        return _Run(session, list(handler.targets()), list(handler.fetches()), [])

    def trains(self, session: Session, roots: List[Operation], fed: List[str]) -> bool:
        """Whether a run writes a variable that no metric owns."""
        with self._recording:
            records = self._records(session.graph)
            found = records.writes_of(roots, fed)
            written = [*found.counts, *found.initialised]
            written.sort(key=lambda op: op._id)  # names are assigned in the graph's order
            return not all(self._recording.is_metric(records.name_of(op)) for op in written)

    def after_run(self, run: _Run, results: Optional[List[Value]] = None) -> None:
        """Reads and records what a run has written.

        Args:
            run: The run.
            results: The values of the fetched tensors, if available.
        """
        with self._recording:
            session = run.session
            records = self._records(session.graph)
            found = records.writes_of(run.roots, run.fed)
            if not (found.counts or found.initialised or found.passing):
                self._find_races(run, records, found, results)
                return
            values, writes = self._read_writes(records, session, found.all())
            passing = self._dataset_writes(records, session, found) if found.passing else ()
            if session._target:
                self._recording.unseen(SERVER)
            assign = functools.partial(records.assign, session)
            self._recording.record(
                writes,
                assign,
                passing=passing,
                trains=not found.restores,
                rounded=self._recording.rounds(session.graph),
            )
            self._find_races(run, records, found, results)
            if self._recording.races:
                self._initialised_in(session).update(values)

    def _find_races(
        self, run: _Run, records: GraphRecords, found: Writes, results: Optional[List[Value]]
    ) -> None:
        """Looks for races in a run, if requested and possible."""
        if self._recording.races and found.may_race:
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
            self._recording.begins(self._numbered(begin, number))
        writes: List[Write] = []
        for variable in written:
            value = values.get(variable)
            if isinstance(value, Contents):
                name = records.name_of(variable)
                begin = as_writes(name, 0, empty(value))
                self._recording.begins(self._numbered(begin, number))
                writes += as_writes(name, counts[variable], value)
            elif variable in values:
                writes.append((records.name_of(variable), counts[variable], value))
            elif counts[variable] != 0 and variable in self._reads.unreadable:
                # A single write may be the initialisation.
                if self._reads.unreadable[variable] or counts[variable] != 1:
                    site = self._recording.site_of(variable.traceback)
                    self._recording.unseen(VARIABLE, records.name_of(variable), site)
                self._reads.unreadable[variable] = True
        return values, self._numbered(writes, number)

    def _numbered(self, writes: List[Write], number: int) -> List[Write]:
        """The writes with the names that variables have in a further session."""
        if number == 1:
            return writes
        return [(self._recording.numbered(n, number), count, value) for n, count, value in writes]

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
        if not pending or session._closed or self._recording.busy:
            return
        with self._recording:
            records = self._records(session.graph)
            counts: Dict[Operation, Optional[int]] = dict.fromkeys(pending)
            passing = self._read_writes(records, session, counts)[1]
            self._recording.record([], passing=passing)

    def finish_all(self) -> None:
        """Calls :meth:`finish` for all remaining sessions."""
        for session in list(self._iterating):
            self.finish(session)

    def after_partial_run(self, session: Session, handle: Value) -> None:
        """Records what a partial run may have written so far."""
        run = vars(session).get(_PARTIAL, {}).get(handle)
        if run is None:
            return
        with self._recording:
            records = self._records(session.graph)
            writes = self._partial_writes(records, run, records.writes_of(run.roots, run.fed))
            assign = functools.partial(records.assign, session)
            self._recording.record(self._recording.changed(writes), assign)

    def _partial_writes(self, records: GraphRecords, run: _Run, found: Writes) -> List[Write]:
        """The possible writes of a run that was not completed."""
        counts = {op: count if count in (0, 1) else None for op, count in found.all().items()}
        if not counts:
            return []
        values, writes = self._read_writes(records, run.session, counts)
        if self._recording.races:
            self._initialised_in(run.session).update(values)
        return writes

    @contextlib.contextmanager
    def _recording_failures(self, run: _Run) -> Iterator[None]:
        """Records what the run in the body wrote, if it fails."""
        try:
            yield
        except BaseException as error:
            if not self._recording.busy and not run.session._closed:
                with self._recording:
                    self._after_failure(run, error)
            raise

    def _after_failure(self, run: _Run, error: BaseException) -> None:
        records = self._records(run.session.graph)
        found = records.writes_of(run.roots, run.fed)
        self._find_races(run, records, found, None)  # a race may be the reason for the failure
        try:
            writes = self._partial_writes(records, run, found)
            passing = self._dataset_writes(records, run.session, found, ended=True)
        except (self._errors.OpError, RuntimeError):
            self._recording.warn(_NOT_READ.format(*self._recording.site_of(None)))
            return
        assign = functools.partial(records.assign, run.session)
        written = self._recording.record_failed(writes, assign, passing=passing)
        if not written or not isinstance(error, self._errors.OpError):
            return  # an interrupt is raised when TensorFlow has finished
        op = failed_op(run.session.graph, str(error))
        # Without an op, as for a time limit, the failure is unordered with all writes.
        fed = set(run.fed)
        loose = {
            records.name_of(variable): self._recording.site_of(writer.traceback)
            for variable, writers in found.writers.items()
            for writer in writers
            if op is None or not (comes_before(writer, op, fed) or comes_before(op, writer, fed))
        }
        loose = {name: loose[name] for name in written if name in loose}
        if loose:
            self._recording.failure(type(error).__name__ if op is None else op.name, loose)

    def _needs_fixed_order(
        self,
        session: Session,
        handle: Value,
        targets: List[Operation],
        fetches: List[Tensor],
        fed: List[str],
        rest: Tuple[Value, ...],
    ) -> bool:
        """Whether to make a run in a fixed order: it races, and has no options."""
        if not (self._recording.races and self._one_at_a_time) or handle is not None or any(rest):
            return False
        with self._recording:
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
        if records is None or records.recording is not self._recording:
            records = GraphRecords(graph, self._recording)
            setattr(graph, _ATTRIBUTE, records)
        return records


def failed_op(graph: Graph, message: str) -> Optional[Operation]:
    """The first op of a graph named in an error message, or None."""
    for name in _NODE.findall(message):
        with contextlib.suppress(KeyError, ValueError):
            return graph.get_operation_by_name(name)
    return None
