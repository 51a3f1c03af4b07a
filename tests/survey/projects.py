"""Small code bases to survey."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from migrate_vars.survey.file_survey import FileSurvey, survey_file
from migrate_vars.survey.survey import Survey
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_files import rewrite_paths


def write(folder: Path, sources: Mapping[str, str]) -> Path:
    """Write files, and a mark that shows where the project begins."""
    for name, source in {"pyproject.toml": "", **sources}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return folder


def surveyed(folder: Path, sources: Mapping[str, str], **options: object) -> Survey:
    """Survey some files."""
    write(folder, sources)
    wishes = Options(write=False, inspect=survey_file, **options)  # type: ignore[arg-type]
    found = [result.inspected for result in rewrite_paths([folder], wishes)]
    assert all(isinstance(one, FileSurvey) for one in found)
    return Survey([one for one in found if isinstance(one, FileSurvey)])


def survey_of(folder: Path, source: str, name: str = "train.py") -> FileSurvey:
    """Survey one file."""
    (one,) = surveyed(folder, {name: source}).files
    return one
