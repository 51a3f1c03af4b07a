"""Symbols are replaced by what serves, wherever they stand; names that are not them stay."""

from __future__ import annotations

import pytest

from migrate_vars.compat.engine import rewrite_source
from tests.compat.compat_checks import V1_USE, check_left, check_transformed

TF = "import tensorflow as tf\n"
NEW = "import tensorflow.compat.v1 as tf\n"
OWN = "from migrate_vars.tf1 import contrib\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x):\n    return tf.contrib.layers.flatten(x)  # flat\n",
         OWN + "def f(x):\n    return contrib.layers.flatten(x)  # flat\n"),
        ("slim = tf.contrib.slim\n\n\ndef f(x):\n    return slim.conv2d(x)\n",
         OWN + "slim = contrib.slim\n\n\ndef f(x):\n    return slim.conv2d(x)\n"),
        ("def f(n):\n    return [tf.contrib.rnn.GRUCell(k) for k in n]\n",
         "def f(n):\n    return [tf.nn.rnn_cell.GRUCell(k) for k in n]\n"),
        ("class C(tf.contrib.rnn.RNNCell):\n    pass\n",
         "class C(tf.nn.rnn_cell.RNNCell):\n    pass\n"),
        ("def f(n):\n    return tf . contrib \\\n        . rnn.GRUCell(n)\n",
         "def f(n):\n    return tf.nn.rnn_cell.GRUCell(n)\n"),
        ("def f(x, init=tf.contrib.layers.xavier_initializer()):\n    return x\n",
         OWN + "def f(x, init=contrib.layers.xavier_initializer()):\n    return x\n"),
    ],
)  # fmt: skip
def test_symbols(before: str, after: str) -> None:
    check_transformed(TF + before, NEW + after)


def test_a_name_that_is_taken_is_not_bound_anew() -> None:
    check_transformed(
        TF + "contrib = 1\n\n\ndef f(x):\n    return tf.contrib.layers.flatten(x)\n",
        NEW + "from migrate_vars.tf1 import contrib as tf1_contrib\ncontrib = 1\n\n\n"
        "def f(x):\n    return tf1_contrib.layers.flatten(x)\n",
    )


def test_the_import_goes_where_tensorflow_is_imported() -> None:
    check_transformed(
        "def f(x):\n    import tensorflow as t\n    return t.contrib.layers.flatten(x)\n",
        "def f(x):\n    import tensorflow.compat.v1 as t\n"
        "    from migrate_vars.tf1 import contrib\n    return contrib.layers.flatten(x)\n",
    )


def test_packages_are_named() -> None:
    result = check_transformed(
        TF + "def f(x):\n    return tf.contrib.layers.flatten(tf.layers.dense(x, 1))\n",
        NEW + OWN + "def f(x):\n    return contrib.layers.flatten(tf.layers.dense(x, 1))\n",
    )
    assert result.needs == {"migrate-vars", "tf_keras"}


@pytest.mark.parametrize(
    "source",
    [
        "import torch as tf\n\n\ndef f(x):\n    return tf.contrib.layers.flatten(x)\n",
        "def f(tf, x):\n    return tf.contrib.layers.flatten(x)\n",
        "import tensorflow as t\n\n\ndef f(tf, x):\n    return tf.contrib.layers.flatten(x)\n",
        "import contrib\n\n\ndef f(x):\n    return contrib.layers.flatten(x)\n",
        "import tensorflow.compat.v1 as tf\n\n\ndef f(x):\n    return tf.layers.dense(x, 1)\n",
        "class A:\n    def f(self, x):\n        return self.tf.contrib.layers.flatten(x)\n",
        "text = 'tf.contrib.layers'  # tensorflow\n",
    ],
)
def test_other_names_are_left_alone(source: str) -> None:
    check_left(source)


def test_what_is_gone_is_reported_once_for_each_place() -> None:
    source = TF + "A = tf.contrib.tpu.TPUEstimator\nB = tf.contrib.tpu\n"
    result = rewrite_source(source.encode(), "lib.py")
    assert [(f.code, f.line) for f in result.findings] == [
        ("MV401", 1),
        ("MV403", 2),
        ("MV403", 3),
    ]


def test_an_ignore_comment_keeps_a_symbol() -> None:
    source = TF + (
        "A = tf.contrib.layers.flatten  # migrate-vars: ignore[MV402]\n"
        "B = tf.contrib.layers.flatten\n"
    )
    output = rewrite_source(source.encode(), "lib.py").output.decode()
    assert "A = tf.contrib.layers.flatten  #" in output
    assert "B = contrib.layers.flatten\n" in output


def test_codes_can_be_left_out() -> None:
    source = (TF + "A = tf.contrib.layers.flatten\n" + V1_USE).encode()
    result = rewrite_source(source, "lib.py", ignore=["MV402"])
    assert b"A = tf.contrib.layers.flatten" in result.output
    assert [f.code for f in result.findings] == ["MV401"]
    assert not rewrite_source(source, "lib.py", select=["MV9"]).changed


def test_a_method_s_comment_and_string_are_not_touched() -> None:
    check_transformed(
        TF + 'X = "tf.contrib.layers"  # tf.contrib.layers\nY = tf.contrib.layers\n',
        NEW + OWN + 'X = "tf.contrib.layers"  # tf.contrib.layers\nY = contrib.layers\n',
    )


def test_a_module_of_the_runtime_that_has_all_stays_in_use() -> None:
    check_transformed(
        "from tensorflow.contrib import rnn\n\n\ndef f(n):\n    return rnn.GRUCell(n)\n",
        "from migrate_vars.tf1.contrib import rnn\n\n\ndef f(n):\n    return rnn.GRUCell(n)\n",
    )


def test_what_the_runtime_lacks_of_a_module_is_reported() -> None:
    source = "from tensorflow.contrib import rnn\nA = rnn.GRUCell, rnn.SRUCell\n"
    result = rewrite_source(source.encode(), "lib.py")
    assert [(f.code, f.line) for f in result.findings] == [("MV401", 1), ("MV403", 2)]
    source = "from tensorflow.contrib import training\nA = training.HParams, training.bucket\n"
    result = rewrite_source(source.encode(), "lib.py")
    assert result.output.startswith(b"from migrate_vars.tf1.contrib import training\n")
    assert [(f.code, f.line) for f in result.findings] == [("MV401", 1), ("MV403", 2)]
    source = "from tensorflow.contrib.rnn import GRUCell, SRUCell\nA = GRUCell, SRUCell\n"
    result = rewrite_source(source.encode(), "lib.py")
    assert b"from tensorflow.contrib.rnn import SRUCell\n" in result.output
