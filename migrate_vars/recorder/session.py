"""Records ``tf.compat.v1`` sessions (and those of TensorFlow 1.15).

No op is added to the user's graph: ops decide seeds in TensorFlow 1.15, and a graph may be
finalised. Values are read after a run by a second run that fetches tensors that already exist: the
reference itself for a reference variable, a ``ReadVariableOp`` for a resource variable.

Internals of TensorFlow that this relies on, alike in 1.15 and in 2.16 to 2.21: ``BaseSession``
with ``_do_run``, ``make_callable`` and ``_make_callable_from_options``; ``_FetchHandler``;
``Graph._get_function``; ``CallableOptions``; ``Operation._id`` and ``_get_control_flow_context``;
``DType._is_ref_dtype``. A function's definition is ``definition`` in 1.15 and
``cached_definition`` in 2.x; what a run is fed is known by tensor in 1.15, by reference in 2.x.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Set, Tuple

from .forcing import set_in_session
from .metrics import made_by_metric
from .pools import Inside
from .race_log import RaceLog
from .recording import Recording, Write
from .schedule import Schedule
from .writes import FunctionWrites, Writes, find_session_writes

_ATTRIBUTE = "_migrate_vars_recorder"
_VALUED = "_migrate_vars_valued"
_UNREADABLE = "variable {!r} is never read in its graph, so its values could not be recorded"


class _GraphRecords:
    """What is known of one graph: names of its variables, and what each kind of run writes."""

    def __init__(self, graph: Any, recording: Recording) -> None:
        self._graph = graph
        self.recording = recording
        self._functions = FunctionWrites(self._function_definition)
        self._library: Dict[str, Any] = {}
        self._runs: Dict[Any, Writes] = {}
        self._names: Dict[Any, str] = {}
        self._variables: Dict[str, Any] = {}
        self.races = RaceLog(recording, self._functions, self.name_of)

    def _function_definition(self, name: str) -> Any:
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

    def name_of(self, variable: Any) -> str:
        name = self._names.get(variable)
        if name is None:
            name = self._names[variable] = self.recording.unique_name(variable.name)
            self._variables[name] = variable
            if made_by_metric(variable.traceback):
                self.recording.metric(name)
        return name

    def assign(self, session: Any, name: str, value: Any) -> bool:
        """Sets a variable that has been written before, and says whether it could."""
        variable = self._variables.get(name)
        return variable is not None and set_in_session(session, variable, value)

    def writes_of(self, roots: List[Any], fed: List[str]) -> Writes:
        key = (frozenset(op.name for op in roots), frozenset(fed))
        found = self._runs.get(key)
        if found is None:
            found = find_session_writes(roots, set(fed), self._functions)
            self._runs[key] = found
        return found


class SessionRecorder:
    """Hooks ``BaseSession`` so that the state after every run that writes is recorded."""

    def __init__(
        self, recording: Recording, errors: Any, callable_options: Any, one_at_a_time: bool = False
    ) -> None:
        """Prepares to record.

        Args:
            recording: Takes the writes.
            errors: ``tensorflow.python.framework.errors_impl``.
            callable_options: ``tensorflow.core.protobuf.config_pb2.CallableOptions``.
            one_at_a_time: Whether sessions run one op at a time, so that races can be kept to one
                order.
        """
        self._recording = recording
        self._one_at_a_time = one_at_a_time
        self._errors = errors
        self._callable_options = callable_options

    def install(self, session_module: Any) -> None:
        """Patches the class; ``session_module`` is ``tensorflow.python.client.session``."""
        base = session_module.BaseSession
        recorder = self
        original_run = base._do_run
        original_callable: Callable[..., Any] = base.make_callable
        from_options = self._make_callable = base._make_callable_from_options
        options = self._callable_options
        schedule = Schedule(from_options, options, Inside(session_module, from_options, options))

        @functools.wraps(original_run)
        def do_run(
            session: Any, handle: Any, targets: Any, fetches: Any, feeds: Any, *rest: Any
        ) -> Any:
            if recorder._recording.busy:
                return original_run(session, handle, targets, fetches, feeds, *rest)
            fed = [getattr(t, "deref", lambda t=t: t)().name for t in feeds]
            with recorder._recording.feeds.session_run(fed, feeds.values()) as values:
                feeds = dict(zip(feeds, values))
                try:
                    if recorder._keeps_order(session, handle, targets, fetches, fed, rest):
                        result = schedule.run(session, targets, fetches, dict(zip(fed, values)))
                    else:
                        result = original_run(session, handle, targets, fetches, feeds, *rest)
                except recorder._errors.OpError:
                    recorder.after_failure(session, list(targets), list(fetches), fed)
                    raise
                recorder.after_run(session, list(targets), list(fetches), fed, result)
            return result

        base._do_run = do_run

        @functools.wraps(original_callable)
        def make_callable(
            session: Any, fetches: Any, feed_list: Any = None, accept_options: bool = False
        ) -> Any:
            run = original_callable(session, fetches, feed_list, accept_options)
            if feed_list is not None:
                return run  # it calls `session.run`
            handler = session_module._FetchHandler(session.graph, fetches, {})
            targets, fetched = list(handler.targets()), list(handler.fetches())

            @functools.wraps(run)
            def recorded(*args: Any, **kwargs: Any) -> Any:
                result = run(*args, **kwargs)
                if not recorder._recording.busy:
                    recorder.after_run(session, targets, fetched, [])
                return result

            return recorded

        base.make_callable = make_callable

        @functools.wraps(from_options)
        def make_callable_from_options(session: Any, options: Any) -> Any:
            run = from_options(session, options)
            element = session.graph.as_graph_element
            wanted = [element(name) for name in [*options.target, *options.fetch]]
            targets = [each for each in wanted if not hasattr(each, "op")]
            fetched = [each for each in wanted if hasattr(each, "op")]
            fed = [element(name).name for name in options.feed]

            def recorded(*args: Any, **kwargs: Any) -> Any:
                if recorder._recording.busy:
                    return run(*args, **kwargs)
                with recorder._recording.feeds.session_run(fed, args) as values:
                    result = run(*values, **kwargs)
                    recorder.after_run(session, targets, fetched, fed)
                return result

            return recorded

        base._make_callable_from_options = make_callable_from_options

    def after_run(
        self,
        session: Any,
        targets: List[Any],
        fetched: List[Any],
        fed: List[str],
        results: Optional[List[Any]] = None,
    ) -> None:
        """Reads and records what a run has written.

        Args:
            session: The session.
            targets: The ops that were run for nothing but to be run.
            fetched: The tensors that were fetched.
            fed: The names of the tensors that were fed.
            results: The values of ``fetched``, where they are at hand.
        """
        with self._recording:
            records = self._records(session.graph)
            found = records.writes_of(targets + [tensor.op for tensor in fetched], fed)
            counts: Dict[Any, Optional[int]] = dict.fromkeys(found.initialised, 0)
            counts.update(found.counts)
            if not counts:
                self._find_races(session, records, found, targets, fetched, fed, results)
                return
            # Initialisers of several variables run in any order: keep the graph's.
            written = sorted(counts, key=lambda op: op._id)
            values = self._read(session, written)
            writes: List[Write] = [
                (records.name_of(op), counts[op], values[op]) for op in written if op in values
            ]
            self._recording.record(writes, functools.partial(records.assign, session))
            self._find_races(session, records, found, targets, fetched, fed, results)
            if self._recording.races:
                self._valued(session).update(values)

    def _find_races(
        self,
        session: Any,
        records: _GraphRecords,
        found: Writes,
        targets: List[Any],
        fetched: List[Any],
        fed: List[str],
        results: Optional[List[Any]],
    ) -> None:
        """Looks for races in a run, if they are asked for and there may be some."""
        if self._recording.races and found.may_race:
            fresh = self._fresh(session, found)
            records.races.after_run(targets, fetched, fed, fresh, results)

    def _keeps_order(
        self, session: Any, handle: Any, targets: Any, fetches: Any, fed: List[str], rest: Any
    ) -> bool:
        """Whether a run is to be made in an order of ours: it races, and asks for nothing else."""
        if not (self._recording.races and self._one_at_a_time) or handle is not None or any(rest):
            return False
        with self._recording:
            records = self._records(session.graph)
            found = records.writes_of([*targets, *(tensor.op for tensor in fetches)], fed)
            if not found.may_race:
                return False
            return records.races.any(targets, fetches, fed, self._fresh(session, found))

    def after_failure(
        self, session: Any, targets: List[Any], fetched: List[Any], fed: List[str]
    ) -> None:
        """Looks for races in a run that has failed, which may be why it has."""
        if self._recording.races:
            with self._recording:
                records = self._records(session.graph)
                found = records.writes_of([*targets, *(tensor.op for tensor in fetched)], fed)
                self._find_races(session, records, found, targets, fetched, fed, None)

    def _fresh(self, session: Any, found: Writes) -> FrozenSet[Any]:
        """The variables that a run initialises for the first time in a session."""
        return frozenset(found.initialised - self._valued(session))

    def _valued(self, session: Any) -> Set[Any]:
        """The variables that have got a value in a session."""
        valued: Set[Any] = vars(session).setdefault(_VALUED, set())
        return valued

    def _records(self, graph: Any) -> _GraphRecords:
        # Kept on the graph, as the readers are on the session, so as to live no longer.
        records = getattr(graph, _ATTRIBUTE, None)
        if records is None or records.recording is not self._recording:
            records = _GraphRecords(graph, self._recording)
            setattr(graph, _ATTRIBUTE, records)
        return records

    def _reader(self, session: Any, tensors: List[Any]) -> Callable[[], Any]:
        """Fetches tensors; a callable that TensorFlow keeps ready is faster than a run."""
        options = self._callable_options()
        options.fetch.extend(tensor.name for tensor in tensors)
        # In this thread: to wake another one takes longer than to read.
        options.run_options.inter_op_thread_pool = -1
        read: Callable[[], Any] = self._make_callable(session, options)
        return read

    def _read(self, session: Any, variables: List[Any]) -> Dict[Any, Any]:
        """The values of the variables that have one and that existing tensors can give."""
        readers = vars(session).setdefault(_ATTRIBUTE, {})
        key = tuple(variables)
        if key not in readers:
            readable: List[Tuple[Any, Any]] = []
            for variable in variables:
                tensor = _existing_read(variable)
                if tensor is None:
                    self._recording.warn(_UNREADABLE.format(variable.name))
                else:
                    readable.append((variable, tensor))
            fetch = self._reader(session, [tensor for _, tensor in readable]) if readable else list
            readers[key] = ([variable for variable, _ in readable], fetch)
        readable_ops, fetch = readers[key]
        try:
            return dict(zip(readable_ops, fetch()))
        except self._errors.OpError:
            # A branch that was not taken may have left a variable without a value.
            if len(variables) == 1:
                return {}
        values: Dict[Any, Any] = {}
        for variable in variables:
            values.update(self._read(session, [variable]))
        return values


def _existing_read(variable: Any) -> Any:
    """A tensor of the graph that gives the variable's value when fetched alone, or None."""
    output = variable.outputs[0]
    if variable.type != "VarHandleOp":
        return output
    for consumer in output.consumers():
        if (
            consumer.type == "ReadVariableOp"
            and not consumer.control_inputs
            and consumer._get_control_flow_context() is None
        ):
            return consumer.outputs[0]
    return None
