"""The survey as one JSON document; docs/survey.md says what each key means."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from migrate_vars.survey.baseline import Changes
from migrate_vars.survey.file_survey import FileSurvey
from migrate_vars.survey.programs import Program
from migrate_vars.survey.survey import Survey, Totals

VERSION = 1
"""It grows when a key changes its meaning or goes away."""


def as_json(survey: Survey, changes: Changes | None = None) -> str:
    """Return the survey as a document.

    Args:
        survey: The survey.
        changes: What changed since a baseline, if there is one.
    """
    document: dict[str, Any] = {
        "version": VERSION,
        "totals": _totals(survey.totals),
        "folders": {path: _totals(totals) for path, totals in survey.folders.items()},
        "files": [_file(file) for file in survey.files],
        "programs": [_program(program) for program in survey.started],
        "obstacles": [{**one._asdict(), "rung": one.rung.value} for one in survey.obstructions],
        "eager_needs": dict(survey.eager_needs),
        "order": [task._asdict() for task in survey.tasks],
    }
    if changes is not None:
        document["changes"] = {"worse": list(changes.worse), "better": list(changes.better)}
    return json.dumps(document, indent=2) + "\n"


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "files": totals.files,
        "tensorflow": totals.tensorflow,
        "lines": totals.lines,
        "notebooks": totals.notebooks,
        "python_2": totals.python_2,
        "not_understood": totals.not_understood,
        "rungs": {rung.value: number for rung, number in sorted(totals.rungs.items())},
        "constructs": {key: number for key, number in sorted(totals.counts.items()) if number},
        "symbols": _symbols(totals.symbols),
        "state_ops": _state_ops(totals.state_ops),
    }


def _file(file: FileSurvey) -> dict[str, Any]:
    return {
        "path": file.path,
        "lines": file.lines,
        "rung": file.rung.value,
        "notebook": file.notebook,
        "python_2": file.python_2,
        "entry": file.entry,
        "test": file.test,
        "symbols": _symbols(file.counts),
        "state_ops": _state_ops(file.state_ops),
        "obstacles": [{**one._asdict(), "rung": one.rung.value} for one in file.obstacles],
        "not_understood": [gap._asdict() for gap in file.gaps],
    }


def _program(program: Program) -> dict[str, Any]:
    return {
        **program._asdict(),
        "rung": program.rung.value,
        "reach": program.reach.value,
        "obstacles": [{"rung": rung.value, "what": what} for rung, what in program.obstacles],
    }


def _symbols(counts: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {key: dict(symbols.most_common()) for key, symbols in sorted(counts.items())}


def _state_ops(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (op, safety), number in sorted(counts.items()):
        found.setdefault(op, {})[safety] = number
    return found
