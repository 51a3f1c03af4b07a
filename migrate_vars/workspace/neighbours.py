"""The files that the one at hand imports, kept while a process works on a project."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_vars.analysis.imported_modules import FileImports, ImportedModules


class Neighbours:
    """Looks at imported files. Each process has its own: nothing that it has read is handed on."""

    def __init__(self) -> None:
        self._modules: ImportedModules | None = None

    def __reduce__(self) -> tuple[type[Neighbours], tuple[()]]:
        return Neighbours, ()

    def imports_of(self, path: str, tf_modules: Sequence[str]) -> FileImports | None:
        """Return what the imports of a file lead to; None for what lies in no folder.

        Args:
            path: The file, which need not exist.
            tf_modules: Modules that re-export TensorFlow.
        """
        folder = os.path.dirname(path)  # noqa: PTH120 - also of paths that are not text
        if path.startswith("<") or not os.path.isdir(folder or "."):  # noqa: PTH112
            return None
        if self._modules is None or self._modules.tf_modules != tuple(tf_modules):
            # Imported late: most trees have nothing to rewrite.
            from migrate_vars.analysis.imported_modules import ImportedModules
            from migrate_vars.workspace.module_files import ModuleFiles

            self._modules = ImportedModules(ModuleFiles(), tf_modules)
        self._modules.trim()
        return self._modules.of(path)
