"""How calls are laid out after the edit, and which arguments the method is given."""

from __future__ import annotations

import sys

import pytest

from tests.codemod.rewriting_checks import IMPORT, check_left, check_meaning, check_transformed

ARGUMENTS = [
    ("tf.assign(v, 1.)", "v.assign(1.)"),
    ("tf.assign(v, value=1.)", "v.assign(value=1.)"),
    ("tf.assign(ref=v, value=1.)", "v.assign(value=1.)"),
    ("tf.assign(value=x, ref=v)", "v.assign(value=x)"),
    ("tf.assign(value=1., ref=make())", "make().assign(value=1.)"),
    ("tf.assign(value=a.b + 1, ref=s['k'])", "s['k'].assign(value=a.b + 1)"),
    ("tf.assign(v, 1., True)", "v.assign(1.)"),
    ("tf.assign(v, 1., None)", "v.assign(1.)"),
    ("tf.assign(v, 1., validate_shape=True)", "v.assign(1.)"),
    ("tf.assign(v, 1., validate_shape=True, name='n')", "v.assign(1., name='n')"),
    ("tf.assign(v, 1., None, True)", "v.assign(1., use_locking=True)"),
    ("tf.assign(v, 1., None, lock, 'n')", "v.assign(1., use_locking=lock, name='n')"),
    ("tf.assign(v, use_locking=f(), value=g())", "v.assign(use_locking=f(), value=g())"),
    ("tf.assign_add(v, 1., True)", "v.assign_add(1., use_locking=True)"),
    ("tf.assign_sub(v, 1., lock, 'n')", "v.assign_sub(1., use_locking=lock, name='n')"),
    ("tf.assign_add(v, value=1.)", "v.assign_add(1.)"),
    ("tf.assign_add(v, use_locking=True, value=1.)", "v.assign_add(1., use_locking=True)"),
    ("tf.assign_add(v, 1., y := True)", "v.assign_add(1., use_locking=(y := True))"),
    ("tf.assign_add(tf.Variable(1.), value=2.)", "tf.Variable(1.).assign_add(delta=2.)"),
    ("tf.assign(v, (yield))", "v.assign((yield))"),
    ("tf.assign(v, [*a, *b])", "v.assign([*a, *b])"),
    ("tf.assign(v, f(*a, **k))", "v.assign(f(*a, **k))"),
]


@pytest.mark.parametrize(("call", "expected"), ARGUMENTS)
def test_arguments(call: str, expected: str) -> None:
    source = "{}def f():\n    return {}\n"
    check_transformed(source.format(IMPORT, call), source.format(IMPORT, expected))


REFUSED = [
    ("tf.assign(v, x, validate_shape=False)", "MV104"),
    ("tf.assign(v, x, False)", "MV104"),
    ("tf.assign(v, x, 1)", "MV104"),
    ("tf.assign(v, x, validate_shape=not x)", "MV104"),
    ("tf.assign(v, x, y := True)", "MV104"),
    ("tf.assign(*pair)", "MV105"),
    ("tf.assign(v, *rest)", "MV105"),
    ("tf.assign(v, x, **options)", "MV105"),
    ("tf.assign()", "MV106"),
    ("tf.assign(v)", "MV106"),
    ("tf.assign(value=x)", "MV106"),
    ("tf.assign(v, x, None, None, None, None)", "MV106"),
    ("tf.assign_add(v, x, validate_shape=True)", "MV106"),
    ("tf.assign(v, x, read_value=False)", "MV106"),
    ("tf.assign(v, x, ref=w)", "MV106"),
    ("tf.assign(value=f(), ref=v)", "MV107"),
    ("tf.assign(value=(v := f()), ref=v)", "MV107"),
    ("tf.assign(value=a.b, ref=f())", "MV107"),
    ("tf.assign(value=x, ref=(x := f()))", "MV107"),
    ("tf.assign_add(v, use_locking=f(), value=g())", "MV107"),
    ("tf.count_up_to(v, 3)", "MV108"),
    ("tf.scatter_nd_add(v, i, u, use_locking=lock)", "MV106"),
]


@pytest.mark.parametrize(("call", "code"), REFUSED)
def test_refused_arguments(call: str, code: str) -> None:
    check_left(f"{IMPORT}u = {call}\n", code)


RECEIVERS = [
    ("v", "v"),
    ("a.b.c", "a.b.c"),
    ("a[i].b['k'](x)(y)", "a[i].b['k'](x)(y)"),
    ("d[i:, ::2]", "d[i:, ::2]"),
    ("[a, b][0]", "[a, b][0]"),
    ("{'a': b}['a']", "{'a': b}['a']"),
    ("(v)", "(v)"),
    ("(v := make())", "(v := make())"),
    ("v := make()", "(v := make())"),
    ("a or b", "(a or b)"),
    ("a if b else c", "(a if b else c)"),
    ("await g()", "(await g())"),
    ("(a + b)[0]", "(a + b)[0]"),
    ("'a'.join(b)", "'a'.join(b)"),
    ("(lambda: v)()", "(lambda: v)()"),
    ("(yield v)", "(yield v)"),
    ("a\n.b", "(a\n.b)"),
    ("a(\n  b)", "a(\n  b)"),
    ("a \\\n  .b", "a \\\n  .b"),
    ("a  # why\n  .b", "(a  # why\n  .b)"),
    ("v_é", "v_é"),
]


@pytest.mark.parametrize(("receiver", "expected"), RECEIVERS)
def test_receivers_get_parentheses_where_needed(receiver: str, expected: str) -> None:
    source = IMPORT + "async def f():\n    return "
    check_meaning(
        f"{source}tf.assign({receiver}, x)\n",
        f"{source}{expected}.assign(x)\n",
    )


LAYOUTS = {
    "blanks": ("tf.assign ( v , 1. , name='k' )", "v.assign ( 1. , name='k' )"),
    "hanging value": ("tf.assign(v,\n          x)", "v.assign(x)"),
    "hanging name": ("tf.assign(v,\n    x,\n    name='n')", "v.assign(x,\n    name='n')"),
    "break after parenthesis": ("tf.assign(\n    v, x)", "v.assign(\n    x)"),
    "one per line": ("tf.assign(\n    v,\n    x\n)", "v.assign(\n    x\n)"),
    "trailing comma": ("tf.assign(\n    v,\n    x,\n)", "v.assign(\n    x,\n)"),
    "dropped last": ("tf.assign(\n  v,\n  x,\n  None,\n)", "v.assign(\n  x,\n)"),
    "dropped last, no comma": ("tf.assign(\n  v,\n  x,\n  None\n)", "v.assign(\n  x\n)"),
    "after the parenthesis": (
        "tf.assign(  # one\n    v, x  # two\n)",
        "v.assign(  # one\n    x  # two\n)",
    ),
    "after the receiver": (
        "tf.assign(\n    v,  # the target\n    # the value\n    x)",
        "v.assign(\n    # the target\n    # the value\n    x)",
    ),
    "after the receiver, same line": (
        "tf.assign(v,  # the target\n    x)",
        "v.assign(  # the target\n    x)",
    ),
    "before the comma": (
        "tf.assign(\n    v  # one\n    , x)",
        "v.assign(\n    # one\n    x)",
    ),
    "around a dropped argument": (
        "tf.assign(\n    v,\n    x,  # one\n    None,  # two\n    name='n')",
        "v.assign(\n    x,  # one\n    # two\n    name='n')",
    ),
    "around the last, dropped": (
        "tf.assign(\n    v,\n    x,  # one\n    None  # two\n)",
        "v.assign(\n    x  # two\n# one\n)",
    ),
    "around keywords": (
        "tf.assign(\n    ref=  # one\n    v,\n    value=x)",
        "v.assign(\n    # one\n    value=x)",
    ),
    "in the function's name": ("(tf  # one\n  .assign(v, x))", "(v.assign(  # one\n    x))"),
    "after the name": ("(tf.assign  # one\n  (v, x))", "(v.assign  # one\n  (x))"),
    "backslash": ("tf.assign \\\n    (v, \\\n     x)", "v.assign \\\n    (x)"),
    "no blank before": ("1 if(tf.assign)(v, x)else 2", "1 if v.assign(x)else 2"),
    "hash in a string": ("tf.assign(v, '# no', name='#')", "v.assign('# no', name='#')"),
    "string over lines": ("tf.assign(v, '''a\n  b''')", "v.assign('''a\n  b''')"),
    "strings over lines": ("tf.assign(v, 'a'\n  'b')", "v.assign('a'\n  'b')"),
    "nested": ("tf.assign(a, tf.assign_add(b, 1))", "a.assign(b.assign_add(1))"),
    "nested receiver": ("tf.assign(f(tf.assign(a, 1)), 2)", "f(a.assign(1)).assign(2)"),
    "attribute follows": ("tf.assign(v, x).op.run()", "v.assign(x).op.run()"),
    "two on a line": ("tf.assign(a, 1); tf.assign(b, 2)", "a.assign(1); b.assign(2)"),
    "same twice": ("(tf.assign(v, 1), tf.assign(v, 1))", "(v.assign(1), v.assign(1))"),
    "non-ASCII before": ("'é', tf.assign(v, 'ö')", "'é', v.assign('ö')"),
}
FREE_LAYOUT = {"around the last, dropped", "in the function's name"}


@pytest.mark.parametrize(
    ("name", "call", "expected"), [(name, *pair) for name, pair in LAYOUTS.items()]
)
def test_layouts(name: str, call: str, expected: str) -> None:
    check = check_meaning if name in FREE_LAYOUT else check_transformed
    check(f"{IMPORT}u = {call}\n", f"{IMPORT}u = {expected}\n")


FSTRINGS = [
    ("f'{tf.assign(v, 1)}'", "f'{v.assign(1)}'"),
    ("f'{tf.assign(v, 1)!r:>10}'", "f'{v.assign(1)!r:>10}'"),
    ("f'{tf.assign(v, 1)} {tf.assign(v, 1)}'", "f'{v.assign(1)} {v.assign(1)}'"),
    ("f'{{tf.assign(v, 1)}} {tf.assign(v, 1)}'", "f'{{tf.assign(v, 1)}} {v.assign(1)}'"),
    ("'{tf.assign(v, 1)}' f'{tf.assign(v, 1)}'", "'{tf.assign(v, 1)}' f'{v.assign(1)}'"),
    ("f'é{tf.assign(v, 1)}' 'ö', tf.assign(w, 2)", "f'é{v.assign(1)}' 'ö', w.assign(2)"),
    ("rf'\\{tf.assign(v, 1)}'", "rf'\\{v.assign(1)}'"),
    ("f'{a == b} {tf.assign(v, 1)}'", "f'{a == b} {v.assign(1)}'"),
    ("f'{a:{tf.assign(v, 1)}}'", "f'{a:{v.assign(1)}}'"),
    (
        "f'''\n{tf.assign(v, 1)}\n{\ntf.assign(w,\n  2)}'''",
        "f'''\n{v.assign(1)}\n{\nw.assign(2)}'''",
    ),
    ("f'{tf.assign({1: v}[1], 1)}'", "f'{({1: v}[1]).assign(1)}'"),
    ("f'{tf.assign(v, tf.assign(w, 1))}'", "f'{v.assign(w.assign(1))}'"),
    ("tf.assign(v, f'{tf.assign(w, 1)}')", "v.assign(f'{w.assign(1)}')"),
    ("f\"{f'{tf.assign(v, 1)}'}\"", "f\"{f'{v.assign(1)}'}\""),
    ("f'{(lambda: tf.assign(v, 1))()}'", "f'{(lambda: v.assign(1))()}'"),
    ("f'{[tf.assign(v, x) for v in vs]}'", "f'{[v.assign(x) for v in vs]}'"),
]


@pytest.mark.parametrize(("call", "expected"), FSTRINGS)
def test_calls_in_fstrings(call: str, expected: str) -> None:
    check_transformed(f"{IMPORT}u = {call}\n", f"{IMPORT}u = {expected}\n")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="quotes and comments inside f-strings")
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('f"{tf.assign(v, d["k"])}"', 'f"{v.assign(d["k"])}"'),
        ('tf.assign(v, f"{d["k"]}")', 'v.assign(f"{d["k"]}")'),
        ('f"{\ntf.assign(v,  # one\n  1)\n}"', 'f"{\nv.assign(  # one\n  1)\n}"'),
    ],
)
def test_calls_in_newer_fstrings(call: str, expected: str) -> None:
    check_transformed(f"{IMPORT}u = {call}\n", f"{IMPORT}u = {expected}\n")


@pytest.mark.parametrize(
    "call", ["f'{tf.assign(v, 1)=}'", "f'{tf.assign(v, 1) = !r}'", "f'{g(tf.assign(v, 1))=:>3}'"]
)
def test_an_fstring_that_prints_the_call_is_left(call: str) -> None:
    check_left(f"{IMPORT}u = {call}\n", "MV109")


STATEMENTS = [
    "if {}:\n    pass\n",
    "while {}: break\n",
    "for v in {}: pass\n",
    "with {} as q, {}: pass\n",
    "with tf.control_dependencies([{}, {}]): pass\n",
    "try:\n    {}\nexcept E:\n    {}\nelse:\n    {}\nfinally:\n    {}\n",
    "if x: pass\nelif {}: pass\nelse: {}\n",
    "@wraps({})\ndef f(): return {}\n",
    "class A(B, k={}):\n    u = {}\n    def f(self): yield {}\n",
    "async def f():\n    async for i in {}: await {}\n",
    "match {}:\n    case 1 if {}: {}\n    case _: {}\n",
    "lambda x={}: {}\n",
    "u = [{} for i in {} if {}]\n",
    "u: object = {}\n",
    "u += {}\n",
    "assert {}, {}\n",
    "raise E({}) from {}\n",
    "del d[{}]\n",
    "return_ = {} if {} else {}\n",
    "u = not {}\n",
    "u = ({}, *{})\n",
    "if x:\n\tu = {}\n",
    "def f():\n    global g\n    g = {}\n    return {}\n",
    "print(*{}, **{})\n",
    "u = {}[0].x({})\n",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_calls_are_found_wherever_an_expression_can_stand(statement: str) -> None:
    count = statement.count("{}")
    check_transformed(
        IMPORT + statement.format(*["tf.assign(z, 1.)"] * count),
        IMPORT + statement.format(*["z.assign(1.)"] * count),
    )
