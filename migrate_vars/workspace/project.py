"""How the files of a project are rewritten, by the settings in its ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrate_vars.workspace import configuration
from migrate_vars.workspace.configuration import Configuration
from migrate_vars.workspace.discovery import Selection
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_file import rewrite_bytes
from migrate_vars.workspace.rules import METHODS

if TYPE_CHECKING:
    from migrate_vars.workspace.recorded_runs import RecordedEvidence


@dataclass(frozen=True)
class Project:
    """How files are rewritten, and which are left out.

    Attributes:
        options: How they are rewritten.
        selection: What a search leaves out.
    """

    options: Options = field(default_factory=Options)
    selection: Selection = field(default_factory=Selection)

    def rewrite(self, source: bytes, path: str, *, named: bool = False) -> FileResult:
        """Rewrite a file as ``migrate-vars rewrite`` does, but do not write it.

        Args:
            source: Its bytes.
            path: Where it is.
            named: Whether the user named it; then it is left out only if that is asked for.
        """
        if (not named or self.selection.force_exclude) and self.selection.excludes(path):
            return FileResult(path)
        return rewrite_bytes(source, path, self.options)


def find_project(paths: Iterable[str]) -> Project:
    """Return what the configuration that counts for some paths says.

    Raises:
        ConfigurationError: It cannot be used.
    """
    settings = configuration.find(paths)
    # What is verified is that state ops may become methods, whatever else `rewrite` is to do.
    options = replace(options_of(settings, settings.runs), rung=METHODS)
    return Project(options, selection_of(settings))


def options_of(settings: Configuration, runs: Mapping[str, str]) -> Options:
    """Return how files are rewritten.

    Args:
        settings: The configuration.
        runs: The trajectory files of recorded runs, by what to call them.

    Raises:
        ConfigurationError: A recorded run cannot be read.
    """
    return Options(
        safe_only=settings.safe,
        select=settings.select,
        ignore=settings.ignore,
        tf_modules=settings.tf_modules,
        evidence=_evidence(runs),
        jobs=settings.jobs,
        rung=settings.to,
    )


def selection_of(settings: Configuration) -> Selection:
    """Return what a search leaves out."""
    return Selection(
        (*settings.exclude, *settings.extend_exclude),
        settings.root,
        settings.respect_gitignore,
        settings.force_exclude,
    )


def _evidence(runs: Mapping[str, str]) -> RecordedEvidence | None:
    if not runs:
        return None
    from migrate_vars.workspace.recorded_runs import read_evidence

    return read_evidence(runs)
