"""MV208: a state op whose name stands in a string."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise
from migrate_vars.codemod.strings import named_by_string, path_to_state_op


class NamedInString(Rule):
    """A string that is the full name of a state op, to be imported or patched."""

    code = "MV208"
    title = "A string names a state op"
    rationale = (
        "mock.patch('package.train.tf.assign') and a string such as 'tensorflow.assign' find the "
        "function when the program runs. Strings are never changed; but TensorFlow 2 has no "
        "tf.assign, and once the calls are rewritten into methods, nothing calls a patched "
        "tf.assign any more: a test that counts its calls fails, one that relies on its effect "
        "tests nothing. Patch the method of the variable instead. Comments, docstrings and prose "
        "are not looked at."
    )
    valid = (
        "import tensorflow as tf\nif hasattr(tf, 'assign'): pass\n",
        'def f(v):\n    """Like tf.assign(v, 1)."""\n    return "tf.assign(v, 3)"\n',
        '"""tensorflow.assign"""\n',
        "import tensorflow as tf\nf = getattr(tf, name)\n",
        "patch('package.dataframe.assign')\n",
        "print('see tf.assign')\n",
        "@tf_export('keras.backend.update')\ndef update(x, new_x): pass\n",
    )
    invalid = (
        Invalid("@mock.patch('package.train.tf.assign')\ndef test(assign): pass\n"),
        Invalid("monkeypatch.setattr('package.tf.assign_add', f)\n"),
        Invalid("OPS = {'set': 'tensorflow.compat.v1.assign'}\n"),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find strings that are such names."""
        calls: dict[int, ast.Call] = {}
        patched: set[int] = set()
        for node, scope, _, statement in module.located:
            if isinstance(node, ast.Call):
                arguments = [*node.args, *(k.value for k in node.keywords)]
                calls.update((id(argument), node) for argument in arguments)
                if any(True for _ in named_by_string(node, scope, module.names)):
                    patched.update(map(id, arguments))  # another rule reports it
            elif isinstance(node, ast.Constant) and id(node) not in patched:
                docstring = isinstance(statement, ast.Expr) and statement.value is node
                path = None if docstring else path_to_state_op(node, calls.get(id(node)))
                if path:
                    yield advise(f"this string names '{path}'; it is left as it is", node)
