"""One result in the HTML report: a pattern or a script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from migrate_vars.equivalence.judging.checks import NEW_EAGER, REPEAT, REWRITTEN
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison, group
from migrate_vars.equivalence.reporting.description import describe_unseen
from migrate_vars.equivalence.reporting.html_variables import VariableTable
from migrate_vars.equivalence.reporting.html_verdict import DRAWN, VerdictView, mark_label
from migrate_vars.equivalence.reporting.plot import Line, Plot, draw
from migrate_vars.equivalence.running.notebook_scripts import NotebookError, as_script
from migrate_vars.equivalence.running.rewritten_files import is_notebook
from migrate_vars.findings.diff import unified_diff
from migrate_vars.trajectory.records import Race
from migrate_vars.trajectory.series import StepEnds, some_steps
from migrate_vars.trajectory.wording import counted, enumerated

#: The number of lines shown from the end of what a program printed.
PRINTED = 40
#: The number of lines shown of the diff of a rewritten file.
CHANGED = 200


@dataclass(frozen=True)
class _Race:
    """A row of the table of races."""

    variable: str
    model: str
    accesses: list[str]
    run: str
    decides: str


class Section:
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
            name: VerdictView(f"{identity}-{number}", name, result, self.ends)
            for number, name in enumerate(result.judgements, 1)
        }

    @property
    def steps(self) -> str:
        """How many steps the reference has."""
        trajectory = self.result.reference.trajectory
        return "-" if trajectory is None else f"{trajectory.steps:,}"

    @property
    def n_variables(self) -> str:
        """How many variables it has."""
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
    def worst(self) -> VerdictView | None:
        """The verdict that counts: the first that does not pass, or else the first."""
        links = self.links.values()
        return next((link for link in links if not link.passed), next(iter(links), None))

    @property
    def summary(self) -> list[str]:
        """The question and the answer, for readers who did not run it."""
        label = self.result.reference.program.label
        others = list(
            dict.fromkeys(
                link.other for link in self.links.values() if link.name not in (REPEAT, NEW_EAGER)
            )
        )
        asked = enumerated(others) if others else "its rewrite"
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
    def verdicts(self) -> Iterator[tuple[str, VerdictView]]:
        """The verdicts, with the names of the links that share one."""
        told: dict[tuple[object, ...], list[VerdictView]] = {}
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
    def tables(self) -> list[VariableTable]:
        """The tables of variables; links that agree in all of it share one."""
        tables: list[VariableTable] = []
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
                mark_label=mark_label("the first difference", mark),
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
    def failures(self) -> Iterator[tuple[str, VerdictView]]:
        """Those verdicts that there is more to say of, with the names of the links that have it.

        A mistake in a script shows in every run of it.
        """
        told: dict[tuple[object, ...], list[VerdictView]] = {}
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
    def distances(self) -> Iterator[tuple[str, VerdictView]]:
        """Links of whose programs there is a distance, with the names of those that share it."""
        told: list[tuple[list[str], VerdictView]] = []
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
        """The comparisons of outputs, with the names of the checks that share them."""
        return group(self.result.outputs)

    @property
    def settings(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Of each run: its name, its program, functions, arguments and seconds."""
        for name, run in self.runs.items():
            header = {} if run.trajectory is None else run.trajectory.header
            arguments = " ".join(map(str, header.get("argv") or ())) or "none"
            functions = str(header.get("functions", "-"))
            yield name, run.program.label, functions, arguments, f"{run.seconds:.1f}"


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


def _race(race: Race) -> _Race:
    return _Race(
        variable=race.variable,
        model=race.model,
        accesses=[f"{access.kind} by {access.op}, {access.site}" for access in race.accesses],
        run=f"{race.site}, first in step {race.step}",
        decides=", ".join((*race.decides, *race.fetched)) or "nothing that was seen",
    )
