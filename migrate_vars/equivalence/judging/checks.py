"""What is compared with a reference, and how much it may differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

from migrate_vars.equivalence.judging.verdicts import Judgement, judge
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.equivalence.running.verify_options import AllowedDrift
from migrate_vars.trajectory.mapping import NOTHING_GIVEN, VariableMap

#: Name of the check between the two runs of the v1 program, under TensorFlow 1 and 2.
ORACLE = "TF 1"
#: Name of the check between two runs of the same program in the same interpreter.
REPEAT = "repeat"
REWRITTEN = "rewritten"
#: Names of the checks between a script and its migration, as it is and with functions run eagerly.
NEW = "new"
NEW_EAGER = "new, eagerly"


@dataclass(frozen=True)
class Check:
    """One comparison: the reference against another run.

    Attributes:
        name: What it is called in reports. Under ``ORACLE`` the other run is the one that is taken
            to be right.
        bound: The drift allowed, or None for identical bits.
        variables: What the user says of the variables.
        rounding: Whether the two may differ by rounding, too.
    """

    name: str
    bound: float | None = None
    variables: VariableMap = NOTHING_GIVEN
    rounding: bool = False

    @property
    def judges_rounding(self) -> bool:
        """Whether what differs is to be judged by what rounding makes of the reference."""
        return self.rounding and self.bound is None

    def allowing(self, drift: AllowedDrift) -> Check:
        """The check, with at least that much drift allowed."""
        if drift is None:
            return self
        if drift == "rounding":
            return replace(self, rounding=True)
        return replace(self, bound=max(self.bound or 0.0, drift))

    def judge(self, right: Run, checked: Run) -> Judgement:
        """Judges two runs as this check asks.

        Raises:
            MappingError: If the variables do not fit the programs.
        """
        return judge(right, checked, self.bound, self.variables, self.judges_rounding)
