"""What expressions are: variables, tensors, sessions and the like; inferred, with the evidence.

A tensor has no ``assign``; before TensorFlow 2 a *reference* tensor could be assigned all the
same, so evidence that something is a tensor is looked for across the whole file.
"""

from __future__ import annotations

import ast

from migrate_vars.analysis import makers
from migrate_vars.analysis.answers import Answers, Cuts
from migrate_vars.analysis.doubts import Doubts
from migrate_vars.analysis.elements import Elements
from migrate_vars.analysis.facts import Facts
from migrate_vars.analysis.inference import Elsewhere
from migrate_vars.analysis.members import decorators, is_self
from migrate_vars.analysis.method_order import MethodOrder
from migrate_vars.analysis.names import Meaning, Names, last_name
from migrate_vars.analysis.parameters import Parameters
from migrate_vars.analysis.reaching import reaching, reaching_the_end
from migrate_vars.analysis.return_values import computed, made_by_function, returned_by
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.value import UNKNOWN, Inside, Kind, Value, any_of, tensor

_LITERALS = {
    **dict.fromkeys((ast.List, ast.ListComp), Value(Kind.LIST, "it is a list")),
    **dict.fromkeys((ast.Dict, ast.DictComp), Value(Kind.DICT, "it is a dictionary")),
    **dict.fromkeys((ast.Set, ast.SetComp), Value(Kind.PYTHON, "it is a set")),
    **dict.fromkeys((ast.JoinedStr, ast.Constant), Value(Kind.PYTHON, "it is a literal")),
    ast.Tuple: Value(Kind.TUPLE, "it is a tuple"),
    ast.GeneratorExp: Value(Kind.PYTHON, "it is a generator"),
    ast.Lambda: Value(Kind.PYTHON, "it is a lambda"),
}
_BUILTINS = {"list": Kind.LIST, "sorted": Kind.LIST, "tuple": Kind.TUPLE, "dict": Kind.DICT}


class Values:
    """Says what the expressions of one module are.

    Attributes:
        facts: What they are inferred from.
        members: Those of the facts that are about attributes.
    """

    def __init__(
        self, names: Names, elsewhere: Elsewhere | None = None, *, for_others: bool = False
    ) -> None:
        """Take what there is to know of the module.

        Args:
            names: Resolves its dotted names.
            elsewhere: Says what the members of other files are; None where nobody can.
            for_others: Whether it is other files that ask. What they are told does not depend on
                what was asked first, nor on who else calls a function.
        """
        self.facts = Facts(names)
        self.elsewhere = elsewhere
        self.names = names
        self.scopes = names.scopes
        self.members = self.facts.members
        cuts = Cuts() if elsewhere is None else elsewhere.cuts
        self.answers = Answers(cuts, always_whole=for_others)
        self.method_order = MethodOrder(names, self.members)
        self.doubts = Doubts(self.scopes, self.members)
        self.parameters = Parameters(names, self.facts.calls, self, by_any_call=not for_others)
        self.elements = Elements(
            self.facts, self.parameters, self.doubts, self.answers, self, elsewhere
        )

    def release(self) -> None:
        """Cut the cycles through this object, so that it is freed at once."""
        del self.parameters, self.elements

    def classify(self, node: ast.expr, scope: Scope) -> Value:
        """Say what an expression is when evaluated in ``scope``, and why."""
        return self.answers.once((id(node), id(scope)), self._classify, node, scope)

    def element(self, node: ast.expr, inside: Inside, scope: Scope) -> Value:
        """Say what iterating over ``node`` gives, or what is further inside of that."""
        return self.elements.element(node, inside, scope)

    # What other files ask

    def exported(self, name: str) -> Value:
        """Say what a name of the module holds when another file imports it."""
        bindings, _ = reaching_the_end(name, self.scopes)
        found = any_of(self._binding(name, b) for b in bindings)
        return self.doubts.of_name(found, name, bindings, self.scopes.root)

    def returned_by(self, name: str) -> Value:
        """Say what the call of a function of the module returns."""
        function = ast.Name(name, ast.Load())
        found = self.facts.calls.function(function, self.scopes.root)
        return UNKNOWN if found is None else self._returned_by(*found)

    def inside(self, name: str, inside: Inside) -> Value:
        """Say what is inside of what a name of the module holds."""
        bindings, _ = reaching_the_end(name, self.scopes)
        node = ast.Name(name, ast.Load())
        return self.elements.element_of(node, bindings, self.scopes.root, inside)

    def inside_returned(self, name: str, inside: Inside) -> Value:
        """Say what is inside of what a function of the module returns."""
        function = ast.Name(name, ast.Load())
        return self.elements.returned(function, self.scopes.root, inside)

    def attribute(self, cls: str, name: str) -> Value:
        """Say what the objects of a class of the module hold in an attribute."""
        bindings = self.scopes.root.bindings.get(cls, [])
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.CLASS:
            return UNKNOWN
        if decorators(bindings[0].node):
            return UNKNOWN
        scope = self.scopes.scope_of.get(bindings[0].node)
        if scope is None:
            return UNKNOWN
        return self._held_by_members(name, self.members.of_self(name, scope), scope)

    # Inference

    def before(self, target: ast.expr, update: ast.stmt, scope: Scope) -> Value:
        """Say what ``target`` is before a statement that updates it, other updates aside."""
        if isinstance(target, ast.Name):
            name = target.id
            bindings = self.scopes.lookup(name, scope)
            if any(_may_make_variable(b.value) for b in bindings):  # few names get that far
                bindings = reaching(name, scope, update, self.scopes)
        elif isinstance(target, ast.Attribute) and is_self(target.value, scope):
            bindings = self.members.of_self(target.attr, scope)
            name = target.attr
        else:
            return UNKNOWN
        if not any(_may_make_variable(b.value) for b in bindings):
            return UNKNOWN
        updates = {id(u.node) for u in self.scopes.updates}
        return any_of(self._binding(name, b) for b in bindings if id(b.node) not in updates)

    def _classify(self, node: ast.expr, scope: Scope) -> Value:
        if isinstance(node, ast.Name):
            bindings = reaching(node.id, scope, node, self.scopes)
            found = any_of(self._binding(node.id, b) for b in bindings)
            return self.doubts.of_name(found, node.id, bindings, scope)
        if isinstance(node, ast.Call):
            return self._call(node, scope)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.Subscript):
            return self.elements.subscript(node, scope)
        if isinstance(node, ast.NamedExpr):
            return self.classify(node.value, scope)
        if isinstance(node, ast.IfExp):
            return any_of(self.classify(n, scope) for n in (node.body, node.orelse))
        if isinstance(node, ast.BoolOp):
            return any_of(self.classify(n, scope) for n in node.values)
        if isinstance(node, ast.UnaryOp):
            return tensor("arithmetic gives a tensor")
        if isinstance(node, ast.Compare):
            return tensor("a comparison gives a tensor")
        if isinstance(node, ast.BinOp):
            # Lists are added and multiplied too.
            operands = [self.classify(operand, scope) for operand in (node.left, node.right)]
            return computed(node.op, operands)
        return _LITERALS.get(type(node), UNKNOWN)

    def _call(self, node: ast.Call, scope: Scope) -> Value:
        function = node.func
        meaning = self.names.resolve(function, scope)
        for name in sorted(meaning.names):
            made = made_by_function(name, node)
            if made is not None:
                return made
        if isinstance(function, ast.Attribute):
            made = self._made_by_method(node, function, scope, meaning)
            if made is not None:
                return made
        if isinstance(function, ast.Name) and not self.scopes.lookup(function.id, scope):
            if function.id == "next" and node.args:
                return self.elements.element(node.args[0], Inside(), scope)
            if function.id in _BUILTINS:
                return Value(_BUILTINS[function.id], f"made by {function.id}()")
        returned = self._returned(function, scope, meaning)
        if returned.kind is Kind.UNKNOWN and (last_name(function) or "").endswith("_ref"):
            # Helpers of this name reach below the variable, to its reference tensor.
            return tensor(f"{last_name(function)}() gives a reference, by its name")
        return returned

    def _made_by_method(
        self, node: ast.Call, function: ast.Attribute, scope: Scope, meaning: Meaning
    ) -> Value | None:
        """Say what a method returns that is known by its name; None if it is not."""
        name = function.attr
        in_module = meaning.is_imported
        if name in makers.TENSOR_METHODS and not (name == "value" and (node.args or node.keywords)):
            return tensor(f".{name}() gives a tensor")
        # What another module calls so is a state op, or a method of one of its variables.
        if name in makers.WRITING_METHODS and not meaning.is_of_other_framework:
            return tensor(f"it is the result of .{name}() on line {node.lineno}")
        if name in makers.VARIABLE_METHODS and not in_module:
            keras = name in makers.KERAS_METHODS and not self.facts.origins.is_in_v1_layer(scope)
            return Value(Kind.VARIABLE, f"made by .{name}()", keras=keras)
        if (
            name == "average"
            and self.facts.origins.made_by(function.value, scope) & makers.AVERAGES
        ):
            return Value(Kind.VARIABLE, "an average kept by ExponentialMovingAverage")
        if name in makers.OPERATION_METHODS:
            if self.classify(function.value, scope).kind is Kind.OPTIMIZER:
                return Value(Kind.OPERATION, f"made by .{name}()")
        elif name in makers.SESSION_METHODS and not in_module:
            return Value(Kind.SESSION, f"made by .{name}()")
        elif name == "as_default":
            made = self.classify(function.value, scope)
            return made if made.kind is Kind.SESSION else None
        return None

    def _returned(self, function: ast.expr, scope: Scope, meaning: Meaning) -> Value:
        """Say what a function of this file or of another one returns."""
        found = self.facts.calls.function(function, scope)
        if found is not None:
            return self._returned_by(*found)
        return self.elements.from_elsewhere(meaning, "returned")

    def _returned_by(self, binding: Binding, inner: Scope) -> Value:
        return returned_by(binding, any_of(self.classify(v, inner) for v in inner.returns))

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        if node.attr in makers.TENSOR_ATTRIBUTES:
            return tensor(f".{node.attr} is a tensor")
        if is_self(node.value, scope):
            return self._attribute_of_self(node, scope)
        if node.attr in makers.KERAS_WEIGHTS:
            made = self.facts.origins.made_by(node.value, scope)
            if made and all(name.startswith(makers.KERAS) for name in made):
                return Value(Kind.VARIABLE, f".{node.attr} of {min(made)}", keras=True)
        if self.elsewhere is not None:
            found = self.elements.from_elsewhere(self.names.resolve(node, scope), "value")
            if found.kind is not Kind.UNKNOWN:
                return found
        if isinstance(node.value, ast.Name):
            found = self._part_of_filled(node.value, scope)
            if found.kind is not Kind.UNKNOWN:
                return found
        if node.attr in makers.OPERATION_ATTRIBUTES:
            base = self.classify(node.value, scope)
            if base.is_variable or base.is_of_graph:
                return Value(Kind.OPERATION, f".{node.attr} is an operation")
        return self._attribute_of_object(node, scope)

    def _attribute_of_object(self, node: ast.Attribute, scope: Scope) -> Value:
        """Say what an object holds whose class is known."""
        classes = self.facts.origins.classes(node.value, scope)
        if not classes:
            return UNKNOWN
        found = []
        for cls in classes:
            if isinstance(cls, Scope):
                bindings = self.members.of_self(node.attr, cls)
                found.append(self._held_by_members(node.attr, bindings, cls))
            elif self.elsewhere is None or self.members.is_set_on_others(node.attr):
                return UNKNOWN
            else:
                found.append(self.elsewhere.attribute(cls, node.attr))
        return any_of(found)

    def _attribute_of_self(self, node: ast.Attribute, scope: Scope) -> Value:
        bindings = self.method_order.reaching(node, scope)
        return self._held_by_members(node.attr, bindings, scope)

    def _held_by_members(self, name: str, bindings: list[Binding], scope: Scope) -> Value:
        if bindings:
            found = any_of(self._member(name, b) for b in bindings)
        else:
            found = self._inherited(name, scope)
        return self.doubts.of_member(found, name, bindings, scope)

    def _inherited(self, name: str, scope: Scope) -> Value:
        """Say what an attribute is that only classes of other files bind."""
        owner = scope.enclosing_class()
        if self.elsewhere is None or owner is None:
            return UNKNOWN
        found = []
        for base in self.facts.origins.bases(owner):
            if base.names or base.unknown:
                return UNKNOWN
            found += [self.elsewhere.attribute(member, name) for member in base.members]
        known = [value for value in found if value.kind is not Kind.UNKNOWN]
        return any_of(known)

    def _part_of_filled(self, node: ast.Name, scope: Scope) -> Value:
        """Classify what is inside of a parameter that TensorFlow fills with tensors."""
        bindings = reaching(node.id, scope, node, self.scopes)
        why = [self.parameters.filled_with_tensors(node.id, binding) for binding in bindings]
        if why and all(why):
            return tensor(f"it is a part of '{node.id}': {why[0]}")
        return UNKNOWN

    def _member(self, name: str, binding: Binding) -> Value | None:
        if binding.kind is BindingKind.FUNCTION and "property" in decorators(binding.node):
            inner = self.scopes.scope_of.get(binding.node)
            if inner is not None and inner.returns:
                return any_of(self.classify(value, inner) for value in inner.returns)
        return self._binding(name, binding)

    def _binding(self, name: str, binding: Binding) -> Value | None:
        value = binding.value
        if binding.kind is BindingKind.PARAMETER:
            return self.parameters.classify(name, binding)
        if binding.kind is BindingKind.DELETED:
            return None
        if binding.kind is BindingKind.IMPORT:
            return self.elements.from_elsewhere(self.names.imported(binding), "value")
        if value is None:
            handed = self.parameters.filled_with_tensors(name, binding)  # as *arguments
            return tensor(f"a tuple of tensors: {handed}") if handed else UNKNOWN
        if binding.kind is BindingKind.VALUE:
            if isinstance(value, ast.Constant) and value.value is None:
                return None
            return self.classify(value, binding.scope)
        if binding.kind is BindingKind.ITEM:
            return self.elements.item(value, binding.path, binding.scope)
        if binding.kind is BindingKind.ELEMENT:
            return self.elements.element(value, Inside(binding.path), binding.scope)
        if binding.kind is BindingKind.AUGMENTED:
            return self._augmented(name, binding)
        if binding.kind is BindingKind.CONTEXT:
            entered = self.classify(value, binding.scope)
            return entered if entered.kind is Kind.SESSION else UNKNOWN
        return UNKNOWN

    def _augmented(self, name: str, binding: Binding) -> Value:
        others = [
            b
            for b in self.scopes.lookup(name, binding.scope)
            if b.kind is not BindingKind.AUGMENTED
        ]
        found = [r for b in others if (r := self._binding(name, b)) is not None]
        if any(r.is_variable or r.is_of_graph for r in found):
            line = getattr(binding.node, "lineno", 0)
            return tensor(f"line {line} rebinds the name to a tensor")
        return UNKNOWN


def _may_make_variable(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and (last_name(node.func) or "").endswith(
        ("ariable", "global_step", "add_weight", "get_slot")
    )
