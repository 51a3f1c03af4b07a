"""Verdicts as a page that people look at: one HTML file that needs nothing else.

What the page shows is worked out here; ``report.html`` beside this file says how it looks. All text
on the page passes through :func:`_shown`, whatever it holds, and then through Jinja's escaping.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from migrate_vars import __version__
from migrate_vars.equivalence.judging.check import NEW_EAGER, ORACLE, REPEAT, REWRITTEN
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.judging.verification import Verification, compared_versions
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison, group
from migrate_vars.equivalence.reporting.description import (
    describe_unseen,
    facts,
    place_of,
    printable,
)
from migrate_vars.equivalence.reporting.excerpt import Excerpt, excerpt
from migrate_vars.equivalence.reporting.plot import Line, Plot, draw
from migrate_vars.equivalence.reporting.side_by_side import SideBySide
from migrate_vars.equivalence.running.failures import describe_failure
from migrate_vars.equivalence.running.notebook_scripts import NotebookError, as_script
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.equivalence.running.rewritten_files import is_notebook
from migrate_vars.equivalence.running.wording import counted
from migrate_vars.findings.diff import unified_diff
from migrate_vars.trajectory.mapping import How, Pair
from migrate_vars.trajectory.records import Race, Site
from migrate_vars.trajectory.series import Gap, StepEnds, some_steps

#: Of the variables of a program, so many are listed, and so many drawn; the page says how many more
#: there are.
LISTED, DRAWN = 60, 6
#: Of what a program printed, so many lines at its end are shown.
PRINTED = 40
#: Of the diff of a rewritten file, so many lines are shown.
CHANGED = 200
#: Longer texts are cut in their middle.
LONGEST = 400

_CONFIDENCE: dict[How, str] = {
    "name": "same name",
    "leaf name": "same last part of the name, and shape",
    "first value": "same first value and shape",
    "values": "same values in the same order",
    "order": "order of creation only: check this",
}
_MARKS = {
    Verdict.IDENTICAL: "✓",
    Verdict.ROUNDING: "≈",
    Verdict.DRIFT: "≈",
    Verdict.DIVERGED: "✗",
    Verdict.UNDEFINED: "?",
    Verdict.VACUOUS: "∅",
    Verdict.ERROR: "!",
}
#: What a verdict means, for somebody who sees one for the first time.
_MEANING = {
    Verdict.IDENTICAL: "every value has the same bits as in the reference, after every step.",
    Verdict.ROUNDING: "the values differ, by no more than rounding makes of the reference.",
    Verdict.DRIFT: "the values differ, by no more than was allowed.",
    Verdict.DIVERGED: "the program trains otherwise: values differ, or steps are missing.",
    Verdict.UNDEFINED: "the reference does not always do the same, or the question cannot be "
    "decided.",
    Verdict.VACUOUS: "nothing was trained, or nothing was there to compare: nothing is proven.",
    Verdict.ERROR: "a program could not be run to its end.",
}
# Absolute paths: what is installed keeps the part in its environment, others their last parts.
_PACKAGES = re.compile(r"(?<![\w/.-])(?:/[\w.+@-]+)+/(?=(?:site|dist)-packages/)")
_ABSOLUTE = re.compile(
    r"(?<!:/)(?<![\w/.<…-])(?:/[\w.+@-]+)+?/((?:[\w.+@-]+/)?[\w.+@-]+)(?![\w.+@/-])"
)
# What the header of a trajectory says of one run, and not of the environment.
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
    names = _Names(results)
    environment = jinja2.Environment(
        autoescape=True,
        finalize=lambda value: _shown(value, names),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = files(__package__)
    style = folder.joinpath("report.css").read_text("utf-8")
    template = environment.from_string(folder.joinpath("report.html").read_text("utf-8"))
    return template.render(
        sections=[_Section(f"result-{i}", result) for i, result in enumerate(results, 1)],
        links=list(dict.fromkeys(name for result in results for name in result.judgements)),
        headline=_headline(results, what),
        meanings=_meanings(results),
        environments=_environments(results),
        versions=versions,
        seconds=seconds,
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


class _Names:
    """Takes the folders out of texts that say where on a machine something lies."""

    def __init__(self, results: Sequence[Verification]) -> None:
        folders = {str(result.path) for result in results}
        for result in results:
            for run in (result.reference, *result.runs.values()):
                folders.update(map(str, (run.program.folder, run.program.cwd or Path.cwd())))
        real = {os.path.realpath(folder) for folder in folders}
        longest_first = sorted(folders | real, key=len, reverse=True)
        roots = [re.escape(one.rstrip("/")) for one in longest_first if one.count("/") > 1]
        self._roots = re.compile("|".join(rf"(?<![\w/.-]){one}(?:/|(?![\w.-]))" for one in roots))
        self._empty = not roots

    def without_folders(self, text: str) -> str:
        """The text with paths relative to a program's folder, or with their last parts only."""
        if "/" not in text:
            return text
        if not self._empty:
            text = self._roots.sub("", text)
        text = _PACKAGES.sub("", text)
        return _ABSOLUTE.sub(r"…/\1", text)


def _shown(value: Any, names: _Names) -> Any:
    """What stands on the page for a value: no control characters, no folders, nothing endless."""
    if isinstance(value, Markup):
        return value
    text = names.without_folders(printable(str(value)))
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} more characters … {text[-half:]}"


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


@dataclass(frozen=True)
class _Variable:
    """What the table of variables says of one."""

    name: str
    shape: str
    dtype: str
    other: str
    how: str
    steps: str
    first: str
    scaled: str
    ulp: str


@dataclass(frozen=True)
class _Table:
    """A table of variables, of one or several links that agree in all of it."""

    links: list[str]
    rows: list[_Variable]
    more: int
    reference_only: tuple[str, ...]
    other_only: tuple[str, ...]
    note: str

    def says_the_same_as(self, other: _Table) -> bool:
        ours, theirs = (
            (table.rows, table.more, table.reference_only, table.other_only, table.note)
            for table in (self, other)
        )
        return ours == theirs


@dataclass(frozen=True)
class _Race:
    """What the table of races says of one."""

    variable: str
    model: str
    accesses: list[str]
    run: str
    decides: str


class _Section:
    """One result."""

    def __init__(self, identity: str, result: Verification) -> None:
        self.id = identity
        self.result = result
        self.name = result.name
        self.runs = {"reference": result.reference, **result.runs}
        self.ends = {
            name: StepEnds(run.trajectory)
            for name, run in self.runs.items()
            if run.trajectory is not None
        }
        self.links = {
            name: _Link(f"{identity}-{number}", name, judgement, self)
            for number, (name, judgement) in enumerate(result.judgements.items(), 1)
        }

    @property
    def steps(self) -> str:
        trajectory = self.result.reference.trajectory
        return "-" if trajectory is None else f"{trajectory.steps:,}"

    @property
    def n_variables(self) -> str:
        trajectory = self.result.reference.trajectory
        return "-" if trajectory is None else f"{len(trajectory.variables):,}"

    @property
    def size(self) -> str:
        """How many steps and variables the reference has."""
        trajectory = self.result.reference.trajectory
        if trajectory is None:
            return "nothing was recorded"
        variables = counted(len(trajectory.variables), "variable")
        return f"{counted(trajectory.steps, 'step')}, {variables}"

    @property
    def worst(self) -> _Link | None:
        """The verdict that counts: the first that does not pass, or else the first."""
        links = self.links.values()
        return next((link for link in links if not link.passed), next(iter(links), None))

    @property
    def summary(self) -> list[str]:
        """What was done and what came out of it, for somebody who was not there."""
        label = self.result.reference.program.label
        others = list(
            dict.fromkeys(
                link.other for link in self.links.values() if link.name not in (REPEAT, NEW_EAGER)
            )
        )
        asked = _listed(others) if others else "its rewrite"
        train = "train" if len(others) > 1 else "trains"
        said = [
            f"The question was whether {asked} {train} exactly as {label} does. Every program was "
            "run in a process of its own, and the value of every variable, optimizer slots and "
            "counters included, was compared after every write.",
        ]
        failed = [link for link in self.links.values() if not link.passed]
        said += [link.conclusion for link in failed[:1]]
        if not failed:
            said.append(
                f"The answer is yes, for this run of {counted(self.result.steps, 'step')}. It says "
                "nothing of other arguments or data, and of code that was not reached."
            )
        return said

    @property
    def verdicts(self) -> Iterator[tuple[str, _Link]]:
        """The verdicts, with the names of the links that share one."""
        told: dict[tuple[object, ...], list[_Link]] = {}
        for link in self.links.values():
            key = (link.word, link.sentence, tuple(link.remarks))
            told.setdefault(key, []).append(link)
        for links in told.values():
            yield ", ".join(link.name for link in links), links[0]

    @property
    def unseen(self) -> str:
        """The state that was not compared, in one line."""
        return describe_unseen(
            u for link in self.links.values() for u in link.judgement.not_compared
        )

    @property
    def races(self) -> list[_Race]:
        """The races of the reference."""
        trajectory = self.result.reference.trajectory
        return [] if trajectory is None else [_race(race) for race in trajectory.races]

    @property
    def tables(self) -> list[_Table]:
        """The tables of variables; links that agree in all of it share one."""
        tables: list[_Table] = []
        for link in self.links.values():
            table = link.table()
            if table is None:
                continue
            same = next((one for one in tables if one.says_the_same_as(table)), None)
            if same is None:
                tables.append(table)
            else:
                same.links.append(link.name)
        return tables

    @cached_property
    def changed(self) -> set[str]:
        """The variables of the reference that took more than one value."""
        trajectory = self.result.reference.trajectory
        return set() if trajectory is None else trajectory.changed

    @cached_property
    def drawn(self) -> list[str]:
        """The variables that are drawn: those at fault first, then those that change."""
        trajectory = self.result.reference.trajectory
        if trajectory is None:
            return []
        names = [name for link in self.links.values() for name in link.at_fault]
        names += [name for name in trajectory.variables if name in self.changed]
        numbers = [n for n in dict.fromkeys(names) if trajectory.variables[n].dtype != "string"]
        return numbers[:DRAWN]

    @property
    def not_drawn(self) -> int:
        """How many variables that change are not drawn."""
        return len(self.changed.difference(self.drawn))

    @property
    def plots(self) -> Iterator[Plot]:
        """Plots of variables of the reference, with every program in which they differ."""
        run = self.result.reference
        if run.trajectory is None:
            return
        ends = self.ends["reference"]
        differing = [link.step for link in self.links.values() if link.step is not None]
        mark = min(differing, default=None)
        steps = some_steps(run.trajectory.steps, mark)
        for name in self.drawn:
            others = [link for link in self.links.values() if link.differs_in(name)]
            sampled = ends.is_sampled(name) or any(link.is_sampled(name) for link in others)
            points = [(step, ends.size(name, step, sampled)) for step in steps]
            lines = [link.line(name, steps, sampled) for link in others]
            scalar = run.trajectory.variables[name].shape in ((), (1,))
            what = "Value of" if scalar else "Norm of some elements of" if sampled else "Norm of"
            plot = draw(
                f"{what} {name}",
                [Line(run.program.label, points), *lines],
                x_label="step",
                mark=mark,
                mark_label=_first_difference(mark),
            )
            if plot is not None:
                yield plot

    @property
    def diffs(self) -> Iterator[tuple[str, list[tuple[str, str]], int]]:
        """Of each file that is rewritten its name, the lines of the diff, and how many more."""
        texts = {file.path: file.text for file in self.result.rewritten}
        program = self.runs[REWRITTEN].program if REWRITTEN in self.runs else None
        if program is not None and not texts and program.source is not None:
            texts = {program.script: program.source}  # of a pattern
        for path, after in texts.items():
            try:
                name = os.path.relpath(path, os.path.realpath(self.result.path))
                lines = _diff(path, after)
            except (OSError, NotebookError):
                continue
            if lines:
                yield name, lines[:CHANGED], max(0, len(lines) - CHANGED)

    @property
    def failures(self) -> Iterator[tuple[str, _Link]]:
        """Those verdicts that there is more to say of, with the names of the links that have it.

        A mistake in a script shows in every run of it.
        """
        told: dict[tuple[object, ...], list[_Link]] = {}
        for link in self.links.values():
            divergence, forced = link.judgement.divergence, link.judgement.forced
            told_more = divergence is not None or forced is not None or link.failure
            if not link.passed and told_more:
                value = divergence and (divergence.variable, divergence.distance)
                told.setdefault((link.judgement.message, value), []).append(link)
        for links in told.values():
            # Not every run of it was looked at as closely.
            best = max(links, key=lambda link: link.judgement.forced is not None)
            yield ", ".join(link.name for link in links), best

    @property
    def distances(self) -> Iterator[tuple[str, _Link]]:
        """Links of whose programs there is a distance, with the names of those that share it."""
        told: list[tuple[list[str], _Link]] = []
        for link in self.links.values():
            if link.sides is None or not link.sides.gaps:
                continue
            for names, other in told:
                assert other.sides is not None
                if other.sides.gaps == link.sides.gaps:
                    names.append(link.name)
                    break
            else:
                told.append(([link.name], link))
        for names, link in told:
            yield ", ".join(names), link

    @property
    def printed(self) -> Iterator[tuple[str, list[str], int]]:
        """Of each program of a failure that printed: its label, the last lines, how many before."""
        for name, run in self.runs.items():
            output = self.result.outputs.get(name)
            passed = self.links[name].passed if name in self.links else self.result.passed
            passed = passed and (output is None or output.same)
            lines = run.output.splitlines()
            if lines and not passed:
                yield run.program.label, lines[-PRINTED:], max(0, len(lines) - PRINTED)

    @property
    def outputs(self) -> list[tuple[str, OutputComparison]]:
        """How what the programs give besides compares, with the names of links that share it."""
        return group(self.result.outputs)

    @property
    def settings(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Of each run: its name, its program, functions, arguments and seconds."""
        for name, run in self.runs.items():
            header = {} if run.trajectory is None else run.trajectory.header
            arguments = " ".join(map(str, header.get("argv") or ())) or "none"
            functions = str(header.get("functions", "-"))
            yield name, run.program.label, functions, arguments, f"{run.seconds:.1f}"


class _Link:
    """One verdict of a result."""

    def __init__(self, identity: str, name: str, judgement: Judgement, section: _Section) -> None:
        self.id = identity
        self.name = name
        self.judgement = judgement
        self._result = section.result
        self.passed = judgement.verdict.passed
        verdict = judgement.verdict
        if verdict is Verdict.DRIFT and judgement.drift is not None and not judgement.drift.scaled:
            verdict = Verdict.IDENTICAL
        self.word = verdict.value
        self.kind = verdict.value.lower()
        self.mark = _MARKS.get(verdict, "≈" if verdict.passed else "✗")
        # The oracle judges the reference itself.
        self.backwards = name == ORACLE
        sides = ["reference", "reference" if judgement.again else name]
        if self.backwards:
            sides.reverse()
        self.runs = section.runs[sides[0]], section.runs[sides[1]]
        self.labels = self.runs[0].program.label, self.runs[1].program.label
        if judgement.again:
            self.labels = self.labels[0], f"{self.labels[0]} (run again)"
        self._ends = section.ends.get(sides[0]), section.ends.get(sides[1])

    @cached_property
    def sides(self) -> SideBySide | None:
        """Both runs, step by step; None if nothing was compared, or not these two."""
        ours, theirs = self._ends
        comparison = self.judgement.comparison
        if comparison is None or ours is None or theirs is None or self.judgement.again:
            return None
        return SideBySide(comparison, ours, theirs, self._told)

    @property
    def _told(self) -> int | None:
        """The step that the verdict speaks of."""
        divergence, drift = self.judgement.divergence, self.judgement.drift
        if divergence is not None:
            return divergence.step
        return drift.step if drift is not None and drift.scaled else None

    @property
    def at(self) -> int | None:
        """The step that a reader wants to see, of those that both programs have."""
        if self.sides is None:
            return None
        told = self.sides.first_step if self._told is None else self._told
        return None if told is None else min(told, self.sides.common_steps)

    @property
    def what_is_there(self) -> str:
        """What is at that step."""
        divergence = self.judgement.divergence
        if divergence is None:
            return "the first difference" if self._told is None else "the largest difference"
        if self.sides is not None and divergence.step > self.sides.common_steps:
            return "the last step that both have"
        over = self.judgement.bound is not None and self.judgement.drift is not None
        return "the first difference above the bound" if over else "the first difference"

    @property
    def remarks(self) -> list[str]:
        """What else a reader of the verdict should know, whether it passes or not."""
        notes = [f"Note: {note}" for note in self.judgement.notes]
        return notes + [f"Try: {hint}" for hint in self.judgement.hints]

    @property
    def failure(self) -> list[str]:
        """What a program failed with: the user's own lines, and what may help."""
        failed = self._result.failed_run(self.name)
        if failed is None or failed.failure is None:
            return []
        return [line.strip() for line in describe_failure(failed.failure)]

    @property
    def steps(self) -> int:
        trajectory = self.runs[0].trajectory
        return 0 if trajectory is None else trajectory.steps

    @property
    def step(self) -> int | None:
        """The step of the first difference."""
        if self.judgement.divergence is not None:
            return self.judgement.divergence.step
        return None if self.sides is None else self.sides.first_step

    @property
    def other(self) -> str:
        """What to call the program that is compared with the reference."""
        return self._result.runs[self.name].program.label

    @property
    def conclusion(self) -> str:
        """A verdict that does not pass, for somebody who was not there."""
        verdict, divergence = self.judgement.verdict, self.judgement.divergence
        if verdict is Verdict.DIVERGED and divergence is not None:
            what = "" if divergence.variable is None else f", first in {divergence.variable}"
            place = place_of(divergence, self.steps)
            return (
                f"The answer is no: {self.other} differs {place}{what}. The values, and the lines "
                "that wrote them, are shown below."
            )
        if verdict is Verdict.ERROR:
            return "There is no answer, because a program failed; its lines are shown below."
        return f"There is no answer: {self.judgement.message}."

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        judgement, drift = self.judgement, self.judgement.drift
        n = len(judgement.comparison.mapping.pairs) if judgement.comparison else 0
        basis = judgement.basis
        of = (
            f"{counted(n, 'variable')} after each of {counted(self.steps, 'step')}"
            if basis is None or basis.is_whole
            else f"{counted(n, 'variable')} in {basis}"
        )
        if judgement.verdict is Verdict.IDENTICAL:
            return f"every bit of {of} is the same"
        if judgement.verdict is Verdict.DRIFT and drift is not None:
            if not drift.scaled:
                return f"every bit of {of} is the same (a drift of {judgement.bound:g} is allowed)"
            adds_up = judgement.bound is not None and drift.scaled > judgement.bound
            return (
                f"{of} are the same up to {drift.scaled:.2g} of the largest magnitude that the "
                f"variable has had, where {judgement.bound:g} is allowed"
                + (", which adds up over the steps and is in none of them" if adds_up else "")
                + f"; the largest difference is in {drift.variable} at step {drift.step}"
            )
        if judgement.verdict is Verdict.ROUNDING:
            return f"{of} differ by rounding: {judgement.rounding}"
        divergence = judgement.divergence
        if divergence is None:
            return judgement.message
        where = "" if divergence.variable is None else f" in {divergence.variable}"
        return f"{place_of(divergence, self.steps)}{where}: {judgement.message}"

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """What differs: rows of a name, what it is, and the line that wrote it or ""."""
        divergence = self.judgement.divergence
        if divergence is None:
            return []
        found = facts(divergence, *self.labels)
        steps = [run.trajectory.steps for run in self.runs if run.trajectory is not None]
        if len(set(steps)) > 1:
            ours, theirs = self.labels
            found.append(("steps", f"{steps[0]:,} of {ours}, {steps[1]:,} of {theirs}", ""))
        return found

    @property
    def wrong_steps(self) -> list[tuple[int, str, str, str]]:
        """Steps that are wrong on their own: variable furthest away, distance, and that in ULP."""
        forced = self.judgement.forced
        return [
            (
                step.step,
                step.variable,
                _relative(step.scaled, step.ulp is not None),
                "no number" if step.ulp is None else f"{step.ulp:,}",
            )
            for step in (() if forced is None else forced.wrong)
        ]

    @property
    def excerpts(self) -> list[Excerpt]:
        """The source lines that wrote them, on both sides."""
        places: list[tuple[Run, Site | None]] = []
        for one in (self.judgement.data, self.judgement.divergence):
            if one is not None:
                places += zip(self.runs, (one.reference_site, one.other_site), strict=True)
        found = [excerpt(run.program, site) for run, site in places if site is not None]
        return list(dict.fromkeys(one for one in found if one is not None))

    @property
    def at_fault(self) -> list[str]:
        """The variables that differ, by their names in the result's reference."""
        divergence = self.judgement.divergence
        if self.sides is None:
            return []
        names = [] if divergence is None or divergence.variable is None else [divergence.variable]
        names += self.sides.first_differences
        if self.backwards:
            names = [self.sides.other_of(name) or "" for name in names]
        reference = self.runs[1 if self.backwards else 0].trajectory
        known = reference.variables if reference is not None else {}
        return [name for name in dict.fromkeys(names) if name in known]

    def differs_in(self, name: str) -> bool:
        """Whether a variable of the result's reference has other bits at the end of a step."""
        return self._shown(name) is not None

    def is_sampled(self, name: str) -> bool:
        """Whether of some value of such a variable only samples were kept in this program."""
        shown = self._shown(name)
        return shown is not None and shown[0].is_sampled(shown[1])

    def line(self, name: str, steps: Sequence[int], sampled: bool) -> Line:
        """The line of such a variable in this program."""
        shown = self._shown(name)
        assert shown is not None
        ends, other = shown
        known = [step for step in steps if step <= ends.trajectory.steps]
        return Line(self.name, [(step, ends.size(other, step, sampled)) for step in known])

    def _shown(self, name: str) -> tuple[StepEnds, str] | None:
        """This program, and what it calls a variable of the result's reference that differs."""
        sides = self.sides
        if sides is None:
            return None
        for ours in sides.first_differences:
            theirs = sides.other_of(ours)
            assert theirs is not None
            if self.backwards and theirs == name:
                return sides.ours, ours
            if not self.backwards and ours == name:
                return sides.theirs, theirs
        return None

    def table(self) -> _Table | None:
        """The table of variables."""
        sides = self.sides
        if sides is None:
            return None
        note = ""
        if not sides.aligned and not sides.comparison.identical:
            note = "The programs do not count the same steps, so there is no distance by step."
        elif sides.gaps and len(sides.measured_steps) <= sides.common_steps:
            note = f"Distances were measured at {len(sides.measured_steps):,} of the steps."
        mapping = sides.comparison.mapping
        pairs = sorted(mapping.pairs, key=lambda pair: pair.reference not in sides.gaps)
        return _Table(
            links=[self.name],
            rows=[_variable(sides, pair) for pair in pairs[:LISTED]],
            more=max(0, len(pairs) - LISTED),
            reference_only=mapping.reference_only,
            other_only=mapping.other_only,
            note=note,
        )

    @property
    def plot(self) -> Plot | None:
        """The distance by step of the variables that differ first, on a logarithmic scale."""
        if self.sides is None:
            return None
        return draw(
            "Distance by step, relative to the largest magnitude that the variable has had",
            [
                Line(name, [(gap.step, gap.scaled) for gap in found])
                for name, found in list(self.sides.gaps.items())[:DRAWN]
            ],
            x_label="step",
            mark=self.at,
            mark_label=_there(self.what_is_there, self.at),
            logarithmic=True,
        )

    @property
    def around(self) -> list[tuple[int, str, str, str]]:
        """Steps around the one of interest: the variable furthest away, its distance and ULP."""
        if self.sides is None or self.at is None:
            return []
        last = min(self.sides.common_steps, self.at + 5)
        return [_furthest(self.sides, step) for step in range(max(0, self.at - 2), last + 1)]


def _diff(path: Path, after: bytes) -> list[tuple[str, str]]:
    """The lines of a diff of what is rewritten, each with what it is: added, removed, or around."""
    before = path.read_bytes()
    if is_notebook(str(path)):
        before = as_script(before, path.name).text
    found = []
    for line in unified_diff(path.name, before, after).decode("utf-8", "replace").splitlines()[2:]:
        kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "around")
        found.append((kind, line))
    return found


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence; of many, the first few."""
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more programs"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _race(race: Race) -> _Race:
    return _Race(
        variable=race.variable,
        model=race.model,
        accesses=[f"{access.kind} by {access.op}, {access.site}" for access in race.accesses],
        run=f"{race.site}, first in step {race.step}",
        decides=", ".join((*race.decides, *race.fetched)) or "nothing that was seen",
    )


def _variable(sides: SideBySide, pair: Pair) -> _Variable:
    variable = sides.ours.trajectory.variables[pair.reference]
    first = sides.first_differences.get(pair.reference)
    if first is not None:
        scaled, ulp = _largest(sides.gaps.get(pair.reference, ()))
        step = f"step {first:,}" if first else "start"
    elif sides.aligned or sides.comparison.identical:
        step, scaled, ulp = "none", "0", "0"
    else:
        step = scaled = ulp = "not known"
    return _Variable(
        name=pair.reference,
        shape=" x ".join(map(str, variable.shape)) or "scalar",
        dtype=variable.dtype,
        other=pair.other,
        how=_CONFIDENCE[pair.how],
        steps=counted(len(sides.ours.written(pair.reference)), "step"),
        first=step,
        scaled=scaled,
        ulp=ulp,
    )


def _largest(found: Collection[Gap]) -> tuple[str, str]:
    """The largest distance, and the largest one in ULP, in words."""
    scaled = [gap.scaled for gap in found if gap.scaled is not None]
    finite = [one for one in scaled if math.isfinite(one)]
    ulps = [gap.ulp for gap in found if gap.ulp is not None]
    unknown = len(scaled) < len(found) or not all(gap.exact for gap in found)
    if unknown and not any(scaled):
        return "not known", "not known"
    more = " or more" if unknown else ""
    return (
        _relative(max(finite or scaled, default=0.0)) + more,
        f"{max(ulps, default=0):,}{more}" if len(ulps) == len(scaled) else "no number",
    )


def _furthest(sides: SideBySide, step: int) -> tuple[int, str, str, str]:
    """A step, the variable that is furthest away at its end, its distance, and that in ULP."""
    place = sides.measured_steps.index(step)
    at = {name: found[place] for name, found in sides.gaps.items()}
    known = {name: gap for name, gap in at.items() if gap.scaled is not None}
    if not known:
        return step, "-", "not known", "not known"
    name = max(known, key=lambda one: known[one].scaled or 0.0)
    return step, name if known[name].scaled else "-", *_largest([known[name]])


def _relative(scaled: float, known: bool = True) -> str:
    """A distance relative to the reference's largest magnitude, if that was not zero."""
    if math.isfinite(scaled):
        return f"{scaled:.2g}"
    return "reference was 0" if known else "not known"


def _first_difference(step: int | None) -> str:
    return _there("the first difference", step)


def _there(what: str, step: int | None) -> str:
    """What is marked at a step, in words."""
    if step is None:
        return ""
    return f"{what.removeprefix('the ')} at step {step}" if step else "the initial values differ"
