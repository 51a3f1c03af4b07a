"""Where a program shuffles with ``tf.data``."""

from __future__ import annotations

from migrate_vars.trajectory.records import Site
from tests.recorder.conftest import Record


def test_each_line_that_shuffles_is_recorded(record: Record) -> None:
    recorded = record(
        """
        import tensorflow as tf
        v = tf.Variable(0.0)
        data = tf.data.Dataset.range(4)
        for _ in range(2):
            for x in data.shuffle(4, seed=1).batch(2):
                v.assign_add(1.0)
        """
    )
    assert recorded.trajectory.shuffles == [Site("script.py", 6)]
