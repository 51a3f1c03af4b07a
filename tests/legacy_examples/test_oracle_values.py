"""Bundled patterns, held against the values that NumPy alone computes in float32.

Only patterns where that is cheap: tables, rings, counters and running moments. Each oracle follows
the published rule (every-visit Monte Carlo, Q-learning with replacing traces, Chan's parallel
moments, a factorisation machine) with the order of operations of the scripts, and uses nothing of
this package. The data come from the scripts' seeds, drawn again here.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import REPOSITORY

PATTERNS = REPOSITORY / "legacy_examples"
# A fused multiplication and addition, which x86-64 builds do not use, rounds once and not twice.
ULP = 0 if platform.machine() in {"x86_64", "AMD64"} else 64

Values = dict[str, Any]
F = np.float32

# Runs scripts as they are and prints the last values of their variables, by name.
CHILD = """
import contextlib, gc, io, json, sys
import tensorflow as tf

mode, *named = sys.argv[1:]
v1 = tf.compat.v1
if mode == "eager":
    tf.config.run_functions_eagerly(True)

def session_values(script):
    found = {}
    leave = v1.Session.__exit__
    def keep_values(session, *exception):
        with session.graph.as_default():
            variables = v1.global_variables() + v1.local_variables()
        found.update(session.run({each.op.name: each for each in variables}))
        return leave(session, *exception)
    v1.Session.__exit__ = keep_values
    try:
        v1.reset_default_graph()
        execute(script)
    finally:
        v1.Session.__exit__ = leave
    return found

def eager_values(script):
    namespace = execute(script)
    variables = [each for each in gc.get_objects() if isinstance(each, tf.Variable)]
    found = {each.name.partition(":")[0]: each.numpy() for each in variables}
    namespace.clear()
    del variables
    gc.collect()
    return found

def execute(script):
    namespace = {"__name__": "__main__"}
    with open(script) as file, contextlib.redirect_stdout(io.StringIO()):
        exec(compile(file.read(), script, "exec"), namespace)
    return namespace

result = {}
for script in named:
    values = session_values(script) if mode == "session" else eager_values(script)
    result[script] = {name: value.tolist() for name, value in values.items()}
print(json.dumps(result))
"""


def learning_rates() -> Values:
    """The rate after 6 epochs, each times 0.7, but not below 0.02."""
    rate = F(0.08)
    for _ in range(6):
        rate = max(rate * F(0.7), F(0.02))
    return {"learning_rate": rate}


def steps_and_epochs() -> Values:
    """24 steps counted, 6 of which make an epoch."""
    return {"global_step": 24, "epoch": 4}


def q_learning() -> Values:
    """Q-learning with replacing traces in 4 environments, the step size falling with the visits."""
    rng = np.random.RandomState(15)
    visited = rng.randint(5, size=(31, 4))
    taken = rng.randint(3, size=(30, 4))
    rewards = rng.randn(30, 4).astype(F)
    q = rng.rand(4, 5, 3).astype(F)
    visits, trace = np.zeros_like(q), np.zeros_like(q)
    for step in range(30):
        for e in range(4):
            cell = e, visited[step, e], taken[step, e]
            visits[cell] += F(1)
            trace[e] *= F(0.8)
            trace[cell] = F(1)
            goal = rewards[step, e] + F(0.9) * q[e, visited[step + 1, e]].max()
            q[e] += (goal - q[cell]) / (F(1) + visits[cell]) * trace[e]
    return {"q": q, "visits": visits, "trace": trace}


def monte_carlo() -> Values:
    """Every-visit Monte Carlo: the mean discounted return of each of 6 states."""
    rng = np.random.RandomState(20)
    lengths = rng.randint(3, 9, size=24)
    total, visits = np.zeros(6, F), np.zeros(6, F)
    for n in lengths:
        states, rewards = rng.randint(6, size=n), rng.randn(n).astype(F)
        discounted = F(0)
        for t in reversed(range(n)):
            discounted = rewards[t] + F(0.9) * discounted
            total[states[t]] += discounted
            visits[states[t]] += F(1)
    return {
        "return_sum": total,
        "visits": visits,
        "values": total / np.maximum(visits, F(1)),
        "longest": max(lengths),
    }


def ring_buffer() -> Values:
    """A ring of 20 places after 24 additions of 6: only the last 20 are there."""
    rng = np.random.RandomState(13)
    experience: dict[str, np.ndarray[Any, Any]] = {
        "state": rng.randn(24, 6, 4).astype(F),
        "action": rng.randint(3, size=(24, 6)),
        "reward": rng.randn(24, 6).astype(F),
        "next_state": rng.randn(24, 6, 4).astype(F),
    }
    added = 24 * 6
    values: Values = {"cursor": added % 20, "size": 20}
    for name, each in experience.items():
        last = each.reshape(added, *each.shape[2:])[-20:]
        values[f"buffer/{name}"] = np.roll(last, added, axis=0)
    return values


def running_moments() -> Values:
    """Chan's parallel form of Welford's algorithm, over 20 batches of 8.

    Without the rewards: a single column is added up in packets, not row by row.
    """
    rng = np.random.RandomState(12)
    values: Values = {}
    for i, (name, size) in enumerate((("position", 3), ("velocity", 4))):
        data = (rng.randn(20, 8, size) * (i + 2) + i - 1).astype(F)
        mean, variance, count, n = np.zeros(size, F), np.ones(size, F), F(0.01), F(8)
        for batch in data:
            batch_mean = mean_of_rows(batch)
            batch_variance = mean_of_rows(np.square(batch - batch_mean))
            delta, total = batch_mean - mean, count + n
            mean = mean + delta * n / total
            squares = variance * count + batch_variance * n
            squares = squares + np.square(delta) * count * n / total
            variance, count = squares / total, total
        values |= {f"{name}/mean": mean, f"{name}/variance": variance, f"{name}/count": count}
    return values


def mean_of_rows(rows: np.ndarray[Any, Any]) -> Any:
    """The mean over the first axis, added up row by row."""
    total = rows[0]
    for row in rows[1:]:
        total = total + row
    return total / F(len(rows))


ORACLES: dict[str, Callable[[], Values]] = {
    "global_step": steps_and_epochs,
    "learning_rate_decay": learning_rates,
    "replay_buffer": ring_buffer,
    "running_normaliser": running_moments,
    "scatter_nd_table": q_learning,
    "while_loop_accumulator": monte_carlo,
}


def run(python: Path | str, mode: str) -> dict[str, Values]:
    """Run all patterns that have an oracle, in one process, and give their last values."""
    script = "v1_session.py" if mode == "session" else "v2_eager.py"
    scripts = {str(PATTERNS / name / script): name for name in ORACLES}
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [str(python), "-c", CHILD, mode, *scripts],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: found[script] for script, name in scripts.items()}


def differences(found: dict[str, Values]) -> Iterator[str]:
    for pattern, oracle in ORACLES.items():
        for name, expected in oracle().items():
            actual = np.asarray(found[pattern][name], np.asarray(expected).dtype)
            if np.shape(actual) != np.shape(expected):
                yield f"{pattern}: {name} has shape {np.shape(actual)}"
            elif actual.dtype.kind == "f":
                distance = np.abs(actual - expected) / np.spacing(np.abs(expected))
                if not np.all(distance <= ULP):
                    yield f"{pattern}: {name} is up to {np.max(distance)} ULP off"
            elif not np.array_equal(actual, expected):
                yield f"{pattern}: {name} is {actual}, not {expected}"


@pytest.mark.parametrize("mode", ["session", "function", "eager"])
def test_a_pattern_ends_where_numpy_says(mode: str) -> None:
    assert list(differences(run(sys.executable, mode))) == []


def test_a_session_script_ends_there_under_tensorflow_1(tf1_python: Path) -> None:
    assert list(differences(run(tf1_python, "session"))) == []


def test_a_value_that_is_off_by_one_bit_is_noticed() -> None:
    off = {name: dict(oracle()) for name, oracle in ORACLES.items()}
    assert list(differences(off)) == []
    q = off["scatter_nd_table"]["q"]
    q[0, 0, 0] = np.nextafter(q[0, 0, 0], F(9), dtype=F)
    expected = [] if ULP else ["scatter_nd_table: q is up to 1.0 ULP off"]
    assert list(differences(off)) == expected
