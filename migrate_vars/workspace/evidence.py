"""What recorded runs say about files: which receivers of state ops were variables."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_vars.codemod.evidence import Evidence, RecordedCall
from migrate_vars.workspace.configuration import ConfigurationError

if TYPE_CHECKING:  # it needs NumPy, which rewriting otherwise does without
    from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(slots=True)
class _Run:
    """The calls that one run recorded, by the digest of the file; and the digests by its path."""

    name: str
    calls: dict[tuple[str, str], list[RecordedCall]] = field(default_factory=dict)
    digests: dict[str, set[str]] = field(default_factory=dict)


class RecordedEvidence:
    """What some recorded runs saw, file by file."""

    def __init__(
        self, trajectories: Mapping[str, Trajectory], others: RecordedEvidence | None = None
    ) -> None:
        """Takes the runs, by what to call them, and those of other evidence."""
        self._runs: list[_Run] = [] if others is None else list(others._runs)
        for name, trajectory in trajectories.items():
            run = _Run(name)
            for call in trajectory.evidence:
                run.digests.setdefault(call.path, set()).add(call.digest)
                run.calls.setdefault((_name(call.path), call.digest), []).append(
                    RecordedCall(
                        call.function, call.line, call.end, call.instruction, call.receiver
                    )
                )
            self._runs.append(run)

    def of(self, path: str, source: bytes) -> tuple[Evidence, ...]:
        """Return what each run says about a file.

        A run on another machine, or in another copy of the project, counts for files that have the
        same name and the same content.

        Args:
            path: The file.
            source: Its bytes; where they are not those that ran, the evidence is stale.
        """
        real = os.path.realpath(path)
        digest = hashlib.sha256(source).hexdigest()
        return tuple(
            Evidence(
                run.name,
                tuple(run.calls.get((_name(real), digest), ())),
                stale=digest not in run.digests.get(real, {digest}),
            )
            for run in self._runs
        )


def read_evidence(runs: Mapping[str, str]) -> RecordedEvidence:
    """Read trajectory files.

    Args:
        runs: The files by what to call them.

    Raises:
        ConfigurationError: One cannot be read, or is not a trajectory; the message names it.
    """
    try:
        from migrate_vars.trajectory.format import TrajectoryFormatError, read_trajectory
    except ModuleNotFoundError as error:
        message = f"evidence needs {error.name}: pip install {error.name}"
        raise ConfigurationError(message) from error
    try:
        return RecordedEvidence({name: read_trajectory(Path(path)) for name, path in runs.items()})
    except OSError as error:
        message = f"evidence: {error.filename}: {error.strerror or error}"
        raise ConfigurationError(message) from error
    except TrajectoryFormatError as error:
        raise ConfigurationError(f"evidence: {error}") from error


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
