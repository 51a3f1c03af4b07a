"""What stands beside the states of a trajectory: failed runs, state not recorded, sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migrate_vars.recorder import writer as recorder
from migrate_vars.trajectory.reading import TrajectoryFormatError
from migrate_vars.trajectory.records import FailedRun, Site, Unseen
from migrate_vars.trajectory.trajectory import Trajectory

FAILED: dict[str, Any] = {"failed": "Next", "at": ["p.py", 9], "writes": [["v", "p.py", 4]]}
UNSEEN: dict[str, Any] = {"unseen": "queue", "name": "q", "at": ["p.py", 3]}
APART: dict[str, Any] = {"apart": 1}


def written(path: Path, *records: dict[str, Any]) -> Path:
    writer = recorder.TrajectoryWriter(str(path), {"program": "p.py"})
    writer.sessions["v (session 2)"] = "v", 2
    writer.state(0, ("p.py", 1), [("v", 0, np.float32(1.0))])
    writer.state(1, ("p.py", 9), [("v", 1, np.float32(2.0))])
    writer.state(1, ("p.py", 9), [("v (session 2)", 0, np.array([5.0], np.float32))])
    writer.state(2, ("p.py", 9), [("v (session 2)", 1, np.array([6.0], np.float32))])
    for record in records:
        writer.note(record)
    writer.end("finished")
    return path


def test_they_are_read_back(tmp_path: Path) -> None:
    trajectory = Trajectory.load(written(tmp_path / "run.jsonl", FAILED, UNSEEN))
    assert trajectory.failed == [FailedRun("Next", Site("p.py", 9), 3, {"v": Site("p.py", 4)})]
    assert trajectory.unseen == [Unseen("queue", "q", Site("p.py", 3))]
    assert list(trajectory.variables) == ["v"]
    assert [list(state.writes) for state in trajectory.states] == [["v"]] * 3
    trajectory.save(tmp_path / "again.jsonl")
    assert Trajectory.load(tmp_path / "again.jsonl") == trajectory


def test_sessions_are_told_apart_if_they_are_to_be(tmp_path: Path) -> None:
    trajectory = Trajectory.load(written(tmp_path / "run.jsonl", APART))
    assert list(trajectory.variables) == ["v", "v (session 2)"]
    assert trajectory.variables["v (session 2)"].shape == (1,)
    assert [list(state.writes) for state in trajectory.states] == [["v"], ["v (session 2)"]]
    value = trajectory.value("v (session 2)", trajectory.initial["v (session 2)"])
    assert value is not None
    assert value.tolist() == [5]
    trajectory.save(tmp_path / "again.jsonl")
    assert Trajectory.load(tmp_path / "again.jsonl") == trajectory


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({**FAILED, "failed": 1}, "failed is 1, which is not text"),
        ({**FAILED, "writes": [["v", "p.py"]]}, "write has 2 items instead of 3"),
        ({**FAILED, "writes": [["v", "p.py", -1]]}, "line is -1, which is below 0"),
        ({**FAILED, "at": ["p.py"]}, "at has 1 items instead of 2"),
        ({**UNSEEN, "name": None}, "name is None, which is not text"),
        ({"unseen": "queue", "name": ""}, "at is None, which is not a list"),
        ({"apart": 0}, "0 is not the number of a variable of another session"),
        ({"apart": 7}, "7 is not the number of a variable of another session"),
        ({"apart": "v"}, "variable is 'v', which is not a whole number"),
        (
            {"variable": 2, "name": "v", "dtype": "int32", "shape": [], "session": 3},
            "'v' has another dtype in a session",
        ),
        (
            {"variable": 2, "name": "v", "dtype": "float32", "shape": [], "session": "3"},
            "session is '3', which is not a whole number",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, record: dict[str, Any], said: str) -> None:
    path = written(tmp_path / "run.jsonl", record)
    with pytest.raises(TrajectoryFormatError, match=said):
        Trajectory.load(path)
