"""The survey as a page that people look at: one HTML file that needs nothing else.

What the page shows is worked out here; ``page.html`` beside this file says how it looks. All text
passes through :func:`_shown` and then through Jinja's escaping.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections import Counter
from importlib.resources import files
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup

from migrate_vars import __version__
from migrate_vars.survey.baseline import Changes
from migrate_vars.survey.constructs import STATE_OPS, TITLES
from migrate_vars.survey.file_survey import FileSurvey
from migrate_vars.survey.rungs import LADDER, MEANING, Rung
from migrate_vars.survey.survey import Survey
from migrate_vars.survey.tree_map import HEIGHT, WIDTH, Leaf, draw

#: So many rows of each list are on the page, and so many files on the map; it says how many more
#: there are.
LISTED, DRAWN = 400, 1500
#: Longer texts are cut in their middle.
LONGEST = 300
#: So many places of one kind are listed in a row of the list of files.
PLACES = 8

_SHOWN_RUNGS = (*LADDER, Rung.UNKNOWN)


class Work(NamedTuple):
    """A row of the list to work through.

    Attributes:
        step: Which step of the work it belongs to.
        path: The file.
        rung: The rung that it is on.
        programs: How many programs need it.
        together: The files that have to be changed with it.
        obstacles: What stands in its way, with codes and places.
        gaps: What was not understood.
    """

    step: int
    path: str
    rung: Rung
    programs: int
    together: tuple[str, ...]
    obstacles: tuple[str, ...]
    gaps: tuple[str, ...]


def as_html(survey: Survey, changes: Changes | None = None) -> str:
    """Return the page.

    Args:
        survey: The survey.
        changes: What changed since a baseline, if there is one.
    """
    environment = jinja2.Environment(
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = files(__package__)
    style = folder.joinpath("page.css").read_text("utf-8")
    template = environment.from_string(folder.joinpath("page.html").read_text("utf-8"))
    by_size = sorted(
        (file for file in survey.files if file.rung is not Rung.NONE), key=lambda f: -f.lines
    )
    work = _work(survey)
    return template.render(
        survey=survey,
        totals=survey.totals,
        titles={k: title for k, title in TITLES.items() if survey.totals.counts[k]},
        symbols={key: _symbols(survey, key) for key in TITLES},
        rungs=_SHOWN_RUNGS,
        meaning=MEANING,
        programs=Counter(program.rung for program in survey.programs),
        boxes=draw(Leaf(f.path, max(f.lines, 1), f.rung.value) for f in by_size[:DRAWN]),
        not_drawn=max(len(by_size) - DRAWN, 0),
        width=int(WIDTH),
        height=int(HEIGHT),
        work=work[:LISTED],
        listed=LISTED,
        more_work=max(len(work) - LISTED, 0),
        changes=changes,
        version=__version__,
        now=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        # A file of this package, and the one text that is not escaped.
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _symbols(survey: Survey, key: str) -> str:
    """Return what a construct consists of, the most frequent first."""
    if key == STATE_OPS:
        found = Counter[str]()
        for (op, safety), number in survey.totals.state_ops.items():
            found[f"{op} {safety}"] += number
    else:
        found = survey.totals.symbols.get(key, Counter())
    shown = [f"{name} {number}" for name, number in found.most_common(12)]
    more = len(found) - len(shown)
    return ", ".join(shown) + (f", {more} more" if more else "")


def _work(survey: Survey) -> list[Work]:
    by_path = {file.path: file for file in survey.files}
    return [
        Work(
            task.step,
            path,
            by_path[path].rung,
            task.programs,
            tuple(other for other in task.files if other != path),
            _obstacles(by_path[path]),
            tuple(f"{_place(gap.line, gap.cell)}: {gap.why}" for gap in by_path[path].gaps),
        )
        for task in survey.tasks
        for path in task.files
    ]


def _obstacles(file: FileSurvey) -> tuple[str, ...]:
    places: dict[tuple[str, str, str], list[str]] = {}
    for one in file.obstacles:
        key = (one.rung.value, one.what, one.code)
        places.setdefault(key, []).append(_place(one.line, one.cell))
    return tuple(
        f"to {rung}: {what} ({code}): {', '.join(some[:PLACES])}"
        + (f" and {len(some) - PLACES} more" if len(some) > PLACES else "")
        for (rung, what, code), some in places.items()
    )


def _place(line: int, cell: int | None) -> str:
    return f"line {line}" if cell is None else f"line {line} of cell {cell}"


def _shown(value: Any) -> Any:
    """Return what stands on the page for a value: no control characters, nothing endless."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Rung):
        value = value.value
    text = str(value)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} more characters … {text[-half:]}"
