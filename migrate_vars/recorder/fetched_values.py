"""Follows which values a program takes out of TensorFlow, as what it computes with them may count.

In a session, these are what runs fetch; in eager code, what becomes of a tensor by ``.numpy()``,
``float()``, ``print()``, NumPy's functions and the like, where that is done by the user's code or a
few calls below it. They are written to a file, a JSON value a line: ``{"stream": id, "label": str,
"site": [path, line], "dtype": str, "shape": [int, ...]}`` before the first value of a stream, which
is a tensor of a graph, or a line of eager code; and ``[id, step, value]`` for a value: the
hexadecimal bytes of a single number, little-endian, or else a digest. Large values are left out,
and so is what NumPy reads from the memory of a tensor without asking for it, as ``np.asarray``
does.

Internals of TensorFlow that this relies on, alike in 1.15 and in 2.16 to 2.21: the methods of
``ops._EagerTensorBase`` by which a tensor becomes something else, and ``EagerTensor._numpy``.
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

#: Values of more bytes are left out, and so is what comes after so many values of a run.
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
# So many calls of libraries may be between the user's code and a tensor.
_DEPTH = 6


#: What tells streams apart: a tensor by its name, or a line.
Key = Tuple[Union[str, int], ...]


class FetchedValues:
    """The values that one run takes out of TensorFlow."""

    def __init__(self, path: str = "", user_code: Optional[UserCode] = None) -> None:
        """Opens the file.

        Args:
            path: The file, or "" to follow nothing.
            user_code: Tells the user's code from libraries.
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
        """Hooks the methods by which eager tensors leave TensorFlow.

        Args:
            base: ``ops._EagerTensorBase``.
            step: Gives the training step that the program is at.

        Returns:
            What has been replaced.
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
                except Exception:  # a tensor that has no value as an array, such as a resource
                    return result
                finally:
                    self._local.inside = False
            return result

        return watched

    def session_run(self, tensors: Iterable[Tensor], values: Value, step: int) -> None:
        """Takes note of what a session run has fetched.

        Args:
            tensors: What was fetched.
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
        """Writes what is still to be written."""
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
        # This is done for every run: what is small must take no time.
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
        """The line of user code that has called, if it is near."""
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
