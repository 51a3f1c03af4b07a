"""The interpreters that verifying needs: for the old programs, the new ones, and an oracle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from migrate_vars.equivalence.running.interpreters import Interpreter, Watcher
from migrate_vars.equivalence.running.verify_options import VerifyOptions


@dataclass(frozen=True)
class Interpreters:
    """Where programs run.

    Attributes:
        v1: Runs the session programs, as they are and rewritten.
        v2: Runs the eager programs.
        oracle: Runs each session program under a real TensorFlow 1 as well, if there is one; its
            run under ``v1``, which is the reference of all others, is then judged against that.
    """

    v1: Interpreter
    v2: Interpreter
    oracle: Interpreter | None = None

    @property
    def of_reference(self) -> list[Interpreter]:
        """Where session programs run, a real TensorFlow 1 first."""
        return [self.v1] if self.oracle is None else [self.oracle, self.v1]

    def versions(self) -> list[str]:
        """The TensorFlow releases, oldest role first: oracle, v1, v2, each interpreter once.

        Raises:
            InterpreterError: If an interpreter cannot import TensorFlow.
        """
        found = [one for one in (self.oracle, self.v1, self.v2) if one is not None]
        return [one.version() for one in dict.fromkeys(found)]

    @property
    def differ(self) -> bool:
        """Whether the two sides run in different interpreters, whose kernels may round apart."""
        return self.v1 is not self.v2


@contextmanager
def open_interpreters(
    options: VerifyOptions, watcher: Watcher | None = None
) -> Iterator[Interpreters]:
    """Starts the interpreters that verifying needs, and ends them.

    Args:
        options: Name the interpreters, and how they run programs.
        watcher: Is told of every run.

    Raises:
        InterpreterError: If an interpreter does not start.
    """
    with ExitStack() as stack:

        def start(path: str | os.PathLike[str], option: str) -> Interpreter:
            interpreter = Interpreter(
                os.fspath(path), options.timeout, options.policy, option, watcher
            )
            return stack.enter_context(interpreter)

        v2 = v1 = start(options.python, "--python")
        if options.v1_python is not None and options.v1_python != options.python:
            v1 = start(options.v1_python, "--v1-python")
        oracle = None
        if options.tf1_python is not None:
            oracle = start(options.tf1_python, "--tf1-python")
        yield Interpreters(v1, v2, oracle)
