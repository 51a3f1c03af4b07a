"""Rewrites copies of the files that a program loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_vars.findings.finding import Safety, Status

if TYPE_CHECKING:
    from migrate_vars.workspace.project import Project


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


def rewrite_files(paths: Sequence[str], project: Project | None = None) -> list[RewrittenFile]:
    """Rewrites files, in memory, as ``migrate-vars rewrite`` would in their folder.

    Args:
        paths: The files, the one that the user named first. One that cannot be read or parsed is
            left out.
        project: What its configuration says; None for the defaults.

    Returns:
        Those in which something changes.
    """
    from migrate_vars.workspace.project import Project

    found = []
    for number, path in enumerate(paths):
        try:
            source = Path(path).read_bytes()
        except OSError:
            continue
        result = (project or Project()).rewrite(source, path, named=number == 0)
        if result.changed:
            safeties = [f.safety for f in result.findings if f.status is Status.REWRITTEN]
            found.append(
                RewrittenFile(
                    Path(path),
                    result.after,
                    safeties.count(Safety.SAFE),
                    safeties.count(Safety.ASSUMED),
                    sum(f.status is Status.LEFT for f in result.findings),
                )
            )
    return found
