"""The file format: what the recorder writes is read back, and nothing else is believed."""

from __future__ import annotations

import base64
import copy
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from migrate_vars.recorder import writer as recorder
from migrate_vars.recorder.digest import digest_of
from migrate_vars.recorder.encoding import encode_array
from migrate_vars.recorder.retention import VALUE_LIMIT
from migrate_vars.recorder.sampling import sample_positions
from migrate_vars.trajectory import reading
from migrate_vars.trajectory.decoding import decode_array
from migrate_vars.trajectory.reading import TrajectoryFormatError
from migrate_vars.trajectory.records import Fed, RandomOp, Site, State, StateOpCall, Variable, Write
from migrate_vars.trajectory.trajectory import Trajectory

SIGNED = ["bool", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16"]
DTYPES = [*SIGNED, "u1", "u2", "u4", "u8", ">f4", ">i8"]

arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
)
strings = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0).flatmap(
    lambda shape: st.lists(
        st.binary(max_size=20), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))
    ).map(lambda items: object_array(items, shape))
)


def object_array(items: list[bytes], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    array = np.empty(len(items), object)
    array[:] = items
    return array.reshape(shape)


@contextmanager
def scratch() -> Iterator[Path]:
    """A file of its own for each example."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "run.jsonl"


def record(path: Path, *states: Any, end: bool = True) -> Trajectory:
    written = recorder.TrajectoryWriter(str(path), {"program": "p.py"})
    for step, site, writes in states:
        written.state(step, site, writes)
    if end:
        written.end("finished")
    return Trajectory.load(path)


def test_reader_and_writer_mean_the_same_format() -> None:
    assert (recorder.FORMAT, recorder.VERSION) == ("migrate-vars trajectory", 2)


@given(st.one_of(arrays, strings))
def test_every_value_survives(array: npt.NDArray[Any]) -> None:
    with scratch() as path:
        trajectory = record(path, (0, ("p.py", 1), [("v", 0, array)]))
    variable = trajectory.variables["v"]
    native = array.astype(array.dtype.newbyteorder("="))
    dtype = "string" if array.dtype == object else native.dtype.name
    assert variable == Variable("v", dtype, array.shape)
    value = trajectory.value("v", trajectory.initial["v"])
    assert value is not None
    assert (value.dtype, value.shape) == (native.dtype, array.shape)
    if array.dtype == object:
        assert value.tolist() == array.tolist()
    else:
        assert value.tobytes() == native.tobytes()  # NaN payloads and -0.0 too


@pytest.mark.parametrize("name", ["bfloat16", "float8_e5m2", "float8_e4m3fn", "int4"])
def test_types_that_numpy_does_not_know(tmp_path: Path, name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    array = np.array([[1, 2, 3]]).astype(getattr(ml_dtypes, name))
    trajectory = record(tmp_path / "t", (0, ("p.py", 1), [("v", 0, array)]))
    value = trajectory.value("v", trajectory.initial["v"])
    assert value is not None
    assert value.dtype == array.dtype
    assert value.astype("f8").tolist() == [[1, 2, 3]]


def test_values_of_an_unknown_type_are_left_out() -> None:
    for name in ("float3", "void8", "O", "object", "datetime64", "f4,i4", "str", "number", ""):
        assert decode_array("AA==", name, (1,)) is None


def test_text_is_kept_as_bytes(tmp_path: Path) -> None:
    trajectory = record(tmp_path / "t", (0, ("p.py", 1), [("v", 0, np.array(["é", "x"]))]))
    value = trajectory.value("v", trajectory.initial["v"])
    assert value is not None
    assert value.tolist() == ["é".encode(), b"x"]


def test_states_initial_values_and_the_end(tmp_path: Path) -> None:
    one, two = np.float32(1), np.float32(2)
    written = recorder.TrajectoryWriter(str(tmp_path / "t"), {"argv": ["a"]})
    written.state(0, ("p.py", 1), [("v", 0, one), ("w", 0, one)])
    written.state(1, ("p.py", 5), [("v", 1, two)])
    written.warn("careful")
    known = {"seeds": [1, 2], "own": None, "seed": 2, "drawn": 0, "dtype": "float32"}
    written.random_op("random_normal", ("p.py", 3), dict(known, shape=[None, 3], like=4))
    written.random_op("dropout", ("p.py", 3), {})
    fed = [(3, [("x", one), ("y", np.zeros(2))])]
    written.state(2, ("q.py", 6), [("v", None, two), ("w", 3, two)], fed)
    written.end("error", "p.py:7: no")
    trajectory = Trajectory.load(tmp_path / "t")
    digest_one, digest_two = trajectory.initial["v"], trajectory.states[0].writes["v"].digest
    assert trajectory.header["argv"] == ["a"]
    assert trajectory.initial == {"v": digest_one, "w": digest_one}
    assert trajectory.states == [
        State(1, Site("p.py", 5), {"v": Write(1, digest_two)}),
        State(2, Site("q.py", 6), {"v": Write(None, digest_two), "w": Write(3, digest_two)}),
    ]
    assert (trajectory.status, trajectory.detail) == ("error", "p.py:7: no")
    assert trajectory.warnings == ["careful"]
    (call,) = trajectory.feeds
    assert (call.state, call.call) == (1, 3)
    assert call.values[0] == Fed("x", "float32", (), digest_one)
    assert (call.values[1].name, call.values[1].shape) == ("y", (2,))
    site = Site("p.py", 3)
    assert trajectory.random == [
        RandomOp("random_normal", site, (1, 2), None, 2, 0, "float32", (None, 3), 4),
        RandomOp("dropout", site),
    ]
    trajectory.save(tmp_path / "again")
    assert Trajectory.load(tmp_path / "again") == trajectory
    assert trajectory.steps == 2
    assert trajectory.written == trajectory.changed == {"v", "w"}


def test_steps_that_write_metrics_only_are_no_training(tmp_path: Path) -> None:
    written = recorder.TrajectoryWriter(str(tmp_path / "t"), {})
    written.owners["m"] = "metric"
    site, value = ("p.py", 1), np.float32(1)
    written.state(0, site, [("v", 0, value), ("m", 0, value)])
    for step, names in enumerate(["m", "v", "vm", "m", "m", "v", "m"], 1):
        written.state(step, site, [(name, 1, np.float32(step)) for name in names])
    trajectory = Trajectory.load(tmp_path / "t")
    assert [state.step for state in trajectory.states] == [1, 1, 2, 2, 2, 3, 3]
    assert [v.name for v in trajectory.variables.values() if v.is_metric] == ["m"]
    trajectory.save(tmp_path / "again")
    assert Trajectory.load(tmp_path / "again") == trajectory


def test_a_metric_is_reset_for_what_follows(tmp_path: Path) -> None:
    """In one release Keras resets it in a step of its own, in another with the first batch."""
    written = recorder.TrajectoryWriter(str(tmp_path / "t"), {})
    written.owners["m"] = "metric"
    site = ("p.py", 1)
    written.state(0, site, [("v", 0, np.float32(0)), ("m", 0, np.float32(0))])
    values = [("m", 0), ("vm", 1), ("vm", 2), ("m", 0), ("vm", 1), ("v", 0), ("m", 3), ("m", 0)]
    for step, (names, value) in enumerate(values, 1):
        written.state(step, site, [(name, 1, np.float32(value)) for name in names])
    states = Trajectory.load(tmp_path / "t").states
    assert [state.step for state in states] == [1, 1, 2, 3, 3, 4, 4, 4]


def test_a_program_of_metrics_alone_has_steps(tmp_path: Path) -> None:
    written = recorder.TrajectoryWriter(str(tmp_path / "t"), {})
    written.owners["m"] = "metric"
    for step in range(4):
        written.state(step, ("p.py", 1), [("m", int(step > 0), np.float32(step))])
    assert Trajectory.load(tmp_path / "t").steps == 3


def test_large_values_are_summarised(tmp_path: Path) -> None:
    large = np.zeros(VALUE_LIMIT + 1, "u1")
    trajectory = record(tmp_path / "t", (0, ("p.py", 1), [("v", 0, large), ("w", 0, large[:-1])]))
    assert trajectory.value("v", trajectory.initial["v"]) is None
    assert trajectory.value("w", trajectory.initial["w"]) is not None


def test_an_initialiser_that_runs_twice_before_training_initialises(tmp_path: Path) -> None:
    trajectory = record(
        tmp_path / "t",
        (0, ("p.py", 1), [("v", 0, np.float32(1))]),
        (0, ("p.py", 2), [("v", 0, np.float32(2))]),
    )
    value = trajectory.value("v", trajectory.initial["v"])
    assert value == 2
    assert trajectory.states == []


def test_an_initialiser_that_runs_during_training_writes(tmp_path: Path) -> None:
    trajectory = record(
        tmp_path / "t",
        (0, ("p.py", 1), [("v", 0, np.float32(1)), ("w", 0, np.float32(1))]),
        (1, ("p.py", 2), [("v", 1, np.float32(2))]),
        (1, ("p.py", 3), [("late", 0, np.float32(5))]),
        (1, ("p.py", 4), [(n, 0, np.float32(5)) for n in ("v", "w", "late")]),
    )
    assert {name: trajectory.value(name, d) for name, d in trajectory.initial.items()} == {
        "v": 1,
        "w": 1,
        "late": 5,
    }
    assert [sorted(state.writes) for state in trajectory.states] == [["v"], ["v", "w"]]
    assert all(write.count == 1 for state in trajectory.states for write in state.writes.values())


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def digest(array: npt.NDArray[Any]) -> str:
    return base64_of(digest_of(array.shape, encode_array(array)))


VALUE = np.array([1, 2], "f4")
LARGE = np.arange(20_000, dtype="f4")


def example() -> list[Any]:
    samples = base64_of(LARGE[sample_positions(LARGE.size)].tobytes())
    return [
        {"format": recorder.FORMAT, "version": 2},
        {"site": 0, "path": "p.py", "line": 1},
        {"variable": 0, "name": "v", "dtype": "float32", "shape": [2]},
        [0, 0, 0, [0, 0, digest(VALUE), base64_of(VALUE.tobytes())]],
        {"site": 1, "path": "p.py", "line": 2},
        {"variable": 1, "name": "w", "dtype": "string", "shape": []},
        [1, 1, 1, [0, 1, "b"], [1, 0, "c"]],
        [2, 2, 1, [0, None, "d", [samples, 0, 19999.0, 9999.5, 0], [20000]]],
        {"value": 0, "digest": digest(VALUE[:1]), "shape": [1], "data": "AACAPw=="},
        {"warning": "text"},
        {"end": "finished", "detail": ""},
    ]


STATE, ENTRY = 6, 3  # the line of a state, and where its first entry stands


def save(path: Path, records: list[Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_the_example_is_good(tmp_path: Path) -> None:
    trajectory = Trajectory.load(save(tmp_path / "t", example()))
    assert len(trajectory.states) == 2
    assert trajectory.status == "finished"


def test_cut_anywhere_it_is_a_prefix(tmp_path: Path) -> None:
    data = save(tmp_path / "t", example()).read_bytes()
    whole = Trajectory.load(tmp_path / "t")
    assert len(whole.states) == 2
    header = data.index(b"\n") + 1
    path = tmp_path / "cut"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        if length < header:
            with pytest.raises(TrajectoryFormatError, match=r"cut:1: not a migrate-vars"):
                Trajectory.load(path)
            continue
        found = Trajectory.load(path)
        assert found.status == "incomplete"
        assert found.states == whole.states[: len(found.states)]
        lines = data[:length].count(b"\n")
        assert (len(found.variables), len(found.states)) == (
            (lines > 2) + (lines > 5),
            (lines > 6) + (lines > 7),
        )


def test_evidence_survives(tmp_path: Path) -> None:
    records = example()
    records[6:6] = [{"evidence": CALL}, {"evidence": {**CALL, "end": None, "path": "\x1b\ud800"}}]
    Trajectory.load(save(tmp_path / "t", records)).save(tmp_path / "again")
    first, second = Trajectory.load(tmp_path / "again").evidence
    assert first == StateOpCall("/p.py", "d", "assign", 2, (2, 15), (0, 8), "tensor")
    assert (second.end, second.path) == (None, "\x1b\ud800")


def _set(line: int, *path: Any) -> Callable[[list[Any]], int]:
    """Replaces what stands at ``path[:-1]`` of a record, and returns the number of its line."""

    def change(records: list[Any]) -> int:
        target = records[line]
        for key in path[:-2]:
            target = target[key]
        target[path[-2]] = path[-1]
        return line + 1

    return change


def _delete(line: int, key: str) -> Callable[[list[Any]], int]:
    def change(records: list[Any]) -> int:
        del records[line][key]
        return line + 1

    return change


def _insert(line: int, record: Any) -> Callable[[list[Any]], int]:
    def change(records: list[Any]) -> int:
        records.insert(line, record)
        return line + 1

    return change


def _kept(variable: int, shape: Any, data: bytes = VALUE.tobytes()) -> Callable[[list[Any]], int]:
    """Keeps a value of that shape, with a digest that would fit if there were such values."""

    def change(records: list[Any]) -> int:
        sizes = tuple(shape) if isinstance(shape, list) else shape
        fitting = base64_of(digest_of(sizes, np.frombuffer(data, np.uint8)))
        records[STATE][ENTRY + variable] = [variable, 1, fitting, base64_of(data), shape]
        return STATE + 1

    return change


HUGE = 10**30
CALL: dict[str, Any] = {
    "path": "/p.py",
    "digest": "d",
    "function": "assign",
    "line": 2,
    "end": [2, 15],
    "instruction": [0, 8],
    "receiver": "tensor",
}


def _call(**changes: Any) -> Callable[[list[Any]], int]:
    return _insert(6, {"evidence": {**CALL, **changes}})


BAD: dict[str, Callable[[list[Any]], int]] = {
    "other format": _set(0, "format", "x"),
    "version 1": _set(0, "version", 1),
    "version 3": _set(0, "version", 3),
    "version missing": _delete(0, "version"),
    "header twice": _insert(1, example()[0]),
    "null": _insert(2, None),
    "number": _insert(2, 5),
    "text": _insert(2, "state"),
    "unknown record": _insert(2, {"what": 1}),
    "empty record": _insert(2, {}),
    "variable id skipped": _set(2, "variable", 1),
    "variable id twice": _set(5, "variable", 0),
    "variable id is text": _set(2, "variable", "0"),
    "variable id is true": _set(5, "variable", True),
    "name twice": _set(5, "name", "v"),
    "name missing": _delete(2, "name"),
    "name is a list": _set(2, "name", []),
    "dtype missing": _delete(2, "dtype"),
    "owner is a number": _set(2, "owner", 1),
    "owner is unknown": _set(2, "owner", "user"),
    "dtype is a number": _set(2, "dtype", 5),
    "shape missing": _delete(2, "shape"),
    "shape is a number": _set(2, "shape", 5),
    "shape is negative": _set(2, "shape", [-1]),
    "shape has fractions": _set(2, "shape", [1.5]),
    "shape has text": _set(2, "shape", ["2"]),
    "shape is huge": _set(2, "shape", [HUGE]),
    "shape has a thousand dimensions": _set(2, "shape", [1] * 1000),
    "site id skipped": _set(4, "site", 2),
    "site id twice": _set(4, "site", 0),
    "site id is text": _set(4, "site", "1"),
    "path missing": _delete(4, "path"),
    "path is a number": _set(4, "path", 1),
    "line missing": _delete(4, "line"),
    "line is text": _set(4, "line", "1"),
    "line is negative": _set(4, "line", -1),
    "empty state": _insert(STATE, []),
    "short state": _insert(STATE, [1, 1]),
    "state skipped": _set(STATE, 0, 2),
    "state twice": _set(STATE, 0, 0),
    "state is text": _set(STATE, 0, "1"),
    "step is text": _set(STATE, 1, "1"),
    "step is null": _set(STATE, 1, None),
    "step is NaN": _set(STATE, 1, float("nan")),
    "step is infinite": _set(STATE, 1, float("inf")),
    "step is negative": _set(STATE, 1, -1),
    "step goes back": _set(STATE + 1, 1, 0),
    "site of state is text": _set(STATE, 2, "p.py:1"),
    "site of state is a list": _set(STATE, 2, ["p.py", 1]),
    "site of state unknown": _set(STATE, 2, 2),
    "site of state negative": _set(STATE, 2, -1),
    "entry is a number": _set(STATE, ENTRY, 5),
    "entry is an object": _set(STATE, ENTRY, {}),
    "entry is short": _set(STATE, ENTRY, [0, 1]),
    "entry is long": _set(STATE, ENTRY, [0, 1, "b", "", [0], 1]),
    "id unknown": _set(STATE, ENTRY, 0, 2),
    "id negative": _set(STATE, ENTRY, 0, -1),
    "id absurd": _set(STATE, ENTRY, 0, HUGE),
    "id is true": _set(STATE, ENTRY, 0, True),
    "id is a fraction": _set(STATE, ENTRY, 0, 0.0),
    "id before its record": _set(3, ENTRY, 0, 1),
    "variable twice in a state": _set(STATE, ENTRY + 1, [0, 1, "c"]),
    "count is negative": _set(STATE, ENTRY, 1, -1),
    "count is text": _set(STATE, ENTRY, 1, "1"),
    "count is a fraction": _set(STATE, ENTRY, 1, 1.0),
    "count is false": _set(STATE, ENTRY, 1, False),
    "digest is a number": _set(STATE, ENTRY, 2, 5),
    "digest is null": _set(STATE, ENTRY, 2, None),
    "digest cannot be hashed": _set(STATE, ENTRY, 2, ["a"]),
    "digest is empty": _set(STATE, ENTRY, 2, ""),
    "digest is another value's": _set(3, ENTRY, 2, digest(VALUE[::-1])),
    "value is not base64": _set(3, ENTRY, 3, "!!!!"),
    "value is not ASCII": _set(3, ENTRY, 3, "éééé"),
    "value is a number": _set(3, ENTRY, 3, 5),
    "value is an object": _set(3, ENTRY, 3, {}),
    "value is null": _set(3, ENTRY, 3, None),
    "value is cut": _set(3, ENTRY, 3, "AAAA"),
    "value is another": _set(3, ENTRY, 3, base64_of(VALUE[::-1].tobytes())),
    "value shape does not fit": _kept(0, [3]),
    "value shape is to be guessed": _kept(0, [-1]),
    "value shape is negative twice": _kept(0, [-1, -2]),
    "value shape is null": _kept(0, None),
    "value shape is nested": _kept(0, [[2]]),
    "value shape is huge": _kept(0, [HUGE, HUGE]),
    "value shape is huge, but empty": _kept(0, [0, HUGE], b""),
    "value shape overflows, but is empty": _kept(0, [0, 2**62, 2**62], b""),
    "value shape has a thousand dimensions": _kept(0, [1] * 1000, b"\0" * 4),
    "string length is too large": _kept(1, [], b"\xff" * 8),
    "string is cut": _kept(1, [], b"abc"),
    "string shape does not fit": _kept(1, [], b"\0" * 16),
    "string shape is huge": _kept(1, [0, HUGE], b""),
    "summary is empty": _set(7, ENTRY, 3, []),
    "summary is short": _set(7, ENTRY, 3, ["", 0, 0]),
    "summary has no samples": _set(7, ENTRY, 3, 0, None),
    "summary has few samples": _set(7, ENTRY, 3, 0, ""),
    "summary is of another shape": _set(7, ENTRY, 4, [3]),
    "summary is of a huge shape": _set(7, ENTRY, 4, [10**18, 10**18]),
    "summary of text": _set(7, ENTRY, 0, 1),
    "statistic is text": _set(7, ENTRY, 3, 1, "0"),
    "statistic is null": _set(7, ENTRY, 3, 2, None),
    "statistic is huge": _set(7, ENTRY, 3, 2, HUGE),
    "statistic is infinite": _set(7, ENTRY, 3, 3, float("inf")),
    "number of elements that are not finite is a fraction": _set(7, ENTRY, 3, 4, 0.5),
    "number of elements that are not finite is negative": _set(7, ENTRY, 3, 4, -1),
    "value of an unknown variable": _set(8, "value", 2),
    "value without a shape": _delete(8, "shape"),
    "value without data": _delete(8, "data"),
    "value without its digest": _delete(8, "digest"),
    "value with another digest": _set(8, "digest", digest(VALUE)),
    "evidence is a list": _insert(6, {"evidence": []}),
    "evidence is empty": _insert(6, {"evidence": {}}),
    "evidence path is a number": _call(path=1),
    "evidence digest is null": _call(digest=None),
    "evidence function is a list": _call(function=["assign"]),
    "evidence receiver is an object": _call(receiver={}),
    "evidence line is text": _call(line="2"),
    "evidence line is negative": _call(line=-2),
    "evidence end is a number": _call(end=2),
    "evidence end is short": _call(end=[2]),
    "evidence end has fractions": _call(end=[2, 1.5]),
    "evidence instruction is null": _call(instruction=None),
    "evidence instruction is long": _call(instruction=[0, 8, 9]),
    "warning is a list": _set(9, "warning", []),
    "feed is not the next": _insert(9, {"feed": 1, "name": "x", "dtype": "f", "shape": []}),
    "feed has no name": _insert(9, {"feed": 0, "dtype": "f", "shape": []}),
    "fed is a number": _insert(9, {"fed": 1, "call": 0}),
    "fed an unknown feed": _insert(9, {"fed": [[0, "a"]], "call": 0}),
    "fed without a digest": _insert(9, {"fed": [[0]], "call": 0}),
    "call is below 0": _insert(9, {"fed": [], "call": -1}),
    "random op is a list": _insert(9, {"random": [], "site": 0}),
    "random op has no site": _insert(9, {"random": "random_normal"}),
    "site of random op unknown": _insert(9, {"random": "random_normal", "site": 2}),
    "end is unknown": _set(10, "end", "passed"),
    "end is a list": _set(10, "end", []),
    "detail missing": _delete(10, "detail"),
    "state after the end": _insert(11, [3, 3, 0]),
    "end twice": _insert(11, example()[10]),
}


@pytest.mark.parametrize("name", BAD)
def test_damage_is_reported_with_file_and_line(tmp_path: Path, name: str) -> None:
    records = example()
    line = BAD[name](records)
    path = save(tmp_path / "bad.jsonl", records)
    with pytest.raises(TrajectoryFormatError) as caught:
        Trajectory.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert len(message) < len(str(path)) + 200
    assert "'NoneType'" not in message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b'{"state"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"{\x00}",
        b"1" * 100_000,
        '{"warning": "x"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"warning": "x"}',
        b'{"warning": NaN}',
        b"[3, 1e400, 0]",
        b'{"warning": "x"} {"warning": "x"}',
        b"__import__('os').abort()",
    ],
    ids=lambda line: repr(line[:20]),
)
def test_lines_that_are_not_json(tmp_path: Path, line: bytes) -> None:
    path = save(tmp_path / "bad.jsonl", example()[:10])
    with path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(TrajectoryFormatError, match=r"bad\.jsonl:11: "):
        Trajectory.load(path)


TOO_LARGE: dict[str, tuple[str, int, bytes, str]] = {
    "line": (
        "_LINE_LIMIT",
        1 << 20,
        b'{"warning": "' + b"x" * (1 << 20),
        "a line of more than 1 MiB",
    ),
    "items": (
        "_ITEMS_LIMIT",
        1000,
        b"[" + b"[]," * 2000 + b"[]]",
        "a line of more than 1000 items",
    ),
    "variables": (
        "TABLE_LIMIT",
        2,
        b'{"variable": 2, "name": "x", "dtype": "int8", "shape": []}',
        "more than 2 records of a variable",
    ),
    "sites": (
        "TABLE_LIMIT",
        2,
        b'{"site": 2, "path": "", "line": 1}',
        "more than 2 records of a site",
    ),
    "writes": ("WRITES_LIMIT", 4, b'[3, 3, 0, [0, 1, "e"]]', "more than 4 writes"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    limit, value, line, message = TOO_LARGE[name]
    monkeypatch.setattr(reading, limit, value)
    path = save(tmp_path / "bad.jsonl", example()[:9])
    Trajectory.load(path)
    with path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(TrajectoryFormatError, match=rf"bad\.jsonl:10: {message}"):
        Trajectory.load(path)


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = save(tmp_path / "bad.jsonl", example())
    os.truncate(path, recorder.FILE_LIMIT + 1)  # without taking that much of the disk
    with pytest.raises(TrajectoryFormatError, match=r"bad\.jsonl: larger than 1024 MiB"):
        Trajectory.load(path)


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"[]\n", b"import os\n", b"\x80\x04\x95\n"])
def test_other_files_are_no_trajectories(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    with pytest.raises(TrajectoryFormatError, match="other:1: "):
        Trajectory.load(path)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Trajectory.load(tmp_path / "missing")


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from([HUGE, -HUGE, 2**63, "AAAA", [0], {"0": 0}]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with every key of it."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


@settings(max_examples=300)
@given(st.data())
def test_anything_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    records = copy.deepcopy(example())
    container, key = data.draw(st.sampled_from(list(places(records))))
    container[key] = data.draw(json_values)
    with scratch() as path:
        save(path, records)
        try:
            trajectory = Trajectory.load(path)
        except TrajectoryFormatError as error:
            assert str(error).startswith(f"{path}:")  # noqa: PT017 - it may also be read
            return
    for state in trajectory.states:
        assert all(type(write.digest) is str for write in state.writes.values())
    assert trajectory.steps >= 0


@settings(max_examples=200)
@given(st.data())
def test_any_byte_changed_is_read_or_refused(data: st.DataObject) -> None:
    with scratch() as path:
        raw = bytearray(save(path, example()).read_bytes())
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(raw)
        try:
            Trajectory.load(path)
        except TrajectoryFormatError as error:
            assert str(error).startswith(f"{path}:")  # noqa: PT017 - it may also be read


def test_an_absurd_step_costs_nothing(tmp_path: Path) -> None:
    from migrate_vars.trajectory.comparison import compare
    from migrate_vars.trajectory.drift import measure_drift

    records = example()
    records[7][1] = HUGE
    trajectory = Trajectory.load(save(tmp_path / "t", records))
    comparison = compare(trajectory, trajectory)
    assert comparison.identical
    assert comparison.steps == HUGE
    measure_drift(trajectory, trajectory, comparison.mapping)


def test_many_small_strings_take_no_time() -> None:
    text = base64.b64encode(b"\0" * (1 << 20)).decode()
    start = time.process_time()
    assert decode_array(text, "string", (1 << 17,)).shape == (1 << 17,)  # type: ignore[union-attr]
    assert time.process_time() - start < 2
