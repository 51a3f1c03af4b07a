"""Makes a TensorFlow 1 module one that runs on TensorFlow 2.16 and later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.tensorflow import V1
from migrate_vars.compat.advice import advise_on
from migrate_vars.compat.changes import Changes
from migrate_vars.compat.entry import is_entry, leading_imports
from migrate_vars.compat.imports import (
    ImportChanges,
    TensorFlowImport,
    names_of,
    tensorflow_imports,
)
from migrate_vars.compat.mention import may_matter
from migrate_vars.compat.origin import names_v1
from migrate_vars.compat.private_modules import is_private
from migrate_vars.compat.strings import report_strings
from migrate_vars.compat.surroundings import LoneFile, Surroundings
from migrate_vars.compat.switches import switch_behaviour, switch_keras
from migrate_vars.compat.symbols import Symbols
from migrate_vars.rewriting.pipeline import Rewrite, Rewritten, rewrite_module
from migrate_vars.rewriting.reporting import Reporter

if TYPE_CHECKING:
    from migrate_vars.analysis.imported_modules import FileImports

_ALONE = LoneFile()


def rewrite_source(
    source: bytes,
    filename: str = "<string>",
    *,
    safe_only: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    tf_modules: Sequence[str] = (),
    around: Surroundings = _ALONE,
    opaque: Sequence[int] = (),
    imports: FileImports | None = None,
) -> Rewrite:
    """Make one Python source run on TensorFlow 2.16 and later, sessions kept.

    Args:
        source: The bytes of a module.
        filename: What findings call it.
        safe_only: Change only what is certain.
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop. What is dropped is not changed either.
        tf_modules: Modules that re-export TensorFlow.
        around: What other files tell of this one.
        opaque: Lines that may give any name of the module another value.
        imports: What the imports of the source lead to; None where that is not to be looked at.

    Raises:
        UnparseableSourceError: The source is not Python that this interpreter understands.
        CheckError: The edited source failed the final check; a bug.
    """

    def rewrite(module: Module, reporter: Reporter) -> Rewritten:
        changes = Changes(module, reporter, safe_only=safe_only)
        try:
            entry = _rewrite(module, filename, changes, around)
            text = changes.apply()
        finally:
            module.release()
        return Rewritten(text, frozenset(changes.needs.packages), entry)

    def matters(data: bytes) -> bool:
        return may_matter(data) or around.leads_to_tensorflow()

    return rewrite_module(
        source,
        filename,
        may_matter=matters,
        rewrite=rewrite,
        select=select,
        ignore=ignore,
        tf_modules=tf_modules,
        imports=imports,
        opaque=opaque,
    )


def _rewrite(module: Module, filename: str, changes: Changes, around: Surroundings) -> bool:
    """Change a module; return whether it starts a program of TensorFlow 1."""
    imports = tensorflow_imports(module)
    leading = leading_imports(module, around)
    if not imports and not leading:
        return False
    # A file that names nothing but what both have is of what the rest of its program is of.
    v1 = names_v1(module, imports)
    if not v1 and not _is_compat(module, imports):
        v1 = around.is_v1()
        if not v1:
            return False
    symbols = Symbols(module, changes, v1=v1)
    symbols.replace()
    if v1:
        ImportChanges(module, changes, symbols.replaced).change(imports)
        report_strings(module, changes)
    advise_on(module, changes)
    if not is_entry(module, filename, around):
        return False
    if changes.needs.keras or any(around.needs_keras(n) for one in leading for n in one.names):
        switch_keras(module, changes, imports, leading)
        changes.needs.packages.add("tf_keras")
    switch_behaviour(module, changes, imports, leading)
    return True


def _is_compat(module: Module, imports: list[TensorFlowImport]) -> bool:
    """Tell whether a module uses TensorFlow 1 as ``compat.v1`` alone, not beside TensorFlow 2."""
    names = {name for node, _ in imports for name in names_of(node)}
    return (
        bool(names)
        and all(
            name == "tensorflow.compat" or name.startswith(V1) or is_private(name.partition(".")[2])
            for name in names
        )
        and names_v1(module, imports, through_compat=True)
    )
