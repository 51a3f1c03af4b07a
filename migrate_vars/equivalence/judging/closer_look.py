"""What is tried before a divergence is reported: other starts, one step at a time, equal seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from migrate_vars.equivalence.judging.checks import ORACLE, REPEAT, Link, Verification, judge_links
from migrate_vars.equivalence.judging.dataset_shuffles import judge_shuffles
from migrate_vars.equivalence.judging.random_draws import CHEAP, find_streams, unlike_draws
from migrate_vars.equivalence.judging.rounding_verdict import doubt_data, judge_rounding, settle
from migrate_vars.equivalence.judging.sensitivity import Sensitivity, Sides
from migrate_vars.equivalence.judging.teacher_forcing import Forced, ForcingError, force, start_from
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge
from migrate_vars.equivalence.running.data_replay import ReplayError, fed_like, replay
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.records import RandomOp

# A difference that is larger where it begins, relative to the variable, is not looked at for being
# rounding, unless that is allowed.
_SMALL = 1e-3
_ACCEPT = "it differs by rounding, which --drift rounding accepts: {}"


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


def look_closer(
    reference: Run,
    links: Sequence[Link],
    runs: Mapping[str, Run],
    judgements: Mapping[str, Judgement],
    settings: Settings,
    sensitivity: Sensitivity,
) -> tuple[dict[str, Run], dict[str, Judgement], list[str]]:
    """Runs programs that diverge again, from the reference's values.

    Args:
        reference: The run that all others are compared with.
        links: The comparisons.
        runs: The other runs, by name of the link.
        judgements: What came out of comparing them.
        settings: How closely to look.
        sensitivity: Knows the reference.

    Returns:
        Runs and judgements, the replaced ones among them, and notes.
    """
    found_runs, found, notes = dict(runs), dict(judgements), []
    looked_at: set[object] = set()
    for link in links:
        name = link.name
        try:
            if settings.same_start and name != ORACLE and _starts_elsewhere(found[name]):
                found_runs[name] = _restart(reference, found_runs[name], found[name])
                found |= judge_links(reference, [link], found_runs)
                notes.append(f"{link.program.label} started from the reference's initial values")
            if settings.replay_feeds and name != ORACLE and found[name].verdict is Verdict.DIVERGED:
                own = found[name].data
                found_runs[name] = replay(reference, found_runs[name])
                found |= judge_links(reference, [link], found_runs)
                why = (
                    f", because {own}; a mistake that makes them differ does not show"
                    if own
                    else ""
                )
                notes.append(f"{link.program.label} was fed the reference's data{why}")
            found = settle(reference, [link], found_runs, found, sensitivity)
            judgement = found[name]
            if judgement.verdict.passed and name not in (ORACLE, REPEAT):
                found[name], said = _judge_draws(judgement, reference, found_runs[name])
                notes += said
                judgement = found[name]
            found[name], shuffled = judge_shuffles(judgement, reference, found_runs[name])
            notes += shuffled
            judgement = found[name]
            # A mistake in a script shows in every run of it.
            key = (judgement.message, judgement.divergence and judgement.divergence.distance)
            if judgement.verdict is not Verdict.DIVERGED or key in looked_at:
                continue
            if judgement.divergence is None and judgement.drift is None:
                continue  # no step is wrong
            looked_at.add(key)
            if judgement.rounding is not None:
                continue  # whose steps have been looked at
            sides = reference, found_runs[name]
            if name == ORACLE:  # its run is the one that is taken to be right
                sides = sides[::-1]
            forced = _force(judgement, *sides)
            if name == ORACLE and forced is not None and (forced.wrong or forced.stopped):
                forced = _force_fed(judgement, *sides) or forced
            found[name] = replace(judgement, forced=forced)
            if link.bound is None and not link.rounding:
                found[name] = _hinted(found[name], found_runs[name], sensitivity)
            comparison = judgement.comparison
            if name == ORACLE and forced is not None and _only_adds_up(judgement, forced):
                # The same program on both sides: all that differs is how kernels round.
                found[name] = replace(
                    found[name], verdict=Verdict.DRIFT, divergence=None, data=None
                )
                assert comparison is not None
                sides_again = Sides(found_runs[name], comparison.mapping, True)
                looked = doubt_data(found[name], sensitivity, sides_again)
                found[name] = looked
                if looked.verdict.passed:
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


def _judge_draws(judgement: Judgement, reference: Run, other: Run) -> tuple[Judgement, list[str]]:
    """Judges whether two programs are alike with random numbers of their own, too."""
    unlike, notes = unlike_draws(reference, other)
    if not unlike:
        return judgement, notes
    asked_for = [one for one in unlike if one.is_asked_for]
    verdict = Verdict.DIVERGED if asked_for else Verdict.UNDEFINED
    message = [*asked_for, *unlike][0].describe(reference, other)
    return replace(judgement, verdict=verdict, message=message, drift=None), notes


def _hinted(judgement: Judgement, run: Run, sensitivity: Sensitivity) -> Judgement:
    """Says that a difference is rounding, and how to accept it, if it is.

    Looked at is only what may be: a difference that is small where it begins.
    """
    divergence, comparison = judgement.divergence, judgement.comparison
    small = divergence is not None and divergence.scaled is not None and divergence.scaled < _SMALL
    if not small or max(sensitivity.reference.seconds, run.seconds) > CHEAP:
        return judgement
    assert divergence is not None
    assert comparison is not None
    if not divergence.step or "values differ" not in divergence.reason:
        return judgement
    tried = judge_rounding(judgement, sensitivity, Sides(run, comparison.mapping))
    if tried.verdict is not Verdict.ROUNDING:
        return judgement
    hint = _ACCEPT.format(tried.rounding)
    return replace(judgement, rounding=tried.rounding, hints=(*judgement.hints, hint))


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


def _restart(reference: Run, other: Run, judgement: Judgement) -> Run:
    assert reference.trajectory is not None
    assert judgement.comparison is not None
    return start_from(reference.trajectory, other, judgement.comparison.mapping)


def _force(judgement: Judgement, reference: Run, other: Run) -> Forced | None:
    if judgement.comparison is None or max(reference.seconds, other.seconds) > CHEAP:
        return None
    return force(reference, other, judgement.comparison.mapping, judgement.bound)


def _force_fed(judgement: Judgement, reference: Run, other: Run) -> Forced | None:
    """Forces a program that is fed the reference's data, too; None if that does not right it.

    What a program learns may decide what it is fed next: rounding, another action, other data.
    """
    with suppress(ReplayError, ForcingError), fed_like(reference, other) as fed:
        forced = _force(judgement, reference, fed)
        if forced is not None and not (forced.wrong or forced.stopped):
            return forced
    return None


def align_seeds(
    result: Verification,
    interpreters: Sequence[Interpreter],
    settings: Settings,
    verify_aligned: Callable[[Settings], Verification],
) -> Verification:
    """Verifies again with the same random numbers in all programs, if that may make a difference.

    It may where the reference does not repeat, and where a program diverges and the reference makes
    random ops: TensorFlow chooses other seeds for them in each release and way of running.

    Args:
        result: What came out with the programs' own seeds.
        interpreters: Where the reference may run, the one whose numbers count most first.
        settings: Those of the result.
        verify_aligned: Verifies with other settings.

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
    aligned_settings = settings.with_streams(program, interpreters)
    if not undefined and not aligned_settings.streams:
        return result
    repeats = not _is_undefined(result)
    aligned = verify_aligned(aligned_settings)
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
    better = _draw_by_training(aligned, aligned_settings, verify_aligned)
    if better is not None:
        return replace(better, notes=(*([] if draws_its_own else notes), *better.notes))
    for name, run in aligned.runs.items():
        if not aligned.judgements[name].verdict.passed:
            notes += _unlike_random_ops(aligned.reference, run)
    return replace(aligned, notes=(*notes, *aligned.notes))


def _draw_by_training(
    aligned: Verification,
    settings: Settings,
    verify_aligned: Callable[[Settings], Verification],
) -> Verification | None:
    """Verifies again with draws that do not depend on draws where nothing is trained.

    Args:
        aligned: What came out with aligned seeds.
        settings: Those that it came out with.
        verify_aligned: Verifies with other settings.

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
    if not parted or not settings.streams:
        return None
    result = verify_aligned(replace(settings, training_draws=True))
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


def say_aligned(result: Verification, settings: Settings) -> Verification:
    """The result of a verification with aligned seeds, with a note that says so."""
    if settings.seeds != "aligned":
        return result
    label = result.reference.program.label
    chosen = [op for op in settings.streams or () if op.own is None]
    note = (
        f"all programs drew the random numbers of {label}; Python's generator and NumPy's, where "
        "nobody seeds them, began from one state"
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
        f"{drew} with seeds that were chosen for it, as it does not repeat with its own: the "
        "verdict holds for those"
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
