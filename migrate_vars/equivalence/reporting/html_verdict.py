"""One verdict in the HTML report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from migrate_vars.equivalence.judging.checks import ORACLE
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.reporting.description import facts, place_of
from migrate_vars.equivalence.reporting.excerpt import Excerpt, excerpt
from migrate_vars.equivalence.reporting.html_variables import (
    VariableTable,
    furthest,
    relative,
    table,
)
from migrate_vars.equivalence.reporting.plot import Line, Plot, draw
from migrate_vars.equivalence.reporting.side_by_side import SideBySide
from migrate_vars.equivalence.running.failures import describe_failure
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.records import Site
from migrate_vars.trajectory.series import StepEnds
from migrate_vars.trajectory.wording import counted

#: The number of variables that are plotted; the page states how many more there are.
DRAWN = 6
_MARKS = {
    Verdict.IDENTICAL: "✓",
    Verdict.ROUNDING: "≈",
    Verdict.DRIFT: "≈",
    Verdict.DIVERGED: "✗",
    Verdict.UNDEFINED: "?",
    Verdict.VACUOUS: "∅",
    Verdict.ERROR: "!",
}


class VerdictView:
    """One verdict of a result."""

    def __init__(
        self, identity: str, name: str, result: Verification, ends: Mapping[str, StepEnds]
    ) -> None:
        self.id = identity
        self.name = name
        self.judgement = judgement = result.judgements[name]
        self._result = result
        self.passed = judgement.verdict.passed
        verdict = judgement.verdict
        if verdict is Verdict.DRIFT and judgement.drift is not None and not judgement.drift.scaled:
            verdict = Verdict.IDENTICAL
        self.word = verdict.value
        self.kind = verdict.value.lower()
        self.mark = _MARKS.get(verdict, "≈" if verdict.passed else "✗")
        # The oracle judges the reference itself.
        self.backwards = name == ORACLE
        sides = ["reference", "reference" if judgement.again else name]
        if self.backwards:
            sides.reverse()
        runs = {"reference": result.reference, **result.runs}
        self.runs = runs[sides[0]], runs[sides[1]]
        self.labels = self.runs[0].program.label, self.runs[1].program.label
        if judgement.again:
            self.labels = self.labels[0], f"{self.labels[0]} (run again)"
        self._ends = ends.get(sides[0]), ends.get(sides[1])

    @cached_property
    def sides(self) -> SideBySide | None:
        """Both runs, step by step; None if nothing was compared, or not these two."""
        ours, theirs = self._ends
        comparison = self.judgement.comparison
        if comparison is None or ours is None or theirs is None or self.judgement.again:
            return None
        return SideBySide(comparison, ours, theirs, self._named_step)

    @property
    def _named_step(self) -> int | None:
        """The step that the verdict speaks of."""
        divergence, drift = self.judgement.divergence, self.judgement.drift
        if divergence is not None:
            return divergence.step
        return drift.step if drift is not None and drift.scaled else None

    @property
    def at(self) -> int | None:
        """The step that a reader wants to see, of those that both programs have."""
        if self.sides is None:
            return None
        told = self.sides.first_step if self._named_step is None else self._named_step
        return None if told is None else min(told, self.sides.common_steps)

    @property
    def what_is_there(self) -> str:
        """What is at that step."""
        divergence = self.judgement.divergence
        if divergence is None:
            return "the first difference" if self._named_step is None else "the largest difference"
        if self.sides is not None and divergence.step > self.sides.common_steps:
            return "the last step that both have"
        over = self.judgement.bound is not None and self.judgement.drift is not None
        return "the first difference above the bound" if over else "the first difference"

    @property
    def remarks(self) -> list[str]:
        """What else a reader of the verdict should know, whether it passes or not."""
        notes = [f"Note: {note}" for note in self.judgement.notes]
        return notes + [f"Try: {hint}" for hint in self.judgement.hints]

    @property
    def failure(self) -> list[str]:
        """What a program failed with: the user's own lines, and what may help."""
        failed = self._result.failed_run(self.name)
        if failed is None or failed.failure is None:
            return []
        return [line.strip() for line in describe_failure(failed.failure)]

    @property
    def steps(self) -> int:
        """How many steps the run has that is taken to be right."""
        trajectory = self.runs[0].trajectory
        return 0 if trajectory is None else trajectory.steps

    @property
    def step(self) -> int | None:
        """The step of the first difference."""
        if self.judgement.divergence is not None:
            return self.judgement.divergence.step
        return None if self.sides is None else self.sides.first_step

    @property
    def other(self) -> str:
        """What to call the program that is compared with the reference."""
        return self._result.runs[self.name].program.label

    @property
    def conclusion(self) -> str:
        """A verdict that does not pass, for readers who did not run it."""
        verdict, divergence = self.judgement.verdict, self.judgement.divergence
        if verdict is Verdict.DIVERGED and divergence is not None:
            what = "" if divergence.variable is None else f", first in {divergence.variable}"
            place = place_of(divergence, self.steps)
            return (
                f"The answer is no: {self.other} differs {place}{what}. The values, and the lines "
                "that wrote them, are shown below."
            )
        if verdict is Verdict.ERROR:
            return "There is no answer, because a program failed; its lines are shown below."
        return f"There is no answer: {self.judgement.message}."

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        judgement, drift = self.judgement, self.judgement.drift
        n = len(judgement.comparison.mapping.pairs) if judgement.comparison else 0
        basis = judgement.basis
        of = (
            f"{counted(n, 'variable')} after each of {counted(self.steps, 'step')}"
            if basis is None or basis.is_whole
            else f"{counted(n, 'variable')} in {basis}"
        )
        if judgement.verdict is Verdict.IDENTICAL:
            return f"every bit of {of} is the same"
        if judgement.verdict is Verdict.DRIFT and drift is not None:
            if not drift.scaled:
                return f"every bit of {of} is the same (a drift of {judgement.bound:g} is allowed)"
            adds_up = judgement.bound is not None and drift.scaled > judgement.bound
            return (
                f"{of} are the same up to {drift.scaled:.2g} of the largest magnitude that the "
                f"variable has had, where {judgement.bound:g} is allowed"
                + (
                    ", accumulated over the steps: no single step differs that much"
                    if adds_up
                    else ""
                )
                + f"; the largest difference is in {drift.variable} at step {drift.step}"
            )
        if judgement.verdict is Verdict.ROUNDING:
            return f"{of} differ by rounding: {judgement.rounding}"
        divergence = judgement.divergence
        if divergence is None:
            return judgement.message
        where = "" if divergence.variable is None else f" in {divergence.variable}"
        return f"{place_of(divergence, self.steps)}{where}: {judgement.message}"

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """What differs: rows of a name, what it is, and the line that wrote it or ""."""
        divergence = self.judgement.divergence
        if divergence is None:
            return []
        found = facts(divergence, *self.labels)
        steps = [run.trajectory.steps for run in self.runs if run.trajectory is not None]
        if len(set(steps)) > 1:
            ours, theirs = self.labels
            found.append(("steps", f"{steps[0]:,} of {ours}, {steps[1]:,} of {theirs}", ""))
        return found

    @property
    def wrong_steps(self) -> list[tuple[int, str, str, str]]:
        """Steps that are wrong on their own: variable furthest away, distance, and that in ULP."""
        forced = self.judgement.forced
        return [
            (
                step.step,
                step.variable,
                relative(step.scaled, step.ulp is not None),
                "no number" if step.ulp is None else f"{step.ulp:,}",
            )
            for step in (() if forced is None else forced.wrong)
        ]

    @property
    def excerpts(self) -> list[Excerpt]:
        """The source lines that wrote them, on both sides."""
        places: list[tuple[Run, Site | None]] = []
        for one in (self.judgement.data, self.judgement.divergence):
            if one is not None:
                places += zip(self.runs, (one.reference_site, one.other_site), strict=True)
        found = [excerpt(run.program, site) for run, site in places if site is not None]
        return list(dict.fromkeys(one for one in found if one is not None))

    @property
    def at_fault(self) -> list[str]:
        """The variables that differ, by their names in the result's reference."""
        divergence = self.judgement.divergence
        if self.sides is None:
            return []
        names = [] if divergence is None or divergence.variable is None else [divergence.variable]
        names += self.sides.first_differences
        if self.backwards:
            names = [self.sides.other_of(name) or "" for name in names]
        reference = self.runs[1 if self.backwards else 0].trajectory
        known = reference.variables if reference is not None else {}
        return [name for name in dict.fromkeys(names) if name in known]

    def differs_in(self, name: str) -> bool:
        """Whether a variable of the result's reference has other bits at the end of a step."""
        return self._differing(name) is not None

    def is_sampled(self, name: str) -> bool:
        """Whether of some value of such a variable only samples were kept in this program."""
        shown = self._differing(name)
        return shown is not None and shown[0].is_sampled(shown[1])

    def line(self, name: str, steps: Sequence[int], sampled: bool) -> Line:
        """The line of such a variable in this program."""
        shown = self._differing(name)
        assert shown is not None
        ends, other = shown
        known = [step for step in steps if step <= ends.trajectory.steps]
        return Line(self.name, [(step, ends.size(other, step, sampled)) for step in known])

    def _differing(self, name: str) -> tuple[StepEnds, str] | None:
        """This program, and what it calls a variable of the result's reference that differs."""
        sides = self.sides
        if sides is None:
            return None
        for ours in sides.first_differences:
            theirs = sides.other_of(ours)
            assert theirs is not None
            if self.backwards and theirs == name:
                return sides.ours, ours
            if not self.backwards and ours == name:
                return sides.theirs, theirs
        return None

    def table(self) -> VariableTable | None:
        """The table of variables; None if nothing was compared."""
        return None if self.sides is None else table(self.name, self.sides)

    @property
    def plot(self) -> Plot | None:
        """The distance by step of the variables that differ first, on a logarithmic scale."""
        if self.sides is None:
            return None
        return draw(
            "Distance by step, relative to the largest magnitude that the variable has had",
            [
                Line(name, [(gap.step, gap.scaled) for gap in found])
                for name, found in list(self.sides.gaps.items())[:DRAWN]
            ],
            x_label="step",
            mark=self.at,
            mark_label=mark_label(self.what_is_there, self.at),
            logarithmic=True,
        )

    @property
    def around(self) -> list[tuple[int, str, str, str]]:
        """Steps around the one of interest: the variable furthest away, its distance and ULP."""
        if self.sides is None or self.at is None:
            return []
        last = min(self.sides.common_steps, self.at + 5)
        return [furthest(self.sides, step) for step in range(max(0, self.at - 2), last + 1)]


def mark_label(what: str, step: int | None) -> str:
    """What is marked at a step, in words."""
    if step is None:
        return ""
    return f"{what.removeprefix('the ')} at step {step}" if step else "the initial values differ"
