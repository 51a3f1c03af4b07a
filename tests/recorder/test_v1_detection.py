"""Whether a program was written for TensorFlow 1 is told from its text, once a file."""

from __future__ import annotations

import types
from pathlib import Path

from migrate_vars.recorder import v1_detection
from migrate_vars.recorder.user_code import UserCode


def tensorflow() -> types.ModuleType:
    """A TensorFlow 2 that has only one name of TensorFlow 1 left."""
    module = types.ModuleType("tensorflow")
    module.compat = types.SimpleNamespace(v1=types.SimpleNamespace(placeholder=None))  # type: ignore[attr-defined]
    return module


def test_a_file_is_looked_at_once(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("import tensorflow as tf\n")
    user_code = UserCode(str(tmp_path))
    seen: set[str] = set()
    assert v1_detection.find_v1_name([str(module)], tensorflow(), user_code, seen) is None
    module.write_text("import tensorflow as tf\ntf.placeholder\n")
    assert v1_detection.find_v1_name([str(module)], tensorflow(), user_code, seen) is None
    found = v1_detection.find_v1_name([str(module)], tensorflow(), user_code, set())
    assert found == "module.py:2: tf.placeholder"
