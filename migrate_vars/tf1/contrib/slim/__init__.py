"""``tf.contrib.slim`` of TensorFlow 1.15: the layers and their helpers, and training loops.

What reads data, trains and evaluates is that of the package tf_slim, which has the same names.
"""

from __future__ import annotations

import importlib
from typing import Any

from .. import _packages, framework
from .. import layers as layers
from ..framework import *  # noqa: F403
from ..framework.variables import get_variables_by_name as get_variables_by_name
from ..layers import *  # noqa: F403
from ..layers import initializers as initializers
from ..layers import regularizers as regularizers
from ..layers import utils as utils
from . import model_analyzer as model_analyzer

# Those of the layers are called so, too.
summaries = importlib.import_module(".summaries", __name__)
_OF_TF_SLIM = {
    "data_decoder": "data.data_decoder",
    "data_provider": "data.data_provider",
    "dataset": "data.dataset",
    "dataset_data_provider": "data.dataset_data_provider",
    "evaluation": "evaluation",
    "learning": "learning",
    "metrics": "metrics",
    "parallel_reader": "data.parallel_reader",
    "prefetch_queue": "data.prefetch_queue",
    "queues": "queues",
    "tfexample_decoder": "data.tfexample_decoder",
}


def __getattr__(name: str) -> Any:
    if name == "losses":
        return importlib.import_module("..losses", __name__)
    if name == "variables":
        return framework.variables
    if name in _OF_TF_SLIM:
        wanted_by = f"contrib.slim.{name}"
        return _packages.import_module(f"tf_slim.{_OF_TF_SLIM[name]}", "tf_slim", wanted_by)
    raise AttributeError(f"migrate_vars.tf1.contrib.slim has no {name}")


def __dir__() -> list[str]:
    names = {*globals(), *_OF_TF_SLIM, "losses", "variables"}
    return sorted(name for name in names if not name.startswith("_"))
