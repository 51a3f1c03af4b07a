"""Verdicts as JSON, for other programs.

``{"version": 1, "tensorflow": [...], "passed": n, "results": [...]}``; each result has ``name``,
``path`` (the pattern's folder, or the one that the script's lines are relative to), ``steps``,
``passed``, ``compare_output`` (whether other output fails), ``notes``, ``rewritten`` (of each file
that ``rewrite`` changes its ``path``, and how many calls are ``safe``, ``assumed`` and ``left``,
and line and column of those ``unreached``, to which no run came) and ``links``, which maps the name
of a link to ``verdict``, ``message``, ``program``, ``variables`` (how many were compared),
``pairs`` (of each its name in the reference, its other name, and what speaks for it), ``seconds``,
and, where there are any, ``divergence``, ``forced`` (which steps are wrong on their own), ``data``
(what was fed with other values before), ``rounding`` (how the difference compares with what
rounding makes of the program), ``drift``, ``basis`` (at how many of all states or steps of the
reference both were compared), ``not_compared`` (state that is not recorded: of each ``kind`` its
``count`` and its ``sites``), ``hints`` (what to try next: it was tried, and has helped), ``output``
(where the two train alike: whether what they give besides is the ``same``, a ``summary`` in words,
and counts of what differs) and ``failure`` (of a program that failed: the user's own lines as
``frames``, ``made_at``, the line of the op that failed, and ``advice``). Numbers that JSON has no
way to write (NaN, infinities) and values that are no numbers are strings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from migrate_vars.equivalence.judging.sensitivity import Rounding
from migrate_vars.equivalence.judging.teacher_forcing import Forced
from migrate_vars.equivalence.judging.verdicts import Judgement
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison
from migrate_vars.equivalence.outputs.printed import PrintedComparison
from migrate_vars.equivalence.outputs.summaries import SummaryComparison
from migrate_vars.trajectory.divergence import Divergence
from migrate_vars.trajectory.records import Unseen

VERSION = 1


def as_json(results: Sequence[Verification], versions: Sequence[str]) -> str:
    """The document, indented by two spaces.

    Args:
        results: What came out of verifying.
        versions: The TensorFlow releases under which runs were compared.
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
            {
                "path": str(f.path),
                "safe": f.safe,
                "assumed": f.assumed,
                "left": f.left,
                "unreached": list(f.unreached),
            }
            for f in result.rewritten
        ],
        "links": {
            name: {
                "program": result.runs[name].program.label,
                "seconds": round(result.runs[name].seconds, 3),
                **_judgement(judgement),
                **_failure(result, name),
                **({"output": _output(result.outputs[name])} if name in result.outputs else {}),
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
    if judgement.not_compared:
        kinds = dict.fromkeys(each.kind for each in judgement.not_compared)
        found["not_compared"] = [_unseen(kind, judgement.not_compared) for kind in kinds]
    if judgement.basis is not None:
        found["basis"] = asdict(judgement.basis)
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
    if judgement.rounding is not None:
        found["rounding"] = _rounding(judgement.rounding)
    if judgement.hints:
        found["hints"] = list(judgement.hints)
    if drift is not None:
        found["drift"] = {
            "scaled": _number(drift.scaled),
            "allowed": _number(judgement.bound),
            "ulp": drift.ulp,
            "variable": drift.variable,
            "step": drift.step,
        }
    return found


def _output(found: OutputComparison) -> dict[str, Any]:
    return {
        "same": found.same,
        "summary": found.headline,
        "printed": _printed(found.printed),
        "summaries": _summarised(found.summaries),
        "fetched": {
            "found": found.fetched.found,
            "values": found.fetched.values,
            "not_found": found.fetched.not_found,
            "differing": [
                {
                    "label": each.label,
                    "sites": list(each.sites),
                    "values": each.values,
                    "differing": each.differing,
                    "step": each.step,
                }
                for each in found.fetched.differing
            ],
        },
    }


def _printed(found: PrintedComparison) -> dict[str, Any]:
    return {
        "numbers": found.numbers,
        "unsteady": found.unsteady,
        "differing": found.n_differing,
        "rounding": found.rounding,
        "reworded": found.n_reworded,
        "reference_only": found.n_reference_only,
        "other_only": found.n_other_only,
        "cut": found.cut,
        "first": [
            {
                "label": each.label,
                "reference": each.reference,
                "other": each.other,
                "lines": list(each.lines),
            }
            for each in found.differing
        ],
    }


def _summarised(found: SummaryComparison) -> dict[str, Any]:
    return {
        "values": found.values,
        "unsteady": list(found.unsteady),
        "differing": found.n_differing,
        "steps": [list(each) for each in found.steps],
        "reference_only": [tag for tag, _ in found.reference_only],
        "other_only": [tag for tag, _ in found.other_only],
        "cut": found.cut,
        "first": [
            {
                "tag": each.tag,
                "step": each.step,
                "reference": each.reference,
                "other": each.other,
            }
            for each in found.differing
        ],
    }


def _unseen(kind: str, unseen: Sequence[Unseen]) -> dict[str, Any]:
    found = [each for each in unseen if each.kind == kind]
    sites = dict.fromkeys(str(each.site) for each in found if each.site.path)
    return {"kind": kind, "count": len(found), "sites": list(sites)}


def _failure(result: Verification, link: str) -> dict[str, Any]:
    failed = result.failed_run(link)
    if failed is None or failed.failure is None:
        return {}
    failure = failed.failure
    return {
        "failure": {
            "frames": [[str(f.site), f.function, f.text] for f in failure.frames],
            "made_at": None if failure.made_at is None else str(failure.made_at.site),
            "advice": failure.advice,
        }
    }


def _rounding(rounding: Rounding) -> dict[str, Any]:
    excess = rounding.excess
    return {
        "summary": str(rounding),
        "ratio": _number(rounding.ratio),
        "allowed": rounding.limit,
        "variable": rounding.variable,
        "step": rounding.step,
        "whole_runs_until": rounding.until,
        "steps": rounding.steps,
        "steps_alone": list(rounding.alone),
        "wrong_steps": list(rounding.wrong),
        "resolution": _number(rounding.resolution),
        "excess": None
        if excess is None
        else {
            "step": excess.step,
            "variable": excess.variable,
            "ratio": _number(excess.ratio),
            "share": _number(excess.share),
        },
    }


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
