"""``tf.contrib.learn`` of TensorFlow 1.15: data sets, vocabularies and modes, but no Estimators."""

from __future__ import annotations

from . import datasets as datasets
from . import preprocessing as preprocessing


class ModeKeys:
    """What a model is built for."""

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"
