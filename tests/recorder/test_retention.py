"""What is kept of values is enough, the same for equal programs, and bounded."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.recorder import writer as recorder
from migrate_vars.recorder.retention import (
    VALUE_LIMIT,
    is_kept,
    keeps_statistics,
    keeps_summary,
    keeps_value,
)
from migrate_vars.recorder.sampling import sample_positions, statistics_of
from migrate_vars.recorder.writer import TrajectoryWriter
from migrate_vars.trajectory.records import Statistics
from migrate_vars.trajectory.trajectory import Trajectory
from tests.conftest import REPOSITORY

LARGE = VALUE_LIMIT // 4 + 1


@given(st.integers(1, 1000), st.integers(1, 10_000))
def test_all_are_kept_at_first_and_fewer_and_fewer_then(full: int, last: int) -> None:
    kept = [write for write in range(last + 1) if is_kept(write, full)]
    assert kept[: full + 1] == list(range(min(full, last) + 1))
    doublings = np.ceil(max(0, np.log2(last / full)))
    assert len(kept) <= 1 + full + doublings * (full / 2 + 1)


def test_large_values_are_summarised_and_slow_statistics_are_rare() -> None:
    assert keeps_value(1, VALUE_LIMIT)
    assert not keeps_value(0, VALUE_LIMIT + 1)
    assert keeps_summary(0)
    small, large, half = (
        np.zeros(n, t) for n, t in ((20_000, "f4"), (5_000_000, "f4"), (10**6, "f2"))
    )
    assert sum(keeps_statistics(write, small) for write in range(1, 101)) == 100
    assert sum(keeps_statistics(write, large) for write in range(1, 101)) < 15
    assert sum(keeps_statistics(write, half) for write in range(1, 101)) < 10
    for other in (np.zeros(0, "f4"), np.zeros(9, "c8"), np.zeros(9, bool), np.array([b"a"], "O")):
        assert not keeps_statistics(0, other)


@given(st.integers(0, 10**18))
def test_samples_are_few_and_inside(size: int) -> None:
    positions = sample_positions(size)
    assert len(positions) == min(size, 8)
    assert sorted(set(positions.tolist())) == positions.tolist()
    assert size == 0 or 0 <= positions[0] <= positions[-1] < size


def test_samples_see_rows_and_columns() -> None:
    rows, columns = np.unravel_index(sample_positions(1024 * 1024), (1024, 1024))
    assert len(set(rows.tolist())) == len(set(columns.tolist())) == 8


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0, -5.0, 1.0], [-5.0, 3.0, -0.333333, 0]),
        ([3.0, np.nan, np.inf, -np.inf], [3.0, 3.0, 3.0, 3]),
        ([np.nan, np.inf], [0, 0, 0, 2]),
        ([3e38, 3e38], [float(np.float32(3e38))] * 2 + [0, 0]),
    ],
)
def test_statistics(values: list[float], expected: list[Any]) -> None:
    with np.errstate(all="raise"):
        assert statistics_of(np.array(values, "f4")) == expected


def test_statistics_of_integers() -> None:
    assert statistics_of(np.array([2**40, -7])) == [-7, 2**40, pytest.approx(2**39, rel=1e-5), 0]


def record(path: Path, values: list[Any], keep: dict[str, list[str]] | None = None) -> Trajectory:
    writer = TrajectoryWriter(str(path), {}, keep)
    for number, value in enumerate(values):
        writer.state(number, ("p.py", 1), [("v", int(number > 0), value)])
    writer.end("finished")
    return Trajectory.load(path)


def test_a_summary_shows_samples_and_statistics(tmp_path: Path) -> None:
    value = np.arange(LARGE, dtype="f4").reshape(-1, 1)
    trajectory = record(tmp_path / "t", [value])
    digest = trajectory.initial["v"]
    summary = trajectory.summary("v", digest)
    assert trajectory.value("v", digest) is None
    assert summary is not None
    assert summary.shape == value.shape
    assert summary.samples.tolist() == sample_positions(LARGE).tolist()
    assert summary.statistics == Statistics(0.0, 16384.0, 8192.0, 0)
    trajectory.save(tmp_path / "again")
    assert Trajectory.load(tmp_path / "again").summaries.keys() == trajectory.summaries.keys()


def test_what_is_asked_for_is_kept_whatever_its_size(tmp_path: Path) -> None:
    values = [np.full(LARGE, number, "f4") for number in range(4)]
    first = record(tmp_path / "first", values)
    wanted = first.states[1].writes["v"].digest
    second = record(tmp_path / "second", values, {"v": [wanted, "never"], "w": [wanted]})
    assert second.states == first.states
    assert list(second.values) == [("v", wanted)]
    assert second.values["v", wanted].tolist() == values[2].tolist()


def test_what_is_too_large_for_a_line_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "KEPT_VALUE_LIMIT", LARGE)
    value = np.zeros(LARGE, "f4")
    digest = record(tmp_path / "first", [value]).initial["v"]
    assert record(tmp_path / "second", [value], {"v": [digest]}).values == {}


def test_a_write_costs_at_most_64_bytes_beyond_samples(tmp_path: Path) -> None:
    """Eager assignments in a long run of many variables, each a state of its own."""
    path = tmp_path / "t"
    writer = TrajectoryWriter(str(path), {})
    names = [f"layer_{number}/kernel" for number in range(300)]
    for number, name in enumerate(names):
        writer.state(0, ("train.py", 100 + number), [(name, 0, np.zeros((), "f4"))])
    before = path.stat().st_size
    sizes = []
    for step in range(100_000, 100_020):
        for number, name in enumerate(names):
            value = np.array(step * 300 + number, "i8")
            writer.state(step, ("train.py", 100 + number), [(name, 1, value)])
            sizes.append(path.stat().st_size - before)
    value_bytes = len(',"' + 12 * "A" + '"')
    assert sizes[-1] / len(sizes) - value_bytes <= 64


def test_of_a_run_only_so_much_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_RUN_LIMIT", 1 << 20)
    path = tmp_path / "t"
    values = [np.random.default_rng(number).bytes(60_000) for number in range(100)]
    trajectory = record(path, [np.frombuffer(value, "u1") for value in values])
    assert len(trajectory.states) == 99
    assert 10 < len(trajectory.values) < 20
    assert len(trajectory.warnings) == 1
    assert path.stat().st_size < 3 << 20


@pytest.mark.parametrize("limit", ["FILE_LIMIT", "WRITES_LIMIT", "TABLE_LIMIT"])
def test_a_recording_that_is_too_large_ends_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(recorder, "_RUN_LIMIT", 0)
    monkeypatch.setattr(recorder, limit, 5000 if limit == "FILE_LIMIT" else 100)
    writer = TrajectoryWriter(str(tmp_path / "t"), {})
    for number in range(1000):
        writer.state(0, ("p.py", 1), [(f"v{number}", 0, np.float32(number))])
    assert writer.ended
    trajectory = Trajectory.load(tmp_path / "t")
    assert (trajectory.status, trajectory.detail) == ("error", "the recording became too large")
    assert 10 < len(trajectory.variables) < 200


def test_every_state_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t"
    writer = TrajectoryWriter(str(path), {})
    for number in range(3):
        writer.state(number, ("p.py", 1), [("v", 1, np.float32(number))])
        last = path.read_bytes().splitlines()[-1]
        assert json.loads(last)[:2] == [number, number]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_leaves_the_file_to_its_parent(tmp_path: Path) -> None:
    writer = TrajectoryWriter(str(tmp_path / "t"), {})
    pid = os.fork()
    if not pid:
        writer.state(0, ("p.py", 1), [("child", 0, np.float32(1))])
        os._exit(0)
    os.waitpid(pid, 0)
    writer.state(0, ("p.py", 1), [("parent", 0, np.float32(1))])
    assert list(Trajectory.load(tmp_path / "t").variables) == ["parent"]


def test_a_process_that_has_recorded_ends_well(tf1_python: Path, tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(REPOSITORY / "migrate_vars")!r})
from recorder.writer import TrajectoryWriter
writer = TrajectoryWriter({str(tmp_path / "t")!r}, {{}})
"""
    assert subprocess.run([str(tf1_python), "-c", code], check=False).returncode == 0
