"""Where a program starts, and what it switches there."""

from __future__ import annotations

import pytest

from migrate_vars.compat.engine import rewrite_source
from tests.compat.compat_checks import V1_USE, check_left, check_transformed

NEW = "import tensorflow.compat.v1 as tf\n"
OFF = "tf.disable_v2_behavior()\n"
KERAS = 'os.environ["TF_USE_LEGACY_KERAS"] = "1"\n'


@pytest.mark.parametrize(
    ("body", "filename"),
    [
        ("x = tf.placeholder(tf.float32)\n", "train.py"),
        ("def main():\n    tf.Session()\n\n\nmain()\n", "train.py"),
        ("def main(_):\n    tf.Session()\n\n\nif __name__ == '__main__':\n    main(0)\n", "a.py"),
        ("def main(_):\n    tf.Session()\n\n\ntf.app.run(main)\n", "a.py"),
        ("def test_it():\n    tf.Session()\n", "test_it.py"),
        ("class ItTest(tf.test.TestCase):\n    def test_it(self):\n        tf.Session()\n",
         "it_test.py"),
        ("with tf.Session() as s:\n    pass\n", "train.py"),
        ("for k in range(3):\n    tf.add_to_collection('k', k)\n", "train.py"),
    ],
)  # fmt: skip
def test_an_entry_switches_behaviour_off(body: str, filename: str) -> None:
    check_transformed(f"import tensorflow as tf\n{body}", f"{NEW}{OFF}{body}", filename)


@pytest.mark.parametrize(
    "body",
    [
        "def inputs():\n    return tf.placeholder(tf.float32)\n",
        "class Model:\n    x = None\n\n    def f(self):\n        return tf.Session()\n",
        "FLAGS = tf.app.flags.FLAGS\ntf.app.flags.DEFINE_string('a', '', '')\n",
        "LOG = print('x')\nA = tf.float32, tf.Session\n",
    ],
)
def test_a_library_does_not(body: str) -> None:
    check_transformed(f"import tensorflow as tf\n{body}", f"{NEW}{body}")


def test_files_that_are_never_run_do_not() -> None:
    body = "x = tf.placeholder(tf.float32)\n"
    for name in ("pkg/__init__.py", "conftest.py"):
        check_transformed(f"import tensorflow as tf\n{body}", NEW + body, name)


def test_what_is_switched_already_stays() -> None:
    check_left(f"{NEW}{OFF}x = tf.placeholder(tf.float32)\n", filename="train.py")
    check_left(f"{NEW}tf.enable_v2_behavior()\nx = tf.Session()\n", filename="train.py")
    check_left(
        "import tensorflow as tf\ntf.compat.v1.disable_v2_behavior()\n"
        "x = tf.compat.v1.placeholder(tf.float32)\n",
        filename="train.py",
    )


def test_a_program_of_compat_names_is_switched_where_it_runs_sessions() -> None:
    check_transformed(
        f"{NEW}x = tf.placeholder(tf.float32)\n", f"{NEW}{OFF}x = tf.placeholder(tf.float32)\n"
    )
    check_left(f"{NEW}x = tf.constant(1.)\n", filename="train.py")


def test_the_switch_stands_below_the_added_import() -> None:
    check_transformed(
        "import tensorflow as tf\nx = tf.contrib.layers.flatten(tf.zeros([1, 1]))\n",
        f"{NEW}from migrate_vars.tf1 import contrib\n{OFF}"
        "x = contrib.layers.flatten(tf.zeros([1, 1]))\n",
    )


def test_in_a_line_with_other_statements() -> None:
    check_transformed(
        "import os; import tensorflow as tf; x = tf.placeholder(tf.float32)\n",
        "import os; import tensorflow.compat.v1 as tf; tf.disable_v2_behavior(); "
        "x = tf.placeholder(tf.float32)\n",
    )


def test_in_a_block() -> None:
    check_transformed(
        "try:\n    import tensorflow as tf  # needed\nexcept ImportError:\n    raise\n"
        "x = tf.placeholder(tf.float32)",
        "try:\n    import tensorflow.compat.v1 as tf  # needed\n    tf.disable_v2_behavior()\n"
        "except ImportError:\n    raise\nx = tf.placeholder(tf.float32)",
    )


def test_tensorflow_by_another_name() -> None:
    check_transformed(
        "import tensorflow\nx = tensorflow.placeholder(tensorflow.float32)\n",
        "import tensorflow.compat.v1 as tensorflow\ntensorflow.disable_v2_behavior()\n"
        "x = tensorflow.placeholder(tensorflow.float32)\n",
    )
    check_transformed(
        "from tensorflow import placeholder\ntf = 1\nx = placeholder('float')\n",
        "from tensorflow.compat.v1 import placeholder\nimport tensorflow.compat.v1 as tf1\n"
        "tf1.disable_v2_behavior()\ntf = 1\nx = placeholder('float')\n",
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("", "import os\n" + KERAS),
        ("import os\n", "import os\n" + KERAS),
        ("import os.path\n", "import os.path\n" + KERAS),
        ('"""Doc."""\nfrom __future__ import division\n',
         '"""Doc."""\nfrom __future__ import division\nimport os\n' + KERAS),
        ("import numpy as np\n", "import numpy as np\nimport os\n" + KERAS),
        ("os = 1\n", 'os = 1\nimport os as _os\n_os.environ["TF_USE_LEGACY_KERAS"] = "1"\n'),
    ],
)  # fmt: skip
def test_keras_is_asked_for_before_tensorflow_is_imported(start: str, expected: str) -> None:
    body = "x = tf.layers.dense(tf.zeros([1, 1]), 1)\n"
    check_transformed(f"{start}import tensorflow as tf\n{body}", f"{expected}{NEW}{OFF}{body}")


def test_keras_is_asked_for_before_a_package_that_imports_tensorflow() -> None:
    check_transformed(
        "import tensorflow_hub as hub\nimport tensorflow as tf\nx = tf.nn.rnn_cell.GRUCell(3)\n",
        f"import os\n{KERAS}{NEW}{OFF}import tensorflow_hub as hub\n{NEW}"
        "x = tf.nn.rnn_cell.GRUCell(3)\n",
    )


def test_safe_only_keeps_what_is_certain() -> None:
    source = b"import tensorflow as tf\nx = tf.placeholder(tf.float32)\n"
    assert rewrite_source(source, safe_only=True).output == rewrite_source(source).output


def test_ignored_switches_are_not_made() -> None:
    source = ("import tensorflow as tf\nx = tf.Session()\n" + V1_USE).encode()
    assert OFF.encode() not in rewrite_source(source, ignore=["MV404"]).output
