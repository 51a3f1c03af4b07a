"""What the receiver of a state op is: a variable, a tensor, or unknown; and why.

A tensor has no ``assign``; before TensorFlow 2 a *reference* tensor could be assigned all the
same, so evidence that a receiver is a tensor is looked for across the whole file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from migrate_vars.codemod.by_name import written_by_name
from migrate_vars.codemod.callbacks import handed_over, mapped
from migrate_vars.codemod.distribution import distribution
from migrate_vars.codemod.names import Names, last_name
from migrate_vars.codemod.reaching import reaching
from migrate_vars.codemod.scopes import (
    Binding,
    BindingKind,
    FunctionNode,
    Scope,
    ScopeKind,
    function_around,
)
from migrate_vars.codemod.state_ops import (
    METHODS,
    is_raw_op,
    is_tensorflow,
    public_module,
    state_op,
)


class Kind(Enum):
    """What a receiver is."""

    VARIABLE = "variable"
    TENSOR = "tensor"
    UNKNOWN = "unknown"


class Receiver(NamedTuple):
    """What is known about an expression that a state op writes to.

    Attributes:
        kind: Variable, tensor or unknown.
        why: The evidence, in words.
        plain: Whether it is one plain variable: neither a keras weight nor a partitioned one.
        sliced: Whether it is a slice of a variable.
        keras: Whether it may be a weight of Keras 3, which is no ``tf.Variable``.
        container: Whether it can also be a list, whose items are another matter.
        doubt: Why a variable may have been replaced by something else, in words.
    """

    kind: Kind
    why: str
    plain: bool = False
    sliced: bool = False
    keras: bool = False
    container: bool = False
    doubt: str = ""


UNKNOWN = Receiver(Kind.UNKNOWN, "nothing in this file says what it is")

_CONTRIB = ("contrib.framework", "contrib.framework.python.ops.variables", "contrib.slim")
_GLOBAL_STEP = ("get_or_create_global_step", "get_global_step", "create_global_step")
_PLAIN_MAKERS = frozenset(
    {
        *("Variable", "get_variable", "get_local_variable", "contrib.eager.Variable"),
        *(f"{module}.{kind}" for module in _CONTRIB for kind in ("variable", "local_variable")),
        *(f"{module}.{kind}" for module in ("train", *_CONTRIB) for kind in _GLOBAL_STEP),
        *(f"python.training.training_util.{kind}" for kind in _GLOBAL_STEP),
        *("python.ops.variables.Variable", "python.ops.variables.VariableV1"),
        *("python.ops.variables.RefVariable", "python.ops.ref_variable.RefVariable"),
        *("python.ops.variable_scope.get_variable", "python.ops.variable_scope.variable"),
        *("python.ops.variable_scope.get_local_variable",),
        *("python.ops.resource_variable_ops.ResourceVariable",),
        *("python.ops.metrics_impl.metric_variable",),
    }
)
_LIST_MAKERS = frozenset(
    name
    for kind in ("trainable", "global", "local", "model", "moving_average", "all")
    for name in (f"{kind}_variables", f"python.ops.variables.{kind}_variables")
) | frozenset(
    f"{module}.{kind}"
    for module in _CONTRIB
    for kind in (
        *("get_variables", "get_model_variables", "get_local_variables", "get_variables_by_name"),
        *("get_trainable_variables", "get_variables_by_suffix", "get_variables_to_restore"),
    )
)
_OTHER_MAKERS = frozenset(
    {
        *("keras.backend.variable", "python.keras.backend.variable"),
        *(f"{module}.model_variable" for module in _CONTRIB),
        *(
            f"python.training.slot_creator.{kind}"
            for kind in ("create_slot", "create_slot_with_initializer", "create_zeros_slot")
        ),
    }
)
_VARIABLE_METHODS = frozenset(
    {
        *("get_slot", "add_weight", "add_variable", "_zeros_slot", "_get_or_make_slot"),
        *("_get_or_make_slot_with_initializer", "_get_non_slot_variable"),
    }
)
_VARIABLE_LISTS = frozenset(
    {
        *("trainable_variables", "trainable_weights"),
        *("non_trainable_variables", "non_trainable_weights"),
    }
)
_KERAS = ("keras.layers.", "keras.models.", "keras.Model", "keras.Sequential", "keras.metrics.")
_LAYERS = (*_KERAS, "layers.")
# Their weights are made by get_variable in TensorFlow 1, and Keras 3 does without them.
_V1_LAYERS = ("layers.", "python.layers.", "nn.rnn_cell.", "contrib.rnn.")
_KERAS_WEIGHTS = frozenset(
    {
        *("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "embeddings"),
        *("depthwise_kernel", "pointwise_kernel", "recurrent_kernel", "alpha", "total", "count"),
    }
)
_KERAS_METHODS = frozenset({"add_weight", "add_variable"})
_COLLECTIONS = frozenset(
    f"{kind}_VARIABLES" for kind in ("TRAINABLE", "GLOBAL", "LOCAL", "MODEL", "MOVING_AVERAGE")
)
_AVERAGES = frozenset(
    {
        "train.ExponentialMovingAverage",
        "python.training.moving_averages.ExponentialMovingAverage",
    }
)
_TENSOR_METHODS = frozenset(
    {"get_tensor_by_name", "_ref", "value", "read_value", "initialized_value", "sparse_read"}
)
_TENSOR_ATTRIBUTES = frozenset({"_variable", "_snapshot", "initial_value"})
_TENSOR_LISTS = frozenset({"outputs", "inputs"})
_TENSOR_FUNCTIONS = frozenset(
    {
        *("identity", "stop_gradient", "convert_to_tensor", "constant", "placeholder", "cast"),
        *("placeholder_with_default", "zeros", "ones", "zeros_like", "ones_like", "reshape"),
        *("gather", "gather_nd", "concat", "stack", "tile", "transpose", "squeeze", "expand_dims"),
        *("add", "subtract", "multiply", "divide", "matmul", "reduce_sum", "reduce_mean", "where"),
        *("fill", "slice", "range", "random_normal", "random_uniform", "group", "no_op", "split"),
        *("add_n", "exp", "log", "sqrt", "square", "abs", "minimum", "maximum", "clip_by_value"),
        *("tanh", "sigmoid", "pow", "negative", "argmax", "cond", "while_loop", "tuple"),
        *("map_fn", "vectorized_map", "scan", "foldl", "foldr", "py_func", "py_function"),
        *("numpy_function", "case", "switch_case"),
        *("python.ops.array_ops.identity", "python.framework.ops.convert_to_tensor"),
        *("python.framework.constant_op.constant", "nn.embedding_lookup"),
    }
)
_TENSOR_MODULES = ("nn.", "math.", "linalg.", "image.", "random.", "python.ops.math_ops.")
_NO_VARIABLE = {
    **dict.fromkeys((ast.List, ast.ListComp), "a list"),
    **dict.fromkeys((ast.Dict, ast.DictComp), "a dictionary"),
    **dict.fromkeys((ast.Set, ast.SetComp), "a set"),
    **dict.fromkeys((ast.JoinedStr, ast.Constant), "a literal"),
    ast.Tuple: "a tuple",
    ast.GeneratorExp: "a generator",
    ast.Lambda: "a lambda",
}
_ONE_ADDED = frozenset({"append", "add", "appendleft", "insert", "setdefault"})
_MANY_ADDED = frozenset({"extend", "update"})
_DEPTH = 40
_PASS_THROUGH = frozenset({"list", "tuple", "reversed", "sorted", "set", "iter", "next"})


class Receivers:
    """Classifies the receivers of one module."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.scopes = names.scopes
        self._active: set[tuple[int, int]] = set()
        self._known: dict[tuple[int, int], Receiver] = {}
        self._cut = 0
        self._members: dict[tuple[Scope, str], list[Binding]] = {}
        self._families: dict[Scope, list[Scope]] = {}
        self._opaques: dict[Scope, list[int]] = {}
        self._hands: dict[Binding, str] = {}
        self._plain: bool | None = None

    def receiver(self, node: ast.expr, scope: Scope) -> Receiver:
        """Say what the receiver of a state op is, and why."""
        what = _NO_VARIABLE.get(type(node))
        if what is not None:
            return Receiver(Kind.TENSOR, f"it is {what}, not a variable")
        found = self.classify(node, scope)
        return found._replace(plain=False) if found.plain and not self._all_plain() else found

    def _all_plain(self) -> bool:
        """Tell whether nothing in the file makes distributed or partitioned variables."""
        if self._plain is None:
            data = self.scopes.lines.data
            self._plain = b"partitioner" not in data and not distribution(self.scopes)
        return self._plain

    def classify(self, node: ast.expr, scope: Scope) -> Receiver:
        """Say what an expression is when evaluated in ``scope``, and why."""
        key = (id(node), id(scope))
        known = self._known.get(key)
        if known is not None:
            return known
        if key in self._active or len(self._active) > _DEPTH:
            self._cut += 1
            return UNKNOWN
        cut = self._cut
        self._active.add(key)
        try:
            result = self._classify(node, scope)
        finally:
            self._active.discard(key)
        if cut == self._cut or not self._active:
            # An answer found inside a cycle may be partial, and is not kept.
            self._known[key] = result
        return result

    def before(self, target: ast.expr, update: ast.stmt, scope: Scope) -> Receiver:
        """Say what ``target`` is before a statement that updates it, other updates aside."""
        if isinstance(target, ast.Name):
            name = target.id
            bindings = self.scopes.lookup(name, scope)
            if any(_may_make_variable(b.value) for b in bindings):  # few names get that far
                bindings = reaching(name, scope, update, self.scopes)
        elif isinstance(target, ast.Attribute) and is_self(target.value, scope):
            bindings = self.members(target.attr, scope)
            name = target.attr
        else:
            return UNKNOWN
        if not any(_may_make_variable(b.value) for b in bindings):
            return UNKNOWN
        updates = {id(u.node) for u in self.scopes.updates}
        return _any_of(self._binding(name, b) for b in bindings if id(b.node) not in updates)

    def _classify(self, node: ast.expr, scope: Scope) -> Receiver:
        if isinstance(node, ast.Name):
            bindings = reaching(node.id, scope, node, self.scopes)
            found = _any_of(self._binding(node.id, b) for b in bindings)
            return self._doubted(found, node.id, bindings, scope)
        if isinstance(node, ast.Call):
            return self._call(node, scope)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope)
        if isinstance(node, ast.NamedExpr):
            return self.classify(node.value, scope)
        if isinstance(node, ast.IfExp):
            return _any_of(self.classify(n, scope) for n in (node.body, node.orelse))
        if isinstance(node, ast.BoolOp):
            return _any_of(self.classify(n, scope) for n in node.values)
        if isinstance(node, ast.UnaryOp):
            return Receiver(Kind.TENSOR, "arithmetic gives a tensor")
        if isinstance(node, ast.Compare):
            return Receiver(Kind.TENSOR, "a comparison gives a tensor")
        if isinstance(node, ast.BinOp):
            # Lists are added and multiplied too.
            operands = [self.classify(operand, scope) for operand in (node.left, node.right)]
            container = isinstance(node.op, (ast.Add, ast.Mult)) and not any(
                operand.kind is not Kind.UNKNOWN and not operand.container for operand in operands
            )
            return Receiver(Kind.TENSOR, "arithmetic gives a tensor", container=container)
        return UNKNOWN

    def _doubted(
        self, found: Receiver, name: str, bindings: list[Binding], scope: Scope
    ) -> Receiver:
        """Say why a name that holds a variable may hold something else when it is used."""
        if found.kind is Kind.TENSOR or found.doubt:
            return found
        home = function_around(scope)
        for binding in bindings:
            if binding.elsewhere and function_around(binding.scope) is not home:
                line = getattr(binding.node, "lineno", 0)
                return found._replace(
                    plain=False, doubt=f"line {line} can give '{name}' another value at any time"
                )
        if any(binding in self.scopes.root.bindings.get(name, ()) for binding in bindings):
            first = min(getattr(b.node, "lineno", 0) for b in bindings)
            stars = [node.lineno for node, _ in self.scopes.star_imports if node.lineno > first]
            for line in (*self.scopes.opaque, *stars):
                return found._replace(
                    plain=False, doubt=f"line {line} can give any name another value"
                )
        return found

    def _call(self, node: ast.Call, scope: Scope) -> Receiver:
        function = node.func
        meaning = self.names.resolve(function, scope)
        for name in sorted(meaning.names):
            if state_op(name) or is_raw_op(name):
                op = name.rpartition(".")[2]
                return Receiver(Kind.TENSOR, f"it is the result of {op} on line {node.lineno}")
            if is_tensorflow(name):
                member = public_module(name).partition(".")[2]
                if member in _PLAIN_MAKERS:
                    plain = not any(k.arg in ("partitioner", None) for k in node.keywords)
                    return Receiver(Kind.VARIABLE, f"made by {member}", plain=plain)
                if member in _OTHER_MAKERS:
                    return Receiver(Kind.VARIABLE, f"made by {member}")
                if member in _TENSOR_FUNCTIONS or member.startswith(_TENSOR_MODULES):
                    return Receiver(Kind.TENSOR, f"it is the result of {member}")
            if _member(name) == "keras.Variable":
                return Receiver(Kind.VARIABLE, "made by keras.Variable", keras=True)
        if isinstance(function, ast.Attribute):
            if function.attr in _TENSOR_METHODS and not (
                function.attr == "value" and (node.args or node.keywords)
            ):
                return Receiver(Kind.TENSOR, f".{function.attr}() gives a tensor")
            if function.attr in METHODS and not meaning.names:
                return Receiver(
                    Kind.TENSOR, f"it is the result of .{function.attr}() on line {node.lineno}"
                )
            if function.attr in _VARIABLE_METHODS and not meaning.names:
                keras = function.attr in _KERAS_METHODS and not self._in_v1_layer(scope)
                return Receiver(Kind.VARIABLE, f"made by .{function.attr}()", keras=keras)
            if function.attr == "average" and self._made_by(function.value, scope) & _AVERAGES:
                return Receiver(Kind.VARIABLE, "an average kept by ExponentialMovingAverage")
        if isinstance(function, ast.Name) and function.id == "next" and node.args:
            return self.element(node.args[0], (), scope)
        returned = self._returned(function, scope)
        if returned.kind is Kind.UNKNOWN and (last_name(function) or "").endswith("_ref"):
            # Helpers of this name reach below the variable, to its reference tensor.
            return Receiver(Kind.TENSOR, f"{last_name(function)}() gives a reference, by its name")
        return returned

    def _made_by(self, node: ast.expr, scope: Scope) -> set[str]:
        """Return the members of TensorFlow whose calls a name or an attribute can hold."""
        bindings: list[Binding] = []
        if isinstance(node, ast.Call):
            names = self.names.resolve(node.func, scope).names
            return {member for name in names if (member := _member(name))}
        if isinstance(node, ast.Name):
            bindings = self.scopes.lookup(node.id, scope)
        elif isinstance(node, ast.Attribute) and is_self(node.value, scope):
            bindings = self.members(node.attr, scope)
        values = [b.value for b in bindings if b.kind is BindingKind.VALUE]
        if not values or len(values) != len(bindings):
            return set()
        made = [
            self._made_by(b.value, b.scope) if isinstance(b.value, ast.Call) else set()
            for b in bindings
        ]
        return set().union(*made) if all(made) else set()

    def _in_v1_layer(self, scope: Scope) -> bool:
        """Tell whether the class around a scope is a layer of TensorFlow 1, not one of Keras."""
        owner = scope.enclosing_class()
        bases = [
            (base, cls.parent)
            for cls in (self._family(owner) if owner else ())
            if isinstance(cls.node, ast.ClassDef) and cls.parent is not None
            for base in cls.node.bases
        ]
        found = {
            name
            for base, outer in bases
            for name in self.names.resolve(base, outer).names
            if is_tensorflow(name)
        }
        return bool(found) and all(_member(name).startswith(_V1_LAYERS) for name in found)

    def _returned(self, function: ast.expr, scope: Scope) -> Receiver:
        """Classify what a function of this file returns."""
        for binding, inner in self._functions(function, scope):
            result = _any_of(self.classify(value, inner) for value in inner.returns)
            if result.kind is not Kind.UNKNOWN:
                return _returned_by(binding, result)
        return UNKNOWN

    def _functions(self, function: ast.expr, scope: Scope) -> list[tuple[Binding, Scope]]:
        """Return the function of this file that an expression names, if it returns anything."""
        bindings: list[Binding] = []
        if isinstance(function, ast.Name):
            bindings = self.scopes.lookup(function.id, scope)
        elif isinstance(function, ast.Attribute) and is_self(function.value, scope):
            owner = scope.enclosing_class()
            for cls in self._family(owner) if owner else ():
                bindings = bindings + cls.bindings.get(function.attr, [])
        if len(bindings) == 1 and bindings[0].kind is BindingKind.FUNCTION:
            inner = self.scopes.scope_of.get(bindings[0].node)
            if inner is not None and inner.returns and not _is_suspended(inner.node):
                return [(bindings[0], inner)]
        return []

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Receiver:
        if node.attr in _TENSOR_ATTRIBUTES:
            return Receiver(Kind.TENSOR, f".{node.attr} is a tensor")
        if is_self(node.value, scope):
            bindings = self.members(node.attr, scope)
            found = _any_of(self._member(node.attr, b) for b in bindings)
            return self._doubted_member(found, node.attr, bindings, scope)
        if node.attr in _KERAS_WEIGHTS:
            made = self._made_by(node.value, scope)
            if made and all(name.startswith(_KERAS) for name in made):
                return Receiver(Kind.VARIABLE, f".{node.attr} of {min(made)}", keras=True)
        if isinstance(node.value, ast.Name):
            return self._part_of_handed(node.value, scope)
        return UNKNOWN

    def _part_of_handed(self, node: ast.Name, scope: Scope) -> Receiver:
        """Classify what is inside of a parameter that TensorFlow fills with tensors."""
        bindings = reaching(node.id, scope, node, self.scopes)
        why = [self._handed(node.id, binding) for binding in bindings]
        if why and all(why):
            return Receiver(Kind.TENSOR, f"it is a part of '{node.id}': {why[0]}")
        return UNKNOWN

    def _doubted_member(
        self, found: Receiver, name: str, bindings: list[Binding], scope: Scope
    ) -> Receiver:
        """Say why an attribute that holds a variable may hold something else when it is used."""
        owner = scope.enclosing_class()
        if found.kind is Kind.TENSOR or found.doubt or owner is None:
            return found
        lines = [getattr(b.node, "lineno", 0) for b in bindings if b.elsewhere]
        for line in (*lines, *self._opaque(owner)):
            return found._replace(
                plain=False, doubt=f"line {line} can give '{name}' another value at any time"
            )
        return found

    def _opaque(self, owner: Scope) -> list[int]:
        """Return the lines that can set any attribute of a class's objects: ``setattr``."""
        found = self._opaques.get(owner)
        if found is None:
            family = self._family(owner)
            found = self._opaques[owner] = [
                getattr(located.node, "lineno", 0)
                for located in self.scopes.writing_by_name
                for written in written_by_name(located.node, located.statement)
                if written.name is None
                and not written.mapping
                and is_self(written.owner, located.scope)
                and located.scope.enclosing_class() in family
            ]
        return found

    def _member(self, name: str, binding: Binding) -> Receiver | None:
        if binding.kind is BindingKind.FUNCTION and "property" in _decorators(binding.node):
            inner = self.scopes.scope_of.get(binding.node)
            if inner is not None and inner.returns:
                return _any_of(self.classify(value, inner) for value in inner.returns)
        return self._binding(name, binding)

    def _family(self, owner: Scope) -> list[Scope]:
        """Return a class, and those of this file that it inherits from or that inherit from it."""
        family = self._families.get(owner)
        if family is None:
            classes = [s for s in self.scopes.scope_of.values() if s.kind is ScopeKind.CLASS]
            bases = {cls: self._bases(cls, classes) for cls in classes}
            family = [owner]
            for cls in family:
                family += [base for base in bases.get(cls, ()) if base not in family]
            derived = [owner]
            for cls in derived:
                derived += [c for c in classes if cls in bases[c] and c not in derived]
            family += [cls for cls in derived if cls not in family]
            self._families[owner] = family
        return family

    def _bases(self, cls: Scope, classes: list[Scope]) -> list[Scope]:
        node = cls.node
        if not isinstance(node, ast.ClassDef) or cls.parent is None:
            return []
        nodes = {
            id(binding.node)
            for base in node.bases
            if isinstance(base, ast.Name)
            for binding in self.scopes.lookup(base.id, cls.parent)
        }
        return [other for other in classes if id(other.node) in nodes and other is not cls]

    def members(self, name: str, scope: Scope) -> list[Binding]:
        """Return what ``self.name`` is bound to anywhere in the class around ``scope``.

        What is set on an object that is not known counts, too: it may be one of that class.
        """
        owner = scope.enclosing_class()
        if owner is None:
            return []
        found = self._members.get((owner, name))
        if found is None:
            family = self._family(owner)
            found = [b for cls in family for b in cls.bindings.get(name, [])]
            for node, inner in self.scopes.statements_mentioning(name):
                for target, binding in _attributes_set(node, name, inner):
                    # On any object but an instance of another class.
                    if not is_self(target.value, inner) or inner.enclosing_class() in family:
                        found.append(binding)
            found += self._set_by_name(name, family)
            self._members[owner, name] = found
        return found

    def _set_by_name(self, name: str, family: list[Scope]) -> Iterator[Binding]:
        """Yield what an attribute of this name is set to by ``setattr`` and the like."""
        for node, scope, _, statement in self.scopes.writing_by_name:
            for written in written_by_name(node, statement):
                if written.name != name or written.mapping:
                    continue
                if is_self(written.owner, scope) and scope.enclosing_class() not in family:
                    continue
                kind = BindingKind.OTHER if written.value is None else BindingKind.VALUE
                yield Binding(kind, statement, scope, written.value, elsewhere=True)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Receiver:
        base = self.classify(node.value, scope)
        if base.kind is Kind.VARIABLE:
            if base.sliced:
                return Receiver(Kind.TENSOR, "a slice of a slice is a tensor")
            if isinstance(node.slice, ast.Compare):
                return Receiver(Kind.TENSOR, "elements chosen by a mask are a tensor")
            return base._replace(
                why=f"a slice of a variable {base.why}", sliced=True, plain=False, keras=False
            )
        if base.kind is Kind.TENSOR and not base.container:
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
            item = self._item(node.value, path, scope)
            if item.kind is not Kind.UNKNOWN:
                return item
        return self.element(node.value, (), scope, values=True)

    def _item(self, node: ast.expr, path: tuple[int, ...], scope: Scope) -> Receiver:
        """Classify ``node[path[0]][path[1]]...``."""
        if not path:
            return self.classify(node, scope)
        if isinstance(node, (ast.Tuple, ast.List)):
            if any(isinstance(e, ast.Starred) for e in node.elts):
                return UNKNOWN
            if -len(node.elts) <= path[0] < len(node.elts):
                return self._item(node.elts[path[0]], path[1:], scope)
            return UNKNOWN
        if isinstance(node, ast.Name):
            bindings = reaching(node.id, scope, node, self.scopes)
            if len(bindings) == 1 and bindings[0].kind is BindingKind.VALUE and bindings[0].value:
                value = bindings[0].value
                if isinstance(value, (ast.Tuple, ast.List)) and not self._added(node, scope):
                    return self._item(value, path, bindings[0].scope)
        if isinstance(node, ast.Call):
            functions = self._functions(node.func, scope)
            for binding, inner in functions:
                return _returned_by(
                    binding, _any_of(self._item(value, path, inner) for value in inner.returns)
                )
        return self.element(node, path[1:], scope)

    def element(
        self,
        node: ast.expr,
        path: tuple[int, ...],
        scope: Scope,
        *,
        key: str | None = None,
        values: bool = False,
    ) -> Receiver:
        """Classify what iterating over ``node`` gives, followed by the indices of ``path``.

        Args:
            node: The container.
            path: Indices that lead further.
            scope: Where it is evaluated.
            key: The key that is looked up in a dictionary, where it is known.
            values: Whether a dictionary stands for its values, not for its keys.
        """
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return _any_of(self._item(e, path, scope) for e in node.elts)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return self._item(node.elt, path, self.scopes.comprehension_scope(node, scope))
        if isinstance(node, ast.Dict) and values:
            return _any_of(
                self._item(value, path, scope) if name is not None else UNKNOWN
                for name, value in zip(node.keys, node.values, strict=True)
                if name is None or _may_be(name, key)
            )
        if isinstance(node, ast.DictComp) and values:
            return self._item(node.value, path, self.scopes.comprehension_scope(node, scope))
        if isinstance(node, ast.Name):
            return self._element_of(
                node, reaching(node.id, scope, node, self.scopes), path, scope, key, values
            )
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return self.element(node.value, path, scope)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _any_of(self.element(n, path, scope) for n in (node.left, node.right))
        if isinstance(node, ast.Attribute):
            if node.attr in _TENSOR_LISTS and not path:
                return Receiver(Kind.TENSOR, f"an element of .{node.attr}")
            if node.attr in _VARIABLE_LISTS and not path:
                made = self._made_by(node.value, scope)
                keras = not (made and all(name.startswith(_V1_LAYERS) for name in made))
                return Receiver(Kind.VARIABLE, f"an element of .{node.attr}", keras=keras)
            if node.attr in ("weights", "variables") and not path:
                made = self._made_by(node.value, scope)
                if made and all(name.startswith(_LAYERS) for name in made):
                    keras = any(name.startswith(_KERAS) for name in made)
                    return Receiver(Kind.VARIABLE, f"an element of .{node.attr}", keras=keras)
            if is_self(node.value, scope):
                return self._element_of(
                    node, self.members(node.attr, scope), path, scope, key, values
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
    ) -> Receiver:
        """Classify an element of what a name or an attribute holds, with all that is added."""
        held = [
            b for b in bindings if not (isinstance(b.value, ast.Constant) and b.value.value is None)
        ]
        word = node.id if isinstance(node, ast.Name) else node.attr
        mark = (id(node), -1)
        if held and all(b.kind in (BindingKind.PARAMETER, BindingKind.OTHER) for b in held):
            for why in (self._handed(word, b) for b in held):
                if why:
                    return Receiver(Kind.TENSOR, f"it is a part of '{word}': {why}")
        if any(b.kind is not BindingKind.VALUE for b in held) or not held or mark in self._active:
            self._cut += 1
            return UNKNOWN
        self._active.add(mark)
        try:
            found = [
                self.element(b.value, path, b.scope, key=key, values=values)
                for b in held
                if b.value is not None and not _is_empty(b.value)
            ]
            for name, value, inner, many in self._added(node, scope):
                if name is None or _may_be(name, key):
                    found.append(
                        self.element(value, path, inner, key=key, values=values)
                        if many
                        else self._item(value, path, inner)
                    )
            held_there = _any_of(found)
            if isinstance(node, ast.Name):
                return self._doubted(held_there, word, bindings, scope)
            return self._doubted_member(held_there, word, bindings, scope)
        finally:
            self._active.discard(mark)

    def _added(
        self, node: ast.Name | ast.Attribute, scope: Scope
    ) -> list[tuple[ast.expr | None, ast.expr, Scope, bool]]:
        """Return what is put into a container anywhere: key, value, scope, whether it is many."""
        word = node.id if isinstance(node, ast.Name) else node.attr
        found: list[tuple[ast.expr | None, ast.expr, Scope, bool]] = []
        for located in self.scopes.calls_mentioning(word):
            call = located.node
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in _ONE_ADDED | _MANY_ADDED
                and self._is_same(call.func.value, located.scope, node, scope)
            ):
                many = call.func.attr in _MANY_ADDED
                key = call.args[0] if call.func.attr == "setdefault" and call.args else None
                found += [(key, value, located.scope, many) for value in call.args[-1:]]
                found += [
                    (ast.Constant(k.arg) if k.arg else None, k.value, located.scope, not k.arg)
                    for k in call.keywords
                ]
        for statement, inner in self.scopes.statements_mentioning(word):
            if isinstance(statement, (ast.Assign, ast.AugAssign)):
                targets = (
                    statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                )
                for target in targets:
                    if isinstance(target, ast.Subscript) and self._is_same(
                        target.value, inner, node, scope
                    ):
                        many = isinstance(target.slice, ast.Slice)
                        found.append((None if many else target.slice, statement.value, inner, many))
        return found

    def _is_same(
        self, other: ast.expr, other_scope: Scope, node: ast.Name | ast.Attribute, scope: Scope
    ) -> bool:
        """Tell whether two expressions are the same name, or the same attribute of self."""
        if isinstance(node, ast.Name):
            return (
                isinstance(other, ast.Name)
                and other.id == node.id
                and self.scopes.lookup(other.id, other_scope) is self.scopes.lookup(node.id, scope)
            )
        owner = scope.enclosing_class()
        return (
            isinstance(other, ast.Attribute)
            and other.attr == node.attr
            and is_self(other.value, other_scope)
            and owner is not None
            and other_scope.enclosing_class() in self._family(owner)
        )

    def _element_of_call(self, node: ast.Call, path: tuple[int, ...], scope: Scope) -> Receiver:
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
        qualified = self.names.resolve(function, scope).names
        if "itertools.chain" in qualified:
            return _any_of(self.element(argument, path, scope) for argument in node.args)
        if {"collections.OrderedDict"} & qualified or name == "dict":
            return UNKNOWN
        if not path:
            for full in sorted(qualified):
                member = public_module(full).partition(".")[2]
                if is_tensorflow(full) and member in _LIST_MAKERS:
                    return Receiver(Kind.VARIABLE, f"an element of {member}()")
            if last_name(function) == "get_collection" and node.args:
                collection = last_name(node.args[0]) or str(getattr(node.args[0], "value", ""))
                if collection.upper() in _COLLECTIONS:
                    return Receiver(Kind.VARIABLE, f"an element of the collection {collection}")
        for binding, inner in self._functions(function, scope):
            return _returned_by(
                binding, _any_of(self.element(value, path, inner) for value in inner.returns)
            )
        return UNKNOWN

    def _binding(self, name: str, binding: Binding) -> Receiver | None:
        value = binding.value
        if binding.kind is BindingKind.PARAMETER:
            return self._parameter(name, binding)
        if binding.kind is BindingKind.DELETED:
            return None
        if value is None:
            handed = self._handed(name, binding)  # as *arguments
            return Receiver(Kind.TENSOR, f"a tuple of tensors: {handed}") if handed else UNKNOWN
        if binding.kind is BindingKind.VALUE:
            if isinstance(value, ast.Constant) and value.value is None:
                return None
            return self.classify(value, binding.scope)
        if binding.kind is BindingKind.ITEM:
            return self._item(value, binding.path, binding.scope)
        if binding.kind is BindingKind.ELEMENT:
            return self.element(value, binding.path, binding.scope)
        if binding.kind is BindingKind.AUGMENTED:
            return self._augmented(name, binding)
        return UNKNOWN

    def _augmented(self, name: str, binding: Binding) -> Receiver:
        others = [
            b
            for b in self.scopes.lookup(name, binding.scope)
            if b.kind is not BindingKind.AUGMENTED
        ]
        kinds = {r.kind for b in others if (r := self._binding(name, b)) is not None}
        if kinds & {Kind.VARIABLE, Kind.TENSOR}:
            line = getattr(binding.node, "lineno", 0)
            return Receiver(Kind.TENSOR, f"line {line} rebinds the name to a tensor")
        return UNKNOWN

    # Parameters: what the calls in this file give them

    def _parameter(self, name: str, binding: Binding) -> Receiver:
        function = binding.node
        handed = self._handed(name, binding)
        if handed:
            return Receiver(Kind.TENSOR, handed)
        if isinstance(function, ast.Lambda):
            given = self._given_to_lambda(name, function, binding.scope)
            return self._first_tensor(given, "the lambda") or UNKNOWN
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return UNKNOWN
        annotated = self._annotated(name, function, binding.scope)
        if annotated is not None:
            return annotated
        tensor = self._first_tensor(
            self._given(name, function, binding.scope), f"'{function.name}'"
        )
        if tensor is not None:
            return tensor
        if binding.value is not None:
            default = self.classify(binding.value, binding.scope)
            if default.kind is Kind.TENSOR:
                return Receiver(Kind.TENSOR, f"the default of '{name}' is a tensor: {default.why}")
            return UNKNOWN
        return self._given_everywhere(name, function, binding.scope)

    def _handed(self, name: str, binding: Binding) -> str:
        """Say, in words, how TensorFlow fills a parameter with tensors; nothing if it does not."""
        found = self._hands.get(binding)
        if found is None:
            self._hands[binding] = ""  # if it is given on to itself
            found = self._hands[binding] = self._handed_by(name, binding)
        return found

    def _handed_by(self, name: str, binding: Binding) -> str:
        function = binding.node
        if binding.value is not None or not isinstance(
            function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        ):
            return ""  # a parameter with a default keeps that
        arguments = function.args
        positions = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        rest = arguments.vararg is not None and arguments.vararg.arg == name
        if name not in positions and not rest:
            return ""
        owner = binding.scope
        words = {function.name} if not isinstance(function, ast.Lambda) else {"lambda"}
        if isinstance(function, ast.Lambda):
            words |= {
                word
                for word, bindings in owner.bindings.items()
                if any(b.value is function for b in bindings)
            }
        for word in sorted(words):
            for located in self.scopes.calls_mentioning(word):
                call = located.node
                if not isinstance(call, ast.Call):
                    continue
                giver, given = handed_over(call, located.scope, self.names)
                for one in given:
                    bound = self._filled(one.function, word, function, owner, located.scope)
                    if bound is None or name in one.named:
                        continue
                    if rest or positions.index(name) >= bound + one.bound:
                        return f"{giver} on line {call.lineno} gives it a tensor"
                for mapping, items, position in mapped(call, self.names, located.scope):
                    bound = self._filled(mapping, word, function, owner, located.scope)
                    if (
                        bound is not None
                        and not rest
                        and positions.index(name) == bound + position
                        and self.element(items, (), located.scope).kind is Kind.TENSOR
                    ):
                        return f"map on line {call.lineno} gives it a tensor"
        return ""

    @staticmethod
    def _filled(
        node: ast.expr, word: str, function: FunctionNode | ast.Lambda, owner: Scope, scope: Scope
    ) -> int | None:
        """Return how many leading parameters an expression fills; None for another function."""
        if node is function:
            return 0
        if isinstance(function, ast.Lambda):
            return 0 if isinstance(node, ast.Name) and node.id == word else None
        return _bound_parameters(node, word, function, owner, scope)

    def _given_everywhere(self, name: str, function: FunctionNode, owner: Scope) -> Receiver:
        """Classify a parameter of a function that is called in this file only, and not passed on.

        That is taken for granted of functions inside functions, and of those whose name begins
        with an underscore.
        """
        private = function.name.startswith("_") and not function.name.startswith("__")
        if not (private or owner.kind is ScopeKind.FUNCTION) or function.decorator_list:
            return UNKNOWN
        calls: set[int] = set()
        uses: set[int] = set()
        for located in self.scopes.nodes_mentioning(function.name):
            node = located.node
            if isinstance(node, ast.Call) and last_name(node.func) == function.name:
                calls.add(id(node.func))
            elif isinstance(node, (ast.Name, ast.Attribute)) and last_name(node) == function.name:
                uses.add(id(node))
        given = list(self._given(name, function, owner))
        if not calls or uses - calls or len(given) != len(calls):
            return UNKNOWN
        result = _any_of(self.classify(argument, scope) for argument, scope, _ in given)
        if result.kind is not Kind.VARIABLE:
            return UNKNOWN
        return result._replace(why=f"every call of '{function.name}' gives a variable {result.why}")

    def _first_tensor(
        self, given: Iterable[tuple[ast.expr, Scope, int]], callee: str
    ) -> Receiver | None:
        for argument, scope, line in given:
            found = self.classify(argument, scope)
            if found.kind is Kind.TENSOR:
                return found._replace(why=f"line {line} gives {callee} a tensor: {found.why}")
        return None

    def _given_to_lambda(
        self, name: str, function: ast.Lambda, owner: Scope
    ) -> Iterator[tuple[ast.expr, Scope, int]]:
        """Yield what calls pass to a lambda: called at once, or through the name it is given."""
        positions = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        called = {
            word
            for word, bindings in owner.bindings.items()
            if any(b.value is function for b in bindings)
        }
        for word in sorted({*called, "lambda"}):
            for located in self.scopes.calls_mentioning(word):
                call = located.node
                if isinstance(call, ast.Call) and (
                    call.func is function or last_name(call.func) in called
                ):
                    yield from self._passed(call, name, positions, located.scope)

    def _annotated(self, name: str, function: FunctionNode, scope: Scope) -> Receiver | None:
        arguments = function.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if argument.arg == name and argument.annotation is not None:
                for qualified in self.names.resolve(argument.annotation, scope).names:
                    if is_tensorflow(qualified):
                        kind = public_module(qualified).partition(".")[2]
                        if kind in _PLAIN_MAKERS:
                            return Receiver(Kind.VARIABLE, f"annotated as {kind}")
                        if kind == "Tensor":
                            return Receiver(Kind.TENSOR, "annotated as Tensor")
        return None

    def _given(
        self, name: str, function: FunctionNode, owner: Scope
    ) -> Iterator[tuple[ast.expr, Scope, int]]:
        """Yield what calls in this file pass for one parameter."""
        arguments = function.args
        positions = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        called = {function.name}
        if isinstance(owner.node, ast.ClassDef) and function.name == "__init__":
            called.add(owner.node.name)
        for word in sorted(called):
            for located in self.scopes.calls_mentioning(word):
                call = located.node
                if not isinstance(call, ast.Call):
                    continue
                # functools.partial(f, v) and Thread(f, v) pass on what follows f.
                for start, target in enumerate([call.func, *call.args]):
                    bound = _bound_parameters(target, word, function, owner, located.scope)
                    if bound is not None:
                        rest = positions[bound:]
                        yield from self._passed(call, name, rest, located.scope, start)

    @staticmethod
    def _passed(
        call: ast.Call, name: str, positions: list[str], scope: Scope, start: int = 0
    ) -> Iterator[tuple[ast.expr, Scope, int]]:
        for keyword in call.keywords:
            if keyword.arg == name:
                yield keyword.value, scope, call.lineno
        for position, argument in zip(positions, call.args[start:], strict=False):
            if isinstance(argument, ast.Starred):
                return
            if position == name:
                yield argument, scope, call.lineno


def _attributes_set(
    node: ast.AST, name: str, scope: Scope
) -> Iterator[tuple[ast.Attribute, Binding]]:
    """Yield the attributes of a name that a statement sets, each with what it becomes."""
    value: ast.expr | None = getattr(node, "value", None)
    kind = BindingKind.VALUE
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and value is not None:
        targets = [node.target]
    elif isinstance(node, ast.AugAssign):
        targets, kind = [node.target], BindingKind.AUGMENTED
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        targets, kind, value = [node.target], BindingKind.OTHER, None
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        targets = [i.optional_vars for i in node.items if i.optional_vars is not None]
        kind, value = BindingKind.OTHER, None
    for target in targets:
        for leaf in ast.walk(target):
            if (
                isinstance(leaf, ast.Attribute)
                and isinstance(leaf.ctx, ast.Store)
                and leaf.attr == name
            ):
                if leaf is target:
                    yield leaf, Binding(kind, node, scope, value)
                else:
                    yield leaf, _unpacked(target, leaf, node, scope, value)


def _bound_parameters(
    target: ast.expr, word: str, function: FunctionNode, owner: Scope, scope: Scope
) -> int | None:
    """Return how many leading parameters a reference to ``function`` fills; None if it is none."""
    if last_name(target) != word:
        return None
    if not isinstance(owner.node, ast.ClassDef):
        on_self = isinstance(target, ast.Attribute) and is_self(target.value, scope)
        return None if on_self else 0
    decorators = {last_name(decorator) for decorator in function.decorator_list}
    if word == owner.node.name or "classmethod" in decorators:
        return 1
    if isinstance(target, ast.Name):
        return None
    if "staticmethod" in decorators:
        return 0
    on_class = isinstance(target, ast.Attribute) and last_name(target.value) == owner.node.name
    return 0 if on_class else 1


def _any_of(found: Iterable[Receiver | None]) -> Receiver:
    """Combine what an expression can be: a tensor if it ever is one, a variable if always."""
    results = [r for r in found if r is not None]
    for result in results:
        if result.kind is Kind.TENSOR:
            return result
    if results and all(r.kind is Kind.VARIABLE for r in results):
        return results[0]._replace(
            plain=all(r.plain for r in results),
            sliced=any(r.sliced for r in results),
            keras=any(r.keras for r in results),
            doubt=next((r.doubt for r in results if r.doubt), ""),
        )
    return UNKNOWN


def _is_suspended(function: ast.AST) -> bool:
    """Tell whether a call of a function gives a generator or a coroutine."""
    return isinstance(function, ast.AsyncFunctionDef) or any(
        isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function)
    )


def _decorators(node: ast.AST) -> set[str]:
    return {
        last_name(d.func if isinstance(d, ast.Call) else d) or "?"
        for d in getattr(node, "decorator_list", ())
    }


def _returned_by(binding: Binding, result: Receiver) -> Receiver:
    """Return what the caller of a function gets, given what its body returns."""
    if result.kind is Kind.UNKNOWN or (
        result.kind is Kind.VARIABLE and _decorators(binding.node) - {"staticmethod", "classmethod"}
    ):
        return UNKNOWN  # a decorator may do anything; tf.function turns variables into tensors
    line = getattr(binding.node, "lineno", 0)
    return result._replace(why=f"{result.why}, returned by the function on line {line}")


def _may_be(name: ast.expr, key: str | None) -> bool:
    """Tell whether an entry of a dictionary can be the one that a key looks up."""
    return key is None or not isinstance(name, ast.Constant) or name.value == key


def _is_empty(node: ast.expr) -> bool:
    """Tell whether an expression makes a container with nothing in it."""
    if isinstance(node, ast.Call):
        name = last_name(node.func)
        made = name in ("list", "dict", "set", "OrderedDict", "deque")
        return made and not node.args and not node.keywords
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, (ast.List, ast.Tuple)) and not node.elts


def _may_make_variable(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and (last_name(node.func) or "").endswith(
        ("ariable", "global_step", "add_weight", "get_slot")
    )


def is_self(node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is the instance that the method around ``scope`` works on.

    That is the method's first parameter, whatever it is called, unless the name is bound anew.
    """
    if not isinstance(node, ast.Name):
        return False
    here: Scope | None = scope
    while here is not None:
        function = here.node
        if (
            here.parent is not None
            and here.parent.kind is ScopeKind.CLASS
            and isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        ):
            arguments = (*function.args.posonlyargs, *function.args.args)
            return (
                bool(arguments)
                and arguments[0].arg == node.id
                and len(here.bindings.get(node.id, ())) == 1
                and "staticmethod" not in _decorators(function)
            )
        if node.id in here.bindings and here.kind is not ScopeKind.CLASS:
            return False
        here = here.parent
    return False


def _member(name: str) -> str:
    """Return the name of a member of TensorFlow or Keras, without TensorFlow's; nothing if none."""
    if is_tensorflow(name):
        return public_module(name).partition(".")[2]
    return name if name.startswith("keras.") else ""


def _is_slicing(index: ast.expr) -> bool:
    """Tell whether an index can only be one into an array: ``1:3``, ``..., 0``."""
    if isinstance(index, ast.Tuple):
        return any(map(_is_slicing, index.elts))
    return isinstance(index, ast.Slice) or (
        isinstance(index, ast.Constant) and (index.value is ... or index.value is None)
    )


def _unpacked(
    target: ast.expr, leaf: ast.expr, node: ast.AST, scope: Scope, value: ast.expr | None
) -> Binding:
    if (
        isinstance(target, (ast.Tuple, ast.List))
        and leaf in target.elts
        and value is not None
        and not any(isinstance(e, ast.Starred) for e in target.elts)
    ):
        return Binding(BindingKind.ITEM, node, scope, value, (target.elts.index(leaf),))
    return Binding(BindingKind.OTHER, node, scope)
