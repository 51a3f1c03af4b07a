"""Writes a trajectory file: JSON, one record a line, so that what is there is always readable.

The format is described in ``migrate_vars/trajectory/format.py``, which reads it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

FORMAT = "migrate-vars trajectory"
VERSION = 1

_DIGEST_BYTES = 12
# Values above this size are kept as digests only.
VALUE_LIMIT = 1 << 20


def encode_array(array: Any) -> bytes:
    """An array's bytes in C order, little-endian; strings each with their length before them."""
    if array.dtype.kind in "OSU":
        items = [item if isinstance(item, bytes) else str(item).encode() for item in array.ravel()]
        return b"".join(len(item).to_bytes(8, "little") + item for item in items)
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    return np.ascontiguousarray(array).tobytes()


class TrajectoryWriter:
    """Appends the records of one run to a file."""

    def __init__(self, path: str, header: Dict[str, Any]) -> None:
        """Opens ``path`` for writing and puts the header record there."""
        self._file = open(path, "w", encoding="utf-8")  # noqa: SIM115 - lives as long as the run
        self._ids: Dict[str, int] = {}
        self._digests: Dict[str, str] = {}
        self._states = 0
        self._lock = threading.Lock()
        self.ended = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave_to_parent)
        self._put(dict({"format": FORMAT, "version": VERSION}, **header))

    def _leave_to_parent(self) -> None:
        """In a process that the program forks: one file cannot tell two processes apart."""
        self.ended = True

    def _put(self, record: Dict[str, Any]) -> None:
        if not self.ended:
            # A program that is killed leaves what it did, and one that forks leaves no copy.
            with self._lock:
                self._file.write(json.dumps(record, separators=(",", ":")) + "\n")
                self._file.flush()

    def state(
        self,
        step: int,
        site: Tuple[str, int],
        writes: List[Tuple[str, Optional[int], Any]],
    ) -> None:
        """Records one state.

        Args:
            step: The training step, from 1; 0 while variables get their initial values.
            site: Path and line of the user's code.
            writes: Of each written variable its name, the number of writes (0: it was initialised,
                None: not known) and the value as a NumPy array.
        """
        entries: List[List[Any]] = []
        for name, count, value in writes:
            array = np.asarray(value)
            if name not in self._ids:
                self._ids[name] = len(self._ids)
                self._put(
                    {
                        "variable": self._ids[name],
                        "name": name,
                        "dtype": "string" if array.dtype.kind in "OSU" else array.dtype.name,
                        "shape": list(array.shape),
                    }
                )
            data = encode_array(array)
            prefix = repr(array.shape).encode()
            hashed = hashlib.blake2b(prefix + data, digest_size=_DIGEST_BYTES).digest()
            digest = base64.b64encode(hashed).decode()
            entry: List[Any] = [self._ids[name], count, digest]
            if self._digests.get(name) != digest:
                self._digests[name] = digest
                if len(data) <= VALUE_LIMIT:
                    entry.append(base64.b64encode(data).decode())
                    entry.append(list(array.shape))
            entries.append(entry)
        record = {"state": self._states, "step": step, "site": list(site), "writes": entries}
        self._put(record)
        self._states += 1

    def random_op(self, kind: str, site: Tuple[str, int]) -> None:
        """Records a random op that got seeds of the recorder's choice: what made it, and where."""
        self._put({"random": kind, "site": list(site)})

    def evidence(self, record: Dict[str, Any]) -> None:
        """Records what a call of a state op was given to write to."""
        self._put({"evidence": record})

    def warn(self, message: str) -> None:
        """Records something that a reader of the verdict must know."""
        self._put({"warning": message})

    def end(self, status: str, detail: str = "") -> None:
        """Records how the program ended; later calls of any method do nothing."""
        self._put({"end": status, "detail": detail})
        self.ended = True
