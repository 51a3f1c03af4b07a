"""Advice about writes that eager execution changes: where it speaks, and where not."""

from __future__ import annotations

import pytest

from migrate_vars.codemod.engine import rewrite_source

SETUP = "import tensorflow as tf\nv = tf.Variable(1.)\nw = tf.Variable(1.)\nsess = tf.Session()\n"
ADVICE = ("MV302", "MV303", "MV304", "MV305", "MV306")

BUILT_ONCE = {
    "function": "op = tf.assign(v, 1.)\nfor i in r:\n    sess.run(op)\n",
    "method": "op = v.assign(1.)\nwhile True:\n    sess.run(op)\n",
    "list": "op = v.assign(1.)\nfor i in r:\n    sess.run([op, loss])\n",
    "list by name": "a = v.assign(1.)\nops = [a, train]\nfor i in r:\n    sess.run(ops)\n",
    "dict": "op = v.assign(1.)\nfor i in r:\n    sess.run({'a': op})\n",
    "keyword": "op = v.assign(1.)\nfor i in r:\n    sess.run(fetches=op, feed_dict={})\n",
    "group": "op = tf.group(*[a.assign(b) for a, b in p])\nfor i in r:\n    sess.run(op)\n",
    "inner op": "op = v.assign(1.).op\nfor i in r:\n    sess.run(op)\n",
    "with": "op = v.assign(1.)\nwith tf.Session() as s:\n    for i in r:\n        s.run(op)\n",
    "in a function": "def f():\n    op = v.assign(1.)\n    for i in r:\n        sess.run(op)\n",
    "comprehension": "op = v.assign(1.)\nx = [sess.run(op) for i in r]\n",
    "twice": "op = v.assign(1.)\nsess.run(op)\nsess.run([op])\n",
    "inner function": "op = v.assign(1.)\ndef step():\n    sess.run(op)\n",
    "appended": "ops = []\nfor a in b:\n    ops.append(a.assign_add(1.))\n"
    "for i in r:\n    sess.run(ops)\n",
    "first parameter of any name": "class A:\n    def __init__(this):\n"
    "        this.op = v.assign(1.)\n    def f(me):\n        me.sess.run(me.op)\n",
    "appended to an attribute": "class A:\n    def __init__(this):\n        this.ops = []\n"
    "        this.ops.append(v.assign(1.))\n    def f(self):\n        self.sess.run(self.ops)\n",
    "run of the op": "op = v.assign_add(1.)\nfor i in r:\n    op.run(session=sess)\n",
}
DANGLING = {
    "function": "def f():\n    tf.assign(v, 1.)\n    return x\ntf.cond(p, f, g)\n",
    "keywords": "def f():\n    v.assign(1.)\n    return x\ntf.cond(p, true_fn=g, false_fn=f)\n",
    "old keywords": "def f():\n    v.assign(1.)\n    return x\ntf.cond(p, fn1=g, fn2=f)\n",
    "under if": "def f():\n    if a:\n        v.assign(1.)\n    return x\ntf.cond(p, f, g)\n",
    "loop": "def b(i):\n    v.assign_add(1.)\n    return i + 1\ntf.while_loop(c, b, [0])\n",
    "module": "def b(i):\n    v.assign(1.)\n    return i\ntf.compat.v1.while_loop(c, b, [0])\n",
    "method": "class A:\n    def f(self):\n        v.assign(1.)\n        return x\n"
    "    def g(self):\n        return tf.cond(p, self.f, h)\n",
}
OUTSIDE = {
    "lambda": "op = tf.assign(v, 1.)\ntf.cond(p, lambda: op, lambda: x)\n",
    "list": "op = v.assign(1.)\ntf.cond(p, lambda: [op, x], lambda: [x, x])\n",
    "in a function": "def f():\n    op = v.assign(1.)\n"
    "    return tf.cond(p, lambda: x, lambda: op)\n",
    "member": "class A:\n    def __init__(self):\n        self.op = v.assign(1.)\n"
    "    def f(self):\n        return tf.cond(p, lambda: self.op, lambda: x)\n",
}
RACE = {
    "read": "op = v.assign(1.)\nsess.run([v, op])\n",
    "read inline": "sess.run((v.assign(1.), v))\n",
    "identity": "sess.run([tf.identity(v), v.assign(1.)])\n",
    "two": "sess.run([v.assign(1.), tf.assign_add(v, 1.)])\n",
    "group": "op = tf.group(v.assign(1.), v.assign(2.))\nsess.run(op)\n",
    "member": "class A:\n    def __init__(self):\n        self.n = tf.Variable(1)\n"
    "        self.inc = tf.assign_add(self.n, 1)\n    def f(self):\n"
    "        return sess.run([self.n, self.inc])\n",
    "member by other names": "class A:\n    def __init__(this):\n"
    "        this.n = tf.Variable(1)\n        this.inc = tf.assign_add(this.n, 1)\n"
    "    def f(me):\n        return sess.run([me.n, me.inc])\n",
}
KEPT = {
    "numpy": "r = v.assign(5.)\nv.assign(9.)\nprint(r.numpy())\n",
    "arithmetic": "r = tf.assign(v, 5.)\ntf.assign(v, 9.)\ny = r * 2.\n",
    "under with": "r = v.assign(5.)\nwith d:\n    v.assign_add(9.)\ny = tf.square(r)\n",
}
SILENT = {
    "run in its loop": "for i in r:\n    op = v.assign(1.)\n    sess.run(op)\n",
    "another name": "op = v.assign(1.)\nfor i in r:\n    op = x\n    sess.run(op)\n",
    "parameter": "op = v.assign(1.)\ndef f(op):\n    for i in r:\n        sess.run(op)\n",
    "not an op": "op = frame.assign(a=1)\nfor i in r:\n    sess.run(op)\n",
    "not a session": "op = v.assign(1.)\nfor i in r:\n    subprocess.run(['ls'])\n",
    "count": "op = tf.no_op()\nfor i in r:\n    sess.run(op)\n",
    "once": "op = v.assign(1.)\nsess.run(op)\n",
    "not TensorFlow's cond": "def f():\n    v.assign(1.)\nother.cond(p, f, g)\n",
    "not a branch": "def f():\n    v.assign(1.)\n    return x\ntf.map_fn(f, y)\n",
    "used": "def f():\n    op = v.assign(1.)\n    with tf.control_dependencies([op]):\n"
    "        return tf.identity(x)\ntf.cond(p, f, g)\n",
    "collected": "def f():\n    tf.add_to_collection('u', v.assign(1.))\n    return x\n"
    "tf.cond(p, f, g)\n",
    "traced": "@tf.function\ndef h():\n    def f():\n        v.assign(1.)\n        return x\n"
    "    return tf.cond(p, f, g)\n",
    "two variables": "sess.run([v.assign(1.), w.assign(2.), w2])\n",
    "read of another": "sess.run([w, v.assign(1.)])\n",
    "ordered": "a = v.assign(1.)\nwith tf.control_dependencies([a]):\n    b = v.assign(2.)\n"
    "sess.run([a, b])\n",
    "by value": "a = v.assign(1.)\nb = v.assign(a + 1.)\nsess.run([a, b])\n",
    "elements": "sess.run([a.assign(0.) for a in x] + [b.assign(0.) for b in x])\n",
    "two functions": "def f():\n    return v.assign(1.)\nsess.run([f(), v.assign(2.)])\n",
    "items": "sess.run([x[i].assign(1.), x[j].assign(1.)])\n",
    "result used before": "r = v.assign(5.)\ny = r * 2.\nv.assign(9.)\n",
    "other variable": "r = v.assign(5.)\nw.assign(9.)\ny = r * 2.\n",
    "dependency only": "r = v.assign(5.)\nv.assign(9.)\n"
    "with tf.control_dependencies([r]):\n    pass\n",
    "no instance": "class A:\n    def __init__(self):\n        self.op = v.assign(1.)\n"
    "    @staticmethod\n    def f(self):\n        self.sess.run(self.op)\n",
    "self of another": "class A:\n    def __init__(self):\n        self.op = v.assign(1.)\n"
    "    def f(agent, self):\n        agent.sess.run(self.op)\n",
    "function with a parameter self": "def f(self):\n    self.op = v.assign(1.)\n"
    "def g(self):\n    self.sess.run(self.op)\n",
    "bound again": "r = v.assign(5.)\nv.assign(9.)\nr = x\ny = r * 2.\n",
    "either": "r = v.assign(5.)\nif a:\n    v.assign(9.)\ny = r * 2.\n",
}


def advice(source: str) -> set[str]:
    return {f.code for f in rewrite_source((SETUP + source).encode()).findings} & set(ADVICE)


@pytest.mark.parametrize("source", BUILT_ONCE.values(), ids=BUILT_ONCE.keys())
def test_built_once(source: str) -> None:
    assert advice(source) == {"MV302"}


@pytest.mark.parametrize("source", DANGLING.values(), ids=DANGLING.keys())
def test_dangling(source: str) -> None:
    assert advice(source) == {"MV303"}


@pytest.mark.parametrize("source", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_outside(source: str) -> None:
    assert advice(source) == {"MV304"}


@pytest.mark.parametrize("source", RACE.values(), ids=RACE.keys())
def test_race(source: str) -> None:
    assert "MV305" in advice(source)


@pytest.mark.parametrize("source", KEPT.values(), ids=KEPT.keys())
def test_kept(source: str) -> None:
    assert advice(source) == {"MV306"}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_silent(source: str) -> None:
    assert advice(source) == set()


def test_both_spellings_count_after_a_rewrite() -> None:
    source = (SETUP + BUILT_ONCE["function"]).encode()
    result = rewrite_source(source)
    again = rewrite_source(result.output)
    assert result.changed
    assert [f.code for f in again.findings] == ["MV302"]
