"""Every form of import gives what ``compat.v1`` has; what is none of it stays."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_vars.compat.engine import rewrite_source
from migrate_vars.compat.facts import FACTS, Fact
from tests.compat.compat_checks import V1_USE, check_left, check_transformed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import tensorflow as tf", "import tensorflow.compat.v1 as tf"),
        ("import tensorflow  as  tf  # TF", "import tensorflow.compat.v1 as tf  # TF"),
        ("import numpy as np, tensorflow as tf", "import numpy as np, tensorflow.compat.v1 as tf"),
        ("import tensorflow as tf; import os", "import tensorflow.compat.v1 as tf; import os"),
        (
            "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None",
            "try:\n    import tensorflow.compat.v1 as tf\nexcept ImportError:\n    tf = None",
        ),
        ("try: import tensorflow as tf\nfinally: pass",
         "try: import tensorflow.compat.v1 as tf\nfinally: pass"),
        ("import \\\n  tensorflow as tf", "import \\\n  tensorflow.compat.v1 as tf"),
    ],
)  # fmt: skip
def test_imports_of_tensorflow(before: str, after: str) -> None:
    check_transformed(before + V1_USE, after + V1_USE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from tensorflow import Session", "from tensorflow.compat.v1 import Session"),
        (
            "from tensorflow import (\n    Session,  # one\n    constant as c,\n)",
            "from tensorflow.compat.v1 import (\n    Session,  # one\n    constant as c,\n)",
        ),
        ("from tensorflow.train import Saver", "from tensorflow.compat.v1.train import Saver"),
        ("from tensorflow import *\nSession()", "from tensorflow.compat.v1 import *\nSession()"),
        (
            "from tensorflow.contrib.layers import flatten as f",
            "from migrate_vars.tf1.contrib.layers import flatten as f",
        ),
        ("from tensorflow.contrib import layers",
         "from migrate_vars.tf1.contrib import layers"),
        ("import tensorflow.contrib.slim as slim",
         "import migrate_vars.tf1.contrib.slim as slim"),
        ("import tensorflow.contrib.slim\nX = tensorflow.contrib.slim.conv2d",
         "import tensorflow.compat.v1 as tensorflow\nfrom migrate_vars.tf1 import contrib\n"
         "X = contrib.slim.conv2d"),
        ("from tensorflow.contrib.rnn import BasicLSTMCell, static_rnn  # cells",
         "from tensorflow.compat.v1.nn.rnn_cell import BasicLSTMCell\n"
         "from tensorflow.compat.v1.nn import static_rnn  # cells"),
        ("from tensorflow import contrib, Session\nX = contrib.layers.flatten",
         "from migrate_vars.tf1 import contrib\nfrom tensorflow.compat.v1 import Session\n"
         "X = contrib.layers.flatten"),
    ],
)  # fmt: skip
def test_imports_of_names(before: str, after: str) -> None:
    check_transformed(before + "\n", after + "\n")


@pytest.mark.parametrize(
    "source",
    [
        "import tensorflow as tf\n\n\ndef f(x):\n    return tf.nn.relu(x)\n",
        "import tensorflow as tf\n\n\n@tf.function\ndef f(x):\n    return tf.keras.losses.mse(x)\n",
        "import tensorflow as tf\n\n\ndef f():\n    return tf.compat.v1.placeholder(tf.float32)\n",
        "import tensorflow.compat.v1 as tf\n\n\ndef f():\n    return tf.placeholder(tf.float32)\n",
        "from tensorflow.compat import v1 as tf\n\n\ndef f():\n    return tf.Session()\n",
        "from tensorflow.python.framework import ops\n",
        "import numpy as np  # not tensorflow\n",
        "def f(tensorflow):\n    return tensorflow.Session()\n",
        "import tensorflow_hub as hub\n",
        "from .tensorflow import Session\n",
    ],
)
def test_what_is_not_of_tensorflow_1_is_left_alone(source: str) -> None:
    check_left(source)


def test_what_nothing_serves_for_is_left_and_the_rest_is_changed() -> None:
    source = "from tensorflow.contrib import tpu, layers\nX = tpu, layers\n"
    result = rewrite_source(source.encode(), "lib.py")
    assert result.output.decode() == (
        "from tensorflow.contrib import tpu\nfrom migrate_vars.tf1.contrib import layers\n"
        "X = tpu, layers\n"
    )
    assert [f.code for f in result.findings] == ["MV401", "MV403"]


@pytest.fixture
def zoo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of contrib that nothing serves as a whole, but one name of it."""
    name = "contrib.zoo.relu"
    monkeypatch.setitem(FACTS, name, Fact(name, "tensorflow.compat.v1.nn.relu"))


@pytest.mark.usefixtures("zoo")
def test_an_import_goes_with_its_last_use() -> None:
    check_transformed(
        "import tensorflow as tf\nfrom tensorflow.contrib import zoo  # all\n\n\n"
        "def f(n):\n    return zoo.relu(n)\n",
        "import tensorflow.compat.v1 as tf\n# all\n\n\ndef f(n):\n    return tf.nn.relu(n)\n",
    )
    check_transformed(
        "def f(n):\n    from tensorflow.contrib import zoo\n    return zoo.relu(n)\n",
        "def f(n):\n    import tensorflow.compat.v1 as tf\n    return tf.nn.relu(n)\n",
    )
    check_transformed(
        "import tensorflow.contrib.zoo as z\nimport tensorflow as tf\nA = z.relu, z.relu\n",
        "import tensorflow.compat.v1 as tf\nA = tf.nn.relu, tf.nn.relu\n",
    )


@pytest.mark.usefixtures("zoo")
def test_an_import_that_something_needs_stays() -> None:
    source = "from tensorflow.contrib import zoo\n\n\ndef f(n):\n    return zoo.relu(n), zoo\n"
    result = rewrite_source(source.encode(), "lib.py")
    assert result.output.startswith(b"from tensorflow.contrib import zoo\n")
    assert "MV403" in {f.code for f in result.findings}


def test_private_modules_stay_and_are_named_where_they_are_gone() -> None:
    source = "from tensorflow.python.framework import ops, tensor_like\nX = ops, tensor_like\n"
    check_left(source)  # nothing tells that it is of TensorFlow 1
    result = rewrite_source(f"import tensorflow as tf\n{source}{V1_USE}".encode(), "lib.py")
    assert source.encode() in result.output
    assert [f.code for f in result.findings] == ["MV401", "MV406"]


NAMES = st.sampled_from(
    [
        ("tensorflow", "Session"),
        ("tensorflow", "placeholder"),
        ("tensorflow.train", "Saver"),
        ("tensorflow.contrib", "layers"),
        ("tensorflow.contrib.layers", "flatten"),
        ("tensorflow.contrib.rnn", "LSTMCell"),
        ("os", "path"),
    ]
)


@st.composite
def import_statements(draw: st.DrawFn) -> str:
    """Draw an import, in any layout."""
    if draw(st.booleans()):
        modules = draw(st.lists(st.sampled_from(["tensorflow", "os", "sys"]), min_size=1))
        parts = [f"{m} as {draw(st.sampled_from(['tf', 'x', 'y']))}" for m in modules]
        return "import " + draw(st.sampled_from([", ", ",", " ,\\\n  "])).join(parts)
    module, first = draw(NAMES)
    others = draw(st.lists(NAMES.filter(lambda pair: pair[0] == module), max_size=2))
    aliases = [
        draw(st.sampled_from([name, f"{name} as {name}", f"{name} as other"]))
        for name in (first, *(name for _, name in others))
    ]
    gap = draw(st.sampled_from([" ", "\n  ", "  # why\n  "]))
    listed = f",{gap}".join(aliases)
    if "\n" in gap or draw(st.booleans()):
        return f"from {module} import ({gap}{listed}{draw(st.sampled_from(['', ',']))})"
    return f"from {module} import {listed}"


def bound(source: str) -> list[str]:
    """The names that the imports of a module bind."""
    return sorted(
        {
            alias.asname or alias.name.partition(".")[0]
            for node in ast.walk(ast.parse(source))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
    )


FRAMES = st.sampled_from(
    ["{}\n", "if a:\n    {}\n", "def f():\n    {}  # end\n    return 1\n", "x = 1; {}\n", "{}"]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(import_statements(), min_size=1, max_size=3), FRAMES)
def test_the_same_names_are_bound_as_before(statements: list[str], frame: str) -> None:
    lines = [frame.format(one) for one in statements]
    source = (
        "\n".join(lines)
        + "\nimport tensorflow as first\nfirst.Session\n"
        + "\n".join(
            f"print({name})" for name in ("layers", "flatten", "LSTMCell", "other", "x", "y", "tf")
        )
    )
    result = rewrite_source(source.encode(), "lib.py")
    output = result.output.decode()
    assert bound(output) == bound(source)
    assert "from tensorflow import" not in output
    assert not rewrite_source(result.output, "lib.py").changed
