"""What came out of verifying: the same for patterns and for scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from migrate_vars.equivalence.judging.checks import ORACLE
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.equivalence.running.rewritten_files import RewrittenFile


@dataclass(frozen=True)
class Verification:
    """What came out of verifying a pattern or a script.

    Attributes:
        name: Of a pattern its name, of a script what was asked for.
        path: The pattern's folder, or the folder that the script's sites are relative to.
        reference: Run of the program that all others are compared with.
        judgements: By name of the check ("TF 1", "repeat", "rewritten", "eager", "function",
            "keras", "new"), in the order of the columns. "TF 1" judges the reference itself
            against the oracle's run of it.
        runs: The runs that were judged, by name of the check.
        notes: What a reader should know besides, in words.
        rewritten: The files that were rewritten for the check of that name.
        outputs: By name of the check, how what the programs print and summarise compares, where
            they train alike.
        compare_output: Whether a difference there counts.
    """

    name: str
    path: Path
    reference: Run
    judgements: Mapping[str, Judgement]
    runs: Mapping[str, Run]
    notes: tuple[str, ...] = ()
    rewritten: tuple[RewrittenFile, ...] = ()
    outputs: Mapping[str, OutputComparison] = field(default_factory=dict)
    compare_output: bool = False

    @property
    def steps(self) -> int:
        """How many steps the reference takes."""
        trajectory = self.reference.trajectory
        return 0 if trajectory is None else trajectory.steps

    def sides(self, name: str) -> tuple[Run, Run]:
        """The two runs that a verdict is about, the one that is taken to be right first."""
        right, checked = self.reference, self.runs[name]
        if name == ORACLE:
            right, checked = checked, right
        return right, right if self.judgements[name].again else checked

    def failed_run(self, name: str) -> Run | None:
        """The run because of which a check's verdict is an error, or None."""
        judgement = self.judgements[name]
        if judgement.verdict is not Verdict.ERROR:
            return None
        failed = [run for run in (self.reference, self.runs[name]) if run.error]
        return next(
            (run for run in failed if judgement.message.startswith(run.program.label)), None
        )

    @property
    def passed(self) -> bool:
        """Whether every program trains like the reference, and gives the same if it has to."""
        return self.trains_alike and not any(map(self.fails_by_output, self.outputs))

    @property
    def trains_alike(self) -> bool:
        """Whether every program trains like the reference."""
        return all(judgement.verdict.passed for judgement in self.judgements.values())

    def fails_by_output(self, name: str) -> bool:
        """Whether a program that trains alike fails because of what it prints or summarises."""
        return self.compare_output and name in self.outputs and not self.outputs[name].same

    @property
    def failed_to_run(self) -> bool:
        """Whether a program could not be run to its end."""
        return any(j.verdict is Verdict.ERROR for j in self.judgements.values())


def compared_versions(results: Sequence[Verification]) -> list[str]:
    """The TensorFlow releases under which runs were compared, the oldest first."""
    found: set[str] = set()
    for result in results:
        for name, judgement in result.judgements.items():
            if judgement.comparison is not None:
                runs = [run.trajectory for run in result.sides(name) if run.trajectory is not None]
                found.update(str(one.header.get("tensorflow", "")) for one in runs)
    return sorted(found - {""}, key=_release)


def _release(version: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", version)]
