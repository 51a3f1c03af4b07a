"""Installs the recorder and a numerics policy into TensorFlow, and removes both again."""

from __future__ import annotations

from typing import Callable, List, NamedTuple, Optional

from . import child_processes
from . import policy as policies
from .eager import EagerRecorder
from .interfaces import Graph, Message, Patch, TensorFlowModule
from .random_kernels import install_kernels
from .recording import Recording
from .seed_alignment import SeedAlignment, Streams
from .session import SessionRecorder
from .session_hooks import install_sessions
from .shuffle_sites import install_shuffles
from .training_draws import TrainingDraws

_SESSION_METHODS = (
    *("__init__", "close", "_do_run", "partial_run_setup"),
    *("make_callable", "_make_callable_from_options", "_call_tf_sessionrun"),
)
_EXECUTOR = ("TFE_Py_FastPathExecute", "TFE_Py_Execute", "TFE_Py_ExecuteCancelable")


class Hooks(NamedTuple):
    """The installed hooks.

    Attributes:
        eager_recorder: Records eager execution.
        session_recorder: Records sessions.
        finish: Records what is known only when the program has ended.
        remove: Restores TensorFlow.
    """

    eager_recorder: EagerRecorder
    session_recorder: SessionRecorder
    finish: Callable[[], None]
    remove: Callable[[], None]


def install(
    tensorflow: TensorFlowModule,
    recording: Recording,
    policy: policies.Policy,
    run_eagerly: bool,
    align_seeds: bool = False,
    streams: Optional[Streams] = None,
    training_draws: bool = False,
) -> Hooks:
    """Makes TensorFlow record what sessions, eager ops and functions write.

    Args:
        tensorflow: The imported module.
        recording: Receives the writes.
        policy: The numerics policy of new sessions and functions.
        run_eagerly: Whether ``tf.function`` runs without a graph.
        align_seeds: Whether random ops get deterministic seeds.
        streams: The random ops of another program whose numbers are drawn, or None.
        training_draws: Whether ops draw by how often they have trained.

    Returns:
        The hooks.
    """
    from tensorflow.core.protobuf import config_pb2
    from tensorflow.python.client import session
    from tensorflow.python.data.ops import iterator_ops
    from tensorflow.python.eager import context
    from tensorflow.python.framework import errors_impl, op_def_registry
    from tensorflow.python.framework.ops import EagerTensor

    sessions = session.BaseSession
    saved = [Patch(sessions, name, getattr(sessions, name)) for name in _SESSION_METHODS]
    two = int(tensorflow.__version__.split(".")[0]) >= 2
    undo: List[Callable[[], None]] = []
    default: Callable[[], Message] = config_pb2.ConfigProto
    if two:
        from tensorflow.python import pywrap_tfe as executor

        definition = op_def_registry.get
        undo.append(_keep_options(tensorflow))
        policies.apply_to_functions(policy, tensorflow, run_eagerly)
        default = lambda: context.context().config  # noqa: E731
        from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function

        saved.append(Patch(Function, "__call__", Function.__call__))
        recording.feeds.install(Function, EagerTensor, tensorflow.nest)
    else:
        from tensorflow.python import pywrap_tensorflow as executor

        definition = op_def_registry.get_registered_ops().get
    iterators = getattr(iterator_ops, "OwnedIterator" if two else "IteratorV2")
    saved.append(Patch(iterators, "_next_internal", iterators._next_internal))
    recording.feeds.install_iterators(iterators, EagerTensor, tensorflow.nest)
    saved += [Patch(executor, name, getattr(executor, name)) for name in _EXECUTOR]
    eager_recorder = EagerRecorder(recording, context, errors_impl, definition)
    eager_recorder.install(executor)
    if not two:
        from tensorflow.python.eager.function import _EagerDefinedFunction

        saved.append(Patch(_EagerDefinedFunction, "__init__", _EagerDefinedFunction.__init__))
        eager_recorder.install_functions(_EagerDefinedFunction)
    draws: Optional[TrainingDraws] = None
    from tensorflow.python.data.util import random_seed as data_seed

    saved.append(Patch(data_seed, "get_seed", data_seed.get_seed))
    install_shuffles(recording, data_seed)
    if align_seeds:
        from tensorflow.python.framework import ops, random_seed, tensor_util
        from tensorflow.python.ops import (
            gen_candidate_sampling_ops,
            gen_image_ops,
            gen_random_ops,
        )

        saved.append(Patch(random_seed, "get_seed", random_seed.get_seed))
        alignment = SeedAlignment(recording, streams, again=training_draws)
        alignment.install(random_seed, ops, context, tensor_util)
        modules = (gen_random_ops, gen_candidate_sampling_ops, gen_image_ops)
        if training_draws:
            draws = TrainingDraws(recording, tensorflow)

        def graph_of() -> Optional[Graph]:
            return None if context.executing_eagerly() else ops.get_default_graph()

        saved += install_kernels(alignment, modules, definition, tensorflow, graph_of, draws)
    perturbation = recording.perturbation
    policies.apply_to_sessions(policy, session, config_pb2, default, perturbation is not None)
    if perturbation is not None:
        from tensorflow.python.ops.script_ops import FuncRegistry

        saved.append(Patch(FuncRegistry, "__call__", FuncRegistry.__call__))
        FuncRegistry.__call__ = perturbation.to_nearest(FuncRegistry.__call__)
    options = config_pb2.CallableOptions
    session_recorder = SessionRecorder(
        recording,
        errors_impl,
        options,
        session.BaseSession._make_callable_from_options,
        policy.ops == 1,
    )
    install_sessions(session_recorder, session, options)
    if draws is not None:
        draws.install(session, session_recorder, executor, eager_recorder)
    saved += recording.receivers.install()
    saved += child_processes.install(recording)

    def restore() -> None:
        for patch in saved:
            setattr(patch.owner, patch.name, patch.original)
        for action in undo:
            action()

    def finish() -> None:
        session_recorder.finish_all()
        eager_recorder.finish()

    return Hooks(eager_recorder, session_recorder, finish, restore)


def _keep_options(tensorflow: TensorFlowModule) -> Callable[[], None]:
    config = tensorflow.config
    eagerly = config.functions_run_eagerly()
    # An option that was never set is absent, and off.
    meta_optimizer_off = config.optimizer.get_experimental_options().get(
        "disable_meta_optimizer", False
    )

    def restore() -> None:
        config.run_functions_eagerly(eagerly)
        config.optimizer.set_experimental_options({"disable_meta_optimizer": meta_optimizer_off})

    return restore
