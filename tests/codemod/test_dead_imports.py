"""Imports that TensorFlow 2 lacks: which go with their last use, and which stay."""

from __future__ import annotations

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.findings.finding import Status
from tests.codemod.rewriting_checks import check_transformed

FROM = "from tensorflow import assign\n"
CALL = "assign(v, 1.)\n"
GONE = {
    "alone": ("from tensorflow import assign\nassign(v, 1.)\n", "v.assign(1.)\n"),
    "alias": (
        "import os\nfrom tensorflow import assign as a\na(v, 1.)\n",
        "import os\nv.assign(1.)\n",
    ),
    "several": (
        "from tensorflow import assign, assign_add as up\nup(v, 1.)\nassign(v, 1.)\n",
        "v.assign_add(1.)\nv.assign(1.)\n",
    ),
    "comments": (
        "from tensorflow import (  # one\n    assign,  # two\n    # three\n    assign_add,\n"
        ")  # four\nassign(v, 1.)\nassign_add(v, 1.)\n",
        "# one\n# two\n# three\n# four\nv.assign(1.)\nv.assign_add(1.)\n",
    ),
    "continued": (
        "import os\nfrom tensorflow import \\\n    assign\nassign(v, 1.)\n",
        "import os\nv.assign(1.)\n",
    ),
    "in a function": (
        "def f(v):\n    from tensorflow import assign  # here\n    return assign(v, 1.)\n",
        "def f(v):\n    # here\n    return v.assign(1.)\n",
    ),
    "in a function for another": (
        "def f(v):\n    from tensorflow import assign\n    return lambda x: assign(v, x)\n",
        "def f(v):\n    return lambda x: v.assign(x)\n",
    ),
    "only statement of a block": (
        "if x:\n    from tensorflow import assign  # old\nassign(v, 1.)\n",
        "if x:\n    pass  # old\nv.assign(1.)\n",
    ),
    "on the line of its block": (
        "if x: from tensorflow import assign\nassign(v, 1.)\n",
        "if x: pass\nv.assign(1.)\n",
    ),
    "first on a line": (
        "from tensorflow import assign; import os\nassign(v, 1.)\n",
        "import os\nv.assign(1.)\n",
    ),
    "last on a line": (
        "import os; from tensorflow import assign  # both\nassign(v, 1.)\n",
        "import os  # both\nv.assign(1.)\n",
    ),
    "an import takes its place": (
        "from tensorflow import scatter_add  # sparse\nscatter_add(v, i, u)\n",
        "import tensorflow as tf  # sparse\nv.scatter_add(tf.IndexedSlices(indices=i, values=u))\n",
    ),
    "an import takes its place in a function": (
        "def f(v):\n    from tensorflow import scatter_add\n    return scatter_add(v, i, u)\n",
        "def f(v):\n    import tensorflow as tf\n"
        "    return v.scatter_add(tf.IndexedSlices(indices=i, values=u))\n",
    ),
    "call inside a call": (
        "from tensorflow import assign\nassign(v, assign(w, 1.))\n",
        "v.assign(w.assign(1.))\n",
    ),
    "name of an op": (
        "from tensorflow import assign\nassign(v, 1., name='assign')\n",
        "v.assign(1., name='assign')\n",
    ),
    "prose": (
        "'''About assign.'''\nfrom tensorflow import assign\ndef f(v):\n    'assign'\n"
        "    return assign(v, 1.)  # assign\n",
        "'''About assign.'''\ndef f(v):\n    'assign'\n    return v.assign(1.)  # assign\n",
    ),
    "__all__ without it": (
        "from tensorflow import assign\n__all__ = ['f']\ndef f(v): return assign(v, 1.)\n",
        "__all__ = ['f']\ndef f(v): return v.assign(1.)\n",
    ),
    "another assign": (
        "from tensorflow import assign\nassign(v, 1.)\ndef f(assign): return assign\n",
        "v.assign(1.)\ndef f(assign): return assign\n",
    ),
    "attribute": (
        "from tensorflow import assign\nassign(v, 1.)\nx.assign(1)\n",
        "v.assign(1.)\nx.assign(1)\n",
    ),
    "core": ("from tensorflow_core import assign\nassign(v, 1.)\n", "v.assign(1.)\n"),
}


@pytest.mark.parametrize(("source", "expected"), GONE.values(), ids=GONE.keys())
def test_the_import_goes_with_the_last_use(source: str, expected: str) -> None:
    check_transformed(source, expected)
    (found,) = [f for f in rewrite_source(source.encode()).findings if f.code == "MV113"]
    assert (found.status, found.safety) == (Status.REWRITTEN, None)
    assert "was removed with its last use" in found.message


STAYS = {
    "another name is used": "from tensorflow import assign, Variable\nassign(v, Variable(1.))\n",
    "another name is not used": "from tensorflow import assign, Variable\n" + CALL,
    "another op was never used": "from tensorflow import assign, assign_add\n" + CALL,
    "never used": FROM + "tf.assign\n",
    "a call that is left": FROM + "assign(v, x, validate_shape=False)\n" + CALL,
    "a call of a tensor": FROM + "assign(-v, 1.)\n" + CALL,
    "value": FROM + "f = assign\n" + CALL,
    "decorator": FROM + "@assign\ndef f(): pass\n" + CALL,
    "default": FROM + "def f(x=assign): pass\n" + CALL,
    "annotation": FROM + "def f(x: assign): pass\n" + CALL,
    "del": FROM + CALL + "del assign\n",
    "rebound": FROM + CALL + "assign = None\n",
    "in a function": FROM + CALL + "def f(): return assign\n",
    "__all__": FROM + "__all__ = ['f', 'assign']\n" + CALL,
    "__all__ in a tuple": FROM + "__all__ = 'f', 'assign'\n" + CALL,
    "__all__ that grows": FROM + "__all__ = []\n__all__ += ['assign']\n" + CALL,
    "__all__ of others": FROM + "__all__ = a.__all__ + ['f']\n" + CALL,
    "__all__ extended": FROM + "__all__ = []\n__all__.extend(x)\n" + CALL,
    "marked as re-export": "from tensorflow import assign as assign\n" + CALL,
    "by a string": FROM + CALL + "getattr(module, 'assign')\n",
    "patched": FROM + CALL + "patch('pkg.module.assign')\n",
    "globals()": FROM + CALL + "globals()[name]\n",
    "eval": FROM + CALL + "eval(text)\n",
    "try": (
        "try:\n    from tensorflow import assign\nexcept ImportError:\n"
        "    from tensorflow.compat.v1 import assign\n" + CALL
    ),
    "except": (
        "try:\n    from tensorflow.compat.v1 import assign\nexcept ImportError:\n"
        "    from tensorflow import assign\n" + CALL
    ),
    "inside a try": "try:\n    if x:\n        from tensorflow import assign\nfinally: f()\n" + CALL,
    "another branch": (
        "if x:\n    from tensorflow import assign\nelse:\n"
        "    from tensorflow.compat.v1 import assign\n" + CALL
    ),
    "class": "class A:\n    from tensorflow import assign\n    x = assign(v, 1.)\n",
    "global": "def f():\n    global assign\n    from tensorflow import assign\n" + CALL,
    "documentation": FROM + "'text'\n" + CALL,
    "ignored": "from tensorflow import assign  # migrate-vars: ignore[MV113]\n" + CALL,
    "star": "from tensorflow import *\nimport tensorflow as tf\ntf.assign(v, 1.)\n",
    "TensorFlow 2 has it": "from tensorflow.compat.v1 import assign\n" + CALL,
    "another module": "from tensorflow.python.ops.state_ops import assign\n" + CALL,
}


@pytest.mark.parametrize("source", STAYS.values(), ids=STAYS.keys())
def test_an_import_that_something_may_need_stays(source: str) -> None:
    result = rewrite_source(source.encode())
    assert "MV113" not in {finding.code for finding in result.findings}
    (line,) = [n for n in source.splitlines() if "import assign" in n or "import *" in n][:1]
    assert line in result.output.decode().splitlines()
    again = rewrite_source(result.output)
    assert not again.changed


def test_in_a_package_it_stays() -> None:
    source = b"from tensorflow import assign\nassign(v, 1.)\n"
    assert b"import" in rewrite_source(source, "pkg/__init__.py").output
    assert b"import" not in rewrite_source(source, "pkg/ops.py").output


def test_what_is_used_elsewhere_stays() -> None:
    source = b"from tensorflow import assign as a\na(v, 1.)\n"
    asked: list[str] = []

    def used(name: str) -> bool:
        asked.append(name)
        return True

    result = rewrite_source(source, used_elsewhere=used)
    assert asked == ["a"]
    assert b"import" in result.output
    # What only a function knows is nobody else's.
    source = b"def f(v):\n    from tensorflow import assign\n    assign(v, 1.)\n"
    assert b"import" not in rewrite_source(source, used_elsewhere=lambda name: True).output


def test_it_stays_where_its_code_is_not_wanted() -> None:
    source = b"from tensorflow import assign\nassign(v, 1.)\n"
    for options in ({"select": ("MV101",)}, {"ignore": ("MV113",)}):
        result = rewrite_source(source, **options)  # type: ignore[arg-type]
        assert result.output == b"from tensorflow import assign\nv.assign(1.)\n"
