"""Numerics policies: the settings under which programs run and are recorded.

Under ``exact`` two runs can be bit-identical: grappler may merge or reorder arithmetic, oneDNN
kernels round differently from the others, and with several threads a sum may be split differently,
so each is switched off, on both sides alike. ``native`` leaves every setting to the program and to
TensorFlow.
"""

from __future__ import annotations

import functools
from typing import Callable, Dict, NamedTuple, Optional

from . import thread_pools
from .interfaces import Graph, JsonObject, Message, Session, TensorFlowModule, Value


class Policy(NamedTuple):
    """Settings that decide bits.

    Attributes:
        name: What users call it.
        environment: Environment variables; TensorFlow reads them when it is imported.
        grappler: Whether grappler may rewrite graphs; None leaves that to the program.
        threads: How many threads an op may use; None leaves that to the program.
        ops: How many ops of a graph may run at a time; None leaves that to the program. Where it is
            more than one, ops that nothing puts in order run in any order.
    """

    name: str
    environment: Dict[str, str]
    grappler: Optional[bool]
    threads: Optional[int]
    ops: Optional[int]

    def settings(self) -> JsonObject:
        """What a trajectory's header says of it."""
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
#: InOpThread a process that runs already, its threads and its oneDNN setting cannot be changed.
IN_PROCESS = Policy("in-process", {}, grappler=False, threads=None, ops=None)
POLICIES = {policy.name: policy for policy in (EXACT, NATIVE, IN_PROCESS)}


def apply_to_sessions(
    policy: Policy,
    session_module: TensorFlowModule,
    config_pb2: TensorFlowModule,
    default: Callable[[], Message],
    in_caller: bool = False,
) -> None:
    """Makes every new session run under a policy.

    Args:
        policy: The policy.
        session_module: ``tensorflow.python.client.session``.
        config_pb2: The module of ``ConfigProto``.
        default: Gives the ``ConfigProto`` of a session that is created without one.
        in_caller: Whether runs are made in the caller's thread alone, whatever the policy says.
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
    """Makes ``tf.function`` run under a policy; with ``eager``, without a graph at all."""
    config = tensorflow.config
    if policy.threads is not None:
        config.threading.set_intra_op_parallelism_threads(policy.threads)
    if policy.ops is not None:
        config.threading.set_inter_op_parallelism_threads(policy.ops)
    if policy.grappler is False:
        config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    if eager:
        config.run_functions_eagerly(True)
