"""The step from which on a variable is all NaN and infinities."""

from __future__ import annotations

import numpy as np

from migrate_vars.trajectory.trajectory import Trajectory


def not_finite_since(trajectory: Trajectory, name: str) -> int | None:
    """The step from which on no element of a variable is finite.

    Args:
        trajectory: The trajectory.
        name: A variable that is written.

    Returns:
        The step; None if its last value has a finite element, or is not known.
    """
    since = None
    for state in reversed(trajectory.states):
        write = state.writes.get(name)
        if write is None:
            continue
        known = _has_finite(trajectory, name, write.digest)
        if known or (known is None and since is None):
            break
        since = state.step
    return since


def _has_finite(trajectory: Trajectory, name: str, digest: str) -> bool | None:
    """Whether a value has a finite element; None if unknown."""
    summary = trajectory.summary(name, digest)
    if summary is None:
        return None
    if summary.samples.dtype.kind in "OSU" or np.isfinite(summary.samples).any():
        return True
    value = trajectory.value(name, digest)
    if value is not None:
        return bool(np.isfinite(value).any())
    return summary.statistics is not None and summary.statistics.n_not_finite < value_size(
        summary.shape
    )


def value_size(shape: tuple[int, ...]) -> int:
    """The number of elements of a value."""
    return int(np.prod(shape, dtype=np.int64))
