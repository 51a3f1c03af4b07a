"""Every verdict, from trajectories made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge, judge_reference
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.mapping import VariableMap
from migrate_vars.trajectory.records import Fed, FedCall, Site, State, Variable, Write
from migrate_vars.trajectory.trajectory import Trajectory


def trained(*values: float, name: str = "v", steps_in_a_call: int = 1) -> Trajectory:
    """A variable with its values at the end of each step, the initial one first."""
    trajectory = Trajectory({}, status="finished")
    trajectory.variables[name] = Variable(name, "float32", ())
    for value in values:
        trajectory.values[name, str(value)] = np.array(value, np.float32)
    trajectory.initial[name] = str(values[0])
    for step, value in enumerate(values[steps_in_a_call::steps_in_a_call], 1):
        writes = {name: Write(steps_in_a_call, str(value))}
        trajectory.states.append(State(step, Site("p.py", 3), writes))
    return trajectory


def ran(trajectory: Trajectory | None, label: str = "v2.py", error: str = "") -> Run:
    return Run(Program(Path(label), label), trajectory, error, "", 0.0)


REFERENCE = ran(trained(0.0, 1.0, 2.0, 3.0, 4.0), "v1.py")
DEAD: list[tuple[Trajectory | None, str]] = [
    (None, "no TensorFlow variable was written"),
    (Trajectory({}, status="finished"), "no TensorFlow variable was written"),
    (trained(0.0), "variables were initialised, but never trained"),
    (trained(0.0, 0.0, 0.0, 0.0, 0.0), "no variable changed its value"),
]
DEAD_IDS = ["nothing", "no variables", "never trained", "never changed"]


def exited(trajectory: Trajectory) -> Trajectory:
    return replace(trajectory, status="exit", detail="v2.py:9: sys.exit(0)")


def test_which_verdicts_pass() -> None:
    passed = [Verdict.IDENTICAL, Verdict.ROUNDING, Verdict.DRIFT]
    assert [verdict for verdict in Verdict if verdict.passed] == passed


def test_identical() -> None:
    judgement = judge(REFERENCE, ran(trained(0.0, 1.0, 2.0, 3.0, 4.0)))
    assert (judgement.verdict, judgement.message) == (Verdict.IDENTICAL, "")
    assert judgement.comparison is not None
    assert judgement.comparison.identical


def test_diverged() -> None:
    judgement = judge(REFERENCE, ran(trained(0.0, 1.0, 2.5, 3.0, 4.0)))
    assert (judgement.verdict, judgement.message) == (Verdict.DIVERGED, "the values differ")
    assert judgement.divergence is not None
    assert (judgement.divergence.step, judgement.divergence.variable) == (2, "v")


def fed(trajectory: Trajectory, digests: str) -> Trajectory:
    for state, digest in enumerate(digests):
        values = (Fed("x", "float32", (), digest),)
        trajectory.feeds.append(FedCall(state, state, values))
    return trajectory


@pytest.mark.parametrize("bound", [None, 0.01])
@pytest.mark.parametrize(
    ("digests", "blamed"), [("abcd", False), ("axcd", True), ("xbcd", True), ("abxd", False)]
)
def test_other_data_are_named_before_the_update(
    digests: str, blamed: bool, bound: float | None
) -> None:
    reference = ran(fed(trained(0.0, 1.0, 2.0, 3.0, 4.0), "abcd"), "v1.py")
    values = (0.0, 1.0, 3.0, 3.0, 4.0)
    judgement = judge(reference, ran(fed(trained(*values), digests)), bound)
    assert judgement.verdict is Verdict.DIVERGED
    assert (judgement.data is not None) == blamed
    assert judgement.message.startswith("the data differ at step ") == blamed
    # What is fed otherwise and makes no difference is nobody's business.
    assert judge(reference, ran(fed(trained(0.0, 1.0, 2.0, 3.0, 4.0), digests)), bound).data is None


def test_too_few_and_too_many_steps() -> None:
    few = judge(REFERENCE, ran(trained(0.0, 1.0, 2.0)))
    assert (few.verdict, few.message) == (Verdict.DIVERGED, "the program stops after step 2 of 4")
    many = judge(REFERENCE, ran(trained(0.0, 1.0, 2.0, 3.0, 4.0, 5.0)))
    assert many.verdict is Verdict.DIVERGED
    assert many.message == "the program goes on for 5 steps instead of 4"


@pytest.mark.parametrize("bound", [None, 1e-6])
def test_a_program_that_fails_is_an_error(bound: float | None) -> None:
    same = trained(0.0, 1.0, 2.0, 3.0, 4.0)
    for trajectory in (None, same):
        judgement = judge(REFERENCE, ran(trajectory, error="exit code 3"), bound)
        assert judgement == Judgement(Verdict.ERROR, "v2.py: exit code 3")


@pytest.mark.parametrize("bound", [None, 1e-6])
@pytest.mark.parametrize(("trajectory", "reason"), DEAD, ids=DEAD_IDS)
def test_a_program_that_trains_nothing_is_vacuous(
    trajectory: Trajectory | None, reason: str, bound: float | None
) -> None:
    judgement = judge(REFERENCE, ran(trajectory), bound)
    assert judgement == Judgement(Verdict.VACUOUS, f"v2.py: {reason}")


@pytest.mark.parametrize(("trajectory", "reason"), DEAD, ids=DEAD_IDS)
def test_a_reference_that_trains_nothing_is_vacuous(
    trajectory: Trajectory | None, reason: str
) -> None:
    assert judge_reference(ran(trajectory, "v1.py")) == Judgement(
        Verdict.VACUOUS, f"v1.py: {reason}"
    )


def test_a_reference_that_fails_is_an_error() -> None:
    failed = ran(None, "v1.py", error="v1.py:3: no")
    assert judge_reference(failed) == Judgement(Verdict.ERROR, "v1.py: v1.py:3: no")


def test_a_reference_that_will_do() -> None:
    assert judge_reference(REFERENCE) is None


@pytest.mark.parametrize("bound", [None, 1e-6])
def test_leaving_early_is_an_error(bound: float | None) -> None:
    judgement = judge(REFERENCE, ran(exited(trained(0.0, 1.0, 2.0))), bound)
    assert judgement.verdict is Verdict.ERROR
    assert judgement.message == "v2.py: v2.py:9: sys.exit(0) after step 2"


def test_leaving_at_the_end_is_no_error() -> None:
    judgement = judge(REFERENCE, ran(exited(trained(0.0, 1.0, 2.0, 3.0, 4.0))))
    assert judgement.verdict is Verdict.IDENTICAL
    judgement = judge(REFERENCE, ran(exited(trained(0.0, 1.0, 2.0, 3.0, 9.0))))
    assert judgement.verdict is Verdict.DIVERGED


def test_leaving_after_calls_of_several_steps_is_no_error() -> None:
    """Once an error, because two calls of two steps look like two of four steps."""
    calls = trained(0.0, 1.0, 2.0, 3.0, 4.0, steps_in_a_call=2)
    assert judge(REFERENCE, ran(exited(calls))).verdict is Verdict.IDENTICAL
    wrong = trained(0.0, 1.0, 2.0, 3.0, 9.0, steps_in_a_call=2)
    judgement = judge(REFERENCE, ran(exited(wrong)))
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.divergence is not None
    assert judgement.divergence.step == 4


@pytest.mark.parametrize("bound", [None, 1e-6])
def test_leaving_in_the_middle_of_a_step_is_an_error(bound: float | None) -> None:
    """Two writes a step in the reference, of which the program does one before it leaves."""
    runs = []
    for writes in (6, 3):
        trajectory = trained(0.0)
        for i in range(writes):
            trajectory.values["v", str(i + 1.0)] = np.array(i + 1.0, np.float32)
            state = State(i // 2 + 1, Site("p.py", i % 2), {"v": Write(1, str(i + 1.0))})
            trajectory.states.append(state)
        runs.append(trajectory)
    judgement = judge(ran(runs[0]), ran(exited(runs[1])), bound)
    assert judgement.verdict is Verdict.ERROR


def test_a_mistake_before_leaving_early_is_a_divergence() -> None:
    judgement = judge(REFERENCE, ran(exited(trained(0.0, 1.5, 2.0))))
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.divergence is not None
    assert judgement.divergence.step == 1


def test_drift_within_the_bound() -> None:
    judgement = judge(REFERENCE, ran(trained(0.0, 1.0, 2.0, 3.0, 4.004)), bound=1e-2)
    assert (judgement.verdict, judgement.message) == (Verdict.DRIFT, "")
    assert judgement.bound == 1e-2
    assert judgement.drift is not None
    assert judgement.drift.scaled == pytest.approx(1e-3, rel=1e-3)
    assert (judgement.drift.variable, judgement.drift.step) == ("v", 4)


def test_drift_above_the_bound() -> None:
    judgement = judge(REFERENCE, ran(trained(0.0, 1.0, 2.5, 3.0, 4.0)), bound=1e-2)
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.message == "drift of 0.25 in 'v' at step 2 is above the 0.01 allowed"
    assert judgement.drift is not None


def test_drift_of_exactly_the_bound_is_allowed() -> None:
    judgement = judge(REFERENCE, ran(trained(0.0, 1.0, 2.0, 3.0, 3.0)), bound=0.25)
    assert judgement.verdict is Verdict.DRIFT


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_bound_is_wide_enough_for_what_is_not_finite(value: float) -> None:
    judgement = judge(REFERENCE, ran(trained(0.0, 1.0, 2.0, 3.0, value)), bound=1e300)
    assert judgement.verdict is Verdict.DIVERGED


def test_drift_needs_the_same_steps() -> None:
    judgement = judge(REFERENCE, ran(trained(0.0, 1.0, 2.0, 3.0)), bound=0.5)
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.message == "the program stops after step 3 of 4"


def test_drift_of_values_that_were_not_kept_is_not_assumed() -> None:
    other = trained(0.0, 1.0, 2.0, 3.0, 4.5)
    other.values.clear()
    judgement = judge(REFERENCE, ran(other), bound=0.5)
    assert judgement.verdict is Verdict.DIVERGED
    assert "too large to keep" in judgement.message


@pytest.mark.parametrize("bound", [None, 0.5])
def test_a_variable_that_is_missing_is_no_drift(bound: float | None) -> None:
    other = trained(9.0, 8.0, 7.0, 6.0, 5.0, name="w")
    other.variables["w"] = Variable("w", "float32", (3,))
    judgement = judge(REFERENCE, ran(other), bound)
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.message == "changed, but the other program has no such variable"


@pytest.mark.parametrize("bound", [None, 0.5])
def test_nothing_compared_is_vacuous(bound: float | None) -> None:
    names = tuple(REFERENCE.trajectory.variables) if REFERENCE.trajectory else ()
    judgement = judge(REFERENCE, REFERENCE, bound, VariableMap(ignored=names))
    assert judgement.verdict is Verdict.VACUOUS
    assert judgement.message == "nothing that the reference trains was compared"


@pytest.mark.parametrize("bound", [None, 0.5])
@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_what_is_not_finite_proves_nothing(bound: float | None, value: float) -> None:
    lost = ran(trained(4.0, 3.0, value, value, value))
    judgement = judge(lost, lost, bound)
    assert judgement.verdict is Verdict.VACUOUS
    assert judgement.message.startswith("from step 2 of 4 on, all that is trained is NaN")
    assert str(judgement.basis) == "1 of 4 steps"
    found = judge(ran(trained(4.0, 3.0, value, 2.0, 1.0)), ran(trained(4.0, 3.0, value, 2.0, 1.0)))
    assert found.verdict is Verdict.IDENTICAL
    assert str(found.basis) == "4 of 4 states"
