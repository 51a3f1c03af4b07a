"""The survey of a code base, put together from those of its files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath

from migrate_vars.survey.constructs import STATE_OPS, TITLES
from migrate_vars.survey.file_survey import FileSurvey
from migrate_vars.survey.obstacles import Obstruction, obstructions
from migrate_vars.survey.order import Task, tasks
from migrate_vars.survey.programs import Program, programs_of
from migrate_vars.survey.rungs import Rung


@dataclass(slots=True)
class Totals:
    """The sums over some files.

    Attributes:
        files: How many files there are.
        tensorflow: How many of them have to do with TensorFlow.
        lines: How many lines of code they have.
        notebooks: How many are notebooks.
        python_2: How many look like Python 2, and are not read.
        not_understood: How many have parts that were not understood.
        rungs: How many are on each rung.
        counts: How often each construct is used.
        symbols: How often each symbol of a construct is used.
        state_ops: How often each state op is called, by what a rewrite makes of it.
    """

    files: int = 0
    tensorflow: int = 0
    lines: int = 0
    notebooks: int = 0
    python_2: int = 0
    not_understood: int = 0
    rungs: Counter[Rung] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    symbols: dict[str, Counter[str]] = field(default_factory=dict)
    state_ops: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, file: FileSurvey) -> None:
        """Add one file."""
        self.files += 1
        self.tensorflow += file.rung is not Rung.NONE
        self.lines += file.lines
        self.notebooks += file.notebook
        self.python_2 += file.python_2
        self.not_understood += bool(file.gaps)
        self.rungs[file.rung] += 1
        for key, symbols in file.counts.items():
            self.counts[key] += sum(symbols.values())
            self.symbols.setdefault(key, Counter()).update(symbols)
        self.counts[STATE_OPS] += sum(file.state_ops.values())
        self.state_ops.update(file.state_ops)


class Survey:
    """What was found out about a code base.

    Attributes:
        files: Its files, in the order in which they were found.
    """

    def __init__(self, files: Sequence[FileSurvey]) -> None:
        self.files = files

    @cached_property
    def totals(self) -> Totals:
        """The sums over all files."""
        return total(self.files)

    @cached_property
    def folders(self) -> dict[str, Totals]:
        """The sums over each folder, those below it included, by its path."""
        found: dict[str, Totals] = {}
        common = _common([file.path for file in self.files])
        for file in self.files:
            for parent in PurePath(file.path).parents:
                found.setdefault(str(parent), Totals()).add(file)
                if str(parent) == common:
                    break
        return dict(sorted(found.items()))

    @cached_property
    def started(self) -> list[Program]:
        """The programs and the tests."""
        return programs_of(self.files)

    @cached_property
    def programs(self) -> list[Program]:
        """The programs."""
        return [program for program in self.started if not program.test]

    @cached_property
    def tests(self) -> list[Program]:
        """The tests."""
        return [program for program in self.started if program.test]

    @cached_property
    def obstructions(self) -> list[Obstruction]:
        """What stands in the way, those first without which most programs would be free."""
        return obstructions(
            [(program.path, program.files) for program in self.programs],
            {file.path: file.obstacles for file in self.files if file.obstacles},
        )

    @cached_property
    def tasks(self) -> list[Task]:
        """What is to be done, in order."""
        return tasks(self.files, self.programs)

    @cached_property
    def eager_needs(self) -> Counter[str]:
        """In how many programs below the rung of sessionless code each construct stands."""
        below = (Rung.V1, Rung.COMPAT, Rung.METHODS)
        needs = Counter(c for p in self.programs if p.rung in below for c in p.constructs)
        return Counter({key: needs[key] for key in TITLES if needs[key]})

    @property
    def not_understood(self) -> list[FileSurvey]:
        """The files of which something was not understood."""
        return [file for file in self.files if file.gaps]


def total(files: Iterable[FileSurvey]) -> Totals:
    """Return the sums over some files."""
    found = Totals()
    for file in files:
        found.add(file)
    return found


def _common(paths: Sequence[str]) -> str:
    """Return the folder that holds all paths, written as they are."""
    folders = [str(PurePath(path).parent) for path in paths]
    try:
        return os.path.commonpath(folders) or "." if folders else "."
    except ValueError:  # absolute ones beside relative ones
        return ""
