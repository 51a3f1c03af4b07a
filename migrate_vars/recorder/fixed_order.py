"""Runs unordered ops in the same order in every run and every process.

A run is executed by the calling thread, op after op, since a thread pool, even with one thread,
takes the first ops in an order that depends on when it wakes up.

With one op at a time, an executor still chooses which op comes next: ops that turned out to be
cheap are run inline, others later. It starts by treating all ops as expensive, and learns which are
not after about 90 runs, from measured times that differ between processes; from then on, races go
differently in each. A callable has its own executor, which has learned nothing yet: so runs with
races are made through a callable, which is renewed often.
"""

from __future__ import annotations

from typing import Callable, Dict, Hashable, List, Sequence, Tuple

from .interfaces import Function, MakeCallable, Operation, Session, Tensor, TensorFlowClass, Value

_ATTRIBUTE = "_migrate_vars_schedule"
# For this many runs, an executor still treats every op as expensive.
_RUNS = 50


class FixedOrder:
    """Makes session runs through callables that are still new."""

    def __init__(
        self,
        make_callable: MakeCallable,
        callable_options: TensorFlowClass,
        inside: Callable[[Session, Callable[[], List[Value]]], List[Value]],
    ) -> None:
        """Prepares to run.

        Args:
            make_callable: ``BaseSession._make_callable_from_options``.
            callable_options: The ``CallableOptions`` class.
            inside: Calls a function in the thread that runs ops; see ``thread_pools.InOpThread``.
        """
        self._inside = inside
        self._make_callable = make_callable
        self._callable_options = callable_options

    def run(
        self,
        session: Session,
        targets: Sequence[Operation],
        fetches: Sequence[Tensor],
        feeds: Dict[str, Value],
    ) -> List[Value]:
        """Does what ``BaseSession._do_run`` does without options.

        Args:
            session: The session.
            targets: The target ops.
            fetches: The tensors to fetch.
            feeds: Arrays by the name of the tensor that they are fed to.

        Returns:
            The values of ``fetches``.

        Raises:
            OpError: If the run fails.
        """
        fed = sorted(feeds)
        key = (tuple(op.name for op in targets), tuple(t.name for t in fetches), tuple(fed))
        known: Dict[Hashable, Tuple[int, Function]] = vars(session).setdefault(_ATTRIBUTE, {})
        runs, call = known.get(key, (0, None))
        if call is None or runs % _RUNS == 0:
            known.pop(key, None)
            options = self._callable_options()
            options.target.extend(key[0])
            options.fetch.extend(key[1])
            options.feed.extend(fed)
            options.run_options.inter_op_thread_pool = -1
            call = self._make_callable(session, options)
        known[key] = runs + 1, call
        values = [feeds[name] for name in fed]
        results: List[Value] = session._do_call(
            lambda: self._inside(session, lambda: call(*values))
        )
        return results
