"""Verdicts as an HTML report: one file that needs nothing else.

What the page shows of a result is worked out in ``html_section``, of a verdict in ``html_verdict``;
``report.html`` beside this file says how it looks. All text on the page passes through
:func:`html_text.shown`, whatever it holds, and then through Jinja's escaping.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from migrate_vars import __version__
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification, compared_versions
from migrate_vars.equivalence.reporting.html_section import Section
from migrate_vars.equivalence.reporting.html_text import Folders, shown
from migrate_vars.trajectory.wording import counted

#: What a verdict means, for readers who see one for the first time.
_MEANING = {
    Verdict.IDENTICAL: "every value has the same bits as in the reference, after every step.",
    Verdict.ROUNDING: "the values differ, by no more than rounding makes of the reference.",
    Verdict.DRIFT: "the values differ, by no more than was allowed.",
    Verdict.DIVERGED: "the program trains differently: values differ, or steps are missing.",
    Verdict.UNDEFINED: "the reference is nondeterministic, or the question cannot be decided.",
    Verdict.VACUOUS: "nothing was trained, or nothing was there to compare: nothing is proven.",
    Verdict.ERROR: "a program could not be run to its end.",
}
# Keys of a trajectory's header that describe the run, not the environment.
_OF_ONE_RUN = frozenset({"format", "version", "program", "argv", "functions"})


def as_html(
    results: Sequence[Verification], what: str, versions: Sequence[str], seconds: float
) -> str:
    """The page.

    Args:
        results: What came out of verifying.
        what: What is counted of them, such as "scripts train alike".
        versions: The TensorFlow releases that ran.
        seconds: How long it took.
    """
    folders = Folders(results)
    environment = jinja2.Environment(
        autoescape=True,
        finalize=lambda value: shown(value, folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = files(__package__)
    style = folder.joinpath("report.css").read_text("utf-8")
    template = environment.from_string(folder.joinpath("report.html").read_text("utf-8"))
    return template.render(
        sections=[Section(f"result-{i}", result) for i, result in enumerate(results, 1)],
        links=list(dict.fromkeys(name for result in results for name in result.judgements)),
        headline=_headline(results, what),
        meanings=_meanings(results),
        environments=_environments(results),
        versions=versions,
        seconds=seconds,
        counted=counted,
        version=__version__,
        now=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        # A file of this package, and the one text that is not escaped.
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def write_html(path: Path, results: Sequence[Verification], what: str, seconds: float) -> None:
    """Writes the page to a file, which is there as a whole or not at all.

    Args:
        path: The file.
        results: What came out of verifying.
        what: What is counted of them, such as "scripts train alike".
        seconds: How long it took.

    Raises:
        OSError: If the file cannot be written.
    """
    text = as_html(results, what, compared_versions(results), seconds)
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _meanings(results: Sequence[Verification]) -> dict[str, str]:
    """What the verdicts on the page mean."""
    found = {one.verdict for result in results for one in result.judgements.values()}
    return {one.value: meaning for one, meaning in _MEANING.items() if one in found}


def _headline(results: Sequence[Verification], what: str) -> str:
    passed = sum(result.passed for result in results)
    if len(results) != 1:
        return f"{passed} of {len(results)} {what}"
    verdicts = {judgement.verdict for judgement in results[0].judgements.values()}
    if passed:
        said = "Trains alike"
    elif results[0].trains_alike:
        said = "Trains alike, but gives other output"
    elif Verdict.DIVERGED in verdicts:
        said = "Does not train alike"
    elif Verdict.ERROR in verdicts:
        said = "Could not be run to its end"
    else:
        said = "Nothing is proven"
    return f"{said}: {results[0].name}"


def _environments(results: Sequence[Verification]) -> list[tuple[str, dict[str, str]]]:
    """The environments in which programs ran, each with the names of the runs that it is of."""
    found: dict[tuple[tuple[str, str], ...], dict[str, None]] = {}
    for result in results:
        for name, run in {"reference": result.reference, **result.runs}.items():
            if run.trajectory is not None:
                header = tuple(_header(run.trajectory.header).items())
                found.setdefault(header, {})[name] = None
    return [(", ".join(names), dict(header)) for header, names in found.items()]


def _header(header: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: value if isinstance(value, str) else json.dumps(value, default=str)
        for key, value in header.items()
        if key not in _OF_ONE_RUN
    }
