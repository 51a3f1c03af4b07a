"""Which files of a project import which, and what that tells of a program's TensorFlow.

Files are looked at by their words alone: nothing here parses them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from migrate_vars.analysis.tensorflow import OTHER_FRAMEWORKS
from migrate_vars.workspace.importers import TooManyFilesError, project_of
from migrate_vars.workspace.module_files import ModuleFiles

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]*)|import[ \t]+([^\n#;]+))",
    re.MULTILINE,
)
_NAME = re.compile(rb"(?:^|[,(])\s*(?:#[^\n]*\s*)*([\w.]+)")
# So many files are looked at to find out what a program is.
_REACH = 300


class _Facts(NamedTuple):
    """What the bytes of one file tell.

    Attributes:
        imports: The modules that it imports, or may import: of what it imports names from, too.
        tensorflow: Whether it imports TensorFlow.
        keras: Whether it uses something that needs Keras 2.
        v1: Whether it uses a name of TensorFlow 1.
        v2: Whether it uses what TensorFlow 2 brought.
    """

    imports: tuple[str, ...]
    tensorflow: bool
    keras: bool
    v1: bool
    v2: bool


_NOTHING = _Facts((), False, False, False, False)


class ImportGraph:
    """The files of projects, each looked at once."""

    def __init__(self) -> None:
        self._facts: dict[str, _Facts] = {}
        self._edges: dict[str, tuple[str, ...]] = {}
        self._files = ModuleFiles()
        self._tops: dict[str, str] = {}
        self._importers: dict[str, dict[str, set[str]] | None] = {}

    def surroundings(self, path: str, data: bytes) -> FileSurroundings:
        """Return what the other files tell of one.

        Args:
            path: The file; one that is not there has no neighbours.
            data: What it holds.
        """
        own = os.path.realpath(path)
        if os.path.isfile(own):  # noqa: PTH113 - a name with a null byte is no error here
            self._facts.setdefault(own, _facts(data))
            return FileSurroundings(self, own)
        return FileSurroundings(self, "")

    def facts(self, file: str) -> _Facts:
        """Return what the bytes of a file tell."""
        if file not in self._facts:
            try:
                data = Path(file).read_bytes()
            except OSError:
                data = b""
            self._facts[file] = _facts(data) if data else _NOTHING
        return self._facts[file]

    def files_of(self, module: str, importer: str) -> list[str]:
        """Return the files that an import of a module runs: the packages around it, and itself."""
        rest = module.lstrip(".")
        dots = module[: len(module) - len(rest)]
        parts = rest.split(".") if rest else []
        if not dots and parts[0] in OTHER_FRAMEWORKS | {"tensorflow"}:
            return []
        file = self._files.root(dots or parts.pop(0), importer)
        found = []
        while file is not None:
            if file.endswith(".py"):
                found.append(file)
            file = self._files.submodule(file, parts.pop(0)) if parts else None
        return found

    def imported_by(self, path: str, data: bytes) -> tuple[str, ...]:
        """Return the files of the project that a source imports, which need not be a file.

        Args:
            path: Where it lies.
            data: What it holds.
        """
        own = os.path.realpath(path)
        found = dict.fromkeys(f for n in _facts(data).imports for f in self.files_of(n, own))
        found.pop(own, None)
        return tuple(found)

    def edges(self, file: str) -> tuple[str, ...]:
        """Return the files of the project that a file imports."""
        if file not in self._edges:
            names = self.facts(file).imports
            found = dict.fromkeys(f for name in names for f in self.files_of(name, file))
            found.pop(file, None)
            self._edges[file] = tuple(found)
        return self._edges[file]

    def reached(self, files: Iterable[str]) -> Iterator[str]:
        """Yield files, and those that they import, and so on."""
        pending = list(files)
        seen = set(pending)
        while pending and len(seen) <= _REACH:
            file = pending.pop()
            yield file
            new = [other for other in self.edges(file) if other not in seen]
            seen.update(new)
            pending += new

    def importers(self, file: str) -> set[str]:
        """Return the files of the project that import one.

        Raises:
            TooManyFilesError: The project is too large to look at.
        """
        top = self._top(file)
        if top not in self._importers:
            self._importers[top] = None
            self._importers[top] = self._turned_around(file)
        known = self._importers[top]
        if known is None:
            raise TooManyFilesError
        return known.get(file, set())

    def _turned_around(self, file: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for other in project_of(Path(file)).files():
            own = str(other.resolve())
            if own.endswith(".py"):
                for imported in self.edges(own):
                    found.setdefault(imported, set()).add(own)
        return found

    def _top(self, file: str) -> str:
        folder = os.path.dirname(file)  # noqa: PTH120
        if folder not in self._tops:
            self._tops[folder] = str(project_of(Path(file)).top)
        return self._tops[folder]


@dataclass(frozen=True, slots=True)
class FileSurroundings:
    """The other files of a project, as seen from one of them; see ``compat.surroundings``."""

    graph: ImportGraph
    file: str

    def is_imported(self) -> bool:
        """Tell whether another file imports this one; True where that cannot be found out."""
        if not self.file:
            return False
        try:
            return bool(self.graph.importers(self.file))
        except TooManyFilesError:
            return True

    def is_v1(self) -> bool:
        """Tell whether the program that this file belongs to is of TensorFlow 1.

        Of the files that it imports, and that import it, more are than not. They are few: what a
        whole library imports tells nothing.
        """
        if not self.file:
            return False
        graph = self.graph
        own = list(graph.reached([self.file]))
        pending, seen = [self.file], set(own)
        try:
            while pending and len(seen) <= _REACH:
                new = graph.importers(pending.pop()) - seen
                seen.update(graph.reached(new))
                pending += new
        except TooManyFilesError:
            pass
        facts = [graph.facts(file) for file in seen]
        return sum(one.v1 for one in facts) > sum(one.v2 for one in facts)

    def leads_to_tensorflow(self) -> bool:
        """Tell whether this file imports one that leads to TensorFlow."""
        if not self.file:
            return False
        return self._leads(self.graph.edges(self.file))

    def imports_tensorflow(self, module: str) -> bool:
        """Tell whether the import of a module by this file leads to an import of TensorFlow."""
        return bool(self.file) and self._leads(self.graph.files_of(module, self.file))

    def needs_keras(self, module: str) -> bool:
        """Tell whether the import of a module leads to code that needs Keras 2."""
        if not self.file:
            return False
        files = self.graph.files_of(module, self.file)
        return any(self.graph.facts(file).keras for file in self.graph.reached(files))

    def _leads(self, files: Iterable[str]) -> bool:
        own = self.file
        return any(
            self.graph.facts(file).tensorflow
            for file in self.graph.reached(f for f in files if f != own)
            if file != own
        )


def _facts(data: bytes) -> _Facts:
    from migrate_vars.compat.mention import (
        imports_tensorflow,
        mentions_keras,
        names_v1,
        names_v2,
    )

    if b"import" not in data:
        return _NOTHING
    names: dict[str, None] = {}
    for home, brought, plain in _IMPORT.findall(data):
        if plain:
            names.update(dict.fromkeys(n.decode() for n in _NAME.findall(plain)))
        else:
            module = home.decode()
            names[module] = None
            for name in _NAME.findall(brought):
                text = name.decode()
                names[module + text if module.endswith(".") else f"{module}.{text}"] = None
    tensorflow = imports_tensorflow(data)
    return _Facts(
        tuple(names),
        tensorflow,
        tensorflow and mentions_keras(data),
        names_v1(data),
        names_v2(data),
    )
