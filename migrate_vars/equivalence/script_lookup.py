"""Finds the program that a command line stands for: a script, a module or a notebook."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_vars.equivalence.running.programs import Program
from migrate_vars.equivalence.running.rewritten_files import is_notebook

if TYPE_CHECKING:
    from migrate_vars.workspace.project import Project


class ScriptError(Exception):
    """A program that is not there; the message says why in one line."""


def find_program(
    command: str | os.PathLike[str],
    argv: Sequence[str] = (),
    module: bool = False,
    v1_view: str = "auto",
) -> Program:
    """The program that a command line stands for; it runs in the current folder.

    Args:
        command: Path of a script, or dotted name of a module; it may be followed by arguments, as
            in ``"new.py --steps 5"``.
        argv: Its arguments, where none follow it.
        module: Whether it is a module.
        v1_view: When ``import tensorflow`` gives TensorFlow 1's names; see :class:`Program`. "both"
            is "auto", for the migration, too.

    Raises:
        ScriptError: If there is no such script, or it is a notebook that cannot be run as one.
    """
    name = os.fspath(command)
    if module or not Path(name).exists():
        try:
            name, *own = shlex.split(name)
        except ValueError as error:  # a quotation mark too few, or nothing at all
            raise ScriptError(f"{command}: {error}") from error
        argv = own or argv
    if not module and not Path(name).is_file():
        raise ScriptError(f"{name}: no such file{_near(Path(name))}")
    source, notes = (None, ()) if module or not is_notebook(name) else _notebook(name)
    return Program(
        Path(f"{name}.py" if module else name),
        f"-m {name}" if module else name,
        source=source,
        argv=tuple(argv),
        module=name if module else "",
        cwd=Path.cwd(),
        v1_view="auto" if v1_view == "both" else v1_view,
        notes=notes,
    )


def find_migration(
    command: str | os.PathLike[str],
    argv: Sequence[str] = (),
    module: bool = False,
    v1_view: str = "auto",
) -> Program:
    """The migration that a command line stands for; the arguments are those of the old program.

    It runs as its user would run it, and so without the names of TensorFlow 1, unless ``v1_view``
    is "both".

    Raises:
        ScriptError: If there is no such script.
    """
    return find_program(command, argv, module, "auto" if v1_view == "both" else "never")


def project_of(program: Program) -> Project:
    """What ``migrate-vars rewrite`` would do with the program's files.

    Raises:
        ScriptError: If the configuration cannot be used.
    """
    from migrate_vars.workspace.configuration import ConfigurationError
    from migrate_vars.workspace.project import find_project

    try:
        return find_project([str(program.script)])
    except ConfigurationError as error:
        raise ScriptError(str(error)) from error


def _notebook(path: str) -> tuple[bytes, tuple[str, ...]]:
    """The cells of a notebook as a script, and what is left out of it."""
    from migrate_vars.equivalence.running.notebook_scripts import NotebookError, as_script

    try:
        script = as_script(Path(path).read_bytes(), path)
    except (NotebookError, OSError) as error:
        raise ScriptError(str(error)) from error
    return script.text, script.notes


def _near(path: Path) -> str:
    """The file beside it that a name may have been meant for."""
    from difflib import get_close_matches  # late: it is for mistakes only

    if not path.parent.is_dir():
        return ""
    names = [one.name for one in path.parent.iterdir() if one.suffix in (".py", ".ipynb")]
    close = get_close_matches(path.name, names, n=1, cutoff=0.8)
    return f"; did you mean {path.with_name(close[0])}?" if close else ""
