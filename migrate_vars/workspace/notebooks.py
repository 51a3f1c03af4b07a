"""Notebooks: their code cells are rewritten as modules, and put back by spans.

The cells of one namespace are joined in their order, so that an import in an early cell counts for
later ones. A cell magic may give a cell another one: ``%%python3``, ``%%writefile``.
In the notebook's text only the source lines that differ are replaced: all else, down to the way
in which characters are escaped, stays as it is.
"""

from __future__ import annotations

import bisect
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from migrate_vars.analysis.source import UnparseableSourceError, parse, wide_encoding
from migrate_vars.editing.check import CheckError
from migrate_vars.findings.finding import Finding, Safety, Status
from migrate_vars.rewriting.pipeline import Rewrite
from migrate_vars.workspace.json_text import Key, with_strings
from migrate_vars.workspace.notebook_cells import (
    Home,
    Mask,
    Namespace,
    home_of,
    lines_of,
    may_hold_commands,
)
from migrate_vars.workspace.rungs import may_matter, rewrite_to

if TYPE_CHECKING:
    from migrate_vars.workspace.options import Options


def rewrite_notebook(source: bytes, path: str, options: Options) -> Rewrite:
    """Rewrite the code cells of a notebook (nbformat 3 or 4).

    Args:
        source: The bytes of the notebook.
        path: What findings call it.
        options: How files are rewritten.

    Raises:
        UnparseableSourceError: It is not a notebook.
        CheckError: The result failed the final check; a bug.
    """
    mark = b"\xef\xbb\xbf" if source.startswith(b"\xef\xbb\xbf") else b""
    text, document = _loaded(source[len(mark) :])
    cells = list(_code_cells(document))
    if not any(may_matter(_encoded(cell.source), options) for cell in cells) and not may_matter(
        b"\n".join(_encoded(cell.source) for cell in cells), options
    ):
        return Rewrite(source, (), False)
    findings: list[Finding] = []
    changed: dict[Key, str] = {}
    needs: frozenset[str] = frozenset()
    entry = False
    for module in _modules(cells, path, options):
        changed |= module.rewritten(cells)
        findings += module.findings
        needs |= module.needs
        entry = entry or module.entry
    findings.sort(key=lambda f: (f.cell or 0, f.line, f.column))
    if not changed:
        return Rewrite(source, tuple(findings), False, needs, entry)
    written = with_strings(text, changed)
    _check(document, json.loads(written), changed)
    return Rewrite(mark + written.encode("utf-8"), tuple(findings), True, needs, entry)


def read_cells(source: bytes) -> list[tuple[int, str]]:
    """Return the Python cells of a notebook: number among the cells of all kinds, and source.

    Raises:
        UnparseableSourceError: It is not a notebook.
    """
    _, document = _loaded(source.removeprefix(b"\xef\xbb\xbf"))
    return [(cell.number, cell.source) for cell in _code_cells(document)]


class NotebookModule(NamedTuple):
    """Cells that run as one module.

    Attributes:
        source: Their sources, one below the other; what is not Python is masked.
        opaque: Lines that may give any name another value.
        start: What is asked about stands below this line; what is above only gives names.
        place: Tells the cell, by its number, and the line in it of a line of the source.
        unread: What is said of cells that cannot be parsed or whose magic is not known.
    """

    source: bytes
    opaque: Sequence[int]
    start: int
    place: Callable[[int], tuple[int, int]]
    unread: Sequence[Finding]


def notebook_modules(source: bytes, path: str, options: Options) -> Iterator[NotebookModule]:
    """Yield the code cells of a notebook as modules.

    Args:
        source: The bytes of the notebook.
        path: What findings call it.
        options: How files are read.

    Raises:
        UnparseableSourceError: It is not a notebook.
    """
    _, document = _loaded(source.removeprefix(b"\xef\xbb\xbf"))
    for module in _modules(list(_code_cells(document)), path, options):
        start = 0 if module.about is None or not module.starts else module.starts[-1]
        if module.about is None or module.about in module.cells:
            yield NotebookModule(
                module.source, module.opaque, start, module.place, tuple(module.unread)
            )


@dataclass(frozen=True, slots=True)
class _Cell:
    """A code cell.

    Attributes:
        number: Its number among the cells of all kinds, from 1.
        key: Where its source stands in the document.
        source: Its source.
        home: The namespace that it runs in.
    """

    number: int
    key: Key
    source: str
    home: Home


def _modules(cells: Sequence[_Cell], path: str, options: Options) -> Iterator[_Module]:
    """Yield the cells as modules: those that share a namespace are one."""
    notebook: list[_Cell] = []
    own: list[list[_Cell]] = []
    last: dict[str | None, list[_Cell]] = {}
    for cell in cells:
        home = cell.home
        if home.namespace in (Namespace.NOTEBOOK, Namespace.UNKNOWN):
            notebook.append(cell)
        elif home.namespace is Namespace.FUNCTION:
            yield _Module([*notebook, cell], path, options, cell)
        elif home.namespace is Namespace.OWN:
            if home.key not in last or not home.continues:
                own.append([])
                if home.key is not None:
                    last[home.key] = own[-1]
            (own[-1] if home.key is None else last[home.key]).append(cell)
    yield _Module(notebook, path, options)
    for module in own:
        yield _Module(module, path, options)


class _Module:
    """The cells as one module, and the way back."""

    def __init__(
        self, cells: Sequence[_Cell], path: str, options: Options, about: _Cell | None = None
    ) -> None:
        """Takes the cells, and the one that it is about, where the others only give names."""
        self.options = options
        self.needs: frozenset[str] = frozenset()
        self.entry = False
        self.mark = f"migrate-vars-cell-{os.urandom(8).hex()}"
        self.path = path
        self.cells: list[_Cell] = []
        self.masks: list[Mask] = []
        self.findings: list[Finding] = []
        self.unread: list[Finding] = []  # of all cells, whatever they are about
        self.starts: list[int] = []  # the line of the module before the cell's first
        self.opaque: list[int] = []
        self.about = about
        parts: list[str] = []
        line = 1
        for cell in cells:
            mask = Mask(f"{self.mark}-{cell.number}")
            shown = self._python(cell, mask)
            if shown is None:
                continue
            self.cells.append(cell)
            self.masks.append(mask)
            self.starts.append(line)
            unseen = [1] if cell.home.namespace is Namespace.UNKNOWN else mask.unseen(shown)
            self.opaque += [line + number for number in unseen]
            parts.append(f"# {self.mark}\n{shown}\n")
            line += len(lines_of(parts[-1]))
        self.source = "".join(parts).encode("utf-8")
        self.findings = [f for f in self.findings if self._is_about(f.cell)]

    def rewritten(self, cells: Sequence[_Cell]) -> dict[Key, str]:
        """Rewrite the module; return the new sources of the cells that changed.

        Args:
            cells: All code cells of the notebook.

        Raises:
            CheckError: The result failed the final check; a bug.
        """
        inside = {cell.number for cell in self.cells}
        others = [
            cell.source
            for cell in cells
            if cell.number not in inside and cell.home.namespace is not Namespace.TEXT
        ]
        others += [hidden for mask in self.masks for hidden in mask.hidden.values()]

        def used_elsewhere(name: str) -> bool:
            return any(re.search(rf"\b{re.escape(name)}\b", text) for text in others)

        try:
            result = rewrite_to(
                self.source,
                self.path,
                self.options,
                used_elsewhere=used_elsewhere,
                opaque=self.opaque,
                in_notebook=True,
            )
            self.needs, self.entry = result.needs, result.entry
            placed = map(self.placed, result.findings)
            self.findings += [f for f in placed if self._is_about(f.cell)]
            return self.changed(result.output) if result.changed else {}
        except UnparseableSourceError as error:
            cell, line = self.place(error.line)
            self.findings.append(self._error(cell, line, error.column, error.cause))
            return {}
        except CheckError as error:
            raise CheckError(self.in_words(str(error))) from error

    def _may_matter(self, text: str) -> bool:
        return may_matter(_encoded(text), self.options)

    def _is_about(self, cell: int | None) -> bool:
        return self.about is None or cell == self.about.number

    def _python(self, cell: _Cell, mask: Mask) -> str | None:
        """Return a cell as Python; None if it cannot be used."""
        home = cell.home
        try:
            cell.source.encode("utf-8")
            if home.namespace is Namespace.UNKNOWN:
                if self._may_matter(cell.source):
                    message = f"left alone: what {home.magic} does with the cell is not known"
                    self._left(cell, 1, message)
                return mask.hide_all(cell.source)
            if home.magic or may_hold_commands(cell.source):
                try:
                    parse(cell.source)
                except UnparseableSourceError:
                    shown = mask.hide(cell.source, commands=home.commands)
                    parse(shown)
                    self._note_hidden(cell, mask, shown)
                    return shown
            else:
                parse(cell.source)
        except UnparseableSourceError as error:
            said = self._error(cell.number, error.line, error.column, error.cause)
            self.unread.append(said)
            if self._may_matter(cell.source):
                self.findings.append(said)
            return None
        except UnicodeEncodeError:  # half of a surrogate pair
            return None
        return cell.source

    def _error(self, cell: int, line: int, column: int, cause: str) -> Finding:
        message = f"cannot be parsed, cell left alone: {_in_cell(cause, cell)}"
        return Finding("MV901", self.path, line, column, message, Status.ERROR, cell=cell)

    def _left(self, cell: _Cell, line: int, message: str) -> None:
        self.findings.append(
            Finding(
                *("MV109", self.path, line, 1, message, Status.LEFT, Safety.REFUSED),
                cell=cell.number,
            )
        )

    def _note_hidden(self, cell: _Cell, mask: Mask, shown: str) -> None:
        """Say where a state op stands in an IPython command."""
        for line, text in enumerate(lines_of(shown), 1):
            hidden = mask.hidden.get(text.rpartition("# ")[2].rstrip("\r\n"))
            if hidden is not None and self._may_matter(hidden):
                self._left(cell, line, "left alone: it is part of an IPython command")

    def place(self, line: int) -> tuple[int, int]:
        """Return the cell, by its number, and the line in it of a line of the module."""
        index = max(bisect.bisect_left(self.starts, line) - 1, 0)
        return self.cells[index].number, line - self.starts[index]

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the place in the notebook."""
        cell, line = self.place(finding.line)
        end = None if finding.end_line is None else finding.end_line - finding.line + line
        message = self.in_words(finding.message)
        return finding._replace(cell=cell, line=line, end_line=end, fix=(), message=message)

    def in_words(self, message: str) -> str:
        """Return a message with the cell of each line that it names."""

        def place(line: str) -> str:
            cell, within = self.place(int(line))
            return f"line {within} of cell {cell}"

        def places(match: re.Match[str]) -> str:
            lines = [line for line in match.groups() if line is not None]
            return " and ".join(map(place, lines)) or match[0]

        return _LINES.sub(places, message)

    def changed(self, output: bytes) -> dict[Key, str]:
        """Return the new sources of the cells that changed."""
        first, *parts = output.decode("utf-8").split(f"# {self.mark}\n")
        if first or len(parts) != len(self.cells):
            raise CheckError("the cells of the notebook cannot be told apart any more")
        changed: dict[Key, str] = {}
        for cell, mask, part in zip(self.cells, self.masks, parts, strict=True):
            try:
                after = mask.show(part.removesuffix("\n"))
            except ValueError as error:
                raise CheckError(f"a line of IPython: {error}") from error
            if after != cell.source and self._is_about(cell.number):
                changed[cell.key] = after
        return changed


# Lines that a message names; what stands in quotation marks is the user's.
_LINES = re.compile(r"'[^']*'|\blines? (\d+)(?: and (\d+))?\b")


def _in_cell(message: str, cell: int) -> str:
    """Return a message about a cell with the cell beside each line that it names."""
    return _LINES.sub(lambda m: m[0] if m[1] is None else f"{m[0]} of cell {cell}", message)


def _loaded(source: bytes) -> tuple[str, object]:
    wide = wide_encoding(source)
    if wide:
        raise UnparseableSourceError(1, 1, f"not a notebook: it is {wide}; save it as UTF-8")
    try:
        text = source.decode("utf-8")
        return text, json.loads(text)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise UnparseableSourceError(line, 1, "not a notebook: not valid UTF-8") from error
    except json.JSONDecodeError as error:
        cause = f"not a notebook: not valid JSON: {error.msg}"
        raise UnparseableSourceError(error.lineno, error.colno, cause) from error


def _encoded(source: str) -> bytes:
    return source.encode("utf-8", "replace")


def _code_cells(document: Any) -> Iterator[_Cell]:
    """Yield the Python cells of a notebook."""
    sheets: list[tuple[Key, Any]] = []
    if isinstance(document, dict):
        if isinstance(document.get("cells"), list):
            sheets = [(("cells",), document["cells"])]
        elif isinstance(document.get("worksheets"), list):  # nbformat 3
            for index, sheet in enumerate(document["worksheets"]):
                if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
                    sheets.append((("worksheets", index, "cells"), sheet["cells"]))
    if not sheets:
        raise UnparseableSourceError(1, 1, "not a notebook: it has no cells")
    if not _is_python(document):
        return
    number = 0
    for prefix, cells in sheets:
        for index, cell in enumerate(cells):
            number += 1
            if not isinstance(cell, dict) or cell.get("cell_type") != "code":
                continue
            if str(cell.get("language", "python")).lower() != "python":
                continue
            name = "source" if "source" in cell else "input"
            source = cell.get(name)
            if isinstance(source, list) and all(isinstance(line, str) for line in source):
                source = "".join(source)
            if isinstance(source, str) and source:
                yield _Cell(number, (*prefix, index, name), source, home_of(source))


def _is_python(document: Mapping[str, Any]) -> bool:
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return True
    for table, key in (("language_info", "name"), ("kernelspec", "language")):
        entry = metadata.get(table)
        if isinstance(entry, dict) and isinstance(entry.get(key), str):
            return re.match(r"i?python", entry[key], re.IGNORECASE) is not None
    return True


def _check(before: Any, after: Any, changed: Mapping[Key, str]) -> None:
    """Check that nothing but the sources of some cells has changed.

    Raises:
        CheckError: Something else has.
    """
    for key, source in changed.items():
        old, new = before, after
        for part in key[:-1]:
            old, new = old[part], new[part]
        written = new[key[-1]]
        if ("".join(written) if isinstance(written, list) else written) != source:
            raise CheckError("a cell is not what it should be")
        old[key[-1]] = new[key[-1]] = None
    if before != after:
        raise CheckError("something else than source lines has changed")
