"""What is tried before a divergence is reported: other starts, one step at a time, equal seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest

from migrate_vars.equivalence.forcing import Forced, ForcingError, force, start_from
from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.equivalence.links import ORACLE, REPEAT, Link, Verification, judge_links
from migrate_vars.equivalence.programs import Program, Run
from migrate_vars.equivalence.replaying import ReplayError, fed_like, replay
from migrate_vars.equivalence.verdicts import Judgement, Verdict

# A program that takes longer, in seconds, is not run again unasked.
_CHEAP = 60.0


@dataclass(frozen=True)
class Settings:
    """How closely to look.

    Attributes:
        seeds: When random numbers get the same seeds in all programs: "aligned" always, "own"
            never, "auto" where the programs do not train alike with their own.
        same_start: Whether the other programs start from the reference's initial values.
        replay_feeds: Whether those that diverge are fed the reference's data instead of their own.
        compare_output: Whether programs must also print and summarise what the reference does.
    """

    seeds: str = "auto"
    same_start: bool = False
    replay_feeds: bool = False
    compare_output: bool = False

    def __post_init__(self) -> None:
        if self.seeds not in ("auto", "own", "aligned"):
            raise ValueError(f"seeds is {self.seeds!r} instead of 'auto', 'own' or 'aligned'")

    def prepare(self, program: Program) -> Program:
        """The program, as it is to run first."""
        return replace(program, align_seeds=True) if self.seeds == "aligned" else program


def look_closer(
    reference: Run,
    links: Sequence[Link],
    runs: Mapping[str, Run],
    interpreter_of: Callable[[Link], Interpreter],
    home: Interpreter,
    judgements: Mapping[str, Judgement],
    settings: Settings,
) -> tuple[dict[str, Run], dict[str, Judgement], list[str]]:
    """Runs programs that diverge again, from the reference's values.

    Args:
        reference: The run that all others are compared with.
        links: The comparisons.
        runs: The other runs, by name of the link.
        interpreter_of: Where the program of a link runs.
        home: Where the reference runs.
        judgements: What came out of comparing them.
        settings: How closely to look.

    Returns:
        Runs and judgements, the replaced ones among them, and notes.
    """
    found_runs, found, notes = dict(runs), dict(judgements), []
    looked_at: set[object] = set()
    for link in links:
        name, place = link.name, interpreter_of(link)
        try:
            if settings.same_start and name != ORACLE and _starts_elsewhere(found[name]):
                found_runs[name] = _restart(reference, link, found[name], place)
                found |= judge_links(reference, [link], found_runs)
                notes.append(f"{link.program.label} started from the reference's initial values")
            if settings.replay_feeds and name != ORACLE and found[name].verdict is Verdict.DIVERGED:
                own = found[name].data
                found_runs[name] = replay(reference, home, found_runs[name], place)
                found |= judge_links(reference, [link], found_runs)
                why = (
                    f", because {own}; a mistake that makes them differ does not show"
                    if own
                    else ""
                )
                notes.append(f"{link.program.label} was fed the reference's data{why}")
            judgement = found[name]
            # A mistake in a script shows in every run of it.
            key = (judgement.message, judgement.divergence and judgement.divergence.distance)
            if judgement.verdict is not Verdict.DIVERGED or key in looked_at:
                continue
            looked_at.add(key)
            sides = (reference, home, found_runs[name], place)
            if name == ORACLE:  # its run is the one that is taken to be right
                sides = (found_runs[name], place, reference, home)
            forced = _force(judgement, *sides)
            if name == ORACLE and forced is not None and (forced.wrong or forced.stopped):
                forced = _force_fed(judgement, *sides) or forced
            found[name] = replace(judgement, forced=forced)
            if name == ORACLE and forced is not None and _only_adds_up(judgement, forced):
                # The same program on both sides: all that differs is how kernels round.
                found[name] = replace(
                    found[name], verdict=Verdict.DRIFT, divergence=None, data=None
                )
                notes.append(
                    f"{link.program.label}: {judgement.message}, but {forced}: "
                    "what adds up is how the two releases round"
                )
        except ForcingError as error:
            label = found_runs[name].program.label
            notes.append(f"{label} could not be run from the reference's values: {error}")
        except ReplayError as error:
            label = found_runs[name].program.label
            notes.append(f"{label} could not be fed the reference's data: {error}")
    return found_runs, found, notes


def _only_adds_up(judgement: Judgement, forced: Forced) -> bool:
    """Whether a drift is too large after many steps, and after no single one."""
    drift, bound = judgement.drift, judgement.bound
    if drift is None or bound is None or drift.scaled <= bound or forced.wrong or forced.stopped:
        return False
    return bool(forced.distances) and drift.step in forced.steps


def _starts_elsewhere(judgement: Judgement) -> bool:
    comparison = judgement.comparison
    divergence = comparison.divergence if comparison is not None else None
    return divergence is not None and divergence.step == 0


def _restart(reference: Run, link: Link, judgement: Judgement, place: Interpreter) -> Run:
    assert reference.trajectory is not None
    assert judgement.comparison is not None
    return start_from(link.program, reference.trajectory, judgement.comparison.mapping, place)


def _force(
    judgement: Judgement, reference: Run, home: Interpreter, other: Run, place: Interpreter
) -> Forced | None:
    if judgement.comparison is None or max(reference.seconds, other.seconds) > _CHEAP:
        return None
    return force(reference, other, judgement.comparison.mapping, place, judgement.bound, home)


def _force_fed(
    judgement: Judgement, reference: Run, home: Interpreter, other: Run, place: Interpreter
) -> Forced | None:
    """Forces a program that is fed the reference's data, too; None if that does not right it.

    What a program learns may decide what it is fed next: rounding, another action, other data.
    """
    with suppress(ReplayError, ForcingError), fed_like(reference, home, other) as program:
        forced = _force(judgement, reference, home, replace(other, program=program), place)
        if forced is not None and not (forced.wrong or forced.stopped):
            return forced
    return None


def align_seeds(
    result: Verification,
    interpreter: Interpreter,
    verify_aligned: Callable[[], Verification],
) -> Verification:
    """Verifies again with the same seeds in all programs, where that may make a difference.

    It may where the reference does not repeat, and where a program diverges and the reference makes
    random ops: TensorFlow chooses other seeds for them in each release and way of running.

    Args:
        result: What came out with the programs' own seeds.
        interpreter: Where the reference runs.
        verify_aligned: Verifies with aligned seeds.

    Returns:
        The result with aligned seeds and a note that says so; ``result`` itself if seeds make no
        difference, or the reference does not even repeat with aligned ones.
    """
    found = result.judgements
    verdicts = {judgement.verdict for judgement in found.values()}
    program = result.reference.program
    if Verdict.UNDEFINED not in verdicts:
        if Verdict.DIVERGED not in verdicts or result.reference.seconds > _CHEAP:
            return result
        probe = interpreter.run(replace(program, align_seeds=True))
        if probe.trajectory is None or not probe.trajectory.random:
            return result
    repeats = not _is_undefined(result)
    aligned = verify_aligned()
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
    why = "draws other random numbers than the others" if repeats else "does not repeat"
    notes = [f"all programs drew from the same seeds: with its own, {program.label} {why}"]
    for name, run in aligned.runs.items():
        if not aligned.judgements[name].verdict.passed:
            notes += _unlike_random_ops(aligned.reference, run)
    return replace(aligned, notes=(*notes, *aligned.notes))


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
    if reference.trajectory is None or other.trajectory is None:
        return []
    pairs = zip_longest(reference.trajectory.random, other.trajectory.random)
    for number, (ours, theirs) in enumerate(pairs, 1):
        if ours is None or theirs is None or ours.kind != theirs.kind:
            mine = "none" if ours is None else f"{ours.kind} at {ours.site}"
            found = "there is none" if theirs is None else f"it is {theirs.kind} at {theirs.site}"
            return [
                f"random numbers differ from random op {number} on: {mine} in "
                f"{reference.program.label}, in {other.program.label} {found}"
            ]
    return []
