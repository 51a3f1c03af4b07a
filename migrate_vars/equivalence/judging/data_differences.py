"""Whether other data can come from rounding.

Data that differ by a few ULP are rounded otherwise: another NumPy has computed them. All others can
come from rounding only where the program derives them from what it has trained, as an agent does
whose next action depends on its network. That is tried: the program is run with other rounding, and
with values moved by a hundredth, to see whether its data change with them.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from migrate_vars.equivalence.judging.sensitivity import RUNS, Sensitivity, Sides
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.decoding import decode_array
from migrate_vars.trajectory.feed_differences import FeedDifference, feed_differences
from migrate_vars.trajectory.records import Array, FedCall
from migrate_vars.trajectory.rounding import subtract, units
from migrate_vars.trajectory.trajectory import Trajectory

# Differences of up to this many ULP of an array's largest element are rounding.
_ULP = 16
# The number of calls with different data that are looked at.
_CALLS = 40
# Rounding may show in the data earlier or later by chance: up to this many times as late.
_LATER = (1, 2, 4, 8, 16, 32)
# Differences in the data of up to this multiple of the effect of rounding may follow from it.
_MUCH = 30.0


@dataclass(frozen=True)
class Data:
    """What is known of the data that two programs are fed.

    Attributes:
        wrong: The first that differ, and not by rounding; None if there are none.
        follows: Whether these follow from what the program computes, so that rounding can be why.
        undecided: Why that cannot be said; "" otherwise.
        rounded: How far other data differ, in ULP of the largest element; 0 if they do not.
    """

    wrong: FeedDifference | None = None
    follows: bool = False
    undecided: str = ""
    rounded: float = 0.0


def look_at_data(sensitivity: Sensitivity, sides: Sides, first: int) -> Data:
    """Looks where the data of two runs differ, and whether rounding can be why.

    Args:
        sensitivity: Knows the reference.
        sides: The runs.
        first: The first step at which a variable differs.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    right, checked = sides.order(sensitivity.reference, sides.other)
    assert right.trajectory is not None
    assert checked.trajectory is not None
    found = list(feed_differences(right.trajectory, checked.trajectory))
    if not found:
        return Data()
    wrong, rounded = _first_wrong(found, (right, checked))
    if wrong is None:
        return Data(rounded=rounded)
    if _follows(wrong, sensitivity, sides, wrong.step <= first):
        return Data(wrong, follows=True, rounded=rounded)
    if wrong.step <= first:
        return Data(wrong, rounded=rounded)
    name = wrong.other if sides.swapped else wrong.reference
    reference, strong = sensitivity.reference.trajectory, sensitivity.strong()
    assert reference is not None
    if strong is not None and not _depends(reference, strong, name):
        return Data(wrong, rounded=rounded)
    return Data(
        wrong,
        undecided=f"{wrong}; they depend on trained values, but perturbed rounding does not "
        "make them differ as much by then",
        rounded=rounded,
    )


def _follows(wrong: FeedDifference, sensitivity: Sensitivity, sides: Sides, at_once: bool) -> bool:
    """Whether perturbed rounding makes the data differ as much, then or not much later.

    Args:
        wrong: The data.
        sensitivity: Knows the reference.
        sides: The runs.
        at_once: Whether that must be so in the very call.
    """
    reference = sensitivity.reference
    assert reference.trajectory is not None
    # Whether swapped or not: swapping twice changes nothing.
    own, theirs = sides.order(*wrong.calls)
    name, other_name = sides.order(wrong.reference, wrong.other)
    if not any(_depends(reference.trajectory, run, name) for run in sensitivity.trajectories()):
        return False
    last = len(reference.trajectory.feeds) - 1
    calls = {own} if at_once else {min((own + 1) * times - 1, last) for times in _LATER}
    plain = _fed_values(reference, [own, *calls])
    found = _fed_values(sides.other, [theirs])
    apart = _apart(plain.get(own, {}).get(name), found.get(theirs, {}).get(other_name))
    for seed in range(1, RUNS + 1):
        values = _fed_values(reference, [*calls], perturb=seed)
        for call in calls:
            made = _apart(plain.get(call, {}).get(name), values.get(call, {}).get(name))
            if made and apart <= _MUCH * made:
                return True
    return False


def _apart(value: Array | None, other: Array | None) -> float:
    """The largest difference of two fed values; infinite if there is no number for it."""
    if value is None or other is None:
        return math.inf
    return float(np.abs(subtract(other, value)).max())


def _first_wrong(
    found: Sequence[FeedDifference], runs: tuple[Run, Run]
) -> tuple[FeedDifference | None, float]:
    """The first difference that is too large for rounding, and the largest that is not."""
    plain = next((each for each in found if not _may_be_rounded(each, runs)), None)
    if plain is found[0]:
        return plain, 0.0
    doubtful = [each for each in found if plain is None or each.calls < plain.calls]
    if len(doubtful) > _CALLS:
        chosen = {*range(_CALLS // 2), *np.geomspace(1, len(doubtful) - 1, _CALLS // 2).astype(int)}
        doubtful = [doubtful[i] for i in sorted(chosen)]
    values = [
        _fed_values(run, [each.calls[side] for each in doubtful]) for side, run in enumerate(runs)
    ]
    largest = 0.0
    for each in doubtful:
        ours = values[0].get(each.calls[0], {}).get(each.reference)
        theirs = values[1].get(each.calls[1], {}).get(each.other)
        if ours is None or theirs is None or ours.size == 0:
            return each, largest  # fed other data when it runs again
        unit = units(np.abs(ours).max()).max()
        difference = float(np.abs(subtract(theirs, ours)).max())
        if not difference <= _ULP * unit:
            return each, largest
        largest = max(largest, difference / unit if unit else 0.0)
    return plain, largest


def _may_be_rounded(difference: FeedDifference, runs: tuple[Run, Run]) -> bool:
    kinds = []
    names = difference.reference, difference.other
    for run, call, name in zip(runs, difference.calls, names, strict=True):
        assert run.trajectory is not None
        fed = next(fed for fed in run.trajectory.feeds[call].values if fed.name == name)
        kinds.append((fed.dtype, fed.shape))
    return kinds[0] == kinds[1] and kinds[0][0] in ("float16", "bfloat16", "float32", "float64")


def _fed_values(
    run: Run, calls: Sequence[int], perturb: int = 0
) -> dict[int, dict[str, Array | None]]:
    """What some calls of a program are fed, from another run of it."""
    wanted = sorted(set(calls))
    with tempfile.TemporaryDirectory(prefix="migrate-vars-") as folder:
        kept = Path(folder, "kept.jsonl")
        run.again(keep_feeds=kept, keep_fed=tuple(wanted), perturb=perturb)
        lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    return {
        call: {
            name: decode_array(data, dtype, tuple(shape))
            for name, (dtype, shape, data) in json.loads(line)["values"].items()
        }
        for call, line in zip(wanted, lines, strict=False)
    }


def _digests(call: FedCall, name: str) -> set[str]:
    return {fed.digest for fed in call.values if fed.name == name}


def _depends(reference: Trajectory, run: Trajectory, name: str) -> bool:
    """Whether another run of a program is fed something else under a name."""
    calls = zip_longest(reference.feeds, run.feeds)
    return any(
        mine is None or other is None or _digests(mine, name) != _digests(other, name)
        for mine, other in calls
    )
