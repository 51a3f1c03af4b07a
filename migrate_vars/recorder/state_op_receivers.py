"""Records the receivers of all calls of v1 state ops, with their places.

The functions that build ops are wrapped where TensorFlow itself looks them up, and only those of
writing ops. The state ops that users call (``tf.assign``, ``K.update``) stay the same objects: a
wrapped builder finds them on the stack.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: ``gen_state_ops``,
``gen_resource_variable_ops`` and ``gen_array_ops`` are called through their modules;
``DType._is_ref_dtype``; ``tf_stack._source_mapper_stacks``.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import itertools
import os
import sys
import threading
from types import CodeType, FrameType
from typing import Dict, List, Mapping, Optional, Set, Tuple

from .interfaces import Function, Patch, TensorFlowModule, Value
from .user_code import UserCode
from .writer import TrajectoryWriter

_SPARSE = ("update", "add", "sub", "mul", "div", "min", "max")
_SCATTER = tuple("scatter_" + kind for kind in _SPARSE)
_SCATTER_ND = ("scatter_nd_update", "scatter_nd_add", "scatter_nd_sub")
_ASSIGN = ("assign", "assign_add", "assign_sub")
#: The state ops that methods can replace, by the last part of their module's name.
STATE_OPS: Mapping[str, Tuple[str, ...]] = {
    "state_ops": (*_ASSIGN, *_SCATTER, *_SCATTER_ND, "batch_scatter_update"),
    "backend": ("update", "update_add", "update_sub"),
    "tensorflow_backend": ("update", "update_add", "update_sub"),
}
_MODULES = ("gen_state_ops", "gen_resource_variable_ops", "gen_array_ops")
_BUILDERS = (
    *(prefix + name for name in (*_SCATTER, *_SCATTER_ND) for prefix in ("", "resource_")),
    *(name + suffix for name in _ASSIGN for suffix in ("", "_variable_op")),
    *("strided_slice_assign", "resource_strided_slice_assign"),
)
_LIBRARIES = ("tensorflow", "tensorflow_core", "keras", "tf_keras")
# Kinds of receivers by class, the most specific first; Keras 3 has no state ops.
_KINDS = (
    ("_UnreadVariable", "result of a write"),
    ("PartitionedVariable", "partitioned variable"),
    ("DistributedValues", "distributed variable"),
    ("DistributedVariable", "distributed variable"),
    ("RefVariable", "reference variable"),
    ("BaseResourceVariable", "resource variable"),
    ("ResourceVariable", "resource variable"),
    ("Variable", "variable"),
)


class ReceiverRecorder:
    """Records each kind of receiver of each call, once."""

    def __init__(self, writer: TrajectoryWriter, user_code: UserCode) -> None:
        """Prepares to record.

        Args:
            writer: Receives the records.
            user_code: Knows which file's source runs in place of another's.
        """
        self._writer = writer
        self._user_code = user_code
        self._files: Dict[str, Optional[Tuple[str, str]]] = {}
        self._codes: Dict[CodeType, int] = {}
        self._seen: Set[Tuple[int, int, str, str]] = set()

    def install(self) -> List[Patch]:
        """Wraps the functions that build ops; returns the patches."""
        saved: List[Patch] = []
        for name in _MODULES:
            module = importlib.import_module("tensorflow.python.ops." + name)
            for builder in _BUILDERS:
                function = getattr(module, builder, None)
                if function is not None:
                    saved.append(Patch(module, builder, function))
                    setattr(module, builder, self._wrapped(function))
        return saved

    def _wrapped(self, build: Function) -> Function:
        @functools.wraps(build)
        def wrapper(*args: Value, **kwargs: Value) -> Value:
            result = build(*args, **kwargs)
            self._note(sys._getframe(1))
            return result

        return wrapper

    def _note(self, frame: Optional[FrameType]) -> None:
        """Records the state op on the stack, if it was called from outside TensorFlow."""
        called: Optional[FrameType] = None
        while frame is not None:
            module = frame.f_globals.get("__name__") or ""
            if frame.f_code.co_name in STATE_OPS.get(module.rpartition(".")[2], ()):
                called = frame
            elif module.partition(".")[0] not in _LIBRARIES:
                break
            elif ".python.util." not in module and ".autograph." not in module:
                called = None  # called by TensorFlow itself
            frame = frame.f_back
        if called is None or frame is None:
            return
        receiver = called.f_locals.get(called.f_code.co_varnames[0])
        function, kind = called.f_code.co_name, kind_of(receiver)
        key = (id(frame.f_code), frame.f_lasti, function, kind)
        if key not in self._seen:
            self._codes.setdefault(frame.f_code, len(self._codes))  # keeps its id valid
            self._seen.add(key)
            self._record(frame, function, kind)

    def _record(self, frame: FrameType, function: str, kind: str) -> None:
        filename, line, end = _place(frame)
        if filename not in self._files:
            self._files[filename] = self._identified(filename)
        file = self._files[filename]
        if file is not None:
            path, digest = file
            self._writer.evidence(
                {
                    "path": path,
                    "digest": digest,
                    "function": function,
                    "line": line,
                    "end": end,
                    "instruction": [self._codes[frame.f_code], frame.f_lasti],
                    "receiver": kind,
                }
            )

    def _identified(self, filename: str) -> Optional[Tuple[str, str]]:
        """The path of a file and the digest of its source as it runs, if it exists."""
        try:
            with open(filename, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
        except (OSError, ValueError):
            return None
        return os.path.realpath(self._user_code.original(filename)), digest


def kind_of(receiver: Value) -> str:
    """The kind of receiver of a state op."""
    classes = {one.__name__ for one in type(receiver).__mro__}
    for name, kind in _KINDS:
        if name in classes:
            return kind
    if "Tensor" not in classes:
        return "something else"
    if "assign" in getattr(receiver, "__dict__", ()):
        return "slice of a variable"
    reference = getattr(receiver.dtype, "_is_ref_dtype", False)
    return "reference tensor" if reference else "tensor"


def _place(frame: FrameType) -> Tuple[str, int, Optional[Tuple[int, int]]]:
    """File and line of a frame's call, and where the call ends if this Python knows.

    The line is the first one of the call, or before Python 3.8 any line of its statement from there
    on; columns count bytes from 0.
    """
    code = frame.f_code
    place = (code.co_filename, frame.f_lineno or 0)
    origin = _autograph_origin(place)
    if origin is not None:
        return origin[0], origin[1], None
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return (*place, None)
    _, end_line, _, end_column = next(
        itertools.islice(positions(), frame.f_lasti // 2, None), (None, None, None, None)
    )
    end = None if end_line is None or end_column is None else (end_line, end_column)
    return (*place, end)


def _autograph_origin(place: Tuple[str, int]) -> Optional[Tuple[str, int]]:
    """The original place of code translated by AutoGraph, or None."""
    tf_stack: TensorFlowModule = importlib.import_module("tensorflow.python.util.tf_stack")
    stacks = getattr(tf_stack, "_source_mapper_stacks", {}).get(threading.get_ident())
    if not stacks:
        return None
    origin = stacks[-1].get_effective_source_map().get(place)
    return None if origin is None else (origin[0], origin[1])
