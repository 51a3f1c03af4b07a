"""What the parameters of a function are: by annotation, by default, and by what calls pass."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from migrate_vars.analysis.calls import Calls, Passed
from migrate_vars.analysis.inference import Inference
from migrate_vars.analysis.makers import PLAIN_VARIABLES
from migrate_vars.analysis.names import Names
from migrate_vars.analysis.scopes import Binding, FunctionNode, Scope
from migrate_vars.analysis.tensorflow import tensorflow_member
from migrate_vars.analysis.value import UNKNOWN, Inside, Kind, Value, any_of, tensor


class Parameters:
    """Says what the parameters of one module's functions are.

    Args:
        names: Resolves dotted names.
        calls: The calls of the functions.
        values: Says what is passed.
        by_any_call: Whether a parameter is a tensor if any call passes one: so it is for what
            stands in the function, but not for whoever else calls it.
    """

    def __init__(
        self, names: Names, calls: Calls, values: Inference, *, by_any_call: bool = True
    ) -> None:
        self.names = names
        self.calls = calls
        self.values = values
        self.by_any_call = by_any_call
        self._filled: dict[Binding, str] = {}

    def classify(self, name: str, binding: Binding) -> Value:
        """Say what a parameter is."""
        function = binding.node
        filled = self.filled_with_tensors(name, binding)
        if filled:
            return tensor(filled)
        if isinstance(function, ast.Lambda):
            if not self.by_any_call:
                return UNKNOWN
            passed = self.calls.passed_to_lambda(name, function, binding.scope)
            return self._first_tensor(passed, "the lambda") or UNKNOWN
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return UNKNOWN
        annotated = self._annotated(name, function, binding.scope)
        if annotated is not None:
            return annotated
        if self.by_any_call:
            passed = self.calls.passed(name, function, binding.scope)
            found = self._first_tensor(passed, f"'{function.name}'")
            if found is not None:
                return found
        if binding.value is not None:
            default = self.values.classify(binding.value, binding.scope)
            if default.is_of_graph:
                return tensor(f"the default of '{name}' is a tensor: {default.why}")
            return UNKNOWN
        return self._passed_everywhere(name, function, binding.scope)

    def filled_with_tensors(self, name: str, binding: Binding) -> str:
        """Describe how TensorFlow fills a parameter with tensors; "" if it does not."""
        known = self._filled.get(binding)
        if known is None:
            self._filled[binding] = ""  # if it is given on to itself
            known = ""
            for call in self.calls.callbacks(name, binding):
                if (
                    call.items is None
                    or self.values.element(call.items, Inside(), call.scope).is_of_graph
                ):
                    known = f"{call.giver} on line {call.line} passes it a tensor"
                    break
            self._filled[binding] = known
        return known

    def _passed_everywhere(self, name: str, function: FunctionNode, owner: Scope) -> Value:
        passed = self.calls.passed_everywhere(name, function, owner)
        if passed is None:
            return UNKNOWN
        result = any_of(self.values.classify(one.value, one.scope) for one in passed)
        if not result.is_variable:
            return UNKNOWN
        return result._replace(
            why=f"every call of '{function.name}' passes a variable {result.why}"
        )

    def _first_tensor(self, passed: Iterable[Passed], callee: str) -> Value | None:
        for value, scope, line in passed:
            found = self.values.classify(value, scope)
            if found.is_of_graph:
                return found._replace(why=f"line {line} passes a tensor to {callee}: {found.why}")
        return None

    def _annotated(self, name: str, function: FunctionNode, scope: Scope) -> Value | None:
        arguments = function.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if argument.arg == name and argument.annotation is not None:
                for qualified in self.names.resolve(argument.annotation, scope).names:
                    kind = tensorflow_member(qualified)
                    if kind in PLAIN_VARIABLES:
                        return Value(Kind.VARIABLE, f"annotated as {kind}")
                    if kind == "Tensor":
                        return tensor("annotated as Tensor")
        return None
