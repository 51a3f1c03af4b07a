"""Verdicts as JSON, for other programs.

``{"version": 1, "tensorflow": [...], "passed": n, "results": [...]}``; each result has ``name``,
``path`` (the pattern's folder, or the one that the script's lines are relative to), ``steps``,
``passed``, ``compare_output`` (whether other output fails), ``notes``, ``rewritten`` (of each file
that ``rewrite`` changes its ``path``, and how many calls are ``safe``, ``assumed`` and ``left``)
and ``links``, which maps the name of a link to ``verdict``, ``message``, ``program``, ``variables``
(how many were compared), ``pairs`` (of each its name in the reference, its other name, and what
speaks for it), ``seconds``, and, where there are any, ``divergence``, ``forced`` (which steps are
wrong on their own), ``data`` (what was fed with other values before), ``drift`` and, where the two
train alike, ``output`` (whether what they give besides is the ``same``, a ``summary`` in words, and
counts of what differs). Numbers that JSON has no way to write (NaN, infinities) and values that are
no numbers are strings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from migrate_vars.equivalence.forcing import Forced
from migrate_vars.equivalence.links import Verification
from migrate_vars.equivalence.verdicts import Judgement
from migrate_vars.trajectory.comparison import Divergence

VERSION = 1


def as_json(results: Sequence[Verification], versions: Sequence[str]) -> str:
    """The document, indented by two spaces.

    Args:
        results: What came out of verifying.
        versions: The TensorFlow releases that ran: the oracle's if there was one, and TF 2.
    """
    document = {
        "version": VERSION,
        "tensorflow": list(versions),
        "passed": sum(result.passed for result in results),
        "results": [_result(result) for result in results],
    }
    return json.dumps(document, indent=2, allow_nan=False)


def _result(result: Verification) -> dict[str, Any]:
    trajectory = result.reference.trajectory
    return {
        "name": result.name,
        "path": str(result.path),
        "steps": trajectory.steps if trajectory else None,
        "passed": result.passed,
        "compare_output": result.compare_output,
        "notes": list(result.notes),
        "rewritten": [
            {"path": str(f.path), "safe": f.safe, "assumed": f.assumed, "left": f.left}
            for f in result.rewritten
        ],
        "links": {
            name: {
                "program": result.runs[name].program.label,
                "seconds": round(result.runs[name].seconds, 3),
                **_judgement(judgement),
                **({"output": result.outputs[name].as_json()} if name in result.outputs else {}),
            }
            for name, judgement in result.judgements.items()
        },
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    comparison, drift = judgement.comparison, judgement.drift
    found: dict[str, Any] = {
        "verdict": judgement.verdict.value.lower(),
        "message": judgement.message,
        "variables": len(comparison.mapping.pairs) if comparison else None,
        "pairs": [[p.reference, p.other, p.how] for p in comparison.mapping.pairs]
        if comparison
        else None,
    }
    if judgement.divergence is not None:
        found["divergence"] = _divergence(judgement.divergence)
    if judgement.forced is not None:
        found["forced"] = _forced(judgement.forced)
    if judgement.data is not None:
        found["data"] = {
            "step": judgement.data.step,
            "reference": judgement.data.reference,
            "other": judgement.data.other,
            "reference_site": str(judgement.data.reference_site),
            "other_site": str(judgement.data.other_site),
        }
    if drift is not None:
        found["drift"] = {
            "scaled": _number(drift.scaled),
            "allowed": _number(judgement.bound),
            "ulp": drift.ulp,
            "variable": drift.variable,
            "step": drift.step,
        }
    return found


def _forced(forced: Forced) -> dict[str, Any]:
    return {
        "summary": str(forced),
        "steps": list(forced.steps),
        "stopped": forced.stopped,
        "distances": [
            {
                "step": each.step,
                "variables": list(each.variables),
                "scaled": _number(each.scaled),
                "ulp": each.ulp,
                "wrong": each in forced.wrong,
            }
            for each in forced.distances
        ],
    }


def _divergence(divergence: Divergence) -> dict[str, Any]:
    distance = divergence.distance
    found: dict[str, Any] = {
        "reason": divergence.reason,
        "step": divergence.step,
        "variable": divergence.variable,
        "reference_site": _text(divergence.reference_site),
        "other_site": _text(divergence.other_site),
        "still_equal": list(divergence.agreeing),
    }
    if distance is not None:
        found |= {
            "index": list(distance.index),
            "reference": _number(distance.reference),
            "other": _number(distance.other),
            "ulp": distance.ulp,
            "max_ulp": distance.max_ulp,
            "different_elements": distance.n_different,
            "elements": distance.n_elements,
            "scaled": _number(divergence.scaled),
        }
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: Any) -> Any:
    """The number itself where JSON can write it: a float32 as the float64 of the same value."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)
