"""Results as verifying gives them, made of plain arrays: nothing is run for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from migrate_vars.equivalence.judging.verdicts import Judgement, judge, judge_reference
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.records import Site, State, Variable, Write
from migrate_vars.trajectory.trajectory import Trajectory

HEADER = {
    "program": "p.py",
    "argv": [],
    "functions": "graph",
    "policy": "exact",
    "settings": {"threads": 1},
    "python": "3.11.7",
    "tensorflow": "2.21.0",
    "numpy": "2.4.6",
    "machine": "Linux",
}


def trajectory(values: Mapping[str, Sequence[Any]], **header: Any) -> Trajectory:
    """A trajectory of variables that take these values, the first of which are the initial ones.

    Line 1 of the program writes in step 1, line 2 in step 2, and so on.
    """
    made = Trajectory({**HEADER, **header}, status="finished")
    last: dict[str, str] = {}

    def digest(name: str, value: Any) -> str:
        array = np.asarray(value)
        found = hashlib.blake2b(repr(array.shape).encode() + array.tobytes()).hexdigest()
        made.values[name, found] = array
        return found

    for name, series in values.items():
        first = np.asarray(series[0])
        made.variables[name] = Variable(name, first.dtype.name, first.shape)
        made.initial[name] = last[name] = digest(name, first)
    for step in range(1, max(map(len, values.values()), default=1)):
        writes = {
            name: Write(1, digest(name, series[step]))
            for name, series in values.items()
            if step < len(series)
        }
        made.states.append(State(step, Site("p.py", step), writes))
    return made


def run(label: str, recorded: Trajectory | None, error: str = "", output: str = "") -> Run:
    """A run of a program that is called ``label``."""
    script = Path("folder", "p.py")
    return Run(Program(script, label, source=b"# line\n" * 40), recorded, error, output, 0.5)


def result(
    name: str,
    reference: Run,
    others: Mapping[str, Run],
    bounds: Mapping[str, float] | None = None,
    notes: tuple[str, ...] = (),
) -> Verification:
    """What verifying makes of runs that are named like links."""
    folder = Path("folder")
    judgements: dict[str, Judgement] = {}
    for link, other in others.items():
        bound = (bounds or {}).get(link)
        sides = (other, reference) if link == "TF 1" else (reference, other)
        judgements[link] = judge_reference(reference) or judge(*sides, bound)
    return Verification(name, folder, reference, judgements, dict(others), notes)
