"""What is counted in one file, which rung it is on, and what was not understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrate_vars.survey.rungs import Rung
from tests.survey.projects import survey_of, surveyed

V1 = """\
import tensorflow as tf
from tensorflow.contrib import slim
from tensorflow.contrib.rnn import GRUCell as Cell
layers = tf.layers

x = tf.placeholder(tf.float32)
y = layers.dense(slim.fully_connected(x, 3), 1)
cell = Cell(3)
v = tf.Variable(0.)
up = tf.assign_add(v, 1.)
tf.assign(unknown(), 2.)
tf.assign(graph.get_tensor_by_name("v:0"), 1.)
make = tf.Session
with tf.Session() as sess:
    tf.summary.scalar("y", y)
    tf.train.Saver().save(sess, "x")
# tf.placeholder(tf.float32) in a comment
text = "tf.placeholder(tf.float32)"
"""


def test_what_a_file_uses_is_counted(tmp_path: Path) -> None:
    found = survey_of(tmp_path, V1)
    assert {key: dict(symbols) for key, symbols in found.counts.items()} == {
        "placeholders": {"placeholder": 1},
        # Giving a name to a module is a use of it, and so is each use of the name.
        "layers": {"layers": 1, "layers.dense": 1},
        "contrib": {"contrib.slim.fully_connected": 1, "contrib.rnn.GRUCell": 1},
        "rnn_cells": {"contrib.rnn.GRUCell": 1},
        "sessions": {"Session": 1},  # one that is not called is none
        "summaries": {"summary.scalar": 1},
        "savers": {"train.Saver": 1},
    }
    assert found.state_ops == {
        ("assign_add", "safe"): 1,
        ("assign", "assumed"): 1,
        ("assign", "refused"): 1,
    }
    assert found.rung is Rung.V1
    assert found.entry


def test_names_that_hide_tensorflow_do_not_count(tmp_path: Path) -> None:
    source = (
        "import tensorflow as tf\ndef f(tf):\n    return tf.placeholder(1)\ntf.placeholder(2)\n"
    )
    found = survey_of(tmp_path, source)
    assert found.counts == {"placeholders": {"placeholder": 1}}
    assert [gap.line for gap in found.gaps] == [3]  # it may be TensorFlow that is passed


@pytest.mark.parametrize(
    ("source", "rung"),
    [
        ("import tensorflow as tf\nx = tf.placeholder(tf.float32)\n", Rung.V1),
        ("import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\nv = tf.Variable(1.)\n"
         "u = tf.assign(v, 2.)\nwith tf.Session() as s:\n    s.run(u)\n", Rung.COMPAT),
        ("import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\nv = tf.Variable(1.)\n"
         "u = v.assign(2.)\nwith tf.Session() as s:\n    s.run(u)\n", Rung.METHODS),
        ("import tensorflow as tf\nwith tf.GradientTape() as t:\n    pass\n", Rung.EAGER),
        ("import tensorflow as tf\nm = tf.keras.Sequential()\nm.fit(x, y)\n", Rung.KERAS),
        ("import numpy as np\nprint(np.zeros(3))  # not tensorflow\n", Rung.NONE),
    ],
)  # fmt: skip
def test_each_file_is_on_a_rung(source: str, rung: Rung, tmp_path: Path) -> None:
    assert survey_of(tmp_path, source).rung is rung


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import tensorflow as tf\nprint tf.placeholder(1)\n", "Python 2"),
        ("from tensorflow import *\nplaceholder(float32)\n", "not told apart"),
        ("from elsewhere import tf\nx = tf.placeholder(1)\n", "where tf comes from"),
        ("import importlib\nt = importlib.import_module('tensorflow')\n", "by a string"),
        ("import tensorflow as tf\nx = (\n", "cannot be parsed"),
    ],
)
def test_what_is_not_understood_is_never_passed_over(source: str, why: str, tmp_path: Path) -> None:
    found = survey_of(tmp_path, source)
    assert found.rung is Rung.UNKNOWN
    assert any(why in gap.why for gap in found.gaps)
    assert found.python_2 == (why == "Python 2")


@pytest.mark.parametrize(
    "source",
    [
        "print 'no import'\n",
        "import tf\ntf.transform(1)\n",
        "from absl import flags as tf\ntf.DEFINE_string('a', '', '')\n",
    ],
)
def test_what_has_nothing_to_do_with_tensorflow_is_no_gap(source: str, tmp_path: Path) -> None:
    found = survey_of(tmp_path, source)
    assert found.rung is Rung.NONE
    assert found.gaps == ()


def test_a_file_in_utf_16_is_not_understood(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes("import tensorflow as tf\n".encode("utf-16"))
    (found,) = surveyed(tmp_path, {}).files
    assert "UTF-16" in found.gaps[0].why


def test_a_notebook_is_counted_by_its_cells(tmp_path: Path) -> None:
    cells = [
        ["%matplotlib inline\n", "import tensorflow as tf"],
        ["x = tf.placeholder(tf.float32)\n", "v = tf.Variable(1.)"],
        ["%%timeit\n", "tf.assign(v, 2.)"],
        ["print tf.placeholder(tf.float32)"],
    ]
    source = json.dumps(
        {
            "cells": [
                {"cell_type": "code", "source": c, "metadata": {}, "outputs": []} for c in cells
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 2,
        }
    )
    found = survey_of(tmp_path, source, "a.ipynb")
    assert found.counts == {"placeholders": {"placeholder": 1}}
    assert found.state_ops == {("assign", "safe"): 1}
    assert [(gap.cell, gap.line, gap.python_2) for gap in found.gaps] == [(4, 1, True)]
    assert found.entry
    assert found.rung is Rung.UNKNOWN


def test_what_a_module_of_the_project_re_exports_is_followed(tmp_path: Path) -> None:
    sources = {
        "compat.py": "import tensorflow.compat.v1 as tf\n",
        "train.py": "from compat import tf\nx = tf.placeholder(tf.float32)\n",
    }
    found = {Path(f.path).name: f for f in surveyed(tmp_path, sources).files}
    assert found["train.py"].counts == {"placeholders": {"placeholder": 1}}
    assert found["train.py"].gaps == ()


def test_obstacles_name_the_symbol(tmp_path: Path) -> None:
    source = (
        "import tensorflow as tf\nimport numpy as np\nx = tf.contrib.nowhere.thing(np.float(1))\n"
        "v = tf.Variable(1)\ntf.count_up_to(v, 3)\n"
    )
    found = survey_of(tmp_path, source)
    assert {(o.rung, o.what, o.line) for o in found.obstacles} == {
        (Rung.COMPAT, "tf.contrib.nowhere", 3),
        (Rung.COMPAT, "names that NumPy dropped", 3),
        (Rung.METHODS, "count_up_to, which has no method", 5),
    }


def test_an_import_that_is_left_names_what_it_imports(tmp_path: Path) -> None:
    source = "import tensorflow as tf\nfrom tensorflow.contrib import nowhere\nnowhere.f()\n"
    found = survey_of(tmp_path, source)
    assert {obstacle.what for obstacle in found.obstacles} == {"tf.contrib.nowhere"}
