"""Runs cases under TensorFlow 1.15 and under 2.x, and compares what they gave."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import REPOSITORY

HERE = Path(__file__).parent
RUNNER = HERE / "run_cases.py"
# What rounding makes of a few steps, relative to the largest element; a constant that is 0.1 % off
# shows at many times of it.
RELATIVE, ABSOLUTE = 3e-5, 5e-7
# Made by control flow of the graph, which TensorFlow is free to name.
_NOT_COMPARED = frozenset(["cond_context", "while_context"])

Results = dict[str, dict[str, Any]]


def case_names(file: str) -> list[str]:
    """The names of the cases in a file of ``cases``."""
    lines = (HERE / "cases" / file).read_text("utf-8").splitlines()
    return [line[9:].partition("(")[0] for line in lines if line.startswith("def case_")]


def run_cases(file: str, pythons: list[Path], folder: Path) -> list[Results]:
    """What the cases of a file give under several interpreters, all at once."""
    running = []
    for name, python in enumerate(pythons):
        results = folder / f"{file}.{name}.json"
        command = [python, RUNNER, HERE / "cases" / file, results, REPOSITORY]
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "CASES")}
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append((process, results))
    found = []
    for process, results in running:
        output, _ = process.communicate(timeout=900)
        assert process.returncode == 0, output[-4000:]
        found.append(json.loads(results.read_text("utf-8")))
    return found


def differences(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Every difference of structure or text, and of numbers beyond rounding."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(key for key in now if key not in then)]:
            if key in _NOT_COMPARED:
                continue
            if key not in then or key not in now:
                yield f"{path}.{key}: only {'then' if key in then else 'now'}"
            else:
                yield from differences(then[key], now[key], f"{path}.{key}")
        return
    if isinstance(then, list) and isinstance(now, list):
        arrays = [_array(each) for each in (then, now)]
        if arrays[0] is not None and arrays[1] is not None:
            yield from _numbers(arrays[0], arrays[1], path)
        elif len(then) != len(now):
            yield f"{path}: {then} != {now}"
        else:
            for number, pair in enumerate(zip(then, now, strict=True)):
                yield from differences(*pair, f"{path}[{number}]")
        return
    if _is_number(then) and _is_number(now):
        yield from _numbers(np.array([then]), np.array([now]), path)
    elif then != now:
        yield f"{path}: {then!r} != {now!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _array(value: list[Any]) -> Any:
    try:
        array = np.array(value)
    except ValueError:  # not of one shape
        return None
    return array if array.dtype.kind in "fi" and array.size else None


def _numbers(then: Any, now: Any, path: str) -> Iterator[str]:
    if then.shape != now.shape:
        yield f"{path}: shape {then.shape} != {now.shape}"
        return
    exact = (then == now) | (np.isnan(then) & np.isnan(now))
    finite = np.isfinite(then) & np.isfinite(now)
    if not np.all(exact | finite):
        yield f"{path}: {then.ravel()[:4]} != {now.ravel()[:4]}"
        return
    distance = np.max(np.abs(then - now), where=~exact, initial=0.0)
    size = np.max(np.abs(then), where=finite, initial=0.0)
    if distance > RELATIVE * size + ABSOLUTE:
        yield f"{path}: off by {distance:.3g}, of {size:.3g}"
