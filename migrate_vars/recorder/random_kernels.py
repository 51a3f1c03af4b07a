"""Creates eager random ops with a kernel each, or replaces their draws.

Eager execution caches kernels by op and attributes, including seeds: two call sites with equal
seeds draw from one stream. In a session, each op has its own stream, and so has each op of a
function. So an eager op that is to draw the numbers of a session's op is put into a function of its
own.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: the code that creates random ops
calls the generated function of a ``gen_*_ops`` module by its name there, and passes ``seed`` and
``seed2``; a ``ConcreteFunction`` is called like its function.
"""

from __future__ import annotations

import functools
import inspect
from typing import Callable, Dict, Iterable, List, Optional, Tuple

from .interfaces import Function, Graph, Message, OpLookup, Patch, TensorFlowModule, Value
from .seed_alignment import RandomOp, SeedAlignment
from .training_draws import TrainingDraws


def install_kernels(
    alignment: SeedAlignment,
    modules: Iterable[TensorFlowModule],
    op_definition: OpLookup,
    tensorflow: TensorFlowModule,
    graph_of: Callable[[], Optional[Graph]],
    draws: Optional[TrainingDraws] = None,
) -> List[Patch]:
    """Replaces the generated functions that create random ops.

    Args:
        alignment: Knows for which op seeds were requested.
        modules: The modules of the functions.
        op_definition: Returns the ``OpDef`` of an op.
        tensorflow: The module.
        graph_of: Returns the graph in which ops are created, None in eager code.
        draws: Draws instead of kernels, or None.

    Returns:
        The patches.
    """
    saved: List[Patch] = []
    for module in modules:
        for name, function in list(vars(module).items()):
            definition = op_definition("".join(word.capitalize() for word in name.split("_")))
            if not inspect.isfunction(function) or not name.islower() or definition is None:
                continue
            signature = inspect.signature(inspect.unwrap(function))
            if {"seed", "seed2"}.issubset(signature.parameters):
                saved.append(Patch(module, name, function))
                make = _Maker(function, signature, definition, tensorflow)
                setattr(module, name, _replacement(make, alignment, graph_of, draws))
    return saved


def _replacement(
    make: _Maker,
    alignment: SeedAlignment,
    graph_of: Callable[[], Optional[Graph]],
    draws: Optional[TrainingDraws],
) -> Function:
    @functools.wraps(make.function)
    def random_op(*args: Value, **kwargs: Value) -> Value:
        op = alignment.asked()
        graph = graph_of()
        if op is None or (draws is None and (graph is not None or not op.apart)):
            return make.function(*args, **kwargs)
        given = make.arguments(op, args, kwargs)
        if given is None:
            return make.function(*args, **kwargs)
        inputs, attributes = given
        if draws is not None:
            drawn = draws.draw(make.function.__name__, op, inputs, attributes, graph)
            if drawn is not None or graph is not None or not op.apart:
                return make.function(*args, **kwargs) if drawn is None else drawn
        return make.apart(op, inputs, attributes)

    return random_op


class _Maker:
    """A generated function that creates random ops of one kind."""

    def __init__(
        self,
        function: Function,
        signature: inspect.Signature,
        definition: Message,
        tensorflow: TensorFlowModule,
    ) -> None:
        self.function = function
        self._signature = signature
        self._tensorflow = tensorflow
        defaults = {attribute.name: attribute.default_value.type for attribute in definition.attr}
        # By input name, the dtype to which Python values are converted; 0 for any.
        self._inputs: Dict[str, int] = {
            argument.name: argument.type or defaults.get(argument.type_attr, 0)
            for argument in definition.input_arg
        }

    def arguments(
        self, op: RandomOp, args: Tuple[Value, ...], kwargs: Dict[str, Value]
    ) -> Optional[Tuple[Dict[str, Value], Dict[str, Value]]]:
        """The inputs, as tensors, and the attributes; None if the seeds are not the op's."""
        given = self._signature.bind(*args, **kwargs).arguments
        if (given.get("seed"), given.get("seed2")) != op.seeds:
            return None
        given.pop("name", None)
        return {name: self._tensor(name, given.pop(name)) for name in self._inputs}, given

    def apart(self, op: RandomOp, tensors: Dict[str, Value], given: Dict[str, Value]) -> Value:
        """Draws from the op's own kernel."""
        key = (
            self.function,
            *(value.dtype for value in tensors.values()),
            *map(repr, given.items()),
        )
        kernel = op.kernels.get(key)
        if kernel is None:
            kernel = op.kernels[key] = self._kernel(list(tensors.items()), given)
        return kernel(*tensors.values())

    def _tensor(self, name: str, value: Value) -> Value:
        from tensorflow.python.framework import ops

        return ops.convert_to_tensor(value, preferred_dtype=self._inputs[name] or None)

    def _kernel(self, inputs: List[Tuple[str, Value]], attributes: Dict[str, Value]) -> Function:
        names = [name for name, _ in inputs]

        def draw(*values: Value) -> Value:
            return self.function(**dict(zip(names, values)), **attributes)

        specs = [self._tensorflow.TensorSpec(None, value.dtype) for _, value in inputs]
        function = self._tensorflow.function(draw, autograph=False)
        kernel: Function = function.get_concrete_function(*specs)
        return kernel
