"""What recording costs in time, storage and memory, against the same run unrecorded.

    python benchmarks/recorder.py [--rounds N] [--only toy|large|memory] [PYTHON ...]

Each ``PYTHON`` is an interpreter with TensorFlow, by default the one that runs this; with
TensorFlow 1.15 only sessions are measured. For each mode, one process trains one model on, some
steps recorded and as many unrecorded by turns, so that both see the same machine. Prints the median
of the ratios of neighbours, and of their differences in milliseconds a step. Targets: a ratio of at
most 1.10 at 5 million parameters, at most 0.25 ms a step more on the toy model, at most 64 bytes a
write beyond samples, and memory that does not grow in 10,000 steps.

It runs in Python 3.7, too.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}
# Units of the layers, examples in a batch, and steps in a turn.
MODELS = {"toy": ((4, 8, 1), 4, 500), "large": ((1000, 1800, 1600, 200), 128, 25)}
MODES = ("session", "eager", "function")


def train(mode: str, model: str) -> Callable[[], None]:
    """A function that trains for one step: an MLP, by gradient descent."""
    import numpy as np
    import tensorflow as tf

    units, batch, _ = MODELS[model]
    random = np.random.RandomState(0)
    x = random.rand(batch, units[0]).astype(np.float32)
    y = random.rand(batch, units[-1]).astype(np.float32)
    values = [
        (random.randn(*shape) / shape[0] ** 0.5).astype(np.float32)
        for n, m in zip(units, units[1:])
        for shape in ((n, m), (m,))
    ]

    def loss(variables: list[Any], inputs: Any, targets: Any) -> Any:
        hidden = inputs
        for kernel, bias in zip(variables[::2], variables[1::2]):
            hidden = tf.tanh(tf.matmul(hidden, kernel) + bias)
        return tf.reduce_mean(tf.square(hidden - targets))

    if mode == "session":
        v1 = tf.compat.v1
        v1.disable_eager_execution()
        config = v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        variables = [v1.Variable(value) for value in values]
        inputs, targets = (v1.placeholder(tf.float32, z.shape) for z in (x, y))
        step = v1.train.GradientDescentOptimizer(0.01).minimize(loss(variables, inputs, targets))
        session = v1.Session(config=config)
        session.run(v1.global_variables_initializer())
        return lambda: session.run(step, {inputs: x, targets: y})
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    variables = [tf.Variable(value) for value in values]
    constant = tf.constant(x), tf.constant(y)

    def update(inputs: Any, targets: Any) -> None:
        with tf.GradientTape() as tape:
            value = loss(variables, inputs, targets)
        gradients = tape.gradient(value, variables)
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(0.01 * gradient)

    if mode == "function":
        update = tf.function(update)
    return lambda: update(*constant)


def turn(step: Callable[[], None], steps: int) -> tuple[float, float]:
    """Seconds of a step, by the processor's time and by the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    for _ in range(steps):
        step()
    return (
        (time.process_time() - processor) / steps,
        (time.perf_counter() - clock) / steps,
    )


def recorder_of_this_tree() -> Any:
    """The recorder, imported not by way of the package above it, which needs a newer Python."""
    folder = str(Path(__file__).resolve().parent.parent / "migrate_vars")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module("recorder.in_process")


def measure_time(mode: str, model: str, rounds: int) -> dict[str, Any]:
    """Trains by turns with and without the recorder."""
    step, steps = train(mode, model), MODELS[model][2]
    turn(step, steps)
    plain, recorded = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.jsonl")
        for _ in range(rounds):
            plain.append(turn(step, steps))
            with recorder_of_this_tree().recording(str(path), __file__, "benchmark"):
                recorded.append(turn(step, steps))
            size = beyond_samples(path)
    return {"plain": plain, "recorded": recorded, "bytes": size}


def beyond_samples(path: Path) -> float:
    """Bytes of a write in a trajectory file, without values and samples, and without tables."""
    size = writes = 0
    with path.open() as file:
        for line in file:
            record = json.loads(line)
            if isinstance(record, list):
                record[3:] = [entry[:3] for entry in record[3:]]
                size += len(json.dumps(record, separators=(",", ":"))) + 1
                writes += len(record) - 3
    return size / writes


def measure_memory(mode: str, steps: int) -> dict[str, Any]:
    """Resident memory in MiB at each tenth of a recorded run of the toy model."""
    step, found = train(mode, "toy"), []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "run.jsonl"))
        with recorder_of_this_tree().recording(path, __file__, "benchmark"):
            for number in range(steps):
                step()
                if number % (steps // 10) == steps // 10 - 1:
                    found.append(resident())
    return {"resident": found}


def resident() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def child(python: str, *arguments: Any) -> dict[str, Any]:
    """Runs one measurement in a process of its own; one that fails ends the benchmark."""
    command = [python, __file__, "--child", json.dumps(arguments)]
    done = subprocess.run(
        command,
        env=dict(os.environ, **ENVIRONMENT),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return found


def report(python: str, rounds: int, only: str) -> None:
    """Measures one interpreter and prints what came out."""
    code = "import tensorflow; print(tensorflow.__version__)"
    shown = subprocess.run(
        [python, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    version = shown.stdout.decode().split()[-1]
    modes = MODES if version.startswith("2") else MODES[:1]
    for model in ("toy", "large"):
        for mode in modes if only in ("", model) else ():
            found = child(python, "time", mode, model, rounds)
            pairs = list(zip(found["plain"], found["recorded"]))
            texts = []
            for kind, name in enumerate(("processor", "clock")):
                ratio = statistics.median(b[kind] / a[kind] for a, b in pairs)
                more = statistics.median(b[kind] - a[kind] for a, b in pairs) * 1e3
                plain = statistics.median(a[kind] for a, _ in pairs) * 1e3
                texts.append(f"{name}: {plain:.2f} ms a step, {more:+.2f} ms, ratio {ratio:.3f}")
            print(f"{version} {mode:8} {model:5}", "; ".join(texts), end="; ")
            print(f"{found['bytes']:.0f} bytes a write", flush=True)
    for mode in modes if only in ("", "memory") else ():
        found = child(python, "memory", mode, 10_000)
        sizes = " ".join(f"{size:.1f}" for size in found["resident"])
        print(f"{version} {mode:8} memory in MiB after each 1,000 steps: {sizes}", flush=True)


def main() -> None:
    """Prints the figures of each interpreter."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=("toy", "large", "memory"), default="")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", default=[sys.executable])
    arguments = parser.parse_args()
    if arguments.child:
        what, *rest = json.loads(arguments.child)
        print(
            json.dumps(measure_time(*rest) if what == "time" else measure_memory(*rest)), flush=True
        )
        return
    for python in arguments.pythons:
        report(python, arguments.rounds, arguments.only)


if __name__ == "__main__":
    main()
