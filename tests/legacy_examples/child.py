"""Runs a pattern's script as it is, cut to 0, 1, 2, ... steps, and prints what it trained.

Started in a process of its own, because a session script turns TensorFlow 2's behaviour off.

    child.py session|eager|function NAME SCRIPT [NAME SCRIPT ...]

prints one JSON object, {NAME: [{variable: value, ...} after 0 steps, after 1 step, ...]}.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import tensorflow as tf

LENGTH = re.compile(r"^(?P<name>STEPS|EPOCHS) = (?P<count>\d+)$", re.MULTILINE)
VALUE = re.compile(r"(?P<name>\w+) = (?P<value>\S+)$")


def run(source: str, script: str) -> tuple[dict[str, Any], str]:
    """Run a script's source and give back its globals and what it printed."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, script, "exec"), namespace)
    return namespace, printed.getvalue()


def printed_values(text: str) -> dict[str, float]:
    """Give the values of the last line that has one; a float32 is printed so that it reads back."""
    found = [match for line in text.splitlines() if (match := VALUE.search(line))]
    return {found[-1]["name"]: float(found[-1]["value"])} if found else {}


def states(mode: str, script: str) -> list[dict[str, float]]:
    """Give the state at the end of the script when it trains for 0, 1, 2, ... steps."""
    source = Path(script).read_text(encoding="utf-8")
    length = LENGTH.search(source)
    assert length, f"{script} does not say how many steps it takes"
    result = []
    for count in range(int(length["count"]) + 1):
        shortened = LENGTH.sub(f"{length['name']} = {count}", source)
        if mode == "session":
            tf.compat.v1.reset_default_graph()
        namespace, printed = run(shortened, script)
        if mode == "session":
            result.append(printed_values(printed))
        else:
            variables = [value for value in namespace.values() if isinstance(value, tf.Variable)]
            result.append({each.name.partition(":")[0]: float(each.numpy()) for each in variables})
    return result


def main(arguments: list[str]) -> None:
    """Run the scripts and print their states."""
    mode, *rest = arguments
    if mode == "eager":
        tf.config.run_functions_eagerly(True)
    named = zip(rest[::2], rest[1::2], strict=True)
    print(json.dumps({name: states(mode, script) for name, script in named}))


if __name__ == "__main__":
    main(sys.argv[1:])
