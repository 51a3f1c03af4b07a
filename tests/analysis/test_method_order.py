"""Attributes of self, followed in the order in which methods can run."""

from __future__ import annotations

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.findings.finding import Safety

START = "import tensorflow as tf\n"
SAFE = {
    "made anew before it is used": "class A:\n    def f(self):\n        self.v = tf.Variable(1.)\n"
    "        tf.assign(self.v, 2.)\n    def g(self):\n        self.v = tf.zeros([])\n",
    "in both branches": "class A:\n    def f(self):\n        if x:\n"
    "            self.v = tf.Variable(1.)\n"
    "        else:\n            self.v = tf.Variable(2.)\n        tf.assign(self.v, 2.)\n"
    "    def g(self):\n        self.v = tf.zeros([])\n",
    "only calls of TensorFlow between": "class A:\n    def f(self):\n"
    "        self.v = tf.Variable(1.)\n        y = tf.exp(x)\n        tf.assign(self.v, y)\n"
    "    def g(self):\n        self.v = tf.zeros([])\n",
    "overwritten in __init__": "class A:\n    def __init__(self):\n        self.v = tf.zeros([])\n"
    "        self.v = tf.Variable(self.v)\n    def f(self):\n        tf.assign(self.v, 2.)\n",
    "a method that cannot have run": "class A:\n    def __init__(self):\n"
    "        if x:\n            self.v = tf.Variable(1.)\n        else:\n"
    "            self.v = tf.Variable(2.)\n        self.op = tf.assign(self.v, 2.)\n"
    "    def f(self):\n        self.v = tf.zeros([])\n",
    "a method that cannot have run, made in a helper": "class A(object):\n    def __init__(self):\n"
    "        super(A, self).__init__()\n        self._make()\n"
    "        self.op = tf.assign(self.v, 2.)\n"
    "    def _make(self):\n        self.v = tf.Variable(1.)\n    def f(self):\n"
    "        self.v = tf.zeros([])\n",
}
REFUSED = {
    "bound by the class": "class A:\n    v = tf.zeros([])\n    def __init__(self):\n"
    "        if x:\n            self.v = tf.Variable(1.)\n"
    "        self.op = tf.assign(self.v, 2.)\n",
    "another method may have run": "class A:\n    def __init__(self):\n"
    "        self.v = tf.Variable(1.)\n"
    "    def f(self):\n        self.v = tf.zeros([])\n    def g(self):\n"
    "        tf.assign(self.v, 2.)\n",
    "rebound before": "class A:\n    def f(self):\n        self.v = tf.Variable(1.)\n"
    "        self.v = self.v + 1.\n        tf.assign(self.v, 2.)\n",
    "called by __init__": "class A:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n"
    "        if x:\n            self.reset()\n        if y:\n            self.v = tf.Variable(1.)\n"
    "        self.op = tf.assign(self.v, 2.)\n    def reset(self):\n"
    "        self.v = tf.zeros([])\n",
    "called by a method that __init__ calls": "class A:\n    def __init__(self):\n"
    "        if y:\n            self.v = tf.Variable(1.)\n        self.build()\n"
    "        self.op = tf.assign(self.v, 2.)\n    def build(self):\n        self.reset()\n"
    "    def reset(self):\n        self.v = tf.zeros([])\n",
    "in a lambda": "class A:\n    def f(self):\n        self.v = tf.Variable(1.)\n"
    "        return lambda: tf.assign(self.v, 2.)\n    def g(self):\n"
    "        self.v = tf.zeros([])\n",
    "given away in __init__": "class A:\n    def __init__(self):\n        if y:\n"
    "            self.v = tf.Variable(1.)\n        register(self)\n"
    "        self.op = tf.assign(self.v, 2.)\n    def f(self):\n        self.v = tf.zeros([])\n",
    "a base that is not known": "class A(Base):\n    def __init__(self):\n"
    "        super().__init__()\n"
    "        if y:\n            self.v = tf.Variable(1.)\n        self.op = tf.assign(self.v, 2.)\n"
    "    def build(self):\n        self.v = tf.zeros([])\n",
    "overwritten on one way only": "class A:\n    def __init__(self):\n"
    "        self.v = tf.zeros([])\n"
    "        if x:\n            self.v = tf.Variable(1.)\n    def f(self):\n"
    "        tf.assign(self.v, 2.)\n",
    "left before it is overwritten": "class A:\n    def __init__(self):\n"
    "        self.v = tf.zeros([])\n"
    "        if x:\n            return\n        self.v = tf.Variable(1.)\n    def f(self):\n"
    "        tf.assign(self.v, 2.)\n",
    "a call of anything between": "class A:\n    def f(self):\n        self.v = tf.Variable(1.)\n"
    "        train()\n        tf.assign(self.v, 2.)\n"
    "    def g(self):\n        self.v = tf.zeros([])\n",
    "in the loop, by the round before": "class A:\n    def f(self):\n        for i in r:\n"
    "            if i:\n                self.v = tf.Variable(1.)\n"
    "            tf.assign(self.v, 2.)\n            self.v = tf.zeros([])\n",
}
UNKNOWN = {
    "a call of a method between": "class A:\n    def f(self):\n        self.v = tf.Variable(1.)\n"
    "        self.g()\n        tf.assign(self.v, 2.)\n    def g(self):\n        self.v = x\n",
    "set by its name": "class A:\n    def f(self):\n        self.v = tf.Variable(1.)\n"
    "        tf.assign(self.v, 2.)\n    def g(self, n):\n        setattr(self, n, x)\n",
}


def safeties(source: str) -> list[Safety | None]:
    found = rewrite_source((START + source).encode()).findings
    return [f.safety for f in found if f.safety is not None]


@pytest.mark.parametrize("source", SAFE.values(), ids=SAFE.keys())
def test_what_is_bound_last_counts(source: str) -> None:
    assert safeties(source) == [Safety.SAFE]


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_what_may_have_been_bound_counts(source: str) -> None:
    assert safeties(source) == [Safety.REFUSED]


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_not_known_may_come_between(source: str) -> None:
    assert safeties(source) == [Safety.ASSUMED]
