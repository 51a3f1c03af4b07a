"""What to try before a divergence is reported, and whose random numbers programs draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from migrate_vars.equivalence.judging.random_draws import find_streams
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program
from migrate_vars.trajectory.records import RandomOp


@dataclass(frozen=True)
class Settings:
    """How closely to look.

    Attributes:
        seeds: When random numbers get the same seeds in all programs: "aligned" always, "own"
            never, "auto" where the programs do not train alike with their own.
        same_start: Whether the other programs start from the reference's initial values.
        replay_feeds: Whether those that diverge are fed the reference's data instead of their own.
        streams: With "aligned", the random ops whose numbers all programs draw; None: its own each.
        training_draws: With "aligned", whether they draw by how often they have trained; see
            ``recorder/training_draws.py``.
        compare_output: Whether programs must also print and summarise what the reference does.
    """

    seeds: str = "auto"
    same_start: bool = False
    replay_feeds: bool = False
    streams: tuple[RandomOp, ...] | None = None
    training_draws: bool = False
    compare_output: bool = False

    def __post_init__(self) -> None:
        if self.seeds not in ("auto", "own", "aligned"):
            raise ValueError(f"seeds is {self.seeds!r} instead of 'auto', 'own' or 'aligned'")

    def prepare(self, program: Program) -> Program:
        """The program, as it is to run first."""
        if self.seeds != "aligned":
            return program
        return replace(
            program,
            align_seeds=True,
            streams=self.streams,
            training_draws=self.training_draws,
        )

    def with_streams(self, program: Program, interpreters: Sequence[Interpreter]) -> Settings:
        """The settings, with the random numbers that all programs are to draw.

        Args:
            program: The program whose numbers those are.
            interpreters: Where it may run, the one whose numbers count most first.
        """
        run = find_streams(program, interpreters)
        if run is None or run.trajectory is None:
            return replace(self, seeds="aligned")
        return replace(self, seeds="aligned", streams=tuple(run.trajectory.random))
