"""What is found out about one file: its constructs, its rung, and what stands in the way."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from migrate_vars.analysis.makers import state_op_name
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.source import Lines, Source, UnparseableSourceError, wide_encoding
from migrate_vars.analysis.tensorflow import is_tensorflow, tensorflow_member
from migrate_vars.compat.entry import is_entry, is_test
from migrate_vars.compat.v1_names import is_v1_only
from migrate_vars.editing.check import CheckError
from migrate_vars.findings.finding import Finding, Status
from migrate_vars.rewriting.pipeline import read_module
from migrate_vars.survey.constructs import constructs_of
from migrate_vars.survey.obstacles import Obstacle, obstacle_of
from migrate_vars.survey.rungs import Rung
from migrate_vars.survey.uses import Use, Uses, strings_naming_tensorflow, uses_of
from migrate_vars.workspace.importers import imported_from
from migrate_vars.workspace.notebooks import notebook_modules, rewrite_notebook
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rules import COMPAT, METHODS
from migrate_vars.workspace.rungs import may_matter, rewrite_to

Place = tuple[int | None, int, int]
"""Cell, line and column; no cell in a file that is no notebook."""


class Gap(NamedTuple):
    """Something in a file that was not understood.

    Attributes:
        line: Its line; in a notebook, of the cell.
        why: Why, in words.
        cell: The cell of a notebook.
        python_2: Whether it looks like Python 2.
    """

    line: int
    why: str
    cell: int | None = None
    python_2: bool = False


@dataclass(slots=True)
class FileSurvey:
    """What was found out about one file.

    Attributes:
        path: The file, as the user named it.
        lines: How many lines of code it has.
        rung: The rung that it is on.
        counts: How often each symbol of each construct is used.
        state_ops: How often each state op is called, by what a rewrite to methods makes of it.
        obstacles: What stands in its way to a rung, once for each place.
        gaps: What was not understood. A file with gaps is on no rung.
        entry: Whether it starts a program.
        test: Whether it is a test.
        imports: The files of the project that it imports, as real paths.
    """

    path: str
    lines: int = 0
    rung: Rung = Rung.NONE
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    state_ops: Counter[tuple[str, str]] = field(default_factory=Counter)
    obstacles: tuple[Obstacle, ...] = ()
    gaps: tuple[Gap, ...] = ()
    entry: bool = False
    test: bool = False
    imports: tuple[str, ...] = ()

    @property
    def notebook(self) -> bool:
        """Whether it is a notebook."""
        return self.path.endswith(".ipynb")

    @property
    def python_2(self) -> bool:
        """Whether it looks like Python 2, which is not read."""
        return any(gap.python_2 for gap in self.gaps)

    def total(self, construct: str) -> int:
        """Return how often a construct is used."""
        return sum(self.counts.get(construct, {}).values())


class _Part(NamedTuple):
    """A module of the file: the file itself, or cells of a notebook."""

    source: bytes
    opaque: Sequence[int] = ()
    start: int = 0
    place: Callable[[int], tuple[int, int]] | None = None
    unread: Sequence[Finding] = ()


def survey_file(source: bytes, path: str, options: Options) -> FileSurvey:
    """Survey one file.

    Args:
        source: Its bytes.
        path: The file, as the user named it.
        options: How it is read. What is selected and ignored does not count.
    """
    result = FileSurvey(path, test=is_test(path))
    if wide_encoding(source):
        result.gaps = (Gap(1, f"it is {wide_encoding(source)}; save it as UTF-8"),)
        return result
    result.lines = source.count(b"\n") + (not source.endswith(b"\n"))
    words = (b"tensorflow", b"tf.", b"keras")
    if not any(word in source for word in words) and not _leads(source, path, options):
        return result
    _FileSurveyor(source, options, result).survey()
    return result


def _leads(source: bytes, path: str, options: Options) -> bool:
    """Tell whether a file that does not name TensorFlow imports one that leads to it."""
    graph = options.graph
    if not path.endswith(".ipynb"):
        return graph.surroundings(path, source).leads_to_tensorflow()
    # Each string of the document is a line of a cell, as far as imports are concerned.
    imported = graph.imported_by(path, source.replace(b'"', b"\n"))
    return any(graph.facts(file).tensorflow for file in graph.reached(imported))


class _FileSurveyor:
    """Surveys one file that has to do with TensorFlow, or seems to."""

    def __init__(self, source: bytes, options: Options, result: FileSurvey) -> None:
        self.source = source
        self.options = replace(
            options, inspect=None, write=False, safe_only=False, select=(), ignore=()
        )
        self.result = result
        self.around = self.options.graph.surroundings(
            result.path, b"" if result.notebook else source
        )
        self.gaps: list[Gap] = []
        self.counts: dict[str, Counter[str]] = {}
        self.calls: dict[Place, str] = {}
        self.symbols: dict[Place, str] = {}
        self.names: set[str] = set()
        self.imports: set[str] = set()
        self.edges: dict[str, None] = {}
        self.unclear = False

    def survey(self) -> None:
        """Find out everything."""
        result = self.result
        try:
            parts = list(self._parts())
            result.lines = sum(part.source.count(b"\n") for part in parts) or result.lines
            for part in parts:
                self._read(part)
        except (UnparseableSourceError, RecursionError, MemoryError) as error:
            self._failed(error)
        result.counts = self.counts
        result.imports = tuple(self.edges)
        # What cannot be parsed, and neither names TensorFlow nor leads to it, is not ours.
        ours = self._is_of_tensorflow() or b"tensorflow" in self.source or self._leads()
        if not (ours or self.unclear):
            return
        result.gaps = tuple(self.gaps)
        if self.gaps:
            result.rung = Rung.UNKNOWN
            if not result.notebook and not self.calls and not self.names:
                return  # nothing was read
        self._rewrite()

    def _is_of_tensorflow(self) -> bool:
        """Tell whether it imports TensorFlow; Keras by itself is something else."""
        return bool(self.calls) or any(map(is_tensorflow, self.imports | self.names))

    # Reading

    def _parts(self) -> Iterator[_Part]:
        if not self.result.notebook:
            yield _Part(self.source)
            return
        for module in notebook_modules(self.source, self.result.path, self.options):
            yield _Part(*module)

    def _read(self, part: _Part) -> None:
        for unread in part.unread:
            self._gap(unread.line, unread.message, unread.cell)
        source = Source.decode(part.source)
        path, options = self.result.path, self.options
        neighbours = options.neighbours.imports_of(path, options.tf_modules)
        try:
            module = read_module(source, path, options.tf_modules, part.opaque, neighbours)
        except UnparseableSourceError as error:
            cell, line = self._cell(part, error.line)
            self._gap(line, f"cannot be parsed: {error.cause}", cell)
            return
        try:
            self._count(module, part)
            notebook = self.result.notebook
            if not self.result.entry and (notebook or self._is_of_tensorflow() or self._leads()):
                self.result.entry = is_entry(module, path, self.around)
            self.edges |= dict.fromkeys(self._imported(part))
        finally:
            module.release()

    def _imported(self, part: _Part) -> tuple[str, ...]:
        graph, path = self.options.graph, self.result.path
        if self.result.notebook:
            return graph.imported_by(path, part.source)
        return graph.edges(os.path.realpath(path))  # which are known already

    def _leads(self) -> bool:
        return self.around.leads_to_tensorflow()

    def _count(self, module: Module, part: _Part) -> None:
        uses = uses_of(module)
        self.imports |= uses.imports
        for node, name in uses.statements:
            self.symbols[self._place(node, module.lines, part)] = tensorflow_member(name)
        for use in uses.known:
            if use.node.lineno > part.start:
                self._count_use(use, module.lines, part)
        self._find_gaps(module, uses, part)

    def _count_use(self, use: Use, lines: Lines, part: _Part) -> None:
        self.names.add(use.name)
        member = tensorflow_member(use.name)
        self.symbols[self._place(use.node, lines, part)] = member
        op = state_op_name(use.name) if use.call is not None else None
        if op is not None and use.call is not None:
            self.calls[self._place(use.call, lines, part)] = op
        for key in constructs_of(member, use.call is not None) if member else ():
            self.counts.setdefault(key, Counter())[member] += 1

    def _find_gaps(self, module: Module, uses: Uses, part: _Part) -> None:
        if uses.unknown:
            self.unclear = True
            cell, line = self._cell(part, uses.unknown[0].lineno)
            more = len(uses.unknown) - 1
            others = f" ({more} more)" if more else ""
            name = ast.unparse(uses.unknown[0])
            self._gap(line, f"{name}{others}: where {name.partition('.')[0]} comes from is not "
                            "known", cell)  # fmt: skip
        for star in sorted(uses.stars):
            self._gap(1, f"from {star} import *: its names are not told apart")
        for string in strings_naming_tensorflow(module):
            cell, line = self._cell(part, string.lineno)
            self._gap(line, f"{string.value!r} is imported by a string", cell)

    def _place(self, node: ast.expr | ast.stmt, lines: Lines, part: _Part) -> Place:
        try:
            _, column = lines.position(lines.offset(node.lineno, node.col_offset))
        except IndexError:  # inside an f-string, before Python 3.12
            column = 1
        return (*self._cell(part, node.lineno), column)

    @staticmethod
    def _cell(part: _Part, line: int) -> tuple[int | None, int]:
        return (None, line) if part.place is None else part.place(line)

    def _gap(self, line: int, why: str, cell: int | None = None) -> None:
        gap = Gap(line, why, cell, "Python 2" in why)
        if gap not in self.gaps:
            self.gaps.append(gap)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, UnparseableSourceError):
            self._gap(error.line, f"cannot be parsed: {error.cause}")
        else:
            what = "nested too deeply" if isinstance(error, RecursionError) else "out of memory"
            self._gap(1, f"cannot be parsed: {what}")

    # What the rungs make of it

    def _rewrite(self) -> None:
        compat = list(self._findings(COMPAT))
        methods = list(self._findings(METHODS))
        made = {(f.cell, f.line, f.column): f for f in methods}
        for place, op in self.calls.items():
            self.result.state_ops[op, _safety(made.get(place))] += 1
        self.result.obstacles = tuple(
            obstacle
            for rung, findings in ((Rung.COMPAT, compat), (Rung.METHODS, methods))
            for f in findings
            if (obstacle := obstacle_of(f, rung, self.symbols, self.calls)) is not None
        )
        if not self.gaps:
            self.result.rung = self._rung(compat)

    def _findings(self, rung: str) -> Iterator[Finding]:
        options = replace(self.options, rung=rung)
        path = self.result.path
        try:
            if self.result.notebook:
                yield from rewrite_notebook(self.source, path, options).findings
            elif rung == COMPAT or may_matter(self.source, options):
                used_elsewhere = imported_from(path)
                yield from rewrite_to(
                    self.source, path, options, used_elsewhere=used_elsewhere
                ).findings
        except (UnparseableSourceError, RecursionError, MemoryError):
            return  # it was said already
        except CheckError as error:
            self._gap(1, f"internal error: {error}")

    def _rung(self, compat: Sequence[Finding]) -> Rung:
        """Return the rung that the file is on, by itself."""
        if not self._is_of_tensorflow():
            return Rung.NONE
        if any(f.status in (Status.REWRITTEN, Status.LEFT) for f in compat):
            return Rung.V1
        if self.calls:
            return Rung.COMPAT
        named = self.names | self.imports
        if any(".compat.v1" in n or _is_v1_only(n) for n in named if is_tensorflow(n)):
            return Rung.METHODS
        if any(_is_keras(name) for name in named) and not any(
            name.endswith(".GradientTape") for name in named
        ):
            return Rung.KERAS
        return Rung.EAGER


def _is_v1_only(name: str) -> bool:
    return is_v1_only(name.partition(".")[2])


def _is_keras(name: str) -> bool:
    return not is_tensorflow(name) or tensorflow_member(name).startswith("keras")


def _safety(finding: Finding | None) -> str:
    """Return what a rewrite to methods makes of a call of a state op, in one word."""
    if finding is None:
        return "ignored"
    if finding.status is Status.REWRITTEN and finding.safety is not None:
        return finding.safety.value
    return "refused"
