"""Makes mutants of a TF2 program: the mistakes that people make when they migrate by hand."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_WRITES = ("assign", "assign_add", "assign_sub", "scatter_", "batch_scatter_", "ResourceApply")


@dataclass(frozen=True)
class Mutant:
    """A program with one mistake in it."""

    kind: str
    what: str
    source: str


def make_mutants(source: str) -> Iterator[Mutant]:
    """Yields every mutant that the operators below make of a program, in the order of its lines.

    Args:
        source: A ``v2_eager.py``: constants in capitals and variables at module level.
    """
    tree = ast.parse(source)
    for operator in (_constants, _literals, _missing_update, _order, _wrong_variable, _stale_read):
        yield from operator(tree)


def _mutate(tree: ast.Module, path: list[tuple[str, int]], change: Callable[..., None]) -> str:
    """The text of a copy of the tree, after a change to the list of statements at a path."""
    mine = copy.deepcopy(tree)
    node: ast.AST = mine
    for field, index in path:
        node = getattr(node, field)[index]
    change(node)
    return ast.unparse(ast.fix_missing_locations(mine))


def _blocks(
    node: ast.AST, path: tuple[tuple[str, int], ...] = ()
) -> Iterator[tuple[list[tuple[str, int]], str, list[ast.stmt]]]:
    """Every list of statements: the path of its owner, the owner's field, and the list."""
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block:
            yield list(path), field, block
            for index, statement in enumerate(block):
                yield from _blocks(statement, (*path, (field, index)))


def _constants(tree: ast.Module) -> Iterator[Mutant]:
    """Another learning rate, another bound, one step less."""
    for index, statement in enumerate(tree.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                number = _number(value)
                if number is None:
                    continue
                changed = number * 1.25 if isinstance(number, float) else number - 1

                def change(node: ast.Assign, changed: float = changed) -> None:
                    node.value = ast.Constant(changed)

                text = _mutate(tree, [("body", index)], change)
                yield Mutant("constant", f"{name} = {changed}", text)


def _number(value: ast.expr) -> float | int | None:
    try:
        number = eval(compile(ast.Expression(value), "", "eval"), {"__builtins__": {}})
    except (NameError, TypeError):
        return None
    return number if isinstance(number, float | int) and not isinstance(number, bool) else None


def _literals(tree: ast.Module) -> Iterator[Mutant]:
    """Another number in arithmetic or in a condition."""
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp | ast.Compare)]
    for number, node in enumerate(nodes):
        for field in ("left", "right", "comparators"):
            value = getattr(node, field, None)
            value = value[0] if isinstance(value, list) else value
            number_before = value.value if isinstance(value, ast.Constant) else None
            if isinstance(number_before, bool) or not isinstance(number_before, int | float):
                continue
            changed = (
                number_before * 1.25 if isinstance(number_before, float) else number_before + 1
            )
            mine = copy.deepcopy(tree)
            same = [n for n in ast.walk(mine) if isinstance(n, ast.BinOp | ast.Compare)][number]
            found = getattr(same, field)
            (found[0] if isinstance(found, list) else found).value = changed
            yield Mutant("literal", ast.unparse(same), ast.unparse(mine))


def _missing_update(tree: ast.Module) -> Iterator[Mutant]:
    """A write left out."""
    effects = _Effects(tree)
    for path, field, block in _blocks(tree):
        for index, statement in enumerate(block):
            if not (isinstance(statement, ast.Expr) and effects.written(statement)):
                continue

            def change(owner: ast.AST, field: str = field, index: int = index) -> None:
                getattr(owner, field)[index] = ast.Pass()

            yield Mutant("missing update", ast.unparse(statement), _mutate(tree, path, change))


def _order(tree: ast.Module) -> Iterator[Mutant]:
    """Two statements the other way round, if one of them names what the other one writes."""
    effects = _Effects(tree)
    for path, field, block in _blocks(tree):
        for index in range(len(block) - 1):
            first, second = block[index : index + 2]
            if not all(isinstance(s, ast.Expr | ast.If | ast.For) for s in (first, second)):
                continue
            if "print" in _names(first) | _names(second):
                continue  # what is printed is not what is trained
            if not (
                effects.written(first) & effects.names(second)
                or effects.written(second) & effects.names(first)
            ):
                continue

            def change(owner: ast.AST, field: str = field, index: int = index) -> None:
                block = getattr(owner, field)
                block[index], block[index + 1] = block[index + 1], block[index]

            what = f"{ast.unparse(second)} before {ast.unparse(first)}"
            yield Mutant("order", what, _mutate(tree, path, change))


def _wrong_variable(tree: ast.Module) -> Iterator[Mutant]:
    """Another variable written than the one meant."""
    receivers = sorted(
        {name for _, _, block in _blocks(tree) for s in block for name in _written(s)}
    )
    for path, field, block in _blocks(tree):
        for index, statement in enumerate(block):
            if not isinstance(statement, ast.Expr):
                continue
            for name in sorted(_written(statement)):
                other = receivers[(receivers.index(name) + 1) % len(receivers)]
                if other == name:
                    continue

                def change(
                    owner: ast.AST,
                    field: str = field,
                    index: int = index,
                    names: tuple[str, str] = (name, other),
                ) -> None:
                    for node in ast.walk(getattr(owner, field)[index]):
                        match node:
                            case ast.Attribute(value=ast.Name(id=found) as receiver, attr=attr) if (
                                found == names[0] and _is_write(attr)
                            ):
                                receiver.id = names[1]

                what = f"{other} for {name} in {ast.unparse(statement)}"
                yield Mutant("wrong variable", what, _mutate(tree, path, change))


def _stale_read(tree: ast.Module) -> Iterator[Mutant]:
    """A value read before the statement that updates it."""
    for path, field, block in _blocks(tree):
        for index in range(len(block) - 1):
            first, second = block[index : index + 2]
            match second:
                case ast.Expr(value=ast.Call(func=ast.Attribute(), args=[value, *_])) if _written(
                    second
                ):
                    pass
                case ast.Assign(value=value):
                    pass
                case _:
                    continue
            if not (isinstance(first, ast.Expr) and _written(first) & _names(value)):
                continue

            def change(owner: ast.AST, field: str = field, index: int = index) -> None:
                block = getattr(owner, field)
                second = block[index + 1]
                read = second.value if isinstance(second, ast.Assign) else second.value.args[0]
                value = ast.parse(f"tf.identity({ast.unparse(read)})", mode="eval").body
                early = ast.Assign([ast.Name("stale", ast.Store())], value)
                if isinstance(second, ast.Assign):
                    second.value = ast.Name("stale", ast.Load())
                else:
                    second.value.args[0] = ast.Name("stale", ast.Load())
                block.insert(index, early)

            yield Mutant("stale read", ast.unparse(second), _mutate(tree, path, change))


class _Effects:
    """What statements write and name, also through the program's own functions."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef)}

    def _with_calls(self, node: ast.AST) -> list[ast.AST]:
        called = [self._functions[name] for name in _names(node) if name in self._functions]
        return [node, *called]

    def written(self, node: ast.AST) -> set[str]:
        return {name for part in self._with_calls(node) for name in _written(part)}

    def names(self, node: ast.AST) -> set[str]:
        return {name for part in self._with_calls(node) for name in _names(part)}


def _is_write(attribute: str) -> bool:
    return attribute.startswith(_WRITES)


def _written(node: ast.AST) -> set[str]:
    """Names of the variables that methods called in a statement write."""
    return {
        child.func.value.id
        for child in ast.walk(node)
        if isinstance(child, ast.Call)
        and isinstance(child.func, ast.Attribute)
        and _is_write(child.func.attr)
        and isinstance(child.func.value, ast.Name)
    }


def _names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
