"""Whether two tracks are identical bit for bit, and where they first differ.

The two rarely have states at the same places: a session has a state after each run, eager execution
one after each assignment, a ``tf.function`` one after each call, which may take several steps.
There are two ways to be identical:

* Same steps. All variables must be equal at the end of every step. Within a step, the order in
  which variables are written does not matter. A variable that both write equally often must take
  the same values. Otherwise (two assignments merged into one, an assignment of the current value),
  neither may show intermediate values that the other does not have.
* Different steps. Every state of the coarser track must occur in the finer one after the same
  number of writes of every variable, in order, and nothing may follow. If control flow hides the
  number of writes, all values must match in exactly one step.

If they are not identical, they are compared again without writes that change nothing, such as a
reset of what is already zero, since one of the programs may omit them. If one begins with values
that the other reaches before it trains, the comparison starts there.

Values never decide which writes are compared with each other, except by being equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from migrate_vars.trajectory.divergence import (
    Divergence,
    missing_write,
    step_count_divergence,
    value_divergence,
    written_unlike,
)
from migrate_vars.trajectory.tracks import Track, Written, running, total


@dataclass(frozen=True)
class Exact:
    """The result of comparing two tracks.

    Attributes:
        divergence: The first difference in any bit, or None.
        undecided: Why it cannot be decided whether they are identical, although nothing differs; or
            "".
        compared: The number of states of the reference at which both were compared.
        states: The number of states of the reference from the common beginning on.
        notes: Further remarks.
    """

    divergence: Divergence | None
    undecided: str = ""
    compared: int = 0
    states: int = 0
    notes: tuple[str, ...] = ()


def compare_tracks(a: Track, b: Track) -> Exact:
    """Compares the track of the checked program, ``b``, with that of its reference."""
    a, b, notes = same_beginning(a, b)
    for k in range(len(a.names)):
        if a.initial[k] != b.initial[k]:
            return Exact(value_divergence(a, b, k, 0))
    found = _compare(a, b)
    states = len(a.events)
    if found.divergence is None and not found.undecided:
        return Exact(None, "", found.compared, states, notes)
    less, other_less = a.without_idle_writes(), b.without_idle_writes()
    if not _can_do_without(a, b, less, other_less):
        return Exact(found.divergence, found.undecided, found.compared, states, notes)
    again = _compare(less, other_less)
    if again.divergence is None and _takes_same_values(less, other_less):
        undecided, note = _idle_steps(a, b, less, other_less)
        idle = 0 if note or undecided else states - len(less.events)
        notes += (note,) if note else ()
        compared = again.compared + idle
        return Exact(None, again.undecided or undecided, compared, states, notes)
    if a.steps != b.steps and found.divergence is not None and again.divergence is not None:
        # Steps that only one of them takes shift all later ones.
        found = max(found, again, key=lambda each: each.divergence.step if each.divergence else 0)
    return Exact(found.divergence, found.undecided, found.compared, states, notes)


def same_beginning(a: Track, b: Track) -> tuple[Track, Track, tuple[str, ...]]:
    """Drops what precedes the place where both tracks have the same values before training.

    Returns:
        The tracks, unchanged if there is no such place, and a note that names the place.
    """
    begin, other_begin = _beginnings(a, b)
    notes = _late_beginnings(a, b, begin, other_begin)
    return a.from_event(begin), b.from_event(other_begin), notes


class _Outcome(NamedTuple):
    """The result for two tracks that begin with the same values."""

    divergence: Divergence | None = None
    undecided: str = ""
    compared: int = 0


def _compare(a: Track, b: Track) -> _Outcome:
    found = _first_difference_by_step(a, b)
    if found is None:
        return _Outcome(compared=_compared_by_step(a, b))
    coarse, fine = sorted((a, b), key=lambda track: len(track.events))
    fit = _fit(coarse, fine)
    if fit is _Fit.ONE:
        return _Outcome(compared=len(coarse.events))
    if a.steps == b.steps or not a.events or not b.events:
        return _Outcome(found)
    # An extra write shows in the next state, which may belong to the next step.
    if _first_step(a) == _first_step(b) and (
        found.variable is None or _parting_step(a, b) <= a.number_of(found.step) + 1
    ):
        return _Outcome(found)
    if fit is _Fit.SEVERAL:
        return _Outcome(
            undecided="control flow hides how often variables are written, and the states of "
            f"{a.steps} and {b.steps} steps match in more than one way",
            compared=len(coarse.events),
        )
    return _Outcome(_first_difference_by_count(a, b))


def _compared_by_step(a: Track, b: Track) -> int:
    """The number of events of ``a`` at which two tracks with the same steps were compared."""
    compared = 0
    for step, _, writes in a.events:
        ours, theirs = a.by_step[step], b.by_step.get(step, {})
        compared += all(
            written is ours[k][-1] or any(w.digest == written.digest for w in theirs.get(k, ()))
            for k, written in writes
        )
    return compared


def _beginnings(a: Track, b: Track) -> tuple[int, int]:
    """The number of events in each track after which both have the same values.

    Programs load pretrained weights, or copy one network to another, before they train. Such writes
    are recognised by their lines, which are not executed again later.
    """
    if a.initial == b.initial or min(a.steps, b.steps) < 2:
        return 0, 0
    ours, theirs = dict(_before_training(a)), dict(_before_training(b))
    common = [
        (ours[state] + theirs[state], ours[state], theirs[state])
        for state in ours
        if state in theirs
    ]
    return min(common, default=(0, 0, 0))[1:]


def _before_training(track: Track) -> Iterator[tuple[tuple[str, ...], int]]:
    """The states of a track before training, latest first, with their number of events."""
    last = {event.site: number for number, event in enumerate(track.events)}
    found = [(tuple(track.initial), 0)]
    reached = -1
    for number, (event, state) in enumerate(zip(track.events, track.states(), strict=True)):
        reached = max(reached, last[event.site])
        if event.step > 1 or reached >= len(track.events) - 1:
            break
        if reached == number:
            found.append((state, number + 1))
    return reversed(found)


def _late_beginnings(a: Track, b: Track, begin: int, other_begin: int) -> tuple[str, ...]:
    line = a.events[begin - 1].site if begin else None
    other_line = b.events[other_begin - 1].site if other_begin else None
    if line and other_line:
        note = f"compared from where both have the same values, after {line} and {other_line}"
    elif line:
        note = f"the other program starts with the values that the reference has after {line}"
    elif other_line:
        note = f"the reference starts with the values that the other program has after {other_line}"
    else:
        return ()
    return (note,)


def _can_do_without(a: Track, b: Track, less: Track, other_less: Track) -> bool:
    """Whether writes were dropped that no count of the other track could hide."""
    found = False
    for histories in zip(a.history, b.history, less.history, other_less.history, strict=True):
        ours, theirs, ours_left, theirs_left = histories
        if len(ours) > len(ours_left) or len(theirs) > len(theirs_left):
            found = True
            if any(written.writes not in (1, None) for written in (*ours, *theirs)):
                return False
    return found


def _takes_same_values(less: Track, other_less: Track) -> bool:
    """Whether no variable shows a value that the other track does not have."""
    for k, (ours, theirs) in enumerate(zip(less.history, other_less.history, strict=True)):
        x = [less.initial[k], *(written.digest for written in ours)]
        y = [other_less.initial[k], *(written.digest for written in theirs)]
        if x != y and (
            (_shows_all(ours) and _shows_all(theirs))
            or not (_is_subsequence(x, y) or _is_subsequence(y, x))
        ):
            return False
    return True


def _idle_steps(a: Track, b: Track, less: Track, other_less: Track) -> tuple[str, str]:
    """Why steps that change nothing leave the comparison undecided, or a note about them.

    Args:
        a: The reference.
        b: The other track.
        less: The reference without idle writes, which equals ``other_less``.
        other_less: The other track without idle writes.
    """
    if a.steps == b.steps:
        return "", ""
    trailing = [t.labels[-1] - rest.labels[-1] for t, rest in ((a, less), (b, other_less))]
    idle = [t.steps - rest.steps for t, rest in ((a, less), (b, other_less))]
    alike = less.steps == other_less.steps
    shown = all(_shows_all(history) for history in (*less.history, *other_less.history))
    if any(trailing) and not (
        alike and (trailing[0] == trailing[1] or _skips(a, b, less, other_less))
    ):
        undecided = (
            f"nothing changes after step {less.labels[-1]} of {a.steps}, so it is unknown whether "
            "the other program takes as many steps"
        )
        return undecided, ""
    if any(idle) and not shown:
        undecided = (
            f"some of the {a.steps} steps change nothing, and it is unknown whether the other "
            f"program's {b.steps} steps include the same ones"
        )
        return undecided, ""
    if idle[0] == idle[1]:
        return "", ""
    which = "the reference" if idle[0] > idle[1] else "the other program"
    if max(idle) == 1:
        return "", f"1 step of {which} changes nothing and has no counterpart"
    return "", f"{max(idle)} steps of {which} change nothing and have no counterpart"


def _skips(a: Track, b: Track, less: Track, other_less: Track) -> bool:
    """Whether one track has none of the other's idle steps, some of which are not at the end.

    Then it may also lack idle steps at the end, if they are no more than there were in a row
    before.
    """
    for track, rest, other, other_rest in ((a, less, b, other_less), (b, other_less, a, less)):
        if other.steps == other_rest.steps:
            gaps = [after - before - 1 for before, after in pairwise(rest.labels)]
            return track.labels[-1] - rest.labels[-1] <= max(gaps, default=0)
    return False


class _Mismatch(NamedTuple):
    """A variable that differs in a step.

    Attributes:
        place: The mismatch with the smallest place in a step comes first; others may follow from
            it.
        k: The variable.
        events: The events in the two tracks where the values differ; None for the end of the step.
        reason: What differs, unless it is the values there.
    """

    place: tuple[int, int]
    k: int
    events: tuple[int, int] | None = None
    reason: str = ""


def _first_difference_by_step(a: Track, b: Track) -> Divergence | None:
    """Finds the first step that differs, if steps are matched by number."""
    before = list(a.initial)
    common = min(a.steps, b.steps)
    for step in sorted({*a.by_step, *b.by_step}):
        if step > common:
            break
        ours, theirs = a.by_step.get(step, {}), b.by_step.get(step, {})
        faults = [
            fault
            for k in {*ours, *theirs}
            # With a single step, the program may not have steps at all, so writes cannot be matched
            # by step.
            if (fault := _mismatch(k, before[k], ours.get(k, []), theirs.get(k, []), a.steps > 1))
        ]
        if faults:
            fault = min(faults)
            return value_divergence(a, b, fault.k, step, fault.events, fault.reason)
        for k, written in ours.items():
            before[k] = written[-1].digest
    return None if a.steps == b.steps else step_count_divergence(a, b)


def _mismatch(
    k: int, before: str, ours: list[Written], theirs: list[Written], lenient: bool
) -> _Mismatch | None:
    """Compares the writes of two tracks to one variable in one step, starting from ``before``."""
    if [written[1:] for written in ours] == [written[1:] for written in theirs]:
        return None
    n, m = total(ours), total(theirs)
    if n is not None and n == m:
        found = dict(running(theirs))
        for count, mine in running(ours):
            other = found.get(count)
            if other is not None and other.digest != mine.digest:
                return _Mismatch((other.event, mine.event), k, (mine.event, other.event))
        return None
    place = _first_mismatch(ours, theirs)
    x = [before, *(written.digest for written in ours)]
    y = [before, *(written.digest for written in theirs)]
    if x[-1] != y[-1]:
        return _Mismatch(place, k)
    if (
        _shows_all(ours)
        and _shows_all(theirs)
        and not (_is_subsequence(x, y) or _is_subsequence(y, x))
    ):
        return _Mismatch(place, k, reason="different intermediate values")
    if not lenient and n is not None and m is not None:
        return _Mismatch(place, k, reason=written_unlike(n, m))
    return None


def _shows_all(written: Sequence[Written]) -> bool:
    """Whether no event hides a value that was overwritten within it."""
    return all(each.writes == 1 for each in written)


def _first_mismatch(ours: Sequence[Written], theirs: Sequence[Written]) -> tuple[int, int]:
    """The first place where two lists of writes differ; -1 for a missing write."""
    alike = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine.digest != other.digest:
            break
        alike += 1
    return (
        theirs[alike].event if alike < len(theirs) else -1,
        ours[alike].event if alike < len(ours) else -1,
    )


def _is_subsequence(some: Sequence[str], more: Sequence[str]) -> bool:
    """Whether ``some`` is a subsequence of ``more``; repeated values count once."""
    rest = iter(more)
    current = None
    return all(
        value == current or any((current := other) == value for other in rest) for value in some
    )


def _first_step(track: Track) -> dict[int, int | None]:
    """The number of writes to each variable in the first step."""
    first = next(iter(track.by_step.values()), {})
    return {k: total(written) for k, written in first.items()}


class _Fit(Enum):
    """The number of ways in which one track can match the other."""

    NONE = 0
    ONE = 1
    SEVERAL = 2


def _fit(coarse: Track, fine: Track) -> _Fit:
    """Matches every state of one track with a state of the other, in order, to the end.

    States are matched by the number of writes. If that is unknown for some variable, all values
    must match in exactly one step of the finer track: a program that stops early when nothing
    changes any more, or whose values repeat, matches in several.
    """
    uncounted = coarse.uncounted | fine.uncounted
    counted = [k for k in range(len(coarse.names)) if k not in uncounted]
    if not coarse.events or not fine.events:
        return _Fit.ONE if len(coarse.events) == len(fine.events) else _Fit.NONE
    if coarse.at_end_of(coarse.steps) != fine.at_end_of(fine.steps) or any(
        coarse.total(k) != fine.total(k) for k in counted
    ):
        return _Fit.NONE
    wanted = list(_states(coarse, uncounted))
    # For each state of the coarser track, the events of the finer one after which it occurs.
    places: dict[tuple[object, ...], list[int]] = {state: [] for _, state in wanted}
    for event, (_, state) in enumerate(_states(fine, uncounted)):
        if state in places:
            places[state].append(event)
    last_step = last_event = last_fine_step = -1
    several = False
    for step, state in wanted:
        found = next((event for event in places[state] if event >= last_event), None)
        if found is None:
            return _Fit.NONE
        fine_step = fine.events[found].step
        if uncounted:
            around = {fine.events[event].step for event in places[state]}
            several |= (
                len(around) > 1
                or places[state][0] < last_event
                or (step > last_step and fine_step <= last_fine_step)
            )
        last_step, last_event, last_fine_step = step, found, fine_step
    if places[wanted[-1][1]][-1] != len(fine.events) - 1:
        return _Fit.NONE
    return _Fit.SEVERAL if several else _Fit.ONE


def _parting_step(a: Track, b: Track) -> int:
    """The first step of ``a`` that may differ from ``b``, however both count their steps.

    Up to there, every state of the coarser track occurs in the other, in order. 0 if all do, or if
    control flow hides the number of writes.
    """
    if a.uncounted or b.uncounted:
        return 0
    coarse, fine = sorted((a, b), key=lambda track: len(track.events))
    rest = _states(fine, set())
    reached = 0
    for step, wanted in _states(coarse, set()):
        found = next((number for number, state in rest if state == wanted), None)
        if found is None:
            return step if coarse is a else reached
        reached = found
    return 0


def _states(track: Track, uncounted: set[int]) -> Iterator[tuple[int, tuple[object, ...]]]:
    """For each event, its step and all values, with the numbers of writes that are known."""
    n = len(track.names)
    state: list[object] = [*track.initial, *([0] * n)]
    counts = [0] * n
    for step, _, event in track.events:
        for k, written in event:
            state[k] = written.digest
            if k not in uncounted:
                counts[k] += written.writes or 0
                state[n + k] = counts[k]
        yield step, tuple(state)


def _first_difference_by_count(a: Track, b: Track) -> Divergence:
    """Finds the first difference of two tracks that differ and have different steps."""
    written = [0] * len(a.names)
    for number, (step, _, event) in enumerate(a.events):
        faults: list[tuple[int, int]] = []
        missing: list[int] = []
        for k, mine in event:
            if k in a.uncounted or k in b.uncounted:
                continue
            written[k] += mine.writes or 0
            found = b.by_count[k].get(written[k])
            if found is not None and found.digest != mine.digest:
                faults.append((found.event, k))
            elif written[k] > b.total(k):
                missing.append(k)
        if faults:
            found_event, k = min(faults)
            return value_divergence(a, b, k, step, (number, found_event))
        if missing:
            return missing_write(a, b, min(missing), step, number)
    more = [
        k
        for k in range(len(a.names))
        if k not in a.uncounted | b.uncounted and a.total(k) < b.total(k)
    ]
    if more:
        return missing_write(a, b, min(more), a.steps)
    for k in range(len(a.names)):
        last = a.last_write(k, a.steps), b.last_write(k, b.steps)
        if a.digest_at(k, last[0]) != b.digest_at(k, last[1]):
            return value_divergence(a, b, k, a.steps, last)
    if a.uncounted or b.uncounted:
        return Divergence(
            f"control flow hides how often variables are written, and the states of {a.steps} and "
            f"{b.steps} steps do not match",
            step=a.labels[-1],
        )
    return Divergence(
        "the variables take the same values, but in a different order", step=a.labels[-1]
    )
