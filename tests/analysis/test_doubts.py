"""Receivers that look like variables, and are not, or not for sure: never *safe*."""

from __future__ import annotations

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.findings.finding import Finding, Safety, Status
from tests.codemod.rewriting_checks import IMPORT, check_left, check_transformed

VARIABLE = "w = tf.Variable(0.)\ntf.assign(w, 1.)\n"
CLASS = (
    "class A:\n    def __init__(self, **kw):\n        self.v = tf.Variable(1.)\n        pass\n"
    "    def f(self): return tf.assign(self.v, 1.)\n"
)
LAYER = (
    "class L(tf.keras.layers.Layer):\n    def build(self, shape):\n"
    "        self.c = self.add_weight(name='c', shape=())\n    def call(self, x):\n        return "
)


def of_calls(source: str, **options: bool) -> list[Finding]:
    found = rewrite_source((IMPORT + source).encode(), **options).findings  # type: ignore[arg-type]
    return [finding for finding in found if finding.safety is not None]


def function(*lines: str) -> str:
    return "def f(x):\n" + "".join(f"    {line}\n" for line in lines)


TENSOR_ELSEWHERE = {
    "global": function("global w", "w = tf.zeros([])") + VARIABLE,
    "global after": VARIABLE + function("global w", "w = tf.zeros([])"),
    "loop": function("global w", "for w in [tf.zeros([])]: pass") + VARIABLE,
    "walrus": function("global w", "if (w := tf.zeros([])) is x: pass") + VARIABLE,
    "walrus in a comprehension": function("global w", "[w := tf.zeros([]) for i in x]") + VARIABLE,
    "augmented": function("global w", "w += 1.") + VARIABLE,
    "unpacked": function("global w", "w, z = tf.zeros([]), x") + VARIABLE,
    "class body": "class A:\n    global w\n    w = tf.zeros([])\n" + VARIABLE,
    "nested": function("def g():", "    global w", "    w = tf.zeros([])") + VARIABLE,
    "nonlocal": function(
        *("w = tf.Variable(1.)", "def g():", "    nonlocal w", "    w = tf.zeros([])"),
        *("g()", "return tf.assign(w, 1.)"),
    ),
    "nonlocal of what is bound later": function(
        *("def g():", "    nonlocal w", "    w = tf.zeros([])"),
        *("w = tf.Variable(1.)", "g()", "return tf.assign(w, 1.)"),
    ),
    "nonlocal two functions out": function(
        *("w = tf.Variable(1.)", "def g():", "    def h():", "        nonlocal w"),
        *("        w = tf.zeros([])", "    h()", "g()", "return tf.assign(w, 1.)"),
    ),
    "globals()": VARIABLE + function("globals()['w'] = tf.zeros([])"),
    "globals().update by name": VARIABLE + function("globals().update(w=tf.zeros([]))"),
    "globals().update": VARIABLE + function("globals().update({'w': tf.zeros([])})"),
    "globals().setdefault": VARIABLE + function("globals().setdefault('w', tf.zeros([]))"),
    "globals().__setitem__": VARIABLE + function("globals().__setitem__('w', tf.zeros([]))"),
    "alias of globals()": "g = globals()\n" + VARIABLE + function("g['w'] = tf.zeros([])"),
    "vars()": VARIABLE + "vars()['w'] = tf.zeros([])\n",
    "locals()": VARIABLE + "locals()['w'] = tf.zeros([])\n",
    "vars of the module": VARIABLE + function("vars(sys.modules[n])['w'] = tf.zeros([])"),
    "setattr": VARIABLE + function("setattr(sys.modules[__name__], 'w', tf.zeros([]))"),
    "setattr of an alias": (
        "me = sys.modules[__name__]\n" + VARIABLE + function("setattr(me, 'w', tf.zeros([]))")
    ),
    "setattr of what is imported": (
        VARIABLE + function("setattr(importlib.import_module(x), 'w', tf.zeros([]))")
    ),
    "attribute of the module": VARIABLE + function("sys.modules[__name__].w = tf.zeros([])"),
    "__dict__ of the module": (
        VARIABLE + function("sys.modules[__name__].__dict__['w'] = tf.zeros([])")
    ),
    "attribute by setattr": CLASS + "setattr(a, 'v', tf.zeros([]))\n",
    "attribute by its own setattr": CLASS.replace("pass", "setattr(self, 'v', tf.zeros([]))"),
    "attribute by __dict__": CLASS.replace("pass", "self.__dict__['v'] = tf.zeros([])"),
    "attribute by vars": CLASS.replace("pass", "vars(self).update(v=tf.zeros([]))"),
    "attribute from outside": CLASS + "a.v = tf.zeros([])\n",
}


@pytest.mark.parametrize("source", TENSOR_ELSEWHERE.values(), ids=TENSOR_ELSEWHERE.keys())
def test_a_tensor_from_another_scope_keeps_the_call(source: str) -> None:
    (found,) = of_calls(source)
    assert (found.code, found.status) == ("MV102", Status.LEFT)


ANYTHING_ELSEWHERE = {
    "global": function("global w", "w = x") + VARIABLE,
    "another variable": function("global w", "w = tf.Variable(2.)") + VARIABLE,
    "loop": function("global w", "for w in x: pass") + VARIABLE,
    "with": function("global w", "with x as w: pass") + VARIABLE,
    "except": function("global w", "try: pass", "except E as w: pass") + VARIABLE,
    "import": function("global w", "import x as w") + VARIABLE,
    "import from": function("global w", "from x import w") + VARIABLE,
    "match": function("global w", "match x:", "    case [w, *_]: pass") + VARIABLE,
    "match star": function("global w", "match x:", "    case [*w]: pass") + VARIABLE,
    "function": function("global w", "def w(): pass") + VARIABLE,
    "class": function("global w", "class w: pass") + VARIABLE,
    "del": function("global w", "del w") + VARIABLE,
    "unpacked": function("global w", "w, *z = x") + VARIABLE,
    "annotated": function("global v", "v = x") + "v = tf.Variable(0.)\nw = v\ntf.assign(w, 1.)\n",
    "slice": function("global v", "v = x") + "v = tf.Variable([0.])\ntf.assign(v[0], 1.)\n",
    "globals()": VARIABLE + function("globals()['w'] = x"),
    "any name of globals()": VARIABLE + function("globals()[x] = 1"),
    "all of globals()": VARIABLE + function("globals().update(x)"),
    "exec": VARIABLE + "exec('w = 1')\n",
    "exec of a global": VARIABLE + function("exec('global w; w = 1')"),
    "exec of anything": VARIABLE + "exec(open('x').read())\n",
    "exec in a namespace": VARIABLE + function("exec(x, globals())"),
    "star import afterwards": VARIABLE + "from helpers import *\n",
    "setattr of an object": "import me\n" + VARIABLE + "setattr(me, 'w', 1)\n",
    "element of a list": (
        function("global ws", "ws = [tf.Variable(1.)]")
        + "ws = [tf.Variable(0.)]\nfor w in ws: tf.assign(w, 1.)\n"
    ),
    "attribute by any setattr": CLASS.replace("pass", "for k in kw: setattr(self, k, kw[k])"),
    "attribute by __dict__": CLASS.replace("pass", "self.__dict__.update(kw)"),
    "attribute by a name": CLASS + "setattr(a, 'v', x)\n",
    "attribute from outside": CLASS + "a.v = x\n",
    "attribute by a loop outside": CLASS + "for a.v in x: pass\n",
    "self that is another": CLASS.replace(
        "def f(self): return", "def f(self, o):\n        self = o\n        return"
    ),
    "static method": CLASS.replace("def f(self)", "@staticmethod\n    def f(self)"),
    "self of a lambda": CLASS.replace("return tf.", "return lambda self: tf."),
}


@pytest.mark.parametrize("source", ANYTHING_ELSEWHERE.values(), ids=ANYTHING_ELSEWHERE.keys())
def test_what_another_scope_binds_is_never_safe(source: str) -> None:
    (found,) = of_calls(source)
    assert (found.status, found.safety) == (Status.REWRITTEN, Safety.ASSUMED)
    (found,) = of_calls(source, safe_only=True)
    assert found.status is Status.LEFT


STILL_SAFE = {
    "global in the one function": function("global w", "w = tf.Variable(1.)", "tf.assign(w, 1.)"),
    "global of another name": function("global v", "v = x") + VARIABLE,
    "local of the same name": function("w = x") + VARIABLE,
    "nonlocal of another function": (
        function("w = 1", "def g():", "    nonlocal w", "    w = x") + VARIABLE
    ),
    "global read only": function("global w", "return w") + VARIABLE,
    "globals() read only": function("return globals()['w']") + VARIABLE,
    "another name": VARIABLE + function("globals()['v'] = x"),
    "item of a dictionary": VARIABLE + "x['w'] = tf.zeros([])\nx.update(w=tf.zeros([]))\n",
    "locals() of a function": VARIABLE + function("locals()['w'] = x"),
    "exec of another name": VARIABLE + "exec('v = 1')\n",
    "exec in a function": VARIABLE + function("exec(x)"),
    "star import before": "from helpers import *\n" + VARIABLE,
    "setattr of self": VARIABLE + "class B:\n    def f(self): setattr(self, 'w', 1)\n",
    "attribute of another class": CLASS + "class B:\n    def f(self): setattr(self, 'v', 1)\n",
    "first parameter of any name": CLASS.replace("self", "me"),
    "two names of it": CLASS.replace("def f(self)", "def f(this)").replace(
        "(self.v, 1.)", "(this.v, 1.)"
    ),
    "deleted before": "w = 1\ndel w\n" + VARIABLE,
}


@pytest.mark.parametrize("source", STILL_SAFE.values(), ids=STILL_SAFE.keys())
def test_what_nothing_else_binds_stays_safe(source: str) -> None:
    (found,) = of_calls(source)
    assert (found.status, found.safety) == (Status.REWRITTEN, Safety.SAFE)


def test_the_message_says_which_line_binds_the_name() -> None:
    (found,) = of_calls(ANYTHING_ELSEWHERE["another variable"])
    assert found.message.endswith("but line 4 can rebind 'w' at any time")
    (found,) = of_calls(ANYTHING_ELSEWHERE["all of globals()"])
    assert found.message.endswith("but line 5 can rebind any name")


def test_a_name_of_tensorflow_that_is_written_by_a_string_is_not_guessed() -> None:
    check_left(IMPORT + "v = tf.Variable(1.)\nglobals()['tf'] = x\ntf.assign(v, 1.)\n", "MV205")


HANDED_OVER = {
    "while_loop": "def b(i, v): return i, tf.assign(v, 1.)\ntf.while_loop(c, b, [0, w])\n",
    "while_loop by name": "def b(v): return tf.assign(v, 1.)\ntf.while_loop(c, body=b, p=[w])\n",
    "condition": "def c(v): return tf.assign(v, 1.) < 3.\ntf.while_loop(c, b, [w])\n",
    "lambda": "tf.while_loop(c, lambda v: tf.assign(v, 1.), [w])\n",
    "lambda by name": "f = lambda v: tf.assign(v, 1.)\ntf.map_fn(f, ws)\n",
    "method": (
        "class A:\n    def b(me, v): return tf.assign(v, 1.)\n"
        "    def f(self): return tf.while_loop(c, self.b, [w])\n"
    ),
    "item": "def b(s): return tf.assign(s[1], 1.)\ntf.while_loop(c, b, [w])\n",
    "entry": "def b(s): return tf.assign(s['v'], 1.)\ntf.while_loop(c, b, [w])\n",
    "attribute": "def b(s): return tf.assign(s.v, 1.)\ntf.while_loop(c, b, [w])\n",
    "unpacked": "def b(s):\n    i, v = s\n    tf.assign(v, 1.)\ntf.while_loop(c, b, [w])\n",
    "all parameters": "def b(*s): return tf.assign(s[0], 1.)\ntf.while_loop(c, b, [w])\n",
    "loop": "def b(*s):\n    for v in s: tf.assign(v, 1.)\ntf.while_loop(c, b, [w])\n",
    "not bound": "def b(w, v): tf.assign(v, 1.)\ntf.while_loop(c, functools.partial(b, w), [0])\n",
    "through a lambda": "def b(v): tf.assign(v, 1.)\ntf.while_loop(c, lambda v: b(v), [w])\n",
    "tf.function": "def b(v): tf.assign(v, 1.)\ntf.map_fn(tf.function(b), [w])\n",
    "module": (
        "from tensorflow.python.ops import control_flow_ops as o\n"
        "def b(v): tf.assign(v, 1.)\no.while_loop(c, b, [w])\n"
    ),
    "map_fn": "tf.map_fn(lambda v: tf.assign(v, 1.), tf.trainable_variables())\n",
    "vectorized_map": "tf.vectorized_map(lambda v: tf.assign(v, 1.), w)\n",
    "scan": "def f(a, x): return tf.assign_add(a, x)\ntf.scan(f, xs, initializer=w)\n",
    "foldl": "tf.foldl(lambda a, x: tf.assign_add(a, x), xs, initializer=w)\n",
    "foldr": "tf.compat.v1.foldr(lambda a, x: tf.assign_add(a, x), xs)\n",
    "cond": "def f(v): return tf.assign(v, 1.)\ntf.cond(p, f, f)\n",
    "py_func": "def f(v): tf.assign(v, 1.)\ntf.py_func(f, [w], tf.float32)\n",
    "dataset": "def f(x, y): return tf.assign(x, y)\ntf.data.Dataset.range(3).map(f)\n",
    "dataset by name": "def f(x): tf.assign(x, 1.)\nd.map(map_func=f, num_parallel_calls=4)\n",
    "dataset in parallel": "def f(x): tf.assign(x, 1.)\nd.map(f, 4)\nd.map(f, tf.data.AUTOTUNE)\n",
    "filter": "d = d.filter(lambda x: tf.assign(x, 1.) > 0.)\n",
    "flat_map": "d = d.flat_map(lambda x: tf.assign(x, 1.))\n",
    "interleave": "d = d.interleave(lambda x: tf.assign(x, 1.), 4, 16)\n",
    "reduce": "d.reduce(w, lambda s, x: tf.assign_add(s, x))\n",
    "dataset's scan": "d.apply(tf.data.experimental.scan(w, lambda s, x: (tf.assign(s, x), x)))\n",
    "Python's map of tensors": "list(map(lambda v: tf.assign(v, 1.), [tf.zeros([])]))\n",
}


@pytest.mark.parametrize("source", HANDED_OVER.values(), ids=HANDED_OVER.keys())
def test_what_tensorflow_gives_to_a_function_is_a_tensor(source: str) -> None:
    (found,) = of_calls(source)
    assert (found.code, found.status) == ("MV102", Status.LEFT)
    assert "passes" in found.message


NOT_HANDED_OVER = {
    "closure": "def b(i): return tf.assign(v, 1.)\ntf.while_loop(c, b, [0])\n",
    "default": "def b(i, v=v): return tf.assign(v, 1.)\ntf.while_loop(c, b, [0])\n",
    "default of a branch": "tf.cond(p, lambda v=v: tf.assign(v, 1.), g)\n",
    "bound": "def b(v, i): tf.assign(v, 1.)\ntf.while_loop(c, functools.partial(b, v), [0])\n",
    "bound by name": (
        "def b(i, v): tf.assign(v, 1.)\ntf.while_loop(c, functools.partial(b, v=v), [0])\n"
    ),
    "self": (
        "class A:\n    def b(self, i): return tf.assign(self.v, 1.)\n"
        "    def f(self): return tf.while_loop(c, self.b, [0])\n"
    ),
    "pool": "def f(v): tf.assign(v, 1.)\npool.map(f, tf.trainable_variables())\n",
    "Python's map": "list(map(lambda v: tf.assign(v, 1.), tf.trainable_variables()))\n",
    "structure": "tf.nest.map_structure(lambda v: tf.assign(v, 1.), vs)\n",
    "functools.reduce": "import functools\nfunctools.reduce(lambda s, v: tf.assign(v, s), vs)\n",
    "function of the same name": (
        "def up(v): return tf.assign(v, 1.)\n"
        "class A:\n    def up(self, x): pass\n    def f(self): tf.map_fn(self.up, xs)\n"
    ),
    "another library": "import jax\ndef f(v): tf.assign(v, 1.)\njax.lax.scan(f, x, y)\n",
}


@pytest.mark.parametrize("source", NOT_HANDED_OVER.values(), ids=NOT_HANDED_OVER.keys())
def test_what_python_gives_to_a_function_is_not_taken_for_a_tensor(source: str) -> None:
    (found,) = of_calls(source)
    assert found.status is Status.REWRITTEN


def test_the_value_of_a_slice_goes_by_position() -> None:
    start = f"{IMPORT}v = tf.Variable([0., 0.])\n"
    for call in ("ref=v[0:1], value=x", "value=x, ref=v[0:1]", "v[0:1], x, True"):
        check_transformed(f"{start}u = tf.assign({call})\n", f"{start}u = v[0:1].assign(x)\n")
    check_transformed(
        f"{start}u = tf.assign(v[0], value=x, name='n')\n",
        f"{start}u = v[0].assign(x, name='n')\n",
    )
    # Where it is not known to be one, too.
    for item in ("v[0]", "v[i]", "v[..., 0]", "v[1:]"):
        check_transformed(
            f"{IMPORT}def f(v): return tf.assign({item}, value=x)\n",
            f"{IMPORT}def f(v): return {item}.assign(x)\n",
        )


@pytest.mark.parametrize(
    "call",
    [
        *("tf.assign(v[0:1], x, use_locking=True)", "tf.assign(v[0], x, True, False)"),
        *("tf.assign_add(v[0], x)", "tf.scatter_update(v[0:1], i, u)"),
        *("tf.scatter_nd_add(v[0:1], i, u)", "tf.assign(w[0:1], x, use_locking=True)"),
        *("tf.assign_sub(w[..., 0], x)", "tf.assign_add(w[:, None], x)"),
    ],
)
def test_what_slices_do_not_take_is_left(call: str) -> None:
    check_left(f"{IMPORT}v = tf.Variable([0.])\nu = {call}\n", "MV103")


@pytest.mark.parametrize("item", ["v[0][0]", "v[0:1][0]", "v[v > 0.]", "s[0]"])
def test_slices_of_slices_and_masks_are_tensors(item: str) -> None:
    check_left(f"{IMPORT}v = tf.Variable([[0.]])\ns = v[0]\nu = tf.assign({item}, 1.)\n", "MV102")


KERAS = {
    "name": LAYER + "tf.compat.v1.assign(self.c, 1., name='n')\n",
    "name of an update": LAYER + "tf.compat.v1.assign_add(self.c, 1., name='n')\n",
    "lock": LAYER + "tf.compat.v1.assign_sub(self.c, 1., use_locking=None)\n",
    "lock by position": LAYER + "tf.compat.v1.assign(self.c, 1., None, False)\n",
    "scatter": LAYER + "tf.compat.v1.scatter_add(self.c, [0], [1.])\n",
    "scatter_nd": LAYER + "tf.compat.v1.scatter_nd_update(self.c, [[0]], [1.])\n",
    "batch scatter": LAYER + "tf.compat.v1.batch_scatter_update(self.c, [[0]], [[1.]])\n",
    "first parameter of any name": (LAYER + "tf.compat.v1.scatter_add(self.c, i, u)\n").replace(
        "self", "me"
    ),
    "alias": LAYER.replace("return ", "c = self.c\n        ")
    + "return tf.compat.v1.scatter_add(c, i, u)\n",
    "weight of a layer": (
        "e = tf.keras.layers.Embedding(3, 4)\ntf.compat.v1.scatter_add(e.embeddings, i, u)\n"
    ),
    "weights of a model": (
        "m = tf.keras.Sequential()\nfor w in m.weights: tf.compat.v1.scatter_add(w, i, u)\n"
    ),
    "trainable weights": "for w in m.trainable_weights: tf.compat.v1.assign(w, x, name='n')\n",
    "metric": "m = tf.keras.metrics.Mean()\ntf.compat.v1.assign(m.total, 0., name='n')\n",
    "keras.Variable": "import keras\ntf.compat.v1.assign(keras.Variable(1.), 0., name='n')\n",
    "unknown base class": LAYER.replace("tf.keras.layers.Layer", "Base")
    + "tf.compat.v1.scatter_add(self.c, i, u)\n",
}


@pytest.mark.parametrize("source", KERAS.values(), ids=KERAS.keys())
def test_what_keras_weights_do_not_take_is_left(source: str) -> None:
    check_left(IMPORT + source, "MV112")


NOT_KERAS = {
    "value": LAYER + "tf.compat.v1.assign(self.c, 1.)\n",
    "value by name": LAYER + "tf.compat.v1.assign(self.c, value=1.)\n",
    "shape": LAYER + "tf.compat.v1.assign(self.c, 1., validate_shape=True)\n",
    "slice": LAYER + "tf.compat.v1.assign(self.c[0], 1., name='n')\n",
    "layer of TensorFlow 1": LAYER.replace("tf.keras.layers", "tf.layers")
    + "tf.scatter_add(self.c, i, u)\n",
    "weights of a layer of TensorFlow 1": (
        "d = tf.layers.Dense(3)\nfor w in d.weights: tf.assign(w, x, name='n')\n"
    ),
    "variable in a layer": LAYER.replace("self.add_weight(name='c', shape=())", "tf.Variable(1.)")
    + "tf.compat.v1.scatter_add(self.c, i, u)\n",
    "variable of the backend": (
        "v = tf.keras.backend.variable(1.)\ntf.compat.v1.assign(v, 0., name='n')\n"
    ),
    "slot": "def f(self, v): return tf.scatter_add(self.get_slot(v, 'm'), i, u)\n",
}


@pytest.mark.parametrize("source", NOT_KERAS.values(), ids=NOT_KERAS.keys())
def test_other_variables_take_more(source: str) -> None:
    (found,) = of_calls(source)
    assert (found.status, found.safety) == (Status.REWRITTEN, Safety.SAFE)


def test_the_value_of_a_keras_weight_goes_by_position() -> None:
    check_transformed(
        f"{IMPORT}{LAYER}tf.compat.v1.assign_add(self.c, value=1.)\n",
        f"{IMPORT}{LAYER}self.c.assign_add(1.)\n",
    )
