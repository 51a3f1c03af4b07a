"""The comparison, against simulated programs and a naive oracle.

Honest recordings of one run must be identical however the recorder cuts them; recordings of two
runs that differ must part at the step that the oracle names.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrate_vars.trajectory.comparison import compare
from migrate_vars.trajectory.divergence import Divergence
from migrate_vars.trajectory.mapping import map_variables
from migrate_vars.trajectory.records import Site, State, Variable, Write
from migrate_vars.trajectory.trajectory import Trajectory
from migrate_vars.trajectory.unmapped import find_untrained

from .simulation import (
    NAMES,
    Op,
    Program,
    Run,
    Written,
    by_call,
    by_session_run,
    by_write,
    programs,
    reordered,
    run,
    single,
    trajectory,
    with_idle_writes,
    with_writes_merged,
)

OTHER_NAMES = ("model/a", "model/b", "model/c", "model/d")
cuts = st.lists(st.integers(1, 8), max_size=4)


def diverges(reference: Trajectory, other: Trajectory) -> Divergence:
    comparison = compare(reference, other)
    assert comparison.divergence is not None
    assert not comparison.identical
    return comparison.divergence


def first_difference(a: Run, b: Run) -> tuple[int, set[int]] | None:
    """The oracle: looks at every write of both, step by step.

    Returns:
        The first step that differs, from 1, with the variables that differ in it; None if none.
    """
    if a.initial != b.initial:
        return 0, {k for k, (x, y) in enumerate(zip(a.initial, b.initial, strict=True)) if x != y}
    for number in range(max(len(a.steps), len(b.steps))):
        if number >= min(len(a.steps), len(b.steps)):
            return number + 1, set()
        different = set()
        before = a.at_end_of(number)
        for k in range(len(a.initial)):
            x, y = ([w.value for w in r.steps[number] if w.k == k] for r in (a, b))
            if len(x) == len(y):
                same = x == y
            else:
                same = (x or [before[k]])[-1] == (y or [before[k]])[-1] and (
                    is_subsequence(squeeze([before[k], *x]), squeeze([before[k], *y]))
                    or is_subsequence(squeeze([before[k], *y]), squeeze([before[k], *x]))
                )
                # In one step alone, nothing but writes that change nothing may be left out.
                same = same and (
                    len(a.steps) > 1 or squeeze([before[k], *x]) == squeeze([before[k], *y])
                )
            if not same:
                different.add(k)
        if different:
            return number + 1, different
    return None


def squeeze(values: list[float]) -> list[float]:
    return [v for i, v in enumerate(values) if i == 0 or v != values[i - 1]]


def without_idle_writes(one: Run) -> Run:
    """The run without writes that change nothing, and without steps of nothing else."""
    values = list(one.initial)
    steps = []
    for step in one.steps:
        kept = []
        for written in step:
            if values[written.k] != written.value:
                kept.append(written)
            values[written.k] = written.value
        if kept:
            steps.append(tuple(kept))
    return replace(one, steps=tuple(steps))


def by_variable(one: Run) -> list[dict[int, list[float]]]:
    """What each step writes to each variable: within a step, variables come in any order."""
    return [
        {k: [w.value for w in step if w.k == k] for k in {w.k for w in step}} for step in one.steps
    ]


def is_subsequence(some: list[float], more: list[float]) -> bool:
    if not some:
        return True
    return any(
        some[0] == value and is_subsequence(some[1:], more[i + 1 :]) for i, value in enumerate(more)
    )


# Honest recordings


@given(programs(), st.data())
def test_it_does_not_matter_where_states_are_recorded(
    program: Program, data: st.DataObject
) -> None:
    one = run(program)
    other = data.draw(reordered(one))
    recordings = [
        by_write(one),
        by_session_run(one),
        by_session_run(one, data.draw(cuts)),
        by_write(other),
        by_session_run(other, data.draw(cuts)),
        by_session_run(one, data.draw(cuts), uncounted=True),
    ]
    for a in recordings:
        for b in recordings:
            assert compare(a, b).divergence is None


@given(programs(min_steps=2), st.data())
def test_merged_and_idle_writes_do_not_matter(program: Program, data: st.DataObject) -> None:
    one = run(program)
    recordings = [
        by_write(one),
        by_session_run(one, data.draw(cuts)),
        by_write(data.draw(with_writes_merged(one))),
        by_write(data.draw(with_idle_writes(one))),
    ]
    for a in recordings[:2]:
        for b in recordings:
            assert compare(a, b).divergence is None
            assert compare(b, a).divergence is None


@given(programs(min_steps=2), st.integers(2, 6), st.data())
def test_a_call_may_take_several_steps(program: Program, k: int, data: st.DataObject) -> None:
    one = run(program)
    calls = by_call(one, k)
    for other in (
        by_write(one),
        by_session_run(one, data.draw(cuts)),
        by_write(data.draw(reordered(one))),
    ):
        assert compare(other, calls).divergence is None
        assert compare(calls, other).divergence is None


@given(st.integers(2, 12), st.integers(2, 5))
def test_control_flow_may_hide_the_number_of_writes_in_a_call(steps: int, k: int) -> None:
    one = run(Program((0.0, 1.0), (Op(0, "affine", 1), Op(1, "same")), steps))
    calls = by_call(one, k, uncounted=True)
    for other in (by_write(one), by_session_run(one)):
        assert compare(other, calls).divergence is None
        assert compare(calls, other).divergence is None


@given(programs())
def test_names_do_not_matter_where_variables_can_be_told_apart(program: Program) -> None:
    values = tuple(10.0 * k for k in range(len(program.initial)))
    one = run(replace(program, initial=values))
    assert compare(by_write(one), by_session_run(one, names=OTHER_NAMES)).divergence is None
    assert compare(by_write(one), by_write(one, names=tuple("wxyz"))).divergence is None


def test_a_variable_that_is_initialised_late_has_its_value_from_the_start() -> None:
    one = by_write(run(Program((0.0, 1.0), (Op(0, "affine", 1), Op(1, "affine", 1)), 3)))
    late = replace(
        one,
        variables=dict(reversed(one.variables.items())),
        initial=dict(reversed(one.initial.items())),
    )
    assert compare(one, late).identical


# Dishonest ones


@given(programs(), st.data(), st.booleans())
def test_one_value_off_by_one_ulp(program: Program, data: st.DataObject, up: bool) -> None:
    one = run(program)
    step = data.draw(st.integers(0, len(one.steps) - 1).filter(lambda i: bool(one.steps[i])))
    position = data.draw(st.integers(0, len(one.steps[step]) - 1))
    k, value = one.steps[step][position]
    wrong = float(np.nextafter(np.float32(value), np.float32(math.inf if up else -math.inf)))
    writes = list(one.steps[step])
    writes[position] = Written(k, wrong)
    other = one.with_step(step, writes)
    found = diverges(by_write(one), by_write(other))
    assert (found.step, found.variable) == (step + 1, NAMES[k])
    assert found.distance is not None
    assert found.distance.ulp == found.distance.max_ulp == 1
    assert (found.distance.reference, found.distance.other) == (np.float32(value), wrong)
    assert found.reference_site == found.other_site == Site("p.py", position + 1)
    if all(w.k != k for w in writes[position + 1 :]):
        # A session that runs once a step sees the last value of each variable.
        for a, b in (
            (by_session_run(one), by_write(other)),
            (by_write(one), by_session_run(other)),
        ):
            found = diverges(a, b)
            assert (found.step, found.variable) == (step + 1, NAMES[k])


def changed_programs(program: Program) -> st.SearchStrategy[Program]:
    """The same program with one thing wrong."""

    def change(kind: str, i: int, j: int) -> Program:
        body = list(program.body)
        i, j = i % len(body), j % len(body)
        op = body[i]
        if kind == "dropped":
            del body[i]
        elif kind == "added":
            body.insert(j, op)
        elif kind == "swapped":
            body[i], body[j] = body[j], op
        elif kind == "offset":
            body[i] = op._replace(offset=single(op.offset + 0.125))
        elif kind == "factor":
            body[i] = op._replace(factor=op.factor + 0.125)
        elif kind == "period":
            body[i] = op._replace(period=op.period + 1)
        elif kind == "longer":
            return replace(program, steps=program.steps + 1)
        elif kind == "shorter":
            return replace(program, steps=program.steps - 1)
        else:
            values = list(program.initial)
            values[i % len(values)] += 0.125
            return replace(program, initial=tuple(values))
        return replace(program, body=tuple(body))

    kinds = "dropped added swapped offset factor period longer shorter initial".split()  # noqa: SIM905
    return st.builds(change, st.sampled_from(kinds), st.integers(0, 9), st.integers(0, 9))


def passes_through(session: Run, eager: Run) -> bool:
    """Whether the second takes on, and ends in, each state that the first has after a step."""
    states = []
    for program in (session, eager):
        counts, values = [0] * len(program.initial), list(program.initial)
        after = [(tuple(counts), tuple(values))]
        for step in program.steps:
            for k, value in step:
                counts[k] += 1
                values[k] = value
                if program is eager:
                    after.append((tuple(counts), tuple(values)))
            if program is session:
                after.append((tuple(counts), tuple(values)))
        states.append(after)
    return states[0][-1] == states[1][-1] and set(states[0]) <= set(states[1])


@settings(max_examples=300)
@given(programs().flatmap(lambda p: st.tuples(st.just(p), changed_programs(p))), st.data())
def test_a_changed_program_parts_where_the_oracle_says(
    both: tuple[Program, Program], data: st.DataObject
) -> None:
    a, b = (run(program) for program in both)
    assume(all(a.steps) and all(b.steps) and a.steps and b.steps)
    # The same writes in the same order are the same, wherever steps are taken to begin.
    assume(a == b or sum(a.steps, ()) != sum(b.steps, ()))
    expected = first_difference(a, b)
    found = compare(by_write(a), by_write(b)).divergence
    less, other_less = without_idle_writes(a), without_idle_writes(b)
    if expected is None or (
        a.initial == b.initial and by_variable(less) == by_variable(other_less)
    ):
        assert found is None
        return
    # Likewise where only writes that change nothing come in between.
    assume(sum(less.steps, ()) != sum(other_less.steps, ()))
    assert found is not None
    step, variables = expected
    assert found.step == step
    assert (found.variable in {NAMES[k] for k in variables}) if variables else not found.variable
    assert found.variable not in found.agreeing
    # What a session shows less of is a difference only if it reaches the end of a step; then it
    # is found at the first such step.
    ends = [
        number
        for number in range(min(len(a.steps), len(b.steps)) + 1)
        if a.at_end_of(number) != b.at_end_of(number)
    ]
    if ends or len(a.steps) != len(b.steps):
        expected_step = min(ends) if ends else min(len(a.steps), len(b.steps)) + 1
        for one, other, session, eager in (
            (by_session_run(a), by_write(b), a, b),
            (by_write(a), by_session_run(b), b, a),
        ):
            if passes_through(session, eager):
                # All that a session shows is the same, if steps begin elsewhere.
                assert compare(one, other).identical
                continue
            seen = diverges(one, other)
            assert seen.step == expected_step
            if ends:
                differ = zip(a.at_end_of(min(ends)), b.at_end_of(min(ends)), strict=True)
                named = {k for k, (x, y) in enumerate(differ) if x != y}
                if len(a.steps) == 1:  # how often it is written counts there, too
                    named |= variables
                assert seen.variable in {NAMES[k] for k in named}


@given(programs(min_steps=2), st.data())
def test_the_first_variable_of_a_step_is_named_not_what_follows_from_it(
    program: Program, data: st.DataObject
) -> None:
    """In a chain, each variable is computed from the one before: any mistake spreads at once."""
    n = data.draw(st.integers(2, 4))
    chain = tuple(Op(k, "affine", max(k - 1, 0), 0.5, 1.0) for k in range(n))
    wrong = data.draw(st.integers(0, n - 1))
    kind = data.draw(st.sampled_from(["offset", "dropped", "added"]))
    body = list(chain)
    if kind == "offset":
        body[wrong] = body[wrong]._replace(offset=2.0)
    elif kind == "dropped":
        del body[wrong]
    else:
        body.insert(wrong, body[wrong])
    initial = tuple(float(k) for k in range(1, n + 1))
    a, b = (run(Program(initial, ops, 3)) for ops in (chain, tuple(body)))
    expected = first_difference(a, b)
    assume(expected is not None)
    for one in (by_write(a), by_session_run(a)):
        found = diverges(one, by_write(b))
        assert (found.step, found.variable) == (1, NAMES[wrong])
    found = diverges(by_write(a), by_session_run(b))
    assert (found.step, found.variable) == (1, NAMES[wrong])


@given(programs(), st.integers(1, 3), st.data())
def test_missing_and_extra_steps(program: Program, more: int, data: st.DataObject) -> None:
    short, long = run(program), run(replace(program, steps=program.steps + more))
    recorded = [by_write, by_session_run]
    one = data.draw(st.sampled_from(recorded))
    other = data.draw(st.sampled_from(recorded))
    assume(one is other or all(short.steps))
    step = next(
        (i for i, s in enumerate(long.steps[program.steps :], program.steps + 1) if s), None
    )
    assert step == program.steps + 1
    if (
        short.at_end_of(len(short.steps)) == long.at_end_of(len(long.steps))
        and not without_idle_writes(
            replace(
                long,
                initial=tuple(short.at_end_of(len(short.steps))),
                steps=long.steps[len(short.steps) :],
            )
        ).steps
    ):
        # Nothing changes in the further steps, so nothing shows whether they are made.
        for pair in ((one(long), other(short)), (other(short), one(long))):
            assert not compare(*pair).identical
            if one is other is by_write:
                assert "nothing changes after step" in compare(*pair).undecided
        return
    found = diverges(one(long), other(short))
    assert (found.step, found.variable) == (step, None)
    assert found.reason == f"the program stops after step {program.steps} of {long_steps(long)}"
    assert found.reference_site == Site("p.py", 1)
    found = diverges(other(short), one(long))
    assert (found.step, found.variable) == (step, None)
    assert "goes on for" in found.reason
    assert found.other_site == Site("p.py", 1)


def long_steps(one: Run) -> int:
    return len(one.steps)


@given(programs(min_steps=2), st.integers(2, 4), st.data())
def test_a_wrong_value_in_a_call_of_several_steps(
    program: Program, k: int, data: st.DataObject
) -> None:
    one = run(program)
    assume(any(one.steps))
    # The last write of some variable in some call is what the call shows.
    call = data.draw(st.integers(0, (len(one.steps) - 1) // k))
    inside = range(call * k, min((call + 1) * k, len(one.steps)))
    step, position = data.draw(
        st.sampled_from([(i, j) for i in inside for j in range(len(one.steps[i]))])
    )
    variable = one.steps[step][position].k
    shown = [(i, j) for i in inside for j, w in enumerate(one.steps[i]) if w.k == variable][-1]
    writes = list(one.steps[shown[0]])
    writes[shown[1]] = Written(variable, single(writes[shown[1]].value + 0.125))
    other = one.with_step(shown[0], writes)
    assume(-(-len(one.steps) // k) != len(one.steps))
    for reference, against, where in (
        (by_write(one), by_call(other, k), shown[0] + 1),
        (by_write(other), by_call(one, k), shown[0] + 1),
        (by_call(one, k), by_write(other), call + 1),
    ):
        found = diverges(reference, against)
        assert found.variable == NAMES[variable]
        if one.counts().count(one.counts()[0]) == len(one.steps):
            assert found.step == where


@given(programs(min_steps=3), st.integers(2, 3), st.integers(1, 2))
def test_calls_that_take_too_few_or_too_many_steps(program: Program, k: int, more: int) -> None:
    short, long = run(program), run(replace(program, steps=program.steps + more))
    for a, b in ((short, long), (long, short)):
        # As many calls as steps, and the same values after each, is the same by definition.
        assume(-(-len(b.steps) // k) != len(a.steps))
        for pair in ((by_write(a), by_call(b, k)), (by_call(b, k), by_write(a))):
            if first_difference(*map(without_idle_writes, (a, b))) is None:
                assert not compare(*pair).identical
            else:
                diverges(*pair)


@given(st.integers(3, 9), st.integers(2, 4), st.integers(1, 3))
def test_stopping_early_at_a_fixed_point_is_no_pass(steps: int, k: int, fewer: int) -> None:
    """From step 2 on, nothing changes any more: only the number of steps can tell."""
    program = Program((0.0,), (Op(0, "reset", offset=1.0),), steps)
    fewer = min(fewer, steps - 1)
    one, short = run(program), run(replace(program, steps=steps - fewer))
    for uncounted in (False, True):
        for other in (
            by_call(short, k, uncounted=uncounted),
            by_write(short, uncounted=uncounted),
            by_session_run(short, uncounted=uncounted),
        ):
            if other.steps != len(one.steps):
                for found in (compare(by_write(one), other), compare(other, by_write(one))):
                    assert found.divergence is None or other.states[0].writes["a"].count not in (
                        1,
                        None,
                    )
                    assert not found.identical


@given(st.integers(2, 4), st.integers(2, 4), st.integers(4, 12), st.booleans())
def test_a_counter_that_is_reset_with_another_period(
    period: int, wrong: int, steps: int, uncounted: bool
) -> None:
    assume(period != wrong)
    runs = [
        run(
            Program(
                (0.0,),
                (Op(0, "affine", 0, 0.5, 1.0), Op(0, "reset", period=p, phase=p - 1)),
                steps,
            )
        )
        for p in (period, wrong)
    ]
    first = next(i for i in range(1, steps + 1) if runs[0].at_end_of(i) != runs[1].at_end_of(i))
    for one in (by_write(runs[0]), by_session_run(runs[0])):
        for other in (
            by_write(runs[1], uncounted=uncounted),
            by_session_run(runs[1], uncounted=uncounted),
        ):
            found = diverges(one, other)
            assert (found.step, found.variable) == (first, "a")


def test_a_wrong_value_at_the_end_of_a_step_is_not_excused_by_the_next_assignment() -> None:
    """Once a false pass: every state of the one occurs in the other, in the same step."""
    a = trajectory(*((k, {"v": (1, float(k))}) for k in range(1, 5)), v=0.0)
    states: list[tuple[int, dict[str, tuple[int | None, float]]]] = []
    for k in range(1, 5):
        states.append((k, {"v": (1, float(k))}))
        if k < 4:
            states.append((k, {"v": (1, 99.0)}))
    b = trajectory(*states, v=0.0)
    for one, other in ((a, b), (b, a)):
        found = diverges(one, other)
        assert (found.step, found.variable) == (1, "v")


def test_without_steps_writes_are_not_matched_by_their_values() -> None:
    """A program written out without a loop is one step: another period must not fit into it."""
    a = trajectory(*((1, {"v": (1, v)}) for v in (1.0, 0.0, 1.0, 0.0)), v=0.0)
    b = trajectory(*((1, {"v": (1, v)}) for v in (1.0, 2.0, 0.0, 1.0, 2.0, 0.0)), v=0.0)
    assert diverges(a, b).reason == "written 4 times, but 6 times in the other program"
    assert diverges(b, a).reason == "written 6 times, but 4 times in the other program"


def test_other_values_on_the_way_to_the_same_one() -> None:
    a = trajectory((1, {"v": (1, 5.0)}), (1, {"v": (1, 2.0)}), (2, {"v": (1, 3.0)}), v=0.0)
    b = trajectory(*((1, {"v": (1, v)}) for v in (6.0, 7.0, 2.0)), (2, {"v": (1, 3.0)}), v=0.0)
    found = diverges(a, b)
    assert (found.step, found.variable) == (1, "v")
    assert found.reason == "different intermediate values"
    assert found.distance is None


@pytest.mark.parametrize("flip", [False, True])
def test_calls_that_come_round_to_the_same_values_prove_nothing(flip: bool) -> None:
    """Ten steps of a counter modulo 3, against calls that hide how many steps they take."""
    a = trajectory(*((k, {"v": (1, float(k % 3))}) for k in range(1, 11)), v=0.0)
    b = trajectory((1, {"v": (None, 2.0)}), (2, {"v": (None, 1.0)}), v=0.0)
    found = compare(b, a) if flip else compare(a, b)
    assert not found.identical
    assert "control flow hides how often" in found.undecided


def test_calls_that_stop_where_nothing_changes_any_more_prove_nothing() -> None:
    a = trajectory(*((k, {"v": (1, float(min(k, 6)))}) for k in range(1, 11)), v=0.0)
    b = trajectory((1, {"v": (None, 3.0)}), (2, {"v": (None, 6.0)}), v=0.0)
    found = compare(a, b)
    assert (found.divergence, found.identical) == (None, False)
    assert "nothing changes after step 6 of 10" in found.undecided
    a = trajectory(*((k, {"v": (1, float(k))}) for k in range(1, 7)), v=0.0)
    assert compare(a, b).identical


def test_a_counter_tells_where_a_call_has_got_to() -> None:
    """One variable that is counted and never the same settles what the others leave open."""
    a = trajectory(
        *((k, {"v": (1, float(k % 2)), "n": (1, float(k))}) for k in range(1, 7)), v=0.0, n=0.0
    )
    b = trajectory(
        (1, {"v": (None, 1.0), "n": (3, 3.0)}), (2, {"v": (None, 0.0), "n": (3, 6.0)}), v=0.0, n=0.0
    )
    assert compare(a, b).identical
    assert compare(b, a).identical
    short = trajectory((1, {"v": (None, 1.0), "n": (3, 3.0)}), v=0.0, n=0.0)
    found = diverges(a, short)
    assert (found.step, found.variable) == (4, "n")
    assert found.reason == "written 6 times, but 3 times in the other program"


def test_two_variables_trained_one_after_the_other_are_not_trained_together() -> None:
    """Each takes the same values, but the program never was in the same states."""
    apart = trajectory(
        *((k, {"v": (1, float(k))}) for k in (1, 2, 3)),
        *((k + 3, {"w": (1, float(k))}) for k in (1, 2, 3)),
        v=0.0,
        w=0.0,
    )
    states = [(k, {n: (1, float(k))}) for k in (1, 2, 3) for n in ("v", "w")]
    together = trajectory(*states, v=0.0, w=0.0)
    assert diverges(apart, together).reason
    assert diverges(together, apart).reason


# Variables


def test_a_program_that_never_trains_against_one_that_does() -> None:
    idle = trajectory(v=0.0)
    busy = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    assert diverges(busy, idle).step == 1
    assert diverges(idle, busy).step == 1
    same = trajectory((1, {"v": (1, 0.0)}), v=0.0)
    assert compare(same, idle).undecided
    assert compare(idle, idle).identical


@given(programs(), st.data())
def test_a_trained_variable_too_few_or_too_many(program: Program, data: st.DataObject) -> None:
    one = run(program)
    full = by_write(one)
    k = data.draw(st.integers(0, len(one.initial) - 1))
    less = replace(one, steps=tuple(tuple(w for w in s if w.k != k) for s in one.steps))
    assume(all(less.steps))
    lacking = by_write(less)
    name = NAMES[k]
    del lacking.variables[name], lacking.initial[name]
    changes = [
        number
        for number, writes in enumerate(one.steps, 1)
        if any(w.k == k and w.value != one.initial[k] for w in writes)
    ]
    for a, b, reason in (
        (full, lacking, "changed, but the other program has no such variable"),
        (lacking, full, "changed, but the reference has no such variable"),
    ):
        comparison = compare(a, b)
        if not changes:
            assert comparison.identical
            continue
        found = comparison.divergence
        assert found is not None
        assert (found.step, found.variable, found.reason) == (changes[0], name, reason)


@pytest.mark.parametrize("flip", [False, True])
def test_steps_that_are_counted_otherwise_do_not_hide_where_the_values_part(flip: bool) -> None:
    """Rounds of one write against rounds of one and of two."""
    right = [k / 2 for k in range(1, 10)]
    wrong = [*right[:7], 9.0, 10.0]
    steps = [1, 2, 2, 3, 4, 4, 5, 6, 6], [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for values, parts in ((right, None), (wrong, 8)):
        a, b = (
            trajectory(
                *((step, {"v": (1, value)}) for step, value in zip(numbers, each, strict=True)),
                v=0.0,
            )
            for numbers, each in zip(steps[:: -1 if flip else 1], (right, values), strict=True)
        )
        found = compare(a, b).divergence
        assert (found and found.step) == (parts and a.states[parts - 1].step)


@pytest.mark.parametrize(
    ("name", "dtype", "owner", "tolerated"),
    [
        ("iteration", "int64", "optimizer", True),
        ("beta1_power", "float32", "optimizer", True),
        ("loss/total", "float32", "metric", True),
        ("save_counter", "int64", "checkpoint", True),
        ("seed_generator_state", "uint32", "random", True),
        ("global_step", "int64", "", True),
        ("scope/global_step_1", "int32", "", True),
        ("global_step", "float32", "", False),
        ("not_global_step", "int64", "", False),
        ("count", "int64", "", False),
        ("average", "float32", "", False),
    ],
)
@pytest.mark.parametrize("value", [1.0, 7.0])
def test_bookkeeping_may_be_missing_and_nothing_else(
    name: str, dtype: str, owner: str, tolerated: bool, value: float
) -> None:
    """One rule for both programs, and wherever programs are compared."""
    full = trajectory((1, {"v": (1, 1.0), name: (1, value)}), v=0.0, **{name: 0.0})
    full.variables[name] = Variable(name, dtype, (), owner)
    lacking = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    assert compare(lacking, full).identical is tolerated
    assert compare(full, lacking).identical is tolerated
    if not tolerated:
        assert diverges(full, lacking).variable == diverges(lacking, full).variable == name


def test_bookkeeping_that_is_paired_is_compared() -> None:
    a = trajectory((1, {"v": (1, 1.0), "n": (1, 1.0)}), v=0.0, n=0.0)
    b = trajectory((1, {"v": (1, 1.0), "n": (1, 2.0)}), v=0.0, n=0.0)
    for each in (a, b):
        each.variables["n"] = Variable("n", "float32", (), "optimizer")
    assert diverges(a, b).variable == "n"
    b.header["tensorflow"] = "1.15.5"  # where the same name may stand for something else
    found = compare(a, b)
    assert found.identical
    assert (found.mapping.reference_only, found.mapping.other_only) == (("n",), ("n",))


def test_a_global_step_that_both_have_is_compared() -> None:
    counted = trajectory((1, {"v": (1, 1.0), "global_step": (1, 1.0)}), v=0.0, global_step=0.0)
    forgotten = trajectory((1, {"v": (1, 1.0)}), v=0.0, global_step=0.0)
    for one in (counted, forgotten):
        one.variables["global_step"] = Variable("global_step", "int64", ())
    assert diverges(counted, forgotten).variable == "global_step"
    assert diverges(forgotten, counted).variable == "global_step"


def test_a_guess_about_bookkeeping_is_given_up_where_all_else_is_the_same() -> None:
    a = trajectory((1, {"v": (1, 1.0), "slot": (1, 1.0)}), v=0.0, slot=0.0)
    b = trajectory((1, {"v": (1, 1.0), "velocity": (1, -2.0)}), v=0.0, velocity=0.0)
    a.variables["slot"] = Variable("slot", "float32", (), "optimizer")
    b.variables["velocity"] = Variable("velocity", "float32", (), "optimizer")
    found = compare(a, b)
    assert found.identical
    assert [pair.reference for pair in found.mapping.pairs] == ["v"]
    # The user's own variable is none of that.
    b.variables["velocity"] = Variable("velocity", "float32", ())
    assert diverges(a, b).variable == "slot"
    # Nor is anything given up where something else differs, too.
    b.variables["velocity"] = Variable("velocity", "float32", (), "optimizer")
    c = trajectory((1, {"v": (1, 5.0), "velocity": (1, -2.0)}), v=0.0, velocity=0.0)
    c.variables["velocity"] = b.variables["velocity"]
    assert len(compare(a, c).mapping.pairs) == 2


@pytest.mark.parametrize("flip", [False, True])
def test_a_variable_that_one_program_never_writes(flip: bool) -> None:
    trained = trajectory((1, {"v": (1, 1.0), "w": (1, 1.0)}), v=0.0, w=0.0)
    frozen = trajectory((1, {"v": (1, 1.0)}), v=0.0, w=0.0)
    pair = (frozen, trained) if flip else (trained, frozen)
    assert diverges(*pair).variable == "w"
    untrained = find_untrained(*pair, map_variables(*pair))
    assert untrained is not None
    assert (untrained.variable, untrained.step) == ("w", 1)
    assert untrained.reason == (
        "never written, but once in the other program"
        if flip
        else "written once, but never in the other program"
    )


def test_weights_that_are_loaded_and_not_trained() -> None:
    """Frozen embeddings: one program assigns them, the other one begins with them."""

    def program(loads: bool, *trained: str, **initial: float) -> Trajectory:
        steps = [(k, dict.fromkeys(trained, (1, k / 2))) for k in range(1, 5)]
        loading = [(1, {"frozen": (1, 6.0)})] if loads else []
        made = trajectory(*loading, *steps, **initial)
        lines = [90] * len(loading) + [7] * len(steps)
        made.states[:] = [
            replace(state, site=Site("p.py", line))
            for state, line in zip(made.states, lines, strict=True)
        ]
        return made

    loads = program(True, "v", v=0.0, frozen=1.0)
    begins = program(False, "v", v=0.0, frozen=6.0)
    begins_with_others = program(False, "v", v=0.0, frozen=7.0)
    trains = program(False, "v", "frozen", v=0.0, frozen=6.0)
    for a, b in ((loads, begins), (begins, loads)):
        assert compare(a, b).identical
        assert find_untrained(a, b, map_variables(a, b)) is None
    for other in (begins_with_others, trains):
        for a, b in ((loads, other), (other, loads)):
            assert diverges(a, b).variable == "frozen"
            untrained = find_untrained(a, b, map_variables(a, b))
            assert untrained is not None
            assert untrained.variable == "frozen"
            assert ("4 times" if other is trains else "once") in untrained.reason


def test_a_reset_of_what_is_there_is_no_difference() -> None:
    """It may fall to the step before or after, and be left out."""
    a = trajectory(
        (1, {"s": (1, 1.0)}), (1, {"s": (1, 0.0)}), (2, {"s": (1, 1.0)}), s=0.0,
    )  # fmt: skip
    b = trajectory(
        (1, {"s": (1, 0.0)}),
        (1, {"s": (1, 1.0)}),
        (2, {"s": (1, 0.0)}),
        (2, {"s": (1, 1.0)}),
        s=0.0,
    )
    assert compare(a, b).identical
    assert compare(b, a).identical
    b.states[-1] = replace(b.states[-1], writes=b.states[0].writes)
    assert not compare(a, b).identical


def test_steps_that_change_nothing_may_be_left_out_in_between() -> None:
    """A Python `if` for a multiplication by a mask."""
    values = [1.0, 1.0, 2.0, 3.0, 3.0, 4.0]
    masked = trajectory(*((k, {"v": (1, v)}) for k, v in enumerate(values, 1)), v=0.0)
    skipped = trajectory(*((k, {"v": (1, float(k))}) for k in range(1, 5)), v=0.0)
    for pair in ((masked, skipped), (skipped, masked)):
        found = compare(*pair)
        assert found.identical
        assert "2 steps of" in found.notes[0]
    assert (compare(masked, skipped).compared, compare(masked, skipped).states) == (4, 6)
    # The last one, too, where that is no more than in between.
    masked = trajectory(*((k, {"v": (1, v)}) for k, v in enumerate([*values, 4.0], 1)), v=0.0)
    assert compare(masked, skipped).identical
    masked = trajectory(*((k, {"v": (1, v)}) for k, v in enumerate([*values, 4.0, 4.0], 1)), v=0.0)
    assert "nothing changes after step" in compare(masked, skipped).undecided
    wrong = trajectory(*((k, {"v": (1, v)}) for k, v in enumerate([1.0, 2.0, 2.5, 4.0], 1)), v=0.0)
    part = diverges(masked, wrong)
    assert (part.variable, part.step) == ("v", 4)  # where the third value is due


def test_weights_that_are_loaded_before_training() -> None:
    """One program initialises and then assigns what the other one begins with."""
    steps = [(k + 1, {"v": (1, float(k)), "w": (1, float(-k))}) for k in range(10, 14)]
    loads = trajectory((1, {"v": (1, 5.0)}), (1, {"w": (1, 6.0)}), *steps, v=0.0, w=0.0)
    begins = trajectory(*steps, v=5.0, w=6.0)
    for state, line in ((0, 90), (1, 90)):
        loads.states[state] = replace(loads.states[state], site=Site("p.py", line))
    for one in (loads, begins):
        one.states[-4:] = [replace(state, site=Site("p.py", 7)) for state in one.states[-4:]]
    for pair in ((loads, begins), (begins, loads), (loads, loads)):
        assert compare(*pair).identical
    assert "after p.py:90" in compare(loads, begins).notes[0]
    # A line that trains is not one that loads.
    loads.states[:2] = [replace(state, site=Site("p.py", 7)) for state in loads.states[:2]]
    assert diverges(loads, begins).step == 0
    wrong = trajectory(*steps, v=5.0, w=6.5)
    assert diverges(loads, wrong).step == 0


@given(programs(), st.data())
def test_a_wrong_initial_value(program: Program, data: st.DataObject) -> None:
    one = run(program)
    k = data.draw(st.integers(0, len(one.initial) - 1))
    values = list(one.initial)
    values[k] = float(np.nextafter(np.float32(values[k]), np.float32(9)))
    found = diverges(by_write(one), by_session_run(replace(one, initial=tuple(values))))
    assert (found.step, found.variable) == (0, NAMES[k])
    assert found.reason == "the initial values differ"
    assert found.distance is not None
    assert found.distance.ulp == 1


def test_a_variable_that_is_never_initialised() -> None:
    a = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    b = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    del b.initial["v"]
    assert diverges(a, b).reason == "the other program never initialises it"
    assert diverges(b, a).reason == "the reference never initialises it"
    assert compare(b, b).identical


def test_another_type_or_shape_under_the_same_name() -> None:
    a = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    b = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    b.variables["v"] = Variable("v", "float64", (2,))
    found = diverges(a, b)
    assert (found.step, found.variable) == (0, "v")
    assert found.reason == (
        "float32 of shape () in the reference, float64 of shape (2,) in the other program"
    )


def test_a_name_that_means_another_variable_is_no_difference() -> None:
    """Keras numbers its names in another order; shape and first value still tell which is which."""
    a = trajectory((1, {"k": (1, 2.0), "k_1": (1, 3.0)}), k=0.0, k_1=1.0)
    b = trajectory((1, {"k": (1, 3.0), "k_1": (1, 2.0)}), k=1.0, k_1=0.0)
    a.variables["k_1"] = Variable("k_1", "float32", (1,))
    b.variables["k"] = Variable("k", "float32", (1,))
    assert compare(a, b).identical


def test_values_that_were_not_kept_still_differ() -> None:
    a = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    b = trajectory((1, {"v": (1, 2.0)}), v=0.0)
    b.values.clear()
    found = diverges(a, b)
    assert (found.step, found.variable, found.distance) == (1, "v", None)
    assert found.reason == "the values differ (they were too large to keep)"


def test_a_shape_that_changes_during_training() -> None:
    a = trajectory((1, {"v": (1, 1.0)}), v=0.0)
    b = trajectory((1, {"v": (1, 2.0)}), v=0.0)
    (digest,) = (write.digest for write in b.states[0].writes.values())
    b.values["v", digest] = np.zeros(3, np.float32)
    assert diverges(a, b).reason == "the shapes of the values differ: () and (3,)"


def test_what_a_divergence_tells() -> None:
    a = trajectory(
        (1, {"v": (1, -8.0), "w": (1, 1.0)}), (2, {"v": (1, 1.0), "w": (1, 2.0)}), v=0.0, w=0.0
    )
    b = trajectory(
        (1, {"v": (1, -8.0)}),
        (1, {"w": (1, 1.0)}),
        (2, {"v": (1, 2.0)}),
        (2, {"w": (1, 2.0)}),
        v=0.0,
        w=0.0,
    )
    comparison = compare(a, b)
    assert (comparison.steps, comparison.states) == (2, 2)
    found = comparison.divergence
    assert found is not None
    assert (found.reference_site, found.other_site) == (Site("p.py", 2), Site("p.py", 3))
    assert found.scaled == 1 / 8
    assert found.agreeing == ("w",)


def test_the_scale_counts_the_initial_value() -> None:
    a = trajectory((1, {"v": (1, 1.0)}), v=-16.0)
    b = trajectory((1, {"v": (1, 2.0)}), v=-16.0)
    assert diverges(a, b).scaled == 1 / 16


def test_no_scale_where_there_was_only_zero() -> None:
    a = trajectory((1, {"v": (1, 0.0)}), v=0.0)
    b = trajectory((1, {"v": (1, 2.0)}), v=0.0)
    assert diverges(a, b).scaled is None


# Size


def test_ten_thousand_states_of_thirty_variables_take_seconds() -> None:
    names = [f"v{k}" for k in range(30)]

    def recording(
        per_state: int, calls: int = 1, wrong: int = -1, steps: int = 10_000
    ) -> Trajectory:
        result = Trajectory({}, status="finished")
        for name in names:
            result.variables[name] = Variable(name, "float32", ())
            result.initial[name] = "0"
        for step in range(calls, steps + 1, calls):
            digest = "wrong" if step == wrong else str(step)
            for start in range(0, 30, per_state):
                writes = {n: Write(calls, digest) for n in names[start : start + per_state]}
                result.states.append(State(step // calls, Site("p.py", 1), writes))
        return result

    session, function = recording(30), recording(30, 5)
    start = time.process_time()
    assert compare(recording(1, steps=1000), recording(30, steps=1000)).identical
    assert compare(session, function).identical
    assert diverges(session, recording(30, 5, wrong=9000)).step == 9000
    assert time.process_time() - start < 15
