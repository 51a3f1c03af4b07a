"""The threads that run the ops of sessions, one op at a time.

Not the thread that makes a run, though that would be faster: TensorFlow's own threads take denormal
numbers for zero, as its eager ops and its functions do, and a program's threads do not. And not one
thread for all runs: one that is made while an op of another run waits for it, as a ``py_func`` may,
would wait for ever. So the runs of the program's first thread have one of their own, and those of
all others, ``py_func`` among them, share several.
"""

from __future__ import annotations

import functools
import os
import threading
from typing import Any, Optional


class _FirstThread:
    """The first thread to run a session; when it has ended, the next one that does."""

    def __init__(self) -> None:
        self._ident: Optional[int] = None

    def is_this(self) -> bool:
        """Whether this is the thread."""
        me = threading.get_ident()
        if me == self._ident:
            return True
        alive = {thread.ident for thread in threading.enumerate()}
        if self._ident in alive or me not in alive:  # threads of TensorFlow's own are not listed
            return False
        self._ident = me
        return True


_FIRST = _FirstThread()  # as TensorFlow has its pools, once for all sessions


def run_one_op_at_a_time(config: Any) -> None:
    """Gives a session pools of one thread, and as its last one a pool of several."""
    if config.inter_op_parallelism_threads < 0:
        return  # the program has asked for the thread that makes a run
    pools = config.session_inter_op_thread_pool
    if not pools:
        pools.add(global_name="migrate_vars_first")
    for pool in pools:
        pool.num_threads = 1
    pools.add(global_name="migrate_vars_others", num_threads=max(2, os.cpu_count() or 0))


def pool_of(session: Any) -> int:
    """Which of its pools a session is to use for a run that this thread makes."""
    pools = len(session._config.session_inter_op_thread_pool) if session._config else 0
    return 0 if pools < 2 or _FIRST.is_this() else pools - 1


def install(session_module: Any, config_pb2: Any) -> None:
    """Makes runs of sessions use the pool that is theirs, unless they have options of their own.

    Args:
        session_module: ``tensorflow.python.client.session``.
        config_pb2: The module of ``RunOptions``.
    """
    base, wrapped = session_module.BaseSession, session_module.tf_session
    original = base._do_run

    @functools.wraps(original)
    def do_run(
        session: Any, handle: Any, targets: Any, fetches: Any, feeds: Any, options: Any, data: Any
    ) -> Any:
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
