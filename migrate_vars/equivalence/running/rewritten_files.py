"""Rewrites copies of the files that a program loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_vars.findings.finding import Safety, Status
from migrate_vars.recorder import cell_lines
from migrate_vars.trajectory.trajectory import Trajectory

if TYPE_CHECKING:
    from migrate_vars.workspace.project import Project


@dataclass(frozen=True)
class RewrittenFile:
    """What ``rewrite`` makes of one file of a program.

    Attributes:
        path: The file.
        text: The rewritten text, of a notebook the script that its cells make; the file itself
            stays as it is.
        safe: How many calls become methods because the receiver is proven to be a variable.
        assumed: How many do because nothing speaks against it.
        left: How many state ops are left alone.
        unreached: The places, such as "12:5" or "cell 3:2:5", of rewritten calls that no run
            reached.
    """

    path: Path
    text: bytes
    safe: int
    assumed: int
    left: int
    unreached: tuple[str, ...] = ()


def rewrite_files(paths: Sequence[str], project: Project | None = None) -> list[RewrittenFile]:
    """Rewrites files, in memory, as ``migrate-vars rewrite`` would in their folder.

    Args:
        paths: The files, the one that the user named first. One that cannot be read or parsed is
            left out.
        project: What its configuration says; None for the defaults.

    Returns:
        Those in which something changes.
    """
    from migrate_vars.equivalence.running.notebook_scripts import as_script
    from migrate_vars.workspace.project import Project

    found = []
    for number, path in enumerate(paths):
        try:
            source = Path(path).read_bytes()
        except OSError:
            continue
        result = (project or Project()).rewrite(source, path, named=number == 0)
        if result.changed:
            text = as_script(result.after, path).text if is_notebook(path) else result.after
            safeties = [f.safety for f in result.findings if f.status is Status.REWRITTEN]
            found.append(
                RewrittenFile(
                    Path(path),
                    text,
                    safeties.count(Safety.SAFE),
                    safeties.count(Safety.ASSUMED),
                    sum(f.status is Status.LEFT for f in result.findings),
                )
            )
    return found


def is_notebook(path: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return path.endswith(".ipynb")


def find_unreached(
    files: Sequence[RewrittenFile], trajectory: Trajectory, project: Project | None = None
) -> list[RewrittenFile]:
    """Finds the rewritten calls that a run never reached, about which it proves nothing.

    Args:
        files: What became of the files of a program.
        trajectory: A run of the program as it was before.
        project: What the configuration that they were rewritten by says; None for the defaults.

    Returns:
        The files, with those calls.
    """
    from migrate_vars.codemod.engine import rewrite_source
    from migrate_vars.equivalence.running.notebook_scripts import as_script
    from migrate_vars.workspace.importers import imported_from
    from migrate_vars.workspace.project import Project
    from migrate_vars.workspace.recorded_runs import RecordedEvidence

    options = (project or Project()).options
    evidence = RecordedEvidence({"the run": trajectory})
    found = []
    for file in files:
        path, source = str(file.path), file.path.read_bytes()
        begins: list[tuple[int, int]] = []
        if is_notebook(path):
            source = as_script(source, path).text
            begins = cell_lines.starts(source.decode().splitlines())
        rewrite = partial(
            rewrite_source,
            source,
            path,
            safe_only=options.safe_only,
            select=options.select,
            ignore=options.ignore,
            tf_modules=options.tf_modules,
            used_elsewhere=imported_from(path),
            imports=options.neighbours.imports_of(path, options.tf_modules),
        )
        seen = rewrite(evidence=evidence.of(path, source)).findings
        reached = {(f.line, f.column) for f in seen if f.reached}
        known = options.evidence.of(path, source) if options.evidence else ()
        rewritten = rewrite(evidence=known).findings
        unreached = [
            "{}:{}:{}".format(*cell_lines.place("", begins, f.line), f.column).lstrip(":")
            for f in rewritten
            if f.status is Status.REWRITTEN and (f.line, f.column) not in reached
        ]
        found.append(replace(file, unreached=tuple(unreached)))
    return found
