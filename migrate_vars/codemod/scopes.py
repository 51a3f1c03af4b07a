"""The scopes of a module and what each of its names is bound to.

Only statements are walked: they hold all bindings but those of lambdas, comprehensions and the
walrus, and are few. Expressions are walked on demand, for the lines that a caller asks for
(``ModuleScopes.nodes_on_lines``); that keeps a file with one state op about as cheap as parsing it.
"""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from migrate_vars.codemod.by_name import (
    WRITERS,
    Written,
    bound_by_code,
    is_module_object,
    is_namespace,
    written_by_name,
)
from migrate_vars.codemod.source import Lines


class ScopeKind(Enum):
    """What opened a scope; Python's lookup rules differ between them."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"


class BindingKind(Enum):
    """How a name got its value."""

    IMPORT = "import"
    VALUE = "assignment"
    ITEM = "unpacking"
    ELEMENT = "loop target"
    AUGMENTED = "augmented assignment"
    PARAMETER = "parameter"
    FUNCTION = "function"
    CLASS = "class"
    CONTEXT = "with target"
    DELETED = "del"
    OTHER = "other"


@dataclass(slots=True, eq=False)
class Binding:
    """One place that binds a name.

    Attributes:
        kind: How the name got its value.
        node: The statement (or lambda, comprehension, parameter's function) that binds it.
        scope: The scope in which ``value`` is evaluated.
        value: The expression that the value comes from, where there is one.
        path: For unpacked targets, the indices that lead to this name.
        module: For imports, the fully qualified name.
        walrus: Whether it happens somewhere inside an expression.
        elsewhere: Whether it is made from outside the name's own scope, so at any time:
            ``global``, ``nonlocal``, ``globals()["name"] = ...``.
    """

    kind: BindingKind
    node: ast.AST
    scope: Scope
    value: ast.expr | None = None
    path: tuple[int, ...] = ()
    module: str = ""
    walrus: bool = False
    elsewhere: bool = False


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True, eq=False)
class Scope:
    """A region of the source in which names are looked up together."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    returns: list[ast.expr] = field(default_factory=list)

    def enclosing_class(self) -> Scope | None:
        """Return the class whose method this scope is in, if any."""
        scope: Scope | None = self
        while scope is not None and scope.kind is not ScopeKind.CLASS:
            scope = scope.parent
        return scope


def function_around(scope: Scope) -> Scope:
    """Return the function or module whose statements a scope's expressions belong to."""
    while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
        scope = scope.parent
    return scope


class Located(NamedTuple):
    """An expression node, the scope it is evaluated in, and the f-string around it."""

    node: ast.AST
    scope: Scope
    fstring: ast.JoinedStr | None
    statement: ast.AST


class Update(NamedTuple):
    """A statement of the form ``v = v + x`` or ``v += x``; and the innermost loop around it."""

    node: ast.Assign | ast.AugAssign
    scope: Scope
    loop: ast.stmt | None


_WALRUS = re.compile(b":=")
_SIGNS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_IMPORTANT_VALUES = (ast.BinOp,)


class ModuleScopes:
    """The scope tree of one parsed module.

    Attributes:
        lines: The source as UTF-8, and where its lines start.
        root: The scope of the module.
        star_imports: Each ``from module import *`` with the module's name.
        imports: Each ``from module import name`` statement, with its scope.
        updates: Statements that may update a name in place: ``v = v + x``, ``v += x``.
        opaque: The lines that may bind any name of the module, such as ``globals().update(x)``.
        writing_by_name: The expressions of all statements that may write names by a string.
    """

    def __init__(self, tree: ast.Module, lines: Lines) -> None:
        self.lines = lines
        self.root = Scope(ScopeKind.MODULE, tree, None)
        self.star_imports: list[tuple[ast.ImportFrom, str]] = []
        self.imports: list[tuple[ast.ImportFrom, Scope]] = []
        self.updates: list[Update] = []
        self.opaque: list[int] = []
        self.writing_by_name: list[Located] = []
        self.scope_of: dict[ast.AST, Scope] = {tree: self.root}
        self._loop: ast.stmt | None = None
        self._starts: list[int] = []
        # The statements, and the handlers and cases, by the line on which they start.
        self._entries: list[tuple[ast.AST, Scope]] = []
        self._located: dict[int, list[Located]] = {}
        self._calls: dict[str, list[Located]] = {}
        self._pending: list[tuple[str, Binding, Scope]] = []
        self._block(tree.body, self.root)
        if b":=" in lines.data:
            self._bind_walruses()
        # Now that the functions around them are known in full.
        for name, binding, scope in self._pending:
            self._bind_nonlocal(name, binding, scope)
        writing = lines.holding(WRITERS)
        if writing:
            self._bind_by_name(writing)

    def release(self) -> None:
        """Cut the cycles between scopes and bindings, so that the tree is freed at once."""
        for scope in self.scope_of.values():
            scope.bindings.clear()

    # Lookup

    def lookup(self, name: str, scope: Scope) -> list[Binding]:
        """Return every binding that ``name`` may have when used in ``scope``; [] when unbound."""
        direct = True
        here: Scope | None = scope
        while here is not None:
            if name in here.global_names:
                return self.root.bindings.get(name, [])
            if direct or here.kind is not ScopeKind.CLASS:
                found = here.bindings.get(name)
                if found and here.kind is ScopeKind.CLASS and here.parent is not None:
                    # A class body falls back to the outer name until its own is bound.
                    outer = self._enclosing_function(here.parent)
                    return found + (self.lookup(name, outer) if outer is not None else [])
                if found:
                    return found
            direct = False
            here = here.parent
        return []

    @staticmethod
    def _enclosing_function(scope: Scope | None) -> Scope | None:
        while scope is not None and scope.kind is ScopeKind.CLASS:
            scope = scope.parent
        return scope

    # Expressions on demand

    def nodes_on_lines(self, lines: Iterable[int]) -> Iterator[Located]:
        """Yield the expression nodes of all statements that touch one of the lines, once each."""
        for index in self._touching(lines):
            yield from self._nodes(index)

    def calls_mentioning(self, name: str) -> list[Located]:
        """Return the calls in all statements that mention an identifier."""
        found = self._calls.get(name)
        if found is None:
            nodes = self.nodes_on_lines(self._lines_with(name))
            found = self._calls[name] = [n for n in nodes if isinstance(n.node, ast.Call)]
        return found

    def nodes_mentioning(self, name: str) -> Iterator[Located]:
        """Yield the expression nodes of all statements that mention an identifier."""
        return self.nodes_on_lines(self._lines_with(name))

    def statements_mentioning(self, name: str) -> Iterator[tuple[ast.AST, Scope]]:
        """Yield the statements on lines that mention an identifier, with their scope."""
        for index in self._touching(self._lines_with(name)):
            yield self._entries[index]

    def _lines_with(self, name: str) -> list[int]:
        return self.lines.mentioning(name)

    def _touching(self, lines: Iterable[int]) -> list[int]:
        """Return which statements have expressions of their own on one of the lines."""
        seen: set[int] = set()
        for line in lines:
            index = bisect.bisect_right(self._starts, line) - 1
            while index >= 0 and _last_line(self._entries[index][0]) >= line:
                seen.add(index)
                index -= 1
        return sorted(seen)

    def _nodes(self, index: int) -> list[Located]:
        found = self._located.get(index)
        if found is None:
            node, scope = self._entries[index]
            found = []
            for expression in _own_expressions(node):
                self._walk(expression, scope, None, node, found)
            self._located[index] = found
        return found

    def _walk(
        self,
        node: ast.AST,
        scope: Scope,
        fstring: ast.JoinedStr | None,
        statement: ast.AST,
        out: list[Located],
    ) -> None:
        out.append(Located(node, scope, fstring, statement))
        if isinstance(node, (ast.Name, ast.Constant)):
            return
        if isinstance(node, ast.Lambda):
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None:
                    self._walk(default, scope, fstring, statement, out)
            self._walk(node.body, self._lambda_scope(node, scope), fstring, statement, out)
        elif isinstance(node, _COMPREHENSIONS):
            inner = self.comprehension_scope(node, scope)
            for number, generator in enumerate(node.generators):
                # Only the first iterable is evaluated outside the comprehension.
                outer = scope if number == 0 else inner
                self._walk(generator.iter, outer, fstring, statement, out)
                self._walk(generator.target, inner, fstring, statement, out)
                for condition in generator.ifs:
                    self._walk(condition, inner, fstring, statement, out)
            if isinstance(node, ast.DictComp):
                self._walk(node.key, inner, fstring, statement, out)
                self._walk(node.value, inner, fstring, statement, out)
            else:
                self._walk(node.elt, inner, fstring, statement, out)
        else:
            if fstring is None and isinstance(node, ast.JoinedStr):
                fstring = node
            for name in node._fields:  # ast.iter_child_nodes takes twice as long
                value = getattr(node, name, None)
                if isinstance(value, list):
                    for child in value:
                        if isinstance(child, ast.AST) and not isinstance(child, ast.cmpop):
                            self._walk(child, scope, fstring, statement, out)
                elif isinstance(value, ast.AST) and not isinstance(value, _SIGNS):
                    self._walk(value, scope, fstring, statement, out)

    def _lambda_scope(self, node: ast.Lambda, parent: Scope) -> Scope:
        scope = self.scope_of.get(node)
        if scope is None:
            scope = self.scope_of[node] = Scope(ScopeKind.FUNCTION, node, parent)
            self._parameters(node, node.args, scope, parent)
        return scope

    def comprehension_scope(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, parent: Scope
    ) -> Scope:
        """Return the scope of a comprehension that is evaluated in ``parent``."""
        scope = self.scope_of.get(node)
        if scope is None:
            scope = self.scope_of[node] = Scope(ScopeKind.COMPREHENSION, node, parent)
            for number, generator in enumerate(node.generators):
                evaluated_in = parent if number == 0 else scope
                self._target(
                    generator.target,
                    Binding(BindingKind.ELEMENT, node, evaluated_in, generator.iter),
                    scope,
                )
        return scope

    def _bind_walruses(self) -> None:
        for located in self.nodes_on_lines(self.lines.matching(_WALRUS)):
            node = located.node
            if isinstance(node, ast.NamedExpr):
                scope = located.scope
                while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
                    scope = scope.parent
                binding = Binding(
                    BindingKind.VALUE, located.statement, located.scope, node.value, walrus=True
                )
                self._bind(node.target.id, binding, scope)

    # Names that are bound by a string

    def _bind_by_name(self, lines: list[int]) -> None:
        """Bind the names of the module that are written by ``globals()``, ``setattr``, ``exec``."""
        aliases = [
            name
            for name, bindings in self.root.bindings.items()
            if any(
                isinstance(b.value, (ast.Call, ast.Subscript)) and self._is_module(b.value, b.scope)
                for b in bindings
            )
        ]
        lines += [line for name in aliases for line in self.lines.mentioning(name)]
        self.writing_by_name = list(self.nodes_on_lines(lines))
        for located in self.writing_by_name:
            node, scope, _, statement = located
            for written in written_by_name(node, statement):
                self._written(written, located)
            if isinstance(node, ast.Call):
                names = bound_by_code(node, of_module=scope is self.root)
                if names is None:
                    self.opaque.append(node.lineno)
                for name in sorted(names or ()):
                    self._bind_from_elsewhere(name, None, located)
            elif (
                isinstance(node, ast.Attribute)
                and not isinstance(node.ctx, ast.Load)
                and self._is_module(node.value, scope)
            ):
                value = statement.value if isinstance(statement, ast.Assign) else None
                self._bind_from_elsewhere(node.attr, value, located)

    def _written(self, written: Written, located: Located) -> None:
        owner, scope = written.owner, located.scope
        if written.mapping:
            if not self._is_namespace(owner, scope):
                return
        elif not self._is_module(owner, scope):
            # Any object may be this module, by another name.
            held = self.root.bindings.get(written.name or "", ())
            if any(b.kind is not BindingKind.IMPORT for b in held) and not _is_parameter(
                owner, scope, self
            ):
                self._bind_from_elsewhere(written.name or "", None, located)
            return
        if written.name is None:
            self.opaque.append(getattr(located.node, "lineno", 0))
        else:
            self._bind_from_elsewhere(written.name, written.value, located)

    def _bind_from_elsewhere(self, name: str, value: ast.expr | None, located: Located) -> None:
        kind = BindingKind.OTHER if value is None else BindingKind.VALUE
        binding = Binding(kind, located.statement, located.scope, value, elsewhere=True)
        self.root.bindings.setdefault(name, []).append(binding)

    def _is_namespace(self, node: ast.expr, scope: Scope) -> bool:
        """Tell whether an expression is the dictionary of the module's names."""
        if isinstance(node, ast.Name):
            return any(
                b.value is not None and is_namespace(b.value, of_module=b.scope is self.root)
                for b in self.lookup(node.id, scope)
            )
        return is_namespace(node, of_module=scope is self.root)

    def _is_module(self, node: ast.expr, scope: Scope) -> bool:
        """Tell whether an expression may be this module, or the dictionary of its names."""
        if isinstance(node, ast.Name):
            return any(
                b.value is not None and is_module_object(b.value)
                for b in self.lookup(node.id, scope)
            )
        return is_module_object(node) or is_namespace(node, of_module=scope is self.root)

    # Statements

    def _entry(self, start: int, node: ast.AST, scope: Scope) -> None:
        self._starts.append(start)
        self._entries.append((node, scope))

    def _block(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            kind = type(statement)
            if kind not in _WITHOUT_EXPRESSIONS:
                line = statement.lineno
                if kind in _DECORATED and statement.decorator_list:  # type: ignore[attr-defined]
                    line = statement.decorator_list[0].lineno  # type: ignore[attr-defined]
                self._starts.append(line)
                self._entries.append((statement, scope))
            handler = _HANDLERS.get(kind)
            if handler is not None:
                handler(self, statement, scope)

    def _bind(self, name: str, binding: Binding, scope: Scope) -> None:
        if name in scope.global_names:
            binding.elsewhere = scope is not self.root
            scope = self.root
        elif name in scope.nonlocal_names:
            self._pending.append((name, binding, scope))
            return
        found = scope.bindings.get(name)
        if found is None:
            scope.bindings[name] = [binding]
        else:
            found.append(binding)

    def _bind_nonlocal(self, name: str, binding: Binding, scope: Scope) -> None:
        outer = self._enclosing_function(scope.parent)
        while outer is not None and outer.parent is not None and name not in outer.bindings:
            outer = self._enclosing_function(outer.parent)
        binding.elsewhere = True
        (outer or scope).bindings.setdefault(name, []).append(binding)

    def _target(self, target: ast.expr, binding: Binding, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, binding, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            value = binding.value
            pairwise = (
                binding.kind is BindingKind.VALUE
                and isinstance(value, (ast.Tuple, ast.List))
                and len(value.elts) == len(target.elts)
                and not any(isinstance(e, ast.Starred) for e in (*value.elts, *target.elts))
            )
            starred = False
            for index, element in enumerate(target.elts):
                if pairwise and isinstance(value, (ast.Tuple, ast.List)):
                    item = Binding(binding.kind, binding.node, binding.scope, value.elts[index])
                elif isinstance(element, ast.Starred) or starred:
                    starred = True
                    item = Binding(BindingKind.OTHER, binding.node, binding.scope)
                else:
                    kind = binding.kind
                    if kind is BindingKind.VALUE:
                        kind = BindingKind.ITEM
                    item = Binding(kind, binding.node, binding.scope, value, (*binding.path, index))
                self._target(element, item, scope)
        elif isinstance(target, ast.Starred):
            self._target(
                target.value, Binding(BindingKind.OTHER, binding.node, binding.scope), scope
            )

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):  # most are; _target takes longer
                self._bind(target.id, Binding(BindingKind.VALUE, node, scope, node.value), scope)
            elif not isinstance(target, ast.Attribute):
                self._target(target, Binding(BindingKind.VALUE, node, scope, node.value), scope)
        if type(node.value) in _IMPORTANT_VALUES and len(node.targets) == 1:
            self.updates.append(Update(node, scope, self._loop))

    def _ann_assign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self._target(node.target, Binding(BindingKind.VALUE, node, scope, node.value), scope)
        elif isinstance(node.target, ast.Name) and scope.kind is not ScopeKind.MODULE:
            self._bind(node.target.id, Binding(BindingKind.DELETED, node, scope), scope)

    def _aug_assign(self, node: ast.AugAssign, scope: Scope) -> None:
        self._target(node.target, Binding(BindingKind.AUGMENTED, node, scope, node.value), scope)
        self.updates.append(Update(node, scope, self._loop))

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            self._target(target, Binding(BindingKind.DELETED, node, scope), scope)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            module = alias.name if alias.asname else name
            self._bind(name, Binding(BindingKind.IMPORT, node, scope, module=module), scope)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.star_imports.append((node, module))
                continue
            name = module + alias.name if module.endswith(".") else f"{module}.{alias.name}"
            self._bind(
                alias.asname or alias.name,
                Binding(BindingKind.IMPORT, node, scope, module=name),
                scope,
            )
        self.imports.append((node, scope))

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.global_names.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.nonlocal_names.update(node.names)

    def _return(self, node: ast.Return, scope: Scope) -> None:
        if node.value is not None:
            scope.returns.append(node.value)

    def _function(self, node: FunctionNode, scope: Scope) -> None:
        self._bind(node.name, Binding(BindingKind.FUNCTION, node, scope), scope)
        inner = self.scope_of[node] = Scope(ScopeKind.FUNCTION, node, scope)
        self._type_parameters(node, inner)
        self._parameters(node, node.args, inner, scope)
        outer, self._loop = self._loop, None
        self._block(node.body, inner)
        self._loop = outer

    def _parameters(
        self, node: ast.AST, arguments: ast.arguments, scope: Scope, outer: Scope
    ) -> None:
        named = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(named) - len(arguments.defaults))
        defaults += arguments.defaults
        named += arguments.kwonlyargs
        defaults += arguments.kw_defaults
        for argument, default in zip(named, defaults, strict=True):
            # Parameters are always local: a global statement for one is a syntax error.
            scope.bindings[argument.arg] = [Binding(BindingKind.PARAMETER, node, outer, default)]
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                scope.bindings[rest.arg] = [Binding(BindingKind.OTHER, node, outer)]

    def _type_parameters(self, node: ast.AST, scope: Scope) -> None:
        for parameter in getattr(node, "type_params", ()):
            self._bind(parameter.name, Binding(BindingKind.OTHER, node, scope), scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        self._bind(node.name, Binding(BindingKind.CLASS, node, scope), scope)
        if getattr(node, "type_params", ()):
            scope = Scope(ScopeKind.FUNCTION, node, scope)
            self._type_parameters(node, scope)
        inner = self.scope_of[node] = Scope(ScopeKind.CLASS, node, scope)
        self._block(node.body, inner)

    def _type_alias(self, node: ast.stmt, scope: Scope) -> None:
        name: ast.expr = node.name  # type: ignore[attr-defined]
        self._target(name, Binding(BindingKind.OTHER, node, scope), scope)

    def _if(self, node: ast.If, scope: Scope) -> None:
        self._block(node.body, scope)
        self._block(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        self._loop_body(node, scope)
        self._block(node.orelse, scope)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self._target(node.target, Binding(BindingKind.ELEMENT, node, scope, node.iter), scope)
        self._loop_body(node, scope)
        self._block(node.orelse, scope)

    def _loop_body(self, node: ast.For | ast.AsyncFor | ast.While, scope: Scope) -> None:
        outer, self._loop = self._loop, node
        self._block(node.body, scope)
        self._loop = outer

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._target(
                    item.optional_vars,
                    Binding(BindingKind.CONTEXT, node, scope, item.context_expr),
                    scope,
                )
        self._block(node.body, scope)

    def _try(self, node: ast.Try, scope: Scope) -> None:
        self._block(node.body, scope)
        for handler in node.handlers:
            self._entry(handler.lineno, handler, scope)
            if handler.name is not None:
                self._bind(handler.name, Binding(BindingKind.OTHER, handler, scope), scope)
            self._block(handler.body, scope)
        self._block(node.orelse, scope)
        self._block(node.finalbody, scope)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        for case in node.cases:
            self._entry(case.pattern.lineno, case, scope)
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if name is not None:
                    self._bind(name, Binding(BindingKind.OTHER, node, scope), scope)
            self._block(case.body, scope)


# The values take the node type of their key, which a dict cannot express.
_HANDLERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Assign: ModuleScopes._assign,
    ast.AnnAssign: ModuleScopes._ann_assign,
    ast.AugAssign: ModuleScopes._aug_assign,
    ast.Delete: ModuleScopes._delete,
    ast.Import: ModuleScopes._import,
    ast.ImportFrom: ModuleScopes._import_from,
    ast.Global: ModuleScopes._global,
    ast.Nonlocal: ModuleScopes._nonlocal,
    ast.Return: ModuleScopes._return,
    ast.FunctionDef: ModuleScopes._function,
    ast.AsyncFunctionDef: ModuleScopes._function,
    ast.ClassDef: ModuleScopes._class,
    ast.If: ModuleScopes._if,
    ast.While: ModuleScopes._while,
    ast.For: ModuleScopes._for,
    ast.AsyncFor: ModuleScopes._for,
    ast.With: ModuleScopes._with,
    ast.AsyncWith: ModuleScopes._with,
    ast.Try: ModuleScopes._try,
    ast.Match: ModuleScopes._match,
}
if hasattr(ast, "TryStar"):
    _HANDLERS[ast.TryStar] = ModuleScopes._try
if hasattr(ast, "TypeAlias"):
    _HANDLERS[ast.TypeAlias] = ModuleScopes._type_alias

_DECORATED = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
# Statements in which rules find nothing by the line.
_WITHOUT_EXPRESSIONS = frozenset(
    {
        ast.Import,
        ast.ImportFrom,
        ast.Global,
        ast.Nonlocal,
        ast.Try,
        getattr(ast, "TryStar", ast.Try),
    }
)
_BLOCK_FIELDS = frozenset({"body", "orelse", "finalbody", "handlers", "cases", "type_params"})


def _is_parameter(node: ast.expr, scope: Scope, scopes: ModuleScopes) -> bool:
    return isinstance(node, ast.Name) and any(
        binding.kind is BindingKind.PARAMETER for binding in scopes.lookup(node.id, scope)
    )


def _last_line(node: ast.AST) -> int:
    """Return the last line of a simple statement, or of the header of a compound one."""
    if isinstance(node, ast.Match):
        return node.cases[0].pattern.lineno
    body: list[ast.stmt] | None = getattr(node, "body", None)
    last: int = getattr(node, "end_lineno", 0) if body is None else body[0].lineno
    return last


def _own_expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions of a statement that do not belong to a statement inside it."""
    if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
        for name, value in ast.iter_fields(node):
            if name in _BLOCK_FIELDS:
                continue
            if isinstance(value, ast.AST):
                yield value
            elif isinstance(value, list):
                yield from (item for item in value if isinstance(item, ast.AST))
