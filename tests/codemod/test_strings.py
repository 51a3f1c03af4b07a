"""State ops that are named in strings, or used as values."""

from __future__ import annotations

import pytest

from tests.codemod.rewriting_checks import IMPORT, check_left

NAMED = {
    "patch": ("mock.patch('tensorflow.assign')\n", "MV202"),
    "patch by keyword": ("mock.patch(target='tensorflow.assign', new=f)\n", "MV202"),
    "decorator": ("@patch('tensorflow.compat.v1.assign_add')\ndef test(a): pass\n", "MV202"),
    "with": ("with mock.patch('tensorflow.assign') as a:\n    pass\n", "MV202"),
    "patch.object": ("mock.patch.object(tf, 'assign')\n", "MV202"),
    "patch.object by keyword": ("patch.object(target=tf, attribute='assign')\n", "MV202"),
    "patch.multiple": ("patch.multiple(tf, assign=f)\n", "MV202"),
    "patch.multiple by name": ("patch.multiple('tensorflow', assign=f)\n", "MV202"),
    "monkeypatch": ("monkeypatch.setattr('tensorflow.compat.v1.assign', f)\n", "MV202"),
    "monkeypatch object": ("monkeypatch.setattr(tf.compat.v1, 'assign', f)\n", "MV202"),
    "mocker": ("mocker.patch('tensorflow.assign_sub')\n", "MV202"),
    "setattr": ("setattr(tf, 'assign', f)\n", "MV202"),
    "delattr": ("delattr(tf, 'assign')\n", "MV202"),
    "item": ("tf.__dict__['assign'] = f\n", "MV202"),
    "getattr": ("f = getattr(tf, 'assign_add')\n", "MV201"),
    "getattr with default": ("f = getattr(tf.compat.v1, 'assign', None)\n", "MV201"),
    "vars": ("f = vars(tf)['assign']\n", "MV201"),
    "other module": ("mock.patch('package.train.tf.assign')\n", "MV208"),
    "string": ("f = locate('tensorflow.python.ops.state_ops.assign')\n", "MV208"),
    "list": ("OPS = ['tensorflow.assign']\n", "MV208"),
    "raw op": ("mock.patch('tensorflow.python.ops.gen_state_ops.assign')\n", "MV208"),
}
SILENT = {
    "hasattr": "if hasattr(tf, 'assign'): pass\n",
    "unknown name": "f = getattr(tf, name)\n",
    "other object": "mock.patch.object(agent, 'assign')\n",
    "other name": "mock.patch('package.frame.assign')\n",
    "docstring": "def f():\n    '''tensorflow.assign'''\n",
    "prose": "print('use tf.assign')\nx = 'tf.assign(v, 3)'\n",
    "export": "@tf_export('keras.backend.update')\ndef f(): pass\n",
    "all": "__all__ = ['assign']\n",
    "comment": "# tf.assign(v, 2)\n",
}
VALUES = {
    "alias": ("g = tf.assign\n", "MV201"),
    "partial": ("g = functools.partial(tf.assign, v)\n", "MV201"),
    "map": ("g = list(map(tf.assign, a, b))\n", "MV201"),
    "default": ("def f(op=tf.assign): pass\n", "MV201"),
    "keyword default": ("def f(*, op=tf.assign): pass\n", "MV201"),
    "lambda default": ("f = lambda op=tf.assign: op\n", "MV201"),
    "dict": ("OPS = {'set': tf.assign}\nOPS['set'](v, 1.)\n", "MV201"),
    "argument": ("run(op=tf.assign)\n", "MV201"),
    "decorator": ("@tf.assign\ndef f(): pass\n", "MV201"),
    "decorator call": ("@wraps(tf.assign)\ndef f(): pass\n", "MV201"),
    "attribute": ("print(tf.assign.__name__)\n", "MV201"),
    "comparison": ("if f is tf.assign: pass\n", "MV201"),
    "return": ("def f():\n    return tf.assign\n", "MV201"),
    "class body": ("class A:\n    op = tf.assign\n", "MV201"),
    "member": ("class A:\n    def f(self):\n        self.op = tf.assign\n", "MV201"),
    "unpacking": ("f, g = tf.assign, tf.assign_add\n", "MV201"),
    "f-string": ("x = f'{tf.assign}'\n", "MV201"),
    "re-export": ("from tensorflow import assign  # noqa\n__all__ = ['assign']\n", "MV207"),
}


@pytest.mark.parametrize(("source", "code"), NAMED.values(), ids=NAMED.keys())
def test_named_in_a_string(source: str, code: str) -> None:
    check_left(IMPORT + source, code)


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_nothing_to_say(source: str) -> None:
    check_left(IMPORT + source)


@pytest.mark.parametrize(("source", "code"), VALUES.values(), ids=VALUES.keys())
def test_used_as_a_value(source: str, code: str) -> None:
    check_left(IMPORT + source, code)


def test_calls_of_a_patched_function_are_left() -> None:
    check_left(IMPORT + "with mock.patch('tensorflow.assign'):\n    tf.assign(v, 1.)\n", "MV202")
