"""Session runs: what they fetch, and what they are fed."""

from __future__ import annotations

import ast

import pytest

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.sessions import SessionRun
from migrate_vars.analysis.source import Source

START = """import tensorflow as tf
x = tf.placeholder(tf.float32)
y = tf.placeholder(tf.float32)
loss = x + y
sess = tf.Session()
"""
FETCHES: dict[str, tuple[str, list[tuple[str, tuple[object, ...]]] | None]] = {
    "one": ("sess.run(loss)", [("loss", ())]),
    "by keyword": ("sess.run(fetches=loss)", [("loss", ())]),
    "a list": ("sess.run([loss, step])", [("loss", (0,)), ("step", (1,))]),
    "a list in a tuple": ("sess.run(([loss], step))", [("loss", (0, 0)), ("step", (1,))]),
    "a dictionary": ("sess.run({'a': loss, 'b': [step]})", [("loss", ("a",)), ("step", ("b", 0))]),
    "a name for a list": ("ops = [loss, step]\nsess.run(ops)", [("loss", (0,)), ("step", (1,))]),
    "an expression": ("sess.run(tf.reduce_mean(loss))", [("tf.reduce_mean(loss)", ())]),
    "a string": ("sess.run('loss:0')", [("'loss:0'", ())]),
    "a name for an op": ("step = tf.no_op()\nsess.run(step)", [("step", ())]),
    "an op": ("step.run()", [("step", ())]),
    "an op with its session": ("step.run(session=sess)", [("step", ())]),
    "an op with a feed": ("step.run({x: 1.})", [("step", ())]),
    "a list that grows": ("ops = [loss]\nops.append(step)\nsess.run(ops)", None),
    "a list that is computed": ("ops = [f(v) for v in vs]\nsess.run(ops)", None),
    "a comprehension": ("sess.run([f(v) for v in vs])", None),
    "an unpacked list": ("sess.run([loss, *ops])", None),
    "a computed key": ("sess.run({key: loss})", None),
    "a list of variables": ("vs = tf.trainable_variables()\nsess.run(vs)", None),
    "either of two lists": (
        "if a:\n    ops = [loss]\nelse:\n    ops = [loss, step]\nsess.run(ops)",
        None,
    ),
}
FEEDS: dict[str, tuple[str, list[tuple[str, str]] | None]] = {
    "nothing": ("sess.run(loss)", []),
    "None": ("sess.run(loss, feed_dict=None)", []),
    "a literal": ("sess.run(loss, feed_dict={x: 1., y: a[i]})", [("x", "1.0"), ("y", "a[i]")]),
    "by position": ("sess.run(loss, {x: 1.})", [("x", "1.0")]),
    "a name": ("feed = {x: 1.}\nsess.run(loss, feed)", [("x", "1.0")]),
    "items set later": (
        "feed = {x: 1.}\nfeed[y] = 2.\nsess.run(loss, feed)",
        [("x", "1.0"), ("y", "2.0")],
    ),
    "updated": (
        "feed = {x: 1.}\nfeed.update({y: 2.})\nsess.run(loss, feed)",
        [("x", "1.0"), ("y", "2.0")],
    ),
    "an op": ("step.run({x: 1.})", [("x", "1.0")]),
    "an op by keyword": ("step.run(feed_dict={x: 1.}, session=sess)", [("x", "1.0")]),
    "computed": ("sess.run(loss, feed(x))", None),
    "unpacked": ("sess.run(loss, {x: 1., **more})", None),
    "a parameter": ("def f(feed):\n    return sess.run(loss, feed)", None),
    "either of two": (
        "if a:\n    feed = {x: 1.}\nelse:\n    feed = {y: 1.}\nsess.run(loss, feed)",
        None,
    ),
    "updated with what is not known": (
        "feed = {x: 1.}\nfeed.update(more)\nsess.run(loss, feed)",
        None,
    ),
    "a comprehension": ("sess.run(loss, {p: v for p, v in pairs})", None),
}
SESSIONS = {
    "made": ("sess.run(loss)", True),
    "entered": ("with tf.Session() as s:\n    s.run(loss)", True),
    "interactive": ("s = tf.InteractiveSession()\ns.run(loss)", True),
    "monitored": ("with tf.train.MonitoredTrainingSession() as s:\n    s.run(loss)", True),
    "entered as the default": ("with sess.as_default() as s:\n    s.run(loss)", True),
    "the default": ("tf.get_default_session().run(loss)", True),
    "of self": (
        "class A:\n    def __init__(self):\n        self.s = tf.Session()\n"
        "    def f(self):\n        self.s.run(loss)",
        True,
    ),
    "of an op": ("step.run()", True),
    "a process": ("subprocess.run(['ls'])", False),
    "a parameter": ("def f(s):\n    s.run(loss)", False),
    "an object": ("runner = Runner()\nrunner.run(loss)", False),
}


def module(source: str) -> Module:
    return Module(Source.decode((START + source + "\n").encode()))


def only_run(source: str) -> tuple[Module, SessionRun]:
    made = module(source)
    (run,) = made.sessions.runs
    return made, run


@pytest.mark.parametrize(("source", "expected"), FETCHES.values(), ids=FETCHES.keys())
def test_fetches(source: str, expected: list[tuple[str, tuple[object, ...]]] | None) -> None:
    made, run = only_run(source)
    fetched = made.sessions.fetched(run)
    found = None if fetched is None else [(ast.unparse(f.node), f.path) for f in fetched]
    assert found == expected


@pytest.mark.parametrize(("source", "expected"), FEEDS.values(), ids=FEEDS.keys())
def test_feeds(source: str, expected: list[tuple[str, str]] | None) -> None:
    made, run = only_run(source)
    fed = made.sessions.fed(run)
    found = (
        None if fed is None else [(ast.unparse(f.placeholder), ast.unparse(f.value)) for f in fed]
    )
    assert found == expected


@pytest.mark.parametrize(("source", "expected"), SESSIONS.values(), ids=SESSIONS.keys())
def test_whose_run_it_is(source: str, expected: bool) -> None:
    made, run = only_run(source)
    assert made.sessions.is_session(run) is expected


def test_the_session_and_the_statement() -> None:
    _, run = only_run("result = sess.run(loss)")
    assert run.session is not None
    assert ast.unparse(run.session) == "sess"
    assert isinstance(run.statement, ast.Assign)
    _, run = only_run("step.run(session=sess)")
    assert run.session is not None
    assert ast.unparse(run.session) == "sess"
    _, run = only_run("step.run()")
    assert run.session is None


@pytest.mark.parametrize(
    ("source", "count"),
    [
        *(("loss.eval()", 1), ("loss.eval({x: 1.}, sess)", 1), ("a.eval(session=sess)", 1)),
        *(("a.eval(feed_dict={x: 1.})", 1), ("tf.Variable(1.).eval()", 1)),
        *(("model.eval()", 0), ("frame.eval('a + b')", 0), ("eval('1')", 0)),
    ],
)
def test_evals(source: str, count: int) -> None:
    assert len(module(source).sessions.evals) == count


def test_what_an_eval_fetches_and_is_fed() -> None:
    made = module("loss.eval({x: 1.}, sess)")
    (run,) = made.sessions.evals
    fetched, fed = made.sessions.fetched(run), made.sessions.fed(run)
    assert fetched
    assert fed
    assert [ast.unparse(f.node) for f in fetched] == ["loss"]
    assert [(ast.unparse(f.placeholder), ast.unparse(f.value)) for f in fed] == [("x", "1.0")]
