"""Pairs of variables, from the command line and from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.variable_map import read_variable_map
from migrate_vars.trajectory.mapping import MappingError, VariableMap


def test_pairs_and_files(tmp_path: Path) -> None:
    lines, toml = tmp_path / "map.txt", tmp_path / "map.toml"
    lines.write_text("# old = new\n\na/b = c  # the first layer\n")
    toml.write_text('"d/e" = "f"\n')
    variables = read_variable_map(["v=w"], [str(lines), str(toml)], ["u"])
    assert variables == VariableMap((("v", "w"), ("a/b", "c"), ("d/e", "f")), ("u",))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("map.txt", b"a=b\nc\n", "map.txt:2: 'c' is not of the form old=new"),
        ("map.txt", b"=b\n", "map.txt:1: '=b' is not of the form old=new"),
        ("map.txt", b"\xff=b\n", "map.txt: 'utf-8' codec can't decode"),
        ("map.toml", b"a = 1\n", "map.toml: the value of 'a' is not a string"),
        ("map.toml", b"a =\n", "map.toml: Invalid value (at line 1"),
    ],
)
def test_files_that_cannot_be_understood(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MappingError) as caught:
        read_variable_map([], [str(tmp_path / name)], [])
    assert str(caught.value).startswith(f"{tmp_path}/{message}")


def test_what_is_no_pair_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"^--map: 'v' is not of the form old=new$"):
        read_variable_map(["v"], [], [])
    with pytest.raises(MappingError, match=r"/none: No such file or directory$"):
        read_variable_map([], [str(tmp_path / "none")], [])
