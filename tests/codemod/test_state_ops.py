"""Every state op: what it becomes, which name TensorFlow has there, and what is left."""

from __future__ import annotations

import pytest

from migrate_vars.analysis.makers import STATE_OP_HOMES, WRITING_METHODS
from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.codemod.state_ops import STATE_OPS
from migrate_vars.findings.finding import Safety
from tests.codemod.rewriting_checks import IMPORT, check_left, check_transformed

SCATTER = [f"scatter_{kind}" for kind in ("update", "add", "sub", "mul", "div", "min", "max")]
SCATTER_ND = [f"scatter_nd_{kind}" for kind in ("update", "add", "sub")]


@pytest.mark.parametrize("op", [*SCATTER, "batch_scatter_update"])
def test_indices_and_updates_are_packed(op: str) -> None:
    check_transformed(
        f"{IMPORT}u = tf.{op}(v, i, u)\n",
        f"{IMPORT}u = v.{op}(tf.IndexedSlices(indices=i, values=u))\n",
    )


@pytest.mark.parametrize("op", SCATTER_ND)
def test_scatter_nd_keeps_its_arguments(op: str) -> None:
    check_transformed(f"{IMPORT}u = tf.{op}(v, i, u)\n", f"{IMPORT}u = v.{op}(i, u)\n")


ARGUMENTS = [
    ("scatter_add(v, i, updates=u)", "scatter_add(tf.IndexedSlices(indices=i, values=u))"),
    ("scatter_add(v, updates=u(), indices=i())", "scatter_add({}(values=u(), indices=i()))"),
    ("scatter_add(ref=v, indices=i, updates=u)", "scatter_add({}(indices=i, values=u))"),
    ("scatter_add(indices=i, updates=u, ref=v)", "scatter_add({}(indices=i, values=u))"),
    ("scatter_add(v, i, u, lock)", "scatter_add({}(indices=i, values=u), use_locking=lock)"),
    ("scatter_add(v, i, u, None, 'n')", "scatter_add({}(indices=i, values=u), use_locking=None, "
     "name='n')"),
    ("scatter_add(v, i, name='n', updates=u)", "scatter_add({}(indices=i, values=u), name='n')"),
    ("scatter_add(v, (yield), u)", "scatter_add({}(indices=(yield), values=u))"),
    ("scatter_add(v, w := i, u)", "scatter_add({}(indices=(w := i), values=u))"),
    ("scatter_nd_add(v, i, updates=u)", "scatter_nd_add(i, updates=u)"),
    ("scatter_nd_add(v, updates=u(), indices=i())", "scatter_nd_add(updates=u(), indices=i())"),
    ("scatter_nd_add(v, i, u, True)", "scatter_nd_add(i, u)"),
    ("scatter_nd_add(v, i, u, use_locking=False, name='n')", "scatter_nd_add(i, u, name='n')"),
    ("scatter_nd_add(v, i, u, None, 'n')", "scatter_nd_add(i, u, name='n')"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "expected"), ARGUMENTS)
def test_arguments(call: str, expected: str) -> None:
    source = "{}def f():\n    return {}\n"
    expected = "v." + expected.replace("{}", "tf.IndexedSlices")
    check_transformed(source.format(IMPORT, "tf." + call), source.format(IMPORT, expected))


REFUSED = [
    ("tf.scatter_add(v, i, name=f(), updates=u())", "MV107"),
    ("tf.scatter_add(indices=i(), ref=v, updates=u)", "MV107"),
    ("tf.scatter_add(v, *rest)", "MV105"),
    ("tf.scatter_add(v, i, u, **options)", "MV105"),
    ("tf.scatter_add(v, i)", "MV106"),
    ("tf.scatter_add(v, i, u, True, 'n', 1)", "MV106"),
    ("tf.scatter_add(v, i, values=u)", "MV106"),
    ("tf.scatter_nd_add(v, i, u, lock)", "MV106"),
    ("tf.scatter_nd_add(v, i, u, use_locking=self._use_locking)", "MV106"),
    ("tf.scatter_nd_add(tf.assign(v, x), i, u)", "MV102"),
    ("tf.scatter_add(v.read_value(), i, u)", "MV102"),
    ("tf.scatter_add(tf.Variable([1.])[0], i, u)", "MV103"),
    ("tf.count_up_to(v, 3)", "MV108"),
    ("tf.keras.backend.moving_average_update(v, x, 0.9)", "MV108"),
    ("list(map(tf.scatter_add, a, b, c))", "MV201"),
]


@pytest.mark.parametrize(("call", "code"), REFUSED)
def test_refused_calls(call: str, code: str) -> None:
    source = f"{IMPORT}x = {call}\n".encode()
    result = rewrite_source(source)
    assert code in {finding.code for finding in result.findings}
    assert call.partition("(")[0].encode() in result.output


LAYOUTS = {
    "one per line": (
        "tf.scatter_add(\n    v,\n    i,\n    u,\n    name='n')",
        "v.scatter_add(\n    tf.IndexedSlices(indices=i,\n                     values=u),\n"
        "    name='n')",
    ),
    "hanging": (
        "tf.scatter_add(v, i,\n               u)",
        "v.scatter_add(tf.IndexedSlices(indices=i,\n               values=u))",
    ),
    "trailing comma": (
        "tf.scatter_add(\n    v, i, u,\n)",
        "v.scatter_add(\n    tf.IndexedSlices(indices=i, values=u),\n)",
    ),
    "comments": (
        "tf.scatter_add(\n    v,  # one\n    i,  # two\n    u  # three\n)",
        "v.scatter_add(\n    # one\n    tf.IndexedSlices(indices=i,  # two\n"
        "                     values=u)  # three\n)",
    ),
    "nested": (
        "tf.scatter_add(v, i, tf.scatter_sub(w, j, x))",
        "v.scatter_add(tf.IndexedSlices(indices=i, "
        "values=w.scatter_sub(tf.IndexedSlices(indices=j, values=x))))",
    ),
    "string over lines": (
        "tf.scatter_add(\n  v, '''a\n  b''', u)",
        "v.scatter_add(\n  tf.IndexedSlices(indices='''a\n  b''', values=u))",
    ),
    "f-string": (
        "f'{tf.scatter_add(v, i, u)}'",
        "f'{v.scatter_add(tf.IndexedSlices(indices=i, values=u))}'",
    ),
}


@pytest.mark.parametrize(("call", "expected"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layouts(call: str, expected: str) -> None:
    check_transformed(f"{IMPORT}u = {call}\n", f"{IMPORT}u = {expected}\n")


NAMES = {
    "the module of the call": ("import tensorflow as t", "t.scatter_add", "t"),
    "not its compat.v1": ("import tensorflow as tf", "tf.compat.v1.scatter_add", "tf"),
    "compat.v1": ("import tensorflow.compat.v1 as tf1", "tf1.scatter_add", "tf1"),
    "no alias": ("import tensorflow.compat.v1", "tensorflow.compat.v1.scatter_add", "tensorflow"),
    "compat": ("from tensorflow import compat", "compat.v1.scatter_add", "compat.v1"),
    "alias": ("import tensorflow as tf\ntf1 = tf.compat.v1", "tf1.scatter_add", "tf1"),
    "another import": (
        "import tensorflow as tf\nfrom tensorflow.compat.v1 import scatter_add",
        "scatter_add",
        "tf",
    ),
    "another name": (
        "import tensorflow as t\nfrom tensorflow.python.ops import state_ops",
        "state_ops.scatter_add",
        "t",
    ),
    "fallback": (
        "try:\n    import tensorflow as t\nexcept ImportError:\n    t = None\n"
        "from tensorflow.python.ops import state_ops",
        "state_ops.scatter_add",
        "t",
    ),
}


@pytest.mark.parametrize(("imports", "function", "name"), NAMES.values(), ids=NAMES.keys())
def test_the_files_own_name_for_tensorflow_is_used(imports: str, function: str, name: str) -> None:
    check_transformed(
        f"{imports}\n{function}(v, i, u)\n",
        f"{imports}\nv.scatter_add({name}.IndexedSlices(indices=i, values=u))\n",
    )


def test_imported_indexed_slices_is_used() -> None:
    imports = (
        "from tensorflow import IndexedSlices as S\nfrom tensorflow.compat.v1 import scatter_add\n"
    )
    check_transformed(
        f"{imports}scatter_add(v, i, u)\n", f"{imports}v.scatter_add(S(indices=i, values=u))\n"
    )


ADDED = {
    "docstring, comments, future": (
        "#!/usr/bin/python\n# a comment\n'''Text.'''\nfrom __future__ import division\n\n"
        "import os\n{}from tensorflow.python.ops import state_ops\n\n"
    ),
    "several names": "{}from tensorflow.python.ops import (\n    math_ops,\n    state_ops,\n)\n",
    "in a function": "def g(): pass\n{}from tensorflow.python.ops import state_ops\n",
    "in a try": (
        "try:\n    {}from tensorflow.python.ops import state_ops\nexcept ImportError:\n"
        "    {}from tensorflow_core.python.ops import state_ops\n"
    ),
    "not the first of its line": "import os; {;}from tensorflow.python.ops import state_ops\n",
    "after a colon": "if x: {;}from tensorflow.python.ops import state_ops\n",
    "after a backslash": "import os; \\\n  {;}from tensorflow.python.ops import state_ops\n",
    "tf is another module": (
        "import other as tf\n{tensorflow}from tensorflow.python.ops import state_ops\n"
    ),
    "tf is a parameter elsewhere": (
        "{tensorflow}from tensorflow.python.ops import state_ops\ndef g(tf): pass\n"
    ),
    "imported too late": "{}from tensorflow.python.ops import state_ops\n",
}


@pytest.mark.parametrize("imports", ADDED.values(), ids=ADDED.keys())
def test_an_import_is_added_where_tensorflow_has_no_name(imports: str) -> None:
    name = "tensorflow" if "{tensorflow}" in imports else "tf"
    text = "import tensorflow" if name == "tensorflow" else "import tensorflow as tf"
    before, after = imports, imports
    for mark in ("{}", "{;}", "{tensorflow}"):
        before = before.replace(mark, "")
    for line in imports.splitlines(keepends=True):
        indentation = line[: len(line) - len(line.lstrip())]
        new = line.replace("{}", f"{text}\n{indentation}").replace("{;}", f"{text}; ")
        after = after.replace(line, new.replace("{tensorflow}", f"{text}\n"))
    check_transformed(
        f"{before}u = state_ops.scatter_add(v, i, u)\n",
        f"{after}u = v.scatter_add({name}.IndexedSlices(indices=i, values=u))\n",
    )


def test_an_import_is_added_where_the_functions_own_import_is() -> None:
    check_transformed(
        "def f(v):\n    from tensorflow.compat.v1 import scatter_add\n"
        "    return scatter_add(v, i, u)\n",
        "def f(v):\n    import tensorflow as tf\n    from tensorflow.compat.v1 import scatter_add\n"
        "    return v.scatter_add(tf.IndexedSlices(indices=i, values=u))\n",
    )


def test_an_import_is_added_once() -> None:
    imports = "from tensorflow.python.ops import state_ops as so\n"
    check_transformed(
        f"{imports}so.scatter_add(a, i, u)\nso.scatter_sub(b, i, u)\nso.assign(c, x)\n",
        f"import tensorflow as tf\n{imports}"
        "a.scatter_add(tf.IndexedSlices(indices=i, values=u))\n"
        "b.scatter_sub(tf.IndexedSlices(indices=i, values=u))\nc.assign(x)\n",
    )


def test_no_import_is_added_where_none_is_needed() -> None:
    imports = "from tensorflow.python.ops import state_ops\n"
    check_transformed(
        f"{imports}state_ops.scatter_nd_add(v, i, u)\n", f"{imports}v.scatter_nd_add(i, u)\n"
    )


UNNAMED = {
    "both names taken": "tf = tensorflow = None\n",
    "taken inside": "def f(tf, tensorflow): pass\n",
    "star import": "from helpers import *\n",
    "moved by a global statement": (
        "def load():\n    global state_ops\n    from tensorflow.python.ops import state_ops\n"
    ),
}


@pytest.mark.parametrize("source", UNNAMED.values(), ids=UNNAMED.keys())
def test_a_name_for_tensorflow_is_never_guessed(source: str) -> None:
    start = "" if "global" in source else "from tensorflow.python.ops import state_ops\n"
    check_left(f"{start}{source}state_ops.scatter_add(v, i, u)\n", "MV111")


NOT_SERVING = {
    "bound later": "{}state_ops.scatter_add(v, i, u)\nimport tensorflow as t\n",
    "bound perhaps": "if x:\n    import tensorflow as t\n{}state_ops.scatter_add(v, i, u)\n",
    "elsewhere": "{}def g():\n    import tensorflow as t\nstate_ops.scatter_add(v, i, u)\n",
    "rebound": "import tensorflow as t\nt = f(t)\n{}state_ops.scatter_add(v, i, u)\n",
    "shadowed": "import tensorflow as t\n{}def g(t): return state_ops.scatter_add(v, i, u)\n",
    "in a class": "{}class A:\n    import tensorflow as t\n"
    "    def g(self): return state_ops.scatter_add(v, i, u)\n",
}  # fmt: skip


@pytest.mark.parametrize("source", NOT_SERVING.values(), ids=NOT_SERVING.keys())
def test_a_name_that_is_not_certain_is_not_used(source: str) -> None:
    result = rewrite_source(
        source.replace("{}", "from tensorflow.python.ops import state_ops\n").encode()
    )
    assert b"v.scatter_add(tf.IndexedSlices(indices=i, values=u))" in result.output
    assert (
        b"import tensorflow as tf\nfrom tensorflow.python.ops import state_ops\n" in result.output
    )


KERAS = [
    ("from tensorflow.keras import backend as K", "K"),
    ("from keras import backend as K", "K"),
    ("import keras.backend as K", "K"),
    ("import tensorflow as tf", "tf.keras.backend"),
    ("import tensorflow as tf\nK = tf.keras.backend", "K"),
    ("import tensorflow.compat.v1 as tf", "tf.keras.backend"),
    ("from tensorflow.python.keras import backend", "backend"),
]


@pytest.mark.parametrize(("imports", "module"), KERAS)
def test_functions_of_the_keras_backend(imports: str, module: str) -> None:
    check_transformed(
        f"{imports}\n{module}.update(v, x)\n{module}.update_add(x=v, increment=1.)\n"
        f"{module}.update_sub(v, decrement=f())\n",
        f"{imports}\nv.assign(x)\nv.assign_add(1.)\nv.assign_sub(f())\n",
    )


SILENT = {
    "dictionary": "from keras import backend as K\nd.update(a, b)\nd = {}\nd.update(x=1, y=2)\n",
    "another module": "import helpers, backend\nhelpers.update(a, b)\n",
    "own function": "# backend\ndef update(a, b): ...\nupdate(a, b)\n",
    "numpy": "import numpy as np\nimport tensorflow as tf\nv = tf.Variable(1.)\nnp.load(f)\n",
    "not a variable": "import tensorflow as tf\nv = tf.Variable(1.)\nmodel.load(f)\n",
}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_other_functions_of_such_names_are_passed_over(source: str) -> None:
    check_left(source)


def test_an_unknown_backend_is_said() -> None:
    check_left("from helpers import backend as K\nK.update(v, x)\n", "MV203")


@pytest.mark.parametrize("call", ["v.load(x)", "v.load(x, session)", "v.load(value=x)"])
def test_load_of_a_variable_is_left_and_said(call: str) -> None:
    check_left(f"{IMPORT}v = tf.get_variable('v', [])\n{call}\n", "MV108")


def test_moving_averages_are_left_and_said() -> None:
    imports = "from tensorflow.python.training import moving_averages\n"
    check_left(f"{imports}moving_averages.assign_moving_average(v, x, 0.9)\n", "MV108")
    check_left(
        f"{imports}moving_averages.assign_moving_average(v, x, 0.9, zero_debias=False)\n", "MV108"
    )


DISTRIBUTED = [
    "s = tf.distribute.MirroredStrategy()\n",
    "from tensorflow.distribute import MirroredStrategy\n",
    "from tensorflow.python.distribute import distribution_strategy_context as ds\n",
    "s = tf.contrib.distribute.MirroredStrategy()\n",
    "with self._strategy.scope():\n    pass\n",
    "with strategy.scope(): pass\n",
    "x = TPUStrategy(resolver)\n",
    "tf.distribute.get_replica_context().merge_call(f)\n",
]


@pytest.mark.parametrize("evidence", DISTRIBUTED)
@pytest.mark.parametrize("op", ["scatter_add", "scatter_nd_add", "batch_scatter_update"])
def test_scatter_is_left_where_variables_may_be_distributed(evidence: str, op: str) -> None:
    check_left(f"{IMPORT}{evidence}tf.{op}(v, i, u)\n", "MV110")
    check_left(f"{IMPORT}{evidence}v = tf.Variable([1.])\ntf.{op}(v, i, u)\n", "MV110")


@pytest.mark.parametrize("evidence", DISTRIBUTED)
def test_assign_is_the_same_for_distributed_variables(evidence: str) -> None:
    source = f"{IMPORT}{evidence}v = tf.Variable(1.)\n"
    check_transformed(f"{source}tf.assign_add(v, value=1.)\n", f"{source}v.assign_add(1.)\n")


NOT_DISTRIBUTED = [
    "# not with a MirroredStrategy\n",
    "'tf.distribute'\n",
    "with tf.name_scope('strategy'): pass\n",
    "strategy = pick()\n",
]


@pytest.mark.parametrize("text", NOT_DISTRIBUTED)
def test_words_alone_do_not_distribute(text: str) -> None:
    source = f"{IMPORT}{text}"
    check_transformed(f"{source}tf.scatter_nd_add(v, i, u)\n", f"{source}v.scatter_nd_add(i, u)\n")


def test_a_partitioned_variable_takes_its_value_by_position() -> None:
    source = f"{IMPORT}with tf.variable_scope('s', partitioner=p):\n    v = tf.get_variable('v')\n"
    check_transformed(f"{source}tf.assign_add(v, value=1.)\n", f"{source}v.assign_add(1.)\n")


def test_batch_scatter_update_is_never_more_than_assumed() -> None:
    source = f"{IMPORT}v = tf.Variable([[1.]])\ntf.batch_scatter_update(v, [[0]], [[2.]])\n"
    (finding,) = rewrite_source(source.encode()).findings
    assert finding.safety is Safety.ASSUMED
    assert "random ops" in finding.message
    assert not rewrite_source(source.encode(), safe_only=True).changed


@pytest.mark.parametrize("name", sorted(STATE_OPS))
def test_no_state_op_is_passed_over(name: str) -> None:
    home = min(STATE_OP_HOMES[name])
    source = f"from {home} import {name} as op\nimport tensorflow as tf\nop(a, b, c)\nop(a, b)\n"
    assert rewrite_source(source.encode()).findings


def test_the_facts_and_the_rows_are_about_the_same_state_ops() -> None:
    assert STATE_OPS.keys() == STATE_OP_HOMES.keys()
    methods = {op.method for op in STATE_OPS.values() if not op.left}
    left = {name for name, op in STATE_OPS.items() if op.left}
    assert methods <= WRITING_METHODS
    assert WRITING_METHODS - methods <= left
