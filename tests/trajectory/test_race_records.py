"""Races in trajectory files: read back as written, and refused where they make no sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migrate_vars.recorder import writer as recorder
from migrate_vars.trajectory.reading import TrajectoryFormatError
from migrate_vars.trajectory.records import Access, Fetched, Race, Site
from migrate_vars.trajectory.trajectory import Trajectory

RECORD: dict[str, Any] = {
    "race": 0,
    "run": 2,
    "name": "v",
    "model": "reference",
    "accesses": [["read", "mul", "p.py", 3], ["write", "Assign", "p.py", 4]],
    "decides": ["s"],
    "fetched": ["mul:0"],
    "step": 1,
    "at": ["p.py", 9],
}
REACHES = {"reaches": 0, "variables": ["s", "v"]}
FETCHED = {"fetched": 2, "digests": {"mul:0": "abc"}}


def written(path: Path, *records: dict[str, Any]) -> Path:
    writer = recorder.TrajectoryWriter(str(path), {"program": "p.py"})
    writer.state(0, ("p.py", 1), [("v", 0, np.float32(1.0))])
    writer.state(1, ("p.py", 9), [("v", 1, np.float32(2.0))])
    for record in records:
        writer.race(record)
    writer.end("finished")
    return path


def test_races_are_read_back(tmp_path: Path) -> None:
    path = written(tmp_path / "run.jsonl", RECORD, REACHES, FETCHED)
    trajectory = Trajectory.load(path)
    accesses = (
        Access("read", "mul", Site("p.py", 3)),
        Access("write", "Assign", Site("p.py", 4)),
    )
    (race,) = trajectory.races
    assert race == Race(
        run=2,
        variable="v",
        model="reference",
        accesses=accesses,
        site=Site("p.py", 9),
        step=1,
        states=1,
        decides=("s",),
        reaches=("s", "v"),
        fetched=("mul:0",),
    )
    assert race.kind == "read/write"
    assert trajectory.fetched == [Fetched(2, 1, {"mul:0": "abc"})]


def test_races_survive_being_saved(tmp_path: Path) -> None:
    accesses = [["take", "IteratorGetNext", "p.py", 3], ["take", "IteratorGetNext_1", "p.py", 3]]
    second = {**RECORD, "race": 1, "run": 3, "model": "iterator", "accesses": accesses}
    path = written(tmp_path / "run.jsonl", RECORD, REACHES, second, FETCHED, FETCHED)
    trajectory = Trajectory.load(path)
    trajectory.save(tmp_path / "copy.jsonl")
    assert Trajectory.load(tmp_path / "copy.jsonl") == trajectory


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"race": 1}, "race 1 instead of 0"),
        ({"race": True}, "race is True, which is not a whole number"),
        ({"run": -1}, "run is -1, which is below 0"),
        ({"name": None}, "name is None, which is not text"),
        ({"model": "other"}, "model is 'other' instead of reference or resource or iterator or"),
        ({"accesses": []}, "accesses has 0 items instead of 2"),
        ({"accesses": [["read", "a", "p.py", 1]] * 2}, "a race of two reads"),
        ({"accesses": [["write", "a", "p.py"]] * 2}, "access has 3 items instead of 4"),
        ({"accesses": [["eat", "a", "p.py", 1]] * 2}, "access is 'eat' instead of read or write"),
        ({"accesses": [["write", "a", "p.py", "1"]] * 2}, "line is '1', which is not a whole"),
        ({"decides": "v"}, "decides is 'v', which is not a list"),
        ({"decides": [1]}, "decides is 1, which is not text"),
        ({"fetched": {}}, "fetched is {}, which is not a list"),
        ({"at": ["p.py"]}, "at has 1 items instead of 2"),
        ({"step": "x" * 10_000_000}, "step is 'xxxx"),
    ],
)
def test_a_race_that_makes_no_sense_is_refused(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    refused(written(tmp_path / "run.jsonl", {**RECORD, **changed}), message)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"reaches": 1, "variables": []}, "1 is not the number of a race"),
        ({"reaches": 0}, "variables is None, which is not a list"),
        ({"fetched": "2", "digests": {}}, "run is '2', which is not a whole number"),
        ({"fetched": 2, "digests": []}, "digests is [], which is not an object"),
        ({"fetched": 2, "digests": {"a": 1}}, "digest is 1, which is not text"),
    ],
)
def test_what_is_said_of_a_race_must_make_sense(
    tmp_path: Path, record: dict[str, Any], message: str
) -> None:
    refused(written(tmp_path / "run.jsonl", RECORD, record), message)


def refused(path: Path, message: str) -> None:
    with pytest.raises(TrajectoryFormatError) as error:
        Trajectory.load(path)
    assert message in str(error.value)
    assert len(str(error.value)) < 300
    assert json.loads(path.read_text("utf-8").splitlines()[-1])["end"] == "finished"
