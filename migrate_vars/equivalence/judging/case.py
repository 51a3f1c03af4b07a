"""A reference, the runs that are compared with it, and what has been found of them so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from migrate_vars.equivalence.judging.checks import ORACLE, REPEAT, Check
from migrate_vars.equivalence.judging.race_excuses import excuse
from migrate_vars.equivalence.judging.sensitivity import Sensitivity, Sides
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge_reference
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.equivalence.running.verify_options import VerifyOptions


@dataclass(frozen=True)
class Case:
    """One verification on its way to a verdict; each step gives a new one.

    Attributes:
        reference: The run that all others are compared with.
        checks: The comparisons.
        runs: The other runs, by name of the check.
        options: What is asked for.
        sensitivity: Knows what rounding makes of the reference.
        judgements: What came out so far, by name of the check, the oracle's first.
        notes: What a reader should know besides, in words.
    """

    reference: Run
    checks: tuple[Check, ...]
    runs: Mapping[str, Run]
    options: VerifyOptions
    sensitivity: Sensitivity
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        reference: Run,
        checks: Sequence[Check],
        runs: Mapping[str, Run],
        options: VerifyOptions,
        notes: Sequence[str] = (),
    ) -> Case:
        """A case before anything has been judged.

        Args:
            reference: The run that all others are compared with.
            checks: The comparisons.
            runs: The other runs, by name of the check.
            options: What is asked for.
            notes: What a reader should know besides, in words.
        """
        sensitivity = Sensitivity(reference)
        return cls(reference, tuple(checks), runs, options, sensitivity, notes=tuple(notes))

    def sides(self, name: str) -> tuple[Run, Run]:
        """The two runs of a check, the one that is taken to be right first."""
        pair = self.reference, self.runs[name]
        return pair[::-1] if name == ORACLE else pair

    def rounding_sides(self, name: str) -> Sides:
        """The two runs of a check that has been judged, to compare with what rounding makes."""
        comparison = self.judgements[name].comparison
        assert comparison is not None
        return Sides(self.runs[name], comparison.mapping, name == ORACLE)

    def with_run(self, check: Check, run: Run) -> Case:
        """The case with one more check, or with another run for one, which is judged."""
        checks = self.checks if check in self.checks else (*self.checks, check)
        case = replace(self, checks=checks, runs={**self.runs, check.name: run})
        return case.judged([check.name])

    def with_judgement(self, name: str, judgement: Judgement, *notes: str) -> Case:
        """The case with another judgement for a check, and with further notes."""
        judgements = {**self.judgements, name: judgement}
        return replace(self, judgements=judgements, notes=(*self.notes, *notes))

    def with_notes(self, *notes: str) -> Case:
        """The case with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def judged(self, names: Collection[str] | None = None) -> Case:
        """The case with some checks, or all, judged by the runs alone.

        Args:
            names: The names of the checks.

        Raises:
            MappingError: If a check's variables do not fit the programs.
        """
        chosen = [check for check in self.checks if names is None or check.name in names]
        case = replace(self, judgements={}) if names is None else self
        unusable = judge_reference(self.reference)
        for check in sorted(chosen, key=lambda check: check.name != ORACLE):
            right, checked = self.sides(check.name)
            found = judge_reference(right) or unusable or check.judge(right, checked)
            if not check.judges_rounding:  # what races excuse is seen only when rounding has been
                found = excuse(right, checked, found)
            if check.name == REPEAT and found.verdict is Verdict.DIVERGED:
                found = undefined(self.reference, found)
            case = case.with_judgement(check.name, found)
        return case


def undefined(reference: Run, again: Judgement) -> Judgement:
    """A judgement on a reference that does not repeat.

    Args:
        reference: The reference.
        again: What came out of comparing it with another run of it.
    """
    message = f"{reference.program.label} is nondeterministic: {again.message}"
    return Judgement(Verdict.UNDEFINED, message, again.comparison, again.divergence)
