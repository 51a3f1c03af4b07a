"""Move TensorFlow 1 training code to TensorFlow 2 and prove that training did not change.

The names below are imported when they are first used: ``import migrate_vars`` loads neither
TensorFlow nor NumPy, and :func:`rewrite_source` needs neither.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_vars.codemod.engine import rewrite_source
    from migrate_vars.equivalence.library import (
        assert_equivalent,
        compare,
        record,
        verify,
        verify_script,
    )
    from migrate_vars.trajectory.trajectory import Trajectory

__version__ = "0.1.0"

__all__ = [
    "Trajectory",
    "assert_equivalent",
    "compare",
    "record",
    "rewrite_source",
    "verify",
    "verify_script",
]

_HOME = {
    "Trajectory": "migrate_vars.trajectory.trajectory",
    "assert_equivalent": "migrate_vars.equivalence.library",
    "compare": "migrate_vars.equivalence.library",
    "record": "migrate_vars.equivalence.library",
    "rewrite_source": "migrate_vars.codemod.engine",
    "verify": "migrate_vars.equivalence.library",
    "verify_script": "migrate_vars.equivalence.library",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
