"""Runs a program with the data that its reference was fed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.feed_differences import pair_feeds
from migrate_vars.trajectory.records import FedCall


class ReplayError(Exception):
    """Data that cannot be replayed; the message says why."""


def replay(reference: Run, other: Run) -> Run:
    """Runs a program again, and feeds it what the reference was fed; see :func:`fed_like`."""
    with fed_like(reference, other) as fed:
        run = fed.again()
    return replace(run, program=other.program)


@contextmanager
def fed_like(reference: Run, other: Run) -> Iterator[Run]:
    """Gives a run whose program, run again, is fed what the reference was fed.

    The n-th call of the one that trains and is fed something is taken for the n-th of the other.
    Within a call, values belong together by dtype, shape and name, or by dtype and shape alone
    where no third value could be meant.

    Args:
        reference: Run of the program whose data are used; it is run again to get at them.
        other: A run of the program that is to be fed them.

    Yields:
        ``other`` with that program; the data are there until it is given back.

    Raises:
        ReplayError: If it is not clear which value belongs where.
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    ours = reference.trajectory.feeds if reference.trajectory is not None else []
    theirs = other.trajectory.feeds if other.trajectory is not None else []
    for run, calls in ((reference, ours), (other, theirs)):
        if not calls:
            raise ReplayError(
                f"no feed_dict, function or dataset shows which data {run.program.label} is fed"
            )
    if len(ours) != len(theirs):
        raise ReplayError(
            f"{reference.program.label} trains with {len(ours)} calls that are fed data, "
            f"{other.program.label} with {len(theirs)}"
        )
    names = [_names(mine, found) for mine, found in zip(ours, theirs, strict=True)]
    with tempfile.TemporaryDirectory(prefix="migrate-vars-") as folder:
        kept, plan = Path(folder, "kept.jsonl"), Path(folder, "replay.jsonl")
        again = reference.again(keep_feeds=kept)
        if again.error or again.trajectory is None or again.trajectory.feeds != ours:
            raise ReplayError(f"{reference.program.label} is fed different data in a second run")
        with plan.open("w", encoding="utf-8") as file:
            values = _values(kept)
            for found, counterpart, fed in zip(theirs, names, values, strict=True):
                new = {name: fed[mine] for name, mine in counterpart.items()}
                file.write(json.dumps({"call": found.call, "values": new}) + "\n")
        yield replace(other, program=replace(other.program, replay_feeds=plan))


def _names(reference: FedCall, other: FedCall) -> dict[str, str]:
    """What the reference calls each value that the other program is fed."""
    pairs = {found.name: mine.name for mine, found in pair_feeds(reference.values, other.values)}
    for fed in other.values:
        if fed.name not in pairs:
            known = ", ".join(repr(mine.name) for mine in reference.values)
            raise ReplayError(f"cannot tell which of {known} is {fed.name!r}")
    return pairs


def _values(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["values"]
