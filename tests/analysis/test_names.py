"""What counts as TensorFlow, and what only looks like it."""

from __future__ import annotations

import sys

import pytest

from migrate_vars.codemod.engine import rewrite_source
from tests.codemod.rewriting_checks import IMPORT, check_left, check_meaning, check_transformed

NAMED = [
    ("import tensorflow as tf", "tf.assign"),
    ("import tensorflow as tensor_flow", "tensor_flow.assign"),
    ("import tensorflow", "tensorflow.assign"),
    ("import tensorflow", "tensorflow.compat.v1.assign"),
    ("import tensorflow as tf", "tf.compat.v1.assign"),
    ("import tensorflow as tf", "tf.compat.v1.compat.v1.assign"),
    ("import tensorflow as tf", "tf.compat.v2.compat.v1.assign"),
    ("import tensorflow as tf", "tf.compat.v1.compat.v2.compat.v1.assign"),
    ("import tensorflow.compat.v2 as tf", "tf.compat.v1.assign"),
    ("import tensorflow.compat.v2.compat.v1 as tf", "tf.assign"),
    ("from tensorflow.compat.v2.compat import v1", "v1.assign"),
    ("from tensorflow._api.v2.compat import v1", "v1.assign"),
    ("from tensorflow._api.v2.compat.v2.compat import v1", "v1.assign"),
    ("from tensorflow_core._api.v1.compat import v1", "v1.assign"),
    ("from tensorflow.python import state_ops", "state_ops.assign"),
    ("from tensorflow.python.ops import standard_ops as so", "so.assign"),
    ("import tensorflow.compat.v1 as tf", "tf.assign"),
    ("import tensorflow.compat.v1", "tensorflow.compat.v1.assign"),
    ("from tensorflow.compat import v1 as tf", "tf.assign"),
    ("from tensorflow.compat import v1", "v1.assign"),
    ("from tensorflow import compat", "compat.v1.assign"),
    ("from tensorflow.compat.v1 import assign", "assign"),
    ("from tensorflow.compat.v1 import assign as put", "put"),
    ("from tensorflow.python.ops import state_ops", "state_ops.assign"),
    ("from tensorflow.python.ops import state_ops as so", "so.assign"),
    ("import tensorflow.python.ops.state_ops as so", "so.assign"),
    ("from tensorflow.python.ops.state_ops import assign", "assign"),
    ("from tensorflow_core.python.ops import state_ops", "state_ops.assign"),
    ("import tensorflow as tf\ntf1 = tf.compat.v1", "tf1.assign"),
    ("import tensorflow as tf\ntf1: object = tf.compat.v1", "tf1.assign"),
    ("import tensorflow as tf\nv1 = tf1 = tf.compat.v1", "v1.assign"),
    ("import tensorflow as tf\na, b = tf, tf.compat.v1", "b.assign"),
    (
        "try:\n    import tensorflow.compat.v1 as tf\nexcept ImportError:\n    tf = None",
        "tf.assign",
    ),
    (
        "if x:\n    import tensorflow as tf\nelse:\n    import tensorflow.compat.v1 as tf",
        "tf.assign",
    ),
    ("import tensorflow as tf\ntf = tf.compat.v1", "tf.assign"),
]


@pytest.mark.parametrize(("imports", "function"), NAMED)
def test_every_way_of_naming_tensorflow(imports: str, function: str) -> None:
    check_transformed(f"{imports}\nu = {function}(v, 1.)\n", f"{imports}\nu = v.assign(1.)\n")


@pytest.mark.parametrize(("imports", "function"), NAMED)
def test_every_way_of_naming_tensorflow_inside_a_function(imports: str, function: str) -> None:
    body = "".join(f"    {line}\n" for line in imports.splitlines())
    start = f"def f(v):\n{body}"
    check_transformed(f"{start}    {function}(v, 1.)\n", f"{start}    v.assign(1.)\n")


NOT_TENSORFLOW = {
    "package of a like name": "def f():\n    import tensorflow_x as tf\n    tf.assign(v, 1.)\n",
    "parameter": "def f(tf, v): return tf.assign(v, 1.)\n",
    "keyword only parameter": "def f(*, tf): return tf.assign(v, 1.)\n",
    "starred parameter": "def f(*tf): return tf.assign(v, 1.)\n",
    "lambda parameter": "f = lambda tf: tf.assign(v, 1.)\n",
    "local": "def f(x):\n    tf = x\n    return tf.assign(v, 1.)\n",
    "local bound later": "def f(x):\n    tf.assign(v, 1.)\n    tf = x\n",
    "for target": "def f():\n    for tf in x:\n        tf.assign(v, 1.)\n",
    "with target": "def f():\n    with x as tf:\n        tf.assign(v, 1.)\n",
    "except target": "def f():\n    try: pass\n    except E as tf: tf.assign(v, 1.)\n",
    "walrus": "def f():\n    (tf := x)\n    tf.assign(v, 1.)\n",
    "walrus in a comprehension": "def f():\n    [tf := q for q in z]\n    tf.assign(v, 1.)\n",
    "comprehension target": "u = [tf.assign(v, 1.) for tf in x]\n",
    "match capture": "def f(x):\n    match x:\n        case [tf, *_]: tf.assign(v, 1.)\n",
    "match rest": "def f(x):\n    match x:\n        case {**tf}: tf.assign(v, 1.)\n",
    "match star": "def f(x):\n    match x:\n        case [*tf]: tf.assign(v, 1.)\n",
    "nested function": "def f():\n    def tf(): pass\n    tf.assign(v, 1.)\n",
    "nested class": "def f():\n    class tf: pass\n    tf.assign(v, 1.)\n",
    "nonlocal": (
        "def f(tf):\n    def g():\n        nonlocal tf\n        tf.assign(v, 1.)\n    return g\n"
    ),
    "enclosing local": "def f(x):\n    tf = x\n    return lambda: tf.assign(v, 1.)\n",
    "import of another module": "def f():\n    import other as tf\n    tf.assign(v, 1.)\n",
    "augmented": "def f(tf=0):\n    tf += 1\n    tf.assign(v, 1.)\n",
}


@pytest.mark.parametrize("source", NOT_TENSORFLOW.values(), ids=NOT_TENSORFLOW.keys())
def test_a_local_meaning_of_the_name_wins(source: str) -> None:
    check_left(IMPORT + source, "MV203")


AMBIGUOUS = {
    "class body": "class A:\n    tf = 3\n    u = tf.assign(v, 1.)\n",
    "global rebound": "def f(x):\n    global tf\n    tf = x\ntf.assign(v, 1.)\n",
    "rebound at the top": "tf = wrap(tf)\ntf.assign(v, 1.)\n",
    "branch": "if x:\n    tf = x\ntf.assign(v, 1.)\n",
    "other module in a branch": "if x:\n    from a import b as tf\ntf.assign(v, 1.)\n",
}


@pytest.mark.parametrize("source", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_one_binding_that_is_not_tensorflow_is_enough_to_refuse(source: str) -> None:
    check_left(IMPORT + source, "MV205")


def test_class_scope_is_not_seen_by_methods() -> None:
    start = IMPORT + "class A:\n    tf = 3\n    def m(self, v):\n        return "
    check_transformed(start + "tf.assign(v, 1.)\n", start + "v.assign(1.)\n")


def test_class_scope_sees_the_module() -> None:
    start = IMPORT + "class A:\n    u = "
    check_transformed(start + "tf.assign(v, 1.)\n", start + "v.assign(1.)\n")


def test_import_in_one_function_is_not_seen_in_another() -> None:
    source = "def f():\n    import tensorflow as tf\ndef g():\n    return tf.assign(v, 1.)\n"
    check_left(source, "MV203")


def test_global_import_inside_a_function_is_seen_everywhere() -> None:
    start = "def load():\n    global tf\n    import tensorflow as tf\n"
    check_transformed(start + "tf.assign(v, 1.)\n", start + "v.assign(1.)\n")


def test_first_iterable_of_a_comprehension_is_evaluated_outside() -> None:
    check_meaning(
        IMPORT + "u = [tf for tf in [tf.assign(v, 1.)]]\n",
        IMPORT + "u = [tf for tf in [v.assign(1.)]]\n",
    )


def test_defaults_and_decorators_are_evaluated_outside() -> None:
    check_meaning(
        IMPORT + "@tf.assign(a, 1)\ndef f(tf=tf.assign(b, 2)) -> tf.assign(c, 3): pass\n",
        IMPORT + "@a.assign(1)\ndef f(tf=b.assign(2)) -> c.assign(3): pass\n",
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
def test_type_parameters_are_names_too() -> None:
    check_left(IMPORT + "def f[tf](x): return tf.assign(x, 1.)\n", "MV203")
    check_meaning(
        IMPORT + "type T = int\ndef f[T](x: T): return tf.assign(x, 1.)\n",
        IMPORT + "type T = int\ndef f[T](x: T): return x.assign(1.)\n",
    )


UNKNOWN = {
    "re-export": ("from lingvo import compat as tf\ntf.assign(v, 1.)\n", "MV203"),
    "re-export as a module": ("import tensorpack.tfv1 as tf\ntf.assign_add(v, 1.)\n", "MV203"),
    "relative": ("from . import compat as tf\ntf.assign(v, 1.)\n", "MV203"),
    "function": ("from lingvo.compat import assign\nassign(v, 1.)\n", "MV203"),
    "unbound": ("tf.assign(v, 1.)\n", "MV203"),
    "attribute": ("class A:\n    def f(self): self.tf.assign(v, 1.)\n", "MV203"),
    "contrib": ("import tensorflow as tf\ntf.contrib.x.assign(v, 1.)\n", "MV203"),
    "star": ("from tensorflow import *\nassign(v, 1.)\n", "MV204"),
    "star of a helper": ("from helpers import *\ntf.assign(v, 1.)\n", "MV204"),
    "raw": ("from tensorflow.python.ops import gen_state_ops as g\ng.assign(r, 1.)\n", "MV206"),
    "import error fallback": (
        "try:\n    from lingvo import compat as tf\nexcept ImportError:\n"
        "    import tensorflow as tf\ntf.assign(v, 1.)\n",
        "MV205",
    ),
}


@pytest.mark.parametrize(("source", "code"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_not_understood_is_left_and_said(source: str, code: str) -> None:
    check_left(source, code)


SILENT = {
    "method": "v.assign(1.)\n",
    "method with two arguments": "def f(v): return v.assign(1., use_locking=True)\n",
    "own function": "def assign(v, x): ...\nassign(v, 1.)\n",
    "own method": "class A:\n    def f(self): return self.assign(1, 2)\n",
    "pandas": "import pandas as pd\ndf = pd.read_csv(f).assign(a=1, b=2)\n",
    "torch": "import torch\ntorch.scatter_add(a, 0, b, c)\n",
    "standard library": "import operator\noperator.assign(a, b)\n",
    "class of another module": "from models import Table\nTable.assign(a, b)\n",
    "not a state op": "import tensorflow as tf\ntf.scatter_nd(i, u, [4])\n",
    "text": "import tensorflow as tf\n# tf.assign(v, 1)\ns = '''tf.assign(v, 2)'''\n",
    "word": "import tensorflow as tf\nreassign(v, 1)\ntf.assigned(v, 2)\n",
    "star import": "from os.path import *\njoin(a, b)\n",
    "hasattr": "import tensorflow as tf\nold = hasattr(tf, 'assign')\n",
    "empty": "",
}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_what_is_not_a_state_op_is_passed_over(source: str) -> None:
    check_left(source)


VALUES = {
    "map": "list(map(tf.assign, a, b))\n",
    "partial": "functools.partial(tf.assign, v)\n",
    "alias": "f = tf.assign\n",
    "alias called": "f = tf.assign\nf(v, 1.)\n",
    "alias of an alias": "f = tf.assign\ng = f\ng(v, 1.)\n",
    "conditional alias": "f = tf.assign if x else tf.compat.v1.assign\nf(v, 1.)\n",
    "attribute": "tf.assign.__doc__\n",
    "getattr": "getattr(tf, 'assign')(v, 1.)\n",
    "computed module": "(tf if x else tf.compat.v1).assign(v, 1.)\n",
    "walrus": "(t := tf).assign(v, 1.)\n",
    "default": "def f(op=tf.assign): return op(v, 1.)\n",
}


@pytest.mark.parametrize("source", VALUES.values(), ids=VALUES.keys())
def test_a_state_op_as_a_value_is_left_and_said(source: str) -> None:
    check_left(IMPORT + source, "MV201")


REBOUND = {
    "assigned": "tf.assign = f\n",
    "annotated": "tf.assign: object = f\n",
    "deleted": "del tf.assign\n",
    "setattr": "setattr(tf, 'assign', f)\n",
    "patched": "mock.patch.object(tf, 'assign').start()\n",
    "for target": "for tf.assign in fs: pass\n",
}


@pytest.mark.parametrize("source", REBOUND.values(), ids=REBOUND.keys())
def test_calls_of_a_rebound_function_are_left(source: str) -> None:
    check_left(f"{IMPORT}{source}tf.assign(v, 1.)\n", "MV202")


def test_rebinding_one_function_leaves_the_others() -> None:
    check_transformed(
        IMPORT + "tf.assign = f\ntf.compat.v1.assign(v, 1.)\ntf.assign_add(v, 1.)\n",
        IMPORT + "tf.assign = f\nv.assign(1.)\nv.assign_add(1.)\n",
    )


TF_MODULES = ["lingvo.compat", "tensorpack.compat.tfv1", "tensorpack.tfv1"]
RE_EXPORTS = [
    ("from lingvo import compat as tf", "tf.assign", "a.py"),
    ("import lingvo.compat as tf", "tf.assign", "a.py"),
    ("import lingvo.compat", "lingvo.compat.assign", "a.py"),
    ("from lingvo.compat import assign", "assign", "a.py"),
    ("import tensorpack", "tensorpack.compat.tfv1.compat.v1.assign", "a.py"),
    ("from . import compat as tf", "tf.assign", "lingvo/layers.py"),
    ("from . import compat as tf", "tf.assign", "layers.py"),
    ("from .. import compat as tf", "tf.assign", "/src/lingvo/core/layers.py"),
    ("from ..compat import tfv1 as tf", "tf.assign", "/src/tensorpack/tensorpack/models/bn.py"),
    ("from .tfv1 import assign", "assign", "/src/tensorpack/compat/bn.py"),
]


@pytest.mark.parametrize(("imports", "function", "filename"), RE_EXPORTS)
def test_modules_that_reexport_tensorflow_can_be_named(
    imports: str, function: str, filename: str
) -> None:
    source = f"{imports}\nu = {function}(v, 1.)\n".encode()
    result = rewrite_source(source, filename, tf_modules=TF_MODULES)
    assert result.output == f"{imports}\nu = v.assign(1.)\n".encode()
    assert not rewrite_source(source, filename).changed


OTHER_MODULES = [
    ("from lingvo import compatible as tf", "tf.assign", "a.py"),
    ("from other import compat as tf", "tf.assign", "a.py"),
    ("from . import compat as tf", "tf.assign", "other/layers.py"),
    ("from .. import compat as tf", "tf.assign", "/src/lingvo/layers.py"),
    ("import tensorpack", "tensorpack.assign", "a.py"),
]


@pytest.mark.parametrize(("imports", "function", "filename"), OTHER_MODULES)
def test_other_modules_do_not_count_as_tensorflow(
    imports: str, function: str, filename: str
) -> None:
    source = f"{imports}\nu = {function}(v, 1.)\n".encode()
    assert not rewrite_source(source, filename, tf_modules=TF_MODULES).changed
