"""The kinds of values beside variables: tensors, placeholders, sessions, containers."""

from __future__ import annotations

import ast

import pytest

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.source import Source
from migrate_vars.analysis.value import Inside, Kind

KINDS = {
    Kind.VARIABLE: ("tf.Variable(1.)", "tf.compat.v1.get_variable('v', [])"),
    Kind.TENSOR: ("tf.zeros([3])", "tf.nn.relu(x)", "-x", "x > 1", "tf.Variable(1.).assign(2.)"),
    Kind.PLACEHOLDER: (
        "tf.placeholder(tf.float32)",
        "tf.compat.v1.placeholder_with_default(1., [])",
    ),
    Kind.OPERATION: (
        *("tf.group(a, b)", "tf.no_op()", "tf.global_variables_initializer()"),
        *("tf.train.AdamOptimizer(1.).minimize(loss)", "opt.minimize(loss)"),
        *("opt.apply_gradients(pairs)", "tf.Variable(1.).initializer", "tf.zeros([3]).op"),
    ),
    Kind.COMPUTED: ("a + b", "a * 2"),
    Kind.OPTIMIZER: (
        *("tf.train.GradientDescentOptimizer(0.1)", "tf.keras.optimizers.Adam()"),
        *("tf.compat.v1.train.MomentumOptimizer(0.1, 0.9)", "opt"),
    ),
    Kind.SESSION: (
        *("tf.Session()", "tf.compat.v1.Session(config=c)", "tf.get_default_session()"),
        *("tf.train.MonitoredTrainingSession()", "supervisor.managed_session()", "sess"),
        "sess.as_default()",
    ),
    Kind.SAVER: ("tf.train.Saver()", "tf.compat.v1.train.Saver(vs)"),
    Kind.LIST: (
        *("[a, b]", "[f(x) for x in xs]", "tf.trainable_variables()", "list(xs)", "[a] + b"),
        *("sorted(xs)", "tf.gradients(loss, vs)"),
    ),
    Kind.TUPLE: ("(a, b)", "tuple(xs)", "(a, b) + c"),
    Kind.DICT: ("{'a': b}", "{k: v for k, v in xs}", "dict(a=b)"),
    Kind.PYTHON: ("1", "'a'", "f'{x}'", "{a, b}", "(x for x in xs)", "lambda: x"),
    Kind.UNKNOWN: (
        *("f(x)", "x", "x.y", "x[0]", "scipy.optimize.minimize(f)", "model.minimize(loss)"),
        *(
            "tf.keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)",
            "x.op",
            "tf.train.Feature()",
        ),
    ),
}
START = """import tensorflow as tf
opt = tf.train.AdamOptimizer(0.1)
sess = tf.Session()
"""


def value(source: str) -> tuple[Module, ast.expr]:
    """Return a module, and the expression that is its last statement."""
    module = Module(Source.decode((START + source + "\n").encode()))
    last = module.tree.body[-1]
    assert isinstance(last, ast.Expr)
    return module, last.value


def kind(source: str) -> Kind:
    module, node = value(source)
    return module.values.classify(node, module.scopes.root).kind


@pytest.mark.parametrize(
    ("source", "expected"), [(s, kind) for kind, sources in KINDS.items() for s in sources]
)
def test_kinds(source: str, expected: Kind) -> None:
    assert kind(source) is expected


@pytest.mark.parametrize("expected", sorted(set(KINDS) - {Kind.UNKNOWN}, key=str))
def test_kinds_by_name_and_by_attribute(expected: Kind) -> None:
    for source in KINDS[expected]:
        assert kind(f"v = {source}\nv") is expected
        assert kind(f"def make():\n    return {source}\nmake()") is expected
        assert (
            kind(f"class A:\n    def f(self):\n        self.v = {source}\na = A()\na.v") is expected
        )


def test_what_may_be_of_two_kinds() -> None:
    either = "if a:\n    v = {}\nelse:\n    v = {}\nv"
    assert kind(either.format("tf.Session()", "tf.InteractiveSession()")) is Kind.SESSION
    assert kind(either.format("tf.Session()", "f()")) is Kind.UNKNOWN
    assert kind(either.format("tf.Session()", "None")) is Kind.SESSION
    assert kind(either.format("[]", "()")) is Kind.UNKNOWN
    assert kind(either.format("tf.Variable(1.)", "[]")) is Kind.UNKNOWN
    # What is ever a tensor cannot be trusted to be a variable.
    assert kind(either.format("tf.Variable(1.)", "tf.zeros([])")) is Kind.TENSOR
    assert kind(either.format("f()", "tf.placeholder(t)")) is Kind.PLACEHOLDER


ELEMENTS = {
    "[tf.Variable(1.), tf.Variable(2.)]": Kind.VARIABLE,
    "[tf.Variable(1.), f()]": Kind.UNKNOWN,
    "[tf.placeholder(t) for t in ts]": Kind.PLACEHOLDER,
    "(opt.minimize(a), opt.minimize(b))": Kind.OPERATION,
    "tf.trainable_variables()": Kind.VARIABLE,
    "tf.gradients(loss, vs)": Kind.TENSOR,
    "{'a': tf.Session()}.values()": Kind.SESSION,
    "xs": Kind.UNKNOWN,
}


@pytest.mark.parametrize(("source", "expected"), ELEMENTS.items())
def test_what_a_container_holds(source: str, expected: Kind) -> None:
    module, node = value(source)
    assert module.values.element(node, Inside(), module.scopes.root).kind is expected


@pytest.mark.parametrize(
    ("key", "expected"), [("a", Kind.VARIABLE), ("b", Kind.TENSOR), (None, Kind.TENSOR)]
)
def test_an_item_of_a_dictionary(key: str | None, expected: Kind) -> None:
    module, node = value("{'a': tf.Variable(1.), 'b': tf.zeros([])}")
    found = module.values.element(node, Inside(key=key, values=True), module.scopes.root)
    assert found.kind is expected
