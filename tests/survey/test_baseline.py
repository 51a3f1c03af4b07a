"""What has changed since a baseline: what slid back, and what came on."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.survey.baseline import BaselineError, as_baseline, changes_since
from tests.survey.projects import surveyed

V1 = "import tensorflow as tf\nv = tf.Variable(1.)\nu = tf.assign(v, 2.)\ns = tf.Session()\n"
METHODS = (
    "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\nv = tf.Variable(1.)\n"
    "u = v.assign(2.)\ns = tf.Session()\n"
)


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """The baseline of a project with one program, beside it."""
    path = tmp_path / "survey.json"
    path.write_text(as_baseline(surveyed(tmp_path / "p", {"a.py": V1}), path))
    return path


def test_nothing_has_changed(baseline: Path) -> None:
    changes = changes_since(surveyed(baseline.parent / "p", {}), baseline)
    assert changes == ((), ())


def test_a_line_more_is_no_change(baseline: Path) -> None:
    changes = changes_since(surveyed(baseline.parent / "p", {"a.py": "\n\n" + V1}), baseline)
    assert changes == ((), ())


def test_one_more_use_in_a_file_is_worse(baseline: Path) -> None:
    source = V1 + "tf.assign_add(v, 1.)\n"
    changes = changes_since(surveyed(baseline.parent / "p", {"a.py": source}), baseline)
    assert changes.worse == ("p/a.py: state ops: 2, were 1",)


def test_a_new_file_with_a_session_is_worse(baseline: Path) -> None:
    changes = changes_since(surveyed(baseline.parent / "p", {"b.py": V1}), baseline)
    assert changes.worse == ("p/b.py: sessions: 1, were 0", "p/b.py: state ops: 1, were 0")


def test_a_new_file_without_any_is_not(baseline: Path) -> None:
    source = "import tensorflow as tf\nwith tf.GradientTape() as t:\n    pass\n"
    changes = changes_since(surveyed(baseline.parent / "p", {"b.py": source}), baseline)
    assert changes == ((), ())


def test_a_rung_up_is_better_and_back_is_worse(tmp_path: Path, baseline: Path) -> None:
    after = surveyed(tmp_path / "p", {"a.py": METHODS})
    changes = changes_since(after, baseline)
    assert changes.worse == ()
    assert "p/a.py: the program came from v1 to methods" in changes.better
    baseline.write_text(as_baseline(after, baseline))
    changes = changes_since(surveyed(tmp_path / "p", {"a.py": V1}), baseline)
    assert "p/a.py: the program was on methods, is on v1" in changes.worse


def test_what_is_not_understood_any_more_is_worse(baseline: Path) -> None:
    source = "import tensorflow as tf\nx = (\n"
    changes = changes_since(surveyed(baseline.parent / "p", {"a.py": source}), baseline)
    assert "p/a.py: not understood any more" in changes.worse


def test_a_file_that_is_gone_is_better(baseline: Path) -> None:
    (baseline.parent / "p" / "a.py").unlink()
    changes = changes_since(surveyed(baseline.parent / "p", {}), baseline)
    assert changes == ((), ("p/a.py: gone",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not valid JSON"),
        ("[]", "not a baseline"),
        ('{"version": 1}', "not a baseline"),
        ('{"migrate-vars survey": 2}', "another version"),
        ('{"migrate-vars survey": 1, "files": {"a": 1}, "programs": {}}', "damaged"),
        ('{"migrate-vars survey": 1, "files": {}, "programs": {"a": "high"}}', "damaged"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, why: str, baseline: Path) -> None:
    baseline.write_text(text)
    with pytest.raises(BaselineError, match=why):
        changes_since(surveyed(baseline.parent / "p", {}), baseline)
