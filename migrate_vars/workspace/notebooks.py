"""Notebooks: their code cells are rewritten as one module, and put back by spans.

The cells are joined in their order, so that an import in an early cell counts for later ones.
In the notebook's text only the source lines that differ are replaced: all else, down to the way
in which characters are escaped, stays as it is.
"""

from __future__ import annotations

import bisect
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrate_vars.codemod.engine import (
    CheckError,
    Rewrite,
    UnparseableSourceError,
    rewrite_source,
)
from migrate_vars.codemod.mention import may_matter
from migrate_vars.codemod.source import parse
from migrate_vars.findings.finding import Finding, Safety, Status
from migrate_vars.workspace.cells import Mask, lines_of, may_hold_commands
from migrate_vars.workspace.json_text import Key, with_strings

if TYPE_CHECKING:
    from migrate_vars.workspace.rewriting import Options


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
    if not any(may_matter(_encoded(cell.source)) for cell in cells) and not may_matter(
        b"\n".join(_encoded(cell.source) for cell in cells)
    ):
        return Rewrite(source, (), False)
    module = _Module(cells, path)
    result = rewrite_source(
        module.source,
        path,
        safe_only=options.safe_only,
        select=options.select,
        ignore=options.ignore,
        tf_modules=options.tf_modules,
    )
    findings = module.findings + [module.placed(finding) for finding in result.findings]
    findings.sort(key=lambda f: (f.cell or 0, f.line, f.column))
    if not result.changed:
        return Rewrite(source, tuple(findings), False)
    changed = module.changed(result.output)
    written = with_strings(text, changed)
    _check(document, json.loads(written), changed)
    return Rewrite(mark + written.encode("utf-8"), tuple(findings), True)


def read_cells(source: bytes) -> list[tuple[int, str]]:
    """Return the Python cells of a notebook: number among the cells of all kinds, and source.

    Raises:
        UnparseableSourceError: It is not a notebook.
    """
    _, document = _loaded(source.removeprefix(b"\xef\xbb\xbf"))
    return [(cell.number, cell.source) for cell in _code_cells(document)]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A code cell.

    Attributes:
        number: Its number among the cells of all kinds, from 1.
        key: Where its source stands in the document.
        source: Its source.
    """

    number: int
    key: Key
    source: str


class _Module:
    """The cells as one module, and the way back."""

    def __init__(self, cells: list[_Cell], path: str) -> None:
        self.mark = f"migrate-vars-cell-{os.urandom(8).hex()}"
        self.cells: list[_Cell] = []
        self.masks: list[Mask] = []
        self.findings: list[Finding] = []
        self.starts: list[int] = []  # the line of the module before the cell's first
        parts: list[str] = []
        line = 1
        for cell in cells:
            mask = Mask(f"{self.mark}-{cell.number}")
            shown = self._python(cell, mask, path)
            if shown is None:
                continue
            self.cells.append(cell)
            self.masks.append(mask)
            self.starts.append(line)
            parts.append(f"# {self.mark}\n{shown}\n")
            line += len(lines_of(parts[-1]))
        self.source = "".join(parts).encode("utf-8")

    def _python(self, cell: _Cell, mask: Mask, path: str) -> str | None:
        """Return a cell as Python; None if it cannot be used."""
        try:
            cell.source.encode("utf-8")
            if may_hold_commands(cell.source):
                try:
                    parse(cell.source)
                except UnparseableSourceError:
                    shown = mask.hide(cell.source)
                    if shown is None:
                        return None
                    parse(shown)
                    self._note_hidden(cell, mask, shown, path)
                    return shown
            else:
                parse(cell.source)
        except UnparseableSourceError as error:
            if may_matter(_encoded(cell.source)):
                message = f"cannot be parsed, cell left alone: {error.cause}"
                self.findings.append(
                    Finding(
                        *("MV901", path, error.line, error.column, message, Status.ERROR),
                        cell=cell.number,
                    )
                )
            return None
        except UnicodeEncodeError:  # half of a surrogate pair
            return None
        return cell.source

    def _note_hidden(self, cell: _Cell, mask: Mask, shown: str, path: str) -> None:
        """Say where a state op stands in an IPython command."""
        for line, text in enumerate(lines_of(shown), 1):
            hidden = mask.hidden.get(text.rpartition("# ")[2].rstrip("\r\n"))
            if hidden is not None and may_matter(_encoded(hidden)):
                message = "left alone: it is part of an IPython command"
                self.findings.append(
                    Finding(
                        *("MV109", path, line, 1, message, Status.LEFT, Safety.REFUSED),
                        cell=cell.number,
                    )
                )

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the place in the notebook."""
        index = bisect.bisect_left(self.starts, finding.line) - 1
        start = self.starts[max(index, 0)]
        end = None if finding.end_line is None else finding.end_line - start
        number = self.cells[index].number
        return finding._replace(cell=number, line=finding.line - start, end_line=end, fix=())

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
            if after != cell.source:
                changed[cell.key] = after
        return changed


def _loaded(source: bytes) -> tuple[str, object]:
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
                yield _Cell(number, (*prefix, index, name), source)


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
