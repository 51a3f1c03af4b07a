"""The source lines that stand beside a verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.reporting.excerpt import excerpt
from migrate_vars.equivalence.running.programs import Program
from migrate_vars.trajectory.records import Site

TEN = "".join(f"line {n}\n" for n in range(1, 11))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(TEN)
    return path


def numbers(program: Program, line: int, path: str = "train.py") -> list[int] | None:
    found = excerpt(program, Site(path, line))
    return None if found is None else [number for number, _ in found.lines]


def test_lines_around_the_place(script: Path) -> None:
    program = Program(script, "train.py")
    assert numbers(program, 5) == [2, 3, 4, 5, 6, 7, 8]
    assert numbers(program, 1) == [1, 2, 3, 4]
    assert numbers(program, 10) == [7, 8, 9, 10]
    found = excerpt(program, Site("train.py", 5), around=0)
    assert found is not None
    assert found.lines == ((5, "line 5"),)


def test_lines_that_ran_and_not_those_of_the_file(script: Path) -> None:
    program = Program(script, "train.py (rewritten)", source=b"other\n")
    found = excerpt(program, Site("train.py", 1))
    assert found is not None
    assert found.lines == ((1, "other"),)
    helper = script.parent / "helper.py"
    helper.write_text(TEN)
    assert numbers(program, 5, "helper.py") == [2, 3, 4, 5, 6, 7, 8]
    program = Program(script, "train.py (rewritten)", texts={str(helper.resolve()): b"h\n"})
    assert numbers(program, 1, "helper.py") == [1]


def test_lines_end_where_python_ends_them(script: Path) -> None:
    script.write_bytes("a = '\u2028\x0c'\r\nb\rc\n".encode())
    found = excerpt(Program(script, "t"), Site("train.py", 3))
    assert found is not None
    assert [text for _, text in found.lines] == ["a = '\u2028\x0c'", "b", "c"]


def test_the_encoding_is_the_one_of_the_file(script: Path) -> None:
    script.write_bytes("# coding: latin-1\n# \xe9\n".encode("latin-1"))
    found = excerpt(Program(script, "t"), Site("train.py", 2))
    assert found is not None
    assert found.lines[1] == (2, "# \xe9")
    script.write_bytes(b"# coding: no-such\n\xff\n")
    assert numbers(Program(script, "t"), 2) == [1, 2]


@pytest.mark.parametrize(
    ("path", "line"),
    [("train.py", 0), ("train.py", 11), ("gone.py", 1), (".", 1), ("\0.py", 1), ("x" * 5000, 1)],
)
def test_a_place_that_is_not_there(script: Path, path: str, line: int) -> None:
    assert numbers(Program(script, "t"), line, path) is None


def test_only_python_files_are_shown(script: Path) -> None:
    (script.parent / "secret.txt").write_text(TEN)
    assert numbers(Program(script, "t"), 1, "secret.txt") is None
