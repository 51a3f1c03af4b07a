"""The rungs that source is rewritten to, and which engine does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from migrate_vars.codemod import mention as mention_of_state_ops
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rules import COMPAT, METHODS

if TYPE_CHECKING:
    from migrate_vars.rewriting.pipeline import Rewrite


def may_matter(source: bytes, options: Options) -> bool:
    """Tell, cheaply, whether a source holds anything that a rung speaks about."""
    if options.rung == METHODS:
        return mention_of_state_ops.may_matter(source)
    from migrate_vars.compat.mention import may_matter as matters  # late: this is one of the rungs

    return matters(source)


def file_may_matter(source: bytes, path: str, options: Options) -> bool:
    """Tell, cheaply, whether a file does, by itself or by what it imports."""
    if may_matter(source, options):
        return True
    return options.rung == COMPAT and options.graph.surroundings(path, source).leads_to_tensorflow()


def rewrite_to(
    source: bytes,
    path: str,
    options: Options,
    *,
    used_elsewhere: Callable[[str], bool],
    opaque: Sequence[int] = (),
    in_notebook: bool = False,
) -> Rewrite:
    """Rewrite one Python source to the rung that the options name.

    Args:
        source: The bytes of a module.
        path: What findings call it.
        options: How it is rewritten.
        used_elsewhere: Tells whether other code uses a name of this module.
        opaque: Lines that may give any name of the module another value.
        in_notebook: Whether the source is made of cells, not a file.

    Raises:
        UnparseableSourceError: The source is not Python that this interpreter understands.
        CheckError: The edited source failed the final check; a bug.
    """
    imports = options.neighbours.imports_of(path, options.tf_modules)
    if options.rung == COMPAT:
        from migrate_vars.compat import engine as compat  # late, as above

        return compat.rewrite_source(
            source,
            path,
            safe_only=options.safe_only,
            select=options.select,
            ignore=options.ignore,
            tf_modules=options.tf_modules,
            around=options.graph.surroundings(path, b"" if in_notebook else source),
            imports=imports,
            opaque=opaque,
        )
    from migrate_vars.codemod.engine import rewrite_source  # late: most trees have nothing for it

    evidence = options.evidence.of(path, source) if options.evidence and not in_notebook else ()
    return rewrite_source(
        source,
        path,
        safe_only=options.safe_only,
        select=options.select,
        ignore=options.ignore,
        tf_modules=options.tf_modules,
        evidence=evidence,
        kept={} if in_notebook else options.kept.get(path, {}),
        used_elsewhere=used_elsewhere,
        opaque=opaque,
        imports=imports,
    )
