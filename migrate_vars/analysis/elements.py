"""What is inside of lists, tuples and dictionaries, and what a subscript gives."""

from __future__ import annotations

import ast
from typing import Literal

from migrate_vars.analysis import makers
from migrate_vars.analysis.answers import Answers
from migrate_vars.analysis.containers import is_empty, may_be
from migrate_vars.analysis.doubts import Doubts
from migrate_vars.analysis.facts import Facts
from migrate_vars.analysis.inference import Elsewhere, Inference
from migrate_vars.analysis.members import is_self
from migrate_vars.analysis.names import Meaning, last_name
from migrate_vars.analysis.parameters import Parameters
from migrate_vars.analysis.reaching import reaching
from migrate_vars.analysis.return_values import returned_by
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.tensorflow import tensorflow_member
from migrate_vars.analysis.value import UNKNOWN, Inside, Kind, Value, any_of, tensor

_PASS_THROUGH = frozenset({"list", "tuple", "reversed", "sorted", "set", "iter", "next"})
_ELEMENT = Inside()
_VALUE = Inside(values=True)


class Elements:
    """Says what the elements of one module's containers are."""

    def __init__(
        self,
        facts: Facts,
        parameters: Parameters,
        doubts: Doubts,
        answers: Answers,
        values: Inference,
        elsewhere: Elsewhere | None,
    ) -> None:
        self.facts = facts
        self.parameters = parameters
        self.doubts = doubts
        self.answers = answers
        self.values = values
        self.elsewhere = elsewhere

    def from_elsewhere(
        self,
        meaning: Meaning,
        asked: Literal["value", "returned"],
        inside: Inside | None = None,
    ) -> Value:
        """Say what a name of another file is, or what its call returns.

        Args:
            meaning: What the name means.
            asked: Whether its value is asked for, or what it returns.
            inside: Where inside of that; None for itself.
        """
        other = self.elsewhere
        if other is None or not meaning.members or meaning.names or meaning.unknown:
            return UNKNOWN
        members = sorted(meaning.members)
        if inside is None:
            ask = other.value if asked == "value" else other.returned
            return any_of(ask(member) for member in members)
        ask_inside = other.element if asked == "value" else other.element_returned
        return any_of(ask_inside(member, inside) for member in members)

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
                return self.element(node.value, Inside((), node.slice.value, values=True), scope)
        if path and isinstance(node.value, (ast.Name, ast.Attribute, ast.Tuple, ast.List)):
            item = self.item(node.value, path, scope)
            if item.kind is not Kind.UNKNOWN:
                return item
        return self.element(node.value, _VALUE, scope)

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
                literal = isinstance(value, (ast.Tuple, ast.List))
                if literal and not self.facts.containers.added(node, scope):
                    return self.item(value, path, bindings[0].scope)
        if isinstance(node, ast.Call):
            found = self.facts.calls.function(node.func, scope)
            if found is not None:
                binding, inner = found
                items = any_of(self.item(value, path, inner) for value in inner.returns)
                return returned_by(binding, items)
        return self.element(node, Inside(path[1:]), scope)

    def element(self, node: ast.expr, inside: Inside, scope: Scope) -> Value:
        """Say what iterating over ``node`` gives, or what is further inside of that."""
        path, key, values = inside
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
            bindings = reaching(node.id, scope, node, self.facts.scopes)
            return self.element_of(node, bindings, scope, inside)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return self.element(node.value, Inside(path), scope)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return any_of(self.element(n, Inside(path), scope) for n in (node.left, node.right))
        if isinstance(node, ast.Attribute):
            return self._element_of_attribute(node, inside, scope)
        if isinstance(node, ast.Call):
            return self._element_of_call(node, path, scope)
        return UNKNOWN

    def _element_of_attribute(self, node: ast.Attribute, inside: Inside, scope: Scope) -> Value:
        if not inside.path:
            known = self._element_by_name(node, scope)
            if known is not None:
                return known
        if is_self(node.value, scope):
            bindings = self.facts.members.of_self(node.attr, scope)
            return self.element_of(node, bindings, scope, inside)
        if self.elsewhere is None:
            return UNKNOWN
        return self.from_elsewhere(self.facts.names.resolve(node, scope), "value", inside)

    def _element_by_name(self, node: ast.Attribute, scope: Scope) -> Value | None:
        """Say what an attribute holds that is known by its name; None if it is not."""
        if node.attr in makers.ATTRIBUTES_OF_TENSORS:
            return tensor(f"an element of .{node.attr}")
        if node.attr in makers.ATTRIBUTES_OF_VARIABLES:
            made = self.facts.origins.made_by(node.value, scope)
            keras = not (made and all(name.startswith(makers.V1_LAYERS) for name in made))
            return Value(Kind.VARIABLE, f"an element of .{node.attr}", keras=keras)
        if node.attr in ("weights", "variables"):
            made = self.facts.origins.made_by(node.value, scope)
            if made and all(name.startswith(makers.LAYERS) for name in made):
                keras = any(name.startswith(makers.KERAS) for name in made)
                return Value(Kind.VARIABLE, f"an element of .{node.attr}", keras=keras)
        return None

    def element_of(
        self,
        node: ast.Name | ast.Attribute,
        bindings: list[Binding],
        scope: Scope,
        inside: Inside,
    ) -> Value:
        """Say what is inside of what a name or an attribute holds, with all that is added."""
        held = [
            b for b in bindings if not (isinstance(b.value, ast.Constant) and b.value.value is None)
        ]
        word = node.id if isinstance(node, ast.Name) else node.attr
        if held and all(b.kind is BindingKind.IMPORT for b in held):
            meanings = [self.facts.names.imported(b) for b in held]
            return any_of(self.from_elsewhere(m, "value", inside) for m in meanings)
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
                self.element(b.value, inside, b.scope)
                for b in held
                if b.value is not None and not is_empty(b.value)
            ]
            for name, value, inner, many in self.facts.containers.added(node, scope):
                if name is None or may_be(name, inside.key):
                    found.append(
                        self.element(value, inside, inner)
                        if many
                        else self.item(value, inside.path, inner)
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
            return self.element(node.args[path[0]], Inside(path[1:]), scope)
        if name == "enumerate" and path and path[0] == 1 and node.args:
            return self.element(node.args[0], Inside(path[1:]), scope)
        if name in _PASS_THROUGH and len(node.args) >= 1:
            return self.element(node.args[0], Inside(path), scope)
        if name == "filter" and len(node.args) == 2:
            return self.element(node.args[1], Inside(path), scope)
        if isinstance(function, ast.Attribute) and not node.args:
            if function.attr == "values":
                return self.element(function.value, Inside(path, values=True), scope)
            if function.attr == "items" and path and path[0] == 1:
                return self.element(function.value, Inside(path[1:], values=True), scope)
        meaning = self.facts.names.resolve(function, scope)
        if "itertools.chain" in meaning.names:
            return any_of(self.element(argument, Inside(path), scope) for argument in node.args)
        if "collections.OrderedDict" in meaning.names or name == "dict":
            return UNKNOWN
        if not path:
            for full in sorted(meaning.names):
                maker = tensorflow_member(full)
                if maker in makers.LISTS_OF_VARIABLES:
                    return Value(Kind.VARIABLE, f"an element of {maker}()")
                if maker in makers.LISTS_OF_TENSORS:
                    return tensor(f"an element of {maker}()")
            if last_name(function) == "get_collection" and node.args:
                collection = last_name(node.args[0]) or str(getattr(node.args[0], "value", ""))
                if collection.upper() in makers.COLLECTIONS:
                    return Value(Kind.VARIABLE, f"an element of the collection {collection}")
        return self.returned(function, scope, Inside(path))

    def returned(self, function: ast.expr, scope: Scope, inside: Inside) -> Value:
        """Say what is inside of what a function returns."""
        found = self.facts.calls.function(function, scope)
        if found is None:
            if self.elsewhere is None:
                return UNKNOWN
            meaning = self.facts.names.resolve(function, scope)
            return self.from_elsewhere(meaning, "returned", inside)
        binding, inner = found
        elements = any_of(self.element(value, inside, inner) for value in inner.returns)
        return returned_by(binding, elements)


def _is_slicing(index: ast.expr) -> bool:
    """Tell whether an index can only be one into an array: ``1:3``, ``..., 0``."""
    if isinstance(index, ast.Tuple):
        return any(map(_is_slicing, index.elts))
    return isinstance(index, ast.Slice) or (
        isinstance(index, ast.Constant) and (index.value is ... or index.value is None)
    )
