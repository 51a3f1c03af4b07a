"""The numerics policy: the settings under which two runs can be bit-identical.

Grappler may merge or reorder arithmetic, oneDNN kernels round differently from the others, and
with several threads a sum may be split differently. Each is switched off, on both sides alike.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict

#: Read by TensorFlow when it is imported, so they must be set in the interpreter's environment.
ENVIRONMENT: Dict[str, str] = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}


def apply_to_sessions(session_module: Any, config_pb2: Any, default: Callable[[], Any]) -> None:
    """Makes every new session run without grappler and on one thread.

    Args:
        session_module: ``tensorflow.python.client.session``.
        config_pb2: The module of ``ConfigProto``.
        default: Gives the ``ConfigProto`` of a session that is created without one.
    """
    base = session_module.BaseSession
    original = base.__init__

    @functools.wraps(original)
    def init(session: Any, target: Any = "", graph: Any = None, config: Any = None) -> None:
        if config is None or isinstance(config, config_pb2.ConfigProto):
            mine = config_pb2.ConfigProto()
            mine.CopyFrom(default() if config is None else config)
            mine.intra_op_parallelism_threads = 1
            mine.inter_op_parallelism_threads = 1
            mine.graph_options.rewrite_options.disable_meta_optimizer = True
            config = mine
        original(session, target, graph, config)

    base.__init__ = init


def apply_to_functions(tensorflow: Any, eager: bool) -> None:
    """Makes ``tf.function`` run without grappler; with ``eager``, without a graph at all."""
    config = tensorflow.config
    config.threading.set_intra_op_parallelism_threads(1)
    config.threading.set_inter_op_parallelism_threads(1)
    config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    if eager:
        config.run_functions_eagerly(True)
