"""Rewrites copies of the files that a program loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate_vars.findings.finding import Safety, Status


@dataclass(frozen=True)
class RewrittenFile:
    """What ``rewrite`` makes of one file of a program.

    Attributes:
        path: The file.
        text: The rewritten text; the file itself stays as it is.
        safe: How many calls become methods because the receiver is proven to be a variable.
        assumed: How many do because nothing speaks against it.
        left: How many state ops are left alone.
    """

    path: Path
    text: bytes
    safe: int
    assumed: int
    left: int


def rewrite_files(paths: Sequence[str], tf_modules: Sequence[str] = ()) -> list[RewrittenFile]:
    """Rewrites files, in memory.

    Args:
        paths: The files. One that cannot be read or parsed is left out.
        tf_modules: Modules that re-export TensorFlow.

    Returns:
        Those in which something changes.
    """
    from migrate_vars.codemod.engine import UnparseableSourceError, rewrite_source

    found = []
    for path in paths:
        try:
            rewrite = rewrite_source(Path(path).read_bytes(), path, tf_modules=tf_modules)
        except (OSError, UnparseableSourceError):
            continue
        if rewrite.changed:
            safeties = [f.safety for f in rewrite.findings if f.status is Status.REWRITTEN]
            found.append(
                RewrittenFile(
                    Path(path),
                    rewrite.output,
                    safeties.count(Safety.SAFE),
                    safeties.count(Safety.ASSUMED),
                    sum(f.status is Status.LEFT for f in rewrite.findings),
                )
            )
    return found
