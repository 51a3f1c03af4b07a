"""Nested structures: TensorFlow's own module, with the names that it had in 1.15."""

from __future__ import annotations

from typing import Any

from tensorflow.python.util import nest as _nest


def __getattr__(name: str) -> Any:
    if name == "is_sequence":
        return _nest.is_nested
    return getattr(_nest, name)


def __dir__() -> list[str]:
    return [*dir(_nest), "is_sequence"]
