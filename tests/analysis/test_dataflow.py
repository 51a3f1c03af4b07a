"""What statements read, bind and mutate, and what stands around a node."""

from __future__ import annotations

import ast

import pytest

from migrate_vars.analysis.dataflow import Effects, Parents, dotted
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.source import Source

# Each statement with what it reads, binds and mutates.
EFFECTS: dict[str, tuple[str, str, str]] = {
    "x = y": ("y", "x", ""),
    "x = y.z.w": ("y y.z y.z.w", "x", ""),
    "x, (y, *z) = w": ("w", "x y z", ""),
    "x: int = y": ("int y", "x", ""),
    "x = y = z": ("z", "x y", ""),
    "x += y": ("x y", "x", "x"),
    "self.x = y": ("self y", "self.x", "self"),
    "self.x += y": ("self self.x y", "self.x", "self self.x"),
    "self.x.y = z": ("self self.x z", "self.x.y", "self.x"),
    "d[k] = v": ("d k v", "", "d"),
    "d[k][j] = v": ("d k j v", "", "d"),
    "self.d[k] = v": ("self self.d k v", "", "self.d"),
    "d[k] += v": ("d k v", "", "d"),
    "del x": ("", "x", ""),
    "del d[k]": ("d k", "", "d"),
    "del self.x": ("self", "self.x", "self"),
    "xs.append(x)": ("xs xs.append x", "", "xs"),
    "self.xs.extend(x)": ("self self.xs self.xs.extend x", "", "self.xs"),
    "d[k].append(x)": ("d k x", "", "d"),
    "xs.index(x)": ("xs xs.index x", "", ""),
    "f(x, y=z)": ("f x z", "", ""),
    "make().append(x)": ("make x", "", ""),
    "import a.b, c as d": ("", "a d", ""),
    "from a import b as c, d": ("", "c d", ""),
    "for x in xs:\n    y = x": ("xs x", "x y", ""),
    "for i, d[k] in xs:\n    pass": ("xs d k", "i", "d"),
    "with open(p) as f, g:\n    h(f)": ("open p f g h", "f", ""),
    "while x:\n    x = f(x)\nelse:\n    y = 1": ("x f", "x y", ""),
    "if (x := y) > 1:\n    z = x": ("y x", "x z", ""),
    "try:\n    x = 1\nexcept E as e:\n    y = e\nfinally:\n    z = 1": ("E e", "x e y z", ""),
    "match x:\n    case [a, *b]:\n        c = a\n    case {'k': d, **e}:\n        pass": (
        "x a",
        "a b c d e",
        "",
    ),
    "def f(a, b=c):\n    d = a + e\n    return d": ("c e", "f", ""),
    "@g\ndef f(*a, **b):\n    return a, b, h": ("g h", "f", ""),
    "def f():\n    global x\n    x = y\n    z.append(x)": ("x y z z.append", "f x", "z"),
    "def f(self):\n    self.x = y\n    z.w = 1": ("y z", "f z.w", "z"),
    "def f():\n    def g():\n        return x + y\n    x = 1\n    return g": ("y", "f", ""),
    "async def f():\n    await x": ("x", "f", ""),
    "g = lambda a, b=c: a + d": ("c d", "g", ""),
    "class A(B, m=C):\n    x = y\n    z = x\n    def f(self): return x, w": (
        "B C y x w",
        "A",
        "",
    ),
    "ys = [f(x) for x in xs if x > z]": ("f xs z", "ys", ""),
    "d = {k: v for k, vs in e for v in vs}": ("e", "d", ""),
    "g = (x for x in f(x))": ("f x", "g", ""),
    "global x": ("", "", ""),
    "print(f'{x:{w}} {y.z}')": ("print x w y y.z", "", ""),
    "return_ = (yield x)": ("x", "return_", ""),
    "assert x, y": ("x y", "", ""),
    "pass": ("", "", ""),
}


def made(source: str) -> Module:
    return Module(Source.decode(source.encode()))


@pytest.mark.parametrize("source", EFFECTS)
def test_effects(source: str) -> None:
    module = made(source + "\n")
    reads, binds, mutates = (frozenset(names.split()) for names in EFFECTS[source])
    assert module.dataflow.effects(module.tree.body[0]) == Effects(reads, binds, mutates)


def test_effects_of_a_block() -> None:
    module = made("x = a\ny = x\ny.append(b)\n")
    found = module.dataflow.of_block(module.tree.body)
    assert found == Effects(
        frozenset({"a", "x", "y", "y.append", "b"}), frozenset({"x", "y"}), frozenset({"y"})
    )
    assert module.dataflow.of_block(()) == Effects()


@pytest.mark.parametrize("source", EFFECTS)
def test_every_name_that_can_be_seen_is_told(source: str) -> None:
    """Whatever is bound at the level of the module, Python's own table says so, too."""
    import symtable

    module = made(source + "\n")
    table = symtable.symtable(source, "<string>", "exec")
    found = module.dataflow.effects(module.tree.body[0])
    # From Python 3.12 on, the table of the module has the names of its comprehensions, too.
    inlined = {
        node.id
        for clause in ast.walk(module.tree)
        if isinstance(clause, ast.comprehension)
        for node in ast.walk(clause.target)
        if isinstance(node, ast.Name)
    }
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    bound -= inlined
    assert bound - {"x"} <= {name for name in found.binds | {"x"} if "." not in name}
    read = {s.get_name() for s in table.get_symbols() if s.is_referenced()} - inlined
    assert read <= {name.partition(".")[0] for name in found.reads | found.binds | found.mutates}


def test_parents() -> None:
    tree = ast.parse("def f(x):\n    if x:\n        return g(x + 1)\n")
    parents = Parents(tree)
    number = next(node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    around = [type(node).__name__ for node in parents.around(number)]
    assert around == ["BinOp", "Call", "Return", "If", "FunctionDef", "Module"]
    assert isinstance(parents.statement(number), ast.Return)
    assert parents.statement(tree.body[0]) is tree.body[0]
    assert parents.parent(tree) is None
    assert parents.statement(tree) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "a"), ("a.b.c", "a.b.c"), ("a().b", None), ("a[0].b", None), ("1", None)],
)
def test_dotted(text: str, expected: str | None) -> None:
    assert dotted(ast.parse(text, mode="eval").body) == expected
