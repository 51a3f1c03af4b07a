"""Tells TensorBoard which variables are embeddings."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ... import _packages

_text_format: Any = importlib.import_module("google.protobuf.text_format")
_projector: Any = _packages.import_module(
    "tensorboard.plugins.projector", "tensorboard", "contrib.tensorboard.plugins.projector"
)
EmbeddingInfo: Any = _projector.EmbeddingInfo
ProjectorConfig: Any = _projector.ProjectorConfig
SpriteMetadata: Any = _projector.SpriteMetadata
_FILE = "projector_config.pbtxt"


def visualize_embeddings(summary_writer: Any, config: Any) -> None:
    """Writes the configuration where a writer writes its summaries.

    Raises:
        ValueError: If the writer has no folder.
    """
    logdir = summary_writer.get_logdir()
    if logdir is None:
        raise ValueError("Summary writer must have a logdir")
    Path(logdir, _FILE).write_text(_text_format.MessageToString(config), "utf-8")
