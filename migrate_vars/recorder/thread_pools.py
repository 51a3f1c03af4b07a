"""The threads that run the ops of sessions, one op at a time.

Not the calling thread, though that would be faster: TensorFlow's own threads flush denormal numbers
to zero, as eager ops and functions do, and a program's threads do not. And not one thread for all
runs: a run that is made while an op of another run waits for it, as a ``py_func`` may, would
deadlock. So the runs of the program's first thread have a thread of their own, and those of all
others, including ``py_func``, share several.

The order in which a pool of one thread takes the first ops of a run depends on when it wakes up.
Runs with races are made inside one of its ops (see ``fixed_order``), where the order is fixed.
"""

from __future__ import annotations

import functools
import os
import threading
from typing import Callable, List, Optional

from .interfaces import (
    Function,
    MakeCallable,
    Message,
    Session,
    TensorFlowClass,
    TensorFlowModule,
    Value,
)


class _FirstThread:
    """The first thread to run a session; once it has ended, the next one that does."""

    def __init__(self) -> None:
        self._ident: Optional[int] = None

    def is_this(self) -> bool:
        """Whether the current thread is the first one."""
        me = threading.get_ident()
        if me == self._ident:
            return True
        alive = {thread.ident for thread in threading.enumerate()}
        if self._ident in alive or me not in alive:  # TensorFlow's own threads are not listed
            return False
        self._ident = me
        return True


_FIRST = _FirstThread()  # global, like TensorFlow's pools


def run_one_op_at_a_time(config: Message) -> None:
    """Gives a session pools of one thread, and one of several threads as the last."""
    if config.inter_op_parallelism_threads < 0:
        return  # the program has requested the calling thread
    pools = config.session_inter_op_thread_pool
    if not pools:
        pools.add(global_name="migrate_vars_first")
    for pool in pools:
        pool.num_threads = 1
    pools.add(global_name="migrate_vars_others", num_threads=max(2, os.cpu_count() or 0))


def pool_of(session: Session) -> int:
    """The index of the pool that a session uses for a run of the current thread."""
    pools = len(session._config.session_inter_op_thread_pool) if session._config else 0
    return 0 if pools < 2 or _FIRST.is_this() else pools - 1


def install(session_module: TensorFlowModule, config_pb2: TensorFlowModule) -> None:
    """Makes session runs use the right pool, unless they have their own options.

    Args:
        session_module: ``tensorflow.python.client.session``.
        config_pb2: The module of ``RunOptions``.
    """
    base, wrapped = session_module.BaseSession, session_module.tf_session
    original = base._do_run

    @functools.wraps(original)
    def do_run(
        session: Session,
        handle: Value,
        targets: Value,
        fetches: Value,
        feeds: Value,
        options: Value,
        data: Value,
    ) -> Value:
        pool = pool_of(session) if options is None and handle is None else 0
        if not pool:
            return original(session, handle, targets, fetches, feeds, options, data)
        text = config_pb2.RunOptions(inter_op_thread_pool=pool).SerializeToString()
        options = wrapped.TF_NewBufferFromString(text)
        try:
            return original(session, handle, targets, fetches, feeds, options, data)
        finally:
            wrapped.TF_DeleteBuffer(options)

    base._do_run = do_run


class InOpThread:
    """Calls functions in the thread that runs the ops of the program's first thread."""

    def __init__(
        self,
        session_module: TensorFlowModule,
        make_callable: MakeCallable,
        callable_options: TensorFlowClass,
    ) -> None:
        """Takes the session module, ``_make_callable_from_options`` and its options class."""
        self._session_module = session_module
        self._make_callable = make_callable
        self._callable_options = callable_options
        self._function: Callable[[], List[Value]] = list
        self._result: List[Value] = []
        self._error: Optional[BaseException] = None
        self._call: Optional[Function] = None

    def __call__(self, session: Session, function: Callable[[], List[Value]]) -> List[Value]:
        """Calls a function that makes a session run, and returns or raises its result."""
        if not session._config or len(session._config.session_inter_op_thread_pool) < 2:
            return function()
        if not _FIRST.is_this():
            return function()  # the op thread may be waiting for this one
        if self._call is None:
            self._call = self._prepare()
        self._function, self._result, self._error = function, [], None
        self._call()
        if self._error is not None:
            raise self._error
        return self._result

    def _prepare(self) -> Function:
        from tensorflow.python.framework import ops
        from tensorflow.python.ops import gen_script_ops, script_ops

        graph = ops.Graph()
        with graph.as_default():
            self._registered = self._run  # the registry holds only weak references
            token = script_ops._py_funcs.insert(self._registered)
            op = gen_script_ops.py_func(input=[], token=token, Tout=[])
            options = self._callable_options()
            options.target.append(op.name)
        self._session = self._session_module.Session(graph=graph)
        return self._make_callable(self._session, options)

    def _run(self) -> List[Value]:
        try:
            self._result = self._function()
        except BaseException as error:  # re-raised in the waiting thread
            self._error = error
        return []
