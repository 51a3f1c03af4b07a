"""How long it takes to look for races in one kind of session run, on graphs of 10,000 ops.

    python benchmarks/races.py [--python PATH ...] [--ops N] [--rounds N]

Builds deep networks trained by Adam until the graph has that many ops: from reference and from
resource variables, with a while loop, and with a race on every variable. Of each it looks at the
run of `[train, loss]`: the first time (which also asks TensorFlow for every op), and once more as
another kind of run of the same graph. Prints ops, races, and the CPU time of both; the target is
0.5 s.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RECORDER = Path(__file__).resolve().parents[1] / "migrate_vars" / "recorder"


def main() -> None:
    """Runs the measurements in each interpreter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", help="with TensorFlow, 1.15 or 2")
    parser.add_argument("--ops", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for python in arguments.python or [sys.executable]:
        command = [python, str(Path(__file__).resolve()), "--measure", str(arguments.ops)]
        for _ in range(arguments.rounds):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            for line in done.stdout.splitlines():
                print(line, flush=True)


def measure(n_ops: int) -> None:
    """Prints the figures of every graph; runs inside the interpreter that has TensorFlow."""
    tf = importlib.import_module("tensorflow.compat.v1")
    tf.disable_v2_behavior()
    sys.path.insert(0, str(RECORDER.parent))
    races = importlib.import_module("recorder.race_finder")
    writes = importlib.import_module("recorder.op_writes")
    for name, resource, loop, racing in (
        ("reference", False, False, False),
        ("resource", True, False, False),
        ("while loop", True, True, False),
        ("all race", False, False, True),
    ):
        graph, train, loss, sums = build(tf, n_ops, resource, loop)
        finder = races.RaceFinder(writes.FunctionWrites(lambda name: None))
        fetched = [loss, *sums] if racing else [loss]
        first, found = seconds(lambda f=finder, t=train, x=fetched: f.find([t], x, set(), {}))
        again, _ = seconds(lambda f=finder, t=train, x=fetched: f.find([t, t], x, set(), {}))
        print(
            f"TensorFlow {tf.__version__}, {name}: {len(graph.get_operations())} ops, "
            f"{len(found.races)} races, {first:.3f} s, again {again:.3f} s",
        )


def seconds(call: Any) -> tuple[float, Any]:
    """CPU seconds of a call, and what it returns."""
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def build(tf: Any, n_ops: int, resource: bool, loop: bool) -> Any:
    """A network with that many ops: the graph, the train op, the loss, and all weights' sums."""
    graph = tf.Graph()
    with graph.as_default(), tf.variable_scope("net", use_resource=resource):
        x = tf.ones([8, 4])
        weights = []
        for number in range(n_ops // 59):
            w = tf.get_variable(f"w{number}", [4, 4])
            b = tf.get_variable(f"b{number}", [4])
            weights += [w, b]
            x = tf.nn.relu(tf.matmul(x, w) + b)
        if loop:
            _, x = tf.while_loop(
                lambda i, _: i < 3, lambda i, y: (i + 1, tf.matmul(y, w) + b), [0, x]
            )
        loss = tf.reduce_mean(tf.square(x))
        train = tf.train.AdamOptimizer(0.1).minimize(loss)
        sums = [tf.reduce_sum(weight) for weight in weights]
    return graph, train, loss, sums


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(int(sys.argv[2]))
    else:
        main()
