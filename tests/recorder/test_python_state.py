"""What Python functions share that may change between two calls, and what they only read."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from migrate_vars.recorder.python_state import state_of

DATA = [1.0, 2.0]
COUNTS = {"calls": 0}
TOTAL = 0


def writes_a_global() -> float:
    global TOTAL
    TOTAL += 1
    return TOTAL


def writes_an_item() -> None:
    COUNTS["calls"] += 1


def calls_one_that_writes() -> None:
    writes_an_item()


def reads_data() -> float:
    return DATA[0] + len(DATA)


def draws() -> float:
    return float(np.random.rand())


def draws_with_python() -> float:
    return random.random()


def draws_its_own() -> float:
    return float(np.random.RandomState(3).rand())


def computes(x: float) -> Any:
    return np.square(x) + TOTAL * 0


class Environment:
    """Has a state, as environments of agents do."""

    def __init__(self) -> None:
        self.place = 0

    def step(self, action: int) -> int:
        """Moves."""
        self.place += action
        return self.place

    def __call__(self, action: int) -> int:
        """Moves, too."""
        return self.step(action)


def closure(kind: str) -> Callable[..., Any]:
    numbers, total, environment = iter(range(9)), 0, Environment()
    generator, data = np.random.RandomState(3), np.ones(3)

    def rebinds() -> int:
        nonlocal total
        total += 1
        return total

    def changes_data() -> None:
        data[0] = 3.0

    functions: dict[str, Callable[..., Any]] = {
        "next": lambda: next(numbers),
        "rebinds": rebinds,
        "generator": lambda: generator.rand(),
        "environment": lambda action: environment.step(action),
        "changes": changes_data,
        "reads": lambda: data[1] * 2.0,
        "number": lambda: total + 1,
    }
    return functions[kind]


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (writes_a_global, {"TOTAL"}),
        (writes_an_item, {"COUNTS"}),
        (calls_one_that_writes, {"COUNTS"}),
        (draws, {"np.random"}),
        (draws_with_python, {"random"}),
        (Environment().step, {"Environment"}),
        (Environment(), {"Environment"}),
        (functools.partial(Environment().step, 1), {"Environment"}),
        (closure("next"), {"numbers"}),
        (closure("rebinds"), {"total"}),
        (closure("generator"), {"generator"}),
        (closure("environment"), {"environment"}),
        (closure("changes"), {"data"}),
        (reads_data, set()),
        (draws_its_own, set()),
        (computes, set()),
        (closure("reads"), set()),
        (closure("number"), set()),
        (np.square, set()),
        (abs, set()),
        (str, set()),
        (lambda x: x + 1, set()),
        (None, set()),
    ],
)
def test_what_may_change(function: Any, names: set[str]) -> None:
    assert set(state_of(function).values()) == names


def test_two_functions_share_what_is_one_object() -> None:
    one, other = Environment(), Environment()
    assert state_of(one.step).keys() & state_of(one).keys()
    assert not state_of(one.step).keys() & state_of(other.step).keys()
    assert not state_of(closure("next")).keys() & state_of(closure("next")).keys()
    assert state_of(writes_an_item).keys() == state_of(calls_one_that_writes).keys()
    assert not state_of(writes_an_item).keys() & state_of(draws).keys()
