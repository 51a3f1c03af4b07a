"""From bytes to bytes: what rewriting a source is on every rung.

A rung says which sources matter to it and what becomes of a parsed module. Reading the bytes,
ignore comments, the choice of codes and the order of the findings are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import LoneFile
from migrate_vars.analysis.re_exports import ReExports
from migrate_vars.analysis.source import Source, wide_encoding
from migrate_vars.findings.finding import Finding
from migrate_vars.rewriting.ignores import MARKER, Ignores
from migrate_vars.rewriting.reporting import Reporter, Selection

if TYPE_CHECKING:
    from migrate_vars.analysis.imported_modules import FileImports


class Rewrite(NamedTuple):
    """What became of one source.

    Attributes:
        output: The new source; the old one where nothing was rewritten.
        findings: What is said about it, in the order of the lines.
        changed: Whether anything was rewritten.
        needs: The packages that the result needs beside TensorFlow, as pip names them.
        entry: Whether it starts a program, as far as the rung looks for that.
    """

    output: bytes
    findings: tuple[Finding, ...]
    changed: bool
    needs: frozenset[str] = frozenset()
    entry: bool = False


class Rewritten(NamedTuple):
    """What a rung makes of a module.

    Attributes:
        text: The new text as UTF-8; None where nothing was rewritten.
        needs: The packages that it needs beside TensorFlow.
        entry: Whether it starts a program.
    """

    text: bytes | None
    needs: frozenset[str] = frozenset()
    entry: bool = False


def read_module(
    source: Source,
    filename: str,
    tf_modules: Sequence[str] = (),
    opaque: Sequence[int] = (),
    imports: FileImports | None = None,
) -> Module:
    """Parse one Python source; the arguments are those of ``rewrite_module``.

    Raises:
        UnparseableSourceError: It is not Python that this interpreter understands.
    """
    if imports is None:
        module = Module(source, LoneFile(ReExports(tf_modules, filename)))
    else:
        module = Module(source, imports, imports)
    module.scopes.opaque.extend(opaque)
    return module


def rewrite_module(
    source: bytes,
    filename: str,
    *,
    may_matter: Callable[[bytes], bool],
    rewrite: Callable[[Module, Reporter], Rewritten],
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    tf_modules: Sequence[str] = (),
    opaque: Sequence[int] = (),
    imports: FileImports | None = None,
) -> Rewrite:
    """Rewrite one Python source as a rung does it.

    Args:
        source: The bytes of a module.
        filename: What findings call it.
        may_matter: Tells, cheaply, whether a source holds anything of interest.
        rewrite: Says what there is to say of a module, and returns what it becomes.
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop.
        tf_modules: Modules that re-export TensorFlow.
        opaque: Lines that may give any name of the module another value.
        imports: What the imports of the source lead to; None where that is not to be looked at.

    Raises:
        UnparseableSourceError: The source is not Python that this interpreter understands.
        CheckError: The edited source failed the final check; a bug.
    """
    marked = MARKER.search(source) is not None
    if not marked and not may_matter(source) and not wide_encoding(source):
        return Rewrite(source, (), False)
    if marked and Ignores(source.decode("latin-1")).skip_file:
        return Rewrite(source, (), False)
    decoded = Source.decode(source)
    module = read_module(decoded, filename, tf_modules, opaque, imports)
    ignores = Ignores(decoded.text if MARKER.search(decoded.data) else "")
    reporter = Reporter(filename, module.lines, Selection(tuple(select), tuple(ignore)), ignores)
    text, needs, entry = rewrite(module, reporter)
    output = source if text is None else decoded.encode(text)
    return Rewrite(output, reporter.in_order(), text is not None, needs, entry)
