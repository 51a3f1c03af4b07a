"""What rounding makes of a program, and whether two runs differ by more than that.

The program is run again a few times with other rounding (see ``recorder/perturbation.py``), as a
whole: what these runs differ by, step by step, is what rounding makes of it. Where training is
chaotic that grows until it says nothing any more. Then single steps are run from equal values, also
with other rounding: ``single_steps`` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from migrate_vars.equivalence.judging.teacher_forcing import states_alike
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.alignment import Boundary, align_states
from migrate_vars.trajectory.mapping import Mapping
from migrate_vars.trajectory.records import Array
from migrate_vars.trajectory.rounding import LIMIT, LIMIT_OF_MOVES, Shares, ratios, subtract, units
from migrate_vars.trajectory.state_values import START, StateValues, values_of
from migrate_vars.trajectory.trajectory import Trajectory

#: The number of runs with perturbed rounding.
RUNS = 3
# The values kept of one run: at most this many bytes, at this many places.
_BYTES = 32 << 20
_PLACES = 120
# The number of consecutive places at the beginning, and around the first difference.
_FIRST = 16
#: A difference of most elements above this multiple of the limit needs no further run.
HOPELESS = 5.0

_T = TypeVar("_T")


@dataclass(frozen=True)
class Excess:
    """A difference that rounding does not explain.

    Attributes:
        step: The step after which it is there.
        variable: The reference's name of the variable.
        ratio: How large it is, in multiples of the largest that rounding makes.
        typical: The same of half of the elements.
        share: By what part the updates differ up to there, where that is what is too large.
    """

    step: int
    variable: str
    ratio: float
    typical: float
    share: float | None = None

    def __str__(self) -> str:
        """The difference in words."""
        if self.share is not None:
            return (
                f"up to step {self.step} the updates of {self.variable!r} are "
                f"{100 * abs(self.share):.2g} % too {'large' if self.share > 0 else 'small'}, "
                f"{self.ratio:.2g}x the effect of one ULP"
            )
        where = f"after step {self.step}" if self.step else "at the start"
        if math.isinf(self.ratio):
            return f"{self.variable!r} differs {where}, where one ULP has no effect"
        return f"{self.variable!r} differs {where} by {self.ratio:.2g}x the effect of one ULP"


@dataclass(frozen=True)
class Rounding:
    """How a difference compares with what rounding makes of the program.

    Attributes:
        ratio: The largest multiple of what rounding makes, among what is within the limit.
        variable: The variable of it.
        step: The step of it.
        limit: The multiple that is allowed.
        until: The last step up to which whole runs say something.
        steps: How many steps there are.
        alone: The steps that were run on their own, from equal values.
        wrong: Those of them that rounding does not explain.
        excess: The first difference that it does not explain, or None.
        resolution: The smallest part by which all updates could differ unseen; None if unknown.
        sampled: Whether some values were too large to keep, so that samples stand for them.
        undecided: Why nothing can be said; "" otherwise.
    """

    ratio: float = 0.0
    variable: str = ""
    step: int = 0
    limit: float = LIMIT
    until: int = 0
    steps: int = 0
    alone: tuple[int, ...] = ()
    wrong: tuple[int, ...] = ()
    excess: Excess | None = None
    resolution: float | None = None
    sampled: bool = False
    undecided: str = ""

    @property
    def within(self) -> bool:
        """Whether all that was looked at is within the limit."""
        return self.excess is None and not self.undecided

    @property
    def figure(self) -> str:
        """The ratio, as short as it can be."""
        if self.ratio < 0.05:
            return "<0.1x"
        return f"{self.ratio:.1f}x" if self.ratio < 9.95 else f"{self.ratio:.0f}x"

    def __str__(self) -> str:
        """All of it in one line."""
        text = f"at most {self.figure.lstrip('<')} the effect of one ULP"
        if self.variable:
            text += f" ({self.variable} at step {self.step})"
        if self.until < self.steps:
            text += f"; whole runs are conclusive until step {self.until}"
        if self.alone:
            text += f"; {len(self.alone)} of {self.steps} steps checked individually"
        if self.resolution is not None:
            text += f"; an error of {100 * self.resolution:.1g} % in the updates would be detected"
        if self.sampled:
            text += "; large variables were compared by samples"
        return text


class Judge:
    """Takes in differences, step by step and variable by variable, and what rounding makes."""

    def __init__(self, limit: float) -> None:
        """Takes the multiple of what rounding makes that is still rounding."""
        self.limit = limit
        self.sampled = False
        self.excesses: list[Excess] = []
        self._largest = (0.0, "", 0)
        self._shares: dict[str, Shares] = {}

    def take(
        self, variable: str, step: int, difference: Array, made: Sequence[Array], unit: Array
    ) -> None:
        """Takes in the difference of a variable's values after a step, and those of rounding."""
        found = ratios(difference, made, unit)
        largest = float(found.max())
        if largest > self.limit:
            self.excesses.append(Excess(step, variable, largest, float(found[-1])))
        elif largest > self._largest[0]:
            self._largest = largest, variable, step

    def share(
        self,
        variable: str,
        step: int,
        update: Array,
        difference: Array,
        made: Sequence[Array],
        unit: Array,
    ) -> None:
        """Takes in by how much more or less a step has added, and those of rounding."""
        shares = self._shares.setdefault(variable, Shares())
        shares.add(step, update, difference, made, unit)

    def result(self, last: int, steps: int) -> Rounding:
        """What came out.

        Args:
            last: The last step that was taken in.
            steps: How many steps there are.
        """
        excesses = list(self.excesses)
        resolution: float | None = None
        told: dict[str, tuple[int, int]] = {}
        for variable, shares in self._shares.items():
            for share in shares.windows():
                if share.ratio > self.limit:
                    excesses.append(
                        Excess(share.last, variable, share.ratio, share.ratio, share.found)
                    )
                seen = self.limit * share.rounding
                resolution = seen if resolution is None else min(resolution, seen)
                end, reach = told.get(variable, (0, 0))
                told[variable] = max(end, share.last), reach if share.is_noise else share.last
        # The variable that is conclusive longest is enough: a wrong constant affects all of them.
        end = max((end for end, _ in told.values()), default=0)
        reach = max((reach for _, reach in told.values()), default=0)
        largest, where, step = self._largest
        return Rounding(
            largest,
            where,
            step,
            limit=self.limit,
            until=last if reach >= end else reach,
            steps=steps,
            excess=min(excesses, key=lambda each: (each.step, -each.ratio), default=None),
            resolution=resolution,
            sampled=self.sampled,
        )


@dataclass(frozen=True)
class Sides:
    """Two runs that are compared, and which of them is the reference.

    Attributes:
        other: The run that is not the reference.
        pairs: Which variables belong together; the first of each is of the run that is right.
        swapped: Whether that is ``other``, as an oracle is.
    """

    other: Run
    pairs: Mapping
    swapped: bool = False

    def order(self, reference: _T, other: _T) -> tuple[_T, _T]:
        """What belongs to the reference and to the other, in the order of right and checked."""
        return (other, reference) if self.swapped else (reference, other)

    def own(self, boundary: Boundary) -> int:
        """The place of the reference."""
        return boundary.other if self.swapped else boundary.reference


class Sensitivity:
    """Runs of one program with perturbed rounding; each is made when it is first needed."""

    def __init__(self, reference: Run) -> None:
        """Makes no run yet; takes a run of the program."""
        self.reference = reference
        self._runs: list[Run] = []
        self._places: frozenset[int] = frozenset()
        self._known: Trajectory | None = None

    @property
    def limit(self) -> float:
        """How many times of what rounding makes is still taken for rounding."""
        moved = any(
            r.trajectory is not None and r.trajectory.perturbed == "values" for r in self._runs
        )
        return LIMIT_OF_MOVES if moved else LIMIT

    def choose_places(self, sides: Sides, around: int) -> None:
        """Chooses at which states values are kept, before anything is run.

        Args:
            sides: The runs that are to be compared first.
            around: The step at which they first differ.
        """
        right, checked = sides.order(self.reference.trajectory, sides.other.trajectory)
        assert right is not None
        assert checked is not None
        assert self.reference.trajectory is not None
        if not self._places:
            found = align_states(right, checked, sides.pairs)
            chosen = choose(found, affordable(self.reference.trajectory), around)
            self._places = frozenset(map(sides.own, chosen))

    def compare(self, sides: Sides) -> Rounding:
        """Compares two runs as wholes, at the places that have been chosen.

        Args:
            sides: The runs.

        Raises:
            InterpreterError: If an interpreter has no usable TensorFlow.
        """
        right, checked = sides.order(self.reference, sides.other)
        assert right.trajectory is not None
        assert checked.trajectory is not None
        found = align_states(right.trajectory, checked.trajectory, sides.pairs)
        steps = right.trajectory.steps
        if not found:
            return Rounding(undecided="the steps of the two programs cannot be aligned")
        chosen = [boundary for boundary in found if sides.own(boundary) in self._places]
        comparison = _Comparison(self, sides, chosen, steps)
        result = Rounding()
        for number in range(RUNS):
            run = self._run(number)
            if run.error or run.trajectory is None:
                return Rounding(undecided=f"with perturbed rounding it fails: {run.error}")
            if 0 < number < RUNS - 1:
                continue
            made = [each.trajectory for each in self._runs if each.trajectory is not None]
            result = comparison.judge(made, self.limit)
            if result.excess is not None and result.excess.typical > HOPELESS * self.limit:
                break
        return result

    def _names(self) -> list[str]:
        assert self.reference.trajectory is not None
        return list(self.reference.trajectory.variables)

    def _states(self) -> tuple[int, ...]:
        assert self.reference.trajectory is not None
        return StateValues(self.reference.trajectory, self._places).states(self._names())

    def _run(self, number: int) -> Run:
        while len(self._runs) <= number:
            seed = len(self._runs) + 1
            self._runs.append(self.reference.again(perturb=seed, keep_states=self._states()))
        return self._runs[number]

    def trajectories(self) -> list[Trajectory]:
        """The trajectories of the runs with perturbed rounding that succeeded."""
        runs = [self._run(number) for number in range(RUNS)]
        return [run.trajectory for run in runs if run.trajectory is not None]

    def strong(self) -> Trajectory | None:
        """A run in which values were moved by a hundredth, or None if there is none."""
        return self.reference.again(perturb=1, strong=True).trajectory

    def known(self) -> Trajectory:
        """The reference, with all values at the places that are looked at."""
        if self._known is None:
            self._known = with_values(self.reference, self._places, self._names())
        return self._known


def with_values(run: Run, places: Iterable[int], names: Sequence[str]) -> Trajectory:
    """A run's trajectory with all values at some places, if need be from another run."""
    trajectory = run.trajectory
    assert trajectory is not None
    ends = StateValues(trajectory, {START, *places})
    if not ends.lacks(names):
        return trajectory
    again = run.again(keep_states=ends.states(names)).trajectory
    return trajectory if again is None else trajectory.with_values_of(again)


def affordable(trajectory: Trajectory, names: Iterable[str] | None = None) -> int:
    """At how many places the values of some variables, or of all, can be kept."""
    wanted = trajectory.variables if names is None else names
    elements = sum(math.prod(trajectory.variables[name].shape) for name in wanted)
    return max(2, min(_PLACES, _BYTES // max(4 * elements, 1)))


def choose(found: Sequence[Boundary], limit: int, around: int) -> list[Boundary]:
    """Some of many boundaries: the first, those around a step, and others all over the run."""
    if len(found) <= limit:
        return list(found)
    last, first = len(found) - 1, min(_FIRST, limit // 4)
    begin = next((i for i, each in enumerate(found) if each.step >= around), 0) - first // 2
    chosen = {*range(first), *range(max(begin, 0), min(begin + first, last)), last}
    chosen.update(map(round, np.geomspace(1, last, max(limit // 4, 1)).tolist()))
    chosen.update(map(round, np.linspace(first, last, max(limit - len(chosen), 0)).tolist()))
    return [found[i] for i in sorted(chosen)]


class _Comparison:
    """The differences of two runs at some places, beside those that rounding makes."""

    def __init__(
        self, sensitivity: Sensitivity, sides: Sides, chosen: Sequence[Boundary], steps: int
    ) -> None:
        self._sides = sides
        self._chosen = chosen
        self._steps = steps
        self._reference = sensitivity.reference.trajectory
        swapped = sides.swapped
        names = [pair.reference if swapped else pair.other for pair in sides.pairs.pairs]
        others = [b.reference if swapped else b.other for b in chosen]
        own = [START, *map(sides.own, chosen)]
        self._own = StateValues(sensitivity.known(), own)
        self._other = StateValues(with_values(sides.other, others, names), [START, *others])

    def judge(self, runs: Sequence[Trajectory], limit: float) -> Rounding:
        """Compares the differences with those that perturbed rounding makes."""
        assert self._reference is not None
        alike = [states_alike(self._reference, run) for run in runs]
        reached = [b for b in self._chosen if all(self._sides.own(b) < n for n in alike)]
        own = [START, *map(self._sides.own, reached)]
        others = [StateValues(run, own) for run in runs]
        judge = Judge(limit)
        for pair in self._sides.pairs.pairs:
            mine = pair.other if self._sides.swapped else pair.reference
            theirs = pair.reference if self._sides.swapped else pair.other
            before: list[Array] | None = None
            for boundary in (None, *reached):
                here, there = (
                    (START, START)
                    if boundary is None
                    else (
                        self._sides.own(boundary),
                        boundary.reference if self._sides.swapped else boundary.other,
                    )
                )
                found = values_of(
                    [
                        self._own.value(mine, here),
                        self._other.value(theirs, there),
                        *(other.value(mine, here) for other in others),
                    ]
                )
                if found is None:
                    before = None
                    judge.sampled = True
                    continue
                (reference, other, *rounded), sampled = found
                judge.sampled |= sampled
                right, checked = self._sides.order(reference, other)
                difference = subtract(checked, right)
                made = [subtract(each, reference) for each in rounded]
                unit = units(right)
                step = 0 if boundary is None else boundary.step
                judge.take(pair.reference, step, difference, made, unit)
                value = right.astype(np.float64).ravel() if right.dtype.kind in "fiu" else None
                now = None if value is None else [value, difference, *made]
                if before is not None and now is not None and before[0].shape == now[0].shape:
                    with np.errstate(invalid="ignore"):
                        update, more, *rest = (x - y for x, y in zip(now, before, strict=True))
                    judge.share(pair.reference, step, update, more, rest, unit)
                before = now
        last = reached[-1].step if reached else 0
        return judge.result(last, self._steps)
