"""Verifies again with the same random numbers in all programs, where that may make a difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from migrate_vars.equivalence.judging.checks import ORACLE, REPEAT
from migrate_vars.equivalence.judging.random_draws import CHEAP, OWN_DRAWS, Draws, draws_of
from migrate_vars.equivalence.judging.verdicts import Verdict, judge
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run

# A program that takes longer, in seconds, is not run again for a hint.
_CHEAP_HINT = 20.0

#: Verifies with some random numbers.
Verify = Callable[[Draws], Verification]


def verify_with_seeds(
    verify: Verify,
    program: Program,
    interpreters: Sequence[Interpreter],
    seeds: str,
    aligned: Draws | None = None,
) -> Verification:
    """Verifies with the programs' own seeds, with aligned ones, or with both.

    Args:
        verify: Verifies with some random numbers.
        program: The program whose random numbers the others draw where seeds are aligned.
        interpreters: Where it may run, the one whose numbers count most first.
        seeds: When they are: "aligned" always, "own" never, "auto" where it may help.
        aligned: What to draw with "aligned", where that is known already.
    """
    if seeds == "own":
        return verify(OWN_DRAWS)
    if seeds == "auto":
        own = verify(OWN_DRAWS)
        return with_own_seeds(_align_seeds(own, verify, interpreters), own)
    draws = draws_of(program, interpreters) if aligned is None else aligned
    result = verify(draws)
    said = _say_aligned(result, draws)
    return with_own_seeds(said, verify(OWN_DRAWS)) if _worth_own_seeds(result) else said


def _worth_own_seeds(result: Verification) -> bool:
    """Whether programs that diverge with aligned seeds are to be tried with their own."""
    trajectory = result.reference.trajectory
    if trajectory is None or not trajectory.random or result.reference.seconds > _CHEAP_HINT:
        return False
    return any(one.verdict is Verdict.DIVERGED for one in result.judgements.values())


def with_own_seeds(aligned: Verification, own: Verification) -> Verification:
    """Adds to what came out with aligned seeds where the programs' own ones do better."""
    found = dict(aligned.judgements)
    for name, judgement in found.items():
        before = own.judgements.get(name)
        if judgement.verdict is Verdict.DIVERGED and before is not None and before.verdict.passed:
            hint = f"--seeds own, with which it is {before.verdict.value}"
            found[name] = replace(judgement, hints=(*judgement.hints, hint))
    return replace(aligned, judgements=found)


def _align_seeds(
    result: Verification, verify: Verify, interpreters: Sequence[Interpreter]
) -> Verification:
    """Verifies again with the same random numbers in all programs, if that may make a difference.

    It may where the reference does not repeat, and where a program diverges and the reference makes
    random ops: TensorFlow chooses other seeds for them in each release and way of running.

    Args:
        result: What came out with the programs' own seeds.
        verify: Verifies with other random numbers.
        interpreters: Where the reference may run, the one whose numbers count most first.

    Returns:
        The result with aligned seeds and a note that says so; ``result`` itself if seeds make no
        difference, or the reference does not even repeat with aligned ones.
    """
    found = result.judgements
    verdicts = {judgement.verdict for judgement in found.values()}
    program = result.reference.program
    undefined = Verdict.UNDEFINED in verdicts
    if not undefined and (Verdict.DIVERGED not in verdicts or result.reference.seconds > CHEAP):
        return result
    draws = draws_of(program, interpreters)
    if not undefined and not draws.streams:
        return result
    repeats = not _is_undefined(result)
    aligned = verify(draws)
    if _is_undefined(aligned):
        note = f"aligned seeds do not change that: {program.label} is undefined with them, too"
        return replace(result, notes=(*result.notes, *[note] * (not repeats)))
    now = {name: judgement.verdict for name, judgement in aligned.judgements.items()}
    before = {name: judgement.verdict for name, judgement in found.items()}
    failed = any(
        now[name] is Verdict.ERROR and before.get(name) not in (None, Verdict.ERROR) for name in now
    )
    if failed or (repeats and Verdict.DIVERGED not in verdicts and now == before):
        return result
    draws_its_own = _draws_its_own(result, aligned)
    notes = [_whose_numbers(aligned, draws_its_own)]
    better = _draw_by_training(aligned, draws, verify)
    if better is not None:
        return replace(better, notes=(*([] if draws_its_own else notes), *better.notes))
    for name, run in aligned.runs.items():
        if not aligned.judgements[name].verdict.passed:
            notes += _unlike_random_ops(aligned.reference, run)
    return replace(aligned, notes=(*notes, *aligned.notes))


def _draw_by_training(aligned: Verification, draws: Draws, verify: Verify) -> Verification | None:
    """Verifies again with draws that do not depend on draws where nothing is trained.

    Args:
        aligned: What came out with aligned seeds.
        draws: The random numbers that it came out with.
        verify: Verifies with other random numbers.

    Returns:
        The result with a note that says so; None if it is no better.
    """
    parted = {
        name: judgement
        for name, judgement in aligned.judgements.items()
        if judgement.verdict is Verdict.DIVERGED
        and judgement.divergence is not None
        and judgement.divergence.step > 0
    }
    if not parted or not draws.streams:
        return None
    result = verify(replace(draws, by_training=True))
    now = result.judgements  # functions run eagerly only where something is wrong
    passed = [name for name in parted if name in now and now[name].verdict.passed]
    idle = [
        (run.program.label, run.trajectory.random[number])
        for run in (result.reference, *(result.runs[name] for name in passed))
        if run.trajectory is not None
        for number in run.trajectory.idle
    ]
    worse = any(
        name in aligned.judgements
        and aligned.judgements[name].verdict.passed
        and not judgement.verdict.passed
        for name, judgement in now.items()
    )
    if not passed or not idle or worse:
        return None
    label, op = idle[0]
    judgement = parted[passed[0]]
    assert judgement.divergence is not None
    note = (
        f"the verdict holds for random numbers that depend on how often an op has trained: {label} "
        f"also draws where nothing is trained ({op.kind} at {op.site}), which moves the random "
        "numbers of the op on; with those that it draws unasked, training differs from step "
        f"{judgement.divergence.step} on"
    )
    return replace(result, notes=(note, *result.notes))


def _say_aligned(result: Verification, draws: Draws) -> Verification:
    """The result of a verification with aligned seeds, with a note that says so."""
    label = result.reference.program.label
    chosen = [op for op in draws.streams or () if op.own is None]
    note = (
        f"all programs drew the random numbers of {label}; the generators of Python and NumPy, "
        "where unseeded, started from one state"
    )
    if chosen:
        note += (
            f"; {chosen[0].kind} at {chosen[0].site} has no seed, "
            "and the verdict holds for the one that was chosen"
        )
    return replace(result, notes=(note, *result.notes))


def _draws_its_own(own: Verification, aligned: Verification) -> bool:
    """Whether the reference did with aligned seeds what it does with its own."""
    before, after = _source(own), _source(aligned)
    return not _is_undefined(own) and judge(before, after).verdict is Verdict.IDENTICAL


def _source(result: Verification) -> Run:
    """The run whose random numbers the others draw where seeds are aligned."""
    oracle = result.runs.get(ORACLE)
    return result.reference if oracle is None or oracle.error else oracle


def _whose_numbers(aligned: Verification, its_own: bool) -> str:
    """Says whose random numbers were drawn, and for which seeds the verdict holds."""
    drew = f"the others drew the random numbers of {_source(aligned).program.label}"
    if its_own:
        return f"{drew}: with seeds of their own, they draw others"
    return (
        f"{drew} with seeds that were chosen for it, because it is nondeterministic with its own: "
        "the verdict holds for those"
    )


def _is_undefined(result: Verification) -> bool:
    """Whether a reference does not repeat, so that nothing can be compared with it.

    That another run differs because of a race of the reference is something that can be said.
    """
    repeat = result.judgements.get(REPEAT)
    if repeat is not None:
        return repeat.verdict in (Verdict.UNDEFINED, Verdict.ERROR)
    return any(
        judgement.verdict is Verdict.ERROR or (judgement.again and name != ORACLE)
        for name, judgement in result.judgements.items()
    )


def _unlike_random_ops(reference: Run, other: Run) -> list[str]:
    """Says where two programs make other random ops, whose numbers are then others, too."""
    ours, trajectory = other.program.streams, other.trajectory
    if ours is None or trajectory is None or other.program.eager:
        return []
    known = {op.like for op in trajectory.random}
    missing = [op for number, op in enumerate(ours) if number not in known]
    added = [op for op in trajectory.random if op.like is None]
    notes = []
    for ops, label, where in (
        (missing, reference.program.label, other.program.label),
        (added, other.program.label, reference.program.label),
    ):
        if ops:
            more = f" and {len(ops) - 1} more" if len(ops) > 1 else ""
            notes.append(f"{ops[0].kind} at {ops[0].site}{more} in {label} has none in {where}")
    return [f"random numbers differ where ops do: {', '.join(notes)}"] if notes else []
