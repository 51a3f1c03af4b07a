"""Which variables a part of TensorFlow or Keras makes for itself: they serve training.

They are told by the file that makes them. Metrics: those of Keras 3, of ``tf.keras`` in TensorFlow
1.15, of ``tf_keras``, and ``tf.metrics``. Optimizers: those of ``tf.train``, whose slots and
counters are made in ``training/optimizer.py``, and those of Keras in all of these forms.
Checkpoints count how often they are saved. Generators of random numbers keep their state. Averages
of variables (``ExponentialMovingAverage``) are none of these: they are a result of training.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Callable, Iterator, Optional, Tuple

from .interfaces import Traceback

METRIC = "metric"
OPTIMIZER = "optimizer"
CHECKPOINT = "checkpoint"
RANDOM = "random"
#: All of them.
OWNERS = (METRIC, OPTIMIZER, CHECKPOINT, RANDOM)


def _paths(*paths: str) -> Tuple[str, ...]:
    return tuple(os.path.join(*path.split("/")) for path in paths)


_FILES = {
    METRIC: _paths(
        "keras/src/metrics/metric.py",
        "tensorflow_core/python/keras/metrics.py",
        "tf_keras/src/metrics/base_metric.py",
        "python/ops/metrics_impl.py",
    ),
    OPTIMIZER: _paths(
        "python/training/optimizer.py",
        "python/keras/optimizers.py",
        "python/keras/optimizer_v2/optimizer_v2.py",
        "keras/src/optimizers/base_optimizer.py",
        "tf_keras/src/optimizers/optimizer.py",
        "tf_keras/src/optimizers/optimizer_v1.py",
        "tf_keras/src/optimizers/legacy/optimizer_v2.py",
    ),
    CHECKPOINT: _paths("python/checkpoint/checkpoint.py", "python/training/tracking/util.py"),
    RANDOM: _paths("keras/src/random/seed_generator.py", "python/ops/stateful_random_ops.py"),
}


def owner_of(is_user_file: Callable[[str], bool], traceback: Optional[Traceback] = None) -> str:
    """What makes a variable for itself.

    Only what the user's innermost line calls is looked at: a model that is made while an optimizer
    computes the loss is not the optimizer's.

    Args:
        is_user_file: Whether code of a file is the user's.
        traceback: What the variable's op keeps of its making; None if it is being made now.

    Returns:
        One of ``OWNERS``, or "" for all others.
    """
    for path in _active() if traceback is None else _files(traceback):
        for owner, files in _FILES.items():
            if path.endswith(files):
                return owner
        if is_user_file(path):
            break
    return ""


def _active() -> Iterator[str]:
    """The files of the calls under way, innermost first."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


def _files(traceback: Traceback) -> Iterator[str]:
    """The files of a traceback, innermost first."""
    for frame in reversed(list(traceback)):
        # TensorFlow 1 has tuples of file, line, function and text.
        yield frame[0] if isinstance(frame, tuple) else frame.filename
