"""The page that describes the format: its examples are real, and it knows every record."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migrate_vars.recorder import writer
from migrate_vars.recorder.digest import digest_of
from migrate_vars.recorder.sampling import sample_positions
from migrate_vars.recorder.writer import TrajectoryWriter
from migrate_vars.trajectory import reading
from migrate_vars.trajectory.records import Write
from migrate_vars.trajectory.trajectory import Trajectory
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "trajectory-format.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def defined(name: str) -> Any:
    """A function of one of the page's blocks."""
    (block,) = (block for block in blocks("python") if f"def {name}(" in block)
    names: dict[str, Any] = {}
    exec(block, names)
    return names[name]


def test_the_example_is_what_the_page_says_of_it(tmp_path: Path) -> None:
    (example,) = blocks("json")
    path = tmp_path / "example.jsonl"
    path.write_text(example)
    trajectory = Trajectory.load(path)
    assert trajectory.status == "finished"
    values = [trajectory.value("w", trajectory.initial["w"])]
    for state in trajectory.states:
        (write,) = state.writes.values()
        assert write.count == 1
        values.append(trajectory.value("w", write.digest))
    assert [None if v is None else v.tolist() for v in values] == [[1, 1], [2, 1], [3, 2]]
    assert [(state.step, str(state.site)) for state in trajectory.states] == [
        (1, "train.py:10"),
        (2, "train.py:10"),
    ]
    assert [call.values[0].name for call in trajectory.feeds] == ["x", "x"]


def test_the_recorder_writes_the_example(tmp_path: Path) -> None:
    (example,) = blocks("json")
    header = json.loads(example.splitlines()[0])
    recorder = TrajectoryWriter(str(tmp_path / "t"), header)
    ones = np.ones(2, "f4")
    recorder.state(0, ("train.py", 8), [("w", 0, ones)])
    for i, value in enumerate(([2, 1], [3, 2])):
        fed = [(i, [("x", np.array([1, i], "f4"))])]
        recorder.state(i + 1, ("train.py", 10), [("w", 1, np.array(value, "f4"))], fed)
    recorder.end("finished")
    assert (tmp_path / "t").read_text() == example


@pytest.mark.parametrize("size", [0, 1, 8, 8192, 8193, 8200, 65541, 131084, 200_001])
def test_digests_are_made_as_the_page_says(size: int) -> None:
    data = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    assert defined("digest")((size,), data.tobytes()) == digest_of((size,), data)


@pytest.mark.parametrize("size", [0, 1, 8, 9, 100, 20_000, 10**9])
def test_samples_are_chosen_as_the_page_says(size: int) -> None:
    assert defined("sample_positions")(size) == sample_positions(size).tolist()


def test_the_page_knows_every_record() -> None:
    kinds = reading._Reader()._kinds
    described = set(re.findall(r'`\{"(\w+)":', PAGE))
    assert described == set(kinds)


def test_the_page_knows_the_version_and_the_limits() -> None:
    assert f"version {writer.VERSION} of the file" in PAGE
    for limit in (writer.WRITES_LIMIT, writer.TABLE_LIMIT, reading._ITEMS_LIMIT):
        assert f"{limit:,}" in PAGE
    assert writer.FILE_LIMIT == 1 << 30
    assert writer.KEPT_VALUE_LIMIT == 32 << 20
    assert reading._LINE_LIMIT >> 20 == 85


def test_an_initialisation_after_training_is_a_write(tmp_path: Path) -> None:
    recorder = TrajectoryWriter(str(tmp_path / "t"), {})
    one, two = np.float32(1), np.float32(2)
    site = ("p.py", 1)
    recorder.state(0, site, [("v", 0, one), ("w", 0, one)])
    recorder.state(1, site, [("v", 1, two)])
    recorder.state(1, site, [("v", 0, one), ("w", 0, one), ("x", 0, one)])
    recorder.state(1, site, [("w", 0, two), ("x", 0, two)])
    trajectory = Trajectory.load(tmp_path / "t")
    assert [state.writes.keys() for state in trajectory.states] == [{"v"}, {"v"}, {"w", "x"}]
    assert trajectory.states[2].writes["w"] == Write(1, trajectory.states[0].writes["v"].digest)
