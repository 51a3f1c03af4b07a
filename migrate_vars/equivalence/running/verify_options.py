"""What verifying can be asked for: the same for the command, the library and the pytest plugin."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Literal

from migrate_vars.recorder.policy import EXACT, NATIVE
from migrate_vars.trajectory.mapping import NOTHING_GIVEN, VariableMap

#: How far a program may drift: a bound, "rounding", or None for what is so by default.
AllowedDrift = float | Literal["rounding"] | None

_CHOICES = {
    "policy": (EXACT.name, NATIVE.name),
    "seeds": ("auto", "own", "aligned"),
    "v1_view": ("auto", "always", "never", "both"),
}


@dataclass(frozen=True, kw_only=True)
class VerifyOptions:
    """How to verify.

    Attributes:
        python: Interpreter with TensorFlow 2; by default the one that runs this.
        v1_python: Interpreter for the old programs alone; None for the same one.
        tf1_python: Interpreter with TensorFlow 1.15, the oracle, or None.
        policy: Numerics policy: "exact" makes runs repeatable to the bit, "native" leaves every
            setting to the programs.
        timeout: Seconds after which a program is killed.
        jobs: How many programs run at a time; None: as many as there are processors, but one where
            programs run in the user's folder, as they may write files.
        drift: How far every program may drift, relative to the largest magnitude that a variable
            has had, or "rounding": as far as rounding takes the reference itself. None: other
            releases by rounding, programs of patterns as far as these say, others not at all.
        seeds: When random numbers get the same seeds in all programs: "aligned" always, "own"
            never, "auto" where the programs do not train alike with their own.
        same_start: Whether the other programs start from the reference's initial values.
        replay_feeds: Whether those that diverge are fed the reference's data instead of their own.
        variables: Which variables of a migration are which, and which are not compared.
        v1_view: When ``import tensorflow`` gives a script the names and the behaviour of TensorFlow
            1, under TensorFlow 2: "auto" (where it uses such names), "always", "never", or "both":
            also in its migration.
        compare_output: Whether programs must also print, summarise and fetch the same.
        keep_files: Whether to leave the files that the first run of a script leaves; otherwise, all
            files are put back as they were.
        report: File to which an HTML report is written, or None.

    Raises:
        ValueError: If ``policy``, ``seeds`` or ``v1_view`` is none of these.
    """

    python: str | os.PathLike[str] = sys.executable
    v1_python: str | os.PathLike[str] | None = None
    tf1_python: str | os.PathLike[str] | None = None
    policy: str = EXACT.name
    timeout: float = 300.0
    jobs: int | None = None
    drift: AllowedDrift = None
    seeds: str = "auto"
    same_start: bool = False
    replay_feeds: bool = False
    variables: VariableMap = NOTHING_GIVEN
    v1_view: str = "auto"
    compare_output: bool = False
    keep_files: bool = False
    report: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                listed = ", ".join(map(repr, known[:-1])) + f" or {known[-1]!r}"
                raise ValueError(f"{name} is {value!r} instead of {listed}")
