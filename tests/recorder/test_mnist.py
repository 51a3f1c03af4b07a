"""The tutorials' MNIST reader, held to that of TensorFlow 1.15."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run

READS = """
from tensorflow.examples.tutorials.mnist import input_data
import hashlib, sys
import numpy as np
import tensorflow as tf
tf.placeholder

def show(data):
    for part in data:
        print(part.num_examples, end=" ")
        for size, shuffle in ((3, True), (4, True), (5, True), (20, False)):
            for array in part.next_batch(size, shuffle=shuffle):
                array = np.asarray(array)
                text = hashlib.md5(np.ascontiguousarray(array).tobytes()).hexdigest()[:8]
                print(array.shape, array.dtype, text, end=" ")
        print(part.epochs_completed)

folder = sys.argv[1]
show(input_data.read_data_sets(folder, one_hot=True, validation_size=6, seed=4))
raw = input_data.read_data_sets(folder, dtype=tf.uint8, reshape=False, validation_size=0, seed=5)
show(raw[:1])
fake = input_data.read_data_sets("nowhere", fake_data=True, one_hot=True).train
print(fake.num_examples, fake.next_batch(2, True))
try:
    input_data.read_data_sets(folder, validation_size=99)
except ValueError as error:
    print("ValueError")
"""


def write(folder: Path) -> None:
    random = np.random.RandomState(0)
    for name, number in (("train", 21), ("t10k", 7)):
        header = np.array([2051, number, 28, 28], ">u4").tobytes()
        images = random.bytes(number * 784)
        with gzip.open(folder / f"{name}-images-idx3-ubyte.gz", "wb") as file:
            file.write(header + images)
        labels = (np.arange(number, dtype=np.uint8) % 10).tobytes()
        with gzip.open(folder / f"{name}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(np.array([2049, number], ">u4").tobytes() + labels)


def run(folder: Path, text: str, interpreter: Interpreter) -> Run:
    script = folder / "reads.py"
    script.write_text(text)
    return interpreter.run(Program(script, "reads.py", argv=(str(folder),), v1_view="auto"))


def test_batches_are_those_of_tensorflow_1(
    tmp_path: Path, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    write(tmp_path)
    found = run(tmp_path, READS, interpreter)
    assert found.error == "", found.output
    expected = run(tmp_path, READS, tf1_interpreter)
    assert expected.error == "", expected.output
    ours, theirs = (
        [line for line in each.output.splitlines() if line[:1].isdigit() or "Error" in line]
        for each in (found, expected)
    )
    assert len(ours) == 6
    assert ours == theirs


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-labels-idx1-ubyte.gz", None, "nothing is downloaded"),
        ("t10k-images-idx3-ubyte.gz", bytes(16), "begins with 0 instead of 2051"),
    ],
)
def test_what_is_missing_or_something_else_is_told(
    tmp_path: Path, interpreter: Interpreter, name: str, content: bytes | None, message: str
) -> None:
    write(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(gzip.compress(content))
    error = run(tmp_path, READS, interpreter).error
    assert message in error
    assert name in error
    assert error.startswith("reads.py:19: ")
