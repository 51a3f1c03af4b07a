"""Which variables a metric or an optimizer makes for itself: they serve training.

They are told by the file that makes them. Metrics: those of Keras 3, of ``tf.keras`` in TensorFlow
1.15, of ``tf_keras``, and ``tf.metrics``. Optimizers: those of ``tf.train``, whose slots and
counters are made in ``training/optimizer.py``, and those of Keras in all of these forms. Averages
of variables (``ExponentialMovingAverage``) are none: they are a result of training.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Callable, Iterable, Iterator, Optional

METRIC = "metric"
OPTIMIZER = "optimizer"


def _path(text: str) -> str:
    return os.path.join(*text.split("/"))


_METRICS = tuple(
    map(
        _path,
        (
            "keras/src/metrics/metric.py",
            "tensorflow_core/python/keras/metrics.py",
            "tf_keras/src/metrics/base_metric.py",
            "python/ops/metrics_impl.py",
        ),
    )
)
_OPTIMIZERS = tuple(
    map(
        _path,
        (
            "python/training/optimizer.py",
            "python/keras/optimizers.py",
            "python/keras/optimizer_v2/optimizer_v2.py",
            "keras/src/optimizers/base_optimizer.py",
            "tf_keras/src/optimizers/optimizer.py",
            "tf_keras/src/optimizers/optimizer_v1.py",
            "tf_keras/src/optimizers/legacy/optimizer_v2.py",
        ),
    )
)


def owner_of(is_user_file: Callable[[str], bool], traceback: Optional[Iterable[Any]] = None) -> str:
    """What makes a variable for itself.

    Only what the user's innermost line calls is looked at: a model that is made while an optimizer
    computes the loss is not the optimizer's.

    Args:
        is_user_file: Whether code of a file is the user's.
        traceback: What the variable's op keeps of its making; None if it is being made now.

    Returns:
        ``METRIC``, ``OPTIMIZER``, or "" for all others.
    """
    for path in _active() if traceback is None else _files(traceback):
        if path.endswith(_METRICS):
            return METRIC
        if path.endswith(_OPTIMIZERS):
            return OPTIMIZER
        if is_user_file(path):
            break
    return ""


def _active() -> Iterator[str]:
    """The files of the calls under way, innermost first."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


def _files(traceback: Iterable[Any]) -> Iterator[str]:
    """The files of a traceback, innermost first."""
    for frame in reversed(list(traceback)):
        # TensorFlow 1 has tuples of file, line, function and text.
        yield frame[0] if isinstance(frame, tuple) else frame.filename
