"""From runs to a verification, one step after the other: the same for patterns and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.diagnosis import diagnose
from migrate_vars.equivalence.judging.missing_values import fetch_missing_values
from migrate_vars.equivalence.judging.notes import collect_notes
from migrate_vars.equivalence.judging.output_check import compare_all
from migrate_vars.equivalence.judging.repeatability import check_repeatability
from migrate_vars.equivalence.judging.rounding_verdict import settle_rounding
from migrate_vars.equivalence.judging.suggestions import suggest
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.running.rewritten_files import RewrittenFile


def judge_runs(case: Case) -> Case:
    """Judges all checks of a case by its runs, and by what rounding makes of the reference.

    Raises:
        MappingError: If a check's variables do not fit the programs.
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    return settle_rounding(case.judged())


def investigate(case: Case) -> Case:
    """Looks into what differs; most cases need no further run.

    Args:
        case: A case whose runs have been judged.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    for step in (check_repeatability, fetch_missing_values, diagnose, suggest):
        case = step(case)
    return case


def conclude(
    case: Case,
    name: str,
    path: Path,
    rewritten: Sequence[RewrittenFile] = (),
    notes: Sequence[str] = (),
) -> Verification:
    """Puts together what has come out.

    Args:
        case: The case.
        name: Of a pattern its name, of a script what was asked for.
        path: The folder that sites are relative to.
        rewritten: The files that were rewritten.
        notes: What is to be said after all else.
    """
    return Verification(
        name,
        path,
        case.reference,
        case.judgements,
        case.runs,
        (*case.notes, *collect_notes(case), *notes),
        tuple(rewritten),
        outputs=compare_all(case),
        compare_output=case.options.compare_output,
    )
