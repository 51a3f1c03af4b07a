"""Which variables belong to metrics: they follow training, and are no part of it.

Metrics make their variables in these files: those of Keras 3, of ``tf.keras`` in TensorFlow 1.15,
of ``tf_keras``, and ``tf.metrics``.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Iterable, Iterator, Optional

_FILES = tuple(
    os.path.join(*path.split("/"))
    for path in (
        "keras/src/metrics/metric.py",
        "tensorflow_core/python/keras/metrics.py",
        "tf_keras/src/metrics/base_metric.py",
        "python/ops/metrics_impl.py",
    )
)


def made_by_metric(traceback: Optional[Iterable[Any]] = None) -> bool:
    """Whether a metric makes a variable.

    Args:
        traceback: What the variable's op keeps of its making; None if it is being made now.
    """
    files = _active() if traceback is None else _files(traceback)
    return any(path.endswith(_FILES) for path in files)


def _active() -> Iterator[str]:
    """The files of the calls under way."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


def _files(traceback: Iterable[Any]) -> Iterator[str]:
    for frame in traceback:
        # TensorFlow 1 has tuples of file, line, function and text.
        yield frame[0] if isinstance(frame, tuple) else frame.filename
