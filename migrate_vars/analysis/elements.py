"""What is inside of lists, tuples and dictionaries, and what a subscript gives."""

from __future__ import annotations

import ast

from migrate_vars.analysis import makers
from migrate_vars.analysis.answers import Answers
from migrate_vars.analysis.containers import is_empty, may_be
from migrate_vars.analysis.doubts import Doubts
from migrate_vars.analysis.facts import Facts
from migrate_vars.analysis.members import is_self
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.parameters import Parameters
from migrate_vars.analysis.reaching import reaching
from migrate_vars.analysis.results import returned_by
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.tensorflow import tensorflow_member
from migrate_vars.analysis.value import UNKNOWN, Inference, Kind, Value, any_of, tensor

_PASS_THROUGH = frozenset({"list", "tuple", "reversed", "sorted", "set", "iter", "next"})


class Elements:
    """Says what the elements of one module's containers are."""

    def __init__(
        self,
        facts: Facts,
        parameters: Parameters,
        doubts: Doubts,
        answers: Answers,
        values: Inference,
    ) -> None:
        self.facts = facts
        self.parameters = parameters
        self.doubts = doubts
        self.answers = answers
        self.values = values

    def subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        """Say what ``node``, a subscript, gives."""
        base = self.values.classify(node.value, scope)
        if base.is_variable:
            if base.sliced:
                return tensor("a slice of a slice is a tensor")
            if isinstance(node.slice, ast.Compare):
                return tensor("elements chosen by a mask are a tensor")
            return base._replace(
                why=f"a slice of a variable {base.why}", sliced=True, plain=False, keras=False
            )
        if base.is_of_graph and base.kind is not Kind.COMPUTED:
            return base._replace(why=f"a slice of a tensor: {base.why}")
        if _is_slicing(node.slice):
            return UNKNOWN._replace(sliced=True)
        path: tuple[int, ...] = ()
        if isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, int):
                path = (node.slice.value,)
            elif isinstance(node.slice.value, str):
                return self.element(node.value, (), scope, key=node.slice.value, values=True)
        if path and isinstance(node.value, (ast.Name, ast.Attribute, ast.Tuple, ast.List)):
            item = self.item(node.value, path, scope)
            if item.kind is not Kind.UNKNOWN:
                return item
        return self.element(node.value, (), scope, values=True)

    def item(self, node: ast.expr, path: tuple[int, ...], scope: Scope) -> Value:
        """Say what ``node[path[0]][path[1]]...`` is."""
        if not path:
            return self.values.classify(node, scope)
        if isinstance(node, (ast.Tuple, ast.List)):
            if any(isinstance(e, ast.Starred) for e in node.elts):
                return UNKNOWN
            if -len(node.elts) <= path[0] < len(node.elts):
                return self.item(node.elts[path[0]], path[1:], scope)
            return UNKNOWN
        if isinstance(node, ast.Name):
            bindings = reaching(node.id, scope, node, self.facts.scopes)
            if len(bindings) == 1 and bindings[0].kind is BindingKind.VALUE and bindings[0].value:
                value = bindings[0].value
                if isinstance(value, (ast.Tuple, ast.List)) and not self.facts.containers.added(
                    node, scope
                ):
                    return self.item(value, path, bindings[0].scope)
        if isinstance(node, ast.Call):
            found = self.facts.calls.function(node.func, scope)
            if found is not None:
                binding, inner = found
                items = any_of(self.item(value, path, inner) for value in inner.returns)
                return returned_by(binding, items)
        return self.element(node, path[1:], scope)

    def element(
        self,
        node: ast.expr,
        path: tuple[int, ...],
        scope: Scope,
        *,
        key: str | None = None,
        values: bool = False,
    ) -> Value:
        """Classify what iterating over ``node`` gives, followed by the indices of ``path``.

        Args:
            node: The container.
            path: Indices that lead further.
            scope: Where it is evaluated.
            key: The key that is looked up in a dictionary, where it is known.
            values: Whether a dictionary stands for its values, not for its keys.
        """
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return any_of(self.item(e, path, scope) for e in node.elts)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return self.item(node.elt, path, self.facts.scopes.comprehension_scope(node, scope))
        if isinstance(node, ast.Dict) and values:
            return any_of(
                self.item(value, path, scope) if name is not None else UNKNOWN
                for name, value in zip(node.keys, node.values, strict=True)
                if name is None or may_be(name, key)
            )
        if isinstance(node, ast.DictComp) and values:
            return self.item(node.value, path, self.facts.scopes.comprehension_scope(node, scope))
        if isinstance(node, ast.Name):
            return self._element_of(
                node, reaching(node.id, scope, node, self.facts.scopes), path, scope, key, values
            )
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return self.element(node.value, path, scope)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return any_of(self.element(n, path, scope) for n in (node.left, node.right))
        if isinstance(node, ast.Attribute):
            if node.attr in makers.ATTRIBUTES_OF_TENSORS and not path:
                return tensor(f"an element of .{node.attr}")
            if node.attr in makers.ATTRIBUTES_OF_VARIABLES and not path:
                made = self.facts.origins.made_by(node.value, scope)
                keras = not (made and all(name.startswith(makers.V1_LAYERS) for name in made))
                return Value(Kind.VARIABLE, f"an element of .{node.attr}", keras=keras)
            if node.attr in ("weights", "variables") and not path:
                made = self.facts.origins.made_by(node.value, scope)
                if made and all(name.startswith(makers.LAYERS) for name in made):
                    keras = any(name.startswith(makers.KERAS) for name in made)
                    return Value(Kind.VARIABLE, f"an element of .{node.attr}", keras=keras)
            if is_self(node.value, scope):
                return self._element_of(
                    node, self.facts.members.of_self(node.attr, scope), path, scope, key, values
                )
        if isinstance(node, ast.Call):
            return self._element_of_call(node, path, scope)
        return UNKNOWN

    def _element_of(
        self,
        node: ast.Name | ast.Attribute,
        bindings: list[Binding],
        path: tuple[int, ...],
        scope: Scope,
        key: str | None,
        values: bool,
    ) -> Value:
        """Classify an element of what a name or an attribute holds, with all that is added."""
        held = [
            b for b in bindings if not (isinstance(b.value, ast.Constant) and b.value.value is None)
        ]
        word = node.id if isinstance(node, ast.Name) else node.attr
        if held and all(b.kind in (BindingKind.PARAMETER, BindingKind.OTHER) for b in held):
            for why in (self.parameters.filled_with_tensors(word, b) for b in held):
                if why:
                    return tensor(f"it is a part of '{word}': {why}")
        if any(b.kind is not BindingKind.VALUE for b in held) or not held:
            return UNKNOWN
        mark = (id(node), -1)
        if not self.answers.enter(mark):
            return UNKNOWN
        try:
            found = [
                self.element(b.value, path, b.scope, key=key, values=values)
                for b in held
                if b.value is not None and not is_empty(b.value)
            ]
            for name, value, inner, many in self.facts.containers.added(node, scope):
                if name is None or may_be(name, key):
                    found.append(
                        self.element(value, path, inner, key=key, values=values)
                        if many
                        else self.item(value, path, inner)
                    )
        finally:
            self.answers.leave(mark)
        if isinstance(node, ast.Name):
            return self.doubts.of_name(any_of(found), word, bindings, scope)
        return self.doubts.of_member(any_of(found), word, bindings, scope)

    def _element_of_call(self, node: ast.Call, path: tuple[int, ...], scope: Scope) -> Value:
        function = node.func
        name = function.id if isinstance(function, ast.Name) else None
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            return UNKNOWN
        if name == "zip" and path and path[0] < len(node.args):
            return self.element(node.args[path[0]], path[1:], scope)
        if name == "enumerate" and path and path[0] == 1 and node.args:
            return self.element(node.args[0], path[1:], scope)
        if name in _PASS_THROUGH and len(node.args) >= 1:
            return self.element(node.args[0], path, scope)
        if name == "filter" and len(node.args) == 2:
            return self.element(node.args[1], path, scope)
        if isinstance(function, ast.Attribute) and not node.args:
            if function.attr == "values":
                return self.element(function.value, path, scope, values=True)
            if function.attr == "items" and path and path[0] == 1:
                return self.element(function.value, path[1:], scope, values=True)
        qualified = self.facts.names.resolve(function, scope).names
        if "itertools.chain" in qualified:
            return any_of(self.element(argument, path, scope) for argument in node.args)
        if {"collections.OrderedDict"} & qualified or name == "dict":
            return UNKNOWN
        if not path:
            for full in sorted(qualified):
                maker = tensorflow_member(full)
                if maker in makers.LISTS_OF_VARIABLES:
                    return Value(Kind.VARIABLE, f"an element of {maker}()")
            if last_name(function) == "get_collection" and node.args:
                collection = last_name(node.args[0]) or str(getattr(node.args[0], "value", ""))
                if collection.upper() in makers.COLLECTIONS:
                    return Value(Kind.VARIABLE, f"an element of the collection {collection}")
        found = self.facts.calls.function(function, scope)
        if found is None:
            return UNKNOWN
        binding, inner = found
        elements = any_of(self.element(value, path, inner) for value in inner.returns)
        return returned_by(binding, elements)


def _is_slicing(index: ast.expr) -> bool:
    """Tell whether an index can only be one into an array: ``1:3``, ``..., 0``."""
    if isinstance(index, ast.Tuple):
        return any(map(_is_slicing, index.elts))
    return isinstance(index, ast.Slice) or (
        isinstance(index, ast.Constant) and (index.value is ... or index.value is None)
    )
