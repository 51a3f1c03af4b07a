"""Move TensorFlow 1 training code to TensorFlow 2 and prove that training did not change.

The names below are imported when they are first used: ``import migrate_vars`` loads neither
TensorFlow nor NumPy, and :func:`rewrite_source` needs neither.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_vars.codemod.engine import rewrite_source
    from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
    from migrate_vars.equivalence.judging.verification import Verification
    from migrate_vars.equivalence.library import (
        ProgramError,
        assert_equivalent,
        compare,
        record,
        verify,
        verify_script,
    )
    from migrate_vars.equivalence.patterns import PatternError
    from migrate_vars.equivalence.running.interpreters import Interpreter, InterpreterError
    from migrate_vars.equivalence.running.verify_options import VerifyOptions
    from migrate_vars.equivalence.script_lookup import ScriptError
    from migrate_vars.trajectory.mapping import MappingError, VariableMap
    from migrate_vars.trajectory.reading import TrajectoryFormatError
    from migrate_vars.trajectory.trajectory import Trajectory

__version__ = "0.1.0"

__all__ = [
    "Interpreter",
    "InterpreterError",
    "Judgement",
    "MappingError",
    "PatternError",
    "ProgramError",
    "ScriptError",
    "Trajectory",
    "TrajectoryFormatError",
    "VariableMap",
    "Verdict",
    "Verification",
    "VerifyOptions",
    "assert_equivalent",
    "compare",
    "record",
    "rewrite_source",
    "verify",
    "verify_script",
]

_HOME = {
    "Interpreter": "migrate_vars.equivalence.running.interpreters",
    "InterpreterError": "migrate_vars.equivalence.running.interpreters",
    "Judgement": "migrate_vars.equivalence.judging.verdicts",
    "MappingError": "migrate_vars.trajectory.mapping",
    "PatternError": "migrate_vars.equivalence.patterns",
    "ProgramError": "migrate_vars.equivalence.library",
    "ScriptError": "migrate_vars.equivalence.script_lookup",
    "Trajectory": "migrate_vars.trajectory.trajectory",
    "TrajectoryFormatError": "migrate_vars.trajectory.reading",
    "VariableMap": "migrate_vars.trajectory.mapping",
    "Verdict": "migrate_vars.equivalence.judging.verdicts",
    "Verification": "migrate_vars.equivalence.judging.verification",
    "VerifyOptions": "migrate_vars.equivalence.running.verify_options",
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
