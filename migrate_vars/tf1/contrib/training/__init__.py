"""``tf.contrib.training`` of TensorFlow 1.15; its loops are those of the package tf_slim."""

from __future__ import annotations

from typing import Any

from .. import _packages
from .hparams import HParams as HParams
from .hparams import parse_values as parse_values

_OF_TF_SLIM = {
    "add_gradients_summaries": "training.training",
    "checkpoints_iterator": "training.evaluation",
    "clip_gradient_norms": "training.training",
    "clip_gradient_norms_fn": "training.training",
    "create_train_op": "training.training",
    "evaluate_once": "training.evaluation",
    "evaluate_repeatedly": "training.evaluation",
    "get_or_create_eval_step": "training.evaluation",
    "multiply_gradients": "training.training",
    "StopAfterNEvalsHook": "training.evaluation",
    "SummaryAtEndHook": "training.evaluation",
    "train": "training.training",
    "wait_for_new_checkpoint": "training.evaluation",
}


def __getattr__(name: str) -> Any:
    if name in _OF_TF_SLIM:
        wanted_by = f"contrib.training.{name}"
        module = _packages.import_module(f"tf_slim.{_OF_TF_SLIM[name]}", "tf_slim", wanted_by)
        return getattr(module, name)
    raise AttributeError(f"migrate_vars.tf1.contrib.training has no {name}")


def __dir__() -> list[str]:
    return sorted(["HParams", "parse_values", *_OF_TF_SLIM])
