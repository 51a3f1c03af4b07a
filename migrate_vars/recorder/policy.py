"""Numerics policies: the settings under which programs are run and recorded.

With ``exact``, two runs can be bit-identical: grappler may merge or reorder arithmetic, oneDNN
kernels round differently from others, and several threads may split a sum differently, so all of
these are switched off, on both sides. ``native`` leaves every setting to the program and to
TensorFlow.
"""

from __future__ import annotations

import functools
from typing import Callable, Dict, NamedTuple, Optional

from . import thread_pools
from .interfaces import Graph, JsonObject, Message, Session, TensorFlowModule, Value


class Policy(NamedTuple):
    """Settings that affect the bits of results.

    Attributes:
        name: The name of the policy.
        environment: Environment variables; TensorFlow reads them when it is imported.
        grappler: Whether grappler may rewrite graphs; None leaves that to the program.
        threads: The number of threads an op may use; None leaves that to the program.
        ops: The number of ops of a graph that may run concurrently; None leaves that to the
            program. With more than one, unordered ops run in any order.
    """

    name: str
    environment: Dict[str, str]
    grappler: Optional[bool]
    threads: Optional[int]
    ops: Optional[int]

    def settings(self) -> JsonObject:
        """The settings as recorded in a trajectory's header."""
        settings = {"grappler": self.grappler, "threads": self.threads, "ops": self.ops}
        return {**settings, **self.environment}


EXACT = Policy(
    "exact",
    {
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
    },
    grappler=False,
    threads=1,
    ops=1,
)
NATIVE = Policy("native", {}, grappler=None, threads=None, ops=None)
#: In a running process, its threads and oneDNN setting cannot be changed any more.
IN_PROCESS = Policy("in-process", {}, grappler=False, threads=None, ops=None)
POLICIES = {policy.name: policy for policy in (EXACT, NATIVE, IN_PROCESS)}


def apply_to_sessions(
    policy: Policy,
    session_module: TensorFlowModule,
    config_pb2: TensorFlowModule,
    default: Callable[[], Message],
    in_caller: bool = False,
) -> None:
    """Makes every new session use a policy.

    Args:
        policy: The policy.
        session_module: ``tensorflow.python.client.session``.
        config_pb2: The module of ``ConfigProto``.
        default: Returns the ``ConfigProto`` of a session created without one.
        in_caller: Whether runs use only the calling thread, whatever the policy says.
    """
    base = session_module.BaseSession
    original = base.__init__

    @functools.wraps(original)
    def init(
        session: Session,
        target: Value = "",
        graph: Optional[Graph] = None,
        config: Optional[Message] = None,
    ) -> None:
        if config is None or isinstance(config, config_pb2.ConfigProto):
            mine = config_pb2.ConfigProto()
            mine.CopyFrom(default() if config is None else config)
            if policy.threads is not None:
                mine.intra_op_parallelism_threads = policy.threads
            if in_caller:
                mine.intra_op_parallelism_threads = 1
                mine.inter_op_parallelism_threads = -1
            elif policy.ops == 1:
                thread_pools.run_one_op_at_a_time(mine)
            elif policy.ops is not None:
                mine.inter_op_parallelism_threads = policy.ops
            if policy.grappler is False:
                mine.graph_options.rewrite_options.disable_meta_optimizer = True
            config = mine
        original(session, target, graph, config)

    base.__init__ = init
    if policy.ops == 1:
        thread_pools.install(session_module, config_pb2)


def apply_to_functions(policy: Policy, tensorflow: TensorFlowModule, eager: bool) -> None:
    """Makes ``tf.function`` use a policy; with ``eager``, run without a graph at all."""
    config = tensorflow.config
    if policy.threads is not None:
        config.threading.set_intra_op_parallelism_threads(policy.threads)
    if policy.ops is not None:
        config.threading.set_inter_op_parallelism_threads(policy.ops)
    if policy.grappler is False:
        config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    if eager:
        config.run_functions_eagerly(True)
