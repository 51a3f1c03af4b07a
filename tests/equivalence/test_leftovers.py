"""What runs leave in the folder: no other run sees it, and nothing is lost."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars.equivalence import leftovers
from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.equivalence.leftovers import Leftovers
from migrate_vars.equivalence.programs import undisturbed
from migrate_vars.equivalence.scripts import Script, find_program, verify_script
from tests.conftest import REPOSITORY


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else ""
        for path in folder.rglob("*")
        if ".migrate-vars-" not in str(path)
    }


def run(folder: Path, text: str) -> None:
    """What a program does that keeps a model and a log, and starts from what it finds."""
    assert not (folder / "model").exists()
    (folder / "model/best").mkdir(parents=True)
    (folder / "model/best/weights").write_text(text)
    assert not (folder / "logs/new.txt").exists()
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs/new.txt").write_text(text)
    assert (folder / "model.json").read_text() == "before"
    (folder / "model.json").write_text(text)


def test_a_folder_ends_as_after_the_last_run(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/old.txt").write_text("before")
    for name in ("model.json", "data.csv", "train.py"):
        (tmp_path / name).write_text("before")
    with Leftovers(tmp_path) as aside:
        aside.put_aside()
        run(tmp_path, "first")
        (tmp_path / "model/notes.txt").write_text("somebody's")
        for name in ("notes.txt", "data.csv", "train.py"):
            (tmp_path / name).write_text("somebody's")
        for number in ("second", "third"):
            aside.put_aside()
            run(tmp_path, number)
    expected = {
        "logs": "",
        "logs/old.txt": "before",
        "logs/new.txt": "third",
        "model.json": "third",
        "model": "",
        "model/best": "",
        "model/best/weights": "third",
        "data.csv": "somebody's",
        "train.py": "somebody's",
        "notes.txt": "somebody's",
        "model/notes.txt": "somebody's",
    }
    assert tree(tmp_path) == expected


def test_what_was_put_aside_comes_back_after_a_failure(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("before")
    with contextlib.suppress(KeyboardInterrupt), Leftovers(tmp_path) as aside:
        run(tmp_path, "first")
        aside.put_aside()
        assert tree(tmp_path) == {"model.json": "before"}
        raise KeyboardInterrupt
    found = tree(tmp_path)
    assert (found["model/best/weights"], found["model.json"]) == ("first", "first")


def test_a_file_that_somebody_has_open_is_written_to_the_end(tmp_path: Path) -> None:
    with Leftovers(tmp_path) as aside, (tmp_path / "log.txt").open("w") as log:
        log.write("one, ")
        log.flush()
        aside.put_aside()
        assert not (tmp_path / "log.txt").exists()
        log.write("two")
    assert tree(tmp_path) == {"log.txt": "one, two"}


def test_what_a_killed_process_has_put_aside_comes_back(tmp_path: Path) -> None:
    code = f"""
import os, pathlib
from migrate_vars.equivalence.leftovers import Leftovers
aside = Leftovers(pathlib.Path({str(tmp_path)!r}))
for name in ("notes.txt", "data.csv"):
    pathlib.Path({str(tmp_path)!r}, name).write_text("somebody's")
aside.put_aside()
os._exit(0)
"""
    (tmp_path / "data.csv").write_text("before")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)
    assert not (tmp_path / "notes.txt").exists()
    assert (tmp_path / "data.csv").read_text() == "before"
    expected = {"notes.txt": "somebody's", "data.csv": "somebody's"}
    with Leftovers(tmp_path):
        assert tree(tmp_path) == expected
    # But not what another process, which still runs, has put aside.
    with Leftovers(tmp_path) as aside:
        (tmp_path / "more.txt").touch()
        aside.put_aside()
        with Leftovers(tmp_path):
            assert not (tmp_path / "more.txt").exists()
    assert tree(tmp_path) == {**expected, "more.txt": ""}


def test_a_folder_with_too_much_in_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "_LIMIT", 3)
    with Leftovers(tmp_path) as aside:
        for number in range(4):
            (tmp_path / str(number)).touch()
        aside.put_aside()
        assert len(tree(tmp_path)) == 4


RESUMES = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=3.0)
train = tf.assign_sub(w, 0.1 * w)
saver = tf.train.Saver()
with tf.Session() as sess:
    found = tf.train.latest_checkpoint("model")
    if found:
        saver.restore(sess, found)
    else:
        sess.run(tf.global_variables_initializer())
    for _ in range(3):
        sess.run(train)
    saver.save(sess, "model/w.ckpt")
"""


def test_a_program_that_goes_on_from_what_it_saved_repeats(
    tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(RESUMES)
    with undisturbed(find_program("train.py")) as program:
        first, second = interpreter.run_all([program, program])
    assert first.trajectory is not None
    assert second.trajectory is not None
    assert first.trajectory.initial == second.trajectory.initial
    for _ in range(2):  # the second time, it has gone on before
        result = verify_script(Script(find_program("train.py")), interpreter)
        assert result.passed
        assert Path("model/w.ckpt.index").is_file()
