"""Packages that parts of ``contrib`` need, and that are imported when those are used."""

from __future__ import annotations

import importlib
from typing import Any


def import_module(name: str, package: str, wanted_by: str) -> Any:
    """Imports a module of another package.

    Args:
        name: The module.
        package: What to install.
        wanted_by: What needs it, as in ``contrib.slim.learning``.

    Raises:
        ImportError: If it is not there; says what to install.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        message = f"{wanted_by} needs the package {package}: pip install {package}"
        raise ImportError(message, name=error.name) from None
