"""``tf.layers.batch_normalization`` under TensorFlow 2, against that of 1.15."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program
from tests.recorder.conftest import Record

SCRIPT = Path(__file__).with_name("batch_normalization_cases.py")


def lines(interpreter: Interpreter) -> list[tuple[list[str], list[float]]]:
    run = interpreter.run(Program(SCRIPT, "cases"))
    assert run.error == "", run.output
    found = [line.split() for line in run.output.splitlines() if line.startswith("case ")]
    return [(line[1:3], [float(number) for number in line[3:] if "." in number]) for line in found]


def test_it_computes_what_it_computed(
    interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    now, then = lines(interpreter), lines(tf1_interpreter)
    assert [names for names, _ in now] == [names for names, _ in then]
    assert len(now) == 24 * 9 - 3 * 2 * 2
    for (names, values), (_, expected) in zip(now, then, strict=True):
        assert values == pytest.approx(expected, rel=1e-4, abs=1e-6), names


def test_it_takes_what_it_took(record: Record, tf1_interpreter: Interpreter) -> None:
    script = (
        "import inspect\n"
        "import tensorflow as tf\n"
        "tf.placeholder\n"
        "for each in inspect.signature(tf.layers.batch_normalization).parameters.values():\n"
        "    print('takes', each.name, each.kind, type(each.default).__name__,\n"
        "          each.default if isinstance(each.default, (int, float)) else '')\n"
    )
    now, then = record(script), record(script, python=tf1_interpreter)
    taken = [line for line in now.lines if line.startswith("takes")]
    assert len(taken) == 24
    assert taken == [line for line in then.lines if line.startswith("takes")]


@pytest.mark.parametrize("option", ["renorm=True", "virtual_batch_size=2"])
def test_what_is_not_known_is_said(record: Record, option: str) -> None:
    recorded = record(
        "import tensorflow as tf\n"
        "tf.placeholder\n"
        "try:\n"
        f"    tf.layers.batch_normalization(tf.zeros([2, 3]), {option})\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    name = option.partition("=")[0]
    expected = f"tf.layers.batch_normalization({name}=...) works under TensorFlow 1 only"
    assert recorded.lines[-1] == expected
