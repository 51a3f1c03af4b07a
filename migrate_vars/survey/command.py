"""What ``migrate-vars survey`` does, from paths to exit code."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from migrate_vars.findings.colour import wants_colour
from migrate_vars.findings.finding import Finding
from migrate_vars.findings.text import shown_path
from migrate_vars.survey.baseline import BaselineError, Changes, as_baseline, changes_since
from migrate_vars.survey.file_survey import FileSurvey, Gap, survey_file
from migrate_vars.survey.rungs import Rung
from migrate_vars.survey.survey import Survey
from migrate_vars.workspace.configuration import ConfigurationError
from migrate_vars.workspace.discovery import python_files
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.progress import with_progress
from migrate_vars.workspace.project import options_of, selection_of
from migrate_vars.workspace.rewrite_command import CommandLine, settings_of
from migrate_vars.workspace.rewrite_files import rewrite_paths


class SurveyOptions(NamedTuple):
    """What is to be done with a survey.

    Attributes:
        output_format: ``text`` or ``json``.
        report: Where to write an HTML report.
        baseline: What it is compared with.
        write_baseline: Where to write what is there now.
    """

    output_format: str = "text"
    report: Path | None = None
    baseline: Path | None = None
    write_baseline: Path | None = None


def survey(line: CommandLine, options: SurveyOptions) -> int:
    """Survey files, print what there is to say, and return the exit code.

    Args:
        line: Which files, and how they are read.
        options: What is to be done with the survey.

    Raises:
        ConfigurationError: The configuration, an option or the baseline cannot be used.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if "-" in line.paths:
        raise ConfigurationError("survey needs files, not standard input")
    errors: list[Finding] = []
    found = Survey(list(_files(line, errors)))
    try:
        changes = None if options.baseline is None else changes_since(found, options.baseline)
        _write(found, options, changes)
    except BaselineError as error:
        raise ConfigurationError(str(error)) from error
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror or error}") from error
    _say(found, line, options, changes)
    for one in errors:
        print(f"{shown_path(one.path)}: {one.code} {one.message}", file=sys.stderr)
    if not found.files and not line.quiet:
        where = ", ".join(map(shown_path, line.paths))
        print(f"warning: no .py or .ipynb file in {where}", file=sys.stderr)
    if errors:
        return 2
    return 1 if changes is not None and changes.worse else 0


def _files(line: CommandLine, errors: list[Finding]) -> Iterator[FileSurvey]:
    settings = settings_of(line)
    selection = selection_of(settings)
    # What a recorded run saw makes no difference to what is there.
    options = replace(options_of(settings, {}), write=False, inspect=survey_file)
    results = rewrite_paths(line.paths, options, selection)
    if not line.verbose and sys.stderr.isatty():
        results = with_progress(
            results, lambda: python_files(line.paths, selection), label="Surveying"
        )
    for result in results:
        if isinstance(result.inspected, FileSurvey):
            yield result.inspected
        else:
            errors += result.findings
            yield _failed(result)


def _failed(result: FileResult) -> FileSurvey:
    """Return what is known of a file that could not be read: that nothing is."""
    gaps = tuple(Gap(one.line, one.message, one.cell) for one in result.findings)
    return FileSurvey(result.path, rung=Rung.UNKNOWN, gaps=gaps)


def _write(found: Survey, options: SurveyOptions, changes: Changes | None) -> None:
    if options.report is not None:
        from migrate_vars.survey.page import as_html  # late: it needs Jinja

        options.report.write_text(as_html(found, changes), encoding="utf-8")
    if options.write_baseline is not None:
        options.write_baseline.write_text(
            as_baseline(found, options.write_baseline), encoding="utf-8"
        )


def _say(found: Survey, line: CommandLine, options: SurveyOptions, changes: Changes | None) -> None:
    if options.output_format == "json":
        from migrate_vars.survey.json_output import as_json

        sys.stdout.write(as_json(found, changes))
        return
    from migrate_vars.survey.text import TextSurvey

    width = shutil.get_terminal_size((100, 24)).columns
    colour = wants_colour(sys.stdout, line.color)
    text = TextSurvey(found, width, verbose=line.verbose, colour=colour)
    if not line.quiet:
        sys.stdout.write(text.text(changes))
    elif changes is not None and changes.worse:
        sys.stdout.write(text.changes(changes))
