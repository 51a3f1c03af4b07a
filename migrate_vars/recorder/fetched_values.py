"""Records the values that a program takes out of TensorFlow.

In a session, these are the fetched values; in eager code, the results of ``.numpy()``, ``float()``,
``print()``, NumPy functions and the like, if called by the user's code or at most a few calls below
it. They are written to a file with one JSON value per line: ``{"stream": id, "label": str, "site":
[path, line], "dtype": str, "shape": [int, ...]}`` before the first value of a stream, which is a
tensor of a graph, or a line of eager code; and ``[id, step, value]`` for each value: the
little-endian bytes of a scalar in hexadecimal, or else a digest. Large values are left out, as is
what NumPy reads through the buffer protocol, as ``np.asarray`` does.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: the methods of
``ops._EagerTensorBase`` that convert a tensor, and ``EagerTensor._numpy``.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
from typing import Callable, Dict, Iterable, List, Optional, Set, Tuple, Union

import numpy as np

from .encoding import digest_text, dtype_name
from .interfaces import Function, Patch, Place, Tensor, TensorFlowClass, Value
from .user_code import UserCode

#: Maximum size of a value in bytes, and maximum number of values per run.
BYTES_LIMIT = 1 << 16
VALUES_LIMIT = 200_000
_METHODS = (
    "numpy",
    "__array__",
    "__float__",
    "__int__",
    "__index__",
    "__bool__",
    "__complex__",
    "__str__",
    "__repr__",
    "__format__",
)
_LITTLE = sys.byteorder == "little"
# Maximum number of library calls between the user's code and a tensor.
_DEPTH = 6


#: Identifies a stream: a tensor by its name, or a line.
Key = Tuple[Union[str, int], ...]


class FetchedValues:
    """The values that one run takes out of TensorFlow."""

    def __init__(self, path: str = "", user_code: Optional[UserCode] = None) -> None:
        """Opens the file.

        Args:
            path: The file, or "" to record nothing.
            user_code: Distinguishes the user's code from libraries.
        """
        self._file = open(path, "w", encoding="utf-8") if path else None  # noqa: SIM115
        self._process = os.getpid()
        self._user_code = user_code
        self._streams: Dict[Tuple[Key, object], int] = {}
        self._known: Set[Key] = set()
        self._values = 0
        self._lock = threading.Lock()
        self._local = threading.local()

    def install(self, base: TensorFlowClass, step: Callable[[], int]) -> List[Patch]:
        """Hooks the methods that convert eager tensors.

        Args:
            base: ``ops._EagerTensorBase``.
            step: Returns the current training step.

        Returns:
            The patches.
        """
        if self._file is None:
            return []
        saved = [Patch(base, name, vars(base)[name]) for name in _METHODS if name in vars(base)]
        for _, name, method in saved:
            setattr(base, name, self._watched(method, step))
        return saved

    def _watched(self, method: Function, step: Callable[[], int]) -> Function:
        @functools.wraps(method)
        def watched(tensor: Value, *args: Value, **kwargs: Value) -> Value:
            result = method(tensor, *args, **kwargs)
            if getattr(self._local, "inside", False) or self._file is None:
                return result
            site = self._site()
            if site is not None:
                self._local.inside = True
                try:
                    self._add(("line", *site), f"line {site[1]}", site, tensor._numpy(), step())
                except Exception:  # a tensor without an array, such as a resource
                    return result
                finally:
                    self._local.inside = False
            return result

        return watched

    def session_run(self, tensors: Iterable[Tensor], values: Value, step: int) -> None:
        """Records what a session run has fetched.

        Args:
            tensors: The fetched tensors.
            values: Their values.
            step: The training step.
        """
        if self._file is None or not isinstance(values, (list, tuple)):
            return
        site: Optional[Place] = None
        for tensor, value in zip(tensors, values):
            if isinstance(value, (np.ndarray, np.generic, bytes)):
                name = tensor.name
                if ("tensor", name) not in self._known and site is None:
                    site = self._position()
                self._add(("tensor", name), name, site, value, step)

    def end(self) -> None:
        """Flushes the file."""
        if self._file is not None and os.getpid() == self._process:
            self._file.flush()
        self._file = None

    def _add(
        self,
        key: Key,
        label: str,
        site: Optional[Place],
        value: Value,
        step: int,
    ) -> None:
        array: Value = value if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value)
        dtype = array.dtype
        if array.nbytes > BYTES_LIMIT or dtype.kind == "V":
            return
        known = self._streams.get((key, dtype))
        # This happens in every run, so small values must be cheap.
        if array.size == 1 and dtype.kind in "biuf" and dtype.byteorder in "|=" and _LITTLE:
            text = array.tobytes().hex()
        else:
            text = digest_text(np.asarray(array))
        with self._lock:
            if self._file is None or self._values >= VALUES_LIMIT or os.getpid() != self._process:
                return
            self._values += 1
            if known is None:
                known = self._streams[key, dtype] = len(self._streams)
                self._known.add(key)
                record = {"stream": known, "label": label, "dtype": dtype_name(array)}
                record.update(site=list(site or ("", 0)), shape=list(array.shape))
                self._file.write(json.dumps(record) + "\n")
            self._file.write(f'[{known},{step},"{text}"]\n')

    def _site(self) -> Optional[Place]:
        """The line of user code that called, if it is near on the stack."""
        assert self._user_code is not None
        frame = sys._getframe(2)
        for _ in range(_DEPTH):
            if self._user_code.is_user_file(frame.f_code.co_filename):
                return self._user_code.shown(frame.f_code.co_filename), frame.f_lineno
            if frame.f_back is None:
                return None
            frame = frame.f_back
        return None

    def _position(self) -> Place:
        assert self._user_code is not None
        site = self._user_code.position().site
        return self._user_code.shown(site.path), site.line
