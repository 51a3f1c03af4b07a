"""`migrate-vars rewrite --to compat --prove`, from the command line to the files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from migrate_vars.cli import main

NET = """
import tensorflow as tf

def net(x):
    w = tf.get_variable("w", [3, 1], initializer=tf.glorot_uniform_initializer(seed=1))
    return tf.matmul(x, w)
"""
TRAIN = """
import numpy as np
import tensorflow as tf
from net import net

RATE = 0.1
x = tf.placeholder(tf.float32, [None, 3])
loss = tf.reduce_mean(tf.square(net(x) - x[:, :1]))
train = tf.train.MomentumOptimizer(RATE, 0.9).minimize(loss)
rows = np.random.RandomState(1)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(4):
        sess.run(train, {x: rows.rand(8, 3)})
"""
PROVE = ["rewrite", "--to", "compat", ".", "--prove", "train.py", "--isolated"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "other.py").write_text("import tensorflow as tf\nS = tf.Session\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MIGRATE_VARS_TF1_PYTHON", raising=False)
    return tmp_path


def test_what_trains_alike_is_written(
    project: Path, tf1_python: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*PROVE, "--tf1-python", str(tf1_python), "--output-format", "json"]) == 0
    out, err = capfd.readouterr()
    assert "import tensorflow.compat.v1 as tf\n" in (project / "net.py").read_text()
    assert "tf.disable_v2_behavior()\n" in (project / "train.py").read_text()
    assert "proof: train.py (TensorFlow 1.15" in err
    assert "4 steps" in err
    assert "2 of 3 rewritten files" in err
    reached = {f["path"]: f["reached"] for f in json.loads(out)["findings"]}
    assert reached == {"./net.py": True, "./train.py": True, "./other.py": False}


def test_nothing_is_written_if_it_trains_otherwise(
    project: Path, tf1_python: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = TRAIN.replace("RATE = 0.1", "RATE = 0.1 if tf.__version__[0] == '1' else 0.1001")
    (project / "train.py").write_text(text)
    assert main([*PROVE, "--tf1-python", str(tf1_python), "--output-format", "concise"]) == 1
    out, err = capfd.readouterr()
    assert (project / "train.py").read_text() == text
    assert (project / "net.py").read_text() == NET
    assert "MV906 left alone: the proof fails" in out
    assert "DIVERGED" in err


def test_nothing_is_written_if_nothing_can_be_proven(
    project: Path, tf1_python: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "train.py").write_text(TRAIN + "raise SystemExit('no data')\n")
    assert main([*PROVE, "--tf1-python", str(tf1_python)]) == 2
    assert "nothing was written" in capfd.readouterr().err
    assert (project / "net.py").read_text() == NET


def test_an_interpreter_with_tensorflow_1_is_needed(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*PROVE, "--python", sys.executable]) == 2
    assert "--tf1-python" in capfd.readouterr().err
    assert (project / "net.py").read_text() == NET
