"""What to try next where programs diverge: only what has been tried here, and has helped."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from migrate_vars.equivalence.judging.checks import NEW, NEW_EAGER, ORACLE, Link, Verification
from migrate_vars.equivalence.judging.closer_look import Settings
from migrate_vars.equivalence.judging.teacher_forcing import ForcingError, start_from
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.running.data_replay import ReplayError, replay
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.mapping import MappingError, Wishes

# A program that takes longer, in seconds, is not run again for a hint.
_CHEAP = 20.0
# More variables than that are not to be left out.
_IGNORED = 3


def find_hints(
    reference: Run,
    links: Sequence[Link],
    runs: Mapping[str, Run],
    judgements: Mapping[str, Judgement],
    settings: Settings,
) -> dict[str, Judgement]:
    """Adds to judgements what would make programs train alike that diverge.

    Args:
        reference: The run that all others are compared with.
        links: The comparisons.
        runs: The other runs, by name of the link.
        judgements: What came out of comparing them.
        settings: How closely was looked.

    Returns:
        The judgements.
    """
    found = dict(judgements)
    for link in links:
        judgement = found[link.name]
        if judgement.verdict is not Verdict.DIVERGED or link.name in (ORACLE, NEW_EAGER):
            continue
        other = runs[link.name]
        hints = [*judgement.hints]
        if link.name == NEW:
            hints += _ignoring(link, reference, other, judgement)
        if max(reference.seconds, other.seconds) <= _CHEAP:
            with suppress(ForcingError, ReplayError):
                hints += _starting(link, reference, other, judgement, settings)
            with suppress(ReplayError):
                hints += _replaying(link, reference, other, judgement, settings)
        found[link.name] = replace(judgement, hints=tuple(dict.fromkeys(hints)))
    return found


def worth_own_seeds(result: Verification) -> bool:
    """Whether programs that diverge with aligned seeds are to be tried with their own."""
    trajectory = result.reference.trajectory
    if trajectory is None or not trajectory.random or result.reference.seconds > _CHEAP:
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


def _ignoring(link: Link, reference: Run, other: Run, judgement: Judgement) -> Iterator[str]:
    """Variables without which all else is the same."""
    assert reference.trajectory is not None
    ignored: list[str] = []
    tried = judgement
    while len(ignored) < _IGNORED:
        divergence = tried.divergence
        if tried.data is not None or divergence is None or divergence.variable is None:
            return
        ignored.append(divergence.variable)
        wishes = Wishes(link.wishes.given, (*link.wishes.ignored, *ignored))
        try:
            tried = replace(link, wishes=wishes).judge(reference, other)
        except MappingError:
            return
        if tried.verdict.passed:
            pairs = () if tried.comparison is None else tried.comparison.mapping.pairs
            if reference.trajectory.changed.isdisjoint(pair.reference for pair in pairs):
                return  # nothing that is trained would be left
            options = " ".join(f"--ignore-variable {shlex.quote(name)}" for name in ignored)
            it = "it does" if len(ignored) == 1 else "they do"
            yield f"{options}, if {it} not matter: all else is {tried.verdict.value}"
            return


def _starting(
    link: Link, reference: Run, other: Run, judgement: Judgement, settings: Settings
) -> Iterator[str]:
    """The reference's initial values, where they differ."""
    divergence, comparison = judgement.divergence, judgement.comparison
    if settings.same_start or divergence is None or divergence.step or comparison is None:
        return
    assert reference.trajectory is not None
    run = start_from(reference.trajectory, other, comparison.mapping)
    yield from _better("--same-start", link.judge(reference, run), judgement)


def _replaying(
    link: Link, reference: Run, other: Run, judgement: Judgement, settings: Settings
) -> Iterator[str]:
    """The reference's data, where the programs are fed others."""
    if settings.replay_feeds or judgement.data is None:
        return
    run = replay(reference, other)
    yield from _better("--replay-feeds", link.judge(reference, run), judgement)


def _better(option: str, tried: Judgement, judgement: Judgement) -> Iterator[str]:
    """Says how an option helps, if it makes a program train alike, or for longer."""
    if tried.verdict.passed:
        yield f"{option}, with which it is {tried.verdict.value}"
        return
    before, after = judgement.divergence, tried.divergence
    if tried.verdict is Verdict.DIVERGED and before is not None and after is not None:
        where = "" if after.variable is None else f" in {after.variable}"
        if after.step > before.step:
            yield f"{option}, with which they differ from step {after.step} on{where}"
