"""Reads what the user says of variables: ``old=new``, or files of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from migrate_vars.trajectory.mapping import MappingError, VariableMap


def read_variable_map(
    pairs: Sequence[str], files: Sequence[str], ignored: Sequence[str]
) -> VariableMap:
    """Puts together what was given.

    Args:
        pairs: ``old=new``, each naming a variable of the reference and one of the other program.
        files: Files of such lines, in which ``#`` begins a comment; or, with the ending ``.toml``,
            a table of strings (``"dense/kernel" = "kernel"``).
        ignored: Names of variables that are not compared.

    Raises:
        MappingError: If a pair cannot be understood, or a file cannot be read; the message names
            the file and the line.
    """
    given = [_pair(text, "--map") for text in pairs]
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise MappingError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
        given += _toml(text, file) if file.endswith(".toml") else _lines(text, file)
    return VariableMap(tuple(given), tuple(ignored))


def _pair(text: str, place: str) -> tuple[str, str]:
    old, equals, new = (part.strip() for part in text.partition("="))
    if not (old and equals and new):
        raise MappingError(f"{place}: {text!r} is not of the form old=new")
    return old, new


def _lines(text: str, file: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if content:
            yield _pair(content, f"{file}:{number}")


def _toml(text: str, file: str) -> Iterator[tuple[str, str]]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file}: {error}") from error
    for old, new in table.items():
        if not isinstance(new, str):
            raise MappingError(f"{file}: the value of {old!r} is not a string")
        yield old, new
