"""What is said about receivers: variable, tensor, or unknown."""

from __future__ import annotations

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.findings.finding import Finding, Safety, Status
from tests.codemod.rewriting_checks import IMPORT, check_left, check_transformed


def findings(source: str, *, safe_only: bool = False) -> tuple[Finding, ...]:
    return rewrite_source((IMPORT + source).encode(), safe_only=safe_only).findings


PROVEN = {
    "Variable": "v = tf.Variable(1.)\ntf.assign(v, 2.)\n",
    "get_variable": "v = tf.get_variable('v', [])\ntf.assign(v, 2.)\n",
    "compat": "v = tf.compat.v1.get_variable('v', [])\ntf.assign(v, 2.)\n",
    "alias": "v = tf.Variable(1.)\nw = v\ntf.assign(w, 2.)\n",
    "walrus": "tf.assign((v := tf.Variable(1.)), 2.)\n",
    "branches": (
        "if x:\n    v = tf.Variable(1.)\nelse:\n    v = tf.Variable(2.)\ntf.assign(v, 2.)\n"
    ),
    "conditional": "v = tf.Variable(1.)\nw = tf.Variable(1.)\ntf.assign(v if x else w, 2.)\n",
    "enclosing": "v = tf.Variable(1.)\ndef f(): return tf.assign(v, 2.)\n",
    "call": "tf.assign(tf.train.get_or_create_global_step(), 2)\n",
    "slot": "def f(self, v): return tf.assign(self.get_slot(v, 'm'), 2.)\n",
    "attribute": (
        "class A:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n"
        "    def f(self): return tf.assign(self.v, 2.)\n"
    ),
    "attribute in a lambda": (
        "class A:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n"
        "    def f(self): return lambda: tf.assign(self.v, 2.)\n"
    ),
    "attribute that starts as None": (
        "class A:\n    v = None\n    def build(self):\n        self.v = tf.Variable(1.)\n"
        "    def f(self): return tf.assign(self.v, 2.)\n"
    ),
    "loop": "for v in tf.trainable_variables():\n    tf.assign(v, 2.)\n",
    "comprehension": "u = [tf.assign(v, 2.) for v in tf.global_variables()]\n",
    "zip": "vs = tf.trainable_variables()\nu = [tf.assign(v, x) for v, x in zip(vs, xs)]\n",
    "enumerate": "for i, v in enumerate(tf.trainable_variables()):\n    tf.assign(v, 2.)\n",
    "literal list": "a = tf.Variable(1.)\nfor v in [a, tf.Variable(2.)]:\n    tf.assign(v, 2.)\n",
    "item": "vs = [tf.Variable(1.), tf.constant(1.)]\ntf.assign(vs[0], 2.)\n",
    "unpacking": "a, b = tf.Variable(1.), tf.constant(2.)\ntf.assign(a, 2.)\n",
    "annotation": "def f(v: tf.Variable): return tf.assign(v, 2.)\n",
    "returned": "def make(): return tf.Variable(1.)\ntf.assign(make(), 2.)\n",
    "slice": "v = tf.Variable([1.])\ntf.assign(v[0], 2.)\n",
    "with": "with tf.variable_scope('s'):\n    v = tf.get_variable('v', [])\ntf.assign(v, 2.)\n",
    "rebound before": "v = tf.constant(1.)\nv = tf.Variable(v)\ntf.assign(v, 2.)\n",
    "add_weight": "def f(self):\n    v = self.add_weight('v', [])\n    tf.assign(v, 2.)\n",
    "add_variable": "def f(layer): return tf.assign(layer.add_variable('v', []), 2.)\n",
    "slot creator": (
        "from tensorflow.python.training import slot_creator\n"
        "tf.assign(slot_creator.create_zeros_slot(v, name='m'), 2.)\n"
    ),
    "moving average": (
        "ema = tf.train.ExponentialMovingAverage(0.9)\ntf.assign(ema.average(v), 2.)\n"
    ),
    "moving average of a class": (
        "class A:\n    def __init__(self):\n"
        "        self.ema = tf.train.ExponentialMovingAverage(0.9)\n"
        "    def f(self, v): return tf.assign(self.ema.average(v), 2.)\n"
    ),
    "collection": (
        "for v in tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, 's'):\n    tf.assign(v, 2.)\n"
    ),
    "collection by name": "for v in g.get_collection('global_variables'):\n    tf.assign(v, 2.)\n",
    "weights": "d = tf.keras.layers.Dense(3)\nfor w in d.weights:\n    tf.assign(w, x)\n",
    "trainable weights": "u = [tf.assign(w, x) for w in model.trainable_weights]\n",
    "sorted, reversed, enumerated": (
        "vs = sorted(tf.global_variables(), key=k)\n"
        "for i, v in enumerate(reversed(vs)):\n    tf.assign(v, 2.)\n"
    ),
    "nested zip": (
        "for i, (a, v) in enumerate(zip(xs, tf.global_variables())):\n    tf.assign(v, 2.)\n"
    ),
    "filtered": (
        "for v in filter(f, tf.global_variables()):\n    tf.assign(v, 2.)\n"
        "for v in [w for w in tf.local_variables() if w.name]:\n    pass\n"
    ),
    "chained": (
        "import itertools\n"
        "for v in itertools.chain(tf.local_variables(), [tf.Variable(1.)]):\n"
        "    tf.assign(v, 2.)\n"
    ),
    "sum of lists": (
        "for v in tf.local_variables() + tf.global_variables():\n    tf.assign(v, 2.)\n"
    ),
    "appended": (
        "vs = []\nfor i in r:\n    vs.append(tf.get_variable(str(i), []))\n"
        "for v in vs:\n    tf.assign(v, 2.)\n"
    ),
    "appended to an attribute": (
        "class A:\n    def __init__(self):\n        self.vs = []\n"
        "    def build(self): self.vs.append(tf.Variable(1.))\n"
        "    def f(self): return [tf.assign(v, 2.) for v in self.vs]\n"
    ),
    "dictionary": "d = {'a': tf.Variable(1.), 'b': 3}\ntf.assign(d['a'], 2.)\n",
    "dictionary filled later": "d = {}\nd['a'] = tf.Variable(1.)\ntf.assign(d['a'], 2.)\n",
    "values": "d = {'a': tf.Variable(1.)}\nfor v in d.values():\n    tf.assign(v, 2.)\n",
    "items": "d = dict()\nd[k] = tf.Variable(1.)\nu = [tf.assign(v, k) for k, v in d.items()]\n",
    "dictionary comprehension": (
        "d = {k: tf.get_variable(k, []) for k in ks}\ntf.assign(d[name], 2.)\n"
    ),
    "attribute of a base class": (
        "class A(object):\n    def __init__(self):\n        self.v = tf.Variable(1.)\n"
        "class B(A):\n    def f(self): return tf.assign(self.v, 2.)\n"
    ),
    "property": (
        "class A:\n    @property\n    def v(self): return tf.get_variable('v', [])\n"
        "    def f(self): return tf.assign(self.v, 2.)\n"
    ),
    "method": (
        "class A:\n    def make(self): return tf.Variable(1.)\n"
        "    def f(self): return tf.assign(self.make(), 2.)\n"
    ),
    "several returned": (
        "def make(): return tf.Variable(1.), tf.constant(1.)\nv, c = make()\ntf.assign(v, 2.)\n"
    ),
    "list returned": (
        "def make(): return tf.global_variables()\nfor v in make():\n    tf.assign(v, 2.)\n"
    ),
    "nested function": (
        "def f():\n    def up(v): return tf.assign(v, 2.)\n    return up(tf.Variable(1.))\n"
    ),
    "private function": (
        "def _up(x, v): return tf.assign(v, x)\n_up(1., tf.Variable(1.))\n"
        "_up(v=tf.get_variable('v', []), x=2.)\n"
    ),
    "rebound after": "v = tf.Variable(1.)\ntf.assign(v, 2.)\nv = tf.identity(v)\n",
}


@pytest.mark.parametrize("source", PROVEN.values(), ids=PROVEN.keys())
def test_proven_variables_are_rewritten_as_safe(source: str) -> None:
    found = findings(source, safe_only=True)
    assert [f.status for f in found] == [Status.REWRITTEN]
    assert found[0].safety is Safety.SAFE
    assert "variable (" in found[0].message


ASSUMED = {
    "parameter": "def f(v): return tf.assign(v, 2.)\n",
    "parameter filled with a variable": "def f(v): tf.assign(v, 2.)\nf(tf.Variable(1.))\n",
    "subscript": "def f(d): return tf.assign(d['k'], 2.)\n",
    "call": "tf.assign(net.find_var('lod'), 2.)\n",
    "attribute": "def f(net): return tf.assign(net.v, 2.)\n",
    "unbound": "tf.assign(v, 2.)\n",
    "function of the same name as a method": (
        "class A:\n    def up(self, v): return tf.assign(v, 2.)\ndef up(x): ...\nup(w._ref())\n"
    ),
    "attribute of another object": "class A:\n    def f(self, o): return tf.assign(o.v, 2.)\n",
    "perhaps": "v = tf.Variable(1.) if x else y\ntf.assign(v, 2.)\n",
    "name= may rename the op": "v = tf.Variable(1.)\ntf.assign_add(v, 2., name='n')\n",
    "tensor appended elsewhere": (
        "vs = [tf.Variable(1.)]\nvs.append(f(x))\nfor v in vs:\n    tf.assign(v, 2.)\n"
    ),
    "item of a list that grows": "vs = [tf.Variable(1.)]\nvs.insert(0, x)\ntf.assign(vs[0], 2.)\n",
    "dictionary with another entry": (
        "d = {'a': tf.Variable(1.)}\nd[k] = x\ntf.assign(d['a'], 2.)\n"
    ),
    "dictionary updated": "d = {'a': tf.Variable(1.)}\nd.update(e)\ntf.assign(d['a'], 2.)\n",
    "dictionary unpacked": "d = {'a': tf.Variable(1.), **e}\ntf.assign(d['a'], 2.)\n",
    "weights of anything": "for w in net.weights:\n    tf.assign(w, x)\n",
    "another average": "tf.assign(stats.average(v), 2.)\n",
    "another collection": "for v in tf.get_collection('mine'):\n    tf.assign(v, 2.)\n",
    "zip of a star": "for a, v in zip(*x, tf.global_variables()):\n    tf.assign(v, 2.)\n",
    "set by a derived class": (
        "class A:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n"
        "    def f(self): return tf.assign(self.v, 2.)\n"
        "class B(A):\n    def g(self, x):\n        self.v = x\n"
    ),
    "set on the class": (
        "class A:\n    v = tf.Variable(1.)\n    def f(self): tf.assign(self.v, 2.)\nA.v = x\n"
    ),
    "generator": ("def make():\n    yield 1\n    return tf.Variable(1.)\ntf.assign(make(), 2.)\n"),
    "coroutine": "async def make(): return tf.Variable(1.)\ntf.assign(make(), 2.)\n",
    "decorated function": "@wrap\ndef make(): return tf.Variable(1.)\ntf.assign(make(), 2.)\n",
    "private function that is passed on": (
        "def _up(v): return tf.assign(v, 2.)\n_up(tf.Variable(1.))\nmap(_up, x)\n"
    ),
    "private function with another call": (
        "def _up(v): return tf.assign(v, 2.)\n_up(tf.Variable(1.))\n_up(x)\n"
    ),
    "private function with starred arguments": (
        "def _up(v): return tf.assign(v, 2.)\n_up(tf.Variable(1.))\n_up(*x)\n"
    ),
    "item of a sum": "tf.assign((a + b)[0], 1.)\n",
    "a cycle": "a = b\nb = a\ntf.assign(a, 2.)\n",
}


@pytest.mark.parametrize("source", ASSUMED.values(), ids=ASSUMED.keys())
def test_unknown_receivers_are_rewritten_as_assumed(source: str) -> None:
    (found,) = findings(source)
    assert (found.status, found.safety) == (Status.REWRITTEN, Safety.ASSUMED)


@pytest.mark.parametrize("source", ASSUMED.values(), ids=ASSUMED.keys())
def test_safe_only_leaves_unknown_receivers(source: str) -> None:
    (found,) = findings(source, safe_only=True)
    assert (found.code, found.status) == ("MV101", Status.LEFT)
    assert "--safe" in found.message


TENSORS = {
    "by name": "tf.assign(g.get_tensor_by_name('v:0'), 1.)\n",
    "reference": "tf.assign(v._ref(), 1.)\n",
    "value": "tf.assign(v.value(), 1.)\n",
    "read value": "tf.assign(v.read_value(), 1.)\n",
    "identity": "tf.assign(tf.identity(v), 1.)\n",
    "through a name": "t = v._ref()\ntf.assign(t, 1.)\n",
    "through a function": "def ref(v): return v._ref()\ntf.assign(ref(v), 1.)\n",
    "through a helper's name": "tf.assign(helpers.underlying_variable_ref(v), 1.)\n",
    "method result": "op = v.assign(1.)\ntf.assign_add(op, 1.)\n",
    "parameter": "def up(v): return tf.assign(v, 1.)\nup(w._ref())\n",
    "keyword": "def up(x, v): return tf.assign(v, x)\nup(v=w._ref(), x=1.)\n",
    "keyword only": "def up(*, v): return tf.assign(v, 1.)\nup(v=w._ref())\n",
    "call before the definition": "def go(w): up(w._ref())\ndef up(v): return tf.assign(v, 1.)\n",
    "default": "def up(v=w._ref()): return tf.assign(v, 1.)\n",
    "two calls away": (
        "def inner(v): return tf.assign(v, 1.)\ndef outer(v): return inner(v)\nouter(w._ref())\n"
    ),
    "method": (
        "class A:\n    def up(self, v): return tf.assign(v, 1.)\n"
        "    def go(self, w): return self.up(w._ref())\n"
    ),
    "method of an object": (
        "class A:\n    def up(self, v): return tf.assign(v, 1.)\ndef go(a, w): a.up(w._ref())\n"
    ),
    "static method": (
        "class A:\n    @staticmethod\n    def up(v): return tf.assign(v, 1.)\nA.up(w._ref())\n"
    ),
    "unbound method": (
        "class A:\n    def up(self, v): return tf.assign(v, 1.)\nA.up(a, w._ref())\n"
    ),
    "constructor": (
        "class A:\n    def __init__(self, v):\n        self.v = v\n"
        "    def up(self): return tf.assign(self.v, 1.)\nA(w._ref())\n"
    ),
    "class method": (
        "class A:\n    @classmethod\n    def up(cls, v): return tf.assign(v, 1.)\nA.up(w._ref())\n"
    ),
    "partial": "def up(x, v): return tf.assign(v, x)\nfunctools.partial(up, 1., w._ref())\n",
    "partial with a keyword": (
        "def up(x, v): return tf.assign(v, x)\nfunctools.partial(up, v=w._ref())\n"
    ),
    "lambda": "up = lambda v: tf.assign(v, 1.)\nup(w._ref())\n",
    "lambda at once": "(lambda v: tf.assign(v, 1.))(w._ref())\n",
    "loop": "for t in [v._ref(), w]:\n    tf.assign(t, 1.)\n",
    "comprehension": (
        "def up(v): return tf.assign(v, 1.)\n"
        "def go(vs):\n    vs = [v._ref() for v in vs]\n    for v, g in zip(vs, gs): up(v)\n"
    ),
    "one branch": "if x:\n    v = w._ref()\ntf.assign(v, 1.)\n",
    "annotation": "def f(v: tf.Tensor): return tf.assign(v, 2.)\n",
    "arithmetic": "v = tf.Variable(1.)\ntf.assign(v + 1., 2.)\n",
    "negation": "tf.assign(-v, 1.)\n",
    "sum": "tf.assign(a + b, 1.)\n",
    "comparison": "tf.assign(a < b, 1.)\n",
    "number": "tf.assign(1., 2.)\n",
    "text": "tf.assign('v', 2.)\n",
    "list": "tf.assign([v, w], 2.)\n",
    "tuple": "tf.assign((v, w), 2.)\n",
    "list comprehension": "tf.assign([v for v in w], 2.)\n",
    "lambda itself": "tf.assign(lambda: v, 2.)\n",
    "difference through a name": "d = a - b\ntf.assign(d, 1.)\n",
    "operation's output": "tf.assign(g.get_operation_by_name('v').outputs[0], 1.)\n",
    "initial value": "tf.assign(v.initial_value, 1.)\n",
    "below the variable": "tf.assign(v._variable, 1.)\n",
    "activation": "tf.assign(tf.nn.relu(v), 1.)\n",
    "tensor in a dictionary": "d = {'a': tf.identity(v)}\ntf.assign(d['a'], 1.)\n",
    "tensor appended": (
        "vs = [tf.Variable(1.)]\nvs.append(tf.identity(v))\nfor v in vs:\n    tf.assign(v, 1.)\n"
    ),
    "tensor set from outside": (
        "class A:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n"
        "    def f(self): return tf.assign(self.v, 2.)\na = A()\na.v = tf.identity(a.v)\n"
    ),
    "walrus in a header": (
        "v = tf.Variable(1.)\nif (v := tf.identity(v)) is x:\n    pass\ntf.assign(v, 2.)\n"
    ),
    "tensor set by a derived class": (
        "class A:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n"
        "    def f(self): return tf.assign(self.v, 2.)\n"
        "class B(A):\n    def g(self):\n        self.v = tf.identity(self.v)\n"
    ),
    "element of a tensor": "t = tf.identity(v)\ntf.assign(t[0], 1.)\n",
    "augmented": "v = tf.Variable(1.)\nv += 1.\ntf.assign(v, 1.)\n",
    "nested function sees a rebinding": (
        "v = tf.Variable(1.)\ndef f(): return tf.assign(v, 1.)\nv = tf.identity(v)\n"
    ),
}


@pytest.mark.parametrize("source", TENSORS.values(), ids=TENSORS.keys())
def test_tensors_are_refused(source: str) -> None:
    check_left(IMPORT + source, "MV102")
    found = [f for f in findings(source) if f.code == "MV102"]
    assert all(f.safety is Safety.REFUSED and "tensor" in f.message for f in found)


def test_result_of_a_state_op_is_refused_as_a_receiver() -> None:
    check_transformed(
        IMPORT + "op = tf.assign(v, 1.)\nop = tf.assign_add(op, 2.)\n",
        IMPORT + "op = v.assign(1.)\nop = tf.assign_add(op, 2.)\n",
    )


def test_result_of_a_state_op_is_refused_in_a_loop() -> None:
    check_transformed(
        IMPORT
        + "v = tf.Variable(1.)\nfor x in xs:\n    tf.assign(w, x)\n    v = tf.assign(v, x)\n",
        IMPORT + "v = tf.Variable(1.)\nfor x in xs:\n    w.assign(x)\n    v = tf.assign(v, x)\n",
    )


def test_self_rebinding_outside_a_loop_is_fine() -> None:
    check_transformed(
        IMPORT + "v = tf.Variable(1.)\nv = tf.assign(v, 2.)\n",
        IMPORT + "v = tf.Variable(1.)\nv = v.assign(2.)\n",
    )


def test_nested_call_is_refused_and_its_inside_rewritten() -> None:
    check_transformed(
        IMPORT + "u = tf.assign(tf.assign(v, 1.), 2.)\n",
        IMPORT + "u = tf.assign(v.assign(1.), 2.)\n",
    )


def test_slice_of_a_variable_has_assign_only() -> None:
    start = IMPORT + "v = tf.Variable([0.])\n"
    check_transformed(start + "tf.assign(v[0], 1.)\n", start + "v[0].assign(1.)\n")
    check_left(start + "tf.assign_add(v[0], 1.)\n", "MV103")


def test_an_element_of_a_list_is_not_a_slice() -> None:
    start = IMPORT + "vs = [tf.Variable(0.), tf.Variable(1.)]\n"
    check_transformed(start + "tf.assign_add(vs[0], 1.)\n", start + "vs[0].assign_add(1.)\n")
    start = IMPORT + "vs = tf.trainable_variables()\n"
    check_transformed(start + "tf.assign_add(vs[i], 1.)\n", start + "vs[i].assign_add(1.)\n")


REBOUND = {
    "plus": "v = tf.Variable(1.)\nv = v + 1\n",
    "reversed": "v = tf.Variable(1.)\nv = 1 + v\n",
    "augmented": "v = tf.Variable(1.)\nv += 1\n",
    "gradient": "w = tf.get_variable('w', [3])\nw = w - lr * g\n",
    "loop": "v = tf.Variable(1.)\nwhile x:\n    v *= 0.9\n",
    "attribute": (
        "class A:\n    def __init__(self):\n        self.n = tf.Variable(0)\n"
        "    def step(self):\n        self.n += 1\n"
    ),
    "chained": "v = w = tf.Variable(1.)\nv = v + 1\n",
    "attribute, written out": (
        "class A:\n    def __init__(self):\n        self.w = tf.Variable(0.)\n"
        "    def step(self):\n        self.w = self.w - 1\n"
    ),
    "attribute of a base class": (
        "class A:\n    def __init__(self):\n        self.w = tf.Variable(0.)\n"
        "class B(A):\n    def step(self):\n        self.w = self.w - 0.1 * g\n"
    ),
}


@pytest.mark.parametrize("source", REBOUND.values(), ids=REBOUND.keys())
def test_rebinding_a_variable_is_advised_against(source: str) -> None:
    check_left(IMPORT + source, "MV301")


NOT_REBOUND = {
    "new name": "v = tf.Variable(1.)\nw = v + 1\n",
    "number": "v = 1\nv += 1\n",
    "tensor": "v = tf.constant(1.)\nv = v + 1\n",
    "no longer a variable": "v = tf.Variable(1.)\nv = tf.identity(v)\nv = v + 1\n",
    "scaled once": "w = tf.get_variable('w', [3])\nw = w * mask\n",
    "sum of tensors": "x = tf.get_variable('x', [3])\nx = x + positions\n",
    "made in the loop": "for i in r:\n    w = tf.get_variable('w', [3])\n    w = w * mask\n",
    "parameter": "v = tf.Variable(1.)\ndef f(v):\n    v += 1\n",
    "local": "v = tf.Variable(1.)\ndef f():\n    v = 0\n    v += 1\n",
    "other attribute": (
        "class A:\n    def __init__(self):\n        self.n = tf.Variable(0)\n        self.k = 0\n"
        "    def step(self):\n        self.k += 1\n"
    ),
    "item": "d = {}\nd['v'] = tf.Variable(1.)\nd['v'] += 1\n",
}


@pytest.mark.parametrize("source", NOT_REBOUND.values(), ids=NOT_REBOUND.keys())
def test_other_updates_are_passed_over(source: str) -> None:
    check_left(IMPORT + source)
