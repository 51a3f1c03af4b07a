"""Which runs say something about which files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from migrate_vars.cli import main

pytest.importorskip("numpy", reason="a trajectory needs NumPy")
from migrate_vars.trajectory.records import StateOpCall
from migrate_vars.trajectory.trajectory import Trajectory

SOURCE = b"import tensorflow as tf\ndef f(v): tf.assign(v, 1.)\ndef g(v): tf.assign(v, 2.)\n"


def save_run(run: Path, file: Path, source: bytes = SOURCE, first: str = "tensor") -> None:
    digest = hashlib.sha256(source).hexdigest()
    trajectory = Trajectory(header={"program": "train.py"})
    for line, receiver in ((2, first), (3, "resource variable")):
        call = StateOpCall(str(file), digest, "assign", line, None, (0, line), receiver)
        trajectory.evidence.append(call)
    trajectory.save(run)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_bytes(SOURCE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_settles_what_the_file_does_not_show(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    save_run(project / "run.jsonl", project / "src/a.py")
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 0
    expected = SOURCE.replace(b"tf.assign(v, 2.)", b"v.assign(2.)")
    assert (project / "src/a.py").read_bytes() == expected
    assert "(1 safe, 0 assumed), 1 left alone" in capfd.readouterr().out


def test_a_second_run_changes_nothing(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_run(project / "run.jsonl", project / "src/a.py")
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 0
    once = (project / "src/a.py").read_bytes()
    capfd.readouterr()
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 0
    assert (project / "src/a.py").read_bytes() == once
    assert "changed since run.jsonl recorded it; record it again" in capfd.readouterr().out


def test_a_run_of_another_copy_counts_where_name_and_content_are_the_same(project: Path) -> None:
    save_run(project / "run.jsonl", Path("/elsewhere/src/a.py"))
    (project / "src/b.py").write_bytes(SOURCE)
    (project / "src/c.py").write_bytes(SOURCE + b"# other\n")
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 0
    assert b"tf.assign(v, 1.)" in (project / "src/a.py").read_bytes()
    assert b"tf.assign" not in (project / "src/b.py").read_bytes()
    assert b"tf.assign" not in (project / "src/c.py").read_bytes()


def test_a_run_of_another_copy_that_was_different_is_stale(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    save_run(project / "run.jsonl", Path("/elsewhere/src/a.py"), b"# before\n")
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 0
    assert (project / "src/a.py").read_bytes() == SOURCE
    assert "changed since run.jsonl recorded it" in capfd.readouterr().out
    save_run(project / "run.jsonl", Path("/elsewhere/lib/a.py"), b"# another file\n")
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 0
    assert (project / "src/a.py").read_bytes() != SOURCE


@pytest.mark.parametrize("path", ["", "a.py", "/", "\0", "\ud800", "x" * 5000, "../" * 50])
def test_a_run_may_name_any_path(project: Path, path: str) -> None:
    save_run(project / "run.jsonl", project)
    text = (project / "run.jsonl").read_text()
    (project / "run.jsonl").write_text(text.replace(json.dumps(str(project)), json.dumps(path)))
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 0


def test_the_configuration_names_runs_beside_itself(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text('[tool.migrate-vars]\nevidence = ["run.jsonl"]\n')
    save_run(project / "run.jsonl", project / "src/a.py")
    save_run(project / "other.jsonl", project / "src/a.py", first="variable")
    monkeypatch.chdir(project / "src")
    before = (project / "src/a.py").read_bytes()
    assert main(["rewrite", "--safe", "."]) == 0
    assert (project / "src/a.py").read_bytes() != before
    (project / "src/a.py").write_bytes(before)
    assert main(["rewrite", "--safe", ".", "--evidence", "../other.jsonl"]) == 0
    assert b"tf.assign" not in (project / "src/a.py").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "evidence: run.jsonl: No such file or directory"),
        (b"", "evidence: run.jsonl:1: not a migrate-vars trajectory: no header"),
        (b"\x00\xff\n", "evidence: run.jsonl:1: "),
    ],
)
def test_a_run_that_cannot_be_read_is_an_error(
    project: Path, capfd: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    if content is not None:
        (project / "run.jsonl").write_bytes(content)
    assert main(["rewrite", "src", "--evidence", "run.jsonl"]) == 2
    error = capfd.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert (project / "src/a.py").read_bytes() == SOURCE


def test_the_evidence_is_in_every_format(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_run(project / "run.jsonl", project / "src/a.py")
    for name in ("json", "sarif", "github"):
        command = ["rewrite", "src", "--check", "--evidence", "run.jsonl", "--output-format", name]
        assert main(command) == 1
        out = capfd.readouterr().out
        assert "the receiver was a variable in run.jsonl" in out
        assert name == "github" or '"reached": true' in out
