"""Hooks ``BaseSession``, so that every run is recorded, in whichever way it is made.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: ``BaseSession`` with ``_do_run``,
``make_callable``, ``_make_callable_from_options`` and ``_call_tf_sessionrun``; ``_FetchHandler``.
Feeds are keyed by tensor in 1.15, by reference in 2.x.
"""

from __future__ import annotations

import functools
import sys
from typing import Callable

from .fixed_order import FixedOrder
from .interfaces import (
    Function,
    MakeCallable,
    Message,
    Session,
    TensorFlowClass,
    TensorFlowModule,
    Value,
)
from .session import SessionRecorder, SessionRun
from .thread_pools import InOpThread

# The name of the wrapper that `make_callable` returns.
_RECORDED = "recorded"


def install_sessions(
    recorder: SessionRecorder, session_module: TensorFlowModule, callable_options: TensorFlowClass
) -> None:
    """Hooks all ways to make a run.

    Args:
        recorder: Records the runs.
        session_module: ``tensorflow.python.client.session``.
        callable_options: ``tensorflow.core.protobuf.config_pb2.CallableOptions``.
    """
    base = session_module.BaseSession
    recording = recorder.recording
    original_run = base._do_run
    original_setup, original_close = base.partial_run_setup, base.close
    original_callable: Function = base.make_callable
    from_options: MakeCallable = base._make_callable_from_options
    in_op_thread = InOpThread(session_module, from_options, callable_options)
    fixed_order = FixedOrder(from_options, callable_options, in_op_thread)

    def fetching(session: Session, fetches: Value) -> SessionRun:
        handler = session_module._FetchHandler(session.graph, fetches, {})
        return SessionRun(session, list(handler.targets()), list(handler.fetches()), [])

    @functools.wraps(original_run)
    def do_run(
        session: Session,
        handle: Value,
        targets: Value,
        fetches: Value,
        feeds: Value,
        *rest: Value,
    ) -> Value:
        if recording.busy:
            return original_run(session, handle, targets, fetches, feeds, *rest)
        fed = [getattr(t, "deref", lambda t=t: t)().name for t in feeds]
        run = SessionRun(session, list(targets), list(fetches), fed)
        with recording.feeds.session_run(fed, feeds.values()) as values:
            feeds = dict(zip(feeds, values))
            with recorder.recording_failures(run):
                keeps_order = recorder.needs_fixed_order(
                    session, handle, targets, fetches, fed, rest
                )
                with recording.rounding(session.graph):
                    if keeps_order:
                        result = fixed_order.run(session, targets, fetches, dict(zip(fed, values)))
                    else:
                        result = original_run(session, handle, targets, fetches, feeds, *rest)
            if handle is None:
                recorder.after_run(run, result)
            else:
                recorder.after_partial_run(session, handle)
        recording.fetches.session_run(fetches, result, recording.step)
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
        run = fetching(session, fetches)
        recorder.begin_partial_run(run, handle)
        return handle

    base.partial_run_setup = partial_run_setup

    @functools.wraps(original_callable)
    def make_callable(
        session: Session, fetches: Value, feed_list: Value = None, accept_options: bool = False
    ) -> Function:
        call: Function = original_callable(session, fetches, feed_list, accept_options)
        if feed_list is not None:
            return call  # it calls `session.run`
        run = fetching(session, fetches)

        @functools.wraps(call)
        def recorded(*args: Value, **kwargs: Value) -> Value:
            if recording.busy:
                return call(*args, **kwargs)
            with recorder.recording_failures(run), recording.rounding(session.graph):
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
        run = SessionRun(session, targets, fetched, fed)

        def recorded(*args: Value, **kwargs: Value) -> Value:
            if recording.busy:
                return call(*args, **kwargs)
            with recording.feeds.session_run(fed, args) as values:
                with recorder.recording_failures(run), recording.rounding(session.graph):
                    result = call(*values, **kwargs)
                recorder.after_run(run)
            recording.fetches.session_run(fetched, result, recording.step)
            return result

        return recorded

    base._make_callable_from_options = make_callable_from_options


def install_older_callables(
    recorder: SessionRecorder,
    session_class: TensorFlowClass,
    operation_name: Callable[[Value], str],
) -> None:
    """Hooks callables that were created before the recorder was installed.

    Args:
        recorder: Records the runs.
        session_class: ``BaseSession``.
        operation_name: Returns the name of an op of TensorFlow's C interface.
    """
    original = session_class._call_tf_sessionrun

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
        known = frame.f_code.co_name == "_run_fn" or (above and above.f_code.co_name == _RECORDED)
        if known or recorder.recording.busy:
            return original(session, options, feeds, fetches, targets, *rest)
        element = session.graph.as_graph_element
        fetched = [element(f"{operation_name(each.oper)}:{each.index}") for each in fetches]
        run = SessionRun(session, [element(operation_name(op)) for op in targets], fetched, [])
        with recorder.recording_failures(run):
            result = original(session, options, feeds, fetches, targets, *rest)
        recorder.after_run(run, result)
        return result

    session_class._call_tf_sessionrun = call
