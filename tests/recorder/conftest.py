"""Records small scripts, each in a fork of one process that has imported TensorFlow."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(frozen=True)
class Recorded:
    """One recorded run, with what tests ask of it."""

    run: Run

    @property
    def trajectory(self) -> Trajectory:
        """What was recorded."""
        assert self.run.trajectory is not None, self.run.error
        return self.run.trajectory

    @property
    def lines(self) -> list[str]:
        """What the script printed on standard output."""
        return (self.run.printed.text or self.run.output).splitlines()

    def initial(self, name: str) -> Any:
        """The value that initialised a variable, as nested lists."""
        value = self.trajectory.value(name, self.trajectory.initial[name])
        assert value is not None
        return value.tolist()

    def values(self, name: str) -> list[Any]:
        """The values that a variable was given after its initial one, as nested lists."""
        found = []
        for state in self.trajectory.states:
            if name in state.writes:
                value = self.trajectory.value(name, state.writes[name].digest)
                assert value is not None
                found.append(value.tolist())
        return found

    def counts(self, name: str) -> list[int | None]:
        """The numbers of writes that the states give for a variable."""
        states = self.trajectory.states
        return [state.writes[name].count for state in states if name in state.writes]

    @property
    def steps(self) -> list[int]:
        """The training step of each state."""
        return [state.step for state in self.trajectory.states]

    @property
    def sites(self) -> list[int]:
        """The line of each state."""
        return [state.site.line for state in self.trajectory.states]


Record = Callable[..., Recorded]


@pytest.fixture
def record(interpreter: Interpreter, tmp_path: Path) -> Record:
    """Records a script, which must end well unless `error` says how it ends."""

    def record(
        text: str,
        eager: bool = False,
        error: str = "",
        python: Interpreter = interpreter,
        **options: Any,
    ) -> Recorded:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(text), encoding="utf-8")
        run = python.run(Program(script, "script", eager=eager, **options))
        assert run.error.partition(" (after step")[0] == error, f"{run.error}\n{run.output}"
        return Recorded(run)

    return record
