"""Looks up every name of TensorFlow 1.15 in the table, and imports what serves for it.

``python check_facts.py NAMES RESULT ROOT`` writes what is wrong, one line for each name.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

# These need packages that are not part of what is tested.
_MISSING = "needs the package"


def main(names: str, result: str, root: str) -> None:
    """Looks at all names."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.path.insert(0, root)
    import tensorflow.compat.v1 as tf

    from migrate_vars.compat.facts import FACTS, fact_of, served

    tf.disable_v2_behavior()
    wrong = []
    for line in Path(names).read_text("utf-8").splitlines():
        module, _, members = line.partition(":")
        for member in members.split():
            name = f"{module}.{member}" if module else member
            serves = served(name)
            if serves is not None:
                problem = _problem(serves)
            else:
                fact = fact_of(name)
                problem = "" if fact is not None and fact.by_hand else "nothing is said of it"
            if problem:
                wrong.append(f"{name}: {serves}: {problem}")
    for symbol, fact in FACTS.items():
        problem = _problem(fact.serves) if fact.serves else ""
        if problem:
            wrong.append(f"row {symbol}: {fact.serves}: {problem}")
    Path(result).write_text("\n".join(wrong), "utf-8")


def _problem(name: str) -> str:
    """Why a name cannot be had; "" if it can."""
    try:
        _find(name)
    except (AttributeError, ImportError) as error:
        return "" if _MISSING in str(error) else str(error)
    return ""


def _find(name: str) -> Any:
    """What a dotted name gives, as a program gets it."""
    v1 = "tensorflow.compat.v1"
    base = v1 if f"{name}.".startswith(f"{v1}.") else _module(name)
    # Importing a module of its API makes it anew, without what was put into it.
    found = importlib.import_module(base)
    for part in filter(None, name[len(base) + 1 :].split(".")):
        found = getattr(found, part)
    return found


def _module(name: str) -> str:
    """The longest beginning of a dotted name that is a module."""
    while "." in name:
        try:
            if importlib.util.find_spec(name) is not None:
                return name
        except ModuleNotFoundError:
            pass
        name = name.rpartition(".")[0]
    return name


if __name__ == "__main__":
    main(*sys.argv[1:])
