"""Every mistake in a bundled pattern is caught, at its first step and at a variable it touches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.verdicts import Verdict, judge
from migrate_vars.equivalence.patterns import bundled_directory
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.trajectory import Trajectory
from tests.legacy_examples.mutants import Mutant, make_mutants

PATTERNS = sorted(path.parent.name for path in bundled_directory().glob("*/v2_eager.py"))
#: How many mutants of each kind are run of each pattern, and how many in all.
OF_EACH_KIND = 2
AT_LEAST = 7


def chosen_mutants(script: Path) -> list[Mutant]:
    """Some of each kind, more of the first kind where there are few kinds."""
    by_kind: dict[str, list[Mutant]] = {}
    for mutant in make_mutants(script.read_text()):
        by_kind.setdefault(mutant.kind, []).append(mutant)
    chosen = [mutant for mutants in by_kind.values() for mutant in mutants[:OF_EACH_KIND]]
    rest = [mutant for mutants in by_kind.values() for mutant in mutants[OF_EACH_KIND:]]
    return chosen + rest[: max(0, AT_LEAST - len(chosen))]


def steps_of(trajectory: Trajectory) -> list[dict[str, list[str]]]:
    """Of each step (0: the initial values), of each variable: the new values that it took.

    It knows nothing of alignment: both programs are the same but for one mistake. A write that
    changes nothing is no difference; it may be one that a step later changes something.
    """
    steps: list[dict[str, list[str]]] = [{name: [d] for name, d in trajectory.initial.items()}]
    values = dict(trajectory.initial)
    for state in trajectory.states:
        while len(steps) <= state.step:
            steps.append({})
        for name, write in state.writes.items():
            if values.get(name) != write.digest:
                steps[state.step].setdefault(name, []).append(write.digest)
            values[name] = write.digest
    return steps


def first_difference(right: Trajectory, wrong: Trajectory) -> tuple[int, set[str]] | None:
    """The first step in which any variable took other values, and those variables."""
    ours, theirs = steps_of(right), steps_of(wrong)
    both = right.variables.keys() & wrong.variables.keys()
    for step in range(max(len(ours), len(theirs))):
        a = ours[step] if step < len(ours) else {}
        b = theirs[step] if step < len(theirs) else {}
        names = {name for name in both if a.get(name) != b.get(name)}
        if names:
            return step, names
    return None


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS)
def test_mutants_are_caught_at_their_first_step_and_variable(
    pattern: str, interpreter: Interpreter
) -> None:
    folder = bundled_directory() / pattern
    script = folder / "v2_eager.py"
    mutants = chosen_mutants(script)
    assert len(mutants) >= 5
    programs = [
        Program(folder / "v1_session.py", "v1_session.py"),
        Program(script, "v2_eager.py", eager=True),
        *(Program(script, m.what, source=m.source.encode(), eager=True) for m in mutants),
    ]
    reference, right, *runs = interpreter.run_all(programs)
    assert judge(reference, right).verdict is Verdict.IDENTICAL
    wrong = [problem for run in runs for problem in problems(reference, right, run)]
    assert not wrong, "\n".join(wrong)
    # A mutant that crashes shows nothing of the comparison.
    assert sum(not run.error for run in runs) >= 3


def problems(reference: Run, right: Run, run: Run) -> Iterator[str]:
    """What is wrong with the verdict on a mutant."""
    judgement = judge(reference, run)
    what = run.program.label
    if judgement.verdict.passed:
        yield f"{what}: survived"
    if judgement.verdict is not Verdict.DIVERGED:
        return
    assert right.trajectory is not None
    assert run.trajectory is not None
    assert judgement.divergence is not None
    assert reference.trajectory is not None
    expected = first_difference(right.trajectory, run.trajectory)
    step, variable = judgement.divergence.step, judgement.divergence.variable
    if expected is None:
        yield f"{what}: {judgement.message}, but it is the same as the right program"
    elif right.trajectory.steps != reference.trajectory.steps:
        return  # a loop inside a step, whose rounds count as steps here and not there
    elif step != expected[0] or (variable is not None and variable not in expected[1]):
        names = ", ".join(sorted(expected[1]))
        yield f"{what}: step {step}, variable {variable} instead of step {expected[0]}, {names}"
