"""Compares the outputs of runs with those of their reference, where they train alike.

Where they do not, all of it may differ.
"""

from __future__ import annotations

import re

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import REPEAT
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.outputs.fetched import FetchComparison, compare_fetches
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison
from migrate_vars.equivalence.outputs.printed import compare_printed
from migrate_vars.equivalence.outputs.printed_lines import BLANK
from migrate_vars.equivalence.outputs.summaries import compare_summaries
from migrate_vars.equivalence.running.programs import Printed, Run

# A loss moves further than the variables that it is computed from.
_AMPLIFIED = 10.0
_VERSIONS = ("tensorflow", "numpy", "python")


def compare_outputs(
    reference: Run, other: Run, judgement: Judgement, repeated: tuple[Run, Run] | None = None
) -> OutputComparison | None:
    """Compares the outputs of two runs; None where they do not train alike.

    Args:
        reference: The run that is taken to be right.
        other: The run that is checked.
        judgement: What has been found of what they train.
        repeated: Two runs of one program, which tell what does not repeat, or None.
    """
    if not judgement.verdict.passed or reference.error or other.error:
        return None
    allowed = 0.0
    loose = judgement.verdict in (Verdict.DRIFT, Verdict.ROUNDING)
    if loose and judgement.drift is not None:
        allowed = _AMPLIFIED * max(judgement.bound or 0.0, judgement.drift.scaled)
    printed = compare_printed(
        _plain(reference),
        _plain(other),
        None if repeated is None else (_plain(repeated[0]), _plain(repeated[1])),
        allowed,
    )
    summaries = compare_summaries(
        reference.summaries,
        other.summaries,
        None if repeated is None else (repeated[0].summaries, repeated[1].summaries),
        allowed,
    )
    fetched = FetchComparison()
    if judgement.verdict is Verdict.IDENTICAL:
        fetched = compare_fetches(
            reference.fetches,
            other.fetches,
            None if repeated is None else (repeated[0].fetches, repeated[1].fetches),
        )
    labels = reference.program.label, other.program.label
    return OutputComparison(printed, summaries, fetched, labels)


def compare_all(case: Case) -> dict[str, OutputComparison]:
    """Compares the outputs of all runs of a case with those of their reference, by check."""
    repeated = (case.reference, case.runs[REPEAT]) if REPEAT in case.runs else None
    found: dict[str, OutputComparison] = {}
    for name, judgement in case.judgements.items():
        if name != REPEAT and name in case.runs:
            compared = compare_outputs(*case.sides(name), judgement, repeated)
            if compared is not None:
                found[name] = compared
    return found


def _plain(run: Run) -> Printed:
    """What a run printed, without what names the program or the releases that ran it."""
    text = run.printed.text
    header = run.trajectory.header if run.trajectory is not None else {}
    names = [str(header[key]) for key in _VERSIONS if header.get(key)]
    if not run.program.module:
        names += [str(run.program.script.absolute()), run.program.script.name]
    for name in names:
        if name in text:
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.]|\.\d)", BLANK, text)
    return Printed(text, run.printed.cut)
