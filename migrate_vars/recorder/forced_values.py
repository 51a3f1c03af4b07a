"""Sets variables to given values: at the start, or after every step (teacher forcing).

The values come from a file of JSON lines. The first line has the initial values, by variable; each
of the others has values to set after the state with that number, which is the last of some step::

    {"initial": {name: value, ...}}
    {"after": n, "values": {name: value, ...}}

Values are encoded by ``encoding.encode_value``.

In a session, the variable's own initialiser is run with its input fed, so no op is added: the graph
may be finalised, and seeds that depend on the number of ops do not change. The values that the
program writes are recorded; values set after a step do not show until they are used.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Optional, Tuple

from .encoding import DtypeOf, decode_value
from .interfaces import Array, Operation, Session, Value

_Encoded = List[Any]


class ForcedValues:
    """The values to set, and when."""

    def __init__(self, path: str, dtype_of: DtypeOf) -> None:
        """Opens a file of values.

        Args:
            path: The file.
            dtype_of: Returns the NumPy dtype for a name such as "bfloat16".
        """
        self._dtype_of = dtype_of
        self._file = open(path, encoding="utf-8")  # noqa: SIM115 - lives as long as the run
        self._initial: Dict[str, _Encoded] = json.loads(self._file.readline())["initial"]
        self._next = self._read()

    def _read(self) -> Optional[Tuple[int, Dict[str, _Encoded]]]:
        line = self._file.readline()
        if not line:
            return None
        record = json.loads(line)
        return record["after"], record["values"]

    def initial(self, names: Iterable[str]) -> Dict[str, Array]:
        """The initial values to set for these variables, as far as the file has them."""
        return {
            name: decode_value(self._initial[name], self._dtype_of)
            for name in names
            if name in self._initial
        }

    def after(self, state: int) -> Dict[str, Array]:
        """The values to set after the state with that number; numbers must increase."""
        while self._next is not None and self._next[0] < state:
            self._next = self._read()
        if self._next is None or self._next[0] != state:
            return {}
        return {name: decode_value(value, self._dtype_of) for name, value in self._next[1].items()}


def set_in_session(session: Session, variable: Operation, value: Value) -> bool:
    """Sets a variable of a session by running its own initialiser.

    Args:
        session: The session.
        variable: The variable's op.
        value: The array to assign.

    Returns:
        False if it has no initialiser whose input could be fed.
    """
    try:
        assign = session.graph.get_operation_by_name(variable.name + "/Assign")
    except KeyError:
        return False
    if assign.type not in ("Assign", "AssignVariableOp") or not session.graph.is_feedable(
        assign.inputs[1]
    ):
        return False
    session.run(assign, {assign.inputs[1]: value})
    return True
