"""The settings in ``[tool.migrate-vars]`` of ``pyproject.toml``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from migrate_vars.workspace.exclusion import DEFAULT_EXCLUDE, checked_globs
from migrate_vars.workspace.rules import METHODS, RUNGS

TABLE = "tool.migrate-vars"


class ConfigurationError(Exception):
    """The configuration cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True)
class Configuration:
    """The settings of a project. Each is a key of the table, with hyphens for underscores.

    Attributes:
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop.
        exclude: Glob patterns of what a search leaves out, in place of the usual ones.
        extend_exclude: Further such patterns.
        force_exclude: Whether files that are named are left out, too.
        respect_gitignore: Whether what git ignores is left out.
        tf_modules: Modules that re-export TensorFlow.
        safe: Rewrite only where the receiver is proven to be a variable.
        evidence: Trajectory files of recorded runs, which know what receivers were.
        jobs: Maximum number of worker processes; None for one per processor.
        output_format: How findings are shown.
        to: The rung that ``rewrite`` rewrites to.
        tf1_python: Interpreter with TensorFlow 1.15 for ``verify``, the oracle; None for none.
        path: The file that says all this, if there is one.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    tf_modules: tuple[str, ...] = ()
    safe: bool = False
    evidence: tuple[str, ...] = ()
    jobs: int | None = None
    output_format: str = "text"
    to: str = METHODS
    tf1_python: str | None = None
    path: str | None = field(default=None, metadata={"key": False})

    @property
    def root(self) -> str:
        """The directory that paths in the configuration are relative to."""
        return str(Path(self.path).resolve().parent) if self.path else ""

    @property
    def runs(self) -> dict[str, str]:
        """The trajectory files of recorded runs by what to call them, as paths from anywhere."""
        return {name: str(Path(self.root, name)) for name in self.evidence}

    @property
    def oracle(self) -> str | None:
        """The interpreter with TensorFlow 1.15, as a path from anywhere."""
        return None if self.tf1_python is None else str(Path(self.root, self.tf1_python))


_KEYS = {f.name.replace("_", "-"): f for f in fields(Configuration) if f.metadata.get("key", True)}
_EXPECTED = {
    "tuple[str, ...]": 'a list of strings, such as ["{}"]',
    "bool": "true or false",
    "int | None": "a whole number of at least 1",
    "str": "a string",
    "str | None": "a string",
}
_EXAMPLES = {
    "select": "MV101",
    "ignore": "MV301",
    "tf-modules": "lingvo.compat",
    "exclude": "build",
    "extend-exclude": "tests/data",
    "evidence": "runs/train.trajectory.jsonl",
}
# A table that is meant for this tool, spelled right or not.
_NAMED = re.compile(rb"migrate[-_.]?vars", re.IGNORECASE)
_NAME = re.compile(r"migrate[-_.]?vars", re.IGNORECASE)
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def find(paths: Iterable[str]) -> Configuration:
    """Read the nearest ``pyproject.toml`` with our table, from the files' directory upwards.

    Args:
        paths: Files and directories; the search starts at the directory that holds them all.

    Raises:
        ConfigurationError: There is one, and it cannot be used.
    """
    for directory in (start := _common(paths), *start.parents):
        file = directory / "pyproject.toml"
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ConfigurationError(f"{_shown(file)}: {error.strerror or error}") from error
        # A file that does not mention this tool is not checked.
        if _NAMED.search(data):
            table = _table(file, data)
            if table is not None:
                return _configuration(file, data, table)
    return Configuration()


def read(path: str) -> Configuration:
    """Read a file that was named.

    Raises:
        ConfigurationError: It cannot be read or used, or has no such table.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from error
    table = _table(file, data)
    if table is None:
        raise ConfigurationError(f"{path}: has no table [{TABLE}]")
    return _configuration(file, data, table)


def _common(paths: Iterable[str]) -> Path:
    here = Path.cwd()
    directories = []
    for path in paths:
        full = Path(os.path.abspath(path.partition("*")[0]))  # noqa: PTH100 - links stay links
        directories.append(full if full.is_dir() else full.parent)
    try:
        return Path(os.path.commonpath(directories)) if directories else here
    except ValueError:  # on different drives
        return here


def _table(file: Path, data: bytes) -> object:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{_shown(file)}:{line}: not valid UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line_number = f":{place[1]}" if place else ""
        cause = re.sub(r"\s*\(at .*\)$", "", str(error))
        message = f"{_shown(file)}{line_number}: not valid TOML: {cause}"
        raise ConfigurationError(" ".join(message.split())) from error
    except RecursionError as error:
        raise ConfigurationError(f"{_shown(file)}: not valid TOML: nested too deeply") from error
    tool = document.get("tool")
    if not isinstance(tool, dict):
        tool = {}
    if "migrate-vars" not in tool:
        for where, names in (("tool.", tool), ("", document)):
            near = next((name for name in names if _NAME.fullmatch(name)), None)
            if near is not None:
                header = _header(file, data.decode("utf-8"), where, near)
                raise ConfigurationError(
                    f"{header}: [{where}{near}] is not read; the table is [{TABLE}]"
                )
    return tool.get("migrate-vars")


def _configuration(file: Path, data: bytes, table: object) -> Configuration:
    text = data.decode("utf-8")
    if not isinstance(table, Mapping):
        place = _place(file, text, "migrate-vars")
        raise ConfigurationError(f"{place}: {TABLE} must be a table, not {_kind(table)}")
    values: dict[str, Any] = {}
    key = ""
    try:
        for key, value in table.items():
            values[key.replace("-", "_")] = _checked(key, value)
    except ValueError as error:
        raise ConfigurationError(f"{_place(file, text, key)}: {error}") from error
    return Configuration(**values, path=str(file))


def _checked(key: str, value: object) -> object:
    if key not in _KEYS:
        from difflib import get_close_matches  # late: it is for mistakes only

        close = get_close_matches(key.replace("_", "-"), _KEYS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(_KEYS)}"
        raise ValueError(f"unknown key {key!r} in [{TABLE}]{hint}")
    kind = str(_KEYS[key].type)
    expected = _EXPECTED[kind].format(_EXAMPLES.get(key, ""))
    fits = {
        "tuple[str, ...]": isinstance(value, list) and all(isinstance(v, str) for v in value),
        "bool": isinstance(value, bool),
        "int | None": isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "str": isinstance(value, str),
        "str | None": isinstance(value, str),
    }[kind]
    if not fits:
        shown = "0 or less" if kind == "int | None" and type(value) is int else _kind(value)
        raise ValueError(f"{key} must be {expected}, not {shown}")
    if key == "output-format" and value not in OUTPUT_FORMATS:
        raise ValueError(f"{key} must be one of {', '.join(OUTPUT_FORMATS)}, not {value!r}")
    if key == "to" and value not in RUNGS:
        raise ValueError(f"{key} must be one of {', '.join(RUNGS)}, not {value!r}")
    if not isinstance(value, list):
        return value
    try:
        if key in {"select", "ignore"}:
            return checked_codes(value)
        if key == "evidence":
            return tuple(value)
        return tuple(checked_modules(value) if key == "tf-modules" else checked_globs(value))
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


OUTPUT_FORMATS = ("text", "json", "sarif", "github", "full", "concise")


def checked_codes(values: Iterable[str]) -> tuple[str, ...]:
    """Return codes, split at commas and in capital letters.

    Raises:
        ValueError: One of them is no code, nor the beginning of one; the message names it.
    """
    # Imported late: the rules are not needed where nothing is selected.
    from difflib import get_close_matches

    from migrate_vars.workspace.rules import all_rules

    known = sorted(rule.code for rule in all_rules())
    codes = [code.strip().upper() for value in values for code in value.split(",") if code.strip()]
    for code in codes:
        if len(code) < 2 or not any(k.startswith(code) for k in known):
            close = get_close_matches(code, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(
                f"{code!r} is not a code, nor the beginning of one: codes look like MV101, or "
                f"MV1 for all that begin so{hint}"
            )
    return tuple(codes)


def checked_modules(values: Iterable[str]) -> list[str]:
    """Return names of modules, split at commas.

    Raises:
        ValueError: One is no dotted name; the message names it.
    """
    modules = [name.strip() for value in values for name in value.split(",") if name.strip()]
    for module in modules:
        if not _MODULE.fullmatch(module):
            raise ValueError(f"{module!r} is not the name of a module, such as lingvo.compat")
    return modules


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string"}
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        other = {names.get(type(v), "something else") for v in value if not isinstance(v, str)}
        return f"a list with {min(other)}" if other else "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return names.get(type(value), f"a {type(value).__name__}")


def _place(file: Path, text: str, key: str) -> str:
    """Return the file and, where it can be told, the line of a key of our table."""
    inside = False
    quoted = re.compile(rf"""\s*(["']?){re.escape(key)}\1\s*=""")
    header = re.compile(
        r"""\s*\[\[?\s*tool\s*\.\s*(["']?)migrate-vars\1\s*(?:\.\s*["']?(.*?)["']?\s*)?\]"""
    )
    dotted = re.compile(
        rf"""\s*(?:tool\s*\.\s*)?(["']?)migrate-vars\1\s*(?:\.\s*(["']?){re.escape(key)}\2\s*)?="""
    )
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            match = header.match(line)
            inside = match is not None
            if match and (match[2] or "") == key:
                return f"{_shown(file)}:{number}"
        elif (inside and quoted.match(line)) or dotted.match(line):
            return f"{_shown(file)}:{number}"
    return _shown(file)


def _header(file: Path, text: str, where: str, name: str) -> str:
    """Return the file and, where it can be told, the line on which a table begins."""
    header = re.compile(
        rf"""\s*\[+\s*{"tool" * bool(where)}\s*{"[.]" * bool(where)}\s*["']?{re.escape(name)}\b"""
    )
    for number, line in enumerate(text.splitlines(), 1):
        if header.match(line):
            return f"{_shown(file)}:{number}"
    return _shown(file)


def _shown(file: Path) -> str:
    try:
        return str(file.relative_to(Path.cwd()))
    except ValueError:
        return str(file)
