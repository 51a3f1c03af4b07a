"""What recorded runs say about files: which receivers of state ops were variables."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_vars.codemod.recorded_calls import Evidence, RecordedCall
from migrate_vars.workspace.configuration import ConfigurationError

if TYPE_CHECKING:  # it needs NumPy, which rewriting otherwise does without
    from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(slots=True)
class _Run:
    """The calls of one run by name and digest of the file, and the digests by its path.

    Of a path that is not on this machine, the last folder and the name must do.
    """

    name: str
    calls: dict[tuple[str, str], list[RecordedCall]] = field(default_factory=dict)
    digests: dict[str, set[str]] = field(default_factory=dict)
    elsewhere: dict[str, set[str]] = field(default_factory=dict)

    def is_stale(self, path: str, digest: str) -> bool:
        """Whether a file was another one when it ran."""
        known = self.digests.get(path) or self.elsewhere.get(_end(path, 2))
        return known is not None and digest not in known


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
                run.calls.setdefault((_end(call.path, 1), call.digest), []).append(
                    RecordedCall(
                        call.function, call.line, call.end, call.instruction, call.receiver
                    )
                )
            for path in run.digests:
                if not os.path.lexists(path):
                    run.elsewhere.setdefault(_end(path, 2), set()).update(run.digests[path])
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
                tuple(run.calls.get((_end(real, 1), digest), ())),
                run.is_stale(real, digest),
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
        from migrate_vars.trajectory.reading import TrajectoryFormatError
        from migrate_vars.trajectory.trajectory import Trajectory
    except ModuleNotFoundError as error:
        message = f"evidence needs {error.name}: pip install {error.name}"
        raise ConfigurationError(message) from error
    try:
        return RecordedEvidence({name: Trajectory.load(path) for name, path in runs.items()})
    except OSError as error:
        message = f"evidence: {error.filename}: {error.strerror or error}"
        raise ConfigurationError(message) from error
    except TrajectoryFormatError as error:
        raise ConfigurationError(f"evidence: {error}") from error


def _end(path: str, parts: int) -> str:
    return "/".join(path.replace("\\", "/").split("/")[-parts:])
