"""Gives eager random ops kernels of their own.

Eager code keeps kernels by op and attributes, seeds among them: two places with equal seeds draw
from one stream. In a session each op has a stream of its own, and so has each op of a function. So
an op that is to draw what one of a session draws is put into a function that has nothing else.

Internals of TensorFlow that this relies on, alike in 1.15 and in 2.16 to 2.21: what makes random
ops calls the generated function of a ``gen_*_ops`` module by its name there, and gives it ``seed``
and ``seed2``; ``ConcreteFunction`` is called as its function is.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .seeds import RandomOp, SeedAlignment


def install_kernels(
    alignment: SeedAlignment,
    modules: Iterable[Any],
    op_definition: Callable[[str], Any],
    tensorflow: Any,
    executing_eagerly: Callable[[], bool],
) -> List[Tuple[Any, str, Any]]:
    """Replaces the generated functions that make random ops.

    Args:
        alignment: Tells for which op seeds were asked.
        modules: The modules of the functions.
        op_definition: Gives the ``OpDef`` of an op.
        tensorflow: The module.
        executing_eagerly: Whether ops run as they are made.

    Returns:
        What was replaced: the module, the name, and what it was.
    """
    saved: List[Tuple[Any, str, Any]] = []
    for module in modules:
        for name, function in list(vars(module).items()):
            definition = op_definition("".join(word.capitalize() for word in name.split("_")))
            if not inspect.isfunction(function) or not name.islower() or definition is None:
                continue
            signature = inspect.signature(inspect.unwrap(function))
            if {"seed", "seed2"}.issubset(signature.parameters):
                saved.append((module, name, function))
                make = _Maker(function, signature, definition, tensorflow)
                setattr(module, name, _replacement(make, alignment, executing_eagerly))
    return saved


def _replacement(
    make: _Maker, alignment: SeedAlignment, executing_eagerly: Callable[[], bool]
) -> Callable[..., Any]:
    @functools.wraps(make.function)
    def random_op(*args: Any, **kwargs: Any) -> Any:
        op = alignment.asked()
        if op is None or not op.apart or not executing_eagerly():
            return make.function(*args, **kwargs)
        return make.apart(op, args, kwargs)

    return random_op


class _Maker:
    """A generated function that makes random ops of one kind."""

    def __init__(
        self,
        function: Callable[..., Any],
        signature: inspect.Signature,
        definition: Any,
        tensorflow: Any,
    ) -> None:
        self.function = function
        self._signature = signature
        self._tensorflow = tensorflow
        defaults = {attribute.name: attribute.default_value.type for attribute in definition.attr}
        # By name of an input, the dtype that a Python value gets there; 0 if any.
        self._inputs: Dict[str, int] = {
            argument.name: argument.type or defaults.get(argument.type_attr, 0)
            for argument in definition.input_arg
        }

    def apart(self, op: RandomOp, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """Draws from the kernel that only this op has."""
        given = self._signature.bind(*args, **kwargs).arguments
        if (given.get("seed"), given.get("seed2")) != op.seeds:
            return self.function(*args, **kwargs)
        given.pop("name", None)
        tensors = {name: self._tensor(name, given.pop(name)) for name in self._inputs}
        key = (
            self.function,
            *(value.dtype for value in tensors.values()),
            *map(repr, given.items()),
        )
        kernel = op.kernels.get(key)
        if kernel is None:
            kernel = op.kernels[key] = self._kernel(list(tensors.items()), given)
        return kernel(*tensors.values())

    def _tensor(self, name: str, value: Any) -> Any:
        from tensorflow.python.framework import ops

        return ops.convert_to_tensor(value, preferred_dtype=self._inputs[name] or None)

    def _kernel(self, inputs: List[Tuple[str, Any]], attributes: Dict[str, Any]) -> Any:
        names = [name for name, _ in inputs]

        def draw(*values: Any) -> Any:
            return self.function(**dict(zip(names, values)), **attributes)

        specs = [self._tensorflow.TensorSpec(None, value.dtype) for _, value in inputs]
        return self._tensorflow.function(draw, autograph=False).get_concrete_function(*specs)
