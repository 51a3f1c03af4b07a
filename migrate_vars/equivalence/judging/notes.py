"""Notes on a verification."""

from __future__ import annotations

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import NEW
from migrate_vars.equivalence.judging.race_wording import notes as race_notes
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.trajectory.mapping import Mapping
from migrate_vars.trajectory.wording import some


def collect_notes(case: Case) -> list[str]:
    """Collects how variables were paired, warnings of the recorder, races and notes on verdicts."""
    found: list[str] = []
    migrated = case.judgements.get(NEW)
    if migrated is not None and migrated.comparison is not None:
        found += [text for text in [describe_pairs(migrated.comparison.mapping)] if text]
    notes: dict[str, str] = {}
    for run in (case.reference, *case.runs.values()):
        notes.update({note: note for note in run.program.notes})
        for warning in run.trajectory.warnings if run.trajectory is not None else ():
            # A program has the same to say in each of its runs.
            notes.setdefault(warning, f"{run.program.label}: {warning}")
    found += [*notes.values(), *race_notes(case.reference)]
    for name, judgement in case.judgements.items():
        if judgement.verdict is Verdict.ROUNDING:
            found.append(f"{name} differs by rounding: {judgement.rounding}")
        found += judgement.notes
        if judgement.comparison is not None and judgement.bound is None:
            found += [
                f"{pair.reference!r} was compared with {pair.other!r} by order of creation only"
                for pair in judgement.comparison.mapping.uncertain
            ]
    return list(dict.fromkeys(found))


def describe_pairs(mapping: Mapping) -> str:
    """How the variables were paired, in one line; "" where all have the same names."""
    found: dict[str, list[str]] = {}
    for pair in mapping.pairs:
        found.setdefault(pair.how, []).append(f"{pair.reference} = {pair.other}")
    same = found.pop("name", [])
    parts = [f"{len(same)} by name"] * bool(same)
    parts += [f"{len(pairs)} by {how} ({some(pairs)})" for how, pairs in found.items()]
    return "variables paired: " + ", ".join(parts).replace("by given", "given") if found else ""
